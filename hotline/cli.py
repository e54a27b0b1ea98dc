"""What the front door does with accounts: ``user add`` and ``token create``. The command line itself is parsed there."""

from __future__ import annotations

from secrets import token_urlsafe
from typing import TYPE_CHECKING

from hotline.core.logins import LONGEST_PASSWORD, SHORTEST_PASSWORD, well_formed_name
from hotline.core.roles import Role
from hotline.errors import AccountError
from hotline.storage.accounts import StoredAccounts
from hotline.web.accounts import hash_of
from hotline.web.passwords import Passwords

if TYPE_CHECKING:
    from argparse import Namespace

    from monitor.core.clock import Clock
    from monitor.runtime.ports import Database


async def add_user(database: Database, clock: Clock, name: str, role: str, password: str) -> None:
    """Add a user who may log in from now on.

    Raises:
        AccountError: when role, name or password will not do, or the name is taken.
    """
    checked_name, checked_role = _name("user", name), _role(role)
    if not SHORTEST_PASSWORD <= len(password) <= LONGEST_PASSWORD:
        message = f"password of {len(password)} characters: use {SHORTEST_PASSWORD} to {LONGEST_PASSWORD}"
        raise AccountError(message)
    password_hash = await Passwords().hashed(password)
    await StoredAccounts(database).add_account(checked_name, checked_role, password_hash, clock.now())


async def account(database: Database, clock: Clock, args: Namespace, given: bytes | None) -> list[str]:
    """Carry out ``user add`` or ``token create``; `given` is a password, one is made up where it is ``None``."""
    if args.command == "token":
        return [await create_token(database, clock, name=args.name, role=args.role)]
    password = token_urlsafe(12) if given is None else given.decode("utf-8", "replace").rstrip("\r\n")
    await add_user(database, clock, name=args.name, role=args.role, password=password)
    return [f"user {args.name} added as {args.role}" + (f" with password {password}" if given is None else "")]


async def create_token(database: Database, clock: Clock, name: str, role: str) -> str:
    """Create a bearer token for a program and return it; it cannot be shown again.

    Raises:
        AccountError: when role or name will not do, or the name is taken.
    """
    checked_name, checked_role = _name("token", name), _role(role)
    token = token_urlsafe(32)
    await StoredAccounts(database).add_token(checked_name, checked_role, hash_of(token), clock.now())
    return token


def _name(kind: str, text: str) -> str:
    name = well_formed_name(text)
    if name is None:
        message = f"{kind} name {text[:70]!r}: use 1 to 64 letters, digits and inner '.', '_' or '-'"
        raise AccountError(message)
    return name


def _role(text: str) -> Role:
    try:
        return Role(text)
    except ValueError as error:
        message = f"role {text[:70]!r}: use one of {', '.join(Role)}"
        raise AccountError(message) from error
