"""Group commit: judgements of many stations become one transaction, and those who wait are told together.

While one commit is under way the next batch gathers. Who comes alone is stored at once; after a crowd, as long as more come, a few
milliseconds are waited for them.
A store that fails is tried again with growing pauses; those who wait longer than `PATIENCE_S` are told that nothing is safe,
so that their stations send again. Judgements are never dropped: states replace each other, events stay in their order.
"""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Final, Protocol

import structlog

from monitor.core.ids import NETWORK

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Sequence

    from monitor.core.clock import Clock
    from monitor.core.events import Event, EventRecord
    from monitor.core.health_state import HealthState
    from monitor.core.ids import StationId
    from monitor.core.ledger import Ledger
    from monitor.runtime.intake import Told

PATIENCE_S: Final = 10.0
"""How long those who wait for a commit are left hoping while the store fails."""
PAUSES_S: Final = (0.05, 0.2, 0.5, 1.0, 2.0)
"""Pauses between tries; the last one repeats."""

CROWD: Final = 4
"""So many that wait for one commit make others worth waiting for before the next."""
GATHER_S: Final = 0.001
GATHERINGS: Final = 5
"""As long as more of them come within each `GATHER_S`, and so often: a commit costs 0.6 ms of CPU, one more row in it 20 µs."""
LINGER_S: Final = 0.1
"""How long what is not urgent may wait for more of its kind, unless something comes that is."""

WAITING_EVENTS: Final = 20_000
"""Events that may gather while a commit is under way; then the engine waits, the intake fills, and stations feel it."""

log = structlog.get_logger("journal")


class JudgementStore(Protocol):
    """Where judgements are kept."""

    async def save(
        self, states: dict[StationId, HealthState], events: Sequence[tuple[StationId, Event]], ledger: Ledger | None = None
    ) -> list[EventRecord]:
        """Store states, events and the ledger of incidents in one transaction; return the events with their numbers, in order.

        Events of incidents stand under `NETWORK`, and come with the ledger.
        """
        ...


class TransientStoreError(Exception):
    """The store could not be reached or is busy; the same again may succeed."""


class _Batch:
    __slots__ = ("events", "ledger", "states", "waiting")

    def __init__(self) -> None:
        self.ledger: Ledger | None = None
        self.states: dict[StationId, HealthState] = {}
        self.events: list[tuple[StationId, Event]] = []
        self.waiting: list[Told] = []


class Journal:
    """The one way in which judgements reach the store."""

    def __init__(
        self,
        store: JudgementStore,
        clock: Clock,
        published: Callable[[list[EventRecord]], Awaitable[None]],
        pauses_s: Sequence[float] = PAUSES_S,
    ) -> None:
        """Write to `store`, pausing for `pauses_s` between tries; hand every committed event to `published`."""
        self._pauses_s = pauses_s
        self._store = store
        self._clock = clock
        self._published = published
        self._batch = _Batch()
        self._stirred = asyncio.Event()
        self._awaited = asyncio.Event()
        self._idle = asyncio.Event()
        self._idle.set()
        self._taken = asyncio.Event()
        self.failing_since: float | None = None
        self.lost = 0

    def __len__(self) -> int:
        """Return how many events wait for their commit."""
        return len(self._batch.events)

    def add(self, station: StationId, state: HealthState, events: Sequence[Event] = ()) -> None:
        """Have `state` and `events` of `station` stored with the next commit."""
        batch = self._batch
        batch.states[station] = state
        for event in events:
            batch.events.append((station, event))

    def add_incidents(self, ledger: Ledger, events: Sequence[Event]) -> None:
        """Have what became of incidents stored with the next commit."""
        batch = self._batch
        batch.ledger = ledger
        for event in events:
            batch.events.append((NETWORK, event))

    def stir(self, told: Sequence[Told] = (), *, urgent: bool = True) -> None:
        """Commit what was added, at once if it is `urgent`; every one of `told` is called then."""
        self._batch.waiting.extend(told)
        if urgent:
            self._awaited.set()
        self._idle.clear()
        self._stirred.set()

    async def room(self) -> None:
        """Wait while too many events wait for a store that does not take them."""
        while len(self._batch.events) >= WAITING_EVENTS:
            self._taken.clear()
            await self._taken.wait()

    async def flushed(self) -> None:
        """Wait until nothing is left to commit."""
        await self._idle.wait()

    async def run(self) -> None:
        """Commit batch after batch, until cancelled."""
        crowded = False
        while True:
            await self._stirred.wait()
            if not self._awaited.is_set():
                await self._linger()
            elif crowded:
                await self._gather()
            self._stirred.clear()
            self._awaited.clear()
            batch, self._batch = self._batch, _Batch()
            self._taken.set()
            crowded = len(batch.waiting) >= CROWD
            if batch.states or batch.events:
                await self._commit(batch)
            for told in batch.waiting:
                told(True)  # noqa: FBT003  (the outcome is the argument)
            if not self._stirred.is_set():
                self._idle.set()

    async def _gather(self) -> None:
        for _ in range(GATHERINGS):
            before = len(self._batch.waiting)
            await asyncio.sleep(GATHER_S)
            if len(self._batch.waiting) == before:
                return

    async def _linger(self) -> None:
        try:
            async with asyncio.timeout(LINGER_S):
                await self._awaited.wait()
        except TimeoutError:
            return

    async def _commit(self, batch: _Batch) -> None:
        began = self._clock.monotonic()
        tries = 0
        while True:
            try:
                records = await self._store.save(batch.states, batch.events, batch.ledger)
            except TransientStoreError as error:
                self.failing_since = began
                pause = self._pauses_s[min(tries, len(self._pauses_s) - 1)]
                tries += 1
                log.warning("commit failed, trying again", error=str(error), tries=tries, pause_s=pause)
                await asyncio.sleep(pause)
                if self._clock.monotonic() - began >= PATIENCE_S:
                    self._disappoint(batch)
            except Exception:  # one item that cannot be stored must not take the others with it
                log.exception("a batch could not be stored, storing it station by station", stations=len(batch.states))
                if await self._save_apart(batch):
                    return
            else:
                self.failing_since = None
                await self._published(records)
                return

    async def _save_apart(self, batch: _Batch) -> bool:
        """Store each station of `batch` by itself and leave out what cannot be; return whether the store was there for it."""
        if batch.ledger is not None and not await self._save_incidents(batch):
            return False
        for station in list(batch.states):
            events = [(one, event) for one, event in batch.events if one == station]
            try:
                records = await self._store.save({station: batch.states[station]}, events)
            except TransientStoreError:
                return False
            except Exception:  # counted and told: it is lost, and the next station's turn comes
                self.lost += 1
                log.exception("a judgement cannot be stored and is lost", station=station)
            else:
                await self._published(records)
            del batch.states[station]
            batch.events = [(one, event) for one, event in batch.events if one != station]
        return True

    async def _save_incidents(self, batch: _Batch) -> bool:
        """Store what became of incidents by itself; return whether the store was there for it."""
        events = [(one, event) for one, event in batch.events if one == NETWORK]
        try:
            await self._published(await self._store.save({}, events, batch.ledger))
        except TransientStoreError:
            return False
        except Exception:
            self.lost += 1
            log.exception("incidents cannot be stored and are lost")
        batch.ledger = None
        batch.events = [(one, event) for one, event in batch.events if one != NETWORK]
        return True

    def _disappoint(self, batch: _Batch) -> None:
        for told in (*batch.waiting, *self._batch.waiting):
            told(False)  # noqa: FBT003  (the outcome is the argument)
        batch.waiting.clear()
        self._batch.waiting.clear()
