"""A ticket goes to somebody: the operator on call by an alert, others to their ticket system or by letter, else by telephone.

The message is stored before the ticket says that it is handed over, under a name of its own; pressed twice, it goes once.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

from alerts.core.matters import Kind
from alerts.core.model import Letter
from alerts.core.orders import Answer
from alerts.core.outbox import Stand
from hotline.core.tickets import Addressee, By, Standing, Step
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
    from alerts.core.model import Alert
    from alerts.ports import Told as Delivered
    from hotline.core.tickets import Line, Ticket
    from hotline.desk import CallDesk
    from hotline.web.context import Context
    from monitor.core.registry import Contact, Station

OURSELVES: Final = "hotline"
"""Who ended what nobody pressed a button for."""
BY_LETTER: Final = frozenset({Addressee.OWNER, Addressee.MAINTAINER, Addressee.GRID})


class Told(NamedTuple):
    """Where a hand-over went, and the key of the letter; both may be empty."""

    address: str = ""
    letter: str = ""


def contact_of(station: Station | None, to: Addressee) -> Contact:
    """Return whom a ticket about `station` goes to."""
    if station is None:
        return NO_CONTACT
    return {Addressee.OWNER: station.owner, Addressee.MAINTAINER: station.maintainer}.get(to, NO_CONTACT)


def speech_for(contact: Contact) -> Speech | None:
    """Return the language in which `contact` is written to, ``None`` where nobody has said."""
    return None if contact.language is None else Speech(contact.language.value)


def summoned(alerts: AlertCommands | None, ticket: Ticket) -> Alert | None:
    """Return the alert that asks the operators for help with `ticket`, while it is open."""
    for alert, matters in () if alerts is None else alerts.open():
        if any(one.kind is Kind.REQUEST and one.labels.get("ticket") == str(ticket.id) for one in matters):
            return alert
    return None


def ways_to(alerts: AlertCommands | None, contact: Contact, to: Addressee | None) -> list[By]:
    """Return how `contact` can be told of a ticket, the usual way first."""
    if alerts is None or to not in BY_LETTER:
        return [By.OURSELVES]
    system = [By.SYSTEM] if alerts.ticket_desk(contact.name) else []
    mail = [By.MAIL] if alerts.sends_mail else []
    return [*system, *mail, By.OURSELVES] if contact.email else [*system, By.OURSELVES, *mail]


async def hand_over(  # noqa: PLR0913, PLR0917  (who, how, and in which words)
    request: web.Request, number: int, to: Addressee, by: By, address: str, text: str
) -> Ticket | None:
    """Give a ticket to somebody and tell him; ``None`` when there is no such ticket.

    Where it is not said how, he is told by his ticket system, unless a mail address is named.

    Raises:
        HTTPBadRequest, HTTPConflict: when he cannot be told so, with the reason; the ticket stays where it is then.
        TicketError: when it is done.
    """
    context, who = context_of(request), visitor_of(request).name
    told = Told(address)
    found = await context.desk.ticket(number)
    if found is not None and found[0].open:
        if to is Addressee.ON_CALL and context.alerts is not None:
            refuse(await context.alerts.summon(found[0].station, number, who, found[0].subject, urgent=found[0].urgent))
        elif to in BY_LETTER:
            told = await _tell(request, found[0], found[1], to, by, address, text)
    return await context.desk.hand_over(number, to, told.address, text, who, told.letter)


async def _tell(  # noqa: PLR0913, PLR0917  (what a message consists of)
    request: web.Request, ticket: Ticket, lines: Sequence[Line], to: Addressee, by: By, address: str, text: str
) -> Told:
    """Tell a party by its ticket system or by mail, or leave it to the agent."""
    context, who = context_of(request), visitor_of(request).name
    alerts = context.alerts
    if alerts is None:
        refuse({By.SYSTEM: Answer.NO_DESK, By.MAIL: Answer.NO_MAIL}.get(by, Answer.DONE))
        return Told(address)
    station = context.directory.by_id(ticket.station)
    contact = contact_of(station, to)
    system = alerts.ticket_desk(contact.name)
    if by is By.USUAL:
        by = By.SYSTEM if system and not address else By.MAIL if address and alerts.sends_mail else By.OURSELVES
    if by is By.OURSELVES:
        return Told(address)
    wording = wording_of(request, speech_for(contact))
    title = ticket.subject if station is None else title_of(wording, ticket, station)
    language, handed = wording.speech.value, sum(line.step is Step.HANDED_OVER for line in lines)
    key = f"ticket/{ticket.id}/{handed}/{to.value}/{by.value}"
    if by is By.MAIL:
        name = contact.name or address
        refuse(await alerts.write(key, name=name, address=address, title=title, text=text, language=language, who=who))
        return Told(address, key)
    page = context.console.base_url + ticket_path(ticket.id)
    letter = Letter(
        title=title,
        text=text,
        language=language,
        labels=labels_of(ticket, station, to),
        since=ticket.opened_at,
        url=page,
        thread=f"ticket/{ticket.id}",
    )
    refuse(await alerts.file_ticket(key, letter, contact.name, who))
    return Told(system, key)


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


async def letters_of(alerts: AlertCommands | None, lines: Sequence[Line]) -> dict[int, Delivered]:
    """Return what became of the letters of a ticket, by the place of their line in its history."""
    sent = {} if alerts is None else await alerts.letters([line.letter for line in lines if line.letter])
    return {place: sent[line.letter] for place, line in enumerate(lines) if line.letter in sent}


async def unreached(alerts: AlertCommands | None, tickets: Sequence[Ticket]) -> frozenset[int]:
    """Return which of `tickets` have not come to whoever is to have them, and who has promised nothing by telephone either."""
    asked = {one.letter: one.id for one in tickets if one.letter and one.standing is Standing.HANDED_OVER}
    sent = {} if alerts is None else await alerts.letters(asked)
    return frozenset(asked[key] for key, told in sent.items() if _failed(told))


def _failed(told: Delivered) -> bool:
    """Say whether a letter failed for good, or was tried before and has yet to go: who reads of it may ring instead."""
    one = told.delivery
    return one.stand is Stand.FAILED or (one.stand is Stand.QUEUED and one.attempts > 0)
