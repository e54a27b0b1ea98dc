"""An open incident and the breaches in it survive a restart of the engine, and end once."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from msgspec.structs import replace

from monitor.core.events import BreachCleared, BreachOpened, IncidentCleared, IncidentOpened, State
from monitor.core.ids import NETWORK, StationId
from monitor.core.incidents import Scope
from monitor.core.observations import Alive, LinkClosed, LinkOpened
from tests.runtime.houses import House, at_work

if TYPE_CHECKING:
    from collections.abc import Iterable

NORTH = [StationId(number) for number in range(1, 41)]
SOUTH = [StationId(number) for number in range(101, 201)]


def network(before: House | None = None) -> House:
    """Two APNs, fresh or as the store of `before` knows them."""
    house = House() if before is None else House(store=before.store, clock=before.clock)
    house.apns = dict.fromkeys(NORTH, "apn.north") | dict.fromkeys(SOUTH, "apn.south")
    return house


def speak(house: House, stations: Iterable[StationId]) -> None:
    for station in stations:
        house.engine.feed(station, Alive(at=house.clock.now(), action="Heartbeat"))


def dial(house: House, stations: Iterable[StationId], epoch: int) -> None:
    for station in stations:
        house.engine.feed(station, LinkOpened(at=house.clock.now(), epoch=epoch))


async def pass_time(house: House, seconds: int, talking: Iterable[StationId]) -> None:
    """Let time pass in steps of ten seconds, in which `talking` stations beat."""
    for _ in range(0, seconds, 10):
        house.engine.sweep(house.clock.advance(10))
        speak(house, talking)
    await house.journal.flushed()


async def fail(house: House) -> None:
    """Let everybody dial in, and the north fail some time later until it is an incident."""
    house.engine.watch([*NORTH, *SOUTH])
    dial(house, [*NORTH, *SOUTH], 1)
    await pass_time(house, 400, [*NORTH, *SOUTH])
    for station in NORTH:
        house.engine.feed(station, LinkClosed(at=house.clock.now(), epoch=1))
    await pass_time(house, 120, SOUTH)
    await house.journal.flushed()


async def restart(before: House, away_s: float) -> House:
    """Take up what was stored, after we were away."""
    gone = before.clock.now()
    house = network(before)
    house.engine.load(before.store.states, before.store.ledger)
    house.engine.amnesty(gone, house.clock.advance(away_s))
    return house


def said(house: House, *kinds: type) -> list[tuple[StationId, type]]:
    return [(one.station, type(one.event)) for one in house.store.records if isinstance(one.event, kinds)]


async def test_joining_an_incident_opens_the_breaches_of_all_its_members_at_once() -> None:
    async with at_work(network()) as house:
        await fail(house)
        assert said(house, IncidentOpened) == [(NETWORK, IncidentOpened)]
        assert [station for station, _ in said(house, BreachOpened)] == NORTH
        assert all(house.engine.health(station).state is State.OFFLINE for station in NORTH)
        (kept,) = house.engine.incidents()
        assert (kept.scope, kept.key, kept.stations) == (Scope.APN, "apn.north", tuple(NORTH))
        (stored,) = house.store.ledger.incidents
        assert replace(stored, reviews=kept.reviews) == kept
        assert house.store.ledger.opened == 1


async def test_events_of_incidents_stand_under_the_network_in_order_and_before_the_breaches_in_them() -> None:
    async with at_work(network()) as house:
        await fail(house)
        whole = [(one.station, type(one.event)) for one in house.store.records]
        assert whole.index((NETWORK, IncidentOpened)) < min(whole.index(one) for one in said(house, BreachOpened))
        dial(house, NORTH, 2)
        await pass_time(house, 60, [*NORTH, *SOUTH])
    own = [one for one in house.store.records if one.station == NETWORK]
    assert [type(one.event) for one in own] == [IncidentOpened, IncidentCleared]
    assert [one.seq for one in own] == sorted(one.seq for one in own)
    assert [one.event.at for one in own] == sorted(one.event.at for one in own)
    assert house.published == house.store.records


async def test_a_station_is_asked_for_its_next_sign_of_life_as_soon_as_its_silence_is_told() -> None:
    async with at_work(network()) as house:
        house.engine.watch(NORTH[:2])
        dial(house, NORTH[:2], 1)
        await pass_time(house, 320, [])
        assert house.engine.health(NORTH[0]).state is State.ONLINE
        assert house.engine.health(NORTH[0]).told
        assert house.intake.slot(NORTH[0]).wanted


@pytest.mark.parametrize("away_s", [5.0, 4000.0])
async def test_an_open_incident_survives_a_restart_and_its_members_recoveries_end_it(away_s: float) -> None:
    async with at_work(network()) as before:
        await fail(before)
    async with at_work(await restart(before, away_s)) as house:
        assert [kept.key for kept in house.engine.incidents()] == ["apn.north"]
        assert all(house.engine.health(one).state is State.UNKNOWN for one in (*NORTH, *SOUTH))
        dial(house, SOUTH, 2)
        await pass_time(house, 1800, SOUTH)
        assert [kept.key for kept in house.engine.incidents()] == ["apn.north"]
        assert all(house.engine.health(one).breached for one in NORTH)
        dial(house, NORTH, 2)
        await pass_time(house, 60, [*NORTH, *SOUTH])
        assert house.engine.incidents() == ()
    north = [one.event for one in house.store.records if isinstance(one.event, IncidentOpened | IncidentCleared)]
    assert [type(event) for event in north if event.scope is Scope.APN] == [IncidentOpened, IncidentCleared]
    assert sorted(said(house, BreachOpened)) == [(one, BreachOpened) for one in NORTH], "nobody's breach is opened twice"
    assert sorted(said(house, BreachCleared)) == [(one, BreachCleared) for one in NORTH]
    assert house.store.ledger.incidents == ()


async def test_our_own_absence_is_an_incident_that_is_over_when_we_are_back() -> None:
    async with at_work(network()) as before:
        before.engine.watch(NORTH)
        dial(before, NORTH, 1)
        await pass_time(before, 300, NORTH)
    gone = before.clock.now()
    async with at_work(await restart(before, 600.0)) as house:
        await house.journal.flushed()
        own = [one.event for one in house.store.records if one.station == NETWORK]
        assert [type(event) for event in own] == [IncidentOpened, IncidentCleared]
        start, end = own
        assert isinstance(start, IncidentOpened)
        assert isinstance(end, IncidentCleared)
        assert (start.scope, start.since, end.until) == (Scope.COLLECTOR, gone, house.clock.now())
        assert start.stations == tuple(NORTH)
        dial(house, NORTH, 2)
        await pass_time(house, 600, NORTH)
        assert said(house, BreachOpened) == []


async def test_members_that_came_back_while_we_were_away_end_the_incident_too() -> None:
    async with at_work(network()) as before:
        await fail(before)
    async with at_work(await restart(before, 900.0)) as house:
        dial(house, [*NORTH, *SOUTH], 2)
        await pass_time(house, 120, [*NORTH, *SOUTH])
        assert house.engine.incidents() == ()
        assert len(said(house, BreachCleared)) == len(NORTH)


async def test_nobody_waits_for_a_member_that_is_forgotten() -> None:
    async with at_work(network()) as house:
        await fail(house)
        dial(house, NORTH[20:], 2)
        await pass_time(house, 60, [*NORTH[20:], *SOUTH])
        assert house.engine.incidents() != ()
        for station in NORTH[:20]:
            house.engine.forget(station)
        await pass_time(house, 10, SOUTH)
        assert house.engine.incidents() == ()
        assert set(house.engine.count()) == {*NORTH[20:], *SOUTH}, "what its incident had to say to it reaches nobody"
