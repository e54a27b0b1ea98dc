"""Tickets on pages: what is still to be done, by whom and by when, and what was."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Final

from aiohttp import web

from hotline.core.diagnosis.steps import Recipient
from hotline.core.sentences import marked
from hotline.core.tickets import Addressee, By
from hotline.web import alert_words, call_words
from hotline.web.bodies import number_asked
from hotline.web.calling import TICKET_ORDERS, TicketAsked, obey_ticket, open_ticket
from hotline.web.context import context_of
from hotline.web.dates import ZONE
from hotline.web.diagnosing import Complaint, events_of, verdict_of
from hotline.web.handing import contact_of, letters_of, speech_for, summoned, unreached, ways_to
from hotline.web.letters import letter_of, title_of
from hotline.web.links import ticket_path
from hotline.web.pages import wording_of
from monitor.core.registry import NO_CONTACT

if TYPE_CHECKING:
    from collections.abc import Mapping

    from hotline.core.tickets import Ticket
    from hotline.web.context import Context
    from hotline.web.wording import Wording
    from monitor.core.registry import Contact, Station

ROWS: Final = 50
_TO: Final = {
    Recipient.MAINTAINER.value: Addressee.MAINTAINER,
    Recipient.OWNER.value: Addressee.OWNER,
    Recipient.GRID.value: Addressee.GRID,
    Recipient.NETWORK.value: Addressee.ON_CALL,
    Recipient.OPERATORS.value: Addressee.ON_CALL,
    Recipient.SENIOR.value: Addressee.DESK,
    Recipient.PROVIDER.value: Addressee.DESK,
}
"""Whom a step hands over to, as a ticket has it; what is a senior's or the card provider's stays at the desk."""
NOT_TOLD: Final = marked("Not handed over: they could not be told that way. Check the address, or choose another way.")
WHEN: Final = marked("Write a day and a time that are ahead.")


async def tickets(request: web.Request) -> web.Response:
    """``GET /tickets``: the open ones, first those that nobody got, then those past their time; then the last that are done."""
    context = context_of(request)
    now, found = context.clock.now(), await context.desk.tickets()
    lost = await unreached(context.alerts, found)
    opened = sorted(found, key=lambda one: (one.id not in lost, not one.overdue(now), not one.urgent, one.opened_at))
    done = [one for one in await context.desk.recent_tickets(ROWS) if not one.open]
    return context.pages.render(
        request,
        "tickets.html",
        call_words=call_words,
        done=[(one, _station(context, one)) for one in done],
        lost=lost,
        opened=[(one, _station(context, one)) for one in opened],
    )


async def ticket(request: web.Request) -> web.Response:
    """``GET /tickets/{id}``: one ticket with its history and what can be done with it."""
    return await _page(request, number_asked(request, "ticket"))


async def add(request: web.Request) -> web.StreamResponse:
    """``POST /tickets``: open one, or put one more caller behind the one that is open."""
    form = await request.post()
    at_hand = await _call_of(request, form)
    if str(form.get("ticket", "")).isascii() and str(form.get("ticket", "")).isdigit():
        done = await obey_ticket(request, int(str(form["ticket"])), "join", TicketAsked(call=at_hand))
        raise web.HTTPSeeOther(ticket_path(done.id))
    station, connector, subject, cause = (str(form.get(name, "")) for name in ("station", "connector", "subject", "cause"))
    asked = TicketAsked(station=station, connector=connector, subject=subject, cause=cause, urgent="urgent" in form, call=at_hand)
    made = await open_ticket(request, asked)
    to = _TO.get(str(form.get("to", "")))
    raise web.HTTPSeeOther(ticket_path(made.id) + (f"?to={to}" if to is not None else ""))


async def order(request: web.Request) -> web.StreamResponse:
    """``POST /tickets/{id}``: what a button of its page asks."""
    form = await request.post()
    number, what = number_asked(request, "ticket"), str(form.get("order", ""))
    if what not in TICKET_ORDERS:
        raise web.HTTPBadRequest
    by = _on_wall(str(form.get("by", "")))
    if what == "promise" and (by is None or by <= context_of(request).clock.now()):
        return await _page(request, number, wrong=WHEN, promise={name: str(form.get(name, "")) for name in ("by", "text")})
    to, how, address, text = (str(form.get(name, "")) for name in ("to", "how", "address", "text"))
    asked = TicketAsked(to=to, how=By(how) if how in set(By) else By.USUAL, address=address, text=text, by=by)
    try:
        done = await obey_ticket(request, number, what, asked)
    except (web.HTTPConflict, web.HTTPBadRequest):
        if what != "hand-over":
            raise
        return await _page(request, number, wrong=NOT_TOLD, asked=asked)
    raise web.HTTPSeeOther(ticket_path(done.id))


async def _page(
    request: web.Request,
    number: int,
    wrong: str = "",
    asked: TicketAsked | None = None,
    promise: Mapping[str, str] | None = None,
) -> web.Response:
    """Return the page of a ticket; what was `asked`, or written of a `promise`, and is `wrong` stands in it again."""
    context = context_of(request)
    found = await context.desk.ticket(number)
    if found is None:
        raise web.HTTPNotFound
    one, lines = found
    station = _station(context, one)
    addresses = {} if station is None else _addresses(station)
    lost = await unreached(context.alerts, [one])
    to = _asked_addressee(request.query.get("to", "") if asked is None else asked.to, one, again=bool(lost))
    contact = NO_CONTACT if to is None else contact_of(station, to)
    wording = wording_of(request, speech_for(contact))
    letter = "" if station is None else await _letter(context, wording, one, station)
    ways = ways_to(context.alerts, contact, to)
    return context.pages.render(
        request,
        "ticket.html",
        status=400 if wrong else 200,
        addresses=addresses,
        address=contact.email if asked is None else asked.address,
        letter=letter if asked is None else asked.text,
        title=title_of(wording, one, station) if station is not None else "",
        alert_words=alert_words,
        letters=await letters_of(context.alerts, lines),
        lost=lost,
        how=ways[0] if asked is None or asked.how not in ways else asked.how,
        system="" if context.alerts is None else context.alerts.ticket_desk(contact.name),
        ways=ways,
        to=to,
        call_words=call_words,
        lines=lines,
        promise=promise or {},
        overdue=one.overdue(context.clock.now()),
        station=station,
        summoned=summoned(context.alerts, one),
        ticket=one,
        wrong=wrong,
    )


async def _letter(context: Context, wording: Wording, one: Ticket, station: Station) -> str:
    seen = verdict_of(context, station, await events_of(context, station), Complaint(connector=one.connector), told=False)
    health = context.book.health(station)
    return letter_of(wording, one, station, health, wording.verdict(seen), context.hotline.phone)


async def _call_of(request: web.Request, form: Mapping[str, object]) -> int | None:
    """Return the number of the visitor's call, where the form says that the ticket is of it."""
    text = str(form.get("call", ""))
    if not text.isascii() or not text.isdigit():
        return None
    at_hand = await context_of(request).desk.call(int(text[:18]))
    return None if at_hand is None else at_hand.id


def _station(context: Context, one: Ticket) -> Station | None:
    return context.directory.by_id(one.station)


def _asked_addressee(asked: str, one: Ticket, *, again: bool) -> Addressee | None:
    """Return whom it is asked to be handed over to, ``None`` for who has it; else, of one at the desk, who mends such things.

    `again`: who has it was not reached, and may be told in another way.
    """
    if asked in set(Addressee):
        return Addressee(asked) if again or asked != one.has else None
    return Addressee.MAINTAINER if one.has is Addressee.DESK else None


def _addresses(station: Station) -> dict[Addressee, Contact]:
    """Return who could be asked, with a way to reach him."""
    known = {Addressee.MAINTAINER: station.maintainer, Addressee.OWNER: station.owner}
    return {addressee: who for addressee, who in known.items() if who.name or who.phone or who.email}


def _on_wall(text: str) -> datetime | None:
    """Return the instant that a field of the browser's names, on the walls of Luxembourg."""
    try:
        return datetime.fromisoformat(text).replace(tzinfo=ZONE).astimezone(UTC)
    except ValueError:
        return None
