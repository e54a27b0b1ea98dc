"""Calls through Twilio's Calls resource (REST API 2010-04-01): Twilio rings, then asks us what to say.

What is said, and what a key does, is answered at the call's address elsewhere (`alerts.twiml`). A call carries nothing by which it
could be told from another one to the same number, so `ask` goes by the time and says `Unknown` where that is not enough; what
Twilio asks of us for a call names its message, and is better evidence.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from alerts.attempts import DAY_S, SETTLE_S, Attempts
from alerts.core.delivery import Outcome, Rejected, Retry, Sent, Unknown
from alerts.twilio_rest import PATIENCE_S, Resource, TwilioRest, is_number

if TYPE_CHECKING:
    from datetime import datetime

    from alerts.core.delivery import Message
    from alerts.twilio_rest import Row, Standing, TwilioAccount
    from monitor.core.clock import Clock

RING_S: Final = 30
"""How long it rings; longer, and more mailboxes pick up."""
LONGEST_CALL_S: Final = 300
_EVENTS: Final = ("initiated", "ringing", "answered", "completed")


class Voice:
    """`alerts.core.delivery.Channel` by call."""

    def __init__(
        self,
        account: TwilioAccount,
        clock: Clock,
        *,
        patience_s: float = PATIENCE_S,
        connect_s: float = 5.0,
        settle_s: float = SETTLE_S,
    ) -> None:
        """Call as `account`; wait `patience_s` for Twilio's answer, and ask `settle_s` after it did not come."""
        self._account = account
        self._rest = TwilioRest(account, patience_s=patience_s, connect_s=connect_s)
        self._attempts = Attempts(clock)
        self._settle_s = settle_s

    async def send(self, message: Message) -> Outcome:
        """Have Twilio call; `Sent` says that it will, not that anybody picked up."""
        if not is_number(message.to):
            return Rejected(why="the number is not written as +, country, number")
        form = [
            ("To", message.to),
            ("From", self._account.number),
            ("Url", self._account.callback(message.id, "voice")),
            ("Method", "POST"),
            ("StatusCallback", self._account.callback(message.id, "status")),
            ("StatusCallbackMethod", "POST"),
            *(("StatusCallbackEvent", event) for event in _EVENTS),
            ("Timeout", str(RING_S)),
            ("TimeLimit", str(LONGEST_CALL_S)),
        ]
        self._attempts.begin(message.id, message.to)
        outcome = await self._rest.create(Resource.CALLS, form)
        self._note(message, outcome)
        return outcome

    async def ask(self, message: Message, since: datetime | None = None) -> Outcome:
        """Look for the call in Twilio's list.

        Args:
            message: what was to be said.
            since: when it was first tried; after a restart nobody else knows, and without it any call of the day is a doubt.

        Returns:
            `Sent` when there is one call that can be it, `Retry` when there is none, `Unknown` when Twilio cannot be asked or the
            calls to this number cannot be told apart.
        """
        await self._attempts.rest(message.id, self._settle_s)
        remembered = self._attempts.is_remembered(message.id)
        age_s = self._attempts.age_s(message.id, since)
        listing = await self._rest.listed(Resource.CALLS, message.to, DAY_S if age_s is None else age_s)
        if isinstance(listing, Unknown):
            return listing
        calls = [row for row in listing.rows if self._may_be(row)]
        outcome: Outcome
        if not calls:
            outcome = Retry(why="Twilio has not got it")
        elif age_s is None or self._attempts.others(message.id, message.to) or (len(calls) > 1 and not remembered):
            outcome = Unknown(why="Twilio made calls to this number which cannot be told apart")
        else:
            outcome = Sent(reference=calls[-1].sid)
        self._note(message, outcome)
        return outcome

    async def standing(self, reference: str) -> Standing | None:
        """Return how the call with that SID stands, ``None`` when Twilio does not say."""
        return await self._rest.standing(Resource.CALLS, reference)

    def _may_be(self, row: Row) -> bool:
        ours = row.direction == "outbound-api" and row.from_ == self._account.number
        return ours and not self._attempts.is_claimed(row.sid)

    def _note(self, message: Message, outcome: Outcome) -> None:
        if isinstance(outcome, Unknown):
            self._attempts.give_up(message.id)
        else:
            self._attempts.settle(message.id, outcome.reference if isinstance(outcome, Sent) else "")
