"""What a simulated station can say and be told, whatever the version of OCPP: a version is one `Dialect` table.

Nothing here knows a message's name or fields; see `monitor.simulator.dialect_v16`.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from datetime import datetime

    from monitor.core.ids import Identity, Sticker
    from monitor.core.observations import Status

Payload = dict[str, Any]
"""The payload of a frame, as JSON has it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Nameplate:
    """Who a station says that it is; `password` makes it send HTTP Basic (security profile 1), `connectors` is a count."""

    identity: Identity
    sticker: Sticker
    password: str = field(default="", repr=False)
    vendor: str = "Elektra"
    model: str = "Duo 22"
    serial: str = ""
    firmware: str = "1.4.2"
    iccid: str = ""
    imsi: str = ""
    connectors: int = 2


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """One CALL of the station."""

    action: str
    payload: Payload


class Kind(StrEnum):
    """What a central system may ask a station to say."""

    BOOT = "boot"
    HEARTBEAT = "heartbeat"
    STATUS = "status"
    METER = "meter"


@dataclass(frozen=True, slots=True, kw_only=True)
class Reboot:
    """Restart; `hard` without ending the sessions first."""

    hard: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Say:
    """Send a message of that kind now; `connector` ``None`` means all."""

    kind: Kind
    connector: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class SetOperative:
    """Take a connector into or out of service; 0 is the whole station."""

    connector: int
    operative: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Start:
    """Begin a session for `tag`; `connector` ``None`` lets the station choose."""

    tag: str
    connector: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Stop:
    """End the session of that transaction."""

    transaction: str


@dataclass(frozen=True, slots=True, kw_only=True)
class SetHeartbeat:
    """Count heartbeats by another interval from now on."""

    seconds: float


Effect = Reboot | Say | SetOperative | Start | Stop | SetHeartbeat
"""What a station does after it answered."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """The answer to a CALL: a result, or ``None`` for the error NotImplemented (OCPP-J 1.6 §4.2.3)."""

    payload: Payload | None
    effect: Effect | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class BootReply:
    """What the central system said to a Boot: `interval_s` is the heartbeat when accepted, else the wait before the next."""

    accepted: bool
    interval_s: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Condition:
    """What a station answers from: its settings, how many sessions are open, and on which transactions."""

    settings: dict[str, str]
    transactions: tuple[str, ...]
    connectors: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Dialect:
    """One version of OCPP: how each thing is said and how each reply is read.

    `at` is the station's own time, which may be wrong; registers are Wh. `start` gets the number that the station counts its
    sessions by, `started` reads the transaction's name out of its reply. `broken` are calls that a careful central system
    must answer with an error.
    """

    subprotocol: str
    boot: Callable[[Nameplate], Call]
    heartbeat: Callable[[], Call]
    status: Callable[[int, Status, datetime], Call]
    authorize: Callable[[str], Call]
    start: Callable[[int, str, int, datetime, int], Call]
    meter: Callable[[int, str, int, datetime], Call]
    stop: Callable[[str, str, int, datetime, str], Call]
    broken: Callable[[datetime], tuple[Call, ...]]
    booted: Callable[[Mapping[str, Any]], BootReply]
    started: Callable[[Mapping[str, Any], int], str]
    answer: Callable[[str, Mapping[str, Any], Condition], Answer]
    settings: Callable[[Nameplate, float], dict[str, str]]
