"""The field listener: TCP and WebSocket around the sessions, with the limits of the contract.

64 KiB a message, no compression, 10 s for a handshake, 200 frames a second from one station before it feels back-pressure.
Meaning is not its business: a text goes to `session.handle`, what comes back is sent.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import socket
from collections import Counter
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any, Final

import structlog
from aiohttp import WSCloseCode, WSMsgType, web
from aiohttp.web_protocol import RequestHandler

from monitor.collectors.ocppj.admission import Handshake, Network, Refusal, decide
from monitor.collectors.ocppj.links import Link, Links
from monitor.collectors.ocppj.session import Desk, Reply, Session, handle, not_stored, stored
from monitor.core.ids import MalformedIdError, parse_identity
from monitor.core.observations import Alive, LinkClosed, LinkOpened
from monitor.runtime.journal import TransientStoreError

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Mapping, Sequence

    from monitor.core.clock import Clock
    from monitor.core.ids import Identity
    from monitor.core.registry import Station
    from monitor.registry.directory import Directory
    from monitor.runtime.intake import Intake
    from monitor.runtime.ports import HealthView

log = structlog.get_logger("field")

MESSAGE_BYTES: Final = 64 * 1024
HANDSHAKE_S: Final = 10.0
FRAMES_PER_S: Final = 200
BACKLOG: Final = 4096
"""Connections that may wait to be accepted; aiohttp's 128 makes a reconnect storm five times slower."""
REFUSALS_TOLD: Final = 20
"""Refusals written to the log in a minute; all are counted."""
PASS_ON_S: Final = 10.0
"""Liveness is passed on at most so often for a station that is known to be well."""
USER_TIMEOUT_MS: Final = 120_000
"""Unacknowledged data older than this ends the connection (RFC 5482): a link that died silently under our ping."""
_NO_LOG: Final = logging.getLogger("field.access")
"""An access logger that is off: every station would write a line a connection."""
_NO_LOG.disabled = True
_REALM: Final = 'Basic realm="charging stations", charset="UTF-8"'


@dataclass(slots=True, kw_only=True)
class Field:
    """What the listener works with.

    `desks` are the dialects by sub-protocol; `admit` makes a station of an unknown identity, ``None``: unknown ones are
    refused; `heartbeat_s` is for stations without an interval of their own; `default_subprotocol` for those that offer none.
    """

    clock: Clock
    directory: Directory
    view: HealthView
    intake: Intake
    desks: Mapping[str, Desk]
    pepper: bytes
    networks: Sequence[Network]
    heartbeat_s: int = 300
    ping_s: float = 60.0
    handshake_s: float = HANDSHAKE_S
    default_subprotocol: str = ""
    admit: Callable[[Identity], Awaitable[Station | None]] | None = None


class _GuardedHandler(RequestHandler):
    """A connection that is cut when its handshake is not complete in time; aiohttp itself waits for ever."""

    __slots__ = ("_late", "patience_s")

    patience_s: float

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        super().connection_made(transport)
        self._late: asyncio.TimerHandle | None = self._loop.call_later(self.patience_s, self._cut)

    def connection_lost(self, exc: BaseException | None) -> None:
        self.greet()
        super().connection_lost(exc)

    def greet(self) -> None:
        """The handshake is complete."""
        if self._late is not None:
            self._late.cancel()
            self._late = None

    def _cut(self) -> None:
        self._late = None
        if self.transport is not None:
            self.transport.close()
            self.force_close()


class FieldListener:
    """Accepts stations at `/ocpp/{identity}` and serves each until its socket ends."""

    def __init__(self, field: Field) -> None:
        """Serve with `field`."""
        self._field = field
        self.links = Links(field.clock, field.ping_s)
        self.refusals: Counter[Refusal] = Counter()
        self.replaced = 0
        self._told = 0
        self._told_since = field.clock.monotonic()
        self._runner: web.AppRunner | None = None
        self._servers: list[asyncio.Server] = []

    def application(self) -> web.Application:
        """Return the web application, for a runner or a test."""
        app = web.Application(client_max_size=MESSAGE_BYTES)
        app.router.add_get("/ocpp/{identity}", self._accept)
        return app

    async def start(self, host: str, port: int) -> int:
        """Listen on `host` and `port` (0: any free one) and return the port.

        Raises:
            OSError: when the address cannot be used.
        """
        loop = asyncio.get_running_loop()
        if self._runner is None:
            self._runner = web.AppRunner(self.application(), access_log=None, handle_signals=False, shutdown_timeout=1.0)
            await self._runner.setup()
        inner = self._runner.server
        assert inner is not None  # noqa: S101  (set up two lines above)

        def connection() -> _GuardedHandler:
            handler = _GuardedHandler(inner, loop=loop, access_log=_NO_LOG, keepalive_timeout=HANDSHAKE_S)
            handler.patience_s = self._field.handshake_s
            return handler

        server = await loop.create_server(connection, host, port, backlog=BACKLOG, reuse_address=True)
        self._servers.append(server)
        return int(server.sockets[0].getsockname()[1])

    async def stop(self) -> None:
        """Take nobody new, say good-bye to those who are here, and end."""
        for server in self._servers:
            server.close()
        await self.links.close_all()
        if self._runner is not None:
            await self._runner.cleanup()

    # ------------------------------------------------------------------------------------------------ handshake

    async def _accept(self, request: web.Request) -> web.StreamResponse:
        greet = getattr(request.protocol, "greet", None)
        if greet is not None:
            greet()
        try:
            identity = parse_identity(request.match_info["identity"])
        except MalformedIdError as error:
            return _refusal(web.HTTPBadRequest.status_code, str(error))
        station = self._field.directory.by_identity(identity)
        if station is None and self._field.admit is not None:
            try:
                station = await self._field.admit(identity)
            except TransientStoreError:
                return _refusal(web.HTTPServiceUnavailable.status_code, "try again later\n")
        authorization = request.headers.getall("Authorization", [])
        shake = Handshake(
            identity=identity,
            address=request.remote or "",
            authorization=authorization[0] if len(authorization) == 1 else None,
        )
        refusal = decide(shake, station, self._field.pepper, self._field.networks)
        if refusal is not None or station is None:
            self._count(refusal or Refusal.UNKNOWN, shake)
            return _refusal(web.HTTPUnauthorized.status_code, "not admitted\n", {"WWW-Authenticate": _REALM})
        offered = [word.strip() for header in request.headers.getall("Sec-WebSocket-Protocol", []) for word in header.split(",")]
        chosen = self._choose(offered)
        if chosen is None:
            known = ", ".join(self._field.desks)
            return _refusal(web.HTTPBadRequest.status_code, f"no common sub-protocol: offer one of {known}\n")
        return await self._serve(request, station, chosen, echo=bool(offered))

    def _choose(self, offered: list[str]) -> str | None:
        """Return the first sub-protocol offered that is served; the default one where none was offered."""
        if not offered:
            return self._field.default_subprotocol or None
        return next((word for word in offered if word in self._field.desks), None)

    def _count(self, refusal: Refusal, shake: Handshake) -> None:
        """Count a refusal; only the first few of a minute are told, so that a guesser cannot fill the log."""
        self.refusals[refusal] += 1
        now = self._field.clock.monotonic()
        if now - self._told_since >= 60.0:  # noqa: PLR2004  (a minute)
            if self._told > REFUSALS_TOLD:
                log.info("more were refused", count=self._told - REFUSALS_TOLD)
            self._told_since, self._told = now, 0
        self._told += 1
        if self._told <= REFUSALS_TOLD:
            log.info("refused", identity=shake.identity, address=shake.address, reason=refusal.value)

    # ------------------------------------------------------------------------------------------------ serving

    async def _serve(self, request: web.Request, station: Station, chosen: str, *, echo: bool) -> web.StreamResponse:
        field = self._field
        ws = web.WebSocketResponse(
            protocols=(chosen,) if echo else (), compress=False, autoping=False, max_msg_size=MESSAGE_BYTES + 1, timeout=5.0
        )
        await ws.prepare(request)
        transport = request.transport
        if transport is None:
            return ws
        _tune(transport)
        epoch = self.links.next_epoch(station.id, field.view.health(station.id).link_epoch)
        desk = field.desks[chosen]
        heartbeat_s = station.heartbeat_s or field.heartbeat_s
        session = Session(desk, station.id, field.intake.slot(station.id), heartbeat_s=heartbeat_s, epoch=epoch)
        link = Link(ws, session, transport, field.clock.monotonic())
        before = self.links.add(link)
        if before is not None:
            self.replaced += 1
            before.transport.abort()
        now = field.clock.now()
        opened = LinkOpened(at=now, epoch=epoch, protocol=desk.dialect.protocol, address=request.remote or "")
        field.intake.put(station.id, (opened,))
        try:
            await self._converse(link, ws)
        except (ConnectionError, asyncio.CancelledError):
            if self.links.closing:
                raise
        finally:
            self._ended(link, ws)
        return ws

    def _ended(self, link: Link, ws: web.WebSocketResponse) -> None:
        """The socket is gone; a late end of a replaced one says nothing, nor does our own good-bye."""
        if not self.links.remove(link) or self.links.closing:
            return
        code = ws.close_code or WSCloseCode.ABNORMAL_CLOSURE
        closed = LinkClosed(
            at=self._field.clock.now(), epoch=link.session.epoch, clean=code != WSCloseCode.ABNORMAL_CLOSURE, code=int(code)
        )
        self._field.intake.put(link.session.station, (closed,))

    async def _converse(self, link: Link, ws: web.WebSocketResponse) -> None:
        """Take message after message until the socket ends."""
        clock = self._field.clock
        intake = self._field.intake
        slot = link.session.slot
        while True:
            message = await ws.receive()
            link.frames += 1
            if link.frames > FRAMES_PER_S:
                await self._slow_down(link)
            kind = message.type
            if kind is WSMsgType.TEXT:
                self._take(link, message.data)
                if intake.full:
                    await intake.room()
            elif kind is WSMsgType.PONG:
                link.pinged = 0
                slot.last_seen = clock.now()
                if not slot.pong:
                    slot.pong = True
                    self._field.intake.put(link.session.station, (Alive(at=slot.last_seen, pong=True),))
                self._pass_on(link)
            elif kind is WSMsgType.PING:
                slot.last_seen = clock.now()
                await ws.pong(message.data)
                self._pass_on(link)
            elif kind is WSMsgType.BINARY:
                slot.invalid += 1
                await ws.close(code=WSCloseCode.UNSUPPORTED_DATA, message=b"OCPP-J is text")
                return
            else:
                return

    def _take(self, link: Link, text: str) -> None:
        """Take one message; what it is answered is sent now, or when it is stored."""
        field = self._field
        session = link.session
        reply = handle(session, text, field.clock.now())
        link.pinged = 0
        if not reply.observations:
            self._pass_on(link)
        elif reply.after_commit:
            field.intake.commit(session.station, reply.observations, partial(_answer, link, reply))
            return
        else:
            field.intake.put(session.station, reply.observations)
        if reply.payload is not None:
            link.send(reply.payload)

    def _pass_on(self, link: Link) -> None:
        """Tell the engine of mere liveness: at once where it waits for it, else now and then."""
        slot = link.session.slot
        steady = self._field.clock.monotonic()
        if slot.last_seen is not None and (slot.wanted or steady - link.passed_at >= PASS_ON_S):
            link.passed_at = steady
            slot.wanted = False
            self._field.intake.put(link.session.station, (Alive(at=slot.last_seen, pong=slot.pong),))

    async def _slow_down(self, link: Link) -> None:
        """A station that says more than its share is read more slowly; its socket fills, and it waits."""
        elapsed = self._field.clock.monotonic() - link.window_at
        spare = link.frames / FRAMES_PER_S - elapsed
        if spare > 0:
            await asyncio.sleep(min(spare, 1.0))
        link.window_at = self._field.clock.monotonic()
        link.frames = 0


def _answer(link: Link, reply: Reply, is_stored: bool) -> None:  # noqa: FBT001  (called back with the outcome)
    """Answer a message whose observations are stored, or could not be."""
    if is_stored:
        stored(link.session, reply)
    payload = reply.payload if is_stored else not_stored(link.session, reply)
    if payload is not None:
        link.send(payload)


def _refusal(status: int, text: str, headers: dict[str, Any] | None = None) -> web.Response:
    response = web.Response(status=status, text=text, headers=headers)
    response.force_close()
    return response


def _tune(transport: asyncio.Transport) -> None:
    raw = transport.get_extra_info("socket")
    if raw is not None:
        with contextlib.suppress(OSError):
            raw.setsockopt(socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT, USER_TIMEOUT_MS)
