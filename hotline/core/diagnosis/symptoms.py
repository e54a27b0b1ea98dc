"""What callers call about, as an agent picks it from a short list: the commonest of the trade's surveys, danger first.

Sources: UScale *Public Charging Study* 2025, Nationale Leitstelle 2020, CARB survey 2022, ChargePlace Scotland's fault reports.
"""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Set as AbstractSet


class Symptom(StrEnum):
    """What is wrong, in the caller's words."""

    DANGER = "danger"
    """Smoke, a shock, sparks, a broken cable or housing."""
    EMERGENCY = "emergency"
    """The emergency button is pressed."""
    CABLE_STUCK = "cable_stuck"
    WILL_NOT_STOP = "will_not_stop"
    WILL_NOT_START = "will_not_start"
    CARD_REFUSED = "card_refused"
    STOPPED = "stopped"
    """It stopped by itself, or it is slow."""
    DARK = "dark"
    """No light, no display."""
    SAYS_FREE = "says_free"
    """It is shown as free and does not work."""
    BLOCKED = "blocked"
    """The bay is taken."""
    OTHER = "other"
    """Another charger's number, or something else."""


FREEING: Final[AbstractSet[Symptom]] = frozenset({Symptom.CABLE_STUCK, Symptom.WILL_NOT_STOP})
"""The caller has a cable in that he wants back: what frees it goes before what a fault says."""
BY_FAULT: Final[AbstractSet[Symptom]] = frozenset(
    {Symptom.WILL_NOT_START, Symptom.CARD_REFUSED, Symptom.STOPPED, Symptom.DARK, Symptom.SAYS_FREE}
)
"""What a fault or a warning at the caller's point explains."""
