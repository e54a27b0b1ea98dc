"""How fast simulated time goes: every duration of the simulator is station time, divided by one scale on its way to the loop."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from monitor.core.clock import Clock


class Pace:
    """Waits in station time, counted from the instant at which it was made."""

    def __init__(self, clock: Clock, scale: float = 1.0) -> None:
        """Start counting; a `scale` of 10 makes ten seconds of a station pass in one of ours."""
        self._clock = clock
        self._began = clock.monotonic()
        self.scale = scale

    def elapsed_s(self) -> float:
        """Return the station seconds since the start."""
        return (self._clock.monotonic() - self._began) * self.scale

    async def sleep(self, seconds: float) -> None:
        """Wait `seconds` of station time."""
        await asyncio.sleep(seconds / self.scale)

    async def until(self, instant_s: float) -> None:
        """Wait until `instant_s` station seconds after the start; not at all when that is past."""
        await self.sleep(max(0.0, instant_s - self.elapsed_s()))

    async def wait(self, event: asyncio.Event, seconds: float) -> bool:
        """Wait for `event`, but no longer than `seconds` of station time; return whether it came."""
        try:
            async with asyncio.timeout(seconds / self.scale):
                await event.wait()
        except TimeoutError:
            return False
        return True
