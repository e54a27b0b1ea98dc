"""Events as they happen, one Server-Sent Events stream a client (WHATWG HTML §9.2).

Every client has a bounded queue; one that does not keep up is cut off and comes back by itself, so nobody waits for it. A
stream says that it is alive every 15 s, because a browser cannot tell a quiet stream from a dead one, and ends when the login
behind it does. Past events are not replayed: a client that comes back reads the present state instead.
"""

from __future__ import annotations

import asyncio
from contextlib import suppress
from dataclasses import dataclass, field
from enum import Enum, auto
from typing import TYPE_CHECKING, Any, Final

import msgspec
from aiohttp import web
from aiohttp_sse import EventSourceResponse

from hotline.web.context import context_of, visitor_of
from hotline.web.guards import visitor_from
from monitor.core.ids import NETWORK, breach_name

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from monitor.core.events import EventRecord
    from monitor.core.ids import StationId
    from monitor.registry.directory import Directory
    from monitor.runtime.ports import EventBus

QUEUE: Final = 256
"""Events that may wait for one client; one more and it is cut off."""
ALIVE_S: Final = 15.0
SEND_S: Final = 20.0
"""How long one write may take."""
RETRY_MS: Final = 3000


class Signal(Enum):
    """What a stream may be told instead of an event."""

    END = auto()
    QUIET = auto()
    CALLS = auto()
    """A call came, or was taken, or is over."""


@dataclass(eq=False, slots=True)
class Client:
    """One open stream."""

    station: StationId | None
    owner: str
    abort: Callable[[], None]
    queue: asyncio.Queue[EventRecord | Signal] = field(default_factory=lambda: asyncio.Queue(maxsize=QUEUE))

    def offer(self, record: EventRecord) -> bool:
        """Queue `record` if it is asked for; return whether the client keeps up."""
        if self.station is not None and record.station != self.station:
            return True
        try:
            self.queue.put_nowait(record)
        except asyncio.QueueFull:
            return False
        return True

    async def next(self, within_s: float = ALIVE_S) -> EventRecord | Signal:
        """Return what is to be sent next, at the latest when it is time to say that we are alive."""
        try:
            async with asyncio.timeout(within_s):
                return await self.queue.get()
        except TimeoutError:
            return Signal.QUIET

    def end(self) -> None:
        """End the stream after nothing more; what waits is dropped."""
        while not self.queue.empty():
            self.queue.get_nowait()
        self.queue.put_nowait(Signal.END)


class Streams:
    """All open streams; hands every event of the bus to each that wants it."""

    def __init__(self) -> None:
        """Start with none."""
        self.clients: set[Client] = set()
        self._last_seq = -1
        self._open = True

    def attach(self, bus: EventBus) -> Callable[[], None]:
        """Follow `bus`; the returned function ends it."""
        return bus.subscribe("console", self.deliver)

    async def deliver(self, records: Sequence[EventRecord]) -> None:
        """Hand `records` on; one that was seen before is dropped (the bus delivers at least once)."""
        for record in records:
            if record.seq <= self._last_seq:
                continue
            self._last_seq = record.seq
            for client in [client for client in self.clients if not client.offer(record)]:
                self.clients.discard(client)
                client.end()
                client.abort()

    def stir(self) -> None:
        """Say on every stream that there is news of calls; a client that does not keep up will look by itself."""
        for client in self.clients:
            with suppress(asyncio.QueueFull):
                client.queue.put_nowait(Signal.CALLS)

    def join(self, client: Client) -> None:
        """Add `client`; while shutting down it is ended at once."""
        self.clients.add(client)
        if not self._open:
            client.end()

    def leave(self, client: Client) -> None:
        """Forget `client`."""
        self.clients.discard(client)

    def end_of(self, owner: str) -> None:
        """End the streams of one session."""
        for client in [client for client in self.clients if client.owner == owner]:
            client.end()

    def close(self) -> None:
        """End every stream, now and from now on."""
        self._open = False
        for client in self.clients:
            client.end()


def public_event(record: EventRecord, directory: Directory) -> dict[str, Any] | None:
    """Return an event as programs see it: stickers and names instead of numbers; ``None`` for a station that is gone."""
    if record.station == NETWORK:
        return _of_network(record, directory)
    station = directory.by_id(record.station)
    if station is None:
        return None
    body: dict[str, Any] = {"seq": record.seq, "station": station.sticker, **msgspec.to_builtins(record.event)}
    if "breach" in body:
        body["breach"] = breach_name(station.sticker, body["breach"])
    return body


def _of_network(record: EventRecord, directory: Directory) -> dict[str, Any]:
    """Return what became of an incident; its stations by their stickers."""
    body: dict[str, Any] = {"seq": record.seq, **msgspec.to_builtins(record.event)}
    if "stations" in body:
        known = (directory.by_id(one) for one in body["stations"])
        body["stations"] = sorted(station.sticker for station in known if station is not None)
    return body


async def events(request: web.Request) -> web.StreamResponse:
    """``GET /api/v1/events``: everything, or with ``?station=`` one station."""
    context = context_of(request)
    station = None
    if "station" in request.query:
        station = await context.book.find(request.query["station"])
        if station is None:
            raise web.HTTPNotFound(reason="There is no station with that sticker")
    transport = request.transport
    if transport is None:
        message = "gone before the stream began"
        raise ConnectionResetError(message)
    response = EventSourceResponse(send_timeout=SEND_S, ping_interval=ALIVE_S)
    await response.prepare(request)
    client = Client(station=None if station is None else station.id, owner=visitor_of(request).secret, abort=transport.abort)
    context.streams.join(client)
    try:
        async with response:
            await _feed(request, response, client)
    finally:
        context.streams.leave(client)
    return response


async def _feed(request: web.Request, response: EventSourceResponse, client: Client) -> None:
    """Send what is queued until the stream ends; at least every 15 s say that we are alive and look at the login again."""
    context = context_of(request)
    await response.send("{}", event="alive", retry=RETRY_MS)
    looked = context.clock.monotonic()
    while (item := await client.next()) is not Signal.END:
        if item is Signal.QUIET or context.clock.monotonic() - looked >= ALIVE_S:
            if not (await visitor_from(request)).known:
                return
            looked = context.clock.monotonic()
            await response.send("{}", event="alive")
        if item is Signal.CALLS:
            await response.send("{}", event="calls")
        body = None if isinstance(item, Signal) else public_event(item, context.directory)
        if body is not None:
            await response.send(msgspec.json.encode(body).decode(), id=str(body["seq"]), event=body["type"])
