"""A breach is over after some good seconds, as of the first of them; a station that falls silent within them relapses."""

from __future__ import annotations

from datetime import timedelta

import pytest

from monitor.core.breaches import Cause
from monitor.core.events import BreachCleared, BreachOpened, BreachUpdated, HealthChanged, Reason, State
from monitor.core.health_state import Link
from monitor.core.incidents import Scope
from monitor.core.observations import (
    Alive,
    Backlog,
    Booted,
    CollectorDown,
    CollectorUp,
    IncidentJoined,
    IncidentLeft,
    RadiusEvent,
    RadiusSeen,
)
from monitor.core.policy import Policy
from monitor.core.signals import Depth, Onset, Recovery
from monitor.core.timing import believed_at
from tests.core.lives import Life, kinds

STEADY_S = Policy().steady_s


def broken(policy: Policy | None = None) -> Life:
    """A station whose socket closed at 100 s and whose breach is open; what was said of that is forgotten."""
    life = Life(policy).online()
    life.disconnect(100)
    life.wait(2000)
    assert life.state.breached
    life.events.clear()
    life.signals.clear()
    return life


def marks(life: Life) -> list[str]:
    return [kind for kind in kinds(life.events) if kind in ("BreachOpened", "BreachCleared")]


def blip(life: Life, at: float, seconds: float) -> None:
    """Dial in at `at` and be lost again after `seconds`."""
    life.connect(at)
    life.disconnect(at + seconds)


def test_a_blip_shorter_than_the_good_seconds_clears_nothing() -> None:
    life = broken()
    blip(life, 3000, STEADY_S - 1)
    life.wait(10_000)
    assert marks(life) == []
    assert life.state.breached
    assert [change.to for change in life.events if isinstance(change, HealthChanged)] == [State.ONLINE, State.OFFLINE]
    assert life.state.reason is Reason.RELAPSED


def test_the_good_seconds_end_the_breach_as_of_the_first_of_them() -> None:
    life = broken()
    life.connect(3000)
    life.wait(3000 + STEADY_S - 0.001)
    assert marks(life) == []
    life.wait(3000 + STEADY_S)
    cleared = life.last(BreachCleared)
    assert (cleared.at, cleared.until) == (life.instant(3000 + STEADY_S), life.instant(3000))
    assert life.state.breach is not None
    assert life.state.breach.back_at is None


def test_each_relapse_doubles_the_good_seconds() -> None:
    life = broken()
    for relapse in range(4):
        blip(life, 3000 + 500 * relapse, 1)
    life.connect(9000)
    assert believed_at(life.state, life.policy) == life.instant(9000 + STEADY_S * 2**4)
    life.wait(9000 + STEADY_S * 2**4 - 0.001)
    assert marks(life) == []
    life.wait(9000 + STEADY_S * 2**4)
    assert marks(life) == ["BreachCleared"]
    assert life.last(BreachCleared).until == life.instant(9000)


def test_the_doubling_has_an_end() -> None:
    life = broken()
    for relapse in range(40):
        blip(life, 3000 + 100 * relapse, 1)
    life.connect(90_000)
    steady = believed_at(life.state, life.policy)
    assert steady is not None
    assert steady - life.instant(90_000) <= timedelta(seconds=64 * STEADY_S)


def test_one_breach_with_any_number_of_relapses_is_opened_once_and_cleared_once() -> None:
    life = Life().online()
    life.disconnect(100)
    life.wait(2000)
    for at in (3000, 3100, 3200):
        blip(life, at, 3)
    life.connect(5000)
    life.beat(5010, 8000, 30)
    assert marks(life) == ["BreachOpened", "BreachCleared"]
    assert life.last(BreachCleared).since == life.last(BreachOpened).since == life.instant(100)
    assert life.state.breaches == 1


def test_a_silence_after_the_good_seconds_is_a_breach_of_its_own() -> None:
    life = broken()
    life.connect(3000)
    life.disconnect(3000 + STEADY_S + 1)
    life.wait(6000)
    assert marks(life) == ["BreachCleared", "BreachOpened"]
    assert life.state.breach is not None
    assert (life.state.breach.number, life.state.breach.relapses) == (2, 0)


def test_a_relapse_costs_as_much_as_any_lost_link() -> None:
    life = broken()
    before = life.state.flap_merit
    blip(life, 3000, 1)
    assert life.state.flap_merit > before / 2
    for turn in range(8):
        blip(life, 3010 + 10 * turn, 1)
    assert life.state.flap_merit > life.policy.flap_limit
    life.connect(3200)
    assert (life.state.state, life.state.reason) == (State.DEGRADED, Reason.FLAPPING)
    life.disconnect(3201)
    assert (life.state.state, life.state.reason) == (State.OFFLINE, Reason.RELAPSED)


def test_a_station_without_a_socket_that_speaks_once_is_back() -> None:
    life = Life(Policy(heartbeat_s=600))
    life.see(0, CollectorUp)
    life.see(0, Alive)
    life.wait(5000)
    assert life.state.breached
    assert life.state.link is Link.NONE
    life.see(6000, Alive)
    life.wait(6000 + STEADY_S)
    assert life.last(BreachCleared).until == life.instant(6000)
    life.wait(6000 + 600 * 1.5 + life.policy.overdue_s)
    assert life.state.state is State.SUSPECT, "its silence is judged as before"


def test_a_station_that_misses_a_sign_within_long_good_seconds_relapses() -> None:
    life = broken()
    for relapse in range(6):
        blip(life, 3000 + 100 * relapse, 1)
    life.connect(9000)
    life.wait(9000 + 465)
    assert (life.state.state, life.state.reason) == (State.OFFLINE, Reason.RELAPSED)
    assert marks(life) == []


def test_deafness_during_the_good_seconds_ends_the_breach() -> None:
    life = broken()
    life.connect(3000)
    life.see(3002, CollectorDown)
    assert marks(life) == ["BreachCleared"]
    assert life.last(BreachCleared).until == life.instant(3000)
    assert life.state.state is State.UNKNOWN
    life.see(4000, CollectorUp)
    life.wait(8000)
    assert marks(life) == ["BreachCleared", "BreachOpened"], "what comes after our absence is a silence of its own"


def test_a_relapse_keeps_what_was_learnt_of_the_silence() -> None:
    life = broken()
    life.see(2100, RadiusSeen, event=RadiusEvent.STOP)
    assert life.last(BreachUpdated).cause is Cause.BEARER
    life.events.clear()
    blip(life, 3000, 2)
    assert life.state.evidence.session_stopped
    assert "BreachUpdated" not in kinds(life.events)
    assert life.state.breach is not None
    assert life.state.breach.cause is Cause.BEARER


def test_a_boot_in_the_good_seconds_explains_the_silence_before_it() -> None:
    life = broken()
    life.connect(3000)
    life.see(3002, Booted, reason="PowerUp")
    assert life.last(BreachUpdated).cause is Cause.POWER
    life.wait(3000 + STEADY_S)
    assert life.last(BreachCleared).cause is Cause.POWER


def test_a_record_queued_before_the_return_explains_the_silence_too() -> None:
    life = broken()
    life.connect(3000)
    life.see(3002, Backlog, generated_at=life.instant(2500))
    assert life.last(BreachUpdated).cause is Cause.BEARER


def test_a_relapse_is_told_as_deep_as_the_breach_is() -> None:
    life = broken()
    blip(life, 3000, 2)
    recovery, onset = life.signals
    assert isinstance(recovery, Recovery)
    assert recovery.at == life.instant(3000)
    assert isinstance(onset, Onset)
    assert (onset.since, onset.depth) == (life.instant(100), Depth.BREACH)


def test_a_member_of_an_incident_that_relapses_is_its_member_no_more_until_it_joins_again() -> None:
    life = Life().online()
    life.disconnect(100)
    life.see(150, IncidentJoined, incident="I1", scope=Scope.APN, since=life.instant(99))
    assert life.state.breach is not None
    assert (life.state.breach.incident, life.state.breach.cause) == ("I1", Cause.APN)
    blip(life, 3000, 2)
    assert life.state.incident is None
    assert life.state.breach.incident == "I1", "it may be part of it still"
    life.see(3010, IncidentJoined, incident="I2", scope=Scope.CELL, since=life.instant(3000))
    assert (life.state.breach.incident, life.state.breach.cause) == ("I2", Cause.BEARER)
    assert marks(life) == ["BreachOpened"]
    life.wait(3900)
    assert life.state.breach.incident == "I2"
    life.see(4000, IncidentLeft, incident="I2")
    assert life.state.breach.incident is None


def test_a_member_that_relapses_and_is_not_found_part_of_its_incident_again_has_a_cause_of_its_own() -> None:
    life = Life().online()
    life.disconnect(100)
    life.see(150, IncidentJoined, incident="I1", scope=Scope.APN, since=life.instant(99))
    blip(life, 3000, 2)
    life.wait(3100)
    updated = life.last(BreachUpdated)
    assert (updated.cause, updated.incident) == (Cause.UNKNOWN, None)
    assert life.state.breached
    restarted = Life().online()
    restarted.disconnect(100)
    restarted.see(150, IncidentJoined, incident="I1", scope=Scope.APN, since=life.instant(99))
    blip(restarted, 3000, 2)
    restarted.outage(3010, 3200)
    restarted.wait(9000)
    assert restarted.last(BreachUpdated).incident is None, "our own absence in between changes nothing of that"


def test_a_station_that_is_believed_in_the_moment_in_which_it_misses_a_sign_is_back_and_overdue() -> None:
    life = Life(Policy(late_s=5.0)).online(heartbeat_s=5)
    life.disconnect(100)
    life.wait(2000)
    life.events.clear()
    life.signals.clear()
    life.connect(3000)
    life.wait(3000 + STEADY_S)
    assert marks(life) == ["BreachCleared"]
    assert life.signals[-1] == Onset(since=life.instant(3005), heard=life.instant(3000), depth=Depth.OVERDUE, hints=frozenset())


@pytest.mark.parametrize("grace_s", [60.0, 300.0])
def test_where_the_grace_is_short_fewer_good_seconds_are_asked_for(grace_s: float) -> None:
    life = broken(Policy(grace_s=grace_s))
    life.connect(3000)
    life.wait(3000 + grace_s / 60.0)
    assert marks(life) == ["BreachCleared"]
