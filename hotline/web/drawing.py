"""Where things stand on the strip of a day, in per cent of its width; the template only places them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Final

from hotline.web.wording import ZONE

if TYPE_CHECKING:
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
