"""A fleet of simulated stations: connects them over real sockets, lets their faults happen, and says what was done."""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager
from dataclasses import replace
from typing import TYPE_CHECKING, Final

from aiohttp import ClientSession, ClientTimeout, TCPConnector

from monitor.simulator.accounting import Gateway
from monitor.simulator.demo import demo_registry, nameplate
from monitor.simulator.dialect import Version
from monitor.simulator.dialling import Premises
from monitor.simulator.link import Socket
from monitor.simulator.pace import Pace
from monitor.simulator.plan import FleetPlan, fault_kinds, faults_of, seeded
from monitor.simulator.report import FleetReport, Injection, Tally, conclude
from monitor.simulator.soap_link import CallbackServer
from monitor.simulator.station import Station

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterator, Sequence

    from monitor.core.clock import Clock
    from monitor.simulator.dialect import Nameplate
    from monitor.simulator.faults import Fault

__all__ = ["FleetPlan", "FleetReport", "Injection", "demo_registry", "run_fleet"]

_DNS_CACHE_S: Final = 300


async def run_fleet(plan: FleetPlan, clock: Clock, *, stop: asyncio.Event | None = None) -> FleetReport:
    """Run a fleet for as long as `plan` says, or until `stop` is set; cancelling it takes every station down.

    Connections refused or failed are tried again with jittered backoff and counted; they raise nothing.
    """
    began = clock.monotonic()
    tally = Tally()
    connector = TCPConnector(limit=0, ttl_dns_cache=_DNS_CACHE_S)
    # Proxies of the environment are left alone: stations dial the central system directly.
    async with ClientSession(connector=connector, timeout=ClientTimeout(total=None), ws_response_class=Socket) as http:
        pace, plates = Pace(clock, plan.time_scale), _plates(plan)
        premises = Premises(
            url=plan.url,
            http=http,
            clock=clock,
            pace=pace,
            tally=tally,
            heartbeat_s=plan.heartbeat_s,
            idle_s=plan.idle_s,
            answer_s=plan.answer_s,
            listener=CallbackServer() if any(plate.soap for plate in plates) else None,
            gateway=None if plan.radius is None else Gateway(plan.radius[:2], plan.radius[2], clock, pace),
            ca=plan.ca,
            certificates=plan.certificates,
            cards=plan.cards,
        )
        fleet = _stations(plan, plates, premises)
        async with _beside(premises):
            open_at_end = await _run(fleet, plan, premises, stop or asyncio.Event())
    return conclude(tally, stations=len(fleet), open_at_end=open_at_end, seconds=clock.monotonic() - began)


Member = tuple[Station, "Iterator[Fault]"]


@asynccontextmanager
async def _beside(premises: Premises) -> AsyncIterator[None]:
    """Run what a fleet has beside its stations."""
    gateway = None if premises.gateway is None else asyncio.create_task(premises.gateway.run())
    if premises.listener is not None:
        await premises.listener.start()
    try:
        yield
    finally:
        if premises.listener is not None:
            await premises.listener.stop()
        if gateway is not None:
            gateway.cancel()
            await asyncio.wait([gateway])


_OVER_SOAP: Final = {Version.V15: "1.5", Version.V16: "1.6"}


def _plates(plan: FleetPlan) -> list[Nameplate]:
    """Return who the stations are; some of those that could speak SOAP do."""
    plates = list(plan.roll[: plan.stations] or (nameplate(row) for row in demo_registry(plan)))
    rng = seeded(plan, "soap")
    for number, plate in enumerate(plates):
        if plate.version in _OVER_SOAP and not plate.password and not plate.soap and rng.random() < plan.mix.soap:
            plates[number] = replace(plate, soap=_OVER_SOAP[plate.version])
    return plates


def _stations(plan: FleetPlan, plates: Sequence[Nameplate], premises: Premises) -> list[Member]:
    kinds = fault_kinds(plan, len(plates))
    return [
        (Station(plate, premises, seeded(plan, f"station/{number}")), faults_of(plan, number, kind))
        for number, (plate, kind) in enumerate(zip(plates, kinds, strict=True))
    ]


async def _run(fleet: list[Member], plan: FleetPlan, premises: Premises, stop: asyncio.Event) -> int:
    spread_s = plan.spread_s if plan.duration_s is None else min(plan.spread_s, plan.duration_s * plan.time_scale)
    async with asyncio.TaskGroup() as tasks:
        running = []
        for number, (station, faults) in enumerate(fleet):
            await premises.pace.until(spread_s * number / len(fleet))
            running.append(tasks.create_task(station.run(faults)))
            if stop.is_set():
                break
        left_s = None if plan.duration_s is None else max(0.0, plan.duration_s - premises.pace.elapsed_s() / plan.time_scale)
        try:
            async with asyncio.timeout(left_s):
                await stop.wait()
        except TimeoutError:
            pass
        open_at_end = premises.tally.open
        for task in running:
            task.cancel()
    return open_at_end
