"""Who is on call at an instant, over a time, and who takes over when: schedule and changes in, answers out.

Everything is a function of what is given; no clock is read and nothing is remembered, so the same question has the same answer.
A rotation names one person for every instant (`rotations`); a temporary shift may name several, an override puts one in place of
another (`changes`). Whether the person is reached, and who is next if not, is said in escalation policies. A change that is made
after it began gives no hand-over: it is told when it is made.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from typing import TYPE_CHECKING, Final

from alerts.core.changes import replaced

if TYPE_CHECKING:
    from collections.abc import Iterable

    from alerts.core.changes import Change
    from alerts.core.rotations import Schedule

AHEAD: Final = timedelta(days=400)
"""How far the next hand-over is looked for: beyond the longest turn."""
_NEAR: Final = timedelta(days=8)
_WIDER: Final = 4
_TICK: Final = datetime.resolution


@dataclass(frozen=True, slots=True, kw_only=True)
class Shift:
    """From `since` to just before `until`, as UTC, `people` are on call, in alphabetical order."""

    people: tuple[str, ...]
    since: datetime
    until: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Handover:
    """At `at` (UTC) the people of a schedule change: what a notice of it is written from."""

    schedule: str
    at: datetime
    before: tuple[str, ...]
    after: tuple[str, ...]

    @property
    def leaves(self) -> tuple[str, ...]:
        """Who is not on call any more."""
        return tuple(person for person in self.before if person not in self.after)

    @property
    def comes(self) -> tuple[str, ...]:
        """Who is on call from now on and was not."""
        return tuple(person for person in self.after if person not in self.before)


def on_call(schedule: Schedule, at: datetime, changes: Iterable[Change] = ()) -> tuple[str, ...]:
    """Return who is on call at `at`, in alphabetical order: one or more. Changes of other schedules are passed over."""
    now = at.astimezone(UTC)
    held = [change for change in changes if change.schedule == schedule.name and change.since <= now < change.until]
    return replaced((schedule.person(now),), held)


def shifts(schedule: Schedule, since: datetime, until: datetime, changes: Iterable[Change] = ()) -> tuple[Shift, ...]:
    """Return who is on call from `since` to `until`, without gap or overlap; neighbours differ in their people."""
    since, until = since.astimezone(UTC), until.astimezone(UTC)
    if until <= since:
        return ()
    coming = sorted(
        (change for change in changes if change.schedule == schedule.name and change.since < until and change.until > since),
        key=lambda change: change.since,
        reverse=True,
    )
    edges = {since, until, *schedule.edges(since, until)}
    edges.update(edge for change in coming for edge in (change.since, change.until) if since < edge < until)
    found: list[Shift] = []
    held: list[Change] = []
    for at, end in pairwise(sorted(edges)):
        held = [change for change in held if change.until > at]
        while coming and coming[-1].since <= at:
            held.append(coming.pop())
        people = replaced((schedule.person(at),), held)
        if found and found[-1].people == people:
            found[-1] = Shift(people=people, since=found[-1].since, until=end)
        else:
            found.append(Shift(people=people, since=at, until=end))
    return tuple(found)


def next_handover(schedule: Schedule, at: datetime, changes: Iterable[Change] = (), within: timedelta = AHEAD) -> Handover | None:
    """Return the first hand-over after `at`; ``None`` where the same people stay for `within`."""
    known = tuple(changes)
    reach = min(_NEAR, within)
    while True:
        found = _handovers(schedule, at, at + reach, known)
        if found or reach >= within:
            return found[0] if found else None
        reach = min(reach * _WIDER, within)


def handovers_due(
    schedule: Schedule,
    looked_at: datetime,
    now: datetime,
    changes: Iterable[Change] = (),
    ahead: timedelta = timedelta(),
) -> tuple[Handover, ...]:
    """Return the hand-overs whose notice falls due after `looked_at` and not after `now`, `ahead` of the hand-over itself.

    Looks that follow each other find every hand-over once.
    """
    return _handovers(schedule, looked_at + ahead, now + ahead, tuple(changes))


def _handovers(schedule: Schedule, after: datetime, until: datetime, changes: tuple[Change, ...]) -> tuple[Handover, ...]:
    """Return the hand-overs after `after` and not after `until`."""
    return tuple(
        Handover(schedule=schedule.name, at=then.since, before=first.people, after=then.people)
        for first, then in pairwise(shifts(schedule, after, until + _TICK, changes))
    )
