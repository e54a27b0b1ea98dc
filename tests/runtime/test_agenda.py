"""The agenda: earliest first, whatever the order of entering, and what is entered late comes before what is later."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.runtime.agenda import Agenda
from tests.support.clocks import START

if TYPE_CHECKING:
    from datetime import datetime

ENTRIES = st.tuples(st.integers(0, 300), st.integers(0, 9))


def at(tenths: int) -> datetime:
    return START + timedelta(seconds=tenths / 10)


def test_an_empty_one_has_no_first_and_nothing_to_take() -> None:
    agenda = Agenda()
    assert agenda.first() is None
    with pytest.raises(IndexError):
        agenda.take()


def test_what_is_entered_for_before_the_second_under_way_comes_first() -> None:
    agenda = Agenda()
    agenda.put(at(100), 1)
    agenda.put(at(107), 2)
    assert agenda.take() == 1
    agenda.put(at(-50), 3)
    agenda.put(at(103), 4)
    agenda.put(at(107), 0)
    assert [agenda.take() for _ in range(4)] == [3, 4, 0, 2]
    assert agenda.first() is None


def test_an_earlier_instant_takes_the_place_of_a_later_one_and_a_later_one_is_not_entered() -> None:
    agenda = Agenda()
    agenda.put(at(500), 1)
    agenda.put(at(100), 1)
    agenda.put(at(300), 1)
    assert agenda.first() == at(100)
    assert agenda.take() == 1
    assert agenda.first() is None


def test_who_is_dropped_is_not_looked_at() -> None:
    agenda = Agenda()
    agenda.put(at(100), 1)
    agenda.drop(1)
    agenda.drop(2)
    assert agenda.first() is None


@given(st.lists(st.one_of(ENTRIES, st.none(), st.integers(0, 9)), max_size=60))
def test_it_gives_whom_a_search_would(steps: list[tuple[int, int] | int | None]) -> None:
    agenda, due = Agenda(), dict[int, "datetime"]()
    for step in steps:
        if isinstance(step, tuple):
            instant, number = at(step[0]), step[1]
            agenda.put(instant, number)
            due[number] = min(instant, due.get(number, instant))
        elif step is not None:
            agenda.drop(step)
            due.pop(step, None)
        assert agenda.first() == min(due.values(), default=None)
        if step is None and due:
            assert agenda.take() == min(due, key=lambda number: (due[number], number))
            due.pop(min(due, key=lambda number: (due[number], number)))
