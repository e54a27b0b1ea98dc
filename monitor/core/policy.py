"""Thresholds by which one station is judged. Values come from the configuration and the registry; defaults are here.

Sources: grace and missed intervals are the contract's; the overdue margin follows the onset rule of PAM 2019 (expected beat
plus a little); the flap damping is RFC 2439's figure of merit with a limit raised as RFC 7196 advises; the good seconds that
end a breach are those of ITU-T G.826 annex A (unavailability ends at the first of ten good seconds).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from monitor.core.registry import Bearer


@dataclass(frozen=True, slots=True, kw_only=True)
class Policy:
    """How long which silence is tolerated; every duration in seconds.

    Attributes:
        bearer: what carries the station's packets; decides who answers for a broken one.
        watched: whether a breach may be opened at all (not while planned, commissioning or retired).
        heartbeat_s: interval expected of a station that was given none in a Boot reply.
        ping_s: interval of our WebSocket pings; counts as a promised sign of life only for a station that answers them. 0: none.
        grace_s: from the last sign of life to the breach.
        missed: without a socket, at least so many intervals pass before the breach.
        closed_s: from the closing of a socket to the breach, at least; never more than `grace_s`.
        late_s: how late a sign of life may be before it counts as missed, until the station's own jitter is known.
        overdue_ratio: share of the interval that a sign of life may be late before the station is suspect.
        overdue_s: the same in seconds, added to the share.
        reconnect_s: fair chance to speak after our own absence, for a station with a socket whose own pace is not known yet.
        steady_s: good seconds that end a breach; never more than a sixtieth of `grace_s`.
        boot_settle_s: how long after the return a boot still explains the gap.
        settle_s: how long after its end a breach may be revised.
        flap_limit: figure of merit above which a station is degraded (a link loss adds 1000).
        flap_reuse: figure of merit below which it is trusted again.
        flap_half_life_s: time in which the figure of merit halves.
        rtt_s: smoothed round trip above which a station is degraded; it is trusted again below half of it.
        irregular: smoothed share of missed signs above which a station is degraded; it is trusted again below a third of it.
    """

    bearer: Bearer = Bearer.GPRS
    watched: bool = True
    heartbeat_s: float = 300.0
    ping_s: float = 60.0
    grace_s: float = 900.0
    missed: int = 3
    closed_s: float = 660.0
    late_s: float = 10.0
    overdue_ratio: float = 0.5
    overdue_s: float = 15.0
    reconnect_s: float = 180.0
    steady_s: float = 10.0
    boot_settle_s: float = 300.0
    settle_s: float = 3600.0
    flap_limit: float = 4000.0
    flap_reuse: float = 750.0
    flap_half_life_s: float = 900.0
    rtt_s: float = 5.0
    irregular: float = 0.3


BY_BEARER: Final = {
    Bearer.GPRS: Policy(bearer=Bearer.GPRS),
    Bearer.LAN: Policy(bearer=Bearer.LAN, late_s=5.0, rtt_s=1.0, flap_limit=3000.0),
    Bearer.WIFI: Policy(bearer=Bearer.WIFI, rtt_s=2.0),
}
"""The defaults of each bearer: a line of copper is later and flaps less than a radio."""
