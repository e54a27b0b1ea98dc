"""A frame in, a reply out: every action of 1.6 is answered by its schema, every fault by its code (OCPP-J 1.6 §4.2.3)."""

from __future__ import annotations

import importlib.resources
import json
from datetime import timedelta
from typing import Any

import jsonschema_rs
import pytest

from monitor.collectors.ocppj.session import ask, handle
from monitor.core.health_state import Connector, HealthState
from monitor.core.health_state import Session as Charging
from monitor.core.observations import (
    Backlog,
    Booted,
    ConnectorReported,
    QuirkSeen,
    SecurityReported,
    SessionEnded,
    SessionStarted,
    Status,
)
from monitor.core.quirks import Quirk
from monitor.decode.claims import write_instant
from monitor.decode.v2x_tables import V21, V201
from monitor.decode.v15 import V15
from monitor.decode.v16 import V16
from monitor.desk.session import Reply, Session, not_stored, stored
from tests.support.clocks import START
from tests.support.desks import View, session, v16_session

LONG_AGO = write_instant(START - timedelta(hours=1))
NOW = write_instant(START)

REQUESTS: dict[str, dict[str, Any]] = {
    "Authorize": {"idTag": "A1"},
    "BootNotification": {"chargePointVendor": "Elektra", "chargePointModel": "Duo 22", "firmwareVersion": "1.2", "iccid": "89352"},
    "DataTransfer": {"vendorId": "x", "data": "<script>"},
    "DiagnosticsStatusNotification": {"status": "Uploading"},
    "FirmwareStatusNotification": {"status": "Installed"},
    "LogStatusNotification": {"status": "Uploaded"},
    "SecurityEventNotification": {"type": "TamperDetectionActivated", "timestamp": NOW, "techInfo": "lid"},
    "SignCertificate": {"csr": "-----BEGIN CERTIFICATE REQUEST-----"},
    "SignedFirmwareStatusNotification": {"status": "Installed", "requestId": 1},
    "Heartbeat": {},
    "MeterValues": {"connectorId": 1, "meterValue": [{"timestamp": NOW, "sampledValue": [{"value": "21.4"}]}]},
    "StartTransaction": {"connectorId": 1, "idTag": "A1", "meterStart": 5, "timestamp": NOW},
    "StatusNotification": {"connectorId": 1, "errorCode": "NoError", "status": "Available"},
    "StopTransaction": {"transactionId": 1, "meterStop": 9, "timestamp": NOW, "idTag": "A1", "reason": "Local"},
}


def call(session: Session, action: str, payload: Any, identifier: str = "1") -> Reply:
    return handle(session, json.dumps([2, identifier, action, payload]), START)


def answer(reply: Reply) -> Any:
    assert reply.payload is not None
    return json.loads(reply.payload)


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
    again = call(session, "StatusNotification", {**REQUESTS["StatusNotification"], "timestamp": LONG_AGO})
    assert again.observations == ()
    assert not again.after_commit
    faulted = {"connectorId": 1, "errorCode": "GroundFailure", "status": "Faulted", "info": "RCD"}
    assert call(session, "StatusNotification", faulted).after_commit


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


# ---------------------------------------------------------------------------------------------------------- rule-benders


def quirks(reply: Reply) -> list[Quirk]:
    return [one.quirk for one in reply.observations if isinstance(one, QuirkSeen)]


@pytest.mark.parametrize(
    ("action", "payload", "seen"),
    [
        ("Heartbeat", None, Quirk.NULL_VALUE),
        ("Heartbeat", {"x": 1}, Quirk.VENDOR_FIELD),
        ("BootNotification", {**REQUESTS["BootNotification"], "meterType": None}, Quirk.NULL_VALUE),
        ("BootNotification", {**REQUESTS["BootNotification"], "chargePointModel": "M" * 30}, Quirk.LONG_TEXT),
        ("BootNotification", {**REQUESTS["BootNotification"], "wallbox": {"a": [1]}}, Quirk.VENDOR_FIELD),
        ("StopTransaction", {**REQUESTS["StopTransaction"], "reason": "Boredom"}, Quirk.UNKNOWN_VALUE),
        ("StatusNotification", {**REQUESTS["StatusNotification"], "timestamp": "1970-01-01T00:00:09Z"}, Quirk.WRONG_CLOCK),
        ("StatusNotification", {**REQUESTS["StatusNotification"], "timestamp": "2041-01-01T00:00:09Z"}, Quirk.WRONG_CLOCK),
    ],
)
def test_a_rule_bender_is_served_and_remembered_once(action: str, payload: Any, seen: Quirk) -> None:
    served = v16_session()
    first = call(served, action, payload)
    assert answer(first)[0] == 3
    assert quirks(first) == [seen]
    assert quirks(call(served, action, payload, "2")) == []


def test_an_unknown_status_is_taken_although_its_sender_is_told_the_error() -> None:
    served = v16_session()
    reply = call(served, "StatusNotification", {"connectorId": 1, "errorCode": "MeltDown", "status": "Exploded"}, "id-1")
    assert answer(reply)[:3] == [4, "id-1", "PropertyConstraintViolation"]
    taken = reply.observations[0]
    assert isinstance(taken, ConnectorReported)
    assert (taken.status, taken.info, taken.error) == (Status.UNKNOWN, "Exploded", "MeltDown")
    assert reply.after_commit
    assert quirks(reply) == [Quirk.UNKNOWN_VALUE]


def test_a_record_that_is_sent_again_gets_the_same_answer_and_has_no_second_effect() -> None:
    served = v16_session()
    first = call(served, "StartTransaction", REQUESTS["StartTransaction"], "77")
    again = call(served, "StartTransaction", REQUESTS["StartTransaction"], "77")
    assert again.payload == first.payload
    assert again.after_commit, "the first may not be stored yet"
    assert quirks(again) == [Quirk.REPEATED_ID]
    assert len(again.observations) == 1
    third = call(served, "StartTransaction", REQUESTS["StartTransaction"], "77")
    assert (third.payload, third.observations) == (first.payload, ())
    stored(served, third)
    assert (
        answer(call(served, "StartTransaction", {**REQUESTS["StartTransaction"], "meterStart": 6}, "77"))[2]["transactionId"] == 2
    )


def test_what_could_not_be_stored_is_taken_anew_when_it_is_sent_again() -> None:
    served = v16_session()
    first = call(served, "StopTransaction", REQUESTS["StopTransaction"], "77")
    assert json.loads(not_stored(served, first))[2] == "InternalError"
    assert isinstance(call(served, "StopTransaction", REQUESTS["StopTransaction"], "77").observations[0], SessionEnded)


def test_two_boots_in_the_same_words_are_two_boots() -> None:
    served = v16_session()
    for _ in range(2):
        assert isinstance(call(served, "BootNotification", REQUESTS["BootNotification"]).observations[0], Booted)


def test_a_transaction_that_is_open_keeps_its_number_after_our_restart() -> None:
    served = v16_session()
    charging = Charging(transaction="4711", since=START, meter_wh=5, stamped=START)
    view = served.desk.view
    assert isinstance(view, View)
    point = Connector(connector="1", status=Status.CHARGING, since=START, reported_at=START, session=charging)
    view.state = HealthState(connectors=(point,))
    assert answer(call(served, "StartTransaction", REQUESTS["StartTransaction"]))[2]["transactionId"] == 4711
    other = {**REQUESTS["StartTransaction"], "timestamp": LONG_AGO}
    assert answer(call(served, "StartTransaction", other))[2]["transactionId"] == 1
    unclear = {**REQUESTS["StartTransaction"], "timestamp": "1970-01-01T00:00:00Z"}
    assert answer(call(served, "StartTransaction", unclear))[2]["transactionId"] == 2


def test_who_speaks_before_it_is_registered_is_served_and_remembered() -> None:
    served = session(booted=False)
    assert quirks(call(served, "Heartbeat", {})) == [Quirk.NO_BOOT]
    boot = call(served, "BootNotification", REQUESTS["BootNotification"], "b")
    assert quirks(boot) == []
    early = call(served, "StatusNotification", REQUESTS["StatusNotification"])
    assert quirks(early) == [Quirk.EARLY_FRAME]
    assert early.after_commit
    stored(served, boot)
    assert call(served, "Heartbeat", {}).observations == ()


@pytest.mark.parametrize(
    ("said", "seen", "answers"),
    [
        ([3, "?", {"status": "Accepted"}], [], True),
        ([3, "?", {"listVersion": 0}], [], True),
        ([3, "?", {"status": "NotImplemented"}], [Quirk.NO_TRIGGER], False),
        ([4, "?", "NotImplemented", "", {}], [Quirk.NO_TRIGGER], False),
        ([4, "?", "GenericError", "", {}], [], None),
        ([3, "?", "yes"], [Quirk.WRONG_ANSWER], None),
        ([3, "?"], [Quirk.WRONG_ANSWER], None),
    ],
)
def test_what_it_answers_to_a_question_tells_what_it_can(said: list[Any], seen: list[Quirk], *, answers: bool | None) -> None:
    served = v16_session()
    asked = json.loads(ask(served, 1))
    assert handle(served, json.dumps([3, "another", "yes"]), START).observations == ()
    assert asked[2:] == ["TriggerMessage", {"requestedMessage": "Heartbeat"}]
    reply = handle(served, json.dumps([asked[1] if part == "?" else part for part in said]), START)
    assert reply.payload is None
    assert quirks(reply) == seen
    assert served.trace.answers is answers
    assert handle(served, json.dumps([3, asked[1], "again"]), START).observations == (), "it is answered once"


@pytest.mark.parametrize(("dialect", "code"), [(V15, None), (V16, None), (V201, "MessageTypeNotSupported")])
def test_an_unknown_message_type_is_answered_as_the_version_says(dialect: Any, code: str | None) -> None:
    reply = handle(session(dialect), json.dumps([9, "x", "y", {}]), START)
    assert (None if reply.payload is None else json.loads(reply.payload)[2]) == code


def test_an_unanswered_message_of_2_1_is_mere_life() -> None:
    served = session(V21)
    assert handle(served, json.dumps([6, "x", "NotifyPeriodicEventStream", {}]), START).payload is None
    assert served.slot.invalid == 0
    assert served.slot.last_seen == START


def test_the_frames_are_kept_for_whoever_looks() -> None:
    served = v16_session()
    call(served, "SecurityEventNotification", REQUESTS["SecurityEventNotification"])
    assert isinstance(served.trace.frames[0][2], str)
    assert served.trace.messages == 1
    reported = call(served, "SecurityEventNotification", {**REQUESTS["SecurityEventNotification"], "timestamp": LONG_AGO})
    assert [type(one) for one in reported.observations] == [SecurityReported, Backlog]
