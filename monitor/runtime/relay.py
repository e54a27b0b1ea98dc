"""From the outbox to the bus: events are stored first, then published, and published again after a crash in between.

The outbox is the event log itself; a cursor in the store says how far it was published. At least once, in order: consumers
tell a repetition by `EventRecord.seq`.
"""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Final, Protocol

import structlog

from monitor.runtime.journal import TransientStoreError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from monitor.core.events import EventRecord

log = structlog.get_logger("relay")

PAGE: Final = 1_000
"""Events read from the outbox at a time."""


class Outbox(Protocol):
    """The event log with its cursor."""

    async def unpublished(self, limit: int) -> list[EventRecord]:
        """Return the oldest events behind the cursor."""
        ...

    async def published(self, seq: int) -> None:
        """Move the cursor to `seq`."""
        ...


class Publisher(Protocol):
    """The bus, as the relay sees it."""

    async def publish(self, records: Sequence[EventRecord]) -> None:
        """Hand `records` on."""
        ...


class Relay:
    """Publishes what is committed and remembers how far."""

    def __init__(self, outbox: Outbox, bus: Publisher) -> None:
        """Publish to `bus`; keep the cursor in `outbox`."""
        self._outbox = outbox
        self._bus = bus
        self._reached = 0
        self._moved = asyncio.Event()

    async def catch_up(self) -> int:
        """Publish what a crash left behind; return how many events that was."""
        count = 0
        while records := await self._outbox.unpublished(PAGE):
            await self._bus.publish(records)
            await self._outbox.published(records[-1].seq)
            count += len(records)
        return count

    async def pass_on(self, records: list[EventRecord]) -> None:
        """Publish freshly committed events; the cursor follows within a second or so."""
        if records:
            await self._bus.publish(records)
            self._reached = records[-1].seq
            self._moved.set()

    async def run(self) -> None:
        """Keep the cursor up, until cancelled."""
        while True:
            await self._moved.wait()
            self._moved.clear()
            try:
                await self._outbox.published(self._reached)
            except TransientStoreError as error:
                log.warning("the cursor could not be stored", error=str(error))
                self._moved.set()
            await asyncio.sleep(1.0)
