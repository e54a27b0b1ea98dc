"""The open sockets: one a station, each with its epoch, pinged in turn by one task.

A socket that lost its station to a newer one is closed and never undoes its successor. A station that answers pings and has
stopped doing so is cut off here; one that never answered is left to its messages and to the kernel (`TCP_USER_TIMEOUT`).
"""

from __future__ import annotations

import asyncio
from collections import Counter, deque
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from aiohttp import web

    from monitor.collectors.ocppj.session import Session
    from monitor.core.clock import Clock
    from monitor.core.ids import StationId

BEAT_S: Final = 0.25
"""Pause of the ping task; pings are at most so late."""
UNANSWERED: Final = 3
"""Pings that may go unanswered by a station that answered before, until its socket is cut."""
UNREAD_BYTES: Final = 256 * 1024
"""Answers that a station may leave unread before it is cut off."""
GOING_AWAY: Final = 1001
"""Close code of RFC 6455 §7.4.1 with which we leave."""
CLOSE_WAIT_S: Final = 3.0


class Link:
    """One open socket of one station."""

    __slots__ = ("frames", "passed_at", "pinged", "session", "socket", "transport", "window_at")

    def __init__(self, socket: web.WebSocketResponse, session: Session, transport: asyncio.Transport, opened_at: float) -> None:
        """Hold `socket`, opened at `opened_at` by the steady clock."""
        self.socket = socket
        self.session = session
        self.transport = transport
        self.passed_at = opened_at
        self.window_at = opened_at
        self.frames = 0
        self.pinged = 0

    def send(self, payload: bytes) -> None:
        """Send a text message now (RFC 6455 §5.2: final, unmasked); a station that does not read is cut off.

        aiohttp's own sending is a coroutine; an answer that follows a commit would have to wake a task for it.
        """
        transport = self.transport
        if self.socket.closed or transport.is_closing():
            return
        size = len(payload)
        if size < 126:  # noqa: PLR2004  (lengths of RFC 6455 §5.2)
            transport.write(bytes((0x81, size)) + payload)
        else:
            transport.write(b"\x81\x7e" + size.to_bytes(2) + payload)
        if transport.get_write_buffer_size() > UNREAD_BYTES:
            transport.abort()


class Links:
    """Every open socket, by station."""

    def __init__(self, clock: Clock, ping_s: float) -> None:
        """Ping each socket every `ping_s` seconds; 0: never."""
        self._clock = clock
        self._ping_s = ping_s
        self._open: dict[StationId, Link] = {}
        self._epochs: dict[StationId, int] = {}
        self._wheel: deque[tuple[float, StationId, int]] = deque()
        self.closing = False

    def __len__(self) -> int:
        """Return how many sockets are open."""
        return len(self._open)

    def by_protocol(self) -> dict[str, int]:
        """Return how many sockets are open, by protocol version."""
        return dict(Counter(link.session.desk.dialect.protocol for link in self._open.values()))

    def next_epoch(self, station: StationId, known: int) -> int:
        """Return a number for the next socket of `station` that is higher than any before; `known` is what was stored."""
        epoch = max(self._epochs.get(station, 0), known) + 1
        self._epochs[station] = epoch
        return epoch

    def add(self, link: Link) -> Link | None:
        """Make `link` its station's socket; return the one that it replaces."""
        station = link.session.station
        before = self._open.get(station)
        self._open[station] = link
        if self._ping_s > 0:
            self._wheel.append((self._clock.monotonic() + self._ping_s, station, link.session.epoch))
        return before

    def remove(self, link: Link) -> bool:
        """Forget `link`; return whether it still was its station's socket."""
        station = link.session.station
        if self._open.get(station) is not link:
            return False
        del self._open[station]
        return True

    def drop(self, station: StationId) -> None:
        """Cut off `station`, which may not be connected any more."""
        link = self._open.get(station)
        if link is not None:
            link.transport.abort()

    async def ping(self) -> None:
        """Ping every socket in its turn, until cancelled."""
        while True:
            await asyncio.sleep(BEAT_S)
            now = self._clock.monotonic()
            while self._wheel and self._wheel[0][0] <= now:
                _, station, epoch = self._wheel.popleft()
                link = self._open.get(station)
                if link is not None and link.session.epoch == epoch and await self._ping(link):
                    self._wheel.append((now + self._ping_s, station, epoch))

    async def _ping(self, link: Link) -> bool:
        """Ping `link`; return whether it is worth another one."""
        if link.session.slot.pong and link.pinged >= UNANSWERED:
            link.transport.abort()
            return False
        link.pinged += 1
        if link.transport.get_write_buffer_size() == 0:
            try:
                await link.socket.ping()
            except ConnectionError:
                return False
        return True

    async def close_all(self) -> None:
        """Say good-bye to every station, so that it comes back to our successor, and wait a little for theirs."""
        self.closing = True
        links = list(self._open.values())
        if links:
            closing = [asyncio.ensure_future(link.socket.close(code=GOING_AWAY, drain=False)) for link in links]
            _, late = await asyncio.wait(closing, timeout=CLOSE_WAIT_S)
            for task in late:
                task.cancel()
            await asyncio.gather(*closing, return_exceptions=True)
