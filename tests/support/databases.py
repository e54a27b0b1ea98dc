"""Databases for tests: every store is tested over each of them by one suite."""

from __future__ import annotations

from contextlib import asynccontextmanager
from functools import cache
from typing import TYPE_CHECKING

import pytest

from monitor.storage.database import SqlDatabase
from monitor.storage.schema import upgrade
from monitor.storage.servers import open_engine
from tests.support.postgres import Cluster, NoServerError, cluster

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

KINDS = ("sqlite", "postgresql")
MIGRATIONS = ["monitor.storage.migrations", "alerts.storage.migrations", "hotline.storage.migrations"]


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


@asynccontextmanager
async def postgresql_database() -> AsyncIterator[SqlDatabase]:
    """Open a fresh database of the tests' own server; the test is skipped where there is none."""
    try:
        server = cluster()
    except NoServerError as error:
        pytest.skip(str(error))
    name = server.fresh(_migrated(server))
    database = SqlDatabase(open_engine(server.url(name)))
    try:
        yield database
    finally:
        await database.stop()
        server.drop(name)


def url_of(kind: str, folder: Path) -> str:
    """Return the URL of an empty database for a program of its own; the test is skipped where there is no server of that kind."""
    if kind == "sqlite":
        return f"sqlite:///{folder}/house.db"
    try:
        server = cluster()
    except NoServerError as error:
        pytest.skip(str(error))
    return server.url(server.fresh())


@cache
def _migrated(server: Cluster) -> str:
    """Return the name of a database that the migrations made and that nobody writes to."""
    name = server.fresh()
    engine = open_engine(server.url(name))
    upgrade(engine, MIGRATIONS)
    engine.dispose()
    return name
