"""The house's one database: one writer thread that commits in groups, a few readers, SQLite and PostgreSQL alike.

Every unit of work that waits when the writer is free goes into the same transaction; a unit that fails is rolled back alone
(savepoint) when it came with others. Writing transactions of all processes come one after the other on both databases, so that a
number that is read to be continued is never given twice and change lines appear in their order. What the two databases do
differently stands in `monitor.storage.servers` and nowhere else; what is committed survives a power cut on both.
"""

from __future__ import annotations

import asyncio
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, TypeVar

import structlog
from sqlalchemy.exc import DBAPIError, OperationalError

from monitor.runtime.journal import TransientStoreError
from monitor.storage.servers import READERS, Server, server_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from sqlalchemy import Connection, Engine

T = TypeVar("T")

log = structlog.get_logger("database")


class SqlDatabase:
    """`monitor.runtime.ports.Database` over SQLAlchemy. Open it with `start`, end it with `stop`."""

    def __init__(self, engine: Engine) -> None:
        """Use `engine`."""
        self.engine = engine
        self._writer = ThreadPoolExecutor(1, thread_name_prefix="writer")
        self._readers = ThreadPoolExecutor(READERS, thread_name_prefix="reader")
        self._waiting: list[tuple[Callable[[Any], Any], asyncio.Future[Any]]] = []
        self._pump: asyncio.Task[None] | None = None
        self.commits = 0
        self._server: Server = server_of(engine)
        self._open: Connection | None = None
        self._reading = self._server.reading()

    def claim(self) -> None:
        """Take the database for this service; the claim ends with the process.

        Raises:
            DatabaseError: when another service has it: two of them would overwrite each other's judgements.
        """
        self._server.claim()

    async def write(self, work: Callable[[Any], T]) -> T:
        """Run `work` in the writer's next transaction and return its result once it is committed.

        Raises:
            TransientStoreError: when the database was not to be had, or busy for too long.
        """
        loop = asyncio.get_running_loop()
        told: asyncio.Future[T] = loop.create_future()
        self._waiting.append((work, told))
        if self._pump is None or self._pump.done():
            self._pump = loop.create_task(self._commit_all())
        return await told

    async def read(self, work: Callable[[Any], T]) -> T:
        """Run `work` on a reading connection in a thread and return its result."""
        return await asyncio.get_running_loop().run_in_executor(self._readers, self._read, work)

    async def stop(self) -> None:
        """Commit what waits and close every connection."""
        while self._pump is not None and not self._pump.done():
            await asyncio.wait([self._pump])
        self._writer.shutdown()
        self._readers.shutdown()
        self._close()
        self._server.release()
        self.engine.dispose()

    async def _commit_all(self) -> None:
        loop = asyncio.get_running_loop()
        while self._waiting:
            group, self._waiting = self._waiting, []
            outcomes = await loop.run_in_executor(self._writer, self._transact, [work for work, _ in group])
            self.commits += 1
            for (_, told), outcome in zip(group, outcomes, strict=True):
                if told.done():
                    continue
                if isinstance(outcome, BaseException):
                    told.set_exception(outcome)
                else:
                    told.set_result(outcome)

    def _read(self, work: Callable[[Any], T]) -> T:
        try:
            with self._reading.connect() as connection, connection.begin():
                return work(connection)
        except DBAPIError as error:
            raise _as_transient(error) from error

    def _transact(self, works: list[Callable[[Any], Any]]) -> list[Any]:
        """Run `works` in one transaction; return for each its result or the exception that it ended with."""
        try:
            self._server.hold()
            with self._writing() as connection:
                if len(works) == 1:
                    return [works[0](connection)]
                return [_alone(work, connection) for work in works]
        except DBAPIError as error:
            self._server.lost()
            return [_as_transient(error)] * len(works)
        except Exception as error:  # noqa: BLE001  a unit's own error belongs to the one who brought it
            return [error] * len(works)

    @contextmanager
    def _writing(self) -> Iterator[Connection]:
        """Begin a writing transaction; on a connection that stays open, where it cannot go stale."""
        if not self._server.steady:
            with self.engine.connect().execution_options(writes=True) as connection, connection.begin():
                yield connection
            return
        if self._open is None:
            self._open = self.engine.connect().execution_options(writes=True)
        try:
            with self._open.begin():
                yield self._open
        except DBAPIError:
            self._close()
            raise

    def _close(self) -> None:
        if self._open is not None:
            self._open.close()
            self._open = None


def _alone(work: Callable[[Any], Any], connection: Connection) -> Any:  # noqa: ANN401  (whatever the work returns)
    try:
        with connection.begin_nested():
            return work(connection)
    except OperationalError:
        raise
    except Exception as error:  # noqa: BLE001  a unit's own error belongs to the one who brought it
        return error


def _as_transient(error: DBAPIError) -> Exception:
    """Tell a database that is away or busy from a statement that is wrong."""
    if isinstance(error, OperationalError) or error.connection_invalidated:
        return TransientStoreError(str(error.orig).strip().splitlines()[0] if str(error.orig).strip() else "database error")
    return error
