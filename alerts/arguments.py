"""The arguments of the alerts' commands, for the front door's parser; what the commands do is not said here."""

from __future__ import annotations

import getpass
from argparse import ArgumentTypeError
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Final

from alerts.errors import RuleBookError
from alerts.rulebook import duration_s

if TYPE_CHECKING:
    from argparse import ArgumentParser

    from monitor.arguments import Commands

INSTANT: Final = "a time, 2026-05-04T18:00 on the wall or with its zone, or a span from now on: 90m, 4h, 2d"
_MOST_LINES: Final = 10_000


def add_alerts_commands(commands: Commands) -> None:
    """Add the commands about alerts, silences and who is on call."""
    _add_alerts(commands)
    _add_silences(commands)
    _add_on_call(commands)


def _add_alerts(commands: Commands) -> None:
    actions = commands.group(
        "alerts",
        "who is told of what",
        (
            ("list", "list the open alerts, the newest first"),
            ("show", "show one: what it is about, why what was decided, who was told"),
            ("ack", "take one: nobody else is told"),
            ("release", "give one back: its escalation begins again"),
            ("snooze", "have nobody told of one until a time"),
            ("escalate", "have the next people told now"),
            ("hand-on", "give one to another policy"),
            ("resolve", "end one, with its cause"),
            ("report", "write how one went as a PDF, and print drafts for the authority (NIS 2)"),
            ("deliveries", "list what was sent and what became of it, the newest first"),
            ("test", "what the rules would have had sent, over what happened"),
        ),
    )
    actions["list"].add_argument("--all", action="store_true", help="those that are over too")
    for name in ("list", "deliveries"):
        actions[name].add_argument("--limit", type=_count, default=100, metavar="N", help="lines at most (default 100)")
    actions["report"].add_argument("--out", metavar="F", help="the PDF to write (default: alert-N.pdf)")
    actions["report"].add_argument("--language", choices=("en", "fr"), default="en", help="its language (default: en)")
    actions["report"].add_argument("--drafts", action="store_true", help="print the drafts instead")
    for name in ("show", "report", "ack", "release", "snooze", "escalate", "hand-on", "resolve"):
        actions[name].add_argument("alert", type=_number, metavar="N", help="the alert's number")
    for name in ("ack", "release", "snooze", "escalate", "hand-on", "resolve"):
        _add_who(actions[name])
    actions["ack"].add_argument(
        "--until", type=_instant, metavar="T", help=f"how long that holds: {INSTANT} (default: as its policy says)"
    )
    actions["snooze"].add_argument("--until", type=_instant, required=True, metavar="T", help=INSTANT)
    actions["hand-on"].add_argument("--policy", required=True, metavar="P", help="a policy of alerts.toml")
    actions["resolve"].add_argument("--cause", required=True, metavar="TEXT", help="why, in your words")
    actions["test"].add_argument(
        "--since", type=_since, default=timedelta(days=30), metavar="D", help="30d, 12h, or a day as 2026-11-01 (default 30d)"
    )


def _add_silences(commands: Commands) -> None:
    actions = commands.group(
        "silence",
        "what nobody is told of for a while",
        (("add", "silence what fits"), ("list", "list the silences that hold or are to come"), ("end", "end one")),
    )
    adding = actions["add"]
    adding.add_argument(
        "--match",
        action="append",
        required=True,
        type=_match,
        metavar="LABEL=VALUE",
        help="what fits: a label of alerts.toml; again for more; !VALUE other than that, ~VALUE a regular expression",
    )
    adding.add_argument("--from", dest="since", type=_instant, metavar="T", help=f"{INSTANT} (default: now)")
    adding.add_argument("--until", type=_instant, required=True, metavar="T", help=INSTANT)
    adding.add_argument("--why", required=True, metavar="TEXT", help="why, in your words")
    actions["end"].add_argument("silence", type=_number, metavar="N", help="the silence's number")
    for name in ("add", "end"):
        _add_who(actions[name])


def _add_on_call(commands: Commands) -> None:
    actions = commands.group(
        "oncall",
        "who is on call",
        (
            ("now", "who is on call now, and who is next"),
            ("shifts", "who is on call when"),
            ("override", "have one person take another's place for a time"),
            ("shift", "have others be on call in place of the rotation for a time"),
            ("changes", "list the overrides and temporary shifts"),
            ("withdraw", "take one back"),
            ("export", "write the shifts as iCalendar"),
            ("import", "read an iCalendar file as temporary shifts, all or none"),
        ),
    )
    for name in ("override", "shift", "export", "import"):
        actions[name].add_argument("schedule", metavar="SCHEDULE", help="a schedule of alerts.toml")
    actions["shifts"].add_argument("schedule", nargs="?", metavar="SCHEDULE", help="a schedule of alerts.toml (default: all)")
    actions["override"].add_argument("--for", dest="leaves", metavar="NAME", help="whose place is taken (default: everybody's)")
    actions["override"].add_argument("--by", dest="takes_over", required=True, metavar="NAME", help="who takes it")
    actions["shift"].add_argument("--people", required=True, nargs="+", metavar="NAME", help="who is on call")
    for name in ("override", "shift"):
        actions[name].add_argument("--from", dest="since", type=_instant, metavar="T", help=f"{INSTANT} (default: now)")
        actions[name].add_argument("--until", type=_instant, required=True, metavar="T", help=INSTANT)
    for name in ("override", "shift", "import"):
        actions[name].add_argument("--why", default="", metavar="TEXT", help="why, in your words")
    for name in ("override", "shift", "import", "withdraw"):
        _add_who(actions[name])
    actions["withdraw"].add_argument("change", type=_number, metavar="N", help="the change's number, see 'oncall changes'")
    for name in ("shifts", "export", "import"):
        actions[name].add_argument("--days", type=_days, default=28, metavar="N", help="how many days from now on (default 28)")
    actions["export"].add_argument("file", nargs="?", default="-", metavar="F", help="file to write (default: standard output)")
    actions["import"].add_argument("file", metavar="F", help="an iCalendar file; - reads standard input")


def _add_who(parser: ArgumentParser) -> None:
    parser.add_argument("--who", default=_user(), metavar="NAME", help="who does it, for the log (default: who is logged in)")


def _user() -> str:
    try:
        return getpass.getuser()
    except (KeyError, OSError, ImportError):
        return "command line"


def _since(text: str) -> timedelta | datetime:
    """Return how long ago, or the midnight (UTC) of a day."""
    try:
        return timedelta(seconds=duration_s(text, "since"))
    except RuleBookError:
        pass
    try:
        day = datetime.strptime(text, "%Y-%m-%d").replace(tzinfo=UTC)
    except ValueError:
        message = f"{text!r} is no time: write 30d, 12h, or a day as 2026-11-01"
        raise ArgumentTypeError(message) from None
    return day


def _instant(text: str) -> timedelta | datetime:
    """Return a span from now on, or a time; one without a zone is on somebody's wall."""
    try:
        return timedelta(seconds=duration_s(text, "time"))
    except RuleBookError:
        pass
    try:
        return datetime.fromisoformat(text)
    except ValueError:
        message = f"{text!r} is no time: write {INSTANT.removeprefix('a time, ')}"
        raise ArgumentTypeError(message) from None


def _match(text: str) -> tuple[str, str]:
    label, equals, value = text.partition("=")
    if not equals or not label or not value:
        message = f"{text!r} is no matcher: write LABEL=VALUE, such as site=Brill"
        raise ArgumentTypeError(message)
    return label, value


def _number(text: str) -> int:
    if not text.isascii() or not text.isdigit() or len(text) > 15:  # noqa: PLR2004  (more than there will ever be)
        message = f"{text!r} is no number of one: see 'list'"
        raise ArgumentTypeError(message)
    return int(text)


def _count(text: str) -> int:
    return _between(text, _MOST_LINES)


def _days(text: str) -> int:
    return _between(text, 366)


def _between(text: str, most: int) -> int:
    if not text.isascii() or not text.isdigit() or not 0 < int(text[:9]) <= most:
        message = f"{text!r}: write a number from 1 to {most}"
        raise ArgumentTypeError(message)
    return int(text)
