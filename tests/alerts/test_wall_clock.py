"""Times on the wall and their instants: in Luxembourg and where clocks do stranger things, against a search minute by minute."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from alerts.core.wall_clock import instant, wall_clock

MINUTE = timedelta(minutes=1)

CHANGES = {
    "Europe/Luxembourg": ("2026-03-29T01:00", "2026-10-25T01:00"),
    "Australia/Lord_Howe": ("2026-04-04T15:00", "2026-10-03T15:30"),  # half an hour
    "Antarctica/Troll": ("2026-03-29T01:00", "2026-10-25T01:00"),  # two hours
    "Pacific/Apia": ("2011-12-30T10:00", "2021-04-03T14:00"),  # a whole day is leapt over
    "America/Sao_Paulo": ("2018-11-04T03:00", "2018-02-18T02:00"),  # at midnight
    "UTC": ("2026-03-29T01:00",),
}


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


@pytest.mark.parametrize(
    ("wall", "zone", "expected"),
    [
        ("2026-03-29T01:59", "Europe/Luxembourg", "2026-03-29T00:59"),
        ("2026-03-29T02:00", "Europe/Luxembourg", "2026-03-29T01:00"),
        ("2026-03-29T02:30", "Europe/Luxembourg", "2026-03-29T01:00"),
        ("2026-03-29T03:00", "Europe/Luxembourg", "2026-03-29T01:00"),
        ("2026-03-29T03:01", "Europe/Luxembourg", "2026-03-29T01:01"),
        ("2026-10-25T01:59", "Europe/Luxembourg", "2026-10-24T23:59"),
        ("2026-10-25T02:30", "Europe/Luxembourg", "2026-10-25T00:30"),
        ("2026-10-25T03:00", "Europe/Luxembourg", "2026-10-25T02:00"),
        ("2026-10-04T02:15", "Australia/Lord_Howe", "2026-10-03T15:30"),
        ("2026-04-05T01:45", "Australia/Lord_Howe", "2026-04-04T14:45"),
        ("2011-12-30T12:00", "Pacific/Apia", "2011-12-30T10:00"),
        ("2018-11-04T00:00", "America/Sao_Paulo", "2018-11-04T03:00"),
        ("2024-02-29T09:00", "Europe/Luxembourg", "2024-02-29T08:00"),
    ],
)
def test_a_time_on_the_wall_is_the_first_instant_that_shows_it_or_a_later_one(wall: str, zone: str, expected: str) -> None:
    assert instant(datetime.fromisoformat(wall), ZoneInfo(zone)) == at(expected)


@pytest.mark.parametrize(("zone", "change"), [(zone, change) for zone, changes in CHANGES.items() for change in changes])
def test_around_a_change_every_minute_agrees_with_a_search(zone: str, change: str) -> None:
    begun, place = at(change) - timedelta(days=1), ZoneInfo(zone)
    shown = [wall_clock(begun + n * MINUTE, place) for n in range(2 * 24 * 60)]
    wall, found = shown[0], 0
    while wall < shown[-1]:
        while shown[found] < wall:
            found += 1
        assert instant(wall, place) == begun + found * MINUTE
        wall += MINUTE


@given(
    st.sampled_from(sorted(CHANGES)),
    st.datetimes(datetime.fromisoformat("2005-01-01"), datetime.fromisoformat("2045-01-01")),
    st.timedeltas(timedelta(), timedelta(hours=3)),
)
def test_what_is_earlier_on_the_wall_is_not_later(zone: str, wall: datetime, later: timedelta) -> None:
    assert instant(wall, ZoneInfo(zone)) <= instant(wall + later, ZoneInfo(zone))


def test_the_wall_forgets_which_of_two_times_it_shows() -> None:
    zone = ZoneInfo("Europe/Luxembourg")
    assert wall_clock(at("2026-10-25T00:30"), zone) == wall_clock(at("2026-10-25T01:30"), zone)
    assert wall_clock(at("2026-10-25T01:30"), zone).fold == 0
