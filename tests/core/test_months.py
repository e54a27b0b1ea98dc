"""Months of a calendar as real time."""

from __future__ import annotations

from datetime import date, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest

from monitor.core.months import Month, add_months, midnight, read_month
from tests.support.logs import utc

LUXEMBOURG = ZoneInfo("Europe/Luxembourg")


@pytest.mark.parametrize(
    ("month", "hours"),
    [(1, 744), (2, 672), (3, 743), (4, 720), (10, 745), (11, 720), (12, 744)],
)
def test_a_month_has_the_hours_that_passed(month: int, hours: int) -> None:
    assert Month(year=2026, month=month).span(LUXEMBOURG).length == timedelta(hours=hours)


def test_months_touch_and_are_in_utc() -> None:
    spans = [Month(year=2026, month=month).span(LUXEMBOURG) for month in range(1, 13)]
    assert all(one.until == other.since for one, other in pairwise(spans))
    assert spans[0].since == utc(2025, 12, 31, 23)
    assert spans[2].until == utc(2026, 3, 31, 22)
    assert spans[0].since.utcoffset() == timedelta()


def test_a_month_is_read_as_it_is_written() -> None:
    assert str(read_month("2026-03")) == "2026-03"


@pytest.mark.parametrize("text", ["2026-13", "2026-3", "03-2026", "", "1969-12", "9999-12", "2026-03-01", "２０２６-03"])
def test_anything_else_is_no_month(text: str) -> None:
    with pytest.raises(ValueError, match="write YYYY-MM"):
        read_month(text)


@pytest.mark.parametrize(
    ("day", "count", "expected"),
    [
        (date(2026, 1, 31), 1, date(2026, 2, 28)),
        (date(2024, 2, 29), -12, date(2023, 2, 28)),
        (date(2026, 12, 1), 1, date(2027, 1, 1)),
        (date(2026, 1, 1), -1, date(2025, 12, 1)),
        (date(2026, 6, 15), 0, date(2026, 6, 15)),
        (date(2026, 11, 30), 1, date(2026, 12, 30)),
    ],
)
def test_months_are_added_by_the_calendar(day: date, count: int, expected: date) -> None:
    assert add_months(day, count) == expected


def test_a_midnight_is_that_of_the_place() -> None:
    assert midnight(date(2026, 7, 1), LUXEMBOURG) == utc(2026, 6, 30, 22)
