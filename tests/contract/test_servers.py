"""What is promised of each kind of database by itself: claims, queues of writers, and trouble that passes."""

from __future__ import annotations

import asyncio
import threading
from functools import partial
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import func, insert, select

from monitor.runtime.journal import TransientStoreError
from monitor.storage.database import SqlDatabase
from monitor.storage.errors import DatabaseError
from monitor.storage.marks import read_mark, write_mark
from monitor.storage.registry import CHANGE
from monitor.storage.schema import check, upgrade
from monitor.storage.servers import open_engine
from tests.support.clocks import START
from tests.support.databases import MIGRATIONS
from tests.support.postgres import NoServerError, cluster

if TYPE_CHECKING:
    from pathlib import Path

    from sqlalchemy import Connection

    from tests.support.postgres import Cluster


@pytest.fixture
def server() -> Cluster:
    try:
        return cluster()
    except NoServerError as error:
        pytest.skip(str(error))


def beside(database: SqlDatabase) -> SqlDatabase:
    """Return the same database, opened by another."""
    return SqlDatabase(open_engine(database.engine.url.render_as_string(hide_password=False)))


async def test_one_service_has_a_database_for_itself(database: SqlDatabase) -> None:
    other = beside(database)
    database.claim()
    with pytest.raises(DatabaseError, match="another bornewatch serves from it"):
        other.claim()
    await other.write(lambda c: write_mark(c, "a", 1))
    assert await database.read(lambda c: read_mark(c, "a")) == 1, "commands need no claim"
    await other.stop()


async def test_a_claim_ends_with_its_holder(database: SqlDatabase) -> None:
    first = beside(database)
    first.claim()
    await first.stop()
    database.claim()


async def test_change_lines_appear_in_their_order_whoever_writes(database: SqlDatabase) -> None:
    """A reader that asks for lines behind the last it saw must never miss one that was numbered lower and committed later."""
    other = beside(database)
    numbered = threading.Event()
    go_on = threading.Event()

    def slow(connection: Connection) -> None:
        connection.execute(insert(CHANGE), {"kind": "cards", "station_id": None, "at": START})
        numbered.set()
        assert go_on.wait(20)

    def quick(connection: Connection) -> None:
        connection.execute(insert(CHANGE), {"kind": "cards", "station_id": None, "at": START})

    first = asyncio.create_task(database.write(slow))
    assert await asyncio.to_thread(numbered.wait, 20)
    second = asyncio.create_task(other.write(quick))
    done, _ = await asyncio.wait([second], timeout=0.3)
    assert not done, "it has overtaken a writer that began before it"
    assert await database.read(lambda c: c.execute(select(func.max(CHANGE.c.seq))).scalar()) is None
    go_on.set()
    await asyncio.gather(first, second)
    assert await other.read(lambda c: c.execute(select(func.count()).select_from(CHANGE)).scalar()) == 2
    await other.stop()


async def test_a_reader_sees_one_state_of_the_data(database: SqlDatabase) -> None:
    await database.write(lambda c: write_mark(c, "a", 1))
    other = beside(database)
    loop = asyncio.get_running_loop()

    def twice(connection: Connection) -> tuple[int | None, int | None]:
        before = read_mark(connection, "a")
        asyncio.run_coroutine_threadsafe(other.write(lambda c: write_mark(c, "a", 2)), loop).result(20)
        return before, read_mark(connection, "a")

    assert await database.read(twice) == (1, 1)
    await other.stop()


async def test_text_of_any_kind_comes_back_as_it_went(database: SqlDatabase) -> None:
    names = ["é", "🔌" * 50, "\u202e", "' OR 1=1 --", "%s %(x)s :y"]
    for number, name in enumerate(names):
        await database.write(partial(write_mark, name=name, value=number))
    assert [await database.read(partial(read_mark, name=name)) for name in names] == list(range(len(names)))


async def test_a_deleted_file_is_noticed(tmp_path: Path) -> None:
    path = tmp_path / "house.db"
    engine = open_engine(f"sqlite:///{path}")
    upgrade(engine, MIGRATIONS)
    database = SqlDatabase(engine)
    database.claim()
    await database.write(lambda c: write_mark(c, "a", 1))
    path.rename(tmp_path / "moved.db")
    with pytest.raises(TransientStoreError, match="was deleted or replaced"):
        await database.write(lambda c: write_mark(c, "a", 2))
    (tmp_path / "moved.db").rename(path)
    await database.write(lambda c: write_mark(c, "a", 3))
    await database.stop()


async def test_a_server_that_restarts_is_found_again_and_claimed_again(server: Cluster) -> None:
    name = server.fresh()
    engine = open_engine(server.url(name))
    upgrade(engine, MIGRATIONS)
    database = SqlDatabase(engine)
    database.claim()
    await database.write(lambda c: write_mark(c, "a", 1))

    def cut(connection: Connection) -> None:
        write_mark(connection, "a", 2)
        server.restart()
        write_mark(connection, "a", 3)

    with pytest.raises(TransientStoreError):
        await database.write(cut)
    await database.write(lambda c: write_mark(c, "b", 4))
    assert await database.read(lambda c: (read_mark(c, "a"), read_mark(c, "b"))) == (1, 4)
    other = SqlDatabase(open_engine(server.url(name)))
    with pytest.raises(DatabaseError, match="another bornewatch"):
        other.claim()
    await other.stop()
    await database.stop()
    server.drop(name)


async def test_a_claim_that_somebody_else_took_in_between_is_not_written_over(server: Cluster) -> None:
    name = server.fresh()
    engine = open_engine(server.url(name))
    upgrade(engine, MIGRATIONS)
    database, thief = SqlDatabase(engine), SqlDatabase(open_engine(server.url(name)))
    database.claim()

    def cut(connection: Connection) -> None:
        server.restart()
        thief.claim()
        write_mark(connection, "a", 1)

    with pytest.raises(TransientStoreError):
        await database.write(cut)
    with pytest.raises(TransientStoreError, match="another bornewatch serves"):
        await database.write(lambda c: write_mark(c, "a", 2))
    await thief.stop()
    await database.write(lambda c: write_mark(c, "a", 3))
    await database.stop()
    server.drop(name)


@pytest.mark.parametrize(
    ("url", "said"),
    [
        ("postgresql://bornewatch:secret@127.0.0.1:1/nothing", "onnection"),
        ("postgresql://bornewatch:secret@127.0.0.1:{port}/nothing", "does not exist"),
    ],
)
def test_a_server_that_cannot_be_used_is_one_line_without_its_password(server: Cluster, url: str, said: str) -> None:
    engine = open_engine(url.format(port=server.port))
    for ask in (check, upgrade):
        with pytest.raises(DatabaseError, match=said) as caught:
            ask(engine, MIGRATIONS)
        assert "\n" not in str(caught.value)
        assert "secret" not in str(caught.value)
    with pytest.raises(DatabaseError, match=said) as claimed:
        SqlDatabase(engine).claim()
    assert "secret" not in str(claimed.value)
    engine.dispose()
