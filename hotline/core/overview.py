"""The network at a glance: how many stations are how, and what is broken longest."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from monitor.core.events import State
from monitor.core.registry import LifeCycle

if TYPE_CHECKING:
    from collections.abc import Iterable

    from monitor.core.breaches import Breach
    from monitor.core.health_state import HealthState
    from monitor.core.registry import Station


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenBreach:
    """A station that is in breach now."""

    station: Station
    breach: Breach


@dataclass(frozen=True, slots=True, kw_only=True)
class Overview:
    """Counts of every state over the stations that are not retired, and the open breaches, longest first."""

    counts: dict[State, int]
    breaches: tuple[OpenBreach, ...]

    @property
    def total(self) -> int:
        """How many stations are counted."""
        return sum(self.counts.values())


def overview_of(stations: Iterable[tuple[Station, HealthState]]) -> Overview:
    """Count `stations` and collect their open breaches."""
    counts = dict.fromkeys(State, 0)
    breaches: list[OpenBreach] = []
    for station, health in stations:
        if station.life_cycle is LifeCycle.RETIRED:
            continue
        counts[health.state] += 1
        if health.breach is not None and health.cut_off:
            breaches.append(OpenBreach(station=station, breach=health.breach))
    breaches.sort(key=lambda row: (row.breach.since, row.station.sticker))
    return Overview(counts=counts, breaches=tuple(breaches))
