"""A fleet told as stations and seconds: who falls silent when, judged by the real correlator, each look at its own instant."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

from monitor.core.breaches import Cause
from monitor.core.correlate import Blindness, CanaryAnswers, CanarySilent, Sight, correlate
from monitor.core.events import IncidentCleared, IncidentOpened, IncidentUpdated
from monitor.core.groups import GroupKey, Groups
from monitor.core.ids import StationId
from monitor.core.incidents import Scope
from monitor.core.signals import Depth, Excuse, Explanation, Hint, Onset, Recovery
from tests.support.clocks import START

if TYPE_CHECKING:
    from datetime import datetime

    from monitor.core.correlate import Seen
    from monitor.core.docket import Answer, IncidentEvent


class Fleet:
    """Stations that beat every `interval_s`, each with a phase of its own; `at` seconds count from the start."""

    def __init__(self, interval_s: float = 300.0) -> None:
        """Know nobody."""
        self.interval_s = interval_s
        self.groups = Groups(self._heard)
        self.last: dict[StationId, float] = {}
        self.silent_from: dict[StationId, float] = {}
        self.now = 0.0
        self.events: list[IncidentEvent] = []
        self.answers: list[tuple[StationId, Answer]] = []

    def _heard(self, station: StationId) -> float | None:
        """Return the last beat before now, or before the station fell silent; beats go round the clock."""
        phase = self.last.get(station)
        if phase is None:
            return None
        until = min(self.now, self.silent_from.get(station, self.now))
        if until < phase:
            return None
        return (START + timedelta(seconds=phase + (until - phase) // self.interval_s * self.interval_s)).timestamp()

    def add(self, number: int, *keys: tuple[Scope, str], phase: float | None = None) -> StationId:
        """Add a station of these groups, heard last at `phase` and every interval since."""
        station = StationId(number)
        self.last[station] = (number * 37.0) % self.interval_s if phase is None else phase
        named = (*(GroupKey(*key) for key in keys), GroupKey(Scope.COLLECTOR, "field"))
        self.groups.place(station, named, self.interval_s)
        return station

    def many(self, first: int, count: int, *keys: tuple[Scope, str]) -> list[StationId]:
        """Add `count` stations of these groups, with phases spread over the interval."""
        return [self.add(first + place, *keys, phase=place * self.interval_s / count) for place in range(count)]

    def instant(self, at: float) -> datetime:
        """Return the instant `at` seconds after the start."""
        return START + timedelta(seconds=at)

    def wait(self, until: float) -> list[IncidentEvent]:
        """Let every look fall due up to `until`."""
        before = len(self.events)
        while self.groups.look_at is not None and self.groups.look_at <= self.instant(until).timestamp():
            self.now = max(self.now, self.groups.look_at - START.timestamp())
            self._see(None)
        self.now = until
        return self.events[before:]

    def _see(self, seen: Seen) -> None:
        said = correlate(self.groups, seen, self.instant(self.now))
        self.events += said.events
        self.answers += said.answers

    def tell(self, at: float, seen: Seen) -> None:
        """Let time pass to `at`, then tell."""
        self.wait(at)
        self._see(seen)

    def onset(  # noqa: PLR0913  (a silence in full)
        self, at: float, station: StationId, *, since: float, heard: float, depth: Depth = Depth.OVERDUE, hints: Any = ()
    ) -> None:
        """Tell of a silence."""
        onset = Onset(since=self.instant(since), heard=self.instant(heard), depth=depth, hints=frozenset(hints))
        self.tell(at, (station, onset))

    def fail(self, at: float, stations: list[StationId], *, late_s: float = 10.0) -> None:
        """Let `stations` fall silent at `at`: each misses its next beat, and that is told `late_s` after it was due."""
        self.fail_each([(at, stations)], late_s=late_s)

    def fail_each(self, failures: list[tuple[float, list[StationId]]], *, late_s: float = 10.0) -> None:
        """Let one group after the other fall silent, each at its own time."""
        told = []
        for at, station in ((at, station) for at, stations in failures for station in stations):
            self.silent_from[station] = at
            phase = self.last[station]
            beat = phase + (at - phase) // self.interval_s * self.interval_s
            told.append((beat + self.interval_s + late_s, beat, station))
        for due, beat, station in sorted(told):
            self.onset(due, station, since=due - late_s, heard=beat)

    def close(self, at: float, stations: list[StationId]) -> None:
        """Let the sockets of `stations` close at `at`, and nothing come after."""
        self.wait(at)
        for station in stations:
            self.now = at
            heard = self._heard(station)
            beat = at if heard is None else heard - START.timestamp()
            self.silent_from[station] = at
            self.onset(at, station, since=at, heard=beat, depth=Depth.SUSPECT, hints=[Hint.SOCKET_CLOSED])

    def back(self, at: float, stations: list[StationId]) -> None:
        """Let `stations` be heard again from `at` on."""
        self.wait(at)
        for station in stations:
            self.silent_from.pop(station, None)
            self.last[station] = at
            self._see((station, Recovery(at=self.instant(at))))

    def excuse(self, at: float, station: StationId) -> None:
        """Take a silence back."""
        self.tell(at, (station, Excuse()))

    def powered(self, at: float, station: StationId) -> None:
        """Let a station that is back say that its power had failed."""
        self.tell(at, (station, Explanation(cause=Cause.POWER)))

    def lived(self, at: float, station: StationId) -> None:
        """Let a station that is back show that its power had not failed."""
        self.tell(at, (station, Explanation(cause=Cause.BEARER)))

    def blind(self, at: float) -> None:
        """Stop listening."""
        self.tell(at, Blindness(since=self.instant(at), collector="field"))

    def doubt(self, at: float, stations: list[StationId], bearer: str = "gprs") -> None:
        """Let the canary of a bearer with these stations fall silent."""
        self.tell(at, CanarySilent(bearer=bearer, stations=dict.fromkeys(stations, self.interval_s)))

    def trust(self, at: float, bearer: str = "gprs") -> None:
        """Let it answer again."""
        self.tell(at, CanaryAnswers(bearer=bearer))

    def sighted(self, at: float) -> None:
        """Listen again."""
        self.tell(at, Sight(until=self.instant(at)))

    def kinds(self) -> list[str]:
        """Return the types of all events so far."""
        return [type(event).__name__ for event in self.events]


def opened(fleet: Fleet) -> list[IncidentOpened]:
    """Return the incidents that were opened, in order."""
    return [event for event in fleet.events if isinstance(event, IncidentOpened)]


def cleared(fleet: Fleet) -> list[IncidentCleared]:
    """Return the incidents that are over, in order."""
    return [event for event in fleet.events if isinstance(event, IncidentCleared)]


def latest(fleet: Fleet) -> IncidentOpened | IncidentUpdated:
    """Return what was told last of an incident that is not over."""
    return [event for event in fleet.events if isinstance(event, IncidentOpened | IncidentUpdated)][-1]
