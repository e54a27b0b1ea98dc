"""The shell around `correlate`: keeps its ledger, knows which groups a station is in, and passes its answers on.

It judges nothing and stores nothing; the engine asks it after every judgement, and the sweeper's beat comes through the engine.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from monitor.core.correlate import Blindness, CanaryAnswers, CanarySilent, Sight, correlate
from monitor.core.groups import Groups
from monitor.core.ledger import Ledger, remember, restore

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping
    from datetime import datetime

    from monitor.core.docket import Correlation
    from monitor.core.groups import GroupKey
    from monitor.core.health_state import HealthState
    from monitor.core.ids import StationId
    from monitor.core.signals import Signal

Places = tuple[tuple["GroupKey", ...], float]
"""The groups of a station, and every how many seconds it gives a sign of life."""


class Fleet:
    """The fleet's judge, as the engine uses it."""

    def __init__(self, places: Callable[[StationId, HealthState], Places], heard: Callable[[StationId], float | None]) -> None:
        """Ask `places` where a station belongs and `heard` when it was heard last (Unix seconds)."""
        self.groups = Groups(heard)
        self._places = places
        self._placed: dict[StationId, Places] = {}

    def place(self, station: StationId, state: HealthState) -> None:
        """Have `station` be in the groups that the registry and its own words put it in."""
        places = self._places(station, state)
        if self._placed.get(station) != places:
            self._placed[station] = places
            self.groups.place(station, *places)

    def remove(self, station: StationId) -> None:
        """Know `station` no more."""
        self._placed.pop(station, None)
        self.groups.remove(station)

    def take(self, station: StationId, signal: Signal, now: datetime) -> Correlation:
        """Take a signal of `station`."""
        return correlate(self.groups, (station, signal), now)

    def absent(self, since: datetime, now: datetime, collector: str) -> Correlation:
        """Say that nobody listened from `since` to `now`: one incident of our own, opened and cleared."""
        told = correlate(self.groups, Blindness(since=since, collector=collector), now)
        over = correlate(self.groups, Sight(until=now), now)
        told.events += over.events
        told.answers += over.answers
        return told

    def canary(self, bearer: str, stations: Iterable[StationId], now: datetime, *, answers: bool) -> Correlation:
        """Take what the canary of a bearer says, over which `stations` are heard."""
        if answers:
            return correlate(self.groups, CanaryAnswers(bearer=bearer), now)
        intervals_s = {station: self._placed[station][1] for station in stations if station in self._placed}
        return correlate(self.groups, CanarySilent(bearer=bearer, stations=intervals_s), now)

    def wait(self, until: datetime) -> None:
        """Judge nothing before `until`: what was due before it is due then."""
        if self.groups.look_at is not None:
            self.groups.look_at = max(self.groups.look_at, until.timestamp())

    def look(self, now: datetime) -> Correlation | None:
        """Judge what is due, ``None`` if nothing is."""
        due = self.groups.look_at
        return None if due is None or now.timestamp() < due else correlate(self.groups, None, now)

    def remember(self) -> Ledger:
        """Return what must survive a restart."""
        return remember(self.groups)

    def restore(self, ledger: Ledger, states: Mapping[StationId, HealthState]) -> list[tuple[StationId, str]]:
        """Take up what survived one; return who takes himself for a member of an incident that is no more, and of which."""
        return restore(self.groups, ledger, states)
