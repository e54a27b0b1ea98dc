"""The registry's tables: stations, planned work and cards, each change with the line that tells a running service."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from sqlalchemy import Table, bindparam, func, insert, select, update

from monitor.core.ids import Identity, StationId, Sticker, fold_sticker
from monitor.core.registry import NO_CONTACT, NO_SIM, Bearer, Contact, Language, LifeCycle, Sim, Station
from monitor.decode.dialect import Authorization
from monitor.registry.changes import Change, ChangeKind
from monitor.registry.columns import Row, new_station
from monitor.registry.credentials import PEPPER_BYTES, hash_key
from monitor.registry.imports import Clash, Imported
from monitor.storage.marks import secret
from monitor.storage.statements import upsert
from monitor.storage.tables import CardRow, MaintenanceRow, RegistryChangeRow, StationRow

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from datetime import datetime

    from sqlalchemy import Connection

    from monitor.runtime.ports import Database

STATION: Final[Table] = StationRow.__table__  # type: ignore[attr-defined]
CHANGE: Final[Table] = RegistryChangeRow.__table__  # type: ignore[attr-defined]
MAINTENANCE: Final[Table] = MaintenanceRow.__table__  # type: ignore[attr-defined]
CARD: Final[Table] = CardRow.__table__  # type: ignore[attr-defined]
PEPPER: Final = "station-keys"
_UNCOMPARED: Final = ("id", "updated_at")
_EMPTY: Final = {
    column.name: False if column.name == "tap" else ("" if not column.nullable else None) for column in STATION.columns
}


class SqlRegistry:
    """Writes and reads the registry. Every write is one transaction of well under a second."""

    def __init__(self, database: Database) -> None:
        """Use `database`."""
        self._database = database

    async def pepper(self) -> bytes:
        """Return the key with which station passwords are hashed, made at the first call."""
        return await self._database.write(lambda connection: secret(connection, PEPPER, PEPPER_BYTES))

    # ------------------------------------------------------------------------------------------------ stations

    async def apply(self, rows: Sequence[Row], now: datetime, *, skip_clashes: bool = False) -> Imported:
        """Add or update a station a row, by its sticker; all in one transaction.

        Returns:
            What was added, updated and left alone. Where rows clash with each other or with a station that is there, nothing
            is written unless `skip_clashes` leaves those rows out.
        """
        return await self._database.write(lambda connection: self._apply(connection, rows, now, skip_clashes=skip_clashes))

    def _apply(self, connection: Connection, rows: Sequence[Row], now: datetime, *, skip_clashes: bool) -> Imported:
        pepper = secret(connection, PEPPER, PEPPER_BYTES)
        known = {fold_sticker(row["sticker"]): dict(row) for row in connection.execute(select(STATION)).mappings()}
        clashes = list(_clashes(rows, known))
        if clashes and not skip_clashes:
            return Imported(clashes=tuple(clashes))
        refused = {clash.line for clash in clashes}
        added, changed, same = [], [], 0
        for row in rows:
            if row.line in refused:
                continue
            values = dict(row.values)
            if row.key is not None:
                values["key_hash"] = hash_key(pepper, row.key)
            before = known.get(fold_sticker(values["sticker"]))
            if before is None:
                added.append({**_EMPTY, **new_station(row), **values, "updated_at": now})
                continue
            values["sticker"] = before["sticker"]
            if any(before[name] != value for name, value in values.items()):
                changed.append({**before, **values, "updated_at": now})
            else:
                same += 1
        self._write(connection, added, changed, now)
        return Imported(added=len(added), updated=len(changed), unchanged=same, clashes=tuple(clashes))

    @staticmethod
    def _write(connection: Connection, added: list[dict[str, Any]], changed: list[dict[str, Any]], now: datetime) -> None:
        ids = [row["id"] for row in changed]
        if changed:
            # An identity may pass from one station to another in one file: each lets go of its own before any takes a new one.
            connection.execute(
                update(STATION).where(STATION.c.id == bindparam("row_id")).values(identity=bindparam("parked")),
                [{"row_id": row["id"], "parked": f"/{row['id']}"} for row in changed],
            )
            columns: dict[str, Any] = {name: bindparam(f"new_{name}") for name in changed[0] if name != "id"}
            connection.execute(
                update(STATION).where(STATION.c.id == bindparam("row_id")).values(columns),
                [{"row_id": row["id"], **{f"new_{name}": row[name] for name in columns}} for row in changed],
            )
        if added:
            for row in added:
                row.pop("id", None)
            last = connection.execute(select(func.max(STATION.c.id))).scalar() or 0
            connection.execute(insert(STATION), added)
            ids += connection.execute(select(STATION.c.id).where(STATION.c.id > last)).scalars().all()
        _tell(connection, ChangeKind.STATION, ids, now)

    async def set_life_cycle(self, sticker: Sticker, state: LifeCycle, now: datetime) -> bool:
        """Move the station that wears `sticker` to `state`; return whether there is one."""

        def work(connection: Connection) -> bool:
            found = connection.execute(select(STATION.c.id).where(func.lower(STATION.c.sticker) == fold_sticker(sticker))).scalar()
            if found is None:
                return False
            connection.execute(update(STATION).where(STATION.c.id == found).values(state=state.value, updated_at=now))
            _tell(connection, ChangeKind.STATION, [found], now)
            return True

        return await self._database.write(work)

    async def stations(self, only: set[StationId] | None = None) -> list[Station]:
        """Return all stations, or those of `only`, by their stickers."""
        query = select(STATION)
        if only is not None:
            query = query.where(STATION.c.id.in_(only))
        found = await self._database.read(lambda connection: [_station(row) for row in connection.execute(query).mappings()])
        return sorted(found, key=lambda station: station.sticker)  # a database sorts text by its locale

    # ------------------------------------------------------------------------------------------------ planned work

    async def announce(self, stations: Iterable[StationId], until: datetime | None, now: datetime) -> None:
        """Announce planned work on `stations` until `until`; ``None`` ends it."""
        ids = list(stations)

        def work(connection: Connection) -> None:
            connection.execute(
                upsert(MAINTENANCE, connection), [{"station_id": one, "until": until, "announced_at": now} for one in ids]
            )
            _tell(connection, ChangeKind.MAINTENANCE, ids, now)

        if ids:
            await self._database.write(work)

    async def maintenance(self, only: set[StationId] | None = None) -> dict[StationId, datetime | None]:
        """Return until when each station (or each of `only`) is in maintenance."""
        query = select(MAINTENANCE.c.station_id, MAINTENANCE.c.until)
        if only is not None:
            query = query.where(MAINTENANCE.c.station_id.in_(only))
        return await self._database.read(
            lambda connection: {StationId(row.station_id): row.until for row in connection.execute(query)}
        )

    # ------------------------------------------------------------------------------------------------ cards

    async def put_cards(self, cards: Sequence[Mapping[str, Any]], now: datetime) -> None:
        """Add or update cards; each has `id_tag`, `status`, `expires_at` and `holder`."""

        def work(connection: Connection) -> None:
            connection.execute(upsert(CARD, connection), list(cards))
            _tell(connection, ChangeKind.CARDS, [None], now)

        if cards:
            await self._database.write(work)

    async def cards(self) -> dict[str, tuple[Authorization, datetime | None]]:
        """Return every card: its status and its expiry."""
        query = select(CARD.c.id_tag, CARD.c.status, CARD.c.expires_at)
        rows = await self._database.read(lambda connection: list(connection.execute(query)))
        return {row.id_tag: (Authorization(row.status), row.expires_at) for row in sorted(rows, key=lambda row: row.id_tag)}

    # ------------------------------------------------------------------------------------------------ changes

    async def changes(self, after: int, limit: int = 10_000) -> list[Change]:
        """Return the changes behind number `after`, oldest first."""
        query = select(CHANGE).where(CHANGE.c.seq > after).order_by(CHANGE.c.seq).limit(limit)
        return await self._database.read(
            lambda connection: [
                Change(seq=row.seq, kind=ChangeKind(row.kind), station=row.station_id) for row in connection.execute(query)
            ]
        )

    async def last_change(self) -> int:
        """Return the number of the latest change, 0 before the first."""
        return await self._database.read(lambda connection: connection.execute(select(func.max(CHANGE.c.seq))).scalar() or 0)


def _tell(connection: Connection, kind: ChangeKind, stations: Iterable[int | None], now: datetime) -> None:
    rows = [{"kind": kind.value, "station_id": station, "at": now} for station in stations]
    if rows:
        connection.execute(insert(CHANGE), rows)


def _clashes(rows: Sequence[Row], known: Mapping[str, Mapping[str, Any]]) -> Iterable[Clash]:
    """Find rows that name a sticker twice, or an identity that another station has."""
    holders = {row["identity"]: sticker for sticker, row in known.items()}
    for row in rows:
        before = known.get(fold_sticker(row.values["sticker"]))
        if before is not None and holders.get(before["identity"]) == fold_sticker(row.values["sticker"]):
            del holders[before["identity"]]
    lines: dict[str, int] = {}
    for row in rows:
        sticker = fold_sticker(row.values["sticker"])
        identity = row.values.get("identity") or known.get(sticker, {}).get("identity") or row.values["sticker"]
        if sticker in lines:
            yield Clash(line=row.line, why=f"sticker {row.values['sticker']!r}: is in line {lines[sticker]} already")
        elif identity in holders:
            yield Clash(line=row.line, why=f"identity {identity!r}: belongs to {holders[identity].upper()} already")
        else:
            lines[sticker] = row.line
            holders[identity] = sticker


def _station(row: Mapping[Any, Any]) -> Station:
    language = row["owner_language"]
    owner = Contact(
        name=row["owner"],
        phone=row["owner_phone"],
        email=row["owner_email"],
        language=Language(language) if language else None,
    )
    maintainer = Contact(name=row["maintainer"], phone=row["maintainer_phone"], email=row["maintainer_email"])
    sim = Sim(
        apn=row["apn"],
        iccid=row["sim_iccid"],
        imsi=row["sim_imsi"],
        msisdn=row["sim_msisdn"],
        operator=row["sim_operator"],
        cell=row["cell"],
    )
    plain = ("protocol", "site", "region", "address", "lat", "lon", "grid_operator", "feeder", "probe_host", "vendor", "model")
    more = ("serial", "connectors", "security_profile", "key_hash", "heartbeat_s", "tap")
    return Station(
        id=StationId(row["id"]),
        sticker=Sticker(row["sticker"]),
        identity=Identity(row["identity"]),
        bearer=Bearer(row["bearer"]),
        life_cycle=LifeCycle(row["state"]),
        owner=NO_CONTACT if owner == NO_CONTACT else owner,
        maintainer=NO_CONTACT if maintainer == NO_CONTACT else maintainer,
        sim=NO_SIM if sim == NO_SIM else sim,
        allowed_networks=tuple(row["allowed_networks"].split()),
        **{name: row[name] for name in (*plain, *more)},
    )
