"""A TCP connection in memory: two transports of asyncio, and between them what a `Path` lets through.

No byte arrives in the callback in which it was written. Both kernels together hold `KERNEL_BYTES` a direction that the receiver has
not read; what is written beyond waits in the transport and makes its protocol pause, as with a socket. `TCP_USER_TIMEOUT` set
on an end is kept. Not modelled: bandwidth, keep-alive probes, lost acknowledgements.
"""

from __future__ import annotations

import asyncio
import errno
import os
import socket
from collections import deque
from contextvars import copy_context
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from tests.support.network.path import Fate, Side
from tests.support.virtual_time import PROCESS, VirtualLoop

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from contextvars import Context

    from tests.support.network.path import Path

KERNEL_BYTES: Final = 128 * 1024
HIGH_WATER: Final = 64 * 1024
GIVES_UP_S: Final = 924.6
"""How long unacknowledged data are repeated where nobody set another time (Linux, `tcp_retries2` 15)."""
_EARLY: Final = 1e-9
"""A timer may come so much too early (the resolution of the loop's clock)."""


class Sign(NamedTuple):
    """Something that travels like a segment: `what` is done on arrival."""

    what: Callable[[], None]


class _Segment(NamedTuple):
    load: bytes | Sign | None
    sent_at: float
    arrives_at: float


class Option:
    """The socket behind an end, as far as anybody asks for it."""

    family = socket.AF_INET

    def __init__(self) -> None:
        """Nothing is set."""
        self.user_timeout_s = GIVES_UP_S

    def setsockopt(self, level: int, name: int, value: int) -> None:
        """Keep the time-out; everything else changes nothing here."""
        if (level, name) == (socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT):
            self.user_timeout_s = value / 1000


class End(asyncio.Transport):
    """One end of a connection. What belongs to its process runs in the context of that process."""

    def __init__(self, loop: VirtualLoop, wire: Wire, side: Side, extra: dict[str, Any]) -> None:
        """Be the end at that `side` of `wire`, in the process that runs now."""
        self.socket = Option()
        super().__init__({"socket": self.socket, **extra})
        self._loop = loop
        self._wire = wire
        self.side = side
        self.peer: End
        self.context = copy_context()
        self._process = self.context.get(PROCESS, "")
        self._protocol: Any = None
        self._buffer = bytearray()
        self._high, self._low = HIGH_WATER, HIGH_WATER // 4
        self._pausing = False
        self._reading = True
        self._inbox: deque[bytes | OSError | None] = deque()
        self._flight: deque[_Segment] = deque()
        self._kernel = 0
        self._timer: asyncio.TimerHandle | None = None
        self._finishing = False
        self._ended = False
        self.gone = False

    # ------------------------------------------------------------------------------------------------ the process's side

    def start(self, factory: Callable[[], asyncio.BaseProtocol]) -> asyncio.BaseProtocol:
        """Give the process its protocol: the connection is made."""
        self._protocol = factory()
        self._protocol.connection_made(self)
        return self._protocol  # type: ignore[no-any-return]

    def refuse(self) -> None:
        """Nobody listens any more: the other side is told by a reset."""
        self._ended = self.gone = True
        self.send(Sign(lambda: self.peer.fail(ConnectionResetError, errno.ECONNRESET)))

    def set_protocol(self, protocol: asyncio.BaseProtocol) -> None:
        """Talk to `protocol` from now on."""
        self._protocol = protocol

    def get_protocol(self) -> asyncio.BaseProtocol:
        """Return the protocol."""
        return self._protocol  # type: ignore[no-any-return]

    def write(self, data: Any) -> None:
        """Send `data`, or keep it while the kernel has no room."""
        if self._finishing:
            raise RuntimeError("Cannot call write() after write_eof()")
        if self._ended or not data:
            return
        if self._inbox and isinstance(self._inbox[-1], OSError):
            self._lose(self._inbox[-1])
            return
        self._buffer += data
        self._pump()
        if len(self._buffer) > self._high and not self._pausing:
            self._pausing = True
            self._protocol.pause_writing()

    def writelines(self, list_of_data: Iterable[Any]) -> None:
        """Send all of it."""
        self.write(b"".join(list_of_data))

    def can_write_eof(self) -> bool:
        """Say that one direction can be closed."""
        return True

    def write_eof(self) -> None:
        """Send what waits, and then that there is no more."""
        if not self._finishing and not self._ended:
            self._finishing = True
            self._pump()

    def is_closing(self) -> bool:
        """Say whether it is closed, or closing."""
        return self._ended

    def close(self) -> None:
        """Send what waits, and be gone."""
        if not self._ended:
            self._ended = True
            if not self._buffer:
                self._farewell(None)

    def abort(self) -> None:
        """Be gone, whatever waits; the kernel still sends what it took, and a reset when something was not read."""
        if not self.gone:
            self._lose(None)

    def set_write_buffer_limits(self, high: int | None = None, low: int | None = None) -> None:
        """Set when the protocol is told to pause, and to go on."""
        self._high = HIGH_WATER if high is None else high
        self._low = self._high // 4 if low is None else low

    def get_write_buffer_limits(self) -> tuple[int, int]:
        """Return them."""
        return self._low, self._high

    def get_write_buffer_size(self) -> int:
        """Return how many bytes the kernel has not taken."""
        return len(self._buffer)

    def is_reading(self) -> bool:
        """Say whether what comes is read."""
        return self._reading and not self._ended

    def pause_reading(self) -> None:
        """Leave what comes in the kernel."""
        self._reading = False

    def resume_reading(self) -> None:
        """Read what has come."""
        if not self._reading:
            self._reading = True
            self._loop.call_soon(self._read, context=self.context)

    # ------------------------------------------------------------------------------------------------ sending

    def _pump(self) -> None:
        """Give the kernel what it takes."""
        room = KERNEL_BYTES - self._kernel
        if self._buffer and room > 0:
            load = bytes(self._buffer[:room])
            del self._buffer[:room]
            self._kernel += len(load)
            self.send(load)
        if self._pausing and len(self._buffer) <= self._low:
            self._pausing = False
            self.enter(self._protocol.resume_writing)
        if not self._buffer:
            if self._ended and not self.gone:
                self._farewell(None)
            elif self._finishing:
                self.send(None)

    def send(self, load: bytes | Sign | None) -> None:
        """Put `load` under way; ``None`` is the end of what is sent."""
        now = self._loop.time()
        self._flight.append(_Segment(load, now, now + self._wire.path.transit_s()))
        if self._timer is None:
            self.go() if self._wire.passes else self.hold()

    def go(self) -> None:
        """Let the next segment arrive in its time; those behind it wait for it, however quick they were."""
        if self._flight:
            self._timer = self._loop.call_at(self._flight[0].arrives_at, self._arrive, context=self._wire.context)

    def hold(self) -> None:
        """Nothing arrives; give up when the oldest segment is too old."""
        self.stop()
        if self._flight:
            until = self._flight[0].sent_at + self.socket.user_timeout_s
            self._timer = self._loop.call_at(until, self._give_up, context=self._wire.context)

    def stop(self) -> None:
        """Let nothing arrive and give nothing up, for now."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def repeat(self) -> None:
        """The path is whole again: what was under way is repeated when its turn comes."""
        self.stop()
        if not self._flight:
            return
        path, now = self._wire.path, self._loop.time()
        arrives_at = path.repeated_at(self._flight[0].sent_at, now) + path.transit_s()
        self._flight = deque(segment._replace(arrives_at=arrives_at) for segment in self._flight)
        self.go()

    def _arrive(self) -> None:
        self._timer = None
        now = self._loop.time() + _EARLY
        while self._flight and self._flight[0].arrives_at <= now:
            load = self._flight.popleft().load
            if self._wire.forgotten or (self.peer.gone and not isinstance(load, Sign)):
                self._flight.clear()
                if load is not None or self._wire.forgotten:
                    self._loop.call_later(self._wire.path.latency_s, self.fail, ConnectionResetError, errno.ECONNRESET)
                return
            if isinstance(load, Sign):
                load.what()
            else:
                self.peer.receive(load)
        if self._timer is None:
            self.go()

    def _give_up(self) -> None:
        self._timer = None
        self._flight.clear()
        self.fail(TimeoutError, errno.ETIMEDOUT)

    # ------------------------------------------------------------------------------------------------ receiving

    def receive(self, load: bytes | OSError | None) -> None:
        """Take what has arrived, and hand it to the process when that reads."""
        if isinstance(load, OSError) and self._buffer:
            self.enter(lambda: self._lose(load))
            return
        self._inbox.append(load)
        if self._reading:
            self.enter(self._read)

    def fail(self, kind: type[OSError], number: int) -> None:
        """The kernel ends the connection."""
        if not self.gone:
            self.receive(kind(number, os.strerror(number)))

    def _read(self) -> None:
        while self._inbox and self._reading and not self._ended:
            load = self._inbox.popleft()
            if isinstance(load, OSError):
                self._lose(load)
            elif load is None:
                if not self._protocol.eof_received():
                    self.close()
            else:
                self._hand_over(load)
                self.peer.taken(len(load))

    def _hand_over(self, load: bytes) -> None:
        try:
            self._protocol.data_received(load)
        except Exception as error:  # noqa: BLE001  (asyncio ends the connection of a protocol that fails, whatever it raised)
            self._loop.call_exception_handler({"message": "data_received failed", "exception": error, "transport": self})
            self._lose(error)

    def taken(self, size: int) -> None:
        """The other side has read so many bytes; there is room again."""
        self._kernel -= size
        if self._buffer:
            self._loop.call_later(self._wire.path.latency_s, self._pump, context=self._wire.context)

    # ------------------------------------------------------------------------------------------------ ending

    def enter(self, callback: Callable[[], object]) -> None:
        """Call `callback` in the process of this end: now, or when it runs again."""
        if self._loop.is_suspended(self._process):
            self._loop.when_resumed(self._process, lambda: self.context.copy().run(callback))
        else:
            self.context.copy().run(callback)

    def _lose(self, error: Exception | None) -> None:
        self._ended = True
        self._buffer.clear()
        self._farewell(error)

    def _farewell(self, error: Exception | None) -> None:
        """The process is done with it: the kernel tells the other side, and the protocol is told."""
        self.gone = True
        if error is None:
            unread = any(isinstance(load, bytes) for load in self._inbox)
            reset = Sign(lambda: self.peer.fail(ConnectionResetError, errno.ECONNRESET))
            if unread or not self._finishing:
                self.send(reset if unread else None)
        else:
            self.stop()
            self._flight.clear()
        self._inbox.clear()
        self._loop.call_soon(self._told, error, context=self.context)

    def _told(self, error: Exception | None) -> None:
        self._protocol.connection_lost(error)
        self._wire.ended()


class Wire:
    """One connection between a station and us."""

    def __init__(self, path: Path, context: Context) -> None:
        """Run along `path`; what happens between the ends happens in `context`."""
        self.path = path
        self.context = context
        self.forgotten = False
        self.lost = False
        self.station: End
        self.service: End

    def open(self, station: End, service: End) -> None:
        """Connect two ends."""
        self.station, self.service = station, service
        station.peer, service.peer = service, station
        self.path.wires[self] = None

    @property
    def passes(self) -> bool:
        """Whether a segment that is sent now will arrive."""
        return self.path.up and not self.lost

    def ends(self, *sides: Side) -> list[End]:
        """Return the ends at those `sides`, or both."""
        return [end for end in (self.station, self.service) if not sides or end.side in sides]

    def stop(self) -> None:
        """The path was cut."""
        for end in self.ends():
            end.hold()

    def go_on(self, fate: Fate) -> None:
        """The path is whole again."""
        self.forgotten = self.forgotten or fate is Fate.RESET
        self.lost = self.lost or fate is Fate.LOST
        for end in self.ends():
            if not self.lost:
                end.repeat()

    def reset(self, *sides: Side) -> None:
        """Those `sides` see a reset (absent: both)."""
        for end in self.ends(*sides):
            end.fail(ConnectionResetError, errno.ECONNRESET)

    def ended(self) -> None:
        """Forget a connection that neither process holds any more."""
        if self.station.gone and self.service.gone:
            self.path.wires.pop(self, None)
