"""A small central system for tests that checks every message against its schema: for 1.6 the `ocpp` package's ChargePoint.

The other versions have `plain_desk`. It stands on `websockets` and writes down what arrives, so that a test can wait for it
instead of sleeping.
"""

from __future__ import annotations

import asyncio
import base64
import contextlib
import http
import json
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any, TypeVar

from ocpp import routing
from ocpp.v16 import ChargePoint, call_result
from ocpp.v16.enums import AuthorizationStatus, RegistrationStatus
from websockets.asyncio.server import Server, ServerConnection, serve
from websockets.exceptions import ConnectionClosed
from websockets.typing import Subprotocol

from monitor.simulator.dialect import Version
from monitor.simulator.dialects import DIALECTS

from .plain_desk import PlainDesk

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Sequence

    from websockets.http11 import Request, Response


T = TypeVar("T")
answers: Callable[[str], Callable[[T], T]] = routing.on  # the package is untyped


@dataclass(frozen=True, slots=True, kw_only=True)
class Heard:
    """One call, or the begin or end of a connection."""

    identity: str
    what: str
    payload: dict[str, Any] = field(default_factory=dict)
    connection: int = 0
    at: float = 0.0


class Desk(ChargePoint):  # type: ignore[misc]  # the package is untyped
    """The answers of the central system to one station."""

    central: Central
    _count = 0

    @answers("BootNotification")
    def boot(self, **_: object) -> call_result.BootNotification:
        """Answer a BootNotification."""
        return call_result.BootNotification(
            current_time=datetime.now(UTC).isoformat(),
            interval=self.central.interval_s,
            status=self.central.verdicts.pop(0) if self.central.verdicts else RegistrationStatus.accepted,
        )

    @answers("Heartbeat")
    def heartbeat(self, **_: object) -> call_result.Heartbeat:
        """Answer a Heartbeat."""
        return call_result.Heartbeat(current_time=datetime.now(UTC).isoformat())

    @answers("StatusNotification")
    def status(self, **_: object) -> call_result.StatusNotification:
        """Answer a StatusNotification."""
        return call_result.StatusNotification()

    @answers("Authorize")
    def authorize(self, **_: object) -> call_result.Authorize:
        """Answer a Authorize."""
        return call_result.Authorize(id_tag_info={"status": self.central.admitted})

    @answers("StartTransaction")
    def begin(self, **_: object) -> call_result.StartTransaction:
        """Answer a StartTransaction."""
        if self.central.broken:
            message = "out of order"
            raise RuntimeError(message)
        self.central.transactions += 1
        return call_result.StartTransaction(transaction_id=self.central.transactions, id_tag_info={"status": self.central.card})

    @answers("MeterValues")
    def meter(self, **_: object) -> call_result.MeterValues:
        """Answer a MeterValues."""
        return call_result.MeterValues()

    @answers("StopTransaction")
    def end(self, **_: object) -> call_result.StopTransaction:
        """Answer a StopTransaction."""
        return call_result.StopTransaction()


class Tap:
    """A connection that writes down what passes."""

    def __init__(self, socket: ServerConnection, central: Central, identity: str, number: int) -> None:
        """Stand between `socket` and a desk."""
        self._socket = socket
        self._central = central
        self._identity = identity
        self._number = number

    async def recv(self) -> str:
        """Return the next text."""
        text = await self._socket.recv()
        assert isinstance(text, str)
        frame = json.loads(text)
        if frame[0] == 2 and frame[2] in self._central.unanswered:
            self._central.note(Heard(identity=self._identity, what="ignored", connection=self._number))
            return await self.recv()
        if frame[0] == 2:
            self._central.note(Heard(identity=self._identity, what=frame[2], payload=frame[3], connection=self._number))
        return text

    async def send(self, text: str) -> None:
        """Send a text."""
        frame = json.loads(text)
        if frame[0] == 4:
            self._central.errors.append(frame[2:4])
        await self._socket.send(text)


class Central:
    """What was heard, in order, and the open sockets."""

    def __init__(self) -> None:
        """Have heard nothing yet."""
        self.url = ""
        self.interval_s = 60
        self.heard: list[Heard] = []
        self.errors: list[list[str]] = []
        self.transactions = 0
        self.passwords: dict[str, str] = {}
        self.refuse: set[str] = set()
        self.unanswered: set[str] = set()
        self.broken = False
        self.verdicts: list[RegistrationStatus] = []
        self.admitted: AuthorizationStatus = AuthorizationStatus.accepted
        self.card: AuthorizationStatus = AuthorizationStatus.accepted
        self.subprotocols = {Subprotocol(dialect.subprotocol): version for version, dialect in DIALECTS.items()}
        self.desks: dict[str, Desk] = {}
        self.plain: dict[str, PlainDesk] = {}
        self.sockets: dict[str, ServerConnection] = {}
        self._count = 0
        self._news = asyncio.Event()

    def note(self, heard: Heard) -> None:
        """Write `heard` down."""
        self.heard.append(replace(heard, at=asyncio.get_running_loop().time()))
        self._news.set()

    async def expect(self, wanted: Callable[[Heard], bool] | str, *, after: int = 0) -> int:
        """Wait for the first entry from `after` on that is `wanted` and return the number of the next one."""
        while True:
            for number in range(after, len(self.heard)):
                entry = self.heard[number]
                if entry.what == wanted if isinstance(wanted, str) else wanted(entry):
                    return number + 1
            after = max(after, len(self.heard))
            self._news.clear()
            async with asyncio.timeout(15):
                await self._news.wait()

    def actions(self, identity: str) -> list[str]:
        """Return what was heard of one station."""
        return [entry.what for entry in self.heard if entry.identity == identity]

    async def ping(self, identity: str, patience_s: float) -> bool:
        """Return whether a ping to the station was answered in time."""
        waiter = await self.sockets[identity].ping()
        with contextlib.suppress(TimeoutError, ConnectionClosed):
            await asyncio.wait_for(waiter, patience_s)
            return True
        return False

    def check(self, connection: ServerConnection, request: Request) -> Response | None:
        """Refuse a station that may not connect or whose password is wrong."""
        identity = request.path.rsplit("/", 1)[1]
        expected = self.passwords.get(identity)
        given = request.headers.get("Authorization", "")
        wrong = expected is not None and given != "Basic " + base64.b64encode(f"{identity}:{expected}".encode()).decode()
        return connection.respond(http.HTTPStatus.UNAUTHORIZED, "no") if wrong or identity in self.refuse else None

    async def serve(self, socket: ServerConnection) -> None:
        """Serve one connection until it ends."""
        assert socket.request is not None
        identity = socket.request.path.rsplit("/", 1)[1]
        self._count += 1
        number = self._count
        desk = self._desk(identity, socket, Tap(socket, self, identity, number))
        self.sockets[identity] = socket
        self.note(Heard(identity=identity, what="open", connection=number))
        try:
            await desk.start()
        except ConnectionClosed:
            pass
        finally:
            closed = Heard(identity=identity, what="close", payload={"code": socket.close_code}, connection=number)
            self.note(closed)

    def _desk(self, identity: str, socket: ServerConnection, tap: Tap) -> Desk | PlainDesk:
        if socket.subprotocol not in (None, DIALECTS[Version.V16].subprotocol):
            self.plain[identity] = PlainDesk(self.subprotocols[socket.subprotocol], tap, self)
            return self.plain[identity]
        self.desks[identity] = Desk(identity, tap)
        self.desks[identity].central = self
        return self.desks[identity]

    def choose(self, _connection: ServerConnection, offered: Sequence[Subprotocol]) -> Subprotocol | None:
        """Take what is offered, where it is served."""
        return next((one for one in offered if one in self.subprotocols), None)


@contextlib.asynccontextmanager
async def running() -> AsyncIterator[Central]:
    """Run a central system on a free port of this machine."""
    central = Central()
    server: Server = await serve(
        central.serve,
        "127.0.0.1",
        0,
        select_subprotocol=central.choose,
        ping_interval=None,
        close_timeout=0.2,
        process_request=central.check,
    )
    central.url = f"ws://127.0.0.1:{next(iter(server.sockets)).getsockname()[1]}/ocpp"
    try:
        yield central
    finally:
        for socket in central.sockets.values():
            socket.transport.abort()
        server.close()
        await server.wait_closed()


def stamped(entry: Heard, offset: timedelta) -> bool:
    """Return whether the message's own timestamp is off by about `offset`."""
    off = datetime.fromisoformat(entry.payload["timestamp"]) - datetime.now(UTC)
    return abs(off - offset) < timedelta(minutes=1)
