"""What every version says and answers is valid by its schema, whatever happens at the station."""

from __future__ import annotations

import importlib.resources
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from random import Random
from typing import Any, Final

import jsonschema_rs
import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.core.ids import Identity, Sticker
from monitor.core.observations import Status
from monitor.decode.fields_v15 import FIELDS_15
from monitor.simulator.dialect import (
    Answer,
    BootReason,
    Call,
    Condition,
    Dialect,
    Moment,
    Nameplate,
    Order,
    SetHeartbeat,
    StopReason,
    Tell,
    Version,
)
from monitor.simulator.dialects import DIALECTS
from monitor.simulator.mishaps import TRAITS
from tests.support.examples import example

from .schemas import check, schema

AT: Final = datetime(2026, 5, 4, 6, tzinfo=UTC)
NEW: Final = (Version.V201, Version.V21)
BY_STATION: Final = {
    *("Authorize", "BootNotification", "ClearedChargingLimit", "FirmwareStatusNotification", "Get15118EVCertificate"),
    *("GetCertificateStatus", "Heartbeat", "LogStatusNotification", "MeterValues", "NotifyChargingLimit"),
    *("NotifyCustomerInformation", "NotifyDisplayMessages", "NotifyEVChargingNeeds", "NotifyEVChargingSchedule"),
    *("NotifyEvent", "NotifyMonitoringReport", "NotifyReport", "PublishFirmwareStatusNotification"),
    *("ReportChargingProfiles", "ReservationStatusUpdate", "SecurityEventNotification", "SignCertificate"),
    *("StatusNotification", "TransactionEvent", "DiagnosticsStatusNotification", "StartTransaction", "StopTransaction"),
    *("SignedFirmwareStatusNotification", "BatterySwap", "ClosePeriodicEventStream", "GetCertificateChainStatus"),
    *("NotifyDERAlarm", "NotifyDERStartStop", "NotifyPriorityCharging", "NotifySettlement", "OpenPeriodicEventStream"),
    *("PullDynamicScheduleUpdate", "ReportDERControl", "VatNumberValidation", "NotifyPeriodicEventStream"),
}
"""What goes the other way, in any version; all else is asked of a station."""


def _asked_of_a_station(version: Version) -> set[str]:
    """Return the actions that a central system may begin."""
    if version is Version.V15:
        return {name.removesuffix("Request") for name in FIELDS_15.messages if name.endswith("Request")} - BY_STATION
    folder = importlib.resources.files(f"ocpp.v{version.value.replace('.', '')}") / "schemas"
    names = {file.name.removesuffix(".json") for file in folder.iterdir() if file.name.endswith("Response.json")}
    return {name.removesuffix("Response") for name in names} - BY_STATION


_TIMES: Final = st.datetimes(
    datetime(1970, 1, 1), datetime(2100, 1, 1), timezones=st.just(UTC)  # noqa: DTZ001  the zone is the strategy's
)  # fmt: skip
_WORDS: Final = st.text("aé 雪A1-", max_size=60)
_ERRORS: Final = st.sampled_from(("", *{trait.error for trait in TRAITS.values()}))
_ORDERS: Final = st.none() | st.builds(Order, number=st.integers(0, 2**31), card=st.sampled_from(("Central", "eMAID")))


@st.composite
def _moments(draw: st.DrawFn, dialect: Dialect) -> Moment:
    at = draw(_TIMES)
    return Moment(
        connector=draw(st.integers(1, 8)),
        tag=draw(st.text("0123456789ABCDEF", min_size=1, max_size=20)),
        transaction=dialect.name(Random(draw(st.integers())), at) or str(draw(st.integers(1, 2**31))),  # noqa: S311  repeatable
        meter_wh=draw(st.integers(0, 10**9)),
        at=at,
        sequence=draw(st.integers(0, 10**6)),
        offline=draw(st.booleans()),
        order=draw(_ORDERS),
        asked=draw(st.booleans()),
        paused=draw(st.booleans()),
    )


@st.composite
def _plates(draw: st.DrawFn) -> Nameplate:
    return Nameplate(
        identity=Identity("CP1"),
        sticker=Sticker("CP1"),
        vendor=draw(_WORDS) or "x",
        model=draw(_WORDS) or "x",
        serial=draw(_WORDS),
        firmware=draw(_WORDS),
        iccid=draw(_WORDS),
        imsi=draw(_WORDS),
    )


@pytest.mark.parametrize("dialect", DIALECTS.values(), ids=list(DIALECTS))
@given(data=st.data())
def test_every_message_is_valid(dialect: Dialect, data: st.DataObject) -> None:
    plate, moment = data.draw(_plates()), data.draw(_moments(dialect))
    calls = [
        dialect.boot(plate, data.draw(st.sampled_from(BootReason))),
        *dialect.awake(data.draw(st.sampled_from(BootReason)), moment.at),
        dialect.heartbeat(),
        *dialect.status(moment.connector, _shown(dialect, data.draw(st.sampled_from(Status))), data.draw(_ERRORS), moment.at),
        *dialect.relief(moment.connector, data.draw(_ERRORS), moment.at),
        *dialect.status(0, data.draw(st.sampled_from((Status.AVAILABLE, Status.UNAVAILABLE))), "", moment.at),
        dialect.authorize(moment.tag, moment.order),
        dialect.start(moment),
        dialect.meter(moment),
        dialect.stop(moment, data.draw(st.sampled_from(StopReason))),
        dialect.reading(moment.connector, moment.meter_wh, moment.at),
    ]
    for call in calls:
        check(dialect.version, call.action, "Request", call.payload)


def _shown(dialect: Dialect, status: Status) -> Status:
    """Return what a connector may show: a station knows how it is, and nothing but 1.6 has finer words."""
    known = Status.AVAILABLE if status in (Status.UNKNOWN, Status.OCCUPIED) else status
    return dialect.words.get(known, known)


@pytest.mark.parametrize("dialect", DIALECTS.values(), ids=list(DIALECTS))
def test_every_broken_message_is_invalid(dialect: Dialect) -> None:
    calls = dialect.broken(AT)
    assert len(calls) == 3
    for call in calls:
        with pytest.raises(jsonschema_rs.ValidationError):
            check(dialect.version, call.action, "Request", call.payload)


CONDITIONS: Final = {
    "idle": {},
    "one car": {1: "1"},
    "all busy": {1: "1", 2: "x" * 30},
}


def _condition(dialect: Dialect, sessions: dict[int, str]) -> Condition:
    settings = dialect.settings(Nameplate(identity=Identity("CP1"), sticker=Sticker("CP1")), 300)
    return Condition(settings=settings, sessions=sessions, connectors=2, at=AT)


QUESTIONS: Final = [
    pytest.param(version, action, id=f"{version}-{action}")
    for version in Version
    for action in sorted(_asked_of_a_station(version))
]


@pytest.mark.parametrize("sessions", CONDITIONS.values(), ids=list(CONDITIONS))
@pytest.mark.parametrize(("version", "action"), QUESTIONS)
def test_every_question_is_answered_by_its_schema(version: Version, action: str, sessions: dict[int, str]) -> None:
    dialect = DIALECTS[version]
    for rich in (False, True):
        asked = example(schema(version, action, "Request"), rich=rich)
        answer = dialect.answer(action, asked, _condition(dialect, sessions))
        assert answer.payload is not None
        check(version, action, "Response", answer.payload)
        if isinstance(answer.effect, Tell):
            for call in answer.effect.calls:
                check(version, call.action, "Request", call.payload)


@pytest.mark.parametrize("dialect", DIALECTS.values(), ids=list(DIALECTS))
def test_what_no_version_has_or_only_another_one_is_not_implemented(dialect: Dialect) -> None:
    everything = {action for version in Version for action in _asked_of_a_station(version)}
    condition = _condition(dialect, {})
    for action in {"Dance", "Heartbeat", *everything} - _asked_of_a_station(dialect.version):
        assert dialect.answer(action, {}, condition) == Answer(payload=None), action


@pytest.mark.parametrize("version", NEW)
def test_a_faulted_connector_says_why_beside_its_status(version: Version) -> None:
    status, event = DIALECTS[version].status(2, Status.FAULTED, "GroundFailure", AT)
    assert (status.action, status.payload["connectorStatus"]) == ("StatusNotification", "Faulted")
    assert event.action == "NotifyEvent"
    (data,) = event.payload["eventData"]
    assert (data["actualValue"], data["component"]["evse"], data["techCode"]) == ("true", {"id": 2, "connectorId": 1}, "CX002")
    (over,) = DIALECTS[version].relief(2, "GroundFailure", AT)
    (data,) = over.payload["eventData"]
    assert (data["actualValue"], data["component"]["name"], data["cleared"]) == ("false", "Connector", True)


@pytest.mark.parametrize("version", [Version.V15, Version.V16])
def test_an_older_faulted_connector_has_an_error_code(version: Version) -> None:
    dialect = DIALECTS[version]
    for error, code in (("", "OtherError"), ("GroundFailure", "GroundFailure")):
        (status,) = dialect.status(2, Status.FAULTED, error, AT)
        assert (status.payload["status"], status.payload["errorCode"]) == ("Faulted", code)
    (newer,) = dialect.status(2, Status.FAULTED, "InternalError", AT)
    assert newer.payload["errorCode"] == ("OtherError" if version is Version.V15 else "InternalError")
    assert dialect.relief(2, "GroundFailure", AT) == ()


def test_a_session_has_another_name_in_the_next_run_of_the_same_plan() -> None:
    first, second = (DIALECTS[Version.V201].name(Random(1), AT + timedelta(hours=hour)) for hour in (0, 1))  # noqa: S311
    assert first != second
    assert len({DIALECTS[Version.V201].name(rng, AT) for rng in [Random(1)] for _ in range(50)}) == 50  # noqa: S311


@pytest.mark.parametrize("version", NEW)
def test_why_a_session_begins_and_ends_is_said(version: Version) -> None:
    dialect = DIALECTS[version]
    moment = Moment(connector=2, tag="A1", transaction="T", meter_wh=5, at=AT, sequence=4)
    ordered = replace(moment, order=Order(number=9, card="Central"))
    assert _told(dialect.start(moment)) == ("Authorized", {"chargingState": "Charging"}, {"idToken": "A1", "type": "ISO14443"})
    assert _told(dialect.start(ordered)) == (
        "RemoteStart",
        {"chargingState": "Charging", "remoteStartId": 9},
        {"idToken": "A1", "type": "Central"},
    )
    expected = {
        StopReason.DEAUTHORIZED: ("Deauthorized", "DeAuthorized"),
        StopReason.HARD_RESET: ("ResetCommand", "ImmediateReset"),
        StopReason.LOCAL: ("StopAuthorized", "Local"),
        StopReason.OTHER: ("AbnormalCondition", "Other"),
        StopReason.POWER_LOSS: ("AbnormalCondition", "PowerLoss"),
        StopReason.REMOTE: ("RemoteStop", "Remote"),
        StopReason.SOFT_RESET: ("ResetCommand", "Reboot"),
    }
    for reason, (trigger, word) in expected.items():
        said, info, token = _told(dialect.stop(moment, reason))
        assert (said, info["stoppedReason"], token is not None) == (trigger, word, reason is StopReason.LOCAL)
    assert dialect.meter(moment).payload["triggerReason"] == "MeterValuePeriodic"
    assert dialect.meter(replace(moment, asked=True)).payload["triggerReason"] == "Trigger"
    assert "offline" not in dialect.meter(moment).payload
    assert dialect.meter(replace(moment, offline=True)).payload["offline"] is True


def _told(call: Call) -> tuple[str, dict[str, Any], dict[str, str] | None]:
    info = {name: value for name, value in call.payload["transactionInfo"].items() if name != "transactionId"}
    return call.payload["triggerReason"], info, call.payload.get("idToken")


def test_1_5_says_less_than_1_6() -> None:
    old, new = DIALECTS[Version.V15], DIALECTS[Version.V16]
    moment = Moment(connector=1, tag="A1", transaction="4", meter_wh=5, at=AT)
    assert old.words[Status.SUSPENDED_EV] is Status.OCCUPIED
    assert new.words == {}
    assert new.stop(moment, StopReason.REMOTE).payload == old.stop(moment, StopReason.REMOTE).payload | {"reason": "Remote"}
    assert old.meter(moment).payload["values"][0]["value"][0]["value"] == "5"
    unlocked = [old.answer("UnlockConnector", {"connectorId": number}, _condition(old, {})).payload for number in (1, 9)]
    assert unlocked == [{"status": "Accepted"}, {"status": "Rejected"}]


def test_the_heartbeat_of_1_5_has_a_spelling_of_its_own() -> None:
    for version, key in ((Version.V15, "HeartBeatInterval"), (Version.V16, "HeartbeatInterval")):
        dialect = DIALECTS[version]
        condition = _condition(dialect, {})
        assert dialect.heartbeat_key == key
        assert dialect.answer("ChangeConfiguration", {"key": key, "value": "9"}, condition).effect == SetHeartbeat(seconds=9)
        assert condition.settings[key] == "9"


@pytest.mark.parametrize("version", [Version.V15, Version.V16])
def test_an_older_station_takes_a_busy_connector_out_of_service_later(version: Version) -> None:
    dialect = DIALECTS[version]
    for connector, kind, status in (
        (0, "Inoperative", "Scheduled"),
        (1, "Inoperative", "Scheduled"),
        (2, "Inoperative", "Accepted"),
        (1, "Operative", "Accepted"),
    ):
        answer = dialect.answer("ChangeAvailability", {"connectorId": connector, "type": kind}, _condition(dialect, {1: "4"}))
        assert answer.payload == {"status": status}
