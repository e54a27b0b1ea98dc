"""Case 3: from a sticker to the rendered page, 10,000 stations registered, 1,000 connected, 500 messages a second arriving.

The peer has no pages. Every message is a changed status, so that the pages that are asked for keep changing.
"""

from __future__ import annotations

import os
import time
from random import Random
from statistics import median, quantiles
from typing import Final

from bench.console import Browser
from bench.findings import Effort, Finding, middle
from bench.load import CLIENT_CORE, BenchError, load, pin
from bench.servers import IDENTITY, PASSWORD, USER, ours, sticker

TITLE: Final = "Look-up by sticker to the rendered page, 10,000 stations, 500 messages/s"
STATIONS: Final = 10_000
CONNECTIONS: Final = 1000
RATE: Final = 500
_LIMITS_MS: Final[dict[str, float | None]] = {
    "p50 of a page": None,
    "p99 of a page": 50.0,
    "p50 of a reply to a station meanwhile": None,
    "p99 of a reply to a station meanwhile": None,
}


def run(effort: Effort) -> list[Finding]:
    """Measure ours `effort.rounds` times."""
    figures: dict[str, list[float]] = {what: [] for what in _LIMITS_MS}
    for number in range(effort.rounds):
        for what, value in zip(_LIMITS_MS, _measure(effort), strict=True):
            figures[what].append(value)
        effort.progress(f"round {number + 1}: {', '.join(f'{what} {runs[-1]:.1f} ms' for what, runs in figures.items())}")
    return [
        Finding(what=what, unit="ms", ours=middle(runs)[0], spread=middle(runs)[1], at_most=_LIMITS_MS[what])
        for what, runs in figures.items()
    ]


def _measure(effort: Effort) -> tuple[float, ...]:
    chance = Random(1)  # noqa: S311  the same stickers in every run
    pin(os.getpid(), CLIENT_CORE)
    with ours(STATIONS) as server:
        browser = Browser(server.console)
        browser.sign_in(USER, PASSWORD)
        options: dict[str, str | float] = {"message": "status", "mode": "paced", "rate": RATE}
        options |= {"seconds": 3600.0, "warmup": effort.warmup_s}
        with load(server.port, connections=CONNECTIONS, identity=IDENTITY, **options) as client:
            ready = client.ready()
            # The boots of all stations are still being written when the last is answered; that is case 5.
            time.sleep(effort.warmup_s)
            for _ in range(20):
                browser.get(f"/stations/{sticker(chance.randrange(STATIONS))}")
            taken = [browser.get(f"/stations/{sticker(chance.randrange(STATIONS))}")[0] for _ in range(effort.requests)]
            done = client.end()
    if ready.failed or done.errors:
        message = f"{ready.failed} connections failed, {done.errors} wrong replies"
        raise BenchError(message)
    return tuple(seconds * 1e3 for seconds in (median(taken), quantiles(taken, n=100)[98], done.p50_s, done.p99_s))
