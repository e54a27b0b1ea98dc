"""The model's transitions, each at its own instant."""

from __future__ import annotations

import pytest

from monitor.core.breaches import Cause, Party, party_of
from monitor.core.events import BreachCleared, BreachOpened, HealthChanged, Reason, State
from monitor.core.health import step
from monitor.core.health_state import UNHEARD, HealthState, Link
from monitor.core.ids import Identity, StationId, Sticker
from monitor.core.observations import (
    Alive,
    Booted,
    CollectorDown,
    CollectorUp,
    LinkClosed,
    LinkOpened,
    Tick,
)
from monitor.core.policy import Policy
from monitor.core.registry import Bearer, LifeCycle, Station
from monitor.core.timing import expected_interval
from monitor.core.transitions import TRANSITIONS, Trigger
from tests.core.lives import Life, kinds, only


def test_every_transition_names_a_state_that_it_leaves() -> None:
    for state, moves in TRANSITIONS.items():
        assert all(target is not state for target, _ in moves.values())
    assert set(TRANSITIONS) == set(State)


def test_nothing_is_flagged_of_a_station_that_never_spoke() -> None:
    life = Life()
    life.see(0, CollectorUp)
    life.wait(10**7)
    life.see(10**7, Tick)
    assert life.state.state is State.NEVER_SEEN
    assert life.events == []


def test_the_first_sign_of_life_is_online() -> None:
    life = Life()
    life.see(0, CollectorUp)
    changed = only(life.see(5, Alive), HealthChanged)
    assert isinstance(changed, HealthChanged)
    assert (changed.origin, changed.to, changed.reason) == (State.NEVER_SEEN, State.ONLINE, Reason.SPOKE)
    assert life.state.last_seen == life.instant(5)


def test_silence_is_suspect_first_and_a_breach_after_the_grace() -> None:
    life = Life().online(300)
    assert life.wait(464.9) == []
    suspect = only(life.wait(465), HealthChanged)
    assert isinstance(suspect, HealthChanged)
    assert suspect.reason is Reason.OVERDUE
    assert suspect.since == life.instant(300), "the first missed heartbeat is the first bad evidence"
    assert life.wait(909.9) == []
    events = life.wait(910)
    assert kinds(events) == ["HealthChanged", "BreachOpened"]
    opened = only(events, BreachOpened)
    assert isinstance(opened, BreachOpened)
    assert opened.since == life.instant(300)
    assert opened.at == life.instant(910), "the third heartbeat is due at the end of the grace, and gets its allowance"
    assert life.state.deadline is None


def test_a_closed_socket_is_suspect_at_once_and_the_grace_counts_from_the_last_sign_of_life() -> None:
    life = Life().online(300)
    life.see(250, Alive)
    suspect = only(life.disconnect(300)[-1:], HealthChanged)
    assert isinstance(suspect, HealthChanged)
    assert (suspect.to, suspect.since) == (State.SUSPECT, life.instant(300))
    assert life.wait(1159) == []
    opened = only(life.wait(1160), BreachOpened)
    assert isinstance(opened, BreachOpened)
    assert opened.since == life.instant(300)


def test_a_socket_that_closes_late_in_a_long_interval_still_leaves_time_to_dial_in_again() -> None:
    life = Life().online(3600)
    life.disconnect(3000)
    assert life.state.deadline == life.instant(3000 + life.policy.closed_s)
    life.connect(3030)
    life.wait(4000)
    assert life.state.state is State.ONLINE
    assert "BreachOpened" not in kinds(life.events)


def test_a_quick_reconnect_is_no_breach() -> None:
    life = Life().online()
    life.disconnect(100)
    life.connect(160)
    life.beat(200, 3000, 300)
    assert "BreachOpened" not in kinds(life.events)
    assert life.state.state is State.ONLINE


def test_a_breach_is_opened_once_and_cleared_once() -> None:
    life = Life().online()
    life.disconnect(100)
    life.wait(5000)
    assert kinds(life.connect(6000)) == ["LinkChanged", "HealthChanged"]
    cleared = only(life.wait(6010), BreachCleared)
    life.beat(6100, 20_000, 300)
    assert isinstance(cleared, BreachCleared)
    assert cleared.at == life.instant(6010), "ten good seconds end a breach, as of the first of them"
    assert (cleared.since, cleared.until) == (life.instant(100), life.instant(6000))
    assert kinds(life.events).count("BreachOpened") == kinds(life.events).count("BreachCleared") == 1


def test_the_late_close_of_an_old_socket_changes_nothing() -> None:
    life = Life().online()
    life.connect(100)
    before = life.state
    assert life.see(101, LinkClosed, epoch=1) == []
    assert life.state == before


def test_the_late_open_of_an_old_socket_is_mere_life() -> None:
    life = Life().online()
    life.connect(100)
    assert life.see(101, LinkOpened, epoch=1) == []
    assert life.state.link_epoch == 2


def test_a_message_from_the_very_instant_of_the_closing_came_before_it() -> None:
    life = Life().online()
    life.disconnect(100)
    assert life.see(100, Alive) == []
    assert (life.state.state, life.state.last_seen) == (State.SUSPECT, life.instant(100))


def test_a_second_close_of_one_socket_is_passed_over() -> None:
    life = Life().online()
    life.disconnect(100)
    assert life.see(101, LinkClosed, epoch=1) == []


def test_pongs_are_signs_of_life_that_are_expected_once_they_came() -> None:
    life = Life(Policy(ping_s=60)).online(300)
    assert expected_interval(life.state, life.policy) == 300
    life.see(60, Alive, pong=True)
    assert expected_interval(life.state, life.policy) == 60
    suspect = only(life.wait(60 + 105), HealthChanged)
    assert isinstance(suspect, HealthChanged)
    assert suspect.since == life.instant(120)


def test_a_station_without_socket_gets_three_intervals() -> None:
    life = Life(Policy(heartbeat_s=600))
    life.see(0, CollectorUp)
    life.see(0, Alive)
    assert life.state.link is Link.NONE
    life.wait(1809)
    assert "BreachOpened" not in kinds(life.events)
    life.wait(1810)
    assert "BreachOpened" in kinds(life.events)


def test_silence_means_nothing_while_nobody_listens() -> None:
    life = Life().online()
    life.see(100, CollectorDown)
    assert life.state.state is State.UNKNOWN
    assert life.wait(10**6) == []
    life.see(10**6, CollectorUp)
    life.connect(10**6 + 179)
    life.beat(10**6 + 200, 10**6 + 2000, 300)
    assert "BreachOpened" not in kinds(life.events)


def test_after_our_absence_the_silence_counts_from_our_return() -> None:
    life = Life().online()
    life.outage(100, 5000)
    suspect = only(life.wait(5180), HealthChanged)
    assert isinstance(suspect, HealthChanged)
    assert (suspect.to, suspect.reason, suspect.since) == (State.SUSPECT, Reason.STILL_SILENT, life.instant(5000))
    opened = only(life.wait(5910), BreachOpened)
    assert isinstance(opened, BreachOpened)
    assert opened.since == life.instant(5000)


def test_an_open_breach_survives_our_absence_and_is_not_opened_again() -> None:
    life = Life().online()
    life.disconnect(100)
    life.wait(2000)
    life.outage(3000, 4000)
    life.wait(9000)
    assert life.state.state is State.OFFLINE
    assert life.state.breached
    life.connect(9500)
    cleared = only(life.wait(9510), BreachCleared)
    assert isinstance(cleared, BreachCleared)
    assert cleared.since == life.instant(100)
    assert kinds(life.events).count("BreachOpened") == 1


def test_a_stall_of_ours_keeps_the_sockets() -> None:
    life = Life().online()
    life.see(100, CollectorDown, sockets_kept=True)
    life.see(100, CollectorUp)
    assert life.state.link is Link.OPEN
    life.see(130, Alive)
    assert life.state.state is State.ONLINE


def test_a_sign_of_life_while_nobody_was_said_to_listen_proves_that_somebody_does() -> None:
    life = Life()
    life.see(10, Alive)
    assert life.state.listening_since == life.instant(10)


def test_flapping_is_degraded_and_never_a_breach() -> None:
    life = Life().online()
    for turn in range(8):
        life.disconnect(100 + 60 * turn)
        life.connect(120 + 60 * turn)
    assert (life.state.state, life.state.reason) == (State.DEGRADED, Reason.FLAPPING)
    life.beat(600, 5400, 120)
    assert life.state.state is State.ONLINE
    assert "BreachOpened" not in kinds(life.events)


def test_a_degraded_station_that_falls_silent_is_suspect() -> None:
    life = Life().online()
    for turn in range(8):
        life.disconnect(100 + 60 * turn)
        life.connect(120 + 60 * turn)
    life.wait(4000)
    assert life.state.state is State.OFFLINE


def test_a_station_that_is_not_watched_has_no_breach_until_it_is() -> None:
    life = Life(Policy(watched=False)).online()
    life.disconnect(100)
    life.wait(5000)
    assert life.state.state is State.OFFLINE
    assert not life.state.breached
    life.policy = Policy()
    life.see(6000, Tick)
    assert life.state.breached


def test_a_tick_that_comes_early_changes_nothing() -> None:
    life = Life().online()
    before = life.state
    assert life.see(10, Tick) == []
    assert life.state == before


def test_time_never_runs_backwards() -> None:
    life = Life().online()
    life.see(100, Alive)
    life._judge(Alive(at=life.instant(40)), life.instant(101))
    assert life.state.last_seen == life.instant(100)


def test_a_wall_clock_set_back_leaves_no_sign_of_life_in_the_future() -> None:
    life = Life().online()
    life.see(5000, Alive)
    now = life.instant(1000)
    for seen in (CollectorDown(at=now, sockets_kept=True), CollectorUp(at=now)):
        life._judge(seen, now)
    assert life.state.last_seen == now


@pytest.mark.parametrize(("bearer", "party"), [(Bearer.GPRS, Party.NETWORK), (Bearer.LAN, Party.OWNER), (Bearer.WIFI, Party.OWNER)])
def test_a_broken_bearer_is_answered_for_by_whoever_provides_it(bearer: Bearer, party: Party) -> None:
    assert party_of(Cause.BEARER, bearer) is party


def test_an_unheard_station_remembers_nothing() -> None:
    assert HealthState() == UNHEARD
    assert not UNHEARD.breached


def test_the_interval_of_the_boot_reply_is_in_force() -> None:
    life = Life().online(60)
    assert life.state.interval_s == 60
    life.see(10, Booted, interval_s=None)
    assert life.state.interval_s == 60


def test_ordinary_life_takes_the_short_way_and_is_not_durable() -> None:
    life = Life().online()
    judged = step(life.state, Alive(at=life.instant(10)), life.policy, life.instant(10))
    assert judged.events == ()
    assert not judged.durable


def test_a_collector_that_is_up_twice_changes_nothing() -> None:
    life = Life().online()
    before = life.state
    life.see(5, CollectorUp)
    assert life.state == before


def test_deaf_twice_is_deaf_once() -> None:
    life = Life().online()
    life.see(5, CollectorDown)
    assert life.see(6, CollectorDown) == []


def test_a_close_while_nobody_listens_convicts_nobody() -> None:
    life = Life().online()
    life.see(5, CollectorDown, sockets_kept=True)
    events = life.disconnect(6)
    assert kinds(events) == ["LinkChanged"]
    assert life.state.state is State.UNKNOWN


@pytest.mark.parametrize("trigger", list(Trigger))
def test_every_trigger_moves_some_state(trigger: Trigger) -> None:
    assert any(trigger in moves for moves in TRANSITIONS.values())


def test_a_tick_while_nobody_listens_convicts_nobody() -> None:
    life = Life().online()
    life.see(5, CollectorDown)
    assert life.see(10**5, Tick) == []
    assert life.state.state is State.UNKNOWN


@pytest.mark.parametrize("life_cycle", list(LifeCycle))
def test_only_a_watched_station_is_watched_and_only_a_retired_one_may_not_connect(life_cycle: LifeCycle) -> None:
    station = Station(id=StationId(1), sticker=Sticker("CP1"), identity=Identity("CP1"), bearer=Bearer.LAN, life_cycle=life_cycle)
    assert station.watched is (life_cycle is LifeCycle.WATCHED)
    assert station.admitted is (life_cycle is not LifeCycle.RETIRED)
