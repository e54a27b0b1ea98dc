"""A station of 2.x is asked what it knows of its own line, a while after it has booted, and has to tell when that changes."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

import jsonschema_rs
import pytest

from monitor.commands.link_reader import MONITORED, READ, LinkReader, asked, monitors, told
from monitor.commands.ports import RefusedError
from monitor.core.events import EventRecord, StationBooted
from monitor.core.observations import EquipmentReported
from monitor.runtime.bus_memory import MemoryBus
from tests.support.clients import PACKAGES

if TYPE_CHECKING:
    from monitor.core.ids import StationId

    from .conftest import Desk


def nobody(_station: StationId) -> bool:
    return False


def results(**values: str) -> Any:
    entries = [
        {
            "component": {"name": component},
            "variable": {"name": variable},
            "attributeStatus": "Accepted" if variable in values else "UnknownVariable",
        }
        | ({"attributeValue": values[variable]} if variable in values else {})
        for component, variable in READ
    ]
    return {"getVariableResult": entries}


@pytest.mark.parametrize("version", ["2.0.1", "2.1"])
def test_what_is_asked_is_what_the_version_allows(version: str) -> None:
    for action, payload in (("GetVariables", asked()), ("SetVariableMonitoring", monitors(READ))):
        validator = jsonschema_rs.validator_for(PACKAGES[version].request_schema(action))
        assert [error.message for error in validator.iter_errors(payload)] == []


@pytest.mark.parametrize(
    "odd", [None, [], {}, {"getVariableResult": [7, {}, {"component": 7}]}, {"getVariableResult": [{"component": {}}]}]
)
def test_an_odd_answer_tells_nothing(odd: Any) -> None:
    assert told(odd) == {}


async def test_what_is_read_is_told_and_what_changes_is_monitored(desk: Desk) -> None:
    desk.wire.version = "2.0.1"
    desk.wire.script["GetVariables"] = results(Fallback="true", SignalStrength="-91", ActiveNetworkProfile="2")
    await LinkReader(desk.clock, desk.intake, MemoryBus(), desk.commands, nobody).read(desk.station.id)
    taken, *_ = desk.intake.take()
    seen = [(one.component, one.variable, one.value) for _, one in taken if isinstance(one, EquipmentReported)]
    assert seen == [
        ("DataLink", "Fallback", "true"),
        ("DataLink", "SignalStrength", "-91"),
        ("OCPPCommCtrlr", "ActiveNetworkProfile", "2"),
    ]
    action, payload = desk.wire.asked[1]
    assert action == "SetVariableMonitoring"
    assert [(one["variable"]["name"], one["value"]) for one in payload["setMonitoringData"]] == [
        ("Fallback", 1),
        ("SignalStrength", 10),
    ]
    assert {one for one in READ if one[0] == "DataLink"} == set(MONITORED)


async def test_only_what_has_changed_is_told_again(desk: Desk) -> None:
    desk.wire.version = "2.0.1"
    reader = LinkReader(desk.clock, desk.intake, MemoryBus(), desk.commands, nobody)
    told_of = []
    for signal in ("-91", "-91", "-70"):
        desk.wire.script["GetVariables"] = results(Fallback="true", SignalStrength=signal)
        await reader.read(desk.station.id)
        taken, *_ = desk.intake.take()
        told_of.append([one.variable for _, one in taken if isinstance(one, EquipmentReported)])
    assert told_of == [["Fallback", "SignalStrength"], [], ["SignalStrength"]]


async def test_a_station_of_a_platform_is_read_and_set_nothing(desk: Desk) -> None:
    desk.wire.version = "2.0.1"
    desk.wire.script["GetVariables"] = results(Fallback="true")
    await LinkReader(desk.clock, desk.intake, MemoryBus(), desk.commands, lambda _: True).read(desk.station.id)
    assert [action for action, _ in desk.wire.asked] == ["GetVariables"]


async def test_a_station_that_has_none_of_it_is_left_alone(desk: Desk) -> None:
    reader = LinkReader(desk.clock, desk.intake, MemoryBus(), desk.commands, nobody)
    await reader.read(desk.station.id)
    assert desk.wire.asked == [], "1.6 has no such variables"
    desk.wire.version = "2.1"
    for answer in (RefusedError("NotSupported"), results()):
        desk.wire.script["GetVariables"] = answer
        await reader.read(desk.station.id)
    assert [action for action, _ in desk.wire.asked] == ["GetVariables", "GetVariables"]
    desk.wire.version = None
    await reader.read(desk.station.id)
    assert len(desk.wire.asked) == 2


async def test_a_station_is_asked_a_while_after_a_boot_and_once_an_hour(desk: Desk) -> None:
    desk.wire.version = "2.0.1"
    desk.wire.script["GetVariables"] = results()
    bus = MemoryBus()
    running = [
        asyncio.create_task(bus.run()),
        asyncio.create_task(LinkReader(desk.clock, desk.intake, bus, desk.commands, nobody).run()),
    ]
    await asyncio.sleep(1)

    async def boots() -> None:
        await bus.publish([EventRecord(seq=1, station=desk.station.id, event=StationBooted(at=desk.clock.now()))])

    await boots()
    await asyncio.sleep(15)
    assert desk.wire.asked == []
    await asyncio.sleep(10)
    assert len(desk.wire.asked) == 1
    await boots()
    await asyncio.sleep(100)
    assert len(desk.wire.asked) == 1
    await asyncio.sleep(3600)
    await boots()
    await asyncio.sleep(30)
    assert len(desk.wire.asked) == 2
    for task in running:
        task.cancel()
    await asyncio.wait(running)
