"""Who is on call, and who takes over when: in tables, minute by minute around every clock change, and whatever is changed."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from itertools import pairwise
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from alerts.core.oncall import Handover, Shift, handovers_due, next_handover, on_call, shifts
from alerts.core.rotations import Schedule
from alerts.core.schedules import parse_layer, read_schedule
from tests.alerts.test_changes import CHANGES, override
from tests.support.clocks import START
from tests.support.walls import changes_of_clocks, minutes, on_call_by

if TYPE_CHECKING:
    from collections.abc import Sequence

    from alerts.core.changes import Change

HOUR = timedelta(hours=1)
DAY = timedelta(days=1)
LUXEMBOURG = ZoneInfo("Europe/Luxembourg")


def written(**keys: Any) -> Schedule:
    return read_schedule("network", **{"people": ["anna", "ben"], "start": "2026-01-05", "handover": "monday 09:00", **keys})


WEEKLY = written()
DAILY = written(rotation="daily", handover="02:30", people=["anna", "ben", "carl"])
WATCHES = written(rotation="hours", every=8, handover="06:00", people=["anna", "ben", "carl", "dora"])
HOURLY = written(rotation="hours", every=1, handover="00:30", people=["anna", "ben", "carl", "dora", "eve"])
HALVES = written(rotation="hours", every=12, handover="06:00", people=["day", "night"])
LAYERED = written(
    rotation="daily",
    every=3,
    handover="09:00",
    layers=[
        parse_layer(people=["night", "owl"], hours="18:00-02:15"),
        parse_layer(people=["week-end"], days=["saturday", "sunday"]),
        parse_layer(people=["dawn"], days=["sunday", "holiday"], hours="02:15-03:00"),
    ],
    holidays=["carl", "dora"],
)
EARLY = written(layers=[parse_layer(people=["early", "bird"], hours="00:00-06:00")])
ALL = (WEEKLY, DAILY, WATCHES, HOURLY, HALVES, LAYERED)


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def moved(schedule: Schedule, zone: str) -> Schedule:
    return Schedule(**{key: getattr(schedule, key) for key in Schedule.__slots__} | {"zone": ZoneInfo(zone)})


def tiled(found: Sequence[Shift], since: datetime, until: datetime) -> bool:
    """Say whether shifts fill a time without gap or overlap, and neighbours differ."""
    edges = [since, *(shift.until for shift in found)]
    return (
        edges[-1] == until
        and all(shift.since == edge for shift, edge in zip(found, edges[:-1], strict=True))
        and all(shift.since < shift.until for shift in found)
        and all(one.people != other.people for one, other in pairwise(found))
    )


def check_every_minute(schedules: Sequence[Schedule], zone: ZoneInfo, since: datetime, until: datetime) -> None:
    """Compare the shifts of `schedules` with what the wall says at every minute."""
    found = [shifts(schedule, since, until) for schedule in schedules]
    for schedule, row in zip(schedules, found, strict=True):
        assert tiled(row, since, until), schedule
    places = [iter(row) for row in found]
    current = [next(place) for place in places]
    models = [on_call_by(schedule) for schedule in schedules]
    for minute, wall in minutes(zone, since, until):
        for n, model in enumerate(models):
            if minute >= current[n].until:
                current[n] = next(places[n])
            assert current[n].people == (model(wall),), (schedules[n], minute)


@pytest.mark.parametrize(
    ("schedule", "when", "expected"),
    [
        (WEEKLY, "2026-01-05T07:59", "ben"),
        (WEEKLY, "2026-01-05T08:00", "anna"),
        (WEEKLY, "2026-01-12T07:59", "anna"),
        (WEEKLY, "2026-01-12T08:00", "ben"),
        (WEEKLY, "2026-03-30T06:59", "ben"),
        (WEEKLY, "2026-03-30T07:00", "anna"),
        (written(every=2), "2026-01-12T08:00", "anna"),
        (written(every=2), "2026-01-19T08:00", "ben"),
        (DAILY, "2026-12-31T23:59", "anna"),
        (DAILY, "2027-01-01T01:30", "ben"),
        (DAILY, "2028-02-29T01:29", "ben"),
        (DAILY, "2028-02-29T01:30", "carl"),
        (DAILY, "2028-03-01T01:30", "anna"),
        (WATCHES, "2026-01-05T05:00", "anna"),
        (WATCHES, "2026-01-05T13:00", "ben"),
        (WATCHES, "2026-01-05T21:00", "carl"),
        (WATCHES, "2026-01-06T05:00", "dora"),
        (LAYERED, "2026-01-05T09:00", "anna"),
        (LAYERED, "2026-01-08T09:00", "ben"),
        (LAYERED, "2026-01-05T17:00", "night"),
        (LAYERED, "2026-01-08T17:00", "owl"),
        (LAYERED, "2026-01-10T09:00", "week-end"),
        (LAYERED, "2026-01-11T01:30", "dawn"),
        (LAYERED, "2026-06-22T22:00", "carl"),
        (LAYERED, "2026-06-23T21:59", "carl"),
        (LAYERED, "2026-06-23T22:00", "night"),
    ],
)
def test_who_is_on_call(schedule: Schedule, when: str, expected: str) -> None:
    assert on_call(schedule, at(when)) == (expected,)


def test_a_week_begins_at_its_handover() -> None:
    assert shifts(WEEKLY, at("2026-01-05T08:00"), at("2026-01-20T00:00")) == (
        Shift(people=("anna",), since=at("2026-01-05T08:00"), until=at("2026-01-12T08:00")),
        Shift(people=("ben",), since=at("2026-01-12T08:00"), until=at("2026-01-19T08:00")),
        Shift(people=("anna",), since=at("2026-01-19T08:00"), until=at("2026-01-20T00:00")),
    )


@pytest.mark.parametrize(("night", "hours"), [("2026-10-24", 13), ("2026-03-28", 11), ("2026-07-01", 12)])
def test_a_night_on_the_wall_has_the_hours_that_pass(night: str, hours: int) -> None:
    noon = at(f"{night}T12:00")
    found = [shift for shift in shifts(HALVES, noon, noon + DAY) if shift.people == ("night",)]
    assert [shift.until - shift.since for shift in found] == [hours * HOUR]


def test_a_turn_that_the_clock_leaps_over_is_nobodys() -> None:
    found = shifts(HOURLY, at("2026-03-28T23:30"), at("2026-03-29T02:30"))
    assert [(shift.since, shift.until) for shift in found] == [
        (at("2026-03-28T23:30"), at("2026-03-29T00:30")),
        (at("2026-03-29T00:30"), at("2026-03-29T01:00")),
        (at("2026-03-29T01:00"), at("2026-03-29T01:30")),
        (at("2026-03-29T01:30"), at("2026-03-29T02:30")),
    ]
    assert shifts(written(rotation="hours", handover="00:00"), at("2026-03-29T00:00"), at("2026-03-29T02:00")) == (
        Shift(people=("ben",), since=at("2026-03-29T00:00"), until=at("2026-03-29T02:00")),
    )


def test_a_turn_in_the_hour_that_comes_twice_is_held_once() -> None:
    assert shifts(DAILY, at("2026-10-24T12:00"), at("2026-10-25T12:00"))[0].until == at("2026-10-25T00:30")
    assert on_call(DAILY, at("2026-10-25T00:29")) != on_call(DAILY, at("2026-10-25T00:30"))
    assert on_call(DAILY, at("2026-10-25T01:15")) == on_call(DAILY, at("2026-10-25T00:30"))


@pytest.mark.parametrize("year", range(2020, 2041))
def test_every_minute_of_the_weeks_in_which_clocks_change_has_its_one_person(year: int) -> None:
    nights = changes_of_clocks(LUXEMBOURG, year, year + 1)
    assert len(nights) == 2
    for night in nights:
        check_every_minute([WEEKLY, DAILY, WATCHES], LUXEMBOURG, night - 3 * DAY, night + 4 * DAY)
        check_every_minute([HOURLY, HALVES, LAYERED], LUXEMBOURG, night - DAY, night + DAY)


@pytest.mark.parametrize(
    "zone",
    [
        "Australia/Lord_Howe",  # half an hour
        "Antarctica/Troll",  # two hours
        "Africa/Cairo",  # back at midnight
        "Africa/Casablanca",  # Ramadan
        "America/Havana",
        "America/St_Johns",
        "Pacific/Chatham",
        "UTC",
    ],
)
def test_other_clocks_are_followed_too(zone: str) -> None:
    schedules = [moved(schedule, zone) for schedule in (*ALL, EARLY)]
    for change in changes_of_clocks(ZoneInfo(zone), 2026, 2028) or [at("2026-12-31T23:00")]:
        check_every_minute(schedules, ZoneInfo(zone), change - DAY, change + DAY)


@pytest.mark.parametrize("year", [2020, 2028, 2040])
def test_every_minute_of_the_days_around_a_holiday_has_its_one_person(year: int) -> None:
    for day in (f"{year}-05-01", f"{year}-06-23", f"{year}-12-25"):
        check_every_minute(ALL, LUXEMBOURG, at(f"{day}T00:00") - DAY, at(f"{day}T00:00") + 2 * DAY)


def test_a_layer_has_begun_though_the_clock_went_back_to_the_day_before() -> None:
    there = moved(EARLY, "America/St_Johns")  # until 2011 at one minute past midnight
    check_every_minute([there], there.zone, at("2010-11-06T12:00"), at("2010-11-08T12:00"))
    found = [on_call(there, at(f"2010-11-07T{clock}")) for clock in ("02:29", "02:30", "02:45", "03:31")]
    assert found == [("anna",), ("early",), ("early",), ("early",)]


def test_a_day_that_an_island_leapt_over_had_no_turns() -> None:
    schedules = [moved(schedule, "Pacific/Apia") for schedule in ALL]
    check_every_minute(schedules, ZoneInfo("Pacific/Apia"), at("2011-12-28T00:00"), at("2012-01-01T00:00"))


@pytest.mark.parametrize("schedule", ALL)
def test_nobody_is_on_call_in_no_time(schedule: Schedule) -> None:
    assert shifts(schedule, START, START) == shifts(schedule, START, START - HOUR) == ()


def test_a_time_of_another_zone_is_the_same_instant() -> None:
    here = START.astimezone(LUXEMBOURG)
    assert on_call(DAILY, here) == on_call(DAILY, START)
    assert shifts(DAILY, here, here + DAY) == shifts(DAILY, START, START.astimezone(UTC) + DAY)


@given(st.sampled_from(ALL), CHANGES, st.integers(-10, 30), st.integers(1, 40))
def test_shifts_tile_and_say_what_is_said_of_every_instant(
    schedule: Schedule, changes: list[Change], begin: int, length: int
) -> None:
    since, until = START + begin * HOUR / 2, START + (begin + length) * HOUR / 2
    found = shifts(schedule, since, until, changes)
    assert found == shifts(schedule, since, until, iter(changes[::-1]))
    assert tiled(found, since, until)
    for shift in found:
        length_of = shift.until - shift.since
        for when in (shift.since, shift.since + length_of / 2, shift.until - datetime.resolution):
            assert on_call(schedule, when, changes) == shift.people == on_call(schedule, when, changes[::-1])


@given(st.sampled_from(ALL), CHANGES, st.integers(1, 39))
def test_a_time_cut_in_two_has_the_same_shifts(schedule: Schedule, changes: list[Change], cut: int) -> None:
    whole = shifts(schedule, START, START + 40 * HOUR, changes)
    middle = START + cut * HOUR
    parts = shifts(schedule, START, middle, changes), shifts(schedule, middle, START + 40 * HOUR, changes)
    assert {shift.since for part in parts for shift in part} - {middle} == {shift.since for shift in whole} - {middle}


@given(
    st.sampled_from(ALL),
    st.datetimes(datetime.fromisoformat("1990-01-01"), datetime.fromisoformat("2090-01-01"), timezones=st.just(UTC)),
)
def test_exactly_one_person_at_any_instant(schedule: Schedule, when: datetime) -> None:
    (person,) = on_call(schedule, when)
    assert person in schedule.everybody
    assert schedule.begins(schedule.turn(when)) <= when < schedule.begins(schedule.turn(when) + 1)


def test_changes_of_other_schedules_are_passed_over() -> None:
    change = override("zoe", schedule="power")
    assert on_call(WEEKLY, START, [change]) == ("anna",)
    assert shifts(WEEKLY, START, START + HOUR, [change]) == shifts(WEEKLY, START, START + HOUR)


def test_a_change_holds_its_beginning_and_not_its_end() -> None:
    change = override("zoe", "ben")
    assert on_call(WEEKLY, START - datetime.resolution, [change]) == ("anna",)
    assert on_call(WEEKLY, START + 8 * HOUR - datetime.resolution, [change]) == ("zoe",)
    assert on_call(WEEKLY, START + 8 * HOUR, [change]) == ("ben",)


def test_the_next_handover_says_who_leaves_and_who_comes() -> None:
    found = next_handover(WEEKLY, at("2026-01-05T08:00"))
    assert found == Handover(schedule="network", at=at("2026-01-12T08:00"), before=("anna",), after=("ben",))
    assert (found.leaves, found.comes) == (("anna",), ("ben",))


def test_who_stays_neither_leaves_nor_comes() -> None:
    found = Handover(schedule="network", at=START, before=("anna", "ben"), after=("ben", "carl"))
    assert (found.leaves, found.comes) == (("anna",), ("carl",))


@pytest.mark.parametrize(
    ("schedule", "expected"),
    [
        (written(every=52), at("2027-01-04T08:00")),
        (written(people=["anna", "anna", "ben"]), at("2026-01-19T08:00")),
        (written(people=["anna"]), None),
        (written(people=["anna"], holidays=["anna"]), None),
        (written(people=["anna"], holidays=["carl"]), at("2026-04-05T22:00")),
    ],
)
def test_the_next_handover_may_be_far_or_never(schedule: Schedule, expected: datetime | None) -> None:
    found = next_handover(schedule, at("2026-01-05T08:00"))
    assert (found.at if found else None) == expected


def test_a_handover_beyond_what_is_asked_is_none() -> None:
    assert next_handover(WEEKLY, at("2026-01-05T08:00"), within=6 * DAY) is None
    assert next_handover(WEEKLY, at("2026-01-05T08:00"), within=7 * DAY) is not None


def test_an_override_is_handed_over_and_back() -> None:
    change = override("zoe", "ben", since=20, until=30)
    assert [found.at for found in handovers_due(WEEKLY, START, START + 2 * DAY, [change])] == [
        START + HOUR,
        START + 20 * HOUR,
        START + 30 * HOUR,
    ]
    coming = next_handover(WEEKLY, START + HOUR, iter([change]))
    assert coming is not None
    assert (coming.leaves, coming.comes) == (("ben",), ("zoe",))


@given(CHANGES, st.lists(st.integers(0, 100), min_size=1, max_size=6), st.integers(0, 48))
def test_looks_that_follow_each_other_find_every_handover_once(changes: list[Change], looks: list[int], ahead: int) -> None:
    ends = [START - DAY, *(START + n * HOUR for n in sorted(looks)), START + 120 * HOUR]
    found = [due for one, other in pairwise(ends) for due in handovers_due(WATCHES, one, other, changes, ahead * HOUR)]
    assert found == list(handovers_due(WATCHES, ends[0], ends[-1], changes, ahead * HOUR))
    assert all(ends[0] < due.at - ahead * HOUR <= ends[-1] for due in found)


def test_a_holiday_is_a_day_on_the_wall_of_the_schedule() -> None:
    there = moved(written(people=["anna"], holidays=["carl"]), "Australia/Lord_Howe")
    (holiday,) = (shift for shift in shifts(there, at("2026-06-20T00:00"), at("2026-06-25T00:00")) if shift.people == ("carl",))
    assert (holiday.since, holiday.until) == (at("2026-06-22T13:30"), at("2026-06-23T13:30"))
    assert holiday.since.astimezone(there.zone).date() == date(2026, 6, 23)
