"""What the command line does with the registry and with records; parsing of arguments is the front door's business.

Functions return the lines to print. What is refused is a `CommandError`, one line: what is wrong, with what value, and how to
mend it.
"""

from __future__ import annotations

import csv
import io
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import IO, TYPE_CHECKING, Final

from monitor.core.ids import MalformedIdError, fold_sticker, parse_sticker
from monitor.core.registry import LifeCycle
from monitor.registry.cards import read_cards
from monitor.registry.columns import COLUMNS
from monitor.registry.imports import Clash, Sheet, UnreadableImportError, read_csv
from monitor.runtime.replay import BadLineError, Line, Replay, read_line

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from monitor.core.clock import Clock
    from monitor.core.policy import Policy
    from monitor.core.registry import Bearer, Station
    from monitor.storage.registry import SqlRegistry

SHOWN_BAD: Final = 20
"""Bad rows named before the rest is only counted."""


class CommandError(Exception):
    """A command was refused; the message is what the user reads."""


def read_input(path: str) -> bytes:
    """Return the bytes of the file `path`, or of standard input for ``-``.

    Raises:
        CommandError: when it cannot be read.
    """
    try:
        return sys.stdin.buffer.read() if path == "-" else Path(path).read_bytes()
    except OSError as error:
        message = f"{path}: {error.strerror}"
        raise CommandError(message) from None


# ---------------------------------------------------------------------------------------------------------- stations


async def import_stations(registry: SqlRegistry, clock: Clock, path: str, *, skip_bad: bool) -> list[str]:
    """Import the stations of a CSV file; all or nothing unless `skip_bad`."""
    if Path(path).suffix.lower() in (".kml", ".geojson", ".json"):
        message = f"{path}: this version reads CSV only; save the stations as CSV"
        raise CommandError(message)
    try:
        sheet = read_csv(read_input(path))
    except UnreadableImportError as error:
        message = f"{path}: {error}"
        raise CommandError(message) from None
    return await put_sheet(registry, clock, path, sheet, skip_bad=skip_bad)


async def put_sheet(registry: SqlRegistry, clock: Clock, path: str, sheet: Sheet, *, skip_bad: bool) -> list[str]:
    """Write the rows of `sheet` and say what came of it.

    Raises:
        CommandError: when a row is bad and `skip_bad` is not given; nothing is written then.
    """
    if sheet.bad and not skip_bad:
        raise CommandError(_refused(path, sheet.bad))
    done = await registry.apply(sheet.rows, clock.now(), skip_clashes=skip_bad)
    if done.clashes and not skip_bad:
        raise CommandError(_refused(path, done.clashes))
    bad = sorted((*sheet.bad, *done.clashes), key=lambda clash: clash.line)
    count = done.added + done.updated + done.unchanged
    lines = [f"{count} stations read: {done.added} added, {done.updated} updated, {done.unchanged} unchanged"]
    if bad:
        lines += [f"{len(bad)} rows left out:", *_named(bad)]
    return lines


def _refused(path: str, bad: Iterable[Clash]) -> str:
    listed = list(bad)
    return "\n".join([f"{path}: {len(listed)} bad rows, nothing imported (--skip-bad leaves them out):", *_named(listed)])


def _named(bad: list[Clash]) -> list[str]:
    lines = [f"  line {clash.line}: {clash.why}" for clash in bad[:SHOWN_BAD]]
    return [*lines, f"  and {len(bad) - SHOWN_BAD} more"] if len(bad) > SHOWN_BAD else lines


def sheet_of(values: dict[str, str]) -> Sheet:
    """Return the one row that `values` (import column to text) make, read as a file would be."""
    text = io.StringIO()
    writer = csv.writer(text)
    writer.writerows((values.keys(), values.values()))
    return read_csv(text.getvalue().encode())


async def add_station(registry: SqlRegistry, clock: Clock, values: dict[str, str]) -> list[str]:
    """Add one station; one that is there already is refused, `station import` changes it."""
    sheet = sheet_of(values)
    if sheet.bad:
        raise CommandError(sheet.bad[0].why)
    if await find(registry, values["sticker"], required=False) is not None:
        message = f"station {values['sticker']} exists already; change it with 'station import'"
        raise CommandError(message)
    await put_sheet(registry, clock, "station add", sheet, skip_bad=False)
    return [f"station {sheet.rows[0].values['sticker']} added"]


async def find(registry: SqlRegistry, sticker: str, *, required: bool = True) -> Station | None:
    """Return the station that wears `sticker`, whatever its case.

    Raises:
        CommandError: when `required` and there is none.
    """
    try:
        folded = fold_sticker(parse_sticker(sticker))
    except MalformedIdError as error:
        raise CommandError(str(error)) from None
    for station in await registry.stations():
        if fold_sticker(station.sticker) == folded:
            return station
    if required:
        message = f"station {sticker!r} is not registered; 'station list' shows those that are"
        raise CommandError(message)
    return None


async def list_stations(registry: SqlRegistry) -> list[str]:
    """Return a line a station, in columns."""
    rows = [("STICKER", "IDENTITY", "STATE", "BEARER", "SITE", "ADDRESS")]
    rows += [
        (one.sticker, one.identity, one.life_cycle.value, one.bearer.value, one.site, one.address)
        for one in await registry.stations()
    ]
    if len(rows) == 1:
        return ["no stations; add some with 'station import FILE.csv' or 'station add'"]
    widths = [max(len(row[place]) for row in rows) for place in range(len(rows[0]))]
    return ["  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip() for row in rows]


async def show_station(registry: SqlRegistry, sticker: str) -> list[str]:
    """Return what the registry has of one station, a line a fact; its key is never shown."""
    station = await find(registry, sticker)
    assert station is not None  # noqa: S101  (`find` raises)
    facts = {
        "sticker": station.sticker,
        "identity": station.identity,
        "state": station.life_cycle.value,
        "bearer": station.bearer.value,
        "protocol": station.protocol,
        "site": station.site,
        "region": station.region,
        "address": station.address,
        "position": f"{station.lat}, {station.lon}" if station.lat is not None else "",
        "owner": " ".join(filter(None, (station.owner.name, station.owner.phone, station.owner.email))),
        "maintainer": " ".join(filter(None, (station.maintainer.name, station.maintainer.phone, station.maintainer.email))),
        "grid operator": station.grid_operator,
        "feeder": station.feeder,
        "apn": station.sim.apn,
        "sim": " ".join(filter(None, (station.sim.iccid, station.sim.imsi, station.sim.msisdn, station.sim.operator))),
        "cell": station.sim.cell,
        "make": " ".join(filter(None, (station.vendor, station.model, station.serial))),
        "connectors": "" if station.connectors is None else str(station.connectors),
        "security": f"profile {station.security_profile}, {'with' if station.key_hash else 'no'} password",
        "networks": " ".join(station.allowed_networks),
        "heartbeat": "" if station.heartbeat_s is None else f"{station.heartbeat_s} s",
    }
    return [f"{name:14}{value}" for name, value in facts.items() if value]


async def retire_station(registry: SqlRegistry, clock: Clock, sticker: str) -> list[str]:
    """Retire a station: it may not connect any more; its history stays."""
    station = await find(registry, sticker)
    assert station is not None  # noqa: S101  (`find` raises)
    await registry.set_life_cycle(station.sticker, LifeCycle.RETIRED, clock.now())
    return [f"station {station.sticker} retired"]


# ---------------------------------------------------------------------------------------------------------- maintenance


def read_until(text: str, now: datetime) -> datetime:
    """Return the instant that ``--until`` means: a time with or without zone (UTC), or a span such as ``90m``, ``4h``, ``2d``.

    Raises:
        CommandError: when it is neither, or not in the future.
    """
    units = {"m": 60, "h": 3600, "d": 86_400}
    until: datetime | None = None
    if text[:-1].isdigit() and text[-1:] in units and len(text) < 8:  # noqa: PLR2004  (more digits than any plan has)
        until = now + timedelta(seconds=int(text[:-1]) * units[text[-1]])
    else:
        try:
            parsed = datetime.fromisoformat(text)
            until = parsed.replace(tzinfo=UTC) if parsed.tzinfo is None else parsed.astimezone(UTC)
        except (ValueError, OverflowError):
            message = f"--until {text!r}: write a time such as 2026-12-01T18:00:00Z or a span such as 90m, 4h, 2d"
            raise CommandError(message) from None
    if until > now + timedelta(days=3660):
        message = f"--until {text!r} is more than ten years ahead"
        raise CommandError(message)
    if until <= now:
        message = f"--until {text!r} is not in the future"
        raise CommandError(message)
    return until


async def add_maintenance(  # noqa: PLR0913  (the three ways to name stations)
    registry: SqlRegistry, clock: Clock, *, sticker: str | None, site: str | None, apn: str | None, until: str
) -> list[str]:
    """Announce planned work on a station, a site or an APN."""
    end = read_until(until, clock.now())
    if sticker is not None:
        station = await find(registry, sticker)
        chosen = [station] if station else []
    else:
        chosen = [one for one in await registry.stations() if (one.site == site if site is not None else one.sim.apn == apn)]
    if not chosen:
        message = f"no station has site {site!r}" if site is not None else f"no station has apn {apn!r}"
        raise CommandError(message)
    await registry.announce([station.id for station in chosen], end, clock.now())
    return [f"maintenance of {len(chosen)} stations until {end.isoformat(timespec='seconds')}"]


# ---------------------------------------------------------------------------------------------------------- cards


async def import_cards(registry: SqlRegistry, clock: Clock, path: str) -> list[str]:
    """Import the cards of a CSV file, all or nothing."""
    try:
        cards, bad = read_cards(read_input(path))
    except UnreadableImportError as error:
        message = f"{path}: {error}"
        raise CommandError(message) from None
    if bad:
        raise CommandError(_refused(path, bad).replace(" (--skip-bad leaves them out)", ""))
    await registry.put_cards(cards, clock.now())
    return [f"{len(cards)} cards read"]


async def list_cards(registry: SqlRegistry) -> list[str]:
    """Return a line a card."""
    cards = await registry.cards()
    return [
        f"{tag:22}{status.value:10}{'' if expires is None else expires.isoformat(timespec='seconds')}".rstrip()
        for tag, (status, expires) in cards.items()
    ] or ["no cards; add some with 'card import FILE.csv'"]


# ---------------------------------------------------------------------------------------------------------- replay


def replay_file(path: str, out: IO[bytes], thresholds: dict[Bearer, Policy], *, skip_bad: bool) -> list[str]:
    """Replay the record `path` (``-``: standard input) to `out`.

    Returns:
        What is wrong with it, a line each; without `skip_bad` the first bad line ends the replay.

    Raises:
        CommandError: when the file cannot be read.
    """
    try:
        with sys.stdin.buffer if path == "-" else Path(path).open("rb") as source:
            return _replay(source, out, thresholds, skip_bad=skip_bad)
    except BrokenPipeError:
        raise
    except OSError as error:
        message = f"{path}: {error.strerror}"
        raise CommandError(message) from None


def _replay(source: Iterable[bytes], out: IO[bytes], thresholds: dict[Bearer, Policy], *, skip_bad: bool) -> list[str]:
    wrong: list[str] = []
    network = Replay(thresholds)
    for line in _lines(source, wrong):
        if wrong and not skip_bad:
            break
        for said in network.feed(line):
            out.write(said + b"\n")
    return wrong


def _lines(source: Iterable[bytes], wrong: list[str]) -> Iterator[Line]:
    last: datetime | None = None
    for number, text in enumerate(source, 1):
        if not text.strip():
            continue
        try:
            line = read_line(text)
        except BadLineError as error:
            wrong.append(f"line {number}: {error}")
            continue
        if last is not None and line.at < last:
            wrong.append(f"line {number}: at {line.at.isoformat()} is before the line above; sort the record by time")
            continue
        last = line.at
        yield line


ADDABLE: Final = tuple(name for name in COLUMNS if name != "sticker")
"""Columns that `station add` takes as options."""
