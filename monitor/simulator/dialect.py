"""What a simulated station can say and be told, whatever the version of OCPP: a version is one `Dialect` table.

Nothing here knows a message's name or fields; see `monitor.simulator.dialect_v16` and its neighbours.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from datetime import datetime
    from random import Random

    from monitor.core.ids import Identity, Sticker
    from monitor.core.observations import Status
    from monitor.simulator.mishaps import Mishap

Payload = dict[str, Any]
"""The payload of a frame, as JSON has it."""


class Version(StrEnum):
    """A version of OCPP-J that can be simulated, as the registry writes it; 1.2 is spoken over SOAP only."""

    V15 = "1.5"
    V16 = "1.6"
    V201 = "2.0.1"
    V21 = "2.1"


@dataclass(frozen=True, slots=True, kw_only=True)
class Nameplate:
    """Who a station says that it is and which `version` it speaks.

    `password` makes it send HTTP Basic (security profile 1), `connectors` is a count. `soap` is the version that it speaks over
    SOAP (1.2, 1.5, 1.6), with the words of `version`; empty: JSON.
    """

    identity: Identity
    sticker: Sticker
    version: Version = Version.V16
    password: str = field(default="", repr=False)
    vendor: str = "Elektra"
    model: str = "Duo 22"
    serial: str = ""
    firmware: str = "1.4.2"
    iccid: str = ""
    imsi: str = ""
    connectors: int = 2
    soap: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """One CALL of the station."""

    action: str
    payload: Payload


class BootReason(StrEnum):
    """Why a station registers, in the words of OCPP 2.0.1 (part 2, BootReasonEnumType); older versions do not say."""

    POWER_UP = "PowerUp"
    REMOTE_RESET = "RemoteReset"
    TRIGGERED = "Triggered"
    WATCHDOG = "Watchdog"


class StopReason(StrEnum):
    """Why a session ended, in the words of OCPP 1.6 §7.36."""

    DEAUTHORIZED = "DeAuthorized"
    HARD_RESET = "HardReset"
    LOCAL = "Local"
    OTHER = "Other"
    POWER_LOSS = "PowerLoss"
    REMOTE = "Remote"
    SOFT_RESET = "SoftReset"


@dataclass(frozen=True, slots=True, kw_only=True)
class Order:
    """A central system's order to begin a session, from 2.0.1 on: its number there, and what kind of card it named."""

    number: int
    card: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Moment:
    """A moment of a session, told then or later.

    Attributes:
        connector: where it is; from 1.
        tag: the card.
        transaction: its name, empty until it has one.
        meter_wh: what the register read.
        at: the station's own time, which may be wrong.
        sequence: how many moments of this session came before.
        offline: whether the station was cut off just then.
        order: what made it begin, if that was no driver.
        asked: whether it is told because the central system wants to know.
        paused: whether the car takes no power.
    """

    connector: int
    tag: str
    transaction: str
    meter_wh: int
    at: datetime
    sequence: int = 0
    offline: bool = False
    order: Order | None = None
    asked: bool = False
    paused: bool = False


class Kind(StrEnum):
    """What a central system may ask a station to say."""

    BOOT = "boot"
    HEARTBEAT = "heartbeat"
    STATUS = "status"
    METER = "meter"
    SESSION = "session"


@dataclass(frozen=True, slots=True, kw_only=True)
class Reboot:
    """Restart: `hard` at once, `when_idle` as soon as no car charges, else when the sessions are ended."""

    hard: bool
    when_idle: bool = False


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
    order: Order | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Stop:
    """End the session of that transaction."""

    transaction: str


@dataclass(frozen=True, slots=True, kw_only=True)
class SetHeartbeat:
    """Count heartbeats by another interval from now on."""

    seconds: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Tell:
    """Send these messages, which answer a request later on."""

    calls: tuple[Call, ...]


Effect = Reboot | Say | SetOperative | Start | Stop | SetHeartbeat | Tell
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
class StartReply:
    """What the central system said to the begin of a session; `transaction` is empty where it names none."""

    accepted: bool
    transaction: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Condition:
    """What a station answers from.

    Attributes:
        settings: what can be read and changed, by its name.
        sessions: connectors at which a car charges, with the names of their transactions.
        connectors: how many there are.
        at: the station's own time.
        queued: whether transaction messages wait.
        mishaps: what is wrong at which connector.
    """

    settings: dict[str, str]
    sessions: Mapping[int, str]
    connectors: int
    at: datetime
    queued: bool = False
    mishaps: Mapping[int, Mishap] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Dialect:
    """One version of OCPP: how each thing is said and how each reply is read.

    Times are the station's own and may be wrong; registers are Wh.

    Attributes:
        version: which one.
        subprotocol: its name in the handshake.
        heartbeat_key: the setting with the seconds between heartbeats.
        settings: what can be read and changed, at the start.
        boot: how a station registers.
        awake: what it says once, after the first Boot that was accepted.
        heartbeat: that there is nothing to say.
        words: statuses for which the version has another word, with that word.
        status: what a connector shows, with its error code of 1.6, if any; of 0, the whole station, a version may say nothing.
        relief: that this error of a connector is over, where its next status does not say so.
        authorize: asks about a card.
        name: what the station calls a new transaction; empty where the central system names it.
        start: a session begins.
        meter: a sample in a session.
        stop: a session ends.
        reading: a register outside of any session.
        broken: calls that a careful central system answers with an error.
        booted: reads the reply to `boot`.
        started: reads the reply to `start`, and what the reply to `authorize` says of the card.
        answer: answers a CALL.
    """

    version: Version
    subprotocol: str
    heartbeat_key: str
    settings: Callable[[Nameplate, float], dict[str, str]]
    boot: Callable[[Nameplate, BootReason], Call]
    awake: Callable[[BootReason, datetime], tuple[Call, ...]]
    heartbeat: Callable[[], Call]
    words: Mapping[Status, Status]
    status: Callable[[int, Status, str, datetime], tuple[Call, ...]]
    relief: Callable[[int, str, datetime], tuple[Call, ...]]
    authorize: Callable[[str, Order | None], Call]
    name: Callable[[Random, datetime], str]
    start: Callable[[Moment], Call]
    meter: Callable[[Moment], Call]
    stop: Callable[[Moment, StopReason], Call]
    reading: Callable[[int, int, datetime], Call]
    broken: Callable[[datetime], tuple[Call, ...]]
    booted: Callable[[Mapping[str, Any]], BootReply]
    started: Callable[[Mapping[str, Any]], StartReply]
    answer: Callable[[str, Mapping[str, Any], Condition], Answer]
