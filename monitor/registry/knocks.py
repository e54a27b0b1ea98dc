"""Keeps the list of strangers who knocked in the store: one small write every few seconds, and none while nobody knocks."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Final, Protocol

import structlog

from monitor.runtime.journal import TransientStoreError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from monitor.registry.attempts import Attempts, Knock

EVERY_S: Final = 5.0

log = structlog.get_logger("registry")


class KnockStore(Protocol):
    """Where the list is kept."""

    async def replace(self, knocks: Sequence[Knock]) -> None:
        """Store `knocks` instead of what was there."""
        ...

    async def all(self) -> list[Knock]:
        """Return those who are not registered meanwhile, the latest first."""
        ...


class KnockKeeper:
    """Copies the strangers of `attempts` to a store."""

    def __init__(self, attempts: Attempts, store: KnockStore, every_s: float = EVERY_S) -> None:
        """Write to `store` every `every_s` seconds, if something changed."""
        self._attempts = attempts
        self._store = store
        self._every_s = every_s
        self._written = attempts.revision

    async def load(self) -> None:
        """Take up who knocked before the start."""
        self._attempts.restore(await self._store.all())
        self._written = self._attempts.revision

    async def run(self) -> None:
        """Write until cancelled."""
        while True:
            await asyncio.sleep(self._every_s)
            await self.keep()

    async def keep(self) -> None:
        """Write what changed since the last time; a store that is away, or refuses them, is asked again the next time."""
        revision = self._attempts.revision
        if revision == self._written:
            return
        try:
            await self._store.replace(self._attempts.strangers())
        except TransientStoreError as error:
            log.warning("who knocked could not be stored", error=str(error))
        except Exception:  # a list for people must never take the service with it
            log.exception("who knocked could not be stored")
        else:
            self._written = revision
