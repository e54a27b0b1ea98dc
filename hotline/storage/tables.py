"""Who may log in, who is logged in, and which programs may call the API. No secret is stored: hashes only."""

from __future__ import annotations

from datetime import datetime
from typing import ClassVar

from sqlalchemy import Column, LargeBinary, MetaData, String
from sqlmodel import Field, SQLModel

from monitor.storage.columns import UtcInstant

NAMING = {
    "ix": "ix_%(table_name)s_%(column_0_name)s",
    "uq": "uq_%(table_name)s_%(column_0_name)s",
    "fk": "fk_%(table_name)s_%(column_0_name)s",
    "pk": "pk_%(table_name)s",
}


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
