"""What goes wrong at a connector: what a station shows of it, what it answers meanwhile, and what ends it."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest
from ocpp.v16 import call
from ocpp.v16.enums import AuthorizationStatus

from monitor.simulator.dialect import Version
from monitor.simulator.faults import Fault, FaultKind
from monitor.simulator.mishaps import TRAITS, Mishap

from .conftest import PLATE

if TYPE_CHECKING:
    from collections.abc import Callable

    from .central import Central, Heard
    from .conftest import Running, RunStation

SCALE = 20


def _shows(status: str, error: str = "NoError") -> Callable[[Heard], bool]:
    def wanted(entry: Heard) -> bool:
        told = [entry.payload.get(name) for name in ("connectorId", "status", "errorCode")]
        return entry.what == "StatusNotification" and told == [1, status, error]

    return wanted


async def _befallen(central: Central, run_station: RunStation, mishap: Mishap) -> tuple[Running, int]:
    """Return a station that shows `mishap`, and where in what was heard."""
    run = await run_station(scale=SCALE)
    place = await central.expect(lambda entry: entry.payload.get("connectorId") == 2)
    run.station.befall(mishap)
    return run, await central.expect(_shows(TRAITS[mishap].status, TRAITS[mishap].error or "NoError"), after=place)


@pytest.mark.parametrize("mishap", Mishap)
async def test_it_is_shown_while_it_lasts(central: Central, run_station: RunStation, mishap: Mishap) -> None:
    trait = TRAITS[mishap]
    await run_station(Fault(kind=FaultKind(mishap), start_s=5, duration_s=20), scale=SCALE)
    place = await central.expect(_shows(trait.status, trait.error or "NoError"))
    assert ("StartTransaction" in central.actions("CP1")) is trait.charges
    place = await central.expect(_shows("Available"), after=place)
    assert ("StopTransaction" in central.actions("CP1")) is trait.charges
    assert central.errors == []


@pytest.mark.parametrize("mishap", [Mishap.EARTH, Mishap.WELDED, Mishap.CRASH])
async def test_a_fault_ends_the_session_and_lets_nobody_begin(central: Central, run_station: RunStation, mishap: Mishap) -> None:
    run = await run_station(scale=SCALE)
    await central.expect(_shows("Available"))
    run.station.charging.start("TAG", 1)
    place = await central.expect(_shows("Charging"))
    run.station.befall(mishap)
    place = await central.expect("StopTransaction", after=place)
    assert central.heard[place - 1].payload["reason"] == "Other"
    await central.expect(_shows("Faulted", TRAITS[mishap].error))
    answer = await central.desks["CP1"].call(call.RemoteStartTransaction(id_tag="TAG", connector_id=1), suppress=False)
    assert answer.status == "Rejected"
    await central.desks["CP1"].call(call.ChangeAvailability(connector_id=1, type="Inoperative"), suppress=False)
    place = len(central.heard)
    await central.desks["CP1"].call(call.TriggerMessage(requested_message="StatusNotification", connector_id=1), suppress=False)
    await central.expect(_shows("Faulted", TRAITS[mishap].error), after=place)


@pytest.mark.parametrize("mishap", [Mishap.STUCK, Mishap.FULL])
async def test_a_session_that_does_not_go_on_is_ended_from_afar(central: Central, run_station: RunStation, mishap: Mishap) -> None:
    run, place = await _befallen(central, run_station, mishap)
    answer = await central.desks["CP1"].call(call.RemoteStopTransaction(transaction_id=1), suppress=False)
    assert answer.status == "Accepted"
    place = await central.expect("StopTransaction", after=place)
    assert central.heard[place - 1].payload["reason"] == "Remote"
    await central.expect(_shows("Available"), after=place)
    assert run.station.charging.mishaps() == {}


async def test_a_jammed_lock_does_not_open_until_it_is_restarted(central: Central, run_station: RunStation) -> None:
    _, place = await _befallen(central, run_station, Mishap.JAM)
    desk = central.desks["CP1"]
    assert (await desk.call(call.UnlockConnector(connector_id=1), suppress=False)).status == "UnlockFailed"
    assert (await desk.call(call.UnlockConnector(connector_id=2), suppress=False)).status == "Unlocked"
    await desk.call(call.Reset(type="Soft"), suppress=False)
    place = await central.expect("BootNotification", after=place)
    await central.expect(_shows("Available"), after=place)
    assert (await central.desks["CP1"].call(call.UnlockConnector(connector_id=1), suppress=False)).status == "Unlocked"


@pytest.mark.parametrize("mishap", Mishap)
async def test_a_restart_ends_what_it_can(central: Central, run_station: RunStation, mishap: Mishap) -> None:
    trait = TRAITS[mishap]
    _, place = await _befallen(central, run_station, mishap)
    await central.desks["CP1"].call(call.Reset(type="Hard"), suppress=False)
    place = await central.expect("BootNotification", after=place)
    await central.expect(_shows(trait.status, trait.error or "NoError") if trait.lasts else _shows("Available"), after=place)


async def test_a_car_without_a_card_is_started_from_afar(central: Central, run_station: RunStation) -> None:
    run, place = await _befallen(central, run_station, Mishap.CARDLESS)
    await central.desks["CP1"].call(call.RemoteStartTransaction(id_tag="REMOTE1", connector_id=1), suppress=False)
    place = await central.expect("StartTransaction", after=place)
    assert central.heard[place - 1].payload["idTag"] == "REMOTE1"
    await central.expect(_shows("Charging"), after=place)
    assert run.station.charging.mishaps() == {}


@pytest.mark.parametrize("version", Version)
async def test_a_card_that_is_refused_begins_nothing(central: Central, run_station: RunStation, version: Version) -> None:
    central.admitted = AuthorizationStatus.blocked
    run = await run_station(scale=SCALE, plate=replace(PLATE, version=version))
    place = await central.expect(lambda entry: entry.what == "StatusNotification" and 2 in entry.payload.values())
    run.station.charging.start("STOLEN", 1)
    place = await central.expect("Authorize", after=place)
    for _ in range(2):  # a plug is seen, and gone
        place = await central.expect("StatusNotification", after=place)
    assert {"StartTransaction", "TransactionEvent"}.isdisjoint(central.actions("CP1"))


@pytest.mark.parametrize("version", [Version.V201, Version.V21])
async def test_a_newer_station_tells_what_it_was_and_that_it_is_over(
    central: Central, run_station: RunStation, version: Version
) -> None:
    run = await run_station(scale=SCALE, plate=replace(PLATE, version=version))
    await central.expect(lambda entry: entry.what == "StatusNotification" and entry.payload["evseId"] == 2)
    run.station.befall(Mishap.JAM)
    place = await central.expect("NotifyEvent")
    answer = await central.plain["CP1"].ask("UnlockConnector", evseId=1, connectorId=1)
    assert answer["status"] == "UnlockFailed"
    run.station.befall(None)
    again = await central.expect("NotifyEvent", after=place)
    told, over = (central.heard[number - 1].payload["eventData"][0] for number in (place, again))
    assert (told["component"]["name"], told["techCode"], told["actualValue"]) == ("ConnectorPlugRetentionLock", "CX001", "true")
    assert (over["component"], over["actualValue"], over["cleared"]) == (told["component"], "false", True)
