"""The pipeline as one: events and orders go in, alerts, notifications and the reasons for them come out.

Pure, like its stages (`core.judging`, `core.escalating`): the same desk, the same seen at the same instant, the same decision. So a
dry run over history is the pipeline itself, fed with what happened. A defect met over one thing keeps back none of the others: it
is in the decision, and the thing is looked at again a minute later.
"""

from __future__ import annotations

from datetime import timedelta
from functools import partial
from typing import TYPE_CHECKING, Final

from msgspec.structs import replace

from alerts.core.desk import COMMON, Decision, Desk, Failure, Turn
from alerts.core.escalating import advance, follow
from alerts.core.judging import judge
from alerts.core.orders import Answer, Order, act
from alerts.core.reading import read
from alerts.core.shifts import catch_up, hand_over
from monitor.core.events import EventRecord, MaintenanceChanged

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from datetime import datetime

    from alerts.core.matters import Matter


AGAIN: Final = timedelta(minutes=1)
"""When that is looked at again over which we met a defect."""


def decide(desk: Desk, records: Iterable[EventRecord], now: datetime) -> Decision:
    """Take what happened, in its order, and do all that is due at `now`; without records it is a tick."""
    turn = Turn(desk, now)
    _take_all(turn, records)
    return _settle(turn)


def take_in(desk: Desk, records: Iterable[EventRecord], now: datetime) -> Decision:
    """Take what happened while nobody decided, and decide nothing yet: what mutes another must be known first."""
    turn = Turn(desk, now)
    _take_all(turn, records)
    return turn.decision


def obey(desk: Desk, order: Order, now: datetime) -> tuple[Answer, Decision]:
    """Carry out an order and do all that is due."""
    turn = Turn(desk, now)
    answers = [Answer.FAILED]
    _met(turn, type(order).__name__, lambda: answers.append(act(turn, order)))
    return answers[-1], _settle(turn)


def review(desk: Desk, now: datetime) -> Decision:
    """Look at everything again: after the start, and when the rules are others."""
    turn = Turn(desk, now)
    turn.matters.update(desk.matters)
    turn.alerts.update(desk.alerts)
    _met(turn, "shifts", lambda: catch_up(turn))
    return _settle(turn)


def keep_pace(desk: Desk, step: timedelta, now: datetime) -> Decision:
    """Go on at the same pace after the clock was set by `step`, to `now`."""
    turn = Turn(desk, now)
    _met(turn, "the clock", lambda: follow(turn, step))
    turn.matters.update(desk.matters)
    turn.alerts.update(desk.alerts)
    return _settle(turn)


def _met(turn: Turn, about: str, work: Callable[[], object]) -> bool:
    """Do `work`; a defect that is met over it is written down. Return whether none was."""
    try:
        work()
    except Exception as error:  # noqa: BLE001  (one bad item must not keep back the others; who stores the decision tells of it)
        turn.decision.failures.append(Failure(about, error))
        return False
    return True


def _take_all(turn: Turn, records: Iterable[EventRecord]) -> None:
    for record in records:
        _met(turn, f"event {record.seq} of station {record.station}", partial(_take, turn, record))


def _take(turn: Turn, record: EventRecord) -> None:
    event = record.event
    if isinstance(event, MaintenanceChanged):
        if event.until is None:
            turn.desk.planned.pop(record.station, None)
        else:
            turn.desk.planned[record.station] = event.until
        turn.matters.update(turn.desk.about.get(record.station, ()))
        return
    matter = read(record, turn.desk.matters, turn.desk.paper)
    if matter is None:
        return
    known = turn.desk.matters.get(matter.key)
    turn.put(matter)
    if known is not None and known.kind in COMMON:
        _release(turn, known, matter)


def _release(turn: Turn, before: Matter, after: Matter) -> None:
    """Note of every station that an incident let go that it did: what still goes on there is given a little time to end."""
    left = set(before.stations) - (set(after.stations) if after.open else set())
    for station in left:
        if turn.desk.over_station(station):
            continue
        for key in list(turn.desk.about.get(station, ())):
            turn.put(replace(turn.desk.matters[key], released_at=turn.now))


def _settle(turn: Turn) -> Decision:
    """Judge what is due until nothing is."""
    desk = turn.desk
    for ended in [one.id for one in desk.silences.values() if one.until <= turn.now]:
        del desk.silences[ended]
    if not _met(turn, "shifts", lambda: hand_over(turn)):
        desk.handover_at = turn.now + AGAIN
    while True:
        keys, alerts = desk.fall_due(turn.now)
        turn.matters |= keys
        turn.alerts |= alerts
        if not turn.matters and not turn.alerts:
            break
        matters, turn.matters = turn.matters, set()
        for key in sorted(matters):
            if not _met(turn, f"matter {key}", partial(judge, turn, key)):
                desk.remind(turn.now + AGAIN, key)
        due, turn.alerts = turn.alerts, set()
        for number in sorted(due):
            before = len(turn.decision.notifications)
            if not _met(turn, f"alert {number}", partial(advance, turn, number)):
                for one in turn.decision.notifications[before:]:  # they go out, once; tried again they would be counted again
                    desk.sent[one.person, one.ways[0].medium].pop()
                desk.remind(turn.now + AGAIN, number)
    turn.decision.due = desk.due()
    return turn.decision
