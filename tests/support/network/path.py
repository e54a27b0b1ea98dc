"""The path between one station and us: how long a segment is under way, whether it gets through, what becomes of connections.

Loss is what TCP makes of it: a lost segment comes later (RFC 6298), never is a byte missing or out of order. A path that is cut
swallows what is sent, and nobody is told; the senders repeat it with growing pauses until it is whole again or they give up.
"""

from __future__ import annotations

from enum import Enum, StrEnum
from itertools import count
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from random import Random

    from tests.support.network.wire import Wire

FIRST_RTO_S: Final = 0.2
"""Least pause before a segment is repeated, beside the round trip (Linux)."""
LONGEST_RTO_S: Final = 120.0
SYN_REPEATS_S: Final = (0.0, 1.0, 3.0, 7.0, 15.0, 31.0, 63.0)
"""When a dial that nobody answers is repeated, counted from its begin (Linux, `tcp_syn_retries` 6)."""
SYN_GIVES_UP_S: Final = 127.0


class Fate(Enum):
    """What becomes of a connection that lived through a cut."""

    KEPT = "kept"
    """What was not acknowledged is repeated and arrives."""
    RESET = "reset"
    """The network has forgotten it: who sends is told by a reset, who only listens is not."""
    LOST = "lost"
    """The network has forgotten it and tells nobody; only new connections get through."""


class Dials(Enum):
    """What becomes of a new connection while the path is cut."""

    LOST = "lost"
    REFUSED = "refused"


class Side(StrEnum):
    """The two ends of a connection."""

    STATION = "station"
    SERVICE = "service"


class Path:
    """One station's path: `loss` is the share of segments that get lost, `address` what we see of the station."""

    def __init__(
        self, chance: Random, *, address: str = "10.0.0.1", latency_s: float = 0.05, jitter_s: float = 0.0, loss: float = 0.0
    ) -> None:
        """Be whole; `chance` decides about jitter and loss."""
        self._chance = chance
        self.address = address
        self.latency_s = latency_s
        self.jitter_s = jitter_s
        self.loss = loss
        self.up = True
        self.dials = Dials.LOST
        self.wires: dict[Wire, None] = {}

    @property
    def rto_s(self) -> float:
        """Pause before the first repetition."""
        return FIRST_RTO_S + 2 * self.latency_s

    def transit_s(self) -> float:
        """Return how long a segment that is sent now is under way, repetitions included."""
        under_way = self.latency_s
        if self.jitter_s:
            under_way += self._chance.uniform(0, self.jitter_s)
        if self.loss:
            pause = self.rto_s
            while self._chance.random() < self.loss:
                under_way += pause
                pause = min(2 * pause, LONGEST_RTO_S)
        return under_way

    def repeated_at(self, sent_at: float, now: float) -> float:
        """Return when a segment first sent at `sent_at` and never acknowledged is repeated next, at `now` or after it."""
        again = sent_at
        for turn in count():
            if again >= now:
                return again
            again += min(self.rto_s * 2**turn, LONGEST_RTO_S)
        raise AssertionError

    def cut(self, dials: Dials = Dials.LOST) -> None:
        """Let nothing through from now on, and tell nobody; what is under way is lost too."""
        self.up = False
        self.dials = dials
        for wire in self.wires:
            wire.stop()

    def restore(self, fate: Fate = Fate.KEPT) -> None:
        """Let everything through again; `fate` is that of the connections that were there before."""
        self.up = True
        for wire in list(self.wires):
            wire.go_on(fate)

    def reset(self, *sides: Side) -> None:
        """End every connection by a reset that those `sides` see (absent: both); the other side is left in the dark."""
        for wire in list(self.wires):
            wire.reset(*sides)
