"""A central system beside ours, written with `websockets`: it notes every message and answers as a test tells it."""

from __future__ import annotations

import asyncio
import json
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import TYPE_CHECKING, Any

import websockets

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable

    from websockets.asyncio.server import ServerConnection


@dataclass
class Platform:
    """Messages in the order in which they came; `answer` makes a payload of action and payload, ``None``: no answer."""

    port: int = 0
    heard: list[str | bytes] = field(default_factory=list)
    requests: list[Any] = field(default_factory=list)
    sockets: list[ServerConnection] = field(default_factory=list)
    closes: list[tuple[int | None, str | None]] = field(default_factory=list)
    answer: Callable[[str, Any], Any] | None = None
    refuse: int = 0
    subprotocols: tuple[str, ...] = ("ocpp1.6", "ocpp2.0.1", "ocpp9.9")

    @property
    def url(self) -> str:
        return f"ws://127.0.0.1:{self.port}/central"

    @property
    def socket(self) -> ServerConnection:
        """The newest socket."""
        return self.sockets[-1]

    async def hears(self, count: int = 1) -> list[str | bytes]:
        """Wait until `count` messages have come."""
        async with asyncio.timeout(10):
            while len(self.heard) < count:
                await asyncio.sleep(0.005)
        return self.heard

    async def serve(self, socket: ServerConnection) -> None:
        self.sockets.append(socket)
        try:
            async for message in socket:
                self.heard.append(message)
                frame = json.loads(message) if isinstance(message, str) and message.lstrip().startswith("[") else None
                if frame and frame[0] == 2 and self.answer is not None:
                    said = self.answer(frame[2], frame[3])
                    if said is not None:
                        await socket.send(json.dumps([3, frame[1], said]))
        finally:
            await socket.wait_closed()
            self.closes.append((socket.close_code, socket.close_reason))

    def gate(self, connection: ServerConnection, request: Any) -> Any:
        self.requests.append(request)
        if self.refuse:
            response = connection.respond(HTTPStatus(self.refuse), "no\n")
            response.headers["WWW-Authenticate"] = 'Basic realm="platform"'
            return response
        return None


@asynccontextmanager
async def listening(platform: Platform) -> AsyncIterator[Platform]:
    """Run `platform`, on its port if it has had one."""
    async with websockets.serve(
        platform.serve,
        "127.0.0.1",
        platform.port,
        select_subprotocol=lambda _, offered: next((one for one in offered if one in platform.subprotocols), None),
        process_request=platform.gate,
        max_size=8 * 1024 * 1024,
        compression=None,
        close_timeout=1,
    ) as server:
        platform.port = next(iter(server.sockets)).getsockname()[1]
        yield platform
