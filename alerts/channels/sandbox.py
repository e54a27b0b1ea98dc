"""The canary's channel: takes its message as a provider does, calls back, signed, at the public listener, and tells nobody.

It calls our listener itself and not its public address: whether a proxy in front leads there is seen by whoever uses it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final
from urllib.parse import urlencode

from alerts.core.canary import NAME
from alerts.core.delivery import Channel, Outcome, Retry
from alerts.outbound import Http, judge
from monitor.runtime.signatures import sign, signed_address

if TYPE_CHECKING:
    from datetime import datetime

    from alerts.core.delivery import Message

_ANY: Final = {"0.0.0.0": "127.0.0.1", "[::]": "[::1]"}  # noqa: S104  (nothing listens here)
"""Addresses that mean all of ours, and one of them."""


class Sandbox(Channel):
    """Takes what is for the canary, and hands all else to `real`."""

    def __init__(self, real: Channel, public_base: str, token: str) -> None:
        """Sign with `token`, over addresses below `public_base`; `listens` must follow."""
        self._real = real
        self._base = public_base
        self._token = token
        self._near = ""
        self._http = Http()

    def listens(self, address: str, port: int) -> None:
        """Know that the public listener is at `address` (HOST:PORT as configured), and which port that is."""
        host = address.rpartition(":")[0]
        self._near = f"http://{_ANY.get(host, host)}:{port}"

    async def send(self, message: Message) -> Outcome:
        """Call back that the message has arrived; it was taken if that was."""
        if message.to != NAME:
            return await self._real.send(message)
        path = f"/telephony/alerts/{message.id}/status"
        form = {"MessageSid": f"canary-{message.id}", "MessageStatus": "delivered"}
        headers = {
            "Content-Type": "application/x-www-form-urlencoded",
            "X-Twilio-Signature": sign(signed_address(self._base, path), form, self._token),
        }
        reply = await self._http.post(self._near + path, urlencode(form).encode(), headers)
        return judge(reply, "the public listener", repeatable=True)

    async def ask(self, message: Message, since: datetime | None = None) -> Outcome:
        """Return `Retry` for the canary's: calling back once more does no harm."""
        return Retry(why="it is sent again") if message.to == NAME else await self._real.ask(message, since)
