"""A station's socket with a platform behind it: whose request may go to the station now, and whose answer is whose.

Our own requests go in only while none of the platform's is under way; meanwhile a request of the platform waits, ten seconds at
most, and those behind it with it. Its answers wait for nothing. Answers to our requests are kept from the platform.
"""

from __future__ import annotations

import asyncio
from collections import OrderedDict, deque
from typing import TYPE_CHECKING, Any, Final

import aiohttp
from aiohttp import WSMsgType

from monitor.collectors.ocppj.links import FINAL, TEXT, Link
from monitor.collectors.ocppj.session import ANSWER, UNASKED
from monitor.decode.frames import Answer, Call, read_frame

if TYPE_CHECKING:
    from collections import Counter

    from monitor.collectors.ocppj.platform import PlatformSocket

AT_ONCE: Final = 32 * 1024
"""Bytes that can wait to be sent without anybody waiting for it; asyncio's limit is twice as much."""
STALL_S: Final = 30.0
"""A side that does not read for so long is given up, and the other is told."""
HOLD_S: Final = 10.0
"""How long a request of the platform waits behind ours."""
ANSWERED_S: Final = 30.0
"""A request of the platform that the station has not answered for so long is not waited for any more."""
MOST_CALLS: Final = 64
"""Requests of either side whose answers are waited for."""
OURS: Final = 16
"""Ids of our own last requests, whose answers are kept from the platform however late they come."""


class TapLink(Link):
    """A station's socket with a platform behind it. `calls` are the platform's requests that the station has not answered."""

    __slots__ = ("calls", "idle", "ours", "own")

    def __init__(self, *fields: Any) -> None:  # noqa: ANN401  (those of `Link`)
        """Hold the socket; nothing is under way."""
        super().__init__(*fields)
        self.calls: OrderedDict[str, float] = OrderedDict()
        self.own: OrderedDict[str, None] = OrderedDict()
        self.idle = asyncio.Event()
        self.idle.set()
        self.ours = asyncio.Event()
        self.ours.set()

    def ask(self) -> None:
        """Ask by a ping alone whether it lives: a request of ours would stand in the platform's way."""
        self.ping()

    async def begin(self, identifier: str) -> bool:
        """Wait until no request of the platform is under way, and keep it so; return whether there is room for ours."""
        try:
            async with asyncio.timeout(ANSWERED_S):
                while not self._free():
                    self.idle.clear()
                    await self.idle.wait()
        except TimeoutError:
            return False
        self.ours.clear()
        self.own[identifier] = None
        if len(self.own) > OURS:
            self.own.popitem(last=False)
        return True

    def end(self) -> None:
        """Let the platform's requests pass again."""
        self.ours.set()

    def _free(self) -> bool:
        now = self.clock.monotonic()
        while self.calls:
            identifier, since = next(iter(self.calls.items()))
            if now - since < ANSWERED_S:
                return False
            del self.calls[identifier]
        return True

    def called(self, identifier: str) -> None:
        """A request of the platform went to the station."""
        self.calls[identifier] = self.clock.monotonic()
        if len(self.calls) > MOST_CALLS:
            self.calls.popitem(last=False)

    def takes(self, text: str) -> bool:
        """Take what the station said, if it answers a request of ours; then the platform must not have it.

        An answer to a request of the platform is only noted.
        """
        if (not self.calls and not self.own) or is_call(text):
            return False
        frame = read_frame(text)
        if type(frame) is not Answer:
            return False
        if frame.id in self.own:
            self._ours_answered(frame, text)
            return True
        if self.calls.pop(frame.id, None) is not None and not self.calls:
            self.idle.set()
        return False

    def _ours_answered(self, frame: Answer, text: str) -> None:
        session = self.session
        session.trace.heard(self.clock.now(), text)
        waited_for = session.answered is not None and session.answered(frame)
        session.desk.messages[session.desk.dialect.protocol, ANSWER if waited_for else UNASKED] += 1


class Outlet:
    """The way to a station. What is put in is written at once while the station reads; else it waits, and so does the platform."""

    def __init__(self, link: TapLink, platform: PlatformSocket, counts: Counter[str]) -> None:
        """Lead to `link` from `platform`; count in `counts`."""
        self._link = link
        self._platform = platform
        self._counts = counts
        self._waiting: deque[tuple[int, bytes]] = deque()
        self.emptying: asyncio.Task[None] | None = None

    def put(self, kind: int, payload: bytes) -> None:
        """Pass a frame on; `kind` is its first byte."""
        link = self._link
        if self.emptying is not None:
            self._waiting.append((kind, payload))
        elif link.transport.get_write_buffer_size() + len(payload) < AT_ONCE:
            if not link.transport.is_closing():
                link.write(kind, payload)
        else:
            self._waiting.append((kind, payload))
            self._platform.hold()
            self.emptying = asyncio.create_task(self._empty())

    async def _empty(self) -> None:
        """Write what waits as the station reads; one that does not is cut off, which ends the platform's socket too."""
        try:
            while self._waiting:
                kind, payload = self._waiting.popleft()
                async with asyncio.timeout(STALL_S):
                    await self._link.socket.send_frame(payload, WSMsgType(kind & ~FINAL))
        except TimeoutError:
            self._counts["stalled"] += 1
            self._link.abort()
        except (ConnectionError, aiohttp.ClientError):
            self._waiting.clear()
        finally:
            self.emptying = None
            self._platform.go_on()

    def stop(self) -> None:
        """Pass nothing on any more."""
        if self.emptying is not None:
            self.emptying.cancel()


class Held:
    """Requests of the platform, which wait while one of ours is under way; their order stays."""

    def __init__(self, link: TapLink, outlet: Outlet, counts: Counter[str]) -> None:
        """Pass on through `outlet`, and count in `counts`."""
        self._link = link
        self._outlet = outlet
        self._counts = counts
        self._waiting: deque[tuple[str, bytes]] = deque()
        self._sender: asyncio.Task[None] | None = None

    def take(self, text: str, payload: bytes) -> None:
        """Pass on what the platform said, a request perhaps later."""
        if not is_call(text):
            self._outlet.put(TEXT, payload)
        elif self._link.ours.is_set() and not self._waiting:
            self._send(text, payload)
        else:
            self._counts["held"] += 1
            self._waiting.append((text, payload))
            if self._sender is None or self._sender.done():
                self._sender = asyncio.create_task(self._later())

    async def _later(self) -> None:
        while self._waiting:
            try:
                async with asyncio.timeout(HOLD_S):
                    await self._link.ours.wait()
            except TimeoutError:
                self._counts["held_too_long"] += 1
            self._send(*self._waiting.popleft())

    def _send(self, text: str, payload: bytes) -> None:
        frame = read_frame(text)
        if type(frame) is Call:
            self._link.called(frame.id)
        self._outlet.put(TEXT, payload)

    def stop(self) -> None:
        """Pass nothing on any more."""
        if self._sender is not None:
            self._sender.cancel()


def is_call(text: str) -> bool:
    """Say whether a frame is a request, by its first signs."""
    if text.startswith("[2,"):
        return True
    head = text[:16].replace(" ", "").replace("\n", "").replace("\t", "").replace("\r", "")
    return head.startswith("[2,")
