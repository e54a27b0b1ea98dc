"""What can be understood of a payload that its schema does not allow, and what stays refused."""

from __future__ import annotations

from typing import Any

import jsonschema_rs
import pytest

from monitor.core.quirks import Quirk
from monitor.decode.dialect import Fault
from monitor.decode.mending import MOST_MENDS, Mended
from monitor.decode.v2x_tables import V201
from monitor.decode.v16 import V16
from monitor.desk.schemas import Schemas

NOW = "2026-05-04T06:00:00Z"
SCHEMAS = {"1.6": Schemas(V16), "2.0.1": Schemas(V201)}
STATUS = {"connectorId": 1, "errorCode": "NoError", "status": "Available"}


def mend(action: str, payload: Any, version: str = "1.6") -> Mended | tuple[Fault, str]:
    return SCHEMAS[version].mend(action, payload)


def taken(action: str, payload: Any, version: str = "1.6") -> Mended:
    mended = mend(action, payload, version)
    assert isinstance(mended, Mended), mended
    return mended


def test_the_payload_itself_is_not_changed() -> None:
    payload = {**STATUS, "x": {"y": [1]}, "info": None}
    before = repr(payload)
    assert taken("StatusNotification", payload).payload == STATUS
    assert repr(payload) == before


def test_every_bend_is_named_with_its_place() -> None:
    value = {"value": "1", "unit": "Furlong", "colour": "red", "phase": None}
    payload = {"connectorId": 1, "meterValue": [{"timestamp": NOW, "sampledValue": [value]}]}
    mended = taken("MeterValues", payload)
    assert mended.payload["meterValue"][0]["sampledValue"] == [{"value": "1"}]
    assert dict(mended.quirks) == {
        Quirk.UNKNOWN_VALUE: "unit=Furlong",
        Quirk.VENDOR_FIELD: "meterValue/0/sampledValue/0/colour",
        Quirk.NULL_VALUE: "phase",
    }
    assert mended.fault is None


def test_unknown_words_in_required_fields_are_taken_and_their_sender_is_told() -> None:
    mended = taken("StatusNotification", {"connectorId": 1, "errorCode": "MeltDown", "status": "Exploded"})
    assert (mended.payload["errorCode"], mended.payload["status"]) == ("MeltDown", "Exploded")
    assert mended.fault is not None
    assert mended.fault[0] is Fault.PROPERTY
    nested = {
        "eventType": "Begun",
        "timestamp": NOW,
        "triggerReason": "Whim",
        "seqNo": 0,
        "transactionInfo": {"transactionId": "T", "chargingState": "Dreaming"},
    }
    mended = taken("TransactionEvent", nested, "2.0.1")
    assert mended.payload["eventType"] == "Begun"
    assert mended.payload["transactionInfo"] == {"transactionId": "T"}
    assert mended.fault is not None


@pytest.mark.parametrize(
    ("action", "payload", "fault"),
    [
        ("StatusNotification", {**STATUS, "status": None}, Fault.TYPE),
        ("StatusNotification", {**STATUS, "connectorId": "1"}, Fault.TYPE),
        ("StatusNotification", {**STATUS, "status": 5}, Fault.TYPE),
        ("StatusNotification", {"status": "Available"}, Fault.OCCURRENCE),
        ("Authorize", {"idTag": "x" * 21}, Fault.PROPERTY),
        ("StatusNotification", [], Fault.FORMATION),
        ("StatusNotification", "x", Fault.FORMATION),
        ("MeterValues", {"connectorId": 1, "meterValue": [None]}, Fault.TYPE),
    ],
)
def test_what_costs_meaning_is_refused(action: str, payload: Any, fault: Fault) -> None:
    refused = mend(action, payload)
    assert not isinstance(refused, Mended)
    assert refused[0] is fault
    assert refused[1]


def test_a_payload_full_of_bends_is_refused() -> None:
    values = [{"value": "1", "unit": "Furlong"} for _ in range(MOST_MENDS + 1)]
    refused = mend("MeterValues", {"connectorId": 1, "meterValue": [{"timestamp": NOW, "sampledValue": values}]})
    assert not isinstance(refused, Mended)
    assert refused[0] is Fault.FORMATION


def test_deep_nesting_is_refused() -> None:
    deep: Any = []
    for _ in range(5_000):
        deep = [deep]
    refused = mend("DataTransfer", {"vendorId": "x", "data": deep})
    assert not isinstance(refused, Mended)
    assert refused[0] in (Fault.FORMATION, Fault.TYPE)


def test_what_was_mended_is_valid() -> None:
    payload = {**STATUS, "x": 1, "vendorErrorCode": "e" * 90, "timestamp": None}
    mended = taken("StatusNotification", payload)
    validator = jsonschema_rs.validator_for({"type": "object", "maxProperties": 4})
    assert validator.is_valid(mended.payload)
    assert SCHEMAS["1.6"].is_valid["StatusNotification"](mended.payload)
    assert (Quirk.LONG_TEXT, "vendorErrorCode") in mended.quirks
