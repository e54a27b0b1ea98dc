"""MTBF, MTTR and availability from looks at states."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from monitor.core.breaches import Breach, Cause, Party, Settled
from monitor.core.events import State
from monitor.core.health_state import HealthState
from monitor.core.ids import BreachNumber
from monitor.core.registry import Bearer
from monitor.core.reliability import Reliability, Watch, downtime, look
from tests.support.clocks import START

if TYPE_CHECKING:
    from datetime import datetime

MINUTE = timedelta(minutes=1)
HOUR = timedelta(hours=1)
ONLINE = HealthState(state=State.ONLINE, listening_since=START - HOUR)


def breach(since: datetime, until: datetime | None = None, number: int = 1) -> Breach:
    return Breach(
        number=BreachNumber(number),
        bearer=Bearer.LAN,
        since=since,
        until=until,
        detected_at=since,
        cause=Cause.BEARER,
        party=Party.OWNER,
    )


def broken(since: datetime, until: datetime | None = None, number: int = 1, settled_s: float = 0) -> HealthState:
    tally = Settled(bearer=Bearer.LAN, party=Party.OWNER, count=number - 1, seconds=settled_s)
    return HealthState(
        state=State.OFFLINE if until is None else State.ONLINE,
        listening_since=START - HOUR,
        breach=breach(since, until, number),
        breaches=number,
        settled=(tally,) if settled_s else (),
    )


def looks(*states: tuple[HealthState, datetime]) -> tuple[Watch | None, Reliability]:
    """Look at one station again and again; return the note and what it comes to at the last look."""
    note: Watch | None = None
    for state, at in states:
        note = look(note, state, at)
    last, at = states[-1]
    return note, Reliability() if note is None else Reliability().plus(note, last, at)


def test_downtime_is_all_that_is_remembered() -> None:
    assert downtime(ONLINE, START) == timedelta()
    assert downtime(broken(START, START + HOUR, 3, 90.5), START + 9 * HOUR) == HOUR + timedelta(seconds=90.5)
    assert downtime(broken(START), START + HOUR) == HOUR
    assert downtime(broken(START), START - HOUR) == timedelta(), "the clock was set back"


def test_a_window_begins_with_the_first_look_after_the_first_word() -> None:
    unseen = HealthState(listening_since=START)
    assert looks((unseen, START))[0] is None
    note, found = looks((unseen, START), (ONLINE, START + HOUR), (ONLINE, START + 3 * HOUR))
    assert note is not None
    assert found == Reliability(watched=2 * HOUR)
    assert (found.availability, found.mtbf, found.mttr) == (1.0, None, None)
    assert Reliability().availability is None


def test_a_breach_of_the_window_counts_and_one_before_it_does_not() -> None:
    before = broken(START - HOUR, START - MINUTE, 4, 100)
    after = broken(START + HOUR, START + 2 * HOUR, 5, 100 + 59 * 60)
    _, found = looks((before, START), (after, START + 10 * HOUR))
    assert found == Reliability(watched=10 * HOUR, breaches=1, lost=HOUR)
    assert found.availability == pytest.approx(0.9)
    assert (found.mtbf, found.mttr) == (9 * HOUR, HOUR)
    assert found.mtbf is not None
    assert found.mttr is not None
    assert found.mtbf / (found.mtbf + found.mttr) == pytest.approx(found.availability)


def test_a_breach_that_is_under_way_is_one_of_the_window_with_the_time_in_it() -> None:
    _, found = looks((broken(START - 5 * HOUR), START), (broken(START - 5 * HOUR), START + 2 * HOUR))
    assert found == Reliability(watched=2 * HOUR, breaches=1, lost=2 * HOUR)


@pytest.mark.parametrize(
    "state",
    [
        HealthState(state=State.UNKNOWN, listening_since=START - HOUR),
        HealthState(state=State.ONLINE),
        HealthState(state=State.ONLINE, listening_since=START + MINUTE),
    ],
    ids=["unknown", "nobody listens", "somebody listens again"],
)
def test_time_in_which_we_were_deaf_is_not_watched(state: HealthState) -> None:
    _, found = looks((ONLINE, START), (state, START + 2 * MINUTE), (ONLINE, START + 3 * MINUTE))
    assert found.watched == MINUTE


def test_a_clock_that_was_set_back_takes_nothing_away() -> None:
    _, found = looks((ONLINE, START), (ONLINE, START + HOUR), (ONLINE, START), (ONLINE, START + 2 * HOUR))
    assert found.watched == 2 * HOUR
    deaf = HealthState(state=State.UNKNOWN)
    assert look(look(None, ONLINE, START + HOUR), deaf, START) == look(None, ONLINE, START + HOUR)


def test_more_is_never_lost_than_was_watched_nor_counted_backwards() -> None:
    _, found = looks((ONLINE, START), (broken(START - HOUR), START + MINUTE))
    assert found.lost == found.watched == MINUTE
    _, forgotten = looks((broken(START - HOUR, START - MINUTE, 3, 60), START), (ONLINE, START + HOUR))
    assert forgotten == Reliability(watched=HOUR)
