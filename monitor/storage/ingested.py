"""Ids of mirrored lines that have counted: `monitor.collectors.ingest.mirror.IdStore` over the house's database."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from sqlalchemy import Table, delete, select

from monitor.storage.columns import to_micros
from monitor.storage.statements import DriverStatement, upsert
from monitor.storage.tables import IngestedRow

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime

    from sqlalchemy import Connection

    from monitor.runtime.ports import Database

INGESTED: Final[Table] = IngestedRow.__table__  # type: ignore[attr-defined]
_AT_ONCE: Final = 500
"""Ids that are asked for in one statement."""


class SqlIngested:
    """Writes and reads ids."""

    def __init__(self, database: Database) -> None:
        """Use `database`."""
        self._database = database
        self._statement: DriverStatement | None = None

    async def known(self, ids: Iterable[str]) -> set[str]:
        """Return those of `ids` that have counted."""
        asked = list(ids)

        def work(connection: Connection) -> set[str]:
            found: set[str] = set()
            for start in range(0, len(asked), _AT_ONCE):
                query = select(INGESTED.c.id).where(INGESTED.c.id.in_(asked[start : start + _AT_ONCE]))
                found.update(connection.execute(query).scalars())
            return found

        return await self._database.read(work) if asked else set()

    async def keep(self, ids: Iterable[str], now: datetime) -> None:
        """Store that `ids` have counted."""
        rows = [(one, to_micros(now)) for one in ids]

        def work(connection: Connection) -> None:
            if self._statement is None:
                self._statement = DriverStatement(upsert(INGESTED, connection), ("id", "at"), connection)
            self._statement.run(connection, rows)

        await self._database.write(work)

    async def purge(self, before: datetime) -> int:
        """Forget the ids that counted before that instant; return how many."""
        return await self._database.write(
            lambda connection: int(connection.execute(delete(INGESTED).where(INGESTED.c.at < before)).rowcount)
        )
