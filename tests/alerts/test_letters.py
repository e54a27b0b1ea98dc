"""Letters: a mail to somebody outside, stored before it is sent, in its own words, once; and nobody's alert."""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager
from datetime import timedelta
from email import message_from_bytes, policy
from typing import TYPE_CHECKING, Final

import pytest

from alerts.channels.email import Email, MailServer, Tls
from alerts.cli import _sent
from alerts.commands import LONGEST_LETTER, LONGEST_NAME, LONGEST_TITLE, AlertCommands
from alerts.core.delivery import Medium, Rejected, Retry, Unknown
from alerts.core.mail_addresses import is_mail_address
from alerts.core.model import Letter, Notification, Purpose, Reason, Stage, Way
from alerts.core.orders import Answer, Write
from alerts.core.outbox import (
    GIVE_UP_S,
    LETTER_GIVE_UP_S,
    RETRIES_S,
    Delivery,
    Stand,
    as_written,
    delivery_of,
    leased,
    letter_id,
    letter_key,
    settle,
)
from alerts.core.severity import Severity
from alerts.storage.archive import SqlArchive
from alerts.storage.keeping import SqlKeeper
from alerts.wording import ZONE, Phrasebook
from tests.alerts.channels.messages import HOSTILE
from tests.alerts.desks import House, running, running_house
from tests.alerts.wards import Ward
from tests.support.clocks import START, SetClock
from tests.support.mail_servers import MailHost, mail_host
from tests.support.services import until

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from monitor.storage.database import SqlDatabase

KEY: Final = "ticket/17/1"
OWNER: Final = "technik@esch.example"
LETTER: Final[dict[str, str]] = {
    "name": "Ville d'Esch",
    "address": OWNER,
    "title": "Borne CP2500\u00a0: câble coincé depuis ce matin au parking «\u00a0Brill\u00a0», à Esch-sur-Alzette  (ticket 17)",
    "text": "Bonjour,\n\nle câble de CP2500 est coincé.\n\n  Merci,\nla hotline",
    "language": "fr",
    "who": "zoe",
}


def queued(key: str = KEY, address: str = OWNER) -> Delivery:
    letter = Letter(title="A cable", text="It is stuck.", language="en")
    way = Way(medium=Medium.EMAIL, address=address)
    told = Notification(
        key=letter_key(key), alert=0, purpose=Purpose.LETTER, person="Esch", ways=(way,), severity=Severity.TICKET, at=START,
        letter=letter,
    )  # fmt: skip
    return delivery_of(told, as_written(letter))


def facade(house: House, database: SqlDatabase, *, mail: bool = True) -> AlertCommands:
    return AlertCommands(house.engine, SqlArchive(database), Phrasebook(ZONE, str), mail=mail)


async def became(house: House, commands: AlertCommands, stand: Stand, key: str = KEY) -> Delivery:
    """Wait until a letter stands there."""
    for _ in range(400):
        found = await commands.letter(key)
        if found is not None and found.delivery.stand is stand:
            return found.delivery
        await house.let_pass(0.0)
    pytest.fail(f"it never was {stand}")


# ---------------------------------------------------------------------------------------------------- as a decision


def test_a_letter_is_no_alerts_and_uses_up_nobodys_limits() -> None:
    ward = Ward()
    letter = Letter(title="A cable", text="It is stuck.", language="en")
    assert ward.order(0, Write(key=KEY, name="anna", address=OWNER, letter=letter, who="zoe")) is Answer.DONE
    (told,) = ward.told
    assert (told.key, told.alert, told.purpose, told.person) == (f"letter/{KEY}", 0, Purpose.LETTER, "anna")
    assert [(way.medium, way.address) for way in told.ways] == [(Medium.EMAIL, OWNER)]
    assert (ward.desk.alerts, dict(ward.desk.sent)) == ({}, {})
    (entry,) = ward.log
    assert (entry.stage, entry.reason, entry.who, entry.detail) == (Stage.DELIVERY, Reason.NOTIFIED, "zoe", f"letter/{KEY}")


def test_a_letter_has_its_own_words_and_none_of_ours() -> None:
    delivery = queued()
    message = delivery.message
    assert (message.title, message.text, message.short, message.to) == ("A cable", "It is stuck.", "A cable", OWNER)
    assert (message.url, message.thread, message.facts, message.by_hand) == ("", "", (), True)
    assert (delivery.id, message.id, delivery.rest, delivery.is_letter) == (letter_id(KEY), letter_id(KEY), (), True)


def test_the_same_key_is_the_same_letter_whatever_its_address() -> None:
    assert queued().id == queued(address="other@esch.example").id
    assert queued().id != queued("ticket/17/2").id


def test_a_letter_is_tried_for_a_day_but_not_every_minute() -> None:
    delivery, now, tries = queued(), START, 0
    while delivery.stand is Stand.QUEUED:
        now = delivery.next_at
        delivery, more = settle(leased(delivery, now), Retry(why="greylisted"), now)
        tries += 1
        assert more is None
        assert delivery.next_at - now <= timedelta(seconds=GIVE_UP_S)
    assert delivery.stand is Stand.FAILED
    assert timedelta(0) <= timedelta(seconds=LETTER_GIVE_UP_S) - (now - START) < timedelta(seconds=GIVE_UP_S)
    assert tries < len(RETRIES_S) + LETTER_GIVE_UP_S / GIVE_UP_S + 1


def test_one_that_was_refused_for_now_and_then_was_in_doubt_is_still_sent_again_once() -> None:
    delivery, _ = settle(leased(queued(), START), Retry(why="greylisted"), START)
    for stand in (Stand.QUEUED, Stand.FAILED):
        delivery = leased(delivery, START)
        for _ in range(4):
            delivery, _ = settle(delivery, Unknown(why="a mail server cannot be asked"), START)
        assert delivery.stand is stand
    assert delivery.attempts == 3


@pytest.mark.parametrize(
    ("text", "is_one"),
    [
        (OWNER, True),
        ("o'hara+bornes@a-b.example", True),
        ("a" * 64 + "@" + "b" * 189, True),
        ("a" * 64 + "@" + "b" * 190, False),
        ("", False),
        ("technik", False),
        ("technik@", False),
        ("Ville <technik@esch.example>", False),
        ("technik@esch.example, x@evil.example", False),
        ("technik@esch.example\r\nBcc: x@evil.example", False),
        ("technik@esch.example\n", False),
        ("técnica@esch.example", False),
    ],
)
def test_what_a_mail_address_is(text: str, is_one: bool) -> None:
    assert is_mail_address(text) is is_one


# ---------------------------------------------------------------------------------------------------- as it is stored


async def test_a_letter_is_stored_when_it_is_answered_and_sent_by_whoever_comes_next(database: SqlDatabase) -> None:
    clock = SetClock()
    house = House(database, clock)
    await house.engine.open()
    assert await facade(house, database).write(KEY, **LETTER) is Answer.DONE
    stored = await facade(house, database).letter(KEY)
    assert stored is not None
    assert (stored.delivery.stand, stored.log, house.went_by(Medium.EMAIL)) == (Stand.QUEUED, [], [])
    async with running_house(database, clock) as house:  # the one before was killed on the way
        commands = facade(house, database)
        sent = await became(house, commands, Stand.SENT)
        assert (sent.alert, sent.person, sent.way.address) == (0, "Ville d'Esch", OWNER)
        (message,) = house.wires[Medium.EMAIL].took
        assert (message.title, message.text, message.language) == (LETTER["title"], LETTER["text"], "fr")
        (listed,) = await commands.deliveries()
        assert (listed.delivery.id, [line.stand for line in listed.log]) == (letter_id(KEY), [Stand.SENT])
        await until(lambda: house.courier.outcomes["email", "sent"] == 1)
        assert f"  Ville d'Esch by email  letter  {LETTER['title']}" in _sent(listed)
        assert await commands.letter("another") is None


async def test_the_same_key_sends_nothing_more_before_or_after_a_restart(database: SqlDatabase) -> None:
    clock = SetClock()
    async with running_house(database, clock) as house:
        commands = facade(house, database)
        assert await commands.write(KEY, **LETTER) is Answer.DONE
        await became(house, commands, Stand.SENT)
        assert await commands.write(KEY, **LETTER) is Answer.DONE
    async with running_house(database, clock) as house:
        commands = facade(house, database)
        other = LETTER | {"address": "other@esch.example", "text": "once more"}
        assert await commands.write(KEY, **other) is Answer.DONE
        assert await facade(house, database, mail=False).write(KEY, **LETTER) is Answer.DONE, "it has been written"
        race = Write(key=KEY, name="Esch", address="other@esch.example", letter=Letter(title="", text="", language=""), who="zoe")
        assert await house.engine.obey(race) is Answer.DONE  # two asked at once, and neither saw the other's
        assert await commands.write("another", **LETTER) is Answer.DONE
        await became(house, commands, Stand.SENT, "another")
        assert [one.id for one in house.wires[Medium.EMAIL].took] == [letter_id("another")]
        found = await commands.letter(KEY)
        assert found is not None
        assert (found.delivery.way.address, len(await commands.deliveries())) == (OWNER, 2)


@pytest.mark.parametrize(("mail", "more", "answer"), [(False, {}, "no_mail"), (True, {"address": "Esch <a@b>"}, "bad_address")])
async def test_what_cannot_be_sent_is_refused_and_not_stored(
    database: SqlDatabase, mail: bool, more: dict[str, str], answer: str
) -> None:
    async with running_house(database, SetClock()) as house:
        commands = facade(house, database, mail=mail)
        assert await commands.write(KEY, **LETTER | more) == answer
        assert (await commands.letter(KEY), await commands.deliveries()) == (None, [])


async def test_letters_are_never_held_and_hold_up_no_page(database: SqlDatabase) -> None:
    clock = SetClock()
    async with running_house(database, clock) as house:
        commands = facade(house, database)
        for number in range(30):
            assert await commands.write(str(number), **LETTER | {"name": "anna"}) is Answer.DONE
        await became(house, commands, Stand.SENT, "29")
        await until(lambda: len(house.wires[Medium.EMAIL].took) == 30)
    async with running_house(database, clock) as house:
        assert not house.engine.desk.sent["anna", Medium.EMAIL], "nor after a start"


async def test_what_is_refused_fails_with_the_reason_and_goes_no_other_way(database: SqlDatabase) -> None:
    async with running_house(database, SetClock()) as house:
        house.wires[Medium.EMAIL].answers += [Retry(why="greylisted"), Rejected(why="no such user")]
        commands = facade(house, database)
        assert await commands.write(KEY, **LETTER) is Answer.DONE
        await became(house, commands, Stand.QUEUED)
        await until(lambda: house.courier.outcomes["email", "retried"] == 1)
        await house.let_pass(1)
        await became(house, commands, Stand.FAILED)
        found = await commands.letter(KEY)
        assert found is not None
        assert [(line.stand, line.why) for line in found.log] == [("queued", "greylisted"), ("failed", "no such user")]
        assert len(await commands.deliveries()) == 1
        await house.let_pass(LETTER_GIVE_UP_S)
        assert all(not wire.took for wire in house.wires.values())


async def test_a_letter_goes_in_its_time_as_all_that_was_sent_does(database: SqlDatabase) -> None:
    async with running_house(database, SetClock()) as house:
        commands = facade(house, database)
        await commands.write(KEY, **LETTER)
        await became(house, commands, Stand.SENT)
        keeper = SqlKeeper(database)
        assert await keeper.prune(START) == 0
        assert await keeper.prune(START + timedelta(days=1)) == 3, "the letter, its line of the log, who wrote it"
        assert await commands.letter(KEY) is None


# ---------------------------------------------------------------------------------------------------- by a real server


@asynccontextmanager
async def posted(database: SqlDatabase, mails: MailHost, clock: SetClock) -> AsyncIterator[tuple[House, AlertCommands]]:
    house = House(database, clock)
    server = MailServer(host="127.0.0.1", port=mails.port, sender="Bornewatch <watch@example.lu>", tls=Tls.NONE)
    house.wires[Medium.EMAIL] = Email(server, clock)  # type: ignore[assignment]  # a channel like any other
    async with running(house):
        yield house, facade(house, database)


async def due_in(house: House, clock: SetClock, pause_s: float) -> None:
    """Wait until the letter is in nobody's hands and is to be tried, or asked about, after so long."""

    async def is_due() -> bool:
        found = await house.outbox.find(letter_id(KEY))
        at = clock.now() + timedelta(seconds=pause_s)
        return found is not None and found.stand is not Stand.LEASED and found.next_at == at

    async with asyncio.timeout(10):
        while not await is_due():
            house.courier.stir()
            await asyncio.sleep(0.005)


def raw(mails: MailHost, place: int = -1) -> bytes:
    content = mails.envelopes[place].content
    assert isinstance(content, bytes)
    return content


async def test_a_letter_arrives_exactly_as_it_was_written(database: SqlDatabase) -> None:
    async with mail_host() as mails, posted(database, mails, SetClock()) as (house, commands):
        await commands.write(KEY, **LETTER)
        sent = await became(house, commands, Stand.SENT)
        read = message_from_bytes(raw(mails), policy=policy.default)
        assert {name: str(value) for name, value in read.items()} == {
            "From": "Bornewatch <watch@example.lu>",
            "To": OWNER,
            "Subject": LETTER["title"],
            "Date": "Mon, 04 May 2026 06:00:00 +0000",
            "Message-ID": f"<{letter_id(KEY)}@example.lu>",
            "Importance": "normal",
            "Content-Type": 'text/plain; charset="utf-8"',
            "Content-Transfer-Encoding": "quoted-printable",
            "MIME-Version": "1.0",
            "Content-Language": "fr",
        }
        assert read.get_content().replace("\r\n", "\n") == LETTER["text"] + "\n"
        assert sent.reference == read["Message-ID"]
        (envelope,) = mails.envelopes
        assert (envelope.mail_from, envelope.rcpt_tos) == ("watch@example.lu", [OWNER])


async def test_nothing_of_a_letter_becomes_a_header_and_it_has_its_bounds(database: SqlDatabase) -> None:
    async with mail_host() as mails, posted(database, mails, SetClock()) as (house, commands):
        wild = dict.fromkeys(("name", "title", "text", "language"), HOSTILE + "é" * 5000)
        assert await commands.write(KEY, **LETTER | wild) is Answer.DONE
        sent = await became(house, commands, Stand.SENT)
        read = mails.newest()
        assert (read["Bcc"], read["Content-Language"], mails.envelopes[-1].rcpt_tos) == (None, None, [OWNER])
        assert (len(sent.person), len(sent.message.title), len(sent.message.text)) == (LONGEST_NAME, LONGEST_TITLE, LONGEST_LETTER)
        assert read["Subject"].split() == sent.message.title.split()
        assert read.get_content().rstrip().endswith("é…")


async def test_a_mail_server_that_refuses_is_asked_again_until_it_takes_it(database: SqlDatabase) -> None:
    clock = SetClock()
    async with mail_host() as mails, posted(database, mails, clock) as (house, commands):
        mails.rcpt = "451 4.7.1 greylisted"
        await commands.write(KEY, **LETTER)
        for pause in (*RETRIES_S, 900.0):
            await due_in(house, clock, pause)
            await house.let_pass(pause)
        await due_in(house, clock, 900.0)
        mails.rcpt = ""
        await house.let_pass(900.0)
        await became(house, commands, Stand.SENT)
        assert len(mails.envelopes) == 1
        found = await commands.letter(KEY)
        assert found is not None
        assert len(found.log) == len(RETRIES_S) + 3
        assert found.log[0].why == "the mail server cannot take it now (451 4.7.1)"


async def test_a_letter_whose_answer_is_always_lost_is_sent_twice_and_is_one_mail(database: SqlDatabase) -> None:
    clock = SetClock()
    async with mail_host() as mails, posted(database, mails, clock) as (house, commands):
        mails.cuts_at_data = True
        await commands.write(KEY, **LETTER)
        for _ in range(2):  # it is asked about three times, which a mail server cannot answer
            for pause in (5.0, 10.0, 15.0):
                await due_in(house, clock, pause)
                await house.let_pass(pause)
        await became(house, commands, Stand.FAILED)
        mails_had = [message_from_bytes(raw(mails, place))["Message-ID"] for place in range(len(mails.envelopes))]
        assert mails_had == [f"<{letter_id(KEY)}@example.lu>"] * 2


async def test_one_that_a_killed_sender_had_in_its_hands_is_sent_by_the_next(database: SqlDatabase) -> None:
    clock = SetClock()
    house = House(database, clock)
    await house.engine.open()
    await facade(house, database).write(KEY, **LETTER)
    assert [one.id for one in await house.outbox.lease(clock.now(), 10)] == [letter_id(KEY)]
    async with mail_host() as mails, posted(database, mails, clock) as (house, commands):
        for pause in (5.0, 10.0, 15.0):
            await due_in(house, clock, pause)
            await house.let_pass(pause)
        await became(house, commands, Stand.SENT)
        assert len(mails.envelopes) == 1
