"""Golden frames: what stations of every version send is answered and understood just as it was written down (tests/golden)."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import jsonschema_rs
import pytest

from monitor.decode.fields import json_schema
from monitor.decode.fields_v15 import FIELDS_15
from monitor.decode.soap import read_envelope
from tests.golden.play import (
    BY_VERSION,
    SOAP_BY_VERSION,
    expectations,
    expected_of,
    frames_of,
    played,
    records,
    soap_played,
    soap_records,
)
from tests.support.clients import PACKAGES

if TYPE_CHECKING:
    from pathlib import Path

RECORDS = records()
ENVELOPES = soap_records()
ENVELOPE_LIVES = [record for record in ENVELOPES if record.stem == "life"]
NAMES = [f"{record.parent.name}-{record.stem}" for record in RECORDS]
ERRORS_16 = {
    *("NotImplemented", "NotSupported", "InternalError", "ProtocolError", "SecurityError", "FormationViolation"),
    *("PropertyConstraintViolation", "OccurenceConstraintViolation", "TypeConstraintViolation", "GenericError"),
}
ERRORS_2X = {
    *("FormatViolation", "GenericError", "InternalError", "MessageTypeNotSupported", "NotImplemented", "NotSupported"),
    *("OccurrenceConstraintViolation", "PropertyConstraintViolation", "ProtocolError", "RpcFrameworkError", "SecurityError"),
    *("TypeConstraintViolation",),
}
ERRORS = {"1.5": ERRORS_16, "1.6": ERRORS_16, "2.0.1": ERRORS_2X, "2.1": ERRORS_2X}
"""Codes of a CALLERROR (OCPP-J 1.6 table 7; part 4 of 2.0.1 and 2.1, §4.3)."""


def response_schema(version: str, action: str) -> Any:
    return json_schema(FIELDS_15, f"{action}Response") if version == "1.5" else PACKAGES[version].response_schema(action)


@pytest.mark.parametrize("record", RECORDS + ENVELOPES, ids=[*NAMES, *(f"soap-{one.parent.name}-{one.stem}" for one in ENVELOPES)])
def test_frames_are_answered_and_understood_as_written_down(record: Path) -> None:
    assert expectations(record) == expected_of(record).read_text("utf-8"), "python -m tests.golden.rewrite writes it anew"


@pytest.mark.parametrize("record", RECORDS, ids=NAMES)
def test_what_is_written_down_is_right_by_the_specification(record: Path) -> None:
    """An answer has the id of its request and the form of its action's response; an error has a code of the version."""
    version = record.parent.name
    for (_, text), seen in zip(frames_of(record), played(record), strict=True):
        if seen["answer"] is None:
            assert json.loads(text)[0] != 2, "every call is answered"
            continue
        kind, identifier, *rest = json.loads(seen["answer"])
        if kind == 4:
            assert rest[0] in ERRORS[version]
            assert (len(rest), rest[2]) == (3, {})
            assert len(rest[1]) <= 255
            continue
        _, asked, action, _ = json.loads(text)
        assert (kind, identifier) == (3, asked)
        jsonschema_rs.validator_for(response_schema(version, action), validate_formats=True).validate(rest[0])


@pytest.mark.parametrize("version", list(BY_VERSION))
def test_a_life_holds_every_action_and_bends_no_rule(version: str) -> None:
    (life,) = [record for record in RECORDS if (record.parent.name, record.stem) == (version, "life")]
    sent = [json.loads(text) for _, text in frames_of(life)]
    assert {frame[2] for frame in sent if frame[0] == 2} == set(BY_VERSION[version].actions)
    outcomes = list(played(life))
    assert [one for one in outcomes if one["answer"] is not None and not one["answer"].startswith("[3,")] == []
    assert [one for one in outcomes if any(seen["type"] == "quirk" for seen in one["observations"])] == []


@pytest.mark.parametrize("version", list(BY_VERSION))
def test_the_rules_that_are_bent_are_bent_in_every_version(version: str) -> None:
    (bends,) = [record for record in RECORDS if (record.parent.name, record.stem) == (version, "bends")]
    outcomes = list(played(bends))
    quirks = {seen["quirk"] for one in outcomes for seen in one["observations"] if seen["type"] == "quirk"}
    errors = {json.loads(one["answer"])[2] for one in outcomes if one["answer"] is not None and one["answer"].startswith("[4,")}
    assert quirks >= {"no_boot", "wrong_clock", "unknown_value", "vendor_field", "null_value", "long_text", "repeated_id"}
    assert len(errors) >= 6


@pytest.mark.parametrize("record", ENVELOPE_LIVES, ids=[one.parent.name for one in ENVELOPE_LIVES])
def test_a_life_of_envelopes_holds_every_action_and_is_answered_in_its_own(record: Path) -> None:
    version = SOAP_BY_VERSION[record.parent.name]
    sent = [read_envelope(text.encode()) for _, text in frames_of(record)]
    actions = {f"{one.name[:1].upper()}{one.name[1:]}".removesuffix("Request") for one in sent}
    assert actions == set(version.dialect.actions)
    outcomes = list(soap_played(record))
    for request, outcome in zip(sent, outcomes, strict=True):
        answer = read_envelope(outcome["answer"].encode())
        assert (answer.namespace, answer.name) == (version.from_station, request.name.replace("Request", "Response"))
        assert ("RelatesTo" in outcome["answer"], request.message_id in outcome["answer"]) == (request.addressed, True)
        payload = version.codec.read(f"{answer.name[:1].upper()}{answer.name[1:]}", answer.body)
        assert version.dialect.fields is not None
        schema = json_schema(version.dialect.fields, f"{answer.name[:1].upper()}{answer.name[1:]}")
        jsonschema_rs.validator_for(schema, validate_formats=True).validate(payload)
    seen = [one["type"] for outcome in outcomes for one in outcome["observations"]]
    assert "quirk" not in seen
    assert (seen.count("session_started"), seen.count("session_ended")) == (1, 1)


@pytest.mark.parametrize("version", list(SOAP_BY_VERSION))
def test_the_rules_that_are_bent_in_envelopes_are_refused_and_understood(version: str) -> None:
    (bends,) = [record for record in ENVELOPES if (record.parent.name, record.stem) == (version, "bends")]
    outcomes = list(soap_played(bends))
    quirks = {seen["quirk"] for one in outcomes for seen in one["observations"] if seen["type"] == "quirk"}
    assert quirks >= {"no_boot", "wrong_clock", "unknown_value", "vendor_field"}
    faults = [read_envelope(one["answer"].encode()).name for one in outcomes].count("Fault")
    assert faults == 7
