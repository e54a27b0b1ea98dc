"""One connection of a simulated station: OCPP-J frames over a WebSocket (OCPP-J 1.6 §4), obeying what its `Line` lets through.

It knows frames, not messages.
"""

from __future__ import annotations

import asyncio
import contextlib
import itertools
from collections import deque
from typing import TYPE_CHECKING, Any, Final

import msgspec
from aiohttp import ClientConnectionError, ClientWebSocketResponse, WSMsgType

from monitor.simulator.line import Answering

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from monitor.simulator.dialect import Answer, Call, Effect, Payload
    from monitor.simulator.line import Line
    from monitor.simulator.report import Tally

LATE_S: Final = 45.0
"""How late a late answer comes; nobody waits so long."""
_CALL: Final = 2
_RESULT: Final = 3
_ERROR: Final = 4
_CLOSING: Final = frozenset({WSMsgType.CLOSE, WSMsgType.CLOSING, WSMsgType.CLOSED, WSMsgType.ERROR})


class LinkLostError(Exception):
    """The connection cannot be used any more."""


class Socket(ClientWebSocketResponse):
    """A client WebSocket that can also be lost: aiohttp's own always says goodbye."""

    def abort(self) -> None:
        """Drop the TCP connection without a close frame."""
        if self._conn is not None and self._conn.transport is not None:
            self._conn.transport.abort()
        # Nobody says goodbye any more, and a connection that is not given back is a leak.
        self._response.close()


class Link:
    """An open connection; calls go one at a time (OCPP-J 1.6 §4.1.1)."""

    def __init__(
        self, socket: Socket, line: Line, tally: Tally, answer: Callable[[str, Mapping[str, Any]], Answer], answer_s: float
    ) -> None:
        """Take an open `socket`; `answer` is asked about every CALL, `answer_s` (our seconds) is the patience with ours."""
        self._socket = socket
        self._line = line
        self._tally = tally
        self._answer = answer
        self._answer_s = answer_s
        self._ids = itertools.count(1)
        self._waiting: tuple[str, asyncio.Future[Payload | None]] | None = None
        self._late: deque[asyncio.Task[None]] = deque(maxlen=16)

    async def call(self, call: Call) -> Payload | None:
        """Send a CALL and return the payload of its result, ``None`` when it was answered with an error.

        Raises:
            LinkLostError: when the connection is gone or no answer came.
        """
        unique = str(next(self._ids))
        reply: asyncio.Future[Payload | None] = asyncio.get_running_loop().create_future()
        self._waiting = (unique, reply)
        await self._line.writes.wait()
        self._tally.messages[call.action] += 1
        await self._send([_CALL, unique, call.action, call.payload])
        try:
            return await self._patiently(reply)
        finally:
            self._waiting = None

    async def _patiently(self, reply: asyncio.Future[Payload | None]) -> Payload | None:
        while not reply.done():
            await asyncio.wait([reply], timeout=self._answer_s)
            if reply.done():
                break
            if self._line.sound:
                self._tally.timeouts += 1
                message = "no answer to a call"
                raise LinkLostError(message)
            # A station that gave up now would close its socket, and a dead line must carry nothing, not even that.
            await self._line.writes.wait()
        return reply.result()

    async def read(self, perform: Callable[[Effect], None]) -> None:
        """Read until the connection ends; `perform` is called with what an answered CALL makes the station do."""
        while True:
            await self._line.reads.wait()
            message = await self._socket.receive()
            # Received just as the line died: nobody has read it until the line is back.
            await self._line.reads.wait()
            if message.type in _CLOSING:
                return
            if message.type is WSMsgType.PING:
                await self._pong(message.data)
            elif message.type is WSMsgType.TEXT and self._line.awake.is_set():
                await self._take(message.data, perform)

    async def _pong(self, data: bytes) -> None:
        try:
            await self._socket.pong(data)
        except ClientConnectionError:
            return

    async def _take(self, text: str, perform: Callable[[Effect], None]) -> None:
        try:
            frame = msgspec.json.decode(text)
        except msgspec.DecodeError:
            return
        match frame:
            case [int(kind), str(unique), dict(payload)] if kind == _RESULT:
                self._settle(unique, payload)
            case [int(kind), str(unique), str(code), *_] if kind == _ERROR:
                self._tally.errors[code] += 1
                self._settle(unique, None)
            case [int(kind), str(unique), str(action), dict(payload)] if kind == _CALL:
                await self._asked(unique, action, payload, perform)
            case _:
                return

    def _settle(self, unique: str, payload: Payload | None) -> None:
        if self._waiting is not None and self._waiting[0] == unique and not self._waiting[1].done():
            self._waiting[1].set_result(payload)

    async def _asked(self, unique: str, action: str, payload: Mapping[str, Any], perform: Callable[[Effect], None]) -> None:
        self._tally.asked[action] += 1
        answer = self._answer(action, payload)
        if answer.payload is None:
            frame: list[Any] = [_ERROR, unique, "NotImplemented", f"{action} is not known here", {}]
        else:
            frame = [_RESULT, unique, answer.payload]
        match self._line.answering:
            case Answering.WRONG:
                frame = [_RESULT, unique, {"status": 7, "welcome": "<html>"}]
            case Answering.LATE:
                self._late.append(asyncio.create_task(self._send_late(frame)))
        try:
            if self._line.answering in (Answering.TRULY, Answering.WRONG):
                await self._send(frame)
        except LinkLostError:
            return
        if answer.effect is not None:
            perform(answer.effect)

    async def _send_late(self, frame: list[Any]) -> None:
        await asyncio.sleep(LATE_S)
        with contextlib.suppress(LinkLostError):
            await self._send(frame)

    async def _send(self, frame: list[Any]) -> None:
        try:
            await self._socket.send_str(msgspec.json.encode(frame).decode())
        except ClientConnectionError as error:
            message = "the connection is gone"
            raise LinkLostError(message) from error

    async def close(self) -> None:
        """Say goodbye with a close frame and wait for its answer, as long as the socket's own time-out says."""
        await self._socket.close()

    def abort(self) -> None:
        """Drop the connection without a close frame."""
        self._socket.abort()

    async def finish(self) -> None:
        """Leave: with a close frame where the line carries one."""
        for task in self._late:
            task.cancel()
        if self._line.sound:
            await self.close()
        else:
            self.abort()
