"""``bornewatch station``: what each action does to the registry, and in which one line it refuses."""

from __future__ import annotations

from argparse import Namespace
from typing import TYPE_CHECKING, Any

import pytest

from monitor.cli.inputs import CommandError, UsageError
from monitor.cli.stations import station
from monitor.storage.knocks import SqlKnocks
from monitor.storage.registry import SqlRegistry
from tests.support.clocks import SetClock
from tests.support.databases import sqlite_database

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path


class Desk:
    """The command over a fresh registry."""

    def __init__(self, registry: SqlRegistry, knocks: SqlKnocks) -> None:
        self.registry = registry
        self._knocks = knocks

    async def do(self, action: str, **given: Any) -> list[str]:
        absent: dict[str, Any] = {"sticker": None, "new_sticker": None, "skip_bad": False, "dry_run": False, "bearer": None}
        return await station(self.registry, self._knocks, SetClock(), Namespace(action=action, **(absent | given)))

    async def refused(self, action: str, **given: Any) -> str:
        with pytest.raises(CommandError) as caught:
            await self.do(action, **given)
        return str(caught.value)


@pytest.fixture
async def desk(tmp_path: Path) -> AsyncIterator[Desk]:
    async with sqlite_database(tmp_path) as database:
        yield Desk(SqlRegistry(database), SqlKnocks(database))


async def test_a_station_is_added_changed_and_retired(desk: Desk) -> None:
    assert await desk.do("add", sticker="CP1", bearer="lan", identity="box") == ["station CP1 added"]
    assert "exists already; change it with 'station set CP1'" in await desk.refused("add", sticker="cp1", bearer="lan")
    assert "identity 'box': belongs to CP1 already" in await desk.refused("add", sticker="CP2", bearer="lan", identity="box")
    assert await desk.do("set", sticker="cp1", site="Brill") == ["change  CP1  site - → Brill"]
    assert await desk.do("set", sticker="CP1", site="Brill") == ["station CP1 is so already"]
    assert "connectors '99'" in await desk.refused("set", sticker="CP1", connectors="99")
    with pytest.raises(UsageError, match="nothing to change"):
        await desk.do("set", sticker="CP1")
    assert await desk.do("retire", sticker="CP1") == ["station CP1 retired"]
    assert "state         retired" in await desk.do("show", sticker="CP1")


async def test_a_new_sticker_keeps_the_station_and_frees_the_old_one(desk: Desk) -> None:
    await desk.do("add", sticker="CP1", bearer="lan", identity="box")
    await desk.do("add", sticker="CP3", bearer="lan")
    assert "sticker CP3 is worn by another station" in await desk.refused("set", sticker="CP1", new_sticker="cp3")
    (told,) = await desk.do("set", sticker="CP1", new_sticker="CP2")
    assert "sticker CP1 → CP2" in told
    assert "before        CP1" in await desk.do("show", sticker="CP1")
    assert await desk.do("add", sticker="CP1", bearer="gprs", identity="other") == ["station CP1 added"]
    assert "before        CP1" not in await desk.do("show", sticker="CP1"), "who wears it comes first"


async def test_a_stranger_is_registered_with_or_without_its_sticker(desk: Desk) -> None:
    assert "nobody unknown has knocked" in (await desk.do("knocks"))[0]
    assert await desk.do("register", identity="box-1", sticker="CP1", bearer="lan") == ["identity box-1 registered as CP1"]
    (told,) = await desk.do("register", identity="box-2", bearer="lan", site="Brill")
    made = told.split("registered as ")[1].split(",")[0]
    assert any(line.startswith(made) and "sticker provisional" in line for line in await desk.do("list"))
    assert "already, as CP1" in await desk.refused("register", identity="box-1", bearer="lan")
    assert "station set CP1 --identity box-9" in await desk.refused("register", identity="box-9", sticker="cp1", bearer="lan")
    assert "printable ASCII" in await desk.refused("register", identity="a b", bearer="lan")


async def test_an_export_that_cannot_be_written_is_one_line(desk: Desk, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert "no stations" in (await desk.do("list"))[0]
    assert "No such file or directory" in await desk.refused("export", file=str(tmp_path / "none" / "x.csv"))
    assert await desk.do("export", file="-") == []
    assert capsys.readouterr().out.startswith("sticker,identity,state,bearer,")
    assert "not registered" in await desk.refused("show", sticker="CP9")
    assert "use 1 to 32 letters" in await desk.refused("show", sticker="<b>")
