"""Who has had enough: a page goes on to the next at once, and beyond the limits where nobody is left; a ticket waits."""

from __future__ import annotations

from typing import Final

from alerts.core.orders import Acknowledge
from tests.alerts.wards import PEOPLE, Ward

BOTH: Final = PEOPLE.replace('by = ["sms", "email"]', 'by = ["sms"]')
"""Anna by short message (five in fifteen minutes), after five minutes Ben by telephone (three); both once more."""
ALONE: Final = BOTH.replace(', { notify = "contact:ben", by = ["voice"], after = "5m" }', "")
ONCE: Final = BOTH.replace("repeat = 1", "repeat = 0")
TICKETS: Final = """
[[rule]]
name = "fault"
on = "fault"
severity = "ticket"
keep_firing_for = "0s"
[[route]]
policy = "network"
"""


def warned(rules: str, minutes: float, *stations: int) -> Ward:
    ward = Ward(rules)
    ward.add(*range(1, 30))
    for station in stations:
        ward.faulted(minutes, station, "GroundFailure")
    return ward


def told(ward: Ward, *alerts: int) -> list[tuple[float, int, str, tuple[int, ...]]]:
    """Return minute, alert, person and what came along, of those alerts or of all."""
    return [
        (round((one.at - ward.at(0)).total_seconds() / 60.0, 2), one.alert, one.person, one.along)
        for one in ward.told
        if not alerts or one.alert in alerts
    ]


def decided(ward: Ward, alert: int, *reasons: str) -> list[tuple[float, str, str]]:
    return [
        (round((one.at - ward.at(0)).total_seconds() / 60.0, 2), one.reason.value, one.who)
        for one in ward.log
        if one.alert == alert and one.reason.value in reasons
    ]


def test_a_page_goes_on_at_once_from_who_has_had_enough() -> None:
    ward = warned(BOTH, 0, *range(1, 7))
    ward.wait(1)
    for number in range(1, 6):
        ward.order(1, Acknowledge(alert=number, who="anna"))
    ward.wait(120)
    assert told(ward) == [
        *((0.08, number, "anna", ()) for number in range(1, 6)),
        (0.08, 6, "ben", ()),
        (5.08, 6, "ben", ()),
    ], "Ben instead of Anna, the second round in its distance from him"
    assert decided(ward, 6, "passed_on", "over_limit") == [(0.08, "passed_on", ""), (5.08, "passed_on", "")]
    assert decided(ward, 6, "exhausted") == [(5.08, "exhausted", "")]


def test_a_page_that_can_reach_nobody_goes_beyond_the_limits_once_a_minute() -> None:
    ward = warned(ALONE, 0, *range(1, 9))
    ward.faulted(1.5, 9, "GroundFailure")
    ward.faulted(2.5, 10, "GroundFailure")
    ward.wait(4)
    assert told(ward) == [
        *((0.08, number, "anna", ()) for number in range(1, 6)),
        (1.08, 6, "anna", (7, 8)),
        (2.08, 9, "anna", ()),
        (3.08, 10, "anna", ()),
    ]
    assert decided(ward, 6, "throttled", "over_limit") == [(0.08, "throttled", "anna"), (1.08, "over_limit", "anna")]


def test_it_goes_beyond_the_limits_to_the_first_people_and_the_steps_follow_in_their_distance() -> None:
    ward = warned(BOTH, 0, *range(1, 10))
    ward.wait(1)
    for number in range(1, 9):
        ward.order(1, Acknowledge(alert=number, who="anna"))
    ward.wait(120)
    assert [person for _, number, person, _ in told(ward) if number in {6, 7, 8}] == ["ben"] * 3
    assert told(ward, 9) == [
        (1.08, 9, "anna", ()),
        (15.08, 9, "ben", ()),
        (20.08, 9, "anna", ()),
        (25.08, 9, "ben", ()),
    ]


def test_what_has_reached_somebody_is_repeated_within_the_limits() -> None:
    ward = warned(ALONE, 0, *range(1, 7))
    ward.wait(1.05)
    for number in range(2, 7):
        ward.order(1.06, Acknowledge(alert=number, who="anna"))
    ward.wait(60)
    assert told(ward, 1) == [(0.08, 1, "anna", ()), (15.08, 1, "anna", ())], "due after five minutes"
    assert decided(ward, 1, "over_limit") == []


def test_at_its_end_a_policy_waits_for_who_is_left() -> None:
    ward = warned(ONCE, 0, *range(1, 5))
    ward.wait(120)
    assert told(ward)[:4] == [(0.08, number, "anna", ()) for number in range(1, 5)]
    assert told(ward)[4:] == [*((5.08, number, "ben", ()) for number in range(1, 4)), (20.08, 4, "ben", ())]


def test_a_ticket_waits_and_wakes_nobody_else() -> None:
    ward = warned(ONCE + TICKETS, 0, *range(1, 8))
    ward.wait(0.5)
    for number in range(1, 6):
        ward.order(0.5, Acknowledge(alert=number, who="anna"))
    ward.wait(19)
    assert told(ward) == [*((0.08, number, "anna", ()) for number in range(1, 6)), (15.08, 6, "anna", (7,))]
    assert decided(ward, 7, "passed_on", "over_limit") == []
