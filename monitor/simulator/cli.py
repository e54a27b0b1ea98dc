"""The command ``simulate``: a plan from words, a fleet, and its report as plain text. The front door reads arguments."""

from __future__ import annotations

import asyncio
import csv
import signal
from pathlib import Path
from typing import TYPE_CHECKING

from monitor.simulator.demo import COLUMNS, demo_registry, nameplate
from monitor.simulator.fleet import FleetPlan, run_fleet
from monitor.simulator.mix import DEMO_MIX, MixError, parse_mix
from monitor.simulator.report import table

if TYPE_CHECKING:
    from argparse import Namespace
    from typing import TextIO

    from monitor.core.clock import Clock
    from monitor.simulator.dialect import Nameplate

__all__ = ["MixError", "RollError", "parse_mix", "plan_of", "read_roll", "simulate", "write_registry"]


class RollError(ValueError):
    """An import file from which no stations, or no cards, can be simulated; the message is one line."""


def read_roll(path: Path) -> tuple[Nameplate, ...]:
    """Read the stations of an import file (CSV), those on paper only or retired left out.

    Raises:
        RollError: when it cannot be read, names no stickers, or a row is wrong; the message names the line.
    """
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            reader = csv.DictReader(file)
            if "sticker" not in (reader.fieldnames or ()):
                message = f"{path}: there is no column 'sticker'; give an import file of stations with a header"
                raise RollError(message)
            rows = [(reader.line_num, row) for row in reader if row.get("state") not in {"planned", "retired"}]
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        message = f"{path}: {error}; give an import file of stations (CSV, UTF-8)"
        raise RollError(message) from error
    plates = []
    for line, row in rows:
        try:
            plates.append(nameplate(row))
        except ValueError as error:
            message = f"{path}, line {line}: {error}"
            raise RollError(message) from error
    return tuple(plates)


def read_shown_cards(path: Path) -> tuple[str, ...]:
    """Read the cards of a card file (CSV), whatever they are good for.

    Raises:
        RollError: when it cannot be read or names no cards.
    """
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            cards = tuple(filter(None, ((row.get("id_tag") or "").strip() for row in csv.DictReader(file))))
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        message = f"{path}: {error}; give a file of cards (CSV, UTF-8)"
        raise RollError(message) from error
    if not cards:
        message = f"{path}: there are no cards in a column 'id_tag'; give the file that 'card import' takes"
        raise RollError(message)
    return cards


def write_registry(plan: FleetPlan, file: TextIO) -> int:
    """Write the import file of the stations of `plan` and return how many they are."""
    rows = demo_registry(plan)
    writer = csv.DictWriter(file, COLUMNS)
    writer.writeheader()
    writer.writerows(rows)
    return len(rows)


def plan_of(args: Namespace) -> FleetPlan:
    """Return the plan that the arguments of ``simulate`` mean.

    Raises:
        MixError: when the mix cannot be read.
        RollError: when the import file or the cards cannot be read.
    """
    roll = read_roll(Path(args.from_csv)) if args.from_csv else ()
    return FleetPlan(
        url=args.url,
        stations=args.stations or len(roll) or 200,
        mix=parse_mix(args.mix) if args.mix else DEMO_MIX,
        seed=args.seed,
        heartbeat_s=args.heartbeat,
        duration_s=args.duration,
        roll=roll,
        radius=_radius(args.radius, args.radius_secret_file) if args.radius else None,
        ca=args.ca or "",
        certificates=args.certificates or "",
        cards=read_shown_cards(Path(args.cards)) if args.cards else (),
    )


def _radius(address: str, secret_file: str | None) -> tuple[str, int, bytes]:
    host, _, port = address.rpartition(":")
    try:
        secret = Path(secret_file or "").read_bytes().strip() if secret_file else b""
        if not host or not secret:
            raise ValueError
        return host, int(port), secret
    except (OSError, ValueError):
        message = f"--radius {address}: write HOST:PORT, and name a file that holds the secret with --radius-secret-file"
        raise MixError(message) from None


async def simulate(plan: FleetPlan, clock: Clock, out: TextIO) -> None:
    """Run the fleet until its end or until Ctrl-C or SIGTERM, and print its report to `out`."""
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    signals = (signal.SIGINT, signal.SIGTERM)
    for number in signals:
        loop.add_signal_handler(number, stop.set)
    try:
        report = await run_fleet(plan, clock, stop=stop)
    finally:
        for number in signals:
            loop.remove_signal_handler(number)
    out.write(table(report) + "\n")
