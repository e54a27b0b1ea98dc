"""What the rest of the house may ask of a clock. The one implementation is `monitor.runtime.clock`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from datetime import datetime


class Clock(Protocol):
    """Two readings that must not be confused: one for records, one for intervals."""

    def now(self) -> datetime:
        """Return the wall clock as aware UTC; it may jump."""
        ...

    def monotonic(self) -> float:
        """Return seconds that only grow; the origin means nothing."""
        ...
