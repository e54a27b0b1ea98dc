"""The directory in memory, and how it is kept in step."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING

from monitor.core.ids import Identity, StationId, Sticker
from monitor.core.observations import MaintenanceSet, Observation, Tick
from monitor.core.registry import Bearer, LifeCycle, Station
from monitor.registry.cards import AuthorizeMode, Authorizer
from monitor.registry.directory import Directory
from monitor.registry.follower import Follower
from monitor.registry.imports import read_csv
from monitor.storage.registry import SqlRegistry
from tests.support.clocks import START, SetClock
from tests.support.databases import sqlite_database

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

ONE = Station(id=StationId(1), sticker=Sticker("CP1"), identity=Identity("box"), bearer=Bearer.LAN)


def test_a_station_is_found_by_every_name() -> None:
    directory = Directory([ONE])
    assert directory.by_sticker(Sticker("cp1")) is ONE
    assert directory.by_identity(Identity("box")) is ONE
    assert directory.by_identity(Identity("BOX")) is None
    assert directory.by_id(StationId(1)) is ONE
    assert (len(directory), list(directory)) == (1, [ONE])


def test_a_former_sticker_finds_its_station_until_another_wears_it() -> None:
    directory = Directory([replace(ONE, sticker=Sticker("CP7"), former_sticker="P-1")])
    assert directory.by_sticker(Sticker("p-1")) is directory.by_sticker(Sticker("CP7"))
    other = replace(ONE, id=StationId(2), sticker=Sticker("P-1"), identity=Identity("b2"))
    directory.put(other)
    assert directory.by_sticker(Sticker("P-1")) is other
    directory.put(replace(other, sticker=Sticker("CP9")))
    directory.put(replace(ONE, sticker=Sticker("CP7")))
    assert directory.by_sticker(Sticker("P-1")) is None


def test_a_change_leaves_no_old_name_behind() -> None:
    directory = Directory([ONE])
    before = directory.revision
    directory.put(replace(ONE, sticker=Sticker("CP2"), identity=Identity("bax")))
    assert directory.revision > before
    assert directory.by_sticker(Sticker("CP1")) is None
    assert directory.by_identity(Identity("box")) is None


def test_an_identity_that_is_handed_on_belongs_to_its_new_station() -> None:
    two = replace(ONE, id=StationId(2), sticker=Sticker("CP2"), identity=Identity("bax"))
    directory = Directory([ONE, two])
    directory.put(replace(two, identity=Identity("box")))
    directory.put(replace(ONE, identity=Identity("new")))
    found = directory.by_identity(Identity("box"))
    assert found is not None
    assert found.sticker == "CP2"


class Judge:
    """Keeps what the follower tells the engine."""

    def __init__(self) -> None:
        self.watched: list[StationId] = []
        self.fed: list[tuple[StationId, Observation]] = []

    def watch(self, stations: Iterable[StationId]) -> None:
        self.watched += stations

    def feed(self, station: StationId, seen: Observation) -> None:
        self.fed.append((station, seen))


async def test_a_follower_takes_in_what_another_process_changed(tmp_path: Path) -> None:
    async with sqlite_database(tmp_path) as database:
        registry, clock, judge = SqlRegistry(database), SetClock(), Judge()
        directory, authorizer, changed = Directory(), Authorizer(AuthorizeMode.LIST, clock), list[StationId]()

        def noted(_before: Station | None, after: Station) -> None:
            changed.append(after.id)

        follower = Follower(reader=registry, directory=directory, authorizer=authorizer, judge=judge, clock=clock, changed=noted)
        await registry.apply(read_csv(b"sticker,bearer\nCP1,gprs\nCP2,lan\n").rows, START)
        await follower.follow()
        assert len(directory) == 2
        assert sorted(judge.watched) == sorted(changed)
        assert all(isinstance(seen, Tick) for _, seen in judge.fed)
        one = directory.by_sticker(Sticker("CP1"))
        assert one is not None
        until = START + timedelta(hours=1)
        await registry.announce([one.id], until, START)
        await registry.put_cards([{"id_tag": "A1", "status": "Accepted", "expires_at": None, "holder": ""}], START)
        await registry.set_life_cycle(one.sticker, LifeCycle.RETIRED, START)
        judge.fed.clear()
        await follower.follow()
        assert (one.id, MaintenanceSet(at=clock.now(), until=until)) in judge.fed
        assert authorizer.authorize("A1") == "Accepted"
        retired = directory.by_id(one.id)
        assert retired is not None
        assert not retired.admitted
        judge.fed.clear()
        await follower.follow()
        assert judge.fed == [], "what is known is not told again"


async def test_a_follower_outlives_a_database_that_is_away(tmp_path: Path) -> None:
    async with sqlite_database(tmp_path) as database:
        registry = SqlRegistry(database)
        follower = Follower(
            reader=registry,
            directory=Directory(),
            authorizer=Authorizer(AuthorizeMode.ACCEPT, SetClock()),
            judge=Judge(),
            clock=SetClock(),
            changed=lambda _before, _after: None,
            every_s=0.01,
        )
        (tmp_path / "test.db").rename(tmp_path / "gone.db")
        database.engine.dispose()
        (tmp_path / "test.db").mkdir()
        running = asyncio.create_task(follower.run())
        await asyncio.sleep(0.1)
        assert not running.done()
        running.cancel()
