"""The engine on a clock that is set: order, deadlines, liveness slots, amnesty."""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest

from monitor.core.events import BreachCleared, BreachOpened, HealthChanged, IncidentOpened, State
from monitor.core.ids import StationId
from monitor.core.incidents import Scope
from monitor.core.ledger import Ledger
from monitor.core.observations import Alive, Booted, ConnectorReported, LinkClosed, LinkOpened, Status
from monitor.core.policy import Policy
from monitor.core.registry import Bearer
from monitor.runtime.engine import DELAY_BUCKETS_S
from monitor.runtime.journal import PATIENCE_S, TransientStoreError
from monitor.runtime.sweeper import Sweeper
from monitor.runtime.tally import Tally
from tests.runtime.houses import ONE, TWO, House, NotStoredError, at_work, running

if TYPE_CHECKING:
    from collections.abc import AsyncIterator


async def test_what_is_committed_is_stored_and_published_in_order() -> None:
    async with running() as house:
        await house.see(ONE, LinkOpened, epoch=1)
        await house.see(ONE, Booted, interval_s=300)
        await house.see(ONE, ConnectorReported, connector="1", status=Status.AVAILABLE)
        assert house.kinds() == ["LinkChanged", "HealthChanged", "StationBooted", "ConnectorChanged"]
        assert house.store.records == house.published
        assert house.store.states[ONE] == house.engine.health(ONE)


async def test_observations_of_many_stations_share_a_commit() -> None:
    async with running() as house:
        stations = [StationId(n) for n in range(100, 300)]
        house.engine.watch(stations)
        before = house.store.saves
        await asyncio.gather(*(house.see(one, LinkOpened, epoch=1) for one in stations))
        assert house.store.saves - before <= 2
        assert sum(record.station >= 100 for record in house.published) == 400


async def test_an_unchanged_status_is_stored_nowhere() -> None:
    async with running() as house:
        await house.see(ONE, ConnectorReported, connector="1", status=Status.AVAILABLE)
        saves = house.store.saves
        await house.see(ONE, ConnectorReported, connector="1", status=Status.AVAILABLE)
        assert house.store.saves == saves


async def test_a_deadline_is_judged_when_the_clock_reaches_it() -> None:
    async with running() as house:
        await house.see(ONE, LinkOpened, epoch=1)
        await house.sweep(464)
        assert house.engine.health(ONE).state is State.ONLINE
        await house.sweep(1)
        assert house.engine.health(ONE).state is State.SUSPECT
        await house.sweep(445)
        assert house.engine.health(ONE).state is State.OFFLINE
        assert house.kinds()[-2:] == ["HealthChanged", "BreachOpened"]
        assert sum(house.engine.delays.counts) == 1
        assert house.engine.delays.total_s == 610.0


async def test_the_slot_is_asked_before_silence_is_judged() -> None:
    async with running() as house:
        await house.see(ONE, LinkOpened, epoch=1)
        house.intake.slot(ONE).last_seen = house.clock.advance(400)
        await house.sweep(65)
        assert house.engine.health(ONE).state is State.ONLINE
        assert house.published[-1].event.at < house.clock.now()
        await house.sweep(400)
        assert house.engine.health(ONE).state is State.SUSPECT


async def test_a_close_is_judged_after_the_sign_of_life_before_it() -> None:
    async with running() as house:
        await house.see(ONE, LinkOpened, epoch=1)
        seen = house.clock.advance(200)
        house.intake.slot(ONE).last_seen = seen
        house.clock.advance(1)
        await house.see(ONE, LinkClosed, epoch=1)
        assert house.engine.health(ONE).last_seen == seen


async def test_the_engine_asks_for_the_next_sign_of_life_of_whoever_is_not_well() -> None:
    async with running() as house:
        await house.see(ONE, LinkOpened, epoch=1)
        slot = house.intake.slot(ONE)
        assert not slot.wanted
        await house.see(ONE, LinkClosed, epoch=1)
        assert slot.wanted


async def test_liveness_reaches_the_store_without_an_event() -> None:
    async with running() as house:
        await house.see(ONE, LinkOpened, epoch=1)
        seen = house.clock.advance(30)
        house.intake.slot(ONE).last_seen = seen
        events = len(house.store.records)
        house.engine.keep_liveness()
        await house.journal.flushed()
        assert house.store.states[ONE].last_seen == seen
        assert len(house.store.records) == events
        saves = house.store.saves
        house.engine.keep_liveness()
        await house.journal.flushed()
        assert house.store.saves == saves, "what is stored is not stored again"


async def test_health_shows_the_latest_sign_of_life_at_once() -> None:
    async with running() as house:
        await house.see(ONE, LinkOpened, epoch=1)
        house.intake.slot(ONE).last_seen = house.clock.advance(7)
        assert house.engine.health(ONE).last_seen == house.clock.now()
        assert house.engine.health(StationId(99)).state is State.NEVER_SEEN


async def test_after_an_absence_nobody_is_judged_for_it() -> None:
    async with running() as house:
        for one in (ONE, TWO):
            await house.see(one, LinkOpened, epoch=1)
        gone = house.clock.now()
        house.engine.amnesty(gone, house.clock.advance(100_000))
        await house.sweep(0)
        assert house.engine.health(ONE).state is State.UNKNOWN
        await house.see(ONE, LinkOpened, epoch=2)
        await house.sweep(179)
        assert "BreachOpened" not in house.kinds()
        assert house.engine.health(ONE).state is State.ONLINE
        await house.sweep(1)
        assert house.engine.health(TWO).state is State.SUSPECT


async def test_what_ripened_while_we_were_away_convicts_nobody() -> None:
    house = House()
    stations = [StationId(number) for number in range(1, 41)]
    house.apns = {station: "apn.north" if station <= 8 else "apn.south" for station in stations}
    async with at_work(house):
        house.engine.watch(stations)
        for station in stations:
            house.engine.feed(station, LinkOpened(at=house.clock.now(), epoch=1))
        for _ in range(60):
            house.engine.sweep(house.clock.advance(10))
            for station in stations:
                house.engine.feed(station, Alive(at=house.clock.now()))
        for station in stations[:8]:
            house.engine.feed(station, LinkClosed(at=house.clock.now(), epoch=1))
        gone = house.clock.advance(20)
        house.engine.amnesty(gone, house.clock.advance(120), sockets_kept=True)
        for station in stations[:8]:
            house.engine.feed(station, LinkOpened(at=house.clock.now(), epoch=2))
        await house.sweep(30)
        scopes = [record.event.scope for record in house.published if isinstance(record.event, IncidentOpened)]
        assert scopes == [Scope.COLLECTOR]
        assert "BreachOpened" not in house.kinds()


async def test_while_a_canary_is_silent_what_is_heard_over_its_bearer_convicts_nobody() -> None:
    house = House()
    stations = [StationId(number) for number in range(1, 9)]
    mobile, wired = stations[:4], stations[4:]
    house.policies = {station: Policy(bearer=Bearer.LAN) for station in wired}

    async def minutes(count: int, talking: list[StationId]) -> None:
        for _ in range(count):
            await house.sweep(60)
            for station in talking:
                house.engine.feed(station, Alive(at=house.clock.now()))

    async with at_work(house):
        house.engine.watch(stations)
        for station in stations:
            house.engine.feed(station, LinkOpened(at=house.clock.now(), epoch=1))
        await minutes(10, stations)
        house.engine.canary(Bearer.GPRS, answers=False)
        for station in mobile:
            house.engine.feed(station, LinkClosed(at=house.clock.now(), epoch=1))
        await minutes(100, wired)
        opened = [record.event for record in house.published if isinstance(record.event, IncidentOpened)]
        assert [(one.scope, one.key, one.stations) for one in opened] == [(Scope.COLLECTOR, "gprs", tuple(mobile))]
        assert "BreachOpened" not in house.kinds()
        house.engine.canary(Bearer.GPRS, answers=True)
        await minutes(100, wired)
        assert "IncidentCleared" in house.kinds()
        convicted = {record.station for record in house.published if isinstance(record.event, BreachOpened)}
        assert convicted == set(mobile), "who is still silent when we hear again is judged by himself"


async def test_a_silence_that_cannot_be_correlated_stops_nobody(monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_: object) -> None:
        message = "of the test"
        raise RuntimeError(message)

    async with running() as house:
        monkeypatch.setattr(house.engine.fleet, "take", broken)
        await house.see(ONE, LinkOpened, epoch=1)
        await house.see(ONE, LinkClosed, epoch=1)
        await house.sweep(2000)
        assert house.engine.failed > 0
        assert "BreachOpened" in house.kinds(), "it is judged alone"


async def test_who_is_back_is_stored_with_the_signs_of_life() -> None:
    async with running() as house:
        house.engine.fleet.groups.moved = True
        house.engine.keep_liveness()
        await house.journal.flushed()
        assert house.store.ledger == Ledger()
        assert not house.engine.fleet.groups.moved


async def test_one_station_that_cannot_be_judged_stops_nobody() -> None:
    async with running() as house:
        house.policies[TWO] = None  # type: ignore[assignment]  # what breaks the judgement
        await asyncio.gather(house.see(TWO, LinkOpened, epoch=1), house.see(ONE, LinkOpened, epoch=1))
        assert house.engine.failed == 1
        assert house.engine.health(ONE).state is State.ONLINE


async def test_a_station_that_is_forgotten_is_not_judged() -> None:
    async with running() as house:
        await house.see(ONE, LinkOpened, epoch=1)
        house.engine.forget(ONE)
        await house.sweep(10_000)
        assert "BreachOpened" not in house.kinds()


async def test_a_full_intake_makes_its_station_wait() -> None:
    house = House(capacity=2)
    seen = Alive(at=house.clock.now())
    await house.intake.offer(ONE, [seen, seen])
    waiting = asyncio.create_task(house.intake.offer(TWO, [seen]))
    await asyncio.sleep(0)
    assert not waiting.done()
    taken, *_ = house.intake.take()
    assert len(taken) == 2
    await waiting
    assert len(house.intake) == 1


async def test_a_store_that_fails_is_tried_again_and_nothing_is_lost() -> None:
    async with running() as house:
        house.store.away = True
        told = asyncio.create_task(house.see(ONE, LinkOpened, epoch=1))
        await house.fails()
        assert not told.done()
        house.store.away = False
        await told
        assert not house.journal.failing_since
        assert house.kinds() == ["LinkChanged", "HealthChanged"]


async def test_those_who_wait_too_long_are_told_that_nothing_is_safe() -> None:
    async with running() as house:
        house.store.away = True
        told = asyncio.create_task(house.see(ONE, LinkOpened, epoch=1))
        await house.fails()
        house.clock.advance(PATIENCE_S)
        with pytest.raises(NotStoredError):
            await told
        house.store.away = False
        await house.journal.flushed()
        assert house.kinds() == ["LinkChanged", "HealthChanged"], "the judgement itself is never dropped"


@pytest.mark.parametrize(
    ("wall", "steady", "away"),
    [(0.5, 0.5, False), (5.0, 5.0, False), (5.1, 5.1, True), (3600.5, 0.5, True), (-3600.0, 0.5, True), (4.0, 0.5, False)],
)
def test_a_stall_and_a_clock_step_are_absences(wall: float, steady: float, away: bool) -> None:
    assert Sweeper.was_away(timedelta(seconds=wall), steady) is away


async def test_breaches_open_and_clear_through_the_whole_engine() -> None:
    async with running() as house:
        await house.see(ONE, LinkOpened, epoch=1)
        await house.see(ONE, LinkClosed, epoch=1)
        await house.sweep(5000)
        await house.see(ONE, LinkOpened, epoch=2)
        await house.sweep(10)
        marks = [record.event for record in house.published if isinstance(record.event, BreachOpened | BreachCleared)]
        assert [type(mark) for mark in marks] == [BreachOpened, BreachCleared]
        changes = [record.event.to for record in house.published if isinstance(record.event, HealthChanged)]
        assert changes == [State.ONLINE, State.SUSPECT, State.OFFLINE, State.ONLINE]


def test_the_last_bucket_takes_what_is_later_than_all_others() -> None:
    tally = Tally(DELAY_BUCKETS_S)
    tally.add(10**6)
    assert tally.counts[len(DELAY_BUCKETS_S)] == 1


@asynccontextmanager
async def swept(house: House, alive: Any = None) -> AsyncIterator[Sweeper]:
    async def told(_now: Any) -> None:
        if alive is not None:
            await alive()

    sweeper = Sweeper(house.clock, house.engine, told, beat_s=0.005, liveness_s=0.005)
    running_tasks = [asyncio.create_task(sweeper.run()), asyncio.create_task(sweeper.keep())]
    await asyncio.sleep(0.02)
    yield sweeper
    for task in running_tasks:
        task.cancel()


async def until(condition: Any) -> None:
    async with asyncio.timeout(5):
        while not condition():
            await asyncio.sleep(0.005)


@pytest.mark.parametrize("step_s", [86_400.0, -86_400.0, 315_360_000.0, -315_360_000.0])
async def test_a_clock_that_jumps_flags_nobody(step_s: float) -> None:
    async with running() as house:
        await house.see(ONE, LinkOpened, epoch=1)
        house.intake.slot(ONE).last_seen = house.clock.now()
        async with swept(house) as sweeper:
            house.clock.step_wall(step_s)
            await until(lambda: sweeper.absences == 1)
            assert house.engine.health(ONE).state is State.UNKNOWN
            await house.see(ONE, Alive)
            assert house.engine.health(ONE).state is State.ONLINE
            last_seen = house.engine.health(ONE).last_seen
            assert last_seen is not None
            assert last_seen <= house.clock.now()
        assert "BreachOpened" not in house.kinds()


async def test_a_stalled_loop_flags_nobody() -> None:
    async with running() as house:
        await house.see(ONE, LinkOpened, epoch=1)
        async with swept(house) as sweeper:
            house.clock.advance(3600)
            await until(lambda: sweeper.absences == 1)
        assert house.engine.health(ONE).state is State.UNKNOWN
        assert "BreachOpened" not in house.kinds()


async def test_the_sweeper_judges_what_is_due_and_stores_that_we_live() -> None:
    lived = 0

    async def alive() -> None:
        nonlocal lived
        lived += 1
        if lived == 1:
            raise TransientStoreError("away")

    async with running() as house:
        await house.see(ONE, LinkOpened, epoch=1)
        async with swept(house, alive), asyncio.timeout(30):
            while house.engine.health(ONE).state is not State.SUSPECT:
                house.clock.advance(1)
                await asyncio.sleep(0.006)
        assert lived > 1, "a store that is away for a moment does not end it"


async def test_a_judgement_that_cannot_be_stored_takes_no_other_with_it() -> None:
    async with running() as house:
        house.store.poison = TWO
        await asyncio.gather(house.see(ONE, LinkOpened, epoch=1), house.see(TWO, LinkOpened, epoch=1))
        assert house.journal.lost == 1
        assert {record.station for record in house.published} == {ONE}
        await house.see(ONE, LinkClosed, epoch=1)
        assert house.kinds()[-1] == "HealthChanged"


async def test_while_the_store_is_away_stations_feel_it_and_memory_has_an_end() -> None:
    async with running(capacity=5) as house:
        house.store.away = True
        stations = [StationId(n) for n in range(100, 100 + 12_000)]
        house.intake.put(ONE, [LinkOpened(at=house.clock.now(), epoch=1)])
        await house.fails()
        for one in stations:
            house.intake.put(one, [LinkOpened(at=house.clock.now(), epoch=1)])
        await asyncio.sleep(0.01)
        house.intake.put(ONE, [LinkClosed(at=house.clock.now(), epoch=1)] * 10)
        await asyncio.sleep(0.01)
        assert house.intake.full
        assert len(house.journal) >= 20_000
        house.store.away = False
        await house.intake.room()


async def test_a_deadline_that_cannot_be_judged_is_looked_at_again() -> None:
    async with running() as house:
        await house.see(ONE, LinkOpened, epoch=1)
        house.policies[ONE] = None  # type: ignore[assignment]  # what breaks the judgement
        await house.sweep(500)
        assert house.engine.failed == 1
        house.policies[ONE] = Policy()
        await house.sweep(60)
        assert house.engine.health(ONE).state is State.SUSPECT
