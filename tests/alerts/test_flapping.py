"""A fault that comes and goes is one alert: kept for a while after the last of it, told of once, over when it stays away."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from alerts.core.delivery import Medium
from alerts.core.model import Condition
from alerts.core.orders import Acknowledge, Answer, Resolve
from alerts.errors import RuleBookError
from alerts.rulebook import read_rulebook
from monitor.core.breaches import Cause
from tests.alerts.desks import running_house
from tests.alerts.wards import PEOPLE, Ward
from tests.support.clocks import START, SetClock
from tests.support.services import until

if TYPE_CHECKING:
    from monitor.storage.database import SqlDatabase

OFFLINE = PEOPLE + '[[rule]]\nname = "offline"\non = "breach"\nseverity = "page"\ngroup_by = ["station"]\n'


def told(ward: Ward) -> list[tuple[float, str, str]]:
    return [(round(at, 2), purpose, person) for at, purpose, person, _ in ward.messages()]


def flapping(ward: Ward, since: int, until_: int) -> None:
    """Have a connector be faulted for half of every minute."""
    for minute in range(since, until_):
        ward.faulted(minute, 1, "GroundFailure")
        ward.mended(minute + 0.5, 1)


def test_one_that_flaps_every_minute_is_one_alert_that_escalates_until_somebody_takes_it() -> None:
    ward = Ward()
    ward.add(1)
    flapping(ward, 0, 8)
    assert ward.order(8, Acknowledge(alert=1, who="ben")) is Answer.DONE
    flapping(ward, 8, 31)
    ward.wait(60)
    assert told(ward) == [(0.08, "raise", "anna"), (5.08, "raise", "ben"), (35.5, "clear", "anna"), (35.5, "clear", "ben")]
    assert [(alert.id, alert.condition) for alert in ward.alerts.values()] == [(1, Condition.RESOLVED)]
    assert "kept" in ward.reasons()


def test_one_that_flaps_faster_than_others_are_waited_for_is_told_of_too() -> None:
    ward = Ward()
    ward.add(1)
    for tenth in range(10):
        ward.faulted(tenth / 60, 1, "GroundFailure")
        ward.mended((tenth + 0.5) / 60, 1)
    ward.wait(10)
    assert told(ward) == [(0.08, "raise", "anna"), (5.16, "clear", "anna")]


def test_nobody_else_is_told_while_it_is_away_and_the_next_is_when_it_comes_back() -> None:
    ward = Ward()
    ward.add(1)
    ward.faulted(0, 1, "GroundFailure")
    ward.mended(4, 1)
    ward.faulted(6, 1, "GroundFailure")
    ward.wait(12)
    assert told(ward) == [(0.08, "raise", "anna"), (6.0, "raise", "ben"), (11.0, "raise", "anna")]


@pytest.mark.parametrize(("away", "alerts"), [(4.99, 1), (5.01, 2)])
def test_what_stays_away_for_longer_is_another_alert(away: float, alerts: int) -> None:
    ward = Ward()
    ward.add(1)
    ward.faulted(0, 1, "GroundFailure")
    ward.mended(1, 1)
    ward.faulted(1 + away, 1, "GroundFailure")
    ward.wait(7)
    assert len(ward.alerts) == alerts
    assert [person for _, purpose, person in told(ward) if purpose == "raise" and person == "anna"] == ["anna"] * alerts


def test_breaches_and_incidents_are_over_at_once_unless_a_rule_says_otherwise() -> None:
    ward = Ward(OFFLINE + '[[rule]]\nname = "incident"\non = "incident"\nseverity = "page"\n')
    ward.add(1, 2)
    ward.cut(0, 1)
    ward.incident(0, "I1", 2)
    ward.back(2, 1)
    ward.over(2, "I1")
    assert [one for one in told(ward) if one[1] == "clear"] == [(2.0, "clear", "anna"), (2.0, "clear", "anna")]
    kept = Ward(OFFLINE + 'keep_firing_for = "3m"\n')
    kept.add(1)
    kept.cut(0, 1)
    kept.back(2, 1)
    kept.cut(4, 1, cause=Cause.POWER)
    kept.back(4.5, 1)
    kept.wait(60)
    assert told(kept) == [(0.08, "raise", "anna"), (7.5, "clear", "anna")]


def test_a_rule_may_keep_nothing_and_a_duration_that_is_none_is_refused() -> None:
    rules = PEOPLE + '[[rule]]\nname = "danger"\non = "fault"\nseverity = "page"\nkeep_firing_for = "0s"\n'
    ward = Ward(rules)
    ward.add(1)
    ward.faulted(0, 1, "GroundFailure")
    ward.mended(1, 1)
    assert told(ward) == [(0.08, "raise", "anna"), (1.0, "clear", "anna")]
    with pytest.raises(RuleBookError, match="rule 'danger', keep_firing_for: 'long' is no duration"):
        read_rulebook(rules.replace('"0s"', '"long"'), today=START.date())


def test_a_rule_that_is_gone_keeps_nothing() -> None:
    ward = Ward()
    ward.add(1)
    ward.faulted(0, 1, "GroundFailure")
    ward.mended(1, 1)
    ward.desk.rules = read_rulebook(OFFLINE, today=START.date())
    ward.looked_over(2)
    assert told(ward)[-1] == (2.0, "clear", "anna")


def test_what_is_resolved_by_hand_while_it_is_away_is_another_alert_when_it_comes_back() -> None:
    ward = Ward()
    ward.add(1)
    ward.faulted(0, 1, "GroundFailure")
    ward.mended(1, 1)
    assert ward.order(2, Resolve(alert=1, cause="rain", who="anna")) is Answer.DONE
    ward.faulted(3, 1, "GroundFailure")
    ward.wait(4)
    assert told(ward) == [(0.08, "raise", "anna"), (3.08, "raise", "anna")]


async def test_a_restart_while_it_is_away_changes_nothing(database: SqlDatabase) -> None:
    clock = SetClock()
    async with running_house(database, clock) as house:
        await house.faulted(1)
        await house.opened(1)
        await house.let_pass(5)
        await until(lambda: house.went_by(Medium.SMS) == ["1/0/0/0/raise/anna"])
        await house.mended(1)
        await until(lambda: not house.engine.desk.matters)
    clock.advance(100)
    async with running_house(database, clock) as house:
        (alert,) = house.engine.desk.alerts.values()
        assert [matter.key for matter in house.engine.desk.all_in(alert.id)] == ["fault/1/1"]
        await house.let_pass(199)
        assert house.went_by(Medium.SMS) == []
        await house.let_pass(2)
        await until(lambda: house.went_by(Medium.SMS) == ["1/0/0/1/clear/anna"])
    async with running_house(database, clock) as house:
        assert house.engine.desk.alerts == {}
        assert house.engine.desk.past == {}
