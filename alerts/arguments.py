"""The arguments of the alerts' commands, for the front door's parser; what the commands do is not said here."""

from __future__ import annotations

from argparse import ArgumentTypeError
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from alerts.errors import RuleBookError
from alerts.rulebook import duration_s

if TYPE_CHECKING:
    from monitor.arguments import Commands


def add_alerts_commands(commands: Commands) -> None:
    """Add the commands about alerts."""
    testing = commands.group("alerts", "who is told of what", (("test", "what the rules would have had sent, over what happened"),))
    testing["test"].add_argument(
        "--since", type=_since, default=timedelta(days=30), metavar="D", help="30d, 12h, or a day as 2026-11-01 (default 30d)"
    )


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
