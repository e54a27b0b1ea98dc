"""One sentence about one station, and what to say to the caller: a pure function of its health, its registry entry and now.

The words themselves are in `sentences`; here is only which of them is true. Nothing is judged twice: state, reason, cause
and party are those of the health model.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final, assert_never

from hotline.core.folding import digits
from hotline.core.points import Points, Use, points_of
from hotline.core.sentences import Saying, Sentence
from monitor.core.breaches import Cause, Party
from monitor.core.events import Reason, State
from monitor.core.registry import LifeCycle

if TYPE_CHECKING:
    from datetime import datetime

    from monitor.core.health_state import HealthState
    from monitor.core.ids import Sticker
    from monitor.core.registry import Station


@dataclass(frozen=True, slots=True)
class Ago:
    """A fact told by its age: ``12 s``, ``6 h 26``."""

    at: datetime


@dataclass(frozen=True, slots=True)
class At:
    """A fact told by its time of day, with the date when that is another day."""

    at: datetime


Fact = Ago | At | str
Facts = Mapping[str, Fact]


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """What is so (`sentence`), what to say (`saying`), and the facts that go into both."""

    sentence: Sentence
    saying: Saying
    facts: Facts = field(default_factory=dict)


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


def spoken(sticker: Sticker) -> str:
    """Return `sticker` as people read it aloud: letters, then digits in pairs (``CP 25 00``); others stay as they are."""
    number = digits(sticker)
    letters = sticker.removesuffix(number).strip()
    if not number or letters + number != sticker or digits(letters):
        return sticker
    odd = len(number) % 2
    pairs = [number[:odd], *(number[place : place + 2] for place in range(odd, len(number), 2))]
    return " ".join(part for part in (letters, *pairs) if part)


def diagnose(health: HealthState, station: Station, now: datetime) -> Verdict:
    """Return the verdict about `station` at `now`."""
    heard = Ago(health.last_seen or health.since or now)
    facts: dict[str, Fact] = {"heard": heard, "silent": Ago(health.silent_since or heard.at), "sticker": spoken(station.sticker)}
    if station.life_cycle is LifeCycle.RETIRED:
        return Verdict(sentence=Sentence.RETIRED, saying=Saying.RETIRED, facts=facts)
    if health.maintenance_until is not None and health.maintenance_until > now:
        facts["until"] = At(health.maintenance_until)
    match health.state:
        case State.NEVER_SEEN:
            return _never_seen(station, facts)
        case State.ONLINE | State.DEGRADED:
            return _here(health, facts)
        case State.SUSPECT:
            return _suspect(health, facts, now)
        case State.OFFLINE:
            return _offline(health, station, facts)
        case State.UNKNOWN:
            return _unknown(health, facts, now)
    assert_never(health.state)


def _never_seen(station: Station, facts: dict[str, Fact]) -> Verdict:
    if station.watched:
        return Verdict(sentence=Sentence.NEVER, saying=Saying.NEVER, facts=facts)
    return Verdict(sentence=Sentence.NOT_YET, saying=Saying.NOT_YET, facts=facts)


def _here(health: HealthState, facts: dict[str, Fact]) -> Verdict:
    if "until" in facts:
        return Verdict(sentence=Sentence.WORK_HERE, saying=Saying.WORK, facts=facts)
    if health.state is State.DEGRADED:
        return Verdict(sentence=Sentence.UNSTEADY, saying=Saying.UNSTEADY, facts=facts)
    points = points_of(health)
    if points.free:
        facts |= {"point": points.free[0], "free": str(len(points.free))}
    if points.fault:
        facts |= {"fault": points.fault[0], "faults": str(len(points.fault))}
    sentence, saying = _points(points)
    return Verdict(sentence=sentence, saying=saying, facts=facts)


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


def _suspect(health: HealthState, facts: dict[str, Fact], now: datetime) -> Verdict:
    if "until" in facts:
        return Verdict(sentence=Sentence.WORK_SILENT, saying=Saying.WORK, facts=facts)
    if health.deadline is None or health.deadline <= now:
        return Verdict(sentence=Sentence.UNCERTAIN, saying=Saying.SILENT, facts=facts)
    facts["due"] = At(health.deadline)
    return Verdict(sentence=_doubt(health.reason), saying=Saying.SILENT, facts=facts)


def _doubt(reason: Reason) -> Sentence:
    if reason is Reason.LINK_CLOSED:
        return Sentence.DROPPED
    return Sentence.STILL_SILENT if reason is Reason.STILL_SILENT else Sentence.OVERDUE


def _offline(health: HealthState, station: Station, facts: dict[str, Fact]) -> Verdict:
    breach = health.breach
    if breach is not None and breach.until is None:
        sentence, saying = CUTS.get((breach.cause, breach.party), (Sentence.CUT_UNKNOWN, Saying.SILENT))
        return Verdict(sentence=sentence, saying=saying, facts=facts)
    if "until" in facts:
        return Verdict(sentence=Sentence.WORK_SILENT, saying=Saying.WORK, facts=facts)
    if not station.watched:
        return Verdict(sentence=Sentence.SILENT_UNWATCHED, saying=Saying.NOT_YET, facts=facts)
    return Verdict(sentence=Sentence.SILENT_UNJUDGED, saying=Saying.SILENT, facts=facts)


def _unknown(health: HealthState, facts: dict[str, Fact], now: datetime) -> Verdict:
    if health.breached:
        return Verdict(sentence=Sentence.DEAF_CUT, saying=Saying.SILENT, facts=facts)
    if health.listening_since is None:
        return Verdict(sentence=Sentence.DEAF, saying=Saying.UNSEEN, facts=facts)
    due = health.chance_until or health.deadline
    if due is None or due <= now:
        return Verdict(sentence=Sentence.CHANCE_OPEN, saying=Saying.UNSEEN, facts=facts)
    facts["due"] = At(due)
    return Verdict(sentence=Sentence.CHANCE, saying=Saying.UNSEEN, facts=facts)
