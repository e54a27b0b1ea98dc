"""What SQLite and PostgreSQL do differently: how they are opened, how writers queue, and how a service has one for itself."""

from __future__ import annotations

import fcntl
from pathlib import Path
from typing import IO, TYPE_CHECKING, Final, Protocol

from sqlalchemy import create_engine, event, text
from sqlalchemy.engine import make_url
from sqlalchemy.exc import DBAPIError, SQLAlchemyError
from sqlalchemy.pool import QueuePool

from monitor.runtime.journal import TransientStoreError
from monitor.storage.errors import DatabaseError

if TYPE_CHECKING:
    import sqlite3

    from sqlalchemy import Connection, Engine
    from sqlalchemy.engine import URL

READERS: Final = 4
BUSY_MS: Final = 8_000
"""How long a writing transaction waits for the one of another process."""
CONNECT_S: Final = 5
"""How long PostgreSQL may take to accept a connection."""
WRITERS: Final = 0x626F726E_0001
SERVICE: Final = 0x626F726E_0002
"""Keys of PostgreSQL's advisory locks: the queue of writers, and the service that has the database for itself."""


class Server(Protocol):
    """The kind of database behind an engine. A `steady` one loses no connection that nobody closed."""

    steady: bool

    def reading(self) -> Engine:
        """Return the engine for readers: every transaction sees one state of the data."""
        ...

    def claim(self) -> None:
        """Take the database for this service; the claim ends with the process, however it ends.

        Raises:
            DatabaseError: when another service has it: two of them would overwrite each other's judgements.
        """
        ...

    def hold(self) -> None:
        """Make sure that a claim still holds, before a transaction is begun.

        Raises:
            TransientStoreError: when it does not.
        """
        ...

    def lost(self) -> None:
        """A transaction failed for the database's sake: the claim may have gone with it."""
        ...

    def release(self) -> None:
        """Give the claim up."""
        ...


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
    if parsed.get_backend_name() == "sqlite":
        return _open_sqlite(parsed, url)
    if parsed.get_backend_name() == "postgresql":
        return _open_postgresql(parsed)
    message = f"storage.url {parsed.render_as_string()!r}: this kind of database is not supported; use sqlite or postgresql"
    raise DatabaseError(message)


def server_of(engine: Engine) -> Server:
    """Return the kind of database behind `engine`."""
    return SqliteFile(engine) if engine.dialect.name == "sqlite" else PostgresqlServer(engine)


# ---------------------------------------------------------------------------------------------------------- SQLite


def _open_sqlite(parsed: URL, url: str) -> Engine:
    if parsed.database in (None, "", ":memory:"):
        message = f"storage.url {url!r} names no file: nothing would be kept; write sqlite:///FILE"
        raise DatabaseError(message)
    engine = create_engine(parsed, poolclass=QueuePool, pool_size=READERS + 1, connect_args={"check_same_thread": False})
    event.listen(engine, "connect", _prepare_sqlite)
    event.listen(engine, "begin", _begin_sqlite)
    return engine


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


class SqliteFile:
    """One file. It is claimed by a lock on a file beside it, and watched: deleted under us it would swallow what is written."""

    steady = True

    def __init__(self, engine: Engine) -> None:
        """Stand for the file of `engine`."""
        self._engine = engine
        self._path = Path(str(engine.url.database))
        self._claim: IO[str] | None = None
        self._file: tuple[int, int] | None = None

    def reading(self) -> Engine:
        """Readers need nothing of their own: WAL gives every transaction one state."""
        return self._engine

    def claim(self) -> None:
        """Lock ``FILE.serving``."""
        path = Path(f"{self._path}.serving")
        try:
            self._claim = path.open("w")
            fcntl.flock(self._claim, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise DatabaseError(_taken(self._engine)) from None
        except OSError as error:
            message = f"{path}: {error.strerror}; check that the folder of the database may be written"
            raise DatabaseError(message) from None
        self._file = self._identity()

    def hold(self) -> None:
        """Notice a file that was deleted or replaced; two microseconds a transaction."""
        if self._file is not None and self._identity() != self._file:
            message = f"{self._path} was deleted or replaced; put it back, or start the service anew"
            raise TransientStoreError(message)

    def lost(self) -> None:
        """A file lock is not lost with a transaction."""

    def release(self) -> None:
        """Unlock."""
        if self._claim is not None:
            self._claim.close()

    def _identity(self) -> tuple[int, int] | None:
        try:
            found = self._path.stat()
        except OSError:
            return None
        return (found.st_dev, found.st_ino)


# ---------------------------------------------------------------------------------------------------------- PostgreSQL


def _open_postgresql(parsed: URL) -> Engine:
    options = f"-c lock_timeout={BUSY_MS} -c idle_in_transaction_session_timeout=60000 -c timezone=UTC"
    alive = {"keepalives": 1, "keepalives_idle": 10, "keepalives_interval": 5, "keepalives_count": 3}
    try:
        engine = create_engine(
            parsed.set(drivername="postgresql+psycopg"),
            pool_size=READERS + 2,
            pool_pre_ping=True,
            connect_args={"connect_timeout": CONNECT_S, "options": options, "tcp_user_timeout": 1000 * BUSY_MS // 500, **alive},
        )
    except ImportError as error:
        message = f"storage.url {parsed.render_as_string()}: this installation cannot speak PostgreSQL ({error})"
        raise DatabaseError(message) from None
    event.listen(engine, "begin", _begin_postgresql)
    return engine


def _begin_postgresql(connection: Connection) -> None:
    """Writers queue up, as they do for SQLite's file; the lock ends with the transaction."""
    if connection.get_execution_options().get("writes"):
        connection.exec_driver_sql(f"SELECT pg_advisory_xact_lock({WRITERS})")


class PostgresqlServer:
    """One database of a server. It is claimed by an advisory lock, held on a connection of its own."""

    steady = False

    def __init__(self, engine: Engine) -> None:
        """Stand for the database of `engine`."""
        self._engine = engine
        self._claim: Connection | None = None
        self._claimed = False
        self._doubtful = False

    def reading(self) -> Engine:
        """Readers see one state of the data, which is not PostgreSQL's default."""
        return self._engine.execution_options(isolation_level="REPEATABLE READ")

    def claim(self) -> None:
        """Take the advisory lock."""
        try:
            taken = self._take()
        except DBAPIError as error:
            message = f"storage.url {self._engine.url.render_as_string()}: {str(error.orig).strip().splitlines()[0]}"
            raise DatabaseError(message) from None
        if not taken:
            raise DatabaseError(_taken(self._engine))
        self._claimed = True

    def hold(self) -> None:
        """After a failure the claim is taken again; somebody else may have been faster."""
        if not self._claimed or not self._doubtful:
            return
        self.release()
        try:
            taken = self._take()
        except DBAPIError as error:
            raise TransientStoreError(str(error.orig).strip().splitlines()[0]) from None
        if not taken:
            raise TransientStoreError(_taken(self._engine))
        self._doubtful = False

    def lost(self) -> None:
        """The connection that held the lock may be gone."""
        self._doubtful = True

    def release(self) -> None:
        """Close the connection that holds the lock."""
        if self._claim is not None:
            self._claim.invalidate()
            self._claim.close()
            self._claim = None

    def _take(self) -> bool:
        self._claim = self._engine.connect().execution_options(isolation_level="AUTOCOMMIT")
        return bool(self._claim.execute(text("SELECT pg_try_advisory_lock(:key)"), {"key": SERVICE}).scalar())


def _taken(engine: Engine) -> str:
    return f"storage.url {engine.url.render_as_string()}: another bornewatch serves from it; stop that one first"
