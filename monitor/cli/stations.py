"""The command ``station``: the registry from the command line."""

from __future__ import annotations

import csv
import io
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Final

from monitor.cli.inputs import CommandError, UsageError, named, read_input
from monitor.core.ids import MalformedIdError, fold_sticker, parse_sticker
from monitor.core.registry import LifeCycle
from monitor.registry.columns import COLUMNS
from monitor.registry.exports import write_csv
from monitor.registry.geojson import read_geojson
from monitor.registry.imports import Sheet, UnreadableImportError, read_csv
from monitor.registry.kml import read_kml
from monitor.registry.provisional import provisional_sticker

if TYPE_CHECKING:
    from argparse import Namespace
    from collections.abc import Iterable, Sequence

    from monitor.core.clock import Clock
    from monitor.core.registry import Station
    from monitor.registry.imports import Changed, Clash, Imported
    from monitor.storage.knocks import SqlKnocks
    from monitor.storage.registry import SqlRegistry

SETTABLE: Final = tuple(name for name in COLUMNS if name not in ("sticker", "provisional", "former_sticker"))
"""Columns that `station add`, `set` and `register` take as options."""
_ZIP: Final = b"PK\x03\x04"


async def station(registry: SqlRegistry, knocks: SqlKnocks, clock: Clock, args: Namespace) -> list[str]:  # noqa: PLR0911  (one an action)
    """Do what ``station ACTION`` asks for."""
    match args.action:
        case "import":
            sheet = read_sheet(args.file, read_input(args.file), args.bearer)
            return await put_sheet(registry, clock, args.file, sheet, skip_bad=args.skip_bad, dry_run=args.dry_run)
        case "export":
            return export_stations(await registry.stations(), args.file)
        case "add":
            return await add_station(registry, clock, {"sticker": args.sticker, **_given(args)})
        case "set":
            return await set_station(registry, clock, args.sticker, args.new_sticker, _given(args))
        case "register":
            return await register_station(registry, clock, args.identity, args.sticker, _given(args))
        case "knocks":
            return await list_knocks(knocks)
        case "list":
            return list_stations(await registry.stations())
        case "show":
            return show_station(await find(registry, args.sticker))
        case _:
            return await retire_station(registry, clock, args.sticker)


def _given(args: Namespace) -> dict[str, str]:
    return {name: getattr(args, name) for name in SETTABLE if getattr(args, name, None) is not None}


# ---------------------------------------------------------------------------------------------------------- files


def read_sheet(path: str, data: bytes, bearer: str | None = None) -> Sheet:
    """Read the stations of a file, whose kind is known by its name or by how it begins; `bearer` is for files that name none.

    Raises:
        CommandError: when the file as a whole cannot be read.
        UsageError: when a bearer is given for a CSV, which names its own.
    """
    suffix = Path(path).suffix.lower()
    begin = data[:64].removeprefix(b"\xef\xbb\xbf").lstrip()
    try:
        if begin.startswith(_ZIP):
            raise UnreadableImportError("a ZIP archive (such as KMZ or XLSX): unpack it, or save the stations as CSV UTF-8")
        if suffix in (".geojson", ".json") or begin.startswith(b"{"):
            return read_geojson(data, bearer)
        if suffix in (".kml", ".xml") or begin.startswith(b"<"):
            return read_kml(data, bearer)
        if bearer is not None:
            message = f"{path}: --bearer is for KML and GeoJSON; a CSV names the bearer of each station in its column 'bearer'"
            raise UsageError(message)
        return read_csv(data)
    except UnreadableImportError as error:
        message = f"{path}: {error}"
        raise CommandError(message) from None


async def put_sheet(  # noqa: PLR0913  (how to write it)
    registry: SqlRegistry, clock: Clock, path: str, sheet: Sheet, *, skip_bad: bool = False, dry_run: bool = False
) -> list[str]:
    """Write the rows of `sheet` and say what came of it; with `dry_run` say what would.

    Raises:
        CommandError: when a row is bad and `skip_bad` is not given; nothing is written then.
    """
    if sheet.bad and not skip_bad:
        raise CommandError(_refused(path, sheet, sheet.bad))
    done = await registry.apply(sheet.rows, clock.now(), skip_clashes=skip_bad, dry_run=dry_run)
    if done.clashes and not skip_bad:
        raise CommandError(_refused(path, sheet, done.clashes))
    bad = sorted((*sheet.bad, *done.clashes), key=lambda clash: clash.line)
    lines = [f"{done.read} stations read: {done.added} added, {done.updated} updated, {done.unchanged} unchanged"]
    ours = sum(row.provisional for row in sheet.rows)
    if ours:
        lines.append(
            f"{ours} of them came without a sticker: provisional ones, until 'station set STICKER --sticker NEW' or an import "
            "with the column former_sticker gives them theirs"
        )
    if bad:
        lines += [f"{len(bad)} rows left out:", *named(bad, sheet.unit)]
    if dry_run:
        return [*map(_difference, done.changes), *lines, await _rest(registry, done)]
    return lines


def _refused(path: str, sheet: Sheet, bad: Sequence[Clash]) -> str:
    head = f"{path}: {len(bad)} bad rows, nothing imported (--skip-bad leaves them out):"
    return "\n".join([head, *named(bad, sheet.unit)])


def _difference(change: Changed) -> str:
    if change.added:
        return f"add     {change.sticker}"
    told = (name if name == "password" else f"{name} {before or '-'} → {after or '-'}" for name, before, after in change.columns)
    return f"change  {change.sticker}  {'; '.join(told)}"


async def _rest(registry: SqlRegistry, done: Imported) -> str:
    others = len(await registry.stations()) - done.updated - done.unchanged
    return f"nothing was written (--dry-run); {others} stations of the registry are not in this file and would stay as they are"


def export_stations(stations: Iterable[Station], path: str) -> list[str]:
    """Write the registry as CSV to the file `path`, or to standard output for ``-``."""
    if path == "-":
        write_csv(stations, sys.stdout)
        return []
    try:
        with Path(path).open("w", encoding="utf-8", newline="") as file:
            count = write_csv(stations, file)
    except OSError as error:
        message = f"{path}: {error.strerror}"
        raise CommandError(message) from None
    return [f"{count} stations exported, without their passwords"]


# ---------------------------------------------------------------------------------------------------------- single stations


def _sheet_of(values: dict[str, str]) -> Sheet:
    """Return the one row that `values` (import column to text) make, read as a file would be.

    Raises:
        CommandError: when a value is bad.
    """
    text = io.StringIO()
    writer = csv.writer(text)
    writer.writerows((values.keys(), values.values()))
    sheet = read_csv(text.getvalue().encode())
    if sheet.bad:
        raise CommandError(sheet.bad[0].why)
    return sheet


async def _put_one(registry: SqlRegistry, clock: Clock, values: dict[str, str]) -> Imported:
    done = await registry.apply(_sheet_of(values).rows, clock.now())
    if done.clashes:
        raise CommandError(done.clashes[0].why)
    return done


async def add_station(registry: SqlRegistry, clock: Clock, values: dict[str, str]) -> list[str]:
    """Add one station; one that is there already is refused."""
    sheet = _sheet_of(values)
    known = await find_any(registry, values["sticker"])
    if known is not None and fold_sticker(known.sticker) == fold_sticker(sheet.rows[0].values["sticker"]):
        message = f"station {known.sticker} exists already; change it with 'station set {known.sticker}'"
        raise CommandError(message)
    await _put_one(registry, clock, values)
    return [f"station {sheet.rows[0].values['sticker']} added"]


async def set_station(registry: SqlRegistry, clock: Clock, sticker: str, new: str | None, values: dict[str, str]) -> list[str]:
    """Change what is registered of one station: its sticker, or any other column."""
    found = await find(registry, sticker)
    if new is None and not values:
        raise UsageError("nothing to change; name a column, as in --site 'Parking Brill', or --sticker NEW")
    row = {"bearer": found.bearer.value, "identity": found.identity, **values, "sticker": found.sticker}
    if new is not None:
        worn = await find_any(registry, new)
        if worn is not None and worn.id != found.id and fold_sticker(worn.sticker) == fold_sticker(new):
            message = f"sticker {worn.sticker} is worn by another station"
            raise CommandError(message)
        row |= {"sticker": new, "former_sticker": found.sticker}
    done = await _put_one(registry, clock, row)
    return [_difference(change) for change in done.changes] or [f"station {found.sticker} is so already"]


async def register_station(
    registry: SqlRegistry, clock: Clock, identity: str, sticker: str | None, values: dict[str, str]
) -> list[str]:
    """Register an identity that knocked, under its sticker, or a provisional one until that is known."""
    for known in await registry.stations():
        if known.identity == identity:
            message = f"identity {identity!r} is registered already, as {known.sticker}"
            raise CommandError(message)
        if sticker is not None and fold_sticker(known.sticker) == fold_sticker(sticker):
            message = (
                f"station {known.sticker} exists with identity {known.identity!r}; "
                f"if it calls itself {identity!r} now: station set {known.sticker} --identity {identity}"
            )
            raise CommandError(message)
    named_by_us = {"provisional": "true", "sticker": provisional_sticker(identity)}
    await _put_one(registry, clock, {**(named_by_us if sticker is None else {"sticker": sticker}), **values, "identity": identity})
    if sticker is None:
        made = named_by_us["sticker"]
        return [f"identity {identity} registered as {made}, until 'station set {made} --sticker S' gives it its own sticker"]
    return [f"identity {identity} registered as {sticker}"]


async def find_any(registry: SqlRegistry, sticker: str) -> Station | None:
    """Return the station that wears `sticker`, whatever its case; else the one that wore it before.

    Raises:
        CommandError: when it cannot be a sticker.
    """
    try:
        folded = fold_sticker(parse_sticker(sticker))
    except MalformedIdError as error:
        raise CommandError(str(error)) from None
    former = None
    for known in await registry.stations():
        if fold_sticker(known.sticker) == folded:
            return known
        if fold_sticker(known.former_sticker) == folded:
            former = known
    return former


async def find(registry: SqlRegistry, sticker: str) -> Station:
    """Return the station that wears `sticker`, or wore it before.

    Raises:
        CommandError: when there is none.
    """
    found = await find_any(registry, sticker)
    if found is None:
        message = f"station {sticker!r} is not registered; 'station list' shows those that are"
        raise CommandError(message)
    return found


async def retire_station(registry: SqlRegistry, clock: Clock, sticker: str) -> list[str]:
    """Retire a station: it may not connect any more; its history stays."""
    found = await find(registry, sticker)
    await registry.set_life_cycle(found.sticker, LifeCycle.RETIRED, clock.now())
    return [f"station {found.sticker} retired"]


# ---------------------------------------------------------------------------------------------------------- looking


def list_stations(stations: Iterable[Station]) -> list[str]:
    """Return a line a station, in columns."""
    rows = [
        (
            one.sticker,
            one.identity,
            one.life_cycle.value + (", sticker provisional" if one.provisional else ""),
            one.bearer.value,
            one.site,
            one.address,
        )
        for one in stations
    ]
    if not rows:
        return ["no stations; add some with 'station import FILE' or 'station add'"]
    return _table(("STICKER", "IDENTITY", "STATE", "BEARER", "SITE", "ADDRESS"), rows)


async def list_knocks(knocks: SqlKnocks) -> list[str]:
    """Return a line an identity that knocked without being registered, the latest first."""
    rows = [
        (
            one.identity,
            one.first.isoformat(timespec="seconds"),
            one.last.isoformat(timespec="seconds"),
            str(one.count),
            " ".join(one.addresses),
            one.offered,
            one.reason.value,
        )
        for one in await knocks.all()
    ]
    if not rows:
        return ["nobody unknown has knocked; 'station register IDENTITY' takes in one that does"]
    return _table(("IDENTITY", "FIRST", "LAST", "TIMES", "FROM", "OFFERED", "REFUSED FOR"), rows)


def _table(head: tuple[str, ...], rows: Iterable[tuple[str, ...]]) -> list[str]:
    whole = [head, *rows]
    widths = [max(len(row[place]) for row in whole) for place in range(len(head))]
    return ["  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip() for row in whole]


def show_station(found: Station) -> list[str]:
    """Return what the registry has of one station, a line a fact; its key is never shown."""
    facts = {
        "sticker": found.sticker + (" (provisional)" if found.provisional else ""),
        "before": found.former_sticker,
        "identity": found.identity,
        "state": found.life_cycle.value,
        "bearer": found.bearer.value,
        "protocol": found.protocol,
        "site": found.site,
        "region": found.region,
        "address": found.address,
        "position": f"{found.lat}, {found.lon}" if found.lat is not None else "",
        "owner": " ".join(filter(None, (found.owner.name, found.owner.phone, found.owner.email))),
        "maintainer": " ".join(filter(None, (found.maintainer.name, found.maintainer.phone, found.maintainer.email))),
        "grid operator": found.grid_operator,
        "feeder": found.feeder,
        "apn": found.sim.apn,
        "sim": " ".join(filter(None, (found.sim.iccid, found.sim.imsi, found.sim.msisdn, found.sim.operator))),
        "cell": found.sim.cell,
        "make": " ".join(filter(None, (found.vendor, found.model, found.serial))),
        "connectors": "" if found.connectors is None else str(found.connectors),
        "security": f"profile {found.security_profile}, {'with' if found.key_hash else 'no'} password",
        "networks": " ".join(found.allowed_networks),
        "heartbeat": "" if found.heartbeat_s is None else f"{found.heartbeat_s} s",
    }
    return [f"{name:14}{value}" for name, value in facts.items() if value]
