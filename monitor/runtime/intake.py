"""Where observations enter: one bounded queue, and a liveness slot a station.

Any message only writes the slot; what says more than *I live* goes through the queue. Overflow rule: nothing is shed, the
collector waits for room and with it the station (back-pressure through its own socket). It judges nothing.
"""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime

    from monitor.core.ids import StationId
    from monitor.core.observations import Observation

CAPACITY: Final = 20_000
"""Observations that may wait to be judged."""


class NotStoredError(Exception):
    """What was to be safe could not be stored; the sender must be told, so that it sends again."""


class Slot:
    """The latest sign of life of one station, written by its collector and read by the engine before it judges silence.

    `wanted` says that the engine waits for the next one; `invalid` counts messages that broke the protocol.
    """

    __slots__ = ("invalid", "last_seen", "pong", "wanted")

    def __init__(self) -> None:
        """Start without any."""
        self.last_seen: datetime | None = None
        self.pong = False
        self.wanted = True
        self.invalid = 0


class Intake:
    """The queue between collectors and the engine, in rounds: everything that waits when the engine comes is one round."""

    def __init__(self, capacity: int = CAPACITY) -> None:
        """Hold at most `capacity` observations."""
        self.slots: dict[StationId, Slot] = {}
        self._capacity = capacity
        self._waiting: list[tuple[StationId, Observation]] = []
        self._round: list[asyncio.Future[None]] = []
        self._filled = asyncio.Event()
        self._room = asyncio.Event()
        self._room.set()

    def __len__(self) -> int:
        """Return how many observations wait."""
        return len(self._waiting)

    def slot(self, station: StationId) -> Slot:
        """Return the liveness slot of `station`."""
        slot = self.slots.get(station)
        if slot is None:
            slot = self.slots[station] = Slot()
        return slot

    async def offer(self, station: StationId, observations: Iterable[Observation]) -> None:
        """Queue `observations`; return as soon as they are in."""
        if len(self._waiting) >= self._capacity:
            await self._room_made()
        self.put(station, observations)

    def put(self, station: StationId, observations: Iterable[Observation]) -> None:
        """Queue `observations` at once, beyond the capacity if need be; for what cannot wait, as the close of a socket."""
        for seen in observations:
            self._waiting.append((station, seen))
        self._filled.set()

    async def commit(self, station: StationId, observations: Iterable[Observation]) -> None:
        """Queue `observations` and return when what they changed is stored.

        Raises:
            NotStoredError: when it could not be stored.
        """
        if len(self._waiting) >= self._capacity:
            await self._room_made()
        self.put(station, observations)
        told: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._round.append(told)
        await told

    async def _room_made(self) -> None:
        while len(self._waiting) >= self._capacity:
            self._room.clear()
            await self._room.wait()

    async def filled(self) -> None:
        """Wait until something is queued."""
        await self._filled.wait()

    def take(self) -> tuple[list[tuple[StationId, Observation]], list[asyncio.Future[None]]]:
        """Take everything that waits, in order, and the futures of those who wait for its commit."""
        taken, self._waiting = self._waiting, []
        told, self._round = self._round, []
        self._filled.clear()
        self._room.set()
        return taken, told
