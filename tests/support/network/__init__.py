"""The service's own simulated network: the real monitor and the simulator's stations, connected in memory, on virtual time.

`scenario.network` is the way in. Below it: `path` (what a station's line does), `wire` (a TCP connection), `exchange` (who listens
and dials), `service` and `fleet` (who lives at either end), `chronicle` (what the service wrote down).
"""
