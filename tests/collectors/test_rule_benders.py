"""Stations that bend the rules, or lose an answer: what they say is understood as far as it can be, and counts once."""

from __future__ import annotations

import json
from typing import Any

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
    Status,
)
from monitor.core.quirks import Quirk
from monitor.decode.v2x_tables import V21, V201
from monitor.decode.v15 import V15
from monitor.decode.v16 import V16
from monitor.desk.session import Reply, not_stored, stored
from tests.collectors.calls import LONG_AGO, REQUESTS, answer, call
from tests.support.clocks import START
from tests.support.desks import View, session, v16_session


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
