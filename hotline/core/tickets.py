"""A ticket: something about a station that somebody must do, from the call that it came of to the word that it is done.

Pure: a ticket and what is done to it in, the ticket after it and the line for its history out. A ticket is the desk's until it is
handed over; who has it promises a time; what is past its time says so until it is done.
"""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import Final

import msgspec
from msgspec.structs import replace

from monitor.core.ids import StationId

LONGEST_SUBJECT: Final = 200
LONGEST_TEXT: Final = 4000


class Addressee(StrEnum):
    """Who has a ticket."""

    DESK = "desk"
    ON_CALL = "on_call"
    OWNER = "owner"
    MAINTAINER = "maintainer"
    GRID = "grid"


class Standing(StrEnum):
    """Where a ticket is in its life."""

    OPEN = "open"
    """It is the desk's; nobody else was asked."""
    HANDED_OVER = "handed_over"
    PROMISED = "promised"
    """Who has it has said by when."""
    DONE = "done"


class By(StrEnum):
    """How somebody is told of the ticket that he gets; who does not say gets the usual way."""

    USUAL = ""
    SYSTEM = "system"
    """His ticket system, a program."""
    MAIL = "mail"
    OURSELVES = "ourselves"
    """By telephone, or in the agent's own mail program."""


class Step(StrEnum):
    """What is done to a ticket: the lines of its history."""

    OPENED = "opened"
    JOINED = "joined"
    """One more caller."""
    HANDED_OVER = "handed_over"
    PROMISED = "promised"
    NOTED = "noted"
    DONE = "done"
    REOPENED = "reopened"


class TicketError(Exception):
    """What was asked does not fit where the ticket is; the message says so in words for an agent."""


class Ticket(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A ticket.

    Attributes:
        id: its number; 0 until it is stored.
        station: what it is about.
        connector: the point of it, empty for the whole station.
        subject: one line.
        cause: the cause as it was seen when it was opened, a word of the diagnosis.
        urgent: whether somebody is in danger or caught by a cable.
        opened_at, opened_by: when and by whom it was opened.
        has: who has it, `address` where it was sent to: a mail address, or the webhook of a ticket system;
            `letter` is the key of what was sent.
        standing: where it is.
        promised_at: by when it was promised.
        done_at, done_by: when and by whom it was said to be done; `result` in which words.
        calls: how many callers stand behind it.
    """

    id: int = 0
    station: StationId
    connector: str = ""
    subject: str
    cause: str = ""
    urgent: bool = False
    opened_at: datetime
    opened_by: str
    has: Addressee = Addressee.DESK
    address: str = ""
    letter: str = ""
    standing: Standing = Standing.OPEN
    promised_at: datetime | None = None
    done_at: datetime | None = None
    done_by: str = ""
    result: str = ""
    calls: int = 1

    @property
    def open(self) -> bool:
        """Whether something is still to be done."""
        return self.standing is not Standing.DONE

    def overdue(self, now: datetime) -> bool:
        """Whether what was promised is past."""
        return self.open and self.promised_at is not None and self.promised_at < now


class Line(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A line of a ticket's history: `text` are somebody's words, or what was sent, which is known by the key `letter`.

    `to` is who got it, `until` what is promised.
    """

    at: datetime
    who: str
    step: Step
    text: str = ""
    letter: str = ""
    to: Addressee | None = None
    until: datetime | None = None


Turned = tuple[Ticket, Line]


def opened(  # noqa: PLR0913  (what a ticket consists of)
    station: StationId, subject: str, who: str, now: datetime, *, connector: str = "", cause: str = "", urgent: bool = False
) -> Turned:
    """Return a new ticket.

    Raises:
        TicketError: when nothing is said of what it is about.
    """
    line = " ".join(subject.split())[:LONGEST_SUBJECT]
    if not line:
        message = "say in a few words what is to be done"
        raise TicketError(message)
    ticket = Ticket(station=station, connector=connector, subject=line, cause=cause, urgent=urgent, opened_at=now, opened_by=who)
    return ticket, Line(at=now, who=who, step=Step.OPENED, text=line)


def joined(ticket: Ticket, who: str, now: datetime, text: str = "", *, danger: str = "") -> Turned:
    """Return `ticket` with one more caller behind it; one that was done is open again, for it was not.

    `danger` is the cause of who told of danger: it becomes the ticket's, which is urgent from then on.
    """
    back = replace(ticket, calls=ticket.calls + 1, cause=danger or ticket.cause, urgent=ticket.urgent or bool(danger))
    return (back if ticket.open else _open_again(back)), _line(now, who, Step.JOINED, text)


def handed_over(  # noqa: PLR0913, PLR0917  (to whom, how, in which words)
    ticket: Ticket, to: Addressee, address: str, text: str, who: str, now: datetime, letter: str = ""
) -> Turned:
    """Return `ticket` handed over; what somebody else had promised no longer counts."""
    _must_be_open(ticket)
    given = replace(ticket, has=to, address=address, letter=letter, standing=Standing.HANDED_OVER, promised_at=None)
    return given, replace(_line(now, who, Step.HANDED_OVER, text), letter=letter, to=to)


def promised(ticket: Ticket, by: datetime, who: str, now: datetime, text: str = "") -> Turned:
    """Return `ticket` with the time by which it is promised.

    Raises:
        TicketError: when that time is past.
    """
    _must_be_open(ticket)
    if by <= now:
        message = "that time is past"
        raise TicketError(message)
    return replace(ticket, standing=Standing.PROMISED, promised_at=by), replace(_line(now, who, Step.PROMISED, text), until=by)


def noted(ticket: Ticket, who: str, now: datetime, text: str) -> Turned:
    """Return `ticket` as it is, with words of somebody's in its history."""
    return ticket, _line(now, who, Step.NOTED, text)


def done(ticket: Ticket, who: str, now: datetime, result: str) -> Turned:
    """Return `ticket` done."""
    _must_be_open(ticket)
    over = replace(ticket, standing=Standing.DONE, done_at=now, done_by=who, result=result[:LONGEST_TEXT])
    return over, _line(now, who, Step.DONE, result)


def reopened(ticket: Ticket, who: str, now: datetime, text: str = "") -> Turned:
    """Return a ticket that was done as the desk's again.

    Raises:
        TicketError: when it is open.
    """
    if ticket.open:
        message = "this ticket is open"
        raise TicketError(message)
    return _open_again(ticket), _line(now, who, Step.REOPENED, text)


def _open_again(ticket: Ticket) -> Ticket:
    back = {"has": Addressee.DESK, "address": "", "letter": "", "standing": Standing.OPEN}
    return replace(ticket, **back, promised_at=None, done_at=None, done_by="", result="")


def _must_be_open(ticket: Ticket) -> None:
    if not ticket.open:
        message = "this ticket is done: open it again first"
        raise TicketError(message)


def _line(now: datetime, who: str, step: Step, text: str) -> Line:
    return Line(at=now, who=who, step=step, text=text[:LONGEST_TEXT])
