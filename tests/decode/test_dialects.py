"""Every action that a station initiates, in every version: valid answers, no exception, and the spelling of each fault."""

from __future__ import annotations

import importlib.resources
import json
from pathlib import Path
from typing import Any, Final

import jsonschema_rs
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from monitor.collectors.ocppj.session import handle
from monitor.decode.dialect import Dialect, Fault
from monitor.decode.dialects import DIALECTS, SUBPROTOCOLS
from monitor.decode.fields import Version, json_schema
from monitor.decode.fields_v12 import FIELDS_12
from monitor.decode.fields_v15 import FIELDS_15
from monitor.decode.fields_v16 import FIELDS_16
from monitor.decode.v2x_tables import V21, V201
from monitor.decode.v15 import V15
from monitor.decode.v16 import V16
from tests.support.clocks import START
from tests.support.desks import session
from tests.support.examples import example

FOLDERS: Final = {"1.6": "ocpp.v16", "2.0.1": "ocpp.v201", "2.1": "ocpp.v21"}
TRUTH: Final = Path(__file__).parents[3] / "shared" / "ocpp" / "wsdl" / "messages.json"

BY_STATION: Final = {
    "2.0.1": {
        *("Authorize", "BootNotification", "ClearedChargingLimit", "DataTransfer", "FirmwareStatusNotification"),
        *("Get15118EVCertificate", "GetCertificateStatus", "Heartbeat", "LogStatusNotification", "MeterValues"),
        *("NotifyChargingLimit", "NotifyCustomerInformation", "NotifyDisplayMessages", "NotifyEVChargingNeeds"),
        *("NotifyEVChargingSchedule", "NotifyEvent", "NotifyMonitoringReport", "NotifyReport"),
        *("PublishFirmwareStatusNotification", "ReportChargingProfiles", "ReservationStatusUpdate"),
        *("SecurityEventNotification", "SignCertificate", "StatusNotification", "TransactionEvent"),
    },
}
BY_STATION["2.1"] = BY_STATION["2.0.1"] | {
    *("BatterySwap", "ClosePeriodicEventStream", "GetCertificateChainStatus", "NotifyDERAlarm", "NotifyDERStartStop"),
    *("NotifyPriorityCharging", "NotifySettlement", "OpenPeriodicEventStream", "PullDynamicScheduleUpdate"),
    *("ReportDERControl", "VatNumberValidation"),
}
"""What a charging station initiates (OCPP 2.0.1 and 2.1 part 2, chapter 1)."""


def schema(dialect: Dialect, action: str, kind: str) -> dict[str, Any]:
    if dialect.fields is not None:
        return json_schema(dialect.fields, f"{action}{kind}")
    name = f"{action}{kind}" if dialect is not V16 or kind == "Response" else action
    text = (importlib.resources.files(FOLDERS[dialect.protocol]) / "schemas" / f"{name}.json").read_text("utf-8-sig")
    loaded: dict[str, Any] = json.loads(text)
    return loaded


ACTIONS: Final = [
    pytest.param(dialect, action, id=f"{dialect.protocol}-{action}") for dialect in DIALECTS for action in dialect.actions
]


@pytest.mark.parametrize(("dialect", "action"), ACTIONS)
def test_every_action_is_answered_by_its_schema(dialect: Dialect, action: str) -> None:
    for rich in (False, True):
        served = session(dialect)
        payload = example(schema(dialect, action, "Request"), rich=rich)
        reply = handle(served, json.dumps([2, "x-7", action, payload]), START)
        assert reply.payload is not None
        kind, identifier, said = json.loads(reply.payload)
        assert (kind, identifier) == (3, "x-7")
        jsonschema_rs.validator_for(schema(dialect, action, "Response"), validate_formats=True).validate(said)
        assert served.slot.invalid == 0
        assert served.desk.messages[dialect.protocol, action] == 1


@pytest.mark.parametrize("dialect", [V201, V21])
def test_nothing_that_a_station_initiates_is_missing_and_nothing_is_in_both_tables(dialect: Dialect) -> None:
    assert set(dialect.actions) == BY_STATION[dialect.protocol]
    names = {
        file.name.removesuffix(".json").removesuffix("Request")
        for file in (importlib.resources.files(FOLDERS[dialect.protocol]) / "schemas").iterdir()
        if file.name.endswith(".json") and not file.name.endswith("Response.json")
    }
    assert names == set(dialect.actions) | dialect.recognised
    assert not set(dialect.actions) & dialect.recognised


def test_every_version_is_named_once() -> None:
    assert SUBPROTOCOLS == ("ocpp1.5", "ocpp1.6", "ocpp2.0.1", "ocpp2.1")
    for dialect in DIALECTS:
        assert set(dialect.codes) == set(Fault)


@pytest.mark.parametrize("dialect", DIALECTS, ids=lambda dialect: dialect.protocol)
def test_each_fault_is_spelt_as_its_version_spells_it(dialect: Dialect) -> None:
    old = dialect in (V15, V16)
    expected = {
        '[2,"1","Dance",{}]': "NotImplemented",
        '[2,"1","Reset",{}]': "NotSupported",
        '[2,"1","Heartbeat",5]': "FormationViolation" if old else "FormatViolation",
        '[2,"1","Heartbeat"]': "FormationViolation" if old else "RpcFrameworkError",
        '[2,"1","BootNotification",{}]': "OccurenceConstraintViolation" if old else "OccurrenceConstraintViolation",
        '[2,"1","StatusNotification",{"connectorId":true,"errorCode":"NoError","status":"Available","evseId":1,'
        '"connectorStatus":"Available","timestamp":"2026-01-01T00:00:00Z"}]': "TypeConstraintViolation",
    }
    for text, code in expected.items():
        reply = handle(session(dialect), text, START)
        assert reply.payload is not None
        assert json.loads(reply.payload)[2] == code, text


JSON: Final = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=12), inner, max_size=4),
    max_leaves=12,
)


def spoilt(payload: Any, data: st.DataObject) -> Any:
    """Return `payload` with one value somewhere in it replaced, removed or joined by another."""
    if isinstance(payload, dict) and payload and data.draw(st.booleans()):
        name = data.draw(st.sampled_from(sorted(payload)))
        return {**payload, name: spoilt(payload[name], data)}
    if isinstance(payload, list) and payload and data.draw(st.booleans()):
        place = data.draw(st.integers(0, len(payload) - 1))
        return [*payload[:place], spoilt(payload[place], data), *payload[place + 1 :]]
    if isinstance(payload, dict) and data.draw(st.booleans()):
        return {**payload, data.draw(st.text(max_size=8)): data.draw(JSON)}
    return data.draw(JSON)


@pytest.mark.parametrize("dialect", DIALECTS, ids=lambda dialect: dialect.protocol)
@settings(max_examples=150, deadline=None)
@given(data=st.data())
def test_nothing_that_a_payload_may_hold_is_an_internal_error(dialect: Dialect, data: st.DataObject) -> None:
    action = data.draw(st.sampled_from(sorted(dialect.actions)))
    payload = example(schema(dialect, action, "Request"), rich=data.draw(st.booleans()))
    for _ in range(data.draw(st.integers(1, 3))):
        payload = spoilt(payload, data)
    reply = handle(session(dialect), json.dumps([2, "1", action, payload]), START)
    assert reply.payload is not None
    said = json.loads(reply.payload)
    assert said[0] == 3 or said[2] != "InternalError", said


# ---------------------------------------------------------------------------------------------------------- our own tables


@pytest.mark.skipif(not TRUTH.exists(), reason="the extract of the service descriptions is not here")
@pytest.mark.parametrize(("version", "table"), [("12", FIELDS_12), ("15", FIELDS_15), ("16", FIELDS_16)], ids=["1.2", "1.5", "1.6"])
def test_our_tables_of_fields_are_those_of_the_service_descriptions(version: str, table: Version) -> None:
    truth = json.loads(TRUTH.read_text())
    named = set()
    for name in (f"ocpp{version}_centralsystemservice", f"ocpp{version}_chargepointservice"):
        service = truth[name]
        for action in service["operations"]:
            assert f"{action}Request" in table.messages
            assert f"{action}Response" in table.messages
        for message, fields in service["types"].items():
            named.add(message)
            theirs = [(field["name"], field["max"] == "unbounded") for field in fields]
            assert [(field.name, field.many) for field in table.messages[message]] == theirs, message
            for ours, field in zip(table.messages[message], fields, strict=True):
                # 1.5 and 1.6 have a type of their own for every text; the extract leaves nameless ones out.
                assert ours.type == field["type"] or shape(table, ours.type) == shape_of(service, field["type"]), (message, ours)
                assert ours.required is (field["min"] == "1" and not (ours.alias and ours.many)), (message, ours)
        for enum, words in service["enums"].items():
            assert sorted(table.enums[enum]) == sorted(words), enum
    nested = {message for message in table.messages if not message.endswith(("Request", "Response"))}
    assert set(table.messages) - named <= nested, "a message that the version does not have"


def shape(table: Version, type_: str) -> object:
    if type_ in table.texts:
        return table.texts[type_]
    return {"string": None, "decimal": "decimal"}.get(type_, type_)


def shape_of(service: dict[str, Any], type_: str) -> object:
    if type_ in service["string_max"]:
        return service["string_max"][type_]
    return {"string": None, "": "SampledValue", "DecimalOne": "decimal"}.get(type_, type_)


def test_both_drafts_of_a_1_5_meter_value_are_taken() -> None:
    for name in ("value", "values"):
        value = {"timestamp": "2026-05-04T05:00:00Z", name: [{"value": "3", "unit": "Wh"}]}
        reply = handle(session(V15), json.dumps([2, "1", "MeterValues", {"connectorId": 1, "values": [value]}]), START)
        assert reply.payload == b'[3,"1",{}]'
        assert len(reply.observations) == 1
