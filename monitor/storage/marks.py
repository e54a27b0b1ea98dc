"""The service's own numbers and secrets: small rows by name, read and written inside a caller's transaction."""

from __future__ import annotations

import secrets
from typing import TYPE_CHECKING, Final

from sqlalchemy import Table, insert, select

from monitor.storage.statements import upsert
from monitor.storage.tables import MarkRow, SecretRow

if TYPE_CHECKING:
    from sqlalchemy import Connection

MARK: Final[Table] = MarkRow.__table__  # type: ignore[attr-defined]
SECRET: Final[Table] = SecretRow.__table__  # type: ignore[attr-defined]


def read_mark(connection: Connection, name: str) -> int | None:
    """Return the number kept under `name`."""
    return connection.execute(select(MARK.c.value).where(MARK.c.name == name)).scalar()


def write_mark(connection: Connection, name: str, value: int) -> None:
    """Keep `value` under `name`."""
    connection.execute(upsert(MARK, connection), {"name": name, "value": value})


def secret(connection: Connection, name: str, length: int) -> bytes:
    """Return the secret of that name; made of `length` random bytes when it is asked for the first time (writing)."""
    known = connection.execute(select(SECRET.c.value).where(SECRET.c.name == name)).scalar()
    if known is not None:
        return bytes(known)
    made = secrets.token_bytes(length)
    connection.execute(insert(SECRET), {"name": name, "value": made})
    return made
