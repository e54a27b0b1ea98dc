"""Who hears of his own shift: whoever comes on call, and whoever leaves, when that is or as long before as the schedule says.

Schedules and their changes say when; here is only whom that is told, once. After an absence only the last hand-over of a schedule
is told, for the others are no news any more. Nobody is called for it.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Final

from alerts.core.changes import clashes
from alerts.core.model import Duty, Notification, Purpose, Reason, Stage, Way
from alerts.core.oncall import Handover, handovers_due, next_handover
from alerts.core.severity import Severity
from alerts.core.throttle import Earlier

if TYPE_CHECKING:
    from collections.abc import Iterable

    from alerts.core.changes import Change, Clash
    from alerts.core.desk import Desk, Turn

KEPT: Final = timedelta(days=8)
"""How long a change is known that is over: a week's calendar shows it."""
LONGEST_ABSENCE: Final = timedelta(days=35)
"""Hand-overs further back are not told any more."""


def hand_over(turn: Turn) -> None:
    """Tell whom a hand-over concerns whose notice is due."""
    desk = turn.desk
    for ended in [one.id for one in desk.changes.values() if one.until <= turn.now - KEPT]:
        del desk.changes[ended]
    if desk.handover_at is None or desk.handover_at > turn.now:
        return
    seen = max(desk.shifts_seen or turn.now, turn.now - LONGEST_ABSENCE)
    for name, schedule in desk.rules.schedules.items():
        due = handovers_due(schedule, seen, turn.now, desk.followed(), _ahead(desk, name))
        if due:
            _tell(turn, due[-1])
    plan(turn)


def plan(turn: Turn) -> None:
    """Note when the next notice is due: at the start, and when schedules or their changes are others."""
    desk = turn.desk
    desk.shifts_seen = turn.decision.shifts_seen = max(desk.shifts_seen or turn.now, turn.now)
    coming = [
        found.at - _ahead(desk, name)
        for name, schedule in desk.rules.schedules.items()
        if desk.rules.notices.get(name) and (found := next_handover(schedule, turn.now + _ahead(desk, name), desk.followed()))
    ]
    desk.handover_at = min(coming, default=None)


def catch_up(turn: Turn) -> None:
    """Tell what fell due while nobody looked, and plan what comes."""
    if turn.desk.shifts_seen is not None:
        turn.desk.handover_at = turn.now
        hand_over(turn)
    else:
        plan(turn)


def clash_of(desk: Desk, changes: Iterable[Change]) -> Clash | None:
    """Return the first contradiction between `changes`, or between them and what is known."""
    known = [one for one in desk.followed() if one.schedule in {change.schedule for change in changes}]
    return next(iter(clashes((*known, *changes))), None)


def take_over(turn: Turn, changes: Iterable[Change]) -> None:
    """Enter `changes` (numbered, none contradicting); who comes on call by them now, or leaves, is told now."""
    with_effect = _OnCallNow(turn)
    for change in changes:
        turn.desk.changes[change.id] = turn.decision.changes[change.id] = change
    with_effect.tell()


def take_back(turn: Turn, change: Change, left: Change | None) -> None:
    """End `change`, of which `left` remains as what was."""
    with_effect = _OnCallNow(turn)
    turn.decision.changes[change.id] = left
    if left is None:
        del turn.desk.changes[change.id]
    else:
        turn.desk.changes[change.id] = left
    with_effect.tell()


class _OnCallNow:
    """Who is on call before something is changed, for whoever is told afterwards."""

    def __init__(self, turn: Turn) -> None:
        self._turn = turn
        self._before = {name: tuple(turn.desk.on_call(name, turn.now)) for name in turn.desk.rules.schedules}

    def tell(self) -> None:
        """Tell whom the change put on call or took off it, and plan the next hand-over."""
        turn = self._turn
        for name, before in self._before.items():
            after = tuple(turn.desk.on_call(name, turn.now))
            if after != before:
                _tell(turn, Handover(schedule=name, at=turn.now, before=before, after=after))
        plan(turn)


def _ahead(desk: Desk, schedule: str) -> timedelta:
    notices = desk.rules.notices.get(schedule)
    return timedelta(seconds=0.0 if notices is None else notices.before_s)


def _tell(turn: Turn, handover: Handover) -> None:
    ends = next_handover(turn.desk.rules.schedules[handover.schedule], handover.at, turn.desk.followed())
    until = None if ends is None else ends.at
    for person in handover.comes:
        _notify(turn, handover, person, until, comes=True)
    for person in handover.leaves:
        _notify(turn, handover, person, until, comes=False)


def _notify(turn: Turn, handover: Handover, person: str, until: datetime | None, *, comes: bool) -> None:
    """Have `person` told of the shift that begins, or of who has it from now on."""
    desk, name = turn.desk, handover.schedule
    notices = desk.rules.notices.get(name)
    if notices is None:
        return
    known = desk.rules.people[person].addresses
    ways = tuple(Way(medium=medium, address=known[medium]) for medium in notices.by if medium in known)
    if not ways:
        return
    duty = Duty(schedule=name, since=handover.at, until=until, people=handover.after, comes=comes)
    key = f"shift/{name}/{handover.at.isoformat()}/{'comes' if comes else 'leaves'}/{person}"
    turn.decision.notifications.append(
        Notification(
            key=key, alert=0, purpose=Purpose.HANDOVER, person=person, ways=ways, severity=Severity.INFO, at=turn.now, duty=duty
        )
    )
    desk.sent[person, ways[0].medium].append(Earlier(turn.now, Severity.INFO))
    turn.say(0, Stage.ESCALATION, Reason.SHIFT, who=person, detail=name)
