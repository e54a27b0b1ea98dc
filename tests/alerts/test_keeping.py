"""What is deleted after its time, and what is not: the history of what goes on, the newest number, who was on call."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

from sqlalchemy import func, insert, select

from alerts.core.changes import Override
from alerts.core.model import Silence
from alerts.core.orders import Acknowledge, Answer, Hush, Resolve, Substitute
from alerts.storage.archive import SqlArchive
from alerts.storage.inbox import SqlInbox
from alerts.storage.keeping import SqlKeeper
from alerts.storage.rows import ALERT, ATTEMPT, DELIVERY, ENTRY, MATTER, ORDER, PLACEMENT
from tests.alerts.desks import House, running_house
from tests.alerts.test_engine import SCHEDULED
from tests.support.clocks import START, SetClock
from tests.support.services import until

if TYPE_CHECKING:
    import pytest

    from monitor.storage.database import SqlDatabase

YEAR = timedelta(days=400).total_seconds()
TABLES = (ALERT, ATTEMPT, DELIVERY, ENTRY, MATTER, ORDER, PLACEMENT)


async def rows(database: SqlDatabase) -> dict[str, int]:
    counts = [select(func.count()).select_from(table) for table in TABLES]
    found = await database.read(lambda connection: [connection.execute(count).scalar_one() for count in counts])
    return {table.name.removeprefix("alerts_"): count for table, count in zip(TABLES, found, strict=True)}


async def went_by(house: House, station: int) -> None:
    """Let a danger come, be told of and be ended by hand."""
    await house.faulted(station)
    await house.opened(1)
    await house.let_pass(6)
    (number,) = house.engine.desk.alerts
    await until(lambda: bool(house.engine.desk.alerts[number].told))
    await house.engine.obey(Resolve(alert=number, who="anna", cause="a lug"))
    await house.mended(station)
    await until(lambda: not house.engine.desk.about)
    async with house.engine._turn:
        pass  # it is stored


async def quiet(house: House) -> None:
    while (await house.outbox.waiting()).next_at is not None:
        await house.let_pass(0.1)


async def test_a_year_later_nothing_is_left_of_it_but_the_newest_and_what_goes_on(database: SqlDatabase) -> None:
    async with running_house(database, SetClock()) as house:
        await house.faulted(9)
        await house.opened(1)
        assert await house.engine.obey(Acknowledge(alert=1, who="anna")) == "done"
        keeper, archive = SqlKeeper(database), SqlArchive(database)
        for station in (1, 2, 3):
            await house.faulted(station)
            await until(lambda: len(house.engine.desk.alerts) == 2)
            await house.let_pass(6)
            number = max(house.engine.desk.alerts)
            await until(lambda number=number: bool(house.engine.desk.alerts[number].told))
            await house.engine.obey(Resolve(alert=number, who="anna", cause="a lug"))
            await house.mended(station)
        await until(lambda: len(house.engine.desk.about) == 1)
        await quiet(house)
        full = await rows(database)
        assert (full["alert"], full["matter"], full["placement"]) == (4, 4, 4)
        assert await keeper.prune(START) == 0
        assert await rows(database) == full
        house.clock.advance(YEAR)
        assert await keeper.prune(house.clock.now() - timedelta(days=399)) > 0
        assert [alert.id for alert in await archive.alerts(10)] == [4, 1]
        open_one, newest = await archive.file(1), await archive.file(4)
        assert open_one is not None
        assert newest is not None
        assert [(len(one.matters), bool(one.entries)) for one in (open_one, newest)] == [(1, True), (1, True)]
        assert len(newest.told) == 1
        assert newest.told[0].log
        left = await rows(database)
        assert (left["alert"], left["matter"], left["placement"]) == (2, 2, 2)
        assert all(left[name] < full[name] for name in ("attempt", "delivery", "entry"))


async def test_the_next_alert_counts_on_after_all_is_deleted_and_a_restart(database: SqlDatabase) -> None:
    clock = SetClock()
    async with running_house(database, clock) as house:
        await went_by(house, 1)
        await quiet(house)
        clock.advance(YEAR)
        await SqlKeeper(database).prune(clock.now())
    async with running_house(database, clock) as house:
        await house.faulted(1)
        await house.opened(1)
        assert list(house.engine.desk.alerts) == [2]


async def test_one_that_was_opened_long_ago_and_ended_lately_stays(database: SqlDatabase) -> None:
    clock = SetClock()
    async with running_house(database, clock) as house:
        await house.faulted(1)
        await house.opened(1)
        await house.engine.obey(Acknowledge(alert=1, who="anna"))
        clock.advance(YEAR)
        await house.engine.obey(Resolve(alert=1, who="anna", cause="a lug"))
        await house.mended(1)
        await until(lambda: not house.engine.desk.about)
        await went_by(house, 2)
        await quiet(house)
        await SqlKeeper(database).prune(clock.now() - timedelta(days=300))
        assert [alert.id for alert in await SqlArchive(database).alerts(10)] == [2, 1]


async def test_orders_entries_and_matters_of_no_alert_go_too_and_what_waits_stays(database: SqlDatabase) -> None:
    inbox, keeper = SqlInbox(database), SqlKeeper(database)
    for number in range(3):
        await inbox.write(Acknowledge(alert=number, who="anna"), START)
    await inbox.give_up(1)
    matter: list[dict[str, Any]] = [{"key": f"breach/1/{one}", "open": one == 0, "body": "{}"} for one in range(3)]
    entries = [{"alert_id": 0, "at": START + timedelta(days=one), "body": "{}"} for one in range(3)]

    def work(connection: Any) -> None:
        connection.execute(insert(MATTER), matter)
        connection.execute(insert(ENTRY), entries)

    await database.write(work)
    assert await keeper.prune(START + timedelta(days=1)) == 4
    left = await rows(database)
    assert (left["order"], left["entry"], left["matter"]) == (2, 2, 1)


async def test_silences_and_changes_of_schedules_that_are_long_over_go_but_for_the_newest(database: SqlDatabase) -> None:
    clock = SetClock()
    keeper, archive = SqlKeeper(database), SqlArchive(database)
    async with running_house(database, clock, SCHEDULED) as house:
        for hour in (0, 2, 4):
            since, ends = clock.now() + timedelta(hours=hour), clock.now() + timedelta(hours=hour + 1)
            silence = Silence(id=0, matchers=(), since=since, until=ends, who="anna", why="tests")
            assert await house.engine.obey(Hush(silence=silence, who="anna")) is Answer.DONE
            change = Override(schedule="network", since=since, until=ends, takes_over="ben", leaves="anna", by="ops", why="")
            assert await house.engine.obey(Substitute(changes=(change,), who="anna")) is Answer.DONE
        assert await keeper.prune(START + timedelta(hours=3)) >= 2
        assert [one.id for one in await archive.silences(START)] == [2, 3]
        assert [one.id for one in await archive.changes(START)] == [2, 3]
        assert await keeper.prune(START + timedelta(days=400)) >= 2
        assert [one.id for one in await archive.silences(START)] == [3]
        assert [one.id for one in await archive.changes(START)] == [3]
        clock.advance(YEAR)
    async with running_house(database, clock, SCHEDULED) as house:
        assert (house.engine.desk.last_silence, house.engine.desk.last_change) == (3, 3), "the next ones count on"


async def test_it_goes_by_pieces_to_the_end(database: SqlDatabase, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("alerts.storage.keeping.PIECE", 10)
    entries = [{"alert_id": 0, "at": START, "body": "{}"} for _ in range(95)]
    await database.write(lambda connection: connection.execute(insert(ENTRY), entries))
    before = database.commits
    assert await SqlKeeper(database).prune(START + timedelta(days=1)) == 95
    assert database.commits - before >= 10
    assert (await rows(database))["entry"] == 0
