"""What need not be kept: the canary's alerts."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import delete, select

from alerts.storage.rows import ALERT, ATTEMPT, DELIVERY, ENTRY, MATTER, PLACEMENT

if TYPE_CHECKING:
    from datetime import datetime

    from sqlalchemy import Connection

    from monitor.runtime.ports import Database


class SqlKeeper:
    """`alerts.ports.Keeper` over the house's database."""

    def __init__(self, database: Database) -> None:
        """Use `database`."""
        self._database = database

    async def thin(self, before: datetime) -> None:
        """Delete what the canary left before then: alerts of numbers below nought that are over, and all that hangs on them."""
        sent = (DELIVERY.c.alert_id < 0) & (DELIVERY.c.created_at < before)
        over = (ALERT.c.id < 0) & ~ALERT.c.alive & (ALERT.c.opened_at < before)
        inside = PLACEMENT.c.alert_id.in_(select(ALERT.c.id).where(over))
        deletions = (
            delete(ATTEMPT).where(ATTEMPT.c.delivery_id.in_(select(DELIVERY.c.id).where(sent))),
            delete(DELIVERY).where(sent),
            delete(ENTRY).where(ENTRY.c.alert_id < 0, ENTRY.c.at < before),
            delete(MATTER).where(~MATTER.c.open, MATTER.c.key.in_(select(PLACEMENT.c.matter).where(inside))),
            delete(PLACEMENT).where(inside),
            delete(ALERT).where(over),
        )

        def work(connection: Connection) -> None:
            for deletion in deletions:
                connection.execute(deletion)

        await self._database.write(work)
