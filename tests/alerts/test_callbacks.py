"""What Twilio answers, asks and tells, over a real desk and a server that signs: failures, doubts, forgeries, repetitions."""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

import pytest
from aiohttp import web

from alerts.callbacks import Callbacks as Routes
from alerts.channels.sms import Sms
from alerts.channels.voice import Voice
from alerts.core.delivery import Channel, Medium
from alerts.core.model import Condition
from alerts.core.outbox import ASK_S, Stand
from alerts.courier import Courier
from alerts.twilio_rest import TwilioAccount
from tests.alerts.desks import House, running
from tests.support.clocks import SetClock
from tests.support.databases import sqlite_database
from tests.support.services import until
from tests.support.twilio import ACCOUNT, NUMBER, TOKEN, Callbacks, Trouble, Twilio, running_twilio

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Sequence
    from pathlib import Path

    from alerts.core.outbox import Delivery

BY_SMS = """
[[contact]]
name = "anna"
sms = "+352621000001"
voice = "+352621000001"
[[policy]]
name = "network"
steps = [ { notify = "contact:anna", by = ["sms", "voice"] } ]
"""
BY_VOICE = BY_SMS.replace('["sms", "voice"]', '["voice"]')
ANNA = "+352621000001"


@asynccontextmanager
async def told(
    folder: Path,
    rules: str = BY_SMS,
    callbacks: Callbacks = Callbacks.IN_ORDER,
    *,
    patience_s: float = 5.0,
    before: Sequence[Trouble] = (),
) -> AsyncIterator[tuple[House, Twilio]]:
    """Run a desk whose messages go to a Twilio that can reach its routes."""
    async with running_twilio(callbacks) as twilio, sqlite_database(folder) as database:
        twilio.troubles.extend(before)
        clock = SetClock()
        house = House(database, clock, rules)
        app = web.Application()
        runner = web.AppRunner(app, shutdown_timeout=0.1)
        account = TwilioAccount(
            account_sid=ACCOUNT, auth_token=TOKEN, number=NUMBER, public_base="https://desk.example", api_base=twilio.api_base
        )
        channels: dict[Medium, Channel] = {
            Medium.SMS: Sms(account, clock, patience_s=patience_s, settle_s=0.0),
            Medium.VOICE: Voice(account, clock, patience_s=patience_s, settle_s=0.0),
        }
        house.courier = Courier(house.outbox, channels, clock)
        routes = Routes(
            engine=house.engine, courier=house.courier, outbox=house.outbox, public_base=account.public_base, tokens=(TOKEN,)
        )
        app.add_routes(routes.routes())
        await runner.setup()
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        twilio.behind["https://desk.example"] = f"http://127.0.0.1:{runner.addresses[0][1]}"
        twilio.sms_url = "https://desk.example/telephony/sms"
        try:
            async with running(house):
                await house.faulted(1)
                await house.opened(1)
                await house.let_pass(5)
                yield house, twilio
                await twilio.settled()
        finally:
            await runner.cleanup()


async def deliveries(house: House) -> list[Delivery]:
    return [delivery for delivery, _ in await house.outbox.of_alert(1)]


async def stands(house: House, *wanted: Stand) -> None:
    """Wait until the deliveries stand so."""
    found: list[Stand] = []
    for _ in range(1000):
        found = [one.stand for one in await deliveries(house)]
        if found == list(wanted):
            return
        await house.let_pass(0.01)
        await asyncio.sleep(0.01)
    assert found == list(wanted)


# ---------------------------------------------------------------------------------------------------------- what Twilio answers


async def test_too_many_requests_are_tried_again_when_twilio_says_and_not_before(tmp_path: Path) -> None:
    async with told(tmp_path) as (house, twilio):
        await twilio.expect_sms(ANNA, "1/0/0/0")
        twilio.troubles.append(Trouble.BUSY)
        await house.faulted(2)
        await house.opened(2)
        await house.let_pass(5)
        await until(lambda: not twilio.troubles)
        while [one for one, _ in await house.outbox.of_alert(2) if one.stand is Stand.LEASED]:
            await asyncio.sleep(0.01)
        await house.let_pass(6.5)
        await asyncio.sleep(0.1)
        assert len(twilio.messages) == 1
        await house.let_pass(1.0)
        await twilio.expect_sms(ANNA, "2/0/0/0")
        assert len(twilio.messages) == 2


@pytest.mark.parametrize("trouble", [Trouble.SILENT, Trouble.DOWN_AFTER, Trouble.CUT, Trouble.GARBLED])
async def test_what_was_taken_without_a_word_is_found_by_its_tag_and_not_sent_again(tmp_path: Path, trouble: Trouble) -> None:
    async with told(tmp_path, patience_s=0.3) as (house, twilio):
        await twilio.expect_sms(ANNA, "1/0/0/0")
        twilio.troubles.append(trouble)
        await house.faulted(2)
        await house.opened(2)
        await house.let_pass(5)
        await twilio.expect_sms(ANNA, "2/0/0/0")
        outcomes = house.courier.outcomes
        await until(lambda: outcomes["sms", "unknown"] == 1 or outcomes["sms", "delivered"] == 2)
        await house.let_pass(ASK_S)
        await until(lambda: outcomes["sms", "delivered"] == 2)
        await house.let_pass(60)
        await twilio.nothing_more()


async def test_who_unsubscribed_is_called_at_once_and_not_written_to_again(tmp_path: Path) -> None:
    async with told(tmp_path, BY_SMS.replace('sms = "+352621000001"', 'sms = "+352621000002"')) as (house, twilio):
        await twilio.expect_sms("+352621000002", "1/0/0/0")
        twilio.refused["+352621000002"] = 21610
        await house.faulted(2)
        await house.opened(2)
        await house.let_pass(5)
        await twilio.expect_call(ANNA)
        await house.let_pass(120)
        await twilio.nothing_more()
        sms, _ = [one for one, _ in await house.outbox.of_alert(2)]
        assert (sms.stand, sms.attempts) == (Stand.FAILED, 1)
        assert "START to our number subscribes again" in sms.why


async def test_what_does_not_arrive_goes_the_next_way(tmp_path: Path) -> None:
    async with told(tmp_path, callbacks=Callbacks.NONE) as (house, twilio):
        sms = await twilio.expect_sms(ANNA, "1/0/0/0")
        await stands(house, Stand.SENT)
        await sms.become("undelivered", 30005)
        await until(lambda: len(twilio.calls) == 1)
        assert [one.way.medium for one in await deliveries(house)] == [Medium.SMS, Medium.VOICE]
        await sms.replay()
        await house.let_pass(60)
        assert (len(twilio.messages), len(twilio.calls)) == (1, 1)


# ---------------------------------------------------------------------------------------------------------- what Twilio tells


@pytest.mark.parametrize("callbacks", [Callbacks.REVERSED, Callbacks.DOUBLED])
async def test_call_backs_in_any_order_and_number_end_where_they_should(tmp_path: Path, callbacks: Callbacks) -> None:
    async with told(tmp_path, callbacks=callbacks) as (house, twilio):
        sms = await twilio.expect_sms(ANNA, "1/0/0/0")
        await stands(house, Stand.DELIVERED)
        assert set(await sms.replay()) == {204}
        await stands(house, Stand.DELIVERED)
        await until(lambda: house.courier.outcomes["sms", "delivered"] == 1)
        await twilio.nothing_more()


async def test_what_is_not_signed_is_refused_and_changes_nothing(tmp_path: Path) -> None:
    async with told(tmp_path, BY_VOICE, Callbacks.NONE) as (house, twilio):
        await until(lambda: len(twilio.calls) == 1)
        await stands(house, Stand.SENT)
        (call,) = twilio.calls
        assert await call.become("completed", "completed", signature="forged") == 403
        key = call.url.removesuffix("voice") + "key"
        for url, form in ((call.url, {}), (key, {"Digits": "4"}), (twilio.sms_url, {"From": ANNA, "Body": "1a"})):
            assert (await twilio.post(url, {**call.params(), **form}, signature=""))[0] == 403
        assert [one.stand for one in await deliveries(house)] == [Stand.SENT]
        assert house.engine.desk.alerts[1].condition is Condition.OPEN


async def test_a_key_counts_once_however_often_it_is_told(tmp_path: Path) -> None:
    async with told(tmp_path, BY_VOICE) as (house, twilio):
        call = await twilio.expect_call(ANNA)
        form = {**call.params(), "Digits": "4"}
        url = call.url.removesuffix("voice") + "key"
        answers = [await twilio.post(url, form) for _ in range(3)]
        assert {status for status, _ in answers} == {200}
        assert len({body for _, body in answers}) == 1
        assert house.engine.desk.alerts[1].condition is Condition.ACKNOWLEDGED
        assert (await twilio.post(url.replace(call.callback.split("/")[-2], "nobody"), form))[0] == 404
        twilio.complaints.clear()


# ---------------------------------------------------------------------------------------------------------- what proves a call


async def doubtful(house: House, twilio: Twilio) -> None:
    """Have the only call be one of which nobody knows whether it was taken, and which cannot be asked about."""
    twilio.list_troubles.extend([Trouble.DOWN] * 9)
    await until(lambda: len(twilio.calls) == 1)
    await stands(house, Stand.UNKNOWN)


async def minutes(house: House, most: int) -> None:
    """Let so many minutes pass, each with real time for what goes over sockets."""
    for _ in range(6 * most):
        await house.let_pass(10)
        await asyncio.sleep(0.02)


async def not_called_again(house: House, twilio: Twilio) -> None:
    await minutes(house, 3)
    assert len(twilio.calls) == 1
    ((delivery, _),) = await house.outbox.of_alert(1)
    assert (delivery.stand, delivery.attempts) == (Stand.SENT, 1)


@pytest.mark.parametrize("proof", ["ringing", "voice", "key"])
async def test_a_doubtful_call_that_is_heard_of_is_not_made_again(tmp_path: Path, proof: str) -> None:
    async with told(tmp_path, BY_VOICE, Callbacks.NONE, before=[Trouble.DOWN_AFTER]) as (house, twilio):
        await doubtful(house, twilio)
        (call,) = twilio.calls
        if proof == "ringing":
            assert await call.become("ringing", "ringing") == 204
        else:
            url = call.url.removesuffix("voice") + proof
            assert (await twilio.post(url, {**call.params(), "Digits": "9"}))[0] == 200
        await not_called_again(house, twilio)


async def test_a_doubtful_call_of_which_nothing_is_heard_is_made_once_more(tmp_path: Path) -> None:
    async with told(tmp_path, BY_VOICE, Callbacks.NONE, before=[Trouble.DOWN_AFTER]) as (house, twilio):
        await doubtful(house, twilio)
        for _ in range(30):
            if len(twilio.calls) > 1:
                break
            await minutes(house, 1)
        assert len(twilio.calls) == 2
