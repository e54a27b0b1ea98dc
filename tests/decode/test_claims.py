"""What stations claim about time (reliability.md, table 3)."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from monitor.core.observations import Status
from monitor.core.quirks import Quirk
from monitor.decode.claims import BACKLOG_S, read_energy, read_instant, read_stamp, was_queued, write_instant
from monitor.decode.status_map import read_error, read_status
from tests.support.clocks import START


@pytest.mark.parametrize(
    "text",
    [
        "2026-05-04T06:00:00Z",
        "2026-05-04T08:00:00+02:00",
        "2026-05-04t06:00:00.000000z",
        "2026-05-04 06:00:00Z",
        "2026-05-04T06:00:00",
        "2026-05-04T08:00:00+0200",
    ],
)
def test_one_instant_in_many_spellings(text: str) -> None:
    assert read_instant(text) == START


@pytest.mark.parametrize(
    "text",
    [
        "222222017-10-27T00:00:00Z",
        "1000000",
        "0001-01-01T00:00:00+23:59",
        "9999-12-31T23:59:59-23:59",
        "2026-05-04T06:00:60Z",
        "2026-W47-7",
        "2026-05-04",
        "1969-12-31T23:59:59Z",
        "2026-02-30T00:00:00Z",
        "",
        "x" * 10_000,
        None,
        5,
        {},
    ],
)
def test_what_is_no_time_is_none(text: object) -> None:
    assert read_instant(text) is None


def test_1970_is_a_claim_like_any_other() -> None:
    assert read_instant("1970-01-01T00:00:00Z") == datetime(1970, 1, 1, tzinfo=UTC)


def test_a_written_instant_has_milliseconds_and_z() -> None:
    assert write_instant(START + timedelta(microseconds=123_456)) == "2026-05-04T06:00:00.123Z"


def test_a_record_is_queued_when_it_is_clearly_older_than_its_arrival() -> None:
    assert was_queued(START - timedelta(seconds=BACKLOG_S + 1), START)
    assert not was_queued(START - timedelta(seconds=BACKLOG_S), START)
    assert not was_queued(None, START)


@pytest.mark.parametrize(
    ("age", "prompt", "credible"),
    [
        (timedelta(days=1), True, True),
        (timedelta(days=1, seconds=1), True, False),
        (timedelta(days=400), False, True),
        (timedelta(minutes=-10), False, True),
        (timedelta(minutes=-10, seconds=-1), False, False),
    ],
)
def test_a_time_that_cannot_be_is_a_wrong_clock_and_no_time(age: timedelta, prompt: bool, credible: bool) -> None:
    text = write_instant(START - age)
    stamp = read_stamp(text, START, prompt=prompt)
    assert stamp.instant == (START - age if credible else None)
    assert stamp.quirks == (() if credible else ((Quirk.WRONG_CLOCK, text),))


def test_a_status_that_nobody_knows_is_unknown() -> None:
    assert read_status("SuspendedEV") is Status.SUSPENDED_EV
    assert read_status("Exploded") is Status.UNKNOWN
    assert (read_error("NoError"), read_error("GroundFailure")) == ("", "GroundFailure")


@pytest.mark.parametrize(
    ("samples", "meter_wh"),
    [
        ([{"value": "120580", "measurand": "Energy.Active.Import.Register", "unit": "Wh"}], 120580),
        ([{"value": "120.58", "unit": "kWh"}], 120580),
        ([{"value": "7"}, {"value": "230.4", "measurand": "Voltage", "unit": "V"}], 7),
        ([{"value": "9"}, {"value": "3", "phase": "L1"}, {"value": "1e3", "measurand": "Power.Active.Import"}], 9),
        ([{"$value": "5"}], 5),
        (8, 8),
        ("8", 8),
        ([{"value": "nan"}], None),
        ([{"value": "1e400"}], None),
        ([{"value": "1" * 400}], None),
        ([{"value": "0x10"}, {"value": None}, {"value": {}}, {}], None),
        ([{"value": "3", "unit": "W"}, {"value": "3", "unit": {}}], None),
        ([{"value": "MIIC", "format": "SignedData"}], None),
        ([], None),
        (None, None),
    ],
)
def test_the_import_register_is_found_among_the_samples(samples: object, meter_wh: int | None) -> None:
    assert read_energy(samples) == meter_wh
