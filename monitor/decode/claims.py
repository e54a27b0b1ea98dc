"""What a station claims about time and numbers, taken with care. A claim that cannot be held is ``None``, never an error."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from collections.abc import Mapping

_RFC3339: Final = re.compile(r"\d{4}-\d\d-\d\d[Tt ]\d\d:\d\d:\d\d(?:\.\d+)?(?:[Zz]|[+-]\d\d:?\d\d)?")
_EARLIEST: Final = 1970
_LATEST: Final = 2200
BACKLOG_S: Final = 120.0
"""A record stamped so many seconds before we got it was made earlier and queued (OCPP 1.6 §3.7.1), not merely slow."""


def read_instant(text: Any) -> datetime | None:  # noqa: ANN401  (a claim can be anything)
    """Read an RFC 3339 time as aware UTC; a naive one is taken as UTC. Out of 1970 to 2200, or not a time: ``None``."""
    if not isinstance(text, str) or len(text) > 40 or not _RFC3339.fullmatch(text):  # noqa: PLR2004  (longest with nanoseconds)
        return None
    try:
        instant = datetime.fromisoformat(text.upper().replace(" ", "T"))
        instant = instant.replace(tzinfo=UTC) if instant.tzinfo is None else instant.astimezone(UTC)
    except (ValueError, OverflowError):
        return None
    return instant if _EARLIEST <= instant.year < _LATEST else None


class OutOfRangeError(ValueError):
    """A number that no station can mean; the message names the field."""


def read_whole(payload: Mapping[str, Any], field: str, low: int, high: int) -> int:
    """Return the whole number in `field`.

    Raises:
        OutOfRangeError: when it is not within `low` to `high`; JSON sets no limit to a number, everything behind us does.
    """
    value = payload[field]
    if not low <= value <= high:
        message = f"{field}: not within {low} to {high}"
        raise OutOfRangeError(message)
    return int(value)


def write_instant(instant: datetime) -> str:
    """Return `instant` (aware UTC) with milliseconds and ``Z``, the form that every station reads."""
    return instant.isoformat(timespec="milliseconds")[:-6] + "Z"


def was_queued(stamped: datetime | None, received: datetime) -> bool:
    """Whether a record stamped so was made a while before it reached us."""
    return stamped is not None and (received - stamped).total_seconds() > BACKLOG_S
