"""A station's own pace: what teaches it, what does not, and what follows from it."""

from __future__ import annotations

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.core.events import Reason, State
from monitor.core.health_state import Link
from monitor.core.observations import Alive, Booted, CollectorDown, CollectorUp, LinkOpened, Probed, ProbeTarget
from monitor.core.policy import Policy
from monitor.core.rhythm import (
    BAND,
    FAITH,
    LONGEST_RETURN_S,
    MISS_WEIGHT,
    MOST,
    NO_RHYTHM,
    Rhythm,
    beaten,
    interrupted,
    returned,
)
from monitor.core.timing import expected_interval, fair_chance, late_after
from tests.core.lives import Life
from tests.support.clocks import START

GAPS = st.floats(1.0, 10_000.0)


def paced(*gaps: float, known: Rhythm = NO_RHYTHM) -> Rhythm:
    """Return the pace after a beat, if none came before, and one more after each of `gaps`."""
    at = known.beat_at or START
    known = known if known.beat_at else beaten(known, at)
    for gap in gaps:
        at += timedelta(seconds=gap)
        known = beaten(known, at)
    return known


# ---------------------------------------------------------------------------------------------------------- the interval


def test_a_pace_is_believed_after_three_intervals() -> None:
    assert not paced(600, 600).known
    assert paced(*[600] * FAITH).known
    assert paced(*[600] * FAITH).interval_s == pytest.approx(600)


def test_a_pace_other_than_the_promised_is_what_a_sign_is_expected_by() -> None:
    life = Life().online(300)
    at = life.beats(0, 400, 400)
    assert expected_interval(life.state, life.policy) == 300, "it was promised, and nothing else is believed yet"
    at = life.beats(at + 400)
    assert expected_interval(life.state, life.policy) == pytest.approx(400)


def test_a_lost_beat_teaches_nothing() -> None:
    known = paced(*[300] * 10)
    after = paced(600, known=known)
    assert (after.interval_s, after.jitter_s) == (known.interval_s, known.jitter_s)
    assert paced(300, known=after).interval_s == pytest.approx(300)


def test_beats_lost_now_and_then_never_make_another_pace() -> None:
    assert paced(*[300] * 5, *[600, 300] * 10, *[600, 600, 300] * 5).interval_s == pytest.approx(300)


def test_another_pace_is_believed_when_it_comes_three_times_in_a_row() -> None:
    known = paced(*[300] * 10)
    assert paced(600, 600, known=known).interval_s == pytest.approx(300)
    assert paced(*[600] * FAITH, known=known).interval_s == pytest.approx(600)


def test_three_odd_intervals_that_are_not_alike_are_no_pace() -> None:
    assert paced(600, 900, 1500, known=paced(*[300] * 10)).interval_s == pytest.approx(300)


def test_a_slow_drift_is_followed() -> None:
    known = paced(*[300] * 10)
    assert paced(*[330] * 60, known=known).interval_s == pytest.approx(330, abs=1)
    assert known.beats <= MOST


def test_what_comes_twice_or_from_the_past_teaches_nothing() -> None:
    known = paced(*[300] * 5)
    assert known.beat_at is not None
    for seconds in (0, -100):
        after = beaten(known, known.beat_at + timedelta(seconds=seconds))
        assert (after.interval_s, after.beats) == (known.interval_s, known.beats)


def test_the_first_interval_after_a_failure_teaches_nothing() -> None:
    known = interrupted(paced(*[300] * 5))
    assert known.beat_at is None
    after = beaten(known, START + timedelta(days=1))
    assert (after.interval_s, after.beats) == (known.interval_s, known.beats)


def test_a_socket_that_closes_interrupts_the_pace() -> None:
    life = Life().online(300)
    at = life.beats(0, 300, 300, 300)
    life.disconnect(at + 10)
    life.connect(at + 20)
    life.beats(at + 45)
    before = life.state.rhythm
    assert before.interval_s == pytest.approx(300)
    assert paced(300, known=before).interval_s == pytest.approx(300)


def test_our_own_absence_interrupts_the_pace() -> None:
    life = Life().online(300)
    at = life.beats(0, 300, 300, 300)
    life.see(at + 10, CollectorDown, sockets_kept=True)
    life.see(at + 200, CollectorUp)
    assert life.state.rhythm.beat_at is None
    assert life.state.rhythm.known


def test_an_interval_from_before_a_boot_with_another_interval_is_forgotten() -> None:
    life = Life().online(300)
    at = life.beats(0, 300, 300, 300)
    life.see(at + 10, Booted, interval_s=60)
    assert life.state.rhythm == NO_RHYTHM
    assert expected_interval(life.state, life.policy) == 60


def test_a_boot_with_the_same_interval_keeps_the_pace() -> None:
    life = Life().online(300)
    at = life.beats(0, 310, 310, 310)
    life.see(at + 10, Booted, interval_s=300)
    assert life.state.rhythm.known


def test_only_heartbeats_teach_a_pace() -> None:
    life = Life().online(300)
    for at in range(10, 200, 10):
        life.see(at, Alive, action="MeterValues")
    assert life.state.rhythm == NO_RHYTHM


def test_the_last_heartbeat_of_messages_told_as_one_counts_once() -> None:
    life = Life().online(300)
    for at in (50, 350, 650, 950):
        life.see(at, Alive, action="Heartbeat")
        life.see(at + 5, Alive, action="MeterValues", beat_at=life.instant(at))
    assert life.state.rhythm.interval_s == pytest.approx(300)
    assert life.state.rhythm.beats == FAITH


@given(gap=GAPS, times=st.integers(FAITH, 30), before=st.lists(GAPS, max_size=8))
def test_whatever_came_before_a_steady_pace_is_learnt(gap: float, times: int, before: list[float]) -> None:
    known = paced(*before, *[gap] * (times + 2 * FAITH))
    assert known.known
    assert abs(known.interval_s - gap) <= BAND / (1.0 - BAND) * gap


@given(gaps=st.lists(GAPS, min_size=1, max_size=40))
def test_a_pace_is_within_what_was_seen(gaps: list[float]) -> None:
    known = paced(*gaps)
    assert min(gaps) * 0.999 <= known.interval_s <= max(gaps) * 1.001
    assert 0.0 <= known.jitter_s <= max(gaps)


# ---------------------------------------------------------------------------------------------------------- jitter


def test_jitter_is_learnt_and_gives_a_beat_more_time() -> None:
    policy = Policy()
    life, unsteady = Life(policy).online(300), Life(policy).online(300)
    life.beats(0, *[300] * 20)
    unsteady.beats(0, *[285, 315] * 10)
    assert unsteady.state.rhythm.jitter_s == pytest.approx(15, rel=0.2)
    assert late_after(life.state, policy) == pytest.approx(300 + policy.late_s)
    assert late_after(unsteady.state, policy) > 300 + 2 * policy.late_s


def test_no_jitter_gives_a_beat_more_time_than_makes_it_suspect() -> None:
    life = Life().online(300)
    life.beats(0, *[230, 300, 370] * 20)
    interval = expected_interval(life.state, life.policy)
    assert late_after(life.state, life.policy) <= interval * (1 + life.policy.overdue_ratio) + life.policy.overdue_s


# ---------------------------------------------------------------------------------------------------------- missed signs


def test_missed_signs_are_a_share_that_fades_with_kept_ones() -> None:
    known = interrupted(NO_RHYTHM, missed=True)
    assert known.missed == MISS_WEIGHT
    for _ in range(200):
        known = interrupted(known, missed=True)
    assert known.missed == pytest.approx(1.0, abs=1e-4)
    assert paced(*[300] * 100, known=known).missed < 0.01
    assert interrupted(NO_RHYTHM).missed == 0.0, "a socket that closed is no missed sign"


def test_a_station_that_misses_many_signs_is_irregular_until_it_misses_far_fewer() -> None:
    life = Life(Policy(flap_limit=1e9, flap_reuse=1e9)).online(300)
    at = life.beats(0, *[300] * FAITH)
    for gap in (400, 400, 300) * 40:
        if life.state.rhythm.missed > life.policy.irregular:
            break
        assert life.state.state is State.ONLINE
        at = life.beats(at + gap)
    assert (life.state.state, life.state.reason) == (State.DEGRADED, Reason.IRREGULAR)
    for _ in range(40):
        if life.state.rhythm.missed <= life.policy.irregular / 3.0:
            break
        assert life.state.state is State.DEGRADED, "what was once bad must become much better"
        at = life.beats(at + 300)
    assert (life.state.state, life.state.reason) == (State.ONLINE, Reason.STEADY)


def test_a_pace_slower_than_the_promised_is_learnt_though_its_signs_are_missed() -> None:
    life = Life().online(300)
    at = life.beats(0, *[600] * FAITH)
    life.events.clear()
    life.beats(at + 600, *[600] * 20)
    assert expected_interval(life.state, life.policy) == pytest.approx(600)
    assert life.events == []
    assert life.state.rhythm.missed < 0.1


def test_a_slow_station_is_degraded_until_it_is_twice_as_fast_as_it_had_to_be() -> None:
    life = Life().online(300)
    slow = life.policy.rtt_s * 1.2
    life.see(10, Alive, pong=True, rtt_s=slow)
    assert (life.state.state, life.state.reason) == (State.DEGRADED, Reason.SLOW)
    for at in range(40, 1240, 30):
        if life.state.rtt_s is not None and life.state.rtt_s <= life.policy.rtt_s / 2.0:
            break
        assert life.state.state is State.DEGRADED
        life.see(at, Alive, pong=True, rtt_s=0.1)
    assert (life.state.state, life.state.reason) == (State.ONLINE, Reason.STEADY)


def test_the_round_trip_of_a_probe_that_is_answered_counts_like_that_of_a_ping() -> None:
    life = Life().online()
    for at, ok, rtt_s in ((10, True, 0.8), (20, False, None), (30, True, None), (40, True, 1.6)):
        life.see(at, Probed, target=ProbeTarget.STATION, ok=ok, rtt_s=rtt_s)
    assert life.state.rtt_s == pytest.approx(0.9), "an eighth of the way"
    life.see(50, Probed, target=ProbeTarget.GATEWAY, ok=True, rtt_s=9.0)
    assert life.state.rtt_s == pytest.approx(0.9), "a gateway is not the station"


# ---------------------------------------------------------------------------------------------------------- coming back


def test_a_time_of_return_is_believed_after_three() -> None:
    known = NO_RHYTHM
    for away in (20.0, 50.0, 30.0):
        assert not known.returning
        known = returned(known, away)
    assert known.returning
    assert 40.0 < known.return_s <= 50.0, "the longest of late counts, and fades"


@pytest.mark.parametrize("away_s", [-1.0, LONGEST_RETURN_S + 1.0, 1e6])
def test_what_was_no_dialling_in_again_teaches_nothing(away_s: float) -> None:
    assert returned(NO_RHYTHM, away_s) == NO_RHYTHM


def test_the_longest_return_fades() -> None:
    known = returned(NO_RHYTHM, 600.0)
    for _ in range(50):
        known = returned(known, 20.0)
    assert known.return_s < 25.0
    assert known.returns <= MOST


def returns(away_s: float, times: int) -> Life:
    """A station that has dialled in again so often, each time after `away_s`."""
    life = Life().online(300)
    at = 100.0
    for _ in range(times):
        life.disconnect(at)
        life.connect(at + away_s)
        at += away_s + 100.0
    return life


def test_the_fair_chance_is_the_policy_s_until_the_station_s_own_is_known() -> None:
    life = returns(40, FAITH - 1)
    life.outage(50_000, 50_100)
    assert fair_chance(life.state, life.policy) == life.policy.reconnect_s


@pytest.mark.parametrize(("away_s", "least", "most"), [(2, 30, 30), (100, 100, 200), (640, 640, LONGEST_RETURN_S)])
def test_the_fair_chance_follows_the_time_of_return(away_s: float, least: float, most: float) -> None:
    life = returns(away_s, FAITH)
    life.outage(50_000, 50_100)
    assert least <= fair_chance(life.state, life.policy) <= most


def test_a_station_whose_socket_was_kept_need_not_dial_in_and_gets_its_expected_interval() -> None:
    life = returns(40, FAITH)
    life.outage(50_000, 50_006, sockets_kept=True)
    assert life.state.link is Link.OPEN
    assert fair_chance(life.state, life.policy) > expected_interval(life.state, life.policy)


def test_a_station_without_a_socket_gets_its_expected_interval() -> None:
    life = Life(Policy(heartbeat_s=600))
    life.see(0, CollectorUp)
    life.beats(0, 600)
    assert fair_chance(life.state, life.policy) > 600


def test_not_all_stations_are_judged_at_once_after_our_absence() -> None:
    early, late = Life().online(300), Life().online(300)
    early.see(50, Alive)
    late.see(50.9, Alive)
    first, second = fair_chance(early.state, early.policy), fair_chance(late.state, late.policy)
    assert first < second <= first * 1.2


def test_a_return_after_our_own_absence_teaches_nothing() -> None:
    life = Life().online(300)
    for turn in range(FAITH + 1):
        life.outage(1000 * turn + 100, 1000 * turn + 200)
        life.see(1000 * turn + 205, LinkOpened, epoch=turn + 2)
    assert life.state.rhythm.returns == 0
    assert life.state.rhythm.return_s == 0.0
