"""What the desk knows, kept: a decision and what it wants sent are one transaction, with the number of the last event behind it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import msgspec
import structlog
from sqlalchemy import Table, delete, func, insert, or_, select, update

from alerts.core.changes import Change
from alerts.core.matters import Matter
from alerts.core.model import Alert, Silence
from alerts.core.orders import Order
from alerts.core.outbox import Delivery
from alerts.core.shifts import KEPT
from alerts.errors import AlertsError
from alerts.ports import Kept
from alerts.storage.rows import (
    ALERT,
    CHANGE,
    DELIVERY,
    ENTRY,
    MARK,
    MATTER,
    ORDER,
    PLACEMENT,
    SILENCE,
    delivery_row,
    read_all,
)
from monitor.storage.columns import from_micros, to_micros
from monitor.storage.statements import upsert

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from sqlalchemy import Connection

    from alerts.core.desk import Decision
    from alerts.ports import Answered
    from monitor.runtime.ports import Database

log = structlog.get_logger("alerts")

CURSOR: Final = "decided"
SHIFTS: Final = "shifts"
"""The mark of until when people were told of their shifts, in microseconds since 1970."""
PROVED: Final = "proved"
"""The mark of when it was last tried whether anything can be stored, in microseconds since 1970."""
UNREADABLE: Final = "unreadable"
_encode = msgspec.json.Encoder().encode
_matter: Final = msgspec.json.Decoder(Matter)
_alert: Final = msgspec.json.Decoder(Alert)
_silence: Final = msgspec.json.Decoder(Silence)
_change: Final[msgspec.json.Decoder[Change]] = msgspec.json.Decoder(Change)
_order: Final[msgspec.json.Decoder[Order]] = msgspec.json.Decoder(Order)
_delivery: Final = msgspec.json.Decoder(Delivery)


class SqlDeskStore:
    """`alerts.ports.DeskStore` over the house's database."""

    def __init__(self, database: Database) -> None:
        """Use `database`."""
        self._database = database

    async def load(self, since: datetime) -> Kept:
        """Return what is open, with what is over in it, and what was sent to people from `since` on."""

        def work(connection: Connection) -> Kept:
            alerts = read_all(connection, select(ALERT.c.body).where(ALERT.c.alive), _alert)
            alive = select(ALERT.c.id).where(ALERT.c.alive)
            inside = select(PLACEMENT).where(PLACEMENT.c.alert_id.in_(alive)).order_by(PLACEMENT.c.at)
            placed = connection.execute(inside).all()
            past = select(PLACEMENT.c.matter).where(PLACEMENT.c.alert_id.in_(alive))
            marks = {row.name: row.value for row in connection.execute(select(MARK))}
            return Kept(
                cursor=marks.get(CURSOR),
                shifts_seen=from_micros(marks[SHIFTS]) if SHIFTS in marks else None,
                matters=read_all(connection, select(MATTER.c.body).where(or_(MATTER.c.open, MATTER.c.key.in_(past))), _matter),
                alerts=alerts,
                placed=[(row.matter, row.alert_id) for row in placed],
                silences=read_all(connection, select(SILENCE.c.body).where(SILENCE.c.until > since), _silence),
                changes=read_all(connection, select(CHANGE.c.body).where(CHANGE.c.until > since - KEPT), _change),
                last_change=connection.execute(select(func.max(CHANGE.c.id))).scalar() or 0,
                last_alert=max(connection.execute(select(func.max(ALERT.c.id))).scalar() or 0, 0),
                last_silence=connection.execute(select(func.max(SILENCE.c.id))).scalar() or 0,
                deliveries=read_all(connection, select(DELIVERY.c.body).where(DELIVERY.c.created_at > since), _delivery),
            )

        return await self._database.read(work)

    async def prove(self, now: datetime) -> None:
        """Store `now`, which shows whether anything can be stored."""
        mark: list[dict[str, object]] = [{"name": PROVED, "value": to_micros(now)}]
        await self._database.write(lambda connection: _put(connection, MARK, mark))

    async def inbox(self, limit: int) -> list[tuple[int, Order]]:
        """Return the orders that were written down by another process and not answered, the oldest first."""
        read = select(ORDER.c.id, ORDER.c.body).where(ORDER.c.answer == "").order_by(ORDER.c.id).limit(limit)
        rows = await self._database.read(lambda connection: connection.execute(read).all())
        found, unreadable = [], []
        for row in rows:
            try:
                found.append((row.id, _order.decode(row.body)))
            except (msgspec.MsgspecError, AlertsError) as error:
                log.warning("an order cannot be read, it is left out", order=row.id, error=str(error))
                unreadable.append(row.id)
        if unreadable:
            answer = update(ORDER).where(ORDER.c.id.in_(unreadable)).values(answer=UNREADABLE)
            await self._database.write(lambda connection: connection.execute(answer))
        return found

    async def save(
        self, decision: Decision, deliveries: Sequence[Delivery], cursor: int | None, answered: Answered | None = None
    ) -> None:
        """Store a decision, the deliveries that it wants, up to which event it went, and what was answered."""
        matters = [{"key": key, "open": one.open, "body": _text(one)} for key, one in decision.matters.items()]
        alerts = [
            {"id": number, "alive": one.alive, "opened_at": one.opened_at, "body": _text(one)}
            for number, one in decision.alerts.items()
        ]
        placed = [{"alert_id": alert, "matter": key, "at": decision.at} for (key, _), alert in decision.placed.items()]
        silences = [{"id": number, "until": one.until, "body": _text(one)} for number, one in decision.silences.items()]
        changes = [{"id": number, "until": one.until, "body": _text(one)} for number, one in decision.changes.items() if one]
        gone = [number for number, one in decision.changes.items() if one is None]
        entries = [{"alert_id": one.alert, "at": one.at, "body": _text(one)} for one in decision.entries]
        sent = [delivery_row(one) for one in deliveries]
        told = {CURSOR: cursor, SHIFTS: None if decision.shifts_seen is None else to_micros(decision.shifts_seen)}
        marks: list[dict[str, object]] = [{"name": name, "value": value} for name, value in told.items() if value is not None]

        def work(connection: Connection) -> None:
            _put(connection, MATTER, matters)
            _put(connection, ALERT, alerts)
            _put(connection, PLACEMENT, placed)
            _put(connection, SILENCE, silences)
            _put(connection, CHANGE, changes)
            if gone:
                connection.execute(delete(CHANGE).where(CHANGE.c.id.in_(gone)))
            _put(connection, DELIVERY, _unknown(connection, sent))
            if entries:
                connection.execute(insert(ENTRY), entries)
            _put(connection, MARK, marks)
            if answered is not None:
                done = update(ORDER).where(ORDER.c.id == answered.number)
                connection.execute(done.values(answer=answered.answer.value))

        await self._database.write(work)


def _text(record: object) -> str:
    return _encode(record).decode()


def _unknown(connection: Connection, sent: list[dict[str, object]]) -> list[dict[str, object]]:
    """Return the deliveries of `sent` that were never decided before: one that was may have gone long ago."""
    if not sent:
        return []
    there = select(DELIVERY.c.id).where(DELIVERY.c.id.in_([one["id"] for one in sent]))
    known = set(connection.execute(there).scalars())
    return [one for one in sent if one["id"] not in known]


def _put(connection: Connection, table: Table, rows: list[dict[str, object]]) -> None:
    if rows:
        connection.execute(upsert(table, connection), rows)
