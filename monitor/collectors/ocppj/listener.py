"""The field listener: TCP and WebSocket around the sessions, with the limits of the contract.

64 KiB a message, no compression, 10 s for a handshake, 200 frames a second from one station before it feels back-pressure.
Meaning is not its business: a text goes to `session.handle`, what comes back is sent.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import socket
from functools import partial
from typing import TYPE_CHECKING, Final

import structlog
from aiohttp import WSCloseCode, WSMsgType, web
from aiohttp.web_protocol import RequestHandler

from monitor.collectors.ocppj.door import HANDSHAKE_S, Door
from monitor.collectors.ocppj.links import Link, Links
from monitor.collectors.ocppj.platform import LARGEST, PlatformRefusedError
from monitor.collectors.ocppj.session import handle
from monitor.collectors.ocppj.tap import Tap
from monitor.collectors.ocppj.tap_link import TapLink
from monitor.core.observations import Alive, LinkClosed, LinkOpened
from monitor.core.quirks import Quirk
from monitor.desk.line import MESSAGES_PER_S
from monitor.desk.session import Reply, Session, not_stored, quirk, stored
from monitor.runtime.trace import Contact

if TYPE_CHECKING:
    from collections.abc import Sequence

    from monitor.collectors.ocppj.door import Entry, Field
    from monitor.core.ids import StationId
    from monitor.core.registry import Station
    from monitor.desk.admission import Network
    from monitor.desk.session import Desk
    from monitor.desk.tls import ServerContext

log = structlog.get_logger("field")

MESSAGE_BYTES: Final = 64 * 1024
BACKLOG: Final = 4096
"""Connections that may wait to be accepted; aiohttp's 128 makes a reconnect storm five times slower."""
LONGEST_HOST: Final = 255
USER_TIMEOUT_MS: Final = 120_000
"""Unacknowledged data older than this ends the connection (RFC 5482): a link that died silently under our ping."""
_HEARD: Final = frozenset({WSMsgType.TEXT, WSMsgType.BINARY, WSMsgType.PING, WSMsgType.PONG})
"""What only a living station sends."""
_NO_LOG: Final = logging.getLogger("field.access")
"""An access logger that is off: every station would write a line a connection."""
_NO_LOG.disabled = True


class _GuardedHandler(RequestHandler):
    """A connection that is cut when its handshake is not complete in time; aiohttp itself waits for ever.

    `ended_plainly` says that the other side ended the connection in good order, as far as TCP knows; `fence` are the networks from
    which this listener takes anybody, none: from all.
    """

    __slots__ = ("_late", "ended_plainly", "fence", "patience_s")

    patience_s: float
    fence: Sequence[Network]

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        super().connection_made(transport)
        self.ended_plainly = False
        self._late: asyncio.TimerHandle | None = self._loop.call_later(self.patience_s, self._cut)

    def connection_lost(self, exc: BaseException | None) -> None:
        self.greet()
        self.ended_plainly = exc is None
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

    def __init__(self, field: Field, routes: Sequence[web.RouteDef] = ()) -> None:
        """Serve with `field`; `routes` are what else is served on the same port."""
        self._field = field
        self._routes = routes
        self.desks = tuple(field.desks.values())
        self.links = Links(field.clock, field.ping_s)
        self._door = Door(field, self.links)
        self.tap = Tap(field.upstream, field, self.links)
        self._runner: web.AppRunner | None = None
        self._servers: list[asyncio.Server] = []

    def application(self) -> web.Application:
        """Return the web application, for a runner or a test."""
        app = web.Application(client_max_size=MESSAGE_BYTES)
        app.router.add_get("/ocpp/{identity}", self._accept)
        app.add_routes(self._routes)
        return app

    async def start(self, host: str, port: int, tls: ServerContext | None = None, fence: Sequence[Network] = ()) -> int:
        """Listen on `host` and `port` (0: any free one) and return the port; over TLS with `tls`, to those of `fence` only if any.

        Raises:
            OSError: when the address cannot be used.
        """
        loop = asyncio.get_running_loop()
        if self._runner is None:
            # A newcomer that leaves while it waits for a place must be forgotten: its handler is told by being cancelled.
            self._runner = web.AppRunner(
                self.application(), access_log=None, handle_signals=False, handler_cancellation=True, shutdown_timeout=1.0
            )
            await self._runner.setup()
        inner = self._runner.server
        assert inner is not None  # noqa: S101  (set up two lines above)

        def connection() -> _GuardedHandler:
            handler = _GuardedHandler(inner, loop=loop, access_log=_NO_LOG, keepalive_timeout=HANDSHAKE_S)
            handler.patience_s = self._field.handshake_s
            handler.fence = fence
            return handler

        patience_s = None if tls is None else self._field.handshake_s
        server = await loop.create_server(
            connection, host, port, backlog=BACKLOG, reuse_address=True, ssl=tls, ssl_handshake_timeout=patience_s
        )
        self._servers.append(server)
        return int(server.sockets[0].getsockname()[1])

    async def stop(self) -> None:
        """Take nobody new, say good-bye to those who are here, and end."""
        for server in self._servers:
            server.close()
        await self.links.close_all()
        await self.tap.close()
        if self._runner is not None:
            await self._runner.cleanup()

    # ------------------------------------------------------------------------------------------------ serving

    async def _accept(self, request: web.Request) -> web.StreamResponse:
        greet = getattr(request.protocol, "greet", None)
        if greet is not None:
            greet()
        entry = await self._door.admit(request)
        if isinstance(entry, web.Response):
            return entry
        return await (self._pass_on(request, entry) if entry.tapped else self._serve(request, entry))

    async def _pass_on(self, request: web.Request, entry: Entry) -> web.StreamResponse:
        """Serve a station whose platform answers it."""
        station, epoch = entry.station, entry.epoch
        platform = link = None
        try:
            platform = await self.tap.dial(request)
            chosen = platform.protocol
            ws = web.WebSocketResponse(protocols=(chosen,) if chosen else (), compress=False, autoping=False, max_msg_size=LARGEST)
            await ws.prepare(request)
            link = self._open(request, ws, station, self.tap.desk(chosen), epoch, TapLink)
        except PlatformRefusedError as error:
            log.info("the platform does not take a station", station=station.sticker, why=str(error))
            self._field.intake.put(station.id, (Alive(at=self._field.clock.now()),))
            return web.Response(status=error.status, headers=error.headers, text="not admitted by the platform\n")
        except ConnectionError:  # gone before it was let in
            return web.Response()
        finally:
            if link is None:
                self.links.give_up(station.id, epoch)
                if platform is not None:
                    await platform.close(WSCloseCode.GOING_AWAY)
        if not isinstance(link, TapLink):
            return ws
        self._announce(link, request, entry)
        try:
            await self.tap.converse(link, ws, platform)
        except (ConnectionError, asyncio.CancelledError):
            if self.links.closing:
                raise
        finally:
            self._ended(link, ws, plainly=getattr(request.protocol, "ended_plainly", False))
        return ws

    async def _serve(self, request: web.Request, entry: Entry) -> web.StreamResponse:
        field, station, chosen, epoch = self._field, entry.station, entry.subprotocol, entry.epoch
        ws = web.WebSocketResponse(
            protocols=(chosen,) if entry.offered else (),
            compress=False,
            autoping=False,
            max_msg_size=MESSAGE_BYTES + 1,
            timeout=5.0,
        )
        link = None
        try:
            await ws.prepare(request)
            link = self._open(request, ws, station, field.desks[chosen], epoch)
        except ConnectionError:  # gone before it was let in
            return web.Response()
        finally:
            if link is None:
                self.links.give_up(station.id, epoch)
        if link is None:
            return ws
        self._announce(link, request, entry)
        if not entry.offered:
            field.intake.put(station.id, quirk(link.session, Quirk.NO_SUBPROTOCOL, f"taken as {chosen}", field.clock.now()))
        try:
            await self._converse(link, ws)
        except (ConnectionError, asyncio.CancelledError):
            if self.links.closing:
                raise
        finally:
            self._ended(link, ws, plainly=getattr(request.protocol, "ended_plainly", False))
        return ws

    def _announce(self, link: Link, request: web.Request, entry: Entry) -> None:
        """Tell the model that a station's socket is open."""
        field = self._field
        opened = LinkOpened(
            at=field.clock.now(),
            epoch=entry.epoch,
            protocol=link.session.desk.dialect.protocol,
            address=request.remote or "",
            tls="" if entry.peer is None else entry.peer.version,
            certificate_until=None if entry.peer is None else entry.peer.until,
        )
        field.intake.put(entry.station.id, (opened,))

    def _open(  # noqa: PLR0913, PLR0917  (a socket and all that is known of it)
        self,
        request: web.Request,
        ws: web.WebSocketResponse,
        station: Station,
        desk: Desk,
        epoch: int,
        kind: type[Link] = Link,
    ) -> Link | None:
        """Make the link of a socket whose handshake is done, unless the other side is gone already."""
        field = self._field
        transport = request.transport
        if transport is None or transport.is_closing():
            return None
        _tune(transport)
        session = Session.begin(desk, station, field.intake, heartbeat_s=field.heartbeat_s, epoch=epoch)
        session.trace.opened(field.clock.now(), desk.dialect.protocol, request.remote or "")
        link = kind(ws, session, transport, field.clock)
        link.here = f"{request.scheme}://{request.host[:LONGEST_HOST]}"
        self.links.add(link)
        return link

    def _ended(self, link: Link, ws: web.WebSocketResponse, *, plainly: bool) -> None:
        """The socket is gone; a late end of a replaced one says nothing, nor does our own good-bye."""
        if not self.links.remove(link) or self.links.closing:
            return
        session = link.session
        now = self._field.clock.now()
        code = int(ws.close_code or WSCloseCode.ABNORMAL_CLOSURE)
        clean = code != WSCloseCode.ABNORMAL_CLOSURE
        session.trace.closed(now, code)
        if plainly and not clean and not link.aborted:
            self._field.intake.put(session.station, quirk(session, Quirk.NO_CLOSE_FRAME, "", now))
        self._field.intake.put(session.station, (LinkClosed(at=now, epoch=session.epoch, clean=clean, code=code),))

    def contact(self, station: StationId, *, framed: bool = True) -> Contact:
        """Return what is known of that station's line (`monitor.runtime.trace.Contacts`)."""
        slot = self._field.intake.slots.get(station)
        if slot is None or slot.trace is None:
            return Contact()
        pongs = slot.pong or self._field.view.health(station).pongs
        return slot.trace.contact(pongs=pongs, invalid=slot.invalid, framed=framed)

    async def _converse(self, link: Link, ws: web.WebSocketResponse) -> None:
        """Take message after message until the socket ends."""
        clock = self._field.clock
        intake = self._field.intake
        slot = link.session.slot
        while True:
            message = await ws.receive()
            kind = message.type
            if link.asked and kind in _HEARD:
                self.links.heard(link)
            link.messages += 1
            if link.messages > MESSAGES_PER_S:
                await link.slow_down()
            if kind is WSMsgType.TEXT:
                self._take(link, message.data)
                if intake.full:
                    await intake.room()
            elif kind is WSMsgType.PONG:
                link.pong(message.data)
                slot.last_seen = clock.now()
                slot.rtt_s = link.session.trace.last_rtt_s
                if not slot.pong:
                    slot.pong = True
                    self._field.intake.put(link.session.station, (slot.alive(slot.last_seen),))
                link.pass_on(self._field.intake)
            elif kind is WSMsgType.PING:
                slot.last_seen = clock.now()
                await ws.pong(message.data)
                link.pass_on(self._field.intake)
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
            link.pass_on(self._field.intake)
        elif reply.after_commit:
            field.intake.commit(session.station, reply.observations, partial(_answer, link, reply))
            return
        else:
            field.intake.put(session.station, reply.observations)
        if reply.payload is not None:
            link.send(reply.payload)


def _answer(link: Link, reply: Reply, is_stored: bool) -> None:  # noqa: FBT001  (called back with the outcome)
    """Answer a message whose observations are stored, or could not be."""
    if is_stored:
        stored(link.session, reply)
    payload = reply.payload if is_stored else not_stored(link.session, reply)
    if payload is not None:
        link.send(payload)


def _tune(transport: asyncio.Transport) -> None:
    raw = transport.get_extra_info("socket")
    if raw is not None:
        with contextlib.suppress(OSError):
            raw.setsockopt(socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT, USER_TIMEOUT_MS)
