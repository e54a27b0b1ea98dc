"""A mail server that is no good: the short message comes within a minute, whatever is wrong, and the mail goes on being tried.

Engine, outbox and courier over a database, real SMTP and HTTP; only the clock is set. It stands still until all is done.
"""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

import pytest

from alerts.channels.email import Email, MailServer, Tls
from alerts.channels.sms import Sms
from alerts.core.delivery import Medium, Message, Retry, Unknown
from alerts.core.model import Notification, Purpose, Way
from alerts.core.outbox import GIVE_UP_S, WAITING, Stand, delivery_of
from alerts.core.severity import Severity
from alerts.courier import SEND_S
from alerts.storage.archive import SqlArchive
from alerts.twilio_rest import TwilioAccount
from alerts.wording import ZONE, Phrasebook
from tests.alerts.desks import House, running
from tests.support.clocks import START, SetClock
from tests.support.mail_servers import MailHost, mail_host
from tests.support.services import until
from tests.support.twilio import Callbacks, running_twilio

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from aiosmtpd.smtp import SMTP, Envelope, Session

    from monitor.storage.database import SqlDatabase
    from tests.support.twilio import Twilio

ANNA: Final = "+352621000001"
RULES: Final = f"""
[[contact]]
name = "anna"
sms = "{ANNA}"
email = "anna@example.lu"
[[policy]]
name = "network"
steps = [ {{ notify = "contact:anna", by = ["email", "sms"] }} ]
"""
AT_RCPT, AT_DATA = "at the recipient", "at the mail itself"
CARL: Final = "+352621000003"
CROWDED: Final = (
    RULES.replace('notify = "contact:anna"', 'notify = ["contact:anna", "contact:carl"]')
    + f"""
[[contact]]
name = "carl"
sms = "{CARL}"
email = "carl@example.lu"
"""
)
GATHERED_S: Final = 5.0
"""An alert waits so long for others of its group."""
TRIED_S: Final = (0.0, 1.0, 6.0, 21.0, 51.0, *(111.0 + 60.0 * more for more in range(14)))
"""When a way that is refused for now is tried, in seconds after the decision: after 1, 5, 15, 30 and then every 60 s."""


@dataclass
class Refusing(MailHost):
    """Says 451 to every recipient, and writes down when; `hangs_at_rcpt`: it says nothing at all."""

    clock: SetClock = field(default_factory=SetClock)
    tried_s: list[float] = field(default_factory=list)
    hangs_at_rcpt: bool = False
    rcpt: str = "451 4.3.0 try again later"

    async def handle_RCPT(  # noqa: N802
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        self.tried_s.append(after_s(self.clock))
        if self.hangs_at_rcpt:
            await asyncio.Event().wait()
        return await super().handle_RCPT(server, session, envelope, address, options)


def after_s(clock: SetClock) -> float:
    """Return the seconds since it was decided to tell somebody."""
    return (clock.now() - START).total_seconds() - GATHERED_S


@dataclass(kw_only=True)
class Scene:
    """The desk between its two providers; `texted_s` is when Twilio was given a message."""

    house: House
    clock: SetClock
    archive: SqlArchive
    mails: Refusing
    twilio: Twilio
    texted_s: list[float] = field(default_factory=list)

    async def done(self, *, hanging: int = 0) -> None:
        """Wait until nothing is due, and as many messages are being sent as hang."""
        async with asyncio.timeout(10):
            while True:
                now, found = self.clock.now(), [one.delivery for one in await self.archive.deliveries(10)]
                due = [one for one in found if one.stand in WAITING - {Stand.LEASED} and one.next_at <= now]
                if not due and sum(one.stand is Stand.LEASED for one in found) == hanging:
                    return
                self.house.courier.stir()
                await asyncio.sleep(0.005)

    async def until(self, seconds: float) -> None:
        """Let time pass until so long after the decision, each deadline of the outbox at its own instant."""
        while True:
            await self.done()
            due = (await self.house.outbox.waiting()).next_at
            left = seconds - after_s(self.clock)
            if due is None or (due - self.clock.now()).total_seconds() > left:
                self.clock.advance(left)
                return
            self.clock.advance((due - self.clock.now()).total_seconds())

    async def stands(self) -> dict[str, Stand]:
        return {one.delivery.way.medium.value: one.delivery.stand for one in await self.archive.deliveries(10)}


@asynccontextmanager
async def scene(database: SqlDatabase, *, patience_s: float = 10.0, hangs: str = "") -> AsyncIterator[Scene]:
    """Have a danger told of by mail, and by short message where that does not work; begin at the decision."""
    clock = SetClock()
    mails = Refusing(clock=clock, hangs_at_rcpt=hangs == AT_RCPT, hangs_at_data=bool(hangs))
    mails.rcpt = "" if hangs else mails.rcpt
    async with mail_host(mails), running_twilio(Callbacks.NONE) as twilio:
        house = House(database, clock, RULES)
        house.engine._words = Phrasebook(ZONE, lambda number: f"https://watch.example/alerts/{number}").words
        server = MailServer(host="127.0.0.1", port=mails.port, sender="watch@example.lu", tls=Tls.NONE)
        account = TwilioAccount(
            account_sid=twilio.account,
            auth_token=twilio.token,
            number=twilio.number,
            public_base="https://watch.example",
            api_base=twilio.api_base,
        )
        house.wires[Medium.EMAIL] = Email(server, clock, patience_s=patience_s)  # type: ignore[assignment]
        house.wires[Medium.SMS] = Sms(account, clock)  # type: ignore[assignment]
        seen = Scene(house=house, clock=clock, archive=SqlArchive(database), mails=mails, twilio=twilio)
        twilio.witness = lambda what: seen.texted_s.append(after_s(clock)) if what == "Messages arrived" else None
        async with running(house):
            await house.faulted(1)
            await house.opened(1)
            await house.let_pass(GATHERED_S)
            async with asyncio.timeout(10):
                while not await seen.archive.deliveries(10):
                    await asyncio.sleep(0.005)
            yield seen


async def test_a_mail_server_that_is_never_ready_holds_up_a_page_for_21_seconds(database: SqlDatabase) -> None:
    async with scene(database) as seen:
        await seen.until(20.9)
        assert (seen.mails.tried_s, seen.texted_s) == ([0.0, 1.0, 6.0], [])
        await seen.until(60.0)
        assert seen.texted_s == [21.0], "the mail would be tried again after 51 s, which may take until 81 s"
        await seen.twilio.expect_sms(ANNA, "CP1")
        assert await seen.stands() == {"email": Stand.QUEUED, "sms": Stand.SENT}
        await seen.until(GIVE_UP_S + 60.0)
        assert tuple(seen.mails.tried_s) == TRIED_S, "the mail goes on being tried"
        assert await seen.stands() == {"email": Stand.FAILED, "sms": Stand.SENT}
        assert (seen.texted_s, seen.mails.envelopes) == ([21.0], [])
        await seen.twilio.nothing_more()


@pytest.mark.parametrize("where", [AT_RCPT, AT_DATA])
async def test_one_that_says_nothing_holds_it_up_for_30_seconds(database: SqlDatabase, where: str) -> None:
    async with scene(database, patience_s=1.0, hangs=where) as seen:
        await seen.done(hanging=1)
        while not seen.mails.tried_s:
            await asyncio.sleep(0.005)
        assert seen.texted_s == []
        seen.clock.advance(SEND_S)  # so long a message is waited for at most
        await seen.done()
        assert seen.texted_s == [SEND_S]
        await seen.twilio.expect_sms(ANNA, "CP1")
        told = {AT_RCPT: Stand.QUEUED, AT_DATA: Stand.UNKNOWN}
        assert await seen.stands() == {"email": told[where], "sms": Stand.SENT}
        if where == AT_DATA:
            await seen.until(GIVE_UP_S)
            assert len(seen.mails.envelopes) == 1, "it may have been taken, and the other way was gone: it is not sent again"
            assert await seen.stands() == {"email": Stand.FAILED, "sms": Stand.SENT}
        assert seen.texted_s == [SEND_S]
        await seen.twilio.nothing_more()


async def test_one_that_is_ready_in_time_has_nobody_told_twice(database: SqlDatabase) -> None:
    async with scene(database) as seen:
        await seen.until(20.9)
        seen.mails.rcpt = ""
        await seen.until(GIVE_UP_S)
        assert (seen.mails.tried_s, len(seen.mails.envelopes)) == ([0.0, 1.0, 6.0, 21.0], 1)
        assert await seen.stands() == {"email": Stand.SENT}
        await seen.twilio.nothing_more()


async def test_a_message_that_finds_all_senders_busy_goes_the_second_way_too(
    database: SqlDatabase, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("alerts.courier.BUSY_S", 0.05)
    clock = SetClock()
    house, archive = House(database, clock, CROWDED), SqlArchive(database)
    house.wires[Medium.EMAIL].gate.clear()
    house.courier._senders[Medium.EMAIL] = asyncio.Semaphore(1)
    async with running(house):
        await house.faulted(1)
        await house.opened(1)
        await house.let_pass(GATHERED_S)
        for at in (0.0, 1.0, 6.0, 21.0):
            await house.let_pass(at - after_s(clock))
            assert house.wires[Medium.SMS].took == []
            async with asyncio.timeout(10):
                while not [one for one in await archive.deliveries(10) if len(one.log) == TRIED_S.index(at) + 1]:
                    await asyncio.sleep(0.01)
        await until(lambda: len(house.wires[Medium.SMS].took) == 1)
        (late,) = [one for one in await archive.deliveries(10) if one.log and one.delivery.way.medium is Medium.EMAIL]
        assert {line.why for line in late.log} == {"all that send by email are busy"}
        texted = house.wires[Medium.SMS].took
        assert [one.to for one in texted] == [{"anna@example.lu": ANNA, "carl@example.lu": CARL}[late.delivery.way.address]]


async def test_who_cannot_be_asked_for_lack_of_a_sender_stays_in_doubt(
    database: SqlDatabase, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("alerts.courier.BUSY_S", 0.05)
    house = House(database, SetClock(), RULES)
    house.courier._senders[Medium.EMAIL] = asyncio.Semaphore(0)
    way = Way(medium=Medium.EMAIL, address="anna@example.lu")
    told = Notification(
        key="1", alert=1, purpose=Purpose.RAISE, person="anna", ways=(way,), severity=Severity.PAGE, at=START
    )  # fmt: skip
    delivery = delivery_of(told, Message(id="", to="", short="x"))
    for asked, kind in ((False, Retry), (True, Unknown)):
        outcome = await house.courier._in_turn(house.wires[Medium.EMAIL], delivery, asked=asked)
        assert isinstance(outcome, kind)
