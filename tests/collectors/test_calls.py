"""Commands over real sockets: compact frames, one answer each, an end at once when the link drops."""

from __future__ import annotations

import asyncio
import json
from typing import TYPE_CHECKING, Any

import aiohttp
import pytest

from monitor.core.commands import Action, CommandState, Order
from monitor.core.events import CommandMoved, ProgressNoted
from tests.support.services import ask, running_monitor, station_socket, until

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

    from monitor.core.commands import Command
    from monitor.service import Monitor

BOOT = {"chargePointVendor": "Elektra", "chargePointModel": "Duo 22", "firmwareVersion": "1.2"}


@pytest.fixture
async def monitor(tmp_path: Path) -> AsyncIterator[Monitor]:
    async with running_monitor(tmp_path, uploads=str(tmp_path / "uploads")) as running:
        yield running


async def request(monitor: Monitor, action: Action, **fields: Any) -> Command:
    force = fields.pop("force", False)
    station = monitor.directory.by_id(1)  # type: ignore[arg-type]
    assert station is not None
    return await monitor.commanding.commands.request(station, Order(action=action, **fields), who="anna", force=force)


async def state_of(monitor: Monitor, command: Command) -> tuple[str, str, str]:
    found = await monitor.commanding.commands.find(command.id)
    assert found is not None
    step = found.steps[-1]
    return step.state.value, step.why.value, step.said


async def becomes(monitor: Monitor, command: Command, state: CommandState) -> tuple[str, str, str]:
    async with asyncio.timeout(10):
        while (await state_of(monitor, command))[0] != state:
            await asyncio.sleep(0.01)
    return await state_of(monitor, command)


async def asked(socket: aiohttp.ClientWebSocketResponse) -> list[Any]:
    text = await socket.receive_str(timeout=10)
    assert ", " not in text, "frames are compact: some stations cannot read blanks"
    assert '": ' not in text
    frame = json.loads(text)
    assert frame[0] == 2
    assert 1 <= len(frame[1]) <= 36, "OCPP-J 1.6 §4.1.4"
    return list(frame)


async def test_a_reset_over_a_socket_is_confirmed_by_the_boot_on_the_next_one(monitor: Monitor) -> None:
    async with station_socket(monitor) as socket:
        await ask(socket, "BootNotification", BOOT)
        command = await request(monitor, Action.RESET, type="soft")
        _, identifier, action, payload = await asked(socket)
        assert (action, payload) == ("Reset", {"type": "Soft"})
        await socket.send_json([3, identifier, {"status": "Accepted"}])
        await becomes(monitor, command, CommandState.ACCEPTED)
    async with station_socket(monitor) as socket:
        await ask(socket, "BootNotification", BOOT)
        assert await becomes(monitor, command, CommandState.CONFIRMED) == ("confirmed", "", "")
    station = monitor.directory.by_id(1)  # type: ignore[arg-type]
    assert station is not None
    await monitor.journal.flushed()
    events = [
        record.event
        for record in await monitor.history.events(station.id, since=command.requested_at)
        if isinstance(record.event, CommandMoved)
    ]
    assert [(one.state, one.who) for one in events] == [("sent", "anna"), ("accepted", ""), ("confirmed", "")]


async def test_a_call_ends_at_once_when_the_link_drops(monitor: Monitor) -> None:
    async with station_socket(monitor) as socket:
        command = await request(monitor, Action.UNLOCK, connector="1")
        await asked(socket)
        assert await state_of(monitor, command) == ("sent", "", "")
    assert await becomes(monitor, command, CommandState.UNKNOWN) == ("unknown", "link_lost", "")
    await until(lambda: len(monitor.listener.links) == 0)
    again = await request(monitor, Action.RESET, type="hard", force=True)
    assert again.steps[-1].why == "not_connected"


async def test_answers_that_nobody_asked_for_are_counted_and_change_nothing(monitor: Monitor) -> None:
    def unasked() -> int:
        return monitor.messages["1.6", "unasked answer"]

    async with station_socket(monitor) as socket:
        await socket.send_json([3, "never", {"status": "Accepted"}])
        await until(lambda: unasked() == 1)
        command = await request(monitor, Action.CLEAR_CACHE)
        _, identifier, _, _ = await asked(socket)
        await socket.send_json([3, "other", {"status": "Rejected"}])
        await until(lambda: unasked() == 2)
        assert await state_of(monitor, command) == ("sent", "", "")
        await socket.send_json([3, identifier, {"status": "Accepted"}])
        assert await becomes(monitor, command, CommandState.ACCEPTED) == ("accepted", "", "Accepted")
        await socket.send_json([3, identifier, {"status": "Rejected"}])
        await until(lambda: unasked() == 3)
        assert await state_of(monitor, command) == ("accepted", "", "Accepted")
        assert (await ask(socket, "Heartbeat", {}))[0] == 3, "and the station is served as before"


async def test_an_error_is_a_refusal_in_the_stations_own_words(monitor: Monitor) -> None:
    async with station_socket(monitor) as socket:
        command = await request(monitor, Action.CLEAR_CACHE)
        _, identifier, _, _ = await asked(socket)
        await socket.send_json([4, identifier, "NotSupported", "no cache here", {}])
        assert await becomes(monitor, command, CommandState.REFUSED) == ("refused", "error", "NotSupported")
        assert (await request(monitor, Action.CLEAR_CACHE)).steps[-1].why == "shown"


async def test_an_equal_status_confirms_a_refresh(monitor: Monitor) -> None:
    status = {"connectorId": 1, "errorCode": "NoError", "status": "Available"}
    async with station_socket(monitor) as socket:
        await ask(socket, "StatusNotification", status)
        command = await request(monitor, Action.REFRESH, connector="1")
        _, identifier, action, payload = await asked(socket)
        assert (action, payload) == ("TriggerMessage", {"requestedMessage": "StatusNotification", "connectorId": 1})
        await socket.send_json([3, identifier, {"status": "Accepted"}])
        await ask(socket, "StatusNotification", status)
        assert await becomes(monitor, command, CommandState.CONFIRMED) == ("confirmed", "", "1: Available")


async def test_diagnostics_come_to_a_one_time_address(monitor: Monitor, tmp_path: Path) -> None:
    async with station_socket(monitor) as socket, aiohttp.ClientSession() as http:
        command = await request(monitor, Action.DIAGNOSTICS)
        _, identifier, action, payload = await asked(socket)
        assert action == "GetDiagnostics"
        place = payload["location"]
        assert place.startswith(f"http://127.0.0.1:{monitor.field_port}/uploads/")
        await socket.send_json([3, identifier, {"fileName": "diag 1.zip"}])
        await ask(socket, "DiagnosticsStatusNotification", {"status": "Uploading"})
        async with http.put(f"{place}diag%201.zip", data=b"x" * 200_000) as told:
            assert told.status == 201
        assert await becomes(monitor, command, CommandState.CONFIRMED) == ("confirmed", "", "diag_1.zip 200000 bytes")
        async with http.put(place, data=b"y") as told:
            assert told.status == 404, "one file"
        async with http.get(place) as told:
            assert told.status == 405, "nobody reads"
    (file,) = (tmp_path / "uploads").iterdir()
    assert file.name.startswith("CP2500-")
    assert file.stat().st_size == 200_000
    await monitor.journal.flushed()
    station = monitor.directory.by_id(1)  # type: ignore[arg-type]
    assert station is not None
    told_of = [record.event for record in await monitor.history.events(station.id, since=command.requested_at)]
    assert [event.status for event in told_of if isinstance(event, ProgressNoted)] == ["Uploading"]


async def test_a_form_is_taken_too_and_what_is_cut_off_is_not(monitor: Monitor, tmp_path: Path) -> None:
    async with station_socket(monitor) as socket, aiohttp.ClientSession() as http:
        command = await request(monitor, Action.DIAGNOSTICS)
        _, identifier, _, payload = await asked(socket)
        place = payload["location"]
        await socket.send_json([3, identifier, {"fileName": "d.log"}])

        _, writer = await asyncio.open_connection("127.0.0.1", monitor.field_port)
        path = place.partition(f":{monitor.field_port}")[2]
        writer.write(f"PUT {path} HTTP/1.1\r\nHost: x\r\nContent-Length: 1000\r\n\r\nhalf".encode())
        await writer.drain()
        async with http.put(place, data=b"x") as told:
            assert told.status == 404, "somebody is writing"
        writer.close()
        await writer.wait_closed()
        async with asyncio.timeout(10):
            while True:
                async with http.put(place, data=b"") as told:
                    if told.status == 400:
                        break
                await asyncio.sleep(0.05)
        async with asyncio.timeout(10):
            while True:
                form = aiohttp.FormData()
                form.add_field("file", b"log", filename="../../etc/passwd")
                async with http.post(place, data=form) as told:
                    if told.status == 201:
                        break
                await asyncio.sleep(0.05)
        assert (await becomes(monitor, command, CommandState.CONFIRMED))[2].endswith("3 bytes")
    files = [file.name for file in (tmp_path / "uploads").iterdir()]
    assert len(files) == 1, files
    assert "/" not in files[0]
    assert "passwd" in files[0]


async def test_an_address_that_nobody_gave_out_takes_nothing(monitor: Monitor) -> None:
    async with aiohttp.ClientSession() as http:
        for path in ("/uploads/x/", "/uploads/", "/uploads/x/y"):
            async with http.put(f"http://127.0.0.1:{monitor.field_port}{path}", data=b"y") as told:
                assert told.status == 404


async def test_a_silent_station_with_an_open_socket_is_asked_and_its_answer_is_life(monitor: Monitor) -> None:
    async with station_socket(monitor, autoping=False) as socket:
        await ask(socket, "BootNotification", BOOT)
        _, identifier, action, payload = await asked(socket)
        assert (action, payload) == ("TriggerMessage", {"requestedMessage": "Heartbeat"})
        health = monitor.engine.health(1)  # type: ignore[arg-type]
        assert health.state in ("suspect", "offline")
        await socket.send_json([4, identifier, "NotImplemented", "", {}])
        await until(lambda: monitor.engine.health(1).state == "online")  # type: ignore[arg-type]
        await until(lambda: monitor.commanding.inquirer.outcomes["answered"] == 1)
