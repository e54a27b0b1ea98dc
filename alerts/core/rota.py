"""Who is on call now, who is next, and the shifts around: what a page, a program or a command shows of one schedule."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from alerts.core.oncall import next_handover, on_call, shifts

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime
    from zoneinfo import ZoneInfo

    from alerts.core.changes import Change
    from alerts.core.oncall import Shift
    from alerts.core.rotations import Schedule


@dataclass(frozen=True, slots=True, kw_only=True)
class Rota:
    """One schedule as it stands at an instant.

    Attributes:
        schedule: its name.
        zone: the zone of its wall.
        people: who is on call now.
        until: when others are, ``None`` where nobody else ever is.
        then: who is on call from then on.
        shifts: who is on call when, over the time that was asked for.
        changes: what is changed of the schedule in that time.
    """

    schedule: str
    zone: ZoneInfo
    people: tuple[str, ...]
    until: datetime | None
    then: tuple[str, ...]
    shifts: tuple[Shift, ...]
    changes: tuple[Change, ...]


def rota_of(schedule: Schedule, now: datetime, since: datetime, until: datetime, changes: Sequence[Change]) -> Rota:
    """Return `schedule` as it stands at `now`, with the shifts from `since` to `until`."""
    handover = next_handover(schedule, now, changes)
    return Rota(
        schedule=schedule.name,
        zone=schedule.zone,
        people=on_call(schedule, now, changes),
        until=None if handover is None else handover.at,
        then=() if handover is None else handover.after,
        shifts=shifts(schedule, since, until, changes),
        changes=tuple(one for one in changes if one.schedule == schedule.name and one.until > since and one.since < until),
    )
