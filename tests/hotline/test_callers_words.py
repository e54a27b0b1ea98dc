"""What callers say, against what we see: one row a situation, with its sentence, what is said, and the steps in their order."""

from __future__ import annotations

from typing import Any

import pytest

from hotline.core.diagnosis import Safety, Symptom, Verdict, Where, diagnose, place_of
from hotline.core.diagnosis.faults import Fault
from hotline.core.diagnosis.steps import Ask, Contradict, Elsewhere, HandOver, Kind, Plea, Recipient, Send, Urgency
from hotline.core.sentences import Saying, Sentence
from monitor.core.breaches import Cause, Party
from monitor.core.commands import Action
from monitor.core.events import State
from monitor.core.health_state import UNHEARD, Connector, HealthState, Session
from monitor.core.incidents import Scope
from monitor.core.ledger import OpenIncident
from monitor.core.observations import Status
from monitor.core.registry import LifeCycle

from .reading import ago, offline, online
from .support import NOW, station

PLAIN = station(1, vendor="Acme", model="")
STOP, UNLOCK, START = (Send(action, "", "1") for action in (Action.REMOTE_STOP, Action.UNLOCK, Action.REMOTE_START))
REFRESH, RESTART = Send(Action.REFRESH, "", "1"), Send(Action.RESET, "soft")
AFTERWARDS = Send(Action.RESET, "soft", after_stop=True)
NOW_MAINTAINER = HandOver(Recipient.MAINTAINER, Urgency.NOW)
STUCK = (UNLOCK, Ask(Plea.PULL), UNLOCK)


def point(name: str, status: Status, *, session: bool = False, **more: Any) -> Connector:
    running = Session(transaction=f"t{name}", since=ago(hours=3, minutes=10)) if session else None
    return Connector(connector=name, status=status, since=ago(minutes=50), reported_at=ago(minutes=5), session=running, **more)


def called(symptom: Symptom, *points: Connector, at: str = "", **more: Any) -> Verdict:
    return diagnose(online(connectors=points), PLAIN, NOW, symptom=symptom, connector=at, **more)


def told(verdict: Verdict) -> tuple[Sentence, Saying]:
    return verdict.sentence, verdict.saying


# ------------------------------------------------------------------------------------------------------ a held cable


def test_a_cable_with_a_session_is_freed_step_by_step_the_car_first() -> None:
    verdict = called(Symptom.CABLE_STUCK, point("1", Status.FINISHING, session=True), point("2", Status.AVAILABLE), at="1")
    assert told(verdict) == (Sentence.CABLE_SESSION, Saying.CABLE_SESSION)
    assert verdict.steps == (Ask(Plea.UNLOCK_CAR), STOP, Ask(Plea.HOLD_ON), *STUCK, AFTERWARDS, NOW_MAINTAINER)
    assert verdict.facts["where"] == Where("1")


def test_a_neighbours_session_keeps_the_restart_out() -> None:
    verdict = called(
        Symptom.CABLE_STUCK, point("1", Status.FINISHING, session=True), point("2", Status.CHARGING, session=True), at="1"
    )
    assert verdict.steps == (Ask(Plea.UNLOCK_CAR), STOP, Ask(Plea.HOLD_ON), *STUCK, NOW_MAINTAINER)
    closed = called(Symptom.CABLE_STUCK, point("1", Status.FINISHING), point("2", Status.CHARGING, session=True), at="1")
    assert closed.steps == (Ask(Plea.UNLOCK_CAR), *STUCK, NOW_MAINTAINER)


def test_a_cable_without_a_session_is_unlocked_and_then_restarted() -> None:
    verdict = called(Symptom.CABLE_STUCK, point("1", Status.FINISHING), point("2", Status.AVAILABLE), at="1")
    assert told(verdict) == (Sentence.CABLE_HELD, Saying.CABLE_HELD)
    assert verdict.steps == (Ask(Plea.UNLOCK_CAR), *STUCK, RESTART, NOW_MAINTAINER)


def test_a_cable_while_nothing_can_be_sent() -> None:
    verdict = diagnose(offline(), PLAIN, NOW, symptom=Symptom.CABLE_STUCK)
    assert told(verdict) == (Sentence.CABLE_OFFLINE, Saying.CABLE_OFFLINE)
    assert verdict.steps == (Ask(Plea.UNLOCK_CAR), Ask(Plea.SAME_BADGE), Ask(Plea.PULL), NOW_MAINTAINER)
    assert verdict.cause == Cause.STATION


@pytest.mark.parametrize(
    ("points", "at", "sentence"),
    [
        ((point("1", Status.CHARGING), point("2", Status.CHARGING)), "", Sentence.CABLE_WHICH),
        ((point("1", Status.AVAILABLE),), "1", Sentence.CABLE_FREE),
        ((point("1", Status.UNKNOWN),), "1", Sentence.POINT_UNKNOWN),
        ((), "1", Sentence.POINT_UNKNOWN),
        ((point("0", Status.AVAILABLE), point("1", Status.OCCUPIED)), "", Sentence.CABLE_HELD),
        ((point("1", Status.OCCUPIED), point("2", Status.AVAILABLE)), "", Sentence.CABLE_HELD),
    ],
)
def test_other_cables(points: tuple[Connector, ...], at: str, sentence: Sentence) -> None:
    assert called(Symptom.CABLE_STUCK, *points, at=at).sentence is sentence


def test_the_point_is_not_guessed_where_somebody_elses_cable_may_be_freed() -> None:
    two = online(connectors=(point("1", Status.CHARGING, session=True), point("2", Status.UNKNOWN)))
    assert place_of(two, "", busy=True) == ""
    assert place_of(two, "2.1") == "2"
    assert place_of(two, "7") == "7"
    assert place_of(two, "0") == ""
    one_free = online(connectors=(point("1", Status.CHARGING, session=True), point("2", Status.AVAILABLE)))
    assert (place_of(one_free, "", busy=True), place_of(one_free, "")) == ("1", "")


def test_a_lock_that_reports_its_fault_is_freed_as_any_cable_but_a_point_that_may_be_live_is_not() -> None:
    lock = called(Symptom.CABLE_STUCK, point("1", Status.FAULTED, error="ConnectorLockFailure"), at="1")
    assert lock.sentence is Sentence.CABLE_HELD
    live = called(Symptom.CABLE_STUCK, point("1", Status.FAULTED, error="PowerSwitchFailure"), at="1")
    assert (live.sentence, live.safety) == (Sentence.CONTACTOR, Safety.DANGER)
    hot = called(Symptom.CABLE_STUCK, point("1", Status.FAULTED, error="OverCurrentFailure"), at="1")
    assert (hot.sentence, hot.safety) == (Sentence.CABLE_HELD, Safety.CARE)
    assert RESTART not in hot.steps


def test_a_faulty_lock_is_opened_from_here_only_where_it_is_known_who_stands_there() -> None:
    points = (point("1", Status.FAULTED, error="ConnectorLockFailure"), point("2", Status.CHARGING))
    unnamed = diagnose(online(connectors=points), PLAIN, NOW)
    assert (unnamed.sentence, unnamed.steps[0]) == (Sentence.LOCK, Ask(Plea.WHICH_POINT))
    assert UNLOCK not in unnamed.steps
    assert UNLOCK in diagnose(online(connectors=points), PLAIN, NOW, connector="1").steps


# ------------------------------------------------------------------------------------------------------ ending and starting


def test_a_session_that_will_not_stop() -> None:
    verdict = called(Symptom.WILL_NOT_STOP, point("1", Status.CHARGING, session=True), point("2", Status.AVAILABLE))
    assert told(verdict) == (Sentence.STOP_SESSION, Saying.STOP_SESSION)
    assert verdict.steps[:3] == (STOP, Ask(Plea.HOLD_ON), Ask(Plea.UNPLUG))
    several = called(Symptom.WILL_NOT_STOP, point("1", Status.CHARGING, session=True), point("2", Status.CHARGING, session=True))
    assert told(several) == (Sentence.STOP_WHICH, Saying.WHICH_POINT)
    assert not any(step.kind is Kind.ORDER for step in several.steps)
    over = called(Symptom.WILL_NOT_STOP, point("1", Status.FINISHING), at="1")
    assert told(over) == (Sentence.STOP_NONE, Saying.STOP_NONE)
    assert over.steps[0] == REFRESH
    far = diagnose(offline(party=Party.OWNER, cause=Cause.SITE), PLAIN, NOW, symptom=Symptom.WILL_NOT_STOP)
    assert told(far) == (Sentence.CUT_SITE, Saying.STOP_OFFLINE)
    assert far.steps[-1] == HandOver(Recipient.OWNER, Urgency.NOW)


@pytest.mark.parametrize(
    ("status", "session", "sentence", "saying", "first"),
    [
        (Status.AVAILABLE, False, Sentence.ONE_FREE, Saying.START_FREE, Ask(Plea.CARD_FIRST)),
        (Status.PREPARING, False, Sentence.START_WAITING, Saying.START_WAITING, Ask(Plea.TRY_BADGE)),
        (Status.SUSPENDED_EV, True, Sentence.CAR_PAUSED, Saying.CAR_SETTINGS, Ask(Plea.CAR_SETTINGS)),
        (Status.SUSPENDED_EVSE, True, Sentence.STATION_PAUSED, Saying.STATION_PAUSED, Ask(Plea.WAIT)),
        (Status.FINISHING, False, Sentence.START_FINISHED, Saying.ENDED, Ask(Plea.REPLUG)),
        (Status.RESERVED, False, Sentence.RESERVED, Saying.IN_USE, Elsewhere()),
        (Status.UNAVAILABLE, False, Sentence.POINT_CLOSED, Saying.OUT_OF_SERVICE, Elsewhere()),
        (Status.CHARGING, True, Sentence.START_SESSION, Saying.WHICH_POINT, Ask(Plea.WHICH_POINT)),
        (Status.UNKNOWN, False, Sentence.POINT_UNKNOWN, Saying.START_FREE, REFRESH),
    ],
)
def test_it_will_not_start(status: Status, session: bool, sentence: Sentence, saying: Saying, first: object) -> None:
    verdict = called(Symptom.WILL_NOT_START, point("1", status, session=session), at="1")
    assert told(verdict) == (sentence, saying)
    assert verdict.steps[0] == first


def test_a_session_is_started_from_here_only_after_it_is_known_who_calls() -> None:
    steps = called(Symptom.WILL_NOT_START, point("1", Status.AVAILABLE), at="1").steps
    assert steps.index(Ask(Plea.IDENTITY)) + 1 == steps.index(START)
    assert START not in called(Symptom.WILL_NOT_START, point("1", Status.AVAILABLE), point("2", Status.AVAILABLE)).steps


@pytest.mark.parametrize(
    ("status", "session", "sentence", "saying"),
    [
        (Status.CHARGING, True, Sentence.CHARGES, Saying.CHARGES),
        (Status.SUSPENDED_EV, True, Sentence.CAR_PAUSED, Saying.CAR_SETTINGS),
        (Status.AVAILABLE, False, Sentence.ENDED_HERE, Saying.ENDED),
        (Status.OCCUPIED, True, Sentence.IN_USE, Saying.WHICH_POINT),
    ],
)
def test_it_stopped_by_itself_or_is_slow(status: Status, session: bool, sentence: Sentence, saying: Saying) -> None:
    assert told(called(Symptom.STOPPED, point("1", status, session=session), at="1")) == (sentence, saying)


def test_a_warning_explains_a_call_but_is_no_fault_by_itself() -> None:
    slow = point("1", Status.CHARGING, session=True, error="OtherError", vendor_error="CX003")
    assert called(Symptom.STOPPED, slow, at="1").sentence is Sentence.DERATED
    assert diagnose(online(connectors=(slow,)), PLAIN, NOW).sentence is Sentence.IN_USE
    assert called(Symptom.BLOCKED, slow, at="1").sentence is Sentence.IN_USE


# ------------------------------------------------------------------------------------------------------ the other calls


def test_a_refused_card_is_no_reason_to_restart() -> None:
    verdict = called(Symptom.CARD_REFUSED, point("1", Status.AVAILABLE))
    assert told(verdict) == (Sentence.CARD_HERE, Saying.CARD_HERE)
    assert verdict.steps[-1] == HandOver(Recipient.PROVIDER, Urgency.ROUTINE)
    assert not any(step.kind is Kind.ORDER for step in verdict.steps)
    assert told(diagnose(offline(), PLAIN, NOW, symptom=Symptom.CARD_REFUSED)) == (Sentence.CUT_STATION, Saying.CARD_OFFLINE)
    stale = called(Symptom.CARD_REFUSED, point("1", Status.AVAILABLE, error="LocalListConflict"))
    assert stale.cause == Fault.LIST


def test_free_says_the_charger_dead_says_the_caller() -> None:
    verdict = called(Symptom.SAYS_FREE, point("1", Status.AVAILABLE))
    assert told(verdict) == (Sentence.ONE_FREE, Saying.FINE)
    assert verdict.steps[:2] == (Ask(Plea.STICKER), REFRESH)
    assert Contradict() in verdict.steps


def test_a_dark_charger() -> None:
    verdict = called(Symptom.DARK, point("1", Status.AVAILABLE))
    assert told(verdict) == (Sentence.DARK_HERE, Saying.DARK_HERE)
    assert Contradict() in verdict.steps
    far = diagnose(offline(cause=Cause.POWER, party=Party.GRID), PLAIN, NOW, symptom=Symptom.DARK)
    assert told(far) == (Sentence.CUT_POWER, Saying.POWER)
    assert far.steps == (Ask(Plea.LIGHT), HandOver(Recipient.GRID, Urgency.TODAY), Elsewhere())


def test_a_blocked_bay_and_another_number() -> None:
    blocked = called(Symptom.BLOCKED, point("1", Status.CHARGING, session=True))
    assert told(blocked) == (Sentence.IN_USE, Saying.BLOCKED)
    assert blocked.steps == (Ask(Plea.BAY), Elsewhere(), HandOver(Recipient.OWNER, Urgency.ROUTINE))
    both = point("1", Status.AVAILABLE), point("2", Status.AVAILABLE)
    assert Elsewhere("2") in called(Symptom.BLOCKED, *both, at="1").steps
    assert Elsewhere() in called(Symptom.BLOCKED, *both).steps, "which bay is not known"
    other = called(Symptom.OTHER, point("1", Status.AVAILABLE))
    assert told(other) == (Sentence.ONE_FREE, Saying.STICKER)


@pytest.mark.parametrize("symptom", [Symptom.WILL_NOT_START, Symptom.STOPPED, Symptom.SAYS_FREE])
def test_out_of_contact_nothing_is_ordered(symptom: Symptom) -> None:
    verdict = diagnose(offline(), PLAIN, NOW, symptom=symptom)
    assert verdict.sentence is Sentence.CUT_STATION
    maintainer = HandOver(Recipient.MAINTAINER, Urgency.TODAY)
    assert verdict.steps == (Ask(Plea.TRY_BADGE), Ask(Plea.LIGHT), maintainer, Elsewhere())


# ------------------------------------------------------------------------------------------------------ danger

WELL = online(connectors=(point("1", Status.AVAILABLE), point("2", Status.CHARGING, session=True)))
PLACES: list[tuple[HealthState, LifeCycle]] = [
    (WELL, LifeCycle.WATCHED),
    (offline(), LifeCycle.WATCHED),
    (HealthState(state=State.UNKNOWN), LifeCycle.WATCHED),
    (UNHEARD, LifeCycle.PLANNED),
    (WELL, LifeCycle.RETIRED),
]


@pytest.mark.parametrize(("state", "life_cycle"), PLACES)
@pytest.mark.parametrize("arranged", [False, True])
def test_danger_words_beat_everything(state: HealthState, life_cycle: LifeCycle, arranged: bool) -> None:
    here = station(1, life_cycle=life_cycle)
    verdict = diagnose(state, here, NOW, symptom=Symptom.DANGER, connector="1", arranged=arranged)
    saying = Saying.DO_NOT_TOUCH_COMING if arranged else Saying.DO_NOT_TOUCH
    assert told(verdict) == (Sentence.DANGER_SAID, saying)
    assert (verdict.safety, verdict.cause) == (Safety.DANGER, "danger")
    assert verdict.steps[:2] == (Ask(Plea.STEP_BACK), Ask(Plea.CALL_112))
    assert NOW_MAINTAINER in verdict.steps
    orders = [step for step in verdict.steps if isinstance(step, Send)]
    sent = state is WELL and life_cycle is LifeCycle.WATCHED
    assert orders == ([Send(Action.CHANGE_AVAILABILITY, "inoperative", "")] if sent else [])


def test_the_emergency_button() -> None:
    verdict = called(Symptom.EMERGENCY, point("1", Status.AVAILABLE))
    assert told(verdict) == (Sentence.EMERGENCY_SAID, Saying.EMERGENCY)
    assert (verdict.safety, verdict.cause, verdict.steps[0]) == (Safety.DANGER, Fault.EMERGENCY_STOP, Ask(Plea.HURT))
    assert called(Symptom.EMERGENCY, point("1", Status.AVAILABLE), arranged=True).saying is Saying.EMERGENCY_COMING
    reported = called(Symptom.EMERGENCY, point("0", Status.FAULTED, error="OtherError", vendor_error="CX008"))
    assert reported.sentence is Sentence.EMERGENCY_STOP


def test_planned_work_and_a_retired_charger_speak_before_a_fault_but_not_before_a_cable() -> None:
    faulty = point("1", Status.FAULTED, error="ReaderFailure")
    working = online(connectors=(faulty,), maintenance_until=NOW + (NOW - ago(hours=2)))
    assert diagnose(working, PLAIN, NOW).sentence is Sentence.WORK_HERE
    assert diagnose(working, PLAIN, NOW, symptom=Symptom.WILL_NOT_START).sentence is Sentence.WORK_HERE
    assert diagnose(working, PLAIN, NOW, symptom=Symptom.CABLE_STUCK).sentence is Sentence.CABLE_HELD
    retired = station(1, life_cycle=LifeCycle.RETIRED)
    gone = diagnose(working, retired, NOW, symptom=Symptom.CABLE_STUCK)
    assert (gone.sentence, gone.steps) == (Sentence.RETIRED, (Elsewhere(),))


# ------------------------------------------------------------------------------------------------------ many at once


def incident(scope: Scope, stations: int = 214, back: int = 0) -> OpenIncident:
    since = ago(hours=2).timestamp()
    return OpenIncident(
        name="I7",
        scope=scope,
        key="north",
        part="",
        heard=since,
        since=since,
        opened_at=since,
        probability=0.95,
        stations=tuple(range(1, stations + 1)),  # type: ignore[arg-type]  # numbers of stations
        returned=tuple((number, since) for number in range(1, back + 1)),  # type: ignore[misc]
    )


@pytest.mark.parametrize(
    ("scope", "sentence", "saying"),
    [
        (Scope.APN, Sentence.AREA_NETWORK, Saying.WIDE),
        (Scope.OPERATOR, Sentence.AREA_NETWORK, Saying.WIDE),
        (Scope.CELL, Sentence.AREA_CELL, Saying.WIDE),
        (Scope.SITE, Sentence.AREA_SITE, Saying.WIDE),
        (Scope.MODEL, Sentence.AREA_MODEL, Saying.WIDE),
        (Scope.FEEDER, Sentence.AREA_FEEDER, Saying.POWER),
        (Scope.COLLECTOR, Sentence.CUT_APN, Saying.WIDE),
    ],
)
def test_what_many_have_in_common_is_said_with_how_many_they_are(scope: Scope, sentence: Sentence, saying: Saying) -> None:
    verdict = diagnose(offline(cause=Cause.APN, party=Party.NETWORK), PLAIN, NOW, incident=incident(scope, back=4))
    assert told(verdict) == (sentence, saying)
    assert verdict.cause == Cause.APN
    assert verdict.facts.get("count", "210") == "210", "those that are back do not count"
    assert HandOver(Recipient.NETWORK, Urgency.TODAY) in verdict.steps


def test_the_last_one_of_an_incident_is_told_as_one() -> None:
    verdict = diagnose(offline(), PLAIN, NOW, incident=incident(Scope.APN, stations=5, back=4))
    assert verdict.sentence is Sentence.CUT_STATION


@pytest.mark.parametrize(
    ("cause", "party", "last"),
    [
        (Cause.PLANNED, Party.US, Elsewhere()),
        (Cause.UNKNOWN, Party.UNKNOWN, Elsewhere()),
        (Cause.OBSERVER, Party.US, Elsewhere()),
    ],
)
def test_whoever_mends_a_breach_is_told_and_nobody_where_nobody_has_to(cause: Cause, party: Party, last: Elsewhere) -> None:
    verdict = diagnose(offline(cause=cause, party=party), PLAIN, NOW)
    assert verdict.steps[-1] == last
    assert any(isinstance(step, HandOver) for step in verdict.steps) is (cause is Cause.OBSERVER)
