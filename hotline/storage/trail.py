"""The trail in the house's database: an entry is written in the transaction of what it tells of, or neither is."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from sqlalchemy import Table, insert, select, text

from hotline.core.trail import Entry, Note, sealed
from hotline.storage.tables import HotlineTable

if TYPE_CHECKING:
    from datetime import datetime

    from sqlalchemy import Connection

    from monitor.runtime.ports import Database

_TRAIL: Final[Table] = HotlineTable.metadata.tables["hotline_trail"]
_LOCK: Final = 0x626F726E65
"""The advisory lock under which several consoles append to one trail on PostgreSQL; SQLite has one writer."""


def append(connection: Connection, note: Note, at: datetime) -> Entry:
    """Enter `note` as the last, within the transaction under way."""
    if connection.dialect.name == "postgresql":
        connection.execute(text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": _LOCK})
    last = connection.execute(select(_TRAIL).order_by(_TRAIL.c.number.desc()).limit(1)).mappings().one_or_none()
    before = None if last is None else Entry(**last)
    entry = sealed(before, note, at)
    connection.execute(insert(_TRAIL), [{name: getattr(entry, name) for name in Entry.__struct_fields__}])
    return entry


class StoredTrail:
    """The trail, for who enters something by itself, and for who looks."""

    def __init__(self, database: Database) -> None:
        """Use `database`."""
        self._database = database

    async def enter(self, note: Note, at: datetime) -> Entry:
        """Enter `note`."""
        return await self._database.write(lambda connection: append(connection, note, at))

    async def entries(self, after: int = 0, limit: int = 1000) -> list[Entry]:
        """Return entries in their order, those after the number `after`."""
        query = select(_TRAIL).where(_TRAIL.c.number > after).order_by(_TRAIL.c.number).limit(limit)
        return await self._read(query)

    async def about(self, about: str, limit: int = 100) -> list[Entry]:
        """Return the last entries about something, the newest first."""
        return await self._read(select(_TRAIL).where(_TRAIL.c.about == about).order_by(_TRAIL.c.number.desc()).limit(limit))

    async def head(self) -> Entry | None:
        """Return the last entry, ``None`` of an empty trail."""
        return next(iter(await self._read(select(_TRAIL).order_by(_TRAIL.c.number.desc()).limit(1))), None)

    async def _read(self, query: Any) -> list[Entry]:  # noqa: ANN401  (a statement, whose type says nothing here)
        def work(connection: Connection) -> list[Entry]:
            return [Entry(**row) for row in connection.execute(query).mappings()]

        return await self._database.read(work)
