"""A central system, and stations at work on it."""

from __future__ import annotations

import asyncio
import contextlib
from random import Random
from typing import TYPE_CHECKING, Protocol

import pytest
from aiohttp import ClientSession, ClientTimeout

from monitor.core.ids import Identity, Sticker
from monitor.runtime.clock import SystemClock
from monitor.simulator.dialect import Nameplate
from monitor.simulator.dialling import Premises
from monitor.simulator.link import Socket
from monitor.simulator.pace import Pace
from monitor.simulator.report import Tally
from monitor.simulator.station import Station

from .central import Central, running

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterable

    from monitor.simulator.faults import Fault

PLATE = Nameplate(
    identity=Identity("CP1"), sticker=Sticker("CP1"), serial="S1", iccid="8935201000000000001", imsi="270010000000001"
)


@pytest.fixture
async def central() -> AsyncIterator[Central]:
    async with running() as system:
        yield system


class Running:
    """A station at work, and what was counted of it."""

    def __init__(self, station: Station, tally: Tally, task: asyncio.Task[None]) -> None:
        """Hold them together."""
        self.station = station
        self.tally = tally
        self.task = task


class RunStation(Protocol):
    """Starts a station on the central system of the test."""

    async def __call__(
        self, *faults: Fault, scale: float = 1.0, idle_s: float = 1e9, heartbeat_s: float | None = None, plate: Nameplate = PLATE
    ) -> Running: ...


@pytest.fixture
async def run_station(central: Central) -> AsyncIterator[RunStation]:
    tasks: list[asyncio.Task[None]] = []
    clock = SystemClock()
    async with ClientSession(timeout=ClientTimeout(total=None), ws_response_class=Socket) as http:

        async def start(
            *faults: Fault, scale: float = 1.0, idle_s: float = 1e9, heartbeat_s: float | None = None, plate: Nameplate = PLATE
        ) -> Running:
            tally = Tally()
            premises = Premises(
                url=central.url,
                http=http,
                clock=clock,
                pace=Pace(clock, scale),
                tally=tally,
                heartbeat_s=heartbeat_s,
                idle_s=idle_s,
                answer_s=0.3,
            )
            station = Station(plate, premises, Random(7))  # noqa: S311  a test must be repeatable
            tasks.append(asyncio.create_task(_lasting(station, faults)))
            return Running(station, tally, tasks[-1])

        yield start
        for task in tasks:
            task.cancel()
        for task in tasks:
            with contextlib.suppress(asyncio.CancelledError):
                await task


async def _lasting(station: Station, faults: Iterable[Fault]) -> None:
    await station.run(faults)
