"""What a station makes of a central system that is slow, strict or talks nonsense."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from ocpp.v16 import call
from ocpp.v16.enums import RegistrationStatus

from monitor.simulator.outbox import OUTBOX_LENGTH, Outbox, Saying

if TYPE_CHECKING:
    from .central import Central
    from .conftest import RunStation


async def test_a_station_that_gets_no_answer_dials_again_and_repeats(central: Central, run_station: RunStation) -> None:
    central.unanswered = {"BootNotification"}
    run = await run_station()
    place = await central.expect("ignored")
    central.unanswered = set()
    place = await central.expect("close", after=place)
    await central.expect("BootNotification", after=place)
    assert run.tally.timeouts == 1


async def test_a_transaction_message_without_an_answer_is_sent_again(central: Central, run_station: RunStation) -> None:
    run = await run_station(scale=50)
    await central.expect("StatusNotification")
    central.unanswered = {"StartTransaction"}
    run.station.charging.start("TAG", 1)
    place = await central.expect("ignored")
    central.unanswered = set()
    place = await central.expect("StartTransaction", after=place)
    await central.expect("MeterValues", after=place)
    assert central.transactions == 1


async def test_a_station_that_is_not_accepted_asks_again(central: Central, run_station: RunStation) -> None:
    central.interval_s = 20
    central.verdicts = [RegistrationStatus.pending, RegistrationStatus.rejected]
    await run_station(scale=100)
    await central.expect("StatusNotification")
    assert central.actions("CP1")[:5] == ["open", *["BootNotification"] * 3, "StatusNotification"]


async def test_a_refused_session_ends_without_messages_about_it(central: Central, run_station: RunStation) -> None:
    central.broken = True
    run = await run_station(scale=50)
    await central.expect("StatusNotification")
    run.station.charging.start("TAG", 1)
    await central.expect(lambda entry: entry.payload.get("status") == "Finishing")
    assert "StartTransaction" in central.actions("CP1")
    assert not {"MeterValues", "StopTransaction"} & set(central.actions("CP1"))
    assert run.tally.errors == {"InternalError": 1}


async def test_another_sub_protocol_is_no_connection(central: Central, run_station: RunStation) -> None:
    served, central.subprotocols = central.subprotocols, {}
    run = await run_station(scale=20)
    place = await central.expect("close")
    central.subprotocols = served
    await central.expect("BootNotification", after=place)
    assert run.tally.refusals == {"sub-protocol": 1}


async def test_nonsense_is_passed_over(central: Central, run_station: RunStation) -> None:
    await run_station(heartbeat_s=0.2)
    place = await central.expect("Heartbeat")
    for text in ("{", "[]", "[9]", json.dumps([3, "unasked", {}]), json.dumps([4, "unasked", "GenericError", "", {}]), "17"):
        await central.sockets["CP1"].send(text)
    place = await central.expect("Heartbeat", after=place + 1)
    assert "close" not in central.actions("CP1")


async def test_a_connector_out_of_service_takes_no_car(central: Central, run_station: RunStation) -> None:
    run = await run_station(scale=20)
    await central.expect("StatusNotification")
    desk = central.desks["CP1"]
    await desk.call(call.ChangeAvailability(connector_id=1, type="Inoperative"), suppress=False)
    run.station.charging.start("TAG", 1)
    assert run.station.charging.connectors[1].tag == ""
    run.station.charging.start("TAG", None)
    place = await central.expect("StartTransaction")
    assert central.heard[place - 1].payload["connectorId"] == 2


async def test_a_connector_taken_out_of_service_while_a_car_charges_waits_for_it(central: Central, run_station: RunStation) -> None:
    run = await run_station(scale=50)
    await central.expect(lambda entry: entry.payload.get("connectorId") == 2)
    run.station.charging.start("TAG", 1)
    await central.expect(lambda entry: entry.payload.get("status") == "Charging")
    desk = central.desks["CP1"]
    await desk.call(call.ChangeAvailability(connector_id=1, type="Inoperative"), suppress=False)
    run.station.charging.stop("1")
    place = await central.expect("StopTransaction")
    place = await central.expect(lambda entry: entry.payload.get("status") == "Unavailable", after=place - 1)
    said = [
        entry.payload["status"]
        for entry in central.heard[:place]
        if entry.payload.get("connectorId") == 1 and "status" in entry.payload
    ]
    assert said == ["Available", "Preparing", "Charging", "Finishing", "Unavailable"]


def test_a_full_outbox_loses_meter_values_only() -> None:
    told: list[int] = []
    box = Outbox(lambda: told.append(1))
    saying = Saying(make=lambda: None)
    for _ in range(OUTBOX_LENGTH):
        box.put(saying, expendable=True)
    box.put(saying, expendable=True)
    assert len(box) == len(told) == OUTBOX_LENGTH
    box.put(saying)
    assert len(box) == OUTBOX_LENGTH + 1
