"""Case 4: a scrape of `/metrics` with 10,000 connected stations, and for how long it holds up the stations.

The stop of the event loop is measured from outside: a few more stations send heartbeats all the time while scrapes go on, and
their longest round trip is told beside that of a time without scrapes. Each stays below 200 frames/s, where a station begins
to feel back-pressure. The peer is what `prometheus_client` needs to write the
same samples, once they are collected.
"""

from __future__ import annotations

import gzip
import os
import time
from statistics import median
from typing import TYPE_CHECKING, Final

from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.parser import text_string_to_metric_families

from bench.console import Browser
from bench.findings import Effort, Finding, middle
from bench.load import CLIENT_CORE, BenchError, load, pin
from bench.servers import IDENTITY, Server, ours

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from prometheus_client import Metric

TITLE: Final = "/metrics at 10,000 stations which all have a state"
STATIONS: Final = 10_000
_PROBES: Final = 4
_PROBE_RATE: Final = 600
_SCRAPES: Final = 5
_PAUSE_S: Final = 0.5
_SCRAPE_AT_MOST_MS: Final = 1000.0
_STOP_AT_MOST_MS: Final = 50.0
_ENCODINGS: Final = {"text": "identity", "gzip": "gzip"}


class _Samples:
    """A collector of samples that are there already."""

    def __init__(self, families: Iterable[Metric]) -> None:
        self._families = list(families)

    def collect(self) -> Iterable[Metric]:
        return self._families


def run(effort: Effort) -> list[Finding]:
    """Measure ours `effort.rounds` times, and the writing of its last scrape by the peer."""
    pin(os.getpid(), CLIENT_CORE)
    figures: dict[str, list[float]] = {}
    body = b""
    for number in range(effort.rounds):
        with ours(STATIONS + _PROBES) as server, load(server.port, connections=STATIONS, identity=IDENTITY, mode="hold") as client:
            if client.ready().failed:
                message = "not all stations were taken"
                raise BenchError(message)
            time.sleep(effort.warmup_s)
            body = _measure(server, figures)
            client.end()
        effort.progress(f"round {number + 1}: {', '.join(f'{what} {runs[-1]:.1f}' for what, runs in figures.items())}")
    return _findings(figures, body, effort)


def _measure(server: Server, figures: dict[str, list[float]]) -> bytes:
    body = b""
    figures.setdefault("calm", []).append(_probed(server, lambda: time.sleep(_SCRAPES * _PAUSE_S)))
    for name, encoding in _ENCODINGS.items():
        taken: list[float] = []
        bodies: list[bytes] = []

        def scrapes(encoding: str = encoding, taken: list[float] = taken, bodies: list[bytes] = bodies) -> None:
            browser = Browser(server.ops)
            for _ in range(_SCRAPES):
                seconds, answer = browser.get("/metrics", {"Accept-Encoding": encoding})
                taken.append(seconds * 1e3)
                bodies[:] = [answer]
                time.sleep(_PAUSE_S)

        figures.setdefault(f"{name} stop", []).append(_probed(server, scrapes))
        figures.setdefault(f"{name} scrape", []).append(median(taken))
        figures.setdefault(f"{name} size", []).append(len(bodies[0]) / 1e6)
        body = gzip.decompress(bodies[0]) if name == "gzip" and bodies[0][:2] == b"\x1f\x8b" else bodies[0]
    return body


def _probed(server: Server, work: Callable[[], None]) -> float:
    """Return the longest round trip of a heartbeat (ms) while `work` goes on."""
    options: dict[str, str | float] = {
        "first": STATIONS,
        "message": "heartbeat",
        "mode": "paced",
        "rate": _PROBE_RATE,
        "seconds": 600.0,
        "warmup": 0,
    }
    with load(server.port, connections=_PROBES, identity=IDENTITY, **options) as probe:
        probe.ready()
        work()
        done = probe.end()
    if done.errors or not done.messages:
        message = f"the probing stations: {done.errors} wrong replies, {done.messages} messages"
        raise BenchError(message)
    return done.max_s * 1e3


def _findings(figures: dict[str, list[float]], body: bytes, effort: Effort) -> list[Finding]:
    written_ms = _written_by_the_library(body, effort)
    found = []
    for name in _ENCODINGS:
        scrape, spread = middle(figures[f"{name} scrape"])
        found.append(
            Finding(
                what=f"a scrape, {name} ({middle(figures[f'{name} size'])[0]:.1f} MB)",
                unit="ms",
                ours=scrape,
                spread=spread,
                peer=written_ms if name == "text" else None,
                peer_name="prometheus_client, writing only",
                at_most=_SCRAPE_AT_MOST_MS,
            )
        )
        stop, spread = middle(figures[f"{name} stop"])
        found.append(
            Finding(
                what=f"longest wait of a station meanwhile, {name}", unit="ms", ours=stop, spread=spread, at_most=_STOP_AT_MOST_MS
            )
        )
    calm, spread = middle(figures["calm"])
    return [*found, Finding(what="longest wait of a station without scrapes", unit="ms", ours=calm, spread=spread)]


def _written_by_the_library(body: bytes, effort: Effort) -> float:
    registry = CollectorRegistry(auto_describe=False)
    registry.register(_Samples(text_string_to_metric_families(body.decode())))
    taken = []
    for _ in range(effort.rounds):
        begin = time.perf_counter()
        generate_latest(registry)
        taken.append((time.perf_counter() - begin) * 1e3)
    return median(taken)
