"""What was: alerts that are over, why what was decided, who was told; the canary is in none of it. Read only."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import msgspec
from sqlalchemy import select

from alerts.core.changes import Change
from alerts.core.matters import Matter
from alerts.core.model import Alert, Entry, Silence
from alerts.core.outbox import letter_id
from alerts.ports import File, Told
from alerts.storage.outbox import SENT, read_deliveries
from alerts.storage.rows import ALERT, CHANGE, DELIVERY, ENTRY, MATTER, PLACEMENT, SILENCE, read_all

if TYPE_CHECKING:
    from collections.abc import Collection
    from datetime import datetime

    from sqlalchemy import Connection

    from monitor.runtime.ports import Database

_alert: Final = msgspec.json.Decoder(Alert)
_matter: Final = msgspec.json.Decoder(Matter)
_silence: Final = msgspec.json.Decoder(Silence)
_change: Final[msgspec.json.Decoder[Change]] = msgspec.json.Decoder(Change)
_entry: Final = msgspec.json.Decoder(Entry)


class SqlArchive:
    """`alerts.ports.Archive` over the house's database."""

    def __init__(self, database: Database) -> None:
        """Use `database`."""
        self._database = database

    async def alerts(self, limit: int, *, only_open: bool = False) -> list[Alert]:
        """Return the alerts that were opened last, over or not, the newest first."""
        read = select(ALERT.c.body).where(ALERT.c.id > 0).order_by(ALERT.c.id.desc()).limit(limit)
        if only_open:
            read = read.where(ALERT.c.alive)
        return await self._database.read(lambda connection: read_all(connection, read, _alert))

    async def file(self, alert: int) -> File | None:
        """Return everything of one alert, ``None`` where there is none."""

        def work(connection: Connection) -> File | None:
            found = read_all(connection, select(ALERT.c.body).where(ALERT.c.id == alert, ALERT.c.id > 0), _alert)
            if not found:
                return None
            placed = select(PLACEMENT.c.matter).where(PLACEMENT.c.alert_id == alert)
            return File(
                alert=found[0],
                matters=read_all(connection, select(MATTER.c.body).where(MATTER.c.key.in_(placed)), _matter),
                entries=read_all(connection, select(ENTRY.c.body).where(ENTRY.c.alert_id == alert).order_by(ENTRY.c.id), _entry),
                told=[
                    Told(delivery=one, log=log)
                    for one, log in read_deliveries(connection, SENT.where(DELIVERY.c.alert_id == alert))
                ],
            )

        return await self._database.read(work)

    async def deliveries(self, limit: int, before: datetime | None = None) -> list[Told]:
        """Return the deliveries that were decided last (before `before`), the newest first."""
        last = (
            SENT.where(DELIVERY.c.alert_id >= 0).order_by(None).order_by(DELIVERY.c.created_at.desc(), DELIVERY.c.id).limit(limit)
        )
        if before is not None:
            last = last.where(DELIVERY.c.created_at < before)
        found = await self._database.read(lambda connection: read_deliveries(connection, last))
        return [Told(delivery=one, log=log) for one, log in found]

    async def letters(self, keys: Collection[str]) -> dict[str, Told]:
        """Return the letters that were written under `keys`, as far as any were."""
        by_id = {letter_id(key): key for key in keys}
        if not by_id:
            return {}
        chosen = SENT.where(DELIVERY.c.id.in_(by_id))
        found = await self._database.read(lambda connection: read_deliveries(connection, chosen))
        return {by_id[one.id]: Told(delivery=one, log=log) for one, log in found}

    async def silences(self, now: datetime) -> list[Silence]:
        """Return the silences that hold or are to come, by their end."""
        read = select(SILENCE.c.body).where(SILENCE.c.until > now).order_by(SILENCE.c.until)
        return await self._database.read(lambda connection: read_all(connection, read, _silence))

    async def changes(self, since: datetime) -> list[Change]:
        """Return the changes of schedules that end after `since`, by their beginning."""
        read = select(CHANGE.c.body).where(CHANGE.c.until > since)
        found = await self._database.read(lambda connection: read_all(connection, read, _change))
        return sorted(found, key=lambda one: (one.since, one.id))
