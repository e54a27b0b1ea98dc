"""What is so with a station as a whole, and what to say: its connection, its breach, and what can be done with its points.

Nothing is judged twice: state, reason, cause and party are those of the health model.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, assert_never

from hotline.core.diagnosis.findings import same_point
from hotline.core.diagnosis.verdict import Ago, At, Fact, Facts, spoken
from hotline.core.points import Points, Use, points_of
from hotline.core.sentence_names import Saying, Sentence
from monitor.core.breaches import Cause, Party
from monitor.core.docket import instant
from monitor.core.events import Reason, State
from monitor.core.incidents import Scope
from monitor.core.registry import LifeCycle

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from monitor.core.health_state import HealthState
    from monitor.core.ledger import OpenIncident
    from monitor.core.registry import Station


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """What is so with the whole, what to say, and the facts; `cause` is that of an open breach that speaks."""

    sentence: Sentence
    saying: Saying
    facts: Facts
    cause: str = ""
    party: Party | None = None


CUTS: Final[dict[tuple[Cause, Party], tuple[Sentence, Saying]]] = {
    (Cause.POWER, Party.GRID): (Sentence.CUT_POWER, Saying.POWER),
    (Cause.BEARER, Party.NETWORK): (Sentence.CUT_MOBILE, Saying.SILENT),
    (Cause.BEARER, Party.OWNER): (Sentence.CUT_LINE, Saying.SILENT),
    (Cause.STATION, Party.STATION): (Sentence.CUT_STATION, Saying.SILENT),
    (Cause.SITE, Party.OWNER): (Sentence.CUT_SITE, Saying.WIDE),
    (Cause.APN, Party.NETWORK): (Sentence.CUT_APN, Saying.WIDE),
    (Cause.CREDENTIALS, Party.STATION): (Sentence.CUT_CREDENTIALS, Saying.SILENT),
    (Cause.OBSERVER, Party.US): (Sentence.CUT_OBSERVER, Saying.UNSEEN),
    (Cause.PLANNED, Party.US): (Sentence.CUT_PLANNED, Saying.OUT_OF_SERVICE),
    (Cause.UNKNOWN, Party.UNKNOWN): (Sentence.CUT_UNKNOWN, Saying.SILENT),
}
"""An open breach by its cause and the party that answers for it; a pair that is not here is told as unknown."""


AREAS: Final[Mapping[Scope, tuple[Sentence, Saying]]] = {
    Scope.APN: (Sentence.AREA_NETWORK, Saying.WIDE),
    Scope.OPERATOR: (Sentence.AREA_NETWORK, Saying.WIDE),
    Scope.CELL: (Sentence.AREA_CELL, Saying.WIDE),
    Scope.SITE: (Sentence.AREA_SITE, Saying.WIDE),
    Scope.MODEL: (Sentence.AREA_MODEL, Saying.WIDE),
    Scope.FEEDER: (Sentence.AREA_FEEDER, Saying.POWER),
}
"""An open incident by what its members have in common; when it is us who are deaf, the breach says so."""
_SEVERAL: Final = 2


def facts_of(health: HealthState, station: Station, now: datetime) -> dict[str, Fact]:
    """Return the facts that every sentence may need."""
    heard = Ago(health.last_seen or health.since or now)
    return {"heard": heard, "silent": Ago(health.silent_since or heard.at), "sticker": spoken(station.sticker)}


def seen_of(
    health: HealthState, station: Station, now: datetime, *, incident: OpenIncident | None = None, connector: str = ""
) -> Seen:
    """Return what is so with `station` at `now`; its `incident` is the open one that its silence is part of."""
    facts = facts_of(health, station, now)
    if station.life_cycle is LifeCycle.RETIRED:
        return Seen(sentence=Sentence.RETIRED, saying=Saying.RETIRED, facts=facts)
    if health.maintenance_until is not None and health.maintenance_until > now:
        facts["until"] = At(health.maintenance_until)
    match health.state:
        case State.NEVER_SEEN:
            return _never_seen(station, facts)
        case State.ONLINE | State.DEGRADED:
            return _here(health, facts, connector)
        case State.SUSPECT:
            return _suspect(health, facts, now)
        case State.OFFLINE:
            return _offline(health, station, facts, incident)
        case State.UNKNOWN:
            return _unknown(health, facts, now)
    assert_never(health.state)


def _never_seen(station: Station, facts: dict[str, Fact]) -> Seen:
    if station.watched:
        return Seen(sentence=Sentence.NEVER, saying=Saying.NEVER, facts=facts)
    return Seen(sentence=Sentence.NOT_YET, saying=Saying.NOT_YET, facts=facts)


def _here(health: HealthState, facts: dict[str, Fact], connector: str) -> Seen:
    if "until" in facts:
        return Seen(sentence=Sentence.WORK_HERE, saying=Saying.WORK, facts=facts)
    if health.state is State.DEGRADED:
        return Seen(sentence=Sentence.UNSTEADY, saying=Saying.UNSTEADY, facts=facts)
    points = points_of(health)
    if points.free:
        own = [point for point in points.free if connector and same_point(point, connector)]
        facts |= {"point": (*own, *points.free)[0], "free": str(len(points.free))}
    if points.fault:
        facts |= {"fault": points.fault[0], "faults": str(len(points.fault))}
    sentence, saying = _points(points)
    return Seen(sentence=sentence, saying=saying, facts=facts)


def _points(points: Points) -> tuple[Sentence, Saying]:  # noqa: PLR0911  (one line a case, first match wins)
    if points.station is Use.CLOSED:
        return Sentence.OUT_OF_SERVICE, Saying.OUT_OF_SERVICE
    if points.station is Use.FAULT:
        return Sentence.STATION_FAULT, Saying.FAULT
    if points.fault and points.free:
        return Sentence.FAULT_ONE_FREE if len(points.fault) == 1 else Sentence.FAULTS_ONE_FREE, Saying.FAULT_ELSE_FREE
    if points.fault:
        return Sentence.FAULT if len(points.fault) == 1 else Sentence.FAULTS, Saying.FAULT
    if len(points.free) == 1:
        return Sentence.ONE_FREE, Saying.FREE
    if points.free:
        return Sentence.SOME_FREE, Saying.FINE
    if points.busy:
        return Sentence.IN_USE, Saying.IN_USE
    if points.closed:
        return Sentence.OUT_OF_SERVICE, Saying.OUT_OF_SERVICE
    return Sentence.POINTS_UNKNOWN, Saying.FINE


def _suspect(health: HealthState, facts: dict[str, Fact], now: datetime) -> Seen:
    if "until" in facts:
        return Seen(sentence=Sentence.WORK_SILENT, saying=Saying.WORK, facts=facts)
    if health.deadline is None or health.deadline <= now:
        return Seen(sentence=Sentence.UNCERTAIN, saying=Saying.SILENT, facts=facts)
    facts["due"] = At(health.deadline)
    return Seen(sentence=_doubt(health.reason), saying=Saying.SILENT, facts=facts)


def _doubt(reason: Reason) -> Sentence:
    if reason is Reason.LINK_CLOSED:
        return Sentence.DROPPED
    return Sentence.STILL_SILENT if reason is Reason.STILL_SILENT else Sentence.OVERDUE


def _offline(health: HealthState, station: Station, facts: dict[str, Fact], incident: OpenIncident | None) -> Seen:
    breach = health.breach
    if breach is not None and breach.until is None:
        wide = None if incident is None else _wide(incident, facts)
        if wide is not None:
            return Seen(sentence=wide[0], saying=wide[1], facts=facts, cause=breach.cause, party=breach.party)
        sentence, saying = CUTS.get((breach.cause, breach.party), (Sentence.CUT_UNKNOWN, Saying.SILENT))
        return Seen(sentence=sentence, saying=saying, facts=facts, cause=breach.cause, party=breach.party)
    if "until" in facts:
        return Seen(sentence=Sentence.WORK_SILENT, saying=Saying.WORK, facts=facts)
    if not station.watched:
        return Seen(sentence=Sentence.SILENT_UNWATCHED, saying=Saying.NOT_YET, facts=facts)
    return Seen(sentence=Sentence.SILENT_UNJUDGED, saying=Saying.SILENT, facts=facts)


def _wide(incident: OpenIncident, facts: dict[str, Fact]) -> tuple[Sentence, Saying] | None:
    """Return what is said of many at once, with its facts; those that are back do not count."""
    told, silent = AREAS.get(incident.scope), len(incident.stations) - len(incident.returned)
    if told is None or silent < _SEVERAL:
        return None
    facts |= {"since": At(instant(incident.since)), "count": str(silent)}
    return told


def _unknown(health: HealthState, facts: dict[str, Fact], now: datetime) -> Seen:
    if health.breached:
        return Seen(sentence=Sentence.DEAF_CUT, saying=Saying.SILENT, facts=facts)
    if health.listening_since is None:
        return Seen(sentence=Sentence.DEAF, saying=Saying.UNSEEN, facts=facts)
    due = health.chance_until or health.deadline
    if due is None or due <= now:
        return Seen(sentence=Sentence.CHANCE_OPEN, saying=Saying.UNSEEN, facts=facts)
    facts["due"] = At(due)
    return Seen(sentence=Sentence.CHANCE, saying=Saying.UNSEEN, facts=facts)
