"""From alerts to notifications: who is told now, by which way, and when the next one is.

The stages in their order: wait for others, silences, hours and routes, acknowledgement, the steps of the policy, what a person can
bear. What becomes of a notification is the delivery's business; that it was decided is written down with it, so that the same is
never decided twice.
"""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from msgspec.structs import replace

from alerts.core.canary import NAME
from alerts.core.delivery import Medium
from alerts.core.judging import STAGES, labels_now, lasting
from alerts.core.model import Alert, Condition, Notification, Purpose, Reason, Stage, Told, Way
from alerts.core.rules import TargetKind
from alerts.core.severity import Severity
from alerts.core.throttle import LONGEST, Earlier, free_at

if TYPE_CHECKING:
    from datetime import datetime

    from alerts.core.desk import Turn
    from alerts.core.matters import Matter
    from alerts.core.rules import Policy, Rule, Step, Target

SETTLED_S = 86_400.0
"""An alert of something momentary that nobody resolved is over after so long."""


def advance(turn: Turn, number: int) -> None:
    """Look at one alert again: end it, hold it with a reason, or have the next people told."""
    alert = turn.desk.alerts.get(number)
    if alert is None:
        return
    first = next(turn.desk.going_on(number), None)
    if first is None:
        _rest(turn, alert)
        return
    if not any(lasting(one) for one in turn.desk.going_on(number)):
        ends = alert.opened_at + timedelta(seconds=SETTLED_S)
        if turn.now >= ends:
            for one in turn.desk.open_in(number):  # else the next look at it would open another alert
                turn.put(replace(one, until=turn.now))
            finish(turn, alert, by="", cause="")
            return
        turn.desk.remind(ends, number)
    alert = _lapsed(turn, alert)
    held = _held(turn, alert, first)
    if held is not None:
        stage, reason, until = held
        if until is not None:
            turn.desk.remind(until, number)
        turn.say(number, stage, reason, until=until)
        return
    _escalate(turn, turn.desk.alerts[number])


def _rest(turn: Turn, alert: Alert) -> None:
    """Keep an alert in which nothing goes on for as long as its rule says, in case it comes back, and then end it.

    Where all has gone on to an alert that presses more, nothing is over, and nobody is told so.
    """
    matters = turn.desk.all_in(alert.id)
    if not matters:
        turn.say(alert.id, Stage.ESCALATION, Reason.RAISED)
        turn.desk.said.pop(alert.id, None)
        _close(turn, replace(alert, condition=Condition.RESOLVED, over_at=turn.now))
        return
    rule = _rule_of(turn, alert)
    over = min(max(one.until or turn.now for one in matters), turn.now)
    until = over + timedelta(seconds=0.0 if rule is None else rule.keep_s)
    if turn.now >= until:
        finish(turn, alert, by="", cause="")
        return
    turn.desk.remind(until, alert.id)
    turn.say(alert.id, Stage.ESCALATION, Reason.KEPT, until=until)


def _rule_of(turn: Turn, alert: Alert) -> Rule | None:
    """Return the rule of an alert, ``None`` where the file has it no more."""
    return next((one for one in turn.desk.rules.rules if one.name == alert.rule), None)


def finish(turn: Turn, alert: Alert, *, by: str, cause: str) -> None:
    """End an alert: whoever was told is told that it is over, unless somebody ended it by hand."""
    over = replace(
        alert, condition=Condition.RESOLVED, over_at=turn.now, resolved_by=by, cause=cause, snoozed_until=None, taken_until=None
    )
    if by:
        for one in turn.desk.open_in(alert.id):
            turn.put(replace(one, dismissed=True))
    turn.say(alert.id, Stage.ESCALATION, Reason.RESOLVED_BY_HAND if by else Reason.OVER, who=by, detail=cause)
    turn.desk.said.pop(alert.id, None)
    if not by:
        for person, ways in _quiet_ways(turn, alert).items():
            _notify(turn, alert, Purpose.CLEAR, person, ways)
    _close(turn, over)


def _close(turn: Turn, over: Alert) -> None:
    """Enter an alert that is over; nobody waits to be told of it any more."""
    for waiting in turn.desk.waiting.values():
        waiting.pop(over.id, None)
    turn.decision.ended[over.id] = tuple(turn.desk.all_in(over.id))
    turn.keep(over)


def _quiet_ways(turn: Turn, alert: Alert) -> dict[str, tuple[Way, ...]]:
    """Return how those who were told hear that it is over: as they were told, but nobody is called for that."""
    told: dict[str, tuple[Way, ...]] = {}
    for one in alert.told:
        way = one.way
        if way.medium is Medium.VOICE:
            known = turn.desk.addresses(one.person, alert)
            quiet = next((medium for medium in (Medium.SMS, Medium.NTFY, Medium.EMAIL) if medium in known), None)
            if quiet is None:
                continue
            way = Way(medium=quiet, address=known[quiet])
        if way not in told.get(one.person, ()):
            told[one.person] = (*told.get(one.person, ()), way)
    return told


# ---------------------------------------------------------------------------------------------------------- what holds it


_Hold = tuple[Stage, Reason, "datetime | None"]


def _lapsed(turn: Turn, alert: Alert) -> Alert:
    """Open an alert anew whose acknowledgement has run out: its escalation begins again."""
    if alert.condition is not Condition.ACKNOWLEDGED or alert.taken_until is None or alert.taken_until > turn.now:
        return alert
    turn.say(alert.id, Stage.ESCALATION, Reason.ACK_EXPIRED, who=alert.taken_by)
    alert = anew(alert)
    turn.keep(alert)
    return alert


def follow(turn: Turn, step: timedelta) -> None:
    """Go on at the same pace after the clock was set by `step`: what is waited for is neither longer nor shorter.

    Times that people gave (a silence, a snooze) are what the clock shows. A matter's `since` goes back with the clock, or a rule
    would wait that much longer; it does not go forward, for that may have been a sleep of the machine.
    """
    desk = turn.desk
    for alert in list(desk.alerts.values()):
        began = alert.began_at and alert.began_at + step
        turn.keep(replace(alert, began_at=began, ready_at=alert.ready_at + step, since=alert.since + min(step, timedelta())))
    if step < timedelta():
        for matter in list(desk.matters.values()):
            released = matter.released_at and matter.released_at + step
            turn.put(replace(matter, since=matter.since + step, released_at=released))
        for matter in list(desk.past.values()):
            turn.put(replace(matter, since=matter.since + step, until=matter.until and matter.until + step))
    for person, told in desk.sent.items():
        desk.sent[person] = [one._replace(at=one.at + step) for one in told]


def anew(alert: Alert) -> Alert:
    """Return `alert` open, its escalation at the beginning."""
    return replace(
        alert,
        condition=Condition.OPEN,
        taken_by="",
        taken_at=None,
        taken_until=None,
        began_at=None,
        cycle=alert.cycle + 1,
        round=0,
        step=0,
    )


def _held(turn: Turn, alert: Alert, first: Matter) -> _Hold | None:
    """Return why nobody is told now, and until when; `first` is one of the matters."""
    if turn.now < alert.ready_at:
        return Stage.GROUPING, Reason.GATHERING, alert.ready_at
    if alert.snoozed_until is not None and turn.now < alert.snoozed_until:
        return Stage.SILENCES, Reason.SNOOZED, alert.snoozed_until
    if alert.condition is Condition.ACKNOWLEDGED:
        return Stage.ESCALATION, Reason.ACKNOWLEDGED, alert.taken_until
    if all(_muted(turn, one, alert.audience) for one in turn.desk.going_on(alert.id)):
        return Stage.INHIBITION, Reason.MUTED, None
    until = _silenced_until(turn, alert)
    if until is not None:
        return Stage.SILENCES, Reason.SILENCED, until
    return _off_route(turn, alert, first)


def _muted(turn: Turn, matter: Matter, audience: str) -> bool:
    """Say whether a stage of the matter's own mutes it."""
    labels = labels_now(turn.desk, matter)
    rules = [rule for rule in turn.desk.rules.rules if rule.audience == audience and rule.on is matter.kind]
    return any((verdict := stage(turn, matter, labels, rules)) and verdict.stage is not Stage.RULES for stage in STAGES)


def _silenced_until(turn: Turn, alert: Alert) -> datetime | None:
    """Return until when every matter of an alert is silenced, ``None`` as soon as one is not."""
    until: datetime | None = None
    for matter in turn.desk.going_on(alert.id) if alert.audience != NAME else ():
        labels = labels_now(turn.desk, matter)
        ends = [one.until for one in turn.desk.silences.values() if one.covers(labels, turn.now)]
        if not ends:
            return None
        until = max(ends) if until is None else min(until, max(ends))
    return until


def _off_route(turn: Turn, alert: Alert, first: Matter) -> _Hold | None:
    """Choose the route of an alert; return why that tells nobody now."""
    rule = _rule_of(turn, alert)
    policy = "" if rule is None else rule.policy
    if not policy:
        labels = labels_now(turn.desk, first) | {"severity": alert.severity.value, "rule": alert.rule}
        route = turn.desk.rules.route_of(labels)
        if route is None:
            return Stage.ROUTING, Reason.NO_ROUTE, None
        if not route.policy:
            return Stage.ROUTING, Reason.NOBODY_WANTED, None
        if route.hours is not None and not route.hours.hold(turn.now):
            return Stage.ROUTING, Reason.OUT_OF_HOURS, route.hours.next(turn.now)
        policy = route.policy
    if not alert.policy:
        turn.keep(replace(alert, policy=policy))
    return None


# ---------------------------------------------------------------------------------------------------------- steps


def _escalate(turn: Turn, alert: Alert) -> None:
    """Do the steps of the policy that are due, and have the alert looked at when the next one is."""
    policy = turn.desk.rules.policies.get(alert.policy)
    if policy is None:
        turn.say(alert.id, Stage.ROUTING, Reason.NO_ROUTE, detail=alert.policy)
        return
    if alert.began_at is None:
        alert = replace(alert, began_at=turn.now)
    while alert.round <= policy.repeat:
        due = _due(alert, policy)
        if due > turn.now:
            turn.desk.remind(due, alert.id)
            break
        alert, reached, wait = _tell(turn, alert, policy.steps[alert.step])
        if wait is not None:
            alert, reached, wait = _elsewhere(turn, alert, policy, wait)
        if wait is not None:
            turn.desk.remind(wait, alert.id)
            break
        alert = _next(alert, policy, turn.now, reached=reached)
    else:
        turn.say(alert.id, Stage.ESCALATION, Reason.EXHAUSTED)
    turn.keep(alert)


def _due(alert: Alert, policy: Policy) -> datetime:
    """Return when the step at which an alert is, whose escalation has begun, is due."""
    assert alert.began_at is not None  # noqa: S101  (it has begun)
    return alert.began_at + timedelta(seconds=alert.round * policy.round_s + policy.steps[alert.step].after_s)


def _place_in(alert: Alert) -> tuple[int, int, int]:
    return alert.cycle, alert.round, alert.step


def _next(alert: Alert, policy: Policy, now: datetime, *, reached: bool) -> Alert:
    """Return `alert` before its next step, in its distance from this one, however late that is; at once if this reached nobody."""
    assert alert.began_at is not None  # noqa: S101  (it has begun)
    last = alert.step + 1 == len(policy.steps)
    after_s = policy.round_s if last else policy.steps[alert.step + 1].after_s
    spared = timedelta(seconds=0.0 if reached else after_s - policy.steps[alert.step].after_s)
    late = now - _due(alert, policy)
    return replace(alert, began_at=alert.began_at + late - spared, step=0 if last else alert.step + 1, round=alert.round + last)


def _elsewhere(turn: Turn, alert: Alert, policy: Policy, wait: datetime) -> tuple[Alert, bool, datetime | None]:
    """Have a page told although everybody of its step has had enough until `wait`: to the next step that is free, at once.

    Where none is, one that has reached nobody goes beyond the limits, to the first people; what presses less waits.

    Returns:
        What `_tell` returns, the alert at the step that was told.
    """
    if alert.severity is not Severity.PAGE:
        return alert, False, wait
    waits, later = [wait], alert
    for _ in policy.steps[1:]:
        later = _next(later, policy, turn.now, reached=False)
        if later.round > policy.repeat:
            break
        later, reached, until = _tell(turn, later, policy.steps[later.step])
        if reached:
            turn.say(alert.id, Stage.THROTTLE, Reason.PASSED_ON)
            return later, True, None
        waits += [until] if until is not None else []
    if alert.told:
        return alert, False, min(waits)
    return next(said for step in policy.steps if (said := _tell(turn, alert, step, over=True))[1:] != (False, None))


def _tell(turn: Turn, alert: Alert, step: Step, *, over: bool = False) -> tuple[Alert, bool, datetime | None]:
    """Have the people of one step told, `over` their limits if need be.

    Returns:
        The alert with whom it was told to, whether anybody was, and, if all had enough to read, until when.
    """
    held: list[tuple[str, datetime]] = []
    reached = False
    for person in _people(turn, step.notify):
        known = turn.desk.addresses(person, alert)
        ways = [Way(medium=medium, address=known[medium]) for medium in step.by if medium in known]
        free = [free_at(way.medium, alert.severity, turn.desk.sent[person, way.medium], turn.now, over=over) for way in ways]
        ready = tuple(way for way, at in zip(ways, free, strict=True) if at <= turn.now)
        if ready:
            reached = True
            if over:
                turn.say(alert.id, Stage.THROTTLE, Reason.OVER_LIMIT, who=person)
            alert = _notify(turn, alert, Purpose.RAISE, person, ready)
        elif ways:
            held.append((person, min(free)))
            turn.desk.waiting[person][alert.id] = alert
        else:
            turn.say(alert.id, Stage.ESCALATION, Reason.NO_ADDRESS, who=person)
    if over or alert.told or alert.severity is not Severity.PAGE:  # else others are told, or the same sooner
        for person, until in held:
            turn.say(alert.id, Stage.THROTTLE, Reason.THROTTLED, until=until, who=person)
    return alert, reached, min(until for _, until in held) if held and not reached else None


def _people(turn: Turn, targets: tuple[Target, ...]) -> list[str]:
    """Return whom `targets` name now, each once, in their order."""
    people: dict[str, None] = {}
    for target in targets:
        if target.kind is TargetKind.CONTACT:
            people[target.name] = None
            continue
        people.update(dict.fromkeys(turn.desk.on_call(target.name, turn.now)))
    return list(people)


def _notify(turn: Turn, alert: Alert, purpose: Purpose, person: str, ways: tuple[Way, ...]) -> Alert:
    """Have `person` told by the first of `ways` that works; what else waits for them comes with it.

    Returns:
        The alert, told to them.
    """
    waited = turn.desk.waiting.pop(person, {})
    along = tuple(number for number in waited if number != alert.id and turn.desk.alerts[number].condition is Condition.OPEN)
    matters = turn.desk.open_in(alert.id) or turn.desk.all_in(alert.id)
    notification = Notification(
        key=f"{alert.id}/{alert.cycle}/{alert.round}/{alert.step}/{purpose.value}/{person}",
        alert=alert.id,
        along=along,
        purpose=purpose,
        person=person,
        ways=ways,
        severity=alert.severity,
        at=turn.now,
        matters=tuple(replace(one, labels=labels_now(turn.desk, one)) for one in matters),
    )
    turn.decision.notifications.append(notification)
    way = ways[0]
    sent = turn.desk.sent[person, way.medium]
    sent[:] = [*(one for one in sent if one.at > turn.now - LONGEST), Earlier(turn.now, alert.severity)]
    turn.say(alert.id, Stage.ESCALATION, Reason.NOTIFIED, who=person, detail=f"{purpose.value} {way.medium.value}")
    told = Told(person=person, way=way)
    for number in along:
        other = turn.desk.alerts[number]
        policy = turn.desk.rules.policies.get(other.policy)
        if policy is not None and _place_in(other) == _place_in(waited[number]):
            other = _next(other, policy, turn.now, reached=True)
            turn.alerts.add(number)
        turn.keep(_told(other, told))
        turn.say(number, Stage.ESCALATION, Reason.NOTIFIED, who=person, detail=f"with {alert.id}")
    return _told(alert, told)


def _told(alert: Alert, told: Told) -> Alert:
    return alert if told in alert.told else replace(alert, told=(*alert.told, told))
