"""Telephones at the far end of the made-up Twilio: a message that arrives, a call that is picked up and whose keys are pressed."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.utils import format_datetime
from typing import TYPE_CHECKING, Protocol
from urllib.parse import urljoin

from tests.support.twiml_reader import Gather, Hangup, Redirect, Say, read_twiml

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from tests.support.twiml_reader import Step

Form = dict[str, str]


class Exchange(Protocol):
    """What a telephone wants of Twilio: that it asks our service, signed."""

    account: str

    async def post(self, url: str, form: Mapping[str, str], signature: str | None = None) -> tuple[int, str]:
        """Post a form; return status and body, 0 when nobody answered."""
        ...


def _at(at: datetime | None) -> str | None:
    return None if at is None else format_datetime(at)


@dataclass
class Thing:
    """What messages and calls have in common; `asked` holds every call-back as it was sent."""

    exchange: Exchange
    sid: str
    to: str
    from_: str
    callback: str
    status: str = "queued"
    created: datetime = field(default_factory=lambda: datetime.now(UTC))
    dispatched: datetime | None = None
    code: int | None = None
    expected: bool = False
    asked: list[Form] = field(default_factory=list)

    def params(self) -> Form:
        """Return what every request of Twilio about it says."""
        return {"AccountSid": self.exchange.account, "From": self.from_, "To": self.to, "ApiVersion": "2010-04-01"}

    async def tell(self, signature: str | None = None) -> int:
        """Send a call-back with the present state; return the status that it was answered."""
        if not self.callback:
            return 0
        form = self.params()
        self.asked.append(form)
        return (await self.exchange.post(self.callback, form, signature))[0]

    async def replay(self) -> list[int]:
        """Send every call-back once more, as it was; return what they were answered."""
        return [(await self.exchange.post(self.callback, form))[0] for form in list(self.asked)]


@dataclass
class Sms(Thing):
    """A short message."""

    body: str = ""
    direction: str = "outbound-api"

    def params(self) -> Form:
        more = {"ErrorCode": str(self.code)} if self.code else {}
        return {**super().params(), "MessageSid": self.sid, "SmsSid": self.sid, "MessageStatus": self.status, **more}

    def row(self) -> dict[str, object]:
        """Return it as the API shows it."""
        return {
            "sid": self.sid,
            "account_sid": self.exchange.account,
            "to": self.to,
            "from": self.from_,
            "body": self.body,
            "status": self.status,
            "direction": self.direction,
            "date_created": _at(self.created),
            "date_sent": _at(self.dispatched),
            "error_code": self.code,
        }

    async def become(self, status: str, code: int | None = None, signature: str | None = None) -> int:
        """Reach that state and say so."""
        self.status, self.code = status, code
        if status in ("sent", "delivered") and self.dispatched is None:
            self.dispatched = datetime.now(UTC)
        return await self.tell(signature)

    def expect_said(self, text: str) -> None:
        """See that it says that."""
        assert text in self.body, self.body


@dataclass
class Call(Thing):
    """A call; `said` is everything that was heard in it."""

    url: str = ""
    events: Sequence[str] = ()
    said: list[Say] = field(default_factory=list)
    sequence: int = 0
    _fresh: int = 0
    _gather: Gather | None = None
    _rest: list[Step] = field(default_factory=list)
    _document: str = ""

    def params(self) -> Form:
        progress = {"SequenceNumber": str(self.sequence), "CallbackSource": "call-progress-events"}
        ended = {"CallDuration": "12"} if self.status == "completed" else {}
        return {
            **super().params(),
            "CallSid": self.sid,
            "CallStatus": self.status,
            "Direction": "outbound-api",
            **progress,
            **ended,
        }

    def row(self) -> dict[str, object]:
        """Return it as the API shows it."""
        return {
            "sid": self.sid,
            "account_sid": self.exchange.account,
            "to": self.to,
            "from": self.from_,
            "status": self.status,
            "direction": "outbound-api",
            "date_created": _at(self.created),
            "start_time": _at(self.dispatched),
        }

    async def become(self, status: str, event: str, signature: str | None = None) -> int:
        """Reach that state and say so, if somebody asked for the event."""
        self.status = status
        if status != "initiated" and self.dispatched is None:
            self.dispatched = datetime.now(UTC)
        if event not in (self.events or ("completed",)):
            return 0
        self.sequence += 1
        return await self.tell(signature)

    @property
    def ended(self) -> bool:
        """Whether nobody is on the line."""
        return self.status in ("completed", "busy", "no-answer", "failed", "canceled")

    @property
    def heard(self) -> str:
        """What was said since the last key."""
        return " ".join(say.text for say in self.said[self._fresh :])

    @property
    def waits_for_key(self) -> bool:
        """Whether a key is waited for."""
        return self._gather is not None and not self.ended

    # ------------------------------------------------------------------------------------------------ what a person does

    async def pick_up(self) -> Call:
        """Answer, and listen until a key is wanted or the call is over."""
        await self.become("in-progress", "answered")
        await self._fetch(self.url, {})
        return self

    async def busy(self) -> None:
        """Have it ring at somebody who talks."""
        await self.become("busy", "completed")

    async def no_answer(self) -> None:
        """Let it ring."""
        await self.become("no-answer", "completed")

    async def fail(self) -> None:
        """Have it lead nowhere."""
        await self.become("failed", "completed")

    async def hang_up(self) -> None:
        """Put the receiver down."""
        await self._end()

    async def press(self, key: str) -> Call:
        """Press a key, and listen on."""
        assert self.waits_for_key, f"no key is waited for: {self.heard}"
        gather, self._gather = self._gather, None
        assert gather is not None
        assert gather.digits == len(key), f"{gather.digits} keys are waited for"
        self._fresh = len(self.said)
        await self._fetch(urljoin(self._document, gather.action), {"Digits": key, "msg": "Gather End"})
        return self

    async def stay_silent(self) -> Call:
        """Press nothing until Twilio goes on."""
        assert self.waits_for_key, f"no key is waited for: {self.heard}"
        self._gather, self._fresh = None, len(self.said)
        await self._perform(self._rest)
        return self

    async def expect_said(self, text: str) -> None:
        """See that it was said since the last key."""
        assert text in self.heard, self.heard

    # ------------------------------------------------------------------------------------------------ what Twilio does

    async def _fetch(self, url: str, more: Mapping[str, str]) -> None:
        self._document = url
        status, body = await self.exchange.post(url, {**self.params(), **more})
        assert status == 200, f"{url} answered {status}, the caller hears that an application error has occurred"
        await self._perform(read_twiml(body))

    async def _perform(self, steps: Sequence[Step]) -> None:
        for place, step in enumerate(steps):
            match step:
                case Say():
                    self.said.append(step)
                case Gather():
                    self.said += step.said
                    self._gather, self._rest = step, list(steps[place + 1 :])
                    return
                case Redirect():
                    await self._fetch(urljoin(self._document, step.url), {})
                    return
                case Hangup():
                    break
        await self._end()

    async def _end(self) -> None:
        self._gather = None
        await self.become("completed", "completed")
