"""The table of deliveries: what follows from each outcome, and that a message goes out at least once and twice at most."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from alerts.core.delivery import Medium, Message, Outcome, Rejected, Retry, Sent, Unknown
from alerts.core.model import Notification, Purpose, Way
from alerts.core.outbox import (
    ASK_S,
    FINAL,
    GIVE_UP_S,
    LEASE_S,
    Delivery,
    Report,
    Stand,
    abandoned,
    delivery_of,
    inherited,
    leased,
    reported,
    settle,
)
from alerts.core.severity import Severity
from tests.support.clocks import START

SMS = Way(medium=Medium.SMS, address="+352621000001")
MAIL = Way(medium=Medium.EMAIL, address="anna@example.lu")
OUTCOMES: list[Outcome] = [Sent(reference="SM1"), Retry(why="busy"), Rejected(why="no such number"), Unknown(why="no answer")]


def queued(*ways: Way, at: datetime = START) -> Delivery:
    told = Notification(
        key="1/0/0/0/raise/anna",
        alert=1,
        purpose=Purpose.RAISE,
        person="anna",
        ways=ways or (SMS, MAIL),
        severity=Severity.PAGE,
        at=at,
    )
    return delivery_of(told, Message(id="", to="", short="CP2500 is offline"))


def seconds(delivery: Delivery) -> float:
    return (delivery.next_at - START).total_seconds()


def test_a_delivery_has_its_address_and_a_name_of_its_own() -> None:
    one = queued()
    assert (one.message.to, one.message.id) == (SMS.address, one.id)
    assert one.id == queued().id
    assert one.id != queued(MAIL).id
    assert seconds(one) == 0.0


def test_one_that_is_taken_is_over_when_its_provider_says_so() -> None:
    sent, more = settle(leased(queued(), START), Sent(reference="SM1"), START)
    assert (sent.stand, sent.reference, more) == (Stand.SENT, "SM1", None)
    delivered, more = reported(sent, Report.DELIVERED, "", START)
    assert (delivered.stand, more) == (Stand.DELIVERED, None)
    assert reported(delivered, Report.FAILED, "late", START) == (delivered, None), "in whatever order it comes"


def test_it_is_tried_again_after_one_five_and_fifteen_seconds() -> None:
    delivery, pauses = queued(SMS), []
    now = START
    for _ in range(6):
        delivery, more = settle(leased(delivery, now), Retry(why="busy"), now)
        pauses.append((delivery.next_at - now).total_seconds())
        now = delivery.next_at
        assert more is None
    assert pauses == [1.0, 5.0, 15.0, 30.0, 60.0, 60.0]


def test_a_provider_that_says_when_is_not_asked_before() -> None:
    delivery, _ = settle(leased(queued(SMS), START), Retry(why="too many", after_s=40.0), START)
    assert seconds(delivery) == 40.0


def test_the_next_way_is_tried_within_a_minute_while_the_first_goes_on() -> None:
    delivery, opened, now = queued(), None, START
    while opened is None:
        delivery, opened = settle(leased(delivery, now), Retry(why="busy"), now)
        if opened is None:
            now = delivery.next_at
    assert opened.way == MAIL
    assert (opened.created_at - START).total_seconds() <= 60.0
    assert delivery.stand is Stand.QUEUED, "it goes on"
    _, again = settle(leased(delivery, now), Retry(why="busy"), now)
    assert again is None, "once"


@pytest.mark.parametrize("ways", [(SMS,), (SMS, MAIL)])
def test_what_is_refused_goes_the_next_way_at_once(ways: tuple[Way, ...]) -> None:
    delivery, more = settle(leased(queued(*ways), START), Rejected(why="unsubscribed"), START)
    assert (delivery.stand, delivery.why) == (Stand.FAILED, "unsubscribed")
    assert (None if more is None else (more.way, more.next_at)) == ((MAIL, START) if len(ways) > 1 else None)


def test_what_its_provider_gives_up_later_goes_the_next_way_too() -> None:
    sent, _ = settle(leased(queued(), START), Sent(reference="SM1"), START)
    failed, more = reported(sent, Report.FAILED, "unreachable", START + timedelta(seconds=20))
    assert failed.stand is Stand.FAILED
    assert more is not None
    assert more.way == MAIL


def test_a_way_is_given_up_after_a_quarter_of_an_hour() -> None:
    delivery, now = queued(SMS), START
    while (delivery := settle(leased(delivery, now), Retry(why="busy"), now)[0]).stand is not Stand.FAILED:
        now = delivery.next_at
    assert (now - START).total_seconds() <= GIVE_UP_S


def test_a_way_that_is_first_tried_late_is_tried_as_long() -> None:
    late = START + timedelta(hours=2)
    delivery, _ = settle(leased(queued(SMS), late), Retry(why="we were away, and the line is not up yet"), late)
    assert (delivery.stand, delivery.next_at - late) == (Stand.QUEUED, timedelta(seconds=1))


def test_after_a_doubt_the_provider_is_asked_and_only_then_it_is_sent_again_once() -> None:
    delivery = leased(queued(SMS), START)
    for asked in (1, 2, 3):
        delivery, more = settle(delivery, Unknown(why="no answer"), START)
        assert (delivery.stand, delivery.asked, more) == (Stand.UNKNOWN, asked, None)
    delivery, more = settle(delivery, Unknown(why="no answer"), START)
    assert (delivery.stand, more) == (Stand.QUEUED, None)
    delivery = leased(delivery, START)
    for _ in range(4):
        delivery, more = settle(delivery, Unknown(why="no answer"), START)
    assert (delivery.stand, delivery.attempts, more) == (Stand.FAILED, 2, None)


def test_a_doubt_that_cannot_be_settled_goes_the_next_way() -> None:
    delivery, more = leased(queued(), START), None
    for _ in range(4):
        delivery, more = settle(delivery, Unknown(why="no answer"), START)
    assert delivery.stand is Stand.FAILED
    assert more is not None


def test_one_whose_sender_died_is_in_doubt() -> None:
    taken = leased(queued(), START)
    assert seconds(taken) == LEASE_S
    found = abandoned(taken, taken.next_at)
    assert found.stand is Stand.UNKNOWN
    assert found.attempts == 1


def test_what_a_courier_leaves_behind_is_asked_about_by_the_next_one_at_once() -> None:
    taken = leased(queued(), START)
    doubtful = inherited(taken, START)
    assert (doubtful.stand, seconds(doubtful)) == (Stand.UNKNOWN, ASK_S)
    being_asked = replace(doubtful, next_at=START + timedelta(seconds=LEASE_S))
    assert seconds(inherited(being_asked, START)) == ASK_S
    waiting = queued()
    assert inherited(waiting, START) is waiting


@given(st.lists(st.sampled_from([*OUTCOMES, Report.DELIVERED, Report.FAILED]), max_size=40), st.booleans())
def test_whatever_happens_a_way_is_sent_twice_at_most_in_doubt_and_the_next_way_opens_once(
    told: list[Any], more_ways: bool
) -> None:
    delivery = queued(SMS, MAIL) if more_ways else queued(SMS)
    now, opened, doubtful = START, 0, 0
    for one in told:
        if delivery.stand is Stand.QUEUED:
            delivery = leased(delivery, now)
        if isinstance(one, Report):
            delivery, more = reported(delivery, one, "", now)
        elif delivery.stand in FINAL or delivery.stand is Stand.SENT:
            continue
        else:
            before = delivery.attempts
            delivery, more = settle(delivery, one, now)
            doubtful += isinstance(one, Unknown) and delivery.stand is Stand.QUEUED
            assert delivery.attempts == before
        opened += more is not None
        now = max(now, delivery.next_at)
    assert opened <= 1
    assert doubtful <= 1
