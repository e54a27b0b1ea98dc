"""Between the clock on the wall and the instants of UTC: the one rule for the nights on which the clocks change.

A time on the wall means *the first instant at which the clock shows that time or a later one*. So of a time that comes twice in
autumn the first is meant, and a time that is leapt over in spring is the instant of the leap. The rule never turns two times
round: what is earlier on the wall is not later in UTC. Times on the wall are naive `datetime`s here and nowhere else.
"""

from __future__ import annotations

from datetime import UTC, timedelta
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from datetime import datetime, tzinfo

_SECOND: Final = timedelta(seconds=1)
"""Zones change their offset at whole seconds."""


def wall_clock(at: datetime, zone: tzinfo) -> datetime:
    """Return what the clock on the wall of `zone` shows at `at`, naive."""
    return at.astimezone(zone).replace(tzinfo=None, fold=0)


def instant(wall: datetime, zone: tzinfo) -> datetime:
    """Return the first instant, as UTC, at which the clock on the wall of `zone` shows `wall` (naive) or a later time."""
    found = wall.replace(tzinfo=zone).astimezone(UTC)
    beyond = wall_clock(found, zone) - wall
    return found if not beyond else _leap(wall, zone, found - beyond, found)


def _leap(wall: datetime, zone: tzinfo, before: datetime, after: datetime) -> datetime:
    """Return the instant at which the clock leaps over `wall`: after `before`, at the latest at `after`."""
    while after - before > _SECOND:
        middle = before + (after - before) // _SECOND // 2 * _SECOND
        if wall_clock(middle, zone) < wall:
            before = middle
        else:
            after = middle
    return after
