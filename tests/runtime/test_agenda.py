"""The agenda: earliest first, whatever the order of entering, and what is entered late comes before what is later."""

from __future__ import annotations

import heapq
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
    assert agenda.take() == (at(100), 1)
    agenda.put(at(-50), 3)
    agenda.put(at(103), 4)
    agenda.put(at(107), 0)
    assert [agenda.take()[1] for _ in range(4)] == [3, 4, 0, 2]
    assert agenda.first() is None


@given(st.lists(st.one_of(ENTRIES, st.none()), max_size=60))
def test_it_gives_what_a_heap_would(steps: list[tuple[int, int] | None]) -> None:
    agenda, heap = Agenda(), list[tuple["datetime", int]]()
    for step in steps:
        if step is not None:
            entry = (at(step[0]), step[1])
            agenda.put(*entry)
            heapq.heappush(heap, entry)
        elif heap:
            assert agenda.first() == heap[0][0]
            assert agenda.take() == heapq.heappop(heap)
    while heap:
        assert agenda.take() == heapq.heappop(heap)
