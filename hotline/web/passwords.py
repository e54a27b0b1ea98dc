"""Passwords, hashed with Argon2id beside the loop and never more than two at once: a hash takes 64 MiB and tens of ms.

An unknown user costs the same as a wrong password, so the time tells nothing.
"""

from __future__ import annotations

import asyncio
from secrets import token_urlsafe
from typing import Final

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from hotline.errors import OverloadedError

AT_ONCE: Final = 2
MOST_WAITING: Final = 32


class Passwords:
    """Hashes and checks passwords."""

    def __init__(self, hasher: PasswordHasher | None = None) -> None:
        """Use `hasher`, by default with the library's parameters (RFC 9106, low memory)."""
        self._hasher = hasher or PasswordHasher()
        self._turn = asyncio.Semaphore(AT_ONCE)
        self._waiting = 0
        self._nobody = self._hasher.hash(token_urlsafe())

    async def hashed(self, password: str) -> str:
        """Return the encoded hash of `password`."""
        async with self._turn:
            return await asyncio.to_thread(self._hasher.hash, password)

    async def matches(self, encoded: str | None, password: str) -> bool:
        """Return whether `password` is behind `encoded`; ``None``, for an unknown user, never matches and takes as long.

        Raises:
            OverloadedError: when too many are waiting already.
        """
        if self._waiting >= MOST_WAITING:
            message = "too many logins at once: try again in a few seconds"
            raise OverloadedError(message)
        self._waiting += 1
        try:
            async with self._turn:
                return await asyncio.to_thread(self._verify, encoded, password)
        finally:
            self._waiting -= 1

    def outdated(self, encoded: str) -> bool:
        """Return whether `encoded` was made with other parameters than today's."""
        return self._hasher.check_needs_rehash(encoded)

    def _verify(self, encoded: str | None, password: str) -> bool:
        try:
            self._hasher.verify(encoded or self._nobody, password)
        except (VerificationError, InvalidHashError):
            return False
        return encoded is not None
