"""WebSockets byte by byte, for clients that no library would be: any request line, any header, any frame (RFC 6455)."""

from __future__ import annotations

import asyncio
import json
from contextlib import asynccontextmanager
from enum import IntEnum
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterable

KEY = "AAAAAAAAAAAAAAAAAAAAAA=="


class Opcode(IntEnum):
    """What a frame is (RFC 6455 §5.2)."""

    CONTINUATION = 0
    TEXT = 1
    BINARY = 2
    CLOSE = 8
    PING = 9
    PONG = 10


class RawSocket:
    """A connection to the field listener; `status` is what its handshake was answered, `head` the whole answer."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Hold a connection on which nothing was said."""
        self._reader = reader
        self._writer = writer
        self.status = 0
        self.head = ""

    async def knock(self, path: bytes, headers: Iterable[tuple[str, str]] = (), subprotocol: str = "ocpp1.6") -> int:
        """Ask for `path` just as it stands and return the status; 0 when the connection was closed without one."""
        lines = [b"GET " + path + b" HTTP/1.1", b"Host: field", b"Connection: Upgrade", b"Upgrade: websocket"]
        lines += [b"Sec-WebSocket-Version: 13", f"Sec-WebSocket-Key: {KEY}".encode()]
        lines += [f"Sec-WebSocket-Protocol: {subprotocol}".encode()]
        lines += [f"{name}: {value}".encode() for name, value in headers]
        self._writer.write(b"\r\n".join([*lines, b"", b""]))
        try:
            head = await asyncio.wait_for(self._reader.readuntil(b"\r\n\r\n"), 15)
        except (asyncio.IncompleteReadError, ConnectionError):
            return 0
        self.head = head.decode("latin-1")
        self.status = int(self.head.split(" ", 2)[1])
        return self.status

    def send(self, opcode: int, payload: bytes, *, final: bool = True, masked: bool = True) -> None:
        """Send one frame."""
        size = len(payload)
        bit = 0x80 if masked else 0
        if size < 126:
            length = bytes((bit | size,))
        elif size < 1 << 16:
            length = bytes((bit | 126,)) + size.to_bytes(2)
        else:
            length = bytes((bit | 127,)) + size.to_bytes(8)
        # A mask of zeros leaves the payload as it is.
        self._writer.write(bytes(((0x80 if final else 0) | opcode,)) + length + (bytes(4) if masked else b"") + payload)

    def say(self, text: str | bytes) -> None:
        """Send a text message."""
        self.send(Opcode.TEXT, text if isinstance(text, bytes) else text.encode())

    async def drained(self) -> None:
        """Wait until the kernel has taken what was sent."""
        await self._writer.drain()

    async def frame(self) -> tuple[int, bytes]:
        """Return the next frame; a connection that is closed without a close frame gives one with code 1006."""
        try:
            async with asyncio.timeout(15):
                first, second = await self._reader.readexactly(2)
                size = second & 0x7F
                if size >= 126:
                    size = int.from_bytes(await self._reader.readexactly(2 if size == 126 else 8))
                return first & 0x0F, await self._reader.readexactly(size)
        except (asyncio.IncompleteReadError, ConnectionError):
            return Opcode.CLOSE, (1006).to_bytes(2)

    async def answer(self) -> Any:
        """Return the next OCPP message, or the code with which the connection was closed."""
        while True:
            opcode, payload = await self.frame()
            if opcode == Opcode.TEXT:
                return json.loads(payload)
            if opcode == Opcode.CLOSE:
                return int.from_bytes(payload[:2])

    async def ask(self, action: str, payload: Any, identifier: str = "1") -> Any:
        """Send a CALL and return what it is answered."""
        self.say(json.dumps([2, identifier, action, payload], ensure_ascii=False))
        return await self.answer()

    def close(self) -> None:
        """End the connection without a word."""
        self._writer.transport.abort()


@asynccontextmanager
async def raw_socket(port: int) -> AsyncIterator[RawSocket]:
    """Connect to the field listener on `port`."""
    socket = RawSocket(*await asyncio.open_connection("127.0.0.1", port, limit=1 << 22))
    try:
        yield socket
    finally:
        socket.close()


@asynccontextmanager
async def raw_station(port: int, identity: str, version: str, headers: Iterable[tuple[str, str]] = ()) -> AsyncIterator[RawSocket]:
    """Connect as that station and do the handshake."""
    async with raw_socket(port) as socket:
        status = await socket.knock(f"/ocpp/{identity}".encode(), headers, f"ocpp{version}")
        assert status == 101, socket.head
        yield socket
