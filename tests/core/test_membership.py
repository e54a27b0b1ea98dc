"""A station's part in an incident: what joining and leaving do to its breach, its state and its cause."""

from __future__ import annotations

from datetime import timedelta

import pytest

from monitor.core.breaches import Cause, Party
from monitor.core.events import BreachCleared, BreachOpened, BreachUpdated, HealthChanged, Reason, State
from monitor.core.incidents import Scope
from monitor.core.observations import (
    Alive,
    Backlog,
    Booted,
    CollectorDown,
    CollectorUp,
    IncidentJoined,
    IncidentLeft,
    MaintenanceSet,
    Probed,
    ProbeTarget,
    RadiusEvent,
    RadiusSeen,
)
from monitor.core.policy import Policy
from monitor.core.registry import Bearer
from monitor.core.signals import Explanation, Recovery
from monitor.core.timing import fair_chance
from tests.core.lives import Life, kinds

CAUSES = [
    (Scope.APN, Cause.APN, Party.NETWORK),
    (Scope.OPERATOR, Cause.APN, Party.NETWORK),
    (Scope.CELL, Cause.BEARER, Party.NETWORK),
    (Scope.FEEDER, Cause.POWER, Party.GRID),
    (Scope.SITE, Cause.SITE, Party.OWNER),
    (Scope.MODEL, Cause.STATION, Party.STATION),
]


def join(life: Life, at: float, scope: Scope = Scope.APN, *, since: float = 90.0, incident: str = "I1") -> None:
    life.see(at, IncidentJoined, incident=incident, scope=scope, since=life.instant(since))


def leave(life: Life, at: float, incident: str = "I1") -> None:
    life.see(at, IncidentLeft, incident=incident)


def overdue(policy: Policy | None = None) -> Life:
    """A station that was heard last at the start and whose beat of 300 s has just been missed."""
    life = Life(policy).online()
    life.wait(320)
    assert life.state.state is State.ONLINE
    assert life.state.told
    return life


def member(scope: Scope = Scope.APN, policy: Policy | None = None) -> Life:
    """A member of I1 in an open breach since its socket closed at 100 s."""
    life = Life(policy).online()
    life.disconnect(100)
    join(life, 150, scope)
    assert life.state.breached
    return life


# ---------------------------------------------------------------------------------------------------------- joining


@pytest.mark.parametrize(("scope", "cause", "party"), CAUSES)
def test_joining_opens_the_breach_at_once_with_the_cause_party_and_name_of_the_incident(
    scope: Scope, cause: Cause, party: Party
) -> None:
    life = overdue()
    join(life, 330, scope, since=200)
    assert kinds(life.events) == ["HealthChanged", "BreachOpened"]
    changed, opened = life.last(HealthChanged), life.last(BreachOpened)
    assert (changed.to, changed.reason) == (State.OFFLINE, Reason.INCIDENT)
    assert (opened.cause, opened.party, opened.incident) == (cause, party, "I1")
    assert (opened.at, opened.since) == (life.instant(330), life.instant(200))


def test_a_suspect_station_that_joins_is_offline_and_not_judged_again() -> None:
    life = Life().online()
    life.disconnect(100)
    join(life, 150)
    assert life.state.state is State.OFFLINE
    assert life.state.deadline is None
    life.wait(50_000)
    assert kinds(life.events).count("BreachOpened") == 1


@pytest.mark.parametrize(("since", "began"), [(50.0, 80.0), (80.0, 80.0), (90.0, 90.0), (5000.0, 100.0)])
def test_a_breach_never_began_before_the_last_sign_of_life_nor_after_the_silence_did(since: float, began: float) -> None:
    life = Life().online()
    life.see(80, Alive)
    life.disconnect(100)
    join(life, 150, since=since)
    assert life.last(BreachOpened).since == life.instant(began)


def test_a_station_that_has_spoken_meanwhile_takes_no_part() -> None:
    life = overdue()
    life.see(325, Alive)
    before = life.state
    join(life, 330)
    assert life.state == before
    assert life.events == []


def test_joining_an_open_breach_gives_it_the_cause_of_the_incident() -> None:
    life = Life().online()
    life.disconnect(100)
    life.wait(2000)
    life.events.clear()
    join(life, 2000, Scope.APN)
    assert kinds(life.events) == ["BreachUpdated"]
    updated = life.last(BreachUpdated)
    assert (updated.cause, updated.party, updated.incident) == (Cause.APN, Party.NETWORK, "I1")
    assert life.state.breach is not None
    assert life.state.breach.since == life.instant(100), "what was told of its beginning stays"


def test_joining_the_same_incident_again_says_nothing_until_its_scope_changes() -> None:
    life = member(Scope.APN)
    life.events.clear()
    join(life, 160, Scope.APN)
    assert life.events == []
    join(life, 170, Scope.OPERATOR)
    assert life.events == [], "an operator's failure is an APN's to its members"
    join(life, 180, Scope.CELL)
    assert life.last(BreachUpdated).cause is Cause.BEARER


def test_joining_costs_a_link_that_was_only_overdue_as_much_as_any_lost_link() -> None:
    life = overdue()
    join(life, 330)
    assert life.state.flap_merit > 0.0
    suspect = Life().online()
    suspect.disconnect(100)
    before = suspect.state.flap_merit
    join(suspect, 150)
    assert suspect.state.flap_merit == before, "it has paid already"


# ---------------------------------------------------------------------------------------------------------- leaving


def test_leaving_judges_the_breach_by_its_own_evidence() -> None:
    life = member()
    life.see(200, RadiusSeen, event=RadiusEvent.STOP)
    leave(life, 300)
    updated = life.last(BreachUpdated)
    assert (updated.cause, updated.party, updated.incident) == (Cause.BEARER, Party.NETWORK, None)
    assert life.state.breached, "it goes on"


def test_leaving_without_evidence_of_its_own_leaves_the_cause_unknown() -> None:
    life = member()
    leave(life, 300)
    assert life.last(BreachUpdated).cause is Cause.UNKNOWN


def test_leaving_an_incident_that_it_is_not_part_of_changes_nothing() -> None:
    life = member()
    before = life.state
    leave(life, 300, incident="I2")
    assert life.state == before
    loner = Life().online()
    leave(loner, 300)
    assert loner.events == []


def test_leaving_after_its_return_keeps_what_was_told_of_the_breach() -> None:
    life = member()
    life.connect(500)
    life.wait(600)
    before = life.state.breach
    leave(life, 700)
    assert life.state.breach == before
    assert before is not None
    assert before.incident == "I1"


def test_a_member_that_comes_back_says_so_and_its_breach_ends_with_the_cause_of_the_incident() -> None:
    life = member()
    life.connect(500)
    assert any(isinstance(signal, Recovery) for signal in life.signals)
    life.wait(600)
    cleared = life.last(BreachCleared)
    assert (cleared.cause, cleared.until) == (Cause.APN, life.instant(500))
    assert life.state.incident is None


# ---------------------------------------------------------------------------------------------------------- after the return


def test_a_scope_that_changes_after_the_return_revises_the_breach_until_it_has_settled() -> None:
    life = member(Scope.SITE)
    life.connect(500)
    life.wait(600)
    join(life, 700, Scope.FEEDER)
    updated = life.last(BreachUpdated)
    assert (updated.cause, updated.party, updated.incident) == (Cause.POWER, Party.GRID, "I1")
    life.beat(800, 500 + life.policy.settle_s, 200)
    life.events.clear()
    join(life, 500 + life.policy.settle_s + 1, Scope.CELL)
    assert life.events == []


def test_one_that_was_no_part_of_it_after_all_is_judged_by_its_own_evidence_though_it_is_back() -> None:
    life = member(Scope.FEEDER)
    life.connect(500)
    life.wait(600)
    life.events.clear()
    life.see(700, IncidentLeft, incident="I1", revoked=True)
    updated = life.last(BreachUpdated)
    assert (updated.cause, updated.incident) == (Cause.UNKNOWN, None)
    life.events.clear()
    life.see(701, IncidentLeft, incident="I2", revoked=True)
    assert life.events == []


def test_a_member_of_a_feeder_that_kept_records_says_that_it_had_power() -> None:
    life = member(Scope.FEEDER)
    life.connect(500)
    life.see(501, Backlog, generated_at=life.instant(450))
    life.wait(600)
    assert life.last(BreachUpdated).cause is Cause.BEARER
    assert Explanation(cause=Cause.BEARER) in life.signals


def test_the_scope_of_another_incident_revises_nothing() -> None:
    life = member(Scope.SITE)
    life.connect(500)
    life.wait(600)
    life.events.clear()
    join(life, 700, Scope.FEEDER, incident="I2")
    assert life.events == []


def test_power_that_came_back_to_a_member_is_told_to_the_fleet() -> None:
    life = member(Scope.SITE, Policy(bearer=Bearer.LAN))
    life.connect(500)
    life.see(505, Booted, reason="PowerUp")
    assert life.last(BreachUpdated).cause is Cause.POWER
    assert Explanation(cause=Cause.POWER) in life.signals


def test_power_that_came_back_to_a_station_alone_is_nobody_else_s_business() -> None:
    life = Life().online()
    life.disconnect(100)
    life.wait(2000)
    life.see(3000, Booted, reason="PowerUp")
    assert life.last(BreachUpdated).cause is Cause.POWER
    assert not any(isinstance(signal, Explanation) for signal in life.signals)


# ---------------------------------------------------------------------------------------------------------- our own blindness


def test_our_own_blindness_makes_it_unknown_and_opens_nothing() -> None:
    life = overdue()
    join(life, 330, Scope.COLLECTOR, since=200)
    assert kinds(life.events) == ["HealthChanged"]
    changed = life.last(HealthChanged)
    assert (changed.to, changed.reason, changed.since) == (State.UNKNOWN, Reason.NOT_LISTENING, life.instant(200))
    life.wait(100_000)
    assert not life.state.breached


def test_our_own_blindness_ends_no_breach_but_answers_for_it() -> None:
    life = Life().online()
    life.disconnect(100)
    life.wait(2000)
    life.events.clear()
    join(life, 2000, Scope.COLLECTOR)
    assert kinds(life.events) == ["BreachUpdated"]
    assert (life.last(BreachUpdated).cause, life.last(BreachUpdated).party) == (Cause.OBSERVER, Party.US)
    assert life.state.state is State.OFFLINE
    leave(life, 5000)
    assert life.last(BreachUpdated).cause is Cause.UNKNOWN, "who is still away when we hear again has a cause of his own"
    assert life.state.breached


def test_after_our_blindness_it_gets_a_fair_chance() -> None:
    life = overdue()
    join(life, 330, Scope.COLLECTOR, since=200)
    leave(life, 5000)
    assert life.state.state is State.UNKNOWN
    chance = timedelta(seconds=fair_chance(life.state, life.policy))
    assert life.state.deadline == life.instant(5000) + chance
    life.wait(5000 + chance.total_seconds())
    assert (life.state.state, life.state.reason) == (State.SUSPECT, Reason.STILL_SILENT)
    life.wait(100_000)
    assert life.last(BreachOpened).since == life.instant(5000), "silence counts from our return"


def test_what_was_taken_for_our_blindness_and_is_the_bearer_s_failure_after_all_is_a_breach() -> None:
    life = overdue()
    join(life, 330, Scope.COLLECTOR, since=200)
    join(life, 400, Scope.APN, since=200)
    assert (life.state.state, life.state.reason) == (State.OFFLINE, Reason.INCIDENT)
    assert life.last(BreachOpened).cause is Cause.APN


def test_a_station_that_speaks_into_our_blindness_is_online_and_says_so() -> None:
    life = overdue()
    join(life, 330, Scope.COLLECTOR, since=200)
    life.signals.clear()
    life.see(400, Alive)
    assert life.state.state is State.ONLINE
    assert life.state.incident is None
    assert life.state.listening_since == life.instant(400)
    assert [type(signal) for signal in life.signals] == [Recovery]


def test_recovery_is_told_while_nobody_is_said_to_listen_so_that_the_incident_can_end() -> None:
    life = member()
    life.outage(1000, 2000)
    assert life.state.state is State.UNKNOWN
    assert life.state.incident is not None, "an open breach keeps its incident through our absence"
    life.signals.clear()
    life.connect(2050)
    assert [type(signal) for signal in life.signals] == [Recovery]
    life.wait(2200)
    assert life.last(BreachCleared).since == life.instant(90)
    assert kinds(life.events).count("BreachOpened") == 1


def test_a_member_that_is_still_away_after_our_absence_is_offline_again_and_its_breach_goes_on() -> None:
    life = member()
    life.outage(1000, 2000)
    life.wait(9000)
    assert (life.state.state, life.state.reason) == (State.OFFLINE, Reason.STILL_SILENT)
    assert kinds(life.events).count("BreachOpened") == 1
    assert life.state.breach is not None
    assert life.state.breach.incident == "I1"


# ---------------------------------------------------------------------------------------------------------- who is not counted


def test_planned_work_is_no_incident_s_business() -> None:
    life = Life().online()
    life.disconnect(100)
    life.see(120, MaintenanceSet, until=life.instant(7200))
    join(life, 150)
    assert not life.state.breached, "work is planned: nothing is owed"
    life.wait(7200 + life.policy.grace_s)
    assert life.state.breached


def test_a_station_that_nobody_watches_opens_no_breach_by_joining() -> None:
    life = Life(Policy(watched=False)).online()
    life.disconnect(100)
    join(life, 150)
    assert life.state.state is State.OFFLINE
    assert not life.state.breached


def test_evidence_that_comes_while_it_is_a_member_does_not_outweigh_the_incident() -> None:
    life = member(Scope.APN)
    life.events.clear()
    life.see(200, RadiusSeen, event=RadiusEvent.INTERIM)
    life.see(210, Probed, target=ProbeTarget.STATION, ok=True)
    assert life.events == []
    assert life.state.breach is not None
    assert life.state.breach.cause is Cause.APN


def test_a_collector_that_goes_down_takes_the_told_silence_back_but_not_the_breach() -> None:
    life = member()
    life.see(200, CollectorDown)
    assert life.state.told
    assert life.state.breached
    quiet = overdue()
    quiet.see(330, CollectorDown)
    assert not quiet.state.told
    quiet.see(400, CollectorUp)
    assert quiet.state.state is State.UNKNOWN
