"""The last day of one station as a strip of states, from the event log and nothing else.

Where the log does not reach, the strip says so (`state` is ``None``). Silence is drawn from when the evidence says that it
began, but never over a time in which nobody listened.
"""

from __future__ import annotations

import itertools
from dataclasses import dataclass
from typing import TYPE_CHECKING

from monitor.core.events import HealthChanged, State

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime

    from monitor.core.events import Event
    from monitor.core.health_state import HealthState

_SILENT = frozenset({State.SUSPECT, State.OFFLINE})
_NOT_OURS_TO_REWRITE = frozenset({State.UNKNOWN, State.NEVER_SEEN, None})


@dataclass(frozen=True, slots=True, kw_only=True)
class Segment:
    """`state` from `start` to `end`; ``None``: the log does not say."""

    state: State | None
    start: datetime
    end: datetime


def state_at_start(before: str | None, changes: list[HealthChanged], health: HealthState, start: datetime) -> State | None:
    """Return the state at `start`: what the log says, else what the first change came from, else what has not changed since."""
    if before is not None:
        return State(before)
    if changes:
        return changes[0].origin
    if health.state is State.NEVER_SEEN or (health.since is not None and health.since <= start):
        return health.state
    return None


def health_changes(events: Iterable[Event]) -> list[HealthChanged]:
    """Return the changes of state among `events`."""
    return [event for event in events if isinstance(event, HealthChanged)]


def strip(first: State | None, changes: Iterable[HealthChanged], start: datetime, end: datetime) -> tuple[Segment, ...]:
    """Return segments that cover `start` to `end` without gap or overlap, no two neighbours alike."""
    marks: list[tuple[datetime, State | None]] = [(start, first)]
    for change in changes:
        since = min(max(_since(change, marks), start), end)
        while marks and marks[-1][0] >= since:
            marks.pop()
        if not marks or marks[-1][1] is not change.to:
            marks.append((since, change.to))
    ends = [*(at for at, _ in marks[1:]), end]
    return tuple(
        Segment(state=state, start=at, end=until)
        for (at, state), until in zip(marks, ends, strict=True)
        if at < until or at == start
    )


def _since(change: HealthChanged, marks: list[tuple[datetime, State | None]]) -> datetime:
    """From when `change` is drawn: silence reaches back to its beginning, as far as we listened; all else from its judgement."""
    if change.to not in _SILENT:
        return change.at
    deaf_until = max((at for (_, state), (at, _) in itertools.pairwise(marks) if state in _NOT_OURS_TO_REWRITE), default=None)
    if marks[-1][1] in _NOT_OURS_TO_REWRITE:
        return change.at
    return max(change.since, deaf_until) if deaf_until else change.since
