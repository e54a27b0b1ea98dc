"""Connector statuses of every OCPP version in one vocabulary (ocpp.md, enumerations by version).

An unknown word is `Status.UNKNOWN`, never an error: a monitor must still see a station that invents one.
"""

from __future__ import annotations

from typing import Final

from monitor.core.observations import Status

NO_ERROR: Final = "NoError"
"""ChargePointErrorCode of OCPP 1.6 §7.6 that means none."""

_STATUSES: Final[dict[str, Status]] = {status.value: status for status in Status}


def read_status(word: str) -> Status:
    """Return the status that `word` names."""
    return _STATUSES.get(word, Status.UNKNOWN)


def read_error(code: str) -> str:
    """Return `code`, or an empty text for none."""
    return "" if code == NO_ERROR else code
