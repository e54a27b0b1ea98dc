"""The house's one database: one writer thread that commits in groups, a few readers, SQLite and PostgreSQL alike.

Every unit of work that waits when the writer is free goes into the same transaction; a unit that fails is rolled back alone
(savepoint) when it came with others. SQLite runs in WAL mode with `synchronous=FULL`: what is committed survives a power cut.
"""

from __future__ import annotations

import asyncio
import fcntl
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any, Final, TypeVar

import structlog
from sqlalchemy import create_engine, event
from sqlalchemy.engine import make_url
from sqlalchemy.exc import DBAPIError, OperationalError, SQLAlchemyError
from sqlalchemy.pool import QueuePool

from monitor.runtime.journal import TransientStoreError

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Callable

    from sqlalchemy import Connection, Engine

T = TypeVar("T")

BUSY_MS: Final = 8_000
"""How long a statement waits for another process that writes to the same SQLite file."""
READERS: Final = 4

log = structlog.get_logger("database")


class DatabaseError(Exception):
    """The database cannot be used as it is configured; the message is one line that says what to do."""


def open_engine(url: str) -> Engine:
    """Return an engine for `url` (``sqlite:///FILE`` or ``postgresql://…``) with the house's settings.

    Raises:
        DatabaseError: when the URL names another kind of database.
    """
    try:
        parsed = make_url(url)
    except SQLAlchemyError:
        message = f"storage.url {url!r} is not a database URL: write sqlite:///FILE or postgresql://USER@HOST/NAME"
        raise DatabaseError(message) from None
    if parsed.get_backend_name() == "sqlite" and parsed.database in (None, "", ":memory:"):
        message = f"storage.url {url!r} names no file: nothing would be kept; write sqlite:///FILE"
        raise DatabaseError(message)
    if parsed.get_backend_name() == "sqlite":
        engine = create_engine(parsed, poolclass=QueuePool, pool_size=READERS + 1, connect_args={"check_same_thread": False})
        event.listen(engine, "connect", _prepare_sqlite)
        event.listen(engine, "begin", _begin_sqlite)
        return engine
    if parsed.get_backend_name() == "postgresql":
        try:
            return create_engine(parsed, pool_size=READERS + 1, pool_pre_ping=True)
        except ImportError as error:
            message = f"storage.url {parsed.render_as_string()}: this installation cannot speak PostgreSQL ({error})"
            raise DatabaseError(message) from None
    message = f"storage.url {parsed.render_as_string()!r}: this kind of database is not supported; use sqlite or postgresql"
    raise DatabaseError(message)


def _prepare_sqlite(connection: sqlite3.Connection, _record: object) -> None:
    connection.isolation_level = None
    cursor = connection.cursor()
    for pragma in (
        "journal_mode=WAL",
        "synchronous=FULL",
        f"busy_timeout={BUSY_MS}",
        "foreign_keys=ON",
        "temp_store=MEMORY",
        "wal_autocheckpoint=4000",
    ):
        cursor.execute(f"PRAGMA {pragma}")
    cursor.close()


def _begin_sqlite(connection: Connection) -> None:
    """A writing transaction takes the lock at once, so that it waits its turn and never fails half-way."""
    mode = "IMMEDIATE" if connection.get_execution_options().get("writes") else "DEFERRED"
    connection.exec_driver_sql(f"BEGIN {mode}")


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
        self._claim: IO[str] | None = None

    def claim(self) -> None:
        """Take the database for this service; the claim ends with the process.

        Raises:
            DatabaseError: when another service has it: two of them would overwrite each other's judgements.
        """
        if self.engine.dialect.name != "sqlite":
            return
        path = f"{self.engine.url.database}.serving"
        try:
            self._claim = Path(path).open("w")  # noqa: SIM115  (held open for as long as we live)
            fcntl.flock(self._claim, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            message = f"storage.url {self.engine.url.render_as_string()}: another bornewatch serves from it; stop that one first"
            raise DatabaseError(message) from None
        except OSError as error:
            message = f"{path}: {error.strerror}; check that the folder of the database may be written"
            raise DatabaseError(message) from None

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
        if self._claim is not None:
            self._claim.close()
        self._writer.shutdown()
        self._readers.shutdown()
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
            with self.engine.connect() as connection, connection.begin():
                return work(connection)
        except DBAPIError as error:
            raise _as_transient(error) from error

    def _transact(self, works: list[Callable[[Any], Any]]) -> list[Any]:
        """Run `works` in one transaction; return for each its result or the exception that it ended with."""
        try:
            with self.engine.connect().execution_options(writes=True) as connection, connection.begin():
                if len(works) == 1:
                    return [works[0](connection)]
                return [_alone(work, connection) for work in works]
        except DBAPIError as error:
            return [_as_transient(error)] * len(works)
        except Exception as error:  # noqa: BLE001  a unit's own error belongs to the one who brought it
            return [error] * len(works)


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
