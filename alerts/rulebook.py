"""`alerts.toml`: read, checked as a whole, and turned into rules. A file with one mistake is refused, and what was loaded stays.

What stands in the file is the contract's; what each part means is said by `core.rules`. Schedules are `schedules`' part.
"""

from __future__ import annotations

import re
from datetime import time, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final
from zoneinfo import ZoneInfo

from alerts.core.delivery import Medium
from alerts.core.hours import Hours
from alerts.core.matching import MatcherError, Matchers, read_matchers
from alerts.core.matters import LABELS, Kind
from alerts.core.rules import Notices, Person, Policy, Route, Rule, RuleBook, Step, Target, TargetKind
from alerts.core.schedules import parse_layer, read_schedule
from alerts.core.severity import Severity
from alerts.errors import RuleBookError, ScheduleError
from alerts.rulefile import (
    DEFAULTS,
    ContactPart,
    HoursPart,
    OwnerPart,
    PolicyPart,
    RoutePart,
    RuleFile,
    RulePart,
    SchedulePart,
    StepPart,
    parse,
)
from alerts.servers import read_ntfy_servers, read_ticket_desks, read_webhooks
from monitor.core.registry import Bearer

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from datetime import date

    from alerts.core.delivery import Server
    from alerts.core.rotations import Schedule
    from alerts.settings import AlertsSettings

KEPT: Final = {Kind.FAULT: "5m"}
"""How long an alert is kept after the last of it, where its rule does not say: connectors flap."""
_TIMES: Final = {"s": 1.0, "m": 60.0, "h": 3600.0, "d": 86_400.0}
_DURATION: Final = re.compile(r"(\d{1,6})([smhd])")
_NUMBER: Final = re.compile(r"\+[1-9]\d{6,14}")
_MAIL: Final = re.compile(r"[^@\s,;<>\"]+@[^@\s,;<>\"]+\.[^@\s,;<>\"]+")
_TOPIC: Final = re.compile(r"https?://[^\s/@]+/[-_A-Za-z0-9]{1,64}")
_DAYS: Final = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
_ROUTED: Final = frozenset({"severity", "rule"})
"""Labels that only an alert has."""
_SHAPE: Final = {
    Medium.SMS: (_NUMBER, "a number with its country, as in +352621000001"),
    Medium.VOICE: (_NUMBER, "a number with its country, as in +352621000001"),
    Medium.EMAIL: (_MAIL, "a mail address"),
    Medium.NTFY: (_TOPIC, "the address of a topic, as in https://ntfy.example/topic"),
}


def read_rules(settings: AlertsSettings, today: date) -> RuleBook:
    """Read the rules that `settings` name, as of `today`.

    Raises:
        RuleBookError: when the file cannot be read, or something in it is wrong.
    """
    path = Path(settings.file)
    try:
        text = path.read_text("utf-8")
    except (OSError, UnicodeDecodeError) as error:
        why = error.strerror if isinstance(error, OSError) else "it is no UTF-8"
        message = f"alerts.file {path}: {why}; write the rules there, or leave the section [alerts] out"
        raise RuleBookError(message) from None
    return read_rulebook(text, today=today, group_wait_s=settings.group_wait_s)


def read_rulebook(text: str, *, today: date, group_wait_s: float = 5.0) -> RuleBook:
    """Return the rules that `text` (TOML) says; where it has no rules or routes of its own, `DEFAULTS` are in their place.

    A schedule that names no start begins with the Monday before `today`.

    Raises:
        RuleBookError: the first thing that is wrong, with its place.
    """
    file = parse(text)
    defaults = parse(DEFAULTS)
    webhooks = read_webhooks(_unique("webhook", file.webhook))
    people = {one.name: _person(one, webhooks) for one in _unique("contact", file.contact)}
    schedules = {one.name: _schedule(one, people, today) for one in _unique("schedule", file.schedule)}
    policies = {one.name: _policy(one, people, frozenset(schedules)) for one in _unique("policy", file.policy)}
    written = file.rule if file.rule is not None else defaults.rule or []
    rules = [_rule(one) for one in _unique("rule", written)]
    routes = [_route(number, one, policies) for number, one in enumerate(_routes(file, policies), 1)]
    owners = list(_unique("owner", file.owner))
    for owner in owners:
        rules += _owner_rules(owner)
        policies[_owners(owner.name)] = _owner_policy(owner)
    return RuleBook(
        rules=tuple(rules),
        routes=tuple(routes),
        policies=policies,
        schedules=schedules,
        notices={one.name: notices for one in file.schedule if (notices := _notices(one)) is not None},
        people=people,
        webhooks=webhooks,
        ticket_desks=read_ticket_desks(file.webhook),
        ntfy=read_ntfy_servers(file.ntfy),
        group_wait_s=group_wait_s,
    )


def _unique(kind: str, found: Iterable[Any]) -> list[Any]:
    """Return `found` if each has a name of its own."""
    names = set[str]()
    listed = list(found)
    for number, one in enumerate(listed, 1):
        if not one.name or one.name in names:
            why = f"the name {one.name!r} is taken by another" if one.name else "it has no name"
            message = f"alerts.toml: {kind} {number}: {why}: give each its own"
            raise RuleBookError(message)
        names.add(one.name)
    return listed


def duration_s(text: str, place: str) -> float:
    """Return the seconds that ``20m`` or ``1h30m`` is.

    Raises:
        RuleBookError: when it is none.
    """
    found = _DURATION.findall(text)
    if not found or "".join(number + unit for number, unit in found) != text:
        message = f"alerts.toml: {place}: {text!r} is no duration: write 90s, 20m, 1h30m or 2d"
        raise RuleBookError(message)
    return sum(int(number) * _TIMES[unit] for number, unit in found)


# ---------------------------------------------------------------------------------------------------------- people


def _person(one: ContactPart, webhooks: Mapping[str, Server]) -> Person:
    addresses = {}
    for medium in (Medium.SMS, Medium.VOICE, Medium.EMAIL, Medium.NTFY):
        address = getattr(one, medium.value)
        if address:
            addresses[medium] = _address(f"contact {one.name!r}, {medium.value}", medium, address)
    if one.webhook:
        if one.webhook not in webhooks:
            known = ", ".join(webhooks) or "there is none at all"
            message = f"alerts.toml: contact {one.name!r}: there is no webhook {one.webhook!r}: {known}"
            raise RuleBookError(message)
        addresses[Medium.WEBHOOK] = one.webhook
    return Person(name=one.name, language=one.language, addresses=addresses, operator=one.operator)


def _address(place: str, medium: Medium, address: str) -> str:
    shape, like = _SHAPE[medium]
    if not shape.fullmatch(address):
        message = f"alerts.toml: {place}: {address!r} is not {like}"
        raise RuleBookError(message)
    return address


def _schedule(one: SchedulePart, people: Mapping[str, Person], today: date) -> Schedule:
    start = one.start or (today - timedelta(days=today.weekday())).isoformat()
    try:
        layers = [
            parse_layer(people=layer.people, hours=layer.hours, **({} if layer.days is None else {"days": layer.days}))
            for layer in one.layer
        ]
        schedule = read_schedule(
            one.name,
            people=one.people,
            start=start,
            handover=one.handover,
            timezone=one.timezone,
            rotation=one.rotation,
            every=one.every,
            layers=layers,
            holidays=one.holidays,
        )
    except ScheduleError as error:
        place = "" if str(error).startswith("schedule ") else f"schedule {one.name!r}, "
        message = f"alerts.toml: {place}{error}"
        raise RuleBookError(message) from None
    strangers = sorted(schedule.everybody - people.keys())
    if strangers:
        known = ", ".join(people) or "there is none at all"
        message = f"alerts.toml: schedule {one.name!r}: there is no contact {strangers[0]!r}: {known}"
        raise RuleBookError(message)
    return schedule


def _notices(one: SchedulePart) -> Notices | None:
    place = f"schedule {one.name!r}"
    wrong = [medium.value for medium in one.notices if medium not in _SHAPE or medium is Medium.VOICE]
    if wrong:
        message = f"alerts.toml: {place}, notices: nobody hears of his shift by {wrong[0]}: write sms, ntfy, email, or [] for none"
        raise RuleBookError(message)
    before_s = duration_s(one.notice_before, f"{place}, notice_before")
    return Notices(by=tuple(one.notices), before_s=before_s) if one.notices else None


def _policy(one: PolicyPart, people: Mapping[str, Person], schedules: frozenset[str]) -> Policy:
    place = f"policy {one.name!r}"
    if not one.steps:
        message = f"alerts.toml: {place}: it has no steps, so it would tell nobody"
        raise RuleBookError(message)
    steps = tuple(_step(f"{place}, step {number}", step, people, schedules) for number, step in enumerate(one.steps, 1))
    times = [step.after_s for step in steps]
    if times != sorted(times):
        message = f"alerts.toml: {place}: a step comes before the one above it: write them in the order of their 'after'"
        raise RuleBookError(message)
    if one.repeat < 0:
        message = f"alerts.toml: {place}: repeat = {one.repeat} is less than none"
        raise RuleBookError(message)
    return Policy(
        name=one.name, steps=steps, repeat=one.repeat, ack_s=duration_s(one.acknowledged_for, f"{place}, acknowledged_for")
    )


def _step(place: str, one: StepPart, people: Mapping[str, Person], schedules: frozenset[str]) -> Step:
    names = [one.notify] if isinstance(one.notify, str) else one.notify
    targets = tuple(_target(place, name, people, schedules) for name in names)
    media = tuple(one.by)
    if not targets or not media:
        message = f"alerts.toml: {place}: it tells nobody: name somebody in 'notify' and a way in 'by'"
        raise RuleBookError(message)
    for target in targets:
        if target.kind is TargetKind.CONTACT and not set(media) & people[target.name].addresses.keys():
            message = (
                f"alerts.toml: {place}: {target.name} has no {' or '.join(media)}: give the contact one, or another way in 'by'"
            )
            raise RuleBookError(message)
    return Step(notify=targets, by=media, after_s=duration_s(one.after, f"{place}, after"))


def _target(place: str, name: str, people: Mapping[str, Person], schedules: frozenset[str]) -> Target:
    kind, _, who = name.partition(":")
    known = {TargetKind.CONTACT.value: frozenset(people), TargetKind.SCHEDULE.value: schedules}
    if kind not in known:
        message = f"alerts.toml: {place}: {name!r}: write 'contact:NAME' or 'schedule:NAME'"
        raise RuleBookError(message)
    if who not in known[kind]:
        message = f"alerts.toml: {place}: there is no {kind} {who!r}: {', '.join(sorted(known[kind])) or 'there is none at all'}"
        raise RuleBookError(message)
    return Target(kind=TargetKind(kind), name=who)


# ---------------------------------------------------------------------------------------------------------- rules


def _rule(one: RulePart) -> Rule:
    place = f"rule {one.name!r}"
    written = one.for_ if isinstance(one.for_, dict) else {"": one.for_}
    unknown = set(written) - {"", "other", *Bearer}
    if unknown:
        message = f"alerts.toml: {place}, for: there is no bearer {min(unknown)!r}: gprs, lan, wifi or other"
        raise RuleBookError(message)
    foreign = one.on is Kind.EXTERNAL
    for name in one.group_by:
        if name not in LABELS and not foreign:
            message = f"alerts.toml: {place}, group_by: nothing has a label {name!r}; there are {', '.join(sorted(LABELS))}"
            raise RuleBookError(message)
    for_s = {bearer.removeprefix("other"): duration_s(text, f"{place}, for") for bearer, text in written.items()}
    kept = one.keep_firing_for if one.keep_firing_for is not None else KEPT.get(one.on, "0s")
    return Rule(
        name=one.name,
        on=one.on,
        severity=one.severity,
        for_s=for_s,
        match=_matchers(place, one.match, frozenset(), foreign=foreign),
        group_by=tuple(one.group_by),
        keep_s=duration_s(kept, f"{place}, keep_firing_for"),
        runbook=one.runbook,
    )


def _matchers(place: str, wanted: Mapping[str, object], more: frozenset[str], *, foreign: bool = False) -> Matchers:
    try:
        return read_matchers(wanted, more, foreign=foreign)
    except MatcherError as error:
        message = f"alerts.toml: {place}, match: {error}"
        raise RuleBookError(message) from None


def _routes(file: RuleFile, policies: Mapping[str, Policy]) -> list[RoutePart]:
    """Return the routes; where none are written, all goes to the first policy: pages at any hour, tickets in the day."""
    if file.route is not None:
        return file.route
    first = next(iter(policies), "")
    day = HoursPart(days="mon-fri", start="08:00", end="18:00")
    return [
        RoutePart(match={"severity": Severity.PAGE.value}, policy=first),
        RoutePart(match={"severity": Severity.TICKET.value}, policy=first, hours=day),
        RoutePart(),
    ]


def _route(number: int, one: RoutePart, policies: Mapping[str, Policy]) -> Route:
    place = f"route {number}"
    if one.policy and one.policy not in policies:
        message = f"alerts.toml: {place}: there is no policy {one.policy!r}: {', '.join(policies) or 'there is none at all'}"
        raise RuleBookError(message)
    hours = None if one.hours is None else _hours(f"{place}, hours", one.hours)
    return Route(match=_matchers(place, one.match, _ROUTED), policy=one.policy, hours=hours)


def _hours(place: str, one: HoursPart) -> Hours:
    first, dash, last = one.days.lower().partition("-")
    days = one.days.lower().split() if not dash else _run(first, last)
    if not days or not set(days) <= set(_DAYS):
        message = f"alerts.toml: {place}: {one.days!r} are no days: write mon-fri, or mon wed sat"
        raise RuleBookError(message)
    try:
        start, end = time.fromisoformat(one.start), time.fromisoformat("00:00" if one.end == "24:00" else one.end)
    except ValueError:
        message = f"alerts.toml: {place}: from {one.start!r} to {one.end!r}: write times of day as 08:00"
        raise RuleBookError(message) from None
    if end != time() and end <= start:
        message = f"alerts.toml: {place}: they end at {one.end}, before they begin at {one.start}"
        raise RuleBookError(message)
    try:
        zone = ZoneInfo(one.timezone)
    except (ValueError, OSError, KeyError):
        message = f"alerts.toml: {place}: there is no timezone {one.timezone!r}: write Europe/Luxembourg"
        raise RuleBookError(message) from None
    return Hours(days=frozenset(_DAYS.index(day) + 1 for day in days), start=start, end=end, zone=zone)


def _run(first: str, last: str) -> list[str]:
    if first not in _DAYS or last not in _DAYS:
        return []
    begin, end = _DAYS.index(first), _DAYS.index(last)
    return [_DAYS[number % len(_DAYS)] for number in range(begin, end + 1 + (len(_DAYS) if end < begin else 0))]


# ---------------------------------------------------------------------------------------------------------- others


def _owners(name: str) -> str:
    return f"owner:{name}"


def _owner_rules(one: OwnerPart) -> list[Rule]:
    """Return the rules by which an owner is told that his own LAN or WiFi is cut, one station or the whole site."""
    lines = read_matchers({"owner": one.name, "party": "owner", "bearer": [Bearer.LAN.value, Bearer.WIFI.value]})
    sites = read_matchers({"owner": one.name, "scope": "site"})
    for_s = {"": duration_s(one.after, f"owner {one.name!r}, after")}
    return [
        Rule(
            name=f"{_owners(one.name)}:{kind.value}",
            on=kind,
            severity=Severity.INFO,
            for_s=for_s,
            match=match,
            group_by=("owner", "site"),
            audience=one.name,
            policy=_owners(one.name),
        )
        for kind, match in ((Kind.BREACH, lines), (Kind.INCIDENT, sites))
    ]


def _owner_policy(one: OwnerPart) -> Policy:
    wrong = [medium for medium in one.by if medium not in (Medium.EMAIL, Medium.SMS)]
    if wrong or not one.by:
        message = f"alerts.toml: owner {one.name!r}: an owner is told by email or sms, as the registry has the addresses"
        raise RuleBookError(message)
    step = Step(notify=(Target(kind=TargetKind.CONTACT, name=_owners(one.name)),), by=tuple(one.by), after_s=0.0)
    return Policy(name=_owners(one.name), steps=(step,))
