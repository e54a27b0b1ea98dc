"""The field listener over real sockets: admission, limits, hostile bytes, and sockets that replace each other."""

from __future__ import annotations

import asyncio
import contextlib
import json
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import aiohttp
import pytest
from yarl import URL

from monitor.core.events import ContestNoted
from monitor.core.health_state import Link
from monitor.core.ids import Identity, StationId
from monitor.core.quirks import Quirk
from monitor.registry.attempts import Outcome
from monitor.registry.imports import read_csv
from tests.support.services import ask, basic, field_url, running_monitor, station_socket, until

if TYPE_CHECKING:
    from pathlib import Path

    from monitor.core.health_state import HealthState
    from monitor.service import Monitor

BOOT = {"chargePointVendor": "Elektra", "chargePointModel": "Duo 22"}
AVAILABLE = {"connectorId": 1, "errorCode": "NoError", "status": "Available"}


def health(monitor: Monitor, identity: str = "CP2500") -> HealthState:
    station = monitor.directory.by_identity(Identity(identity))
    assert station is not None
    return monitor.engine.health(station.id)


async def test_a_station_is_served_and_its_answers_come_after_their_commit(tmp_path: Path) -> None:
    async with running_monitor(tmp_path) as monitor, station_socket(monitor) as socket:
        kind, _, boot = await ask(socket, "BootNotification", BOOT)
        assert (kind, boot["status"], boot["interval"]) == (3, "Accepted", 1)
        assert await ask(socket, "StatusNotification", AVAILABLE) == [3, "1", {}]
        station = monitor.directory.by_identity(Identity("CP2500"))
        assert station is not None
        stored = (await monitor.history.states())[station.id]
        assert stored.boot is not None
        assert [one.status.value for one in stored.connectors] == ["Available"]


async def test_the_right_password_is_admitted(tmp_path: Path) -> None:
    async with (
        running_monitor(tmp_path) as monitor,
        station_socket(monitor, "CP2501", headers=basic("CP2501", b"0123456789abcdef")) as socket,
    ):
        assert (await ask(socket, "Heartbeat", {}))[0] == 3


async def test_profile_0_is_confined_to_its_networks(tmp_path: Path) -> None:
    async with running_monitor(tmp_path, allowed_networks=["10.0.0.0/8"]) as monitor:
        with pytest.raises(aiohttp.WSServerHandshakeError, match="401"):
            async with station_socket(monitor):
                pass


@pytest.mark.parametrize("path", ["%00", "a%2Fb", "%E2%80%AE", "x" * 2000, "a%20b", "..%2F"])
async def test_a_malformed_identity_is_a_client_error(tmp_path: Path, path: str) -> None:
    async with running_monitor(tmp_path) as monitor, aiohttp.ClientSession() as http:
        url = URL(f"http://127.0.0.1:{monitor.field_port}/ocpp/{path}", encoded=True)
        async with http.get(url) as answer:
            assert 400 <= answer.status < 500


@pytest.mark.parametrize(("offered", "status"), [((), 400), (("ocpp9.9",), 400), (("mqtt", "ocpp1.6"), 101)])
async def test_the_sub_protocol_is_agreed_on(tmp_path: Path, offered: tuple[str, ...], status: int) -> None:
    async with running_monitor(tmp_path) as monitor:
        if status == 101:
            async with station_socket(monitor, protocols=offered) as socket:
                assert socket.protocol == "ocpp1.6"
            return
        with pytest.raises(aiohttp.WSServerHandshakeError) as caught:
            async with station_socket(monitor, protocols=offered):
                pass
        assert caught.value.status == status


async def test_a_station_that_offers_no_sub_protocol_may_be_given_one(tmp_path: Path) -> None:
    async with (
        running_monitor(tmp_path, default_subprotocol="ocpp1.6") as monitor,
        station_socket(monitor, protocols=()) as socket,
    ):
        assert socket.protocol is None
        assert (await ask(socket, "Heartbeat", {}))[0] == 3


async def test_a_plain_request_is_refused_kindly(tmp_path: Path) -> None:
    async with running_monitor(tmp_path) as monitor, aiohttp.ClientSession() as http:
        url = field_url(monitor, "CP2500").replace("ws:", "http:")
        async with http.get(url, headers={"Sec-WebSocket-Protocol": "ocpp1.6"}) as answer:
            assert answer.status == 400
        async with http.get(f"http://127.0.0.1:{monitor.field_port}/metrics") as answer:
            assert answer.status == 404


@pytest.mark.parametrize(
    "text",
    [
        "null",
        "[]",
        "[" * 30_000,
        '[2,"1","StatusNotification",' + "[" * 20_000,
        '[2,"1","Heartbeat",{"a":' + "9" * 5000 + "}]",
        '[2,"1","Heartbeat",{"a":"\\ud800"}]',
        '[2,"1","DataTransfer",{"vendorId":"a\\u0000b"}]',
        '[2,"' + "i" * 60_000 + '","Heartbeat",{}]',
        '[2,"1","Heartbeat",{"a":1e999}]',
    ],
)
async def test_a_bad_frame_is_answered_and_the_next_good_one_served(tmp_path: Path, text: str) -> None:
    async with running_monitor(tmp_path) as monitor, station_socket(monitor) as socket:
        await socket.send_str(text)
        answer = await socket.receive_json(timeout=10)
        assert answer[0] in (3, 4)
        assert (await ask(socket, "Heartbeat", {}, "next"))[:2] == [3, "next"]
        assert monitor.engine.failed == 0


@pytest.mark.parametrize("size", [64 * 1024, 64 * 1024 + 1, 1_000_000])
async def test_a_message_has_at_most_64_kib(tmp_path: Path, size: int) -> None:
    async with running_monitor(tmp_path) as monitor, station_socket(monitor, max_msg_size=0) as socket:
        text = json.dumps([2, "1", "DataTransfer", {"vendorId": "x", "data": ""}])
        padded = text.replace('"data": ""', f'"data": "{"d" * (size - len(text))}"')
        assert len(padded) == size
        await socket.send_str(padded)
        message = await socket.receive(timeout=10)
        if size <= 64 * 1024:
            assert message.type is aiohttp.WSMsgType.TEXT
        else:
            assert message.type in (aiohttp.WSMsgType.CLOSE, aiohttp.WSMsgType.CLOSED, aiohttp.WSMsgType.ERROR)
            assert socket.close_code in (1009, 1006)
    # and the loop was never harmed: the context managers have closed in order


async def test_binary_is_not_ocpp(tmp_path: Path) -> None:
    async with running_monitor(tmp_path) as monitor, station_socket(monitor) as socket:
        await socket.send_bytes(b"\x00\xff")
        message = await socket.receive(timeout=10)
        assert message.type is aiohttp.WSMsgType.CLOSE
        assert message.data == 1003
        await until(lambda: health(monitor).link is Link.CLOSED)


async def test_compression_is_never_agreed_on(tmp_path: Path) -> None:
    async with running_monitor(tmp_path) as monitor, station_socket(monitor, compress=15) as socket:
        assert not socket.compress
        assert (await ask(socket, "Heartbeat", {}))[0] == 3


async def test_a_ping_of_the_stations_is_answered_and_is_life(tmp_path: Path) -> None:
    async with running_monitor(tmp_path) as monitor, station_socket(monitor, autoping=False) as socket:
        await ask(socket, "Heartbeat", {})
        before = health(monitor).last_seen
        await socket.ping(b"hello")
        message = await socket.receive(timeout=10)
        assert (message.type, message.data) == (aiohttp.WSMsgType.PONG, b"hello")
        after = health(monitor).last_seen
        assert before is not None
        assert after is not None
        assert after > before


async def test_our_pings_are_answered_and_count_as_life(tmp_path: Path) -> None:
    async with running_monitor(tmp_path, ping_s=0.3) as monitor, station_socket(monitor) as socket:
        reader = asyncio.create_task(socket.receive())
        await until(lambda: health(monitor).pongs)
        reader.cancel()


async def test_a_station_that_stops_answering_pings_is_cut_off(tmp_path: Path) -> None:
    async with running_monitor(tmp_path, ping_s=0.2) as monitor, station_socket(monitor) as socket:
        reader = asyncio.create_task(socket.receive())
        await until(lambda: health(monitor).pongs)
        reader.cancel()
        transport: Any = socket._response.connection.transport  # type: ignore[union-attr]
        transport.pause_reading()
        await until(lambda: health(monitor).link is Link.CLOSED)


async def test_a_station_that_never_answers_pings_is_left_alone(tmp_path: Path) -> None:
    async with running_monitor(tmp_path, ping_s=0.1) as monitor, station_socket(monitor, autoping=False) as socket:
        async with asyncio.timeout(10):
            pings = 0
            while pings < 8:
                message = await socket.receive()
                pings += message.type is aiohttp.WSMsgType.PING
        assert health(monitor).link is Link.OPEN
        assert not health(monitor).pongs


async def test_a_station_is_admitted_beside_its_own_dead_socket_and_outlives_its_end(tmp_path: Path) -> None:
    """A client that does not read answers neither ping nor request: to us it is dead."""
    async with running_monitor(tmp_path) as monitor, station_socket(monitor) as old:
        await ask(old, "Heartbeat", {})
        began = asyncio.get_running_loop().time()
        async with station_socket(monitor) as new:
            assert asyncio.get_running_loop().time() - began < 15
            await ask(new, "Heartbeat", {})
            with contextlib.suppress(ConnectionError):
                while not old.closed:
                    await old.receive(timeout=10)
            await until(lambda: monitor.contact(StationId(1)).messages == 2)
            assert health(monitor).link is Link.OPEN
            assert health(monitor).link_epoch == 2
            assert (await ask(new, "Heartbeat", {}))[0] == 3
            assert monitor.listener.links.replaced == 1


async def test_a_living_station_keeps_its_place_and_the_contest_is_told(tmp_path: Path) -> None:
    async with running_monitor(tmp_path) as monitor, station_socket(monitor) as genuine:
        await ask(genuine, "Heartbeat", {})
        reading = asyncio.create_task(genuine.receive())
        for _ in range(3):
            with pytest.raises(aiohttp.WSServerHandshakeError, match="401"):
                async with station_socket(monitor):
                    pass
            if reading.done():
                assert json.loads(reading.result().data)[2] == "TriggerMessage"
                reading = asyncio.create_task(genuine.receive())
        reading.cancel()
        await asyncio.wait([reading])
        assert health(monitor).link_epoch == 1
        station = monitor.directory.by_identity(Identity("CP2500"))
        assert station is not None
        await monitor.journal.flushed()
        said = await monitor.history.events(station.id, since=monitor._clock.now() - timedelta(minutes=1))
        assert [one.event for one in said if isinstance(one.event, ContestNoted)] == [
            ContestNoted(at=said[-1].event.at, address="127.0.0.1", times=1)
        ]
        seen = monitor.attempts.of_identity("CP2500")
        assert [one.outcome for one in seen] == [Outcome.CONTESTED] * 3 + [Outcome.ADMITTED]


@pytest.mark.parametrize("version", ["ocpp1.5", "ocpp1.6", "ocpp2.0.1", "ocpp2.1"])
async def test_every_version_is_spoken(tmp_path: Path, version: str) -> None:
    async with running_monitor(tmp_path) as monitor, station_socket(monitor, protocols=(version,)) as socket:
        assert socket.protocol == version
        assert (await ask(socket, "Heartbeat", {}))[0] == 3
        assert monitor.listener.links.by_protocol() == {version.removeprefix("ocpp"): 1}


async def test_the_line_of_a_station_is_evidence(tmp_path: Path) -> None:
    async with running_monitor(tmp_path, ping_s=0.1) as monitor:
        station = monitor.directory.by_identity(Identity("CP2500"))
        assert station is not None
        assert monitor.contact(station.id).opened_at is None
        async with station_socket(monitor) as socket:
            await ask(socket, "BootNotification", BOOT)
            reading = asyncio.create_task(socket.receive())
            await until(lambda: monitor.contact(station.id).rtt_s is not None)
            await socket.send_json([2, "2", "Heartbeat", {}])
            await reading
            line = monitor.contact(station.id)
        assert line.opened_at is not None
        assert line.pongs
        assert line.rtt_s is not None
        assert 0 < line.rtt_s < 5
        assert line.gap_s is not None
        assert (line.protocol, line.address, line.messages) == ("1.6", "127.0.0.1", 2)
        assert [frame.direction.value for frame in line.frames] == ["remark", "in", "out", "in", "out"]
        await until(lambda: monitor.contact(station.id).opened_at is None)
        assert monitor.contact(station.id).ended[0].code == 1000


async def test_a_socket_that_ends_without_a_close_frame_is_a_habit(tmp_path: Path) -> None:
    async with running_monitor(tmp_path) as monitor:
        async with aiohttp.ClientSession() as http:
            socket = await http.ws_connect(field_url(monitor, "CP2500"), protocols=("ocpp1.6",))
            await ask(socket, "BootNotification", BOOT)
            transport: Any = socket._response.connection.transport  # type: ignore[union-attr]
            transport.close()
            await until(lambda: health(monitor).link is Link.CLOSED)
        assert [habit.quirk for habit in health(monitor).habits] == [Quirk.NO_CLOSE_FRAME]
        assert monitor.contact(StationId(1)).ended[0].code == 1006


@pytest.mark.parametrize("hello", [b"", b"GET /ocpp/CP2500 HTTP/1.1\r\nHost: x\r\n", b"\x16\x03\x01garbage"])
async def test_an_unfinished_handshake_is_cut(tmp_path: Path, hello: bytes) -> None:
    async with running_monitor(tmp_path) as monitor:
        monitor.listener._field.handshake_s = 0.3
        reader, writer = await asyncio.open_connection("127.0.0.1", monitor.field_port)
        writer.write(hello)
        async with asyncio.timeout(5):
            await reader.read()
        writer.close()


async def test_a_flood_feels_back_pressure_and_no_close(tmp_path: Path) -> None:
    async with running_monitor(tmp_path) as monitor, station_socket(monitor) as socket:
        loop = asyncio.get_running_loop()
        began = loop.time()
        for number in range(500):
            await socket.send_json([2, str(number), "Heartbeat", {}])
        answers = [await socket.receive_json(timeout=10) for _ in range(500)]
        assert [answer[1] for answer in answers] == [str(number) for number in range(500)]
        assert loop.time() - began > 1.0


async def test_an_unknown_station_is_admitted_where_the_laboratory_wants_it(tmp_path: Path) -> None:
    async with running_monitor(tmp_path, unknown_stations="admit") as monitor:
        async with station_socket(monitor, "LAB-1") as socket:
            assert (await ask(socket, "BootNotification", BOOT))[0] == 3
        station = monitor.directory.by_identity(Identity("LAB-1"))
        assert station is not None
        assert station.sticker == "LAB-1"
        with pytest.raises(aiohttp.WSServerHandshakeError, match="400"):
            async with station_socket(monitor, "~LAB"):
                pass


async def test_a_clean_leave_says_good_bye_and_flags_nobody(tmp_path: Path) -> None:
    async with running_monitor(tmp_path) as monitor:
        http = aiohttp.ClientSession()
        socket = await http.ws_connect(field_url(monitor, "CP2500"), protocols=("ocpp1.6",))
        await ask(socket, "BootNotification", BOOT)
        closing = asyncio.create_task(socket.receive(timeout=10))
    message = await closing
    assert (message.type, message.data) == (aiohttp.WSMsgType.CLOSE, 1001)
    await http.close()
    async with running_monitor(tmp_path) as again:
        assert health(again).state.value == "unknown"


async def test_the_laboratory_never_touches_a_registered_station(tmp_path: Path) -> None:
    async with running_monitor(tmp_path, unknown_stations="admit") as monitor:
        before = list(monitor.directory)
        for identity in ("CP2502", "cp2502"):
            with pytest.raises(aiohttp.WSServerHandshakeError, match="401"):
                async with station_socket(monitor, identity):
                    pass
        assert list(monitor.directory) == before


async def test_a_ping_flood_feels_back_pressure(tmp_path: Path) -> None:
    async with running_monitor(tmp_path) as monitor, station_socket(monitor, autoping=False) as socket:
        loop = asyncio.get_running_loop()
        began = loop.time()
        for _ in range(500):
            await socket.ping()
        for _ in range(500):
            await socket.receive(timeout=10)
        assert loop.time() - began > 1.0


async def test_a_socket_that_is_gone_is_not_kept_for_its_ping(tmp_path: Path) -> None:
    async with running_monitor(tmp_path, ping_s=60) as monitor:
        for _ in range(5):
            async with station_socket(monitor):
                pass
        await until(lambda: len(monitor.listener.links) == 0)
        assert all(isinstance(part, int | float) for entry in monitor.listener.links._wheel for part in entry)


async def test_a_new_password_ends_the_socket_of_the_old_one(tmp_path: Path) -> None:
    async with (
        running_monitor(tmp_path) as monitor,
        station_socket(monitor, "CP2501", headers=basic("CP2501", b"0123456789abcdef")) as socket,
    ):
        await ask(socket, "Heartbeat", {})
        sheet = read_csv(b"sticker,bearer,password\nCP2501,lan,another-password\n")
        await monitor.registry.apply(sheet.rows, monitor._clock.now())
        message = await socket.receive(timeout=3)
        assert message.type in (aiohttp.WSMsgType.CLOSED, aiohttp.WSMsgType.CLOSE, aiohttp.WSMsgType.ERROR)
