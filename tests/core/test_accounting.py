"""The account of a SIM: what comes late, twice, out of order or not at all counts once, and never undoes what is newer."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.core.accounting import UNKNOWN, Account, Booked, Booking, Record, book, gateway_down
from monitor.core.observations import RadiusEvent
from tests.support.clocks import START

UP, IN, DOWN = RadiusEvent.START, RadiusEvent.INTERIM, RadiusEvent.STOP


def at(seconds: float) -> datetime:
    return START + timedelta(seconds=seconds)


def record(event: RadiusEvent, seconds: float, session: str = "a", octets: int = 0, **fields: Any) -> Record:
    told = {"session_s": 0 if event is UP else int(seconds), "address": "10.0.0.7", "received": octets, **fields}
    return Record(event=event, session=session, gateway="g", made_at=at(seconds), **told)


def booked(*records: Record, account: Account = UNKNOWN) -> Booked:
    last = Booked(account=account)
    for one in records:
        last = book(last.account, one, max(one.made_at, at(0)))
    return last


def test_a_session_from_its_beginning_to_its_end() -> None:
    account = booked(record(UP, 0), record(IN, 600, octets=1000, sent=300)).account
    assert (account.up, account.since, account.address) == (True, at(0), "10.0.0.7")
    assert (account.received, account.sent, account.month, account.month_octets) == (1000, 300, "2026-05", 1300)
    over = booked(record(DOWN, 900, octets=1500, sent=400, cause="Lost Carrier"), account=account)
    assert over.seen is DOWN
    assert not over.account.up
    assert (over.account.received, over.account.sent) == (1500, 400)


@pytest.mark.parametrize(
    "again", [record(UP, 0), record(IN, 600, octets=1000), record(IN, 300, octets=400), record(DOWN, 900, octets=1500)]
)
def test_what_was_told_before_changes_nothing(again: Record) -> None:
    known = booked(record(UP, 0), record(IN, 600, octets=1000)).account
    if again.event is DOWN:
        known = booked(again, account=known).account
    told = booked(again, account=known)
    assert (told.account, told.booking, told.seen) == (known, Booking.REPEATED, None)


def test_a_record_of_a_session_that_is_over_opens_nothing() -> None:
    over = booked(record(UP, 0), record(DOWN, 900, octets=100)).account
    for late in (record(UP, 0), record(IN, 600, octets=90), record(IN, 1200, octets=200)):
        assert booked(late, account=over).account == over


def test_the_late_end_of_an_old_session_says_nothing_of_its_successor() -> None:
    known = booked(record(UP, 0), record(IN, 600, octets=1000), record(UP, 700, "b", session_s=0)).account
    assert known.counters.session == "b"
    late = booked(record(DOWN, 1200, octets=1500), account=known)
    assert late.seen is None
    assert late.account.up
    assert late.account.received == 1500
    assert booked(record(IN, 1300, octets=1600), account=late.account).booking is Booking.REPEATED


def test_a_start_that_was_lost_is_seen_in_what_follows() -> None:
    told = booked(record(IN, 600, octets=500, session_s=600))
    assert told.seen is UP
    assert told.account.since == at(0)
    assert told.account.received == 500, "it began in this month"
    end = booked(record(DOWN, 600, octets=500, session_s=600))
    assert (end.seen, end.account.up, end.account.received) == (DOWN, False, 500)


def test_a_session_that_began_in_another_month_is_counted_from_now_on() -> None:
    long_s = 40 * 86_400
    account = booked(record(IN, 0, octets=9_000_000, session_s=long_s)).account
    assert account.received == 0
    assert booked(record(IN, 60, octets=9_000_100, session_s=long_s + 60), account=account).account.received == 100


def test_a_start_that_comes_late_does_not_open_a_session_again() -> None:
    known = booked(record(UP, 0), record(UP, 700, "b")).account
    late = booked(record(UP, 300, "c"), account=known)
    assert late.account.counters.session == "b"
    assert late.seen is None
    down = booked(record(DOWN, 800, "b"), account=known).account
    assert not booked(record(UP, 400, "d"), account=down).account.up


@pytest.mark.parametrize(
    ("before", "after", "whole", "gained", "booking"),
    [
        (2**32 - 100, 50, False, 150, Booking.TAKEN),
        (2**32 - 100, 2**32 + 50, True, 150, Booking.TAKEN),
        (5000, 4000, False, 0, Booking.FALLEN),
        (2**32 - 100, 50, True, 0, Booking.FALLEN),
        (2**31, 10, False, 0, Booking.FALLEN),
    ],
)
def test_counters_that_wrap_and_counters_that_fall(before: int, after: int, whole: bool, gained: int, booking: Booking) -> None:
    known = booked(record(UP, 0, whole=whole), record(IN, 600, octets=before, whole=whole)).account
    told = booked(record(IN, 1200, octets=after, whole=whole), account=known)
    assert told.booking is booking
    assert told.account.received == before + gained
    more = booked(record(IN, 1800, octets=after + 7, whole=whole), account=told.account)
    assert more.account.received == before + gained + 7, "it is counted on from there"


def test_a_month_begins_at_nothing_and_may_be_warned_of_again() -> None:
    known = booked(record(UP, 0), record(IN, 600, octets=1000)).account
    june = 31 * 86_400.0
    told = booked(record(IN, june, octets=1500), account=known).account
    assert (told.month, told.month_octets, told.received) == ("2026-06", 500, 1500)


def test_a_gateway_that_starts_has_no_sessions() -> None:
    known = booked(record(UP, 0)).account
    down = gateway_down(known, "g", at(100))
    assert (down.seen, down.account.up) == (DOWN, False)
    assert gateway_down(known, "another", at(100)).seen is None
    assert booked(record(IN, 200, octets=5), account=down.account).booking is Booking.REPEATED
    assert gateway_down(down.account, "g", at(100)).booking is Booking.REPEATED


STORY = [
    *(
        record(event, seconds, "a", octets)
        for event, seconds, octets in ((UP, 0, 0), (IN, 300, 40), (IN, 600, 90), (DOWN, 700, 95))
    ),
    *(record(event, seconds, "b", octets) for event, seconds, octets in ((UP, 800, 0), (IN, 1100, 10), (IN, 1400, 30))),
]


@given(st.permutations(STORY), st.lists(st.sampled_from(STORY), max_size=5))
def test_the_order_of_arrival_changes_no_sum(arrived: list[Record], again: list[Record]) -> None:
    """Octets are never counted twice; with every record here the newest session is up, unless its record was booked as old."""
    account = UNKNOWN
    for one in [*arrived, *again]:
        before = account
        account = book(account, one, at(2000)).account
        assert account.received >= before.received
        assert account.made_at is not None
        assert before.made_at is None or account.made_at >= before.made_at
    assert account.received <= 95 + 30
    assert account.counters.session == "b"
    assert account.up


@given(st.lists(st.sampled_from(STORY), max_size=14))
def test_what_is_lost_opens_nothing_that_is_over(arrived: list[Record]) -> None:
    account = UNKNOWN
    ended = set()
    for one in arrived:
        told = book(account, one, at(2000))
        account = told.account
        if one.event is DOWN:
            ended.add(one.session)
        assert not (account.up and account.counters.session in ended)
        assert len(account.old) <= 4


def test_an_old_session_may_fall_and_end_and_one_that_nobody_knew_too() -> None:
    known = booked(record(UP, 0), record(IN, 600, octets=1000), record(UP, 700, "b")).account
    fell = booked(record(IN, 800, octets=900), account=known)
    assert (fell.booking, fell.account.received, fell.seen) == (Booking.FALLEN, 1000, None)
    stranger = booked(record(DOWN, 900, "z", octets=50), account=known)
    assert (stranger.seen, stranger.account.up, stranger.account.received) == (None, True, 1050)
    nowhere = booked(record(IN, 1000, "b", octets=5, address=""), account=known)
    assert nowhere.account.address == "10.0.0.7", "a record without an address takes none away"
