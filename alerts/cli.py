"""The command ``alerts test``: the rules over what happened, a line for each message that they would have had sent."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Final

from alerts.core.desk import Desk
from alerts.dryrun import dry_run
from alerts.engine import KINDS, PAGE
from alerts.errors import RuleBookError
from alerts.paper import RegistryPaper
from alerts.rulebook import read_rules
from alerts.wording import ZONE, Phrasebook
from monitor.registry.directory import Directory

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterable
    from datetime import timedelta

    from alerts.ports import EventLog
    from alerts.settings import AlertsSettings
    from monitor.core.events import EventRecord
    from monitor.core.registry import Station

NONE: Final = "nothing would have been sent"


async def rehearse(
    settings: AlertsSettings, events: EventLog, stations: Iterable[Station], now: datetime, since: datetime | timedelta
) -> list[str]:
    """Return what would have been sent from `since` on, a line each, in the clock of Luxembourg.

    Raises:
        RuleBookError: when there are no rules, or they have a mistake.
    """
    if not settings.file:
        raise RuleBookError('no rules are configured: write [alerts] with file = "alerts.toml" into the configuration')
    begins = since if isinstance(since, datetime) else now - since
    rules = read_rules(settings, now.date())
    desk = Desk(rules, RegistryPaper(Directory(stations)), rules.on_call)
    book = Phrasebook(ZONE, lambda number: f"/alerts/{number}")
    lines = []
    async for told, alert in dry_run(desk, _records(events), begins, now):
        by = told.ways[0].medium.value
        at = f"{told.at.astimezone(ZONE):%Y-%m-%d %H:%M:%S}"
        lines.append(f"{at}  {told.severity:6}  {alert.rule}  {told.person} by {by}  {book.words(told, alert, desk).title}")
    return lines or [NONE]


async def _records(events: EventLog) -> AsyncIterator[EventRecord]:
    """Yield the log from its beginning."""
    seen = 0
    while True:
        records, reached = await events.tail(seen, KINDS, PAGE)
        for record in records:
            yield record
        if reached == seen:
            return
        seen = reached
