"""Alerts as JSON to somebody's own program: signed, so that forged ones are told, and numbered, so that repetitions are.

The signature is ``v1=`` and the hexadecimal HMAC-SHA256 of ``{timestamp}.{body}`` under the shared secret: a receiver compares it
and refuses timestamps that are older than a few minutes. What is sent again has the same id. The receiver's answer is read for its
status only; redirects are not followed.
"""

from __future__ import annotations

import hashlib
import hmac
from dataclasses import dataclass, field
from datetime import UTC
from typing import TYPE_CHECKING, Any, Final

import msgspec
from yarl import URL

from alerts.core.delivery import Outcome, Unknown
from alerts.destinations import PublicResolver
from alerts.outbound import Http, judge
from alerts.plain import lines, one_line

if TYPE_CHECKING:
    from datetime import datetime

    from alerts.core.delivery import Fact, Message
    from monitor.core.clock import Clock

PATIENCE_S: Final = 10.0
MOST_READ: Final = 4096
"""Bytes of an answer that are read."""
_LINE: Final = 500
_TEXT: Final = 20_000


@dataclass(frozen=True, slots=True, kw_only=True)
class WebhookSigner:
    """The secret that receivers share with us; empty: nothing is signed."""

    secret: str = field(default="", repr=False)

    def sign(self, timestamp: str, body: bytes) -> str:
        """Return the signature of `body` at `timestamp` (seconds since 1970)."""
        return "v1=" + hmac.new(self.secret.encode(), timestamp.encode() + b"." + body, hashlib.sha256).hexdigest()


class Webhook:
    """`alerts.core.delivery.Channel` by HTTP POST."""

    def __init__(
        self,
        signer: WebhookSigner,
        clock: Clock,
        *,
        public_only: bool,
        patience_s: float = PATIENCE_S,
        resolver: PublicResolver | None = None,
    ) -> None:
        """Sign with `signer` and wait `patience_s` for everything.

        Args:
            signer: holds the secret.
            clock: tells the timestamp.
            public_only: that the addresses come from a page and must be public ones; those of the configuration may be any.
            patience_s: seconds for the whole request.
            resolver: judges addresses instead of the usual one, where `public_only`.
        """
        guard = (resolver or PublicResolver()) if public_only else None
        self._http = Http(patience_s=patience_s, largest=MOST_READ, resolver=guard)
        self._signer = signer
        self._clock = clock

    async def send(self, message: Message) -> Outcome:
        """Post the message to its address; a repetition does no harm, so what may have been received is a `Retry`."""
        body = msgspec.json.encode(_payload(message))
        timestamp = str(int(self._clock.now().timestamp()))
        headers = {
            "Content-Type": "application/json",
            "X-Bornewatch-Id": one_line(message.id, _LINE),
            "X-Bornewatch-Timestamp": timestamp,
        }
        if self._signer.secret:
            headers["X-Bornewatch-Signature"] = self._signer.sign(timestamp, body)
        reply = await self._http.post(message.to, body, headers)
        return judge(reply, f"the webhook at {_host(message.to)}", repeatable=True)

    async def ask(self, message: Message, since: datetime | None = None) -> Outcome:
        """Return `Unknown`: a receiver cannot be asked, but told again."""
        del since
        return Unknown(why=f"the webhook at {_host(message.to)} cannot be asked")


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
