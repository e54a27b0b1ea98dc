"""Between a station and its platform: everything passes as it is, we see it, and our own requests disturb nobody."""

from __future__ import annotations

import asyncio
import json
from typing import TYPE_CHECKING, Any

import aiohttp
import pytest

from monitor.collectors.ocppj import tap_link
from monitor.core.commands import Action, CommandState
from monitor.core.events import ConnectorChanged, LinkChanged
from monitor.core.health_state import Link
from monitor.core.ids import StationId
from monitor.desk import watching
from monitor.runtime.journal import TransientStoreError
from tests.collectors.test_calls import becomes, request, state_of
from tests.support.platforms import Platform, listening
from tests.support.services import basic, running_monitor, station_socket, until

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

    from monitor.core.health_state import HealthState
    from monitor.service import Monitor

STATIONS = (
    "sticker,identity,bearer,tap,security_profile,password\n"
    "CP2500,CP2500,gprs,true,0,\n"
    "CP2501,CP2501,gprs,false,0,\n"
    "CP2502,CP2502,gprs,true,1,\n"
)
NOW = "2026-05-04T06:00:00.000Z"


def obliging(action: str, _payload: Any) -> Any:
    return {
        "BootNotification": {"status": "Accepted", "currentTime": NOW, "interval": 77},
        "StartTransaction": {"transactionId": 4242, "idTagInfo": {"status": "Accepted"}},
        "Heartbeat": {"currentTime": NOW},
    }.get(action, {})


@pytest.fixture
async def platform() -> AsyncIterator[Platform]:
    async with listening(Platform(answer=obliging)) as serving:
        yield serving


@pytest.fixture
async def monitor(platform: Platform, tmp_path: Path) -> AsyncIterator[Monitor]:
    async with running_monitor(tmp_path, stations=STATIONS, upstream=platform.url) as running:
        yield running


def health(monitor: Monitor, number: int = 1) -> HealthState:
    return monitor.engine.health(StationId(number))


async def ask(socket: aiohttp.ClientWebSocketResponse, action: str, payload: Any, identifier: str) -> Any:
    await socket.send_json([2, identifier, action, payload])
    return (await socket.receive_json(timeout=10))[2]


# ---------------------------------------------------------------------------------------------------------- as they are


async def test_messages_pass_both_ways_as_they_are_and_in_order(monitor: Monitor, platform: Platform) -> None:
    platform.answer = None
    odd = [
        ' [ 2 , "a" , "Heartbeat" , {} ] ',
        '[2,"b","VendorThing",{"é":"\\u00e9","n":1e3,"deep":[[[[]]]]}]',
        "no JSON at all \u2603",
        '[9,"x",{}]',
        '[3,"nobody",{"status":"Accepted"}]',
        "",
        '[2,"c","MeterValues",{"data":"' + "x" * 200_000 + '"}]',
    ]
    async with station_socket(monitor) as station:
        for text in odd:
            await station.send_str(text)
        await station.send_bytes(b"\x00\xff")
        assert await platform.hears(len(odd) + 1) == [*odd, b"\x00\xff"]
        for text in odd:
            await platform.socket.send(text)
        await platform.socket.send(b"\x01")
        came = [await station.receive(timeout=5) for _ in range(len(odd) + 1)]
        assert [message.data for message in came] == [*odd, b"\x01"]
        assert (monitor.listener.tap.counts["up"], monitor.listener.tap.counts["down"]) == (len(odd), len(odd))


async def test_pings_and_pongs_pass_and_ours_stay_ours(monitor: Monitor, platform: Platform) -> None:
    async with station_socket(monitor, autoping=False) as station:
        waiter = await platform.socket.ping(b"from the platform")
        message = await station.receive(timeout=5)
        assert (message.type, bytes(message.data)) == (aiohttp.WSMsgType.PING, b"from the platform")
        await station.pong(message.data)
        assert await asyncio.wait_for(waiter, 5) is not None
        await station.ping(b"from the station")
        answer = await station.receive(timeout=5)
        assert (answer.type, bytes(answer.data)) == (aiohttp.WSMsgType.PONG, b"from the station")
        link = monitor.listener.links.link(StationId(1))
        assert link is not None
        link.ping()
        message = await station.receive(timeout=5)
        assert message.type is aiohttp.WSMsgType.PING
        await station.pong(message.data)
        await until(lambda: link.ponged)


async def test_identity_credentials_and_subprotocols_are_the_stations(monitor: Monitor, platform: Platform) -> None:
    platform.subprotocols = ("ocpp9.9",)
    headers = {**basic("CP2502", b"the platform knows it"), "User-Agent": "borne/1.0"}
    async with station_socket(monitor, "CP2502", headers=headers, protocols=("ocpp9.9", "ocpp1.6")) as station:
        (asked,) = platform.requests
        assert asked.path == "/central/CP2502"
        assert asked.headers["Authorization"] == headers["Authorization"]
        assert asked.headers["User-Agent"] == "borne/1.0"
        assert asked.headers["Sec-WebSocket-Protocol"] == "ocpp9.9,ocpp1.6"
        assert station.protocol == "ocpp9.9", "whatever the version"
        await station.send_str('[2,"1","Anything",{}]')
        await platform.hears(1)
        await until(lambda: health(monitor, 3).last_seen is not None)


async def test_a_station_without_the_mark_is_served_here(monitor: Monitor, platform: Platform) -> None:
    async with station_socket(monitor, "CP2501") as station:
        assert (await ask(station, "BootNotification", {"chargePointVendor": "E", "chargePointModel": "D"}, "1"))["interval"] == 1
    assert platform.requests == []


@pytest.mark.parametrize("status", [401, 403, 404, 503])
async def test_a_refusal_of_the_platform_is_passed_on(monitor: Monitor, platform: Platform, status: int) -> None:
    platform.refuse = status
    with pytest.raises(aiohttp.WSServerHandshakeError) as refusal:
        async with station_socket(monitor):
            pass
    assert refusal.value.status == status
    assert refusal.value.headers is not None
    assert refusal.value.headers["WWW-Authenticate"] == 'Basic realm="platform"'
    await until(lambda: health(monitor).last_seen is not None)
    platform.refuse = 0
    async with station_socket(monitor) as station:
        await ask(station, "Heartbeat", {}, "1")


async def test_a_platform_that_is_not_there_is_no_fault_of_the_station(tmp_path: Path) -> None:
    async with running_monitor(tmp_path, stations=STATIONS, upstream="ws://127.0.0.1:1/ocpp") as monitor:
        with pytest.raises(aiohttp.WSServerHandshakeError) as refusal:
            async with station_socket(monitor):
                pass
        assert refusal.value.status == 503
        assert monitor.listener.tap.counts == {"unreachable": 1}
        await until(lambda: health(monitor).last_seen is not None)


async def test_the_end_of_one_side_is_the_end_of_the_other(monitor: Monitor, platform: Platform) -> None:
    async with station_socket(monitor) as station:
        await ask(station, "Heartbeat", {}, "1")
        await platform.socket.close(4001, "go away")
        message = await station.receive(timeout=5)
        assert (message.type, message.data) == (aiohttp.WSMsgType.CLOSE, 4001)
    async with station_socket(monitor) as station:
        await ask(station, "Heartbeat", {}, "1")
        await station.close(code=4002)
    await until(lambda: len(platform.closes) == 2)
    assert platform.closes[-1] == (4002, "")
    async with station_socket(monitor) as station:
        await ask(station, "Heartbeat", {}, "1")
        platform.socket.transport.abort()
        message = await station.receive(timeout=5)
        assert message.type in (aiohttp.WSMsgType.CLOSED, aiohttp.WSMsgType.ERROR)
        assert station.close_code in (None, 1006)
    async with station_socket(monitor) as station:
        await ask(station, "Heartbeat", {}, "1")
        station._conn.transport.abort()  # type: ignore[union-attr]
    await until(lambda: len(platform.closes) == 4)


# ---------------------------------------------------------------------------------------------------------- seen


async def test_what_the_platform_answers_is_what_counts(monitor: Monitor) -> None:
    async with station_socket(monitor) as station:
        boot = {"chargePointVendor": "Elektra", "chargePointModel": "Duo 22", "firmwareVersion": "1.2"}
        assert (await ask(station, "BootNotification", boot, "1"))["interval"] == 77
        await until(lambda: health(monitor).boot is not None)
        assert health(monitor).interval_s == 77
        status = {"connectorId": 1, "errorCode": "NoError", "status": "Charging"}
        await ask(station, "StatusNotification", status, "2")
        start = {"connectorId": 1, "idTag": "A1", "meterStart": 5, "timestamp": NOW}
        assert (await ask(station, "StartTransaction", start, "3"))["transactionId"] == 4242
        await until(lambda: any(one.session for one in health(monitor).connectors))
        (one,) = [one for one in health(monitor).connectors if one.session]
        assert one.session is not None
        assert (one.connector, one.status, one.session.transaction) == ("1", "Charging", "4242")
        await ask(station, "StopTransaction", {"transactionId": 4242, "meterStop": 9, "timestamp": NOW}, "4")
        await until(lambda: not any(one.session for one in health(monitor).connectors))
        frames = [frame.text for frame in monitor.contact(StationId(1)).frames]
        assert any('"transactionId": 4242' in text or '"transactionId":4242' in text for text in frames), "both directions"


async def test_the_platforms_number_counts_though_the_beginning_was_said_before(monitor: Monitor, platform: Platform) -> None:
    numbers = iter((7, 8))
    platform.answer = lambda action, payload: (
        {"transactionId": next(numbers), "idTagInfo": {"status": "Accepted"}}
        if action == "StartTransaction"
        else obliging(action, payload)
    )
    start = {"connectorId": 1, "idTag": "A1", "meterStart": 5, "timestamp": NOW}
    for identifier in ("lost", "again"):
        async with station_socket(monitor) as station:
            await ask(station, "StartTransaction", start, identifier)
    await until(lambda: [one.session.transaction for one in health(monitor).connectors if one.session] == ["8"])


async def test_a_card_that_the_platform_refuses_opens_no_session(monitor: Monitor, platform: Platform) -> None:
    platform.answer = lambda action, payload: (
        {"transactionId": 7, "idTagInfo": {"status": "Invalid"}} if action == "StartTransaction" else obliging(action, payload)
    )
    async with station_socket(monitor) as station:
        start = {"connectorId": 1, "idTag": "A1", "meterStart": 5, "timestamp": NOW}
        await ask(station, "StartTransaction", start, "3")
        await ask(station, "StatusNotification", {"connectorId": 1, "errorCode": "NoError", "status": "Available"}, "4")
        await until(lambda: len(health(monitor).connectors) == 1)
        assert health(monitor).connectors[0].session is None


async def test_a_boot_that_is_not_accepted_is_none(monitor: Monitor, platform: Platform) -> None:
    platform.answer = lambda *_: {"status": "Pending", "currentTime": NOW, "interval": 5}
    async with station_socket(monitor) as station:
        await ask(station, "BootNotification", {"chargePointVendor": "E", "chargePointModel": "D"}, "1")
        await until(lambda: health(monitor).last_seen is not None)
        assert health(monitor).boot is None


async def test_transactions_of_2x_are_seen(monitor: Monitor, platform: Platform) -> None:
    platform.answer = lambda action, _: {"idTokenInfo": {"status": "Accepted"}} if action == "TransactionEvent" else {}
    async with station_socket(monitor, protocols=("ocpp2.0.1",)) as station:
        event = {
            "eventType": "Started",
            "timestamp": NOW,
            "triggerReason": "Authorized",
            "seqNo": 0,
            "transactionInfo": {"transactionId": "tx-9"},
            "evse": {"id": 1, "connectorId": 1},
            "idToken": {"idToken": "A1", "type": "ISO14443"},
        }
        await ask(station, "TransactionEvent", event, "1")
        await until(lambda: any(one.session for one in health(monitor).connectors))


async def test_what_is_said_just_before_the_end_is_known_before_it(monitor: Monitor, platform: Platform) -> None:
    async with station_socket(monitor) as station:
        for number, status in enumerate(("Available", "Charging", "Faulted")):
            await station.send_json([2, str(number), "StatusNotification", status_of(status)])
        await platform.hears(3)
    await until(lambda: health(monitor).link is Link.CLOSED)
    await monitor.journal.flushed()
    events = [one.event for one in await monitor.history.events(StationId(1), since=monitor._clock.now().replace(year=2020))]
    told = [one for one in events if isinstance(one, ConnectorChanged | LinkChanged)]
    assert [one.status.value if isinstance(one, ConnectorChanged) else one.open for one in told] == [
        *(True, "Available", "Charging", "Faulted", False)
    ]


def status_of(word: str) -> dict[str, Any]:
    return {"connectorId": 1, "errorCode": "NoError", "status": word}


@pytest.mark.parametrize("broken", ["judgement", "store"])
async def test_whatever_fails_here_the_frames_flow(monitor: Monitor, broken: str, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: Any) -> Any:
        raise ZeroDivisionError

    async def away(*_: Any) -> Any:
        raise TransientStoreError("away")

    if broken == "judgement":
        monkeypatch.setattr(watching, "take", fail)
    else:
        monkeypatch.setattr(monitor.history, "save", away)
    async with station_socket(monitor) as station:
        for number in range(20):
            status = {"connectorId": 1, "errorCode": "NoError", "status": ("Available", "Charging")[number % 2]}
            assert await ask(station, "StatusNotification", status, str(number)) == {}
    if broken == "judgement":
        assert monitor.listener.tap.counts["unobserved"] == 20


async def test_what_does_not_fit_into_our_queue_is_shed_and_passed_on(monitor: Monitor, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(type(monitor.intake), "full", property(lambda _: True))
    async with station_socket(monitor) as station:
        assert (
            await ask(station, "StatusNotification", {"connectorId": 1, "errorCode": "NoError", "status": "Available"}, "1") == {}
        )
        await until(lambda: monitor.listener.tap.counts["shed"] == 1)


async def test_a_platform_that_does_not_read_loses_the_station(
    monitor: Monitor, platform: Platform, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tap_link, "STALL_S", 0.3)
    platform.answer = None
    async with station_socket(monitor) as station:
        await station.send_str("x")
        await platform.hears(1)
        platform.socket.transport.pause_reading()
        sending = asyncio.create_task(_fill(station))
        while (await station.receive(timeout=10)).type not in (aiohttp.WSMsgType.CLOSE, aiohttp.WSMsgType.CLOSED):
            pass
        sending.cancel()
        platform.socket.transport.resume_reading()
        assert station.close_code == 1013
        assert monitor.listener.tap.counts["stalled"] >= 1


async def _fill(station: aiohttp.ClientWebSocketResponse) -> None:
    while not station.closed:
        await station.send_str("x" * 1_000_000)


MANY = [f'[3,"{number}",{{"data":"{"x" * 100_000}"}}]' for number in range(300)]
"""Thirty megabytes, far more than all buffers between hold."""


async def _flood(platform: Platform) -> None:
    for text in MANY:
        await platform.socket.send(text)


async def test_a_platform_waits_for_a_station_that_reads_slowly(monitor: Monitor, platform: Platform) -> None:
    async with station_socket(monitor) as station:
        await ask(station, "Heartbeat", {}, "1")
        link = monitor.listener.links.link(StationId(1))
        assert link is not None
        station._conn.transport.pause_reading()  # type: ignore[union-attr]
        sending = asyncio.create_task(_flood(platform))
        await until(lambda: link.transport.get_write_buffer_size() > 0)
        down = monitor.listener.tap.counts["down"]
        await asyncio.wait([sending], timeout=0.3)
        assert monitor.listener.tap.counts["down"] - down < len(MANY) // 2, "what cannot be passed on is not read either"
        assert not sending.done()
        station._conn.transport.resume_reading()  # type: ignore[union-attr]
        assert [(await station.receive(timeout=10)).data for _ in MANY] == MANY
        await sending


async def test_a_station_that_does_not_read_is_cut_off(
    monitor: Monitor, platform: Platform, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tap_link, "STALL_S", 0.3)
    async with station_socket(monitor) as station:
        await ask(station, "Heartbeat", {}, "1")
        station._conn.transport.pause_reading()  # type: ignore[union-attr]
        sending = asyncio.create_task(_flood(platform))
        await until(lambda: health(monitor).link is Link.CLOSED)
        assert monitor.listener.tap.counts["stalled"] == 1
        await until(lambda: len(platform.closes) == 1)
        sending.cancel()


# ---------------------------------------------------------------------------------------------------------- our own requests


async def test_a_request_of_ours_and_its_answer_stay_between_us_and_the_station(monitor: Monitor, platform: Platform) -> None:
    async with station_socket(monitor) as station:
        await ask(station, "Heartbeat", {}, "1")
        command = await request(monitor, Action.CLEAR_CACHE)
        _, identifier, action, _ = await station.receive_json(timeout=5)
        assert action == "ClearCache"
        await station.send_json([3, identifier, {"status": "Accepted"}])
        assert await becomes(monitor, command, CommandState.ACCEPTED) == ("accepted", "", "Accepted")
        await station.send_json([3, identifier, {"status": "Rejected"}])
        await ask(station, "Heartbeat", {}, "2")
        assert [json.loads(text)[2] for text in platform.heard] == ["Heartbeat", "Heartbeat"], "a second answer is kept too"


async def test_ours_waits_for_the_platforms(monitor: Monitor, platform: Platform) -> None:
    async with station_socket(monitor) as station:
        await ask(station, "Heartbeat", {}, "1")
        await platform.socket.send('[2,"p1","Reset",{"type":"Soft"}]')
        assert (await station.receive_json(timeout=5))[1] == "p1"
        command = await request(monitor, Action.CLEAR_CACHE)
        with pytest.raises(TimeoutError):
            await station.receive_json(timeout=0.3)
        assert await state_of(monitor, command) == ("sent", "", "")
        await station.send_json([3, "p1", {"status": "Accepted"}])
        assert (await station.receive_json(timeout=5))[2] == "ClearCache"
        assert json.loads(platform.heard[-1]) == [3, "p1", {"status": "Accepted"}]


async def test_the_platforms_wait_behind_ours_and_its_answers_do_not(monitor: Monitor, platform: Platform) -> None:
    async with station_socket(monitor) as station:
        await ask(station, "Heartbeat", {}, "1")
        await request(monitor, Action.CLEAR_CACHE)
        _, ours, _, _ = await station.receive_json(timeout=5)
        await platform.socket.send('[2,"p1","Reset",{"type":"Soft"}]')
        await platform.socket.send('[2,"p2","ClearCache",{}]')
        assert await ask(station, "Heartbeat", {}, "2") == {"currentTime": NOW}, "nothing but its answer came"
        await station.send_json([3, ours, {"status": "Accepted"}])
        assert [(await station.receive_json(timeout=5))[1] for _ in range(2)] == ["p1", "p2"]
        assert monitor.listener.tap.counts["held"] == 2


async def test_nothing_waits_behind_ours_for_ever(monitor: Monitor, platform: Platform, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tap_link, "HOLD_S", 0.2)
    async with station_socket(monitor) as station:
        await ask(station, "Heartbeat", {}, "1")
        await request(monitor, Action.CLEAR_CACHE)
        await station.receive_json(timeout=5)
        await platform.socket.send('[2,"p1","Reset",{"type":"Soft"}]')
        assert (await station.receive_json(timeout=5))[1] == "p1"
        assert monitor.listener.tap.counts["held_too_long"] == 1


async def test_a_contested_place_is_asked_for_by_a_ping_alone(monitor: Monitor, platform: Platform) -> None:
    async with station_socket(monitor) as station:
        await ask(station, "Heartbeat", {}, "1")
        reading = asyncio.create_task(station.receive())
        with pytest.raises(aiohttp.WSServerHandshakeError) as refusal:
            async with station_socket(monitor):
                pass
        assert refusal.value.status == 401
        await ask_later(station, reading)
        assert len(platform.requests) == 1, "the newcomer never reached the platform"


async def ask_later(station: aiohttp.ClientWebSocketResponse, reading: asyncio.Task[Any]) -> None:
    await station.send_json([2, "2", "Heartbeat", {}])
    assert json.loads((await reading).data)[1] == "2", "no request of ours was in between"
