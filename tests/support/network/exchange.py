"""The network itself: who listens where, how a connection is dialled, and the way in for aiohttp's clients.

Put in place of the machine's network (`VirtualLoop.wires`) it carries `loop.create_server` and `loop.create_connection`; no packet
leaves the process.
"""

from __future__ import annotations

import asyncio
import errno
import os
from contextvars import copy_context
from random import Random
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from aiohttp import BaseConnector, ClientConnectorError

from tests.support.network.path import SYN_GIVES_UP_S, SYN_REPEATS_S, Dials, Path, Side
from tests.support.network.wire import End, Sign, Wire
from tests.support.virtual_time import PROCESS, VirtualLoop

if TYPE_CHECKING:
    from collections.abc import Callable
    from contextvars import Context

    from aiohttp import ClientRequest, ClientTimeout
    from aiohttp.client_proto import ResponseHandler
    from aiohttp.tracing import Trace

FIRST_FREE_PORT: Final = 49_152
OUR_ADDRESS: Final = "10.255.0.1"


class _Door(NamedTuple):
    factory: Callable[[], asyncio.BaseProtocol]
    context: Context


class _Name:
    """What a server says that it listens on."""

    def __init__(self, host: str, port: int) -> None:
        self._address = (host, port)

    def getsockname(self) -> tuple[str, int]:
        """Return host and port."""
        return self._address


class Listening(asyncio.AbstractServer):
    """A server of the network, as `loop.create_server` returns one."""

    def __init__(self, exchange: Exchange, host: str, port: int) -> None:
        """Listen on `port`."""
        self._exchange = exchange
        self._port = port
        self.sockets = (_Name(host, port),)

    def close(self) -> None:
        """Let nobody in any more; who is in stays."""
        self._exchange.doors.pop(self._port, None)

    def is_serving(self) -> bool:
        """Say whether somebody may come in."""
        return self._port in self._exchange.doors

    async def wait_closed(self) -> None:
        """Return at once."""

    def get_loop(self) -> asyncio.AbstractEventLoop:
        """Return the loop that runs."""
        return asyncio.get_running_loop()

    async def start_serving(self) -> None:
        """Return at once: it serves already."""

    async def serve_forever(self) -> None:
        """Wait until cancelled."""
        await asyncio.Event().wait()


class Exchange:
    """Listeners by port, and the dialling between them."""

    def __init__(self, seed: int = 1) -> None:
        """Start with nobody listening; whoever dials through the loop itself has a path without delay."""
        context = copy_context()
        context.run(PROCESS.set, "network")
        self.context = context
        self.doors: dict[int, _Door] = {}
        self._seed = seed
        self._near = self.path("near", address="127.0.0.1", latency_s=0.0)
        self._ports = FIRST_FREE_PORT

    def path(self, name: str, **conditions: Any) -> Path:
        """Return a new path; its chances depend on the seed and its `name` alone."""
        return Path(Random(f"{self._seed}/{name}"), **conditions)  # noqa: S311  (a story must repeat itself)

    def _free_port(self) -> int:
        self._ports += 1
        return self._ports

    async def listen(self, factory: Callable[[], asyncio.BaseProtocol], host: str, port: int) -> Listening:
        """Accept connections in the process that runs now (`tests.support.virtual_time.Wires`)."""
        port = port or self._free_port()
        if port in self.doors:
            raise OSError(errno.EADDRINUSE, os.strerror(errno.EADDRINUSE))
        self.doors[port] = _Door(factory, copy_context())
        return Listening(self, host, port)

    async def dial(self, factory: Callable[[], asyncio.BaseProtocol], host: str, port: int) -> tuple[Any, Any]:
        """Connect without delay (`tests.support.virtual_time.Wires`)."""
        del host
        return await self.connect(factory, port, self._near)

    async def connect(self, factory: Callable[[], asyncio.BaseProtocol], port: int, path: Path) -> tuple[Any, Any]:
        """Open a connection along `path`: one round trip, or as long as it takes while the path is cut.

        Raises:
            ConnectionRefusedError: when nobody listens, or the path refuses.
            TimeoutError: when nothing gets through for long.
        """
        loop = asyncio.get_running_loop()
        assert isinstance(loop, VirtualLoop)
        began = loop.time()
        for repeated_s in SYN_REPEATS_S:
            await asyncio.sleep(began + repeated_s - loop.time())
            if not path.up and path.dials is Dials.REFUSED:
                break
            there_s, back_s = path.transit_s(), path.transit_s()
            await asyncio.sleep(there_s)
            door = self.doors.get(port) if path.up else None
            reached = path.up
            await asyncio.sleep(back_s)
            if door is not None and path.up:
                return self._open(loop, factory, path, door, port)
            if reached and door is None:
                break
        else:
            await asyncio.sleep(began + SYN_GIVES_UP_S - loop.time())
            raise TimeoutError(errno.ETIMEDOUT, os.strerror(errno.ETIMEDOUT))
        raise ConnectionRefusedError(errno.ECONNREFUSED, os.strerror(errno.ECONNREFUSED))

    def _open(self, loop: VirtualLoop, factory: Callable[[], Any], path: Path, door: _Door, port: int) -> tuple[Any, Any]:
        """Make both ends; the handshake's last segment, which comes before all others, tells the server."""
        here, there = (path.address, self._free_port()), (OUR_ADDRESS, port)
        wire = Wire(path, self.context)
        station = End(loop, wire, Side.STATION, {"sockname": here, "peername": there})
        service = door.context.copy().run(End, loop, wire, Side.SERVICE, {"sockname": there, "peername": here})
        wire.open(station, service)

        def accept() -> None:
            if self.doors.get(port) is door:
                service.start(door.factory)
            else:
                service.refuse()

        station.send(Sign(lambda: service.enter(accept)))
        return station, station.start(factory)


class Dialler(BaseConnector):
    """aiohttp's way along one path: whatever host is asked for, its port is dialled on the exchange."""

    def __init__(self, exchange: Exchange, path: Path) -> None:
        """Dial on `exchange` along `path`."""
        super().__init__(limit=0, force_close=True)
        self._exchange = exchange
        self._path = path

    async def _create_connection(
        self,
        req: ClientRequest,
        traces: list[Trace],
        timeout: ClientTimeout,  # noqa: ASYNC109  (aiohttp's own signature)
    ) -> ResponseHandler:
        del traces, timeout
        try:
            _, protocol = await self._exchange.connect(self._factory, int(req.url.port or 80), self._path)
        except OSError as error:
            raise ClientConnectorError(req.connection_key, error) from error
        return protocol  # type: ignore[no-any-return]
