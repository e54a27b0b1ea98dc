"""Twilio's REST API of 2010-04-01 in the three ways in which we need it: create, list by number, fetch by SID.

Written on aiohttp because the asynchronous client of the library `twilio` does not keep its own time-out. Twilio knows no
idempotency key: whoever lost an answer looks through the list, and what tells one message from another is the caller's business.
Numbers are never logged or put into a sentence in full, and Twilio's own sentences are not repeated because they hold them.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from http import HTTPStatus
from typing import TYPE_CHECKING, Final, TypeVar
from urllib.parse import quote, urlencode

import aiohttp
import msgspec
import structlog

from alerts.core.delivery import Outcome, Rejected, Retry, Sent, Unknown
from alerts.outbound import Answered, Http, instant, judge, retry_after

if TYPE_CHECKING:
    from collections.abc import Iterable

log = structlog.get_logger("twilio")
T = TypeVar("T")

PATIENCE_S: Final = 15.0
_LARGEST: Final = 1024 * 1024
_PAGE: Final = 100
_MOST_PAGES: Final = 5
_SLACK: Final = timedelta(seconds=2)
"""Twilio's times are whole seconds, and its machines' clocks need not agree to one."""
_NUMBER: Final = re.compile(r"\+[1-9][0-9]{6,14}")
_SID: Final = re.compile(r"[A-Z]{2}[0-9a-f]{32}")

_REFUSALS: Final = {
    13224: "the number cannot be called",
    21203: "calls abroad are switched off in the account: allow them in Voice > Geographic permissions",
    21211: "the number is not valid",
    21214: "the number cannot be reached",
    21215: "calls to this country are switched off in the account: allow them in Voice > Geographic permissions",
    21216: "Twilio blocks calls to this number",
    21217: "the number is not valid",
    21219: "a trial account calls verified numbers only: verify the number or upgrade the account",
    21266: "the number is the sender's own",
    21408: "messages to this country are switched off in the account: allow them in Messaging > Geo permissions",
    21604: "there is no number",
    21608: "a trial account writes to verified numbers only: verify the number or upgrade the account",
    21610: "the person has unsubscribed by answering STOP: START to our number subscribes again",
    21612: "the number cannot be reached from our sender",
    21614: "the number takes no short messages",
    21617: "the message is too long",
}
"""What Twilio's codes say of a message or its receiver (twilio.com/docs/api/errors). Codes come and go: one that is not here is a
refusal too, only less well explained."""
_MISCONFIGURED: Final = frozenset({10001, 10002, 20003, 20005, 20404, 21210, 21212, 21603, 21606, 21659})
"""Codes of an account, a token or a sender's number that cannot be used so."""
_LATER: Final = frozenset({10004, 14107, 20429, 21611, 21730})
"""Codes of limits and of maintenance: the request was not processed."""


class Resource(StrEnum):
    """What is created, named as in the path."""

    MESSAGES = "Messages"
    CALLS = "Calls"


class Fate(StrEnum):
    """What became of something that Twilio took."""

    PENDING = "pending"
    REACHED = "reached"
    FAILED = "failed"


FATES: Final = {
    **dict.fromkeys(("accepted", "scheduled", "queued", "sending", "sent"), Fate.PENDING),
    **dict.fromkeys(("initiated", "ringing", "in-progress"), Fate.PENDING),
    **dict.fromkeys(("delivered", "read", "completed"), Fate.REACHED),
    **dict.fromkeys(("undelivered", "failed", "canceled", "busy", "no-answer", "partially_delivered"), Fate.FAILED),
}
"""Twilio's states of messages and calls. `sent` means given to the operator; `completed` that somebody, or a mailbox, picked up."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """How something stands: Twilio's word for it, what that means (``None``: a word that we do not know), its error code."""

    status: str
    fate: Fate | None
    code: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class TwilioAccount:
    """Who sends, from which number, and where Twilio reaches us; `api_base` is another address for a double of it."""

    account_sid: str
    auth_token: str = field(repr=False)
    number: str
    public_base: str
    api_base: str = "https://api.twilio.com"

    def callback(self, message: str, what: str) -> str:
        """Return where Twilio asks about the message of that id."""
        return f"{self.public_base.rstrip('/')}/telephony/alerts/{quote(message.encode('utf-8', 'replace'), safe='')}/{what}"


class Row(msgspec.Struct, frozen=True, kw_only=True):
    """A message or call as Twilio lists it; what is absent is empty."""

    sid: str = ""
    from_: str | None = msgspec.field(default=None, name="from")
    body: str | None = None
    status: str | None = None
    direction: str | None = None
    date_created: str | None = None
    error_code: int | None = None

    def created(self) -> datetime | None:
        """Return when it was created, to the second, ``None`` when that is not said."""
        return instant(self.date_created)


class _Page(msgspec.Struct, frozen=True):
    messages: list[Row] = []
    calls: list[Row] = []
    next_page_uri: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class _Asked:
    """A page, and Twilio's clock when it was asked for."""

    content: _Page
    asked_at: datetime


class _Refusal(msgspec.Struct, frozen=True):
    code: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Listing:
    """What was created for a number since `since`, which is Twilio's clock."""

    rows: tuple[Row, ...]
    since: datetime


def is_number(text: str) -> bool:
    """Say whether `text` is a number in E.164 form."""
    return _NUMBER.fullmatch(text) is not None


def masked(number: str) -> str:
    """Return `number` as it may be logged."""
    return f"{number[:4]}…{number[-2:]}" if len(number) > 8 else "…"  # noqa: PLR2004  (shorter, the rest would be guessed)


class TwilioRest:
    """Asks Twilio as one account."""

    def __init__(self, account: TwilioAccount, *, patience_s: float = PATIENCE_S, connect_s: float = 5.0) -> None:
        """Ask as `account`; wait `connect_s` for a connection and `patience_s` for an answer."""
        self._account = account
        self._http = Http(patience_s=patience_s, connect_s=connect_s, largest=_LARGEST)
        self._base = account.api_base.rstrip("/")
        self._root = f"/2010-04-01/Accounts/{quote(account.account_sid, safe='')}"
        self._headers = {"Authorization": aiohttp.encode_basic_auth(account.account_sid, account.auth_token)}

    async def create(self, resource: Resource, form: Iterable[tuple[str, str]]) -> Outcome:
        """Create what `form` describes. A 5xx and a lost answer are `Unknown`: Twilio may have taken it."""
        pairs = list(form)
        headers = {**self._headers, "Content-Type": "application/x-www-form-urlencoded"}
        reply = await self._http.post(f"{self._base}{self._root}/{resource}.json", urlencode(pairs).encode(), headers)
        if isinstance(reply, Answered) and reply.status // 100 == 4:  # noqa: PLR2004  (4xx: Twilio says why)
            return self._refused(reply, resource, dict(pairs).get("To", ""))
        outcome = judge(reply, "Twilio")
        if isinstance(outcome, Sent) and isinstance(reply, Answered):
            row = _read(reply.body, Row)
            return Sent(reference=row.sid if row is not None else "")
        return outcome

    def _refused(self, reply: Answered, resource: Resource, to: str) -> Outcome:
        """Return what a 4xx means: Twilio's code says more than the status."""
        refusal = _read(reply.body, _Refusal)
        code = None if refusal is None else refusal.code
        log.warning("twilio refused", resource=str(resource), status=reply.status, code=code, to=masked(to))
        if code in _LATER:
            return Retry(why=f"Twilio has too much to do (code {code})", after_s=retry_after(reply.headers))
        if code in _REFUSALS:
            return Rejected(why=f"{_REFUSALS[code]} (Twilio code {code})")
        denied = reply.status in (HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN, HTTPStatus.NOT_FOUND)
        if code in _MISCONFIGURED or (denied and code is None):
            said = reply.status if code is None else f"code {code}"
            return Rejected(
                why=f"Twilio does not take us for the account ({said}): check account_sid, auth_token and from in [twilio]"
            )
        if code is not None and reply.status != HTTPStatus.TOO_MANY_REQUESTS:
            return Rejected(why=f"Twilio refused it ({reply.status}): see https://www.twilio.com/docs/api/errors/{code}")
        return judge(reply, "Twilio")

    async def listed(self, resource: Resource, to: str, age_s: float) -> Listing | Unknown:
        """Return what was created for the number `to` in the last `age_s` seconds, or why that cannot be known.

        Not filtered by `DateSent` or `StartTime`: what is still queued has neither. Seconds are counted back from the `Date` of
        Twilio's own answer, because our clock may be wrong.
        """
        path = f"{self._root}/{resource}.json?{urlencode({'To': to, 'PageSize': _PAGE})}"
        rows: list[Row] = []
        since: datetime | None = None
        for _ in range(_MOST_PAGES):
            page = await self._page(path)
            if isinstance(page, Unknown):
                return page
            since = since or page.asked_at - timedelta(seconds=age_s) - _SLACK
            found = page.content.messages if resource is Resource.MESSAGES else page.content.calls
            young = [row for row in found if (created := row.created()) is None or created >= since]
            rows += young
            path = page.content.next_page_uri or ""
            if not path or not young:
                return Listing(rows=tuple(rows), since=since)
        return Unknown(why="Twilio cannot be asked: it lists too much for this number")

    async def _page(self, path: str) -> _Asked | Unknown:
        if not path.startswith(f"{self._root}/"):
            return Unknown(why="Twilio cannot be asked: its list goes on outside the account")
        reply = await self._http.get(f"{self._base}{path}", self._headers)
        if not isinstance(reply, Answered) or reply.status != HTTPStatus.OK:
            outcome = judge(reply, "Twilio")
            return Unknown(why="Twilio cannot be asked" if isinstance(outcome, Sent) else f"Twilio cannot be asked: {outcome.why}")
        content, asked_at = _read(reply.body, _Page), instant(reply.headers.get("Date"))
        if content is None or asked_at is None:
            return Unknown(why="Twilio cannot be asked: its list cannot be read")
        return _Asked(content=content, asked_at=asked_at)

    async def standing(self, resource: Resource, sid: str) -> Standing | None:
        """Return how what has that SID stands, ``None`` when Twilio does not say."""
        if _SID.fullmatch(sid) is None:
            return None
        reply = await self._http.get(f"{self._base}{self._root}/{resource}/{sid}.json", self._headers)
        row = _read(reply.body, Row) if isinstance(reply, Answered) and reply.status == HTTPStatus.OK else None
        if row is None or not row.status:
            return None
        return Standing(status=row.status, fate=FATES.get(row.status), code=row.error_code)


def _read(body: bytes, kind: type[T]) -> T | None:
    try:
        return msgspec.json.decode(body, type=kind)
    except (msgspec.DecodeError, ValueError):
        return None
