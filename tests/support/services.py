"""A whole monitor in the test's own process, on free loopback ports and a fresh SQLite file."""

from __future__ import annotations

import asyncio
import base64
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any

import aiohttp

from monitor.registry.imports import read_csv
from monitor.runtime.clock import SystemClock
from monitor.service import Monitor
from monitor.settings import (
    FieldSettings,
    HealthSettings,
    IngestSettings,
    MonitorSettings,
    OpsSettings,
    ProbeSettings,
    RadiusSettings,
    StorageSettings,
    TapSettings,
    Thresholds,
    TwilioSettings,
)
from tests.support.databases import sqlite_database

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

    from monitor.core.clock import Clock

QUICK = Thresholds(grace_s=1.5, overdue_s=0.5, overdue_ratio=0.2, reconnect_s=1.0, settle_s=5)
"""Thresholds of seconds, for tests on real sockets and the real clock."""
STATIONS = (
    "sticker,identity,bearer,site,security_profile,password,heartbeat_s\n"
    "CP2500,CP2500,gprs,Brill,0,,\n"
    "CP2501,CP2501,lan,Brill,1,0123456789abcdef,\n"
    "CP2502,box-2,wifi,Gare,0,,1\n"
)


def settings_of(radius: RadiusSettings | None = None, **field: Any) -> MonitorSettings:
    """Return settings for a test: free ports, quick thresholds; `field` overrides `[field]`."""
    upstream, followed, twilio = field.pop("upstream", ""), field.pop("followed", ""), field.pop("twilio", {})
    ingest = {"file": followed, **field.pop("ingest", {})}
    return MonitorSettings(
        probes=ProbeSettings(),
        radius=radius or RadiusSettings(),
        tap=TapSettings(upstream=upstream),
        ingest=IngestSettings.model_validate(ingest),
        twilio=TwilioSettings.model_validate(twilio),
        storage=StorageSettings(),
        field=FieldSettings(**{"listen": "127.0.0.1:0", "heartbeat_s": 1, "ping_s": 0, **field}),
        ops=OpsSettings(listen="127.0.0.1:0"),
        health=HealthSettings(gprs=QUICK, lan=QUICK, wifi=QUICK),
    )


@asynccontextmanager
async def running_monitor(
    folder: Path, *, stations: str = STATIONS, clock: Clock | None = None, **field: Any
) -> AsyncIterator[Monitor]:
    """Run a monitor whose registry holds `stations`."""
    async with sqlite_database(folder) as database:
        monitor = Monitor(settings_of(**field), database, clock or SystemClock(), "test")
        sheet = read_csv(stations.encode())
        assert sheet.bad == ()
        await monitor.registry.apply(sheet.rows, SystemClock().now())
        await monitor.open()
        started = asyncio.Event()
        task = asyncio.create_task(monitor.run(started.set))
        waiting = asyncio.create_task(started.wait())
        await asyncio.wait([task, waiting], return_when=asyncio.FIRST_COMPLETED)
        if task.done():
            waiting.cancel()
            await task
        try:
            yield monitor
        finally:
            task.cancel()
            await asyncio.wait([task])


def basic(user: str, password: bytes) -> dict[str, str]:
    """Return a Basic Authorization header."""
    return {"Authorization": "Basic " + base64.b64encode(user.encode() + b":" + password).decode()}


def field_url(monitor: Monitor, identity: str) -> str:
    """Return where a station with that identity connects."""
    return f"ws://127.0.0.1:{monitor.field_port}/ocpp/{identity}"


@asynccontextmanager
async def station_socket(
    monitor: Monitor, identity: str = "CP2500", **options: Any
) -> AsyncIterator[aiohttp.ClientWebSocketResponse]:
    """Open a station's socket."""
    options.setdefault("protocols", ("ocpp1.6",))
    async with (
        aiohttp.ClientSession() as http,
        http.ws_connect(field_url(monitor, identity), **options) as socket,
    ):
        yield socket


async def ask(socket: aiohttp.ClientWebSocketResponse, action: str, payload: Any, identifier: str = "1") -> Any:
    """Send a CALL and return the answer, parsed."""
    await socket.send_json([2, identifier, action, payload])
    return await socket.receive_json(timeout=10)


async def until(condition: Any) -> None:
    """Wait for `condition`, at most 10 s."""
    async with asyncio.timeout(10):
        while not condition():
            await asyncio.sleep(0.01)
