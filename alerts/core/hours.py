"""Hours of the week in which something is done, by the clock on the wall of a place."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, time, timedelta
from typing import TYPE_CHECKING, Final

from alerts.core.wall_clock import instant

if TYPE_CHECKING:
    from zoneinfo import ZoneInfo

WEEK: Final = 8
"""Days after which hours that are at all have come again."""
_DAY: Final = timedelta(days=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Hours:
    """ISO weekdays (1 is Monday), from one time of day up to another; ``end`` midnight is that of the day's end."""

    days: frozenset[int]
    start: time
    end: time
    zone: ZoneInfo

    def hold(self, at: datetime) -> bool:
        """Say whether `at` is within."""
        local = at.astimezone(self.zone)
        before_end = self.end == time() or local.time() < self.end
        return local.isoweekday() in self.days and local.time() >= self.start and before_end

    def next(self, at: datetime) -> datetime:
        """Return `at` if it is within, else when they begin next."""
        if self.hold(at):
            return at
        today = at.astimezone(self.zone).date()
        starts = (
            instant(datetime.combine(today + number * _DAY, self.start), self.zone)
            for number in range(WEEK)
            if (today + number * _DAY).isoweekday() in self.days
        )
        return min(start for start in starts if start > at)
