"""A station diagnosed for whoever asks: everything that bears on it gathered, and only what he may do left in it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from hotline.core.diagnosis import Symptom, diagnose
from hotline.core.diagnosis.steps import HandOver, Send
from hotline.core.offers import HELD, offers, within
from hotline.core.refused_cards import refused_card
from hotline.core.roles import Role
from hotline.readmodel.days import LENGTH, MOST_EVENTS

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence
    from typing import Any

    from hotline.core.calls import Call
    from hotline.core.diagnosis import Verdict
    from hotline.core.diagnosis.steps import Step
    from hotline.core.offers import Offer
    from hotline.web.context import Context, Visitor
    from hotline.web.wording import Wording
    from monitor.core.commands import Command
    from monitor.core.events import EventRecord
    from monitor.core.health_state import HealthState
    from monitor.core.ledger import OpenIncident
    from monitor.core.registry import Station

LONGEST_POINT: Final = 16


@dataclass(frozen=True, slots=True, kw_only=True)
class Complaint:
    """What a caller said: what is wrong, and at which point he stands, empty while that is not known."""

    symptom: Symptom | None = None
    connector: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Diagnosed:
    """The verdict with the steps that this visitor can take, what is offered to him, and the station's last commands."""

    verdict: Verdict
    offers: tuple[Offer, ...]
    commands: Sequence[Command]


def read_complaint(symptom: str, connector: str) -> Complaint:
    """Read a complaint from texts that anybody may have sent.

    Raises:
        ValueError: there is no such symptom, or that is no name of a point.
    """
    if len(connector) > LONGEST_POINT or not all(sign.isdecimal() or sign == "." for sign in connector):
        message = "connector: write it as 1 or 2.1"
        raise ValueError(message)
    if symptom and symptom not in set(Symptom):
        message = f"symptom: not one of {', '.join(Symptom)}"
        raise ValueError(message)
    return Complaint(symptom=Symptom(symptom) if symptom else None, connector=connector)


def complaint_of(given: Mapping[str, Any], station: Station, call: Call | None) -> Complaint:
    """Return what the caller said: what the agent noted in the call about `station`, else what `given` has.

    What is not understood is left out.
    """
    texts = str(given.get("symptom", "")), str(given.get("point", ""))
    if call is not None and call.station == station.id and (call.symptom or call.connector):
        texts = call.symptom, call.connector
    try:
        return read_complaint(*texts)
    except ValueError:
        return Complaint()


def incident_of(context: Context, health: HealthState) -> OpenIncident | None:
    """Return the open incident that the station's silence is part of."""
    member = health.incident
    if member is None:
        return None
    return next((one for one in context.incidents.incidents() if one.name == member.incident), None)


async def events_of(context: Context, station: Station) -> list[EventRecord]:
    """Return what happened at `station` in the time that a diagnosis looks back, oldest first."""
    return await context.history.events(station.id, since=context.clock.now() - LENGTH, limit=MOST_EVENTS)


def verdict_of(context: Context, station: Station, records: Iterable[EventRecord], complaint: Complaint, *, told: bool) -> Verdict:
    """Return what is so with `station`, whoever asks; `records` are its last events, oldest first.

    `told`: a caller told of danger there (`CallDesk.dangers`).
    """
    health, now = context.book.health(station), context.clock.now()
    refused = None
    if complaint.symptom is Symptom.CARD_REFUSED:
        refused = refused_card(context.contacts.contact(station.id).frames, now)
    return diagnose(
        health,
        station,
        now,
        incident=incident_of(context, health),
        symptom=complaint.symptom,
        connector=complaint.connector,
        noted=[record.event for record in records],
        refused=refused,
        told=told,
    )


async def diagnosed(  # noqa: PLR0913  (all that bears on it)
    context: Context,
    visitor: Visitor,
    station: Station,
    records: Iterable[EventRecord],
    complaint: Complaint,
    *,
    past: Sequence[Command],
    told: bool,
    seconded: bool = False,
) -> Diagnosed:
    """Return what is so with `station` and what `visitor` can do; `records` are its last events, oldest first.

    `past` are its last commands, the latest first; `told`: a caller told of danger there; `seconded`: a second person agrees.
    """
    health = context.book.health(station)
    verdict = verdict_of(context, station, records, complaint, told=told)
    made = offers(
        health,
        station,
        context.clock.now(),
        verdict=verdict,
        role=visitor.role or Role.AGENT,
        connector=complaint.connector,
        cannot=await context.commands.hindrances(station.id, past),
        past=past,
        seconded=seconded,
    )
    return Diagnosed(verdict=within(verdict, made), offers=made, commands=past)


def offered_among(made: Sequence[Offer]) -> Callable[[Step], Offer | None]:
    """Return a function that finds the offer which a step is about, ``None`` where there is nothing to press now or in a moment."""

    def offered(step: Step) -> Offer | None:
        send = step.what if isinstance(step, HandOver) else step
        if not isinstance(send, Send):
            return None
        offer = next((one for one in made if (one.action, one.type) == (send.action, send.type)), None)
        if offer is None or offer.barred is None or offer.barred in HELD or offer.agreeable:
            return offer
        return None

    return offered


def subject_of(wording: Wording, verdict: Verdict, complaint: Complaint) -> str:
    """Return in a few words what a ticket would be about: what the caller says, else what we see."""
    if complaint.symptom is None:
        return wording.verdict(verdict)
    return wording.symptom(complaint.symptom)
