"""What may be done with a call or a ticket, read from a form or from JSON, and done: one way for pages and for programs.

An agent does what he likes with calls that are his or nobody's; another's are changed by who is senior.
"""

from __future__ import annotations

from datetime import datetime
from functools import partial
from typing import TYPE_CHECKING, Final

import msgspec
from aiohttp import web
from msgspec.structs import replace

from hotline.core import calls as rules
from hotline.core.calls import CallError, Outcome
from hotline.core.diagnosis import Symptom
from hotline.core.legible import typed
from hotline.core.roles import Role
from hotline.core.search import LONGEST_QUERY
from hotline.core.tickets import Addressee, By, TicketError
from hotline.web.context import context_of, visitor_of
from hotline.web.handing import finished, hand_over
from hotline.web.languages import Speech

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Mapping

    from hotline.core.calls import Call
    from hotline.core.tickets import Ticket
    from monitor.core.registry import Station

CALL_ORDERS: Final = ("take", "hang-up", "about", "symptom", "language", "notes", "wrap-up")
TICKET_ORDERS: Final = ("join", "hand-over", "promise", "note", "done", "reopen")


class CallAsked(msgspec.Struct, forbid_unknown_fields=True, kw_only=True):
    """What is asked of a call; which fields an order needs stands in `obey_call`. `station` is a sticker in any spelling."""

    number: str = ""
    language: str = ""
    station: str = ""
    connector: str = ""
    symptom: str = ""
    notes: str = ""
    outcome: str = ""
    cause: str = ""


class TicketAsked(msgspec.Struct, forbid_unknown_fields=True, kw_only=True):
    """What is asked of a ticket; which fields an order needs stands in `obey_ticket`."""

    station: str = ""
    connector: str = ""
    subject: str = ""
    cause: str = ""
    urgent: bool = False
    call: int | None = None
    to: str = ""
    how: By = By.USUAL
    address: str = ""
    by: datetime | None = None
    text: str = ""


def asked_of(form: Mapping[str, object]) -> CallAsked:
    """Return what a form of ours asks of a call."""
    return CallAsked(**{name: str(form[name]) for name in CallAsked.__struct_fields__ if name in form})


# ---------------------------------------------------------------------------------------------------------- calls


async def start_call(request: web.Request, asked: CallAsked) -> Call:
    """Begin a call that the visitor has on the telephone.

    Raises:
        HTTPBadRequest: for a language that there is not.
        HTTPNotFound: for a sticker that nobody wears.
    """
    station = await station_of(request, asked.station) if asked.station else None
    return await context_of(request).desk.start(
        visitor_of(request).name,
        number=typed(asked.number, 60),
        language=_language(asked.language) if asked.language else "",
        station=None if station is None else station.id,
    )


async def obey_call(request: web.Request, number: int, order: str, asked: CallAsked) -> Call:
    """Carry out `order` and return the call after it.

    Raises:
        HTTPNotFound, HTTPForbidden, HTTPBadRequest, HTTPConflict: with the reason.
    """
    desk, who = context_of(request).desk, visitor_of(request).name
    before = await desk.call(number)
    if before is None:
        raise web.HTTPNotFound(reason="There is no such call")
    if before.agent not in {"", who} and order != "take":
        needs(request, Role.SENIOR, f"This is {before.agent}'s call")
    deeds: dict[str, Callable[[], Awaitable[Call | None]]] = {
        "take": lambda: desk.take(number, who),
        "hang-up": lambda: desk.hang_up(number),
        "about": lambda: _concern(request, number, asked),
        "symptom": lambda: desk.change(
            number, partial(rules.complained, symptom=_symptom(asked.symptom), connector=word(asked.connector))
        ),
        "language": lambda: desk.change(number, partial(replace, language=_language(asked.language))),
        "notes": lambda: desk.change(number, partial(rules.noted, notes=written(asked.notes))),
        "wrap-up": lambda: _wrap_up(request, number, asked),
    }
    if order not in deeds:
        raise web.HTTPNotFound(reason=f"There is no such order; there are {', '.join(CALL_ORDERS)}")
    try:
        after = await deeds[order]()
    except CallError as error:
        raise web.HTTPConflict(reason=str(error)) from None
    assert after is not None  # noqa: S101  (calls are never deleted)
    return after


async def _concern(request: web.Request, number: int, asked: CallAsked) -> Call | None:
    station = await station_of(request, asked.station)
    return await context_of(request).desk.concern(number, station.id, word(asked.connector))


async def _wrap_up(request: web.Request, number: int, asked: CallAsked) -> Call | None:
    if asked.outcome not in set(Outcome):
        raise web.HTTPBadRequest(reason=f"outcome: use one of {', '.join(Outcome)}")
    desk = context_of(request).desk
    if asked.notes:
        await desk.change(number, partial(rules.noted, notes=written(asked.notes)))
    return await desk.wrap_up(number, Outcome(asked.outcome), cause=word(asked.cause), symptom=_symptom(asked.symptom))


# ---------------------------------------------------------------------------------------------------------- tickets


async def open_ticket(request: web.Request, asked: TicketAsked) -> Ticket:
    """Open a ticket.

    Raises:
        HTTPNotFound, HTTPBadRequest: with the reason.
    """
    context, who = context_of(request), visitor_of(request).name
    station = await station_of(request, asked.station)
    if asked.call is not None and await context.desk.call(asked.call) is None:
        raise web.HTTPNotFound(reason="There is no such call")
    try:
        return await context.desk.open_ticket(
            station.id,
            station.sticker,
            typed(asked.subject, 300),
            who,
            connector=word(asked.connector),
            cause=word(asked.cause),
            urgent=asked.urgent,
            call=asked.call,
        )
    except TicketError as error:
        raise web.HTTPBadRequest(reason=f"subject: {error}") from None


async def obey_ticket(request: web.Request, number: int, order: str, asked: TicketAsked) -> Ticket:
    """Carry out `order` and return the ticket after it.

    Raises:
        HTTPNotFound, HTTPBadRequest, HTTPConflict: with the reason.
    """
    desk, who = context_of(request).desk, visitor_of(request).name
    text = written(asked.text)
    deeds: dict[str, Callable[[], Awaitable[Ticket | None]]] = {
        "join": lambda: desk.join(number, who, asked.call, text),
        "hand-over": lambda: hand_over(request, number, _addressee(asked.to), asked.how, typed(asked.address, 200), text),
        "promise": lambda: desk.promise(number, _instant(asked.by), who, text),
        "note": lambda: desk.note(number, who, text),
        "done": lambda: desk.finish(number, who, text),
        "reopen": lambda: desk.reopen(number, who, text),
    }
    if order not in deeds:
        raise web.HTTPNotFound(reason=f"There is no such order; there are {', '.join(TICKET_ORDERS)}")
    try:
        after = await deeds[order]()
    except TicketError as error:
        raise web.HTTPConflict(reason=str(error)) from None
    if after is None:
        raise web.HTTPNotFound(reason="There is no such ticket")
    if order == "done":
        await finished(context_of(request), number, who)
    return after


# ---------------------------------------------------------------------------------------------------------- reading


async def station_of(request: web.Request, sticker: str) -> Station:
    """Return the station that wears `sticker`, in any spelling.

    Raises:
        HTTPNotFound: when there is none.
    """
    found = await context_of(request).book.find(typed(sticker, LONGEST_QUERY))
    if found is None:
        raise web.HTTPNotFound(reason="There is no station with that sticker")
    return found


def word(text: str) -> str:
    """Return a short word that somebody typed, or that a form of ours carried."""
    return " ".join(typed(text, rules.LONGEST_WORD).split())


def written(text: str) -> str:
    """Return what somebody wrote, its lines kept."""
    return "\n".join(typed(line, rules.LONGEST_NOTES) for line in text.replace("\r\n", "\n").split("\n"))[: rules.LONGEST_NOTES]


def needs(request: web.Request, role: Role, why: str = "") -> None:
    """Refuse whoever is trusted less than `role`.

    Raises:
        HTTPForbidden: then.
    """
    held = visitor_of(request).role
    if held is None or not held.covers(role):
        raise web.HTTPForbidden(reason=f"{why + ': this' if why else 'This'} needs the role {role}")


def _language(text: str) -> str:
    if text not in set(Speech):
        raise web.HTTPBadRequest(reason=f"language: use one of {', '.join(Speech)}")
    return text


def _symptom(text: str) -> str:
    if text and text not in set(Symptom):
        raise web.HTTPBadRequest(reason=f"symptom: use one of {', '.join(Symptom)}")
    return text


def _addressee(text: str) -> Addressee:
    if text not in set(Addressee):
        raise web.HTTPBadRequest(reason=f"to: use one of {', '.join(Addressee)}")
    return Addressee(text)


def _instant(at: datetime | None) -> datetime:
    if at is None:
        raise web.HTTPBadRequest(reason="by: say by when")
    return at
