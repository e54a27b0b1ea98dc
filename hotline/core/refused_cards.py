"""Whether the last card that was shown at a station was refused, and why: read from its frames, in any version of OCPP-J.

The answer is ours, or that of the platform behind us: an AuthorizationStatus (OCPP 1.6 §7.2; 2.0.1 part 2, its EnumType).
Whose card it was is not known, and its number is not read.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Final

from hotline.core.frames import Kind, entries_of
from monitor.runtime.trace import Direction

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime

    from monitor.runtime.trace import Frame

NEWS: Final = timedelta(minutes=15)
"""How long a refusal may be what a caller speaks of."""
_ASKING: Final = frozenset({"Authorize", "StartTransaction", "TransactionEvent"})
_ACCEPTED: Final = "Accepted"


@dataclass(frozen=True, slots=True, kw_only=True)
class RefusedCard:
    """That a card was refused, when, and the status that said so."""

    at: datetime
    status: str


def refused_card(frames: Iterable[Frame], now: datetime) -> RefusedCard | None:
    """Return the refusal of the last card that was shown lately, ``None`` where there was none or it was accepted."""
    for entry in entries_of(frames):
        if entry.kind is Kind.CALLRESULT and entry.action in _ASKING and entry.frame.direction is Direction.OUT:
            status = _status(entry.frame)
            if status:
                refused = status != _ACCEPTED and now - entry.frame.at <= NEWS
                return RefusedCard(at=entry.frame.at, status=status) if refused else None
    return None


def _status(frame: Frame) -> str:
    """Return what an answer says of a card, empty for nothing."""
    try:
        payload = json.loads(frame.text)[2]
        told = payload.get("idTagInfo") or payload.get("idTokenInfo") or {}
        return str(told.get("status", ""))
    except (ValueError, LookupError, AttributeError, RecursionError):
        return ""
