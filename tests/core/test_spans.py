"""The arithmetic of spans: against a plain model that counts every second by itself."""

from __future__ import annotations

from datetime import timedelta
from itertools import pairwise
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.core.spans import Span, Spans, clipped, longest, merged, minus, shared, total
from tests.support.clocks import START

if TYPE_CHECKING:
    from collections.abc import Iterable
    from random import Random

SECOND = timedelta(seconds=1)


def at(second: int, until: int) -> Span:
    return Span(since=START + timedelta(seconds=second), until=START + timedelta(seconds=until))


def spans(*pairs: tuple[int, int]) -> Spans:
    return tuple(at(*pair) for pair in pairs)


PAIRS = st.lists(st.tuples(st.integers(0, 40), st.integers(0, 40)).map(lambda pair: at(*pair)), max_size=8)


def points(some: Iterable[Span]) -> set[int]:
    """Return the seconds that lie in `some`, one by one."""
    found: set[int] = set()
    for span in some:
        found.update(range((span.since - START) // SECOND, (span.until - START) // SECOND))
    return found


def tidy(found: Spans) -> bool:
    """Say whether spans are sorted, apart and none empty."""
    apart = all(one.until < other.since for one, other in pairwise(found))
    return apart and all(span.since < span.until for span in found)


@pytest.mark.parametrize(
    ("given_spans", "expected"),
    [
        ((), ()),
        (((5, 5),), ()),
        (((7, 5),), ()),
        (((0, 3), (3, 5)), ((0, 5),)),
        (((3, 5), (0, 3)), ((0, 5),)),
        (((0, 9), (2, 3)), ((0, 9),)),
        (((0, 1), (2, 3)), ((0, 1), (2, 3))),
    ],
)
def test_touching_and_overlapping_spans_become_one(
    given_spans: tuple[tuple[int, int], ...], expected: tuple[tuple[int, int], ...]
) -> None:
    assert merged(spans(*given_spans)) == spans(*expected)


def test_a_span_does_not_hold_its_end() -> None:
    assert shared(spans((0, 3)), spans((3, 5))) == ()
    assert minus(spans((0, 5)), spans((3, 5))) == spans((0, 3))
    assert clipped(spans((0, 9)), at(4, 4)) == ()


def test_one_cut_falls_into_several_spans() -> None:
    assert minus(spans((0, 4), (6, 10)), spans((2, 8))) == spans((0, 2), (8, 10))
    assert minus(spans((0, 10)), spans((2, 3), (5, 6))) == spans((0, 2), (3, 5), (6, 10))


def test_sums_are_exact_to_the_microsecond() -> None:
    tick = timedelta(microseconds=1)
    many = [Span(since=START + 3 * n * tick, until=START + (3 * n + 1) * tick) for n in range(1000)]
    assert total(many) == timedelta(milliseconds=1)
    assert longest(many) == tick
    assert longest(()) == timedelta()
    assert at(7, 5).length == timedelta()


@given(PAIRS, PAIRS)
def test_every_second_is_where_it_belongs(left: list[Span], right: list[Span]) -> None:
    for found, expected in (
        (merged(left), points(left)),
        (shared(left, right), points(left) & points(right)),
        (minus(left, right), points(left) - points(right)),
    ):
        assert tidy(found)
        assert points(found) == expected
        assert total(found) == timedelta(seconds=len(expected))


@given(PAIRS, PAIRS, st.randoms())
def test_order_says_nothing_and_parts_add_up(left: list[Span], right: list[Span], random: Random) -> None:
    mixed = list(left)
    random.shuffle(mixed)
    assert merged(mixed) == merged(left)
    assert total(shared(left, right)) + total(minus(left, right)) == total(left)
