"""A ticket goes to somebody: the operator on call by an alert, others to their ticket system or by letter, else by telephone.

The message is stored before the ticket says that it is handed over, under a name of its own; pressed twice, it goes once.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from alerts.core.matters import Kind
from alerts.core.model import Letter
from hotline.core.tickets import Addressee, By, Step
from hotline.web.context import context_of, visitor_of
from hotline.web.languages import Speech
from hotline.web.letters import labels_of, title_of
from hotline.web.links import ticket_path
from hotline.web.pages import wording_of
from hotline.web.refusals import refuse
from monitor.core.registry import NO_CONTACT

if TYPE_CHECKING:
    from collections.abc import Sequence

    from aiohttp import web

    from alerts.commands import AlertCommands
    from alerts.ports import Told
    from hotline.core.tickets import Line, Ticket
    from hotline.desk import CallDesk
    from hotline.web.context import Context
    from monitor.core.registry import Contact, Station

OURSELVES: Final = "hotline"
"""Who ended what nobody pressed a button for."""
BY_LETTER: Final = frozenset({Addressee.OWNER, Addressee.MAINTAINER, Addressee.GRID})


def letter_key(ticket: int, hand_over: int) -> str:
    """Return the name of the letter of a ticket's so many-th hand-over."""
    return f"ticket/{ticket}/{hand_over}"


def contact_of(station: Station | None, to: Addressee) -> Contact:
    """Return whom a ticket about `station` goes to."""
    if station is None:
        return NO_CONTACT
    return {Addressee.OWNER: station.owner, Addressee.MAINTAINER: station.maintainer}.get(to, NO_CONTACT)


def speech_for(contact: Contact) -> Speech | None:
    """Return the language in which `contact` is written to, ``None`` where nobody has said."""
    return None if contact.language is None else Speech(contact.language.value)


async def hand_over(  # noqa: PLR0913, PLR0917  (who, how, and in which words)
    request: web.Request, number: int, to: Addressee, by: By, address: str, text: str
) -> Ticket | None:
    """Give a ticket to somebody and tell him; ``None`` when there is no such ticket.

    Where it is not said how, it goes to the program that takes his tickets, unless an address is named.

    Raises:
        HTTPBadRequest, HTTPConflict: when he cannot be told, with the reason; the ticket stays where it is then.
        TicketError: when it is done.
    """
    context, who = context_of(request), visitor_of(request).name
    found = await context.desk.ticket(number)
    if found is not None and found[0].open:
        address = await _tell(request, found[0], found[1], to, by, address, text)
    return await context.desk.hand_over(number, to, address, text, who)


async def _tell(  # noqa: PLR0913, PLR0917  (what a message consists of)
    request: web.Request, ticket: Ticket, lines: Sequence[Line], to: Addressee, by: By, address: str, text: str
) -> str:
    """Tell whoever gets a ticket; return where that went."""
    context, who = context_of(request), visitor_of(request).name
    alerts = context.alerts
    if alerts is None:
        return address
    if to is Addressee.ON_CALL:
        refuse(await alerts.summon(ticket.station, ticket.id, who, ticket.subject, urgent=ticket.urgent))
        return address
    station = context.directory.by_id(ticket.station)
    contact = contact_of(station, to)
    desk = alerts.ticket_desk(contact.name)
    wording = wording_of(request, speech_for(contact))
    title = ticket.subject if station is None else title_of(wording, ticket, station)
    key, language = letter_key(ticket.id, _hand_overs(lines)), wording.speech.value
    if by is By.DESK or (by is By.USUAL and desk and not address):
        page = context.console.base_url + ticket_path(ticket.id)
        labels = labels_of(ticket, station, to)
        letter = Letter(title=title, text=text, language=language, labels=labels, since=ticket.opened_at, url=page)
        refuse(await alerts.file_ticket(key, letter, contact.name, who))
        return desk
    if to in BY_LETTER and address and alerts.sends_mail:
        name = contact.name or address
        refuse(await alerts.write(key, name=name, address=address, title=title, text=text, language=language, who=who))
    return address


def _hand_overs(lines: Sequence[Line]) -> int:
    return sum(line.step is Step.HANDED_OVER for line in lines)


async def finished(context: Context, number: int, who: str) -> None:
    """Tell the alerts that a ticket is done: whoever was asked for help with it hears that it is over."""
    if context.alerts is not None:
        await context.alerts.end_request(number, who)


async def stand_down(alerts: AlertCommands, desk: CallDesk) -> None:
    """End the requests whose tickets are done: a stop of ours may have come between a ticket's end and its telling."""
    for _, matters in alerts.open():
        for ticket in (int(one.labels.get("ticket", 0)) for one in matters if one.kind is Kind.REQUEST):
            found = await desk.ticket(ticket)
            if found is None or not found[0].open:
                await alerts.end_request(ticket, OURSELVES)


async def letters_of(context: Context, ticket: Ticket, lines: Sequence[Line]) -> dict[int, Told]:
    """Return what became of the letters of a ticket, by the place of their line in its history."""
    alerts, found, sent = context.alerts, {}, 0
    if alerts is None:
        return {}
    for place, line in enumerate(lines):
        if line.step is Step.HANDED_OVER:
            told = await alerts.letter(letter_key(ticket.id, sent))
            sent += 1
            if told is not None:
                found[place] = told
    return found
