"""Overrides, temporary shifts, and who hears of his shift: told in minutes from Monday, 4 May 2026, eight in the morning."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from alerts.core.changes import Change, Override, TemporaryShift
from alerts.core.orders import Answer, Substitute, Withdraw
from alerts.errors import RuleBookError
from alerts.rulebook import read_rulebook
from tests.alerts.wards import PEOPLE, Ward
from tests.support.clocks import START

if TYPE_CHECKING:
    from datetime import datetime

SCHEDULE = """
[[contact]]
name = "carl"
email = "carl@example.lu"
[[schedule]]
name = "network"
rotation = "weekly"
start = "2026-04-27"
handover = "monday 09:00"
people = ["anna", "ben"]
"""
RULES = PEOPLE.replace("contact:anna", "schedule:network") + SCHEDULE
HOUR, DAY = 60.0, 1_440.0
NINE = 60.0
"""Minutes until the hand-over at nine: anna leaves, ben comes."""


def at(minutes: float) -> datetime:
    return START + timedelta(minutes=minutes)


def ward_on_call(rules: str = RULES) -> Ward:
    ward = Ward(rules)
    ward.add(1)
    ward.looked_over(0)
    return ward


def override(since: float, until: float, leaves: str | None, takes_over: str, schedule: str = "network") -> Change:
    return Override(schedule=schedule, since=at(since), until=at(until), leaves=leaves, takes_over=takes_over)


def change(ward: Ward, minutes: float, *changes: Change) -> Answer:
    return ward.order(minutes, Substitute(changes=changes, who="ops"))


def shifts_told(ward: Ward) -> list[tuple[float, str, str, bool]]:
    """Return minute, person, first way, and whether he comes, of every notice so far."""
    return [
        ((one.at - START).total_seconds() / 60.0, one.person, one.ways[0].medium.value, one.duty.comes)
        for one in ward.told
        if one.duty is not None
    ]


def test_whoever_comes_and_whoever_leaves_hears_of_it_at_the_hand_over() -> None:
    ward = ward_on_call()
    ward.wait(NINE - 0.01)
    assert ward.told == []
    ward.wait(NINE)
    assert shifts_told(ward) == [(NINE, "ben", "sms", True), (NINE, "anna", "sms", False)]
    duty = ward.told[0].duty
    assert duty is not None
    assert (duty.people, duty.since, duty.until) == (("ben",), at(NINE), at(NINE + 7 * DAY))
    ward.wait(NINE + 7 * DAY)
    assert shifts_told(ward)[2:] == [(NINE + 7 * DAY, "anna", "sms", True), (NINE + 7 * DAY, "ben", "sms", False)]


def test_a_notice_can_come_before_and_by_another_way() -> None:
    ward = ward_on_call(RULES + 'notice_before = "30m"\nnotices = ["email", "sms"]\n')
    ward.wait(NINE)
    assert shifts_told(ward) == [(NINE - 30, "ben", "sms", True), (NINE - 30, "anna", "email", False)], "ben has no mail address"


def test_nobody_hears_where_no_notices_are_wanted() -> None:
    ward = ward_on_call(RULES + "notices = []\n")
    ward.wait(30 * DAY)
    assert ward.told == []


def test_a_change_that_nobody_is_to_hear_of_is_followed_all_the_same() -> None:
    ward = ward_on_call(RULES + "notices = []\n")
    assert change(ward, 0, override(0, 50, "anna", "ben")) is Answer.DONE
    assert (ward.told, ward.desk.on_call("network", at(10))) == ([], ("ben",))


def test_who_has_no_address_for_a_notice_hears_nothing() -> None:
    ward = ward_on_call(RULES + 'notices = ["email"]\n')
    ward.wait(NINE)
    assert [person for _, person, _, _ in shifts_told(ward)] == ["anna"], "ben has no mail address"


def test_nobody_is_called_for_a_shift() -> None:
    with pytest.raises(RuleBookError, match=r"schedule 'network', notices: nobody hears of his shift by voice"):
        read_rulebook(RULES + 'notices = ["voice"]\n', today=START.date())


def test_of_hand_overs_that_nobody_saw_only_the_last_is_told() -> None:
    ward = ward_on_call()
    ward.now = at(NINE + 15 * DAY)
    ward.looked_over(NINE + 15 * DAY)
    assert [(person, comes) for _, person, _, comes in shifts_told(ward)] == [("ben", True), ("anna", False)]


def test_the_first_start_tells_nobody_of_what_was() -> None:
    ward = ward_on_call()
    assert ward.told == []
    assert ward.desk.handover_at == at(NINE)


def test_an_override_takes_the_alert_and_is_told_at_once() -> None:
    ward = ward_on_call()
    assert change(ward, 10, override(0, 50, "anna", "ben")) is Answer.DONE
    assert shifts_told(ward) == [(10, "ben", "sms", True), (10, "anna", "sms", False)]
    ward.faulted(11, 1, "GroundFailure")
    ward.wait(12)
    assert [one.person for one in ward.told if one.alert] == ["ben"]
    ward.wait(50)
    assert shifts_told(ward)[2:] == [(50, "anna", "sms", True), (50, "ben", "sms", False)], "she is back when it ends"


def test_a_temporary_shift_replaces_the_rotation_for_a_time() -> None:
    ward = ward_on_call()
    shift = TemporaryShift(schedule="network", since=at(20), until=at(40), people=("ben", "carl"))
    assert change(ward, 10, shift) is Answer.DONE
    assert shifts_told(ward) == [], "it has not begun"
    ward.wait(20)
    assert shifts_told(ward) == [(20, "ben", "sms", True), (20, "carl", "email", True), (20, "anna", "sms", False)]
    assert ward.desk.on_call("network", at(39.9)) == ("ben", "carl")
    assert ward.desk.on_call("network", at(40)) == ("anna",)


def test_a_change_is_refused_with_its_reason_and_changes_nothing() -> None:
    ward = ward_on_call()
    assert change(ward, 0, override(10, 20, "anna", "ben")) is Answer.DONE
    assert change(ward, 0, override(5, 15, "anna", "carl")) is Answer.CLASH
    assert change(ward, 0, override(30, 40, "anna", "ben"), override(35, 45, "anna", "carl")) is Answer.CLASH
    assert change(ward, 0, override(5, 15, "anna", "ben", schedule="other")) is Answer.NO_SUCH_SCHEDULE
    assert change(ward, 0, override(50, 55, "anna", "zoe")) is Answer.NO_SUCH_CONTACT
    assert change(ward, 0, override(50, 55, "zoe", "anna")) is Answer.NO_SUCH_CONTACT
    assert change(ward, 7, override(1, 5, "anna", "carl")) is Answer.IN_THE_PAST
    assert change(ward, 7) is Answer.IN_THE_PAST
    assert list(ward.desk.changes) == [1]


def test_what_is_taken_back_before_it_began_is_gone_and_what_has_begun_ends() -> None:
    ward = ward_on_call()
    change(ward, 0, override(0, 50, "anna", "ben"), override(55, 58, "anna", "carl"))
    assert ward.order(30, Withdraw(change=2, who="ops")) is Answer.DONE
    assert ward.order(30, Withdraw(change=1, who="ops")) is Answer.DONE
    assert ward.order(30, Withdraw(change=1, who="ops")) is Answer.NO_SUCH_CHANGE
    assert ward.order(30, Withdraw(change=9, who="ops")) is Answer.NO_SUCH_CHANGE
    assert [(one.id, one.since, one.until, one.by) for one in ward.desk.changes.values()] == [(1, at(0), at(30), "ops")]
    assert shifts_told(ward)[2:] == [(30, "anna", "sms", True), (30, "ben", "sms", False)]


def test_a_change_that_names_somebody_who_has_left_is_not_followed() -> None:
    ward = ward_on_call()
    change(ward, 0, override(0, 50, "anna", "carl"))
    without = RULES.replace('[[contact]]\nname = "carl"\nemail = "carl@example.lu"\n', "")
    ward.desk.rules = read_rulebook(without, today=START.date())
    assert ward.desk.on_call("network", at(10)) == ("anna",)


def test_a_change_is_known_for_a_week_after_it_is_over() -> None:
    ward = ward_on_call()
    change(ward, 0, override(0, 50, "anna", "ben"))
    ward.wait(7 * DAY)
    assert list(ward.desk.changes) == [1]
    ward.wait(15 * DAY)
    assert list(ward.desk.changes) == []


def test_a_clock_that_steps_back_tells_nobody_twice() -> None:
    ward = ward_on_call()
    ward.wait(NINE)
    ward.now = at(0)
    ward.looked_over(0)
    ward.wait(NINE + 1)
    assert len(shifts_told(ward)) == 2
