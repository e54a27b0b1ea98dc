"""What was: alerts that are over, why what was decided, who was told. Read only."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import msgspec
from sqlalchemy import select

from alerts.core.matters import Matter
from alerts.core.model import Alert, Entry
from alerts.ports import File, Told
from alerts.storage.outbox import read_deliveries
from alerts.storage.rows import ALERT, ENTRY, MATTER, PLACEMENT, read_all

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from monitor.runtime.ports import Database

_alert: Final = msgspec.json.Decoder(Alert)
_matter: Final = msgspec.json.Decoder(Matter)
_entry: Final = msgspec.json.Decoder(Entry)


class SqlArchive:
    """`alerts.ports.Archive` over the house's database."""

    def __init__(self, database: Database) -> None:
        """Use `database`."""
        self._database = database

    async def alerts(self, limit: int) -> list[Alert]:
        """Return the alerts that were opened last, the newest first."""
        read = select(ALERT.c.body).order_by(ALERT.c.id.desc()).limit(limit)
        return await self._database.read(lambda connection: read_all(connection, read, _alert))

    async def file(self, alert: int) -> File | None:
        """Return everything of one alert, ``None`` where there is none."""

        def work(connection: Connection) -> File | None:
            found = read_all(connection, select(ALERT.c.body).where(ALERT.c.id == alert), _alert)
            if not found:
                return None
            placed = select(PLACEMENT.c.matter).where(PLACEMENT.c.alert_id == alert)
            return File(
                alert=found[0],
                matters=read_all(connection, select(MATTER.c.body).where(MATTER.c.key.in_(placed)), _matter),
                entries=read_all(connection, select(ENTRY.c.body).where(ENTRY.c.alert_id == alert).order_by(ENTRY.c.id), _entry),
                told=[Told(delivery=one, log=log) for one, log in read_deliveries(connection, alert)],
            )

        return await self._database.read(work)
