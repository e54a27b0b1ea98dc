"""What the messages of 2.0.1 and 2.1 mean to the health model."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any

import pytest

from monitor.collectors.ocppj.session import handle
from monitor.core.observations import (
    Backlog,
    Booted,
    ConnectorReported,
    EquipmentReported,
    Metered,
    QuirkSeen,
    SecurityReported,
    SessionEnded,
    SessionStarted,
    Status,
)
from monitor.core.quirks import Quirk
from monitor.decode.claims import write_instant
from monitor.decode.v2x_tables import V21, V201
from monitor.desk.session import MOST_SAID, Reply, Session
from tests.support.clocks import START
from tests.support.desks import session

NOW = write_instant(START)
LONG_AGO = write_instant(START - timedelta(hours=1))
RECENTLY = write_instant(START - timedelta(seconds=20))


def call(served: Session, action: str, payload: Any) -> Reply:
    return handle(served, json.dumps([2, "1", action, payload]), START)


def result(reply: Reply) -> Any:
    assert reply.payload is not None
    kind, _, payload = json.loads(reply.payload)
    assert kind == 3, payload
    return payload


def event(kind: str, **more: Any) -> dict[str, Any]:
    return {
        "eventType": kind,
        "timestamp": NOW,
        "triggerReason": "Authorized",
        "seqNo": 0,
        "transactionInfo": {"transactionId": "T1"},
        **more,
    }


def reading(value: float, **more: Any) -> list[dict[str, Any]]:
    return [{"timestamp": NOW, "sampledValue": [{"value": 7, "measurand": "Voltage"}, {"value": value, **more}]}]


def test_a_boot_says_why_and_who() -> None:
    payload = {
        "reason": "Watchdog",
        "chargingStation": {"vendorName": "Elektra", "model": "Duo", "modem": {"iccid": "8935", "imsi": "270"}},
    }
    reply = call(session(V201, heartbeat_s=77), "BootNotification", payload)
    assert result(reply) == {"currentTime": NOW, "interval": 77, "status": "Accepted"}
    (booted,) = reply.observations
    assert isinstance(booted, Booted)
    assert (booted.reason, booted.vendor, booted.iccid, booted.imsi, booted.serial) == ("Watchdog", "Elektra", "8935", "270", "")
    assert reply.after_commit


@pytest.mark.parametrize(("evse", "connector", "name"), [(0, 0, "0"), (1, 1, "1.1"), (2, 3, "2.3"), (2, 0, "2")])
def test_a_status_names_evse_and_connector(evse: int, connector: int, name: str) -> None:
    payload = {"timestamp": NOW, "connectorStatus": "Occupied", "evseId": evse, "connectorId": connector}
    seen = call(session(V21), "StatusNotification", payload).observations[0]
    assert isinstance(seen, ConnectorReported)
    assert (seen.connector, seen.status) == (name, Status.OCCUPIED)


def test_an_unknown_status_is_kept_as_a_word() -> None:
    payload = {"timestamp": NOW, "connectorStatus": "Exploded", "evseId": 1, "connectorId": 1}
    reply = call(session(V201), "StatusNotification", payload)
    seen = reply.observations[0]
    assert isinstance(seen, ConnectorReported)
    assert (seen.status, seen.info) == (Status.UNKNOWN, "Exploded")
    assert reply.payload is not None
    assert json.loads(reply.payload)[2] == "PropertyConstraintViolation"


def test_a_transaction_begins_goes_on_and_ends() -> None:
    served = session(V201)
    begun = event("Started", evse={"id": 1, "connectorId": 1}, meterValue=reading(1.5, unitOfMeasure={"unit": "kWh"}))
    started = call(served, "TransactionEvent", {**begun, "idToken": {"idToken": "A1", "type": "ISO14443"}})
    assert result(started) == {"idTokenInfo": {"status": "Accepted"}}
    assert started.observations == (SessionStarted(at=START, connector="1.1", transaction="T1", stamped=START, meter_wh=1500),)
    assert started.after_commit
    going = call(served, "TransactionEvent", event("Updated", seqNo=1, meterValue=reading(2000)))
    assert result(going) == {}
    assert (going.observations, going.after_commit) == ((Metered(at=START, transaction="T1", meter_wh=2000),), False)
    assert call(served, "TransactionEvent", event("Updated", seqNo=2)).observations == ()
    stop = event("Ended", seqNo=3, transactionInfo={"transactionId": "T1", "stoppedReason": "EVDisconnected"})
    ended = call(served, "TransactionEvent", {**stop, "meterValue": reading(1, unitOfMeasure={"multiplier": 4}) + reading(9)})
    assert ended.observations == (SessionEnded(at=START, transaction="T1", stamped=START, meter_wh=9, reason="EVDisconnected"),)


def test_a_jump_in_the_numbers_of_a_transaction_tells_of_lost_messages() -> None:
    def quirks(served: Session, kind: str, number: int, transaction: str = "T1") -> list[str]:
        told = call(served, "TransactionEvent", event(kind, seqNo=number, transactionInfo={"transactionId": transaction}))
        return [seen.detail for seen in told.observations if isinstance(seen, QuirkSeen)]

    served = session(V201)
    assert quirks(served, "Started", 0) == []
    assert quirks(served, "Updated", 7, "T2") == [], "what came before on another socket is not known"
    assert quirks(served, "Updated", 1) == quirks(served, "Updated", 1) == []
    assert quirks(served, "Updated", -1) == quirks(served, "Updated", 10**30) == []
    assert quirks(served, "Updated", 4) == ["T1: 4 after 1"]
    assert quirks(session(V21), "Ended", 9) == []
    ended = session(V21)
    quirks(ended, "Started", 0)
    assert quirks(ended, "Ended", 2) == ["T1: 2 after 0"]
    assert ended.numbers == {}
    for number in range(MOST_SAID + 9):
        quirks(ended, "Started", 0, f"T{number}")
    assert ended.numbers is not None
    assert len(ended.numbers) == MOST_SAID


def test_where_a_transaction_is_may_be_said_later() -> None:
    served = session(V201)
    assert call(served, "TransactionEvent", event("Started")).observations == (
        SessionStarted(at=START, connector="", transaction="T1", stamped=START),
    )
    placed = call(served, "TransactionEvent", event("Updated", evse={"id": 2}))
    assert placed.observations == (SessionStarted(at=START, connector="2", transaction="T1", stamped=START),)


@pytest.mark.parametrize("kind", ["Started", "Updated", "Ended"])
def test_what_was_made_offline_proves_that_the_station_lived(kind: str) -> None:
    reply = call(session(V201), "TransactionEvent", event(kind, offline=True, timestamp=RECENTLY))
    backlog = Backlog(at=START, generated_at=START - timedelta(seconds=20))
    assert reply.observations[-1] == backlog
    assert reply.after_commit
    prompt = call(session(V201), "TransactionEvent", event(kind, timestamp=RECENTLY))
    assert backlog not in prompt.observations
    old = call(session(V201), "TransactionEvent", event(kind, timestamp=LONG_AGO))
    assert old.observations[-1] == Backlog(at=START, generated_at=START - timedelta(hours=1))


def test_a_refused_card_begins_no_session() -> None:
    payload = event("Started", idToken={"idToken": "BAD1", "type": "Central"})
    reply = call(session(V201), "TransactionEvent", payload)
    assert result(reply) == {"idTokenInfo": {"status": "Invalid"}}
    assert reply.observations == ()
    authorized = call(session(V201), "Authorize", {"idToken": {"idToken": "BAD1", "type": "Central"}})
    assert result(authorized) == {"idTokenInfo": {"status": "Invalid"}}


@pytest.mark.parametrize(
    "values",
    [
        reading(5, unitOfMeasure={"unit": "varh"}),
        reading(5, unitOfMeasure={"multiplier": 300}),
        reading(5, phase="L1"),
        reading(1e300),
        reading(-(2**60)),
        [{"timestamp": NOW, "sampledValue": [{"value": 5, "measurand": "Current.Import"}]}],
    ],
)
def test_what_is_no_meter_reading_is_none(values: list[dict[str, Any]]) -> None:
    (started,) = call(session(V201), "TransactionEvent", event("Started", meterValue=values)).observations
    assert isinstance(started, SessionStarted)
    assert started.meter_wh is None


def test_old_meter_values_prove_life_too() -> None:
    served = session(V201)
    fresh = {"evseId": 1, "meterValue": reading(5)}
    assert call(served, "MeterValues", fresh).observations == ()
    old = {"evseId": 1, "meterValue": [{**reading(5)[0], "timestamp": LONG_AGO}, *reading(6)]}
    assert call(served, "MeterValues", old).observations == (Backlog(at=START, generated_at=START - timedelta(hours=1)),)


def test_events_of_components_are_told_and_availability_is_a_status() -> None:
    def item(number: int, component: dict[str, Any], variable: str, value: str, **more: Any) -> dict[str, Any]:
        fixed = {"eventId": number, "timestamp": NOW, "trigger": "Delta", "eventNotificationType": "HardWiredNotification"}
        return {**fixed, "actualValue": value, "component": component, "variable": {"name": variable}, **more}

    items = [
        item(1, {"name": "Connector", "evse": {"id": 1, "connectorId": 2}}, "AvailabilityState", "Faulted", techCode="E7"),
        item(2, {"name": "Connector", "evse": {"id": 1, "connectorId": 2}}, "Problem", "true", techCode="E7", techInfo="lid"),
        item(3, {"name": "DataLink"}, "SignalStrength", "-101", cleared=True),
        item(4, {"name": "ChargingStation"}, "AvailabilityState", "Sleeping"),
        item(5, {"name": "EVSE", "evse": {"id": 1}}, "AvailabilityState", "Available", timestamp=LONG_AGO),
        item(6, {"name": "Clock"}, "DateTime", "x", timestamp="1970-01-01T00:00:00Z"),
    ]
    payload = {"generatedAt": NOW, "seqNo": 0, "eventData": items}
    reply = call(session(V201), "NotifyEvent", payload)
    faulted, problem, signal, asleep, old, clock, quirk = reply.observations
    assert isinstance(faulted, ConnectorReported)
    assert (faulted.connector, faulted.status, faulted.error) == ("1.2", Status.FAULTED, "E7")
    assert isinstance(problem, EquipmentReported)
    assert (problem.component, problem.variable, problem.value, problem.connector, problem.code, problem.info) == (
        *("Connector", "Problem", "true", "1.2", "E7", "lid"),
    )
    assert isinstance(signal, EquipmentReported)
    assert (signal.cleared, signal.connector) == (True, "")
    assert isinstance(asleep, ConnectorReported)
    assert (asleep.connector, asleep.status, asleep.info) == ("0", Status.UNKNOWN, "Sleeping")
    assert isinstance(old, EquipmentReported), "what was queued is not the status of now"
    assert isinstance(clock, EquipmentReported)
    assert clock.stamped is None
    assert isinstance(quirk, QuirkSeen)
    assert quirk.quirk is Quirk.WRONG_CLOCK
    assert reply.after_commit


def test_a_security_event_is_kept_in_its_own_words() -> None:
    payload = {"type": "SomethingNobodyListed", "timestamp": LONG_AGO, "techInfo": "x"}
    seen, backlog = call(session(V21), "SecurityEventNotification", payload).observations
    assert seen == SecurityReported(at=START, event="SomethingNobodyListed", info="x", stamped=START - timedelta(hours=1))
    assert isinstance(backlog, Backlog)
