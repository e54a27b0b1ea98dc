"""What one OCPP version is to a collector: a table of actions and the spelling of its errors. A new version is a new table.

Nothing here knows a socket or a schema file: a collector validates a payload with the version's schema first and hands the
table only what is valid.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import TYPE_CHECKING, Any, Protocol

import msgspec

from monitor.core.observations import Observation
from monitor.core.quirks import Quirk

if TYPE_CHECKING:
    from monitor.decode.fields import Version


class Fault(StrEnum):
    """What can be wrong with a frame, in a spelling of our own; each dialect has its own codes for them."""

    UNREADABLE = "unreadable"
    MESSAGE_TYPE = "message_type"
    UNKNOWN_ACTION = "unknown_action"
    UNSUPPORTED_ACTION = "unsupported_action"
    FORMATION = "formation"
    PROPERTY = "property"
    OCCURRENCE = "occurrence"
    TYPE = "type"
    INTERNAL = "internal"


class Authorization(StrEnum):
    """AuthorizationStatus of OCPP 1.6 §7.2, as far as we ever say it."""

    ACCEPTED = "Accepted"
    BLOCKED = "Blocked"
    EXPIRED = "Expired"
    INVALID = "Invalid"


class Counter(Protocol):
    """What an answer may need to know of the central system."""

    def authorize(self, id_tag: str) -> Authorization:
        """Say whether that card may charge."""
        ...

    def next_transaction(self) -> int:
        """Return a transaction number that was never used."""
        ...


class Known(Protocol):
    """What an answer may need to know of the station itself."""

    def transaction(self, connector: str, stamped: datetime | None, meter_wh: int | None) -> str | None:
        """Return the number that was given to a transaction which is still open, if its station begins the very same one."""
        ...

    def expected(self, transaction: str, number: int, *, last: bool) -> int:
        """Return the number that the next message of `transaction` should have had; it has `number`, and may be the `last`.

        Where nothing was heard of it before, that is `number` itself.
        """
        ...


class Context(msgspec.Struct, frozen=True):
    """The moment of a message: when it came, which interval the station is to keep, and whom to ask."""

    now: datetime
    heartbeat_s: int
    counter: Counter
    known: Known


class Decoded(msgspec.Struct, frozen=True):
    """What a valid request means.

    `payload` is the answer; `observations` go to the health model, an empty tuple for a mere sign of life; `durable` says
    that the answer must wait for their commit (DESIGN §2); `quirks` are habits that only the meaning shows, such as a clock that
    cannot be, each with a short detail.
    """

    payload: Mapping[str, Any]
    observations: tuple[Observation, ...] = ()
    durable: bool = False
    quirks: tuple[tuple[Quirk, str], ...] = ()


Decode = Callable[[dict[str, Any], Context], Decoded]


@dataclass(frozen=True, slots=True, kw_only=True)
class Dialect:
    """One version of OCPP-J.

    Attributes:
        subprotocol: the WebSocket sub-protocol (OCPP-J 1.6 §3.1.2).
        protocol: the version as the registry and the metrics write it.
        actions: station-initiated actions that are answered.
        recognised: actions that the version has but that a station does not send, or that we do not offer it.
        codes: the version's spelling of each fault.
        ignores_foreign: whether an unknown message type is passed over in silence.
        unanswered: message types beside the common three that the version knows and that are not answered.
        probe: the least intrusive request that the version has, as action and payload, to ask whether a station lives.
        boot: the action with which a station registers.
        loose: names of fields that hold free text for people; one that is too long is cut instead of refused.
        fields: the version's messages as our own table, where there is no published schema.
    """

    subprotocol: str
    protocol: str
    actions: Mapping[str, Decode]
    recognised: frozenset[str]
    codes: Mapping[Fault, str]
    ignores_foreign: bool
    probe: tuple[str, Mapping[str, Any]]
    boot: str = "BootNotification"
    loose: frozenset[str] = frozenset()
    fields: Version | None = None
    unanswered: frozenset[int] = frozenset()
