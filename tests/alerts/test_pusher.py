"""What an Alertmanager is pushed: every alert of ours while it is open, its end once, and nothing that is not its business."""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

from alerts.channels.alertmanager import Alertmanager, AlertmanagerServer
from alerts.core.external import Claim
from alerts.core.orders import Hear
from alerts.pusher import Pusher
from alerts.wording import ZONE, Phrasebook
from tests.alerts.desks import running_house
from tests.support.clocks import START, SetClock
from tests.support.receivers import receiving
from tests.support.services import until

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    import pytest

    from monitor.storage.database import SqlDatabase
    from tests.alerts.desks import House
    from tests.support.receivers import Receiver


@asynccontextmanager
async def pushing(database: SqlDatabase) -> AsyncIterator[tuple[House, Receiver, Pusher]]:
    """Run a desk whose alerts are pushed."""
    clock = SetClock()
    async with receiving() as server, running_house(database, clock) as house:
        book = Phrasebook(ZONE, lambda number: f"https://watch.example/alerts/{number}")
        pusher = Pusher(house.engine, Alertmanager(AlertmanagerServer(url=server.url), clock), clock, book)
        task = asyncio.create_task(pusher.run())
        try:
            yield house, server, pusher
        finally:
            task.cancel()
            await asyncio.wait([task])


async def test_what_is_open_is_pushed_with_its_page_and_its_end_once(database: SqlDatabase) -> None:
    async with pushing(database) as (house, server, pusher):
        await house.faulted(1)
        await until(lambda: server.asked)
        (raised,) = server.last.json
        assert (raised["labels"]["alertname"], raised["labels"]["station"], raised["endsAt"]) == (
            "danger", "CP1", "2026-05-04T06:05:00Z",
        )  # fmt: skip
        assert raised["generatorURL"] == "https://watch.example/alerts/1"
        house.clock.advance(90)
        await house.mended(1)
        await house.let_pass(200)
        pusher._stirred.set()
        await until(lambda: server.last.json[0]["endsAt"] == "2026-05-04T06:09:50Z")  # it is kept: a fault may come back
        await house.let_pass(101)
        await until(lambda: server.last.json[0]["endsAt"] == "2026-05-04T06:01:30Z")
        before = len(server.asked)
        await house.faulted(2)
        await until(lambda: len(server.asked) > before)
        assert [one["labels"]["station"] for one in server.last.json] == ["CP2"], "an end is told once"


async def test_what_others_told_us_of_is_not_pushed(database: SqlDatabase) -> None:
    async with pushing(database) as (house, server, _pusher):
        claim = Claim(fingerprint="a1", firing=True, starts_at=START, labels={"alertname": "HostDown", "severity": "critical"})
        await house.engine.obey(Hear(claims=(claim,), who="alertmanager"))
        await house.opened(1)
        await house.faulted(1)
        await until(lambda: server.asked)
        await house.engine.obey(Hear(claims=(Claim(fingerprint="a1", firing=False, starts_at=START, labels={}),), who="x"))
        await house.mended(1)
        await house.let_pass(301)
        await until(lambda: server.last.json[0]["endsAt"] == "2026-05-04T06:00:00Z")
        assert {one["labels"]["alertname"] for asked in server.asked for one in asked.json} == {"danger"}


async def test_what_was_not_taken_is_told_again_its_end_too(database: SqlDatabase, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("alerts.pusher.RETRY_S", 0.05)
    async with pushing(database) as (house, server, pusher):
        await house.faulted(1)
        await until(lambda: server.asked)
        assert not pusher.failing
        server.answers(503)
        await house.mended(1)
        await house.let_pass(301)
        await until(lambda: pusher.failing)
        tried = len(server.asked)
        await until(lambda: len(server.asked) > tried + 1)
        server.answers(200)
        await until(lambda: not pusher.failing)
        assert server.last.json[0]["endsAt"] == "2026-05-04T06:00:00Z"
