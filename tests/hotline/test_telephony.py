"""What callers hear, and what telephone systems tell: every request signed or refused, every call written down once."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from xml.etree import ElementTree as ET

import pytest
from aiohttp import encode_basic_auth

from hotline.core.calls import Stage
from hotline.settings import HotlineSettings
from hotline.storage.calls import StoredCalls
from hotline.telephony import ivr
from hotline.web.languages import Speech
from tests.support.twilio import TOKEN, sign

from .reading import offline, online
from .support import House, station

if TYPE_CHECKING:
    from aiohttp import ClientResponse

    from hotline.core.calls import Call

CALLER = "+352621123456"
AGENTS = "+35280062020"


@pytest.fixture
async def line(house: House) -> House:
    """Return a house whose callers are put through to the agents, with two chargers."""
    house.twilio = (TOKEN,)
    house.hotline = HotlineSettings(phone="8006 2020", telephone=AGENTS)
    house.put(station(2500), online())
    house.put(station(2501), offline())
    return await house.open()


async def post(house: House, path: str, *, token: str = TOKEN, **form: str) -> ClientResponse:
    """Ask as Twilio does."""
    address = house.public.base_url + path
    assert house.public_server is not None
    browser = house.stranger()
    headers = {"X-Twilio-Signature": sign(token, address, form)}
    return await browser.session.post(browser.base + path, data=form, headers=headers)


async def heard(house: House, path: str, **form: str) -> tuple[list[str], str, str]:
    """Return what the caller hears, where his keys go, and where he is led if he presses nothing (or whom it rings)."""
    answer = await post(house, path, CallSid="CA1", From=CALLER, **form)
    assert (answer.status, answer.content_type) == (200, "text/xml")
    document = ET.fromstring(await answer.text())  # noqa: S314  (our own answer)
    said = [one.text or "" for one in document.iter("Say")]
    gather, dial, way = document.find("Gather"), document.find("Dial"), document.find("Redirect")
    keys = "" if gather is None else gather.attrib["action"]
    after = (dial.text or "") if dial is not None else (way.text or "") if way is not None else ""
    return said, keys, after


async def call_of(house: House) -> Call:
    found = await StoredCalls(house.database).recent(5)
    assert len(found) == 1
    return found[0]


def below(house: House, address: str) -> str:
    assert address.startswith(house.public.base_url)
    return address.removeprefix(house.public.base_url)


async def test_a_caller_chooses_the_language_keys_the_sticker_and_hears_what_is_known(line: House) -> None:
    said, keys, _ = await heard(line, "/telephony/hotline")
    assert len(said) == len(Speech)
    assert (await call_of(line)).stage is Stage.WAITING
    said, keys, _ = await heard(line, below(line, keys), Digits="2")
    assert "Aufkleber" in said[0]
    said, _, rung = await heard(line, below(line, keys), Digits="2501")
    assert rung == AGENTS
    assert said[-1] == "Wir verbinden Sie."
    assert "Ladesäule" in said[0]
    call = await call_of(line)
    assert (call.station, call.language, call.caller_shown) == (station(2501).id, "de", "+352 … 456")
    line.clock.advance(seconds=100)
    assert (
        "Hangup"
        in await (
            await post(line, "/telephony/hotline/over?l=de", CallSid="CA1", DialCallStatus="completed", DialCallDuration="60")
        ).text()
    )
    await post(line, "/telephony/hotline/status", CallSid="CA1", CallStatus="completed")
    call = await call_of(line)
    assert (call.stage, call.waited_s, call.agent) == (Stage.ENDED, 40.0, "")
    anna = line.browser()
    await anna.sign_in()
    page = await anna.page("/calls")
    assert "to be wrapped up" in page
    assert "0 calls waiting" in page


async def test_who_presses_nothing_is_put_through_all_the_same(line: House) -> None:
    _, _, way = await heard(line, "/telephony/hotline")
    said, _, rung = await heard(line, below(line, way))
    assert (rung, said) == (AGENTS, ["Nous vous passons quelqu'un."])
    said, _, _ = await heard(line, "/telephony/hotline/over?l=fr", DialCallStatus="no-answer")
    assert said == ["Personne n'est libre en ce moment. Rappelez-nous dans quelques minutes, s'il vous plaît."]
    await post(line, "/telephony/hotline/status", CallSid="CA1", CallStatus="completed")
    await post(line, "/telephony/hotline/status", CallSid="CA1", CallStatus="completed")
    assert (await call_of(line)).stage is Stage.MISSED
    assert line.outcomes["missed"] == 1


@pytest.mark.parametrize("digits", ["9999", "0", "12345678901234567890", "*#*", ""])
async def test_a_number_that_no_charger_wears_is_said_and_noted(line: House, digits: str) -> None:
    await heard(line, "/telephony/hotline")
    said, _, rung = await heard(line, "/telephony/hotline/sticker?l=en", Digits=digits)
    assert rung == AGENTS
    assert ("We find no charger with that number." in said) is bool(digits)
    assert (await call_of(line)).keyed == digits[: ivr.LONGEST_STICKER]


async def test_what_twilio_has_not_signed_is_refused(line: House) -> None:
    for path in ("", "/language", "/sticker", "/agent", "/over", "/status"):
        assert (await post(line, f"/telephony/hotline{path}", token="other", CallSid="CA1", From=CALLER)).status == 403
        assert (await post(line, f"/telephony/hotline{path}", From=CALLER)).status == 403, "about no call"
    assert await StoredCalls(line.database).recent(5) == []


@pytest.mark.parametrize("order", [("over", "status"), ("status", "over"), ("over", "over", "status", "status")])
async def test_what_is_told_in_any_order_makes_the_same_call(line: House, order: tuple[str, ...]) -> None:
    await heard(line, "/telephony/hotline")
    line.clock.advance(seconds=90)
    told = {"over": {"DialCallStatus": "completed", "DialCallDuration": "30"}, "status": {"CallStatus": "completed"}}
    for what in order:
        await post(line, f"/telephony/hotline/{what}", CallSid="CA1", **told[what])
    call = await call_of(line)
    assert (call.stage, call.waited_s) == (Stage.ENDED, 60.0)


async def test_without_agents_to_ring_there_is_no_such_route(house: House) -> None:
    house.twilio = (TOKEN,)
    await house.open()
    assert (await post(house, "/telephony/hotline", CallSid="CA1")).status == 404


@pytest.mark.parametrize("language", list(Speech))
def test_every_language_has_every_phrase(language: Speech) -> None:
    assert set(ivr.PHRASES[language]) == set(ivr.Phrase)
    assert language in ivr.VOICES
    assert language in ivr.LANGUAGES.values()


# ---------------------------------------------------------------------------------------------------------- another system


async def tell(house: House, *, status: int = 204, token: str | None = None, body: Any = None, **fields: str) -> None:
    browser = house.stranger()
    known = await house.token() if token is None else token
    headers = {"Authorization": f"Bearer {known}"} if known else {}
    sent = {"json": body} if body is not None else {"data": fields}
    answer = await browser.session.post(f"{browser.base}/telephony/calls", headers=headers, **sent)
    assert answer.status == status


async def test_a_telephone_system_tells_of_a_call_by_form_or_json(line: House) -> None:
    token = await line.token()
    new = {"event": "newCall", "callId": "x1", "direction": "in", "from": CALLER, "sticker": "cp 2500", "language": "lb"}
    await tell(line, token=token, body=new)
    call = await call_of(line)
    assert (call.stage, call.station, call.language, call.caller_shown) == (*(Stage.WAITING, station(2500).id, "lb", "+352 … 456"),)
    await tell(line, token=token, body={"event": "answer", "callId": "x1", "user": "anna", "answeringNumber": "12"})
    assert [one.agent for one in await StoredCalls(line.database).at_desk_of("anna")] == ["anna"]
    await tell(line, token=token, event="answer", callId="x1", user="ben")
    assert (await call_of(line)).agent == "anna", "who was told later comes too late"
    line.clock.advance(seconds=30)
    await tell(line, token=token, event="hangup", callId="x1", cause="normalClearing")
    assert (await call_of(line)).stage is Stage.ENDED


async def test_a_call_that_is_answered_by_nobody_we_know_is_anybodys(line: House) -> None:
    token = await line.token()
    await tell(line, token=token, event="newCall", callId="x1")
    await tell(line, token=token, event="answer", callId="x1")
    assert (await call_of(line)).stage is Stage.RUNNING
    anna = line.browser()
    await anna.sign_in()
    assert "on the telephone" in await anna.page("/calls")


async def test_what_is_no_news_of_a_call_is_refused(line: House) -> None:
    token = await line.token()
    await tell(line, token="", status=401, event="newCall", callId="x1")
    await tell(line, token="wrong", status=401, event="newCall", callId="x1")
    await tell(line, token=token, status=400, event="dance", callId="x1")
    await tell(line, token=token, status=400, event="newCall")
    await tell(line, token=token, status=400, body=["newCall"])
    await tell(line, token=token, event="newCall", callId="out1", direction="out")
    assert await StoredCalls(line.database).recent(5) == []
    browser = line.stranger()
    for given in ("Basic %%%", "Basic " + "YTo=", "Digest x"):
        answer = await browser.session.post(f"{browser.base}/telephony/calls", headers={"Authorization": given})
        assert answer.status == 401


async def test_the_token_may_be_the_password_of_an_address(line: House) -> None:
    browser = line.stranger()
    given = {"Authorization": encode_basic_auth("pbx", await line.token())}
    answer = await browser.session.post(f"{browser.base}/telephony/calls", data={"event": "newCall", "callId": "x1"}, headers=given)
    assert answer.status == 204


@pytest.mark.parametrize("text", ["<Hangup/>", "</Say><Dial>+3521</Dial>", "]]>", "\u202e & \x0b"])
def test_what_a_charger_says_of_itself_stays_words_in_the_callers_ear(text: str) -> None:
    document = ET.fromstring(ivr.put_through("en", AGENTS, "http://x/over", text))  # noqa: S314  (our own answer)
    assert [one.tag for one in document] == ["Say", "Say", "Dial"]
    assert (document[2].text, document[2].attrib["action"]) == (AGENTS, "http://x/over")
