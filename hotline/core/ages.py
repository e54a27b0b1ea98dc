"""How long ago, in the fewest signs that still say it: ``12 s``, ``26 min``, ``6 h 26``, ``3 d 4 h``."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from datetime import datetime

_MINUTE: Final = 60
_HOUR: Final = 60 * _MINUTE
_DAY: Final = 24 * _HOUR
_LONG: Final = 30 * _DAY


def age_of(at: datetime, now: datetime, *, day: str = "d") -> str:
    """Return the age of `at`; a future instant has age ``0 s``. `day` is the sign for days in the reader's language."""
    seconds = max(0, int((now - at).total_seconds()))
    if seconds < _MINUTE:
        return f"{seconds} s"
    if seconds < _HOUR:
        return f"{seconds // _MINUTE} min"
    if seconds < _DAY:
        return f"{seconds // _HOUR} h {seconds % _HOUR // _MINUTE:02}"
    if seconds < _LONG:
        return f"{seconds // _DAY} {day} {seconds % _DAY // _HOUR} h"
    return f"{seconds // _DAY} {day}"
