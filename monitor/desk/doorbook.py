"""What every door writes down: who knocked and what became of it, and how many were refused, for people and for the metrics."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Final

import structlog

from monitor.registry.attempts import Attempt, Attempts, Outcome

if TYPE_CHECKING:
    from monitor.core.clock import Clock
    from monitor.core.registry import Station

log = structlog.get_logger("field")

TOLD_A_MINUTE: Final = 20
"""Refusals written to the log in a minute; all are counted."""
NOBODY: Final = "?"
"""Stands for a name where none was said."""
NAMED_LENGTH: Final = 64
"""Characters kept of a name that somebody claims."""
_MINUTE_S: Final = 60.0


class Doorbook:
    """The book of all doors of the field listener."""

    def __init__(self, clock: Clock, attempts: Attempts) -> None:
        """Keep the latest attempts in `attempts`."""
        self._clock = clock
        self._attempts = attempts
        self.refusals: Counter[Outcome] = Counter()
        self._told = 0
        self._told_since = clock.monotonic()

    def note(self, named: str, address: str, offered: str, outcome: Outcome, station: Station | None = None) -> None:
        """Remember an attempt for whoever asks whether a station is seen."""
        self._attempts.record(
            Attempt(
                at=self._clock.now(),
                identity=_plain(named) or NOBODY,
                address=address,
                outcome=outcome,
                offered=_plain(offered),
                registered=station is not None,
            )
        )

    def refuse(self, named: str, address: str, offered: str, outcome: Outcome, station: Station | None = None) -> None:
        """Count a refusal and remember it; only the first few of a minute are told, so that a guesser cannot fill the log."""
        self.refusals[outcome] += 1
        now = self._clock.monotonic()
        if now - self._told_since >= _MINUTE_S:
            if self._told > TOLD_A_MINUTE:
                log.info("more were refused", count=self._told - TOLD_A_MINUTE)
            self._told_since, self._told = now, 0
        self._told += 1
        if self._told <= TOLD_A_MINUTE:
            log.info("refused", identity=_plain(named), address=address, reason=outcome.value)
        self.note(named, address, offered, outcome, station)


def _plain(text: str) -> str:
    return "".join(letter if letter.isprintable() else "?" for letter in text[:NAMED_LENGTH])
