"""What the answers of other servers mean, over real and half-way broken connections."""

from __future__ import annotations

import asyncio
import ssl
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from alerts.core.delivery import Outcome, Rejected, Retry, Sent, Unknown
from alerts.destinations import PublicResolver
from alerts.outbound import Answered, Barred, Broken, Http, Reply, Unreached, instant, judge, retry_after
from tests.support.broken_servers import HEAD, broken, closing, free_port, silent
from tests.support.broken_servers import Broken as BrokenServer
from tests.support.certificates import make_files
from tests.support.receivers import receiving
from tests.support.resolvers import Names

if TYPE_CHECKING:
    from pathlib import Path

DATE = "Mon, 04 May 2026 06:00:00 GMT"


async def test_an_answer_is_read_as_far_as_wanted() -> None:
    async with receiving() as receiver:
        receiver.answers(201, {"X-One": "1"}, "a" * 10_000)
        reply = await Http(largest=4096).post(f"{receiver.url}/hook?a=1", b"body", {"X-Mine": "yes"})
        assert isinstance(reply, Answered)
        assert (reply.status, reply.headers["X-One"], len(reply.body)) == (201, "1", 4096)
        assert (receiver.last.method, receiver.last.path, receiver.last.body) == ("POST", "/hook?a=1", b"body")
        assert receiver.last.headers["X-Mine"] == "yes"
        assert receiver.last.headers["Accept-Encoding"] == "identity"


async def test_nothing_is_unpacked() -> None:
    async with broken(BrokenServer(after=HEAD + b"Content-Encoding: gzip\r\nContent-Length: 4\r\n\r\nzzzz")) as server:
        reply = await Http().get(server.url, {})
        assert isinstance(reply, Answered)
        assert reply.body == b"zzzz"


async def test_an_answer_without_end_is_cut() -> None:
    endless = BrokenServer(
        after=HEAD + b"Transfer-Encoding: chunked\r\n\r\n" + b"fff\r\n" + b"a" * 0xFFF + b"\r\nfff\r\n" + b"b" * 99, hangs=True
    )
    async with broken(endless) as server:
        reply = await Http(largest=4096, patience_s=0.3).get(server.url, {})
        assert isinstance(reply, Answered)
        assert len(reply.body) == 4096


async def test_a_body_that_breaks_off_does_not_take_the_status_back() -> None:
    for hangs in (False, True):
        async with broken(BrokenServer(after=HEAD + b"Content-Length: 100\r\n\r\nhalf", hangs=hangs)) as server:
            reply = await Http(patience_s=0.3).post(server.url, b"{}", {})
            assert isinstance(reply, Answered)
            assert (reply.status, reply.body) == (200, b"")


async def test_nobody_there_means_nothing_was_sent() -> None:
    reply = await Http().post(f"http://127.0.0.1:{free_port()}/", b"{}", {})
    assert isinstance(reply, Unreached)
    assert "no connection to 127.0.0.1" in reply.why


async def test_a_name_without_an_address_means_nothing_was_sent() -> None:
    reply = await Http(resolver=PublicResolver(Names())).post("http://nowhere.invalid/", b"{}", {})
    assert reply == Unreached(why="no connection to nowhere.invalid: [Errno -2] Name or service not known")


async def test_a_name_that_is_looked_up_for_ever_means_nothing_was_sent() -> None:
    names = Names()
    names.hangs = True
    reply = await Http(patience_s=5, connect_s=0.2, resolver=PublicResolver(names)).post("http://hook.example/", b"{}", {})
    assert reply == Unreached(why="no answer in time")


async def test_a_certificate_that_is_not_trusted_means_nothing_was_sent(tmp_path: Path) -> None:
    files = make_files(tmp_path)
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(files.certificate, files.key)
    async with receiving(tls=context) as receiver:
        reply = await Http().post(f"{receiver.url}/", b"{}", {})
        assert isinstance(reply, Unreached)
        assert "certificate of 127.0.0.1 is not trusted" in reply.why
        assert receiver.asked == []


async def test_a_handshake_that_is_never_finished_means_nothing_was_sent() -> None:
    async with broken(BrokenServer(hangs=True)) as server:
        reply = await Http(patience_s=0.4, connect_s=0.2).post(f"https://127.0.0.1:{server.port}/secret-path", b"{}", {})
        assert reply == Unreached(why="no answer in time")
        reply = await Http(patience_s=0.2, connect_s=9).post(f"https://127.0.0.1:{server.port}/secret-path", b"{}", {})
        assert reply == Unreached(why="no answer in time")


async def test_a_server_that_is_no_tls_server_means_nothing_was_sent() -> None:
    async with broken(BrokenServer(after=b"220 mail.test ESMTP\r\n")) as server:
        reply = await Http().post(f"https://127.0.0.1:{server.port}/", b"{}", {})
        assert isinstance(reply, Unreached)


async def test_a_server_that_never_answers_may_have_taken_it() -> None:
    async with broken(silent()) as server:
        reply = await Http(patience_s=0.2).post(f"{server.url}/secret-path", b'{"a":1}', {})
        assert reply == Broken(why="no answer in time")
        assert server.heard.endswith(b'{"a":1}')


async def test_a_connection_that_is_closed_may_have_carried_it() -> None:
    async with broken(closing()) as server:
        reply = await Http().post(server.url, b"{}", {})
        assert reply == Broken(why="the connection was closed without an answer")
        assert server.connections == 1


async def test_an_answer_that_is_no_http_may_have_followed_it() -> None:
    for said in (b"220 mail.test ESMTP\r\n\r\n", b"HTTP/1.1 20", b"\x00\xff" * 50):
        async with broken(BrokenServer(after=said)) as server:
            reply = await Http().post(f"{server.url}/secret-path", b"{}", {})
            assert isinstance(reply, Broken)
            assert "secret" not in reply.why


async def test_a_reset_may_have_followed_it() -> None:
    async with broken(BrokenServer(before=b"", after=None)) as server:
        reply = await Http().post(server.url, b"x" * 900_000, {})
        assert isinstance(reply, Broken)


async def test_a_redirect_is_an_answer_like_any_other() -> None:
    async with receiving() as receiver, receiving() as other:
        receiver.answers(307, {"Location": f"{other.url}/elsewhere"})
        reply = await Http().post(f"{receiver.url}/", b"{}", {})
        assert isinstance(reply, Answered)
        assert reply.status == 307
        assert other.asked == []


@pytest.mark.parametrize(
    "url",
    [
        *("", "hook", "ftp://127.0.0.1/", "file:///etc/passwd", "http://", "http:///x", "https://[::1", "http://127.0.0.1:99999/"),
        *(
            "http://127.0.0.1:0/",
            "http://a b/",
            "http://x\r\nHost: y/",
            "javascript:alert(1)",
            "http://" + "a" * 3000,
            "http://\ud800/",
        ),
        *("http://" + "a" * 300 + ".example/", "http://.../", "http://x..y/"),
    ],
)
async def test_what_is_no_address_is_an_outcome_too(url: str) -> None:
    reply = await Http(resolver=PublicResolver(Names())).post(url, b"{}", {})
    assert isinstance(reply, Barred | Unreached)


async def test_a_header_with_a_line_break_is_not_written() -> None:
    async with receiving() as receiver:
        reply = await Http().post(f"{receiver.url}/", b"{}", {"X-Mine": "a\r\nX-Yours: b"})
        assert isinstance(reply, Barred)
        assert receiver.asked == []


async def test_being_stopped_is_no_answer() -> None:
    async with broken(silent()) as server:
        task = asyncio.create_task(Http().post(server.url, b"{}", {}))
        while not server.heard:
            await asyncio.sleep(0.01)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task


# ---------------------------------------------------------------------------------------------------- judging


@pytest.mark.parametrize(
    ("reply", "once", "repeatable"),
    [
        (Answered(status=200), Sent(), Sent()),
        (Answered(status=204), Sent(), Sent()),
        (Answered(status=408), Retry(why="it answered 408"), Retry(why="it answered 408")),
        (Answered(status=425), Retry(why="it answered 425"), Retry(why="it answered 425")),
        (
            Answered(status=429, headers={"Retry-After": "9"}),
            Retry(why="it answered 429", after_s=9),
            Retry(why="it answered 429", after_s=9),
        ),
        (Answered(status=500), Unknown(why="it answered 500"), Retry(why="it answered 500")),
        (
            Answered(status=503, headers={"Retry-After": "9"}),
            Unknown(why="it answered 503"),
            Retry(why="it answered 503", after_s=9),
        ),
        (Answered(status=404), Rejected(why="it answered 404"), Rejected(why="it answered 404")),
        (Answered(status=410), Rejected(why="it answered 410"), Rejected(why="it answered 410")),
        (Unreached(why="gone"), Retry(why="it: gone"), Retry(why="it: gone")),
        (Broken(why="gone"), Unknown(why="it: gone"), Retry(why="it: gone")),
        (Barred(why="no"), Rejected(why="no"), Rejected(why="no")),
    ],
)
def test_an_answer_is_judged(reply: Reply, once: Outcome, repeatable: Outcome) -> None:
    assert judge(reply, "it") == once
    assert judge(reply, "it", repeatable=True) == repeatable


@pytest.mark.parametrize("status", [401, 403])
def test_refused_credentials_are_named(status: int) -> None:
    outcome = judge(Answered(status=status), "it")
    assert isinstance(outcome, Rejected)
    assert "check the credentials in the configuration" in outcome.why


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308, 304])
def test_a_redirect_is_refused(status: int) -> None:
    outcome = judge(Answered(status=status), "it", repeatable=True)
    assert isinstance(outcome, Rejected)
    assert "redirects are not followed" in outcome.why


@given(st.integers(100, 999), st.booleans())
def test_every_status_means_something(status: int, repeatable: bool) -> None:
    outcome = judge(Answered(status=status), "it", repeatable=repeatable)
    assert isinstance(outcome, Sent) is (200 <= status < 300)
    assert not (repeatable and isinstance(outcome, Unknown))


@pytest.mark.parametrize(
    ("said", "seconds"),
    [
        *(("7", 7), ("0", 0), (" 7 ", 7), ("7200", 3600), ("999999999999999999", None), ("", None), ("soon", None), ("-1", None)),
        *(
            ("1.5", None),
            ("Mon, 04 May 2026 06:00:30 GMT", 30),
            ("Mon, 04 May 2026 05:00:00 GMT", 0),
            ("Mon, 04 May 2037 05:00:00 GMT", 3600),
        ),
        *(("٧", None),),
    ],
)
def test_when_to_come_again_is_read(said: str, seconds: float | None) -> None:
    assert retry_after({"Retry-After": said, "Date": DATE}) == seconds


def test_a_date_to_come_again_needs_the_servers_own() -> None:
    assert retry_after({"Retry-After": DATE}) is None
    assert retry_after({"Retry-After": DATE, "Date": "yesterday"}) is None


def test_an_instant_without_a_zone_is_utc() -> None:
    assert instant("Mon, 04 May 2026 06:00:00 -0000") == datetime(2026, 5, 4, 6, tzinfo=UTC)
    assert instant("Mon, 04 May 2026 08:00:00 +0200") == datetime(2026, 5, 4, 6, tzinfo=UTC)
    assert instant(None) is None
