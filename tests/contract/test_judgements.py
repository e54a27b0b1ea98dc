"""The judgement store: states, the event log, the outbox and history."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from sqlalchemy import update

from monitor.core.events import ConnectorChanged, Event, HealthChanged, Reason, State
from monitor.core.health_state import HealthState
from monitor.core.ids import StationId
from monitor.core.observations import Status
from monitor.storage.judgements import STATE, SqlJudgementStore
from tests.support.clocks import START

if TYPE_CHECKING:
    from datetime import datetime

    from monitor.storage.database import SqlDatabase

ONE, TWO = StationId(1), StationId(2)


def changed(at: datetime, to: State = State.ONLINE) -> HealthChanged:
    return HealthChanged(at=at, origin=State.UNKNOWN, to=to, reason=Reason.SPOKE, since=at)


async def test_states_and_events_come_back(database: SqlDatabase) -> None:
    store = SqlJudgementStore(database)
    state = HealthState(state=State.ONLINE, last_seen=START)
    events: list[tuple[StationId, Event]] = [
        (ONE, changed(START)),
        (TWO, ConnectorChanged(at=START, connector="1", status=Status.FAULTED, info="a\x00é")),
    ]
    records = await store.save({ONE: state}, events)
    assert [record.event for record in records] == [event for _, event in events]
    assert await store.states() == {ONE: state}
    assert await store.unpublished(10) == records
    later = HealthState(state=State.SUSPECT)
    assert await store.save({ONE: later}, []) == []
    assert await store.states() == {ONE: later}


async def test_a_state_that_cannot_be_read_is_as_if_nothing_were_known(database: SqlDatabase) -> None:
    store = SqlJudgementStore(database)
    await store.save({ONE: HealthState(), TWO: HealthState()}, [])
    await database.write(lambda c: c.execute(update(STATE).where(STATE.c.station_id == ONE).values(body="{broken")))
    assert set(await store.states()) == {TWO}


async def test_the_outbox_starts_behind_its_cursor(database: SqlDatabase) -> None:
    store = SqlJudgementStore(database)
    records = await store.save({}, [(ONE, changed(START + timedelta(seconds=n))) for n in range(10)])
    assert await store.unpublished(3) == records[:3]
    await store.published(records[6].seq)
    assert await store.unpublished(100) == records[7:]


async def test_history_is_the_last_of_one_station_oldest_first(database: SqlDatabase) -> None:
    store = SqlJudgementStore(database)
    events = [(ONE if n % 2 else TWO, changed(START + timedelta(seconds=n))) for n in range(20)]
    await store.save({ONE: HealthState(), TWO: HealthState()}, events)
    found = await store.events(ONE, since=START + timedelta(seconds=5), limit=4)
    assert [record.event.at for record in found] == [START + timedelta(seconds=n) for n in (13, 15, 17, 19)]
    assert await store.events(StationId(3), since=START) == []


async def test_the_state_at_an_instant_is_the_last_change_before_it(database: SqlDatabase) -> None:
    store = SqlJudgementStore(database)
    await store.save({ONE: HealthState()}, [(ONE, changed(START)), (ONE, changed(START + timedelta(hours=1), State.SUSPECT))])
    assert await store.state_before(ONE, START) is None
    assert await store.state_before(ONE, START + timedelta(minutes=5)) == "online"
    assert await store.state_before(ONE, START + timedelta(hours=2)) == "suspect"


async def test_old_events_go_but_never_unpublished_ones_and_numbers_are_never_used_again(database: SqlDatabase) -> None:
    store = SqlJudgementStore(database)
    records = await store.save({}, [(ONE, changed(START + timedelta(days=n))) for n in range(5)])
    await store.published(records[2].seq)
    assert await store.purge(START + timedelta(days=10)) == 3
    assert await store.unpublished(10) == records[3:]
    await store.published(records[4].seq)
    assert await store.purge(START + timedelta(days=10)) == 2
    (fresh,) = await store.save({}, [(ONE, changed(START))])
    assert fresh.seq == records[-1].seq + 1


async def test_a_history_goes_on_after_a_restart(database: SqlDatabase) -> None:
    before = SqlJudgementStore(database)
    await before.save({ONE: HealthState()}, [(ONE, changed(START))])
    after = SqlJudgementStore(database)
    await after.states()
    await after.save({ONE: HealthState()}, [(ONE, changed(START + timedelta(hours=1)))])
    assert [record.seq for record in await after.events(ONE, since=START)] == [1, 2]


async def test_a_history_ends_where_old_events_were_deleted(database: SqlDatabase) -> None:
    store = SqlJudgementStore(database)
    records = await store.save({ONE: HealthState()}, [(ONE, changed(START + timedelta(days=n))) for n in range(5)])
    await store.published(records[-1].seq)
    await store.purge(START + timedelta(days=3))
    assert [record.seq for record in await store.events(ONE, since=START)] == [4, 5]
