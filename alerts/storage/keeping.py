"""What need not be kept: the canary's alerts after an hour, people's after a year or so, a piece in each transaction."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from sqlalchemy import delete, exists, func, select

from alerts.storage.rows import ALERT, ATTEMPT, CHANGE, DELIVERY, ENTRY, MATTER, ORDER, PLACEMENT, SILENCE

if TYPE_CHECKING:
    from datetime import datetime

    from sqlalchemy import ColumnElement, Connection, Delete, Table

    from monitor.runtime.ports import Database

PIECE: Final = 500
"""Rows, or alerts with all that hangs on them, deleted in one transaction, so that nobody who writes waits for long."""


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

    async def prune(self, before: datetime) -> int:
        """Delete what ended before then, all of it; return how many rows that were.

        The newest alert, silence and change of a schedule stay whatever their age, for the next one counts on from them. A matter
        that is over and in no alert has nobody who asks for it, and goes at once.
        """
        gone = 0
        while piece := await self._database.write(lambda connection: _prune_alerts(connection, before)):
            gone += piece
        for deletion in (
            _piece(ENTRY, ENTRY.c.id, (ENTRY.c.alert_id == 0) & (ENTRY.c.at < before)),
            _piece(ATTEMPT, ATTEMPT.c.id, ATTEMPT.c.delivery_id.in_(select(DELIVERY.c.id).where(_of_no_alert(before)))),
            _piece(DELIVERY, DELIVERY.c.id, _of_no_alert(before)),
            _piece(ORDER, ORDER.c.id, (ORDER.c.answer != "") & (ORDER.c.at < before)),
            *(_piece(table, table.c.id, _long_over(table, before)) for table in (SILENCE, CHANGE)),
            _piece(MATTER, MATTER.c.key, ~MATTER.c.open & MATTER.c.key.not_in(select(PLACEMENT.c.matter))),
        ):
            while piece := await self._deleted(deletion):
                gone += piece
        return gone

    async def _deleted(self, deletion: Delete) -> int:
        return await self._database.write(lambda connection: connection.execute(deletion).rowcount)


def _piece(table: Table, key: ColumnElement[Any], which: ColumnElement[bool]) -> Delete:
    return delete(table).where(key.in_(select(key).where(which).limit(PIECE)))


def _long_over(table: Table, before: datetime) -> ColumnElement[bool]:
    """Return what says that a silence or a change ended before then and is not the newest."""
    return (table.c.until < before) & (table.c.id < select(func.max(table.c.id)).scalar_subquery())


def _of_no_alert(before: datetime) -> ColumnElement[bool]:
    """Return what says that a delivery is of a shift or a letter, old, and settled."""
    return (DELIVERY.c.alert_id == 0) & ~DELIVERY.c.waiting & (DELIVERY.c.created_at < before)


def _prune_alerts(connection: Connection, before: datetime) -> int:
    """Delete alerts that were over before then, with their history; return how many rows that were."""
    newest = select(func.max(ALERT.c.id)).scalar_subquery()
    lately = exists().where(ENTRY.c.alert_id == ALERT.c.id, ENTRY.c.at >= before)
    old = select(ALERT.c.id).where(ALERT.c.id > 0, ALERT.c.id < newest, ~ALERT.c.alive, ALERT.c.opened_at < before, ~lately)
    numbers = list(connection.execute(old.order_by(ALERT.c.id).limit(PIECE)).scalars())
    sent = select(DELIVERY.c.id).where(DELIVERY.c.alert_id.in_(numbers))
    deletions = (
        delete(ATTEMPT).where(ATTEMPT.c.delivery_id.in_(sent)),
        *(delete(table).where(table.c.alert_id.in_(numbers)) for table in (DELIVERY, ENTRY, PLACEMENT)),
        delete(ALERT).where(ALERT.c.id.in_(numbers)),
    )
    return sum(connection.execute(one).rowcount for one in deletions) if numbers else 0
