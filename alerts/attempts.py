"""When messages were handed to a provider, by the steady clock: what is asked afterwards must neither be older nor asked too soon.

It lives as long as the process; what was tried before a restart is known to the outbox only.
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from datetime import datetime

    from monitor.core.clock import Clock

SETTLE_S: Final = 2.0
"""A provider is not asked sooner after a lost answer: the request may still be on its way. A guess, nobody promises it."""
DAY_S: Final = 24 * 3600.0
"""How far back is looked for what was sent nobody knows when."""
MOST: Final = 1000
"""Attempts and references that are remembered; the oldest are forgotten first."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Attempt:
    """One message on its way: seconds of the steady clock at which it was begun, and at which it was given up."""

    to: str
    begun: float
    given_up: float | None = None


class Attempts:
    """What was tried and is not settled, and the references that belong to somebody."""

    def __init__(self, clock: Clock) -> None:
        """Start empty."""
        self._clock = clock
        self._open: dict[str, Attempt] = {}
        self._claimed: dict[str, None] = {}

    def begin(self, message: str, to: str) -> None:
        """Note that `message` is about to be sent; a repetition is a new attempt, but what came of the first may still be found."""
        before = self._open.pop(message, None)
        self._open[message] = Attempt(to=to, begun=before.begun if before else self._clock.monotonic())
        while len(self._open) > MOST:
            del self._open[next(iter(self._open))]

    def give_up(self, message: str) -> None:
        """Note that it is not known what became of `message`."""
        attempt = self._open.get(message)
        if attempt is not None and attempt.given_up is None:
            self._open[message] = Attempt(to=attempt.to, begun=attempt.begun, given_up=self._clock.monotonic())

    def settle(self, message: str, reference: str = "") -> None:
        """Note that it is known, and which `reference` it has."""
        self._open.pop(message, None)
        if reference:
            self._claimed[reference] = None
            while len(self._claimed) > MOST:
                del self._claimed[next(iter(self._claimed))]

    def is_claimed(self, reference: str) -> bool:
        """Say whether `reference` belongs to a message of which everything is known."""
        return reference in self._claimed

    def is_remembered(self, message: str) -> bool:
        """Say whether an attempt of `message` is open."""
        return message in self._open

    def others(self, message: str, to: str) -> bool:
        """Say whether it is open what became of another message to the same address."""
        return any(name != message and attempt.to == to for name, attempt in self._open.items())

    def age_s(self, message: str, since: datetime | None = None) -> float | None:
        """Return the seconds since `message` was begun, else since that instant; ``None`` when neither is known."""
        attempt = self._open.get(message)
        if attempt is not None:
            return self._clock.monotonic() - attempt.begun
        return None if since is None else max((self._clock.now() - since).total_seconds(), 0.0)

    async def rest(self, message: str, seconds: float) -> None:
        """Wait until `message` was given up so many seconds ago; at once when that is not remembered."""
        attempt = self._open.get(message)
        if attempt is not None and attempt.given_up is not None:
            await asyncio.sleep(max(attempt.given_up + seconds - self._clock.monotonic(), 0.0))
