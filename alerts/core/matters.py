"""What is wrong, as data: one open matter for each breach, incident, connector fault, security event and the like.

A matter says what is so, since when, and of whom; whether anybody is told is decided by rules. Labels are what rules, routes and
silences go by; the set of their names is closed, so that a mistyped one is found when it is read. An alert of somebody else's
(`external`) brings its own.
"""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import Final

import msgspec

from monitor.core.ids import StationId


class Kind(StrEnum):
    """What a matter is; the words of `on` in a rule."""

    BREACH = "breach"
    INCIDENT = "incident"
    FAULT = "fault"
    SECURITY = "security"
    OBSERVER = "observer"
    VOLUME = "volume"
    CONTRADICTION = "contradiction"
    EXTERNAL = "external"
    REQUEST = "request"


CONTRADICTIONS: Final = "contradiction/"
"""What the keys of contradictions begin with."""
MOMENTARY: Final = frozenset({Kind.SECURITY, Kind.VOLUME, Kind.CONTRADICTION})
"""Something that happened: it is never over by itself."""

LABELS: Final = frozenset(
    {
        *("kind", "station", "identity", "site", "region", "owner", "maintainer", "bearer", "protocol", "vendor", "model"),
        *("apn", "operator", "cell", "feeder", "grid_operator", "cause", "party", "incident", "scope", "key", "connector"),
        *("error", "vendor_error", "safety", "event", "month", "site_working", "ticket", "urgent"),
    }
)
"""Every label that a matter of ours may have; `station` is the sticker, `site_working` how many others of its site are reached."""


class Matter(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Something that is wrong.

    Attributes:
        key: its name, unique for ever.
        kind: what it is.
        since: when the evidence says that it began (aware UTC).
        known_at: when it was judged.
        labels: what it goes by; see `LABELS`.
        stations: who is in it.
        until: when it was over, ``None`` while it is not.
        released_at: when the incident that it was part of was over while it went on.
        dismissed: whether somebody resolved its alert by hand; it is left alone until it is over.
        times: how often it happened, for one that is momentary.
        note: what its source says of it: an external one's summary, a caller's words, an agent's.
    """

    key: str
    kind: Kind
    since: datetime
    known_at: datetime
    labels: dict[str, str]
    stations: tuple[StationId, ...] = ()
    until: datetime | None = None
    released_at: datetime | None = None
    dismissed: bool = False
    times: int = 1
    note: str = ""

    @property
    def open(self) -> bool:
        """Whether it goes on."""
        return self.until is None


def breach_key(station: StationId, number: int) -> str:
    """Return the key of a station's breach."""
    return f"breach/{station}/{number}"


def incident_key(name: str) -> str:
    """Return the key of an incident, one of our own too."""
    return f"incident/{name}"


def fault_key(station: StationId, connector: str) -> str:
    """Return the key of a fault that a connector reports."""
    return f"fault/{station}/{connector}"


def security_key(station: StationId, event: str) -> str:
    """Return the key of a security event: the same one again is the same matter."""
    return f"security/{station}/{event}"


def contradiction_key(station: StationId, at: datetime) -> str:
    """Return the key of what callers say of a station that we see healthy, who began at `at`."""
    return f"{CONTRADICTIONS}{station}/{at.isoformat()}"


def request_key(ticket: int) -> str:
    """Return the key of what an agent of the hotline asks the operators for with a ticket."""
    return f"request/{ticket}"


def volume_key(station: StationId, month: str) -> str:
    """Return the key of a SIM that used more than is meant in `month`."""
    return f"volume/{station}/{month}"
