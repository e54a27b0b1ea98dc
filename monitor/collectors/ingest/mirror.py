"""Lines that somebody else posts or writes: observations as a replay has them, and frames that passed somewhere else.

A line counts once, by its `id`: it is told to the model, and its id is stored after what it changed is, so that a crash lets it
come again and never lets it get lost. What is wrong with a line is said with its number, and the others count.

    {"id", "at", "type": "message|link_opened|link_closed|boot|connector_status|radius|probe|backlog", "station", …}   (as a replay)
    {"id", "at", "type": "frame", "station", "protocol": "1.6", "direction": "in|out", "frame": […]}

`in` is from the station. The station is named by its sticker or its identity.
"""

from __future__ import annotations

import asyncio
from collections import Counter, OrderedDict
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Final, Protocol

import msgspec

from monitor.core.ids import Identity, StationId, Sticker
from monitor.desk.session import Session
from monitor.desk.watching import PlatformCounter, Unsaid, Watcher
from monitor.runtime.journal import TransientStoreError
from monitor.runtime.ports import Taken
from monitor.runtime.replay import BadLineError, observation_of, read_line

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from monitor.core.clock import Clock
    from monitor.core.registry import Station
    from monitor.desk.session import Desk
    from monitor.registry.directory import Directory
    from monitor.runtime.intake import Intake
    from monitor.runtime.ports import HealthView

MOST_LINES: Final = 10_000
MOST_BAD: Final = 50
"""Bad lines that are named one by one."""
LONGEST_ID: Final = 64
EARLIEST: Final = timedelta(days=7)
AHEAD: Final = timedelta(minutes=1)
MOST_SESSIONS: Final = 20_000
_TYPES: Final = frozenset(
    {"message", "link_opened", "link_closed", "boot", "connector_status", "radius", "probe", "backlog", "frame"}
)


class IdStore(Protocol):
    """Where the ids of lines are kept that have counted."""

    async def known(self, ids: Iterable[str]) -> set[str]:
        """Return those of `ids` that have counted."""
        ...

    async def keep(self, ids: Iterable[str], now: datetime) -> None:
        """Store that `ids` have counted."""
        ...


class _Head(msgspec.Struct):
    """What every line has, and what a frame has more."""

    id: str
    at: datetime
    type: str
    station: str
    protocol: str = ""
    direction: str = "in"
    frame: msgspec.Raw = msgspec.Raw(b"")


_head: Final = msgspec.json.Decoder(_Head)


class Mirror:
    """Takes lines (`monitor.runtime.ports.Ingest`). `counts` is what became of them."""

    def __init__(  # noqa: PLR0913  (what it works with)
        self, *, clock: Clock, directory: Directory, view: HealthView, intake: Intake, desks: Iterable[Desk], ids: IdStore
    ) -> None:
        """Take lines about the stations of `directory`; frames are understood at `desks`, each by its protocol."""
        self._clock = clock
        self._directory = directory
        self._view = view
        self._intake = intake
        self._ids = ids
        self._desks: Mapping[str, Desk] = {desk.dialect.protocol: desk for desk in desks}
        self._watchers: OrderedDict[tuple[StationId, str], Watcher] = OrderedDict()
        self._turn = asyncio.Lock()
        self.counts: Counter[str] = Counter()

    async def take(self, body: bytes) -> Taken:
        """Take the lines of `body`, in their order.

        Raises:
            TransientStoreError: they could not be stored; all of them may be sent again.
        """
        lines = [(number, line) for number, line in enumerate(body.split(b"\n"), 1) if line.strip()]
        if len(lines) > MOST_LINES:
            return Taken(bad=[(MOST_LINES + 1, f"more than {MOST_LINES} lines")])
        async with self._turn:
            return await self._take(lines)

    async def _take(self, lines: list[tuple[int, bytes]]) -> Taken:
        bad: list[tuple[int, str]] = []
        read: list[tuple[int, bytes, _Head]] = []
        for number, line in lines:
            try:
                read.append((number, line, self._head(line)))
            except BadLineError as error:
                bad.append((number, str(error)))
        counted = await self._ids.known(head.id for *_, head in read)
        fresh: list[str] = []
        repeated = 0
        for number, line, head in read:
            if head.id in counted:
                repeated += 1
                continue
            try:
                self._tell(line, head)
            except BadLineError as error:
                bad.append((number, str(error)))
                continue
            counted.add(head.id)
            fresh.append(head.id)
        if fresh:
            await self._stored()
            await self._ids.keep(fresh, self._clock.now())
        self.counts.update(taken=len(fresh), repeated=repeated, bad=len(bad))
        return Taken(taken=len(fresh), repeated=repeated, bad=sorted(bad)[:MOST_BAD])

    def _head(self, line: bytes) -> _Head:
        try:
            head = _head.decode(line)
        except (msgspec.MsgspecError, RecursionError, UnicodeError) as error:
            raise BadLineError(str(error)) from None
        now = self._clock.now()
        if not 0 < len(head.id) <= LONGEST_ID:
            message = f"id: use 1 to {LONGEST_ID} characters"
        elif head.at.tzinfo is None or not now - EARLIEST <= head.at <= now + AHEAD:
            message = f"at {head.at.isoformat()}: not within the last {EARLIEST.days} days, with a zone"
        elif head.type not in _TYPES:
            message = f"type {head.type[:40]!r}: not one of {', '.join(sorted(_TYPES))}"
        else:
            return head
        raise BadLineError(message)

    def _tell(self, line: bytes, head: _Head) -> None:
        """Tell the model of one line.

        Raises:
            BadLineError: it cannot be understood.
        """
        station = self._directory.by_sticker(Sticker(head.station)) or self._directory.by_identity(Identity(head.station))
        if station is None or not station.admitted:
            message = f"station {head.station[:40]!r} is not registered"
            raise BadLineError(message)
        at = min(head.at, self._clock.now())
        if head.type == "frame":
            self._frame(station, head, at)
            return
        seen = observation_of(read_line(line), at, self._view.health(station.id))
        if seen is None:
            message = f"type {head.type!r} says nothing"
            raise BadLineError(message)
        self._intake.put(station.id, (seen,))

    def _frame(self, station: Station, head: _Head, at: datetime) -> None:
        desk = self._desks.get(head.protocol)
        if desk is None or head.direction not in ("in", "out"):
            message = f"protocol {head.protocol[:20]!r}: one of {', '.join(self._desks)}; direction: in or out"
            raise BadLineError(message)
        text = bytes(head.frame).decode()
        watcher = self._watcher(station, desk)
        slot = self._intake.slot(station.id)
        if head.direction == "out":
            watcher.from_platform(text, at)
            return
        if slot.last_seen is None or at > slot.last_seen:
            slot.last_seen = at
        watcher.from_station(text, at)
        self._intake.put(station.id, (slot.alive(at),))

    def _watcher(self, station: Station, desk: Desk) -> Watcher:
        key = (station.id, desk.dialect.protocol)
        watcher = self._watchers.get(key)
        if watcher is None:
            counter = PlatformCounter()
            session = Session.begin(desk.beside(counter, Unsaid()), station, self._intake, heartbeat_s=300)
            watcher = self._watchers[key] = Watcher(self._intake, session, counter, self.counts)
            if len(self._watchers) > MOST_SESSIONS:
                self._watchers.popitem(last=False)
        else:
            self._watchers.move_to_end(key)
        return watcher

    async def _stored(self) -> None:
        """Wait until what was told is stored.

        Raises:
            TransientStoreError: it could not be.
        """
        told: asyncio.Future[bool] = asyncio.get_running_loop().create_future()

        def tell(is_stored: bool) -> None:  # noqa: FBT001  (called back with the outcome)
            if not told.done():
                told.set_result(is_stored)

        self._intake.commit(StationId(0), (), tell)
        if not await told:
            message = "the lines could not be stored, send them again"
            raise TransientStoreError(message)
