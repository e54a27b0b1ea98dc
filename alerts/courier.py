"""The courier: takes deliveries from the outbox, hands each to its channel, and writes down what came of it.

What follows from an outcome is `core.outbox`'s table. Every channel has a few senders, so that a slow one holds up no other, and
nothing waits for a sender for long; a delivery is the courier's by a lease, so that one whose courier died is taken up again.
"""

from __future__ import annotations

import asyncio
from collections import Counter
from datetime import timedelta
from functools import partial
from itertools import product
from typing import TYPE_CHECKING, Final, TypeVar

import structlog

from alerts.core.delivery import Rejected, Retry, Unknown
from alerts.core.outbox import Report, Stand, reported, settle
from alerts.ports import Waiting
from monitor.runtime.journal import TransientStoreError
from monitor.runtime.tally import Tally

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Mapping

    from alerts.core.delivery import Channel, Medium, Outcome
    from alerts.core.outbox import Delivery
    from alerts.ports import Outbox, Turn
    from monitor.core.clock import Clock

log = structlog.get_logger("alerts")
T = TypeVar("T")

ABREAST: Final = 8
"""Messages that one channel sends at a time."""
PAGE: Final = 64
"""Deliveries taken at a time."""
SEND_S: Final = 30.0
"""However patient a channel is, a message is given up after so long, well within its lease."""
BUSY_S: Final = 15.0
"""So long a message waits for others of its way, then it is put off as one that was refused; well within its lease as well."""
AGAIN_S: Final = 1.0
OUTCOMES: Final = {
    Stand.SENT: "sent",
    Stand.DELIVERED: "delivered",
    Stand.FAILED: "failed",
    Stand.QUEUED: "retried",
    Stand.UNKNOWN: "unknown",
}
"""What may come of a message, as it is counted: its provider took it, says that it arrived; this way is given up; it was surely not
taken and is sent again; it may have been taken, and the provider is asked."""
DELAY_BUCKETS_S: Final = (0.1, 0.5, 1.0, 2.0, 5.0, 10.0, 30.0, 60.0, 120.0, 300.0, 900.0)
"""Upper bounds of the histogram of `Courier.delays`."""


class Courier:
    """Delivers.

    `outcomes` counts what came of it, by way and one of `OUTCOMES`; `delays` from the decision until the provider took it, by way;
    `waiting` is what was on its way when it was looked at last; `arrived` are called with what its provider says has arrived. The
    canary's messages are not counted.
    """

    def __init__(self, outbox: Outbox, channels: Mapping[Medium, Channel], clock: Clock) -> None:
        """Deliver what is in `outbox` by `channels`."""
        self._outbox = outbox
        self._channels = channels
        self._clock = clock
        self._stirred = asyncio.Event()
        self._senders = {medium: asyncio.Semaphore(ABREAST) for medium in channels}
        self.outcomes: Counter[tuple[str, str]] = Counter(dict.fromkeys(product(channels, OUTCOMES.values()), 0))
        self.delays = {medium.value: Tally(DELAY_BUCKETS_S) for medium in channels}
        self.waiting = Waiting()
        self.arrived: list[Callable[[Delivery], None]] = []

    def stir(self) -> None:
        """Know that there may be something to deliver."""
        self._stirred.set()

    async def run(self) -> None:
        """Deliver, until cancelled; first what the courier before had in its hands when it died."""
        await self._stored(lambda: self._outbox.inherit(self._clock.now()))
        async with asyncio.TaskGroup() as tasks:
            while True:
                self._stirred.clear()
                wait = await self._round(tasks)
                try:
                    async with asyncio.timeout(wait):
                        await self._stirred.wait()
                except TimeoutError:
                    continue

    async def _round(self, tasks: asyncio.TaskGroup) -> float:
        """Take what is due and begin to deliver it; return how long nothing is, in seconds."""
        try:
            taken = await self._outbox.lease(self._clock.now(), PAGE)
            for delivery in taken:
                tasks.create_task(self._deliver(delivery))
            self.waiting = await self._outbox.waiting()
        except TransientStoreError as error:
            log.warning("the outbox cannot be read, trying again", error=str(error))
            return AGAIN_S
        if self.waiting.next_at is None:
            return AGAIN_S
        return min(AGAIN_S, max(0.0, (self.waiting.next_at - self._clock.now()) / timedelta(seconds=1)))

    async def _deliver(self, delivery: Delivery) -> None:
        """Send one message, or ask about it, and write down what came of it."""
        medium = delivery.way.medium
        channel = self._channels.get(medium)
        asked = delivery.stand is Stand.UNKNOWN
        if channel is None:
            outcome: Outcome = Rejected(why=f"nothing is configured that sends by {medium}")
        else:
            outcome = await self._in_turn(channel, delivery, asked=asked)
        await self._change(delivery.id, partial(settle, outcome=outcome, now=self._clock.now()), "asked" if asked else "sent")

    async def _in_turn(self, channel: Channel, delivery: Delivery, *, asked: bool) -> Outcome:
        """Have one of the way's senders send a message or ask about it; what waits too long for one may go the next way."""
        medium = delivery.way.medium
        try:
            async with asyncio.timeout(BUSY_S):
                await self._senders[medium].acquire()
        except TimeoutError:
            why = f"all that send by {medium} are busy"
            return Unknown(why=why) if asked else Retry(why=why)
        try:
            return await _outcome_of(channel, delivery, asked=asked)
        finally:
            self._senders[medium].release()

    async def report(self, number: str, report: Report, why: str) -> bool:
        """Write down what a provider says of a message, in whatever order; return whether it is one of ours."""
        return await self._change(number, partial(reported, report=report, why=why, now=self._clock.now()), "reported")

    async def _change(self, number: str, turn: Turn, what: str) -> bool:
        stands: list[Stand] = []

        def noted(before: Delivery) -> tuple[Delivery, Delivery | None]:
            stands[:] = [before.stand]
            return turn(before)

        after = await self._stored(lambda: self._outbox.change(number, noted, what, self._clock.now()))
        if after is None:
            return False
        if after.stand not in stands and after.alert >= 0:
            self._count(after)
        if after.stand is Stand.DELIVERED and after.stand not in stands:
            for tell in self.arrived:
                tell(after)
        self._stirred.set()
        return True

    @staticmethod
    async def _stored(work: Callable[[], Awaitable[T]]) -> T:
        """Have `work` done, however long the database is away."""
        while True:
            try:
                return await work()
            except TransientStoreError as error:
                log.warning("what became of a message could not be stored, trying again", error=str(error))
                await asyncio.sleep(AGAIN_S)

    def _count(self, after: Delivery) -> None:
        medium = after.way.medium.value
        if after.stand in OUTCOMES:
            self.outcomes[medium, OUTCOMES[after.stand]] += 1
        if after.stand is Stand.SENT and medium in self.delays:
            self.delays[medium].add((self._clock.now() - after.created_at) / timedelta(seconds=1))
        if after.stand is Stand.FAILED:
            log.warning("a message could not be delivered", alert=after.alert, person=after.person, by=medium, why=after.why)


async def _outcome_of(channel: Channel, delivery: Delivery, *, asked: bool) -> Outcome:
    """Return what came of one message; an error of the channel's own is an outcome as well."""
    try:
        async with asyncio.timeout(SEND_S):
            return await (channel.ask(delivery.message, delivery.created_at) if asked else channel.send(delivery.message))
    except TimeoutError:
        return Unknown(why=f"no answer within {SEND_S:g} s")
    except Exception as error:  # a fault in one channel must not end the others
        log.exception("a channel failed", by=delivery.way.medium.value)
        return Unknown(why=f"{type(error).__name__} in the channel")
