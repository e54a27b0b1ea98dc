"""Alerts to somebody's own program."""

from __future__ import annotations

import hashlib
import hmac
import json
from typing import TYPE_CHECKING

import pytest
from aiohttp import web

from alerts.channels.webhook import Webhook
from alerts.core.delivery import Channel, Rejected, Retry, Sent, Server, Unknown
from alerts.core.severity import Severity
from alerts.destinations import PublicResolver
from tests.alerts.channels.messages import HOSTILE, fact, later, message
from tests.support.broken_servers import broken, closing, free_port, silent
from tests.support.clocks import START, SetClock
from tests.support.receivers import receiving
from tests.support.resolvers import Names

if TYPE_CHECKING:
    from tests.support.receivers import Asked

SECRET = "s3cret"


class Everywhere(dict[str, Server]):
    """Receivers whose names are their addresses."""

    def __init__(self, secret: str = "") -> None:
        self._secret = secret

    def __missing__(self, url: str) -> Server:
        return Server(url=url, secret=self._secret)


def webhook(*, secret: str = SECRET, public_only: bool = False, patience_s: float = 5, names: Names | None = None) -> Webhook:
    resolver = PublicResolver(names) if names is not None else None
    return Webhook(Everywhere(secret), SetClock(), public_only=public_only, patience_s=patience_s, resolver=resolver)


def verified(asked: Asked, secret: str = SECRET) -> bool:
    """Check a request as the documentation tells a receiver to."""
    said = asked.headers["X-Bornewatch-Timestamp"].encode() + b"." + asked.body
    good = "v1=" + hmac.new(secret.encode(), said, hashlib.sha256).hexdigest()
    return hmac.compare_digest(good, asked.headers["X-Bornewatch-Signature"])


async def test_it_says_what_happened_in_json() -> None:
    async with receiving() as receiver:
        told = message(to=f"{receiver.url}/hook?k=1", severity=Severity.TICKET, facts=(fact(), fact(until=later(30))))
        assert await webhook().send(told) == Sent()
        asked = receiver.last
        assert (asked.method, asked.path, asked.headers["Content-Type"]) == ("POST", "/hook?k=1", "application/json")
        labels = {"alertname": "borne-offline", "station": "CP2500", "severity": "page"}
        annotations = {"summary": "CP2500 offline"}
        assert asked.json == {
            "id": "17",
            "thread": "breach-9",
            "severity": "ticket",
            "over": False,
            "title": "CP2500 offline",
            "text": "CP2500 at Brill is offline since 08:02.\nParty: grid",
            "url": "https://watch.example/alerts/17",
            "alerts": [
                {"labels": labels, "annotations": annotations, "startsAt": "2026-05-04T06:02:00Z", "endsAt": None},
                {
                    "labels": labels,
                    "annotations": annotations,
                    "startsAt": "2026-05-04T06:02:00Z",
                    "endsAt": "2026-05-04T06:32:00Z",
                },
            ],
        }


async def test_a_receiver_can_tell_it_from_a_forged_one() -> None:
    async with receiving() as receiver:
        await webhook().send(message(to=receiver.url))
        asked = receiver.last
        assert verified(asked)
        assert not verified(asked, "another")
        assert asked.headers["X-Bornewatch-Timestamp"] == str(int(START.timestamp()))
        assert asked.headers["X-Bornewatch-Id"] == "17"
        assert SECRET not in repr(asked)
        assert SECRET not in repr(Server(url=receiver.url, secret=SECRET))


async def test_without_a_secret_nothing_is_signed() -> None:
    async with receiving() as receiver:
        assert await webhook(secret="").send(message(to=receiver.url)) == Sent()
        assert "X-Bornewatch-Signature" not in receiver.last.headers


async def test_a_repetition_is_told_by_its_id() -> None:
    async with receiving() as receiver:
        receiver.answers(503)
        assert isinstance(await webhook().send(message(to=receiver.url)), Retry)
        receiver.answers(200)
        assert await webhook().send(message(to=receiver.url)) == Sent()
        assert len({asked.headers["X-Bornewatch-Id"] for asked in receiver.asked}) == 1


async def test_hostile_words_stay_words() -> None:
    async with receiving() as receiver:
        told = message(
            to=receiver.url,
            id=HOSTILE,
            title=HOSTILE,
            text=HOSTILE,
            thread=HOSTILE,
            url=HOSTILE,
            facts=(fact(labels={HOSTILE: HOSTILE}),),
        )
        assert await webhook().send(told) == Sent()
        asked = receiver.last
        assert "Bcc" not in asked.headers
        assert asked.json["title"].startswith("CP2500 Bcc: x@evil.example <Hangup/>")
        assert "\n" not in asked.json["title"]
        assert verified(asked)


@pytest.mark.parametrize("status", [200, 201, 202, 204])
async def test_2xx_is_sent(status: int) -> None:
    async with receiving() as receiver:
        receiver.answers(status)
        assert await webhook().send(message(to=receiver.url)) == Sent()


@pytest.mark.parametrize("status", [408, 425, 429, 500, 502, 503, 504])
async def test_what_may_pass_is_tried_again(status: int) -> None:
    async with receiving() as receiver:
        receiver.answers(status, {"Retry-After": "11"})
        assert await webhook().send(message(to=receiver.url)) == Retry(
            why=f"the webhook at 127.0.0.1 answered {status}", after_s=11
        )


@pytest.mark.parametrize("status", [400, 401, 403, 404, 405, 409, 410, 422])
async def test_what_will_not_pass_is_not(status: int) -> None:
    async with receiving() as receiver:
        receiver.answers(status, text=SECRET * 10_000)
        outcome = await webhook().send(message(to=f"{receiver.url}/T0KEN"))
        assert isinstance(outcome, Rejected)
        assert outcome.why.startswith(f"the webhook at 127.0.0.1 answered {status}")
        assert "T0KEN" not in outcome.why


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
async def test_no_redirect_is_followed(status: int) -> None:
    async with receiving() as receiver, receiving() as inside:
        receiver.answers(status, {"Location": f"{inside.url}/latest/meta-data/"})
        outcome = await webhook().send(message(to=receiver.url))
        assert isinstance(outcome, Rejected)
        assert "redirects are not followed" in outcome.why
        assert inside.asked == []


async def test_a_lost_answer_is_tried_again_because_the_receiver_knows_the_id() -> None:
    for server in (silent(), closing()):
        async with broken(server):
            outcome = await webhook(patience_s=2.0).send(message(to=f"{server.url}/T0KEN"))
            assert isinstance(outcome, Retry)
            assert "T0KEN" not in outcome.why
            assert json.loads(server.heard.partition(b"\r\n\r\n")[2])["id"] == "17"


async def test_nobody_there_is_tried_again() -> None:
    assert isinstance(await webhook().send(message(to=f"http://127.0.0.1:{free_port()}/")), Retry)


async def test_it_cannot_be_asked() -> None:
    assert await webhook().ask(message(to="glue")) == Unknown(why="the webhook 'glue' cannot be asked")


async def test_a_receiver_is_told_by_its_name_where_it_is_now_and_no_other() -> None:
    async with receiving() as first, receiving() as second:
        channel = Webhook({"glue": Server(url=first.url, secret="one")}, SetClock())
        assert await channel.send(message(to="glue")) == Sent()
        channel.know({"glue": Server(url=f"{second.url}/moved", secret="two")})
        assert await channel.send(message(to="glue")) == Sent()
        assert (len(first.asked), second.last.path, verified(second.last, "two")) == (1, "/moved", True)
        channel.know({})
        assert await channel.send(message(to="glue")) == Rejected(why="alerts.toml has no webhook 'glue'")
        assert len(second.asked) == 1


async def test_an_address_from_a_page_must_be_public() -> None:
    async with receiving() as receiver:
        port = receiver.url.rpartition(":")[2]
        from_page = webhook(public_only=True, names=Names(["127.0.0.1"], ["::ffff:127.0.0.1"], ["169.254.169.254"], ["100.64.0.1"]))
        for host in ("127.0.0.1", "[::1]", "[::ffff:7f00:1]", "hook.example", "hook.example", "hook.example", "hook.example"):
            outcome = await from_page.send(message(to=f"http://{host}:{port}/"))
            assert isinstance(outcome, Rejected)
            assert "public" in outcome.why
        assert receiver.asked == []
        assert await webhook(public_only=False).send(message(to=receiver.url)) == Sent()


async def test_without_a_resolver_of_its_own_the_machines_is_asked() -> None:
    channel = Webhook(Everywhere(), SetClock(), public_only=True)
    assert isinstance(await channel.send(message(to="http://localhost/")), Rejected)


@pytest.mark.parametrize(
    "to", ["", "hook", "ftp://127.0.0.1/", "file:///etc/passwd", "http://[::1", "https://x\r\nX: y/", "http://\ud800/"]
)
async def test_what_is_no_address_is_refused(to: str) -> None:
    assert isinstance(await webhook().send(message(to=to)), Rejected)


async def test_it_is_a_channel() -> None:
    channel: Channel = webhook()
    async with receiving() as receiver:
        receiver.answer = lambda _: web.Response(status=200, text="x" * 1_000_000)
        assert await channel.send(message(to=receiver.url)) == Sent()
