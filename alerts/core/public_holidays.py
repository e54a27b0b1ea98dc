"""The public holidays of Luxembourg: eleven days a year, of which two may fall together. Bank holidays are none.

The days are those of the library `holidays`, computed and not fetched. It is loaded when a year is first asked for, not with this
module: it brings all the countries of the world, and most schedules have no holidays.
"""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from datetime import date


@lru_cache(maxsize=256)
def public_holidays(year: int) -> frozenset[date]:
    """Return the public holidays of `year`."""
    import holidays

    return frozenset(holidays.country_holidays("LU", years=year))


def is_public_holiday(day: date) -> bool:
    """Say whether `day` is one."""
    return day in public_holidays(day.year)
