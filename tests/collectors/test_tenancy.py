"""Who gets a contested place: 10,000 schedules of connect, die and reconnect on a virtual clock, and each rule by itself."""

from __future__ import annotations

import heapq
import itertools
import random
from dataclasses import dataclass, field
from typing import Any, Final

import pytest
from hypothesis import strategies as st
from hypothesis.stateful import Bundle, RuleBasedStateMachine, consumes, invariant, rule

from monitor.collectors.ocppj.tenancy import MOST_WAITING, PATIENCE_S, Act, Move, Tenancy
from monitor.core.ids import StationId

ONE = StationId(1)
SCHEDULES: Final = 10_000
RETRY_S: Final = 5.0
LATEST_S: Final = 15.0
"""By when a genuine station must be back beside its own dead socket (DESIGN §4, field)."""


# ---------------------------------------------------------------------------------------------------------- single rules


def test_an_empty_place_is_given_at_once() -> None:
    places = Tenancy()
    assert places.arrive(ONE, 1, 0.0) == [Move(Act.ADMIT, ONE, 1)]
    assert places.holder(ONE) == 1


def test_a_living_holder_keeps_its_place() -> None:
    places = Tenancy()
    places.arrive(ONE, 1, 0.0)
    assert places.arrive(ONE, 2, 5.0) == [Move(Act.ASK, ONE, 1)]
    assert places.contested(ONE)
    assert places.heard(ONE, 1) == [Move(Act.REFUSE, ONE, 2)]
    assert places.holder(ONE) == 1
    assert places.due(ONE, 5.0 + PATIENCE_S) == []


def test_a_silent_holder_loses_it_to_the_newcomer_that_came_last() -> None:
    places = Tenancy()
    places.arrive(ONE, 1, 0.0)
    places.arrive(ONE, 2, 5.0)
    assert places.arrive(ONE, 3, 6.0) == []
    assert places.due(ONE, 5.0 + PATIENCE_S - 0.01) == []
    assert places.due(ONE, 5.0 + PATIENCE_S) == [
        Move(Act.EVICT, ONE, 1),
        Move(Act.REFUSE, ONE, 2),
        Move(Act.ADMIT, ONE, 3),
    ]
    assert places.holder(ONE) == 3


def test_a_holder_that_ends_while_it_is_asked_makes_room_at_once() -> None:
    places = Tenancy()
    places.arrive(ONE, 1, 0.0)
    places.arrive(ONE, 2, 5.0)
    assert places.gone(ONE, 1) == [Move(Act.ADMIT, ONE, 2)]


def test_a_late_end_never_removes_a_successor() -> None:
    places = Tenancy()
    places.arrive(ONE, 1, 0.0)
    places.arrive(ONE, 2, 5.0)
    places.due(ONE, 9.0)
    assert places.gone(ONE, 1) == []
    assert places.heard(ONE, 1) == []
    assert places.holder(ONE) == 2


def test_a_newcomer_that_gives_up_leaves_the_holder_in_peace() -> None:
    places = Tenancy()
    places.arrive(ONE, 1, 0.0)
    places.arrive(ONE, 2, 5.0)
    assert places.gone(ONE, 2) == []
    assert not places.contested(ONE)
    assert places.due(ONE, 9.0) == []
    assert places.holder(ONE) == 1


def test_no_more_wait_than_may() -> None:
    places = Tenancy()
    places.arrive(ONE, 1, 0.0)
    for epoch in range(2, 2 + MOST_WAITING):
        places.arrive(ONE, epoch, 1.0)
    assert places.arrive(ONE, 99, 1.0) == [Move(Act.REFUSE, ONE, 2)]


# ---------------------------------------------------------------------------------------------------------- any order


class AnyOrder(RuleBasedStateMachine):
    """Whatever happens in whatever order: one holder, and it changes only for a reason."""

    epochs = Bundle("epochs")

    def __init__(self) -> None:
        super().__init__()
        self.places = Tenancy()
        self.now = 0.0
        self.count = itertools.count(1)
        self.waiting: set[int] = set()
        self.holder: int | None = None

    def take(self, moves: list[Move]) -> None:
        for move in moves:
            if move.act is Act.EVICT:
                assert move.epoch == self.holder
                self.holder = None
            elif move.act is Act.ADMIT:
                assert self.holder is None, "two hold one place"
                assert move.epoch in self.waiting
                self.waiting.remove(move.epoch)
                self.holder = move.epoch
            elif move.act is Act.REFUSE:
                self.waiting.remove(move.epoch)

    @rule(target=epochs)
    def arrive(self) -> int:
        epoch = next(self.count)
        self.waiting.add(epoch)
        self.take(self.places.arrive(ONE, epoch, self.now))
        return epoch

    @rule(epoch=epochs)
    def heard(self, epoch: int) -> None:
        self.take(self.places.heard(ONE, epoch))

    @rule(epoch=consumes(epochs))
    def gone(self, epoch: int) -> None:
        if epoch == self.holder:
            self.holder = None
        self.waiting.discard(epoch)
        self.take(self.places.gone(ONE, epoch))

    @rule(seconds=st.floats(0, 5))
    def wait(self, seconds: float) -> None:
        self.now += seconds
        self.take(self.places.due(ONE, self.now))

    @invariant()
    def the_books_agree(self) -> None:
        assert self.places.holder(ONE) == self.holder
        assert self.places.contested(ONE) == bool(self.waiting)
        assert len(self.waiting) <= MOST_WAITING


TestAnyOrder = AnyOrder.TestCase


# ---------------------------------------------------------------------------------------------------------- schedules


@dataclass(kw_only=True)
class Socket:
    """One connection of somebody who has the credentials; `dies_at`: silent from then on, `told_s`: until we learn of an end."""

    epoch: int
    genuine: bool
    opened_at: float
    dies_at: float
    rtt_s: float
    told_s: float
    admitted: bool = False


@dataclass(kw_only=True)
class World:
    """A station on a bad link, somebody who stole its credentials, and the rules between them; time is a heap of events."""

    chance: random.Random
    places: Tenancy = field(default_factory=Tenancy)
    now: float = 0.0
    heap: list[tuple[float, int, Any]] = field(default_factory=list)
    order: Any = field(default_factory=itertools.count)
    epochs: Any = field(default_factory=lambda: itertools.count(1))
    sockets: dict[int, Socket] = field(default_factory=dict)
    wrong: list[str] = field(default_factory=list)
    back_s: list[float] = field(default_factory=list)
    wanted_at: float | None = None

    def at(self, when: float, action: Any) -> None:
        heapq.heappush(self.heap, (when, next(self.order), action))

    def run(self, until: float) -> None:
        while self.heap and self.heap[0][0] <= until:
            self.now, _, action = heapq.heappop(self.heap)
            action()

    def connect(self, *, genuine: bool) -> None:
        chance = self.chance
        socket = Socket(
            epoch=next(self.epochs),
            genuine=genuine,
            opened_at=self.now,
            dies_at=self.now + chance.expovariate(1 / 40),
            rtt_s=chance.uniform(0.02, 2.8),
            told_s=chance.choice((0.0, 0.2, 30.0, 900.0)),
        )
        if genuine and self.wanted_at is None:
            self.wanted_at = self.now
        self.sockets[socket.epoch] = socket
        self.take(self.places.arrive(ONE, socket.epoch, self.now))

    def take(self, moves: list[Move]) -> None:
        for move in moves:
            socket = self.sockets[move.epoch]
            match move.act:
                case Act.ASK:
                    self.at(self.now + socket.rtt_s, lambda socket=socket: self.answer(socket))
                    self.at(self.now + PATIENCE_S, lambda: self.take(self.places.due(ONE, self.now)))
                case Act.EVICT:
                    if socket.dies_at > self.now:
                        self.wrong.append(f"{self.now:.1f}: {socket.epoch} was alive and lost its place")
                case Act.ADMIT:
                    self.admit(socket)
                case Act.REFUSE:
                    if socket.genuine:
                        self.at(self.now + RETRY_S, lambda: self.connect(genuine=True))

    def answer(self, socket: Socket) -> None:
        if socket.dies_at > self.now:
            self.take(self.places.heard(ONE, socket.epoch))

    def admit(self, socket: Socket) -> None:
        living = [one for one in self.sockets.values() if one.admitted and one.dies_at > self.now]
        if living:
            self.wrong.append(f"{self.now:.1f}: {socket.epoch} came in beside the living {living[0].epoch}")
        socket.admitted = True
        socket.dies_at = max(socket.dies_at, self.now + 0.5)
        if socket.genuine and self.wanted_at is not None:
            self.back_s.append(self.now - self.wanted_at)
            self.wanted_at = None
        self.at(socket.dies_at, lambda: self.died(socket))

    def died(self, socket: Socket) -> None:
        """The link is gone; we may learn of it late, or only when we ask. A station dials again, an impostor lets it be."""
        self.at(self.now + socket.told_s, lambda: self.take(self.places.gone(ONE, socket.epoch)))
        if socket.genuine:
            self.at(self.now + self.chance.uniform(0.1, 20), lambda: self.connect(genuine=True))


def live(seed: int, *, impostors: bool) -> World:
    """Live ten minutes of one schedule."""
    chance = random.Random(seed)  # noqa: S311  (a schedule, no secret)
    world = World(chance=chance)
    world.at(0.0, lambda: world.connect(genuine=True))
    if impostors:
        for _ in range(chance.randrange(1, 8)):
            world.at(chance.uniform(0, 600), lambda: world.connect(genuine=False))
    world.run(600)
    return world


@pytest.mark.parametrize("part", range(4))
def test_no_schedule_gives_a_place_to_the_wrong_one(part: int) -> None:
    admitted = 0
    for seed in range(part * SCHEDULES // 4, (part + 1) * SCHEDULES // 4):
        world = live(seed, impostors=bool(seed % 2))
        assert world.wrong == [], f"seed {seed}"
        admitted += sum(one.admitted for one in world.sockets.values())
        if not seed % 2:
            assert max(world.back_s) <= LATEST_S, f"seed {seed}"
    assert admitted > SCHEDULES, "most schedules see a place change hands"
