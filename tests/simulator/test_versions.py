"""Stations of OCPP-J 1.5, 2.0.1 and 2.1 at work: what tests of 1.6 show of a station, where the versions differ."""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise
from typing import TYPE_CHECKING, Any, Final

import pytest
from ocpp.v16.enums import AuthorizationStatus, RegistrationStatus

from monitor.simulator.dialect import Nameplate, Version
from monitor.simulator.faults import Fault, FaultKind

from .conftest import PLATE
from .plain_desk import RefusedError

if TYPE_CHECKING:
    from collections.abc import Callable

    from .central import Central, Heard
    from .conftest import RunStation

OTHERS: Final = (Version.V15, Version.V201, Version.V21)
NEW: Final = (Version.V201, Version.V21)
BEGIN: Final = {"remoteStartId": 7, "idToken": {"idToken": "REMOTE1", "type": "Central"}}


def _plate(version: Version) -> Nameplate:
    return replace(PLATE, version=version)


def _shows(connector: int, status: str) -> Callable[[Heard], bool]:
    def wanted(entry: Heard) -> bool:
        said = entry.payload
        place = (said.get("evseId", said.get("connectorId")), said.get("connectorStatus", said.get("status")))
        return entry.what == "StatusNotification" and place == (connector, status)

    return wanted


def _event(kind: str, *, trigger: str = "") -> Callable[[Heard], bool]:
    def wanted(entry: Heard) -> bool:
        return entry.payload.get("eventType") == kind and trigger in ("", entry.payload["triggerReason"])

    return wanted


def _begins(entry: Heard) -> bool:
    return entry.what == "StartTransaction" or entry.payload.get("eventType") == "Started"


def _ends(entry: Heard) -> bool:
    return entry.what == "StopTransaction" or entry.payload.get("eventType") == "Ended"


def _events(central: Central) -> list[dict[str, Any]]:
    return [entry.payload for entry in central.heard if entry.what == "TransactionEvent"]


@pytest.mark.parametrize("version", NEW)
async def test_a_newer_station_says_why_it_boots_and_how_its_connectors_are(
    central: Central, run_station: RunStation, version: Version
) -> None:
    central.interval_s = 1
    await run_station(scale=10, plate=_plate(version))
    await central.expect("Heartbeat")
    expected = ["open", "BootNotification", "SecurityEventNotification", *["StatusNotification"] * 2, "Heartbeat"]
    assert central.actions("CP1")[:6] == expected
    boot, security, first, second = (entry.payload for entry in central.heard[1:5])
    assert boot["reason"] == "PowerUp"
    assert boot["chargingStation"]["modem"] == {"iccid": PLATE.iccid, "imsi": PLATE.imsi}
    assert security["type"] == "StartupOfTheDevice"
    assert [(one["evseId"], one["connectorId"], one["connectorStatus"]) for one in (first, second)] == [
        (1, 1, "Available"),
        (2, 1, "Available"),
    ]
    assert central.errors == []


async def test_a_station_of_1_5_boots_and_keeps_the_interval_that_it_is_given(central: Central, run_station: RunStation) -> None:
    central.interval_s = 1
    await run_station(scale=10, plate=_plate(Version.V15))
    await central.expect("Heartbeat")
    assert central.actions("CP1")[:6] == ["open", "BootNotification", *["StatusNotification"] * 3, "Heartbeat"]
    answer = await central.plain["CP1"].ask("GetConfiguration", key=["HeartBeatInterval", "Nonsense"])
    assert answer["configurationKey"] == [{"key": "HeartBeatInterval", "readonly": False, "value": "1"}]
    assert answer["unknownKey"] == ["Nonsense"]
    assert central.errors == []


@pytest.mark.parametrize("version", NEW)
async def test_a_newer_station_that_is_not_accepted_says_nothing_but_boot(
    central: Central, run_station: RunStation, version: Version
) -> None:
    central.interval_s = 20
    central.verdicts = [RegistrationStatus.pending, RegistrationStatus.rejected]
    await run_station(scale=100, plate=_plate(version))
    await central.expect("StatusNotification")
    assert central.actions("CP1")[:5] == ["open", *["BootNotification"] * 3, "SecurityEventNotification"]


@pytest.mark.parametrize("version", OTHERS)
async def test_a_connector_is_occupied_from_plug_to_plug(central: Central, run_station: RunStation, version: Version) -> None:
    run = await run_station(scale=600, plate=_plate(version))
    place = await central.expect(_shows(2, "Available"))
    run.station.charging.start("CARD1", 1)
    await central.expect(_shows(1, "Occupied"), after=place)
    await central.expect(_ends, after=place)
    end = await central.expect(_shows(1, "Available"), after=place)
    said = [entry for entry in central.heard[place:end] if entry.what == "StatusNotification"]
    assert len(said) == 2, "preparing, charging and finishing are one word"
    assert central.errors == []


@pytest.mark.parametrize("version", NEW)
async def test_the_events_of_a_transaction_are_numbered(central: Central, run_station: RunStation, version: Version) -> None:
    run = await run_station(scale=600, plate=_plate(version))
    await central.expect(_shows(2, "Available"))
    run.station.charging.start("CARD1", 2)
    place = await central.expect("Authorize")
    assert central.heard[place - 1].payload["idToken"] == {"idToken": "CARD1", "type": "ISO14443"}
    await central.expect(_event("Ended", trigger="StopAuthorized"))
    events = _events(central)
    assert [one["eventType"] for one in events] == ["Started", *["Updated"] * (len(events) - 2), "Ended"]
    assert len(events) > 2
    assert [one["seqNo"] for one in events] == list(range(len(events)))
    assert len({one["transactionInfo"]["transactionId"] for one in events}) == 1
    assert events[0]["evse"] == {"id": 2, "connectorId": 1}
    readings = [one["meterValue"][0]["sampledValue"][0]["value"] for one in events]
    assert all(earlier <= later for earlier, later in pairwise(readings))
    assert readings[0] < readings[-1]
    assert not any("offline" in one for one in events)
    assert central.errors == []


@pytest.mark.parametrize("version", OTHERS)
async def test_transactions_wait_for_the_line_and_say_so_where_they_can(
    central: Central, run_station: RunStation, version: Version
) -> None:
    run = await run_station(scale=600, plate=_plate(version))
    place = await central.expect(_shows(2, "Available"))
    run.station.line.reachable.clear()
    run.station.drop()
    place = await central.expect("close", after=place)
    run.station.charging.start("OFFLINE", 1)
    while len(run.station.charging.outbox) < 4:
        run.station._news.clear()
        await run.station._news.wait()
    run.station.line.restore()
    place = await central.expect(_begins, after=place)
    await central.expect(_ends, after=place)
    assert central.actions("CP1").count("BootNotification") == 1
    assert "Authorize" not in central.actions("CP1"), "nobody could be asked"
    assert central.errors == []
    if version in NEW:
        offline = [one.get("offline", False) for one in _events(central)]
        assert offline[:4] == [True] * 4
        assert offline == sorted(offline, reverse=True), "what happened after the return was not offline"
        assert [one["seqNo"] for one in _events(central)] == list(range(len(offline)))


@pytest.mark.parametrize("version", NEW)
async def test_a_session_is_started_told_of_and_stopped_from_afar(
    central: Central, run_station: RunStation, version: Version
) -> None:
    await run_station(scale=20, plate=_plate(version))
    await central.expect(_shows(2, "Available"))
    desk = central.plain["CP1"]
    assert (await desk.ask("RequestStartTransaction", evseId=2, **BEGIN))["status"] == "Accepted"
    place = await central.expect(_event("Started", trigger="RemoteStart"))
    started = central.heard[place - 1].payload
    assert (started["transactionInfo"]["remoteStartId"], started["idToken"]) == (7, BEGIN["idToken"])
    name = started["transactionInfo"]["transactionId"]
    status = await desk.ask("GetTransactionStatus", transactionId=name)
    assert status["ongoingIndicator"] is True
    assert (await desk.ask("TriggerMessage", requestedMessage="TransactionEvent", evse={"id": 2}))["status"] == "Accepted"
    place = await central.expect(_event("Updated", trigger="Trigger"))
    assert (await desk.ask("RequestStopTransaction", transactionId=name))["status"] == "Accepted"
    place = await central.expect(_event("Ended", trigger="RemoteStop"), after=place)
    assert central.heard[place - 1].payload["transactionInfo"]["stoppedReason"] == "Remote"


async def test_a_session_of_1_5_is_started_and_stopped_from_afar(central: Central, run_station: RunStation) -> None:
    await run_station(scale=20, plate=_plate(Version.V15))
    await central.expect(_shows(2, "Available"))
    desk = central.plain["CP1"]
    assert (await desk.ask("RemoteStartTransaction", idTag="REMOTE1", connectorId=2))["status"] == "Accepted"
    place = await central.expect("StartTransaction")
    assert central.heard[place - 1].payload["idTag"] == "REMOTE1"
    await central.expect("MeterValues", after=place)
    assert (await desk.ask("RemoteStopTransaction", transactionId=1))["status"] == "Accepted"
    await central.expect("StopTransaction", after=place)
    assert central.errors == []


@pytest.mark.parametrize("version", [Version.V16, *OTHERS])
async def test_a_card_that_is_refused_stops_its_session(central: Central, run_station: RunStation, version: Version) -> None:
    central.card = AuthorizationStatus.invalid
    run = await run_station(scale=50, plate=_plate(version))
    await central.expect("StatusNotification")
    run.station.charging.start("STOLEN", 1)
    place = await central.expect(_ends)
    end = central.heard[place - 1].payload
    if version in NEW:
        assert (end["triggerReason"], end["transactionInfo"]["stoppedReason"]) == ("Deauthorized", "DeAuthorized")
        assert len(_events(central)) == 2
    else:
        assert end.get("reason", "DeAuthorized") == "DeAuthorized"


@pytest.mark.parametrize("version", NEW)
async def test_a_begin_that_is_answered_with_an_error_still_gets_its_end(
    central: Central, run_station: RunStation, version: Version
) -> None:
    central.broken = True
    run = await run_station(scale=50, plate=_plate(version))
    await central.expect("StatusNotification")
    run.station.charging.start("TAG", 1)
    await central.expect(_ends)
    assert run.tally.errors["InternalError"] >= 1


@pytest.mark.parametrize("version", OTHERS)
async def test_a_reset_restarts_it_and_ends_its_session(central: Central, run_station: RunStation, version: Version) -> None:
    run = await run_station(scale=20, plate=_plate(version))
    await central.expect(_shows(2, "Available"))
    run.station.charging.start("TAG", 1)
    place = await central.expect(_begins)
    kind = "Hard" if version is Version.V15 else "Immediate"
    assert await central.plain["CP1"].ask("Reset", type=kind) == {"status": "Accepted"}
    place = await central.expect("close", after=place)
    place = await central.expect("BootNotification", after=place)
    boot = central.heard[place - 1].payload
    place = await central.expect(_ends, after=place)
    end = central.heard[place - 1].payload
    if version in NEW:
        assert boot["reason"] == "RemoteReset"
        security = [entry.payload["type"] for entry in central.heard if entry.what == "SecurityEventNotification"]
        assert security == ["StartupOfTheDevice", "ResetOrReboot"]
        assert (end["triggerReason"], end["transactionInfo"]["stoppedReason"]) == ("ResetCommand", "ImmediateReset")
        assert end["offline"] is True
    assert central.errors == []


@pytest.mark.parametrize("version", NEW)
async def test_a_reset_on_idle_waits_for_the_car(central: Central, run_station: RunStation, version: Version) -> None:
    run = await run_station(scale=20, plate=_plate(version))
    await central.expect(_shows(2, "Available"))
    run.station.charging.start("TAG", 1)
    place = await central.expect(_event("Started"))
    desk = central.plain["CP1"]
    assert await desk.ask("Reset", type="OnIdle") == {"status": "Scheduled"}
    await central.expect(_event("Updated"), after=place)
    assert central.actions("CP1").count("open") == 1
    name = central.heard[place - 1].payload["transactionInfo"]["transactionId"]
    await desk.ask("RequestStopTransaction", transactionId=name)
    place = await central.expect(_event("Ended", trigger="RemoteStop"), after=place)
    place = await central.expect("BootNotification", after=place)
    assert central.heard[place - 1].payload["reason"] == "RemoteReset"


async def test_a_reset_at_once_overrides_one_that_waits(central: Central, run_station: RunStation) -> None:
    run = await run_station(scale=20, plate=_plate(Version.V201))
    await central.expect(_shows(2, "Available"))
    run.station.charging.start("TAG", 1)
    place = await central.expect(_event("Started"))
    desk = central.plain["CP1"]
    await desk.ask("Reset", type="OnIdle")
    await desk.ask("Reset", type="Immediate")
    place = await central.expect("BootNotification", after=place)
    await central.expect(_event("Ended", trigger="ResetCommand"), after=place)
    assert central.actions("CP1").count("BootNotification") == 2


async def test_a_power_cut_makes_a_reset_needless_that_waits(central: Central, run_station: RunStation) -> None:
    run = await run_station(scale=20, plate=_plate(Version.V201))
    await central.expect(_shows(2, "Available"))
    run.station.charging.start("TAG", 1)
    place = await central.expect(_event("Started"))
    await central.plain["CP1"].ask("Reset", type="OnIdle")
    waiting = run.station._reset
    assert waiting is not None
    run.station.power_off()
    run.station.power_on()
    place = await central.expect("BootNotification", after=place)
    assert central.heard[place - 1].payload["reason"] == "PowerUp"
    await central.expect(_event("Ended", trigger="AbnormalCondition"), after=place)
    assert waiting.cancelled()


@pytest.mark.parametrize("version", NEW)
async def test_a_watchdog_gives_itself_as_the_reason(central: Central, run_station: RunStation, version: Version) -> None:
    await run_station(Fault(kind=FaultKind.HANG, start_s=0.2, duration_s=0.3), plate=_plate(version))
    place = await central.expect("close")
    place = await central.expect("BootNotification", after=place)
    assert central.heard[place - 1].payload["reason"] == "Watchdog"


@pytest.mark.parametrize("version", NEW)
async def test_what_is_triggered_is_said(central: Central, run_station: RunStation, version: Version) -> None:
    await run_station(plate=_plate(version))
    place = await central.expect(_shows(2, "Available"))
    for message in ("BootNotification", "Heartbeat", "MeterValues", "StatusNotification"):
        await central.plain["CP1"].ask("TriggerMessage", requestedMessage=message)
        place = await central.expect(message, after=place)
        assert central.heard[place - 1].payload.get("reason", "Triggered") == "Triggered"
    assert central.errors == []


@pytest.mark.parametrize("version", NEW)
async def test_variables_are_obeyed_and_reported(central: Central, run_station: RunStation, version: Version) -> None:
    await run_station(plate=_plate(version))
    place = await central.expect(_shows(2, "Available"))
    desk = central.plain["CP1"]
    one = {"component": {"name": "OCPPCommCtrlr"}, "variable": {"name": "HeartbeatInterval"}}
    await desk.ask("SetVariables", setVariableData=[one | {"attributeValue": "1"}])
    await central.expect("Heartbeat", after=place)
    answer = await desk.ask("GetVariables", getVariableData=[one])
    assert answer["getVariableResult"][0]["attributeValue"] == "1"
    assert await desk.ask("GetBaseReport", requestId=5, reportBase="FullInventory") == {"status": "Accepted"}
    place = await central.expect("NotifyReport")
    assert central.heard[place - 1].payload["requestId"] == 5
    assert central.errors == []


@pytest.mark.parametrize("version", NEW)
async def test_availability_of_the_whole_station_is_told_of_each_connector(
    central: Central, run_station: RunStation, version: Version
) -> None:
    await run_station(plate=_plate(version))
    place = await central.expect(_shows(2, "Available"))
    await central.plain["CP1"].ask("ChangeAvailability", operationalStatus="Inoperative")
    await central.expect(_shows(1, "Unavailable"), after=place)
    await central.expect(_shows(2, "Unavailable"), after=place)
    await central.plain["CP1"].ask("ChangeAvailability", operationalStatus="Operative", evse={"id": 2})
    place = await central.expect(_shows(2, "Available"), after=place)
    assert {entry.payload["evseId"] for entry in central.heard if entry.what == "StatusNotification"} == {1, 2}


@pytest.mark.parametrize("version", OTHERS)
async def test_an_unknown_action_is_not_implemented(central: Central, run_station: RunStation, version: Version) -> None:
    await run_station(plate=_plate(version))
    await central.expect("BootNotification")
    with pytest.raises(RefusedError, match="NotImplemented"):
        await central.plain["CP1"].ask_nonsense("Dance")


@pytest.mark.parametrize("version", OTHERS)
async def test_bad_messages_are_answered_with_errors(central: Central, run_station: RunStation, version: Version) -> None:
    run = await run_station(
        Fault(kind=FaultKind.BAD, start_s=0.2, duration_s=0.3, every_s=10), plate=_plate(version), heartbeat_s=0.5
    )
    place = await central.expect(lambda entry: "Sleeping" in entry.payload.values())
    place = await central.expect(lambda entry: "uptime" in entry.payload, after=place)
    await central.expect(lambda entry: entry.what == "Heartbeat" and not entry.payload, after=place)
    assert run.tally.errors == {"FormatViolation": 3}
