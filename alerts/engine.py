"""The engine: reads the event log, has the pipeline decide, and stores each decision before anything comes of it.

One task decides; events, orders and deadlines take turns. The bus only says that there is something to read: what is decided upon
comes from the log itself, from where the last decision left it, so that nothing is lost to a crash, a full queue or a database that
is away. Sending is the courier's business.
"""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Final

import structlog

from alerts.core.delivery import Message
from alerts.core.desk import Failure
from alerts.core.model import Purpose
from alerts.core.outbox import as_written, delivery_of
from alerts.core.reading import READ
from alerts.core.throttle import LONGEST, Earlier
from alerts.pipeline import decide, keep_pace, obey, review, take_in
from alerts.ports import Answered
from monitor.core.events import MaintenanceChanged
from monitor.runtime.journal import TransientStoreError

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from alerts.core.desk import Decision, Desk
    from alerts.core.model import Alert, Notification
    from alerts.core.orders import Answer, Order
    from alerts.core.rules import RuleBook
    from alerts.ports import DeskStore, EventLog, Kept
    from monitor.core.clock import Clock
    from monitor.core.events import EventRecord

log = structlog.get_logger("alerts")

PAGE: Final = 2_000
"""Events read and decided upon at a time."""
KINDS: Final = READ | {MaintenanceChanged}
STEP: Final = timedelta(seconds=1)
"""By less the clock is not set, it is slewed."""
AGAIN_S: Final = 1.0
"""After a defect that ended a whole turn the next one begins so much later."""
PAUSES_S: Final = (0.5, 1.0, 2.0, 5.0)
"""Before a decision that could not be stored is stored again; the last again and again."""

_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)


class Engine:
    """Decides. `decided` are called after every stored decision, with it; `looked_at` is when it last looked (steady clock).

    `failed` counts what could not be decided upon because of a defect, `failed_at` is when that was last (steady clock).
    """

    def __init__(
        self,
        *,
        desk: Desk,
        store: DeskStore,
        events: EventLog,
        clock: Clock,
        words: Callable[[Notification, Alert | None, Desk], Message],
    ) -> None:
        """Keep `desk` in `store`; `words` puts a notification into words."""
        self.desk = desk
        self.decided: list[Callable[[Decision], None]] = []
        self._store = store
        self._events = events
        self._clock = clock
        self._words = words
        self._cursor = 0
        self._stirred = asyncio.Event()
        self._turn = asyncio.Lock()
        self.failing = False
        self.failed = 0
        self.failed_at: float | None = None
        self.looked_at = clock.monotonic()
        self._apart = self._now_apart()

    def _now_apart(self) -> timedelta:
        """Return how far the clock that can be set is from the steady one."""
        return self._clock.now() - (_EPOCH + timedelta(seconds=self._clock.monotonic()))

    async def open(self) -> None:
        """Take up where the last decision left off, and all that happened since, before anything is decided anew."""
        kept = await self._store.load(self._clock.now() - LONGEST)
        self._restore(kept)
        while True:
            records, seen = await self._events.tail(self._cursor, KINDS, PAGE)
            if seen == self._cursor:
                break
            await self._keep(take_in(self.desk, records, self._clock.now()), seen)
        await self._keep(review(self.desk, self._clock.now()), self._cursor)

    def _restore(self, kept: Kept) -> None:
        desk = self.desk
        self._cursor = kept.cursor or 0
        for alert in kept.alerts:
            desk.keep(alert)
        known = {matter.key for matter in kept.matters}
        for key, number in kept.placed:
            if number in desk.alerts and key in known:
                desk.displace(key, desk.alerts[number].audience)  # it was in another one before
                desk.place(key, desk.alerts[number])
        for matter in kept.matters:
            desk.put(matter)
        desk.silences = {one.id: one for one in kept.silences}
        desk.changes = {one.id: one for one in kept.changes}
        desk.last_alert, desk.last_silence, desk.last_change = kept.last_alert, kept.last_silence, kept.last_change
        desk.shifts_seen = kept.shifts_seen
        told = (one for one in kept.deliveries if not one.is_letter)  # those use up nobody's limits
        for delivery in sorted(told, key=lambda one: one.created_at):
            desk.sent[delivery.person, delivery.way.medium].append(Earlier(delivery.created_at, delivery.message.severity))

    async def woken(self, records: Sequence[EventRecord]) -> None:
        """Know that something happened (an `EventHandler` of the bus)."""
        if any(type(record.event) in KINDS for record in records):
            self._stirred.set()

    async def obey(self, order: Order) -> Answer:
        """Carry out an order of somebody's; it is stored when this returns."""
        async with self._turn:
            answer, decision = obey(self.desk, order, self._clock.now())
            await self._keep(decision, None)
        self._stirred.set()
        return answer

    async def go_by(self, rules: RuleBook) -> None:
        """Decide by other rules from now on, about what is open too."""
        async with self._turn:
            self.desk.rules = rules
            await self._keep(review(self.desk, self._clock.now()), None)
        self._stirred.set()

    async def run(self) -> None:
        """Decide, until cancelled."""
        while True:
            again = False
            try:
                async with self._turn:
                    await self._look_into_the_inbox()
                    again = await self._look()
            except Exception as error:  # noqa: BLE001  (a loop that must live)
                self._count(Failure("a whole turn", error))
                await asyncio.sleep(AGAIN_S)
            if not again:
                await self._idle()

    def _count(self, failure: Failure) -> None:
        self.failed += 1
        self.failed_at = self._clock.monotonic()
        log.error("nothing could be decided, the others go on", about=failure.about, exc_info=failure.error)

    async def _look(self) -> bool:
        """Decide upon what has happened and what is due; return whether there may be more."""
        try:
            records, seen = await self._events.tail(self._cursor, KINDS, PAGE)
        except TransientStoreError as error:
            log.warning("the event log cannot be read, trying again", error=str(error))
            records, seen = [], self._cursor
            self.failing = True
        else:
            self.failing = False
        now = self._clock.now()
        step = self._now_apart() - self._apart
        if abs(step) >= STEP:
            self._apart += step
            log.warning("the clock was set, what is waited for goes by the steady one", step_s=step.total_seconds())
            await self._keep(keep_pace(self.desk, step, now), None)
        due = self.desk.due()
        if records or (due is not None and due <= now):
            await self._keep(decide(self.desk, records, now), seen)
        else:
            self._cursor = seen
        self.looked_at = self._clock.monotonic()
        return len(records) == PAGE

    async def _look_into_the_inbox(self) -> None:
        """Carry out what another process has written down; the answer is stored with what the order changed."""
        try:
            orders = await self._store.inbox(PAGE)
        except TransientStoreError as error:
            log.warning("the inbox of orders cannot be read, trying again", error=str(error))
            self.failing = True
            return
        for number, order in orders:
            answer, decision = obey(self.desk, order, self._clock.now())
            await self._keep(decision, None, Answered(number=number, answer=answer))

    async def _idle(self) -> None:
        """Wait for something to happen, or to be due."""
        due = self.desk.due()
        wait = 1.0 if due is None else min(1.0, max(0.0, (due - self._clock.now()) / timedelta(seconds=1)))
        try:
            async with asyncio.timeout(wait):
                await self._stirred.wait()
        except TimeoutError:
            return
        self._stirred.clear()

    def _worded(self, notification: Notification, alert: Alert | None) -> Message:
        """Put a notification into words; where they fail, it is told in the barest ones all the same. A letter has its own."""
        if notification.letter is not None:
            return as_written(notification.letter)
        try:
            return self._words(notification, alert, self.desk)
        except Exception:  # one that cannot be worded must not keep back the others, nor itself
            log.exception("a notification could not be put into words", about=notification.key)
            about = "a shift" if alert is None else f"{alert.rule}, alert {alert.id}"
            line = f"[{notification.severity}] {about}{': over' if notification.purpose is Purpose.CLEAR else ''}"
            over = notification.purpose is Purpose.CLEAR
            return Message(id="", to="", short=line, spoken=line, title=line, text=line, severity=notification.severity, over=over)

    async def _keep(self, decision: Decision, cursor: int | None, answered: Answered | None = None) -> None:
        """Store a decision, however long that takes: nothing comes of it before."""
        for failure in decision.failures:
            self._count(failure)
        deliveries = [delivery_of(one, self._worded(one, decision.alerts.get(one.alert))) for one in decision.notifications]
        tries = 0
        while True:
            try:
                await self._store.save(decision, deliveries, cursor, answered)
            except TransientStoreError as error:
                self.failing = True
                pause = PAUSES_S[min(tries, len(PAUSES_S) - 1)]
                tries += 1
                log.warning("a decision could not be stored, trying again", error=str(error), tries=tries, pause_s=pause)
                await asyncio.sleep(pause)
            else:
                break
        self.failing = False
        if cursor is not None:
            self._cursor = cursor
        for tell in self.decided:
            tell(decision)
