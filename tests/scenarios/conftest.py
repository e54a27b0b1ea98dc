"""Every asynchronous test here runs on virtual time, and finds a migrated database in its folder."""

from __future__ import annotations

import shutil
from typing import TYPE_CHECKING

import pytest

from monitor.storage.schema import upgrade
from monitor.storage.servers import open_engine
from tests.support.databases import MIGRATIONS
from tests.support.virtual_time import VirtualLoop

if TYPE_CHECKING:
    from asyncio import AbstractEventLoop
    from collections.abc import Callable, Mapping
    from pathlib import Path


def pytest_asyncio_loop_factories() -> Mapping[str, Callable[[], AbstractEventLoop]]:
    """Run on virtual time."""
    return {"virtual": VirtualLoop}


@pytest.fixture(scope="session")
def migrated(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Migrate one file; every story gets a copy of it."""
    path = tmp_path_factory.mktemp("scenarios") / "test.db"
    engine = open_engine(f"sqlite:///{path}")
    upgrade(engine, MIGRATIONS)
    engine.dispose()
    return path


@pytest.fixture
def folder(migrated: Path, tmp_path: Path) -> Path:
    """Return a folder with a fresh database."""
    shutil.copy(migrated, tmp_path)
    return tmp_path
