"""Tickets that are posted to the program of an owner or a maintainer: once, labelled, kept while its address is missing."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import msgspec
import pytest

from alerts.channels.webhook import Webhook
from alerts.core.delivery import Fact, Medium, Rejected, Retry
from alerts.core.foresight import foresee, parties, ways
from alerts.core.model import Letter, Way
from alerts.core.orders import Answer, Write
from alerts.core.outbox import LETTER_GIVE_UP_S, Stand, as_written, letter_id
from alerts.rulebook import read_rulebook
from monitor.core.registry import Contact
from tests.alerts.channels.messages import HOSTILE
from tests.alerts.desks import running_house
from tests.alerts.test_letters import KEY, became, facade
from tests.alerts.wards import PEOPLE, Ward
from tests.support.clocks import START, SetClock

if TYPE_CHECKING:
    from monitor.storage.database import SqlDatabase

HOOK = '[[webhook]]\nname = "muller"\nurl = "http://10.0.0.5/in"\nsecret = "s"\ntickets_of = ["Elektro Muller"]\n'
LETTER = Letter(
    title="A cable",
    text="It is stuck.",
    language="fr",
    labels={"kind": "ticket", "ticket": "17"},
    since=START,
    url="https://desk.example/tickets/17",
    thread="ticket/17",
)


def test_a_program_reads_what_a_letter_is_about_in_its_only_fact() -> None:
    message = as_written(LETTER)
    assert (message.url, message.thread, message.title, message.text) == (LETTER.url, "ticket/17", "A cable", "It is stuck.")
    words = {"summary": "A cable", "description": "It is stuck."}
    assert message.facts == (Fact(labels=LETTER.labels, annotations=words, since=START, url=LETTER.url),)


def test_a_letter_that_was_stored_before_programs_read_them_is_a_letter() -> None:
    stored = msgspec.json.encode({"title": "A cable", "text": "It is stuck.", "language": "fr"})
    assert as_written(msgspec.json.decode(stored, type=Letter)).facts == ()


async def test_a_ticket_is_posted_once_to_the_webhook_that_takes_those_of_its_party(database: SqlDatabase) -> None:
    async with running_house(database, SetClock(), rules=PEOPLE + HOOK) as house:
        commands = facade(house, database, mail=False)
        assert await commands.file_ticket(KEY, LETTER, "Esch", "zoe") is Answer.NO_DESK
        for _ in range(2):
            assert await commands.file_ticket(KEY, LETTER, "Elektro Muller", "zoe") is Answer.DONE
        await became(house, commands, Stand.SENT)
        (sent,) = house.wires[Medium.WEBHOOK].took
        assert (sent.id, sent.to, sent.title, sent.language) == (letter_id(KEY), "muller", "A cable", "fr")
        assert [fact.labels for fact in sent.facts] == [LETTER.labels]
        (told,) = await commands.deliveries()
        assert (told.delivery.person, told.delivery.way) == ("Elektro Muller", Way(medium=Medium.WEBHOOK, address="muller"))


@pytest.mark.parametrize("words", HOSTILE)
async def test_what_a_stranger_wrote_is_one_line_in_a_label(database: SqlDatabase, words: str) -> None:
    async with running_house(database, SetClock(), rules=PEOPLE + HOOK) as house:
        commands = facade(house, database)
        letter = msgspec.structs.replace(LETTER, labels={"serial": words})
        assert await commands.file_ticket(KEY, letter, "Elektro Muller", "zoe") is Answer.DONE
        await became(house, commands, Stand.SENT)
        (fact,) = house.wires[Medium.WEBHOOK].took[0].facts
        assert all(sign.isprintable() for sign in fact.labels["serial"])


@pytest.mark.parametrize("party", ["elektro MULLER", " Elektro  Muller ", "Elektro\u00a0Muller"])
async def test_a_party_is_known_however_its_name_is_typed(database: SqlDatabase, party: str) -> None:
    async with running_house(database, SetClock(), rules=PEOPLE + HOOK) as house:
        commands = facade(house, database)
        assert (commands.ticket_desk(party), commands.ticket_desk("Esch"), commands.ticket_desk("")) == ("muller", "", "")


def test_a_webhook_that_went_while_somebody_wrote_takes_nothing() -> None:
    ward = Ward()
    order = Write(key=KEY, name="Muller", address="muller", letter=LETTER, medium=Medium.WEBHOOK, who="zoe")
    assert ward.order(0, order) is Answer.NO_DESK
    assert ward.told == []


async def test_a_ticket_waits_for_a_webhook_that_is_not_in_the_file_just_now() -> None:
    """Nobody else is told of it, unlike of an alert; after a day it has failed."""
    webhook = Webhook({}, SetClock())
    message = as_written(LETTER)
    assert isinstance(await webhook.send(message), Retry)
    alert = type(message)(id="1", to="muller")
    assert isinstance(await webhook.send(alert), Rejected)
    assert timedelta(seconds=LETTER_GIVE_UP_S) == timedelta(days=1)


def test_a_party_that_no_borne_has_is_foreseen() -> None:
    ward, book = Ward(), read_rulebook(PEOPLE + HOOK, today=START.date())
    every = ways(smtp=True, twilio=True)
    ward.add(1, owner=Contact(name="Esch"))
    others = foresee(book, every, {}, parties(ward.stations.values()))
    assert "webhook 'muller', tickets_of: no borne has an owner or a maintainer 'elektro muller'" in others
    ward.add(2, maintainer=Contact(name="ELEKTRO Muller"))
    known = parties(ward.stations.values())
    assert [line for line in foresee(book, every, {}, known) if "tickets_of" in line] == []
