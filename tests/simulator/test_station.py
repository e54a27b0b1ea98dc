"""What a healthy station says, and that it does what it is told. The `ocpp` package judges every message."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest
from ocpp.exceptions import NotImplementedError as NotImplementedAnswer
from ocpp.v16 import call

from monitor.core.ids import Identity, Sticker

from .conftest import PLATE

if TYPE_CHECKING:
    from collections.abc import Callable

    from .central import Central, Heard
    from .conftest import RunStation


def _status(connector: int, status: str) -> Callable[[Heard], bool]:
    def wanted(entry: Heard) -> bool:
        return entry.what == "StatusNotification" and (entry.payload["connectorId"], entry.payload["status"]) == (connector, status)

    return wanted


async def test_it_boots_reports_every_connector_and_beats(central: Central, run_station: RunStation) -> None:
    central.interval_s = 1
    await run_station(scale=10)
    place = await central.expect("Heartbeat")
    await central.expect("Heartbeat", after=place)
    assert central.actions("CP1")[:6] == ["open", "BootNotification", *["StatusNotification"] * 3, "Heartbeat"]
    boot = central.heard[1].payload
    assert (boot["chargePointSerialNumber"], boot["iccid"], boot["imsi"]) == ("S1", PLATE.iccid, PLATE.imsi)
    assert [entry.payload["connectorId"] for entry in central.heard[2:5]] == [0, 1, 2]
    assert central.errors == []


async def test_a_heartbeat_override_wins_over_the_boot_reply(central: Central, run_station: RunStation) -> None:
    central.interval_s = 86400
    await run_station(heartbeat_s=0.2)
    await central.expect("Heartbeat")


async def test_a_heartbeat_comes_one_interval_after_the_last_message(central: Central, run_station: RunStation) -> None:
    await run_station(heartbeat_s=0.5)
    place = await central.expect("Heartbeat")
    for _ in range(2):
        last, place = place, await central.expect("Heartbeat", after=place)
        assert central.heard[place - 1].at - central.heard[last - 1].at > 0.4
    await asyncio.sleep(0.3)
    await central.desks["CP1"].call(call.TriggerMessage(requested_message="StatusNotification", connector_id=1), suppress=False)
    place = await central.expect("StatusNotification", after=place)
    said_at = central.heard[place - 1].at
    place = await central.expect("Heartbeat", after=place)
    assert central.heard[place - 1].at - said_at > 0.4


async def test_it_answers_pings(central: Central, run_station: RunStation) -> None:
    await run_station()
    await central.expect("BootNotification")
    assert await central.ping("CP1", 5)


async def test_it_proves_who_it_is(central: Central, run_station: RunStation) -> None:
    central.passwords["CP1"] = "sesame street 16"
    await run_station(plate=replace(PLATE, password="sesame street 16"))
    await central.expect("BootNotification")


async def test_a_wrong_password_is_counted_and_tried_again(central: Central, run_station: RunStation) -> None:
    central.passwords["CP1"] = "another"
    run = await run_station(scale=100, plate=replace(PLATE, password="wrong"))
    central.passwords["CP2"] = "right"
    await run_station(plate=replace(PLATE, identity=Identity("CP2"), sticker=Sticker("CP2"), password="right"))
    await central.expect("BootNotification")
    del central.passwords["CP1"]
    await central.expect(lambda entry: (entry.identity, entry.what) == ("CP1", "BootNotification"))
    assert run.tally.refusals["401"] >= 1
    assert run.tally.connects == 1


async def test_a_car_comes_charges_and_leaves(central: Central, run_station: RunStation) -> None:
    await run_station(scale=600, idle_s=60)
    place = 0
    for wanted in (
        "Authorize",
        _status(1, "Preparing"),
        "StartTransaction",
        _status(1, "Charging"),
        "MeterValues",
        "StopTransaction",
    ):
        await central.expect(wanted)
    place = await central.expect("StopTransaction")
    stop = central.heard[place - 1].payload
    start = next(entry.payload for entry in central.heard if entry.what == "StartTransaction")
    assert stop["meterStop"] > start["meterStart"]
    assert stop["reason"] == "Local"
    assert central.errors == []


QUESTIONS = [
    call.CancelReservation(reservation_id=1),
    call.ChangeAvailability(connector_id=1, type="Operative"),
    call.ChangeAvailability(connector_id=9, type="Operative"),
    call.ChangeConfiguration(key="MeterValueSampleInterval", value="30"),
    call.ChangeConfiguration(key="HeartbeatInterval", value="soon"),
    call.ChangeConfiguration(key="NumberOfConnectors", value="7"),
    call.ChangeConfiguration(key="Nonsense", value="7"),
    call.ClearCache(),
    call.ClearChargingProfile(),
    call.DataTransfer(vendor_id="example"),
    call.GetCompositeSchedule(connector_id=1, duration=60),
    call.GetConfiguration(),
    call.GetConfiguration(key=["HeartbeatInterval", "Nonsense"]),
    call.GetDiagnostics(location="ftp://example.lu/"),
    call.GetLocalListVersion(),
    call.RemoteStopTransaction(transaction_id=99),
    call.RemoteStartTransaction(id_tag="ABC", connector_id=9),
    call.ReserveNow(connector_id=1, expiry_date="2030-01-01T00:00:00Z", id_tag="ABC", reservation_id=1),
    call.SendLocalList(list_version=1, update_type="Full"),
    call.SetChargingProfile(
        connector_id=0,
        cs_charging_profiles={
            "chargingProfileId": 1,
            "stackLevel": 0,
            "chargingProfilePurpose": "TxDefaultProfile",
            "chargingProfileKind": "Relative",
            "chargingSchedule": {"chargingRateUnit": "A", "chargingSchedulePeriod": [{"startPeriod": 0, "limit": 16.0}]},
        },
    ),
    call.TriggerMessage(requested_message="FirmwareStatusNotification"),
    call.TriggerMessage(requested_message="StatusNotification", connector_id=9),
    call.UnlockConnector(connector_id=1),
    call.UpdateFirmware(location="ftp://example.lu/", retrieve_date="2030-01-01T00:00:00Z"),
    call.GetInstalledCertificateIds(certificate_type="CentralSystemRootCertificate"),
    call.ExtendedTriggerMessage(requested_message="Heartbeat"),
]


@pytest.mark.parametrize("question", QUESTIONS, ids=lambda question: type(question).__name__)
async def test_every_answer_is_valid(central: Central, run_station: RunStation, question: object) -> None:
    await run_station()
    await central.expect("BootNotification")
    assert await central.desks["CP1"].call(question, suppress=False) is not None


async def test_an_unknown_action_is_not_implemented(central: Central, run_station: RunStation) -> None:
    class Dance:
        """No action of OCPP."""

    run = await run_station()
    await central.expect("BootNotification")
    assert run.station._answer("Dance", {}).payload is None
    assert run.station._answer("Reset", {}).payload is None
    with pytest.raises(NotImplementedAnswer):
        await central.desks["CP1"].call(_Unknown(), suppress=False, skip_schema_validation=True)


class _Unknown(call.Heartbeat):  # type: ignore[misc]  # the package is untyped
    """Heartbeat goes the other way: a station does not know it as a question."""


_Unknown.__name__ = "Heartbeat"


async def test_what_is_triggered_is_said(central: Central, run_station: RunStation) -> None:
    await run_station()
    place = await central.expect(_status(2, "Available"))
    for message in ("BootNotification", "Heartbeat", "MeterValues", "StatusNotification"):
        await central.desks["CP1"].call(call.TriggerMessage(requested_message=message), suppress=False)
        place = await central.expect(message, after=place)


async def test_a_reset_restarts_it(central: Central, run_station: RunStation) -> None:
    await run_station(scale=20)
    await central.expect(_status(2, "Available"))
    place = len(central.heard)
    answer = await central.desks["CP1"].call(call.Reset(type="Hard"), suppress=False)
    assert answer.status == "Accepted"
    place = await central.expect("close", after=place)
    assert central.heard[place - 1].payload["code"] == 1006
    place = await central.expect("BootNotification", after=place)
    await central.expect(_status(1, "Available"), after=place)


async def test_availability_is_obeyed_and_told(central: Central, run_station: RunStation) -> None:
    await run_station()
    place = await central.expect(_status(2, "Available"))
    await central.desks["CP1"].call(call.ChangeAvailability(connector_id=0, type="Inoperative"), suppress=False)
    for connector in (0, 1, 2):
        await central.expect(_status(connector, "Unavailable"), after=place)
    await central.desks["CP1"].call(call.ChangeAvailability(connector_id=1, type="Operative"), suppress=False)
    await central.expect(_status(1, "Available"), after=place)


async def test_configuration_is_kept_and_read_back(central: Central, run_station: RunStation) -> None:
    await run_station()
    await central.expect("StatusNotification")
    desk = central.desks["CP1"]
    await desk.call(call.ChangeConfiguration(key="HeartbeatInterval", value="7"), suppress=False)
    answer = await desk.call(call.GetConfiguration(key=["HeartbeatInterval", "Nonsense"]), suppress=False)
    assert answer.configuration_key == [{"key": "HeartbeatInterval", "readonly": False, "value": "7"}]
    assert answer.unknown_key == ["Nonsense"]


async def test_a_session_is_started_and_stopped_from_afar(central: Central, run_station: RunStation) -> None:
    await run_station(scale=20)
    place = await central.expect(_status(2, "Available"))
    desk = central.desks["CP1"]
    answer = await desk.call(call.RemoteStartTransaction(id_tag="REMOTE1", connector_id=2), suppress=False)
    assert answer.status == "Accepted"
    place = await central.expect("StartTransaction", after=place)
    assert central.heard[place - 1].payload["idTag"] == "REMOTE1"
    await central.expect(_status(2, "Charging"), after=place)
    answer = await desk.call(call.RemoteStopTransaction(transaction_id=1), suppress=False)
    assert answer.status == "Accepted"
    place = await central.expect("StopTransaction", after=place)
    assert central.heard[place - 1].payload["reason"] == "Remote"


async def test_transaction_messages_wait_for_the_line_with_their_old_times(central: Central, run_station: RunStation) -> None:
    run = await run_station(scale=600)
    place = await central.expect(_status(2, "Available"))
    run.station.line.reachable.clear()
    run.station.drop()
    place = await central.expect("close", after=place)
    run.station.charging.start("OFFLINE", 1)
    while len(run.station.charging.outbox) < 4:
        run.station._news.clear()
        await run.station._news.wait()
    back = datetime.now(UTC)
    run.station.line.restore()
    place = await central.expect("StartTransaction", after=place)
    start = central.heard[place - 1].payload
    await central.expect("StopTransaction", after=place)
    said = [entry for entry in central.heard if entry.what in {"StartTransaction", "MeterValues", "StopTransaction"}]
    assert datetime.fromisoformat(start["timestamp"]) < back - timedelta(milliseconds=50)
    assert {entry.payload.get("transactionId", 1) for entry in said} == {1}
    assert "BootNotification" not in central.actions("CP1")[place - 2 :]
    assert central.errors == []
