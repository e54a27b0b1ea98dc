"""What the web side asks of accounts, sessions and tokens. The one implementation is `hotline.storage.accounts`."""

from __future__ import annotations

from hashlib import sha256
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from datetime import datetime

    from hotline.core.logins import Account, OpenSession
    from hotline.core.roles import Role
    from monitor.core.ids import Identity


def hash_of(secret: str) -> bytes:
    """Return the SHA-256 of a random secret (cookie or token), which is all that is stored of it."""
    return sha256(secret.encode()).digest()


class Accounts(Protocol):
    """Accounts, sessions and tokens; hashes only."""

    async def account(self, name: str) -> Account | None:
        """Return the account called `name`."""
        ...

    async def replace_password_hash(self, account: int, password_hash: str) -> None:
        """Store a newer hash of the same password."""
        ...

    async def open_session(self, account: int, token_hash: bytes, now: datetime) -> None:
        """Start a session."""
        ...

    async def session(self, token_hash: bytes) -> OpenSession | None:
        """Return the session behind a cookie, whether it is still valid or not."""
        ...

    async def touch_session(self, token_hash: bytes, now: datetime) -> None:
        """Write down that the session was used."""
        ...

    async def close_session(self, token_hash: bytes) -> None:
        """End a session."""
        ...

    async def token(self, token_hash: bytes) -> tuple[str, Role] | None:
        """Return name and role of a program's token."""
        ...


class InstallerLinks(Protocol):
    """Links that show one identity without a login; hashes only. The one implementation is `hotline.storage.links`."""

    async def add(self, ticket_hash: bytes, identity: Identity, *, made_by: str, now: datetime, until: datetime) -> None:
        """Make a link."""
        ...

    async def identity(self, ticket_hash: bytes, now: datetime) -> str | None:
        """Return what the link shows, ``None`` when there is none or it is over."""
        ...
