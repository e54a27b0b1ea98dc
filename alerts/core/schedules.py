"""Schedules as somebody writes them in `alerts.toml`, read and refused. What they mean stands in `rotations`.

A refusal names the schedule, the value and how to mend it. Whether a person has an address is not known here:
`Schedule.everybody` names them for whoever knows.
"""

from __future__ import annotations

import re
from datetime import date, time, timedelta
from itertools import chain
from typing import TYPE_CHECKING, Final
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from alerts.core.public_holidays import public_holidays
from alerts.core.rotations import DAY, WEEKDAYS, HandoverTime, Layer, Rotation, Schedule, Weekday
from alerts.errors import ScheduleError

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

MOST_PEOPLE: Final = 100
"""How many may take turns."""
MOST: Final = {Rotation.HOURS: 168, Rotation.DAILY: 366, Rotation.WEEKLY: 52}
"""How many hours, days or weeks a turn may have."""
HOLIDAY: Final = "holiday"
"""Stands for the public holidays among the days of a layer."""
HOURS_A_DAY: Final = 24

_CLOCK: Final = "([01][0-9]|2[0-3]):([0-5][0-9])"
_HANDOVER: Final = re.compile(f"(?:({'|'.join(Weekday)}) +)?{_CLOCK}")
_HOURS: Final = re.compile(f"{_CLOCK} *- *(?:{_CLOCK}|24:00)")


def parse_handover(text: str) -> HandoverTime:
    """Return the time that ``09:00`` or ``monday 09:00`` names.

    Raises:
        ScheduleError: when it names none.
    """
    found = _HANDOVER.fullmatch(text.strip().lower())
    if found is None:
        message = f"handover {text!r} is no time: write one such as 09:00, with its weekday for a weekly rotation: monday 09:00"
        raise ScheduleError(message)
    return HandoverTime(at=time(int(found[2]), int(found[3])), weekday=Weekday(found[1]) if found[1] else None)


def parse_layer(*, people: Iterable[str], days: Iterable[str] = WEEKDAYS, hours: str = "00:00-24:00") -> Layer:
    """Return the layer of `people` in the `hours` that begin on `days`: weekdays, and ``holiday`` for the public holidays.

    Hours that do not end after they began end on the next day: ``18:00-06:00``.

    Raises:
        ScheduleError: when a day or the hours are none, or people are missing.
    """
    wanted = {day.strip().lower() for day in days}
    for day in sorted(wanted.difference(WEEKDAYS, {HOLIDAY})):
        message = f"days: {day!r} is none: write {', '.join(WEEKDAYS)} or {HOLIDAY}"
        raise ScheduleError(message)
    if not wanted:
        raise ScheduleError("days is empty: name one, or leave days out for every day")
    found = _HOURS.fullmatch(hours.strip())
    if found is None:
        message = f"hours {hours!r} are none: write from when until when, such as 18:00-06:00"
        raise ScheduleError(message)
    begins = timedelta(hours=int(found[1]), minutes=int(found[2]))
    ends = timedelta(hours=int(found[3]), minutes=int(found[4])) if found[3] else DAY
    return Layer(
        people=_people(people, "people"),
        days=frozenset(Weekday(day) for day in wanted - {HOLIDAY}),
        holidays=HOLIDAY in wanted,
        begins=begins,
        ends=ends if ends > begins else ends + DAY,
    )


def read_zone(name: str) -> ZoneInfo:
    """Return the time zone of that name.

    Raises:
        ScheduleError: when there is none.
    """
    try:
        return ZoneInfo(name)
    except (ValueError, OSError, ZoneInfoNotFoundError):
        message = f"timezone {name!r} is not known: write one such as Europe/Luxembourg or UTC"
        raise ScheduleError(message) from None


def read_schedule(  # noqa: PLR0913  (one for each key of the table)
    name: str,
    *,
    people: Sequence[str],
    start: date | str,
    handover: str,
    timezone: str = "Europe/Luxembourg",
    rotation: str = Rotation.WEEKLY,
    every: int = 1,
    layers: Sequence[Layer] = (),
    holidays: Sequence[str] = (),
) -> Schedule:
    """Return the schedule that a table of `alerts.toml` describes, its keys being the arguments.

    `holidays` are people who take over on the public holidays of Luxembourg: a layer over all the others.

    Raises:
        ScheduleError: when it cannot be followed; the message begins with the schedule.
    """
    try:
        schedule = Schedule(
            name=name,
            zone=read_zone(timezone),
            people=_people(people, "people"),
            start=_day(start),
            handover=parse_handover(handover),
            rotation=_rotation(rotation),
            every=every,
            layers=(
                *layers,
                *((Layer(people=_people(holidays, "holidays"), days=frozenset(), holidays=True),) if holidays else ()),
            ),
        )
        for complaint in chain(_about_every(schedule), _about_handover(schedule)):
            raise ScheduleError(complaint)
    except ScheduleError as error:
        message = f"schedule {name!r}: {error}"
        raise ScheduleError(message) from None
    if any(layer.holidays for layer in schedule.layers):
        public_holidays(schedule.start.year)  # the library is loaded now, and not when somebody must be woken
    return schedule


def _people(people: Iterable[str], key: str) -> tuple[str, ...]:
    named = tuple(people)
    if not named:
        message = f"{key} is empty: name one contact or more"
        raise ScheduleError(message)
    if len(named) > MOST_PEOPLE:
        message = f"{key} has {len(named)} names: write at most {MOST_PEOPLE}"
        raise ScheduleError(message)
    for person in named:
        if not person or person != person.strip():
            message = f"{key}: {person!r} is no name: write that of a contact"
            raise ScheduleError(message)
    return named


def _day(start: date | str) -> date:
    try:
        day = start if isinstance(start, date) else date.fromisoformat(start)
    except ValueError:
        day = date.min
    if not 1970 <= day.year <= 9000:  # noqa: PLR2004  (as the months of reports)
        message = f"start {str(start)!r} is no day: write YYYY-MM-DD, such as 2026-01-05"
        raise ScheduleError(message)
    return day


def _rotation(text: str) -> Rotation:
    try:
        return Rotation(text)
    except ValueError:
        message = f"rotation {text!r} is none: write {', '.join(Rotation)}"
        raise ScheduleError(message) from None


def _about_every(schedule: Schedule) -> Iterable[str]:
    """Say what is wrong with the length of a turn."""
    most = MOST[schedule.rotation]
    if not 1 <= schedule.every <= most:
        yield f"every = {schedule.every} with rotation {schedule.rotation}: write a number from 1 to {most}"
    elif schedule.rotation is Rotation.HOURS and HOURS_A_DAY % schedule.every and schedule.every % HOURS_A_DAY:
        yield f"every = {schedule.every} hours would wander through the day: write 1, 2, 3, 4, 6, 8, 12 or a multiple of 24"


def _about_handover(schedule: Schedule) -> Iterable[str]:
    """Say what is wrong with the weekday of the hand-over."""
    weekday, start, written = schedule.handover.weekday, schedule.start, str(schedule.handover)
    begun = WEEKDAYS[start.weekday()]
    if schedule.rotation is not Rotation.WEEKLY:
        if weekday is not None:
            clock = f"{schedule.handover.at:%H:%M}"
            yield f"handover {written!r} has a weekday, but rotation is {schedule.rotation}: write {clock}"
    elif weekday is None:
        yield f"handover {written!r} has no weekday, which rotation weekly needs: write {begun} {written}"
    elif weekday is not begun:
        before = start - timedelta(days=(start.weekday() - WEEKDAYS.index(weekday)) % 7)
        yield f"start {start} is a {begun}, but handover is on {weekday}: write {before} or {before + timedelta(weeks=1)}"
