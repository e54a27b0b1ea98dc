"""Short messages, to a Twilio that is a real server."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from structlog.testing import capture_logs

from alerts.channels.sms import LONGEST, Sms, tag
from alerts.core.delivery import Channel, Rejected, Retry, Sent, Unknown
from alerts.twilio_rest import Fate, TwilioAccount
from monitor.runtime.clock import SystemClock
from tests.alerts.channels.messages import ANNA, BEN, HOSTILE, message
from tests.support.broken_servers import broken, free_port, silent
from tests.support.clocks import SetClock
from tests.support.twilio import ACCOUNT, NUMBER, TOKEN, Callbacks, Trouble, running_twilio

if TYPE_CHECKING:
    from monitor.core.clock import Clock


def sms(api_base: str, *, clock: Clock | None = None, **more: Any) -> Sms:
    account = TwilioAccount(
        account_sid=ACCOUNT, auth_token=TOKEN, number=NUMBER, public_base="https://public.example/", api_base=api_base
    )
    return Sms(account, clock or SystemClock(), **{"patience_s": 5, "settle_s": 0.05, **more})


async def test_a_message_reaches_twilio() -> None:
    async with running_twilio(Callbacks.NONE) as twilio:
        channel: Channel = sms(twilio.api_base)
        outcome = await channel.send(message())
        received = await twilio.expect_sms(ANNA, "CP2500 is offline since 08:02, power")
        assert outcome == Sent(reference=received.sid)
        assert received.body == f"CP2500 is offline since 08:02, power {tag('17')}"
        assert (received.from_, received.callback) == (NUMBER, "https://public.example/telephony/alerts/17/status")
        await twilio.nothing_more()


async def test_a_message_is_one_line_of_one_part() -> None:
    async with running_twilio(Callbacks.NONE) as twilio:
        await sms(twilio.api_base).send(message(short=HOSTILE + "a" * 500))
        received = await twilio.expect_sms(ANNA, "CP2500 Bcc: x@evil.example")
        assert received.body.isprintable()
        assert len(received.body) <= 160
        assert "... #" in received.body


async def test_an_id_is_never_more_than_a_part_of_an_address() -> None:
    async with running_twilio(Callbacks.NONE) as twilio:
        assert isinstance(await sms(twilio.api_base).send(message(id="../\ud800?x\r\n")), Sent)
        received = await twilio.expect_sms(ANNA, "CP2500")
        assert received.callback == "https://public.example/telephony/alerts/..%2F%3F%3Fx%0D%0A/status"


async def test_the_title_stands_in_for_the_line() -> None:
    async with running_twilio(Callbacks.NONE) as twilio:
        await sms(twilio.api_base).send(message(short=" \r\n"))
        await sms(twilio.api_base).send(message(short=""))
        await twilio.expect_sms(ANNA, "CP2500 offline")
        await twilio.nothing_more()


async def test_a_message_that_says_nothing_is_refused() -> None:
    async with running_twilio(Callbacks.NONE) as twilio:
        assert isinstance(await sms(twilio.api_base).send(message(short="\x00", title="")), Rejected)
        await twilio.nothing_more()


@pytest.mark.parametrize("to", ["", "621000001", "whatsapp:+352621000001", "+352621000001\r\nX: y", "anna@example.lu"])
async def test_what_is_no_number_is_refused(to: str) -> None:
    async with running_twilio(Callbacks.NONE) as twilio:
        assert isinstance(await sms(twilio.api_base).send(message(to=to)), Rejected)
        assert twilio.requests == []


async def test_a_person_who_unsubscribed_is_not_reached() -> None:
    async with running_twilio(Callbacks.NONE) as twilio:
        twilio.refused[ANNA] = 21610
        outcome = await sms(twilio.api_base).send(message())
        assert isinstance(outcome, Rejected)
        assert "unsubscribed" in outcome.why


async def test_no_number_and_no_token_is_logged() -> None:
    async with running_twilio(Callbacks.NONE) as twilio:
        twilio.refused[ANNA] = 21610
        with capture_logs() as logs:
            await sms(twilio.api_base).send(message())
        assert [entry["code"] for entry in logs] == [21610]
        assert ANNA[1:] not in repr(logs)
        assert TOKEN not in repr(logs)


# ---------------------------------------------------------------------------------------------------- asking


@pytest.mark.parametrize("trouble", [Trouble.SILENT, Trouble.CUT, Trouble.DOWN_AFTER])
async def test_what_was_taken_without_an_answer_is_found(trouble: Trouble) -> None:
    async with running_twilio(Callbacks.NONE) as twilio:
        channel = sms(twilio.api_base, patience_s=1 if trouble is Trouble.SILENT else 5)
        twilio.troubles.append(trouble)
        assert isinstance(await channel.send(message()), Unknown)
        assert await channel.ask(message()) == Sent(reference=twilio.messages[0].sid)


@pytest.mark.parametrize("trouble", [Trouble.DOWN, Trouble.DROPPED])
async def test_what_was_not_taken_may_be_sent_again(trouble: Trouble) -> None:
    async with running_twilio(Callbacks.NONE) as twilio:
        channel = sms(twilio.api_base)
        await channel.send(message(id="16"))
        twilio.troubles.append(trouble)
        assert isinstance(await channel.send(message()), Unknown)
        await channel.send(message(id="18"))
        assert await channel.ask(message()) == Retry(why="Twilio has not got it")
        assert isinstance(await channel.send(message()), Sent)
        assert len(twilio.messages) == 3


async def test_the_same_words_to_the_same_person_are_two_messages() -> None:
    async with running_twilio(Callbacks.NONE) as twilio:
        channel = sms(twilio.api_base)
        await channel.send(message(id="16"))
        twilio.troubles.append(Trouble.DOWN)
        await channel.send(message(id="17"))
        assert isinstance(await channel.ask(message(id="17")), Retry)


async def test_what_was_taken_at_the_first_attempt_is_found_after_the_second() -> None:
    async with running_twilio(Callbacks.NONE) as twilio:
        channel = sms(twilio.api_base)
        twilio.troubles += [Trouble.DOWN_AFTER, Trouble.DOWN]
        await channel.send(message())
        twilio.messages[0].created -= timedelta(seconds=1)
        await channel.send(message())
        assert await channel.ask(message()) == Sent(reference=twilio.messages[0].sid)


@pytest.mark.parametrize("trouble", [Trouble.DOWN, Trouble.DROPPED, Trouble.BUSY, Trouble.SILENT])
async def test_while_twilio_cannot_be_asked_it_stays_open(trouble: Trouble) -> None:
    async with running_twilio(Callbacks.NONE) as twilio:
        channel = sms(twilio.api_base, patience_s=1 if trouble is Trouble.SILENT else 5)
        twilio.troubles.append(Trouble.DOWN_AFTER)
        twilio.list_troubles += [trouble] * (2 if trouble is Trouble.DROPPED else 1)  # aiohttp repeats a GET
        await channel.send(message())
        assert isinstance(await channel.ask(message()), Unknown)
        assert await channel.ask(message()) == Sent(reference=twilio.messages[0].sid)


async def test_a_list_without_texts_tells_nothing() -> None:
    async with running_twilio(Callbacks.NONE) as twilio:
        twilio.forgets_texts = True
        twilio.troubles.append(Trouble.DOWN_AFTER)
        channel = sms(twilio.api_base)
        await channel.send(message())
        outcome = await channel.ask(message())
        assert isinstance(outcome, Unknown)
        assert "redaction" in outcome.why


async def test_after_a_restart_it_is_found_too() -> None:
    async with running_twilio(Callbacks.NONE) as twilio:
        await sms(twilio.api_base).send(message())
        twilio.messages[0].created -= timedelta(hours=2)
        assert await sms(twilio.api_base).ask(message()) == Sent(reference=twilio.messages[0].sid)
        two_hours_ago = SystemClock().now() - timedelta(hours=2)
        assert await sms(twilio.api_base).ask(message(), since=two_hours_ago) == Sent(reference=twilio.messages[0].sid)
        assert isinstance(await sms(twilio.api_base).ask(message(), since=SystemClock().now()), Retry)


@pytest.mark.parametrize("wrong_s", [-86_400, 86_400])
async def test_our_clock_may_be_wrong(wrong_s: float) -> None:
    async with running_twilio(Callbacks.NONE) as twilio:
        clock = SetClock()
        clock.step_wall(wrong_s)
        channel = sms(twilio.api_base, clock=clock, settle_s=0)
        twilio.troubles += [Trouble.DOWN_AFTER]
        await channel.send(message())
        assert await channel.ask(message()) == Sent(reference=twilio.messages[0].sid)


async def test_twilio_is_given_time_to_finish() -> None:
    async with running_twilio(Callbacks.NONE) as twilio:
        channel = sms(twilio.api_base, settle_s=0.3)
        twilio.troubles.append(Trouble.DOWN)
        begun = asyncio.get_running_loop().time()
        await channel.send(message())
        assert isinstance(await channel.ask(message()), Retry)
        assert asyncio.get_running_loop().time() - begun >= 0.3


async def test_nobody_there_is_tried_again_without_asking() -> None:
    assert isinstance(await sms(f"http://127.0.0.1:{free_port()}").send(message()), Retry)
    async with broken(silent()) as server:
        outcome = await sms(server.url, patience_s=0.2).send(message())
        assert isinstance(outcome, Unknown)


async def test_how_a_message_stands_is_told() -> None:
    async with running_twilio() as twilio:
        channel = sms(twilio.api_base)
        twilio.behind["https://public.example"] = "http://127.0.0.1:1"
        outcome = await channel.send(message())
        assert isinstance(outcome, Sent)
        await twilio.settled()
        standing = await channel.standing(outcome.reference)
        assert standing is not None
        assert standing.fate is Fate.REACHED


async def test_many_at_once_are_each_found() -> None:
    async with running_twilio(Callbacks.NONE) as twilio:
        channel = sms(twilio.api_base)
        twilio.troubles += [Trouble.DOWN_AFTER, Trouble.DOWN] * 10
        told = [message(id=str(number), to=BEN if number % 3 else ANNA) for number in range(20)]
        await asyncio.gather(*(channel.send(one) for one in told))
        outcomes = await asyncio.gather(*(channel.ask(one) for one in told))
        taken = {one.id for one in told if any(sent.body.endswith(tag(one.id)) for sent in twilio.messages)}
        assert {one.id for one, outcome in zip(told, outcomes, strict=True) if isinstance(outcome, Sent)} == taken
        assert sum(isinstance(outcome, Retry) for outcome in outcomes) == 10


@given(st.text(max_size=300), st.text(max_size=20))
def test_a_tag_is_short_and_its_message_is_found_by_it(line: str, identifier: str) -> None:
    assert len(tag(identifier)) == 6
    assert tag(identifier)[1:].isalnum()
    assert LONGEST + 1 + len(tag(line)) <= 160
