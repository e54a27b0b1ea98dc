"""What the desk offers: the recommended first, a reason at each that is barred, and no harm to whoever is not on the phone."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest

from hotline.core.diagnosis import Barred, Symptom, diagnose
from hotline.core.diagnosis.steps import HandOver, Recipient, Send, Urgency
from hotline.core.offers import OFFERED, Neighbour, Offer, offers, within
from hotline.core.permissions import Need, need_of
from hotline.core.roles import Role
from hotline.core.sentences import Saying, Sentence
from monitor.core.commands import COOL_DOWN_S, Action, Command, CommandState, Order, Step, Why
from monitor.core.health_state import Connector, HealthState, Session
from monitor.core.ids import StationId
from monitor.core.observations import Status
from monitor.core.registry import LifeCycle

from .reading import ago, offline, online
from .support import NOW, station

if TYPE_CHECKING:
    from datetime import datetime

PLAIN = station(1, vendor="Acme", model="")
SOFT, HARD = (Action.RESET, "soft"), (Action.RESET, "hard")
OUT, BACK = (Action.CHANGE_AVAILABILITY, "inoperative"), (Action.CHANGE_AVAILABILITY, "operative")
REFRESH, STOP, UNLOCK, START = ((action, "") for action in (Action.REFRESH, Action.REMOTE_STOP, Action.UNLOCK, Action.REMOTE_START))


def point(name: str, status: Status, *, session: bool = False, **more: Any) -> Connector:
    running = Session(transaction=f"t{name}", since=ago(hours=3, minutes=10)) if session else None
    return Connector(connector=name, status=status, since=ago(minutes=50), reported_at=ago(minutes=5), session=running, **more)


def offered(
    state: HealthState, *, role: Role = Role.ADMIN, symptom: Symptom | None = None, at: str = "", **more: Any
) -> dict[tuple[Action, str], Offer]:
    here = more.pop("here", PLAIN)
    verdict = diagnose(state, here, NOW, symptom=symptom, connector=at)
    made = offers(state, here, NOW, verdict=verdict, role=role, connector=at, **more)
    assert sorted(OFFERED) == sorted((one.action, one.type) for one in made)
    return {(one.action, one.type): one for one in made}


def bars(made: dict[tuple[Action, str], Offer]) -> dict[tuple[Action, str], Barred | None]:
    return {key: one.barred for key, one in made.items()}


def sent(order: Order, state: CommandState, at: datetime, *, over: bool = True) -> Command:
    steps = (Step(at=at, state=CommandState.REQUESTED), Step(at=at, state=CommandState.SENT), Step(at=at, state=state))
    return Command(id="c", station=StationId(1), order=order, who="anna", steps=steps, over=over)


FREE = online(connectors=(point("1", Status.AVAILABLE), point("2", Status.AVAILABLE)))
ONE = online(connectors=(point("1", Status.AVAILABLE),))


def test_at_a_free_point_everything_but_ending_a_session_is_offered() -> None:
    assert bars(offered(ONE)) == {
        REFRESH: None,
        STOP: Barred.NO_SESSION,
        UNLOCK: None,
        SOFT: None,
        HARD: Barred.SOFT_FIRST,
        OUT: None,
        BACK: None,
        START: None,
    }


def test_the_point_must_be_known_where_there_are_several() -> None:
    found = bars(offered(FREE))
    assert (found[UNLOCK], found[START]) == (Barred.POINT, Barred.POINT)
    chosen = offered(FREE, at="2")
    assert (chosen[UNLOCK].barred, chosen[UNLOCK].connector, chosen[SOFT].connector) == (None, "2", "")
    both = online(connectors=(point("1", Status.CHARGING, session=True), point("2", Status.CHARGING, session=True)))
    assert offered(both)[STOP].barred is Barred.POINT


def test_what_is_recommended_comes_first_and_what_is_barred_last() -> None:
    state = online(connectors=(point("1", Status.FINISHING, session=True), point("2", Status.AVAILABLE)))
    made = list(offered(state, symptom=Symptom.CABLE_STUCK, at="1").values())
    assert (made[0].action, made[0].connector, made[0].recommended) == (Action.REMOTE_STOP, "1", True)
    assert [one.recommended for one in made].count(True) == 1
    assert sorted(one.barred is not None for one in made) == [one.barred is not None for one in made]
    assert made[0].order == Order(action=Action.REMOTE_STOP, connector="1")


def test_a_restart_shows_whose_session_it_would_end() -> None:
    state = online(connectors=(point("1", Status.FINISHING), point("2", Status.CHARGING, session=True)))
    soft = offered(state, at="1")[SOFT]
    assert (soft.barred, soft.affected) == (Barred.NEIGHBOUR, (Neighbour(connector="2", since=ago(hours=3, minutes=10)),))
    assert soft.forceable
    assert not offered(state, at="1", role=Role.AGENT)[SOFT].forceable
    own = offered(state, at="2")[SOFT]
    assert (own.barred, own.affected) == (Barred.SESSION, ())
    assert offered(state)[SOFT].barred is Barred.NEIGHBOUR, "nobody has said where he stands"


@pytest.mark.parametrize(
    ("state", "here", "bar"),
    [
        (offline(), PLAIN, Barred.OFFLINE),
        (FREE, station(1, life_cycle=LifeCycle.RETIRED), Barred.RETIRED),
    ],
)
def test_nothing_is_sent_to_what_does_not_answer(state: HealthState, here: Any, bar: Barred) -> None:
    found = bars(offered(state, here=here, at="1"))
    assert {found[key] for key in (STOP, UNLOCK, SOFT, HARD, OUT, BACK, START)} == {bar}
    assert found[REFRESH] is (None if bar is Barred.OFFLINE else bar)


def test_where_somebody_may_be_in_danger_only_taking_out_of_service_is_offered() -> None:
    found = bars(offered(FREE, symptom=Symptom.DANGER, at="1"))
    assert {key for key, bar in found.items() if bar is None} == {REFRESH, OUT}
    assert {found[key] for key in (STOP, UNLOCK, SOFT, HARD, BACK, START)} == {Barred.SAFETY}


def test_a_fault_that_forbids_it_bars_restart_start_and_return_to_service() -> None:
    state = online(connectors=(point("1", Status.FAULTED, error="OverCurrentFailure"), point("2", Status.AVAILABLE)))
    found = bars(offered(state, at="1"))
    assert {found[key] for key in (SOFT, HARD, BACK, START)} == {Barred.FAULT}
    assert found[UNLOCK] is None
    assert bars(offered(state, at="2"))[START] is None


def test_what_the_station_cannot_do_is_said_with_why() -> None:
    cannot = {Action.UNLOCK: Why.VERSION, Action.REFRESH: Why.NOT_CONNECTED, Action.REMOTE_START: Why.SHOWN}
    made = offered(ONE, cannot=cannot)
    assert (made[UNLOCK].barred, made[UNLOCK].why) == (Barred.CANNOT, Why.VERSION)
    assert (made[START].barred, made[START].why) == (Barred.CANNOT, Why.SHOWN)
    assert (made[REFRESH].barred, made[REFRESH].why) == (Barred.OFFLINE, Why.NONE)


def test_another_platform_starts_the_sessions_of_a_station_that_is_only_listened_to() -> None:
    assert offered(ONE, here=station(1, tap=True))[START].barred is Barred.TAPPED


def test_a_session_is_not_started_where_one_is_open() -> None:
    assert offered(online(connectors=(point("1", Status.CHARGING, session=True),)))[START].barred is Barred.SESSION


@pytest.mark.parametrize(
    ("role", "needs"),
    [
        (Role.AGENT, {HARD: Need.SECOND_PERSON, OUT: Need.SENIOR, BACK: Need.SENIOR, START: Need.SENIOR}),
        (Role.SENIOR, {}),
        (Role.ADMIN, {}),
    ],
)
def test_what_takes_more_than_ones_role(role: Role, needs: dict[tuple[Action, str], Need]) -> None:
    failed = sent(Order(action=Action.RESET, type="soft"), CommandState.REFUSED, ago(minutes=9))
    made = offered(ONE, role=role, past=[failed])
    assert {key: one.needs for key, one in made.items() if one.needs} == needs
    assert {key for key, one in made.items() if one.barred is Barred.ROLE} == set(needs)


def test_nobody_is_fetched_to_agree_to_what_would_not_be_sent() -> None:
    hard = Order(action=Action.RESET, type="hard")
    assert offered(ONE, role=Role.AGENT)[HARD].barred is Barred.SOFT_FIRST
    again = offered(ONE, role=Role.AGENT, past=[sent(hard, CommandState.REFUSED, ago(seconds=5))])[HARD]
    assert (again.barred, again.agreeable) == (Barred.COOLING, False)
    failed = sent(Order(action=Action.RESET, type="soft"), CommandState.REFUSED, ago(minutes=9))
    assert offered(ONE, role=Role.AGENT, past=[failed])[HARD].agreeable
    danger = offered(FREE, role=Role.AGENT, symptom=Symptom.DANGER, at="1", past=[failed])[HARD]
    assert (danger.barred, danger.agreeable) == (Barred.SAFETY, False)


def test_a_second_person_is_enough_for_a_hard_restart_and_for_many_at_once_but_not_for_a_role() -> None:
    failed = sent(Order(action=Action.RESET, type="soft"), CommandState.UNCONFIRMED, ago(minutes=9))
    assert offered(ONE, role=Role.AGENT, seconded=True, past=[failed])[HARD].barred is None
    soft, hard = Order(action=Action.RESET, type="soft"), Order(action=Action.RESET, type="hard")
    assert need_of(soft, Role.AGENT) is None
    assert need_of(soft, Role.AGENT, stations=2) is Need.SECOND_PERSON
    assert need_of(soft, Role.AGENT, stations=2, seconded=True) is None
    assert need_of(soft, Role.SENIOR, stations=2) is None
    assert need_of(soft, Role.AGENT, force=True) is Need.SENIOR
    assert need_of(hard, Role.AGENT, force=True, seconded=True) is Need.SENIOR
    assert need_of(Order(action=Action.FIRMWARE), Role.SENIOR, seconded=True) is Need.OPERATOR


def test_the_same_is_not_sent_again_before_the_facade_would() -> None:
    order = Order(action=Action.RESET, type="soft")
    seconds = COOL_DOWN_S[Action.RESET]
    made = offered(ONE, past=[sent(order, CommandState.CONFIRMED, ago(seconds=20))])
    assert (made[SOFT].barred, made[SOFT].until) == (Barred.COOLING, NOW + timedelta(seconds=seconds - 20))
    assert made[SOFT].forceable
    assert offered(ONE, past=[sent(order, CommandState.CONFIRMED, ago(seconds=seconds))])[SOFT].barred is None
    never = sent(order, CommandState.CANNOT, ago(seconds=5))
    assert offered(ONE, past=[never])[SOFT].barred is None


@pytest.mark.parametrize(
    ("order", "state", "over", "bar"),
    [
        (Order(action=Action.UNLOCK, connector="9"), CommandState.SENT, False, Barred.UNDER_WAY),
        (Order(action=Action.RESET, type="soft"), CommandState.ACCEPTED, False, Barred.UNDER_WAY),
        (Order(action=Action.REMOTE_STOP, connector="9"), CommandState.ACCEPTED, False, None),
        (Order(action=Action.UNLOCK, connector="9"), CommandState.UNKNOWN, False, None),
    ],
)
def test_one_thing_at_a_time(order: Order, state: CommandState, over: bool, bar: Barred | None) -> None:
    found = bars(offered(ONE, past=[sent(order, state, ago(seconds=70), over=over)]))
    assert (found[UNLOCK], found[OUT]) == (bar, None)


@pytest.mark.parametrize("outcome", [CommandState.REFUSED, CommandState.UNCONFIRMED, CommandState.UNKNOWN])
def test_a_hard_restart_comes_after_a_soft_one_that_failed_and_is_then_recommended(outcome: CommandState) -> None:
    state = online(connectors=(point("1", Status.FAULTED, error="InternalError"),))
    failed = sent(Order(action=Action.RESET, type="soft"), outcome, ago(minutes=6))
    made = offered(state, past=[failed])
    first = next(iter(made.values()))
    assert (first.action, first.type, first.recommended) == (Action.RESET, "hard", True)
    assert not offered(ONE, past=[failed])[HARD].recommended, "nothing says that a restart would help"
    after = sent(Order(action=Action.RESET, type="hard"), CommandState.CONFIRMED, ago(minutes=2))
    assert offered(state, past=[after, failed])[HARD].barred is Barred.SOFT_FIRST


def test_steps_and_sayings_keep_to_what_is_offered() -> None:
    state = online(connectors=(point("1", Status.FINISHING, session=True), point("2", Status.AVAILABLE)))
    verdict = diagnose(state, PLAIN, NOW, symptom=Symptom.CABLE_STUCK, connector="1")
    plain = offers(state, PLAIN, NOW, verdict=verdict, role=Role.AGENT, connector="1")
    assert within(verdict, plain) == verdict, "an agent can do all of it, the restart once the session has ended"
    cannot = {Action.REMOTE_STOP: Why.VERSION, Action.UNLOCK: Why.VERSION, Action.RESET: Why.SHOWN}
    bare = within(verdict, offers(state, PLAIN, NOW, verdict=verdict, role=Role.AGENT, connector="1", cannot=cannot))
    assert not any(isinstance(step, Send) for step in bare.steps)
    assert (bare.sentence, bare.saying) == (Sentence.CABLE_SESSION, Saying.CABLE_BY_HAND)
    for symptom, sentence in ((Symptom.WILL_NOT_STOP, Sentence.CABLE_SESSION), (Symptom.CABLE_STUCK, Sentence.STOP_NONE)):
        points = (point("1", Status.FINISHING, session=symptom is Symptom.WILL_NOT_STOP), point("2", Status.AVAILABLE))
        plain_state = online(connectors=points)
        asked = diagnose(plain_state, PLAIN, NOW, symptom=symptom, connector="1")
        unable = offers(plain_state, PLAIN, NOW, verdict=asked, role=Role.AGENT, connector="1", cannot=cannot)
        assert within(asked, unable).sentence is sentence, "nothing is said to be possible that is not"


@pytest.mark.parametrize("seconds", [1, 8])
def test_what_was_sent_a_moment_ago_keeps_its_place_among_the_steps(seconds: int) -> None:
    state = online(connectors=(point("1", Status.FINISHING), point("2", Status.AVAILABLE)))
    verdict = diagnose(state, PLAIN, NOW, symptom=Symptom.CABLE_STUCK, connector="1")
    refused = sent(Order(action=Action.UNLOCK, connector="1"), CommandState.REFUSED, ago(seconds=seconds))
    made = offers(state, PLAIN, NOW, verdict=verdict, role=Role.AGENT, connector="1", past=[refused])
    assert within(verdict, made) == verdict


def test_what_an_agent_may_not_do_is_handed_to_a_senior_at_once() -> None:
    verdict = diagnose(ONE, PLAIN, NOW, symptom=Symptom.DANGER)
    mine = within(verdict, offers(ONE, PLAIN, NOW, verdict=verdict, role=Role.AGENT))
    out = Send(Action.CHANGE_AVAILABILITY, "inoperative", "")
    assert HandOver(Recipient.SENIOR, Urgency.NOW, out) in mine.steps
    assert not any(isinstance(step, Send) for step in mine.steps)
    hers = within(verdict, offers(ONE, PLAIN, NOW, verdict=verdict, role=Role.SENIOR))
    assert hers == verdict
