"""When what was handed over."""

from __future__ import annotations

from datetime import timedelta

from alerts.attempts import MOST, Attempts
from tests.support.clocks import SetClock


def test_an_attempt_ages_by_the_steady_clock() -> None:
    clock = SetClock()
    attempts = Attempts(clock)
    attempts.begin("17", "+1")
    clock.advance(5)
    clock.step_wall(3600)
    assert attempts.age_s("17") == 5
    assert attempts.age_s("17", since=clock.now() - timedelta(days=1)) == 5


def test_what_is_not_remembered_ages_by_what_is_told() -> None:
    clock = SetClock()
    attempts = Attempts(clock)
    assert attempts.age_s("17") is None
    assert attempts.age_s("17", since=clock.now() - timedelta(seconds=9)) == 9
    assert attempts.age_s("17", since=clock.now() + timedelta(seconds=9)) == 0


def test_a_repetition_is_as_old_as_the_first() -> None:
    clock = SetClock()
    attempts = Attempts(clock)
    attempts.begin("17", "+1")
    clock.advance(5)
    attempts.begin("17", "+1")
    assert attempts.age_s("17") == 5


def test_what_is_settled_is_forgotten_but_for_its_reference() -> None:
    attempts = Attempts(SetClock())
    attempts.begin("17", "+1")
    attempts.begin("18", "+1")
    assert attempts.others("17", "+1")
    attempts.settle("18", "CA1")
    assert not attempts.others("17", "+1")
    assert not attempts.is_remembered("18")
    assert attempts.is_claimed("CA1")
    assert not attempts.is_claimed("")


def test_memory_is_bounded() -> None:
    attempts = Attempts(SetClock())
    for number in range(MOST + 10):
        attempts.begin(str(number), "+1")
        attempts.settle(f"x{number}", f"CA{number}")
    assert not attempts.is_remembered("9")
    assert attempts.is_remembered("10")
    assert not attempts.is_claimed("CA9")
    assert attempts.is_claimed("CA10")


async def test_who_gave_up_long_ago_need_not_wait() -> None:
    clock = SetClock()
    attempts = Attempts(clock)
    await attempts.rest("17", 1000)
    attempts.give_up("17")
    attempts.begin("17", "+1")
    await attempts.rest("17", 1000)
    attempts.give_up("17")
    clock.advance(1000)
    attempts.give_up("17")
    await attempts.rest("17", 1000)
