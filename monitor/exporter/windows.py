"""MTBF, MTTR and availability by bearer over a window that begins with the first scrape.

What a state remembers has no beginning (its counts go back to the station's first breach, the time watched is not kept), so the
exporter takes note of every watched station when it first meets it and counts from there, as any counter of a process does. A
restart begins a new window; longer ones are Prometheus's work, of the counters by station. One note a station is kept, and one look
at each is all that a scrape costs. Two scrapers, or one that comes rarely, change only how finely our own deafness is cut out.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from monitor.core.reliability import Reliability, look
from monitor.metrics import BEARER_AVAILABILITY, BEARER_MTBF, BEARER_MTTR, BEARER_WATCHED, Metric

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime, timedelta

    from monitor.core.health_state import HealthState
    from monitor.core.ids import StationId
    from monitor.core.registry import Station
    from monitor.core.reliability import Watch


class Windows:
    """The notes of all stations."""

    def __init__(self) -> None:
        """Know none."""
        self.notes: dict[StationId, Watch] = {}

    def round(self, now: datetime) -> Round:
        """Begin a round of looks, at `now`."""
        return Round(self, now)


class Round:
    """One look at every station, and what they come to."""

    def __init__(self, windows: Windows, now: datetime) -> None:
        """Look at `now` and keep the notes in `windows`."""
        self._windows = windows
        self._now = now
        self._sums: dict[str, Reliability] = {}
        self._met: set[StationId] = set()

    def look(self, station: Station, state: HealthState) -> None:
        """Take note of `station`, unless nobody watches it."""
        if not station.watched:
            return
        note = look(self._windows.notes.get(station.id), state, self._now)
        if note is None:
            return
        self._windows.notes[station.id] = note
        self._met.add(station.id)
        bearer = station.bearer.value
        self._sums[bearer] = self._sums.get(bearer, Reliability()).plus(note, state, self._now)

    def families(self) -> Iterator[tuple[Metric, list[str]]]:
        """Yield each family with its series, and forget stations that are not watched any more."""
        for gone in self._windows.notes.keys() - self._met:
            del self._windows.notes[gone]
        sums = sorted(self._sums.items())
        yield BEARER_WATCHED, [_series(BEARER_WATCHED, bearer, one.watched.total_seconds()) for bearer, one in sums]
        yield BEARER_AVAILABILITY, [_series(BEARER_AVAILABILITY, bearer, one.availability) for bearer, one in sums]
        yield BEARER_MTBF, [_series(BEARER_MTBF, bearer, _seconds(one.mtbf)) for bearer, one in sums]
        yield BEARER_MTTR, [_series(BEARER_MTTR, bearer, _seconds(one.mttr)) for bearer, one in sums]


def _seconds(span: timedelta | None) -> float | None:
    return None if span is None else span.total_seconds()


def _series(metric: Metric, bearer: str, value: float | None) -> str:
    return "" if value is None else f'{metric.name}{{bearer="{bearer}"}} {value:.6f}\n'
