"""Accounts in a real file under the real migration, and what the front door does with them."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import pytest
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import inspect, select

from hotline.cli import add_user, create_token
from hotline.core.roles import Role
from hotline.errors import AccountError, NameTakenError
from hotline.storage.accounts import StoredAccounts
from hotline.storage.tables import HotlineTable
from hotline.web.accounts import hash_of

from .support import NOW, SettableClock, SqliteDatabase, migration_config

if TYPE_CHECKING:
    from pathlib import Path

    from sqlalchemy import Connection

SECRET = hash_of("a cookie")


def test_the_migration_makes_the_tables_that_the_models_describe(database: SqliteDatabase) -> None:
    with database.engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"version_table": "alembic_version_hotline"})
        assert compare_metadata(context, HotlineTable.metadata) == []
        assert inspect(connection).has_table("alembic_version_hotline")


def test_the_migration_goes_back_and_forth(tmp_path: Path) -> None:
    database = SqliteDatabase(tmp_path / "again.db")
    database.migrate()
    database.migrate()

    def down(connection: Connection) -> None:
        command.downgrade(migration_config(connection), "base")

    database._begun(down)
    with database.engine.connect() as connection:
        assert inspect(connection).get_table_names() == ["alembic_version_hotline"]
    database.engine.dispose()


async def test_an_account_is_kept(database: SqliteDatabase) -> None:
    accounts = StoredAccounts(database)
    await accounts.add_account("anna", Role.SENIOR, "hash", NOW)
    account = await accounts.account("anna")
    assert account is not None
    assert (account.name, account.role, account.password_hash) == ("anna", Role.SENIOR, "hash")
    await accounts.replace_password_hash(account.id, "newer")
    again = await accounts.account("anna")
    assert again is not None
    assert again.password_hash == "newer"
    assert await accounts.account("ben") is None


async def test_a_name_is_taken_once(database: SqliteDatabase) -> None:
    accounts = StoredAccounts(database)
    await accounts.add_account("anna", Role.AGENT, "hash", NOW)
    with pytest.raises(NameTakenError, match="user 'anna' exists already"):
        await accounts.add_account("anna", Role.ADMIN, "hash", NOW)
    await accounts.add_token("grafana", Role.AGENT, SECRET, NOW)
    with pytest.raises(NameTakenError, match="token 'grafana' exists already"):
        await accounts.add_token("grafana", Role.AGENT, hash_of("other"), NOW)


async def test_sessions_open_are_touched_close_and_are_forgotten(database: SqliteDatabase) -> None:
    accounts = StoredAccounts(database)
    await accounts.add_account("anna", Role.AGENT, "hash", NOW)
    account = await accounts.account("anna")
    assert account is not None
    await accounts.open_session(account.id, SECRET, NOW)
    later = NOW + timedelta(hours=1)
    await accounts.touch_session(SECRET, later)
    session = await accounts.session(SECRET)
    assert session is not None
    assert (session.name, session.opened_at, session.used_at) == ("anna", NOW, later)
    await accounts.open_session(account.id, hash_of("next day"), NOW + timedelta(days=1))
    assert await accounts.session(SECRET) is None, "sessions that are over are swept at the next login"
    await accounts.close_session(hash_of("next day"))
    assert await accounts.session(hash_of("next day")) is None


async def test_the_front_door_adds_users_and_tokens(database: SqliteDatabase) -> None:
    clock = SettableClock()
    await add_user(database, clock, "Anna", "operator", "long enough")
    account = await StoredAccounts(database).account("anna")
    assert account is not None
    assert account.role is Role.OPERATOR
    assert account.password_hash.startswith("$argon2id$")
    token = await create_token(database, clock, "grafana", "agent")
    assert await StoredAccounts(database).token(hash_of(token)) == ("grafana", Role.AGENT)
    with database.engine.connect() as connection:
        everything = [str(row) for table in HotlineTable.metadata.tables.values() for row in connection.execute(select(table))]
    assert not any(token in row or "long enough" in row for row in everything), "no secret is stored"


@pytest.mark.parametrize(
    ("name", "role", "password", "message"),
    [
        ("anna", "boss", "long enough", "role 'boss': use one of agent, senior, operator, admin"),
        ("anna", "agent", "short", "password of 5 characters: use 8 to 1024"),
        ("anna", "agent", "x" * 2000, "password of 2000 characters: use 8 to 1024"),
        ("an na", "agent", "long enough", "user name 'an na': use 1 to 64 letters"),
        ("", "agent", "long enough", "user name ''"),
    ],
)
async def test_what_will_not_do_is_refused_in_one_line(
    database: SqliteDatabase, name: str, role: str, password: str, message: str
) -> None:
    with pytest.raises(AccountError) as refused:
        await add_user(database, SettableClock(), name, role, password)
    assert str(refused.value).startswith(message)
    assert "\n" not in str(refused.value)


async def test_a_token_needs_a_name_and_a_role(database: SqliteDatabase) -> None:
    with pytest.raises(AccountError, match="token name"):
        await create_token(database, SettableClock(), "gra fana", "agent")
    with pytest.raises(AccountError, match="role 'root'"):
        await create_token(database, SettableClock(), "grafana", "root")
