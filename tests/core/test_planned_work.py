"""Planned work and the end of watching: breaches are suppressed or end, knowledge is not."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

from monitor.core.events import BreachCleared, BreachOpened, MaintenanceChanged, State
from monitor.core.health import LONGEST_PLAN
from monitor.core.observations import (
    MaintenanceSet,
    Tick,
)
from tests.core.lives import Life, only


def test_planned_work_suppresses_the_breach_but_not_the_state() -> None:
    life = Life().online()
    announced = only(life.see(50, MaintenanceSet, until=life.instant(7200)), MaintenanceChanged)
    assert isinstance(announced, MaintenanceChanged)
    life.disconnect(100)
    life.wait(7000)
    assert life.state.state is State.OFFLINE
    assert not life.state.breached
    life.wait(7200 + 899)
    assert not life.state.breached
    opened = only(life.wait(7200 + 900), BreachOpened)
    assert isinstance(opened, BreachOpened)
    assert opened.since == life.instant(7200), "continuity is owed again from the end of the plan"


def test_planned_work_that_ends_early_owes_continuity_after_one_grace() -> None:
    life = Life().online()
    life.see(50, MaintenanceSet, until=life.instant(72_000))
    life.disconnect(100)
    life.wait(5000)
    life.see(5000, MaintenanceSet, until=None)
    assert life.wait(5899) == []
    assert life.wait(5900) != []
    assert life.state.breached


def test_planned_work_that_is_called_off_excuses_what_fell_into_it() -> None:
    life = Life().online()
    life.see(50, MaintenanceSet, until=life.instant(72_000))
    life.disconnect(100)
    life.see(18_000, MaintenanceSet, until=None)
    opened = only(life.wait(18_900), BreachOpened)
    assert isinstance(opened, BreachOpened)
    assert opened.since == life.instant(18_000), "continuity is owed again from when it was called off"
    assert life.see(18_950, MaintenanceSet, until=None) == []


def test_a_breach_of_a_station_that_nobody_watches_any_more_ends() -> None:
    life = Life().online()
    life.disconnect(100)
    life.wait(5000)
    life.policy = replace(life.policy, watched=False)
    cleared = only(life.see(6000, Tick), BreachCleared)
    assert isinstance(cleared, BreachCleared)
    assert cleared.until == life.instant(6000)
    assert not life.state.breached
    life.wait(100_000)
    assert not life.state.breached


def test_a_plan_for_ever_is_cut_off_after_ten_years() -> None:
    life = Life().online()
    life.see(50, MaintenanceSet, until=datetime(9999, 12, 31, tzinfo=UTC))
    life.disconnect(100)
    life.wait(10_000)
    assert not life.state.breached
    assert life.state.maintenance_until == life.instant(50) + LONGEST_PLAN


def test_the_same_plan_again_says_nothing() -> None:
    life = Life().online()
    life.see(50, MaintenanceSet, until=life.instant(7200))
    assert life.see(51, MaintenanceSet, until=life.instant(7200)) == []


def test_a_silence_that_began_after_the_plan_is_a_breach_as_ever() -> None:
    life = Life().online()
    life.see(0, MaintenanceSet, until=life.instant(50))
    life.disconnect(100)
    life.wait(2000)
    opened = only(life.events, BreachOpened)
    assert isinstance(opened, BreachOpened)
    assert opened.since == life.instant(100)
