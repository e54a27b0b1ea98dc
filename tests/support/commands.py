"""Commands without a station: a store in memory, and a wire that answers what a test tells it."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from monitor.commands.station_commands import StationCommands
from monitor.runtime.intake import Intake
from monitor.runtime.journal import TransientStoreError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from datetime import datetime

    from monitor.core.clock import Clock
    from monitor.core.commands import Command, CommandState
    from monitor.core.ids import StationId
    from monitor.runtime.ports import HealthView


class MemoryCommands:
    """`CommandStore` over a dictionary; while `away` it takes nothing."""

    def __init__(self) -> None:
        self.kept: dict[str, Command] = {}
        self.away = False

    async def save(self, command: Command) -> None:
        await asyncio.sleep(0)
        if self.away:
            raise TransientStoreError("database is locked")
        self.kept[command.id] = command

    async def find(self, name: str) -> Command | None:
        return self.kept.get(name)

    async def of(self, station: StationId, limit: int) -> list[Command]:
        await asyncio.sleep(0)
        mine = [one for one in self.kept.values() if one.station == station]
        return sorted(mine, key=lambda one: one.requested_at)[::-1][:limit]

    async def unfinished(self) -> list[Command]:
        return [one for one in self.kept.values() if not one.over]

    def states(self) -> list[CommandState]:
        """Return the state of every command, in the order in which they were asked for."""
        return [one.state for one in self.kept.values()]


@dataclass
class ScriptedWire:
    """`Wire` that speaks one version, notes what is asked and answers by `script`: a payload, an error, a function."""

    version: str | None = "1.6"
    script: dict[str, Any] = field(default_factory=dict)
    asked: list[tuple[str, Mapping[str, Any]]] = field(default_factory=list)
    at_once: int = 0
    most_at_once: int = 0

    def protocol(self, _station: StationId) -> str | None:
        return self.version

    async def call(self, _station: StationId, action: str, payload: Mapping[str, Any], _identifier: str) -> Any:
        self.asked.append((action, payload))
        self.at_once += 1
        self.most_at_once = max(self.most_at_once, self.at_once)
        try:
            await asyncio.sleep(0)
            told = self.script.get(action, {"status": "Accepted"})
            if callable(told):
                told = told(payload)
            if asyncio.isfuture(told) or asyncio.iscoroutine(told):
                told = await told
        finally:
            self.at_once -= 1
        if isinstance(told, Exception):
            raise told
        return told

    async def wake(self, _station: StationId) -> bool:
        return False


class NoUploads:
    """`Uploads` that gives out one address, or none."""

    def __init__(self, address: str | None = "http://10.0.0.1:9000/uploads/t/") -> None:
        self.address = address
        self.until: datetime | None = None

    def open(self, _station: StationId, until: datetime) -> str | None:
        self.until = until
        return self.address


def commands_over(  # noqa: PLR0913  (doubles of its ports)
    clock: Clock,
    view: HealthView,
    *,
    store: MemoryCommands | None = None,
    wire: ScriptedWire | None = None,
    intake: Intake | None = None,
    uploads: NoUploads | None = None,
    cards: Callable[[], list[tuple[str, str]]] = list,
) -> StationCommands:
    """Return the facade over doubles."""
    return StationCommands(
        clock=clock,
        view=view,
        intake=Intake() if intake is None else intake,
        store=store or MemoryCommands(),
        wires=(wire or ScriptedWire(),),
        uploads=uploads or NoUploads(),
        cards=cards,
    )
