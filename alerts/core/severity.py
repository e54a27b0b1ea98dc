"""How much a matter presses, in the contract's words."""

from __future__ import annotations

from enum import StrEnum
from typing import Final


class Severity(StrEnum):
    """What an alert asks for: somebody now, somebody in the day, nobody."""

    PAGE = "page"
    TICKET = "ticket"
    INFO = "info"


_RANK: Final = {Severity.INFO: 0, Severity.TICKET: 1, Severity.PAGE: 2}


def presses_more(one: Severity, other: Severity) -> bool:
    """Say whether `one` presses more than `other`."""
    return _RANK[one] > _RANK[other]
