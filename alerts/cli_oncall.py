"""The command ``oncall``: who is on call when, and what is changed of that."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

from alerts.calendars import read_calendar, write_calendar
from alerts.core.changes import Override, TemporaryShift, clashes
from alerts.core.delivery import Medium
from alerts.core.orders import Substitute, Withdraw
from alerts.core.rota import rota_of
from alerts.errors import CalendarError, OrderRefusedError, ScheduleError

if TYPE_CHECKING:
    from argparse import Namespace
    from collections.abc import Iterable, Sequence
    from datetime import tzinfo
    from zoneinfo import ZoneInfo

    from alerts.cli import Counter
    from alerts.core.changes import Change
    from alerts.core.rotations import Schedule
    from alerts.core.rules import RuleBook

_STDIO = "-"


async def oncall(counter: Counter, args: Namespace, given: bytes) -> list[str]:
    """Do what ``oncall ACTION`` asks for; `given` is the file that is to be imported."""
    rules = counter.rules()
    match args.action:
        case "now" | "shifts" | "export":
            return await _told(counter, rules, args)
        case "changes":
            pass
        case "withdraw":
            await counter.order(Withdraw(change=args.change, who=args.who))
        case _:
            changes = _wanted(counter, rules, args, given)
            _refuse_clashes(rules, [*await _known(counter, rules), *changes])
            await counter.order(Substitute(changes=changes, who=args.who))
    zones = {name: schedule.zone for name, schedule in rules.schedules.items()}
    found = await counter.archive.changes(counter.clock.now())
    return [_change(one, zones.get(one.schedule)) for one in found] or ["no schedule is changed"]


async def _known(counter: Counter, rules: RuleBook) -> list[Change]:
    found = await counter.archive.changes(counter.clock.now())
    return [one for one in found if one.schedule in rules.schedules]


# ---------------------------------------------------------------------------------------------------------- asking


async def _told(counter: Counter, rules: RuleBook, args: Namespace) -> list[str]:
    now, changes = counter.clock.now(), await _known(counter, rules)
    named = getattr(args, "schedule", None)
    chosen = list(rules.schedules.values()) if named is None else [_schedule(rules, named)]
    if not chosen:
        return ["alerts.toml has no schedule"]
    if args.action == "now":
        return [_now(schedule, now, changes) for schedule in chosen]
    until = now + timedelta(days=args.days)
    if args.action == "export":
        return _export(write_calendar(chosen[0], since=now, until=until, stamped=now, changes=changes), args.file)
    return [
        f"{schedule.name}  {_wall(one.since, schedule.zone)} to {_wall(one.until, schedule.zone)}  {', '.join(one.people)}"
        for schedule in chosen
        for one in rota_of(schedule, now, now, until, changes).shifts
    ]


def _now(schedule: Schedule, now: datetime, changes: Sequence[Change]) -> str:
    rota = rota_of(schedule, now, now, now, changes)
    people = ", ".join(rota.people)
    if rota.until is None:
        return f"{schedule.name}  {people}"
    return f"{schedule.name}  {people} until {_wall(rota.until, schedule.zone)}, then {', '.join(rota.then)}"


def _export(calendar: bytes, path: str) -> list[str]:
    if path == _STDIO:
        return calendar.decode().replace("\r\n", "\n").splitlines()
    try:
        Path(path).write_bytes(calendar)
    except OSError as error:
        message = f"{path}: {error.strerror}"
        raise OrderRefusedError(message) from None
    return [f"{path} written"]


# ---------------------------------------------------------------------------------------------------------- changing


def _wanted(counter: Counter, rules: RuleBook, args: Namespace, given: bytes) -> tuple[Change, ...]:
    """Return the changes that are asked for.

    Raises:
        OrderRefusedError: when one cannot be followed.
    """
    schedule = _schedule(rules, args.schedule)
    _refuse_strangers(rules, [*getattr(args, "people", ()), getattr(args, "takes_over", None), getattr(args, "leaves", None)])
    try:
        if args.action == "import":
            return _imported(counter, rules, schedule, args, given)
        since = counter.clock.now() if args.since is None else _on_wall(counter, args.since, schedule.zone)
        until = _on_wall(counter, args.until, schedule.zone)
        told = {"schedule": schedule.name, "since": since, "until": until, "by": args.who, "why": args.why}
        if args.action == "override":
            return (Override(takes_over=args.takes_over, leaves=args.leaves, **told),)
        return (TemporaryShift(people=tuple(args.people), **told),)
    except (ScheduleError, CalendarError) as error:
        raise OrderRefusedError(str(error)) from None


def _imported(counter: Counter, rules: RuleBook, schedule: Schedule, args: Namespace, given: bytes) -> tuple[Change, ...]:
    contacts = {person.name: person.addresses.get(Medium.EMAIL, "") for person in rules.people.values()}
    now = counter.clock.now()
    found = read_calendar(
        given,
        schedule=schedule,
        since=now,
        until=now + timedelta(days=args.days),
        contacts=contacts,
        by=args.who,
        why=args.why or Path(args.file).name,
    )
    if not found:
        message = f"{args.file}: it has no event within {args.days} days from now on"
        raise OrderRefusedError(message)
    return found


def _refuse_strangers(rules: RuleBook, names: Iterable[str | None]) -> None:
    for name in names:
        if name is not None and name not in rules.people:
            message = f"there is no contact {name!r} in alerts.toml: {', '.join(rules.people) or 'there is none at all'}"
            raise OrderRefusedError(message)


def _refuse_clashes(rules: RuleBook, changes: Sequence[Change]) -> None:
    found = next(iter(clashes(changes)), None)
    if found is not None:
        raise OrderRefusedError(found.message(rules.schedules[found.one.schedule].zone))


def _schedule(rules: RuleBook, name: str) -> Schedule:
    schedule = rules.schedules.get(name)
    if schedule is None:
        message = f"there is no schedule {name!r} in alerts.toml: {', '.join(rules.schedules) or 'there is none at all'}"
        raise OrderRefusedError(message)
    return schedule


def _on_wall(counter: Counter, when: datetime | timedelta, zone: ZoneInfo) -> datetime:
    """Return an instant in UTC; a time without a zone is on the wall of the schedule."""
    if isinstance(when, datetime) and when.tzinfo is None:
        when = when.replace(tzinfo=zone)
    return counter.at(when).astimezone(UTC)


def _change(one: Change, zone: ZoneInfo | None) -> str:
    where = zone or UTC
    by = f"  by {one.by}" if one.by else ""
    return f"{one.id:>6}  {one.schedule}  {_wall(one.since, where)} to {_wall(one.until, where)}  {one}{by}  {one.why}".rstrip()


def _wall(at: datetime, zone: tzinfo) -> str:
    return f"{at.astimezone(zone):%a %Y-%m-%d %H:%M}"
