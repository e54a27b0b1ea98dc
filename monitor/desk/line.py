"""What is kept of a station that speaks, whatever the wire: its session, when its life was passed on, how much it says."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from monitor.core.clock import Clock
    from monitor.desk.session import Session
    from monitor.runtime.intake import Intake

MESSAGES_PER_S: Final = 200
"""What a station may say before it feels back-pressure."""
PASS_ON_S: Final = 10.0
"""Liveness is passed on at most so often for a station that is known to be well."""


class Line:
    """One station's line. `messages` are those since `window_at`, on the steady clock."""

    __slots__ = ("clock", "messages", "passed_at", "session", "window_at")

    def __init__(self, session: Session, clock: Clock) -> None:
        """Begin now."""
        self.session = session
        self.clock = clock
        self.passed_at = self.window_at = clock.monotonic()
        self.messages = 0

    def pass_on(self, intake: Intake) -> None:
        """Tell the engine of mere liveness: at once where it waits for it, else now and then."""
        slot, steady = self.session.slot, self.clock.monotonic()
        if slot.last_seen is not None and (slot.wanted or steady - self.passed_at >= PASS_ON_S):
            self.passed_at = steady
            slot.wanted = False
            intake.put(self.session.station, (slot.alive(slot.last_seen),))

    async def slow_down(self) -> None:
        """Read a station that says more than its share more slowly; its socket fills, and it waits."""
        spare = self.messages / MESSAGES_PER_S - (self.clock.monotonic() - self.window_at)
        if spare > 0:
            await asyncio.sleep(min(spare, 1.0))
        self.window_at = self.clock.monotonic()
        self.messages = 0
