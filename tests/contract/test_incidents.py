"""The judgement store: the ledger of incidents, what was measured of chance, and the network's own history."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from sqlalchemy import update

from monitor.core.chance import HOURS
from monitor.core.events import Event, HealthChanged, IncidentCleared, IncidentOpened, IncidentUpdated, Reason, State
from monitor.core.health_state import HealthState
from monitor.core.ids import NETWORK, StationId
from monitor.core.incidents import Scope
from monitor.core.ledger import Ledger, Measured, OpenIncident
from monitor.storage.judgements import FLEET, SqlJudgementStore
from tests.support.clocks import START

if TYPE_CHECKING:
    from monitor.storage.database import SqlDatabase

ONE, TWO = StationId(1), StationId(2)
OPEN = OpenIncident(
    name="I7",
    scope=Scope.SITE,
    key="Bréil \U0001f50c",
    part="lan",
    heard=START.timestamp() - 0.123456,
    since=START.timestamp(),
    opened_at=START.timestamp() + 90.5,
    probability=0.9987,
    stations=(ONE, TWO),
    returned=((StationId(3), START.timestamp() + 600.25),),
    powered=1,
)
LEDGER = Ledger(opened=7, incidents=(OPEN,))


def opened(seconds: float = 0.0, incident: str = "I7") -> IncidentOpened:
    at = START + timedelta(seconds=seconds)
    return IncidentOpened(
        at=at, incident=incident, scope=Scope.SITE, key="Bréil", since=START, stations=(ONE, TWO), probability=0.9987
    )


def updated(seconds: float) -> IncidentUpdated:
    at = START + timedelta(seconds=seconds)
    return IncidentUpdated(at=at, incident="I7", scope=Scope.FEEDER, key="F7", since=START, stations=(ONE, TWO), probability=1.0)


def cleared(seconds: float) -> IncidentCleared:
    at = START + timedelta(seconds=seconds)
    return IncidentCleared(at=at, incident="I7", scope=Scope.FEEDER, key="F7", since=START, until=at, merged_into="I8")


async def test_a_fresh_store_has_an_empty_ledger_and_has_measured_nothing(database: SqlDatabase) -> None:
    store = SqlJudgementStore(database)
    assert await store.ledger() == Ledger()
    assert await store.chances() == []


async def test_the_ledger_comes_back_and_the_last_one_counts(database: SqlDatabase) -> None:
    store = SqlJudgementStore(database)
    await store.save({}, [(NETWORK, opened())], LEDGER)
    assert await store.ledger() == LEDGER
    await store.save({}, [(NETWORK, cleared(60))], Ledger(opened=7))
    assert await store.ledger() == Ledger(opened=7)


async def test_a_save_without_a_ledger_leaves_it_alone(database: SqlDatabase) -> None:
    store = SqlJudgementStore(database)
    await store.save({}, [(NETWORK, opened())], LEDGER)
    await store.save({ONE: HealthState()}, [])
    assert await store.ledger() == LEDGER


async def test_the_network_s_history_is_in_order_and_apart_from_its_stations(database: SqlDatabase) -> None:
    store = SqlJudgementStore(database)
    changed = HealthChanged(at=START, origin=State.ONLINE, to=State.OFFLINE, reason=Reason.INCIDENT, since=START)
    events: list[tuple[StationId, Event]] = [(NETWORK, opened()), (ONE, changed), (NETWORK, updated(15)), (TWO, changed)]
    await store.save({ONE: HealthState(), TWO: HealthState()}, events, LEDGER)
    await store.save({}, [(NETWORK, cleared(60))], Ledger(opened=7))
    history = await store.events(NETWORK, since=START)
    assert [record.event for record in history] == [opened(), updated(15), cleared(60)]
    assert {record.station for record in history} == {NETWORK}
    assert [record.event for record in await store.events(ONE, since=START)] == [changed]
    assert [record.seq for record in await store.unpublished(10)] == [1, 2, 3, 4, 5]


async def test_the_network_s_history_goes_on_after_a_restart(database: SqlDatabase) -> None:
    before = SqlJudgementStore(database)
    await before.save({}, [(NETWORK, opened())], LEDGER)
    after = SqlJudgementStore(database)
    await after.states()
    assert await after.ledger() == LEDGER
    await after.save({}, [(NETWORK, cleared(3600))], Ledger(opened=7))
    assert [record.event for record in await after.events(NETWORK, since=START)] == [opened(), cleared(3600)]
    assert NETWORK not in await after.states(), "the network is no station"


async def test_a_ledger_that_cannot_be_read_is_as_if_there_were_none(database: SqlDatabase) -> None:
    store = SqlJudgementStore(database)
    await store.save({}, [(NETWORK, opened())], LEDGER)
    await store.keep_chances([])
    await database.write(lambda c: c.execute(update(FLEET).values(body="{broken")))
    again = SqlJudgementStore(database)
    assert await again.ledger() == Ledger()
    assert await again.chances() == []
    await again.save({}, [(NETWORK, cleared(60))], Ledger())
    assert len(await again.events(NETWORK, since=START)) == 2, "its history goes on all the same"


async def test_what_was_measured_comes_back_and_the_last_one_counts(database: SqlDatabase) -> None:
    store = SqlJudgementStore(database)
    rows = tuple(tuple(row * 100.0 + hour / 3.0 for hour in range(HOURS)) for row in range(4))
    first = [Measured(scope=Scope.APN, key="apn.north", part="", rows=rows)]
    second = [*first, Measured(scope=Scope.SITE, key="Bréil", part="wifi", rows=rows)]
    await store.keep_chances(first)
    assert await store.chances() == first
    await store.keep_chances(second)
    assert await SqlJudgementStore(database).chances() == second
    assert await store.ledger() == Ledger()
