"""The turns of a schedule: people who take over from each other at a time of the clock on the wall, one at every instant.

A rotation is a first hand-over on the wall and a step from one to the next, both counted on the wall and never in hours that
passed: the turn over the night of a clock change has an hour less or more. It reaches back before its first turn in the same
order. Layers take over from it in their hours: in the evening, at the week-end, on the public holidays of Luxembourg (a whole
day on the wall of the schedule's zone, whatever that zone is). In its hours the same turns go round among the layer's people,
and a later layer stands over an earlier one.

How a schedule is written stands in `schedules`; what is changed for a day, and who is on call in the end, in `oncall`.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, time, timedelta
from enum import StrEnum
from typing import TYPE_CHECKING, Final, assert_never

from alerts.core.public_holidays import is_public_holiday
from alerts.core.wall_clock import instant, wall_clock

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import date
    from zoneinfo import ZoneInfo

DAY: Final = timedelta(days=1)


class Rotation(StrEnum):
    """How often one takes over from another."""

    DAILY = "daily"
    WEEKLY = "weekly"
    HOURS = "hours"


class Weekday(StrEnum):
    """A day of the week, in `datetime`'s order."""

    MONDAY = "monday"
    TUESDAY = "tuesday"
    WEDNESDAY = "wednesday"
    THURSDAY = "thursday"
    FRIDAY = "friday"
    SATURDAY = "saturday"
    SUNDAY = "sunday"


WEEKDAYS: Final = tuple(Weekday)


@dataclass(frozen=True, slots=True, kw_only=True)
class HandoverTime:
    """When one takes over from another: a time on the wall, and for a weekly rotation its weekday."""

    at: time
    weekday: Weekday | None = None

    def __str__(self) -> str:
        clock = f"{self.at:%H:%M}"
        return clock if self.weekday is None else f"{self.weekday} {clock}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Layer:
    """People who take over from the rotation at certain hours of certain days.

    Attributes:
        people: who; the schedule's turns go round among them.
        days: the weekdays on which its hours begin.
        holidays: whether they begin on the public holidays of Luxembourg as well.
        begins: from midnight to the first of its hours, on the wall.
        ends: from the same midnight to the end of its hours, later than `begins`; over a day for hours that end on the next one.
    """

    people: tuple[str, ...]
    days: frozenset[Weekday] = frozenset(Weekday)
    holidays: bool = False
    begins: timedelta = timedelta()
    ends: timedelta = DAY

    def falls_on(self, day: date) -> bool:
        """Say whether its hours begin on `day`."""
        return WEEKDAYS[day.weekday()] in self.days or (self.holidays and is_public_holiday(day))

    def hours(self, day: date, zone: ZoneInfo) -> tuple[datetime, datetime]:
        """Return from when until when, as UTC, it takes over if it falls on `day`; they are equal where the clock leaps over it."""
        midnight = datetime.combine(day, time())
        return instant(midnight + self.begins, zone), instant(midnight + self.ends, zone)

    def covers(self, at: datetime, zone: ZoneInfo) -> bool:
        """Say whether `at` lies in its hours."""
        return any(since <= at < until for since, until in self.all_hours(at, at, zone))

    def all_hours(self, since: datetime, until: datetime, zone: ZoneInfo) -> Iterator[tuple[datetime, datetime]]:
        """Return all its hours that touch the time from `since` to `until`, and perhaps some beside it."""
        day = wall_clock(since, zone).date() - DAY
        last = wall_clock(until, zone).date() + DAY
        while day <= last:
            if self.falls_on(day):
                yield self.hours(day, zone)
            day += DAY


@dataclass(frozen=True, slots=True, kw_only=True)
class Schedule:
    """Who is on call as long as nothing is changed. `schedules.read_schedule` makes one of what somebody wrote, and refuses.

    Attributes:
        name: by which policies and changes know it.
        zone: whose clock is on the wall.
        people: the contacts in the order of their turns; one may come more than once.
        start: the day on which the first one's first turn begins.
        handover: when a turn begins; for `Rotation.HOURS` the first of a day that starts a round.
        rotation: whether `every` counts hours, days or weeks.
        every: how many of them a turn has.
        layers: who takes over from the rotation at certain hours.
    """

    name: str
    zone: ZoneInfo
    people: tuple[str, ...]
    start: date
    handover: HandoverTime
    rotation: Rotation = Rotation.WEEKLY
    every: int = 1
    layers: tuple[Layer, ...] = ()

    @property
    def first(self) -> datetime:
        """The time on the wall at which turn 0 begins."""
        return datetime.combine(self.start, self.handover.at)

    @property
    def step(self) -> timedelta:
        """How much later on the wall the next turn begins."""
        match self.rotation:
            case Rotation.HOURS:
                return timedelta(hours=self.every)
            case Rotation.DAILY:
                return timedelta(days=self.every)
            case Rotation.WEEKLY:
                return timedelta(weeks=self.every)
            case _:
                assert_never(self.rotation)

    @property
    def everybody(self) -> frozenset[str]:
        """All whom it names."""
        return frozenset(self.people).union(*(layer.people for layer in self.layers))

    def begins(self, turn: int) -> datetime:
        """Return the instant, as UTC, at which a turn begins; the next one begins at the same if the clock leaps over this one."""
        return instant(self.first + turn * self.step, self.zone)

    def turn(self, at: datetime) -> int:
        """Return the number of the turn under way at `at`: 0 is the first one's first, those before it are negative."""
        turn = (wall_clock(at, self.zone) - self.first) // self.step
        while self.begins(turn + 1) <= at:  # the clock was set back after it had begun
            turn += 1
        return turn

    def person(self, at: datetime) -> str:
        """Return the one who is on call at `at` as long as nothing is changed."""
        people = self.people
        for layer in self.layers:
            if layer.covers(at, self.zone):
                people = layer.people
        return people[self.turn(at) % len(people)]

    def edges(self, since: datetime, until: datetime) -> Iterator[datetime]:
        """Return the instants after `since` and before `until` at which the person may change, in no order."""
        turn = self.turn(since) + 1
        while (edge := self.begins(turn)) < until:
            yield edge
            turn += 1
        for layer in self.layers:
            for hours in layer.all_hours(since, until, self.zone):
                yield from (edge for edge in hours if since < edge < until)
