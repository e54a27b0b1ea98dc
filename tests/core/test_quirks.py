"""What a station tells of itself, and what is noticed about it, moves no verdict."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from monitor.core.events import ContestNoted, EquipmentNoted, Event, QuirkNoted, SecurityNoted, State
from monitor.core.health import step
from monitor.core.health_state import UNHEARD, HealthState
from monitor.core.observations import (
    CollectorUp,
    EquipmentReported,
    IdentityContested,
    Observation,
    QuirkSeen,
    SecurityReported,
    Tick,
)
from monitor.core.policy import Policy
from monitor.core.quirks import DETAIL_LENGTH, Quirk
from tests.support.clocks import START

if TYPE_CHECKING:
    from datetime import datetime

POLICY = Policy()
LATER = START + timedelta(hours=1)


def told(state: HealthState, *seen: Observation, at: datetime = START) -> tuple[HealthState, list[Event], bool]:
    events: list[Event] = []
    durable = False
    for one in seen:
        judged = step(state, one, POLICY, at)
        state, durable = judged.state, judged.durable
        events += judged.events
    return state, events, durable


def test_a_quirk_is_told_once_and_kept_up_to_date() -> None:
    first = QuirkSeen(at=START, quirk=Quirk.WRONG_CLOCK, detail="1970-01-01" + "x" * 200)
    state, events, durable = told(UNHEARD, first)
    assert events == [QuirkNoted(at=START, quirk=Quirk.WRONG_CLOCK, detail=first.detail[:DETAIL_LENGTH])]
    assert durable
    assert state.state is State.NEVER_SEEN, "the message that showed it is the sign of life, not the remark about it"
    again = QuirkSeen(at=LATER, quirk=Quirk.WRONG_CLOCK, detail="1971")
    other = QuirkSeen(at=LATER, quirk=Quirk.NO_BOOT)
    state, events, _ = told(state, again, other, at=LATER)
    assert [event.quirk for event in events if isinstance(event, QuirkNoted)] == [Quirk.NO_BOOT]
    assert [(habit.quirk, habit.first_at, habit.last_at, habit.detail) for habit in state.habits] == [
        (Quirk.NO_BOOT, LATER, LATER, ""),
        (Quirk.WRONG_CLOCK, START, LATER, "1971"),
    ]


@pytest.mark.parametrize(
    ("seen", "event"),
    [
        (SecurityReported(at=START, event="TamperDetectionActivated", info="lid"), SecurityNoted),
        (EquipmentReported(at=START, component="DataLink", variable="SignalStrength", value="-101"), EquipmentNoted),
    ],
)
def test_what_it_tells_of_itself_is_kept_and_is_life(seen: Observation, event: type[Event]) -> None:
    state, events, durable = told(UNHEARD, CollectorUp(at=START), seen)
    assert event in [type(one) for one in events]
    assert durable
    assert state.state is State.ONLINE


def test_a_contest_says_nothing_about_the_station() -> None:
    state, events, _ = told(UNHEARD, CollectorUp(at=START), SecurityReported(at=START, event="x"))
    after, events, durable = told(state, IdentityContested(at=LATER, address="10.6.6.6", times=3), at=LATER)
    assert events == [ContestNoted(at=LATER, address="10.6.6.6", times=3)]
    assert durable
    assert after == state
    late, _, _ = told(after, Tick(at=LATER), at=LATER)
    assert late.state is State.SUSPECT, "the contest was no sign of life"


def test_an_old_report_proves_that_the_station_lived() -> None:
    """A queued record of a time in which it could not reach us is evidence like any other."""
    state, _, _ = told(UNHEARD, CollectorUp(at=START), SecurityReported(at=START, event="x"))
    state, _, _ = told(state, Tick(at=LATER), at=LATER)
    state, _, _ = told(state, Tick(at=LATER + timedelta(hours=1)), at=LATER + timedelta(hours=1))
    assert state.breached
    stamped = LATER + timedelta(minutes=5)
    at = LATER + timedelta(hours=2)
    after, _, _ = told(state, SecurityReported(at=at, event="y", stamped=stamped), at=at)
    assert after.gap is not None
    assert after.gap.evidence.backlog
