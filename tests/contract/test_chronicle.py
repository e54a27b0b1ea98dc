"""The past of many stations: every event of the chosen kinds, whatever became of the log and of each station since."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from sqlalchemy import update

from monitor.core.events import ChargingStarted, ConnectorChanged, Event, HealthChanged, LinkChanged, Reason, State
from monitor.core.health_state import HealthState
from monitor.core.ids import StationId
from monitor.core.observations import Status
from monitor.storage.chronicle import GROUP, Past, SqlChronicle
from monitor.storage.judgements import EVENT, STATE, SqlJudgementStore
from tests.support.clocks import START

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

    from monitor.storage.database import SqlDatabase

ONE, TWO, THREE = StationId(1), StationId(2), StationId(3)
ONLINE = HealthState(state=State.ONLINE)


def changed(second: int) -> HealthChanged:
    at = START + timedelta(seconds=second)
    return HealthChanged(at=at, origin=State.UNKNOWN, to=State.ONLINE, reason=Reason.SPOKE, since=at)


async def pasts(database: SqlDatabase, stations: Sequence[StationId], kinds: Collection[type] = (HealthChanged,)) -> list[Past]:
    return [past async for past in SqlChronicle(database).pasts(stations, kinds)]


async def test_each_station_has_its_own_events_oldest_first(database: SqlDatabase) -> None:
    events: list[tuple[StationId, Event]] = [(ONE if n % 3 else TWO, changed(n)) for n in range(30)]
    records = await SqlJudgementStore(database).save({ONE: ONLINE, TWO: HealthState()}, events)
    one, two = await pasts(database, [ONE, TWO])
    assert one == Past(station=ONE, records=tuple(record for record in records if record.station == ONE), now=ONLINE)
    assert two.records == tuple(record for record in records if record.station == TWO)
    assert two.now == HealthState()


async def test_only_the_kinds_that_are_asked_for_are_read(database: SqlDatabase) -> None:
    """Events of a later version are among the others: they are passed by, not stumbled over."""
    link = LinkChanged(at=START, open=True, epoch=1, address="10.0.0.1")
    events: list[tuple[StationId, Event]] = [
        (ONE, changed(0)),
        (ONE, ChargingStarted(at=START, connector="1", transaction="7")),
        (ONE, ConnectorChanged(at=START, connector="1", status=Status.CHARGING)),
        (ONE, link),
    ]
    await SqlJudgementStore(database).save({ONE: ONLINE}, events)
    later = update(EVENT).where(EVENT.c.kind == "charging_started").values(kind="of_tomorrow", body='{"type":"of_tomorrow"}')
    await database.write(lambda connection: connection.execute(later))
    (past,) = await pasts(database, [ONE], (HealthChanged, LinkChanged))
    assert [record.event for record in past.records] == [changed(0), link]


async def test_a_station_of_which_nothing_is_stored_has_an_empty_past(database: SqlDatabase) -> None:
    assert await pasts(database, []) == []
    assert await pasts(database, [THREE]) == [Past(station=THREE, records=(), now=None)]


async def test_stations_come_in_the_order_in_which_they_are_asked_for_however_many(database: SqlDatabase) -> None:
    stations = [StationId(n) for n in range(2 * GROUP + 3, 0, -1)]
    events: list[tuple[StationId, Event]] = [(station, changed(int(station))) for station in stations]
    await SqlJudgementStore(database).save(dict.fromkeys(stations, ONLINE), events)
    found = await pasts(database, stations)
    assert [past.station for past in found] == stations
    assert [[record.event for record in past.records] for past in found] == [[changed(int(station))] for station in stations]


async def test_a_past_begins_where_old_events_were_deleted(database: SqlDatabase) -> None:
    store = SqlJudgementStore(database)
    records = await store.save({ONE: ONLINE}, [(ONE, changed(n)) for n in range(5)])
    await store.published(records[-1].seq)
    await store.purge(START + timedelta(seconds=3))
    (past,) = await pasts(database, [ONE])
    assert past.records == tuple(records[3:])


async def test_a_state_that_cannot_be_read_is_as_if_none_were_stored(database: SqlDatabase) -> None:
    records = await SqlJudgementStore(database).save({ONE: ONLINE}, [(ONE, changed(0))])
    await database.write(lambda connection: connection.execute(update(STATE).values(body="{broken")))
    assert await pasts(database, [ONE]) == [Past(station=ONE, records=tuple(records), now=None)]
