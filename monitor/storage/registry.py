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
from monitor.registry.imports import Changed, Clash, Imported
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
    column.name: False if column.name in ("tap", "provisional") else ("" if not column.nullable else None)
    for column in STATION.columns
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

    async def apply(self, rows: Sequence[Row], now: datetime, *, skip_clashes: bool = False, dry_run: bool = False) -> Imported:
        """Add or update a station a row, by its sticker; all in one transaction.

        A row that names a former sticker, or whose identity is that of a station with a provisional one, gives that station its
        new sticker.

        Returns:
            What was added, updated and left alone, and each change. Where rows clash with each other or with a station that is
            there, nothing is written unless `skip_clashes` leaves those rows out; with `dry_run` no station is written at all.
        """
        return await self._database.write(
            lambda connection: self._apply(connection, rows, now, skip_clashes=skip_clashes, dry_run=dry_run)
        )

    def _apply(self, connection: Connection, rows: Sequence[Row], now: datetime, *, skip_clashes: bool, dry_run: bool) -> Imported:
        pepper = secret(connection, PEPPER, PEPPER_BYTES)
        book = _Book(dict(row) for row in connection.execute(select(STATION)).mappings())
        clashes = dict(book.clashes(rows))
        if clashes and not skip_clashes:
            return Imported(clashes=tuple(clashes.values()))
        added, changed, same = [], [], 0
        changes = []
        for place, row in enumerate(rows):
            if place in clashes:
                continue
            values = dict(row.values)
            if row.key is not None:
                values["key_hash"] = hash_key(pepper, row.key)
            before = book.of(row)
            if before is None:
                added.append({**_EMPTY, **new_station(row), **values, "updated_at": now})
                changes.append(Changed(sticker=values["sticker"], added=True))
                continue
            values = _update(before, row, values)
            differing = [name for name, value in values.items() if before[name] != value]
            if differing:
                changed.append({**before, **values, "updated_at": now})
                changes.append(_changed(before, values, differing))
            else:
                same += 1
        if not dry_run:
            self._write(connection, added, changed, now)
        return Imported(
            added=len(added), updated=len(changed), unchanged=same, clashes=tuple(clashes.values()), changes=tuple(changes)
        )

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


class _Book:
    """The stations that are there, as rows of the table, by every name by which an import may mean one."""

    def __init__(self, rows: Iterable[dict[str, Any]]) -> None:
        self._by_sticker = {fold_sticker(row["sticker"]): row for row in rows}
        known = self._by_sticker.values()
        self._by_former = {fold_sticker(row["former_sticker"]): row for row in known if row["former_sticker"]}
        self._provisional = {row["identity"]: row for row in known if row["provisional"]}

    def of(self, row: Row) -> dict[str, Any] | None:
        """Return the station that `row` is about.

        It wears the sticker, or the former one that the row names, or it waits for its sticker under the row's identity. A sticker
        that we made for an import still means the station that has its real one since.
        """
        sticker = fold_sticker(row.values["sticker"])
        known = self._by_sticker.get(sticker) or self._by_sticker.get(fold_sticker(row.values.get("former_sticker", "")))
        if known is None and row.provisional:
            return self._by_former.get(sticker)
        return known or self._provisional.get(row.values.get("identity", ""))

    def clashes(self, rows: Sequence[Row]) -> Iterable[tuple[int, Clash]]:
        """Find rows that name a station twice, or an identity that another station has; each with its place in `rows`."""
        holders = {row["identity"]: row["sticker"] for row in self._by_sticker.values()}
        for row in rows:
            before = self.of(row)
            if before is not None and holders.get(before["identity"]) == before["sticker"]:
                del holders[before["identity"]]
        lines: dict[object, int] = {}
        for place, row in enumerate(rows):
            why = self._clash(row, lines, holders)
            if why:
                yield place, Clash(line=row.line, why=why)

    def _clash(self, row: Row, lines: dict[object, int], holders: dict[str, str]) -> str:
        """Return why `row` cannot stand beside the rows before it, else note what it takes: station and sticker, identity."""
        before = self.of(row)
        sticker = row.values["sticker"]
        identity = row.values.get("identity") or (before or {}).get("identity") or sticker
        worn = fold_sticker(sticker)
        taken = {worn} if before is None else {worn, before["id"]}
        line = next((lines[one] for one in taken if one in lines), None)
        if line is not None:
            return f"sticker {sticker!r}: is in line {line} already"
        former = row.values.get("former_sticker", "")
        told = before is None or fold_sticker(former) == fold_sticker(before["former_sticker"])
        if not told and self._by_sticker.get(fold_sticker(former), before) is not before:
            return f"former_sticker {former!r}: that station is there beside {sticker}; retire one of them"
        if identity in holders:
            return f"identity {identity!r}: belongs to {holders[identity]} already"
        lines |= dict.fromkeys(taken, row.line)
        holders[identity] = sticker
        return ""


def _update(before: Mapping[str, Any], row: Row, values: dict[str, Any]) -> dict[str, Any]:
    """Return what `row`, of which `values` is stored, makes of the station `before`: a new sticker remembers the old one."""
    if row.provisional or fold_sticker(before["sticker"]) == fold_sticker(values["sticker"]):
        return {**values, "sticker": before["sticker"]}
    return {"provisional": False, **values, "former_sticker": before["sticker"]}


_KEY: Final = "key_hash"


def _changed(before: Mapping[str, Any], values: Mapping[str, Any], differing: Sequence[str]) -> Changed:
    columns = tuple(
        ("password", "", "") if name == _KEY else (name, _shown(before[name]), _shown(values[name])) for name in differing
    )
    return Changed(sticker=before["sticker"], added=False, columns=columns)


def _shown(value: object) -> str:
    return "" if value is None else str(value).lower() if isinstance(value, bool) else str(value)


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
    more = ("serial", "connectors", "security_profile", "key_hash", "heartbeat_s", "tap", "provisional", "former_sticker")
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
