"""Who knocked: kept for whoever asks, bounded, and never pushed out by a flood of invented names."""

from __future__ import annotations

import asyncio
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from monitor.registry.attempts import ADDRESSES, KNOCK_ADDRESSES, PER_NAME, STRANGERS, Attempt, Attempts, Outcome
from monitor.registry.knocks import KnockKeeper
from monitor.runtime.journal import TransientStoreError
from tests.support.clocks import START

if TYPE_CHECKING:
    from collections.abc import Sequence

    from monitor.registry.attempts import Knock


def knock(identity: str, minute: float = 0, address: str = "10.0.0.1", **more: object) -> Attempt:
    at: datetime = START + timedelta(minutes=minute)
    facts = {"outcome": Outcome.UNKNOWN, "offered": "ocpp1.6", **more}
    return Attempt(at=at, identity=identity, address=address, **facts)  # type: ignore[arg-type]


def test_attempts_are_found_by_identity_and_by_address_newest_first() -> None:
    kept = Attempts()
    first, second = knock("box-1", 0), knock("box-1", 1, "10.0.0.2", outcome=Outcome.ADMITTED, registered=True)
    kept.record(first)
    kept.record(second)
    assert kept.of_identity("box-1") == (second,), "what a stranger did before it was registered is told by its address"
    assert kept.of_address("10.0.0.1") == (first,)
    assert kept.of_address("10.0.0.2") == (second,)
    assert kept.of_identity("box-2") == kept.of_address("10.0.0.3") == ()
    for minute in range(PER_NAME + 5):
        kept.record(knock("CP1", minute, registered=True))
    assert [one.at for one in kept.of_identity("CP1")] == [START + timedelta(minutes=PER_NAME + 4 - n) for n in range(PER_NAME)]


def test_a_stranger_has_a_first_and_a_last_time() -> None:
    kept = Attempts()
    for minute in range(6):
        kept.record(knock("box-1", minute, f"10.0.0.{minute}"))
    (stranger,) = kept.strangers()
    assert (stranger.first, stranger.last, stranger.count) == (START, START + timedelta(minutes=5), 6)
    assert stranger.addresses == tuple(f"10.0.0.{5 - n}" for n in range(KNOCK_ADDRESSES))
    before = kept.revision
    kept.forget("box-1")
    kept.forget("box-1")
    assert (kept.strangers(), kept.revision) == ([], before + 1)


def test_a_flood_of_invented_names_pushes_out_neither_a_station_nor_who_comes_again() -> None:
    kept = Attempts()
    kept.record(knock("CP1", registered=True, address="10.0.0.9"))
    kept.record(knock("faithful", 0))
    kept.record(knock("faithful", 1))
    for number in range(3 * STRANGERS + ADDRESSES):
        kept.record(knock(f"noise-{number}", 2, f"10.{number >> 16}.{number >> 8 & 255}.{number & 255}"))
    assert len(kept.of_identity("CP1")) == 1
    assert len(kept.of_identity("faithful")) == 2
    assert len(kept.strangers()) == STRANGERS // 2 + 1
    assert kept.of_address("10.0.0.1") == (), "an address gives way to later ones"
    assert len(kept._addresses) == ADDRESSES


def test_who_comes_again_is_bounded_too() -> None:
    kept = Attempts()
    for number in range(STRANGERS):
        kept.record(knock(f"box-{number}", 0))
        kept.record(knock(f"box-{number}", 1))
    assert len(kept.strangers()) == STRANGERS // 2
    assert kept.of_identity("box-0") == ()


class Shelf:
    """A `KnockStore` in memory that can be away."""

    def __init__(self) -> None:
        self.kept: Sequence[Knock] = ()
        self.writes = 0
        self.away = False

    async def replace(self, knocks: Sequence[Knock]) -> None:
        if self.away:
            raise TransientStoreError("away")
        self.kept = knocks
        self.writes += 1

    async def all(self) -> list[Knock]:
        return list(self.kept)


async def test_strangers_outlive_a_restart_and_nothing_is_written_while_nobody_knocks() -> None:
    shelf, kept = Shelf(), Attempts()
    keeper = KnockKeeper(kept, shelf)
    await keeper.keep()
    assert shelf.writes == 0
    kept.record(knock("box-1"))
    shelf.away = True
    await keeper.keep()
    shelf.away = False
    await keeper.keep()
    await keeper.keep()
    assert shelf.writes == 1
    later = Attempts()
    await KnockKeeper(later, shelf).load()
    assert later.strangers() == kept.strangers()
    later.record(knock("box-1", 5))
    assert [(one.first, one.count) for one in later.strangers()] == [(START, 2)]


async def test_the_keeper_writes_by_itself() -> None:
    shelf, kept = Shelf(), Attempts()
    keeper = KnockKeeper(kept, shelf, every_s=0.001)
    task = asyncio.create_task(keeper.run())
    kept.record(knock("box-1"))
    async with asyncio.timeout(5):
        while not shelf.writes:
            await asyncio.sleep(0)
    task.cancel()
