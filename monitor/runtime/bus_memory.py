"""The event bus of one process: every subscriber has a bounded queue and a task of its own.

Overflow rule: a subscriber that falls behind loses its oldest events, is told how many by a counter, and can read the event
log again; a slow console never slows the engine.
"""

from __future__ import annotations

import asyncio
from collections import deque
from typing import TYPE_CHECKING, Final

import structlog

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from monitor.core.events import EventRecord
    from monitor.runtime.ports import EventHandler

BACKLOG: Final = 50_000
"""Events that may wait for one subscriber."""

log = structlog.get_logger("bus")


class _Subscriber:
    def __init__(self, name: str, handler: EventHandler, backlog: int) -> None:
        self.name = name
        self.handler = handler
        self.waiting: deque[EventRecord] = deque(maxlen=backlog)
        self.filled = asyncio.Event()
        self.lost = 0

    async def run(self) -> None:
        while True:
            await self.filled.wait()
            self.filled.clear()
            run = list(self.waiting)
            self.waiting.clear()
            try:
                await self.handler(run)
            except Exception:  # one bad event must not end the subscription
                log.exception("a subscriber failed", subscriber=self.name, events=len(run))


class MemoryBus:
    """Publishes to the subscribers of this process. `start` and `stop` frame its life."""

    def __init__(self, backlog: int = BACKLOG) -> None:
        """Start without subscribers; let at most `backlog` events wait for each."""
        self._backlog = backlog
        self._subscribers: dict[_Subscriber, asyncio.Task[None] | None] = {}
        self._tasks: asyncio.TaskGroup | None = None

    def subscribe(self, name: str, handler: EventHandler) -> Callable[[], None]:
        """Call `handler` with every run of events from now on; the returned function ends it."""
        subscriber = _Subscriber(name, handler, self._backlog)
        self._subscribers[subscriber] = self._tasks.create_task(subscriber.run()) if self._tasks else None

        def end() -> None:
            task = self._subscribers.pop(subscriber, None)
            if task is not None:
                task.cancel()

        return end

    async def publish(self, records: Sequence[EventRecord]) -> None:
        """Queue `records` for every subscriber."""
        for subscriber in self._subscribers:
            over = len(subscriber.waiting) + len(records) - self._backlog
            subscriber.lost += max(0, over)
            subscriber.waiting.extend(records)
            subscriber.filled.set()

    async def run(self) -> None:
        """Deliver until cancelled."""
        async with asyncio.TaskGroup() as tasks:
            self._tasks = tasks
            for subscriber in self._subscribers:
                self._subscribers[subscriber] = tasks.create_task(subscriber.run())
            await asyncio.Event().wait()
