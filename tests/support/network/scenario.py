"""A story about the whole service, to be written as it would be told.

    async with network(folder, seed=1) as net:
        fleet = await net.stations(20, bearer="gprs", heartbeat_s=300)
        await net.sleep(hours=1)
        net.cut(fleet[:5])
        await net.sleep(hours=2)
        breaches = await net.chronicle.breaches()

It runs on a `VirtualLoop`, with the real monitor on a real database and the simulator's stations. The same seed gives the same
events, byte for byte.
"""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any, Final

from sqlalchemy import event

from monitor.registry.columns import read_row
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
    TwilioSettings,
)
from monitor.simulator.report import Tally
from monitor.storage.database import SqlDatabase
from monitor.storage.servers import open_engine
from tests.support.network.chronicle import Chronicle
from tests.support.network.exchange import Exchange
from tests.support.network.fleet import BEARERS, FIELD_PORT, NEVER_S, Borne, row_of
from tests.support.network.path import Dials, Fate, Path, Side
from tests.support.network.service import Pace, Service, collected_rarely, jobs_on
from tests.support.virtual_time import VirtualClock, VirtualLoop

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import AsyncIterator, Iterable
    from pathlib import Path as Folder

    from monitor.registry.columns import Row

OPS_PORT: Final = 9880
FIRST_STICKER: Final = 1000
_PACE: Final = Pace()
_CONDITIONS: Final = ("address", "latency_s", "jitter_s", "loss")


class Network:
    """The story's world: its time, its stations, its paths and the service."""

    def __init__(self, exchange: Exchange, service: Service, chronicle: Chronicle) -> None:
        """Hold them together; `start` the service first."""
        self.exchange = exchange
        self.service = service
        self.chronicle = chronicle
        self.fleet: list[Borne] = []
        self.tally = Tally()

    # ------------------------------------------------------------------------------------------------ time

    @property
    def now_s(self) -> float:
        """Seconds since the story began."""
        return asyncio.get_running_loop().time()

    async def sleep(self, *, seconds: float = 0.0, minutes: float = 0.0, hours: float = 0.0, days: float = 0.0) -> None:
        """Let that much time pass."""
        await asyncio.sleep(seconds + 60 * minutes + 3600 * hours + 86_400 * days)

    async def until(self, instant_s: float) -> None:
        """Let time pass until `instant_s` of the story; not at all when that is past."""
        await asyncio.sleep(instant_s - self.now_s)

    # ------------------------------------------------------------------------------------------------ stations

    async def stations(self, count: int, *, idle_s: float = NEVER_S, spread_s: float = 0.0, **columns: Any) -> list[Borne]:
        """Take `count` stations into the registry and switch them on, over `spread_s`.

        `columns` are those of the import; `latency_s`, `jitter_s`, `loss` and `address` say how their paths are. `idle_s` is the
        mean time without a car.
        """
        conditions: dict[str, Any] = {name: columns.pop(name) for name in _CONDITIONS if name in columns}
        columns.setdefault("bearer", "gprs")
        fresh = []
        for number in range(FIRST_STICKER + len(self.fleet), FIRST_STICKER + len(self.fleet) + count):
            row = row_of(number, columns)
            line: dict[str, Any] = {**BEARERS[columns["bearer"]], "address": _address(number), **conditions}
            path = self.exchange.path(row["sticker"], **line)
            fresh.append(Borne(row, self.exchange, path, self.tally, idle_s))
        await self._register(fresh)
        self.fleet += fresh
        for borne in fresh:
            borne.live()
            await self.sleep(seconds=spread_s / count)
        return fresh

    @staticmethod
    def row_of(borne: Borne, **columns: Any) -> Row:
        """Return the entry of `borne` as an import would read it, with `columns` changed."""
        row, wrong = read_row(0, {**borne.row, **columns})
        assert row is not None, wrong
        return row

    async def _register(self, fresh: list[Borne]) -> None:
        monitor = self.service.monitor
        done = await monitor.registry.apply([self.row_of(borne) for borne in fresh], self.service.clock.now())
        assert done.added == len(fresh), done.clashes
        await monitor.follower.follow()

    async def station(self, **columns: Any) -> Borne:
        """Take one station in and switch it on."""
        return (await self.stations(1, **columns))[0]

    # ------------------------------------------------------------------------------------------------ paths

    def cut(self, bornes: Borne | Iterable[Borne], dials: Dials = Dials.LOST) -> None:
        """Cut the paths of `bornes` silently."""
        for path in _paths(bornes):
            path.cut(dials)

    def restore(self, bornes: Borne | Iterable[Borne], fate: Fate = Fate.KEPT) -> None:
        """Make the paths of `bornes` whole; `fate` is that of the connections that were there before."""
        for path in _paths(bornes):
            path.restore(fate)

    def reset(self, bornes: Borne | Iterable[Borne], *sides: Side) -> None:
        """End the connections of `bornes` by resets that those `sides` see (absent: both)."""
        for path in _paths(bornes):
            path.reset(*sides)


def _paths(bornes: Borne | Iterable[Borne]) -> list[Path]:
    return [borne.path for borne in ([bornes] if isinstance(bornes, Borne) else bornes)]


def _address(number: int) -> str:
    return f"10.{number >> 16 & 255}.{number >> 8 & 255}.{number & 255}"


def settings_of(*, retention_days: int = 400, **field: Any) -> MonitorSettings:
    """Return the settings as they are without a configuration; `field` overrides `[field]`."""
    return MonitorSettings(
        probes=ProbeSettings(),
        storage=StorageSettings(retention_days=retention_days),
        field=FieldSettings(**{"listen": f"0.0.0.0:{FIELD_PORT}", **field}),
        ops=OpsSettings(listen=f"127.0.0.1:{OPS_PORT}"),
        health=HealthSettings(),
        radius=RadiusSettings(),
        tap=TapSettings(),
        ingest=IngestSettings(),
        twilio=TwilioSettings(),
    )


@asynccontextmanager
async def network(folder: Folder, *, seed: int = 1, pace: Pace = _PACE, **settings: Any) -> AsyncIterator[Network]:
    """Tell a story on the database ``test.db`` in `folder`, which must be migrated; the service runs.

    `settings` override `[field]`, and `retention_days`.
    """
    loop = asyncio.get_running_loop()
    assert isinstance(loop, VirtualLoop)
    exchange = loop.wires = Exchange(seed)
    clock = VirtualClock()
    engine = open_engine(f"sqlite:///{folder}/test.db")
    event.listen(engine, "connect", _hurry)
    database = SqlDatabase(engine)
    service = Service(settings_of(**settings), database, clock, pace)
    net = Network(exchange, service, Chronicle(database))
    try:
        with jobs_on(clock), collected_rarely():
            await service.start()
            try:
                yield net
            finally:
                for borne in net.fleet:
                    await borne.end()
                await service.stop()
    finally:
        await database.stop()
        loop.wires = None


def _hurry(connection: sqlite3.Connection, _record: object) -> None:
    """Leave out what makes a commit survive a power cut: no story has one."""
    connection.execute("PRAGMA synchronous=OFF")
