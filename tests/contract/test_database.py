"""The database: one writer, group commit, and units of work that fail alone."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta, timezone
from functools import partial
from typing import TYPE_CHECKING, Any

import pytest
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import insert, select
from sqlalchemy.exc import IntegrityError, ProgrammingError

from hotline.storage.tables import UserRow
from monitor.runtime.journal import TransientStoreError
from monitor.storage.columns import UtcInstant, from_micros, to_micros
from monitor.storage.database import SqlDatabase
from monitor.storage.errors import DatabaseError
from monitor.storage.marks import MARK, read_mark, secret, write_mark
from monitor.storage.schema import check, current, upgrade
from monitor.storage.servers import open_engine
from monitor.storage.statements import DriverStatement, read_number
from monitor.storage.tables import MarkRow
from monitor.storage.transactions import BLOCK, NoNumberLeftError, TransactionNumbers
from tests.support.databases import MIGRATIONS

if TYPE_CHECKING:
    from pathlib import Path

    from sqlalchemy import Connection


async def test_what_was_written_is_read(database: SqlDatabase) -> None:
    await database.write(lambda connection: write_mark(connection, "a", 7))
    await database.write(lambda connection: write_mark(connection, "a", 8))
    assert await database.read(lambda connection: read_mark(connection, "a")) == 8
    assert await database.read(lambda connection: read_mark(connection, "b")) is None


async def test_units_that_wait_together_share_a_commit(database: SqlDatabase) -> None:
    before = database.commits
    await asyncio.gather(*(database.write(partial(write_mark, name=f"m{n}", value=n)) for n in range(200)))
    assert database.commits - before <= 3
    assert await database.read(lambda c: len(c.execute(select(MARK)).all())) == 200


async def test_a_unit_that_fails_takes_nobody_with_it(database: SqlDatabase) -> None:
    def broken(connection: Connection) -> None:
        write_mark(connection, "half", 1)
        raise ValueError("mine")

    def twice(connection: Connection) -> None:
        connection.execute(insert(MARK), [{"name": "x", "value": 1}, {"name": "x", "value": 2}])

    outcomes = await asyncio.gather(
        database.write(lambda c: write_mark(c, "good", 1)),
        database.write(broken),
        database.write(twice),
        database.write(lambda c: write_mark(c, "better", 2)),
        return_exceptions=True,
    )
    assert [type(outcome) for outcome in outcomes] == [type(None), ValueError, IntegrityError, type(None)]
    names = await database.read(lambda c: set(c.execute(select(MARK.c.name)).scalars()))
    assert names == {"good", "better"}


async def test_a_unit_that_fails_alone_is_told_too(database: SqlDatabase) -> None:
    def broken(_connection: Any) -> None:
        raise ValueError("mine")

    with pytest.raises(ValueError, match="mine"):
        await database.write(broken)


async def test_what_goes_wrong_on_the_drivers_own_cursor_is_what_it_would_be_elsewhere(database: SqlDatabase) -> None:
    def twice(connection: Connection) -> None:
        DriverStatement(insert(MARK), ("name", "value"), connection).run(connection, [("a", 1), ("a", 2)])

    def nowhere(connection: Connection) -> Any:
        return read_number(connection, "SELECT max(x) FROM nowhere")

    with pytest.raises(IntegrityError):
        await database.write(twice)
    with pytest.raises((TransientStoreError, ProgrammingError)):  # SQLite calls a table that is not there an operational error
        await database.write(nowhere)
    await database.write(lambda connection: write_mark(connection, "a", 3))
    assert await database.read(lambda connection: read_mark(connection, "a")) == 3
    assert await database.read(lambda connection: read_number(connection, "SELECT max(value) FROM mark WHERE name = 'b'")) is None


async def test_a_secret_is_made_once(database: SqlDatabase) -> None:
    first = await database.write(lambda c: secret(c, "key", 32))
    assert len(first) == 32
    assert await database.write(lambda c: secret(c, "key", 32)) == first


async def test_transaction_numbers_are_never_given_twice(database: SqlDatabase) -> None:
    numbers = TransactionNumbers(database)
    with pytest.raises(NoNumberLeftError):
        numbers.take()
    await numbers.reserve()
    taken = []
    for _ in range(3 * BLOCK):
        taken.append(numbers.take())
        if len(taken) % 1000 == 0:
            await asyncio.sleep(0)
            while numbers._reserving is not None and not numbers._reserving.done():
                await numbers._reserving
    after_a_crash = TransactionNumbers(database)
    await after_a_crash.reserve()
    taken += [after_a_crash.take() for _ in range(100)]
    assert len(set(taken)) == len(taken)


async def test_the_schema_is_this_programs(database: SqlDatabase) -> None:
    assert check(database.engine, MIGRATIONS) == []
    assert upgrade(database.engine, MIGRATIONS) == []


async def test_a_newer_schema_is_refused(database: SqlDatabase) -> None:
    with database.engine.begin() as connection:
        connection.exec_driver_sql("UPDATE alembic_version_monitor SET version_num = '9999'")
    for ask in (check, upgrade):
        with pytest.raises(DatabaseError, match="newer than this program"):
            ask(database.engine, MIGRATIONS)


def test_an_empty_database_is_told_from_one_that_fits(tmp_path: Path) -> None:
    engine = open_engine(f"sqlite:///{tmp_path}/new.db")
    wrong = check(engine, MIGRATIONS)
    assert [line.split(":")[0] for line in wrong] == ["monitor", "alerts", "hotline"]
    done = upgrade(engine, MIGRATIONS)
    assert len(done) == 3
    with engine.connect() as connection:
        assert current(connection, MIGRATIONS[0]) is not None
    engine.dispose()


@pytest.mark.parametrize("url", ["mysql://x/y", "nonsense", ""])
def test_another_kind_of_database_is_refused(url: str) -> None:
    with pytest.raises(DatabaseError, match=r"storage\.url"):
        open_engine(url)


def test_a_path_that_cannot_be_written_is_one_line(tmp_path: Path) -> None:
    engine = open_engine(f"sqlite:///{tmp_path}/nowhere/x.db")
    with pytest.raises(DatabaseError, match=r"unable to open database file; check that") as caught:
        upgrade(engine, MIGRATIONS)
    assert "\n" not in str(caught.value)
    engine.dispose()


async def test_a_database_that_is_away_is_a_passing_trouble(tmp_path: Path) -> None:
    database = SqlDatabase(open_engine(f"sqlite:///{tmp_path}/nowhere/x.db"))
    with pytest.raises(TransientStoreError):
        await database.write(lambda c: write_mark(c, "a", 1))
    with pytest.raises(TransientStoreError):
        await database.read(lambda c: read_mark(c, "a"))
    await database.stop()


@given(st.datetimes(timezones=st.sampled_from([UTC, timezone(timedelta(hours=5, minutes=45))])))
def test_an_instant_comes_back_as_it_went(instant: datetime) -> None:
    try:
        assert from_micros(to_micros(instant)) == instant
    except OverflowError:
        assert instant.year in (1, 9999)


def test_a_naive_time_cannot_be_stored() -> None:
    naive = datetime(2026, 5, 4)  # noqa: DTZ001  the naive time is what is tested
    with pytest.raises(ValueError, match="naive"):
        to_micros(naive)
    column = UtcInstant()
    with pytest.raises(ValueError, match="naive"):
        column.process_bind_param(naive, None)  # type: ignore[arg-type]
    assert column.process_bind_param(None, None) is None  # type: ignore[arg-type]
    assert column.process_result_value(None, None) is None  # type: ignore[arg-type]


async def test_the_migrations_make_what_the_tables_say(database: SqlDatabase) -> None:
    with database.engine.connect() as connection:
        for package, metadata in (("monitor", MarkRow.metadata), ("hotline", UserRow.metadata)):
            own = {name for name, table in metadata.tables.items() if name.startswith("hotline_") is (package == "hotline")}
            opts = {"compare_type": False, "include_name": lambda name, kind, _parents, own=own: kind != "table" or name in own}
            changes = compare_metadata(MigrationContext.configure(connection, opts=opts), metadata)
            assert changes == [], package
