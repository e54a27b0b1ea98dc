"""Statements that run thousands of times a second, compiled once into the driver's own form and handed to its cursor.

SQLAlchemy's executemany spends more on each row's dictionary than the database on the row, and on each statement several times what
SQLite does; a compiled text with tuples on the driver's own cursor does not. What goes wrong is what SQLAlchemy would say.
Values must be what the driver takes: whole numbers, text, bytes (`columns.to_micros` for times).
"""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.exc import DBAPIError

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from sqlalchemy import Connection, Table
    from sqlalchemy.engine.interfaces import DBAPICursor
    from sqlalchemy.sql import ClauseElement


def upsert(table: Table, connection: Connection) -> Any:  # noqa: ANN401  (two dialects' Insert, alike but unrelated)
    """Return an INSERT into `table` of `connection`'s dialect that updates every other column where the key is there."""
    insert = postgresql.insert if connection.dialect.name == "postgresql" else sqlite.insert
    statement = insert(table)
    keys = [column.name for column in table.primary_key.columns]
    rest = {column.name: statement.excluded[column.name] for column in table.columns if column.name not in keys}
    return statement.on_conflict_do_update(index_elements=keys, set_=rest)


class DriverStatement:
    """One statement for many rows, given as tuples in the order of `columns`."""

    def __init__(self, make: ClauseElement, columns: Sequence[str], connection: Connection) -> None:
        """Compile `make` for `connection`'s dialect."""
        compiled = make.compile(dialect=connection.dialect, column_keys=list(columns))
        self._text = str(compiled)
        order = getattr(compiled, "positiontup", None)
        self._order = None if order is None else [list(columns).index(name) for name in order]
        self._columns = tuple(columns)
        if self._order == list(range(len(columns))):
            self._straight = True
        else:
            self._straight = False

    def run(self, connection: Connection, rows: Sequence[tuple[Any, ...]]) -> None:
        """Execute for every row, inside `connection`'s transaction."""
        if not rows:
            return
        given: Sequence[Any] = rows
        if self._order is None:
            given = [dict(zip(self._columns, row, strict=True)) for row in rows]
        elif not self._straight:
            order = self._order
            given = [tuple(row[place] for place in order) for row in rows]
        with _cursor(connection, self._text) as cursor:
            cursor.executemany(self._text, given)


def read_number(connection: Connection, text: str) -> Any:  # noqa: ANN401  (a number, or nothing)
    """Return the one value that the query `text` finds, ``None`` when there is none."""
    with _cursor(connection, text) as cursor:
        cursor.execute(text)
        row = cursor.fetchone()
        return None if row is None else row[0]


@contextmanager
def _cursor(connection: Connection, text: str) -> Iterator[DBAPICursor]:
    dbapi = connection.dialect.loaded_dbapi
    cursor = connection.connection.cursor()
    try:
        yield cursor
    except dbapi.Error as error:
        lost = connection.dialect.is_disconnect(error, connection.connection, cursor)
        raise DBAPIError.instance(text, None, error, dbapi.Error, lost, dialect=connection.dialect) from error
    finally:
        cursor.close()
