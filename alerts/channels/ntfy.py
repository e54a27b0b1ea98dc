"""Notifications to telephones through a server that speaks the ntfy protocol (docs.ntfy.sh/publish, "Publish as JSON").

An address is a topic, ``https://ntfy.example/topic``; the JSON goes to the server's root. ntfy knows no repetitions, so a lost
answer is `Unknown`, and `ask` looks through what the server still keeps for the topic. Nothing can be acknowledged by ntfy itself:
a tap opens the message's page.
"""

from __future__ import annotations

import re
from http import HTTPStatus
from typing import TYPE_CHECKING, Any, Final, TypeVar

import msgspec
from yarl import URL

from alerts.attempts import DAY_S, SETTLE_S, Attempts
from alerts.core.delivery import Outcome, Rejected, Retry, Sent, Unknown
from alerts.core.severity import Severity
from alerts.destinations import PublicResolver
from alerts.outbound import Answered, Http, instant, judge
from alerts.plain import lines, one_line

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from datetime import datetime

    from alerts.core.delivery import Message, Server
    from monitor.core.clock import Clock

T = TypeVar("T")

PATIENCE_S: Final = 10.0
_TOPIC: Final = re.compile(r"[-_A-Za-z0-9]{1,64}")
_MOST_BYTES: Final = 4000
"""Of a text; from 4,096 on ntfy makes an attachment of it."""
_TITLE: Final = 250
_LARGEST: Final = 1024 * 1024
_SLACK_S: Final = 2
"""ntfy's times are whole seconds."""
_PRIORITY: Final = {Severity.PAGE: 5, Severity.TICKET: 3, Severity.INFO: 2}
"""5 rings through silence, 3 is a plain notification, 2 makes no sound. What is over is plain at most."""
_TAGS: Final = {Severity.PAGE: "rotating_light", Severity.TICKET: "warning", Severity.INFO: "information_source"}
_OVER: Final = "white_check_mark"


class _Notification(msgspec.Struct, frozen=True):
    id: str = ""
    time: int = 0
    event: str = ""
    title: str = ""
    message: str = ""


class Ntfy:
    """`alerts.core.delivery.Channel` by ntfy."""

    def __init__(
        self,
        servers: Iterable[Server],
        clock: Clock,
        *,
        public_only: bool = False,
        patience_s: float = PATIENCE_S,
        settle_s: float = SETTLE_S,
    ) -> None:
        """Publish on any server, with the token of one of `servers` (its secret); `public_only`: the addresses come from a page."""
        guard = PublicResolver() if public_only else None
        self._http = Http(patience_s=patience_s, largest=_LARGEST, resolver=guard)
        self._attempts = Attempts(clock)
        self._settle_s = settle_s
        self.know(servers)

    def know(self, servers: Iterable[Server]) -> None:
        """Use the tokens of these from now on."""
        self._tokens = {_place(URL(server.url)): server.secret for server in servers}

    async def send(self, message: Message) -> Outcome:
        """Publish the message on the topic that it is addressed to."""
        try:
            server, topic = _read_address(message.to)
        except ValueError as error:
            return Rejected(why=str(error))
        body = msgspec.json.encode(_payload(message, topic))
        self._attempts.begin(message.id, message.to)
        reply = await self._http.post(f"{server}/", body, {"Content-Type": "application/json", **self._credentials(server)})
        outcome = judge(reply, "ntfy")
        if isinstance(outcome, Sent) and isinstance(reply, Answered):
            taken = _decode(reply.body, _Notification)
            outcome = Sent(reference="" if taken is None else taken.id)
        self._note(message, outcome)
        return outcome

    async def ask(self, message: Message, since: datetime | None = None) -> Outcome:
        """Look for the same words among what the server keeps for the topic; `since`: when it was first sent, after a restart."""
        try:
            server, topic = _read_address(message.to)
        except ValueError as error:
            return Rejected(why=str(error))
        await self._attempts.rest(message.id, self._settle_s)
        age_s = self._attempts.age_s(message.id, since)
        reply = await self._http.get(f"{server}/{topic}/json?poll=1&since=24h", self._credentials(server))
        if not isinstance(reply, Answered) or reply.status != HTTPStatus.OK or len(reply.body) >= _LARGEST:
            return Unknown(why="ntfy does not show what it keeps")
        now = instant(reply.headers.get("Date"))
        if now is None:
            return Unknown(why="ntfy does not say what time it has")
        begun = now.timestamp() - (DAY_S if age_s is None else age_s) - _SLACK_S
        wanted = _payload(message, topic)
        outcome: Outcome = Retry(why="ntfy has not got it")
        for kept in _kept(reply.body):
            if kept.time >= begun and (kept.title, kept.message) == (wanted["title"], wanted["message"]):
                outcome = Sent(reference=kept.id)
        self._note(message, outcome)
        return outcome

    def _credentials(self, server: str) -> dict[str, str]:
        token = self._tokens.get(_place(URL(server)))
        return {"Authorization": f"Bearer {token}"} if token else {}

    def _note(self, message: Message, outcome: Outcome) -> None:
        if isinstance(outcome, Unknown):
            self._attempts.give_up(message.id)
        else:
            self._attempts.settle(message.id)


def _origin(url: URL) -> str:
    return str(url.origin())


def _place(url: URL) -> tuple[object, ...]:
    """Return what tells a server from another one, however its address is written."""
    return url.scheme, url.host, url.port


def _read_address(text: str) -> tuple[str, str]:
    """Return the server and the topic of an address.

    Raises:
        ValueError: when it is none.
    """
    try:
        url = URL(text)
        server, topic = _origin(url), url.path.removeprefix("/")
    except ValueError:
        server, topic = "", ""
    if not server.startswith("http") or not _TOPIC.fullmatch(topic):
        raise ValueError("the address is no topic of ntfy: write https://SERVER/TOPIC, the topic in letters, digits, - and _")
    return server, topic


def _payload(message: Message, topic: str) -> dict[str, Any]:
    title = one_line(message.title or message.short, _TITLE)
    text = lines(message.text or message.short or message.title, _MOST_BYTES)
    while len(text.encode()) > _MOST_BYTES:
        text = lines(text, len(text) * 9 // 10)
    payload: dict[str, Any] = {
        "topic": topic,
        "title": title,
        "message": text,
        "priority": min(_PRIORITY[message.severity], 3) if message.over else _PRIORITY[message.severity],
        "tags": [_OVER if message.over else _TAGS[message.severity]],
    }
    if message.url.startswith(("https://", "http://")):
        payload["click"] = one_line(message.url, _TITLE * 4)
    return payload


def _kept(body: bytes) -> Iterator[_Notification]:
    for line in body.splitlines():
        kept = _decode(line, _Notification)
        if kept is not None and kept.event == "message":
            yield kept


def _decode(body: bytes, kind: type[T]) -> T | None:
    try:
        return msgspec.json.decode(body, type=kind)
    except (msgspec.DecodeError, ValueError):
        return None
