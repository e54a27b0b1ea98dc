"""The beat of the engine: due deadlines, liveness on its way to the store, and doubt about ourselves.

If this loop slept longer than it meant to, or the wall clock moved against the monotonic one, *we* were away: nobody is
judged for that time (Cassandra's local pause guard; reliability.md, clock jump).
"""

from __future__ import annotations

import asyncio
from datetime import timedelta
from typing import TYPE_CHECKING, Final

import structlog

from monitor.runtime.journal import TransientStoreError

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable
    from datetime import datetime

    from monitor.core.clock import Clock
    from monitor.runtime.engine import Engine

BEAT_S: Final = 0.5
"""Pause between two sweeps; a deadline is judged at most so late."""
LIVENESS_S: Final = 4.0
"""How often liveness is stored; together with a commit it stays under the 5 s that DESIGN §2 puts at risk."""
LATE_S: Final = 0.5
"""A beat later than this lets the loop read what came in, `READS` times, before it judges silence."""
READS: Final = 20
STALL_S: Final = 5.0
"""A pause of the loop, or a step of the wall clock, from which on we do not trust our own silence."""

log = structlog.get_logger("sweeper")


class Sweeper:
    """Sweeps the engine, and grants an amnesty when it was itself away."""

    def __init__(
        self,
        clock: Clock,
        engine: Engine,
        alive: Callable[[datetime], Awaitable[None]],
        *,
        beat_s: float = BEAT_S,
        liveness_s: float = LIVENESS_S,
    ) -> None:
        """Sweep `engine` every `beat_s`; `alive` is told every `liveness_s` that we are."""
        self._beat_s = beat_s
        self._liveness_s = liveness_s
        self._clock = clock
        self._engine = engine
        self._alive = alive
        self.absences = 0

    async def run(self) -> None:
        """Sweep until cancelled."""
        wall, steady = self._clock.now(), self._clock.monotonic()
        while True:
            await asyncio.sleep(self._beat_s)
            if self._clock.monotonic() - steady > self._beat_s + LATE_S:
                # We were held up: what stations said meanwhile still waits in the kernel and is read before silence is judged.
                for _ in range(READS):
                    await asyncio.sleep(0)
            wall_now, steady_now = self._clock.now(), self._clock.monotonic()
            if self.was_away(wall_now - wall, steady_now - steady):
                self.absences += 1
                log.warning("we were away", wall_s=(wall_now - wall).total_seconds(), steady_s=round(steady_now - steady, 3))
                self._engine.amnesty(min(wall, wall_now), wall_now, sockets_kept=True)
            self._engine.sweep(wall_now)
            wall, steady = wall_now, steady_now

    async def keep(self) -> None:
        """Store liveness now and then, until cancelled; a store that is slow or away never holds up the sweeping."""
        while True:
            await asyncio.sleep(self._liveness_s)
            self._engine.keep_liveness()
            try:
                await self._alive(self._clock.now())
            except TransientStoreError as error:
                log.warning("liveness could not be stored", error=str(error))

    @staticmethod
    def was_away(wall: timedelta, steady_s: float) -> bool:
        """Say whether a beat that took `wall` by the wall clock and `steady_s` by the steady one was an absence."""
        return steady_s > STALL_S or abs(wall / timedelta(seconds=1) - steady_s) > STALL_S
