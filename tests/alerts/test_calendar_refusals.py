"""What comes from outside as a calendar is followed or refused, with its place and the way to mend it, and in bounded time."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from alerts.calendar_lines import MOST_BYTES
from alerts.errors import CalendarError
from tests.alerts.test_calendars import NIGHT, SINCE, file_of, read
from tests.alerts.test_oncall import at

NIGHT_WITHOUT_END = NIGHT[:2]


def refusal(data: bytes) -> str:
    with pytest.raises(CalendarError) as refused:
        read(data)
    assert "\n" not in str(refused.value)
    return str(refused.value)


@pytest.mark.parametrize(
    ("lines", "said"),
    [
        ((*NIGHT, "SUMMARY:dave"), " on 2026-10-05 16:00 UTC: 'dave' is no contact: write the name of one as SUMMARY or ATTENDEE"),
        (NIGHT, " on 2026-10-05 16:00 UTC: '' is no contact"),
        ((*NIGHT, "SUMMARY:x", "ATTENDEE:mailto:anna@example.lu", "ATTENDEE;CN=Dave:mailto:d@x.lu"), " on .*: 'Dave d@x.lu' is no"),
        ((*NIGHT, "SUMMARY:anna", "SUMMARY:ben"), ": SUMMARY comes twice: write it once"),
        (("UID:1", "DTSTART:20261005T160000", NIGHT[2]), ": DTSTART has a time without a zone, 2026-10-05 16:00: write TZID="),
        ((*NIGHT_WITHOUT_END, "DTEND:20261006T040000"), ": DTEND has a time without a zone"),
        ((*NIGHT, "RRULE:FREQ=DAILY", "EXDATE:20261006T160000"), ": EXDATE has a time without a zone"),
        ((*NIGHT, "RDATE;VALUE=PERIOD:20261007T160000Z/PT1H"), ": RDATE is neither a day nor a time: write one"),
        (("UID:1", "DTSTART;VALUE=TIME:160000", NIGHT[2]), ": DTSTART cannot be read"),
        (("UID:1", "DTSTART:160000", NIGHT[2]), ": DTSTART is neither a day nor a time"),
        (("UID:1", "DTSTART;TZID=Europe/Esch:20261005T160000", NIGHT[2]), ": time zone 'Europe/Esch' is not known: write one such"),
        (("UID:1", "DTSTART;TZID=Europe:20261005T160000", NIGHT[2]), ": time zone 'Europe' is not known"),
        (("UID:1", "DTSTART ; TZID = Europe :20261005T160000", NIGHT[2]), ": it has no DTSTART"),
        (("UID:1", "DTSTART; TZID = Europe :20261005T160000", NIGHT[2]), ": time zone 'Europe' is not known"),
        (("UID:1", 'DTSTART;TZID="/x/Europe/Paris":20261005T160000', NIGHT[2]), ": time zone '/x/Europe/Paris' is not known"),
        (NIGHT_WITHOUT_END, ": it has no end: write DTEND"),
        (NIGHT[1:], ": it has no UID: export the calendar again, with UID"),
        ((NIGHT[0], NIGHT[2]), ": it has no DTSTART"),
        (
            (*NIGHT_WITHOUT_END, "DTEND:20261005T160000Z"),
            ": it ends at 2026-10-05 16:00 UTC, not after it begins: let it end later",
        ),
        ((*NIGHT_WITHOUT_END, "DTEND:20271008T160000Z"), ": it lasts 368 days: let it last at most 366"),
        ((*NIGHT_WITHOUT_END, "DURATION:-PT1H"), ": it ends at 2026-10-05 15:00 UTC, not after it begins"),
        ((*NIGHT_WITHOUT_END, "DURATION;VALUE=DATE:20261005"), ": DURATION is none: write DTEND"),
        ((*NIGHT_WITHOUT_END, "DTEND;VALUE=DATE:20261006"), ": DTSTART is a day and its end a time, or the other way round"),
        ((*NIGHT_WITHOUT_END, "DTEND:20261306T160000Z"), ": DTEND cannot be read: write it as iCalendar has it"),
        (
            (*NIGHT_WITHOUT_END, "DTEND;TZID=America/New_York:99991231T235959"),
            ": its times are beyond the calendar: write years from 1 to 9999",
        ),
        ((*NIGHT_WITHOUT_END, "DURATION:P9999999D"), ": its times are beyond the calendar"),
        ((*NIGHT, "RRULE:FREQ=HOURLY"), ": RRULE repeats by FREQ=HOURLY: write DAILY, WEEKLY, MONTHLY, YEARLY"),
        ((*NIGHT, "RRULE:"), ": RRULE repeats by FREQ=: write DAILY"),
        ((*NIGHT, "RRULE;VALUE=TEXT:FREQ=DAILY"), ": RRULE cannot be read"),
        (("UID:1", "DTSTART;VALUE=UID:20261005", NIGHT[2]), ": DTSTART cannot be read"),
        ((*NIGHT, "RRULE:FREQ=DAILY;UNTIL=P1D"), ": RRULE has an UNTIL that is neither a day nor a time"),
        ((*NIGHT, "RRULE:FREQ=OFTEN"), ": RRULE cannot be read"),
        ((*NIGHT, "RRULE:FREQ=DAILY;INTERVAL=0"), ": RRULE has INTERVAL=0: write a number from 1 to 1000"),
        ((*NIGHT, "RRULE:FREQ=DAILY;COUNT=-1"), ": RRULE has COUNT=-1: write a number from 1 to 1000"),
        (
            (*NIGHT, "RRULE:FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=30"),
            ": RRULE has 'BYMONTH', which is not taken with FREQ=YEARLY: write it without",
        ),
        ((*NIGHT, "RRULE:FREQ=DAILY;BYHOUR=1,2;BYSECOND=1"), ": RRULE has 'BYHOUR', which is not taken with FREQ=DAILY"),
        ((*NIGHT, "RRULE:FREQ=DAILY;INTERVAL=7;BYDAY=TU"), ": RRULE has BYDAY beside BYMONTHDAY, or beside INTERVAL of days"),
        ((*NIGHT, "RRULE:FREQ=MONTHLY;BYDAY=FR;BYMONTHDAY=13"), ": RRULE has BYDAY beside BYMONTHDAY"),
        (
            (*NIGHT, "RRULE:FREQ=MONTHLY;BYDAY=5MO"),
            ": RRULE has BYDAY=5MO, which not every period has: write it without the number",
        ),
        ((*NIGHT, "RRULE:FREQ=MONTHLY;BYDAY=1MO,TU"), ": RRULE has BYDAY with and without numbers: write two events"),
        ((*NIGHT, "RRULE:FREQ=WEEKLY;BYDAY=1MO"), ": RRULE has BYDAY=1MO, which not every period has"),
        (
            (*NIGHT, "RRULE:FREQ=MONTHLY;BYMONTHDAY=30"),
            ": RRULE has BYMONTHDAY=30, which not every month has: write 1 to 28, or -1",
        ),
        ((*NIGHT, "RRULE:FREQ=DAILY", "RRULE:FREQ=DAILY"), ": RRULE comes twice"),
    ],
)
def test_an_event_that_cannot_be_followed_is_refused_with_its_place(lines: tuple[str, ...], said: str) -> None:
    good = ("UID:0", "DTSTART:20261001T160000Z", "DTEND:20261002T040000Z", "SUMMARY:anna")
    assert re.match(rf"event 2 \(line 10\){said}", refusal(file_of(good, lines)))


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (b"\r\n ", "the calendar is empty: send an iCalendar file"),
        (b"BEGIN:VEVENT\r\nEND:VEVENT\r\n", "line 1: 'BEGIN:VEVENT' is outside of a calendar"),
        (b"<html>", "line 1: '<html>' is outside of a calendar: send an iCalendar file, from BEGIN:VCALENDAR on"),
        (b"BEGIN:VCALENDAR\r\n\xff", "the calendar is not UTF-8 at byte 17: export it as UTF-8"),
        (b"BEGIN:VCALENDAR\r\nBEGIN:VEVENT\r\n", "the calendar ends inside 'VEVENT': it was cut off, send it whole"),
        (b"BEGIN:VCALENDAR\r\nEND:VEVENT\r\n", "line 2: END:'VEVENT' ends nothing that is open: export the calendar again"),
        (file_of(("DTSTART;VALUE=DATE,TIME:20261005", *NIGHT)), "event 1 (line 4): DTSTART comes twice"),
        (file_of(("UID:1", "DTSTART;VALUE=DATE,TIME:20261005")), "the calendar cannot be read (\"'list' object"),
        (b"END:VCALENDAR\r\n", "line 1: END:'VCALENDAR' ends nothing that is open"),
        (b"x" * (MOST_BYTES + 1), "the calendar has 1000001 bytes: send at most 1000000"),
        (file_of(NIGHT, ("UID:1", *NIGHT[1:])), "event 2 (line 9): its UID is that of event 1 (line 4) too: give each its own"),
    ],
)
def test_a_file_that_is_no_calendar_is_refused(data: bytes, said: str) -> None:
    assert refusal(data).startswith(said)


def test_ten_thousand_events_are_enough() -> None:
    every_day = "DTSTART:20261001T080000Z", "DTEND:20261001T090000Z", "SUMMARY:anna", "RRULE:FREQ=DAILY"
    data = file_of(*((f"UID:{n}", *every_day) for n in range(400)))
    assert re.fullmatch(
        r"event \d+ \(line \d+\): there are more than 10000 events in this time: ask for a shorter one", refusal(data)
    )
    assert len(read(data, until=at("2026-10-08T00:00"))) == 7


def test_single_events_are_counted_where_they_are_asked_for() -> None:
    times = ",".join(f"{SINCE + n * timedelta(minutes=4):%Y%m%dT%H%M%SZ}" for n in range(9_990))
    many = ("UID:0", "DTSTART:20261001T000000Z", "DURATION:PT1M", f"RDATE:{times}", "SUMMARY:anna")
    data = file_of(many, *((f"UID:{n}", *NIGHT[1:], "SUMMARY:ben") for n in range(1, 20)))
    assert refusal(data).endswith("there are more than 10000 events in this time: ask for a shorter one")


def test_rules_that_began_long_ago_are_not_walked_without_end() -> None:
    old = "DTSTART:10000101T080000Z", "DTEND:10000101T090000Z", "SUMMARY:anna", "RRULE:FREQ=DAILY"
    assert refusal(file_of(("UID:1", *old))) == (
        "event 1 (line 4): the rules up to it name more than 100000 days since their DTSTART: let them begin later"
    )
    ended = (*old[:3], old[3] + ";UNTIL=10100101T000000Z")
    assert read(file_of(("UID:1", *ended))) == []


def test_rules_that_meet_seldom_are_not_many() -> None:
    leap = "DTSTART:20000229T080000Z", "DURATION:PT1H", "SUMMARY:anna", "RRULE:FREQ=YEARLY;INTERVAL=100"
    assert "rules up to it name more than" in refusal(file_of(*((f"UID:{n}", *leap) for n in range(2_001))))


@pytest.mark.parametrize(
    "events",
    [
        [(*NIGHT, "SUMMARY:anna", "RRULE:FREQ=MONTHLY;BYDAY=0MO")],
        [(*NIGHT, "RRULE:FREQ=DAILY"), (*NIGHT, "RECURRENCE-ID;RANGE=THISANDFUTURE:00010101T000000Z")],
    ],
)
def test_a_repetition_that_cannot_be_worked_out_is_refused(events: list[tuple[str, ...]]) -> None:
    assert re.fullmatch(
        r"the repetitions of the calendar cannot be worked out \('.*'\): write them as single events", refusal(file_of(*events))
    )


@settings(max_examples=300, deadline=None)
@given(st.data())
def test_a_damaged_calendar_is_followed_or_refused(data: Any) -> None:
    good = file_of(
        (*NIGHT, "SUMMARY:anna", "RRULE:FREQ=WEEKLY;BYDAY=MO;UNTIL=20261020T000000Z", "EXDATE:20261012T160000Z"),
        ("UID:2", "DTSTART;TZID=Europe/Luxembourg:20261007T180000", "DURATION:PT12H", "ATTENDEE;CN=ben:mailto:b@x.lu"),
        ("UID:1", "RECURRENCE-ID;RANGE=THISANDFUTURE:20261019T160000Z", *NIGHT[1:], "SUMMARY:carl", "SEQUENCE:2"),
    ).decode()
    pieces = re.split(r"([;:=,\r\n]+)", good)
    for _ in range(data.draw(st.integers(1, 4))):
        place = data.draw(st.integers(0, len(pieces) - 1))
        pieces[place] = data.draw(st.one_of(st.sampled_from(pieces), st.sampled_from(["", "0", "-1", "Z", '"', "\\", "é", "T"])))
    try:
        read("".join(pieces).encode())
        said = ""
    except CalendarError as error:
        said = str(error)
    assert len(said) < 300
    assert "\n" not in said
