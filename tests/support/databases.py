"""Databases for tests: every store is tested over each of them by one suite."""

from __future__ import annotations

from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

from monitor.storage.database import SqlDatabase, open_engine
from monitor.storage.schema import upgrade

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

MIGRATIONS = ["monitor.storage.migrations", "hotline.storage.migrations"]


@asynccontextmanager
async def sqlite_database(folder: Path) -> AsyncIterator[SqlDatabase]:
    """Open a fresh SQLite file in `folder`, or the one that is there."""
    engine = open_engine(f"sqlite:///{folder}/test.db")
    upgrade(engine, MIGRATIONS)
    database = SqlDatabase(engine)
    try:
        yield database
    finally:
        await database.stop()
