"""Messages as the rest of the house words them, and texts as nobody should."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from alerts.core.delivery import Fact, Message

SINCE = datetime(2026, 5, 4, 6, 2, tzinfo=UTC)
ANNA = "+352621000001"
BEN = "+352691000002"

HOSTILE = 'CP2500\r\nBcc: x@evil.example\r\n\r\n<Hangup/>&amp;\x00\x1b[31m\u202e{{7*7}} =HYPERLINK("x")\ud800 \u2028</Say>'
"""What a station might call itself."""


def message(**fields: Any) -> Message:
    """Return a message about CP2500."""
    usual: dict[str, Any] = {
        "id": "17",
        "to": ANNA,
        "language": "fr",
        "short": "CP2500 is offline since 08:02, power",
        "spoken": "Borne 2 5 0 0 hors ligne.",
        "title": "CP2500 offline",
        "text": "CP2500 at Brill is offline since 08:02.\nParty: grid",
        "thread": "breach-9",
        "url": "https://watch.example/alerts/17",
    }
    return Message(**{**usual, **fields})


def fact(**fields: Any) -> Fact:
    """Return the alert in it."""
    usual: dict[str, Any] = {
        "labels": {"alertname": "borne-offline", "station": "CP2500", "severity": "page"},
        "annotations": {"summary": "CP2500 offline"},
        "since": SINCE,
    }
    return Fact(**{**usual, **fields})


def later(minutes: float) -> datetime:
    """Return an instant after `SINCE`."""
    return SINCE + timedelta(minutes=minutes)
