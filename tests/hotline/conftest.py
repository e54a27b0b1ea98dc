"""A console on a loopback port, over a copy of a freshly migrated file."""

from __future__ import annotations

import asyncio
import shutil
from typing import TYPE_CHECKING

import pytest

from .support import Browser, House, SqliteDatabase

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path


@pytest.fixture(scope="session")
def migrated(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Migrate one file; every test gets a copy of it."""
    path = tmp_path_factory.mktemp("hotline") / "empty.db"
    database = SqliteDatabase(path)
    database.migrate()
    database.engine.dispose()
    return path


@pytest.fixture
async def database(migrated: Path, tmp_path: Path) -> AsyncIterator[SqliteDatabase]:
    """Return a database with the hotline's tables, all empty."""
    path = tmp_path / "hotline.db"
    await asyncio.to_thread(shutil.copy, migrated, path)
    database = SqliteDatabase(path)
    yield database
    database.engine.dispose()


@pytest.fixture
async def house(database: SqliteDatabase) -> AsyncIterator[House]:
    """Return a house whose console is not opened yet, with anna as its only user."""
    house = House(database)
    await house.add_anna()
    yield house
    await house.close()


@pytest.fixture
async def browser(house: House) -> Browser:
    """Return a browser in which anna is signed in; the console is open."""
    await house.open()
    browser = house.browser()
    assert (await browser.sign_in()).status == 303
    return browser
