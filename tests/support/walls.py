"""The clock on the wall, minute by minute, and what it means for turns: a model that knows nothing of `alerts.core`.

Turns are counted by the latest time that the wall has shown so far: where it is set back, nobody takes over twice. A time on the
wall is a number here: the minutes since the first midnight of the calendar.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Final

import holidays

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from zoneinfo import ZoneInfo

    from alerts.core.rotations import Layer, Schedule

LUXEMBOURG_HOLIDAYS: Final = frozenset(day.toordinal() for day in holidays.country_holidays("LU", years=range(2010, 2042)))
MINUTE: Final = timedelta(minutes=1)
DAY: Final = 24 * 60
DAYS: Final = ("sunday", "monday", "tuesday", "wednesday", "thursday", "friday", "saturday")
"""By the remainder of a day's ordinal."""


def changes_of_clocks(zone: ZoneInfo, first: int, last: int) -> list[datetime]:
    """Return the hours of UTC in which the clocks of `zone` change, from the beginning of the year `first` to that of `last`."""
    hour, end = datetime(first, 1, 1, tzinfo=UTC), datetime(last, 1, 1, tzinfo=UTC)
    found, before = [], hour.astimezone(zone).utcoffset()
    while hour < end:
        hour += timedelta(hours=1)
        offset = hour.astimezone(zone).utcoffset()
        if offset != before:
            found.append(hour)
            before = offset
    return found


def minutes(zone: ZoneInfo, since: datetime, until: datetime) -> Iterator[tuple[datetime, int]]:
    """Return every minute with the latest time that the wall has shown by then."""
    at, latest = since, 0
    while at < until:
        here = at.astimezone(zone)
        latest = max(latest, here.toordinal() * DAY + here.hour * 60 + here.minute)
        yield at, latest
        at += MINUTE


def on_call_by(schedule: Schedule) -> Callable[[int], str]:
    """Return who must be on call when the wall has shown a time at the latest, worked out on the wall alone."""
    begun = schedule.start.toordinal() * DAY + schedule.handover.at.hour * 60 + schedule.handover.at.minute
    turn = 60 * {"hours": 1, "daily": 24, "weekly": 168}[schedule.rotation] * schedule.every
    layers = [(layer, layer.begins // MINUTE, layer.ends // MINUTE) for layer in schedule.layers]

    def person(wall: int) -> str:
        people = schedule.people
        today, minute = divmod(wall, DAY)
        for layer, begins, ends in layers:
            if (begins <= minute < ends and _falls_on(layer, today)) or (minute + DAY < ends and _falls_on(layer, today - 1)):
                people = layer.people
        return people[(wall - begun) // turn % len(people)]

    return person


def _falls_on(layer: Layer, day: int) -> bool:
    return DAYS[day % 7] in layer.days or (layer.holidays and day in LUXEMBOURG_HOLIDAYS)
