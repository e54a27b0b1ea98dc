"""The open sockets: one a station, each with its epoch, pinged in turn by one task.

Who gets a station's place is decided by `tenancy`; this is the shell around it: it asks a holder by a ping and by a request that
does no harm, lets the newcomer wait, and cuts off who lost. A station that answers pings on its socket and has stopped doing so is
cut off here; one that never answered is left to its messages and to the kernel (`TCP_USER_TIMEOUT`).
"""

from __future__ import annotations

import asyncio
from collections import Counter, deque
from typing import TYPE_CHECKING, Final

from monitor.collectors.ocppj.session import ask
from monitor.collectors.ocppj.tenancy import PATIENCE_S, Act, Move, Tenancy
from monitor.desk.line import Line

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from aiohttp import web

    from monitor.core.clock import Clock
    from monitor.core.ids import StationId
    from monitor.desk.session import Session

BEAT_S: Final = 0.25
"""Pause of the ping task; pings are at most so late."""
UNANSWERED: Final = 3
"""Pings that may go unanswered on a socket that answered before, until it is cut."""
UNREAD_BYTES: Final = 256 * 1024
"""Answers that a station may leave unread before it is cut off."""
GOING_AWAY: Final = 1001
"""Close code of RFC 6455 §7.4.1 with which we leave."""
CLOSE_WAIT_S: Final = 3.0
FINAL: Final = 0x80
"""Added to an opcode of RFC 6455 §5.2: the frame is the whole message."""
TEXT: Final = FINAL | 0x1
_PING: Final = FINAL | 0x9


class Link(Line):
    """One open socket of one station; `lost` is called when it ends, while somebody waits for an answer on it.

    `here` is the address, without a path, at which it reached us, for requests of its own.
    """

    __slots__ = ("aborted", "asked", "here", "lost", "pinged", "pinged_at", "pings", "ponged", "socket", "transport")

    def __init__(self, socket: web.WebSocketResponse, session: Session, transport: asyncio.Transport, clock: Clock) -> None:
        """Hold `socket`, opened now."""
        super().__init__(session, clock)
        self.socket = socket
        self.transport = transport
        self.pings = 0
        self.pinged = 0
        self.pinged_at = 0.0
        self.ponged = False
        self.asked = False
        self.aborted = False
        self.here = ""
        self.lost: Callable[[], object] | None = None

    def send(self, payload: bytes) -> None:
        """Send a text message now; a station that does not read is cut off."""
        transport = self.transport
        if self.socket.closed or transport.is_closing():
            return
        self.write(TEXT, payload)
        self.session.trace.said(self.clock.now(), payload)
        if transport.get_write_buffer_size() > UNREAD_BYTES:
            self.abort()

    def write(self, kind: int, payload: bytes) -> None:
        """Write a final, unmasked frame (RFC 6455 §5.2); `kind` is its first byte.

        aiohttp's own sending is a coroutine; an answer that follows a commit would have to wake a task for it.
        """
        size = len(payload)
        if size < 126:  # noqa: PLR2004  (lengths of RFC 6455 §5.2)
            head = bytes((kind, size))
        elif size < 65536:  # noqa: PLR2004
            head = bytes((kind, 126)) + size.to_bytes(2)
        else:
            head = bytes((kind, 127)) + size.to_bytes(8)
        self.transport.write(head + payload)

    def ping(self) -> None:
        """Send a ping that carries its number, unless the one before still waits to be sent."""
        if self.socket.closed or self.transport.is_closing() or self.transport.get_write_buffer_size():
            return
        self.pings += 1
        self.pinged_at = self.clock.monotonic()
        self.write(_PING, self.pings.to_bytes(4))

    def pong(self, data: bytes) -> None:
        """Take a pong; the answer to the last ping tells the round trip."""
        self.pinged = 0
        self.ponged = True
        if self.pings and bytes(data) == self.pings.to_bytes(4) and self.pinged_at:
            self.session.trace.round_trip(self.clock.monotonic() - self.pinged_at)
            self.pinged_at = 0.0

    def ask(self) -> None:
        """Ask by a ping and by a request whether it lives: for some makes only one of them is answered."""
        self.ping()
        self.send(ask(self.session, self.pings))

    async def begin(self, _identifier: str) -> bool:
        """Make room for a request of ours under that id; return whether there is any."""
        return True

    def end(self) -> None:
        """The request of ours is over."""

    def abort(self) -> None:
        """End the socket at once, by our will."""
        self.aborted = True
        self.transport.abort()


class Links:
    """Every open socket, by station."""

    def __init__(self, clock: Clock, ping_s: float, *, beat_s: float = BEAT_S) -> None:
        """Ping each socket every `ping_s` seconds, 0: never; look every `beat_s` whose turn it is."""
        self._beat_s = beat_s
        self._clock = clock
        self._ping_s = ping_s
        self._open: dict[StationId, Link] = {}
        self._epochs: dict[StationId, int] = {}
        self._wheel: deque[tuple[float, StationId, int]] = deque()
        self._tenancy = Tenancy()
        self._newcomers: dict[tuple[StationId, int], asyncio.Future[bool]] = {}
        self._timers: dict[StationId, asyncio.TimerHandle] = {}
        self.replaced = 0
        self.closing = False

    def __len__(self) -> int:
        """Return how many sockets are open."""
        return len(self._open)

    def __contains__(self, station: StationId) -> bool:
        """Say whether that station has an open socket."""
        return station in self._open

    def link(self, station: StationId) -> Link | None:
        """Return the open socket of that station."""
        return self._open.get(station)

    def by_protocol(self) -> dict[str, int]:
        """Return how many sockets are open, by protocol version."""
        return dict(Counter(link.session.desk.dialect.protocol for link in self._open.values()))

    def next_epoch(self, station: StationId, known: int) -> int:
        """Return a number for the next socket of `station` that is higher than any before; `known` is what was stored."""
        epoch = max(self._epochs.get(station, 0), known) + 1
        self._epochs[station] = epoch
        return epoch

    # ------------------------------------------------------------------------------------------------ places

    async def claim(self, station: StationId, epoch: int) -> bool:
        """Ask for the place of `station` for the socket of `epoch`; return whether it has it now.

        Whoever has it must `add` a link or `give_up`.
        """
        moves = self._tenancy.arrive(station, epoch, self._clock.monotonic())
        if moves and moves[0].act is Act.ADMIT:
            return True
        told = self._newcomers[station, epoch] = asyncio.get_running_loop().create_future()
        self._apply(moves)
        try:
            admitted: bool = await told
        except asyncio.CancelledError:
            self._apply(self._tenancy.gone(station, epoch))
            raise
        finally:
            self._newcomers.pop((station, epoch), None)
        return admitted

    def give_up(self, station: StationId, epoch: int) -> None:
        """The newcomer of `epoch` could not open its socket after all."""
        self._apply(self._tenancy.gone(station, epoch))

    def heard(self, link: Link) -> None:
        """Something was received from `link`, which was asked whether it lives."""
        link.asked = False
        self._apply(self._tenancy.heard(link.session.station, link.session.epoch))

    def add(self, link: Link) -> None:
        """Make `link` its station's socket; its opening is a sign of life, and what waits for one is told."""
        station = link.session.station
        self._open[station] = link
        if self._ping_s > 0:
            self._wheel.append((self._clock.monotonic() + self._ping_s, station, link.session.epoch))
        self.heard(link)

    def remove(self, link: Link) -> bool:
        """Forget `link`; return whether it still was its station's socket."""
        session = link.session
        if link.lost is not None:
            link.lost()
        self._apply(self._tenancy.gone(session.station, session.epoch))
        if self._open.get(session.station) is not link:
            return False
        del self._open[session.station]
        return True

    def drop(self, station: StationId) -> None:
        """Cut off `station`, which may not be connected any more."""
        link = self._open.get(station)
        if link is not None:
            link.abort()

    def _apply(self, moves: Sequence[Move]) -> None:
        for move in moves:
            match move.act:
                case Act.ASK:
                    self._ask(move.station)
                case Act.EVICT:
                    self._evict(move.station)
                case Act.ADMIT | Act.REFUSE:
                    told = self._newcomers.get((move.station, move.epoch))
                    if told is not None and not told.done():
                        told.set_result(move.act is Act.ADMIT)
        for station in {move.station for move in moves}:
            if not self._tenancy.contested(station) and station in self._timers:
                self._timers.pop(station).cancel()

    def _ask(self, station: StationId) -> None:
        """Ask the holder whether it lives."""
        self._timers[station] = asyncio.get_running_loop().call_later(PATIENCE_S, self._due, station)
        link = self._open.get(station)
        if link is not None:
            link.asked = True
            link.ask()

    def _due(self, station: StationId) -> None:
        moves = self._tenancy.due(station, self._clock.monotonic())
        if moves or not self._tenancy.contested(station):
            self._timers.pop(station, None)
            self._apply(moves)
        else:
            self._timers[station] = asyncio.get_running_loop().call_later(0.01, self._due, station)

    def _evict(self, station: StationId) -> None:
        """Cut off a holder that is silent; once its successor is open, its late end says nothing."""
        self.replaced += 1
        self.drop(station)

    # ------------------------------------------------------------------------------------------------ pings

    async def ping(self) -> None:
        """Ping every socket in its turn, until cancelled."""
        while True:
            await asyncio.sleep(self._beat_s)
            now = self._clock.monotonic()
            while self._wheel and self._wheel[0][0] <= now:
                _, station, epoch = self._wheel.popleft()
                link = self._open.get(station)
                if link is not None and link.session.epoch == epoch and self._ping(link):
                    self._wheel.append((now + self._ping_s, station, epoch))

    @staticmethod
    def _ping(link: Link) -> bool:
        """Ping `link`; return whether it is worth another one."""
        if link.ponged and link.pinged >= UNANSWERED:
            link.abort()
            return False
        link.pinged += 1
        link.ping()
        return True

    async def close_all(self) -> None:
        """Say good-bye to every station, so that it comes back to our successor, and wait a little for theirs."""
        self.closing = True
        for told in self._newcomers.values():
            if not told.done():
                told.set_result(False)
        links = list(self._open.values())
        if links:
            closing = [asyncio.ensure_future(link.socket.close(code=GOING_AWAY, drain=False)) for link in links]
            _, late = await asyncio.wait(closing, timeout=CLOSE_WAIT_S)
            for task in late:
                task.cancel()
            await asyncio.gather(*closing, return_exceptions=True)
