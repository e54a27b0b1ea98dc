"""Ages, the strip of a day, its drawing, and the overview."""

from __future__ import annotations

from datetime import datetime, timedelta
from itertools import pairwise
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hotline.core.ages import age_of
from hotline.core.overview import overview_of
from hotline.core.strip import Segment, health_changes, state_at_start, strip
from hotline.readmodel.days import LENGTH, MOST_EVENTS, Day, day_of
from hotline.web.drawing import bars, ticks
from monitor.core.breaches import Breach, Cause, Party
from monitor.core.events import HealthChanged, LinkChanged, MaintenanceChanged, Reason, State
from monitor.core.health_state import UNHEARD, HealthState
from monitor.core.ids import BreachNumber
from monitor.core.registry import Bearer, LifeCycle

from .support import NOW, RecordedHistory, station

if TYPE_CHECKING:
    from collections.abc import Iterable

START = NOW - LENGTH
ON, SUS, OFF, UNK = State.ONLINE, State.SUSPECT, State.OFFLINE, State.UNKNOWN


def at(hours: float) -> datetime:
    return START + timedelta(hours=hours)


def change(hours: float, origin: State, to: State, since: float | None = None) -> HealthChanged:
    return HealthChanged(at=at(hours), origin=origin, to=to, reason=Reason.SPOKE, since=at(hours if since is None else since))


def told(segments: Iterable[Segment]) -> list[tuple[State | None, float]]:
    """Return each state with the hours that it lasted."""
    return [(part.state, round((part.end - part.start).total_seconds() / 3600, 2)) for part in segments]


@pytest.mark.parametrize(
    ("seconds", "age"),
    [
        (-5, "0 s"),
        (12, "12 s"),
        (59.9, "59 s"),
        (60, "1 min"),
        (3599, "59 min"),
        (3600, "1 h 00"),
        (23160, "6 h 26"),
        (86400, "1 d 0 h"),
        (86400 * 3 + 3600 * 4, "3 d 4 h"),
        (86400 * 45, "45 d"),
    ],
)
def test_ages(seconds: float, age: str) -> None:
    assert age_of(NOW - timedelta(seconds=seconds), NOW) == age


@pytest.mark.parametrize(
    ("first", "changes", "expected"),
    [
        (ON, [], [(ON, 24.0)]),
        (None, [], [(None, 24.0)]),
        (ON, [change(6, ON, SUS), change(6.25, SUS, OFF, since=6), change(8, OFF, ON)], [(ON, 6.0), (OFF, 2.0), (ON, 16.0)]),
        (ON, [change(6, ON, SUS, since=5.5), change(7, SUS, ON)], [(ON, 5.5), (SUS, 1.5), (ON, 17.0)]),
        (None, [change(6, ON, SUS)], [(None, 24.0 - 18.0), (SUS, 18.0)]),
        (
            ON,
            [change(6, ON, UNK), change(7, UNK, SUS, since=2), change(8, SUS, OFF, since=2)],
            [(ON, 6.0), (UNK, 1.0), (OFF, 17.0)],
        ),
        (OFF, [change(6, OFF, UNK), change(7, UNK, OFF, since=-90)], [(OFF, 6.0), (UNK, 1.0), (OFF, 17.0)]),
        (SUS, [change(1, SUS, OFF, since=-3)], [(OFF, 24.0)]),
        (ON, [change(24, ON, SUS)], [(ON, 24.0)]),
    ],
)
def test_the_strip_covers_the_day_and_never_rewrites_what_nobody_heard(
    first: State | None, changes: list[HealthChanged], expected: list[tuple[State | None, float]]
) -> None:
    assert told(strip(first, changes, START, NOW)) == expected


@given(
    st.lists(st.tuples(st.floats(-1, 25), st.floats(0, 30), st.sampled_from(State)), max_size=12), st.sampled_from([None, *State])
)
def test_a_strip_has_no_gap_and_no_overlap(raw: list[tuple[float, float, State]], first: State | None) -> None:
    changes = [change(hours, ON, to, since=hours - back) for hours, back, to in sorted(raw, key=lambda row: row[0])]
    segments = strip(first, changes, START, NOW)
    assert segments[0].start == START
    assert segments[-1].end == NOW
    assert all(one.end == two.start for one, two in pairwise(segments))
    assert all(one.start < one.end for one in segments)


def test_the_state_at_the_start_is_known_or_said_to_be_not() -> None:
    assert state_at_start("offline", [], UNHEARD, START) is OFF
    assert state_at_start(None, [change(1, SUS, ON)], UNHEARD, START) is SUS
    assert state_at_start(None, [], UNHEARD, START) is State.NEVER_SEEN
    assert state_at_start(None, [], HealthState(state=ON, since=START), START) is ON
    assert state_at_start(None, [], HealthState(state=ON, since=NOW), START) is None
    assert health_changes([MaintenanceChanged(at=NOW), change(1, ON, SUS)]) == [change(1, ON, SUS)]


async def test_a_day_is_read_from_the_log() -> None:
    history, found = RecordedHistory(), station(1)
    history.before[found.id] = ON
    opened = LinkChanged(at=at(2), open=True, epoch=1, protocol="ocpp2.0.1")
    history.add(found.id, opened, LinkChanged(at=at(3), open=False, epoch=1), change(3, ON, SUS))
    day = await day_of(history, found, UNHEARD, NOW)
    assert told(day.segments) == [(ON, 3.0), (SUS, 21.0)]
    assert day.protocol == "ocpp2.0.1"
    assert [bar.x for bar in bars(day)] == ["0.00%", "12.50%"]
    assert [tick.label for tick in ticks(day)][:3] == ["12:00", "15:00", "18:00"], "an hour at the very edge would be cut off"


async def test_a_day_with_more_events_than_are_read_says_so() -> None:
    history, found = RecordedHistory(), station(1)
    history.before[found.id] = ON
    history.add(
        found.id, *(MaintenanceChanged(at=at(1)) for _ in range(50)), *(MaintenanceChanged(at=at(12)) for _ in range(MOST_EVENTS))
    )
    day = await day_of(history, found, UNHEARD, NOW)
    assert told(day.segments) == [(None, 12.0), (ON, 12.0)]
    assert day.protocol == ""


async def test_a_short_cut_can_be_seen_and_stays_inside_the_strip() -> None:
    history, found = RecordedHistory(), station(1)
    history.add(found.id, change(24 - 1 / 3600, ON, SUS))
    last = bars(await day_of(history, found, UNHEARD, NOW))[-1]
    assert float(last.x[:-1]) + float(last.width[:-1]) <= 100.0
    assert float(last.width[:-1]) >= 0.25


def test_ticks_follow_the_clock_of_luxembourg_through_a_time_change() -> None:
    start = datetime.fromisoformat("2026-10-24T22:00:00+00:00")
    day = Day(start=start, end=start + timedelta(hours=24), segments=(), records=())
    assert [tick.label for tick in ticks(day)] == ["03:00", "06:00", "09:00", "12:00", "15:00", "18:00", "21:00"]


def test_the_overview_counts_what_is_not_retired_and_puts_the_longest_first() -> None:
    def broken(hours: float, *, over: bool = False) -> HealthState:
        breach = Breach(
            number=BreachNumber(1),
            bearer=Bearer.LAN,
            since=at(hours),
            detected_at=NOW,
            cause=Cause.UNKNOWN,
            party=Party.UNKNOWN,
            until=NOW if over else None,
        )
        return HealthState(state=ON if over else OFF, breach=breach)

    overview = overview_of(
        [
            (station(1), broken(5)),
            (station(2), broken(2)),
            (station(3), broken(1, over=True)),
            (station(4), UNHEARD),
            (station(5, life_cycle=LifeCycle.RETIRED), broken(0)),
        ]
    )
    assert [row.station.id for row in overview.breaches] == [2, 1]
    assert (overview.counts[OFF], overview.counts[ON], overview.counts[State.NEVER_SEEN], overview.total) == (2, 1, 1, 4)
