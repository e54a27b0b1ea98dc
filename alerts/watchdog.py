"""The dead man's switch: an address outside is pinged while the way from an event to a person works, and at no other time.

Whoever listens there (healthchecks.io, Dead Man's Snitch, a colleague's script) raises the alarm when pings stay away, by ways that
hang on nothing of ours. That is why this tells nobody itself: an alert about the way of alerts would go that way.
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Final

import structlog

from alerts.core.delivery import Sent
from alerts.outbound import Http, judge

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from alerts.engine import Engine
    from alerts.ports import DeskStore, Outbox
    from monitor.core.clock import Clock

log = structlog.get_logger("alerts")

DEFECT_S: Final = 150.0
"""So long after a defect that kept something from being decided upon the way is not said to work; that is tried every minute."""
STALE_S: Final = 60.0
"""An engine that has not looked for so long, and a message that is overdue by so long, are no way that works."""
PATIENCE_S: Final = 10.0
"""So long the database has to answer."""
AGAIN_S: Final = 10.0
"""A ping that was not taken is sent again after so long, or when the next one is due."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Way:
    """What lies between an event and a person; `canary` says why that does not come back, nothing while it does."""

    engine: Engine
    store: DeskStore
    outbox: Outbox
    clock: Clock
    canary: Callable[[], str] = str

    async def wrong(self) -> str:
        """Say in a line why the way does not work, nothing while it does."""
        if self.engine.failing:
            return "the event log cannot be read, or a decision not be stored"
        idle_s = self.clock.monotonic() - self.engine.looked_at
        if idle_s > STALE_S:
            return f"the event log has not been looked at for {idle_s:.0f} s"
        if self.engine.failed_at is not None and self.clock.monotonic() - self.engine.failed_at < DEFECT_S:
            return "something could not be decided upon because of a defect, which the log names"
        now = self.clock.now()
        try:
            async with asyncio.timeout(PATIENCE_S):
                await self.store.prove(now)
                waiting = await self.outbox.waiting()
        except Exception as error:  # noqa: BLE001  (whatever it is, the ping stays away for it, and the other loops go on)
            return f"the database does not take what is to be stored: {str(error) or type(error).__name__}"
        if waiting.next_at is not None and waiting.next_at < now - timedelta(seconds=STALE_S):
            return f"a message has been due since {waiting.next_at.isoformat()}, and nobody sends it"
        return self.canary()


class Watchdog:
    """Pings `url` every `every_s` seconds while `way` works; `taken_at` is when a ping was taken last."""

    def __init__(self, way: Way, url: str, every_s: float, clock: Clock) -> None:
        """Have pinged nobody yet."""
        self._way = way
        self._url = url
        self._every_s = every_s
        self._clock = clock
        self._http = Http()
        self._said = ""
        self.taken_at: datetime | None = None

    async def run(self) -> None:
        """Ping, until cancelled."""
        while True:
            taken = await self.beat()
            await asyncio.sleep(self._every_s if taken else min(AGAIN_S, self._every_s))

    async def beat(self) -> bool:
        """Ping once if the way works; return whether that was taken. Why not is logged once as long as it goes on."""
        why = await self._way.wrong()
        if why:
            self._stay_away("the way to people does not work, so the dead man's switch is not pinged", why)
            return False
        outcome = judge(await self._http.post(self._url, b"", {}), "the dead man's switch", repeatable=True)
        if not isinstance(outcome, Sent):
            self._stay_away("a ping of the dead man's switch was not taken", outcome.why)
            return False
        self.taken_at = self._clock.now()
        if self._said:
            log.info("the dead man's switch is pinged again")
        self._said = ""
        return True

    def _stay_away(self, what: str, why: str) -> None:
        if self._said != what:
            log.warning(what, why=why)
        self._said = what
