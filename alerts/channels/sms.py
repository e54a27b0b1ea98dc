"""Short messages through Twilio's Messages resource (REST API 2010-04-01).

Each ends in a tag made of the message's id: since Twilio knows no idempotency key, it is by the tag that a message whose
acceptance was not seen is found again in Twilio's list. The message is one line as it was worded elsewhere; what became of it
on the way to the telephone comes by call-back, to whoever listens there.
"""

from __future__ import annotations

import base64
import hashlib
from typing import TYPE_CHECKING, Final

from alerts.attempts import DAY_S, SETTLE_S, Attempts
from alerts.core.delivery import Outcome, Rejected, Retry, Sent, Unknown
from alerts.plain import one_line
from alerts.twilio_rest import PATIENCE_S, Resource, TwilioRest, is_number

if TYPE_CHECKING:
    from datetime import datetime

    from alerts.core.delivery import Message
    from alerts.twilio_rest import Standing, TwilioAccount
    from monitor.core.clock import Clock

LONGEST: Final = 150
"""Characters of the line; with the tag it fits one message of 160 in the GSM alphabet."""


def tag(message: str) -> str:
    """Return the tag of the message of that id: five letters and digits, which a telephone shows as they are."""
    return "#" + base64.b32encode(hashlib.sha256(message.encode("utf-8", "replace")).digest()).decode()[:5]


class Sms:
    """`alerts.core.delivery.Channel` by short message."""

    def __init__(
        self,
        account: TwilioAccount,
        clock: Clock,
        *,
        patience_s: float = PATIENCE_S,
        connect_s: float = 5.0,
        settle_s: float = SETTLE_S,
    ) -> None:
        """Send as `account`; wait `patience_s` for an answer, and ask `settle_s` after it did not come."""
        self._account = account
        self._rest = TwilioRest(account, patience_s=patience_s, connect_s=connect_s)
        self._attempts = Attempts(clock)
        self._settle_s = settle_s

    async def send(self, message: Message) -> Outcome:
        """Have Twilio queue the message."""
        line = one_line(message.short or message.title, LONGEST, "...")
        if not is_number(message.to):
            return Rejected(why="the number is not written as +, country, number")
        if not line:
            return Rejected(why="the message says nothing")
        form = (
            ("To", message.to),
            ("From", self._account.number),
            ("Body", f"{line} {tag(message.id)}"),
            ("StatusCallback", self._account.callback(message.id, "status")),
        )
        self._attempts.begin(message.id, message.to)
        outcome = await self._rest.create(Resource.MESSAGES, form)
        self._note(message, outcome)
        return outcome

    async def ask(self, message: Message, since: datetime | None = None) -> Outcome:
        """Look for the message in Twilio's list.

        Args:
            message: what was sent.
            since: when it was first sent; wanted after a restart only, and even then a day is looked back without it.

        Returns:
            `Sent` when it is there, `Retry` when it surely is not, `Unknown` when Twilio cannot be asked or keeps no texts.
        """
        await self._attempts.rest(message.id, self._settle_s)
        age_s = self._attempts.age_s(message.id, since)
        listing = await self._rest.listed(Resource.MESSAGES, message.to, DAY_S if age_s is None else age_s)
        if isinstance(listing, Unknown):
            return listing
        outcome: Outcome = Retry(why="Twilio has not got it")
        for row in listing.rows:
            if (row.body or "").endswith(tag(message.id)):
                outcome = Sent(reference=row.sid)
                break
            if not row.body and (row.direction or "").startswith("outbound"):
                outcome = Unknown(why="Twilio's list shows no texts: switch off their redaction to tell messages apart")
        self._note(message, outcome)
        return outcome

    async def standing(self, reference: str) -> Standing | None:
        """Return how the message with that SID stands, ``None`` when Twilio does not say."""
        return await self._rest.standing(Resource.MESSAGES, reference)

    def _note(self, message: Message, outcome: Outcome) -> None:
        if isinstance(outcome, Unknown):
            self._attempts.give_up(message.id)
        else:
            self._attempts.settle(message.id)
