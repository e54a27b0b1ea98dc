"""Notifications by ntfy."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest
from aiohttp import web

from alerts.channels.ntfy import Ntfy
from alerts.core.delivery import Channel, Rejected, Retry, Sent, Server, Unknown
from alerts.core.severity import Severity
from monitor.runtime.clock import SystemClock
from tests.alerts.channels.messages import HOSTILE, message
from tests.support.broken_servers import Broken, broken, closing, free_port, silent
from tests.support.receivers import receiving

if TYPE_CHECKING:
    from datetime import datetime

    from tests.support.receivers import Asked, Receiver

TOKEN = "tk_secret"


def ntfy(receiver: Receiver | None = None, *, patience_s: float = 5, public_only: bool = False) -> Ntfy:
    servers = [Server(url=f"{receiver.url}/", secret=TOKEN)] if receiver else []
    return Ntfy(servers, SystemClock(), public_only=public_only, patience_s=patience_s, settle_s=0.05)


class Keeper:
    """What a server keeps, and shows to whoever polls."""

    def __init__(self, *, loses: int = 0) -> None:
        self.kept: list[dict[str, object]] = []
        self.loses = loses

    def __call__(self, asked: Asked) -> web.Response:
        if asked.method == "GET":
            text = json.dumps({"event": "open"}) + "\nno json\n" + "".join(json.dumps(one) + "\n" for one in self.kept)
            return web.Response(text=text)
        note = asked.json
        self.kept.append({"id": f"n{len(self.kept)}", "time": int(SystemClock().now().timestamp()), "event": "message", **note})
        if self.loses:
            self.loses -= 1
            return web.Response(status=502)
        return web.json_response(self.kept[-1])


async def test_a_page_rings_through_silence() -> None:
    async with receiving() as receiver:
        receiver.answer = Keeper()
        assert await ntfy(receiver).send(message(to=f"{receiver.url}/bornes")) == Sent(reference="n0")
        asked = receiver.last
        assert (asked.method, asked.path, asked.headers["Content-Type"]) == ("POST", "/", "application/json")
        assert asked.json == {
            "topic": "bornes",
            "title": "CP2500 offline",
            "message": "CP2500 at Brill is offline since 08:02.\nParty: grid",
            "priority": 5,
            "tags": ["rotating_light"],
            "click": "https://watch.example/alerts/17",
        }


@pytest.mark.parametrize(
    ("severity", "over", "priority", "tag"),
    [
        (Severity.PAGE, False, 5, "rotating_light"),
        (Severity.TICKET, False, 3, "warning"),
        (Severity.INFO, False, 2, "information_source"),
        (Severity.PAGE, True, 3, "white_check_mark"),
        (Severity.INFO, True, 2, "white_check_mark"),
    ],
)
async def test_how_much_it_presses_is_heard(severity: Severity, over: bool, priority: int, tag: str) -> None:
    async with receiving() as receiver:
        await ntfy().send(message(to=f"{receiver.url}/bornes", severity=severity, over=over))
        assert (receiver.last.json["priority"], receiver.last.json["tags"]) == (priority, [tag])


async def test_only_its_own_server_is_shown_a_token() -> None:
    async with receiving() as receiver, receiving() as other:
        channel = ntfy(receiver)
        await channel.send(message(to=f"{receiver.url}/bornes"))
        await channel.send(message(to=f"{other.url}/bornes"))
        assert receiver.last.headers["Authorization"] == f"Bearer {TOKEN}"
        assert "Authorization" not in other.last.headers
        assert TOKEN not in repr(Server(url="https://ntfy.example", secret=TOKEN))


async def test_hostile_words_stay_words_and_fit() -> None:
    async with receiving() as receiver:
        receiver.answer = Keeper()
        told = message(to=f"{receiver.url}/bornes", title=HOSTILE, text="\U0001f4a5" * 10_000, url=HOSTILE)
        assert isinstance(await ntfy().send(told), Sent)
        note = receiver.last.json
        assert "\n" not in note["title"]
        assert len(note["message"].encode()) <= 4096
        assert "click" not in note


async def test_the_short_line_stands_in_for_a_text() -> None:
    async with receiving() as receiver:
        await ntfy().send(message(to=f"{receiver.url}/bornes", title="", text=""))
        assert receiver.last.json["title"] == receiver.last.json["message"] == "CP2500 is offline since 08:02, power"


@pytest.mark.parametrize(
    "to",
    [
        "",
        "bornes",
        "https://ntfy.example",
        "https://ntfy.example/",
        "https://ntfy.example/a/b",
        "ftp://ntfy.example/a",
        "https://[::1",
    ],
)
async def test_what_is_no_topic_is_refused(to: str) -> None:
    assert isinstance(await ntfy().send(message(to=to)), Rejected)
    assert isinstance(await ntfy().ask(message(to=to)), Rejected)


@pytest.mark.parametrize("topic", ["a b", "é", "a" * 65, "a%0d%0ab"])
async def test_what_ntfy_takes_for_no_topic_is_refused(topic: str) -> None:
    assert isinstance(await ntfy().send(message(to=f"https://ntfy.example/{topic}")), Rejected)


@pytest.mark.parametrize(
    ("status", "outcome"),
    [
        (401, Rejected(why="ntfy answered 401: check the credentials in the configuration")),
        (403, Rejected(why="ntfy answered 403: check the credentials in the configuration")),
        (404, Rejected(why="ntfy answered 404")),
        (413, Rejected(why="ntfy answered 413")),
        (429, Retry(why="ntfy answered 429")),
        (500, Unknown(why="ntfy answered 500")),
        (507, Unknown(why="ntfy answered 507")),
    ],
)
async def test_what_it_answers_counts(status: int, outcome: object) -> None:
    async with receiving() as receiver:
        receiver.answers(status)
        assert await ntfy().send(message(to=f"{receiver.url}/bornes")) == outcome


async def test_an_answer_that_cannot_be_read_is_an_answer() -> None:
    async with receiving() as receiver:
        receiver.answers(200, text="<html>")
        assert await ntfy().send(message(to=f"{receiver.url}/bornes")) == Sent()


async def test_what_was_lost_half_way_is_unknown() -> None:
    for server in (silent(), closing()):
        async with broken(server):
            assert isinstance(await ntfy(patience_s=0.2).send(message(to=f"{server.url}/bornes")), Unknown)
    assert isinstance(await ntfy().send(message(to=f"http://127.0.0.1:{free_port()}/bornes")), Retry)


async def test_what_the_server_keeps_was_sent() -> None:
    async with receiving() as receiver:
        receiver.answer = Keeper(loses=1)
        channel, told = ntfy(receiver), message(to=f"{receiver.url}/bornes")
        assert isinstance(await channel.send(told), Unknown)
        assert await channel.ask(told) == Sent(reference="n0")
        assert (receiver.last.method, receiver.last.path) == ("GET", "/bornes/json?poll=1&since=24h")
        assert receiver.last.headers["Authorization"] == f"Bearer {TOKEN}"


async def test_what_the_server_has_not_got_is_tried_again() -> None:
    async with receiving() as receiver:
        keeper = receiver.answer = Keeper()
        channel, told = ntfy(), message(to=f"{receiver.url}/bornes")
        receiver.answers(500)
        assert isinstance(await channel.send(told), Unknown)
        receiver.answer = keeper
        await channel.send(message(id="18", to=told.to, text="of another one"))
        assert await channel.ask(told) == Retry(why="ntfy has not got it")


async def test_the_same_words_of_an_hour_ago_are_another_message() -> None:
    async with receiving() as receiver:
        keeper = Keeper()
        told = message(to=f"{receiver.url}/bornes")
        receiver.answer = keeper
        await ntfy().send(told)
        hour_ago: int = keeper.kept[0]["time"]  # type: ignore[assignment]
        keeper.kept[0]["time"] = hour_ago - 3600
        assert await ntfy().ask(told, since=SystemClock().now()) == Retry(why="ntfy has not got it")
        assert await ntfy().ask(told, since=_hours_ago(2)) == Sent(reference="n0")
        assert await ntfy().ask(told) == Sent(reference="n0")


def _hours_ago(hours: float) -> datetime:
    return SystemClock().now() - timedelta(hours=hours)


@pytest.mark.parametrize("status", [401, 403, 404, 500])
async def test_a_topic_that_cannot_be_read_says_nothing(status: int) -> None:
    async with receiving() as receiver:
        receiver.answers(status)
        assert isinstance(await ntfy().ask(message(to=f"{receiver.url}/bornes")), Unknown)


async def test_a_server_without_a_clock_says_nothing() -> None:
    async with broken(Broken(after=b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n")) as server:
        assert isinstance(await ntfy().ask(message(to=f"{server.url}/bornes")), Unknown)


async def test_a_server_that_does_not_answer_says_nothing() -> None:
    async with broken(silent()) as server:
        assert isinstance(await ntfy(patience_s=0.2).ask(message(to=f"{server.url}/bornes")), Unknown)


async def test_an_address_from_a_page_must_be_public() -> None:
    async with receiving() as receiver:
        assert isinstance(await ntfy(public_only=True).send(message(to=f"{receiver.url}/bornes")), Rejected)
        assert receiver.asked == []


def test_it_is_a_channel() -> None:
    channel: Channel = ntfy()
    assert channel
