"""The commands ``maintenance`` and ``card``."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from monitor.cli.inputs import CommandError, named, read_input
from monitor.cli.stations import find
from monitor.registry.cards import read_cards
from monitor.registry.imports import UnreadableImportError

if TYPE_CHECKING:
    from argparse import Namespace

    from monitor.core.clock import Clock
    from monitor.storage.registry import SqlRegistry


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


async def maintenance(registry: SqlRegistry, clock: Clock, args: Namespace) -> list[str]:
    """Do what ``maintenance add`` asks for."""
    return await add_maintenance(registry, clock, sticker=args.sticker, site=args.site, apn=args.apn, until=args.until)


async def card(registry: SqlRegistry, clock: Clock, args: Namespace) -> list[str]:
    """Do what ``card ACTION`` asks for."""
    return await import_cards(registry, clock, args.file) if args.action == "import" else await list_cards(registry)


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


async def import_cards(registry: SqlRegistry, clock: Clock, path: str) -> list[str]:
    """Import the cards of a CSV file, all or nothing."""
    try:
        cards, bad = read_cards(read_input(path))
    except UnreadableImportError as error:
        message = f"{path}: {error}"
        raise CommandError(message) from None
    if bad:
        raise CommandError("\n".join([f"{path}: {len(bad)} bad rows, nothing imported:", *named(bad)]))
    await registry.put_cards(cards, clock.now())
    return [f"{len(cards)} cards read"]


async def list_cards(registry: SqlRegistry) -> list[str]:
    """Return a line a card."""
    cards = await registry.cards()
    return [
        f"{tag:22}{status.value:10}{'' if expires is None else expires.isoformat(timespec='seconds')}".rstrip()
        for tag, (status, expires) in cards.items()
    ] or ["no cards; add some with 'card import FILE.csv'"]
