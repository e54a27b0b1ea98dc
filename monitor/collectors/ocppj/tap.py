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
from typing import TYPE_CHECKING, Final

from aiohttp import WSCloseCode, WSMsgType, web

from monitor.collectors.ocppj import platform as far
from monitor.collectors.ocppj import tap_link
from monitor.collectors.ocppj.links import FINAL
from monitor.collectors.ocppj.platform import ABNORMAL, UNSAYABLE, PlatformRefusedError
from monitor.collectors.ocppj.tap_link import Held, Outlet
from monitor.desk.watching import PlatformCounter, Unsaid, Watcher

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from monitor.collectors.ocppj.door import Field
    from monitor.collectors.ocppj.links import Links
    from monitor.collectors.ocppj.platform import PlatformSocket
    from monitor.collectors.ocppj.tap_link import TapLink
    from monitor.core.clock import Clock
    from monitor.desk.session import Desk

LEAVE_S: Final = 2.0
LOOK_S: Final = 0.005
"""How long what has passed waits to be looked at; the end of a socket does not wait for it."""
_PASSED: Final = ("Authorization", "User-Agent")
"""Headers of the station's handshake that the platform gets."""
_SAYS: Final = frozenset({WSMsgType.TEXT, WSMsgType.BINARY, WSMsgType.PING, WSMsgType.PONG})
"""What passes; aiohttp numbers it by the opcodes of RFC 6455 §5.2."""


class _Later:
    """What has passed is looked at a moment later, all of that moment in its order: cheaper than each between two sends."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._waiting: list[tuple[Callable[[str, datetime], None], str]] = []

    def look(self, look: Callable[[str, datetime], None], text: str) -> None:
        if not self._waiting:
            asyncio.get_running_loop().call_later(LOOK_S, self.now)
        self._waiting.append((look, text))

    def now(self) -> None:
        waiting, self._waiting = self._waiting, []
        at = self._clock.now()
        for look, text in waiting:
            look(text, at)


class _Down:
    """Takes what the platform says to the station."""

    def __init__(self, tap: Tap, link: TapLink, platform: PlatformSocket, watcher: Watcher | None) -> None:
        self.outlet = Outlet(link, platform, tap.counts)
        self._held = Held(link, self.outlet, tap.counts)
        self._counts = tap.counts
        self._later = tap.later
        self._look = None if watcher is None else watcher.from_platform

    def text(self, text: str, payload: bytes) -> None:
        self._held.take(text, payload)
        self._counts["down"] += 1
        if self._look is not None:
            self._later.look(self._look, text)

    def other(self, opcode: int, payload: bytes) -> None:
        self.outlet.put(FINAL | opcode, payload)

    def stop(self) -> None:
        self._held.stop()
        self.outlet.stop()


class Tap:
    """Passes on what stations marked `tap` and their platform say. `counts` are frames and troubles by name."""

    def __init__(self, upstream: str, field: Field, links: Links) -> None:
        """Pass on to `upstream`, the platform's address without the identity; the stations' sockets are of `links`."""
        self._links = links
        self._upstream = upstream.rstrip("/")
        self._field = field
        self._desks: dict[str, tuple[Desk, PlatformCounter]] = {}
        self._ending: set[asyncio.Task[None]] = set()
        self.later = _Later(field.clock)
        self.counts: Counter[str] = Counter()

    async def close(self) -> None:
        """Close what is open."""
        if self._ending:
            await asyncio.wait(self._ending, timeout=LEAVE_S)

    # ------------------------------------------------------------------------------------------------ the platform

    async def dial(self, request: web.Request) -> PlatformSocket:
        """Open the platform's socket for the station of `request`.

        Raises:
            PlatformRefusedError: it refuses, or is not there.
        """
        offered = [word.strip() for header in request.headers.getall("Sec-WebSocket-Protocol", []) for word in header.split(",")]
        name = request.rel_url.raw_path.rpartition("/")[2]
        headers = {one: request.headers[one] for one in _PASSED if one in request.headers}
        try:
            return await far.dial(f"{self._upstream}/{name}", offered, headers)
        except PlatformRefusedError as error:
            self.counts["refused" if error.reached else "unreachable"] += 1
            raise

    def desk(self, chosen: str | None) -> Desk:
        """Return the desk at which frames of the sub-protocol `chosen` are understood; one that is not known is not."""
        known = chosen if chosen in self._field.desks else next(iter(self._field.desks))
        assert known is not None  # noqa: S101  (there are desks)
        if known not in self._desks:
            counter = PlatformCounter()
            self._desks[known] = (self._field.desks[known].beside(counter, Unsaid()), counter)
        return self._desks[known][0]

    # ------------------------------------------------------------------------------------------------ passing on

    async def converse(self, link: TapLink, station: web.WebSocketResponse, platform: PlatformSocket) -> None:
        """Pass everything on until one side ends, then end the other."""
        watcher = None
        if platform.protocol in self._field.desks:
            _, counter = self._desks[link.session.desk.dialect.subprotocol]
            watcher = Watcher(self._field.intake, link.session, counter, self.counts)
        down = _Down(self, link, platform, watcher)
        ended = asyncio.create_task(self._platform_ends(link, station, platform, down.outlet))
        platform.listen(down)
        try:
            await self._from_station(link, station, platform, watcher)
            if platform.closed:
                await asyncio.wait([ended], timeout=LEAVE_S)  # it tells the station how the platform ended
        finally:
            self.later.now()
            down.stop()
            # Whoever serves a station is cancelled when its socket is gone; the platform is still to be told how it ended.
            ending = asyncio.create_task(_end(platform, station.close_code, ended))
            self._ending.add(ending)
            ending.add_done_callback(self._ending.discard)

    async def _from_station(
        self, link: TapLink, station: web.WebSocketResponse, platform: PlatformSocket, watcher: Watcher | None
    ) -> None:
        field, slot, counts, later = self._field, link.session.slot, self.counts, self.later
        takes, send, writable = link.takes, platform.send_text, platform.writable.is_set
        look = None if watcher is None else watcher.from_station
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
                if not takes(text):
                    send(text)
                    counts["up"] += 1
                    if look is not None:
                        later.look(look, text)
            elif kind is WSMsgType.PONG and link.pinged_at and bytes(message.data) == link.pings.to_bytes(4):
                link.pong(message.data)
            else:
                platform.send(kind, message.data)
            if not writable() and not await self._platform_reads(platform):
                await station.close(code=WSCloseCode.TRY_AGAIN_LATER, message=b"the platform does not read")
                return
            link.pass_on(field.intake)

    async def _platform_reads(self, platform: PlatformSocket) -> bool:
        """Wait until the platform has read what was sent to it; return whether it did so in time."""
        try:
            async with asyncio.timeout(tap_link.STALL_S):
                await platform.writable.wait()
        except TimeoutError:
            self.counts["stalled"] += 1
            return False
        return True

    async def _platform_ends(self, link: TapLink, station: web.WebSocketResponse, platform: PlatformSocket, outlet: Outlet) -> None:
        """End the station's socket as the platform ended its own, once the station has what was said before."""
        await platform.ended()
        if outlet.emptying is not None:
            await asyncio.wait([outlet.emptying])
        self.counts["ended"] += 1
        code = platform.close_code
        if code is None or code == ABNORMAL:
            link.abort()
        else:
            await station.close(code=code, drain=False)


async def _end(platform: PlatformSocket, code: int | None, ended: asyncio.Task[None]) -> None:
    """Close the platform's socket as the station closed its own."""
    await platform.close(code if code and code not in UNSAYABLE else WSCloseCode.GOING_AWAY)
    ended.cancel()
    await asyncio.wait([ended])
