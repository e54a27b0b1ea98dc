"""From matters to alerts: the stages that say whether somebody is to be told of a matter, each with its reason.

A matter is for the most severe of the rules that ask for it and whose time has come; it is placed in the alert of that rule and its
group, and moves on to another when a more severe rule takes over. Whom an alert goes to is `escalating`'s business.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Final

from msgspec.structs import replace

from alerts.core.canary import NAME, number_of
from alerts.core.desk import OURS, group_name
from alerts.core.faults import Safety
from alerts.core.matters import MOMENTARY, Kind
from alerts.core.model import Alert, Condition, Reason, Stage
from alerts.core.severity import presses_more
from monitor.core.breaches import Cause
from monitor.core.incidents import Scope

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from alerts.core.desk import Desk, Turn
    from alerts.core.matters import Matter
    from alerts.core.rules import Rule

RELEASED_S: Final = 300.0
"""A matter whose incident is over is told of no sooner: most members are back within that."""


@dataclass(frozen=True, slots=True)
class Verdict:
    """Why a matter is no alert of its own now, and until when that is sure to hold."""

    stage: Stage
    reason: Reason
    until: datetime | None = None
    detail: str = ""


def judge(turn: Turn, key: str) -> None:
    """Look at one matter again, for everybody who may be told of it."""
    matter = turn.desk.matters.get(key)
    audiences = turn.desk.audiences(key)
    if matter is None:
        for audience in audiences:
            turn.desk.said.pop((key, audience), None)
            alert = turn.desk.placed.get((key, audience))
            if alert is not None:
                turn.alerts.add(alert)
        return
    labels = labels_now(turn.desk, matter)
    for audience in sorted(audiences):
        _judge_for(turn, matter, labels, audience)


def _judge_for(turn: Turn, matter: Matter, labels: dict[str, str], audience: str) -> None:
    rules = [rule for rule in turn.desk.rules.rules if rule.audience == audience and rule.asks(matter, labels)]
    about = matter.key, audience
    for stage in STAGES:
        verdict = stage(turn, matter, labels, rules)
        if verdict is not None:
            if verdict.until is not None:
                turn.desk.remind(verdict.until, matter.key)
            turn.say(about, verdict.stage, verdict.reason, until=verdict.until, detail=verdict.detail)
            if about in turn.desk.placed:
                turn.alerts.add(turn.desk.placed[about])
            return
    rule, later = _ripe(turn, matter, labels, rules)
    if later is not None:
        turn.desk.remind(later, matter.key)
    assert rule is not None  # noqa: S101  (`_sustained` let it pass)
    _place(turn, matter, labels, rule)


def labels_now(desk: Desk, matter: Matter) -> dict[str, str]:
    """Return the labels of `matter` with those that hang on others: how many other stations of its site are reached."""
    site = matter.labels.get("site")
    if matter.kind is not Kind.BREACH or not site or not matter.open:
        return matter.labels
    working = len(desk.paper.watched_at(site)) - len(desk.silent_at.get(site, ()))
    return matter.labels | {"site_working": str(max(0, working))}


# ---------------------------------------------------------------------------------------------------------- stages


def _asked_for(_turn: Turn, _matter: Matter, _labels: dict[str, str], rules: list[Rule]) -> Verdict | None:
    return None if rules else Verdict(Stage.RULES, Reason.NO_RULE)


def _dismissed(_turn: Turn, matter: Matter, _labels: dict[str, str], rules: list[Rule]) -> Verdict | None:
    """Leave alone what somebody resolved by hand, until it is over."""
    if matter.dismissed and all(rule.audience == OURS for rule in rules):
        return Verdict(Stage.RULES, Reason.RESOLVED_BY_HAND)
    return None


def _sustained(turn: Turn, matter: Matter, labels: dict[str, str], rules: list[Rule]) -> Verdict | None:
    rule, later = _ripe(turn, matter, labels, rules)
    return None if rule is not None else Verdict(Stage.SUSTAINED, Reason.NOT_YET, later)


def _maintained(turn: Turn, matter: Matter, _labels: dict[str, str], _rules: list[Rule]) -> Verdict | None:
    """Mute what happens while work is planned; a danger is told of all the same; what others or people ask is not ours to mute."""
    if matter.labels.get("safety") == Safety.DANGER or matter.kind in (Kind.SECURITY, Kind.EXTERNAL, Kind.REQUEST):
        return None
    if matter.labels.get("cause") == Cause.PLANNED:
        return Verdict(Stage.MAINTENANCE, Reason.PLANNED_WORK)
    ends = [turn.desk.planned.get(station) for station in matter.stations]
    running = [end for end in ends if end is not None and end > turn.now]
    if not ends or len(running) < len(ends):
        return None
    return Verdict(Stage.MAINTENANCE, Reason.PLANNED_WORK, max(running))


def _inhibited(turn: Turn, matter: Matter, _labels: dict[str, str], _rules: list[Rule]) -> Verdict | None:
    """Mute what a wider cause explains: our own trouble mutes silences, an incident its members, a site that is cut its stations.

    What a station reports (a fault, a security event) is no silence, and nothing mutes it here.
    """
    if matter.kind not in (Kind.BREACH, Kind.INCIDENT):
        return None
    over = turn.desk.over_station(matter.stations[0])
    ours = next((one.key for one in over if one.kind is Kind.OBSERVER), "")
    if ours or matter.labels.get("cause") == Cause.OBSERVER:
        return Verdict(Stage.INHIBITION, Reason.OBSERVER_TROUBLE, detail=ours)
    if matter.kind is Kind.INCIDENT:
        return None
    if over:
        cut = over[0].labels.get("scope") == Scope.SITE
        return Verdict(Stage.INHIBITION, Reason.SITE_IS_CUT if cut else Reason.PART_OF_INCIDENT, detail=over[0].key)
    free = None if matter.released_at is None else matter.released_at + timedelta(seconds=RELEASED_S)
    return Verdict(Stage.INHIBITION, Reason.PART_OF_INCIDENT, free) if free is not None and turn.now < free else None


STAGES: Final[tuple[Callable[[Turn, Matter, dict[str, str], list[Rule]], Verdict | None], ...]] = (
    _asked_for,
    _dismissed,
    _sustained,
    _maintained,
    _inhibited,
)
"""Asked in this order; the first that has a reason ends it."""


# ---------------------------------------------------------------------------------------------------------- placing


def _ripe(turn: Turn, matter: Matter, labels: dict[str, str], rules: list[Rule]) -> tuple[Rule | None, datetime | None]:
    """Return the most severe rule whose time has come, the first of equals, and when the next one's comes."""
    best, later = None, None
    for rule in rules:
        ripe = matter.since + timedelta(seconds=rule.sustained_s(labels))
        if ripe > turn.now:
            later = ripe if later is None else min(later, ripe)
        elif best is None or presses_more(rule.severity, best.severity):
            best = rule
    return best, later


def _place(turn: Turn, matter: Matter, labels: dict[str, str], rule: Rule) -> None:
    """Put `matter` into the alert of `rule`, unless it is in one that presses as much."""
    desk, about = turn.desk, (matter.key, rule.audience)
    held = desk.placed.get(about)
    if held is not None:
        turn.alerts.add(held)
        if not presses_more(rule.severity, desk.alerts[held].severity):
            return
        desk.displace(matter.key, rule.audience)
    group = {name: labels.get(name, "") for name in rule.group_by} if rule.group_by else {"matter": matter.key}
    known = desk.by_group.get(group_name(rule.name, group))
    alert = desk.alerts[known] if known is not None else _opened(turn, matter, rule, group)
    told = alert.told
    if held is not None and not desk.inside[held]:  # whoever was told of the one that is left empty hears when this is over
        told += tuple(one for one in desk.alerts[held].told if one not in told)
    if matter.since < alert.since or told != alert.told:
        alert = replace(alert, since=min(matter.since, alert.since), told=told)
        turn.keep(alert)
    turn.place(matter.key, alert)
    turn.alerts.add(alert.id)
    reason = Reason.RAISED if held is not None else Reason.OPENED if known is None else Reason.JOINED
    turn.say(about, Stage.GROUPING, reason, detail=str(alert.id))


def _opened(turn: Turn, matter: Matter, rule: Rule, group: dict[str, str]) -> Alert:
    """Open an alert; who else belongs to it is waited for."""
    alert = Alert(
        id=number_of(matter) if rule.audience == NAME else turn.desk.last_alert + 1,
        rule=rule.name,
        audience=rule.audience,
        severity=rule.severity,
        group=group,
        since=matter.since,
        opened_at=turn.now,
        ready_at=turn.now + timedelta(seconds=turn.desk.rules.group_wait_s),
        condition=Condition.OPEN,
    )
    turn.keep(alert)
    return alert


def lasting(matter: Matter) -> bool:
    """Say whether `matter` ends by itself."""
    return matter.kind not in MOMENTARY
