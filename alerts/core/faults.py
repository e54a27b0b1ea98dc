"""Which faults are a danger to whoever stands there, by the error that the station reports.

Sources: ChargePointErrorCode of OCPP 1.5 and 1.6 (§7.6); the minimum required error codes of ChargeX (revision 5, 2023), which
stations of 1.6 tell in `vendorErrorCode` and those of 2.x in `techCode`, several with commas between. What an error means for
the caller, and what can be done, is the diagnosis' business.
"""

from __future__ import annotations

from enum import StrEnum
from typing import Final


class Safety(StrEnum):
    """How dangerous a fault is; the words of the label `safety`."""

    DANGER = "danger"
    NONE = "none"


DANGERS: Final = frozenset(
    {
        *("groundfailure", "cx002"),  # current flows where it must not
        *("powerswitchfailure", "cx017"),  # a contactor is stuck: the socket may be live
        *("emergencystop", "cx008"),  # somebody pressed the button
        "cx026",  # the cable is cut
    }
)
"""Errors that are one, folded."""


def safety_of(error: str, vendor_error: str = "") -> Safety:
    """Return how dangerous a fault is that is told by `error`, or by the maker's own codes."""
    told = {code.strip().casefold() for code in f"{error},{vendor_error}".split(",")}
    return Safety.DANGER if told & DANGERS else Safety.NONE
