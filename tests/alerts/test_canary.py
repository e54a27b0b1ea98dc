"""The canary: a station that does not exist, through intake, health model, breach, log, engine, outbox, courier and a call-back."""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest
from aiohttp import web
from sqlalchemy import func, select
from structlog.testing import capture_logs

from alerts.callbacks import Callbacks
from alerts.canary import KEPT, Canary, Perch
from alerts.channels.sandbox import Sandbox
from alerts.commands import AlertCommands
from alerts.core.canary import NAME, THRESHOLDS, with_canary
from alerts.core.delivery import Medium, Message, Sent, Unknown
from alerts.core.matching import read_matchers
from alerts.core.model import Silence
from alerts.core.orders import Acknowledge, Answer, Hush
from alerts.exposition import AlertsCollector
from alerts.storage.archive import SqlArchive
from alerts.storage.keeping import SqlKeeper
from alerts.storage.rows import ALERT, ATTEMPT, DELIVERY, ENTRY, MATTER, PLACEMENT
from alerts.wording import ZONE, Phrasebook
from monitor.core.events import BreachCleared, BreachOpened, HealthChanged
from monitor.core.ids import CANARY, NETWORK
from monitor.core.policy import Policy
from monitor.runtime.engine import Engine as Judge
from monitor.runtime.intake import Intake
from monitor.runtime.journal import Journal, TransientStoreError
from monitor.storage.judgements import EVENT
from tests.alerts.desks import House, Wire, running
from tests.alerts.test_metrics import Running, samples
from tests.support.clocks import START, SetClock
from tests.support.services import until

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from datetime import datetime

    from monitor.core.events import EventRecord
    from monitor.core.ids import StationId
    from monitor.storage.database import SqlDatabase

BASE, TOKEN = "https://watch.example", "of this process"


@dataclass(kw_only=True)
class Aviary:
    """A house with a canary, and what the monitor does with a station."""

    house: House
    database: SqlDatabase
    canary: Canary
    judge: Judge
    sandbox: Sandbox
    real: Wire
    commands: AlertCommands

    async def let_pass(self, seconds: float) -> None:
        """Let time pass, and have silence judged."""
        await self.house.let_pass(seconds)
        self.judge.sweep(self.house.clock.now())
        await asyncio.sleep(0.01)

    async def well(self) -> None:
        """Have it speak until it is taken for well."""
        async with asyncio.timeout(10):
            while not self.canary._is_well():
                self.canary._say()
                await self.let_pass(0.5)

    async def flown(self) -> bool:
        """Fly once while the clock goes on; return whether it came back."""
        await self.well()
        flight = asyncio.create_task(self.canary.fly())
        while not flight.done():
            await self.let_pass(0.5)
        back = await flight
        await self.well()
        await until(lambda: not self.house.engine.desk.about.get(CANARY))
        await until(lambda: not any(one < 0 for one in self.house.engine.desk.alerts))
        async with self.house.engine._turn:
            pass  # what was decided is stored
        while (await self.house.outbox.waiting()).next_at is not None:
            await self.house.let_pass(0.1)
        return back

    async def stored(self) -> dict[str, int]:
        """Return how many rows there are of a kind."""
        tables = (ALERT, ATTEMPT, DELIVERY, ENTRY, MATTER, PLACEMENT, EVENT)
        counts = [select(func.count()).select_from(table) for table in tables]
        found = await self.database.read(lambda connection: [connection.execute(count).scalar_one() for count in counts])
        return dict(zip((table.name for table in tables), found, strict=True))


@asynccontextmanager
async def aviary(database: SqlDatabase, clock: SetClock | None = None) -> AsyncIterator[Aviary]:
    clock = clock or SetClock()
    house = House(database, clock)
    book = Phrasebook(ZONE, lambda number: f"{BASE}/alerts/{number}")
    house.engine._words = book.words
    house.engine.desk.rules = with_canary(house.engine.desk.rules)
    real = house.wires[Medium.WEBHOOK] = Wire()
    sandbox = Sandbox(real, BASE, TOKEN)
    house.wires[Medium.WEBHOOK] = sandbox  # type: ignore[assignment]
    house.courier._senders[Medium.WEBHOOK] = asyncio.Semaphore(1)

    async def published(records: list[EventRecord]) -> None:
        await house.engine.woken(records)
        await house.judgements.published(records[-1].seq)

    intake = Intake()
    journal = Journal(house.judgements, clock, published)
    policies: dict[StationId, Policy] = {}
    judge = Judge(clock, intake, journal, lambda one: policies.get(one, Policy(watched=False)), lambda *_: ((), 0.0))
    states = await house.judgements.states()
    judge.load({CANARY: states[CANARY]} if CANARY in states else {}, await house.judgements.ledger())
    judge.amnesty(clock.now(), clock.now())
    perch = Perch(intake=intake, view=judge, watch=policies.__setitem__, thin=house.judgements.thin)
    perch.watch(CANARY, THRESHOLDS)
    canary = Canary(perch=perch, engine=house.engine, keeper=SqlKeeper(database), clock=clock, every_s=300.0, bound_s=65.0)
    house.courier.arrived.append(canary.arrived)
    answers = Callbacks(engine=house.engine, courier=house.courier, outbox=house.outbox, public_base=BASE, tokens=(TOKEN,))
    app = web.Application()
    app.add_routes(answers.routes())
    runner = web.AppRunner(app, shutdown_timeout=0.1)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    sandbox.listens("0.0.0.0:0", runner.addresses[0][1])
    commands = AlertCommands(house.engine, SqlArchive(database), book)
    tasks = [asyncio.create_task(journal.run()), asyncio.create_task(judge.run())]
    try:
        async with running(house):
            yield Aviary(
                house=house, database=database, canary=canary, judge=judge, sandbox=sandbox, real=real, commands=commands
            )  # fmt: skip
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.wait(tasks)
        await runner.cleanup()


async def test_it_comes_back_and_nobody_is_told(database: SqlDatabase) -> None:
    async with aviary(database) as seen:
        assert await seen.flown()
        assert seen.canary.returned_at is not None
        assert 5.0 <= (seen.canary.took_s or 0.0) < 20.0, "an alert waits five seconds for others"
        assert [wire.took for wire in (*seen.house.wires.values(), seen.real) if isinstance(wire, Wire) and wire.took] == []
        events = [record.event for record in await seen.house.judgements.events(CANARY, since=START)]
        assert [type(one) for one in events] == [HealthChanged] * 3 + [BreachOpened, HealthChanged, BreachCleared]
        opened, cleared = events[3], events[5]
        assert isinstance(opened, BreachOpened)
        assert isinstance(cleared, BreachCleared)
        assert opened.at - opened.since == timedelta(seconds=1.5), "one beat did not come; breached 2.5 s after the last word"
        assert cleared.until == seen.canary.returned_at, "it is well again as soon as it is back"
        assert seen.canary.took_s == (cleared.until - opened.at).total_seconds()


async def test_its_silence_is_no_cause_of_incidents_and_no_figure(database: SqlDatabase) -> None:
    async with aviary(database) as seen:
        signals: list[object] = []
        seen.judge.fleet.take = lambda *told: signals.append(told)  # type: ignore[method-assign,assignment]
        for _ in range(3):
            assert await seen.flown()
        assert seen.judge.health(CANARY).breaches == 3
        assert signals == []
        assert seen.judge.delays.counts == [0] * len(seen.judge.delays.counts)
        assert seen.judge.incidents() == ()
        seen.judge.amnesty(seen.house.clock.now(), seen.house.clock.advance(3600))
        await seen.well()
        assert await seen.house.judgements.events(NETWORK, since=START) == [], "it alone makes no absence of ours"


async def test_nothing_that_people_see_has_it_in_it(database: SqlDatabase) -> None:
    async with aviary(database) as seen:
        seen.house.engine.decided.append(lambda _decision: opened.append(seen.commands.open()))
        opened: list[object] = []
        assert await seen.flown()
        assert opened
        assert not any(opened)
        assert (await seen.commands.recent(), await seen.commands.deliveries()) == ([], [])
        assert (await seen.stored())["alerts_alert"] == 1
        number = await seen.database.read(lambda connection: connection.execute(select(ALERT.c.id)).scalar_one())
        assert number < 0
        assert await seen.commands.file(number) is None
        found = samples(AlertsCollector(Running(seen.house)))  # type: ignore[arg-type]
        assert {name: value for (name, labels), value in found.items() if name == "notifications_total" and value} == {}
        await seen.house.faulted(1)
        await seen.house.opened(1)
        assert [alert.id for alert, _ in seen.commands.open()] == [1], "people's numbers begin at one"


async def test_no_silence_holds_it_and_no_order_reaches_it(database: SqlDatabase) -> None:
    async with aviary(database) as seen:
        silence = Silence(
            id=0, matchers=read_matchers({"kind": "breach"}), since=START, until=START + timedelta(days=9), who="a", why="b"
        )
        assert await seen.house.engine.obey(Hush(silence=silence, who="anna")) is Answer.DONE
        answers: list[Answer] = []

        async def meddle() -> None:
            await until(lambda: seen.house.engine.desk.alerts)
            (number,) = seen.house.engine.desk.alerts
            answers.append(await seen.house.engine.obey(Acknowledge(alert=number, who="anna")))

        meddling = asyncio.create_task(meddle())
        assert await seen.flown()
        await meddling
        assert answers == [Answer.NO_SUCH_ALERT]


@pytest.mark.parametrize(
    ("broken", "why"),
    [
        ("judge", "its silence was no breach"),
        ("journal", "its breach did not reach the alerts"),
        ("engine", "its breach did not reach the alerts"),
        ("listener", "its message was not delivered"),
    ],
)
async def test_one_that_is_lost_says_how_far_it_came_and_two_are_too_many(database: SqlDatabase, broken: str, why: str) -> None:
    async with aviary(database) as seen:
        assert await seen.flown()
        seen.house.clock.advance(300)
        seen.house.engine._stirred.set()
        await seen.well()
        if broken == "judge":
            seen.judge.sweep = _idle  # type: ignore[method-assign,assignment]
        elif broken == "journal":
            seen.house.judgements.save = _away  # type: ignore[method-assign,assignment]
        elif broken == "engine":
            async with seen.house.engine._turn:  # what it reads just now is not what comes next
                seen.house.engine._events.tail = _nothing  # type: ignore[method-assign,assignment]
        else:
            seen.sandbox.listens("127.0.0.1:0", 9)
        with capture_logs() as lines:
            flight = asyncio.create_task(seen.canary.fly())
            while not flight.done():
                await seen.let_pass(0.5)
            assert not await flight
        assert [one["why"] for one in lines if one["event"] == "the canary has not come back"] == [why]
        assert (seen.canary.wrong(), seen.canary.flights) == ("", {"returned": 1, "lost": 1})
        seen.house.clock.advance(300)
        assert "no canary has come back for " in seen.canary.wrong()


async def _nothing(after: int, *_: object) -> tuple[list[EventRecord], int]:
    return [], after


async def _away(*_: object) -> list[EventRecord]:
    message = "away"
    raise TransientStoreError(message)


def _idle(_now: datetime) -> None:
    """Judge no deadline."""


async def test_a_flight_that_was_cut_off_is_cleared_up_by_the_next(database: SqlDatabase) -> None:
    clock = SetClock()
    async with aviary(database, clock) as seen:
        await seen.well()
        flight = asyncio.create_task(seen.canary.fly())
        while not seen.house.engine.desk.alerts:
            await seen.let_pass(0.5)
        flight.cancel()
        await asyncio.wait([flight])
    clock.advance(60)
    async with aviary(database, clock) as seen:
        (left,) = seen.house.engine.desk.alerts
        assert seen.judge.health(CANARY).breached
        assert await seen.flown()
        assert left not in seen.house.engine.desk.alerts
        assert seen.judge.health(CANARY).breaches == 2, "it goes on counting, so that no matter has the name of another"


async def test_what_a_flight_left_is_over_where_none_flies_any_more(database: SqlDatabase) -> None:
    clock = SetClock()
    async with aviary(database, clock) as seen:
        await seen.well()
        flight = asyncio.create_task(seen.canary.fly())
        while not seen.house.engine.desk.alerts:
            await seen.let_pass(0.5)
        flight.cancel()
        await asyncio.wait([flight])
    async with aviary(database, clock) as seen:
        seen.canary.perch.watch(CANARY, Policy(watched=False))
        while seen.judge.health(CANARY).breached:
            await seen.let_pass(60.0)
            assert clock.now() < START + timedelta(minutes=15)
        await until(lambda: not seen.house.engine.desk.alerts)


async def test_a_year_of_canaries_leaves_an_hour_of_rows(database: SqlDatabase) -> None:
    async with aviary(database) as seen:
        await seen.house.faulted(1)
        await seen.house.opened(1)
        assert await seen.house.engine.obey(Acknowledge(alert=1, who="anna")) is Answer.DONE
        counts = []
        for _ in range(4):
            assert await seen.flown()
            await seen.canary._clean()
            counts.append(await seen.stored())
            seen.house.clock.advance(KEPT.total_seconds())
            seen.house.engine._stirred.set()
        assert counts[1] == counts[2] == counts[3]
        assert counts[3]["alerts_alert"] == 2, "that of the danger, and the last canary's"
        assert counts[3]["event"] > 0
        assert await seen.commands.file(1) is not None


async def test_what_is_not_its_own_goes_on_to_the_real_channel() -> None:
    real = Wire()
    sandbox = Sandbox(real, BASE, TOKEN)
    assert isinstance(await sandbox.send(Message(id="x", to="glue")), Sent)
    real.told_of.append(Unknown(why="?"))
    assert isinstance(await sandbox.ask(Message(id="x", to="glue"), START), Unknown)
    assert [one.to for one in (*real.took, *real.asked)] == ["glue", "glue"]
    sandbox.listens("[::]:8081", 8081)
    assert sandbox._near == "http://[::1]:8081"
    assert NAME.count(":") == 1, "pages leave out policies that have one in their name"


async def test_it_flies_again_and_again_and_a_store_that_is_away_ends_nothing(
    database: SqlDatabase, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with aviary(database) as seen:
        seen.canary.every_s = 0.0
        monkeypatch.setattr("alerts.canary.BEAT_S", 0.02)
        thin, tried = seen.house.judgements.thin, [RuntimeError("a fault"), TransientStoreError("away")]

        async def failing(*given: Any) -> None:
            if tried:
                raise tried.pop()
            await thin(*given)

        seen.canary.perch = replace(seen.canary.perch, thin=failing)
        flights = asyncio.create_task(seen.canary.run())
        with capture_logs() as lines:
            while seen.canary.flights["returned"] < 3:
                await seen.let_pass(0.5)
        flights.cancel()
        await asyncio.wait([flights])
        assert [one["log_level"] for one in lines if "earlier canaries" in one["event"]] == ["warning", "error"]
