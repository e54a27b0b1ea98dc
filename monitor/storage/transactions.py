"""Transaction numbers that are never used twice, reserved from the database in blocks so that an answer need not wait."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Final

import structlog

from monitor.runtime.journal import TransientStoreError
from monitor.storage.marks import read_mark, write_mark

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from monitor.runtime.ports import Database

log = structlog.get_logger("transactions")

NAME: Final = "transactions"
BLOCK: Final = 10_000
"""Numbers reserved at a time; a crash leaves the rest of a block unused. OCPP 1.6 §7.39 allows 2^31 of them."""
LOW: Final = 5_000


class NoNumberLeftError(Exception):
    """A number cannot be given without the risk of giving it twice."""


class TransactionNumbers:
    """Hands out numbers; keeps more than `LOW` of them ahead."""

    def __init__(self, database: Database) -> None:
        """Reserve in `database`; call `reserve` before the first number is needed."""
        self._database = database
        self._next = 0
        self._end = 0
        self._reserving: asyncio.Task[None] | None = None

    async def reserve(self) -> None:
        """Reserve the next block."""

        def work(connection: Connection) -> int:
            start = read_mark(connection, NAME) or 1
            write_mark(connection, NAME, start + BLOCK)
            return start

        start = await self._database.write(work)
        if self._next >= self._end:
            self._next = start
        self._end = start + BLOCK

    async def _reserve_more(self) -> None:
        """Reserve ahead; what fails is tried again with the next number, for as long as there are some."""
        try:
            await self.reserve()
        except TransientStoreError as error:
            log.warning("transaction numbers could not be reserved", error=str(error), left=self._end - self._next)

    def take(self) -> int:
        """Return a number that was never given; must be called from the loop.

        Raises:
            NoNumberLeftError: when the database did not take the reservation of more.
        """
        number = self._next
        if number >= self._end:
            message = f"no transaction number is left before {self._end}: the database does not take a reservation"
            raise NoNumberLeftError(message)
        self._next += 1
        if self._end - self._next < LOW and (self._reserving is None or self._reserving.done()):
            self._reserving = asyncio.get_running_loop().create_task(self._reserve_more())
        return number
