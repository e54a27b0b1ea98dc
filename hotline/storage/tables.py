"""Who may log in, and what the desk writes down: calls, tickets, the trail. Passwords, cookies and tokens are hashes."""

from __future__ import annotations

from datetime import datetime
from typing import ClassVar

from sqlalchemy import BigInteger, Boolean, Column, Integer, LargeBinary, MetaData, String, Text
from sqlmodel import Field, SQLModel

from monitor.storage.columns import UtcInstant

NAMING = {
    "ix": "ix_%(table_name)s_%(column_0_name)s",
    "uq": "uq_%(table_name)s_%(column_0_name)s",
    "fk": "fk_%(table_name)s_%(column_0_name)s",
    "pk": "pk_%(table_name)s",
}


_ID = BigInteger().with_variant(Integer(), "sqlite")


class HotlineTable(SQLModel):
    """Root of this package's tables, with a metadata of its own so that no other package's migration sees them."""

    metadata: ClassVar[MetaData] = MetaData(naming_convention=NAMING)


class UserRow(HotlineTable, table=True):
    """A person; `password_hash` is Argon2's encoded form, `role` a `hotline.core.roles.Role`."""

    __tablename__ = "hotline_user"

    id: int | None = Field(default=None, primary_key=True)
    name: str = Field(sa_column=Column(String(64), nullable=False, unique=True))
    role: str = Field(sa_column=Column(String(16), nullable=False))
    password_hash: str = Field(sa_column=Column(String(255), nullable=False))
    created_at: datetime = Field(sa_column=Column(UtcInstant, nullable=False))


class SessionRow(HotlineTable, table=True):
    """A login; `token_hash` is the SHA-256 of the cookie."""

    __tablename__ = "hotline_session"

    id: int | None = Field(default=None, primary_key=True)
    token_hash: bytes = Field(sa_column=Column(LargeBinary(32), nullable=False, unique=True))
    user_id: int = Field(foreign_key="hotline_user.id", index=True, ondelete="CASCADE")
    opened_at: datetime = Field(sa_column=Column(UtcInstant, nullable=False, index=True))
    used_at: datetime = Field(sa_column=Column(UtcInstant, nullable=False))


class InstallerLinkRow(HotlineTable, table=True):
    """A link that shows one identity without a login; `ticket_hash` is the SHA-256 of what stands in it."""

    __tablename__ = "hotline_installer_link"

    ticket_hash: bytes = Field(sa_column=Column(LargeBinary(32), primary_key=True))
    identity: str = Field(sa_column=Column(String(64), nullable=False))
    made_by: str = Field(sa_column=Column(String(64), nullable=False))
    made_at: datetime = Field(sa_column=Column(UtcInstant, nullable=False))
    until: datetime = Field(sa_column=Column(UtcInstant, nullable=False))


class TokenRow(HotlineTable, table=True):
    """A program's bearer token; `token_hash` is its SHA-256."""

    __tablename__ = "hotline_token"

    id: int | None = Field(default=None, primary_key=True)
    name: str = Field(sa_column=Column(String(64), nullable=False, unique=True))
    role: str = Field(sa_column=Column(String(16), nullable=False))
    token_hash: bytes = Field(sa_column=Column(LargeBinary(32), nullable=False, unique=True))
    created_at: datetime = Field(sa_column=Column(UtcInstant, nullable=False))


class KeyRow(HotlineTable, table=True):
    """A secret of the house's own, made at its first use: the key of callers' hashes is called ``callers``."""

    __tablename__ = "hotline_key"

    name: str = Field(sa_column=Column(String(32), primary_key=True))
    secret: bytes = Field(sa_column=Column(LargeBinary(64), nullable=False))
    made_at: datetime = Field(sa_column=Column(UtcInstant, nullable=False))


class CallRow(HotlineTable, table=True):
    """A call: `body` is the whole `hotline.core.calls.Call`, the other columns are what calls are looked for by.

    `at_desk_of` is the agent who has still to do with it, empty for one that waits, NULL for one that is over.
    """

    __tablename__ = "hotline_call"

    id: int | None = Field(default=None, sa_column=Column(_ID, primary_key=True, autoincrement=True))
    began_at: datetime = Field(sa_column=Column(UtcInstant, nullable=False, index=True))
    at_desk_of: str | None = Field(sa_column=Column(String(64), nullable=True, index=True))
    reference: str | None = Field(sa_column=Column(String(128), nullable=True, unique=True))
    caller: str | None = Field(sa_column=Column(String(64), nullable=True, index=True))
    station: int | None = Field(sa_column=Column(BigInteger, nullable=True, index=True))
    body: str = Field(sa_column=Column(Text, nullable=False))


class TicketRow(HotlineTable, table=True):
    """A ticket: `body` is the whole `hotline.core.tickets.Ticket`."""

    __tablename__ = "hotline_ticket"

    id: int | None = Field(default=None, sa_column=Column(_ID, primary_key=True, autoincrement=True))
    opened_at: datetime = Field(sa_column=Column(UtcInstant, nullable=False, index=True))
    station: int = Field(sa_column=Column(BigInteger, nullable=False, index=True))
    open: bool = Field(sa_column=Column(Boolean, nullable=False, index=True))
    body: str = Field(sa_column=Column(Text, nullable=False))


class TicketLineRow(HotlineTable, table=True):
    """A line of a ticket's history."""

    __tablename__ = "hotline_ticket_line"

    id: int | None = Field(default=None, sa_column=Column(_ID, primary_key=True, autoincrement=True))
    ticket: int = Field(sa_column=Column(BigInteger, nullable=False, index=True))
    body: str = Field(sa_column=Column(Text, nullable=False))


class TrailRow(HotlineTable, table=True):
    """An entry of the trail (`hotline.core.trail`); its number is its place, without gaps."""

    __tablename__ = "hotline_trail"

    number: int = Field(sa_column=Column(BigInteger, primary_key=True, autoincrement=False))
    at: datetime = Field(sa_column=Column(UtcInstant, nullable=False, index=True))
    who: str = Field(sa_column=Column(String(64), nullable=False))
    what: str = Field(sa_column=Column(String(64), nullable=False))
    about: str = Field(sa_column=Column(String(128), nullable=False, index=True))
    detail: str = Field(sa_column=Column(Text, nullable=False))
    seal: str = Field(sa_column=Column(String(64), nullable=False))
