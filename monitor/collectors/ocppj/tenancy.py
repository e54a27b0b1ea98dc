"""Who holds a station's place: the rules of a contested identity, without a socket or a clock.

A station has one place and one holder. A newcomer that has proven itself gets an empty place at once; for a taken one the holder
is asked whether it lives. A holder that is heard keeps its place; one that is gone, or silent for `PATIENCE_S`, loses it to the
newcomer that came last. So a stolen identity cannot evict a living station, and a station is not locked out by its own dead socket.
Every socket has an epoch; what is said of an epoch that is neither holder nor waiting changes nothing.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING, Final

import msgspec

from monitor.core.ids import StationId

if TYPE_CHECKING:
    from collections.abc import Iterable

PATIENCE_S: Final = 3.0
"""How long a holder may take to show that it lives, in seconds."""
MOST_WAITING: Final = 4
"""Newcomers that wait for one place; one more sends the first of them away."""


class Act(StrEnum):
    """What is to be done about an epoch."""

    ASK = "ask"
    """Ask the holder whether it lives, and call `due` after `PATIENCE_S`."""
    ADMIT = "admit"
    REFUSE = "refuse"
    EVICT = "evict"


class Move(msgspec.Struct, frozen=True):
    """One thing to do."""

    act: Act
    station: StationId
    epoch: int


@dataclass(slots=True)
class _Contest:
    until: float
    waiting: list[int] = field(default_factory=list)


class Tenancy:
    """The places of all stations. Times are seconds of a steady clock."""

    def __init__(self) -> None:
        """Start with every place empty."""
        self._holders: dict[StationId, int] = {}
        self._contests: dict[StationId, _Contest] = {}

    def holder(self, station: StationId) -> int | None:
        """Return the epoch that holds the place."""
        return self._holders.get(station)

    def contested(self, station: StationId) -> bool:
        """Say whether a newcomer waits."""
        return station in self._contests

    def arrive(self, station: StationId, epoch: int, now: float) -> list[Move]:
        """A newcomer with right credentials asks for the place."""
        holder = self._holders.get(station)
        if holder is None:
            self._holders[station] = epoch
            return [Move(Act.ADMIT, station, epoch)]
        contest = self._contests.get(station)
        if contest is None:
            self._contests[station] = _Contest(until=now + PATIENCE_S, waiting=[epoch])
            return [Move(Act.ASK, station, holder)]
        contest.waiting.append(epoch)
        if len(contest.waiting) <= MOST_WAITING:
            return []
        return [Move(Act.REFUSE, station, contest.waiting.pop(0))]

    def heard(self, station: StationId, epoch: int) -> list[Move]:
        """Something was received from `epoch`: if it is the holder, it lives, and whoever waits is refused."""
        if self._holders.get(station) != epoch or station not in self._contests:
            return []
        return _refuse(station, self._contests.pop(station).waiting)

    def gone(self, station: StationId, epoch: int) -> list[Move]:
        """The socket of `epoch` ended, or its newcomer gave up."""
        contest = self._contests.get(station)
        if self._holders.get(station) == epoch:
            del self._holders[station]
            return [] if contest is None else self._hand_over(station)
        if contest is not None and epoch in contest.waiting:
            contest.waiting.remove(epoch)
            if not contest.waiting:
                del self._contests[station]
        return []

    def due(self, station: StationId, now: float) -> list[Move]:
        """The patience with a holder may be over."""
        contest = self._contests.get(station)
        if contest is None or now < contest.until:
            return []
        return [Move(Act.EVICT, station, self._holders[station]), *self._hand_over(station)]

    def _hand_over(self, station: StationId) -> list[Move]:
        *others, last = self._contests.pop(station).waiting
        self._holders[station] = last
        return [*_refuse(station, others), Move(Act.ADMIT, station, last)]


def _refuse(station: StationId, epochs: Iterable[int]) -> list[Move]:
    return [Move(Act.REFUSE, station, epoch) for epoch in epochs]
