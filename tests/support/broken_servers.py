"""Servers that fail half-way, byte by byte: what a client sees when the other side dies, stalls or is no server at all."""

from __future__ import annotations

import asyncio
import socket
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

HEAD = b"HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\n"


class Broken:
    """A listener that says `before` at once and `after` when it has heard something, and then hangs or closes the connection."""

    def __init__(self, *, before: bytes = b"", after: bytes | None = None, hangs: bool = False) -> None:
        self._before, self._after, self._hangs = before, after, hangs
        self.port = 0
        self.heard = b""
        self.connections = 0

    @property
    def url(self) -> str:
        """Its address."""
        return f"http://127.0.0.1:{self.port}"

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connections += 1
        try:
            writer.write(self._before)
            if self._after is not None:
                self.heard += await reader.read(65536)
                writer.write(self._after)
            await writer.drain()
            if self._hangs:
                while chunk := await reader.read(65536):
                    self.heard += chunk
        except ConnectionError:
            pass
        finally:
            writer.close()


@asynccontextmanager
async def broken(server: Broken) -> AsyncIterator[Broken]:
    """Run `server` on any free port."""
    listener = await asyncio.start_server(server.serve, "127.0.0.1", 0)
    server.port = listener.sockets[0].getsockname()[1]
    try:
        yield server
    finally:
        listener.close()
        await listener.wait_closed()


def silent() -> Broken:
    """Accepts, listens, and never says anything."""
    return Broken(after=b"", hangs=True)


def closing() -> Broken:
    """Hears the request and closes the connection."""
    return Broken(after=b"")


def free_port() -> int:
    """Return a port on which nobody listens."""
    with socket.socket() as sock:
        sock.bind(("127.0.0.1", 0))
        port: int = sock.getsockname()[1]
        return port
