"""Schedules as somebody writes them: what is read, and what is refused in which words."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from typing import Any

import pytest

from alerts.core.public_holidays import is_public_holiday, public_holidays
from alerts.core.rotations import HandoverTime, Layer, Rotation, Schedule, Weekday
from alerts.core.schedules import parse_handover, parse_layer, read_schedule, read_zone
from alerts.errors import ScheduleError

WRITTEN: dict[str, Any] = {
    "timezone": "Europe/Luxembourg",
    "rotation": "weekly",
    "start": "2026-01-05",
    "handover": "monday 09:00",
    "people": ["anna", "ben"],
}


def test_the_table_of_the_contract_is_read() -> None:
    assert read_schedule("network", **WRITTEN) == Schedule(
        name="network",
        zone=read_zone("Europe/Luxembourg"),
        people=("anna", "ben"),
        start=date(2026, 1, 5),
        handover=HandoverTime(at=time(9), weekday=Weekday.MONDAY),
        rotation=Rotation.WEEKLY,
    )


def test_a_day_of_toml_is_a_start_too() -> None:
    assert read_schedule("network", **{**WRITTEN, "start": date(2026, 1, 5)}) == read_schedule("network", **WRITTEN)


@pytest.mark.parametrize(
    ("text", "weekday", "clock"),
    [
        ("09:00", None, time(9)),
        ("monday 09:00", Weekday.MONDAY, time(9)),
        (" Sunday  23:59 ", Weekday.SUNDAY, time(23, 59)),
        ("00:00", None, time()),
    ],
)
def test_a_handover_is_a_time_and_perhaps_a_weekday(text: str, weekday: Weekday | None, clock: time) -> None:
    found = parse_handover(text)
    assert found == HandoverTime(at=clock, weekday=weekday)
    assert parse_handover(str(found)) == found


@pytest.mark.parametrize("text", ["", "9:00", "24:00", "09:60", "montag 09:00", "monday", "monday09:00", "09:00 monday", "٠٩:٠٠"])
def test_a_handover_that_is_no_time_is_refused(text: str) -> None:
    with pytest.raises(ScheduleError, match=r"^handover '.*' is no time: write one such as 09:00"):
        parse_handover(text)


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"people": []}, "people is empty: name one contact or more"),
        ({"people": ["anna", ""]}, "people: '' is no name: write that of a contact"),
        ({"people": ["anna", " ben"]}, "people: ' ben' is no name: write that of a contact"),
        ({"people": ["anna"] * 101}, "people has 101 names: write at most 100"),
        ({"holidays": ["\t"]}, r"holidays: '\t' is no name: write that of a contact"),
        ({"timezone": "Europe/Esch"}, "timezone 'Europe/Esch' is not known: write one such as Europe/Luxembourg or UTC"),
        ({"timezone": "Europe"}, "timezone 'Europe' is not known: write one such as Europe/Luxembourg or UTC"),
        ({"timezone": "/etc/passwd"}, "timezone '/etc/passwd' is not known: write one such as Europe/Luxembourg or UTC"),
        ({"rotation": "monthly"}, "rotation 'monthly' is none: write daily, weekly, hours"),
        ({"start": "05.01.2026"}, "start '05.01.2026' is no day: write YYYY-MM-DD, such as 2026-01-05"),
        ({"start": "0001-01-01"}, "start '0001-01-01' is no day: write YYYY-MM-DD, such as 2026-01-05"),
        ({"start": "2026-02-29"}, "start '2026-02-29' is no day: write YYYY-MM-DD, such as 2026-01-05"),
        ({"start": "2026-01-06"}, "start 2026-01-06 is a tuesday, but handover is on monday: write 2026-01-05 or 2026-01-12"),
        (
            {"start": "2026-01-04"},
            "start 2026-01-04 is a sunday, but handover is on monday: write 2025-12-29 or 2026-01-05",
        ),
        ({"handover": "09:00"}, "handover '09:00' has no weekday, which rotation weekly needs: write monday 09:00"),
        ({"rotation": "daily"}, "handover 'monday 09:00' has a weekday, but rotation is daily: write 09:00"),
        ({"rotation": "hours", "every": 8}, "handover 'monday 09:00' has a weekday, but rotation is hours: write 09:00"),
        ({"every": 0}, "every = 0 with rotation weekly: write a number from 1 to 52"),
        ({"every": 53}, "every = 53 with rotation weekly: write a number from 1 to 52"),
        ({"rotation": "daily", "every": 367, "handover": "09:00"}, "every = 367 with rotation daily: write a number from 1 to 366"),
        (
            {"rotation": "hours", "every": 5, "handover": "06:00"},
            "every = 5 hours would wander through the day: write 1, 2, 3, 4, 6, 8, 12 or a multiple of 24",
        ),
        (
            {"rotation": "hours", "every": 36, "handover": "06:00"},
            "every = 36 hours would wander through the day: write 1, 2, 3, 4, 6, 8, 12 or a multiple of 24",
        ),
    ],
)
def test_what_cannot_be_followed_is_refused_with_its_place_its_value_and_the_way_to_mend_it(
    wrong: dict[str, object], said: str
) -> None:
    with pytest.raises(ScheduleError) as refused:
        read_schedule("network", **{**WRITTEN, **wrong})
    assert str(refused.value) == f"schedule 'network': {said}"


@pytest.mark.parametrize("every", [1, 2, 3, 4, 6, 8, 12, 24, 48, 168])
def test_hours_that_fit_into_days_are_taken(every: int) -> None:
    written = {**WRITTEN, "rotation": "hours", "every": every, "handover": "06:00"}
    assert read_schedule("network", **written).step == timedelta(hours=every)


@pytest.mark.parametrize(
    ("hours", "begins", "ends"),
    [
        ("08:00-18:00", timedelta(hours=8), timedelta(hours=18)),
        ("18:00 - 06:00", timedelta(hours=18), timedelta(hours=30)),
        ("00:00-24:00", timedelta(), timedelta(hours=24)),
        ("09:30-09:30", timedelta(hours=9, minutes=30), timedelta(hours=33, minutes=30)),
    ],
)
def test_hours_of_a_layer_may_end_on_the_next_day(hours: str, begins: timedelta, ends: timedelta) -> None:
    found = parse_layer(people=["carl"], hours=hours)
    assert (found.begins, found.ends) == (begins, ends)


def test_days_of_a_layer_are_weekdays_and_holidays() -> None:
    found = parse_layer(people=["carl"], days=["Saturday", "sunday", "holiday"])
    assert found == Layer(people=("carl",), days=frozenset({Weekday.SATURDAY, Weekday.SUNDAY}), holidays=True)
    assert parse_layer(people=["carl"]) == Layer(people=("carl",))


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"people": []}, "people is empty"),
        ({"days": ["samedi"]}, "days: 'samedi' is none: write monday, tuesday"),
        ({"days": []}, "days is empty: name one"),
        ({"hours": "18-06"}, "hours '18-06' are none: write from when until when, such as 18:00-06:00"),
        ({"hours": "24:00-06:00"}, "hours '24:00-06:00' are none"),
    ],
)
def test_a_layer_that_has_no_hours_is_refused(wrong: dict[str, Any], said: str) -> None:
    with pytest.raises(ScheduleError, match=f"^{said}"):
        parse_layer(**{"people": ["carl"], **wrong})


def test_everybody_whom_a_schedule_names_is_known() -> None:
    found = read_schedule("network", **WRITTEN, layers=[parse_layer(people=["carl"])], holidays=["dora", "anna"])
    assert found.everybody == {"anna", "ben", "carl", "dora"}


def test_luxembourg_has_eleven_public_holidays() -> None:
    assert {f"{day:%m-%d}" for day in public_holidays(2026)} == {
        "01-01", "04-06", "05-01", "05-09", "05-14", "05-25", "06-23", "08-15", "11-01", "12-25", "12-26",
    }  # fmt: skip
    assert len(public_holidays(2024)) == 10  # Europe Day and Ascension Day fell together
    assert not is_public_holiday(date(2026, 12, 24))


def test_a_turn_before_the_first_is_counted_backwards() -> None:
    schedule = read_schedule("network", **WRITTEN)
    assert schedule.turn(datetime(2026, 1, 5, 8, tzinfo=UTC)) == 0
    assert schedule.turn(datetime(2026, 1, 5, 7, 59, tzinfo=UTC)) == -1
    assert schedule.begins(-1) == datetime(2025, 12, 29, 8, tzinfo=UTC)
