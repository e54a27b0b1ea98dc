"""The operators' desk: which matters are open, which alerts they are, what is silenced, and what is due when.

A ledger that the pipeline alone writes; it decides nothing. It is filled from the store at the start, before the first decision, so
that what mutes another is known before anything could be sent.
"""

from __future__ import annotations

import heapq
from collections import defaultdict
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from alerts.core.canary import ADDRESSES, NAME, is_canary
from alerts.core.changes import named_in
from alerts.core.delivery import Medium
from alerts.core.matters import Kind, Matter
from alerts.core.model import Alert, Entry, Notification, Reason, Silence, Stage
from monitor.core.registry import Contact

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence
    from datetime import datetime

    from alerts.core.changes import Change
    from alerts.core.reading import Paper
    from alerts.core.rules import RuleBook
    from alerts.core.throttle import Earlier
    from monitor.core.ids import StationId

COMMON: Final = frozenset({Kind.INCIDENT, Kind.OBSERVER})
"""Matters that are the cause of others."""
OURS: Final = ""
"""The audience of the operators."""
GroupName = tuple[str, tuple[tuple[str, str], ...]]
"""A rule and the labels by which it groups."""


@dataclass(frozen=True, slots=True)
class Failure:
    """A defect of ours, met over one matter, alert, event or order (`about`), which is left for later or out; the others go on."""

    about: str
    error: Exception


@dataclass(slots=True)
class Decision:
    """What a turn changed at `at`: to be stored as one, and then acted upon.

    `ended` are the matters of alerts that are over; a change of a schedule that is ``None`` was taken back before it began;
    `shifts_seen` is until when people have been told of their shifts.
    """

    at: datetime
    matters: dict[str, Matter] = field(default_factory=dict)
    alerts: dict[int, Alert] = field(default_factory=dict)
    ended: dict[int, tuple[Matter, ...]] = field(default_factory=dict)
    placed: dict[tuple[str, str], int] = field(default_factory=dict)
    silences: dict[int, Silence] = field(default_factory=dict)
    changes: dict[int, Change | None] = field(default_factory=dict)
    shifts_seen: datetime | None = None
    notifications: list[Notification] = field(default_factory=list)
    entries: list[Entry] = field(default_factory=list)
    due: datetime | None = None
    failures: list[Failure] = field(default_factory=list)


class Desk:
    """What is open. `rules` and `paper` may be replaced at any time."""

    def __init__(self, rules: RuleBook, paper: Paper) -> None:
        """Know nothing yet."""
        self.rules = rules
        self.paper = paper
        self.matters: dict[str, Matter] = {}
        self.past: dict[str, Matter] = {}
        self.alerts: dict[int, Alert] = {}
        self.silences: dict[int, Silence] = {}
        self.planned: dict[StationId, datetime] = {}
        self.last_alert = 0
        self.last_silence = 0
        self.changes: dict[int, Change] = {}
        self.last_change = 0
        self.shifts_seen: datetime | None = None
        self.handover_at: datetime | None = None
        self.sent: dict[tuple[str, Medium], list[Earlier]] = defaultdict(list)
        self.waiting: dict[str, dict[int, Alert]] = defaultdict(dict)
        self.placed: dict[tuple[str, str], int] = {}
        self.inside: dict[int, dict[str, None]] = defaultdict(dict)
        self.by_group: dict[GroupName, int] = {}
        self.said: dict[tuple[str, str] | int, Reason] = {}
        self.covering: dict[StationId, set[str]] = defaultdict(set)
        self.about: dict[StationId, set[str]] = defaultdict(set)
        self.silent_at: dict[str, dict[str, StationId]] = defaultdict(dict)
        self._agenda: list[tuple[datetime, str, int]] = []

    # ------------------------------------------------------------------------------------------------ matters

    def put(self, matter: Matter) -> None:
        """Enter `matter` as it is now; one that is over is taken out."""
        before = self.matters.pop(matter.key, None)
        if before is not None:
            self._forget(before)
        if matter.open:
            self.past.pop(matter.key, None)
            self.matters[matter.key] = matter
            self._index(matter)
        elif alerts := self._alerts_of(matter.key):
            self.past[matter.key] = matter
            for alert in alerts:  # those that go on stand first
                del self.inside[alert][matter.key]
                self.inside[alert][matter.key] = None

    def _alerts_of(self, key: str) -> list[int]:
        return [self.placed[key, audience] for audience in self.audiences(key) if (key, audience) in self.placed]

    def audiences(self, key: str) -> set[str]:
        """Return everybody who may be told of a matter: the operators, and owners; of the canary's nobody but itself."""
        return {NAME} if is_canary(key) else {OURS, *(rule.audience for rule in self.rules.rules)} - {NAME}

    def _index(self, matter: Matter) -> None:
        index = self.covering if matter.kind in COMMON else self.about
        for station in matter.stations:
            index[station].add(matter.key)
        if matter.kind is Kind.BREACH and (site := matter.labels.get("site")):
            self.silent_at[site][matter.key] = matter.stations[0]

    def _forget(self, matter: Matter) -> None:
        index = self.covering if matter.kind in COMMON else self.about
        for station in matter.stations:
            index[station].discard(matter.key)
            if not index[station]:
                del index[station]
        if matter.kind is Kind.BREACH and (site := matter.labels.get("site")):
            self.silent_at[site].pop(matter.key, None)
            if not self.silent_at[site]:
                del self.silent_at[site]

    def touched_by(self, matter: Matter) -> Iterable[str]:
        """Return the keys of the other open matters for which it matters that `matter` changed."""
        if matter.kind in COMMON:
            return [key for station in matter.stations for key in self.about.get(station, ())]
        if matter.kind is Kind.BREACH and (site := matter.labels.get("site")):
            return [key for key in self.silent_at.get(site, ()) if key != matter.key]
        return ()

    def over_station(self, station: StationId) -> list[Matter]:
        """Return the open incidents that `station` is part of, ours too."""
        return [self.matters[key] for key in sorted(self.covering.get(station, ()))]

    # ------------------------------------------------------------------------------------------------ alerts

    def keep(self, alert: Alert) -> None:
        """Enter `alert` as it is now; one that is over is taken out, with all that was placed in it."""
        if alert.alive:
            self.alerts[alert.id] = alert
            self.by_group[group_name(alert.rule, alert.group)] = alert.id
            self.last_alert = max(self.last_alert, alert.id)
            return
        self.alerts.pop(alert.id, None)
        self.by_group.pop(group_name(alert.rule, alert.group), None)
        for key in self.inside.pop(alert.id, {}):
            self.placed.pop((key, alert.audience), None)
            if not self._alerts_of(key):
                self.past.pop(key, None)

    def place(self, key: str, alert: Alert) -> None:
        """Put a matter into `alert`."""
        self.placed[key, alert.audience] = alert.id
        self.inside[alert.id][key] = None

    def displace(self, key: str, audience: str) -> int | None:
        """Take a matter out of its alert, and return which that was."""
        alert = self.placed.pop((key, audience), None)
        if alert is not None:
            self.inside[alert].pop(key, None)
        return alert

    def going_on(self, alert: int) -> Iterator[Matter]:
        """Find the matters of `alert` that go on; whoever needs only the first looks at no other, however many there are."""
        return (self.matters[key] for key in self.inside.get(alert, ()) if key in self.matters)

    def open_in(self, alert: int) -> list[Matter]:
        """Return the matters of `alert` that go on."""
        return list(self.going_on(alert))

    def addresses(self, person: str, alert: Alert) -> Mapping[Medium, str]:
        """Return the addresses of `person`; those of an owner are what is registered with the stations of `alert`."""
        known = self.rules.people.get(person)
        if known is not None or alert.audience == NAME:
            return ADDRESSES if known is None else known.addresses
        stations = [self.paper.by_id(station) for matter in self.open_in(alert.id) for station in matter.stations]
        found = (station.owner for station in stations if station is not None and station.owner.name == alert.audience)
        owner = next(found, Contact())
        named = {Medium.EMAIL: owner.email, Medium.SMS: owner.phone}
        return {medium: address for medium, address in named.items() if address}

    def shown_in(self, alert: int) -> list[Matter]:
        """Return the matters of `alert` that go on; of one that is only kept for a while, those that were."""
        return self.open_in(alert) or self.all_in(alert)

    def all_in(self, alert: int) -> list[Matter]:
        """Return the matters of `alert`, those that are over too."""
        return [one for key in self.inside.get(alert, ()) if (one := self.matters.get(key) or self.past.get(key)) is not None]

    # ------------------------------------------------------------------------------------------------ on call

    def followed(self) -> list[Change]:
        """Return the changes of schedules that hold or are to come; one that names somebody who is no contact is not followed."""
        return [one for one in self.changes.values() if named_in(one) <= self.rules.people.keys()]

    def on_call(self, schedule: str, at: datetime) -> Sequence[str]:
        """Return who is on call in `schedule` at `at`, with every change of it."""
        return self.rules.on_call(schedule, at, self.followed())

    # ------------------------------------------------------------------------------------------------ agenda

    def remind(self, at: datetime, what: str | int) -> None:
        """Have a matter (by its key) or an alert (by its number) looked at again at `at`."""
        heapq.heappush(self._agenda, (at, "", what) if isinstance(what, int) else (at, what, 0))

    def due(self) -> datetime | None:
        """Return when something is to be looked at next."""
        first = self._agenda[0][0] if self._agenda else None
        return min((at for at in (first, self.handover_at) if at is not None), default=None)

    def fall_due(self, now: datetime) -> tuple[set[str], set[int]]:
        """Return the matters and alerts that are due by `now`, and strike them off."""
        keys, alerts = set[str](), set[int]()
        while self._agenda and self._agenda[0][0] <= now:
            _, key, alert = heapq.heappop(self._agenda)
            if key:
                keys.add(key)
            else:
                alerts.add(alert)
        return keys, alerts


class Turn:
    """One decision under way: the desk, the instant, and what has changed so far."""

    def __init__(self, desk: Desk, now: datetime) -> None:
        """Begin."""
        self.desk = desk
        self.now = now
        self.decision = Decision(now)
        self.matters: set[str] = set()
        self.alerts: set[int] = set()

    def put(self, matter: Matter) -> None:
        """Enter a matter, and have it and what it touches looked at."""
        before = self.desk.matters.get(matter.key)
        self.desk.put(matter)
        self.decision.matters[matter.key] = matter
        self.matters.add(matter.key)
        for one in (before, matter):
            if one is not None:
                self.matters.update(self.desk.touched_by(one))

    def keep(self, alert: Alert) -> None:
        """Enter an alert."""
        self.desk.keep(alert)
        self.decision.alerts[alert.id] = alert

    def place(self, key: str, alert: Alert) -> None:
        """Put a matter into an alert."""
        self.desk.place(key, alert)
        self.decision.placed[key, alert.audience] = alert.id

    def say(  # noqa: PLR0913  (what a line of the log consists of)
        self,
        about: tuple[str, str] | int,
        stage: Stage,
        reason: Reason,
        *,
        until: datetime | None = None,
        who: str = "",
        detail: str = "",
    ) -> None:
        """Write down why; what was said of a thing last is not said again."""
        if self.desk.said.get(about) is reason and not who:
            return
        self.desk.said[about] = reason
        matter, alert = ("", about) if isinstance(about, int) else (about[0], self.desk.placed.get(about, 0))
        self.decision.entries.append(
            Entry(at=self.now, stage=stage, reason=reason, matter=matter, alert=alert, until=until, who=who, detail=detail)
        )


def group_name(rule: str, group: dict[str, str]) -> GroupName:
    """Return the name under which an alert of `rule` for `group` is found."""
    return rule, tuple(sorted(group.items()))
