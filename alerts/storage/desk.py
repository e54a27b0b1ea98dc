"""What the desk knows, kept: a decision and what it wants sent are one transaction, with the number of the last event behind it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import msgspec
from sqlalchemy import Table, func, insert, or_, select

from alerts.core.matters import Matter
from alerts.core.model import Alert, Silence
from alerts.core.outbox import Delivery
from alerts.ports import Kept
from alerts.storage.rows import ALERT, DELIVERY, ENTRY, MARK, MATTER, PLACEMENT, SILENCE, delivery_row, read_all
from monitor.storage.statements import upsert

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from sqlalchemy import Connection

    from alerts.core.desk import Decision
    from monitor.runtime.ports import Database

CURSOR: Final = "decided"
_encode = msgspec.json.Encoder().encode
_matter: Final = msgspec.json.Decoder(Matter)
_alert: Final = msgspec.json.Decoder(Alert)
_silence: Final = msgspec.json.Decoder(Silence)
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
            return Kept(
                cursor=connection.execute(select(MARK.c.value).where(MARK.c.name == CURSOR)).scalar(),
                matters=read_all(connection, select(MATTER.c.body).where(or_(MATTER.c.open, MATTER.c.key.in_(past))), _matter),
                alerts=alerts,
                placed=[(row.matter, row.alert_id) for row in placed],
                silences=read_all(connection, select(SILENCE.c.body).where(SILENCE.c.until > since), _silence),
                last_alert=connection.execute(select(func.max(ALERT.c.id))).scalar() or 0,
                last_silence=connection.execute(select(func.max(SILENCE.c.id))).scalar() or 0,
                deliveries=read_all(connection, select(DELIVERY.c.body).where(DELIVERY.c.created_at > since), _delivery),
            )

        return await self._database.read(work)

    async def save(self, decision: Decision, deliveries: Sequence[Delivery], cursor: int | None) -> None:
        """Store a decision, the deliveries that it wants, and up to which event it went."""
        matters = [{"key": key, "open": one.open, "body": _text(one)} for key, one in decision.matters.items()]
        alerts = [
            {"id": number, "alive": one.alive, "opened_at": one.opened_at, "body": _text(one)}
            for number, one in decision.alerts.items()
        ]
        placed = [{"alert_id": alert, "matter": key, "at": decision.at} for (key, _), alert in decision.placed.items()]
        silences = [{"id": number, "until": one.until, "body": _text(one)} for number, one in decision.silences.items()]
        entries = [{"alert_id": one.alert, "at": one.at, "body": _text(one)} for one in decision.entries]
        sent = [delivery_row(one) for one in deliveries]

        def work(connection: Connection) -> None:
            _put(connection, MATTER, matters)
            _put(connection, ALERT, alerts)
            _put(connection, PLACEMENT, placed)
            _put(connection, SILENCE, silences)
            _put(connection, DELIVERY, sent)
            if entries:
                connection.execute(insert(ENTRY), entries)
            if cursor is not None:
                connection.execute(upsert(MARK, connection), {"name": CURSOR, "value": cursor})

        await self._database.write(work)


def _text(record: object) -> str:
    return _encode(record).decode()


def _put(connection: Connection, table: Table, rows: list[dict[str, object]]) -> None:
    if rows:
        connection.execute(upsert(table, connection), rows)
