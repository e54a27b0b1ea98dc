"""Months, years and days as the calendar of a place has them, turned into spans of real time.

A month in which the clocks change has an hour less or more than its days say; a span in UTC has the hours that passed. The zone
is given by the caller: reading one is not done here.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING, Final

from monitor.core.spans import Span

if TYPE_CHECKING:
    from datetime import tzinfo

YEAR: Final = 12
"""Months in one."""
_MONTH: Final = re.compile(r"([0-9]{4})-(0[1-9]|1[0-2])")


@dataclass(frozen=True, slots=True, kw_only=True, order=True)
class Month:
    """A month of the calendar; it is written ``YYYY-MM``."""

    year: int
    month: int

    def __str__(self) -> str:
        return f"{self.year:04}-{self.month:02}"

    def span(self, zone: tzinfo) -> Span:
        """Return the time from its first midnight in `zone` to the next month's."""
        first = date(self.year, self.month, 1)
        return Span(since=midnight(first, zone), until=midnight(add_months(first, 1), zone))


def read_month(text: str) -> Month:
    """Return the month that ``YYYY-MM`` names.

    Raises:
        ValueError: when it names none, or one before 1970 or after 9000.
    """
    found = _MONTH.fullmatch(text)
    if found is None or not 1970 <= int(found[1]) <= 9000:  # noqa: PLR2004  (years that a log can hold)
        message = f"{text!r} is not a month: write YYYY-MM, such as 2026-11"
        raise ValueError(message)
    return Month(year=int(found[1]), month=int(found[2]))


def midnight(day: date, zone: tzinfo) -> datetime:
    """Return the instant at which `day` begins in `zone`, as UTC."""
    return datetime(day.year, day.month, day.day, tzinfo=zone).astimezone(UTC)


def add_months(day: date, count: int) -> date:
    """Return the same day `count` months later (earlier for a negative one), or the last one of a month that has no such day."""
    years, month = divmod(day.month - 1 + count, YEAR)
    after = date(day.year + years + (month + 1) // YEAR, (month + 1) % YEAR + 1, 1)
    last = (after - timedelta(days=1)).day
    return date(day.year + years, month + 1, min(day.day, last))
