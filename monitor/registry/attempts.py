"""Who knocked at the field listener lately, who was let in, and why not: for whoever stands before a station and asks.

Bounded in every direction, and cheap, for it is written at every handshake. Strangers (identities that are not registered) are
kept apart from stations, and one that knocks again and again apart from one that came once: a flood of invented names pushes out
other names that came once, never a station's attempts nor the stranger who is there every minute. Nothing is decided here.
"""

from __future__ import annotations

from collections import OrderedDict, deque
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

PER_NAME: Final = 20
"""Attempts kept of one identity, and of one address."""
STATIONS: Final = 20_000
"""Registered identities whose attempts are kept."""
ADDRESSES: Final = 4_000
STRANGERS: Final = 1_000
"""Unknown identities kept: half of them for those that knocked more than once."""
KNOCK_ADDRESSES: Final = 4


class Outcome(StrEnum):
    """What became of a handshake: it was admitted, or why it was refused. The reason is never told to the other side."""

    ADMITTED = "admitted"
    UNKNOWN = "unknown identity"
    RETIRED = "retired station"
    WRONG_NETWORK = "address outside the allowed networks"
    NO_CREDENTIALS = "no credentials"
    WRONG_CREDENTIALS = "wrong credentials"
    WRONG_PROFILE = "security profile needs TLS"
    UNEXPECTED_TLS = "security profile is without TLS"
    NO_CERTIFICATE = "no client certificate"
    WRONG_CERTIFICATE = "client certificate of another station"
    TOO_MANY_GUESSES = "too many wrong passwords from this address"
    CONTESTED = "another connection of this station is alive"
    MALFORMED = "malformed identity"
    NO_SUBPROTOCOL = "no common sub-protocol"
    UNREADABLE = "no message of OCPP"
    SOAP_PROFILE = "security profile is for OCPP-J only"

    @property
    def is_guess(self) -> bool:
        """Whether it counts as a failed authentication."""
        return self in _GUESSES


_GUESSES: Final = frozenset(
    {
        *(Outcome.UNKNOWN, Outcome.NO_CREDENTIALS, Outcome.WRONG_CREDENTIALS, Outcome.TOO_MANY_GUESSES),
        *(Outcome.NO_CERTIFICATE, Outcome.WRONG_CERTIFICATE),
    }
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Attempt:
    """One handshake: `at` is aware UTC, `identity` stood in its URL."""

    at: datetime
    identity: str
    address: str
    outcome: Outcome
    offered: str = ""
    registered: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Knock:
    """An unknown identity that asked to come in, `count` times from `first` to `last`; `addresses` are its latest few."""

    identity: str
    first: datetime
    last: datetime
    count: int
    addresses: tuple[str, ...]
    offered: str
    reason: Outcome


class Attempts:
    """The latest attempts of every station, of the busiest strangers, and of every address."""

    def __init__(self) -> None:
        """Start with none."""
        self._stations: OrderedDict[str, deque[Attempt]] = OrderedDict()
        self._addresses: OrderedDict[str, deque[Attempt]] = OrderedDict()
        self._once: OrderedDict[str, deque[Attempt]] = OrderedDict()
        self._often: OrderedDict[str, deque[Attempt]] = OrderedDict()
        self._knocks: dict[str, Knock] = {}
        self.revision = 0

    def __len__(self) -> int:
        """Return how many strangers are known."""
        return len(self._knocks)

    def record(self, attempt: Attempt) -> None:
        """Remember `attempt`."""
        _append(self._addresses, attempt.address, attempt, ADDRESSES)
        if attempt.registered:
            _append(self._stations, attempt.identity, attempt, STATIONS)
            self.forget(attempt.identity)
        else:
            self._knocked(attempt)

    def forget(self, identity: str) -> None:
        """The stranger of that name is one no more."""
        if self._knocks.pop(identity, None) is not None:
            self._once.pop(identity, None)
            self._often.pop(identity, None)
            self.revision += 1

    def restore(self, knocks: Sequence[Knock]) -> None:
        """Take up strangers of before a restart; their single attempts are gone."""
        for knock in reversed(knocks[: STRANGERS // 2]):
            self._knocks[knock.identity] = knock
            self._often[knock.identity] = deque(maxlen=PER_NAME)

    def _knocked(self, attempt: Attempt) -> None:
        name = attempt.identity
        known = self._knocks.get(name)
        if known is None:
            gone = _append(self._once, name, attempt, STRANGERS // 2)
        elif name in self._once:
            kept = self._once.pop(name)
            kept.append(attempt)
            gone = _keep(self._often, name, kept, STRANGERS // 2)
        else:
            gone = _append(self._often, name, attempt, STRANGERS // 2)
        if gone is not None:
            del self._knocks[gone]
        before = () if known is None else tuple(one for one in known.addresses if one != attempt.address)
        self._knocks[name] = Knock(
            identity=name,
            first=attempt.at if known is None else known.first,
            last=attempt.at,
            count=1 if known is None else known.count + 1,
            addresses=(attempt.address, *before)[:KNOCK_ADDRESSES],
            offered=attempt.offered,
            reason=attempt.outcome,
        )
        self.revision += 1

    def of_identity(self, identity: str) -> Sequence[Attempt]:
        """Return the latest attempts of that identity, newest first."""
        kept = self._stations.get(identity) or self._often.get(identity) or self._once.get(identity) or ()
        return tuple(reversed(kept))

    def of_address(self, address: str) -> Sequence[Attempt]:
        """Return the latest attempts from that address, newest first."""
        return tuple(reversed(self._addresses.get(address, ())))

    def strangers(self) -> Sequence[Knock]:
        """Return who knocked without being registered, the latest first."""
        return sorted(self._knocks.values(), key=lambda knock: knock.last, reverse=True)


def _append(kept: OrderedDict[str, deque[Attempt]], name: str, attempt: Attempt, most: int) -> str | None:
    """Add `attempt` under `name`; return the name that had to go for it."""
    known = kept.get(name)
    if known is not None:
        known.append(attempt)
        kept.move_to_end(name)
        return None
    return _keep(kept, name, deque((attempt,), maxlen=PER_NAME), most)


def _keep(kept: OrderedDict[str, deque[Attempt]], name: str, attempts: deque[Attempt], most: int) -> str | None:
    kept[name] = attempts
    return kept.popitem(last=False)[0] if len(kept) > most else None
