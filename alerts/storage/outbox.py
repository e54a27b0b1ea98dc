"""The outbox: deliveries that are waiting, taken by lease, and the log of what became of each."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import msgspec
from sqlalchemy import func, insert, or_, select

from alerts.core.outbox import FARTHEST, Delivery, Stand, abandoned, inherited, leased
from alerts.ports import Attempt, Waiting
from alerts.storage.rows import ATTEMPT, DELIVERY, delivery_row, read_all
from monitor.storage.statements import upsert

if TYPE_CHECKING:
    from datetime import datetime

    from sqlalchemy import Connection, Select

    from alerts.ports import Turn
    from monitor.runtime.ports import Database

_decoder: Final = msgspec.json.Decoder(Delivery)
SENT: Final = select(DELIVERY.c.body).order_by(DELIVERY.c.created_at, DELIVERY.c.id)
"""Deliveries, the oldest first."""


class SqlOutbox:
    """`alerts.ports.Outbox` over the house's database."""

    def __init__(self, database: Database) -> None:
        """Use `database`."""
        self._database = database

    async def inherit(self, now: datetime) -> None:
        """Take over what another courier had in its hands: there is one at a time, so that one is dead."""
        waiting = select(DELIVERY.c.body).where(DELIVERY.c.waiting)

        def work(connection: Connection) -> None:
            found = [(one, inherited(one, now)) for one in read_all(connection, waiting, _decoder)]
            rows = [delivery_row(after) for before, after in found if after is not before]
            if rows:
                connection.execute(upsert(DELIVERY, connection), rows)

        await self._database.write(work)

    async def lease(self, now: datetime, limit: int) -> list[Delivery]:
        """Take up to `limit` deliveries that are due, the oldest first: to be sent (leased) or to be asked about (unknown).

        One whose lease has run out was with a sender that died: nobody knows whether it went out.
        """
        falls_due = or_(DELIVERY.c.next_at <= now, DELIVERY.c.next_at > now + FARTHEST)
        due = select(DELIVERY.c.body).where(DELIVERY.c.waiting, falls_due)
        due = due.order_by(DELIVERY.c.next_at).limit(limit)

        def work(connection: Connection) -> list[Delivery]:
            taken = [_taken(one, now) for one in read_all(connection, due, _decoder)]
            if taken:
                connection.execute(upsert(DELIVERY, connection), [delivery_row(one) for one in taken])
            return [one for one in taken if one.next_at > now]

        return await self._database.write(work)

    async def change(self, number: str, turn: Turn, what: str, now: datetime) -> Delivery | None:
        """Change a delivery by `turn`, which is handed it as it is now, and write that down as `what`.

        Returns:
            The delivery afterwards, ``None`` where there is none; one that `turn` left as it was is not written.
        """

        def work(connection: Connection) -> Delivery | None:
            found = read_all(connection, select(DELIVERY.c.body).where(DELIVERY.c.id == number), _decoder)
            if not found:
                return None
            after, more = turn(found[0])
            if after is found[0]:
                return after
            rows = [delivery_row(one) for one in (after, more) if one is not None]
            connection.execute(upsert(DELIVERY, connection), rows)
            line = {"delivery_id": number, "at": now, "what": what, "stand": after.stand.value, "why": after.why}
            connection.execute(insert(ATTEMPT), line)
            return after

        return await self._database.write(work)

    async def find(self, number: str) -> Delivery | None:
        """Return a delivery by its id."""
        found = await self._database.read(
            lambda connection: read_all(connection, select(DELIVERY.c.body).where(DELIVERY.c.id == number), _decoder)
        )
        return found[0] if found else None

    async def waiting(self) -> Waiting:
        """Return what is on its way."""
        read = select(func.min(DELIVERY.c.next_at), func.min(DELIVERY.c.created_at)).where(DELIVERY.c.waiting)
        next_at, oldest_at = await self._database.read(lambda connection: connection.execute(read).one())
        return Waiting(next_at=next_at, oldest_at=oldest_at)

    async def of_alert(self, alert: int) -> list[tuple[Delivery, list[Attempt]]]:
        """Return the deliveries of an alert in their order, each with its log."""
        return await self._database.read(lambda connection: read_deliveries(connection, SENT.where(DELIVERY.c.alert_id == alert)))


def read_deliveries(connection: Connection, chosen: Select[Any]) -> list[tuple[Delivery, list[Attempt]]]:
    """Return the deliveries that are `chosen` (from `SENT`), in its order, each with its log."""
    found = read_all(connection, chosen, _decoder)
    lines = select(ATTEMPT).where(ATTEMPT.c.delivery_id.in_([one.id for one in found])).order_by(ATTEMPT.c.id)
    logs: dict[str, list[Attempt]] = {one.id: [] for one in found}
    for row in connection.execute(lines):
        line = Attempt(delivery=row.delivery_id, at=row.at, what=row.what, stand=Stand(row.stand), why=row.why)
        logs[row.delivery_id].append(line)
    return [(one, logs[one.id]) for one in found]


def _taken(delivery: Delivery, now: datetime) -> Delivery:
    """Return a due delivery as it is taken up."""
    if delivery.stand is Stand.LEASED:
        return abandoned(delivery, now)
    if delivery.stand is Stand.UNKNOWN:
        return msgspec.structs.replace(delivery, next_at=leased(delivery, now).next_at)
    return leased(delivery, now)
