"""HTTP requests of ours, and what their answers mean: surely not received, perhaps received, or answered.

One connection a request, so that a connection that the other side had already given up is never mistaken for a lost answer; no
redirects, no cookies, no proxies, a bounded answer. A POST goes out once; aiohttp repeats a GET whose connection was closed, which
does no harm. What is returned in words names a host at most, because an address may hold a secret.
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from http import HTTPStatus
from typing import TYPE_CHECKING, Final, assert_never

import aiohttp
from yarl import URL

from alerts.core.delivery import Outcome, Rejected, Retry, Sent, Unknown
from alerts.destinations import NotPublicError
from alerts.plain import one_line

if TYPE_CHECKING:
    from collections.abc import Mapping

    from alerts.destinations import PublicResolver

_LONGEST_URL: Final = 2048
_LONGEST_WHY: Final = 200
LONGEST_WAIT_S: Final = 3600.0
"""More than that no `Retry-After` is believed."""
_TOO_EARLY: Final = frozenset({HTTPStatus.REQUEST_TIMEOUT, HTTPStatus.TOO_EARLY, HTTPStatus.TOO_MANY_REQUESTS})
"""The request was not processed (RFC 9110 §15.5.9, RFC 8470 §5.2, RFC 6585 §4)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Answered:
    """A status came; `body` is its beginning, empty where it broke off."""

    status: int
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes = b""


@dataclass(frozen=True, slots=True, kw_only=True)
class Unreached:
    """No connection: nothing was sent."""

    why: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Broken:
    """The request may have been received, its answer did not come."""

    why: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Barred:
    """The address cannot or must not be asked."""

    why: str


Reply = Answered | Unreached | Broken | Barred


class Http:
    """Asks other servers; it holds no connection, so there is nothing to close."""

    def __init__(
        self, *, patience_s: float = 10.0, connect_s: float = 5.0, largest: int = 4096, resolver: PublicResolver | None = None
    ) -> None:
        """Wait `connect_s` for a connection and `patience_s` for everything; read `largest` bytes of an answer.

        With a `resolver` only the addresses that it admits are reached.
        """
        self._timeout = aiohttp.ClientTimeout(total=patience_s, connect=min(connect_s, patience_s))
        self._largest = largest
        self._resolver = resolver

    async def post(self, url: str, body: bytes, headers: Mapping[str, str]) -> Reply:
        """Send `body` to `url`."""
        return await self._exchange("POST", url, body, headers)

    async def get(self, url: str, headers: Mapping[str, str]) -> Reply:
        """Read `url`."""
        return await self._exchange("GET", url, None, headers)

    async def _exchange(self, method: str, url: str, body: bytes | None, headers: Mapping[str, str]) -> Reply:
        try:
            where = _read_url(url)
        except ValueError as error:
            return Barred(why=str(error))
        if self._resolver is not None and not self._resolver.admits(where.host or ""):
            return Barred(why="the address is not a public one")
        connected = asyncio.Event()
        try:
            async with self._session(connected) as http:
                return await self._ask(http, method, where, body, headers)
        except (aiohttp.ClientError, OSError, ValueError) as error:
            return _failure(error, where.host or "", connected=connected.is_set())

    def _session(self, connected: asyncio.Event) -> aiohttp.ClientSession:
        """Return a session for one request, which sets `connected` before anything is sent."""
        trace = aiohttp.TraceConfig()

        async def note(_session: object, _context: object, _params: object) -> None:
            connected.set()

        trace.on_connection_create_end.append(note)
        return aiohttp.ClientSession(
            connector=aiohttp.TCPConnector(resolver=self._resolver, use_dns_cache=False, force_close=True),
            timeout=self._timeout,
            cookie_jar=aiohttp.DummyCookieJar(),
            auto_decompress=False,
            trace_configs=[trace],
        )

    async def _ask(
        self, http: aiohttp.ClientSession, method: str, where: URL, body: bytes | None, headers: Mapping[str, str]
    ) -> Answered:
        said = {"Accept-Encoding": "identity", "User-Agent": "bornewatch", **headers}
        async with http.request(method, where, data=body, headers=said, allow_redirects=False) as answer:
            try:
                read = await answer.content.readexactly(self._largest)
            except asyncio.IncompleteReadError as end:
                read = end.partial
            except (aiohttp.ClientError, OSError):
                read = b""
            return Answered(status=answer.status, headers=answer.headers, body=read)


def _read_url(text: str) -> URL:
    """Read an address of HTTP.

    Raises:
        ValueError: when it is none; the message does not repeat it.
    """
    try:
        url = URL(text) if len(text) <= _LONGEST_URL and text.isprintable() else URL()
        fits = url.scheme in ("http", "https") and bool(url.host) and url.port != 0
    except ValueError:
        fits = False
    if not fits:
        raise ValueError("the address is no address of HTTP: write https://HOST/PATH")
    return url


def _failure(error: Exception, host: str, *, connected: bool) -> Unreached | Broken | Barred:
    """Return what an error means: once there is a connection, the request may have been received."""
    if isinstance(error, aiohttp.InvalidURL):
        return Barred(why="the address cannot be reached as it is written")
    if isinstance(error.__cause__, NotPublicError):
        return Barred(why=f"{host} leads to no public address")
    if isinstance(error, aiohttp.ClientError | OSError):  # first, because a refused certificate is a ValueError too
        return Broken(why=_why(error)) if connected else Unreached(why=_why(error))
    return Barred(why=f"a header for {host} cannot be written")


def _why(error: Exception) -> str:
    """Say what went wrong without the address: its path may be a secret."""
    match error:
        case aiohttp.ClientConnectorCertificateError():
            why = f"the certificate of {error.host} is not trusted: {error.certificate_error}"
        case aiohttp.ClientConnectorError():
            why = f"no connection to {error.host}: {error.os_error}"
        case TimeoutError():
            why = "no answer in time"
        case aiohttp.ClientResponseError():
            why = "the answer is no HTTP"
        case aiohttp.ServerDisconnectedError():
            why = "the connection was closed without an answer"
        case _:
            why = f"the connection broke ({type(error).__name__})"
    return one_line(why, _LONGEST_WHY)


def judge(reply: Reply, whom: str, *, repeatable: bool = False) -> Outcome:
    """Return what `reply` means for a message that was sent to `whom`.

    Args:
        reply: what came of the request.
        whom: who was asked, for people.
        repeatable: that a repetition does no harm, because the receiver knows it for one: what may have been received is then
            simply sent again.
    """
    match reply:
        case Barred():
            return Rejected(why=reply.why)
        case Unreached():
            return Retry(why=f"{whom}: {reply.why}")
        case Broken():
            return Retry(why=f"{whom}: {reply.why}") if repeatable else Unknown(why=f"{whom}: {reply.why}")
        case Answered():
            return _judge_status(reply, whom, repeatable=repeatable)
        case _:
            assert_never(reply)


def _judge_status(reply: Answered, whom: str, *, repeatable: bool) -> Outcome:
    status, why = reply.status, f"{whom} answered {reply.status}"
    kind = status // 100
    if kind == 2:  # noqa: PLR2004  (2xx: taken)
        return Sent()
    if status in _TOO_EARLY or (kind == 5 and repeatable):  # noqa: PLR2004  (5xx: the server failed)
        return Retry(why=why, after_s=retry_after(reply.headers))
    if kind == 5:  # noqa: PLR2004
        return Unknown(why=why)
    if kind == 3:  # noqa: PLR2004  (3xx: it is elsewhere)
        why = f"{why}: redirects are not followed, write the address to which it leads"
    elif status in (HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN):
        why = f"{why}: check the credentials in the configuration"
    return Rejected(why=why)


def retry_after(headers: Mapping[str, str]) -> float | None:
    """Return the seconds of `Retry-After` (RFC 9110 §10.2.3), at most an hour; a date counts from the answer's own `Date`."""
    said = headers.get("Retry-After", "").strip()
    if said.isascii() and said.isdecimal() and len(said) < 10:  # noqa: PLR2004  (300 years and more are no answer)
        return min(float(said), LONGEST_WAIT_S)
    at, now = instant(said), instant(headers.get("Date"))
    return None if at is None or now is None else min(max((at - now).total_seconds(), 0.0), LONGEST_WAIT_S)


def instant(text: str | None) -> datetime | None:
    """Read an instant as mails and HTTP write it (RFC 5322 §3.3), ``None`` when it is none."""
    try:
        at = parsedate_to_datetime(text or "")
    except (ValueError, TypeError):
        return None
    return at if at.tzinfo is not None else at.replace(tzinfo=UTC)
