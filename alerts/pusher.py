"""Every alert to an Alertmanager: when something changes, and again before it would be forgotten there.

Alertmanager holds that an alert is over which it is not told of again; so what is open, or kept for a while, is pushed every
`AGAIN_S`, and what is over once, with its end. It groups, silences and routes by itself, so nothing of ours is held back but what
is muted by a wider cause. What an Alertmanager told us of is no news to one. An alert `Watchdog` fires as long as the way of alerts
works, as Prometheus shops know it: whoever gets it there misses it when it ends.
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import structlog
from msgspec.structs import replace

from alerts.core.delivery import Fact, Message, Sent
from alerts.core.matters import Kind

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable
    from datetime import datetime

    from alerts.channels.alertmanager import Alertmanager
    from alerts.core.desk import Decision
    from alerts.engine import Engine
    from alerts.wording import Phrasebook
    from monitor.core.clock import Clock

log = structlog.get_logger("alerts")

AGAIN_S: Final = 60.0
RETRY_S: Final = 5.0
PIECE: Final = 500
"""Alerts in one request."""
MOST_OVER: Final = 10_000
"""Alerts that are over and wait to be told."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AlwaysFiring:
    """The alert `Watchdog`: `wrong` says why the way of alerts does not work, which ends it; `page` is where alerts are shown."""

    wrong: Callable[[], Awaitable[str]]
    page: str

    def fact(self, since: datetime) -> Fact:
        """Return it as programs want it."""
        return Fact(
            labels={"alertname": "Watchdog", "severity": "none"},
            annotations={
                "summary": "The way of alerts works.",
                "description": "This alert always fires. When it ends, bornewatch is down or can tell nobody of anything.",
            },
            since=since,
            url=self.page,
        )


class Pusher:
    """Pushes; `failing` says that the last push was not taken."""

    def __init__(
        self, engine: Engine, server: Alertmanager, clock: Clock, words: Phrasebook, firing: AlwaysFiring | None = None
    ) -> None:
        """Push what `engine` decides, and what is always `firing`."""
        self._engine = engine
        self._server = server
        self._clock = clock
        self._words = words
        self._over: list[Fact] = []
        self._firing = firing
        self._began = clock.now()
        self._stirred = asyncio.Event()
        self.failing = False
        engine.decided.append(self._decided)

    def _decided(self, decision: Decision) -> None:
        for number, matters in decision.ended.items():
            alert = decision.alerts[number]
            if not alert.audience:
                over = (replace(one, until=one.until or decision.at) for one in matters if one.kind is not Kind.EXTERNAL)
                self._over += [self._words.fact(alert, one, decision.at) for one in over]
        del self._over[:-MOST_OVER]
        if decision.alerts or decision.placed:
            self._stirred.set()

    async def run(self) -> None:
        """Push, until cancelled."""
        while True:
            self._stirred.clear()
            wait = AGAIN_S if await self._push() else RETRY_S
            try:
                async with asyncio.timeout(wait):
                    await self._stirred.wait()
            except TimeoutError:
                continue

    async def _push(self) -> bool:
        """Tell of everything; return whether all was taken."""
        now = self._clock.now()
        watchdog = [] if self._firing is None or await self._firing.wrong() else [self._firing.fact(self._began)]
        over, self._over = self._over, []
        desk = self._engine.desk
        facts = [
            *watchdog,
            *over,
            *(
                self._words.fact(alert, replace(one, until=None), now)
                for alert in desk.alerts.values()
                if not alert.audience
                for one in desk.shown_in(alert.id)
                if one.kind is not Kind.EXTERNAL
            ),
        ]
        for start in range(0, len(facts), PIECE):
            outcome = await self._server.send(Message(id="", to="", facts=tuple(facts[start : start + PIECE])))
            if not isinstance(outcome, Sent):
                self.failing = True
                self._over = [*over, *self._over][-MOST_OVER:]
                log.warning("the Alertmanager did not take our alerts, trying again", why=outcome.why)
                return False
        self.failing = False
        return True
