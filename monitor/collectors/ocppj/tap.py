"""Between a station and its platform: frames pass both ways as they are, and we listen.

The station connects here; the platform is dialled with its identity, credentials and sub-protocols, and what it answers is passed
back: a refusal, the sub-protocol, a close code. A frame goes on before it is looked at (`monitor.desk.watching`), and whatever
fails in looking at it changes nothing.

Only text and binary messages, pings and pongs pass; a socket that either side closes is closed on the other with the same code.
Whose request may go to the station, and whose answer is whose, is `tap_link`'s business.
"""

from __future__ import annotations

import asyncio
from collections import Counter
from typing import TYPE_CHECKING, Any, Final

import aiohttp
import structlog
from aiohttp import WSCloseCode, WSMsgType, web

from monitor.collectors.ocppj.tap_link import Held
from monitor.desk.watching import PlatformCounter, Unsaid, Watcher

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine, Mapping
    from datetime import datetime

    from monitor.collectors.ocppj.door import Field
    from monitor.collectors.ocppj.links import Links
    from monitor.collectors.ocppj.tap_link import TapLink
    from monitor.desk.session import Desk

log = structlog.get_logger("tap")

LARGEST: Final = 4 * 1024 * 1024
"""Bytes of one message that passes."""
DIAL_S: Final = 8.0
AT_ONCE: Final = 32 * 1024
"""Bytes that can wait to be sent without anybody waiting for it; asyncio's limit is twice as much."""
LEAVE_S: Final = 2.0
STALL_S: Final = 30.0
"""A side that does not read for so long is given up, and the other is told."""
_PASSED: Final = ("Authorization", "User-Agent")
"""Headers of the station's handshake that the platform gets."""
_SAYS: Final = frozenset({WSMsgType.TEXT, WSMsgType.BINARY, WSMsgType.PING, WSMsgType.PONG})


class PlatformRefusedError(Exception):
    """The platform does not take the station: `status` is what the station is told."""

    def __init__(self, status: int, why: str, headers: Mapping[str, str] | None = None) -> None:
        """Say why."""
        super().__init__(why)
        self.status = status
        self.headers = dict(headers or {})


class _Later:
    """What has passed in one turn of the loop, looked at in its order in the next: cheaper than each between two sends."""

    def __init__(self) -> None:
        self._waiting: list[tuple[Callable[[str, datetime], None], str, datetime]] = []

    def look(self, look: Callable[[str, datetime], None], text: str, now: datetime) -> None:
        if not self._waiting:
            asyncio.get_running_loop().call_soon(self.now)
        self._waiting.append((look, text, now))

    def now(self) -> None:
        waiting, self._waiting = self._waiting, []
        for look, text, at in waiting:
            look(text, at)


class Tap:
    """Passes on what stations marked `tap` and their platform say. `counts` are frames and troubles by name."""

    def __init__(self, upstream: str, field: Field, links: Links) -> None:
        """Pass on to `upstream`, the platform's address without the identity; the stations' sockets are of `links`."""
        self._links = links
        self._upstream = upstream.rstrip("/")
        self._field = field
        self._http: aiohttp.ClientSession | None = None
        self._desks: dict[str, tuple[Desk, PlatformCounter]] = {}
        self._ending: set[asyncio.Task[None]] = set()
        self._later = _Later()
        self.counts: Counter[str] = Counter()

    async def close(self) -> None:
        """Close what is open."""
        if self._ending:
            await asyncio.wait(self._ending, timeout=LEAVE_S)
        if self._http is not None:
            await self._http.close()

    # ------------------------------------------------------------------------------------------------ the platform

    async def dial(self, request: web.Request) -> aiohttp.ClientWebSocketResponse:
        """Open the platform's socket for the station of `request`.

        Raises:
            PlatformRefusedError: it refuses, or is not there.
        """
        if self._http is None:
            self._http = aiohttp.ClientSession(
                timeout=aiohttp.ClientTimeout(total=None, sock_connect=DIAL_S), cookie_jar=aiohttp.DummyCookieJar()
            )
        offered = [word.strip() for header in request.headers.getall("Sec-WebSocket-Protocol", []) for word in header.split(",")]
        name = request.rel_url.raw_path.rpartition("/")[2]
        try:
            async with asyncio.timeout(DIAL_S):
                return await self._http.ws_connect(
                    f"{self._upstream}/{name}",
                    protocols=offered,
                    headers={one: request.headers[one] for one in _PASSED if one in request.headers},
                    autoping=False,
                    max_msg_size=LARGEST,
                )
        except aiohttp.WSServerHandshakeError as error:
            self.counts["refused"] += 1
            kept = (
                {"WWW-Authenticate": error.headers["WWW-Authenticate"]}
                if error.headers and "WWW-Authenticate" in error.headers
                else {}
            )
            status = error.status if error.status >= web.HTTPBadRequest.status_code else web.HTTPBadGateway.status_code
            raise PlatformRefusedError(status, f"HTTP {error.status}", kept) from None
        except (aiohttp.ClientError, OSError, TimeoutError) as error:
            self.counts["unreachable"] += 1
            raise PlatformRefusedError(web.HTTPServiceUnavailable.status_code, str(error) or "no answer") from None

    def desk(self, chosen: str | None) -> Desk:
        """Return the desk at which frames of the sub-protocol `chosen` are understood; one that is not known is not."""
        known = chosen if chosen in self._field.desks else next(iter(self._field.desks))
        assert known is not None  # noqa: S101  (there are desks)
        if known not in self._desks:
            counter = PlatformCounter()
            self._desks[known] = (self._field.desks[known].beside(counter, Unsaid()), counter)
        return self._desks[known][0]

    # ------------------------------------------------------------------------------------------------ passing on

    async def converse(
        self, link: TapLink, station: web.WebSocketResponse, platform: aiohttp.ClientWebSocketResponse, chosen: str | None
    ) -> None:
        """Pass everything on until one side ends, then end the other."""
        watcher = None
        if chosen in self._field.desks:
            _, counter = self._desks[link.session.desk.dialect.subprotocol]
            watcher = Watcher(self._field.intake, link.session, counter, self.counts)
        down = asyncio.create_task(self._from_platform(link, station, platform, watcher))
        try:
            await self._from_station(link, station, platform, watcher)
            if platform.closed:
                await asyncio.wait([down], timeout=LEAVE_S)  # it tells the station how the platform ended
        finally:
            self._later.now()
            # Whoever serves a station is cancelled when its socket is gone; the platform is still to be told how it ended.
            ending = asyncio.create_task(_end(platform, station.close_code, down))
            self._ending.add(ending)
            ending.add_done_callback(self._ending.discard)

    async def _from_station(
        self, link: TapLink, station: web.WebSocketResponse, platform: aiohttp.ClientWebSocketResponse, watcher: Watcher | None
    ) -> None:
        field, slot, transport = self._field, link.session.slot, _transport_of(platform)
        while True:
            message = await station.receive()
            kind = message.type
            if kind not in _SAYS:
                return
            slot.last_seen = field.clock.now()
            if link.asked:
                self._links.heard(link)
            if kind is WSMsgType.TEXT:
                text: str = message.data
                if not link.takes(text):
                    if not await self._passed(platform.send_str(text), transport, len(text)):
                        await station.close(code=WSCloseCode.TRY_AGAIN_LATER, message=b"the platform does not read")
                        return
                    self.counts["up"] += 1
                    if watcher is not None:
                        self._later.look(watcher.from_station, text, slot.last_seen)
            elif kind is WSMsgType.PONG and link.pinged_at and bytes(message.data) == link.pings.to_bytes(4):
                link.pong(message.data)
            else:
                await self._passed(_signal(platform, kind, message.data), transport, len(message.data))
            link.pass_on(field.intake)

    async def _from_platform(
        self, link: TapLink, station: web.WebSocketResponse, platform: aiohttp.ClientWebSocketResponse, watcher: Watcher | None
    ) -> None:
        async def send(text: str) -> bool:
            return await self._passed(station.send_str(text), link.transport, len(text))

        held = Held(link, send, self.counts)
        try:
            while (message := await platform.receive()).type in _SAYS:
                if message.type is WSMsgType.TEXT:
                    if not await held.take(message.data):
                        break
                    self.counts["down"] += 1
                    if watcher is not None:
                        self._later.look(watcher.from_platform, message.data, self._field.clock.now())
                else:
                    await self._passed(_signal(station, message.type, message.data), link.transport, len(message.data))
        finally:
            held.stop()
        self.counts["ended"] += 1
        code = platform.close_code
        if code is None or code == WSCloseCode.ABNORMAL_CLOSURE:
            link.abort()
        else:
            await station.close(code=code, drain=False)

    async def _passed(self, sending: Coroutine[Any, Any, None], transport: asyncio.Transport | None, size: int) -> bool:
        """Send; return whether the other side took it in time. A timer is set only where it may have to be waited for."""
        try:
            if transport is not None and transport.get_write_buffer_size() + size < AT_ONCE:
                await sending
            else:
                async with asyncio.timeout(STALL_S):
                    await sending
        except TimeoutError:
            self.counts["stalled"] += 1
            return False
        except (ConnectionError, aiohttp.ClientError):
            return False
        return True


def _signal(to: web.WebSocketResponse | aiohttp.ClientWebSocketResponse, kind: WSMsgType, data: bytes) -> Coroutine[Any, Any, None]:
    """Return the sending of what is no text."""
    if kind is WSMsgType.PING:
        return to.ping(data)
    return to.pong(data) if kind is WSMsgType.PONG else to.send_bytes(data)


def _transport_of(platform: aiohttp.ClientWebSocketResponse) -> asyncio.Transport | None:
    connection = platform._conn  # noqa: SLF001  (aiohttp tells the size of its buffer in no other way)
    return None if connection is None else connection.transport


async def _end(platform: aiohttp.ClientWebSocketResponse, code: int | None, down: asyncio.Task[None]) -> None:
    """Close the platform's socket as the station closed its own, and with it end what came `down` from it."""
    sayable = code if code is not None and code != WSCloseCode.ABNORMAL_CLOSURE else WSCloseCode.GOING_AWAY
    try:
        async with asyncio.timeout(DIAL_S):
            await platform.close(code=sayable)
    except (TimeoutError, ConnectionError, aiohttp.ClientError) as error:
        log.info("the platform's socket could not be closed in good order", error=str(error))
    finally:
        down.cancel()
        await asyncio.wait([down])
