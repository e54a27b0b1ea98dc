"""The past of many stations, for reports: chosen kinds of their events as far back as the log goes, and how each is now.

A report needs what came before its period (which addresses were known, how a connector was), so each chain is walked whole; what
is not asked for is passed by without being decoded. Stations are read in groups, each in one transaction of its own: the memory
that a report takes does not grow with its owner, and a running service is not held up.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Final

from sqlalchemy import and_, case, select

from monitor.core.ids import StationId
from monitor.storage.judgements import EVENT, STATE, kinds_of, read_event, read_state

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Collection, Sequence

    from sqlalchemy import Connection

    from monitor.core.events import EventRecord
    from monitor.core.health_state import HealthState
    from monitor.runtime.ports import Database

GROUP: Final = 20
"""Stations read in one transaction."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Past:
    """One station's events of the chosen kinds, oldest first, and its state as of the same instant (``None``: none is stored)."""

    station: StationId
    records: tuple[EventRecord, ...]
    now: HealthState | None


class SqlChronicle:
    """Reads pasts from the house's database."""

    def __init__(self, database: Database) -> None:
        """Use `database`."""
        self._database = database

    async def pasts(self, stations: Sequence[StationId], kinds: Collection[type]) -> AsyncIterator[Past]:
        """Yield the past of each of `stations`, in their order; `kinds` are the classes of the events that are wanted."""
        tags = kinds_of(kinds)
        for start in range(0, len(stations), GROUP):
            group = stations[start : start + GROUP]
            read = await self._database.read(partial(_read, group=group, tags=tags))
            for station in group:
                yield read[station]


def _read(connection: Connection, group: Sequence[StationId], tags: Sequence[str]) -> dict[StationId, Past]:
    """Walk the chains of `group` side by side, newest first."""
    wanted = case((EVENT.c.kind.in_(tags), EVENT.c.body)).label("body")
    columns = (EVENT.c.seq, EVENT.c.previous, EVENT.c.station_id, wanted)
    heads = select(*columns).join(STATE, and_(STATE.c.last_event == EVENT.c.seq, STATE.c.station_id.in_(group)))
    chain = heads.cte("chain", recursive=True)
    chain = chain.union_all(select(*columns).join(chain, EVENT.c.seq == chain.c.previous))
    records: dict[StationId, list[EventRecord]] = {station: [] for station in group}
    for seq, station, body in connection.execute(
        select(chain.c.seq, chain.c.station_id, chain.c.body).where(chain.c.body.is_not(None))
    ):
        records[StationId(station)].append(read_event(seq, station, body))
    states = {
        StationId(row.station_id): read_state(row.body)
        for row in connection.execute(select(STATE.c.station_id, STATE.c.body).where(STATE.c.station_id.in_(group)))
    }
    return {
        station: Past(
            station=station,
            records=tuple(sorted(found, key=lambda record: record.seq)),
            now=states.get(station),
        )
        for station, found in records.items()
    }
