"""What a station of 2.0.1 or 2.1 decides when it is asked, and the variables that it has."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any, Final

import pytest

from monitor.core.ids import Identity, Sticker
from monitor.simulator.dialect import (
    Answer,
    Condition,
    Dialect,
    Kind,
    Nameplate,
    Order,
    Reboot,
    Say,
    SetHeartbeat,
    SetOperative,
    Start,
    Stop,
    Tell,
    Version,
)
from monitor.simulator.dialects import DIALECTS

AT: Final = datetime(2026, 5, 4, 6, tzinfo=UTC)
NEW: Final = (Version.V201, Version.V21)


def _condition(dialect: Dialect, sessions: dict[int, str]) -> Condition:
    settings = dialect.settings(Nameplate(identity=Identity("CP1"), sticker=Sticker("CP1")), 300)
    return Condition(settings=settings, sessions=sessions, connectors=2, at=AT)


def _evse(number: int) -> dict[str, Any]:
    return {"evse": {"id": number}}


_TOKEN: Final = {"idToken": {"idToken": "ABC", "type": "Central"}}
_BEGIN: Final = {"remoteStartId": 7, **_TOKEN}
DECISIONS: Final[list[tuple[str, dict[str, Any], str, object]]] = [
    ("Reset", {"type": "Immediate"}, "Accepted", Reboot(hard=True)),
    ("Reset", {"type": "OnIdle"}, "Scheduled", Reboot(hard=False, when_idle=True)),
    ("Reset", {"type": "Immediate", "evseId": 1}, "Rejected", None),
    ("Reset", {"type": "ImmediateAndResume"}, "Rejected", None),
    ("ChangeAvailability", {"operationalStatus": "Inoperative"}, "Scheduled", SetOperative(connector=0, operative=False)),
    (
        "ChangeAvailability",
        {"operationalStatus": "Inoperative", **_evse(2)},
        "Accepted",
        SetOperative(connector=2, operative=False),
    ),
    (
        "ChangeAvailability",
        {"operationalStatus": "Inoperative", **_evse(1)},
        "Scheduled",
        SetOperative(connector=1, operative=False),
    ),
    ("ChangeAvailability", {"operationalStatus": "Operative", **_evse(1)}, "Accepted", SetOperative(connector=1, operative=True)),
    ("ChangeAvailability", {"operationalStatus": "Operative", **_evse(3)}, "Rejected", None),
    ("TriggerMessage", {"requestedMessage": "BootNotification"}, "Accepted", Say(kind=Kind.BOOT)),
    ("TriggerMessage", {"requestedMessage": "StatusNotification", **_evse(2)}, "Accepted", Say(kind=Kind.STATUS, connector=2)),
    ("TriggerMessage", {"requestedMessage": "StatusNotification", **_evse(3)}, "Rejected", None),
    ("TriggerMessage", {"requestedMessage": "TransactionEvent"}, "Accepted", Say(kind=Kind.SESSION)),
    ("TriggerMessage", {"requestedMessage": "TransactionEvent", **_evse(1)}, "Accepted", Say(kind=Kind.SESSION, connector=1)),
    ("TriggerMessage", {"requestedMessage": "TransactionEvent", **_evse(2)}, "Rejected", None),
    ("TriggerMessage", {"requestedMessage": "LogStatusNotification"}, "NotImplemented", None),
    ("RequestStartTransaction", _BEGIN, "Accepted", Start(tag="ABC", order=Order(number=7, card="Central"))),
    ("RequestStartTransaction", _BEGIN | {"evseId": 1}, "Rejected", None),
    ("RequestStartTransaction", _BEGIN | {"evseId": 3}, "Rejected", None),
    ("RequestStopTransaction", {"transactionId": "T1"}, "Accepted", Stop(transaction="T1")),
    ("RequestStopTransaction", {"transactionId": "T2"}, "Rejected", None),
    ("UnlockConnector", {"evseId": 1, "connectorId": 1}, "OngoingAuthorizedTransaction", None),
    ("UnlockConnector", {"evseId": 2, "connectorId": 1}, "Unlocked", None),
    ("UnlockConnector", {"evseId": 3, "connectorId": 1}, "UnknownConnector", None),
    ("UnlockConnector", {"evseId": 1, "connectorId": 2}, "UnknownConnector", None),
    ("GetBaseReport", {"requestId": 1, "reportBase": "SummaryInventory"}, "NotSupported", None),
]


@pytest.mark.parametrize("version", NEW)
@pytest.mark.parametrize(("action", "asked", "status", "effect"), DECISIONS)
def test_a_newer_station_decides(version: Version, action: str, asked: dict[str, Any], status: str, effect: object) -> None:
    dialect = DIALECTS[version]
    answer = dialect.answer(action, asked, _condition(dialect, {1: "T1"}))
    assert answer == Answer(payload={"status": status}, effect=effect)  # type: ignore[arg-type]


def test_a_newer_station_that_is_idle_resets_at_once_and_tells_of_no_session() -> None:
    dialect = DIALECTS[Version.V201]
    idle = _condition(dialect, {})
    assert dialect.answer("Reset", {"type": "OnIdle"}, idle).payload == {"status": "Accepted"}
    assert dialect.answer("TriggerMessage", {"requestedMessage": "TransactionEvent"}, idle).payload == {"status": "Rejected"}


def test_a_newer_station_knows_its_transactions() -> None:
    dialect = DIALECTS[Version.V21]
    condition = replace(_condition(dialect, {1: "T1"}), queued=True)
    for asked, expected in (
        ({}, {"messagesInQueue": True}),
        ({"transactionId": "T1"}, {"messagesInQueue": True, "ongoingIndicator": True}),
        ({"transactionId": "T2"}, {"messagesInQueue": True, "ongoingIndicator": False}),
    ):
        assert dialect.answer("GetTransactionStatus", asked, condition).payload == expected


VARIABLES: Final[list[tuple[dict[str, Any], dict[str, Any], str]]] = [
    ({"name": "OCPPCommCtrlr"}, {"name": "HeartbeatInterval"}, "Accepted"),
    ({"name": "OCPPCommCtrlr"}, {"name": "Nonsense"}, "UnknownVariable"),
    ({"name": "OCPPCommCtrlr"}, {"name": "HeartbeatInterval", "instance": "second"}, "UnknownVariable"),
    ({"name": "Nonsense"}, {"name": "HeartbeatInterval"}, "UnknownComponent"),
    ({"name": "OCPPCommCtrlr", "evse": {"id": 1}}, {"name": "HeartbeatInterval"}, "UnknownComponent"),
    ({"name": "OCPPCommCtrlr", "instance": "second"}, {"name": "HeartbeatInterval"}, "UnknownComponent"),
]


@pytest.mark.parametrize(("component", "variable", "status"), VARIABLES)
def test_variables_are_read_and_written(component: dict[str, Any], variable: dict[str, Any], status: str) -> None:
    dialect = DIALECTS[Version.V201]
    condition, one = _condition(dialect, {}), {"component": component, "variable": variable}
    answer = dialect.answer("SetVariables", {"setVariableData": [one | {"attributeValue": "77"}]}, condition)
    assert answer.payload == {"setVariableResult": [{"attributeStatus": status, **one}]}
    assert answer.effect == (SetHeartbeat(seconds=77) if status == "Accepted" else None)
    answer = dialect.answer("GetVariables", {"getVariableData": [one | {"attributeType": "Actual"}]}, condition)
    value = {"attributeValue": "77"} if status == "Accepted" else {}
    assert answer.payload == {"getVariableResult": [{"attributeStatus": status, "attributeType": "Actual", **one, **value}]}


@pytest.mark.parametrize(
    ("key", "value", "status"),
    [
        ("OCPPCommCtrlr.HeartbeatInterval", "soon", "Rejected"),
        ("OCPPCommCtrlr.HeartbeatInterval", "0", "Rejected"),
        ("ChargingStation.Model", "Better", "Rejected"),
        ("SampledDataCtrlr.TxUpdatedInterval", "30", "Accepted"),
    ],
)
def test_a_variable_takes_only_what_it_may(key: str, value: str, status: str) -> None:
    dialect = DIALECTS[Version.V21]
    condition = _condition(dialect, {})
    before = condition.settings[key]
    component, variable = key.split(".")
    one = {"component": {"name": component}, "variable": {"name": variable}}
    answer = dialect.answer("SetVariables", {"setVariableData": [one | {"attributeValue": value}]}, condition)
    assert answer == Answer(payload={"setVariableResult": [{"attributeStatus": status, **one}]})
    assert condition.settings[key] == (value if status == "Accepted" else before)


def test_only_the_actual_value_is_kept() -> None:
    dialect = DIALECTS[Version.V201]
    one = {
        "component": {"name": "OCPPCommCtrlr"},
        "variable": {"name": "HeartbeatInterval"},
        "attributeType": "MaxSet",
        "attributeValue": "7",
    }
    answer = dialect.answer("SetVariables", {"setVariableData": [one]}, _condition(dialect, {}))
    assert answer.payload is not None
    assert answer.payload["setVariableResult"][0]["attributeStatus"] == "NotSupportedAttributeType"
    assert answer.effect is None


def test_a_base_report_names_every_variable() -> None:
    dialect = DIALECTS[Version.V201]
    condition = _condition(dialect, {})
    effect = dialect.answer("GetBaseReport", {"requestId": 3, "reportBase": "FullInventory"}, condition).effect
    assert isinstance(effect, Tell)
    (call,) = effect.calls
    assert call.payload["requestId"] == 3
    told = {
        f"{one['component']['name']}.{one['variable']['name']}": one["variableAttribute"][0]["value"]
        for one in call.payload["reportData"]
    }
    assert told == condition.settings
