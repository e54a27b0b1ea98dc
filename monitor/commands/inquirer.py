"""Asks stations that have fallen silent whether they are there, over whatever wire still reaches them: before anybody is alarmed.

A socket that is open, and a SOAP station's address, can be asked where nothing else is heard: by the least intrusive request of the
version, or, where it has none, by a connection alone. An answer of any kind is a sign of life; no answer is no evidence, the
silence goes on. It asks when a station becomes suspect, and again less often while that lasts. It is no command and is not stored.
"""

from __future__ import annotations

import asyncio
from collections import Counter
from typing import TYPE_CHECKING, Final

import structlog

from monitor.core.events import HealthChanged, State
from monitor.core.ids import CANARY
from monitor.core.observations import Probed, ProbeTarget

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Sequence
    from random import Random

    from monitor.commands.station_commands import StationCommands
    from monitor.core.clock import Clock
    from monitor.core.events import EventRecord
    from monitor.core.ids import StationId
    from monitor.runtime.intake import Intake
    from monitor.runtime.ports import EventBus, HealthView

log = structlog.get_logger("probes")

BEAT_S: Final = 1.0
SOON_S: Final = 2.0
FIRST_S: Final = 30.0
LONGEST_S: Final = 300.0
SPREAD: Final = 0.2
AT_ONCE: Final = 50
SILENT: Final = frozenset({State.SUSPECT, State.OFFLINE})


class Inquirer:
    """Asks; run it beside the engine. `outcomes` counts."""

    def __init__(  # noqa: PLR0913  (what it needs of the house)
        self,
        *,
        clock: Clock,
        view: HealthView,
        intake: Intake,
        bus: EventBus,
        commands: StationCommands,
        knock: Callable[[StationId], Awaitable[bool | None]],
        rng: Random,
    ) -> None:
        """Ask by `commands`; `knock` tries to connect to a station that listens, ``None``: it does not say where."""
        self._clock = clock
        self._view = view
        self._intake = intake
        self._bus = bus
        self._commands = commands
        self._knock = knock
        self._rng = rng
        self._due: dict[StationId, float] = {}
        self._rounds: Counter[StationId] = Counter()
        self._proven: set[StationId] = set()
        self._places = asyncio.Semaphore(AT_ONCE)
        self.outcomes: Counter[str] = Counter(answered=0, unanswered=0)

    async def run(self) -> None:
        """Ask for ever, until cancelled."""
        leave = self._bus.subscribe("inquirer", self._heard)
        try:
            async with asyncio.TaskGroup() as tasks:
                while True:
                    await asyncio.sleep(BEAT_S)
                    for station in self.due():
                        tasks.create_task(self.ask(station))
        finally:
            leave()

    async def _heard(self, records: Sequence[EventRecord]) -> None:
        for record in records:
            event = record.event
            if isinstance(event, HealthChanged) and event.to is State.SUSPECT and record.station != CANARY:
                self.suspect(record.station)

    def suspect(self, station: StationId) -> None:
        """Ask `station` soon."""
        if station not in self._due:
            self._due[station] = self._clock.monotonic() + self._rng.uniform(0.0, SOON_S)
            self._rounds[station] = 0

    def due(self) -> list[StationId]:
        """Return whom to ask now; who speaks again is asked no more."""
        now = self._clock.monotonic()
        for station in [one for one in self._due if self._view.health(one).state not in SILENT]:
            del self._due[station], self._rounds[station]
        turn = [station for station, at in self._due.items() if at <= now]
        for station in turn:
            pause_s = min(LONGEST_S, FIRST_S * 2.0 ** self._rounds[station])
            self._rounds[station] += 1
            self._due[station] = now + pause_s * self._rng.uniform(1.0 - SPREAD, 1.0 + SPREAD)
        return turn

    async def ask(self, station: StationId) -> None:
        """Ask `station` once."""
        async with self._places:
            answers = await self._commands.inquire(station)
            if answers is None:
                await self._connect(station)
            else:
                self.outcomes["answered" if answers else "unanswered"] += 1

    async def _connect(self, station: StationId) -> None:
        """Connect where a station listens; from one that never let anybody in a closed door says nothing."""
        opened = await self._knock(station)
        if opened is None:
            return
        self.outcomes["answered" if opened else "unanswered"] += 1
        if opened:
            self._proven.add(station)
        if station in self._proven:
            self._intake.put(station, (Probed(at=self._clock.now(), target=ProbeTarget.STATION, ok=opened),))
