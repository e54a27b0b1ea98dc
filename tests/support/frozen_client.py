"""A charge point of the `ocpp` package in a process of its own, to be stopped: boots, says what it was answered, and reads on."""

from __future__ import annotations

import asyncio
import base64
import importlib
import sys

import websockets


async def live(version: str, url: str, password: str) -> None:
    """Connect to `url` and stay."""
    name = f"ocpp.v{version.replace('.', '')}"
    call = importlib.import_module(f"{name}.call")
    identity = url.rsplit("/", 1)[1]
    secret = base64.b64encode(f"{identity}:{password}".encode()).decode()
    async with websockets.connect(
        url, subprotocols=[websockets.Subprotocol(f"ocpp{version}")], additional_headers={"Authorization": f"Basic {secret}"}
    ) as socket:
        point = importlib.import_module(name).ChargePoint(identity, socket)
        reading = asyncio.create_task(point.start())
        if version == "1.6":
            boot = call.BootNotification(charge_point_model="Duo 22", charge_point_vendor="Elektra")
        else:
            boot = call.BootNotification(charging_station={"model": "Trio 50", "vendor_name": "Elektra"}, reason="PowerUp")
        print((await point.call(boot)).status, flush=True)  # noqa: T201  (whoever started it waits for this)
        await reading


if __name__ == "__main__":
    asyncio.run(live(*sys.argv[1:]))
