"""Every request of ours in every version, held against the version's own schema; and what answers to it mean."""

from __future__ import annotations

import json
from typing import Any

import jsonschema_rs
import pytest

from monitor.core.commands import Action, CommandState, Order, Why
from monitor.decode.fields import json_schema
from monitor.decode.fields_v12 import FIELDS_12
from monitor.decode.fields_v15 import FIELDS_15
from monitor.decode.requests import Facts, Way
from monitor.decode.ways import WAYS
from tests.support.clients import PACKAGES
from tests.support.clocks import START

FACTS = Facts(
    now=START,
    connectors=("1", "2.2"),
    transaction="7",
    upload="http://10.0.0.1:9000/uploads/t/",
    number=3,
    cards=(("04A1", "Accepted"), ("04B2", "Blocked")),
    list_version=9,
)
OWN = {"1.2": FIELDS_12, "1.5": FIELDS_15}
PAIRS = [pytest.param(version, action, id=f"{version}-{action}") for version, ways in WAYS.items() for action in ways]


def order_of(action: Action, *, rich: bool) -> Order:
    kind = {Action.RESET: "soft", Action.CHANGE_AVAILABILITY: "inoperative"}.get(action, "")
    needed: dict[str, Any] = {
        "connector": "1",
        "id_tag": "04A1",
        "key": "Comp[1].Var[2]",
        "value": "v",
        "location": "http://10.0.0.9/f",
        "type": kind,
    }
    if rich:
        return Order(action=action, keys=("A.B", "C"), transaction="7", at=START, **needed)
    return Order(action=action, **(needed | ({} if action is Action.UNLOCK else {"connector": "0"})))


def schema_of(version: str, action: str) -> Any:
    if version in OWN:
        return json_schema(OWN[version], f"{action}Request")
    return PACKAGES[version].request_schema(action)


@pytest.mark.parametrize("rich", [True, False], ids=["rich", "bare"])
@pytest.mark.parametrize(("version", "action"), PAIRS)
def test_a_request_is_what_its_version_allows(version: str, action: Action, *, rich: bool) -> None:
    way, order = WAYS[version][action], order_of(action, rich=rich)
    requests = [(way.action, payload) for payload in way.write(order, FACTS)]
    if way.prove is not None:
        proof = way.prove(order, FACTS)
        requests.append((proof.action, proof.payload))
    assert requests
    for name, payload in requests:
        validator = jsonschema_rs.validator_for(schema_of(version, name), validate_formats=False)
        assert [error.message for error in validator.iter_errors(json.loads(json.dumps(payload)))] == []


ODD: list[Any] = [None, 7, "x", [], {}, {"status": None}, {"status": ["Accepted"]}, {"listVersion": "x"}, {"configurationKey": 7}]


@pytest.mark.parametrize(("version", "action"), PAIRS)
@pytest.mark.parametrize("odd", ODD, ids=[json.dumps(odd) for odd in ODD])
def test_an_odd_answer_is_never_an_exception_and_never_a_success_that_was_not_told(version: str, action: Action, odd: Any) -> None:
    way: Way = WAYS[version][action]
    state = way.read(odd).state
    harmless = action in (Action.PROBE, Action.FIRMWARE, Action.READ_CONFIGURATION)
    assert harmless or state in (CommandState.UNKNOWN, CommandState.REFUSED)
    if way.proven is not None:
        assert way.proven(order_of(action, rich=True), FACTS, odd).state is CommandState.ACCEPTED


@pytest.mark.parametrize(
    ("version", "action", "answer", "state", "said"),
    [
        ("1.6", Action.UNLOCK, {"status": "Unlocked"}, "accepted", "Unlocked"),
        ("1.6", Action.UNLOCK, {"status": "UnlockFailed"}, "refused", "UnlockFailed"),
        ("1.2", Action.UNLOCK, {"status": "Accepted"}, "accepted", "Accepted"),
        ("2.0.1", Action.UNLOCK, {"status": "OngoingAuthorizedTransaction"}, "refused", "OngoingAuthorizedTransaction"),
        ("1.6", Action.CHANGE_CONFIGURATION, {"status": "RebootRequired"}, "accepted", "RebootRequired"),
        ("1.5", Action.DIAGNOSTICS, {}, "refused", "no file"),
        ("2.1", Action.DIAGNOSTICS, {"status": "AcceptedCanceled"}, "accepted", "AcceptedCanceled"),
        ("2.1", Action.RESET, {"status": "Scheduled"}, "accepted", "Scheduled"),
        ("1.5", Action.LOCAL_LIST, {"listVersion": -1}, "confirmed", "-1"),
        ("1.6", Action.SEND_LOCAL_LIST, {"status": "VersionMismatch"}, "refused", "VersionMismatch"),
    ],
)
def test_what_an_answer_means(version: str, action: Action, answer: Any, state: str, said: str) -> None:
    reading = WAYS[version][action].read(answer)
    assert (reading.state.value, reading.said) == (state, said)


def test_variables_are_named_with_their_instances() -> None:
    place = {
        "component": {"name": "Connector", "instance": "2"},
        "variable": {"name": "Available", "instance": "left"},
    }
    (asked,) = WAYS["2.0.1"][Action.READ_CONFIGURATION].write(
        Order(action=Action.READ_CONFIGURATION, keys=("Connector[2].Available[left]",)), FACTS
    )
    assert asked == {"getVariableData": [place]}
    reading = WAYS["2.0.1"][Action.READ_CONFIGURATION].read(
        {"getVariableResult": [place | {"attributeStatus": "Accepted", "attributeValue": "true"}]}
    )
    assert reading.result == {"configuration": {"Connector[2].Available[left]": "true"}}
    for odd in ([], [7], [{"component": 7, "variable": {}}]):
        assert WAYS["2.0.1"][Action.READ_CONFIGURATION].read({"getVariableResult": odd}).state is CommandState.UNKNOWN


def test_a_list_that_has_another_version_is_not_the_one_that_was_sent() -> None:
    for version, field in (("1.6", "listVersion"), ("2.0.1", "versionNumber")):
        way = WAYS[version][Action.SEND_LOCAL_LIST]
        assert way.proven is not None
        assert way.proven(Order(action=Action.SEND_LOCAL_LIST), FACTS, {field: 8}).state is CommandState.UNCONFIRMED
        assert way.proven(Order(action=Action.SEND_LOCAL_LIST), FACTS, {field: 9}).state is CommandState.CONFIRMED


@pytest.mark.parametrize(
    ("value", "state", "why"), [("v", CommandState.CONFIRMED, Why.NONE), ("w", CommandState.UNCONFIRMED, Why.OTHERWISE)]
)
def test_a_setting_is_changed_when_what_is_read_back_is_what_was_written(value: str, state: CommandState, why: Why) -> None:
    place = {"component": {"name": "Comp"}, "variable": {"name": "Var"}, "attributeStatus": "Accepted", "attributeValue": value}
    answers = {
        "1.6": {"configurationKey": [{"key": "Comp.Var", "readonly": False, "value": value}]},
        "2.0.1": {"getVariableResult": [place]},
    }
    order = Order(action=Action.CHANGE_CONFIGURATION, key="Comp.Var", value="v")
    for version, answer in answers.items():
        way = WAYS[version][Action.CHANGE_CONFIGURATION]
        assert way.proven is not None
        reading = way.proven(order, FACTS, answer)
        assert (reading.state, reading.why, reading.said) == (state, why, f"Comp.Var = {value}")
