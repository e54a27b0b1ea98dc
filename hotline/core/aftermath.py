"""How an alert went: what happened, when it was known, who was told and what became of it, as one list in its order.

Made of what the alerts stored: matters, decisions and deliveries; nothing is decided here. A decision that only says why nobody is
told yet is part of it, for afterwards that is what is asked about.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Final

from alerts.core.model import Reason
from alerts.core.outbox import Stand

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from datetime import datetime, timedelta

    from alerts.core.delivery import Medium
    from alerts.core.model import Alert, Entry
    from alerts.ports import File, Told
    from monitor.core.breaches import Cause
    from monitor.core.incidents import Scope


class Step(StrEnum):
    """What a moment is."""

    BEGAN = "began"
    KNOWN = "known"
    JOINED = "joined"
    REJUDGED = "rejudged"
    TOLD = "told"
    ARRIVED = "arrived"
    NOT_TOLD = "not_told"
    TAKEN = "taken"
    LAPSED = "lapsed"
    PASSED_ON = "passed_on"
    HANDED_ON = "handed_on"
    WENT_ON = "went_on"
    BEYOND = "beyond"
    HELD = "held"
    EXHAUSTED = "exhausted"
    OVER = "over"
    RESOLVED = "resolved"


@dataclass(frozen=True, slots=True, kw_only=True)
class Moment:
    """Something that happened at `at`: to or by `who`, by which way, `count` times at once, in the technicians' words (`detail`).

    What was judged anew has the `cause` of a breach, or the `scope` of an incident with its key as the detail.
    """

    at: datetime
    step: Step
    who: str = ""
    by: Medium | None = None
    count: int = 1
    until: datetime | None = None
    reason: Reason | None = None
    detail: str = ""
    cause: Cause | None = None
    scope: Scope | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Delays:
    """How long it took from the beginning to be known, from there until somebody was told, and until somebody took it."""

    known: timedelta
    told: timedelta | None
    taken: timedelta | None


_STEPS: Final[Mapping[Reason, Step]] = {
    Reason.OPENED: Step.KNOWN,
    Reason.JOINED: Step.JOINED,
    Reason.ACK_EXPIRED: Step.LAPSED,
    Reason.ESCALATED: Step.PASSED_ON,
    Reason.HANDED_ON: Step.HANDED_ON,
    Reason.PASSED_ON: Step.WENT_ON,
    Reason.OVER_LIMIT: Step.BEYOND,
    Reason.EXHAUSTED: Step.EXHAUSTED,
    Reason.OVER: Step.OVER,
    Reason.RESOLVED_BY_HAND: Step.RESOLVED,
    Reason.SNOOZED: Step.HELD,
    Reason.SILENCED: Step.HELD,
    Reason.MUTED: Step.HELD,
    Reason.OUT_OF_HOURS: Step.HELD,
    Reason.NO_ROUTE: Step.HELD,
    Reason.NOBODY_WANTED: Step.HELD,
    Reason.NO_ADDRESS: Step.HELD,
    Reason.THROTTLED: Step.HELD,
}
"""Decisions that are moments; the others are told by what follows from them."""
_STANDS: Final[Mapping[Stand, Step]] = {Stand.SENT: Step.TOLD, Stand.DELIVERED: Step.ARRIVED, Stand.FAILED: Step.NOT_TOLD}


def moments_of(file: File, rejudged: Iterable[Moment] = ()) -> list[Moment]:
    """Return how the alert of `file` went, with what was `rejudged` meanwhile, in its order."""
    began = [Moment(at=file.alert.since, step=Step.BEGAN)]
    decided = [moment for entry in file.entries if (moment := _decided(entry)) is not None]
    told = [moment for one in file.told for moment in _delivered(one)]
    return _gathered(sorted([*began, *decided, *told, *rejudged], key=lambda one: one.at))


def delays_of(alert: Alert, moments: Sequence[Moment]) -> Delays:
    """Return how long an alert took."""
    told = next((one.at for one in moments if one.step in {Step.TOLD, Step.ARRIVED}), None)
    taken = next((one.at for one in moments if one.step is Step.TAKEN), None)
    return Delays(
        known=alert.opened_at - alert.since,
        told=None if told is None else told - alert.opened_at,
        taken=None if taken is None else taken - alert.opened_at,
    )


def _decided(entry: Entry) -> Moment | None:
    if entry.reason is Reason.ACKNOWLEDGED:
        return Moment(at=entry.at, step=Step.TAKEN, who=entry.who, until=entry.until) if entry.who else None
    step = _STEPS.get(entry.reason)
    if step is None:
        return None
    return Moment(at=entry.at, step=step, who=entry.who, until=entry.until, reason=entry.reason, detail=entry.detail)


def _delivered(told: Told) -> Iterable[Moment]:
    sent = told.delivery
    before: Step | None = None
    for line in told.log:
        step = _STANDS.get(line.stand)
        if step is not None and step is not before:
            yield Moment(at=line.at, step=step, who=sent.person, by=sent.way.medium, detail=line.why)
        before = step or before


def _gathered(moments: Sequence[Moment]) -> list[Moment]:
    """Return `moments` with those that joined one after the other as one."""
    found: list[Moment] = []
    for one in moments:
        last = found[-1] if found else None
        if one.step is Step.JOINED and last is not None and last.step is Step.JOINED:
            found[-1] = Moment(at=last.at, step=Step.JOINED, count=last.count + 1)
        else:
            found.append(one)
    return found
