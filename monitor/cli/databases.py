"""The database from the command line: brought to this program's schema, or checked."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from monitor.cli.inputs import CommandError
from monitor.storage import schema
from monitor.storage.database import SqlDatabase
from monitor.storage.errors import DatabaseError
from monitor.storage.registry import SqlRegistry
from monitor.storage.servers import open_engine

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sqlalchemy import Engine

    from monitor.core.registry import Station


def db(url: str, packages: Sequence[str], action: str) -> list[str]:
    """Upgrade the database at `url`, or check that it fits the migrations of `packages`.

    Raises:
        CommandError: when it does not fit; the message says what to do.
    """
    engine = open_engine(url)
    try:
        if action == "upgrade":
            return schema.upgrade(engine, list(packages)) or ["the database is up to date"]
        wrong = schema.check(engine, list(packages))
        if wrong:
            raise CommandError("; ".join(wrong) + ": run 'bornewatch db upgrade'")
        return ["the database fits this program"]
    finally:
        engine.dispose()


async def registered(url: str, packages: Sequence[str]) -> list[Station]:
    """Return the stations in the database at `url`; none where it is not there, or not of this program's schema. It is not changed.

    Raises:
        DatabaseError: when the URL names another kind of database.
    """
    engine = open_engine(url)
    database = SqlDatabase(engine)
    try:
        return await SqlRegistry(database).stations() if _fits(engine, packages) else []
    finally:
        await database.stop()


def _fits(engine: Engine, packages: Sequence[str]) -> bool:
    file = engine.url.database if engine.dialect.name == "sqlite" else None
    try:
        return (file is None or Path(file).exists()) and not schema.check(engine, list(packages))
    except DatabaseError:
        return False
