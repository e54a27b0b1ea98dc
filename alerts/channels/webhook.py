"""Alerts as JSON to somebody's own program: signed, so that forged ones are told, and numbered, so that repetitions are.

The signature is ``v1=`` and the hexadecimal HMAC-SHA256 of ``{timestamp}.{body}`` under the shared secret: a receiver compares it
and refuses timestamps that are older than a few minutes. What is sent again has the same id. The receiver's answer is read for its
status only; redirects are not followed. A message is addressed to a receiver by its name: address and secret may change.
"""

from __future__ import annotations

import hashlib
import hmac
from datetime import UTC
from typing import TYPE_CHECKING, Any, Final

import msgspec
from yarl import URL

from alerts.core.delivery import Outcome, Rejected, Retry, Unknown
from alerts.destinations import PublicResolver
from alerts.outbound import Http, judge
from alerts.plain import lines, one_line

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from alerts.core.delivery import Fact, Message, Server
    from monitor.core.clock import Clock

PATIENCE_S: Final = 10.0
MOST_READ: Final = 4096
"""Bytes of an answer that are read."""
_LINE: Final = 500
_TEXT: Final = 20_000


def sign(secret: str, timestamp: str, body: bytes) -> str:
    """Return the signature of `body` at `timestamp` (seconds since 1970)."""
    return "v1=" + hmac.new(secret.encode(), timestamp.encode() + b"." + body, hashlib.sha256).hexdigest()


class Webhook:
    """`alerts.core.delivery.Channel` by HTTP POST."""

    def __init__(
        self,
        receivers: Mapping[str, Server],
        clock: Clock,
        *,
        public_only: bool = False,
        patience_s: float = PATIENCE_S,
        resolver: PublicResolver | None = None,
    ) -> None:
        """Tell `receivers`, and wait `patience_s` for everything.

        Args:
            receivers: who may be told, by name; without a secret nothing is signed.
            clock: tells the timestamp.
            public_only: that the addresses come from a page and must be public ones; those of the configuration may be any.
            patience_s: seconds for the whole request.
            resolver: judges addresses instead of the usual one, where `public_only`.
        """
        guard = (resolver or PublicResolver()) if public_only else None
        self._http = Http(patience_s=patience_s, largest=MOST_READ, resolver=guard)
        self._clock = clock
        self._receivers = receivers

    def know(self, receivers: Mapping[str, Server]) -> None:
        """Tell these from now on."""
        self._receivers = receivers

    async def send(self, message: Message) -> Outcome:
        """Post the message to its receiver; a repetition does no harm, so what may have been received is a `Retry`."""
        try:
            receiver = self._receivers[message.to]
        except KeyError:
            why = f"alerts.toml has no webhook {one_line(message.to, _LINE)!r}"
            return Retry(why=why) if message.by_hand else Rejected(why=why)  # nobody else is told of a letter
        body = msgspec.json.encode(_payload(message))
        timestamp = str(int(self._clock.now().timestamp()))
        headers = {
            "Content-Type": "application/json",
            "X-Bornewatch-Id": one_line(message.id, _LINE),
            "X-Bornewatch-Timestamp": timestamp,
        }
        if receiver.secret:
            headers["X-Bornewatch-Signature"] = sign(receiver.secret, timestamp, body)
        reply = await self._http.post(receiver.url, body, headers)
        return judge(reply, f"the webhook at {_host(receiver.url)}", repeatable=True)

    async def ask(self, message: Message, since: datetime | None = None) -> Outcome:
        """Return `Unknown`: a receiver cannot be asked, but told again."""
        del since
        return Unknown(why=f"the webhook {one_line(message.to, _LINE)!r} cannot be asked")


def _host(url: str) -> str:
    try:
        return URL(url).host or "?"
    except ValueError:
        return "?"


def _payload(message: Message) -> dict[str, Any]:
    return {
        "id": one_line(message.id, _LINE),
        "thread": one_line(message.thread, _LINE),
        "severity": message.severity,
        "over": message.over,
        "title": one_line(message.title, _LINE),
        "text": lines(message.text, _TEXT),
        "url": one_line(message.url, _LINE),
        "alerts": [_alert(fact) for fact in message.facts],
    }


def _alert(fact: Fact) -> dict[str, Any]:
    return {
        "labels": {one_line(name, _LINE): one_line(value, _LINE) for name, value in fact.labels.items()},
        "annotations": {one_line(name, _LINE): lines(value, _TEXT) for name, value in fact.annotations.items()},
        "startsAt": _utc(fact.since),
        "endsAt": None if fact.until is None else _utc(fact.until),
    }


def _utc(at: datetime) -> datetime:
    return at.astimezone(UTC)
