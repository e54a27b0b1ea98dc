"""First light, as the contract tells it: a real borne's frame reaches the screen, /metrics and the database.

The station is the `ocpp` package's own client class, the service a process of its own.
"""

from __future__ import annotations

import asyncio
import base64
import signal
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any

import websockets
from ocpp.v16 import ChargePoint, call
from ocpp.v16.enums import ChargePointErrorCode, ChargePointStatus

from tests.support.programs import Installation, installation, until_true

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

STATIONS = (
    "sticker,identity,bearer,site,region,address,owner,security_profile,password\n"
    'CP2500,ELD-1,gprs,Parking Brill,Esch-sur-Alzette,"Place de la Résistance, Esch-sur-Alzette",Ville d\'Esch,1,0123456789abcdef\n'
    "CP2501,CP2501,lan,Gare,Luxembourg,Place de la Gare,CFL,0,\n"
)


@asynccontextmanager
async def charge_point(house: Installation, identity: str, password: str | None = None) -> AsyncIterator[Any]:
    """Connect the `ocpp` package's charge point and let it read."""
    headers = {}
    if password is not None:
        headers["Authorization"] = "Basic " + base64.b64encode(f"{identity}:{password}".encode()).decode()
    url = f"ws://127.0.0.1:{house.field}/ocpp/{identity}"
    async with websockets.connect(url, subprotocols=[websockets.Subprotocol("ocpp1.6")], additional_headers=headers) as socket:
        point = ChargePoint(identity, socket)
        reading = asyncio.create_task(point.start())
        try:
            yield point
        finally:
            reading.cancel()
            await asyncio.wait([reading])


async def boot(point: Any) -> Any:
    return await point.call(
        call.BootNotification(charge_point_model="Duo 22", charge_point_vendor="Elektra", firmware_version="1.4", iccid="8935201")
    )


async def status(point: Any, word: ChargePointStatus, connector: int = 1) -> None:
    await point.call(call.StatusNotification(connector_id=connector, error_code=ChargePointErrorCode.no_error, status=word))


@asynccontextmanager
async def house_with_stations(folder: Path) -> AsyncIterator[tuple[Installation, str]]:
    async with installation(folder) as house:
        await house.must("station", "import", "-", given=STATIONS)
        token = (await house.must("token", "create", "test", "--role", "operator")).strip()
        await house.must("user", "add", "anna", "--role", "agent", "--password-file", "-", given="a long password\n")
        await house.start()
        yield house, token


async def state_of(house: Installation, token: str, sticker: str = "CP2500") -> str:
    return str((await house.api(f"/stations/{sticker}", token))["state"])


async def test_a_borne_is_seen_lost_and_seen_again(tmp_path: Path) -> None:
    async with house_with_stations(tmp_path) as (house, token):
        assert await state_of(house, token) == "never_seen"
        async with charge_point(house, "ELD-1", "0123456789abcdef") as point:
            answer = await boot(point)
            assert (answer.status, answer.interval) == ("Accepted", 1)
            await status(point, ChargePointStatus.available)
            for _ in range(3):
                assert (await point.call(call.Heartbeat())).current_time.endswith("Z")
            assert await state_of(house, token) == "online"
            await found_everywhere(house, token, "Available")
            point._connection.transport.abort()  # the link is cut, without a word
        await until_true(lambda: is_state(house, token, "suspect", "offline"), 2)
        await until_true(lambda: is_state(house, token, "offline"), 6)
        (breach,) = await house.api("/breaches", token)
        text = await house.metrics()
        assert 'bornewatch_continuity_breach_active{station="CP2500",bearer="gprs"' in text, breach
        async with charge_point(house, "ELD-1", "0123456789abcdef") as point:
            await boot(point)
            await until_true(lambda: is_state(house, token, "online"), 3)
            await until_true(lambda: no_breaches(house, token), 3)
            assert "bornewatch_continuity_breach_active{" not in await house.metrics()


async def no_breaches(house: Installation, token: str) -> bool:
    return len(await house.api("/breaches", token)) == 0


async def is_state(house: Installation, token: str, *states: str) -> bool:
    return await state_of(house, token) in states


async def found_everywhere(house: Installation, token: str, word: str) -> None:
    """The station's page, the API and the series agree."""
    rows = await house.api("/stations?q=cp%202500-1", token)
    assert rows[0]["sticker"] == "CP2500"
    assert rows[0]["state"] == "online"
    text = await house.metrics()
    assert "# TYPE bornewatch_notifications_total counter" in text, "though no alerts are configured"
    assert 'bornewatch_station_health{station="CP2500",state="online"} 1' in text
    assert f'bornewatch_connector_status{{station="CP2500",connector="1",status="{word}"}} 1' in text
    assert 'bornewatch_ocpp_messages_total{action="BootNotification",protocol="1.6"} 1.0' in text
    http = await house.log_in("anna", "a long password")
    async with http, http.get("/stations/CP2500") as page:
        html = await page.text()
        assert page.status == 200
        assert "Résistance" in html
        assert "Parking Brill" in html


async def test_what_was_answered_survives_kill_9(tmp_path: Path) -> None:
    async with house_with_stations(tmp_path) as (house, token):
        transactions = []
        for turn in range(5):
            async with charge_point(house, "CP2501") as point:
                await boot(point)
                started = await point.call(
                    call.StartTransaction(connector_id=1, id_tag="A1", meter_start=turn, timestamp="2026-05-04T06:00:00Z")
                )
                transactions.append(str(started.transaction_id))
                await status(point, ChargePointStatus.charging)
                await status(point, [ChargePointStatus.faulted, ChargePointStatus.finishing][turn % 2])
                await house.stop(signal.SIGKILL)
            await house.start()
            told = await house.api("/stations/CP2501", token)
            assert told["state"] == "unknown", "nobody is judged for the time in which we were away"
            (connector,) = [one for one in told["connectors"] if one["connector"] == "1"]
            assert connector["status"] == ["Faulted", "Finishing"][turn % 2]
            events = await house.api("/stations/CP2501/timeline", token)
            assert str(transactions[-1]) in str(events)
        assert len(set(transactions)) == 5, "a number is never given twice"
        assert await house.api("/breaches", token) == []


async def test_a_change_by_the_command_line_reaches_the_running_service_within_two_seconds(tmp_path: Path) -> None:
    async with house_with_stations(tmp_path) as (house, token):
        await house.must("station", "add", "CP7", "--bearer", "wifi", "--site", "Neu")
        await until_true(lambda: has_station(house, token, "CP7"), 2)
        async with charge_point(house, "CP7") as point:
            await boot(point)
            await house.must("station", "retire", "cp7")
            async with asyncio.timeout(2):
                await point._connection.wait_closed()
        await house.must("maintenance", "add", "--site", "Gare", "--until", "2h")
        await until_true(lambda: in_maintenance(house, token, "CP2501"), 2)


async def has_station(house: Installation, token: str, sticker: str) -> bool:
    return any(row["sticker"] == sticker for row in await house.api(f"/stations?q={sticker}", token))


async def in_maintenance(house: Installation, token: str, sticker: str) -> bool:
    return "maintenance" in str(await house.api(f"/stations/{sticker}/timeline", token))


async def test_sigterm_ends_the_service_in_order(tmp_path: Path) -> None:
    async with house_with_stations(tmp_path) as (house, _), charge_point(house, "CP2501") as point:
        await boot(point)
        assert await house.stop() == 0
