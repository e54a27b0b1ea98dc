"""Simulated chargers on real sockets, one by one: a test lets something happen to each, and the service hears of it from them."""

from __future__ import annotations

import asyncio
import csv
import io
from contextlib import asynccontextmanager
from random import Random
from typing import TYPE_CHECKING

from aiohttp import ClientSession, ClientTimeout

from monitor.runtime.clock import SystemClock
from monitor.simulator.demo import COLUMNS, demo_registry, nameplate
from monitor.simulator.dialling import Premises
from monitor.simulator.fleet import FleetPlan
from monitor.simulator.link import Socket
from monitor.simulator.mix import HEALTHY_MIX
from monitor.simulator.pace import Pace
from monitor.simulator.report import Tally
from monitor.simulator.station import Station

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

SCALE = 4.0
"""How many seconds of a charger pass in one of ours."""
CARD, EXPIRED = "04A2B3C4", "04FFEE11"
CARDS = f"id_tag,status,expires_at\n{CARD},Accepted,\n{EXPIRED},Accepted,2026-01-31T00:00:00Z\n"


def roll(count: int) -> list[dict[str, str]]:
    """Return so many chargers of OCPP 1.6 with two points each, on paper as the register has them."""
    rows = demo_registry(FleetPlan(url="", stations=100, mix=HEALTHY_MIX))
    old = [row for row in rows if (row["protocol"], row["connectors"]) == ("1.6", "2")]
    assert len(old) >= count
    return [row | {"security_profile": "0", "password": "", "heartbeat_s": ""} for row in old[:count]]


def sheet(rows: list[dict[str, str]]) -> str:
    """Return `rows` as an import file."""
    text = io.StringIO(newline="")
    writer = csv.DictWriter(text, COLUMNS)
    writer.writeheader()
    writer.writerows(rows)
    return text.getvalue()


@asynccontextmanager
async def chargers(url: str, rows: list[dict[str, str]]) -> AsyncIterator[dict[str, Station]]:
    """Run the chargers of `rows` until the end; nobody charges unless a test says so."""
    clock, tasks = SystemClock(), []
    async with ClientSession(timeout=ClientTimeout(total=None), ws_response_class=Socket) as http:
        premises = Premises(
            url=url,
            http=http,
            clock=clock,
            pace=Pace(clock, SCALE),
            tally=Tally(),
            heartbeat_s=SCALE,
            idle_s=1e9,
            cards=(CARD,),
        )
        plates = [nameplate(row) for row in rows]
        fleet = {str(plate.sticker): Station(plate, premises, Random(plate.sticker)) for plate in plates}  # noqa: S311  repeatable
        tasks = [asyncio.create_task(station.run()) for station in fleet.values()]
        try:
            async with asyncio.timeout(30):
                for station in fleet.values():
                    await station.connected.wait()
            yield fleet
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.wait(tasks)
