"""Intake, engine and journal as a service has them, over a store in memory and on a clock that is set."""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any

from monitor.core.groups import keys_of
from monitor.core.ids import StationId
from monitor.core.policy import Policy
from monitor.runtime.engine import Engine
from monitor.runtime.intake import Intake
from monitor.runtime.journal import Journal
from tests.support.clocks import SetClock
from tests.support.stores import MemoryStore

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from monitor.core.events import EventRecord
    from monitor.core.health_state import HealthState
    from monitor.runtime.fleet import Places

ONE, TWO = StationId(1), StationId(2)


class NotStoredError(Exception):
    """Those who wait were given up on."""


class House:
    """Intake, engine and journal over a store in memory."""

    def __init__(self, capacity: int = 1000, *, store: MemoryStore | None = None, clock: SetClock | None = None) -> None:
        """Begin on what `store` keeps and at the time of `clock`."""
        self.clock = clock or SetClock()
        self.store = store or MemoryStore()
        self.published: list[EventRecord] = []
        self.intake = Intake(capacity)
        self.journal = Journal(self.store, self.clock, self._publish, pauses_s=(0.0,))
        self.policies: dict[StationId, Policy] = {}
        self.apns: dict[StationId, str] = {}
        self.engine = Engine(self.clock, self.intake, self.journal, lambda one: self.policies.get(one, Policy()), self.places)

    def places(self, station: StationId, _state: HealthState) -> Places:
        return keys_of(bearer="gprs", apn=self.apns.get(station, ""), collector="field"), 300.0

    async def _publish(self, records: list[EventRecord]) -> None:
        self.published += records

    async def see(self, station: StationId, kind: Any, **fields: Any) -> None:
        told: asyncio.Future[bool] = asyncio.get_running_loop().create_future()
        self.intake.commit(station, [kind(at=self.clock.now(), **fields)], told.set_result)
        if not await told:
            raise NotStoredError

    async def sweep(self, seconds: float) -> None:
        self.engine.sweep(self.clock.advance(seconds))
        await self.journal.flushed()

    async def fails(self) -> None:
        while self.journal.failing_since is None:
            await asyncio.sleep(0)

    def kinds(self) -> list[str]:
        return [type(record.event).__name__ for record in self.published]


@asynccontextmanager
async def running(capacity: int = 1000) -> AsyncIterator[House]:
    async with at_work(House(capacity)) as house:
        house.engine.watch([ONE, TWO])
        yield house


@asynccontextmanager
async def at_work(house: House) -> AsyncIterator[House]:
    """Run the journal and the engine of `house`."""
    async with asyncio.TaskGroup() as tasks:
        background = [tasks.create_task(house.journal.run()), tasks.create_task(house.engine.run())]
        yield house
        for task in background:
            task.cancel()
