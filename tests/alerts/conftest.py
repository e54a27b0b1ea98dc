"""One fixture a database; a test that takes `database` is a promise of every one of them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.support.databases import KINDS, postgresql_database, sqlite_database

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

    from monitor.storage.database import SqlDatabase


@pytest.fixture(params=KINDS)
async def database(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[SqlDatabase]:
    async with sqlite_database(tmp_path) if request.param == "sqlite" else postgresql_database() as opened:
        yield opened
