"""A service as a process of its own, with stations, a token and an agent that were put into its database beforehand.

`Installation.must` would do the same by the command line, at a process a command; these tests ask for many services.
"""

from __future__ import annotations

from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from hotline.cli import add_user, create_token
from monitor.registry.cards import read_cards
from monitor.registry.imports import read_csv
from monitor.runtime.clock import SystemClock
from monitor.storage.database import SqlDatabase
from monitor.storage.registry import SqlRegistry
from monitor.storage.schema import upgrade
from monitor.storage.servers import open_engine
from tests.support.databases import MIGRATIONS
from tests.support.programs import Installation, installation

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

    import aiohttp

AGENT, AGENT_PASSWORD = "anna", "a long password"


@dataclass(frozen=True, slots=True, kw_only=True)
class Site:
    """A running service and a token for its API."""

    house: Installation
    token: str

    async def station(self, sticker: str, part: str = "") -> Any:
        """Ask the API about a station, or a part of it such as ``/timeline``."""
        return await self.house.api(f"/stations/{sticker}{part}", self.token)

    async def log_in(self) -> aiohttp.ClientSession:
        """Return a browser-like session of the agent."""
        return await self.house.log_in(AGENT, AGENT_PASSWORD)

    def log(self) -> str:
        """Return what the service wrote so far."""
        return (self.house.folder / "service.log").read_text()


@asynccontextmanager
async def running_site(folder: Path, sheet: str, *, url: str = "", more: str = "", cards: str = "") -> AsyncIterator[Site]:
    """Run a service in `folder` whose registry holds the CSV `sheet`; `url` names its database, an SQLite file by default.

    `more` is added to its configuration; where there are `cards`, a CSV, it is these that may charge.

    Whatever happens while it runs, its log holds no traceback.
    """
    async with installation(folder) as house:
        if cards:
            house.config.write_text(house.config.read_text().replace("[field]\n", '[field]\nauthorize = "list"\n'))
        usual = f"sqlite:///{folder}/house.db"
        house.config.write_text(house.config.read_text().replace(usual, url or usual) + more)
        token = await _prepared(url or usual, sheet, cards)
        await house.start()
        site = Site(house=house, token=token)
        yield site
        _, defect, after = site.log().partition("Traceback")
        assert not defect, after[:8000]
        assert await house.stop() == 0


async def _prepared(url: str, sheet: str, cards: str) -> str:
    """Make the tables, put the stations, the cards and the agent in, and return a token."""
    engine = open_engine(url)
    upgrade(engine, MIGRATIONS)
    database, clock = SqlDatabase(engine), SystemClock()
    try:
        read = read_csv(sheet.encode())
        assert read.bad == ()
        await SqlRegistry(database).apply(read.rows, clock.now())
        if cards:
            await SqlRegistry(database).put_cards(read_cards(cards.encode())[0], clock.now())
        await add_user(database, clock, AGENT, "agent", AGENT_PASSWORD)
        return await create_token(database, clock, "test", "operator")
    finally:
        await database.stop()
