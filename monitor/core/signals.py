"""What `step` tells the fleet's judge about one station: a silence that begins, that ends, that must not be counted.

The output of `health.step` beside its events, and with the station's number the input of `correlate`. Never stored, never shown.
"""

from __future__ import annotations

from datetime import datetime
from enum import IntEnum, StrEnum

import msgspec

from monitor.core.breaches import Cause


class Depth(IntEnum):
    """How far a silence has come."""

    OVERDUE = 0
    SUSPECT = 1
    BREACH = 2


class Hint(StrEnum):
    """A second signal: what else says that a silence is real, beside the sign that did not come, or that its line is not cut."""

    SOCKET_CLOSED = "socket_closed"
    SESSION_STOPPED = "session_stopped"
    GATEWAY_SILENT = "gateway_silent"
    STATION_SILENT = "station_silent"
    LINE_ANSWERS = "line_answers"


class Onset(msgspec.Struct, frozen=True, kw_only=True):
    """A station fell silent, or more is known of its silence: what is told later replaces what was told before.

    `since` is its first bad evidence, `heard` its last sign of life (aware UTC).
    """

    since: datetime
    heard: datetime | None
    depth: Depth = Depth.OVERDUE
    hints: frozenset[Hint] = frozenset()


class Recovery(msgspec.Struct, frozen=True, kw_only=True):
    """A station whose onset was told gave a sign of life at `at`."""

    at: datetime


class Excuse(msgspec.Struct, frozen=True, kw_only=True):
    """The silence says nothing any more: nobody listens, or the work is planned."""


class Explanation(msgspec.Struct, frozen=True, kw_only=True):
    """A station that is back showed what its group's failure alone would not explain."""

    cause: Cause


Signal = Onset | Recovery | Excuse | Explanation
