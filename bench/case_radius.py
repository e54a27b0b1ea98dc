"""Case 11: accounting records at a steady rate, each acknowledged once it is stored: is any lost, and what does one cost."""

from __future__ import annotations

from typing import Final

from bench.findings import Effort, Finding, middle
from bench.load import BenchError, said_by
from bench.servers import free_port, ours

STATIONS: Final = 2000
RATE: Final = 2000
TITLE: Final = f"Accounting records, {RATE:,} a second of {STATIONS:,} SIMs"
SECRET: Final = "bench"  # noqa: S105  it opens a server that lives for one measurement
_WAIT_MS: Final = 1000.0


def run(effort: Effort) -> list[Finding]:
    """Measure `effort.rounds` times."""
    lost: list[float] = []
    cpu: list[float] = []
    waits: list[float] = []
    for number in range(effort.rounds):
        port = free_port()
        more = f'[radius]\nlisten = "127.0.0.1:{port}"\n[[radius.client]]\naddress = "127.0.0.1"\nsecret = "{SECRET}"\n'
        with ours(STATIONS, more) as server:
            before = server.cpu_s()
            words = [str(port), SECRET, str(STATIONS), str(RATE), str(effort.seconds)]
            told = said_by("bench.radius_load", *words, patience_s=effort.seconds + 60.0)
            cpu.append((server.cpu_s() - before) / told["sent"] * 1e6)
        if told["wrong"]:
            message = f"{told['wrong']} answers were wrong"
            raise BenchError(message)
        lost.append(told["sent"] - told["answered"])
        waits.append(told["p99_s"] * 1e3)
        effort.progress(f"round {number + 1}: {told} {cpu[-1]:.0f} µs")
    return [
        Finding(what="records that were never acknowledged", unit="of them", ours=max(lost), at_most=0),
        Finding(
            what="p99 until a record is acknowledged", unit="ms", ours=middle(waits)[0], spread=middle(waits)[1], at_most=_WAIT_MS
        ),
        Finding(what="CPU for one record, stored", unit="µs", ours=middle(cpu)[0], spread=middle(cpu)[1]),
    ]
