"""Keeps a running service in step with its registry: what another process changed arrives within two seconds.

It asks for new change lines every second, reads what they name, and tells the directory, the cards and the engine.
"""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Final, Protocol

import structlog

from monitor.core.observations import MaintenanceSet, Tick
from monitor.registry.changes import ChangeKind
from monitor.runtime.journal import TransientStoreError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from monitor.core.clock import Clock
    from monitor.core.ids import StationId
    from monitor.core.observations import Observation
    from monitor.core.registry import Station
    from monitor.registry.cards import Authorizer
    from monitor.registry.changes import Change, RegistryReader
    from monitor.registry.directory import Directory

EVERY_S: Final = 1.0
AT_ONCE: Final = 10_000
"""Changes read at a time."""

log = structlog.get_logger("registry")


class Judge(Protocol):
    """The engine, as the follower sees it."""

    def watch(self, stations: Iterable[StationId]) -> None:
        """Begin to listen for new stations."""
        ...

    def feed(self, station: StationId, seen: Observation) -> None:
        """Judge one observation now."""
        ...


class Follower:
    """Follows the change lines of the registry."""

    def __init__(  # noqa: PLR0913  (what it keeps in step)
        self,
        *,
        reader: RegistryReader,
        directory: Directory,
        authorizer: Authorizer,
        judge: Judge,
        clock: Clock,
        changed: Callable[[Station | None, Station], None],
        every_s: float = EVERY_S,
    ) -> None:
        """Read from `reader` every `every_s` seconds; call `changed` with a station's entry before and after."""
        self._every_s = every_s
        self._reader = reader
        self._directory = directory
        self._authorizer = authorizer
        self._judge = judge
        self._clock = clock
        self._changed = changed
        self.seen = 0

    async def run(self) -> None:
        """Follow until cancelled."""
        while True:
            await asyncio.sleep(self._every_s)
            try:
                await self.follow()
            except TransientStoreError as error:
                log.warning("the registry could not be read", error=str(error))

    async def follow(self) -> None:
        """Take in every change since the last call."""
        while changes := await self._reader.changes(self.seen, AT_ONCE):
            await self._take(changes)
            self.seen = changes[-1].seq

    async def _take(self, changes: list[Change]) -> None:
        stations = {change.station for change in changes if change.kind is ChangeKind.STATION and change.station is not None}
        planned = {change.station for change in changes if change.kind is ChangeKind.MAINTENANCE and change.station is not None}
        if stations:
            await self.refresh(stations)
        if planned:
            await self.plan(planned)
        if any(change.kind is ChangeKind.CARDS for change in changes):
            self._authorizer.cards = await self._reader.cards()

    async def refresh(self, stations: set[StationId]) -> None:
        """Read `stations` anew."""
        for station in await self._reader.stations(stations):
            before = self._directory.by_id(station.id)
            self._directory.put(station)
            self._changed(before, station)
        self._judge.watch(stations)
        now = self._clock.now()
        for one in stations:
            self._judge.feed(one, Tick(at=now))

    async def plan(self, stations: set[StationId] | None = None) -> None:
        """Tell the engine the planned work of `stations`, or of all."""
        now = self._clock.now()
        for station, until in (await self._reader.maintenance(stations)).items():
            self._judge.feed(station, MaintenanceSet(at=now, until=until))
