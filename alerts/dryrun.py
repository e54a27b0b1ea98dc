"""A dry run: what the rules would have had sent, over what really happened.

It is the pipeline itself, fed with the event log at the instants of its events; nobody takes an alert in it, so that it shows every
escalation to its end. Nothing is stored or sent. A defect that is met ends it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from alerts.pipeline import decide

if TYPE_CHECKING:
    from collections.abc import AsyncIterable, AsyncIterator
    from datetime import datetime

    from alerts.core.desk import Decision, Desk
    from alerts.core.model import Alert, Notification
    from monitor.core.events import EventRecord


class WouldBe(NamedTuple):
    """A notification that would have been sent, and its alert as it was then."""

    notification: Notification
    alert: Alert


async def dry_run(desk: Desk, records: AsyncIterable[EventRecord], since: datetime, until: datetime) -> AsyncIterator[WouldBe]:
    """Yield what would have been sent between `since` and `until`, in its order; `records` begin as early as they can."""
    async for record in records:
        at = record.event.at
        while (due := desk.due()) is not None and due < at:
            for one in _sent(desk, decide(desk, (), due), since):
                yield one
        for one in _sent(desk, decide(desk, (record,), at), since):
            yield one
    while (due := desk.due()) is not None and due <= until:
        for one in _sent(desk, decide(desk, (), due), since):
            yield one


def _sent(desk: Desk, decision: Decision, since: datetime) -> list[WouldBe]:
    for failure in decision.failures:
        raise failure.error
    return [
        WouldBe(one, decision.alerts.get(one.alert) or desk.alerts[one.alert]) for one in decision.notifications if one.at >= since
    ]
