"""Where things stand on strips of time (a day, a week, alerts) in per cent of their width; templates only place them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Final

from hotline.core.aftermath import Step
from hotline.web.dates import ZONE

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from alerts.core.rota import Rota
    from hotline.core.aftermath import Moment
    from hotline.core.strip import Segment
    from hotline.readmodel.days import Day

TICK_HOURS: Final = 3
_NARROWEST: Final = 0.25
"""Per cent that a segment is wide at least, so that a short cut can be seen at all."""

_EDGE: Final = 3.5
"""Per cent from either end within which an hour is not written: half of it would be cut off on a narrow screen."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Bar:
    """A segment with its place."""

    segment: Segment
    x: str
    width: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Tick:
    """An hour written below the strip."""

    x: str
    label: str


def _percent(value: float) -> str:
    return f"{value:.2f}%"


def bars(day: Day) -> list[Bar]:
    """Place the segments of `day`."""
    whole = (day.end - day.start).total_seconds()
    placed = []
    for segment in day.segments:
        left = 100 * (segment.start - day.start).total_seconds() / whole
        wide = max(100 * (segment.end - segment.start).total_seconds() / whole, _NARROWEST)
        placed.append(Bar(segment=segment, x=_percent(min(left, 100 - _NARROWEST)), width=_percent(wide)))
    return placed


def ticks(day: Day) -> list[Tick]:
    """Place the hours of `day` that divide by three, in Luxembourg's time (a day of a time change has its own)."""
    whole = (day.end - day.start).total_seconds()
    hour: datetime = day.start.replace(minute=0, second=0, microsecond=0) + timedelta(hours=1)
    placed = []
    while hour < day.end:
        local = hour.astimezone(ZONE)
        place = 100 * (hour - day.start).total_seconds() / whole
        if local.hour % TICK_HOURS == 0 and _EDGE <= place <= 100 - _EDGE:
            placed.append(Tick(x=_percent(place), label=f"{local:%H:%M}"))
        hour += timedelta(hours=1)
    return placed


# ---------------------------------------------------------------------------------------------------------- alerts


SIGNS: Final = {Step.KNOWN: "known", Step.TOLD: "told", Step.TAKEN: "taken", Step.OVER: "over", Step.RESOLVED: "over"}
"""Moments that are drawn on the line of an alert, by their class."""
_TICKS: Final = ((6, 1), (12, 2), (30, 6), (72, 12), (24 * 400, 24))
"""Up to so many hours are divided by so many."""
_TICKS_MOST: Final = 40


@dataclass(frozen=True, slots=True, kw_only=True)
class Lane:
    """The line of one alert: from when until when it went on, and what happened when."""

    alert: int
    since: datetime
    until: datetime
    signs: Sequence[tuple[datetime, str]]

    @classmethod
    def of(cls, alert: int, since: datetime, until: datetime, moments: Iterable[Moment]) -> Lane:
        """Return the line of an alert."""
        signs = {(one.at, SIGNS[one.step]): None for one in moments if one.step in SIGNS}
        return cls(alert=alert, since=since, until=until, signs=list(signs))


@dataclass(frozen=True, slots=True, kw_only=True)
class DrawnLane:
    """A line with its places."""

    alert: int
    x: str
    width: str
    signs: Sequence[tuple[str, str]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Lanes:
    """Lines below each other on one axis."""

    lanes: Sequence[DrawnLane]
    ticks: Sequence[Tick]


def lanes(tracks: Iterable[Lane], start: datetime, end: datetime) -> Lanes:
    """Place the lines of alerts on an axis from `start` to `end`."""
    whole = (end - start).total_seconds() or 1.0

    def place(at: datetime) -> float:
        return min(max(100 * (at - start).total_seconds() / whole, 0.0), 100.0)

    drawn = []
    for one in tracks:
        left = min(place(one.since), 100 - _NARROWEST)
        signs = [(_percent(place(at)), kind) for at, kind in one.signs]
        width = _percent(max(place(one.until) - left, _NARROWEST))
        drawn.append(DrawnLane(alert=one.alert, x=_percent(left), width=width, signs=signs))
    return Lanes(lanes=drawn, ticks=_hours(start, end, place))


def _hours(start: datetime, end: datetime, place: Callable[[datetime], float]) -> list[Tick]:
    """Place hours, or days, that divide the axis into a few parts."""
    span_h = (end - start).total_seconds() / 3600
    step = next(step for most, step in _TICKS if span_h <= most)
    found: list[Tick] = []
    hour = start.replace(minute=0, second=0, microsecond=0) + timedelta(hours=1)
    while hour < end and len(found) < _TICKS_MOST:
        local = hour.astimezone(ZONE)
        if local.hour % step == 0 and _EDGE <= place(hour) <= 100 - _EDGE:
            found.append(Tick(x=_percent(place(hour)), label=f"{local:%d.%m.}" if local.hour == 0 else f"{local:%H:%M}"))
        hour += timedelta(hours=1)
    return found


# ---------------------------------------------------------------------------------------------------------- on call


_LEAST_NAMED: Final = 5.0
"""Per cent of the week that a shift has at least to have room for a name."""
COLOURS: Final = 6
"""How many people are told apart by colour; the name stands in every bar all the same."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ShiftBar:
    """A shift on the week: its place, who is on call, which colour, and whether it is now."""

    x: str
    width: str
    middle: str
    label: str
    shown: bool
    colour: int
    now: bool
    since: datetime
    until: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Week:
    """A schedule over a week; `now` is where the present is, empty in another week."""

    rota: Rota
    bars: Sequence[ShiftBar]
    days: Sequence[str]
    now: str


def week_of(rota: Rota, start: datetime, end: datetime, now: datetime) -> Week:
    """Place the shifts of `rota` on the week from `start` to `end`."""
    whole = (end - start).total_seconds()

    def place(at: datetime) -> float:
        return 100 * (min(max(at, start), end) - start).total_seconds() / whole

    people: dict[tuple[str, ...], int] = {}
    bars_ = []
    for one in rota.shifts:
        colour = people.setdefault(one.people, len(people) % COLOURS)
        left, right = place(one.since), place(one.until)
        bars_.append(
            ShiftBar(
                x=_percent(left),
                width=_percent(right - left),
                middle=_percent((left + right) / 2),
                label=", ".join(one.people),
                shown=right - left >= _LEAST_NAMED,
                colour=colour,
                now=one.since <= now < one.until,
                since=one.since,
                until=one.until,
            )
        )
    first = start.astimezone(ZONE)
    days = [_percent(place((first + timedelta(days=number)).replace(hour=0))) for number in range(7)]
    return Week(rota=rota, bars=bars_, days=days, now=_percent(place(now)) if start <= now < end else "")
