"""Asynchronous tests of the carrier run on virtual time."""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import pytest_asyncio

from monitor.core.commands import Action, Command, Order, wrong_with
from monitor.core.health_state import HealthState
from monitor.core.ids import Identity, StationId, Sticker
from monitor.core.observations import CommandTold, Observation
from monitor.core.registry import Bearer, Station
from monitor.runtime.intake import Intake
from tests.support.commands import MemoryCommands, NoUploads, ScriptedWire, commands_over
from tests.support.virtual_time import VirtualClock, VirtualLoop

if TYPE_CHECKING:
    from asyncio import AbstractEventLoop
    from collections.abc import AsyncIterator, Callable, Mapping

    from monitor.commands.station_commands import StationCommands


def pytest_asyncio_loop_factories() -> Mapping[str, Callable[[], AbstractEventLoop]]:
    """Run on virtual time."""
    return {"virtual": VirtualLoop}


@dataclass
class Desk:
    """The facade at work over doubles, with one station that a test can let speak."""

    clock: VirtualClock = field(default_factory=VirtualClock)
    store: MemoryCommands = field(default_factory=MemoryCommands)
    wire: ScriptedWire = field(default_factory=ScriptedWire)
    uploads: NoUploads = field(default_factory=NoUploads)
    health_state: HealthState = field(default_factory=HealthState)
    cards: list[tuple[str, str]] = field(default_factory=list)
    station: Station = field(
        default_factory=lambda: Station(id=StationId(1), sticker=Sticker("CP2500"), identity=Identity("CP2500"), bearer=Bearer.GPRS)
    )

    def __post_init__(self) -> None:
        self.intake = Intake()
        self.commands = self.facade()

    def facade(self) -> StationCommands:
        """Make the facade anew, as a restart does."""
        return commands_over(
            self.clock,
            self,
            store=self.store,
            wire=self.wire,
            intake=self.intake,
            uploads=self.uploads,
            cards=lambda: self.cards,
        )

    def health(self, _station: StationId) -> HealthState:
        """Return how the station is (`HealthView`)."""
        return self.health_state

    async def ask(self, action: Action, *, force: bool = False, **fields: Any) -> Command:
        """Ask the station."""
        order = Order(action=action, **fields)
        assert wrong_with(order) is None
        return await self.commands.request(self.station, order, who="anna", reason="call 17", force=force)

    def saw(self, *observations: Observation) -> None:
        """Let the station say something, as its desk passes it on."""
        watch = self.intake.slot(self.station.id).watch
        if watch is not None:
            watch(observations)

    async def life(self, command: Command) -> list[tuple[str, str, str]]:
        """Return state, reason and words of every step so far."""
        found = await self.commands.find(command.id)
        assert found is not None
        return [(step.state.value, step.why.value, step.said) for step in found.steps]

    def told(self) -> list[str]:
        """Return what the history of the station was told, oldest first."""
        taken, *_ = self.intake.take()
        return [seen.state for _, seen in taken if isinstance(seen, CommandTold)]


@asynccontextmanager
async def at_work(desk: Desk) -> AsyncIterator[Desk]:
    """Carry out what is asked for."""
    running = asyncio.create_task(desk.commands.run())
    try:
        yield desk
    finally:
        running.cancel()
        with suppress(asyncio.CancelledError):
            await running


@pytest_asyncio.fixture
async def desk() -> AsyncIterator[Desk]:
    """A desk at work."""
    async with at_work(Desk()) as working:
        yield working
