"""A central system of the `ocpp` package as a process that does one thing at a time, so that it can be killed between any two.

``python -m tests.support.central PORT`` serves OCPP 1.6 at any path. It says ``received ACTION`` on its standard output, waits for
a line on its standard input, answers if it still can, and says ``answered ACTION``. A transaction's number follows from its
beginning, so that who repeats it gets it again.
"""

from __future__ import annotations

import asyncio
import contextlib
import sys
import zlib
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, TypeVar

import websockets
from ocpp import routing
from ocpp.messages import unpack
from ocpp.v16 import ChargePoint, call_result
from websockets.exceptions import ConnectionClosed

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable

    from websockets.asyncio.server import ServerConnection

T = TypeVar("T")
on: Callable[[str], Callable[[T], T]] = routing.on  # the package is untyped
CARD = {"status": "Accepted"}


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def _tell(*words: str | None) -> None:
    sys.stdout.write(" ".join(map(str, words)) + "\n")
    sys.stdout.flush()


class Point(ChargePoint):  # type: ignore[misc]  # the package is untyped
    """What the platform says to one station."""

    gate: asyncio.StreamReader

    async def route_message(self, raw_msg: str) -> None:
        action = getattr(unpack(raw_msg), "action", None)
        _tell("received", action)
        if not await self.gate.readline():
            return
        try:
            await super().route_message(raw_msg)
        finally:
            _tell("answered", action)

    @on("BootNotification")
    def boot(self, **_: Any) -> Any:
        return call_result.BootNotification(current_time=_now(), interval=300, status="Accepted")

    @on("Heartbeat")
    def heartbeat(self, **_: Any) -> Any:
        return call_result.Heartbeat(current_time=_now())

    @on("StatusNotification")
    def status(self, **_: Any) -> Any:
        return call_result.StatusNotification()

    @on("Authorize")
    def authorize(self, **_: Any) -> Any:
        return call_result.Authorize(id_tag_info=CARD)

    @on("StartTransaction")
    def start_transaction(self, timestamp: str, connector_id: int, **_: Any) -> Any:
        number = zlib.crc32(f"{timestamp} {connector_id}".encode()) >> 1
        return call_result.StartTransaction(transaction_id=number, id_tag_info=CARD)

    @on("MeterValues")
    def meter_values(self, **_: Any) -> Any:
        return call_result.MeterValues()

    @on("StopTransaction")
    def stop_transaction(self, **_: Any) -> Any:
        return call_result.StopTransaction()


async def _serve() -> None:
    gate = asyncio.StreamReader()
    await asyncio.get_running_loop().connect_read_pipe(lambda: asyncio.StreamReaderProtocol(gate), sys.stdin)

    async def serve(socket: ServerConnection) -> None:
        assert socket.request is not None
        point = Point(socket.request.path.rpartition("/")[2], socket)
        point.gate = gate
        with contextlib.suppress(ConnectionClosed):
            await point.start()

    async with websockets.serve(serve, "127.0.0.1", int(sys.argv[1]), subprotocols=[websockets.Subprotocol("ocpp1.6")]):
        _tell("ready")
        await asyncio.get_running_loop().create_future()


class Central:
    """That process, from outside; `heard` is every action that it has received, over all its lives."""

    def __init__(self, port: int) -> None:
        """Serve at `port`, once started."""
        self.port = port
        self.heard: list[str] = []
        self._process: asyncio.subprocess.Process | None = None

    async def start(self) -> None:
        """Start it and wait until it listens."""
        pipe = asyncio.subprocess.PIPE
        words = (sys.executable, "-m", "tests.support.central", str(self.port))
        self._process = await asyncio.create_subprocess_exec(*words, stdin=pipe, stdout=pipe)
        assert await self._line() == ["ready"]

    async def kill(self) -> None:
        """End it with nothing said to anybody."""
        assert self._process is not None
        if self._process.returncode is None:
            self._process.kill()
        await self._process.wait()

    async def receives(self) -> str:
        """Wait for the next request, and return its action."""
        word, action = await self._line()
        assert word == "received", (word, action)
        self.heard.append(action)
        return action

    async def answers(self) -> None:
        """Let it answer, and wait until it has."""
        assert self._process is not None
        assert self._process.stdin is not None
        self._process.stdin.write(b"\n")
        assert (await self._line())[0] == "answered"

    async def _line(self) -> list[str]:
        assert self._process is not None
        assert self._process.stdout is not None
        return (await asyncio.wait_for(self._process.stdout.readline(), 20)).decode().split()


@contextlib.asynccontextmanager
async def central_system(port: int) -> AsyncIterator[Central]:
    """Run one until the end of the block."""
    central = Central(port)
    await central.start()
    try:
        yield central
    finally:
        await central.kill()


if __name__ == "__main__":
    asyncio.run(_serve())
