"""Accounts, sessions and tokens in the house's database. It compares and hashes nothing: it is handed hashes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from sqlalchemy import Table, bindparam, delete, insert, select, update
from sqlalchemy.exc import IntegrityError

from hotline.core.logins import ABSOLUTE_LIMIT, IDLE_LIMIT, Account, OpenSession
from hotline.core.roles import Role
from hotline.errors import NameTakenError
from hotline.storage.tables import HotlineTable

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from sqlalchemy import Connection

    from monitor.runtime.ports import Database

_USERS: Final[Table] = HotlineTable.metadata.tables["hotline_user"]
_SESSIONS: Final[Table] = HotlineTable.metadata.tables["hotline_session"]
_TOKENS: Final[Table] = HotlineTable.metadata.tables["hotline_token"]
_SESSION: Final = (
    select(_USERS.c.name, _USERS.c.role, _SESSIONS.c.opened_at, _SESSIONS.c.used_at)
    .join_from(_SESSIONS, _USERS, _USERS.c.id == _SESSIONS.c.user_id)
    .where(_SESSIONS.c.token_hash == bindparam("token_hash"))
)
_TOKEN: Final = select(_TOKENS).where(_TOKENS.c.token_hash == bindparam("token_hash"))
"""What every request asks, built once: building a statement costs more than running it."""


class StoredAccounts:
    """`hotline.web.accounts.Accounts` over a `Database`."""

    def __init__(self, database: Database) -> None:
        """Use `database`; it was migrated before."""
        self._database = database

    async def account(self, name: str) -> Account | None:
        """Return the account called `name`."""

        def work(connection: Connection) -> Account | None:
            row = connection.execute(select(_USERS).where(_USERS.c.name == name)).mappings().one_or_none()
            if row is None:
                return None
            return Account(id=row["id"], name=row["name"], role=Role(row["role"]), password_hash=row["password_hash"])

        return await self._database.read(work)

    async def add_account(self, name: str, role: Role, password_hash: str, now: datetime) -> None:
        """Add an account.

        Raises:
            NameTakenError: when there is one of that name.
        """
        values = {"name": name, "role": role.value, "password_hash": password_hash, "created_at": now}
        await self._database.write(_inserted(_USERS, values, f"user {name!r} exists already: choose another name"))

    async def replace_password_hash(self, account: int, password_hash: str) -> None:
        """Store a newer hash of the same password."""
        statement = update(_USERS).where(_USERS.c.id == account).values(password_hash=password_hash)
        await self._database.write(_executed(statement))

    async def open_session(self, account: int, token_hash: bytes, now: datetime) -> None:
        """Start a session, and forget those that are over."""
        over = (_SESSIONS.c.opened_at <= now - ABSOLUTE_LIMIT) | (_SESSIONS.c.used_at <= now - IDLE_LIMIT)
        values = {"token_hash": token_hash, "user_id": account, "opened_at": now, "used_at": now}

        def work(connection: Connection) -> None:
            connection.execute(delete(_SESSIONS).where(over))
            connection.execute(insert(_SESSIONS).values(values))

        await self._database.write(work)

    async def session(self, token_hash: bytes) -> OpenSession | None:
        """Return the session behind a cookie, whether it is still valid or not."""

        def work(connection: Connection) -> OpenSession | None:
            row = connection.execute(_SESSION, {"token_hash": token_hash}).mappings().one_or_none()
            if row is None:
                return None
            return OpenSession(name=row["name"], role=Role(row["role"]), opened_at=row["opened_at"], used_at=row["used_at"])

        return await self._database.read(work)

    async def touch_session(self, token_hash: bytes, now: datetime) -> None:
        """Write down that the session was used."""
        statement = update(_SESSIONS).where(_SESSIONS.c.token_hash == token_hash).values(used_at=now)
        await self._database.write(_executed(statement))

    async def close_session(self, token_hash: bytes) -> None:
        """End a session; it is no error when there is none."""
        await self._database.write(_executed(delete(_SESSIONS).where(_SESSIONS.c.token_hash == token_hash)))

    async def add_token(self, name: str, role: Role, token_hash: bytes, now: datetime) -> None:
        """Add a program's token.

        Raises:
            NameTakenError: when there is one of that name.
        """
        values = {"name": name, "role": role.value, "token_hash": token_hash, "created_at": now}
        await self._database.write(_inserted(_TOKENS, values, f"token {name!r} exists already: choose another name"))

    async def token(self, token_hash: bytes) -> tuple[str, Role] | None:
        """Return name and role of the token with that hash."""

        def work(connection: Connection) -> tuple[str, Role] | None:
            row = connection.execute(_TOKEN, {"token_hash": token_hash}).mappings().one_or_none()
            return None if row is None else (row["name"], Role(row["role"]))

        return await self._database.read(work)


def _executed(statement: Any) -> Callable[[Connection], None]:  # noqa: ANN401  (any executable)
    def work(connection: Connection) -> None:
        connection.execute(statement)

    return work


def _inserted(table: Table, values: dict[str, Any], taken: str) -> Callable[[Connection], None]:
    """Insert one row; a savepoint keeps the writer's transaction whole when the name is taken."""

    def work(connection: Connection) -> None:
        try:
            with connection.begin_nested():
                connection.execute(insert(table).values(values))
        except IntegrityError as error:
            raise NameTakenError(taken) from error

    return work
