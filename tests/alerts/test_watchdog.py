"""The dead man's switch: pinged while the way to people works, not when events, decisions, messages or the canary stand still."""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

import pytest
from structlog.testing import capture_logs

from alerts.channels.alertmanager import Alertmanager, AlertmanagerServer
from alerts.core.delivery import Medium
from alerts.pusher import AlwaysFiring, Pusher
from alerts.storage.desk import SqlDeskStore
from alerts.watchdog import STALE_S, Watchdog, Way
from alerts.wording import ZONE, Phrasebook
from monitor.runtime.journal import TransientStoreError
from tests.alerts.desks import House, running_house
from tests.support.clocks import SetClock
from tests.support.receivers import receiving
from tests.support.services import until

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from monitor.storage.database import SqlDatabase
    from tests.support.receivers import Receiver


class Watched:
    """A desk, the way through it, and who is pinged; `canary` is what that says."""

    def __init__(self, house: House, database: SqlDatabase, server: Receiver) -> None:
        self.house, self.server, self.canary = house, server, ""
        self.store = SqlDeskStore(database)
        self.way = Way(
            engine=house.engine, store=self.store, outbox=house.outbox, clock=house.clock, canary=lambda: self.canary
        )  # fmt: skip
        self.dog = Watchdog(self.way, f"{server.url}/uuid", 60.0, house.clock)

    async def pinged(self) -> bool:
        """Beat once; return whether somebody was pinged."""
        before = len(self.server.asked)
        await self.dog.beat()
        return len(self.server.asked) > before


@asynccontextmanager
async def watched(database: SqlDatabase) -> AsyncIterator[Watched]:
    async with receiving() as server, running_house(database, SetClock()) as house:
        yield Watched(house, database, server)


async def test_what_works_is_pinged_at_its_address(database: SqlDatabase) -> None:
    async with watched(database) as seen:
        assert await seen.dog.beat()
        assert (seen.server.last.method, seen.server.last.path) == ("POST", "/uuid")
        assert seen.dog.taken_at == seen.house.clock.now()


async def test_an_engine_that_cannot_read_events_is_not_pinged_for_and_that_is_said_once(database: SqlDatabase) -> None:
    async with watched(database) as seen:
        events = seen.house.engine._events
        tail = events.tail

        async def away(*_: object) -> None:
            message = "away"
            raise TransientStoreError(message)

        events.tail = away  # type: ignore[method-assign,assignment]
        seen.house.engine._stirred.set()
        await until(lambda: seen.house.engine.failing)
        with capture_logs() as lines:
            assert [await seen.pinged() for _ in range(3)] == [False, False, False]
        assert [one["why"] for one in lines if "dead man" in one["event"]] == [
            "the event log cannot be read, or a decision not be stored"
        ]
        events.tail = tail  # type: ignore[method-assign]
        seen.house.engine._stirred.set()
        await until(lambda: not seen.house.engine.failing)
        with capture_logs() as lines:
            assert [await seen.pinged() for _ in range(2)] == [True, True]
        assert [one["event"] for one in lines] == ["the dead man's switch is pinged again"]


async def test_an_engine_that_stands_still_is_found_out(database: SqlDatabase) -> None:
    async with watched(database) as seen, seen.house.engine._turn:
        seen.house.clock.advance(STALE_S)
        assert await seen.pinged()
        seen.house.clock.advance(1)
        assert not await seen.pinged()
        assert await seen.way.wrong() == "the event log has not been looked at for 61 s"


async def test_a_database_that_can_only_be_read_is_found_out(database: SqlDatabase, monkeypatch: pytest.MonkeyPatch) -> None:
    async with watched(database) as seen:

        async def full(*_: object) -> None:
            message = "the disk is full"
            raise TransientStoreError(message)

        monkeypatch.setattr(seen.store._database, "write", full)
        assert not await seen.pinged()
        assert "the disk is full" in await seen.way.wrong()
        monkeypatch.undo()
        assert await seen.pinged()


async def test_a_message_that_nobody_takes_up_is_found_out_and_one_that_waits_for_its_provider_is_not(
    database: SqlDatabase,
) -> None:
    async with watched(database) as seen:
        house = seen.house
        house.wires[Medium.SMS].gate.clear()
        await house.faulted(1)
        await house.opened(1)
        await house.let_pass(6)
        await until(lambda: house.courier.waiting.next_at is not None)
        assert await seen.pinged(), "it is in the hands of its sender"
        lease = house.courier._outbox.lease

        async def nothing(*_: object) -> list[object]:
            return []

        house.courier._outbox.lease = nothing  # type: ignore[method-assign,assignment]
        house.clock.advance(3 * STALE_S)
        house.engine._stirred.set()
        await until(lambda: house.engine.looked_at == house.clock.monotonic())
        assert not await seen.pinged()
        assert "nobody sends it" in await seen.way.wrong()
        house.courier._outbox.lease = lease  # type: ignore[method-assign]
        house.wires[Medium.SMS].gate.set()


async def test_a_canary_that_stays_away_keeps_the_ping_away(database: SqlDatabase) -> None:
    async with watched(database) as seen:
        seen.canary = "it has not come back"
        assert not await seen.pinged()
        seen.canary = ""
        assert await seen.pinged()


@pytest.mark.parametrize("status", [302, 404, 500])
async def test_a_ping_that_is_not_taken_is_said_and_sent_again(database: SqlDatabase, status: int) -> None:
    async with watched(database) as seen:
        seen.server.answers(status)
        with capture_logs() as lines:
            assert not await seen.dog.beat()
        assert f"answered {status}" in lines[0]["why"]
        assert seen.dog.taken_at is None
        seen.server.answers(204)
        assert await seen.dog.beat()


async def test_an_alertmanager_has_an_alert_that_fires_as_long_as_the_way_works(database: SqlDatabase) -> None:
    async with watched(database) as seen:
        clock = seen.house.clock
        book = Phrasebook(ZONE, lambda number: f"https://watch.example/alerts/{number}")
        server = Alertmanager(AlertmanagerServer(url=seen.server.url), clock)
        pusher = Pusher(
            seen.house.engine, server, clock, book, AlwaysFiring(wrong=seen.way.wrong, page="https://watch.example/alerts")
        )
        await pusher._push()
        (fires,) = seen.server.last.json
        assert fires["labels"] == {"alertname": "Watchdog", "severity": "none"}
        assert fires["generatorURL"] == "https://watch.example/alerts"
        assert (fires["startsAt"], fires["endsAt"]) == ("2026-05-04T06:00:00Z", "2026-05-04T06:05:00Z")
        seen.canary = "it has not come back"
        before = len(seen.server.asked)
        await pusher._push()
        assert len(seen.server.asked) == before, "it ends there by itself"


async def test_it_pings_again_and_again(database: SqlDatabase) -> None:
    async with watched(database) as seen:
        often = Watchdog(seen.way, seen.server.url, 0.01, seen.house.clock)
        task = asyncio.create_task(often.run())
        seen.server.answers(500)
        await until(lambda: len(seen.server.asked) > 2)
        assert often.taken_at is None
        seen.server.answers(200)
        await until(lambda: often.taken_at is not None)
        task.cancel()
        await asyncio.wait([task])
