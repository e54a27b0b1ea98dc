"""A frame in, a reply out: every action of 1.6 is answered by its schema, every fault by its code (OCPP-J 1.6 §4.2.3)."""

from __future__ import annotations

import importlib.resources
import json
from datetime import timedelta
from typing import Any

import jsonschema_rs
import pytest

from monitor.collectors.ocppj.session import handle
from monitor.core.observations import (
    Backlog,
    Booted,
    ConnectorReported,
    QuirkSeen,
    SessionEnded,
    SessionStarted,
    Status,
)
from monitor.core.quirks import Quirk
from monitor.desk.session import Reply, not_stored, stored
from tests.collectors.calls import LONG_AGO, NOW, REQUESTS, answer, call
from tests.support.clocks import START
from tests.support.desks import v16_session


@pytest.mark.parametrize("action", list(REQUESTS))
def test_every_action_is_answered_by_its_schema(action: str) -> None:
    session = v16_session()
    kind, identifier, payload = answer(call(session, action, REQUESTS[action], "x-7"))
    folder = importlib.resources.files("ocpp.v16") / "schemas"
    schema = json.loads((folder / f"{action}Response.json").read_text("utf-8-sig"))
    jsonschema_rs.validator_for(schema, validate_formats=True).validate(payload)
    assert (kind, identifier) == (3, "x-7")
    assert session.slot.last_seen == START
    assert session.desk.messages["1.6", action] == 1


def test_the_table_answers_every_station_initiated_action() -> None:
    assert set(v16_session().desk.dialect.actions) == set(REQUESTS)


def test_a_boot_is_told_its_interval_and_is_safe_before_it_is_answered() -> None:
    reply = call(v16_session(heartbeat_s=77), "BootNotification", REQUESTS["BootNotification"])
    assert answer(reply)[2] == {"currentTime": NOW, "interval": 77, "status": "Accepted"}
    (booted,) = reply.observations
    assert isinstance(booted, Booted)
    assert (booted.vendor, booted.firmware, booted.iccid, booted.interval_s) == ("Elektra", "1.2", "89352", 77)
    assert reply.after_commit
    assert json.loads(not_stored(v16_session(), reply))[:3] == [4, "1", "InternalError"]


def test_a_heartbeat_is_mere_life() -> None:
    reply = call(v16_session(), "Heartbeat", {})
    assert answer(reply)[2] == {"currentTime": NOW}
    assert reply.observations == ()
    assert not reply.after_commit


def test_a_changed_status_waits_for_its_commit_and_an_equal_one_does_not() -> None:
    session = v16_session()
    first = call(session, "StatusNotification", REQUESTS["StatusNotification"])
    (seen,) = first.observations
    assert isinstance(seen, ConnectorReported)
    assert (seen.connector, seen.status, seen.error) == ("1", Status.AVAILABLE, "")
    assert first.after_commit
    unsure = call(session, "StatusNotification", REQUESTS["StatusNotification"])
    assert unsure.after_commit, "until the first is stored, the same again waits with it"
    stored(session, first)
    stored(session, unsure)
    again = call(session, "StatusNotification", {**REQUESTS["StatusNotification"], "timestamp": LONG_AGO})
    assert again.observations == ()
    assert not again.after_commit
    faulted = {"connectorId": 1, "errorCode": "GroundFailure", "status": "Faulted", "info": "RCD"}
    assert call(session, "StatusNotification", faulted).after_commit


def test_a_status_is_new_as_long_as_what_was_said_after_it_is_not_stored() -> None:
    """Beside a platform one comes before the last is stored: a connector that is free again must not stay charging."""
    session = v16_session()
    free = REQUESTS["StatusNotification"]
    stored(session, call(session, "StatusNotification", free))
    charging = call(session, "StatusNotification", {**free, "status": "Charging"})
    over = call(session, "StatusNotification", free)
    assert over.observations != ()
    stored(session, charging)
    assert call(session, "StatusNotification", free).observations != ()
    stored(session, over)
    assert call(session, "StatusNotification", free).observations != (), "that is not the last"


def test_a_transaction_is_numbered_kept_and_ended() -> None:
    session = v16_session()
    started = call(session, "StartTransaction", REQUESTS["StartTransaction"])
    assert answer(started)[2] == {"transactionId": 1, "idTagInfo": {"status": "Accepted"}}
    assert isinstance(started.observations[0], SessionStarted)
    assert started.after_commit
    stopped = call(session, "StopTransaction", REQUESTS["StopTransaction"])
    assert answer(stopped)[2] == {"idTagInfo": {"status": "Accepted"}}
    assert isinstance(stopped.observations[0], SessionEnded)
    bare = {key: REQUESTS["StopTransaction"][key] for key in ("transactionId", "meterStop", "timestamp")}
    assert answer(call(session, "StopTransaction", bare))[2] == {}


def test_a_refused_card_is_told_so_and_starts_no_session() -> None:
    session = v16_session()
    assert answer(call(session, "Authorize", {"idTag": "BAD"}))[2] == {"idTagInfo": {"status": "Invalid"}}
    refused = call(session, "StartTransaction", {**REQUESTS["StartTransaction"], "idTag": "BAD"})
    assert answer(refused)[2]["idTagInfo"] == {"status": "Invalid"}
    assert refused.observations == ()
    late = call(session, "StartTransaction", {**REQUESTS["StartTransaction"], "idTag": "BAD", "timestamp": LONG_AGO})
    assert isinstance(late.observations[0], Backlog)


def test_old_meter_values_prove_that_the_station_lived() -> None:
    session = v16_session()
    fresh = call(session, "MeterValues", REQUESTS["MeterValues"])
    assert not any(isinstance(one, Backlog) for one in fresh.observations)
    assert not fresh.after_commit
    values = [{"timestamp": stamp, "sampledValue": [{"value": "1"}]} for stamp in (NOW, LONG_AGO, "yesterday")]
    queued = call(session, "MeterValues", {"connectorId": 1, "meterValue": values})
    assert queued.observations[0] == Backlog(at=START, generated_at=START - timedelta(hours=1))
    assert [one.quirk for one in queued.observations[1:] if isinstance(one, QuirkSeen)] == [Quirk.WRONG_CLOCK]
    assert queued.after_commit


@pytest.mark.parametrize(
    ("action", "payload", "code"),
    [
        ("Dance", {}, "NotImplemented"),
        ("", {}, "NotImplemented"),
        ("Reset", {"type": "Soft"}, "NotSupported"),
        ("SecurityEventNotification", {}, "OccurenceConstraintViolation"),
        ("Heartbeat", 7, "FormationViolation"),
        ("Heartbeat", [], "FormationViolation"),
        ("StatusNotification", {"connectorId": 1, "errorCode": "NoError"}, "OccurenceConstraintViolation"),
        ("MeterValues", {"connectorId": 1, "meterValue": []}, "OccurenceConstraintViolation"),
        ("StatusNotification", {"connectorId": "1", "errorCode": "NoError", "status": "Available"}, "TypeConstraintViolation"),
        ("StatusNotification", {"connectorId": 1, "errorCode": None, "status": "Available"}, "TypeConstraintViolation"),
        ("Authorize", {"idTag": "x" * 21}, "PropertyConstraintViolation"),
    ],
)
def test_what_is_invalid_counts_as_life_and_is_answered_with_its_code(action: str, payload: Any, code: str) -> None:
    session = v16_session()
    reply = call(session, action, payload, "id-1")
    kind, identifier, said, description, details = answer(reply)
    assert (kind, identifier, said, details) == (4, "id-1", code, {})
    assert description
    assert session.slot.last_seen == START
    assert session.slot.invalid == 1
    assert reply.observations == ()


@pytest.mark.parametrize("text", ["null", "[]", "{}", "[2]", "x", "[" * 9999])
def test_what_is_no_frame_is_answered_to_nobody_in_particular(text: str) -> None:
    session = v16_session()
    reply = handle(session, text, START)
    assert answer(reply)[:3] == [4, "-1", "FormationViolation"]
    assert session.slot.invalid == 1


def test_an_unknown_message_type_is_ignored_and_counted() -> None:
    session = v16_session()
    assert handle(session, '[9,"1",{}]', START) == Reply(None)
    assert session.slot.invalid == 1


def test_an_answer_to_nothing_is_ignored() -> None:
    session = v16_session()
    assert handle(session, '[3,"1",{}]', START) == Reply(None)
    assert session.slot.invalid == 0


def test_unknown_actions_share_one_label() -> None:
    session = v16_session()
    for number in range(50):
        call(session, f"Evil{number}", {})
    assert set(session.desk.messages) == {("1.6", "other")}


@pytest.mark.parametrize("value", [2**63, 10**40, -(2**31)])
def test_huge_numbers_are_text_before_they_reach_anything(value: int) -> None:
    session = v16_session()
    text = json.dumps([2, "1", "StatusNotification", {"connectorId": value, "errorCode": "NoError", "status": "Available"}])
    reply = handle(session, text, START)
    assert reply.payload is not None


def test_a_description_carries_no_control_characters() -> None:
    session = v16_session()
    reply = call(session, "StatusNotification", {"connectorId": 1, "errorCode": "No\r\nError\u202e", "status": "Available"})
    assert answer(reply)[3].isprintable()


class _Broken:
    """A counter that cannot answer."""

    def authorize(self, id_tag: str) -> Any:
        raise RuntimeError(id_tag)

    def next_transaction(self) -> int:
        raise RuntimeError


def test_a_message_that_cannot_be_taken_is_answered_and_the_next_one_served() -> None:
    session = v16_session()
    session.desk.counter = _Broken()
    assert answer(call(session, "Authorize", {"idTag": "A"}))[2] == "InternalError"
    assert answer(call(session, "Heartbeat", {}))[0] == 3


NINES = 10**4298 - 1


@pytest.mark.parametrize(
    ("action", "field"),
    [
        ("StartTransaction", "connectorId"),
        ("StatusNotification", "connectorId"),
    ],
)
@pytest.mark.parametrize("value", [NINES, -NINES, 2**64])
def test_a_number_that_nothing_can_hold_is_refused_at_the_edge(action: str, field: str, value: int) -> None:
    session = v16_session()
    text = json.dumps([2, "1", action, {**REQUESTS[action], field: 0}]).replace(f'"{field}": 0', f'"{field}": {value}')
    reply = handle(session, text, START)
    assert answer(reply)[2] in ("PropertyConstraintViolation", "FormationViolation")
    assert reply.observations == ()


@pytest.mark.parametrize(
    ("action", "field"),
    [("StartTransaction", "meterStart"), ("StopTransaction", "meterStop"), ("StopTransaction", "transactionId")],
)
@pytest.mark.parametrize("value", [-(2**60), 2**64])
def test_a_record_of_a_transaction_is_taken_whatever_its_numbers(action: str, field: str, value: int) -> None:
    reply = handle(v16_session(), json.dumps([2, "1", action, {**REQUESTS[action], field: value}]), START)
    assert answer(reply)[0] == 3
    seen = [one for one in reply.observations if isinstance(one, SessionStarted | SessionEnded)]
    if field == "transactionId":
        assert seen == [], "a number that we never gave ends nothing"
    else:
        assert [one.meter_wh for one in seen] == [None]


@pytest.mark.parametrize("depth", [300, 800])
@pytest.mark.parametrize("action", ["Heartbeat", "StatusNotification", "DataTransfer"])
def test_a_payload_that_is_nested_deeply_is_answered(action: str, depth: int) -> None:
    session = v16_session()
    reply = handle(session, f'[2,"n","{action}",{{"a":{"[" * depth}{"]" * depth}}}]', START)
    assert answer(reply)[:2] == [4, "n"]


def test_what_a_socket_remembers_has_an_end() -> None:
    session = v16_session()
    for number in range(300):
        stored(session, call(session, "StatusNotification", {**REQUESTS["StatusNotification"], "connectorId": number}))
    assert session.said is not None
    assert len(session.said) <= 128
