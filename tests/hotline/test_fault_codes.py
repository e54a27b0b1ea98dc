"""Every row of every table of codes: what it means, how dangerous that is, what is done first, and what is never proposed."""

from __future__ import annotations

from itertools import chain
from typing import TYPE_CHECKING, Any

import pytest
from ocpp.v16.enums import ChargePointErrorCode
from ocpp.v201.enums import PhysicalComponentName

from alerts.core.faults import DANGERS
from hotline.core.diagnosis import Safety, Verdict, diagnose
from hotline.core.diagnosis.codes import MINIMUM, OLDER, PARTS, STANDARD, Part, Row, folded
from hotline.core.diagnosis.faults import ADVICE, AGAIN_S, Fault
from hotline.core.diagnosis.findings import findings_of, same_point, trips_of
from hotline.core.diagnosis.steps import HERE, Ask, Elsewhere, HandOver, Plea, Recipient, Send, Step, Urgency, placed
from hotline.core.diagnosis.vendors import OWN_NAMES, TABLES
from hotline.core.sentences import Saying, Sentence
from monitor.core.commands import Action
from monitor.core.events import ConnectorChanged, EquipmentNoted, State, StationBooted
from monitor.core.health_state import Connector, HealthState, Session
from monitor.core.observations import Status
from monitor.decode.fields_v12 import FIELDS_12
from monitor.decode.fields_v15 import FIELDS_15
from monitor.decode.fields_v16 import FIELDS_16

from .code_meanings import MEANS, PARTS_MEAN
from .reading import ago, online
from .support import NOW, station

if TYPE_CHECKING:
    from monitor.core.events import Event
    from monitor.core.registry import Station

PLAIN = station(1, vendor="Acme", model="")


def reported(
    error: str = "", vendor_error: str = "", info: str = "", *, name: str = "2", status: Status = Status.FAULTED
) -> Connector:
    return Connector(
        connector=name,
        status=status,
        since=ago(minutes=50),
        reported_at=ago(minutes=5),
        error=error,
        vendor_error=vendor_error,
        info=info,
    )


def judged(*connectors: Connector, at: Station = PLAIN, **more: object) -> Verdict:
    return diagnose(online(connectors=connectors), at, NOW, **more)  # type: ignore[arg-type]  # whatever a test wants to say


FREE = Elsewhere()
TODAY = HandOver(Recipient.MAINTAINER, Urgency.TODAY)
OUT = Send(Action.CHANGE_AVAILABILITY, "inoperative", "2")

EXPECTED: dict[Fault, tuple[Safety, Step, bool]] = {
    Fault.CONTACTOR: (Safety.DANGER, Ask(Plea.STEP_BACK), False),
    Fault.LIVE_CONNECTOR: (Safety.DANGER, Ask(Plea.STEP_BACK), False),
    Fault.CUT_CABLE: (Safety.DANGER, Ask(Plea.STEP_BACK), False),
    Fault.WATER: (Safety.DANGER, Ask(Plea.STEP_BACK), False),
    Fault.TILTED: (Safety.DANGER, Ask(Plea.STEP_BACK), False),
    Fault.OPENED: (Safety.DANGER, Ask(Plea.STEP_BACK), False),
    Fault.EMERGENCY_STOP: (Safety.DANGER, Ask(Plea.HURT), False),
    Fault.GROUND: (Safety.DANGER, Ask(Plea.NOT_THIS_CABLE), False),
    Fault.INSULATION: (Safety.DANGER, Ask(Plea.NOT_THIS_CABLE), False),
    Fault.BROKEN_LATCH: (Safety.DANGER, Ask(Plea.LEAVE_PLUG), False),
    Fault.SAFETY: (Safety.DANGER, Ask(Plea.STEP_BACK), False),
    Fault.CABLE_HOT: (Safety.CARE, Ask(Plea.LET_COOL), False),
    Fault.OVERCURRENT: (Safety.CARE, FREE, False),
    Fault.WIRING: (Safety.CARE, FREE, False),
    Fault.BROKEN: (Safety.CARE, FREE, False),
    Fault.OVERVOLTAGE: (Safety.CARE, FREE, False),
    Fault.HOT: (Safety.CARE, Ask(Plea.WAIT), False),
    Fault.POWER_LOSS: (Safety.NONE, Ask(Plea.LIGHT), False),
    Fault.UNDERVOLTAGE: (Safety.NONE, FREE, False),
    Fault.LOCK: (Safety.NONE, Ask(Plea.UNLOCK_CAR), True),
    Fault.METER: (Safety.NONE, FREE, True),
    Fault.READER: (Safety.NONE, Ask(Plea.USE_APP), True),
    Fault.RESET_FAILED: (Safety.NONE, FREE, False),
    Fault.UPDATING: (Safety.NONE, FREE, False),
    Fault.INTERNAL: (Safety.NONE, Send(Action.REFRESH, "", "2"), True),
    Fault.CAR: (Safety.NONE, Ask(Plea.REPLUG), True),
    Fault.CAR_MODE: (Safety.NONE, Ask(Plea.CAR_OFF), False),
    Fault.SIGNAL: (Safety.NONE, Ask(Plea.REPLUG), False),
    Fault.SEAT: (Safety.NONE, Ask(Plea.REPLUG), False),
    Fault.PRECHARGE: (Safety.NONE, Ask(Plea.REPLUG), False),
    Fault.LATE: (Safety.NONE, Ask(Plea.CARD_FIRST), False),
    Fault.LIMITED: (Safety.NONE, Ask(Plea.WAIT), False),
    Fault.DERATED: (Safety.NONE, Ask(Plea.WAIT), False),
    Fault.CABLE_WARM: (Safety.NONE, Ask(Plea.WAIT), False),
    Fault.LIST: (Safety.NONE, Ask(Plea.CARD_AGAIN), False),
    Fault.DISPLAY: (Safety.NONE, Ask(Plea.TRY_BADGE), False),
    Fault.NO_LINK: (Safety.NONE, Ask(Plea.TRY_BADGE), False),
    Fault.WEAK_SIGNAL: (Safety.NONE, Ask(Plea.TRY_BADGE), False),
    Fault.DRIVER: (Safety.NONE, Ask(Plea.REPLUG), False),
    Fault.UNNAMED: (Safety.NONE, Send(Action.REFRESH, "", "2"), False),
}
"""How dangerous each fault is, what is done first, and whether a restart is among its steps."""
NEVER_RESTARTED = {
    *(fault for fault, (safety, _, _) in EXPECTED.items() if safety is Safety.DANGER),
    *(Fault.CABLE_HOT, Fault.OVERCURRENT, Fault.WIRING, Fault.BROKEN, Fault.UPDATING),
}


def holds(verdict: Verdict, fault: Fault) -> None:
    """Say that `verdict` is what is known of `fault`, and that nothing is ordered which it forbids."""
    safety, first, restarts = EXPECTED[fault]
    assert (verdict.cause, verdict.safety, verdict.steps[0]) == (fault, safety, first)
    assert verdict.sentence is ADVICE[fault].sentence
    orders = [step for step in verdict.steps if isinstance(step, Send)]
    assert any(step.action is Action.RESET for step in orders) is restarts
    assert verdict.resettable is (fault not in NEVER_RESTARTED)
    if safety is Safety.DANGER:
        assert {step.action for step in orders} <= {Action.CHANGE_AVAILABILITY}
        assert {step.type for step in orders} <= {"inoperative"}


def test_every_code_and_component_means_what_is_written_down_here() -> None:
    rows = [*STANDARD, *MINIMUM, *OLDER, *OWN_NAMES, *chain.from_iterable(TABLES.values())]
    assert {row.code: row.fault.value for row in rows} == MEANS
    assert {part.component: part.fault.value for part in PARTS} == PARTS_MEAN
    assert all(row.source for row in rows)
    assert all(part.source for part in PARTS)


def test_every_fault_is_expected_somewhere_and_has_its_own_sentence() -> None:
    assert set(EXPECTED) == set(ADVICE) == set(Fault)
    assert len({advice.sentence for advice in ADVICE.values()}) == len(Fault)
    order = [ADVICE[fault].safety for fault in Fault]
    assert order[: order.index(Safety.CARE)] == [Safety.DANGER] * order.index(Safety.CARE)
    assert Safety.DANGER not in order[order.index(Safety.CARE) :], "the most dangerous speaks first"


@pytest.mark.parametrize("row", STANDARD, ids=lambda row: row.code)
def test_an_error_code_of_ocpp(row: Row) -> None:
    assert row.source.startswith("OCPP")
    verdict = judged(reported(row.code))
    holds(verdict, row.fault)
    assert verdict.technical == (row.code,)


def test_the_error_codes_are_all_that_ocpp_has() -> None:
    named = {row.code for row in STANDARD} | {"NoError", "OtherError"}
    versions = [set(version.enums["ChargePointErrorCode"]) for version in (FIELDS_12, FIELDS_15, FIELDS_16)]
    assert set(chain.from_iterable(versions)) <= named
    assert {code.value for code in ChargePointErrorCode} <= named
    assert named - set(chain.from_iterable(versions)) == {"EmergencyStop"}


@pytest.mark.parametrize("row", MINIMUM, ids=lambda row: row.code)
def test_a_code_of_chargex_beside_any_error_and_as_a_code_of_2x(row: Row) -> None:
    assert "ChargeX" in row.source
    holds(judged(reported("OtherError", row.code)), row.fault)
    holds(judged(reported(row.code.lower())), row.fault)


def test_there_are_twenty_six_of_them() -> None:
    assert [row.code for row in MINIMUM] == [f"CX{number:03}" for number in range(1, 27)]


@pytest.mark.parametrize("row", OLDER, ids=lambda row: row.code)
def test_a_code_of_evgo_beside_other_error(row: Row) -> None:
    assert "EVgo" in row.source
    holds(judged(reported("OtherError", row.code)), row.fault)


@pytest.mark.parametrize(("code", "fault"), [("A0FF", Fault.DRIVER), ("F00A", Fault.SAFETY)])
def test_the_first_letter_of_evgos_codes_tells_whose_they_are(code: str, fault: Fault) -> None:
    holds(judged(reported("OtherError", code)), fault)


def test_what_looks_like_evgos_is_not_read_beside_a_plain_error_or_for_a_maker_with_a_table() -> None:
    holds(judged(reported("ReaderFailure", "F008")), Fault.READER)
    holds(judged(reported("OtherError", "F008"), at=station(1, vendor="Alfen")), Fault.UNNAMED)


MAKERS = [(maker, row) for maker, rows in TABLES.items() for row in rows]


@pytest.mark.parametrize(("maker", "row"), MAKERS, ids=lambda one: one.code if isinstance(one, Row) else one)
def test_a_makers_own_code_is_read_for_its_own_stations(maker: str, row: Row) -> None:
    assert row.source
    here = station(1, vendor=f"{maker.title()} GmbH")
    holds(judged(reported("OtherError", row.code), at=here), row.fault)
    holds(judged(reported("OtherError", "", f"{row.code}."), at=here), row.fault)
    assert judged(reported("OtherError", row.code)).cause in {Fault.UNNAMED, Fault.DRIVER, Fault.SAFETY}


def test_a_maker_is_known_by_what_the_station_says_of_itself() -> None:
    boot = StationBooted(at=NOW, vendor="MENNEKES")
    state = online(connectors=(reported("OtherError", "", "Contactor welded"),), boot=boot)
    assert diagnose(state, PLAIN, NOW).cause == Fault.CONTACTOR


@pytest.mark.parametrize("row", OWN_NAMES, ids=lambda row: row.code)
def test_a_code_that_names_its_family_is_read_whoever_the_maker_is(row: Row) -> None:
    holds(judged(reported(row.code)), row.fault)


@pytest.mark.parametrize("part", PARTS, ids=lambda part: f"{part.component}.{part.variable}")
def test_a_component_of_2x(part: Part) -> None:
    assert part.component in {name.value for name in PhysicalComponentName}
    note = EquipmentNoted(at=ago(minutes=3), component=part.component, variable=part.variable, value="true", connector="2")
    holds(judged(reported(status=Status.OCCUPIED), noted=[note]), part.fault)
    quiet = EquipmentNoted(at=ago(minutes=3), component=part.component, variable=part.variable, value="false", connector="2")
    assert judged(reported(status=Status.OCCUPIED), noted=[note, quiet]).cause == ""


@pytest.mark.parametrize(
    ("note", "fault"),
    [
        ({"component": "EVSE", "variable": "Problem", "value": "true", "code": "CX017"}, Fault.CONTACTOR),
        ({"component": "EVSE", "variable": "DCVoltage", "value": "0", "code": "CX006"}, Fault.UNDERVOLTAGE),
        ({"component": "EVSE", "variable": "Problem", "value": "true", "code": "evse_board_support/Water"}, Fault.WATER),
        ({"component": "EVSE", "variable": "Problem", "value": "true", "code": "E12"}, Fault.UNNAMED),
        ({"component": "EVSE", "variable": "Problem", "value": "true"}, None),
        ({"component": "Fan", "variable": "Active", "value": "true", "code": "E12"}, None),
        ({"component": "FloodSensor", "variable": "Active", "value": "17"}, None),
    ],
)
def test_what_a_component_tells(note: dict[str, Any], fault: Fault | None) -> None:
    told = EquipmentNoted(at=ago(minutes=3), connector="2", **note)
    found = findings_of(online(), PLAIN, [told])
    assert [one.fault for one in found] == ([] if fault is None else [fault])


def test_a_start_clears_what_was_told_unless_nobody_may_touch_it_and_an_end_clears_all() -> None:
    def note(component: str, variable: str, *, cleared: bool = False) -> EquipmentNoted:
        return EquipmentNoted(at=ago(minutes=9), component=component, variable=variable, value="true", cleared=cleared)

    events: list[Event] = [note("FloodSensor", "Active"), note("FiscalMetering", "Problem"), StationBooted(at=ago(minutes=5))]
    assert [one.fault for one in findings_of(online(), PLAIN, events)] == [Fault.WATER]
    assert findings_of(online(), PLAIN, [*events, note("FloodSensor", "Active", cleared=True)]) == ()


def test_of_several_codes_the_most_dangerous_speaks_and_all_are_in_the_technical_line() -> None:
    verdict = judged(reported("OtherError", "CX018, CX020,CX017", "1.11,5.00"))
    holds(verdict, Fault.CONTACTOR)
    assert verdict.technical == ("OtherError", "CX018, CX020,CX017", "1.11,5.00")
    both = judged(reported("ReaderFailure", name="1"), reported("GroundFailure"))
    assert both.cause == Fault.GROUND


@pytest.mark.parametrize("code", ["0x4711", "E-17", "Störung", "CX027"])
def test_an_unknown_code_is_said_to_be_unknown_and_never_guessed(code: str) -> None:
    verdict = judged(reported("OtherError", code))
    holds(verdict, Fault.UNNAMED)
    assert verdict.technical == ("OtherError", code)
    assert not any(isinstance(step, Send) and step.action is not Action.REFRESH for step in verdict.steps)


def test_a_known_error_speaks_for_an_unknown_code_beside_it() -> None:
    assert judged(reported("GroundFailure", "0x4711")).cause == Fault.GROUND


@pytest.mark.parametrize("error", ["", "NoError", "OtherError"])
def test_a_fault_without_a_name_is_told_as_before(error: str) -> None:
    verdict = judged(reported(error), reported(name="1", status=Status.AVAILABLE))
    assert (verdict.sentence, verdict.saying, verdict.cause) == (Sentence.FAULT_ONE_FREE, Saying.FAULT_ELSE_FREE, "")
    assert verdict.steps[0] == Elsewhere("1")
    assert verdict.technical == (("OtherError",) if error == "OtherError" else ())


def test_a_point_that_cannot_be_used_sends_the_caller_to_the_free_one_beside_it() -> None:
    verdict = judged(reported("OverCurrentFailure"), reported(name="1", status=Status.AVAILABLE))
    assert (verdict.saying, verdict.steps[0]) == (Saying.FAULT_ELSE_FREE, Elsewhere("1"))
    assert (verdict.facts["fault"], verdict.facts["point"]) == ("2", "1")
    danger = judged(reported("PowerSwitchFailure"), reported(name="1", status=Status.AVAILABLE))
    assert Elsewhere() in danger.steps, "not beside a point that may be live"


def test_a_fault_of_the_cabinet_is_one_of_the_whole_charger_whichever_point_reports_it() -> None:
    verdict = judged(reported("evse_board_support/Water"), connector="1")
    assert verdict.safety is Safety.DANGER
    assert Send(Action.CHANGE_AVAILABILITY, "inoperative", "") in verdict.steps


def test_a_dangerous_fault_that_is_not_confirmed_is_told_as_last_known_and_as_loud() -> None:
    state = online(
        link_since=ago(minutes=1), connectors=(reported("PowerSwitchFailure"), reported(name="1", status=Status.AVAILABLE))
    )
    verdict = diagnose(state, PLAIN, NOW)
    assert (verdict.sentence, verdict.safety, verdict.saying) == (Sentence.DANGER_LAST_KNOWN, Safety.DANGER, Saying.DO_NOT_TOUCH)
    offline = HealthState(state=State.OFFLINE, connectors=(reported("PowerSwitchFailure"),))
    far = diagnose(offline, PLAIN, NOW)
    assert (far.safety, far.cause) == (Safety.DANGER, Fault.CONTACTOR)
    assert not any(isinstance(step, Send) for step in far.steps), "nothing can be sent"


def test_another_fault_that_is_not_confirmed_is_not_told_as_one() -> None:
    state = online(link_since=ago(minutes=1), connectors=(reported("ReaderFailure"),))
    assert diagnose(state, PLAIN, NOW).sentence is Sentence.POINTS_UNKNOWN


def test_danger_at_another_point_is_care_at_ones_own_and_forbids_the_restart_of_both() -> None:
    verdict = judged(reported("PowerSwitchFailure"), reported(name="1", status=Status.AVAILABLE), connector="1")
    assert (verdict.sentence, verdict.safety) == (Sentence.FAULT_ONE_FREE, Safety.CARE)
    assert verdict.saying is Saying.FAULT_ELSE_FREE
    assert verdict.steps[0] == Ask(Plea.KEEP_OFF, "2")
    assert (verdict.resettable, verdict.startable) == (False, True)


@pytest.mark.parametrize(("tripped", "sentence"), [(1, Sentence.GROUND), (2, Sentence.GROUND_TWICE), (3, Sentence.GROUND_OFTEN)])
def test_an_earth_fault_that_comes_again_is_for_somebody_on_site(tripped: int, sentence: Sentence) -> None:
    verdict = judged(reported("GroundFailure"), tripped=tripped)
    assert verdict.sentence is sentence
    urgent = HandOver(Recipient.MAINTAINER, Urgency.NOW)
    assert (urgent in verdict.steps, OUT in verdict.steps) == (tripped > 1, tripped > 1)


def test_any_fault_that_comes_again_is_not_restarted_once_more() -> None:
    verdict = judged(reported("InternalError"), tripped=2)
    assert (verdict.sentence, verdict.saying, verdict.safety) == (Sentence.FAULT_AGAIN, Saying.NO_USE, Safety.CARE)
    assert not verdict.resettable
    assert verdict.steps[0] == OUT
    assert verdict.facts["tripped"] == "2"
    assert judged(reported("PowerSwitchFailure"), tripped=2).sentence is Sentence.CONTACTOR
    assert judged(reported("OtherError", "CX019"), tripped=2).saying is Saying.LET_COOL
    assert judged(reported("InternalError", name="0"), tripped=2).steps[0] == Send(Action.CHANGE_AVAILABILITY, "inoperative", "")


def test_trips_are_counted_by_what_the_log_says() -> None:
    def said(seconds: float, status: Status, name: str = "2") -> ConnectorChanged:
        return ConnectorChanged(at=ago(seconds=seconds), connector=name, status=status)

    events: list[Event] = [
        said(AGAIN_S + 1, Status.FAULTED),
        said(AGAIN_S - 1, Status.AVAILABLE),
        said(400, Status.FAULTED),
        said(390, Status.FAULTED),  # with another text
        said(300, Status.AVAILABLE),
        said(200, Status.FAULTED),
        said(100, Status.FAULTED, "1"),
        StationBooted(at=ago(seconds=50)),
    ]
    assert (trips_of(events, "2", NOW), trips_of(events, "1", NOW), trips_of(events, "", NOW)) == (2, 1, 2)
    assert trips_of([], "2", NOW) == 0
    verdict = diagnose(online(connectors=(reported("GroundFailure"),)), PLAIN, NOW, noted=events)
    assert verdict.sentence is Sentence.GROUND_TWICE


def test_what_alerts_call_a_danger_is_one_here() -> None:
    tables = {folded(row.code): row.fault for row in (*STANDARD, *MINIMUM)}
    assert {ADVICE[tables[code]].safety for code in DANGERS} == {Safety.DANGER}


def test_a_code_stands_once_in_a_table() -> None:
    for rows in (STANDARD, MINIMUM, OLDER, OWN_NAMES, *TABLES.values()):
        codes = [folded(row.code) for row in rows]
        assert len(codes) == len(set(codes))


def test_a_restart_is_left_out_where_a_neighbour_charges_and_then_nothing_is_promised() -> None:
    neighbour = Connector(
        connector="1",
        status=Status.CHARGING,
        since=ago(hours=1),
        reported_at=ago(minutes=1),
        session=Session(transaction="7", since=ago(hours=1)),
    )
    verdict = judged(reported("InternalError"), neighbour)
    assert not any(isinstance(step, Send) and step.action is Action.RESET for step in verdict.steps)
    assert verdict.saying is Saying.FAULT
    assert judged(reported("InternalError")).saying is Saying.RESTART


def test_names_of_points() -> None:
    assert same_point("2", "2.1")
    assert same_point("2.1", "2")
    assert same_point("", "7")
    assert not same_point("2", "12")
    assert placed(Ask(Plea.KEEP_OFF, HERE), "2") == Ask(Plea.KEEP_OFF, "2")
    assert placed(TODAY, "2") == TODAY
