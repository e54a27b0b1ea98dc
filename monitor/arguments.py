"""The arguments of monitor's commands, for the front door's parser; what the commands do is not said here."""

from __future__ import annotations

import argparse
from datetime import date
from fractions import Fraction
from typing import TYPE_CHECKING, Final, NoReturn
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from monitor.cli.stations import SETTABLE
from monitor.core.months import Month, read_month
from monitor.core.registry import Bearer, Language
from monitor.logs import FORMATS, LEVELS

if TYPE_CHECKING:
    from collections.abc import Sequence

MOST_STATIONS: Final = 20_000
DEFAULT_ZONE: Final = "Europe/Luxembourg"
LAWS: Final = ("nevi", "uk", "afirev")
"""Laws that judge ports; the continuity of lines has a report of its own."""


class Parser(argparse.ArgumentParser):
    """A parser whose complaint is one line."""

    def error(self, message: str) -> NoReturn:
        """Say what is wrong and where to read more; exit code 2."""
        self.exit(2, f"bornewatch: {message}; see '{self.prog} --help'\n")


def everywhere() -> argparse.ArgumentParser:
    """Return the options that every command takes, before or after its own arguments."""
    options = Parser(add_help=False, argument_default=argparse.SUPPRESS)
    options.add_argument(
        "--config.file", dest="config_file", metavar="F", help="configuration (default ./bornewatch.toml if it is there)"
    )
    options.add_argument("--log.level", dest="log_level", choices=LEVELS, help="least level that is logged (default info)")
    options.add_argument("--log.format", dest="log_format", choices=FORMATS, help="form of a log line (default logfmt)")
    return options


def _count(text: str) -> int:
    if not text.isdecimal() or not 1 <= int(text) <= MOST_STATIONS:
        message = f"{text!r} is not a number of stations from 1 to {MOST_STATIONS}"
        raise argparse.ArgumentTypeError(message)
    return int(text)


def _seconds(text: str) -> float:
    try:
        value = float(text)
    except ValueError:
        value = -1.0
    if not 0 < value < 10**9:
        message = f"{text!r} is not a number of seconds above 0"
        raise argparse.ArgumentTypeError(message)
    return value


def _month(text: str) -> Month:
    try:
        return read_month(text)
    except ValueError as error:
        raise argparse.ArgumentTypeError(str(error)) from None


def _day(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        message = f"{text!r} is not a day: write YYYY-MM-DD, such as 2026-12-01"
        raise argparse.ArgumentTypeError(message) from None


def _zone(text: str) -> str:
    try:
        return ZoneInfo(text).key
    except (ValueError, OSError, ZoneInfoNotFoundError):
        message = f"{text!r} is not a time zone: write one such as {DEFAULT_ZONE} or UTC"
        raise argparse.ArgumentTypeError(message) from None


def _percentage(text: str) -> Fraction:
    try:
        share = Fraction(text) / 100
    except (ValueError, ZeroDivisionError):
        share = Fraction(0)
    if not 0 < share <= 1:
        message = f"{text!r} is not a percentage above 0 and up to 100, such as 99.5"
        raise argparse.ArgumentTypeError(message)
    return share


class Commands:
    """Adds commands to a parser, each with the options that hold everywhere."""

    def __init__(self, parser: argparse.ArgumentParser) -> None:
        """Add to `parser`."""
        self._common = [everywhere()]
        self._commands = parser.add_subparsers(dest="command", metavar="COMMAND", required=True)

    def add(self, name: str, text: str) -> argparse.ArgumentParser:
        """Add the command `name`."""
        return self._commands.add_parser(name, help=text, description=text, parents=self._common)

    def group(self, name: str, text: str, actions: Sequence[tuple[str, str]]) -> dict[str, argparse.ArgumentParser]:
        """Add the command `name` with `actions` below it (name and help); return their parsers."""
        holder = self._commands.add_parser(name, help=text, description=text, parents=self._common)
        below = holder.add_subparsers(dest="action", metavar="ACTION", required=True)
        return {action: below.add_parser(action, help=help_, description=help_, parents=self._common) for action, help_ in actions}


def add_monitor_commands(commands: Commands) -> None:
    """Add the commands that monitor answers for."""
    serving = commands.add("serve", "run the service")
    serving.add_argument("--role", choices=("all",), default="all", help="what this process does (this version: all)")
    showing = commands.add("demo", "run the service with a simulated fleet, on a database of its own")
    showing.add_argument("--stations", type=_count, default=200, metavar="N", help="simulated stations (default 200)")
    showing.add_argument("--seed", type=int, default=1, metavar="N", help="decides which stations fail and how (default 1)")
    _add_station(commands)
    _add_simulate(commands)
    planned = commands.group("maintenance", "planned work", (("add", "announce planned work: breaches are not counted"),))["add"]
    which = planned.add_mutually_exclusive_group(required=True)
    which.add_argument("sticker", nargs="?", metavar="STICKER", help="one station")
    which.add_argument("--site", metavar="S", help="all stations of a site")
    which.add_argument("--apn", metavar="A", help="all stations of an APN")
    planned.add_argument("--until", required=True, metavar="T", help="a time (2026-12-01T18:00:00Z) or a span (90m, 4h, 2d)")
    cards = commands.group("card", "cards that may charge", (("import", "import cards from a CSV file"), ("list", "list them")))
    cards["import"].add_argument("file", metavar="F", help="CSV with id_tag, status, expires_at, holder; - reads standard input")
    _add_report(commands)
    playing = commands.add("replay", "judge a record of observations and print the events")
    playing.add_argument("file", metavar="F", help="NDJSON, sorted by time; - reads standard input")
    playing.add_argument("--skip-bad", action="store_true", help="go on after a line that cannot be read")
    commands.group("db", "the database", (("upgrade", "bring it to this program's schema"), ("check", "say whether it fits")))
    commands.group("config", "the configuration", (("check", "say whether it is good"),))


def _add_station(commands: Commands) -> None:
    actions = commands.group(
        "station",
        "the registry of stations",
        (
            ("import", "import stations from a file: CSV, or Chargy's KML or GeoJSON"),
            ("export", "write all stations as CSV, without their passwords"),
            ("add", "add one station"),
            ("set", "change what is registered of one: its sticker or any column"),
            ("register", "take in an identity that knocked"),
            ("knocks", "list unknown identities that knocked"),
            ("list", "list the stations"),
            ("show", "show what is registered of one"),
            ("retire", "retire one: it may not connect any more"),
        ),
    )
    reading = actions["import"]
    reading.add_argument("file", metavar="F", help="CSV with a header, KML or GeoJSON; - reads standard input")
    reading.add_argument("--skip-bad", action="store_true", help="import the good rows and leave the bad ones out")
    reading.add_argument("--dry-run", action="store_true", help="say what would change, and write nothing")
    bearers = [bearer.value for bearer in Bearer]
    reading.add_argument("--bearer", choices=bearers, help="bearer of all stations of a KML or GeoJSON (default gprs for new ones)")
    actions["export"].add_argument("file", nargs="?", default="-", metavar="F", help="file to write (default: standard output)")
    for name in ("add", "set", "show", "retire"):
        actions[name].add_argument("sticker", metavar="STICKER", help="the number on the station's sticker")
    actions["register"].add_argument("identity", metavar="IDENTITY", help="the name it knocks with, see 'station knocks'")
    actions["register"].add_argument("--sticker", metavar="S", help="the number on its sticker (default: a provisional one)")
    actions["set"].add_argument("--sticker", dest="new_sticker", metavar="NEW", help="the number on its new sticker")
    for name in ("add", "set", "register"):
        for column in SETTABLE:
            if (name, column) != ("register", "identity"):
                option = f"--{column.replace('_', '-')}"
                actions[name].add_argument(option, dest=column, metavar="V", required=column == "bearer" and name != "set")


def _add_report(commands: Commands) -> None:
    actions = commands.group(
        "report",
        "availability, from the log of events",
        (
            ("continuity", "an owner's lines in one month: a PDF in his language, and CSV"),
            ("uptime", "every port by the rules of one law, as CSV"),
        ),
    )
    lines, ports = actions["continuity"], actions["uptime"]
    lines.add_argument("--owner", required=True, metavar="O", help="his name as it is registered; case and accents do not matter")
    lines.add_argument("--month", required=True, type=_month, metavar="M", help="YYYY-MM; the month under way is told up to now")
    lines.add_argument(
        "--goal", type=_percentage, metavar="PERCENT", help="the availability that was agreed with him, such as 99.5"
    )
    languages = [language.value for language in Language]
    lines.add_argument(
        "--language", type=Language, choices=list(Language), metavar="L", help=f"one of {', '.join(languages)} (default: his)"
    )
    ports.add_argument("--law", required=True, choices=LAWS, help="whose rules")
    ports.add_argument("--until", required=True, type=_day, metavar="D", help="YYYY-MM-DD, the day before which the period ends")
    ports.add_argument("--owner", metavar="O", help="only his stations (default: all)")
    for action in (lines, ports):
        action.add_argument("--out", default=".", metavar="DIR", help="folder for the files (default: this one)")
        action.add_argument(
            "--zone", type=_zone, default=DEFAULT_ZONE, metavar="Z", help=f"whose calendar (default {DEFAULT_ZONE})"
        )


def _add_simulate(commands: Commands) -> None:
    running = commands.add("simulate", "drive simulated stations against a central system")
    running.add_argument("--url", required=True, metavar="URL", help="ws://HOST:PORT/ocpp, without the identity")
    running.add_argument("--stations", type=_count, metavar="N", help="how many (default 200, or those of the file)")
    running.add_argument(
        "--mix", metavar="MIX", help="shares of faults, bearers, versions, SOAP: healthy=0.9,bad=0.05,stuck=0.05,1.6=1,soap=0.2"
    )
    running.add_argument("--seed", type=int, default=1, metavar="N", help="decides which stations fail and how (default 1)")
    running.add_argument("--duration", type=_seconds, metavar="S", help="seconds until it ends (default: Ctrl-C)")
    running.add_argument("--heartbeat", type=_seconds, metavar="S", help="interval to keep instead of the one in the Boot reply")
    running.add_argument("--cards", metavar="F", help="what drivers show: a CSV as 'card import' takes it (default: made up)")
    running.add_argument("--radius", metavar="HOST:PORT", help="send accounting records of the SIMs there")
    running.add_argument("--radius-secret-file", metavar="F", help="the secret that is shared with it")
    running.add_argument("--ca", metavar="F", help="authorities (PEM) that vouch for a wss:// address")
    running.add_argument("--certificates", metavar="DIR", help="IDENTITY.pem and IDENTITY.key of stations with certificates")
    running.add_argument("--from-csv", metavar="F", help="drive the stations of an import file, with their passwords")
