"""What is changed of a schedule for a time: an override puts one person in another's place, a temporary shift replaces the turns.

Changes have no order. Temporary shifts stand over the rotation and its layers, overrides over both: somebody who is replaced is
replaced wherever he would be on call. Overrides act together and not one after another; what contradicts another change is found
by `clashes`, and whoever takes in a change refuses it then. Where contradicting ones are stored all the same, the one that begins
later holds (of two that begin together, the one that ends later), and an override of everybody holds over one of somebody.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import islice
from typing import TYPE_CHECKING, Final

import msgspec

from alerts.errors import ScheduleError

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from datetime import tzinfo

MOST_CLASHES: Final = 100
"""How many are told at once."""


class Override(msgspec.Struct, frozen=True, kw_only=True, tag="override", tag_field="change"):
    """From `since` to just before `until` (aware UTC), `takes_over` is on call where `leaves` would be.

    Attributes:
        schedule: the name of the schedule that is changed.
        leaves: who is replaced; ``None``: everybody.
        by: who made the change.
        why: his reason.
        id: its number, 0 while nobody has taken it in.

    Raises:
        ScheduleError: when it has no length, its times are not UTC, or somebody would take over from himself.
    """

    schedule: str
    since: datetime
    until: datetime
    takes_over: str
    leaves: str | None = None
    by: str = ""
    why: str = ""
    id: int = 0

    def __post_init__(self) -> None:
        """Refuse what cannot be followed."""
        _check_times(self)
        if self.takes_over in ("", self.leaves):
            message = f"{_place(self)}: {self.takes_over!r} cannot take over from {_left(self)}: name another contact"
            raise ScheduleError(message)

    def __str__(self) -> str:
        return f"{self.takes_over!r} takes over from {_left(self)}"


class TemporaryShift(msgspec.Struct, frozen=True, kw_only=True, tag="temporary_shift", tag_field="change"):
    """From `since` to just before `until` (aware UTC), exactly `people` are on call in place of the rotation.

    Attributes:
        schedule: the name of the schedule that is changed.
        by: who made the change.
        why: his reason.
        id: its number, 0 while nobody has taken it in.

    Raises:
        ScheduleError: when it has no length, its times are not UTC, or nobody would be on call.
    """

    schedule: str
    since: datetime
    until: datetime
    people: tuple[str, ...]
    by: str = ""
    why: str = ""
    id: int = 0

    def __post_init__(self) -> None:
        """Refuse what cannot be followed."""
        _check_times(self)
        if not self.people or not all(self.people):
            message = f"{_place(self)}: nobody would be on call: name one contact or more"
            raise ScheduleError(message)

    def __str__(self) -> str:
        return f"only {' and '.join(repr(person) for person in sorted(set(self.people)))} on call"


Change = Override | TemporaryShift


def named_in(change: Change) -> frozenset[str]:
    """Return who would be on call by `change`."""
    return frozenset(change.people if isinstance(change, TemporaryShift) else (change.takes_over,))


def left_by(change: Change) -> frozenset[str]:
    """Return who is named as the one to be replaced."""
    return frozenset() if isinstance(change, TemporaryShift) or change.leaves is None else frozenset((change.leaves,))


@dataclass(frozen=True, slots=True, kw_only=True)
class Clash:
    """Two changes that cannot both be followed, and from when until when."""

    one: Change
    other: Change
    since: datetime
    until: datetime

    def message(self, zone: tzinfo) -> str:
        """Return what clashes where, with the times on the wall of `zone`."""
        since, until = (f"{at.astimezone(zone):%Y-%m-%d %H:%M %Z}" for at in (self.since, self.until))
        place = f"schedule {self.one.schedule!r} from {since} to {until}"
        return f"{place}: {self.one}, but also {self.other}: take one of the two back, or let them not overlap"


def replaced(people: Iterable[str], changes: Iterable[Change]) -> tuple[str, ...]:
    """Return who is on call, in alphabetical order, where `people` would be and all `changes` hold at once, in whatever order."""
    everybody: str | None = None
    takers: dict[str, str] = {}
    for change in sorted(changes, key=_rank):
        if isinstance(change, TemporaryShift):
            people = change.people
        elif change.leaves is None:
            everybody = change.takes_over
        else:
            takers[change.leaves] = change.takes_over
    return (everybody,) if everybody else tuple(sorted({takers.get(person, person) for person in people}))


def clashes(changes: Iterable[Change]) -> tuple[Clash, ...]:
    """Return which of `changes` contradict each other, the first to begin first; at most `MOST_CLASHES`.

    Changes of different schedules do not, nor do an override and a temporary shift. Two temporary shifts do when other people are
    on call, two overrides when one person has two substitutes, or when the substitute in one is replaced in the other.
    """
    return tuple(islice(_clashes(changes), MOST_CLASHES))


def _clashes(changes: Iterable[Change]) -> Iterator[Clash]:
    under_way: list[Change] = []
    for change in sorted(set(changes), key=_rank):
        under_way = [other for other in under_way if other.until > change.since]
        for other in under_way:
            if other.schedule == change.schedule and _contradict(other, change):
                yield Clash(one=other, other=change, since=change.since, until=min(change.until, other.until))
        under_way.append(change)


def _contradict(one: Change, other: Change) -> bool:
    match one, other:
        case TemporaryShift(), TemporaryShift():
            return set(one.people) != set(other.people)
        case Override(), Override():
            if one.leaves == other.leaves or None in (one.leaves, other.leaves):
                return one.takes_over != other.takes_over
            return one.takes_over == other.leaves or other.takes_over == one.leaves
        case _:
            return False


def _rank(change: Change) -> tuple[datetime, datetime, tuple[str, ...]]:
    """Return by what changes are sorted: equal for those only that say the same."""
    if isinstance(change, TemporaryShift):
        return change.since, change.until, ("", *sorted(change.people))
    return change.since, change.until, (change.takes_over, change.leaves or "")


def _check_times(change: Change) -> None:
    for at in (change.since, change.until):
        if at.utcoffset() != timedelta():
            message = f"{_place(change)}: {at.isoformat()} is not a time of UTC: give its instant as UTC"
            raise ScheduleError(message)
    if change.until <= change.since:
        message = f"{_place(change)}: it ends at {change.until.isoformat()}, not after it begins: let it end later"
        raise ScheduleError(message)


def _left(override: Override) -> str:
    return "everybody" if override.leaves is None else repr(override.leaves)


def _place(change: Change) -> str:
    kind = "override" if isinstance(change, Override) else "temporary shift"
    return f"{kind} of schedule {change.schedule!r} from {change.since.isoformat()}"
