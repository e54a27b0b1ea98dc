"""The Twilio that other tests rely on does what Twilio does, with a service of ours as small as can be."""

from __future__ import annotations

from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any

import aiohttp
import pytest
from aiohttp import web

from alerts.twiml import Key, Phrase, announcement, farewell, read_key
from monitor.runtime.signatures import is_genuine, signed_address
from tests.support.twilio import ACCOUNT, NUMBER, TOKEN, Callbacks, Trouble, running_twilio

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from tests.support.twilio import Twilio

ANNA, BEN = "+352621000001", "+352691000002"
PUBLIC = "https://public.example"


class Service:
    """Reads out one alert, takes keys, notes states; refuses what is not signed."""

    def __init__(self) -> None:
        self.states: list[tuple[str, str]] = []
        self.keys: list[Key | None] = []
        self.texts: list[str] = []

    async def handle(self, request: web.Request) -> web.Response:
        form: Any = await request.post()
        address = signed_address(PUBLIC, request.path_qs)
        if not is_genuine(address, form, request.headers.get("X-Twilio-Signature", ""), [TOKEN]):
            return web.Response(status=403)
        what = request.path.rpartition("/")[2]
        answer: web.Response = getattr(self, f"_{what}", self._unknown)(form)
        return answer

    def _unknown(self, _form: Any) -> web.Response:
        return web.Response(status=404)

    def _status(self, form: Any) -> web.Response:
        self.states.append((form.get("MessageSid") or form["CallSid"], form.get("MessageStatus") or form["CallStatus"]))
        return web.Response(status=204)

    def _sms(self, form: Any) -> web.Response:
        self.texts.append(form["Body"])
        return _xml("<Response><Message>Thank you</Message></Response>")

    def _voice(self, _form: Any) -> web.Response:
        return _xml(announcement("CP2500 offline.", language="en", action="key"))

    def _again(self, _form: Any) -> web.Response:
        return _xml("<Response><Redirect>voice</Redirect></Response>")

    def _wrong(self, _form: Any) -> web.Response:
        return web.Response(text="<Response/>", content_type="text/html")

    def _key(self, form: Any) -> web.Response:
        self.keys.append(read_key(form["Digits"]))
        acknowledged = self.keys[-1] is Key.ACKNOWLEDGE
        return _xml(farewell(Phrase.ACKNOWLEDGED, "en")) if acknowledged else self._voice(form)


def _xml(text: str) -> web.Response:
    return web.Response(text=text, content_type="text/xml")


@asynccontextmanager
async def served(callbacks: Callbacks = Callbacks.IN_ORDER) -> AsyncIterator[tuple[Twilio, Service]]:
    service = Service()
    app = web.Application()
    app.router.add_route("*", "/{tail:.*}", service.handle)
    runner = web.AppRunner(app, shutdown_timeout=0.1)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    try:
        async with running_twilio(callbacks) as twilio:
            twilio.behind[PUBLIC] = f"http://127.0.0.1:{runner.addresses[0][1]}"
            twilio.sms_url = f"{PUBLIC}/telephony/sms"
            yield twilio, service
    finally:
        await runner.cleanup()


async def post(twilio: Twilio, kind: str, *, token: str = TOKEN, account: str = ACCOUNT, **form: Any) -> tuple[int, Any]:
    url = f"{twilio.api_base}/2010-04-01/Accounts/{account}/{kind}.json"
    headers = {"Authorization": aiohttp.encode_basic_auth(ACCOUNT, token)}
    async with aiohttp.ClientSession() as http, http.post(url, data={"From": NUMBER, **form}, headers=headers) as answer:
        return answer.status, await answer.json(content_type=None)


async def get(twilio: Twilio, path: str) -> tuple[int, Any]:
    headers = {"Authorization": aiohttp.encode_basic_auth(ACCOUNT, TOKEN)}
    async with aiohttp.ClientSession() as http, http.get(f"{twilio.api_base}{path}", headers=headers) as answer:
        return answer.status, await answer.json()


async def sms(twilio: Twilio, to: str = ANNA, body: str = "CP2500 is offline") -> str:
    status, row = await post(twilio, "Messages", To=to, Body=body, StatusCallback=f"{PUBLIC}/telephony/alerts/17/status")
    assert (status, row["status"]) == (201, "queued")
    return str(row["sid"])


async def call(twilio: Twilio, to: str = BEN, document: str = "voice") -> str:
    form = aiohttp.FormData([("To", to), ("From", NUMBER), ("Url", f"{PUBLIC}/telephony/alerts/17/{document}")])
    form.add_field("StatusCallback", f"{PUBLIC}/telephony/alerts/17/status")
    for event in ("initiated", "ringing", "answered", "completed"):
        form.add_field("StatusCallbackEvent", event)
    headers = {"Authorization": aiohttp.encode_basic_auth(ACCOUNT, TOKEN)}
    url = f"{twilio.api_base}/2010-04-01/Accounts/{ACCOUNT}/Calls.json"
    async with aiohttp.ClientSession() as http, http.post(url, data=form, headers=headers) as answer:
        assert answer.status == 201
        return str((await answer.json())["sid"])


# ---------------------------------------------------------------------------------------------------- messages


async def test_a_message_is_delivered_and_said_to_be() -> None:
    async with served() as (twilio, service):
        sid = await sms(twilio)
        message = await twilio.expect_sms(ANNA, "offline")
        message.expect_said("CP2500")
        await twilio.nothing_more()
        assert service.states == [(sid, "sent"), (sid, "delivered")]


@pytest.mark.parametrize(
    ("callbacks", "states"),
    [
        (Callbacks.REVERSED, ["delivered", "sent"]),
        (Callbacks.DOUBLED, ["sent", "sent", "delivered", "delivered"]),
        (Callbacks.NONE, []),
    ],
)
async def test_call_backs_come_as_they_are_told(callbacks: Callbacks, states: list[str]) -> None:
    async with served(callbacks) as (twilio, service):
        sid = await sms(twilio)
        message = await twilio.expect_sms(ANNA, "offline")
        await twilio.settled()
        assert [state for _, state in service.states] == states
        assert (await get(twilio, f"/2010-04-01/Accounts/{ACCOUNT}/Messages/{sid}.json"))[1]["status"] == message.status


async def test_a_message_that_does_not_arrive_has_a_code() -> None:
    async with served() as (twilio, service):
        twilio.unreachable[ANNA] = 30003
        sid = await sms(twilio)
        message = await twilio.expect_sms(ANNA, "offline")
        await twilio.settled()
        assert service.states[-1] == (sid, "undelivered")
        assert message.asked[-1]["ErrorCode"] == "30003"


async def test_a_call_back_can_be_repeated_and_forged() -> None:
    async with served() as (twilio, service):
        await sms(twilio)
        message = await twilio.expect_sms(ANNA, "offline")
        await twilio.settled()
        assert await message.replay() == [204, 204]
        assert await message.become("failed", 30005, signature="forged") == 403
        assert len(service.states) == 4
        await twilio.nothing_more()


async def test_a_telephone_writes_to_us_and_is_answered() -> None:
    async with served() as (twilio, service):
        assert await twilio.text(ANNA, "ack 17") == ["Thank you"]
        assert service.texts == ["ack 17"]
        await twilio.expect_sms(ANNA, "Thank you")
        assert await twilio.text(ANNA, "ack 17", signature="forged") == []
        await twilio.nothing_more()


async def test_what_was_not_expected_is_seen() -> None:
    async with served() as (twilio, _):
        await sms(twilio)
        with pytest.raises(AssertionError, match=r"unexpected: .*CP2500 is offline"):
            await twilio.nothing_more()


async def test_what_does_not_come_is_said() -> None:
    async with served() as (twilio, _):
        twilio.patience_s = 0.05
        await sms(twilio)
        with pytest.raises(AssertionError, match=r"no message saying 'online' to \+352621000001; there is .*offline"):
            await twilio.expect_sms(ANNA, "online")
        with pytest.raises(AssertionError, match="no call that rings"):
            await twilio.expect_call(ANNA)


async def test_a_service_that_answers_wrongly_is_seen() -> None:
    async with served() as (twilio, _):
        twilio.sms_url = f"{PUBLIC}/telephony/nothing"
        await twilio.text(ANNA, "ack")
        with pytest.raises(AssertionError, match="answered 404"):
            await twilio.nothing_more()
        twilio.sms_url = "http://127.0.0.1:1/"
        await twilio.text(ANNA, "ack")
        assert "ClientConnectorError" in twilio.complaints[-1]


# ---------------------------------------------------------------------------------------------------- calls


async def test_a_call_is_picked_up_and_acknowledged() -> None:
    async with served() as (twilio, service):
        sid = await call(twilio)
        rung = await twilio.expect_call(BEN)
        await rung.expect_said("CP2500")
        assert rung.waits_for_key
        await rung.press("4")
        await rung.expect_said("acknowledged")
        assert rung.ended
        assert service.keys == [Key.ACKNOWLEDGE]
        assert service.states == [(sid, state) for state in ("initiated", "ringing", "in-progress", "completed")]
        await twilio.nothing_more()


async def test_a_star_repeats() -> None:
    async with served() as (twilio, service):
        await call(twilio, document="again")
        rung = await twilio.expect_call(BEN)
        await rung.press("*")
        await rung.expect_said("CP2500")
        await rung.hang_up()
        assert service.keys == [Key.REPEAT]
        assert rung.status == "completed"


async def test_who_presses_nothing_is_told_and_left() -> None:
    async with served() as (twilio, service):
        await call(twilio)
        rung = await twilio.expect_call(BEN)
        for _ in range(2):
            await rung.stay_silent()
            await rung.expect_said("CP2500")
        await rung.stay_silent()
        await rung.expect_said("No key was pressed")
        assert rung.ended
        assert service.keys == []
        with pytest.raises(AssertionError, match="no key is waited for"):
            await rung.press("4")


@pytest.mark.parametrize(("what", "status"), [("busy", "busy"), ("no_answer", "no-answer"), ("fail", "failed")])
async def test_a_call_that_leads_nowhere_says_why(what: str, status: str) -> None:
    async with served() as (twilio, service):
        sid = await call(twilio)
        rung = await twilio.expect_call(BEN, answered=False)
        await getattr(rung, what)()
        assert service.states[-1] == (sid, status)
        assert rung.said == []


async def test_a_document_of_the_wrong_kind_is_seen() -> None:
    async with served() as (twilio, _):
        await call(twilio, document="wrong")
        await twilio.expect_call(BEN)
        with pytest.raises(AssertionError, match="answered TwiML as text/html"):
            await twilio.nothing_more()


# ---------------------------------------------------------------------------------------------------- its API


async def test_only_the_account_is_let_in() -> None:
    async with served() as (twilio, _):
        assert (await post(twilio, "Messages", token="wrong", To=ANNA, Body="x"))[0] == 401
        assert (await post(twilio, "Messages", account="AC1", To=ANNA, Body="x"))[0] == 404
        await twilio.nothing_more()


@pytest.mark.parametrize(
    ("kind", "form", "code"),
    [
        ("Messages", {"From": "+352699999999", "To": ANNA, "Body": "x"}, 21606),
        ("Messages", {"To": ANNA, "Body": ""}, 21602),
        ("Messages", {"To": ANNA, "Body": "x" * 1601}, 21602),
        ("Calls", {"From": "+352699999999", "To": ANNA, "Url": "https://x"}, 21210),
        ("Calls", {"To": ANNA, "Url": "x"}, 21205),
    ],
)
async def test_what_twilio_refuses_is_refused(kind: str, form: dict[str, str], code: int) -> None:
    async with served() as (twilio, _):
        status, answer = await post(twilio, kind, **form)
        assert (status, answer["code"]) == (400, code)


@pytest.mark.parametrize(
    ("trouble", "status", "taken"), [(Trouble.DOWN, 503, 0), (Trouble.BUSY, 429, 0), (Trouble.DOWN_AFTER, 500, 1)]
)
async def test_it_misbehaves_once_when_told(trouble: Trouble, status: int, taken: int) -> None:
    async with served(Callbacks.NONE) as (twilio, _):
        twilio.troubles.append(trouble)
        url = f"{twilio.api_base}/2010-04-01/Accounts/{ACCOUNT}/Messages.json"
        headers = {"Authorization": aiohttp.encode_basic_auth(ACCOUNT, TOKEN)}
        data = {"From": NUMBER, "To": ANNA, "Body": "x"}
        async with aiohttp.ClientSession() as http, http.post(url, data=data, headers=headers) as answer:
            assert answer.status == status
            assert answer.headers.get("Retry-After") == ("7" if trouble is Trouble.BUSY else None)
        assert len(twilio.messages) == taken
        await sms(twilio)


async def test_things_are_listed_newest_first_by_number_and_day() -> None:
    async with served(Callbacks.NONE) as (twilio, _):
        sids = [await sms(twilio), await sms(twilio, BEN), await sms(twilio)]
        root = f"/2010-04-01/Accounts/{ACCOUNT}/Messages.json"
        listed = (await get(twilio, f"{root}?To=%2B352621000001"))[1]
        assert [row["sid"] for row in listed["messages"]] == [sids[2], sids[0]]
        assert listed["next_page_uri"] is None
        page = (await get(twilio, f"{root}?PageSize=2"))[1]
        assert [row["sid"] for row in page["messages"]] == [sids[2], sids[1]]
        rest = (await get(twilio, page["next_page_uri"]))[1]
        assert [row["sid"] for row in rest["messages"]] == [sids[0]]
        assert (await get(twilio, f"{root}?DateSent%3E=2020-01-01"))[1]["messages"] == []
        await twilio.messages[0].become("sent")
        assert len((await get(twilio, f"{root}?DateSent%3E=2020-01-01"))[1]["messages"]) == 1
        assert (await get(twilio, f"{root}?DateSent%3C=2020-01-01"))[1]["messages"] == []
        assert (await get(twilio, f"{root}?DateSent=2020-01-01"))[1]["messages"] == []
        assert (await get(twilio, f"/2010-04-01/Accounts/{ACCOUNT}/Calls.json?Status=ringing"))[1]["calls"] == []
        assert (await get(twilio, f"/2010-04-01/Accounts/{ACCOUNT}/Calls/{sids[0]}.json"))[0] == 404
