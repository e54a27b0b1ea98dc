"""The life of incidents: opened, joined, told, left, cleared, and what stations and readers are told of it.

What it is asked to do it does; whether there is a common cause, and which, is decided in `correlate` and `scoping`.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime
from math import ceil
from typing import TYPE_CHECKING, Final, TypedDict

from monitor.core.events import IncidentCleared, IncidentOpened, IncidentUpdated
from monitor.core.groups import Group, Groups, Incident, Silence
from monitor.core.incidents import Scope
from monitor.core.observations import IncidentJoined, IncidentLeft

if TYPE_CHECKING:
    from collections.abc import Iterable

    from monitor.core.ids import StationId

TELL_S: Final = 15.0
"""Members that join one by one are told together, at most so late."""
STRAGGLE_S: Final = 900.0
"""Whoever is still away so long after the others came back has a cause of his own."""
_WAVE_S: Final = 120.0
"""Members that come back one after the other, no further apart than this, come back together."""
_TOGETHER_S: Final = 5.0
"""A silence may have begun so long after an incident's first evidence and still have begun with it."""

Answer = IncidentJoined | IncidentLeft
IncidentEvent = IncidentOpened | IncidentUpdated | IncidentCleared


@dataclass(slots=True)
class Correlation:
    """What follows from one signal or tick: events of incidents, what stations must be told, and when to look again."""

    events: list[IncidentEvent] = field(default_factory=list)
    answers: list[tuple[StationId, Answer]] = field(default_factory=list)
    look_at: datetime | None = None


def instant(at: float) -> datetime:
    """Return a Unix time as an instant, rounded to the microsecond upwards: what is due is never looked at too early."""
    return datetime.fromtimestamp(ceil(at * 1e6) / 1e6, UTC)


def together(incident: Incident, silence: Silence) -> bool:
    """Say whether a silence may have begun when the incident did: its last sign of life came before we knew of it.

    Somebody who was heard between the beginning and our knowing and missed a sign by chance later is rare enough.
    """
    before = max(incident.since + _TOGETHER_S, incident.opened_at)
    return silence.heard <= before and silence.since >= incident.heard - _TOGETHER_S


class Docket:
    """The incidents as of one instant; what is done is gathered in `said`."""

    def __init__(self, groups: Groups, now: datetime, at: float) -> None:
        """Act on `groups` at `now`, which is `at` in Unix seconds."""
        self.groups = groups
        self.now = now
        self.at = at
        self.said = Correlation()

    def look_by(self, at: float) -> None:
        """Have the fleet looked at by `at`."""
        if self.groups.look_at is None or at < self.groups.look_at:
            self.groups.look_at = at

    def open(self, group: Group, heard: float, since: float, probability: float) -> Incident:
        """Open an incident without members; tell of it by `opened` once they have joined."""
        self.groups.opened += 1
        incident = Incident(f"I{self.groups.opened}", group, heard, since, self.at, probability)
        self.groups.incidents[incident.name] = incident
        return incident

    def opened(self, incident: Incident) -> None:
        """Tell of an incident for the first time."""
        self.said.events.append(IncidentOpened(at=self.now, **_facts(incident)))
        incident.told_at, incident.dirty = self.at, False

    def join(self, incident: Incident, silences: Iterable[Silence]) -> None:
        """Let stations join, in the order of their numbers; who belongs to another incident leaves that."""
        for silence in sorted(silences, key=lambda one: one.station):
            before = silence.incident
            if before is incident:
                continue
            if before is not None:
                before.silent.pop(silence.station, None)
            silence.incident = incident
            incident.back.pop(silence.station, None)
            incident.silent[silence.station] = silence
            incident.stations.add(silence.station)
            incident.dirty = True
            self.tell_joined(incident, silence.station)

    def tell_joined(self, incident: Incident, station: StationId) -> None:
        """Tell a station of which incident it is part, and of what kind that is."""
        joined = IncidentJoined(at=self.now, incident=incident.name, scope=incident.scope, since=instant(incident.since))
        self.said.answers.append((station, joined))

    def move(self, incident: Incident, group: Group) -> None:
        """Give an incident another group, and tell its members of it, those that are back too: their breaches may be revised."""
        incident.group, incident.dirty = group, True
        for station in sorted(incident.stations):
            self.tell_joined(incident, station)

    def tell(self, incident: Incident) -> None:
        """Tell of the members that joined since it was last told, at most every `TELL_S`."""
        if not incident.dirty:
            return
        if self.at < incident.told_at + TELL_S:
            self.look_by(incident.told_at + TELL_S)
            return
        incident.told_at, incident.dirty = self.at, False
        self.said.events.append(IncidentUpdated(at=self.now, **_facts(incident)))

    def clear(self, incident: Incident, until: float, merged_into: str | None = None) -> None:
        """End an incident; members that are still away belong to it a while longer, unless it was our own blindness."""
        groups = self.groups
        del groups.incidents[incident.name]
        if incident.dirty and merged_into is None:
            self.said.events.append(IncidentUpdated(at=self.now, **_facts(incident)))
        key = incident.group.key
        self.said.events.append(
            IncidentCleared(
                at=self.now,
                incident=incident.name,
                scope=key.scope,
                key=key.key,
                since=instant(incident.since),
                until=instant(max(until, incident.since)),
                merged_into=merged_into,
            )
        )
        if incident.silent and incident.scope is not Scope.COLLECTOR:
            groups.stragglers.append((self.at + STRAGGLE_S, incident))
            self.look_by(self.at + STRAGGLE_S)
        else:
            self.leave(incident)

    def let_go(self) -> None:
        """Let the members of ended incidents go that have been away too long since."""
        stragglers, self.groups.stragglers = self.groups.stragglers, []
        for due, incident in stragglers:
            if due <= self.at:
                self.leave(incident)
            elif incident.silent:
                self.groups.stragglers.append((due, incident))
                self.look_by(due)

    def leave(self, incident: Incident) -> None:
        """Let every member go that is still away."""
        for station, silence in sorted(incident.silent.items()):
            silence.incident = None
            self.said.answers.append((station, IncidentLeft(at=self.now, incident=incident.name)))
            self.groups.moved = True
        incident.silent.clear()

    def revoke(self, incident: Incident, strangers: Iterable[StationId]) -> None:
        """Let members go that never belonged to `incident`; the silences of those that are away are judged anew."""
        for station in sorted(strangers):
            incident.stations.discard(station)
            incident.back.pop(station, None)
            self.said.answers.append((station, IncidentLeft(at=self.now, incident=incident.name, revoked=True)))
            self.groups.moved = incident.dirty = True
            silence = incident.silent.pop(station, None)
            if silence is not None:
                silence.incident = None
                self.groups.dirty.update((group.key, group) for group in self.groups.of.get(station, ()))
                self.look_by(self.at + TELL_S / 5.0)


def ended_at(incident: Incident, now: float) -> float:
    """Return when the common cause was over: when the wave began in which half of the members had come back."""
    back = sorted(incident.back.values())
    if not back:
        return now
    place = len(back) // 2
    while place > 0 and back[place] - back[place - 1] <= _WAVE_S:
        place -= 1
    return back[place]


class _Facts(TypedDict):
    incident: str
    scope: Scope
    key: str
    since: datetime
    stations: tuple[StationId, ...]
    probability: float


def _facts(incident: Incident) -> _Facts:
    return {
        "incident": incident.name,
        "scope": incident.scope,
        "key": incident.group.key.key,
        "since": instant(incident.since),
        "stations": tuple(sorted(incident.stations)),
        "probability": round(incident.probability, 6),
    }
