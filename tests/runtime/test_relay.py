"""From the outbox to the bus, and from the bus to whoever listens."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from monitor.core.events import EventRecord, MaintenanceChanged
from monitor.core.ids import StationId
from monitor.runtime.bus_memory import MemoryBus
from monitor.runtime.relay import Relay
from tests.support.clocks import START
from tests.support.stores import MemoryStore

if TYPE_CHECKING:
    from collections.abc import Sequence


def record(seq: int) -> EventRecord:
    return EventRecord(seq=seq, station=StationId(1), event=MaintenanceChanged(at=START))


class Heard:
    """Keeps what it is told; fails on sequence numbers in `chokes_on`."""

    def __init__(self, chokes_on: int = 0) -> None:
        self.seqs: list[int] = []
        self.chokes_on = chokes_on
        self.woken = asyncio.Event()

    async def publish(self, records: Sequence[EventRecord]) -> None:
        self.seqs += [one.seq for one in records]
        self.woken.set()
        if self.chokes_on in self.seqs:
            raise RuntimeError("choked")


async def test_what_a_crash_left_behind_is_published_at_the_start() -> None:
    store, heard = MemoryStore(), Heard()
    await store.save({}, [(StationId(1), MaintenanceChanged(at=START))] * 2500)
    store.cursor = 10
    assert await Relay(store, heard).catch_up() == 2490
    assert heard.seqs == list(range(11, 2501))
    assert store.cursor == 2500


async def test_the_cursor_follows_what_is_passed_on() -> None:
    store, heard = MemoryStore(), Heard()
    relay = Relay(store, heard)
    running = asyncio.create_task(relay.run())
    await relay.pass_on([])
    await relay.pass_on([record(1), record(2)])
    while store.cursor != 2:
        await asyncio.sleep(0)
    running.cancel()
    assert heard.seqs == [1, 2]


async def test_a_cursor_that_cannot_be_stored_is_tried_again() -> None:
    store, heard = MemoryStore(), Heard()
    store.away = True
    relay = Relay(store, heard)
    running = asyncio.create_task(relay.run())
    await relay.pass_on([record(1)])
    await asyncio.sleep(0.01)
    store.away = False
    async with asyncio.timeout(5):
        while store.cursor != 1:
            await asyncio.sleep(0.05)
    running.cancel()


async def test_the_bus_delivers_in_order_to_all_and_one_that_fails_hinders_nobody() -> None:
    bus = MemoryBus()
    early, broken, late = Heard(), Heard(chokes_on=1), Heard()
    bus.subscribe("early", early.publish)
    running = asyncio.create_task(bus.run())
    await asyncio.sleep(0)
    bus.subscribe("broken", broken.publish)
    end = bus.subscribe("late", late.publish)
    await bus.publish([record(1), record(2)])
    await asyncio.gather(early.woken.wait(), broken.woken.wait(), late.woken.wait())
    end()
    end()
    early.woken.clear()
    await bus.publish([record(3)])
    await early.woken.wait()
    assert early.seqs == broken.seqs == [1, 2, 3]
    assert late.seqs == [1, 2]
    running.cancel()


async def test_a_slow_subscriber_loses_its_oldest_events_and_the_count_says_so() -> None:
    bus = MemoryBus(backlog=3)
    heard = Heard()
    bus.subscribe("slow", heard.publish)
    await bus.publish([record(n) for n in range(1, 6)])
    (subscriber,) = bus._subscribers
    assert subscriber.lost == 2
    running = asyncio.create_task(bus.run())
    await heard.woken.wait()
    assert heard.seqs == [3, 4, 5]
    running.cancel()
