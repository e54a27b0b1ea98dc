"""Where judgements are kept: a row a station for its state, and the event log, which is the outbox as well."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import msgspec
from sqlalchemy import CTE, Table, bindparam, delete, func, insert, select

from monitor.core.events import Event, EventRecord, HealthChanged
from monitor.core.health_state import HealthState
from monitor.core.ids import NETWORK, StationId
from monitor.core.ledger import Ledger, Measured
from monitor.storage.columns import to_micros
from monitor.storage.marks import read_mark, write_mark
from monitor.storage.statements import DriverStatement, read_number, upsert
from monitor.storage.tables import EventRow, FleetRow, StationStateRow

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping, Sequence
    from datetime import datetime

    from sqlalchemy import Connection, Select

    from monitor.runtime.ports import Database

EVENT: Final[Table] = EventRow.__table__  # type: ignore[attr-defined]
FLEET: Final[Table] = FleetRow.__table__  # type: ignore[attr-defined]
INCIDENTS: Final = "incidents"
CHANCES: Final = "chances"
STATE: Final[Table] = StationStateRow.__table__  # type: ignore[attr-defined]
CURSOR: Final = "relayed"
_EVENT_COLUMNS: Final = ("seq", "previous", "station_id", "at", "kind", "body")
_LAST_NUMBER: Final = str(select(func.max(EVENT.c.seq)))
_STATE_COLUMNS: Final = ("station_id", "state", "last_event", "body")

_encode = msgspec.json.Encoder().encode
_event_decoder: Final = msgspec.json.Decoder(Event)
_state_decoder: Final = msgspec.json.Decoder(HealthState)
_ledger_decoder: Final = msgspec.json.Decoder(Ledger)
_chances_decoder: Final = msgspec.json.Decoder(list[Measured])
_HEALTH_CHANGED: Final = str(HealthChanged.__struct_config__.tag)


class SqlJudgementStore:
    """`JudgementStore`, `Outbox` and `History` over the house's database."""

    def __init__(self, database: Database) -> None:
        """Use `database`."""
        self._database = database
        self._save_states: DriverStatement | None = None
        self._save_events: DriverStatement | None = None
        self._heads: dict[StationId, int] = {}

    # ------------------------------------------------------------------------------------------------ judgements

    async def save(
        self,
        states: Mapping[StationId, HealthState],
        events: Sequence[tuple[StationId, Event]],
        ledger: Ledger | None = None,
    ) -> list[EventRecord]:
        """Store states, events and the ledger of incidents in one transaction; return the events with their numbers, in order.

        Every station that has an event must have its state with it, and events of incidents their ledger.
        """
        records, heads = await self._database.write(lambda connection: self._save(connection, states, events, ledger))
        self._heads.update(heads)
        return records

    def _save(
        self,
        connection: Connection,
        states: Mapping[StationId, HealthState],
        events: Sequence[tuple[StationId, Event]],
        ledger: Ledger | None,
    ) -> tuple[list[EventRecord], dict[StationId, int]]:
        if self._save_states is None or self._save_events is None:
            self._save_states = DriverStatement(upsert(STATE, connection), _STATE_COLUMNS, connection)
            self._save_events = DriverStatement(insert(EVENT), _EVENT_COLUMNS, connection)
        known, heads = self._heads, dict[StationId, int]()
        records, rows = [], []
        seq = self._next_number(connection) if events else 0
        at, micros = None, 0
        for station, event in events:
            previous = heads.get(station) or known.get(station, 0)
            if event.at is not at:  # those of one round have one instant
                at, micros = event.at, to_micros(event.at)
            rows.append((seq, previous, station, micros, _kind(event), _encode(event).decode()))
            records.append(EventRecord(seq=seq, station=station, event=event))
            heads[station] = seq
            seq += 1
        self._save_events.run(connection, rows)
        self._save_states.run(
            connection,
            [
                (station, state.state.value, heads.get(station) or known.get(station, 0), _encode(state).decode())
                for station, state in states.items()
            ],
        )
        if ledger is not None:
            last = heads.get(NETWORK) or known.get(NETWORK, 0)
            row = {"name": INCIDENTS, "last_event": last, "body": _encode(ledger).decode()}
            connection.execute(upsert(FLEET, connection), row)
        return records, heads

    @staticmethod
    def _next_number(connection: Connection) -> int:
        """Return the number after the last that was ever given; the single writer makes that certain."""
        last = read_number(connection, _LAST_NUMBER)
        return (last or read_mark(connection, "purged") or 0) + 1

    async def states(self) -> dict[StationId, HealthState]:
        """Return every state that is stored, and take up the histories behind them; call it before the first `save`.

        A state that cannot be read is left out, as if nothing were known.
        """

        def work(connection: Connection) -> dict[StationId, HealthState]:
            found = {}
            for row in connection.execute(select(STATE.c.station_id, STATE.c.last_event, STATE.c.body)):
                heads[StationId(row.station_id)] = row.last_event
                state = read_state(row.body)
                if state is not None:
                    found[StationId(row.station_id)] = state
            return found

        heads: dict[StationId, int] = {}
        found = await self._database.read(work)
        self._heads = {**heads, **self._heads}
        return found

    async def ledger(self) -> Ledger:
        """Return the stored ledger of incidents, and take up the history behind it; an unreadable one is as if there were none."""

        def work(connection: Connection) -> Ledger:
            row = connection.execute(select(FLEET.c.last_event, FLEET.c.body).where(FLEET.c.name == INCIDENTS)).first()
            if row is None:
                return Ledger()
            heads.append(row.last_event)
            try:
                return _ledger_decoder.decode(row.body)
            except msgspec.MsgspecError:
                return Ledger()

        heads: list[int] = []
        ledger = await self._database.read(work)
        if heads:
            self._heads.setdefault(NETWORK, heads[0])
        return ledger

    async def keep_chances(self, measured: list[Measured]) -> None:
        """Store what was measured of every group."""
        row = {"name": CHANCES, "last_event": 0, "body": _encode(measured).decode()}
        await self._database.write(lambda connection: connection.execute(upsert(FLEET, connection), row))

    async def chances(self) -> list[Measured]:
        """Return what was measured of every group."""
        read = select(FLEET.c.body).where(FLEET.c.name == CHANCES)
        body = await self._database.read(lambda connection: connection.execute(read).scalar())
        try:
            return [] if body is None else _chances_decoder.decode(body)
        except msgspec.MsgspecError:
            return []

    # ------------------------------------------------------------------------------------------------ outbox

    async def unpublished(self, limit: int) -> list[EventRecord]:
        """Return the oldest events behind the relay's cursor."""

        def work(connection: Connection) -> list[EventRecord]:
            cursor = read_mark(connection, CURSOR) or 0
            return _records(connection.execute(select(EVENT).where(EVENT.c.seq > cursor).order_by(EVENT.c.seq).limit(limit)))

        return await self._database.read(work)

    async def published(self, seq: int) -> None:
        """Move the relay's cursor to `seq`."""
        await self._database.write(lambda connection: write_mark(connection, CURSOR, seq))

    async def tail(self, after: int, kinds: Collection[type], limit: int) -> tuple[list[EventRecord], int]:
        """Return the next events of `kinds` behind number `after`, and up to which number the log has been looked through."""
        wanted = select(EVENT).where(EVENT.c.seq > after, EVENT.c.kind.in_(kinds_of(kinds))).order_by(EVENT.c.seq).limit(limit)

        def work(connection: Connection) -> tuple[list[EventRecord], int]:
            head = read_number(connection, _LAST_NUMBER) or 0
            records = _records(connection.execute(wanted))
            last = records[-1].seq if records else 0
            return records, last if len(records) == limit else max(after, head, last)

        return await self._database.read(work)

    # ------------------------------------------------------------------------------------------------ history

    async def events(self, station: StationId, *, since: datetime, limit: int = 500) -> list[EventRecord]:
        """Return the last `limit` events of `station` from `since` on, oldest first."""
        chosen = {"station": station, "since": since, "most": limit}
        return await self._database.read(lambda connection: _records(connection.execute(_NEWEST[station == NETWORK], chosen))[::-1])

    async def state_before(self, station: StationId, instant: datetime) -> str | None:
        """Return the state that `station` was in at `instant`, ``None`` when the log does not reach back."""
        chosen = {"station": station, "instant": instant}
        body = await self._database.read(lambda connection: connection.execute(_CHANGE_BEFORE[station == NETWORK], chosen).scalar())
        changed = None if body is None else _event_decoder.decode(body)
        return changed.to.value if isinstance(changed, HealthChanged) else None

    async def purge(self, before: datetime) -> int:
        """Delete published events older than `before`; return how many. Numbers are never used again."""

        def work(connection: Connection) -> int:
            cursor = read_mark(connection, CURSOR) or 0
            last = connection.execute(select(func.max(EVENT.c.seq))).scalar() or 0
            write_mark(connection, "purged", max(last, read_mark(connection, "purged") or 0))
            gone = connection.execute(delete(EVENT).where(EVENT.c.at < before, EVENT.c.seq <= cursor))
            return gone.rowcount

        return await self._database.write(work)

    async def thin(self, station: StationId, before: datetime) -> None:
        """Delete the published events of `station` older than `before`, as far as its chain goes.

        The last number stays, whoever has it, so that none is given twice.
        """
        chain = _chain(network=station == NETWORK)
        old = select(chain.c.seq).where(chain.c.at < before)

        def work(connection: Connection) -> None:
            cursor = read_mark(connection, CURSOR) or 0
            last = read_number(connection, _LAST_NUMBER) or 0
            thinned = delete(EVENT).where(EVENT.c.seq.in_(old), EVENT.c.seq <= cursor, EVENT.c.seq < last)
            connection.execute(thinned, {"station": station})

        await self._database.write(work)


def _chain(*, network: bool) -> CTE:
    """Return the events of the parameter ``station``, newest first, as a query that follows the chain only as far as it is read."""
    head = select(EVENT).join(STATE, STATE.c.last_event == EVENT.c.seq).where(STATE.c.station_id == bindparam("station"))
    if network:
        head = select(EVENT).join(FLEET, FLEET.c.last_event == EVENT.c.seq).where(FLEET.c.name == INCIDENTS)
    chain = head.cte("chain", recursive=True)
    return chain.union_all(select(EVENT).join(chain, EVENT.c.seq == chain.c.previous))


def _newest(chain: CTE) -> Select[Any]:
    return select(chain).where(chain.c.at >= bindparam("since")).limit(bindparam("most"))


def _change_before(chain: CTE) -> Select[Any]:
    return select(chain.c.body).where(chain.c.at < bindparam("instant"), chain.c.kind == _HEALTH_CHANGED).limit(1)


# Building a statement costs more than running it, so each is built once: that of a station, and that of the network.
_CHAINS: Final = (_chain(network=False), _chain(network=True))
_NEWEST: Final = tuple(_newest(chain) for chain in _CHAINS)
_CHANGE_BEFORE: Final = tuple(_change_before(chain) for chain in _CHAINS)


def _kind(event: Event) -> str:
    return str(event.__struct_config__.tag)


def kinds_of(events: Iterable[type]) -> list[str]:
    """Return the column `kind` of these classes of events."""
    return [str(one.__struct_config__.tag) for one in events]  # type: ignore[attr-defined]


def read_state(body: str) -> HealthState | None:
    """Return the state that is stored as `body`, ``None`` when it cannot be read."""
    try:
        return _state_decoder.decode(body)
    except msgspec.MsgspecError:
        return None


def read_event(seq: int, station: int, body: str) -> EventRecord:
    """Return the event that is stored as `body`."""
    return EventRecord(seq=seq, station=StationId(station), event=_event_decoder.decode(body))


def _records(rows: Any) -> list[EventRecord]:  # noqa: ANN401  (SQLAlchemy's result rows)
    return [read_event(row.seq, row.station_id, row.body) for row in rows]
