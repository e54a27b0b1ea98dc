"""A clock that moves when it is told to."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from monitor.core.clock import Clock

START = datetime(2026, 5, 4, 6, 0, tzinfo=UTC)


class SetClock(Clock):
    """`monitor.core.clock.Clock` under the test's control: wall and steady time move together unless the wall is stepped."""

    def __init__(self, now: datetime = START) -> None:
        """Start at `now`."""
        self._now = now
        self._steady = 1_000.0

    def now(self) -> datetime:
        """Return the wall clock."""
        return self._now

    def monotonic(self) -> float:
        """Return the steady clock."""
        return self._steady

    def advance(self, seconds: float) -> datetime:
        """Let `seconds` pass and return the new wall clock."""
        self._now += timedelta(seconds=seconds)
        self._steady += seconds
        return self._now

    def step_wall(self, seconds: float) -> None:
        """Set the wall clock forward or back, without time passing."""
        self._now += timedelta(seconds=seconds)
