"""A judgement store in memory that can be made to fail."""

from __future__ import annotations

from typing import TYPE_CHECKING

from monitor.core.events import Event, EventRecord
from monitor.core.ledger import Ledger
from monitor.runtime.journal import TransientStoreError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from monitor.core.health_state import HealthState
    from monitor.core.ids import StationId


class MemoryStore:
    """`JudgementStore` and `Outbox` in memory; `away` makes every call fail, `poison` those that save that station."""

    def __init__(self) -> None:
        """Start empty."""
        self.states: dict[StationId, HealthState] = {}
        self.records: list[EventRecord] = []
        self.ledger = Ledger()
        self.cursor = 0
        self.away = False
        self.poison: StationId | None = None
        self.saves = 0

    async def save(
        self, states: dict[StationId, HealthState], events: Sequence[tuple[StationId, Event]], ledger: Ledger | None = None
    ) -> list[EventRecord]:
        """Keep states, events and the ledger."""
        self._check()
        if self.poison in states:
            raise ValueError("cannot be encoded")
        self.saves += 1
        self.states.update(states)
        self.ledger = ledger or self.ledger
        first = len(self.records) + 1
        fresh = [EventRecord(seq=first + place, station=station, event=event) for place, (station, event) in enumerate(events)]
        self.records += fresh
        return fresh

    async def unpublished(self, limit: int) -> list[EventRecord]:
        """Return the records behind the cursor."""
        self._check()
        return self.records[self.cursor : self.cursor + limit]

    async def published(self, seq: int) -> None:
        """Move the cursor."""
        self._check()
        self.cursor = seq

    def _check(self) -> None:
        if self.away:
            raise TransientStoreError("away")
