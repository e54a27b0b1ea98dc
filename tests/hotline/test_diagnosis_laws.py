"""What holds for whatever a station says and whatever a caller says."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from hotline.core.diagnosis import Safety, Symptom, diagnose
from hotline.core.diagnosis.codes import MINIMUM, OLDER, PARTS, STANDARD
from hotline.core.diagnosis.steps import Send
from hotline.core.diagnosis.vendors import OWN_NAMES, TABLES
from hotline.core.offers import HELD, offers, within
from hotline.core.points import confirmed
from hotline.core.refused_cards import RefusedCard
from hotline.core.roles import Role
from hotline.core.sentences import Sentence
from hotline.web.languages import Languages, Speech
from hotline.web.wording import Wording
from monitor.core.breaches import Breach, Cause, party_of
from monitor.core.commands import Action, Command, CommandState, Order, Step, Why
from monitor.core.events import ConnectorChanged, EquipmentNoted, Reason, State
from monitor.core.health_state import Connector, HealthState, Link, Session
from monitor.core.ids import BreachNumber, StationId
from monitor.core.incidents import Scope
from monitor.core.observations import Status
from monitor.core.registry import Bearer, LifeCycle

from .support import NOW, station
from .test_callers_words import incident
from .test_diagnosis import MOST_WORDS, count

LANGUAGES = Languages()
NAMES = ("0", "1", "2", "2.1", "3")
CODES = [
    "",
    "NoError",
    "OtherError",
    "0x4711",
    "CX017,CX020",
    *(row.code for row in (*STANDARD, *MINIMUM, *OLDER, *OWN_NAMES)),
    *(row.code for rows in TABLES.values() for row in rows),
]
HARMFUL = {Action.RESET, Action.UNLOCK, Action.REMOTE_START, Action.REMOTE_STOP}
SAYS_FREE = {Sentence.ONE_FREE, Sentence.SOME_FREE, Sentence.FAULT_ONE_FREE, Sentence.FAULTS_ONE_FREE, Sentence.CABLE_FREE}
PAST = st.integers(0, 40 * 86_400).map(lambda seconds: NOW - timedelta(seconds=seconds))
MAYBE = st.none() | PAST


@st.composite
def connectors(draw: st.DrawFn) -> tuple[Connector, ...]:
    names = draw(st.lists(st.sampled_from(NAMES), unique=True, max_size=4))
    return tuple(
        Connector(
            connector=name,
            status=draw(st.sampled_from(Status)),
            since=draw(PAST),
            reported_at=draw(PAST),
            error=draw(st.sampled_from(CODES)),
            vendor_error=draw(st.sampled_from(CODES) | st.text(max_size=8)),
            info=draw(st.sampled_from(CODES)),
            session=Session(transaction="7", since=draw(PAST)) if draw(st.booleans()) else None,
        )
        for name in sorted(names)
    )


@st.composite
def healths(draw: st.DrawFn) -> HealthState:
    cause = draw(st.none() | st.sampled_from(Cause))
    breach = None
    if cause is not None:
        party = party_of(cause, draw(st.sampled_from(Bearer)))
        breach = Breach(
            number=BreachNumber(1),
            bearer=Bearer.GPRS,
            since=draw(PAST),
            detected_at=NOW,
            cause=cause,
            party=party,
            until=draw(MAYBE),
        )
    return HealthState(
        state=draw(st.sampled_from(State)),
        reason=draw(st.sampled_from(Reason)),
        since=draw(MAYBE),
        last_seen=draw(MAYBE),
        deadline=draw(st.none() | st.just(NOW + timedelta(minutes=11))),
        link=draw(st.sampled_from(Link)),
        link_since=draw(MAYBE),
        listening_since=draw(MAYBE),
        maintenance_until=draw(st.none() | st.just(NOW + timedelta(days=1))),
        breach=breach,
        connectors=draw(connectors()),
    )


EVENTS = st.lists(
    st.builds(
        EquipmentNoted,
        at=PAST,
        component=st.sampled_from([part.component for part in PARTS]),
        variable=st.sampled_from(["Active", "Problem", "Tripped", "DCVoltage"]),
        value=st.sampled_from(["true", "false", "17"]),
        connector=st.sampled_from(["", *NAMES]),
        code=st.sampled_from(CODES),
    )
    | st.builds(ConnectorChanged, at=PAST, connector=st.sampled_from(NAMES), status=st.sampled_from(Status)),
    max_size=4,
)
STATIONS = st.builds(
    station,
    st.just(1),
    life_cycle=st.sampled_from(LifeCycle),
    vendor=st.sampled_from(["", "Acme", "Alfen", "MENNEKES"]),
    tap=st.booleans(),
)
CALLS = st.fixed_dictionaries(
    {
        "symptom": st.none() | st.sampled_from(Symptom),
        "connector": st.sampled_from(["", *NAMES, "9"]),
        "tripped": st.none() | st.integers(0, 4),
        "arranged": st.booleans(),
        "incident": st.none() | st.sampled_from(Scope).map(incident),
        "noted": EVENTS,
        "refused": st.none()
        | st.sampled_from(["Blocked", "NoCredit"]).map(lambda word: RefusedCard(at=NOW - timedelta(minutes=1), status=word)),
    }
)
COMMANDS = st.lists(
    st.builds(
        lambda action, kind, state, at, over: Command(
            id="c",
            station=StationId(1),
            order=Order(action=action, type=kind),
            who="anna",
            steps=(Step(at=at, state=CommandState.SENT), Step(at=at, state=state)),
            over=over,
        ),
        st.sampled_from([Action.RESET, Action.UNLOCK, Action.REFRESH]),
        st.sampled_from(["", "soft", "hard"]),
        st.sampled_from(CommandState),
        st.integers(0, 120).map(lambda seconds: NOW - timedelta(seconds=seconds)),
        st.booleans(),
    ),
    max_size=3,
)


@settings(max_examples=200, deadline=None)
@given(healths(), STATIONS, CALLS, st.sampled_from(Role))
def test_in_danger_nothing_is_proposed_or_offered_but_to_take_it_out_of_service(
    health: HealthState, here: Any, call: dict[str, Any], role: Role
) -> None:
    verdict = diagnose(health, here, NOW, **call)
    assert call["symptom"] not in {Symptom.DANGER, Symptom.EMERGENCY} or verdict.safety is Safety.DANGER
    if verdict.safety is not Safety.DANGER:
        return
    made = offers(health, here, NOW, verdict=verdict, role=role, connector=call["connector"], seconded=True)
    open_offers = {one.action for one in made if one.barred is None}
    steps = {step.action for step in verdict.steps if isinstance(step, Send)}
    assert not (open_offers | steps) & HARMFUL
    assert not any(one.type == "operative" for one in made if one.barred is None)
    assert not any(one.forceable for one in made)


@settings(max_examples=150, deadline=None)
@given(healths(), STATIONS, CALLS)
def test_what_is_not_confirmed_is_never_told_as_free(health: HealthState, here: Any, call: dict[str, Any]) -> None:
    verdict = diagnose(health, here, NOW, **call)
    free = {one.connector for one in health.connectors if one.status is Status.AVAILABLE and confirmed(one, health)}
    if verdict.sentence in SAYS_FREE:
        assert free
    if verdict.sentence in SAYS_FREE - {Sentence.SOME_FREE, Sentence.CABLE_FREE}:
        assert verdict.facts["point"] in free
    text = Wording(Speech.ENGLISH, LANGUAGES.of(Speech.ENGLISH), NOW).verdict(verdict)
    assert free or not re.search(r"\bfree\b", text.replace("none is free", "").replace("no other is free", ""))


@settings(max_examples=200, deadline=None)
@given(
    healths(),
    STATIONS,
    CALLS,
    st.sampled_from(Role),
    st.dictionaries(st.sampled_from(Action), st.sampled_from([Why.VERSION, Why.SHOWN, Why.NOT_CONNECTED]), max_size=4),
    COMMANDS,
)
def test_no_step_orders_what_is_barred(  # noqa: PLR0913, PLR0917  (all that bears on it)
    health: HealthState, here: Any, call: dict[str, Any], role: Role, cannot: dict[Action, Why], past: list[Command]
) -> None:
    verdict = diagnose(health, here, NOW, **call)
    bare = offers(health, here, NOW, verdict=verdict, role=Role.ADMIN, connector=call["connector"])
    for step in verdict.steps:
        if isinstance(step, Send) and not step.after_stop:
            assert [one.barred for one in bare if (one.action, one.type) == (step.action, step.type)] == [None]
    made = offers(health, here, NOW, verdict=verdict, role=role, connector=call["connector"], cannot=cannot, past=past)
    mine = within(verdict, made)
    may = {(one.action, one.type) for one in made if one.barred is None or one.barred in HELD}
    assert all((step.action, step.type) in may or step.after_stop for step in mine.steps if isinstance(step, Send))
    assert sum(one.recommended for one in made) <= 1
    assert all(one.barred is None for one in made if one.recommended)


@settings(max_examples=150, deadline=None)
@given(healths(), STATIONS, CALLS)
def test_every_verdict_is_short_whole_and_the_same_again(health: HealthState, here: Any, call: dict[str, Any]) -> None:
    verdict = diagnose(health, here, NOW, **call)
    assert verdict == diagnose(health, here, NOW, **call)
    assert verdict.steps, "there is always something to do"
    for speech in Speech:
        wording = Wording(speech, LANGUAGES.of(speech), NOW)
        text, saying = wording.verdict(verdict), wording.saying(verdict)
        assert count(text) <= MOST_WORDS, text
        assert len(re.findall(r"(?<!\d)[.?!](?=\s+[A-ZÀ-Ý]|$)", saying)) <= 2, saying
        assert "%" not in text + saying
        assert all(wording.step(step) and "%" not in wording.step(step) for step in verdict.steps)
        assert not any(code in text.replace(",", " ").split() for code in verdict.technical if len(code) > 2), (
            "no codes in a verdict"
        )
