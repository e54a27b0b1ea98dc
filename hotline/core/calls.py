"""A call to the hotline, from its first ring to its wrap-up: pure, a call and what is done to it in, the call after it out.

A call is about a station as soon as anybody knows which; who calls is mostly unknown and never needed. The number is kept as a
keyed hash, by which earlier calls of the same caller are found, and as the few figures that an agent may see. What is done twice
changes nothing the second time, for pages are sent twice and providers repeat themselves.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final

import msgspec
from msgspec.structs import replace

from monitor.core.ids import StationId

LONGEST_NOTES: Final = 4000
LONGEST_WORD: Final = 64
ABANDONED: Final = timedelta(hours=4)
"""A call that was never hung up is over after so long: a telephone system may have lost it."""


class Source(StrEnum):
    """How a call began."""

    TELEPHONE = "telephone"
    CLICK = "click"
    COMMAND_LINE = "command_line"


class Stage(StrEnum):
    """Where a call is in its life."""

    WAITING = "waiting"
    """Nobody has taken it yet."""
    RUNNING = "running"
    ENDED = "ended"
    """It was hung up; what came of it is not written down yet."""
    CLOSED = "closed"
    MISSED = "missed"
    """The caller hung up before anybody took it."""


class Outcome(StrEnum):
    """What came of a call."""

    ADVISED = "advised"
    """Solved by what the caller was told."""
    REMOTE = "remote"
    """Solved by a command."""
    ELSEWHERE = "elsewhere"
    """Sent to another charger."""
    HANDED_OVER = "handed_over"
    INFORMED = "informed"
    """A question was answered; nothing was wrong."""
    UNSOLVED = "unsolved"
    WRONG_NUMBER = "wrong_number"
    DROPPED = "dropped"
    """The line broke, or the caller hung up, before anything came of it."""


SOLVED: Final = frozenset({Outcome.ADVISED, Outcome.REMOTE, Outcome.INFORMED})
"""Outcomes after which the caller has what he called for; being sent to another charger is not one."""
COUNTED: Final = frozenset(Outcome) - {Outcome.WRONG_NUMBER, Outcome.DROPPED}
"""Outcomes that say whether the desk solved what there was to solve."""


class CallError(Exception):
    """What was asked does not fit where the call is; the message says so in words for an agent."""


class Call(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A call.

    Attributes:
        id: its number; 0 until it is stored.
        source: how it began.
        began_at: the first ring, or the click.
        reference: the telephone system's name for it, empty where it did not come from one.
        agent: who has it, empty while it waits.
        language: what the caller speaks (``fr de lb en pt``), empty until it is known.
        caller: the keyed hash of the number, empty where it was withheld or forgotten.
        caller_shown: what an agent sees of the number.
        station: what it is about.
        keyed: the number that the caller keyed in, or said, where no station bears it.
        connector: the point before which the caller stands.
        symptom: what the caller complains of, a word of `hotline.core.diagnosis`.
        answered_at: when an agent took it, `judged_at` when that agent first saw a verdict, `ended_at` when it was hung up,
            `closed_at` when it was wrapped up.
        seen: what the desk said then, a word of its verdict; stays though the station's state goes on.
        notes: the agent's.
        cause: the last one that the agent saw while the caller was there, or what was written down at the end.
        outcome: what came of it.
        ticket: the ticket that it led to, or that it is part of.
    """

    id: int = 0
    source: Source
    began_at: datetime
    reference: str = ""
    agent: str = ""
    language: str = ""
    caller: str = ""
    caller_shown: str = ""
    station: StationId | None = None
    keyed: str = ""
    connector: str = ""
    symptom: str = ""
    answered_at: datetime | None = None
    judged_at: datetime | None = None
    ended_at: datetime | None = None
    closed_at: datetime | None = None
    seen: str = ""
    notes: str = ""
    cause: str = ""
    outcome: Outcome | None = None
    ticket: int | None = None

    @property
    def stage(self) -> Stage:
        """Where it is in its life; it follows from its times."""
        if self.closed_at is not None:
            return Stage.CLOSED
        if self.answered_at is None:
            return Stage.WAITING if self.ended_at is None else Stage.MISSED
        return Stage.RUNNING if self.ended_at is None else Stage.ENDED

    @property
    def at_desk(self) -> bool:
        """Whether an agent still has to do with it."""
        return self.stage in {Stage.RUNNING, Stage.ENDED}

    @property
    def waited_s(self) -> float | None:
        """Seconds from the first ring to an agent; ``None`` where nobody took it, or where there was no ring."""
        if self.source is not Source.TELEPHONE or self.answered_at is None:
            return None
        return (self.answered_at - self.began_at).total_seconds()

    @property
    def verdict_s(self) -> float | None:
        """Seconds from the agent's answer to the first verdict."""
        if self.answered_at is None or self.judged_at is None:
            return None
        return max(0.0, (self.judged_at - self.answered_at).total_seconds())


def clicked(agent: str, now: datetime, *, source: Source = Source.CLICK, language: str = "") -> Call:
    """Return a call that `agent` has on the telephone as of now."""
    return Call(source=source, began_at=now, answered_at=now, agent=agent, language=language)


def rung(reference: str, at: datetime) -> Call:
    """Return a call that a telephone system tells of."""
    return Call(source=Source.TELEPHONE, began_at=at, reference=reference)


def answered(call: Call, agent: str, at: datetime) -> Call:
    """Return `call` in the hands of `agent`.

    Raises:
        CallError: when somebody else has it, or it is over.
    """
    if call.agent == agent and call.at_desk:
        return call
    if not call.agent and call.at_desk:
        return replace(call, agent=agent)
    if call.stage is not Stage.WAITING:
        message = f"{call.agent} has taken this call" if call.agent else "the caller has hung up"
        raise CallError(message)
    return replace(call, agent=agent, answered_at=max(at, call.began_at))


def connected(call: Call, at: datetime) -> Call:
    """Return `call` in the hands of somebody whom the telephone system does not name; he may still say that it is his.

    That may be told after the end.
    """
    if call.answered_at is not None:
        return call
    since = max(at, call.began_at)
    return replace(call, answered_at=since if call.ended_at is None else min(since, call.ended_at))


def ended(call: Call, at: datetime) -> Call:
    """Return `call` after it was hung up; a second time changes nothing."""
    if call.ended_at is not None:
        return call
    return replace(call, ended_at=max(at, call.answered_at or call.began_at))


def about(call: Call, station: StationId, connector: str = "") -> Call:
    """Return `call` about `station`, and the point `connector` of it where that was said; another station has other points."""
    if call.station == station:
        return replace(call, connector=connector or call.connector, keyed="")
    return replace(call, station=station, connector=connector, keyed="", judged_at=None, seen="", cause="")


def judged(call: Call, seen: str, at: datetime, cause: str = "") -> Call:
    """Return `call` after its agent saw a verdict, while the caller was there: the first counts, and the last cause that one named.

    What was wrong may be mended in the call, so a verdict without a cause takes none away.
    """
    if call.stage is not Stage.RUNNING:
        return call
    told = replace(call, cause=cause[:LONGEST_WORD] or call.cause)
    return told if told.judged_at is not None else replace(told, judged_at=at, seen=seen[:LONGEST_WORD])


def complained(call: Call, symptom: str, connector: str = "") -> Call:
    """Return `call` with what the caller complains of, and at which point; what is not said stays.

    Another complaint has a cause of its own.
    """
    said = replace(call, symptom=symptom[:LONGEST_WORD] or call.symptom, connector=connector[:LONGEST_WORD] or call.connector)
    return said if said == call else replace(said, cause="")


def noted(call: Call, notes: str) -> Call:
    """Return `call` with other notes, which may be written after hanging up and after the wrap-up too."""
    return replace(call, notes=notes[:LONGEST_NOTES])


def closed(call: Call, outcome: Outcome, at: datetime, *, cause: str = "", symptom: str = "") -> Call:
    """Return `call` wrapped up; one that still runs is hung up with it. Another outcome later corrects the first.

    Raises:
        CallError: when no agent has it.
    """
    if call.answered_at is None:
        message = "nobody has taken this call"
        raise CallError(message)
    over = ended(call, at)
    return replace(
        over,
        closed_at=call.closed_at or at,
        outcome=outcome,
        cause=cause[:LONGEST_WORD] or call.cause,
        symptom=symptom[:LONGEST_WORD] or call.symptom,
    )


def given_up(call: Call, now: datetime) -> Call:
    """Return `call` as it stands when nothing was heard of it for `ABANDONED`: hung up, at the last instant that is known of it."""
    if call.ended_at is not None or now - call.began_at < ABANDONED:
        return call
    return replace(call, ended_at=call.answered_at or call.began_at)


def forgotten(call: Call, *, notes: bool) -> Call:
    """Return `call` without anything by which its caller could be known; with `notes`, without the agent's words too."""
    without = replace(call, caller="", caller_shown="", reference="")
    return replace(without, notes="", keyed="") if notes else without
