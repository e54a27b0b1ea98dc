"""What is changed of a schedule for a time: what it does together, what contradicts, what is refused."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone
from itertools import permutations
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from alerts.core.changes import MOST_CLASHES, Change, Override, TemporaryShift, clashes, replaced
from alerts.errors import ScheduleError
from tests.support.clocks import START

HOUR = timedelta(hours=1)
LUXEMBOURG = ZoneInfo("Europe/Luxembourg")
PEOPLE = ("anna", "ben", "carl")


def override(takes_over: str, leaves: str | None = None, since: int = 0, until: int = 8, schedule: str = "network") -> Override:
    return Override(schedule=schedule, since=START + since * HOUR, until=START + until * HOUR, takes_over=takes_over, leaves=leaves)


def only(*people: str, since: int = 0, until: int = 8, schedule: str = "network") -> TemporaryShift:
    return TemporaryShift(schedule=schedule, since=START + since * HOUR, until=START + until * HOUR, people=people)


HOURS = st.tuples(st.integers(0, 20), st.integers(1, 8)).map(lambda pair: {"since": pair[0], "until": sum(pair)})
OVERRIDES = st.builds(
    lambda pair, hours: override(pair[0], pair[1], **hours),
    st.sampled_from([*permutations(PEOPLE, 2), *((p, None) for p in PEOPLE)]),
    HOURS,
)
SHIFTS = st.builds(lambda people, hours: only(*people, **hours), st.sets(st.sampled_from(PEOPLE), min_size=1).map(sorted), HOURS)
CHANGES: st.SearchStrategy[list[Change]] = st.lists(st.one_of(OVERRIDES, SHIFTS), max_size=8)


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ([], ("anna",)),
        ([override("carl", "anna")], ("carl",)),
        ([override("carl", "ben")], ("anna",)),
        ([override("carl")], ("carl",)),
        ([only("carl", "ben")], ("ben", "carl")),
        ([only("ben"), override("carl", "ben")], ("carl",)),
        ([only("ben"), override("carl", "anna")], ("ben",)),
        ([only("anna", "ben"), override("ben", "anna")], ("ben",)),
        ([only("anna", "ben"), override("carl")], ("carl",)),
        ([override("ben", "anna"), override("carl", "ben")], ("ben",)),
        ([override("ben", "anna"), override("carl", "anna", since=1)], ("carl",)),
        ([override("ben", "anna"), override("carl", "anna", until=9)], ("carl",)),
        ([override("ben"), override("carl", "anna", since=1)], ("ben",)),
        ([only("ben"), only("carl", since=1)], ("carl",)),
    ],
)
def test_who_is_on_call_when_all_these_hold(changes: list[Change], expected: tuple[str, ...]) -> None:
    assert replaced(["anna"], changes) == expected
    assert replaced(["anna"], changes[::-1]) == expected


@given(CHANGES, st.permutations(range(8)))
def test_changes_have_no_order(changes: list[Change], order: list[int]) -> None:
    mixed = [changes[n] for n in order if n < len(changes)]
    assert replaced(["anna"], mixed) == replaced(["anna"], changes)
    assert {(clash.since, clash.until, frozenset((clash.one, clash.other))) for clash in clashes(mixed)} == {
        (clash.since, clash.until, frozenset((clash.one, clash.other))) for clash in clashes(changes)
    }


@given(CHANGES)
def test_somebody_is_always_on_call(changes: list[Change]) -> None:
    found = replaced(["anna"], changes)
    assert found
    assert list(found) == sorted(set(found))


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (override("ben", "anna"), override("carl", "anna", since=7, until=9)),
        (override("ben"), override("carl", since=7, until=9)),
        (override("ben"), override("carl", "anna", since=7, until=9)),
        (override("carl", "anna"), override("ben", since=7, until=9)),
        (override("ben", "anna"), override("carl", "ben", since=7, until=9)),
        (override("carl", "ben"), override("ben", "anna", since=7, until=9)),
        (only("anna"), only("anna", "ben", since=7, until=9)),
    ],
)
def test_what_cannot_both_be_followed_clashes(one: Change, other: Change) -> None:
    for given_changes in ([one, other], [other, one]):
        (clash,) = clashes(given_changes)
        assert (clash.one, clash.other) == (one, other)
        assert (clash.since, clash.until) == (START + 7 * HOUR, START + 8 * HOUR)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (override("ben", "anna"), override("carl", "anna", since=8, until=9)),
        (override("ben", "anna"), override("carl", "anna", schedule="power")),
        (override("ben", "anna"), override("ben", "anna", since=7, until=9)),
        (override("ben", "anna"), override("ben", since=7, until=9)),
        (override("ben", "anna"), override("ben", "carl", since=7, until=9)),
        (override("ben", "anna"), only("anna")),
        (only("anna", "ben"), only("ben", "anna", since=7, until=9)),
        (only("anna"), only("anna")),
    ],
)
def test_what_can_both_be_followed_does_not_clash(one: Change, other: Change) -> None:
    assert clashes([one, other]) == clashes([other, one]) == ()


def test_a_clash_says_where_who_and_how_to_mend_it() -> None:
    at = datetime(2026, 10, 25, 0, 30, tzinfo=UTC)
    one = Override(schedule="network", since=at, until=at + 2 * HOUR, takes_over="ben", leaves="anna")
    other = Override(schedule="network", since=at, until=at + HOUR, takes_over="carl")
    (clash,) = clashes([one, other])
    assert clash.message(LUXEMBOURG) == (
        "schedule 'network' from 2026-10-25 02:30 CEST to 2026-10-25 02:30 CET: 'carl' takes over from everybody, "
        "but also 'ben' takes over from 'anna': take one of the two back, or let them not overlap"
    )
    (clash,) = clashes([only("anna"), only("ben", "anna", since=1)])
    assert "only 'anna' on call, but also only 'anna' and 'ben' on call" in clash.message(UTC)


def test_many_clashes_are_told_in_part() -> None:
    assert len(clashes(only(f"p{n}") for n in range(40))) == MOST_CLASHES


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"until": START}, r"it ends at 2026-05-04T06:00:00\+00:00, not after it begins: let it end later"),
        ({"since": START.replace(tzinfo=None)}, "2026-05-04T06:00:00 is not a time of UTC"),
        ({"until": START.replace(tzinfo=timezone(HOUR))}, r"2026-05-04T06:00:00\+01:00 is not a time of UTC"),
        ({"takes_over": "anna"}, "'anna' cannot take over from 'anna': name another contact"),
        ({"takes_over": "", "leaves": None}, "'' cannot take over from everybody: name another contact"),
    ],
)
def test_an_override_that_cannot_be_followed_is_refused(wrong: dict[str, object], said: str) -> None:
    good = {"schedule": "network", "since": START, "until": START + HOUR, "takes_over": "ben", "leaves": "anna"}
    with pytest.raises(ScheduleError, match=rf"^override of schedule 'network' from 2026-05-04T06:00:00.*: {said}"):
        Override(**{**good, **wrong})  # type: ignore[arg-type]


@pytest.mark.parametrize("people", [(), ("",), ("anna", "")])
def test_a_temporary_shift_of_nobody_is_refused(people: tuple[str, ...]) -> None:
    with pytest.raises(ScheduleError, match=r"^temporary shift of schedule 'network' .*: nobody would be on call"):
        only(*people)


def test_a_temporary_shift_without_length_is_refused() -> None:
    with pytest.raises(ScheduleError, match="let it end later"):
        only("anna", until=0)
