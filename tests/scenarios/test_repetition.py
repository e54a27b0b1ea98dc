"""The same story runs the same way each time, byte for byte; another seed is another story."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from tests.support.network.path import Dials, Fate, Side
from tests.support.network.scenario import network
from tests.support.network.service import IN_USE, Pace
from tests.support.virtual_time import run_virtually

if TYPE_CHECKING:
    from pathlib import Path

STORY: Final = Pace()


async def story(folder: Path, seed: int, pace: Pace = STORY, last_minutes: float = 4) -> bytes:
    """Live an eventful quarter of an hour of mobile stations that also charge, and return the log of events."""
    async with network(folder, seed=seed, pace=pace) as net:
        old = await net.stations(6, bearer="gprs", protocol="1.6", heartbeat_s=120, idle_s=300, spread_s=20)
        new = await net.stations(4, bearer="wifi", protocol="2.0.1", heartbeat_s=60, idle_s=300, loss=0.05, spread_s=20)
        await net.sleep(minutes=5)
        net.cut(old[:2])
        net.cut(new[0], Dials.REFUSED)
        net.reset(new[1:3], Side.STATION)
        old[3].power_off()
        await net.sleep(minutes=5)
        await net.service.stall(7)
        net.restore(old[:2], Fate.RESET)
        old[3].power_on()
        await net.service.stop()
        await net.sleep(minutes=1)
        await net.service.start()
        net.restore(new[0])
        await net.sleep(minutes=last_minutes)
        return await net.chronicle.text()


def folders(folder: Path, *names: str) -> list[Path]:
    """Return copies of a folder with a fresh database."""
    made = [folder / name for name in names]
    for one in made:
        one.mkdir()
        (one / "test.db").write_bytes((folder / "test.db").read_bytes())
    return made


def test_the_same_seed_gives_the_same_events_and_another_one_others(folder: Path) -> None:
    first, again, other = folders(folder, "first", "again", "other")
    told = run_virtually(story(first, 1))
    assert run_virtually(story(again, 1)) == told
    assert run_virtually(story(other, 2)) != told
    assert len(told.splitlines()) > 150
    assert told.count(b"charging_started") > 5


def test_events_do_not_depend_on_how_often_we_keep_house(folder: Path) -> None:
    seldom, often = folders(folder, "seldom", "often")
    assert run_virtually(story(seldom, 3, last_minutes=1)) == run_virtually(story(often, 3, IN_USE, last_minutes=1))
