"""Calendars of schedules: what is written can be read and says the same; what comes from outside is followed or refused."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from icalendar import Calendar

from alerts.calendars import read_calendar, write_calendar
from alerts.core.changes import Change, TemporaryShift, clashes
from alerts.core.oncall import on_call
from alerts.core.schedules import read_schedule
from tests.alerts.test_changes import CHANGES, only, override
from tests.alerts.test_oncall import ALL, DAILY, LAYERED, WATCHES, WEEKLY, at
from tests.support.clocks import START

if TYPE_CHECKING:
    from alerts.core.rotations import Schedule

HOUR = timedelta(hours=1)
DAY = timedelta(days=1)
SINCE, UNTIL = at("2026-10-01T00:00"), at("2026-11-01T00:00")
CONTACTS = {"anna": "anna@example.lu", "ben": "Ben.B@example.lu", "carl": "", "Schmit, Zoé": ""}
NOBODY = read_schedule("network", people=["nobody"], start="2026-01-05", handover="monday 09:00")
NIGHT = ("UID:1", "DTSTART:20261005T160000Z", "DTEND:20261006T040000Z")


def file_of(*events: tuple[str, ...], before: tuple[str, ...] = ()) -> bytes:
    lines = [line for event in events for line in ("BEGIN:VEVENT", *event, "END:VEVENT")]
    return "\r\n".join(("BEGIN:VCALENDAR", "VERSION:2.0", "PRODID:test", *before, *lines, "END:VCALENDAR", "")).encode()


def read(data: bytes, schedule: Schedule = NOBODY, since: datetime = SINCE, until: datetime = UNTIL) -> list[tuple[str, str, str]]:
    """Return what a file says: from when, until when, who."""
    found = read_calendar(data, schedule=schedule, since=since, until=until, contacts=CONTACTS)
    assert clashes(found) == ()
    return [(f"{shift.since:%m-%dT%H:%M}", f"{shift.until:%m-%dT%H:%M}", " ".join(shift.people)) for shift in found]


def written(schedule: Schedule, since: datetime, until: datetime, changes: list[Change] | None = None) -> bytes:
    return write_calendar(schedule, since=since, until=until, stamped=START, changes=changes or [])


@pytest.mark.parametrize("schedule", ALL)
def test_a_calendar_that_is_written_and_read_says_the_same_at_every_hour_of_a_month(schedule: Schedule) -> None:
    changes: list[Change] = [
        override("zoe", since=24 * 155, until=24 * 156),
        override("yves", "anna", since=24 * 160 + 1, until=24 * 170),
        only("xavier", "anna", "wim", since=24 * 172, until=24 * 174),
    ]
    assert SINCE < changes[0].since < changes[-1].until < UNTIL
    contacts = dict.fromkeys({*schedule.everybody, "zoe", "yves", "xavier", "wim", "anna"}, "")
    read_back = read_calendar(
        written(schedule, SINCE, UNTIL, changes), schedule=NOBODY, since=SINCE, until=UNTIL, contacts=contacts
    )
    for hour in range((UNTIL - SINCE) // HOUR):
        for minute in (0, 15, 30, 59):
            moment = SINCE + hour * HOUR + timedelta(minutes=minute)
            assert on_call(NOBODY, moment, read_back) == on_call(schedule, moment, changes)


@settings(max_examples=30, deadline=None)
@given(st.sampled_from([DAILY, WATCHES, LAYERED]), CHANGES)
def test_whatever_is_changed_is_written_and_read(schedule: Schedule, changes: list[Change]) -> None:
    until = START + 40 * HOUR
    read_back = read_calendar(
        written(schedule, START, until, changes),
        schedule=NOBODY,
        since=START,
        until=until,
        contacts=dict.fromkeys(schedule.everybody | {"anna", "ben", "carl"}, ""),
    )
    for half in range(80):
        moment = START + half * HOUR / 2
        assert on_call(NOBODY, moment, read_back) == on_call(schedule, moment, changes)


def test_a_shift_is_an_event_of_utc_that_blocks_no_time() -> None:
    (event, _) = Calendar.from_ical(written(WEEKLY, at("2026-01-06T00:00"), at("2026-01-13T00:00"))).events
    assert event.to_ical().decode().split("\r\n")[1:-2] == [
        "SUMMARY:anna",
        "DTSTART:20260105T080000Z",
        "DTEND:20260112T080000Z",
        "DTSTAMP:20260504T060000Z",
        "UID:" + event.uid,
        "TRANSP:TRANSPARENT",
    ]


def test_lines_are_folded_and_end_in_crlf() -> None:
    long = "Jean-Baptiste de la Fontaine, Bereitschaftsdienst; Gemeinde Käerjeng und Umgebung bis Lamadelaine é"
    data = written(read_schedule("network", people=[long], start="2026-01-05", handover="monday 09:00"), SINCE, UNTIL)
    assert all(len(line) <= 75 for line in data.split(b"\r\n"))
    assert b"\n" not in data.replace(b"\r\n", b"")
    (shift,) = read_calendar(data, schedule=NOBODY, since=SINCE, until=UNTIL, contacts={long: ""})
    assert shift.people == (long,)


def test_a_uid_stays_while_person_and_beginning_stay() -> None:
    def uids(data: bytes) -> list[str]:
        return [str(event.uid) for event in Calendar.from_ical(data).events]

    early, late = (uids(written(DAILY, SINCE + n * DAY, UNTIL)) for n in (0, 5))
    assert len(set(early)) == len(early)
    assert early[5:] == late
    assert uids(written(DAILY, SINCE + HOUR / 4, UNTIL)) == early
    assert uids(write_calendar(DAILY, since=SINCE, until=UNTIL, stamped=UNTIL)) == early
    other = read_schedule("power", people=DAILY.people, start=DAILY.start, rotation="daily", handover="02:30")
    assert not set(uids(written(other, SINCE, UNTIL))) & set(early)


@pytest.mark.parametrize(
    "named",
    [
        ("SUMMARY:anna",),
        ("SUMMARY:  ANNA ",),
        ("SUMMARY:anna@EXAMPLE.lu",),
        ("SUMMARY:On call", "ATTENDEE;CN=Anna:mailto:someone@example.lu"),
        ("SUMMARY:On call", "ATTENDEE:MAILTO:Anna@Example.lu"),
        ("ATTENDEE;CN=Someone;PARTSTAT=ACCEPTED:mailto:anna@example.lu",),
    ],
)
def test_an_event_names_a_contact_by_its_title_or_its_guest(named: tuple[str, ...]) -> None:
    assert read(file_of((*NIGHT, *named))) == [("10-05T16:00", "10-06T04:00", "anna")]


def test_several_guests_are_on_call_together() -> None:
    both = (*NIGHT, "SUMMARY:On call", "ATTENDEE:mailto:ben.b@example.lu", "ATTENDEE;CN=anna:mailto:x@example.lu")
    assert read(file_of(both)) == [("10-05T16:00", "10-06T04:00", "anna ben")]


def test_a_name_may_hold_what_calendars_escape() -> None:
    assert read(file_of((*NIGHT, r"SUMMARY:SCHMIT\, zoé"))) == [("10-05T16:00", "10-06T04:00", "Schmit, Zoé")]


def test_where_events_overlap_all_are_on_call_and_neighbours_become_one() -> None:
    data = file_of(
        (*NIGHT, "SUMMARY:anna"),
        ("UID:2", "DTSTART:20261006T000000Z", "DTEND:20261006T080000Z", "SUMMARY:ben"),
        ("UID:3", "DTSTART:20261006T080000Z", "DTEND:20261006T120000Z", "SUMMARY:ben"),
        ("UID:4", "DTSTART:20261006T090000Z", "DTEND:20261006T100000Z", "SUMMARY:ben"),
        ("UID:5", "DTSTART:20261007T090000Z", "DTEND:20261007T100000Z", "SUMMARY:ben"),
    )
    assert read(data) == [
        ("10-05T16:00", "10-06T00:00", "anna"),
        ("10-06T00:00", "10-06T04:00", "anna ben"),
        ("10-06T04:00", "10-06T12:00", "ben"),
        ("10-07T09:00", "10-07T10:00", "ben"),
    ]


@pytest.mark.parametrize("end", ["DTEND;TZID=Europe/Luxembourg:20261024T060000", "DURATION:PT12H"])
@pytest.mark.parametrize("zone", ["Europe/Luxembourg", '"Europe/Luxembourg"', "W. Europe Standard Time"])
def test_a_night_that_is_repeated_has_thirteen_hours_when_clocks_go_back(zone: str, end: str) -> None:
    night = ("UID:1", f"DTSTART;TZID={zone}:20261023T180000", end, "RRULE:FREQ=DAILY;COUNT=4", "SUMMARY:anna")
    assert read(file_of(night)) == [
        ("10-23T16:00", "10-24T04:00", "anna"),
        ("10-24T16:00", "10-25T05:00", "anna"),
        ("10-25T17:00", "10-26T05:00", "anna"),
        ("10-26T17:00", "10-27T05:00", "anna"),
    ]


def test_a_long_night_is_found_at_its_last_minute() -> None:
    night = (
        "UID:1",
        "DTSTART;TZID=Europe/Luxembourg:20261020T180000",
        "DTEND;TZID=Europe/Luxembourg:20261021T060000",
        "RRULE:FREQ=DAILY",
        "SUMMARY:anna",
    )
    found = read(file_of(night), since=at("2026-10-25T04:59"), until=at("2026-10-25T06:00"))
    assert found == [("10-25T04:59", "10-25T05:00", "anna")]


@pytest.mark.parametrize(
    ("rule", "days"),
    [
        ("FREQ=DAILY;INTERVAL=10", "05 15 25"),
        ("FREQ=DAILY;BYDAY=SA,SU;COUNT=3", "05 10 11 17"),
        ("FREQ=WEEKLY;UNTIL=20261020T000000Z", "05 12 19"),
        ("FREQ=WEEKLY;UNTIL=20261019", "05 12"),
        ("FREQ=WEEKLY;BYDAY=MO,TH;INTERVAL=2;WKST=MO", "05 08 19 22"),
        ("FREQ=MONTHLY;BYDAY=1MO,-1FR", "05 30"),
        ("FREQ=MONTHLY;BYMONTHDAY=5,-1", "05 31"),
        ("FREQ=MONTHLY;BYDAY=TU", "05 06 13 20 27"),
        ("FREQ=YEARLY", "05"),
    ],
)
def test_rules_that_people_write_are_followed(rule: str, days: str) -> None:
    event = ("UID:1", "DTSTART:20261005T080000Z", "DTEND:20261005T090000Z", f"RRULE:{rule}", "SUMMARY:anna")
    assert [since for since, _, _ in read(file_of(event))] == [f"10-{day}T08:00" for day in days.split()]


def test_days_may_be_added_left_out_moved_and_cancelled() -> None:
    data = file_of(
        (
            "UID:1",
            "DTSTART:20261005T080000Z",
            "DTEND:20261005T090000Z",
            "RRULE:FREQ=DAILY;COUNT=5",
            "EXDATE:20261006T080000Z",
            "RDATE:20261020T080000Z,20261021T080000Z",
            "SUMMARY:anna",
        ),
        (
            "UID:1",
            "RECURRENCE-ID:20261007T080000Z",
            "DTSTART:20261007T120000Z",
            "DTEND:20261007T130000Z",
            "SUMMARY:ben",
        ),
        (
            "UID:1",
            "RECURRENCE-ID:20261008T080000Z",
            "DTSTART:20261008T080000Z",
            "DTEND:20261008T090000Z",
            "SUMMARY:dave",
            "STATUS:CANCELLED",
        ),
    )
    assert [(since, who) for since, _, who in read(data)] == [
        ("10-05T08:00", "anna"),
        ("10-07T12:00", "ben"),
        ("10-09T08:00", "anna"),
        ("10-20T08:00", "anna"),
        ("10-21T08:00", "anna"),
    ]


def test_a_day_without_a_time_is_one_on_the_wall_of_the_schedule() -> None:
    days = ("UID:1", "DTSTART;VALUE=DATE:20261024", "DTEND;VALUE=DATE:20261026", "SUMMARY:anna")
    assert read(file_of(days)) == [("10-23T22:00", "10-25T23:00", "anna")]
    there = read_schedule("island", people=["x"], start="2026-01-05", handover="monday 09:00", timezone="Australia/Lord_Howe")
    assert read(file_of(days), schedule=there) == [("10-23T13:00", "10-25T13:00", "anna")]
    repeated = ("UID:1", "DTSTART;VALUE=DATE:20260105", "DURATION:P1D", "RRULE:FREQ=WEEKLY;BYDAY=SU", "SUMMARY:anna")
    assert read(file_of(repeated), since=at("2026-10-24T00:00"), until=at("2026-10-31T00:00")) == [
        ("10-24T22:00", "10-25T23:00", "anna")
    ]


def test_what_lies_beside_the_time_that_is_asked_is_left_out() -> None:
    data = file_of((*NIGHT, "SUMMARY:anna"), ("UID:2", "DTSTART:20200101T000000Z", "DTEND:20200102T000000Z", "SUMMARY:long gone"))
    assert read(data, since=at("2026-10-05T18:00"), until=at("2026-10-05T20:00")) == [("10-05T18:00", "10-05T20:00", "anna")]
    assert read(data, since=at("2026-10-06T04:00")) == []
    assert read(data, until=at("2026-10-05T16:00")) == []
    assert read(file_of()) == []


def test_who_asked_and_why_stand_in_every_shift() -> None:
    (shift,) = read_calendar(
        file_of((*NIGHT, "SUMMARY:anna")),
        schedule=NOBODY,
        since=SINCE,
        until=UNTIL,
        contacts=CONTACTS,
        by="olga",
        why="plan of October",
    )
    assert shift == TemporaryShift(
        schedule="network",
        since=at("2026-10-05T16:00"),
        until=at("2026-10-06T04:00"),
        people=("anna",),
        by="olga",
        why="plan of October",
    )


def test_what_a_program_adds_is_not_read() -> None:
    zone = (
        "BEGIN:VTIMEZONE",
        "TZID:Europe/Luxembourg",
        "BEGIN:STANDARD",
        "DTSTART:16010101T000000",
        "TZOFFSETFROM:+0900",
        "TZOFFSETTO:+0900",
        "RRULE:FREQ=SECONDLY;INTERVAL=0",
        "END:STANDARD",
        "END:VTIMEZONE",
        "X-WR-TIMEZONE:Asia/Tokyo",
    )
    alarm = ("BEGIN:VALARM", "SUMMARY:not this", "TRIGGER:-PT5M", "END:VALARM")
    noise = ("GEO:nowhere", "ATTACH;:;:", "no name", "", "CATEGORIES:a,b")
    local = ("UID:1", "DTSTART;TZID=Europe/Luxembourg:20261005T180000", "DTEND;TZID=Europe/Luxembourg:20261006T060000")
    data = file_of((*local, *alarm, *noise, "SUMMARY:anna"), before=zone)
    assert read(data) == [("10-05T16:00", "10-06T04:00", "anna")]


def test_lines_may_be_folded_anywhere_and_end_as_they_like() -> None:
    data = b"\xef\xbb\xbf" + file_of((*NIGHT, "SUMMARY:an\r\n na")).replace(b"VEVENT", b"VEV\r\n\tENT").replace(b"\r\n", b"\n")
    assert read(data) == [("10-05T16:00", "10-06T04:00", "anna")]
