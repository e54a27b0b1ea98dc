"""Where observations enter: one bounded queue, and a liveness slot a station.

Any message only writes the slot; what says more than *I live* goes through the queue. Overflow rule: nothing is shed, the
collector waits for room and with it the station (back-pressure through its own socket). It judges nothing.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import TYPE_CHECKING, Final, NamedTuple

from monitor.core.observations import Alive

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime

    from monitor.core.ids import StationId
    from monitor.core.observations import Observation
    from monitor.runtime.trace import Trace

CAPACITY: Final = 20_000
"""Observations that may wait to be judged."""


Told = Callable[[bool], None]
"""Called once: with ``True`` when what was queued is stored, with ``False`` when those who wait are given up on."""


class Slot:
    """The latest sign of life of one station, written by its collector and read by the engine before it judges silence.

    `beat_at` is its last heartbeat, `rtt_s` the last round trip that the engine has not seen yet. `wanted` says that the engine
    waits for the next sign; `invalid` counts messages that broke the protocol; `trace` is what its collector keeps of the line;
    `watch` is called with what every message of the station means, while somebody waits for something.
    """

    __slots__ = ("beat_at", "invalid", "last_seen", "pong", "rtt_s", "trace", "wanted", "watch")

    def __init__(self) -> None:
        """Start without any."""
        self.last_seen: datetime | None = None
        self.beat_at: datetime | None = None
        self.pong = False
        self.rtt_s: float | None = None
        self.wanted = True
        self.invalid = 0
        self.trace: Trace | None = None
        self.watch: Callable[[Iterable[Observation]], None] | None = None

    def alive(self, at: datetime) -> Alive:
        """Return what the slot says, of a sign of life at `at`; a round trip is told once."""
        rtt_s, self.rtt_s = self.rtt_s, None
        return Alive(at=at, pong=self.pong, rtt_s=rtt_s, beat_at=self.beat_at)


class Round(NamedTuple):
    """What the engine takes at once."""

    seen: list[tuple[StationId, Observation]]
    told: list[Told]
    urgent: bool


class Intake:
    """The queue between collectors and the engine, in rounds: everything that waits when the engine comes is one round."""

    def __init__(self, capacity: int = CAPACITY) -> None:
        """Hold at most `capacity` observations."""
        self.slots: dict[StationId, Slot] = {}
        self._capacity = capacity
        self._waiting: list[tuple[StationId, Observation]] = []
        self._round: list[Told] = []
        self._urgent = False
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
        await self.room()
        self.put(station, observations)

    async def room(self) -> None:
        """Wait until there is room."""
        while self.full:
            self._room.clear()
            await self._room.wait()

    def put(self, station: StationId, observations: Iterable[Observation], *, urgent: bool = True) -> None:
        """Queue `observations` at once, beyond the capacity if need be; not `urgent`: their commit may wait for more."""
        self._queue(station, observations)
        self._urgent |= urgent

    def _queue(self, station: StationId, observations: Iterable[Observation]) -> None:
        for seen in observations:
            self._waiting.append((station, seen))
        self._filled.set()

    @property
    def full(self) -> bool:
        """Whether a collector should wait (`offer` does) before it queues more."""
        return len(self._waiting) >= self._capacity

    def commit(self, station: StationId, observations: Iterable[Observation], told: Told) -> None:
        """Queue `observations` at once and have `told` called when what they changed is stored.

        A callback and not a future: a future and a second turn of the caller's task cost as much as the whole judgement.
        """
        self._queue(station, observations)
        self._round.append(told)
        self._urgent = True

    async def filled(self) -> None:
        """Wait until something is queued."""
        await self._filled.wait()

    def take(self) -> Round:
        """Take everything that waits, in order, the callbacks for its commit, and whether that may not wait."""
        taken = Round(self._waiting, self._round, self._urgent)
        self._waiting, self._round, self._urgent = [], [], False
        self._filled.clear()
        self._room.set()
        return taken
