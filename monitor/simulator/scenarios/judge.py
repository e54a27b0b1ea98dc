"""How well a detector's words fit the truth of a record: delays, false alarms, groups, causes, parties.

Takes the output of a replay (parsed lines) and the record; the same arithmetic serves every detector that can say a breach.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any, Final

from monitor.core.incidents import Scope
from monitor.simulator.scenarios.troubles import CAUSES, OURS, SCOPES, Kind, Trouble

if TYPE_CHECKING:
    from collections.abc import Iterable

    from monitor.simulator.scenarios.record import Record

SHORT_S: Final = 600.0
"""A silence shorter than this should open no breach."""
SLACK: Final = timedelta(minutes=15)
"""A breach still belongs to a trouble that ended so long before it began, for stations come back late."""


@dataclass(slots=True)
class Breached:
    """A breach as it was told in the end."""

    station: str
    at: datetime
    since: datetime
    cause: str
    party: str
    incident: str | None
    until: datetime | None = None


@dataclass(slots=True)
class Grouped:
    """An incident as it was told in the end; `first` is the scope under which it was opened."""

    name: str
    at: datetime
    since: datetime
    scope: str
    key: str
    first: str
    stations: set[str]
    until: datetime | None = None
    merged: bool = False


@dataclass(slots=True)
class Told:
    """What a detector said, put together."""

    breaches: list[Breached] = field(default_factory=list)
    incidents: list[Grouped] = field(default_factory=list)
    suspects: list[tuple[str, datetime]] = field(default_factory=list)


def read(said: Iterable[dict[str, Any]]) -> Told:
    """Put the lines of a replay together."""
    told, breaches, incidents = Told(), dict[str, Breached](), dict[str, Grouped]()
    for line in said:
        at = datetime.fromisoformat(line["at"])
        match line["type"]:
            case "health_changed" if line["to"] == "suspect" or (line["to"] == "offline" and line["from"] != "suspect"):
                told.suspects.append((line["station"], at))
            case "breach_opened":
                since = datetime.fromisoformat(line["since"])
                one = Breached(line["station"], at, since, line["cause"], line["party"], line["incident"])
                told.breaches.append(one)
                breaches[line["breach"]] = one
            case "breach_updated":
                one = breaches[line["breach"]]
                one.cause, one.party, one.incident = line["cause"], line["party"], line["incident"] or one.incident
            case "breach_cleared":
                one = breaches[line["breach"]]
                one.cause, one.party, one.until = line["cause"], line["party"], datetime.fromisoformat(line["until"])
            case "incident_opened" | "incident_updated":
                group = incidents.get(line["incident"])
                if group is None:
                    since = datetime.fromisoformat(line["since"])
                    group = Grouped(line["incident"], at, since, line["scope"], line["key"], line["scope"], set())
                    incidents[group.name] = group
                    told.incidents.append(group)
                group.scope, group.key, group.stations = line["scope"], line["key"], set(line["stations"])
            case "incident_cleared":
                group = incidents[line["incident"]]
                group.until, group.merged = datetime.fromisoformat(line["until"]), line["merged_into"] is not None
    return told


@dataclass(slots=True)
class Score:
    """Figures of one detector over one record or several.

    `nuisance` are breaches that no failure worth one explains, `baseless` those of them that not even a short drop does.
    """

    borne_days: float = 0.0
    delays: dict[str, list[float]] = field(default_factory=dict)
    missed: dict[str, int] = field(default_factory=dict)
    nuisance: int = 0
    baseless: int = 0
    false_incidents: list[Grouped] = field(default_factory=list)
    blamed: int = 0
    pairs_right: int = 0
    pairs_told: int = 0
    pairs_true: int = 0
    causes: dict[bool, list[bool]] = field(default_factory=lambda: {True: [], False: []})
    parties: dict[bool, list[bool]] = field(default_factory=lambda: {True: [], False: []})
    wrong: list[tuple[str, str, str]] = field(default_factory=list)
    notifications: list[tuple[int, int]] = field(default_factory=list)

    @property
    def f1(self) -> float:
        """Return the harmonic mean of precision and recall over pairs of station and group trouble."""
        whole = self.pairs_told + self.pairs_true
        return 2 * self.pairs_right / whole if whole else 1.0


def judge(record: Record, told: Told, score: Score | None = None) -> Score:
    """Add to `score` what `told` is worth against the truth of `record`."""
    score = score or Score()
    score.borne_days += record.borne_days
    _singles(record, told, score)
    _groups(record, told, score)
    _alarms(record, told, score)
    return score


def _name(trouble: Trouble, record: Record) -> str:
    if trouble.kind not in SCOPES:
        return trouble.kind.value
    whole = len(record.world.group(SCOPES[trouble.kind], trouble.key))
    return f"{trouble.kind.value}, {'all' if len(trouble.stations) >= 0.9 * whole else 'part'}"


def _singles(record: Record, told: Told, score: Score) -> None:
    """Score the breaches of stations that failed, alone or with others: found, how late, cause, party."""
    by_station: dict[str, list[Breached]] = {}
    for breach in told.breaches:
        by_station.setdefault(breach.station, []).append(breach)
    bearers = {one.name: one.bearer for one in record.world.bornes}
    for trouble in record.troubles:
        if trouble.kind not in CAUSES or trouble.seconds < 2 * SHORT_S:
            continue
        group = trouble.kind in SCOPES
        for station in trouble.stations:
            found = next((one for one in by_station.get(station, ()) if _fits(one, trouble)), None)
            if not group:
                name = _name(trouble, record)
                if found is None:
                    score.missed[name] = score.missed.get(name, 0) + 1
                else:
                    score.delays.setdefault(name, []).append((found.at - trouble.start).total_seconds())
            if found is not None:
                cause = CAUSES[trouble.kind].value
                score.causes[group].append(found.cause == cause)
                score.parties[group].append(found.party == trouble.party(bearers[station]).value)
                if found.cause != cause:
                    score.wrong.append((trouble.kind.value, cause, found.cause))


def _fits(breach: Breached, trouble: Trouble) -> bool:
    until = breach.until or trouble.end
    return breach.since < trouble.end + timedelta(seconds=60) and until > trouble.start and breach.at < trouble.end + SLACK


def _groups(record: Record, told: Told, score: Score) -> None:
    """Score the incidents: which trouble of a group each is, how late, with whom, and those that are none."""
    free = [one for one in told.incidents if not one.merged]
    for trouble in record.troubles:
        if trouble.kind not in SCOPES or len(trouble.stations) < 2:  # noqa: PLR2004
            continue
        score.pairs_true += len(trouble.stations)
        name = _name(trouble, record)
        best = max((one for one in free if _meets(one, trouble)), key=lambda one: _overlap(one, trouble), default=None)
        if best is None or (best.scope, best.key) != (SCOPES[trouble.kind].value, trouble.key):
            score.missed[name] = score.missed.get(name, 0) + 1
        if best is None:
            continue
        free.remove(best)
        right = (best.scope, best.key) == (SCOPES[trouble.kind].value, trouble.key)
        score.pairs_told += len(best.stations)
        if right:
            score.pairs_right += len(best.stations & set(trouble.stations))
            score.delays.setdefault(name, []).append((best.at - trouble.start).total_seconds())
        score.notifications.append((len(trouble.stations), 1 + sum(_alone(one, trouble) for one in told.breaches)))
    for one in free:
        ours = one.scope == Scope.COLLECTOR.value and any(
            trouble.kind in OURS and trouble.start - SLACK <= one.at <= trouble.end + SLACK for trouble in record.troubles
        )
        if not ours:
            score.false_incidents.append(one)
            score.pairs_told += len(one.stations)


def _meets(one: Grouped, trouble: Trouble) -> bool:
    return trouble.start - timedelta(seconds=60) <= one.at <= trouble.end + SLACK and bool(one.stations & set(trouble.stations))


def _overlap(one: Grouped, trouble: Trouble) -> float:
    members = set(trouble.stations)
    return len(one.stations & members) / len(one.stations | members)


def _alone(breach: Breached, trouble: Trouble) -> bool:
    return breach.station in trouble.stations and breach.incident is None and _fits(breach, trouble)


def _alarms(record: Record, told: Told, score: Score) -> None:
    """Count breaches that no trouble of the station's own or of its group's explains, and those that are really ours."""
    real = [one for one in record.troubles if one.kind not in OURS and one.kind is not Kind.DROP and one.seconds >= SHORT_S]
    struck: dict[str, list[Trouble]] = {}
    for trouble in real:
        for station in trouble.stations:
            struck.setdefault(station, []).append(trouble)
    ours = [one for one in record.troubles if one.kind in OURS]
    for breach in told.breaches:
        if any(_fits(breach, trouble) for trouble in struck.get(breach.station, ()) if trouble.kind in CAUSES):
            continue
        if breach.cause != "observer" and any(one.start - SLACK <= breach.at and breach.since <= one.end + SLACK for one in ours):
            score.blamed += 1
        else:
            score.nuisance += 1
            own = (one for one in record.troubles if one.kind not in OURS and breach.station in one.stations)
            score.baseless += not any(_fits(breach, one) for one in own)
