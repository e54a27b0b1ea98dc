"""The last twenty-four hours of one station: the strip of its states and what happened, from the event log."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Final

from hotline.core.strip import Segment, health_changes, state_at_start, strip
from monitor.core.events import LinkChanged

if TYPE_CHECKING:
    from datetime import datetime

    from monitor.core.events import EventRecord
    from monitor.core.health_state import HealthState
    from monitor.core.registry import Station
    from monitor.runtime.ports import History

LENGTH: Final = timedelta(hours=24)
MOST_EVENTS: Final = 1000


@dataclass(frozen=True, slots=True, kw_only=True)
class Day:
    """`segments` cover `start` to `end`; `records` are oldest first, the last thousand at most."""

    start: datetime
    end: datetime
    segments: tuple[Segment, ...]
    records: tuple[EventRecord, ...]

    @property
    def protocol(self) -> str:
        """The protocol of the last socket that opened in the day, empty when none did."""
        opened = (record.event for record in reversed(self.records) if isinstance(record.event, LinkChanged) and record.event.open)
        return next((event.protocol for event in opened), "")


async def day_of(history: History, station: Station, health: HealthState, now: datetime) -> Day:
    """Read the day of `station` that ends at `now`.

    When more happened than is read, the strip begins at the oldest event that was read and says so for the time before.
    """
    start = now - LENGTH
    records, before = await asyncio.gather(
        history.events(station.id, since=start, limit=MOST_EVENTS), history.state_before(station.id, start)
    )
    told_from = start
    if len(records) >= MOST_EVENTS:
        told_from = records[0].event.at
        before = await history.state_before(station.id, told_from)
    changes = health_changes(record.event for record in records)
    first = state_at_start(before, changes, health, told_from)
    segments = strip(first, changes, told_from, now)
    if told_from > start:
        segments = (Segment(state=None, start=start, end=told_from), *segments)
    return Day(start=start, end=now, segments=segments, records=tuple(records))
