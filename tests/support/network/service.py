"""The real monitor as a process of the story: started, stopped, started again on the same database, stalled, its clock stepped."""

from __future__ import annotations

import asyncio
import gc
from contextlib import contextmanager
from contextvars import copy_context
from dataclasses import dataclass
from datetime import datetime, tzinfo
from typing import TYPE_CHECKING, Any, Final, Self

from apscheduler.executors import base as job_runners
from apscheduler.schedulers import base as job_plans

from monitor.collectors.ocppj import links
from monitor.registry import follower
from monitor.runtime import sweeper
from monitor.service import Monitor
from tests.support.virtual_time import PROCESS, VirtualClock, VirtualLoop

if TYPE_CHECKING:
    from collections.abc import Coroutine, Iterator

    from monitor.runtime.ports import Database
    from monitor.settings import MonitorSettings


@dataclass(frozen=True, slots=True, kw_only=True)
class Pace:
    """How often the service looks for something to do, in seconds: most of a quiet day is that.

    `registry_s` is for changes of the registry, `liveness_s` for storing it, `sweep_s` for deadlines, `pings_s` for due pings.
    """

    registry_s: float = 60.0
    liveness_s: float = 60.0
    sweep_s: float = sweeper.BEAT_S
    pings_s: float = links.BEAT_S


IN_USE: Final = Pace(registry_s=follower.EVERY_S, liveness_s=sweeper.LIVENESS_S)
"""As it is in use, for stories about those; a quiet hour then costs some four seconds instead of half a one."""
CALM: Final = Pace(registry_s=600.0, liveness_s=600.0, sweep_s=2.0, pings_s=2.0)
"""For stories of days: deadlines are judged, and pings leave, at most two seconds late."""


class Service:
    """`Monitor` with its real listeners; `monitor` is the one that runs now."""

    def __init__(self, settings: MonitorSettings, database: Database, clock: VirtualClock, pace: Pace) -> None:
        """Serve from `database` by `clock`, at that `pace`."""
        self.clock = clock
        self.monitor: Monitor
        self._settings = settings
        self._database = database
        self._pace = pace
        self._starts = 0
        self._task: asyncio.Task[None] | None = None

    @property
    def process(self) -> str:
        """The process that runs now."""
        return f"service {self._starts}"

    async def start(self) -> None:
        """Start and wait until it listens; that takes no time."""
        assert self._task is None
        self._starts += 1
        self.monitor = Monitor(self._settings, self._database, self.clock, "test")
        await self._spawn(self.monitor.open())
        self.monitor.follower._every_s = self._pace.registry_s
        self.monitor.sweeper._liveness_s = self._pace.liveness_s
        self.monitor.sweeper._beat_s = self._pace.sweep_s
        self.monitor.listener.links._beat_s = self._pace.pings_s
        listens = asyncio.Event()
        self._task = self._spawn(self.monitor.run(listens.set))
        waiting = asyncio.ensure_future(listens.wait())
        await asyncio.wait([self._task, waiting], return_when=asyncio.FIRST_COMPLETED)
        if not listens.is_set():
            waiting.cancel()
            await self._task

    async def stop(self) -> None:
        """Stop as `serve` does when it is told to, and wait for the end."""
        if self._task is not None:
            task, self._task = self._task, None
            task.cancel()
            await asyncio.wait([task])
            if not task.cancelled():
                task.result()

    async def stall(self, seconds: float) -> None:
        """Let nothing of it run for so long, while the stations live on."""
        loop = asyncio.get_running_loop()
        assert isinstance(loop, VirtualLoop)
        loop.suspend(self.process, seconds)
        await asyncio.sleep(seconds)

    def _spawn(self, work: Coroutine[Any, Any, None]) -> asyncio.Task[None]:
        context = copy_context()
        context.run(PROCESS.set, self.process)
        return asyncio.get_running_loop().create_task(work, context=context)


@contextmanager
def jobs_on(clock: VirtualClock) -> Iterator[None]:
    """Let apscheduler read `clock`: it takes no clock of ours, and would wait for the machine's 02:40 on virtual timers."""

    class Dated(datetime):
        @classmethod
        def now(cls, tz: tzinfo | None = None) -> Self:
            return clock.now().astimezone(tz)  # type: ignore[return-value]

    kept = {module: module.datetime for module in (job_plans, job_runners)}
    for module in kept:
        module.datetime = Dated
    try:
        yield
    finally:
        for module, former in kept.items():
            module.datetime = former


@contextmanager
def collected_rarely() -> Iterator[None]:
    """Keep the garbage collector as rare as `serve` does (decision 5): it would walk whatever the tests have imported."""
    kept = gc.get_threshold()
    gc.freeze()
    gc.set_threshold(20_000, 20, 50)
    try:
        yield
    finally:
        gc.set_threshold(*kept)
        gc.unfreeze()
