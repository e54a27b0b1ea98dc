"""The stations of a story: the simulator's own, each at the end of a path of its own."""

from __future__ import annotations

import asyncio
from contextvars import copy_context
from random import Random
from typing import TYPE_CHECKING, Any, Final

from aiohttp import ClientSession, ClientTimeout

from monitor.simulator.demo import nameplate
from monitor.simulator.dialect import BootReason
from monitor.simulator.dialling import Premises
from monitor.simulator.link import Socket
from monitor.simulator.pace import Pace
from monitor.simulator.station import Station
from tests.support.network.exchange import Dialler
from tests.support.virtual_time import PROCESS, VirtualClock

if TYPE_CHECKING:
    from collections.abc import Mapping

    from monitor.simulator.report import Tally
    from tests.support.network.exchange import Exchange
    from tests.support.network.path import Path

FIELD_PORT: Final = 9000
BEARERS: Final[dict[str, dict[str, float]]] = {
    "gprs": {"latency_s": 0.3, "jitter_s": 0.4, "loss": 0.01},
    "wifi": {"latency_s": 0.01, "jitter_s": 0.02, "loss": 0.002},
    "lan": {"latency_s": 0.005},
}
"""How a path of each bearer is, unless the story says otherwise."""
NEVER_S: Final = 1e9
"""Mean time without a car: nobody charges unless the story says so."""


class Borne:
    """A station: its entry in the registry, its path, and the simulated station itself."""

    def __init__(self, row: Mapping[str, str], exchange: Exchange, path: Path, tally: Tally, idle_s: float) -> None:
        """Be the station of that registry `row`, switched off; `idle_s` is the mean time without a car."""
        self.row = row
        self.sticker = row["sticker"]
        self.path = path
        self._http = ClientSession(connector=Dialler(exchange, path), timeout=ClientTimeout(total=None), ws_response_class=Socket)
        clock = VirtualClock()
        premises = Premises(
            url=f"ws://bornewatch:{FIELD_PORT}/ocpp", http=self._http, clock=clock, pace=Pace(clock), tally=tally, idle_s=idle_s
        )
        self.station = Station(nameplate(row), premises, Random(self.sticker))  # noqa: S311  (a story must repeat itself)
        self._life: asyncio.Task[None] | None = None

    def __repr__(self) -> str:
        return f"Borne({self.sticker})"

    @property
    def is_connected(self) -> bool:
        """Whether the station believes that it has a connection."""
        return self.station.connected.is_set()

    def live(self) -> None:
        """Switch on for the first time."""
        context = copy_context()
        context.run(PROCESS.set, "stations")
        self._life = asyncio.get_running_loop().create_task(self.station.run(), context=context)

    def power_off(self) -> None:
        """Take the current away: nothing is said any more, not even good-bye."""
        self.station.power_off()

    def power_on(self, reason: BootReason = BootReason.POWER_UP) -> None:
        """Give it back; the station boots for that `reason`."""
        self.station.power_on(reason)

    def hang(self, *, pongs: bool) -> None:
        """Stop its firmware; with `pongs` its socket still answers pings."""
        self.station.line.hang(pongs=pongs)

    async def leave(self) -> None:
        """Let it say good-bye with a close frame, and stay away."""
        self.station.line.reachable.clear()
        await self.station.close()

    def come_back(self) -> None:
        """Let it dial again."""
        self.station.line.restore()

    async def end(self) -> None:
        """Take it out of the story."""
        if self._life is not None:
            self._life.cancel()
            await asyncio.wait([self._life])
        await self._http.close()


def row_of(number: int, columns: Mapping[str, Any]) -> dict[str, str]:
    """Return the registry row of the station with that `number`."""
    return {"sticker": f"CP{number}", **{name: str(value) for name, value in columns.items()}}
