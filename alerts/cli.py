"""The commands about alerts and silences. Whoever runs the service carries an order out; here it is written down and waited for."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Final, assert_never

from alerts.cli_oncall import oncall
from alerts.core.desk import Desk
from alerts.core.foresight import foresee, parties, sim_operators, ways
from alerts.core.matching import MatcherError, gathered, read_matchers
from alerts.core.model import Silence
from alerts.core.orders import Acknowledge, Answer, Escalate, HandOn, Hush, Release, Resolve, Snooze, Speak
from alerts.dryrun import dry_run
from alerts.engine import KINDS, PAGE
from alerts.errors import OrderRefusedError, RuleBookError
from alerts.paper import RegistryPaper
from alerts.rulebook import read_rules
from alerts.storage.archive import SqlArchive
from alerts.storage.inbox import SqlInbox
from alerts.wording import ZONE, Phrasebook
from monitor.registry.directory import Directory

if TYPE_CHECKING:
    from argparse import Namespace
    from collections.abc import AsyncIterator, Awaitable, Callable, Iterable

    from alerts.core.matching import Matcher
    from alerts.core.model import Alert
    from alerts.core.orders import Order
    from alerts.core.rules import RuleBook
    from alerts.ports import Archive, EventLog, File, Inbox, Told
    from alerts.settings import AlertsSettings
    from monitor.core.clock import Clock
    from monitor.core.events import EventRecord
    from monitor.core.registry import Station
    from monitor.runtime.ports import Database

NONE: Final = "nothing would have been sent"
PATIENCE_S: Final = 5.0
"""How long a running service has for an order."""
_LOOK_S: Final = 0.05
_REFUSED: Final = {
    Answer.NO_SUCH_ALERT: "no such alert is open: see 'alerts list'",
    Answer.NO_SUCH_STATION: "there is no such station",
    Answer.NO_SUCH_SILENCE: "no such silence holds: see 'silence list'",
    Answer.NO_SUCH_POLICY: "alerts.toml has no such policy",
    Answer.NO_SUCH_SCHEDULE: "alerts.toml has no such schedule",
    Answer.NO_SUCH_CONTACT: "alerts.toml has no such contact",
    Answer.NO_SUCH_CHANGE: "no such change holds or is to come: see 'oncall changes'",
    Answer.CLASH: "it contradicts another change: see 'oncall changes'",
    Answer.IN_THE_PAST: "that time is in the past",
    Answer.FAILED: "the service met a defect over it: its log says more",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Counter:
    """Where commands are taken: what they read, and where they leave orders."""

    settings: AlertsSettings
    events: EventLog
    stations: Callable[[], Awaitable[Iterable[Station]]]
    archive: Archive
    inbox: Inbox
    clock: Clock

    @classmethod
    def over(
        cls,
        settings: AlertsSettings,
        database: Database,
        events: EventLog,
        stations: Callable[[], Awaitable[Iterable[Station]]],
        clock: Clock,
    ) -> Counter:
        """Return one over the house's database."""
        archive, inbox = SqlArchive(database), SqlInbox(database)
        return cls(settings=settings, events=events, stations=stations, archive=archive, inbox=inbox, clock=clock)

    def rules(self) -> RuleBook:
        """Return the rules.

        Raises:
            RuleBookError: when there are none, or they have a mistake.
        """
        if not self.settings.file:
            raise RuleBookError('no rules are configured: write [alerts] with file = "alerts.toml" into the configuration')
        return read_rules(self.settings, self.clock.now().date())

    async def order(self, order: Order) -> None:
        """Have a running service carry out `order`.

        Raises:
            OrderRefusedError: when it is refused, or no service runs.
        """
        self.rules()
        number = await self.inbox.write(order, self.clock.now())
        ends = self.clock.monotonic() + PATIENCE_S
        answer = await self.inbox.answer(number)
        while answer is None and self.clock.monotonic() < ends:
            await asyncio.sleep(_LOOK_S)
            answer = await self.inbox.answer(number)
        if answer is None:
            answer = await self.inbox.give_up(number)
        if answer is None:
            message = f"no service answered within {PATIENCE_S:g} s, nothing was changed: start 'bornewatch serve' on this database"
            raise OrderRefusedError(message)
        if answer is not Answer.DONE:
            raise OrderRefusedError(_REFUSED[answer])

    def at(self, when: datetime | timedelta) -> datetime:
        """Return the instant that was asked for; a time without a zone is on the wall in Luxembourg."""
        if isinstance(when, timedelta):
            return self.clock.now() + when
        return when.replace(tzinfo=ZONE) if when.tzinfo is None else when


async def run(counter: Counter, args: Namespace, given: bytes = b"") -> list[str]:
    """Do what ``alerts``, ``silence`` or ``oncall`` asks for, with the file `given`; return the lines to print."""
    match args.command:
        case "silence":
            return await _silence(counter, args)
        case "oncall":
            return await oncall(counter, args, given)
        case _:
            return await _alerts(counter, args)


def foreseen(settings: AlertsSettings, stations: Iterable[Station], now: datetime, *, smtp: bool, twilio: bool) -> list[str]:
    """Return what bodes ill with the rules, a line each: for ``config check``.

    Raises:
        RuleBookError: when they have a mistake.
    """
    if not settings.file:
        return []
    listed = list(stations)
    rules, able = read_rules(settings, now.date()), ways(smtp=smtp, twilio=twilio)
    warned = foresee(rules, able, sim_operators(listed), parties(listed) if listed else None)
    return [f"warning: {one}" for one in warned]


# ---------------------------------------------------------------------------------------------------------- alerts


async def _alerts(counter: Counter, args: Namespace) -> list[str]:
    match args.action:
        case "test":
            return await rehearse(counter, args.since)
        case "list":
            found = await counter.archive.alerts(args.limit, only_open=not args.all)
            return [await _line(counter, one) for one in found] or ["no alert is open"]
        case "show":
            return await _show(counter, args.alert)
        case "deliveries":
            return [_sent(one) for one in await counter.archive.deliveries(args.limit)] or ["nothing was sent"]
        case _:
            await counter.order(_order(counter, args))
            return await _show(counter, args.alert)


def _order(counter: Counter, args: Namespace) -> Order:
    match args.action:
        case "ack":
            return Acknowledge(alert=args.alert, who=args.who, until=None if args.until is None else counter.at(args.until))
        case "release":
            return Release(alert=args.alert, who=args.who)
        case "snooze":
            return Snooze(alert=args.alert, who=args.who, until=counter.at(args.until))
        case "escalate":
            return Escalate(alert=args.alert, who=args.who)
        case "hand-on":
            return HandOn(alert=args.alert, who=args.who, policy=args.policy)
        case "resolve":
            return Resolve(alert=args.alert, who=args.who, cause=args.cause)
        case _ as never:
            assert_never(never)


async def _line(counter: Counter, one: Alert) -> str:
    """Return an alert as a line."""
    file = await counter.archive.file(one.id)
    taken = f"  {one.taken_by} has it" if one.taken_by else ""
    return f"{one.id:>6}  {one.severity:6}  {one.condition:12}  {_stamp(one.opened_at)}  {sentence(file)}{taken}"


def sentence(file: File | None, language: str = "en") -> str:
    """Return what is so of an alert, or was, without its time."""
    matters = [] if file is None else [one for one in file.matters if one.open] or list(file.matters)
    return _book().sentence(matters, language) if matters else ""


async def _show(counter: Counter, number: int) -> list[str]:
    file = await counter.archive.file(number)
    if file is None:
        message = f"there is no alert {number}: see 'alerts list --all'"
        raise OrderRefusedError(message)
    lines = [await _line(counter, file.alert), f"        rule {file.alert.rule}, policy {file.alert.policy or 'none yet'}"]
    if file.alert.cause:
        lines.append(f"        cause: {file.alert.cause} ({file.alert.resolved_by})")
    for matter in file.matters:
        until = "" if matter.until is None else f" to {_stamp(matter.until)}"
        labels = " ".join(f"{label}={value}" for label, value in matter.labels.items() if value)
        lines.append(f"        {matter.kind} since {_stamp(matter.since)}{until}: {labels}")
    for entry in file.entries:
        told = " ".join(part for part in (entry.who, entry.detail) if part)
        until = "" if entry.until is None else f" until {_stamp(entry.until)}"
        lines.append(f"{_stamp(entry.at)}  {entry.stage:11}  {entry.reason}{until}  {told}".rstrip())
    return [*lines, *(_sent(one) for one in file.told)]


def _sent(one: Told) -> str:
    """Return a delivery as a line."""
    sent = one.delivery
    about = f"alert {sent.alert}" if sent.alert else "letter" if sent.is_letter else "shift"
    why = f"  ({sent.why})" if sent.why else ""
    text = sent.message.title or sent.message.short
    return f"{_stamp(sent.created_at)}  {sent.stand:9}  {sent.person} by {sent.way.medium}  {about}  {text}{why}"


async def rehearse(counter: Counter, since: datetime | timedelta) -> list[str]:
    """Return what would have been sent from `since` on, a line each, in the clock of Luxembourg.

    Raises:
        RuleBookError: when there are no rules, or they have a mistake.
    """
    rules, now = counter.rules(), counter.clock.now()
    begins = since if isinstance(since, datetime) else now - since
    desk = Desk(rules, RegistryPaper(Directory(await counter.stations())))
    book = _book()
    lines = []
    async for told, alert in dry_run(desk, _records(counter.events), begins, now):
        by = told.ways[0].medium.value
        title = book.words(told, alert, desk).title
        lines.append(f"{_stamp(told.at)}  {told.severity:6}  {alert.rule}  {told.person} by {by}  {title}")
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


# ---------------------------------------------------------------------------------------------------------- silences


async def _silence(counter: Counter, args: Namespace) -> list[str]:
    match args.action:
        case "add":
            silence = Silence(
                id=0,
                matchers=_matchers(args.match),
                since=counter.clock.now() if args.since is None else counter.at(args.since),
                until=counter.at(args.until),
                who=args.who,
                why=args.why,
            )
            await counter.order(Hush(silence=silence, who=args.who))
        case "end":
            await counter.order(Speak(silence=args.silence, who=args.who))
        case _:
            pass
    found = await counter.archive.silences(counter.clock.now())
    return [_silenced(one) for one in found] or ["nothing is silenced"]


def _matchers(given: Iterable[tuple[str, str]]) -> tuple[Matcher, ...]:
    try:
        return read_matchers(gathered(given))
    except MatcherError as error:
        message = f"--match: {error}"
        raise OrderRefusedError(message) from None


def _silenced(one: Silence) -> str:
    return f"{one.id:>6}  {_stamp(one.since)} to {_stamp(one.until)}  {one.who}  {' '.join(map(str, one.matchers))}  {one.why}"


def _stamp(at: datetime) -> str:
    return f"{at.astimezone(ZONE):%Y-%m-%d %H:%M:%S}"


def _book() -> Phrasebook:
    return Phrasebook(ZONE, lambda number: f"/alerts/{number}")
