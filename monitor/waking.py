"""Waking a SOAP station on GPRS by a short message (OCPP-S 1.6 §5), through Twilio's API.

What the message says does not matter, its arrival does: the station then sends a heartbeat from the address that it has now.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import aiohttp
import structlog

if TYPE_CHECKING:
    from monitor.settings import TwilioSettings

log = structlog.get_logger("waking")

PATIENCE_S: Final = 15.0
TEXT: Final = "wake"


class TwilioWaker:
    """`monitor.commands.ports.Waker` by Twilio's Messages resource."""

    def __init__(self, settings: TwilioSettings) -> None:
        """Send as the account of `settings`."""
        self._url = f"{settings.api_base.rstrip('/')}/2010-04-01/Accounts/{settings.account_sid}/Messages.json"
        self._auth = aiohttp.encode_basic_auth(settings.account_sid, settings.auth_token.get_secret_value())
        self._from = settings.from_

    async def wake(self, number: str) -> bool:
        """Send a message to `number`; return whether it was taken."""
        form = {"To": number, "From": self._from, "Body": TEXT}
        timeout = aiohttp.ClientTimeout(total=PATIENCE_S)
        try:
            async with (
                aiohttp.ClientSession(timeout=timeout) as http,
                http.post(self._url, data=form, headers={"Authorization": self._auth}, allow_redirects=False) as answer,
            ):
                taken = answer.status == 201  # noqa: PLR2004  (Created: it is queued)
                if not taken:
                    log.warning("a waking message was not taken", status=answer.status)
                return taken
        except (aiohttp.ClientError, OSError, TimeoutError) as error:
            log.warning("a waking message could not be sent", error=str(error) or type(error).__name__)
            return False
