"""The inbox: orders that another process has for the one that decides, and their answers."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import msgspec
from sqlalchemy import insert, select, update

from alerts.core.orders import Answer
from alerts.storage.rows import ORDER

if TYPE_CHECKING:
    from datetime import datetime

    from sqlalchemy import Connection

    from alerts.core.orders import Order
    from monitor.runtime.ports import Database

GIVEN_UP: Final = "given_up"
"""The answer of an order that nobody carried out in time; it is not carried out any more."""
_encode = msgspec.json.Encoder().encode


class SqlInbox:
    """`alerts.ports.Inbox` over the house's database."""

    def __init__(self, database: Database) -> None:
        """Use `database`."""
        self._database = database

    async def write(self, order: Order, now: datetime) -> int:
        """Write an order down; return its number."""
        row = {"at": now, "answer": "", "body": _encode(order).decode()}

        def work(connection: Connection) -> int:
            return int(connection.execute(insert(ORDER).returning(ORDER.c.id), row).scalar_one())

        return await self._database.write(work)

    async def answer(self, number: int) -> Answer | None:
        """Return the answer to an order, ``None`` while there is none."""
        read = select(ORDER.c.answer).where(ORDER.c.id == number)
        found = await self._database.read(lambda connection: connection.execute(read).scalar())
        return Answer(found) if found in set(Answer) else None

    async def give_up(self, number: int) -> Answer | None:
        """Have an order not be carried out any more; return its answer if it just was."""
        unanswered = update(ORDER).where(ORDER.c.id == number, ORDER.c.answer == "").values(answer=GIVEN_UP)
        await self._database.write(lambda connection: connection.execute(unanswered))
        return await self.answer(number)
