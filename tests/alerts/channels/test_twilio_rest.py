"""What Twilio's API answers, over real and broken connections; a channel is tried in its own file."""

from __future__ import annotations

import pytest

from alerts.core.delivery import Outcome, Rejected, Retry, Sent, Unknown
from alerts.twilio_rest import FATES, Fate, Listing, Resource, Standing, TwilioAccount, TwilioRest, is_number, masked
from tests.support.broken_servers import Broken, broken, closing, free_port, silent
from tests.support.receivers import receiving
from tests.support.twilio import ACCOUNT, NUMBER, TOKEN, Callbacks, Trouble, Twilio, running_twilio

TO = "+352621000001"
FORM = (("To", TO), ("From", NUMBER), ("Body", "CP2500 is offline"))


def rest(api_base: str, *, token: str = TOKEN, account: str = ACCOUNT, patience_s: float = 5) -> TwilioRest:
    account_ = TwilioAccount(
        account_sid=account, auth_token=token, number=NUMBER, public_base="https://public.example", api_base=api_base
    )
    return TwilioRest(account_, patience_s=patience_s)


async def sent(twilio: Twilio, *, patience_s: float = 5) -> Outcome:
    return await rest(twilio.api_base, patience_s=patience_s).create(Resource.MESSAGES, FORM)


async def test_what_is_taken_has_a_reference() -> None:
    async with running_twilio(Callbacks.NONE) as twilio:
        assert await sent(twilio) == Sent(reference=twilio.messages[0].sid)


@pytest.mark.parametrize(
    ("trouble", "kind", "taken"),
    [
        (Trouble.DOWN, Unknown, 0),
        (Trouble.DROPPED, Unknown, 0),
        (Trouble.SILENT, Unknown, 1),
        (Trouble.CUT, Unknown, 1),
        (Trouble.DOWN_AFTER, Unknown, 1),
        (Trouble.GARBLED, Sent, 1),
    ],
)
async def test_what_is_lost_may_have_been_taken(trouble: Trouble, kind: type, taken: int) -> None:
    async with running_twilio(Callbacks.NONE) as twilio:
        twilio.troubles.append(trouble)
        assert isinstance(await sent(twilio, patience_s=0.2 if trouble is Trouble.SILENT else 5), kind)
        assert len(twilio.messages) == taken


async def test_too_much_is_tried_again_when_twilio_says() -> None:
    async with running_twilio(Callbacks.NONE) as twilio:
        twilio.troubles += [Trouble.BUSY, Trouble.BUSY]
        assert await sent(twilio) == Retry(why="Twilio has too much to do (code 20429)", after_s=7)
        twilio.retry_after = ""
        assert await sent(twilio) == Retry(why="Twilio has too much to do (code 20429)")
        assert twilio.messages == []


@pytest.mark.parametrize("code", [10004, 14107, 21611])
async def test_a_limit_passes(code: int) -> None:
    async with running_twilio(Callbacks.NONE) as twilio:
        twilio.refused[TO] = code
        assert isinstance(await sent(twilio), Retry)


@pytest.mark.parametrize(
    ("code", "words"),
    [
        *((21211, "not valid"), (21214, "cannot be reached"), (21215, "Geographic permissions"), (21408, "Geo permissions")),
        *((21610, "unsubscribed"), (21612, "cannot be reached"), (21614, "takes no short messages"), (21608, "trial account")),
        *(
            (21606, "check account_sid, auth_token and from in [twilio]"),
            (21212, "check account_sid, auth_token and from in [twilio]"),
        ),
        (29999, "see https://www.twilio.com/docs/api/errors/29999"),
    ],
)
async def test_a_refusal_is_a_plain_sentence(code: int, words: str) -> None:
    async with running_twilio(Callbacks.NONE) as twilio:
        twilio.refused[TO] = code
        outcome = await sent(twilio)
        assert isinstance(outcome, Rejected)
        assert words in outcome.why
        assert str(code) in outcome.why
        assert TO not in outcome.why


@pytest.mark.parametrize(("token", "account"), [("wrong", ACCOUNT), (TOKEN, "AC1")])
async def test_an_account_that_is_not_known_names_the_configuration(token: str, account: str) -> None:
    async with running_twilio(Callbacks.NONE) as twilio:
        outcome = await rest(twilio.api_base, token=token, account=account).create(Resource.MESSAGES, FORM)
        assert isinstance(outcome, Rejected)
        assert "check account_sid, auth_token and from in [twilio]" in outcome.why
        assert "20003" in outcome.why


@pytest.mark.parametrize(
    ("status", "text", "kind"),
    [
        *(
            (404, '{"code": 20404}', Rejected),
            (401, "", Rejected),
            (403, "<html>", Rejected),
            (404, "{}", Rejected),
            (400, "no json", Rejected),
            (400, '{"code": "x"}', Rejected),
        ),
        *(
            (429, "", Retry),
            (429, '{"code": 99999}', Retry),
            (408, "", Retry),
            (302, "", Rejected),
            (200, "{}", Sent),
            (201, "[]", Sent),
        ),
    ],
)
async def test_an_answer_that_is_not_twilios_is_an_outcome_too(status: int, text: str, kind: type) -> None:
    async with receiving() as receiver:
        receiver.answers(status, {"Location": "/elsewhere"}, text)
        outcome = await rest(receiver.url).create(Resource.MESSAGES, FORM)
        assert isinstance(outcome, kind)
        assert len(receiver.asked) == 1


async def test_nobody_there_means_nothing_was_sent() -> None:
    outcome = await rest(f"http://127.0.0.1:{free_port()}").create(Resource.MESSAGES, FORM)
    assert isinstance(outcome, Retry)


@pytest.mark.parametrize("server", [silent(), closing(), Broken(after=b"HTTP/1.1 201 Cre"), Broken(after=b"nonsense\r\n\r\n")])
async def test_a_connection_that_breaks_half_way_leaves_it_open(server: Broken) -> None:
    async with broken(server):
        outcome = await rest(server.url, patience_s=0.2).create(Resource.MESSAGES, FORM)
        assert isinstance(outcome, Unknown)
        assert b"Body=CP2500+is+offline" in server.heard


async def test_a_number_that_is_cut_from_its_answer_was_taken_nevertheless() -> None:
    async with broken(Broken(after=b'HTTP/1.1 201 Created\r\nContent-Length: 500\r\n\r\n{"sid":')) as server:
        assert await rest(server.url).create(Resource.MESSAGES, FORM) == Sent()


# ---------------------------------------------------------------------------------------------------- listing and fetching


async def test_a_list_goes_over_pages() -> None:
    async with running_twilio(Callbacks.NONE) as twilio:
        for _ in range(5):
            await sent(twilio)
        twilio.page_size = 2
        listing = await rest(twilio.api_base).listed(Resource.MESSAGES, TO, 60)
        assert isinstance(listing, Listing)
        assert [row.sid for row in listing.rows] == [message.sid for message in reversed(twilio.messages)]


async def test_a_list_ends_where_it_gets_old() -> None:
    async with running_twilio(Callbacks.NONE) as twilio:
        for hours in (9, 8, 7, 0, 0):
            await sent(twilio)
            twilio.messages[-1].created = twilio.messages[-1].created.replace(year=2020 - hours)
        twilio.messages[-1].created = twilio.messages[-1].created.replace(year=2040)
        twilio.page_size = 2
        listing = await rest(twilio.api_base).listed(Resource.MESSAGES, TO, 60)
        assert isinstance(listing, Listing)
        assert len(listing.rows) == 1
        assert len([path for method, path, _ in twilio.requests if method == "GET"]) == 2


async def test_a_list_without_end_is_not_read_to_its_end() -> None:
    async with running_twilio(Callbacks.NONE) as twilio:
        for _ in range(8):
            await sent(twilio)
        twilio.page_size = 1
        assert isinstance(await rest(twilio.api_base).listed(Resource.MESSAGES, TO, 60), Unknown)


@pytest.mark.parametrize("trouble", [Trouble.DOWN, Trouble.DROPPED, Trouble.SILENT, Trouble.BUSY])
async def test_a_list_that_does_not_come_says_nothing(trouble: Trouble) -> None:
    async with running_twilio(Callbacks.NONE) as twilio:
        twilio.list_troubles += [trouble, trouble]  # aiohttp repeats a GET
        outcome = await rest(twilio.api_base, patience_s=0.2).listed(Resource.MESSAGES, TO, 60)
        assert isinstance(outcome, Unknown)
        assert outcome.why.startswith("Twilio cannot be asked: ")


@pytest.mark.parametrize(
    ("status", "text"),
    [
        *((200, "<html>"), (200, '{"messages": 1}'), (200, '{"messages": [{"sid": 1}]}'), (401, "{}"), (302, ""), (204, "")),
        (200, '{"messages": [{"sid": "SM1"}], "next_page_uri": "//evil.example/2010-04-01/"}'),
        (200, '{"messages": [{"sid": "SM1"}], "next_page_uri": "@evil.example/"}'),
    ],
)
async def test_a_list_that_cannot_be_read_says_nothing(status: int, text: str) -> None:
    async with receiving() as receiver:
        receiver.answers(status, {"Location": "/x"}, text)
        assert isinstance(await rest(receiver.url).listed(Resource.MESSAGES, TO, 60), Unknown)
        assert len(receiver.asked) == 1


async def test_a_list_without_a_date_says_nothing() -> None:
    async with broken(Broken(after=b'HTTP/1.1 200 OK\r\nContent-Length: 15\r\n\r\n{"messages":[]}')) as server:
        assert isinstance(await rest(server.url).listed(Resource.MESSAGES, TO, 60), Unknown)


async def test_how_something_stands_is_told() -> None:
    async with running_twilio(Callbacks.NONE) as twilio:
        outcome = await sent(twilio)
        assert isinstance(outcome, Sent)
        asked = rest(twilio.api_base)
        assert await asked.standing(Resource.MESSAGES, outcome.reference) == Standing(status="queued", fate=Fate.PENDING)
        await twilio.messages[0].become("undelivered", 30003)
        assert await asked.standing(Resource.MESSAGES, outcome.reference) == Standing(
            status="undelivered", fate=Fate.FAILED, code=30003
        )
        await twilio.messages[0].become("pondering")
        assert await asked.standing(Resource.MESSAGES, outcome.reference) == Standing(status="pondering", fate=None)


@pytest.mark.parametrize("sid", ["", "SM" + "0" * 32, "SM1", "../Calls", "SM" + "0" * 31 + "/", "SM" + "0" * 32 + "?x=1"])
async def test_what_twilio_does_not_know_stands_nowhere(sid: str) -> None:
    async with running_twilio(Callbacks.NONE) as twilio:
        assert await rest(twilio.api_base).standing(Resource.MESSAGES, sid) is None
        assert len(twilio.requests) == (1 if sid == "SM" + "0" * 32 else 0)


async def test_a_server_that_does_not_answer_does_not_say_how_it_stands() -> None:
    async with broken(silent()) as server:
        assert await rest(server.url, patience_s=0.2).standing(Resource.MESSAGES, "SM" + "0" * 32) is None


# ---------------------------------------------------------------------------------------------------- small things


def test_every_state_of_twilios_own_list_means_something() -> None:
    messages = "queued sending sent failed delivered undelivered accepted scheduled read partially_delivered canceled"
    calls = "queued ringing in-progress completed busy failed no-answer canceled"
    assert set(messages.split()) | set(calls.split()) <= set(FATES)


@pytest.mark.parametrize("text", ["+352621000001", "+14155552671", "+4915112345678"])
def test_a_number_is_international(text: str) -> None:
    assert is_number(text)


@pytest.mark.parametrize(
    "text",
    ["", "621000001", "00352621000001", "+0352621", "+352 621 000 001", "+352621000001\n", "whatsapp:+352621000001", "+٣٥٢٦٢١٠٠٠"],
)
def test_anything_else_is_none(text: str) -> None:
    assert not is_number(text)


def test_a_number_is_never_shown_whole() -> None:
    assert masked("+352621000001") == "+352…01"
    assert masked("+1234567") == masked("") == "…"


def test_a_token_is_never_shown() -> None:
    account = TwilioAccount(account_sid=ACCOUNT, auth_token=TOKEN, number=NUMBER, public_base="https://public.example/")
    assert TOKEN not in repr(account)
    assert account.callback("17", "status") == "https://public.example/telephony/alerts/17/status"
    assert account.callback("a/b?c", "voice") == "https://public.example/telephony/alerts/a%2Fb%3Fc/voice"
