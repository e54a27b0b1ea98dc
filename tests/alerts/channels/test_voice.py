"""Calls, through a Twilio that is a real server."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from typing import Any

import pytest

from alerts.channels.voice import Voice
from alerts.core.delivery import Channel, Rejected, Retry, Sent, Unknown
from alerts.twilio_rest import Fate, TwilioAccount
from monitor.runtime.clock import SystemClock
from tests.alerts.channels.messages import ANNA, BEN, message
from tests.support.broken_servers import free_port
from tests.support.twilio import ACCOUNT, NUMBER, TOKEN, Callbacks, Trouble, Twilio, running_twilio
from tests.support.twilio_phones import Call


def voice(twilio: Twilio | str, **more: Any) -> Voice:
    base = twilio if isinstance(twilio, str) else twilio.api_base
    account = TwilioAccount(
        account_sid=ACCOUNT, auth_token=TOKEN, number=NUMBER, public_base="https://public.example/", api_base=base
    )
    return Voice(account, SystemClock(), **{"patience_s": 5, "settle_s": 0.05, **more})


async def test_a_call_is_made_and_asks_us_what_to_say() -> None:
    async with running_twilio(Callbacks.NONE) as twilio:
        channel: Channel = voice(twilio)
        outcome = await channel.send(message(to=BEN))
        call = await twilio.expect_call(BEN, answered=False)
        assert outcome == Sent(reference=call.sid)
        assert call.url == "https://public.example/telephony/alerts/17/voice"
        assert call.callback == "https://public.example/telephony/alerts/17/status"
        assert list(call.events) == ["initiated", "ringing", "answered", "completed"]
        form = twilio.requests[-1][2]
        assert (form["From"], form["Timeout"], form["TimeLimit"], form["Method"]) == (NUMBER, "30", "300", "POST")
        await twilio.nothing_more()


@pytest.mark.parametrize("to", ["", "691000002", "sip:ben@example.lu", "client:ben"])
async def test_what_is_no_number_is_refused(to: str) -> None:
    async with running_twilio(Callbacks.NONE) as twilio:
        assert isinstance(await voice(twilio).send(message(to=to)), Rejected)
        assert twilio.requests == []


@pytest.mark.parametrize("code", [13224, 21211, 21214, 21215, 21216, 21217])
async def test_a_number_that_twilio_does_not_call_is_refused(code: int) -> None:
    async with running_twilio(Callbacks.NONE) as twilio:
        twilio.refused[BEN] = code
        outcome = await voice(twilio).send(message(to=BEN))
        assert isinstance(outcome, Rejected)
        assert outcome.why.endswith(f"(Twilio code {code})")


async def test_nobody_there_is_tried_again() -> None:
    assert isinstance(await voice(f"http://127.0.0.1:{free_port()}").send(message(to=BEN)), Retry)


@pytest.mark.parametrize("trouble", [Trouble.SILENT, Trouble.CUT, Trouble.DOWN_AFTER])
async def test_a_call_that_was_made_without_an_answer_is_found(trouble: Trouble) -> None:
    async with running_twilio(Callbacks.NONE) as twilio:
        channel = voice(twilio, patience_s=1 if trouble is Trouble.SILENT else 5)
        twilio.troubles.append(trouble)
        assert isinstance(await channel.send(message(to=BEN)), Unknown)
        assert await channel.ask(message(to=BEN)) == Sent(reference=twilio.calls[0].sid)


@pytest.mark.parametrize("trouble", [Trouble.DOWN, Trouble.DROPPED])
async def test_a_call_that_was_not_made_may_be_made_again(trouble: Trouble) -> None:
    async with running_twilio(Callbacks.NONE) as twilio:
        channel = voice(twilio)
        await channel.send(message(id="16", to=BEN))
        await channel.send(message(id="18", to=ANNA))
        twilio.troubles.append(trouble)
        assert isinstance(await channel.send(message(to=BEN)), Unknown)
        assert await channel.ask(message(to=BEN)) == Retry(why="Twilio has not got it")


async def test_a_call_of_another_message_is_not_taken_for_it() -> None:
    """Whichever of the two Twilio made, it is not known which; a wrong guess would leave somebody uncalled."""
    async with running_twilio(Callbacks.NONE) as twilio:
        channel = voice(twilio)
        twilio.troubles += [Trouble.DOWN, Trouble.DOWN_AFTER]
        await channel.send(message(id="17", to=BEN))
        await channel.send(message(id="18", to=BEN))
        for identifier in ("17", "18"):
            outcome = await channel.ask(message(id=identifier, to=BEN))
            assert isinstance(outcome, Unknown)
            assert "cannot be told apart" in outcome.why


async def test_calls_of_other_kinds_are_not_taken_for_it() -> None:
    async with running_twilio(Callbacks.NONE) as twilio:
        channel = voice(twilio)
        twilio.troubles.append(Trouble.DOWN)
        await channel.send(message(to=BEN))
        twilio.calls.append(Call(twilio, "CA" + "f" * 32, BEN, "+352600001", ""))
        assert isinstance(await channel.ask(message(to=BEN)), Retry)


async def test_a_call_of_an_hour_ago_is_another_one() -> None:
    async with running_twilio(Callbacks.NONE) as twilio:
        await voice(twilio).send(message(id="16", to=BEN))
        twilio.calls[0].created -= timedelta(hours=1)
        channel = voice(twilio)
        twilio.troubles.append(Trouble.DOWN)
        await channel.send(message(to=BEN))
        assert isinstance(await channel.ask(message(to=BEN)), Retry)


async def test_after_a_restart_the_time_must_be_told() -> None:
    async with running_twilio(Callbacks.NONE) as twilio:
        since = SystemClock().now()
        assert isinstance(await voice(twilio).ask(message(to=BEN)), Retry)
        await voice(twilio).send(message(to=BEN))
        assert isinstance(await voice(twilio).ask(message(to=BEN)), Unknown)
        assert await voice(twilio).ask(message(to=BEN), since=since) == Sent(reference=twilio.calls[0].sid)
        assert isinstance(await voice(twilio).ask(message(to=BEN), since=since + timedelta(minutes=1)), Sent)
        await voice(twilio).send(message(id="18", to=BEN))
        assert isinstance(await voice(twilio).ask(message(to=BEN), since=since), Unknown)


@pytest.mark.parametrize("trouble", [Trouble.DOWN, Trouble.DROPPED, Trouble.BUSY])
async def test_while_twilio_cannot_be_asked_it_stays_open(trouble: Trouble) -> None:
    async with running_twilio(Callbacks.NONE) as twilio:
        channel = voice(twilio)
        twilio.troubles.append(Trouble.DOWN_AFTER)
        twilio.list_troubles += [trouble] * (2 if trouble is Trouble.DROPPED else 1)  # aiohttp repeats a GET
        await channel.send(message(to=BEN))
        assert isinstance(await channel.ask(message(to=BEN)), Unknown)
        assert isinstance(await channel.ask(message(to=BEN)), Sent)


async def test_a_call_that_was_found_belongs_to_its_message() -> None:
    async with running_twilio(Callbacks.NONE) as twilio:
        channel = voice(twilio)
        twilio.troubles += [Trouble.DOWN_AFTER, Trouble.DOWN]
        await channel.send(message(id="17", to=BEN))
        assert isinstance(await channel.ask(message(id="17", to=BEN)), Sent)
        await channel.send(message(id="18", to=BEN))
        assert isinstance(await channel.ask(message(id="18", to=BEN)), Retry)


async def test_how_a_call_stands_is_told() -> None:
    async with running_twilio(Callbacks.NONE) as twilio:
        channel = voice(twilio)
        outcome = await channel.send(message(to=BEN))
        assert isinstance(outcome, Sent)
        await (await twilio.expect_call(BEN, answered=False)).busy()
        standing = await channel.standing(outcome.reference)
        assert standing is not None
        assert (standing.status, standing.fate) == ("busy", Fate.FAILED)


async def test_many_people_are_called_at_once() -> None:
    async with running_twilio(Callbacks.NONE) as twilio:
        channel = voice(twilio)
        numbers = [f"+3526910000{number:02}" for number in range(20)]
        await asyncio.gather(*(channel.send(message(id=number, to=number)) for number in numbers))
        assert sorted(call.to for call in twilio.calls) == numbers
