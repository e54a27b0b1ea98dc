"""The canary: every few minutes a station that does not exist falls silent, and a message about its breach must come back.

It enters where stations do and speaks as they do; then it is silent, and the way is gone: deadline, breach, journal, event log,
engine, outbox, courier, a channel that calls back at the public listener. That it stays away is logged and shown as a metric, and
keeps the dead man's switch from being pinged; nobody is alerted of it, because that would go the way that has just failed.
"""

from __future__ import annotations

import asyncio
from collections import Counter
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import timedelta
from typing import TYPE_CHECKING, Final

import structlog

from alerts.core.canary import BEAT_S, THRESHOLDS
from alerts.core.matters import breach_key
from monitor.core.events import State
from monitor.core.ids import CANARY
from monitor.runtime.journal import TransientStoreError

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable
    from datetime import datetime

    from alerts.core.outbox import Delivery
    from alerts.engine import Engine
    from alerts.ports import Keeper
    from monitor.core.breaches import Breach
    from monitor.core.clock import Clock
    from monitor.core.ids import StationId
    from monitor.core.policy import Policy as Thresholds
    from monitor.runtime.intake import Intake
    from monitor.runtime.ports import HealthView

log = structlog.get_logger("alerts")

BOUND_S: Final = 60.0
"""It has so long to come back after its last word, beside the time in which an alert waits for others of its group."""
LOOK_S: Final = 1.0
KEPT: Final = timedelta(hours=1)
"""What is stored of a canary is deleted after so long."""
SECOND: Final = timedelta(seconds=1)
RETURNED, LOST = "returned", "lost"


@dataclass(frozen=True, slots=True, kw_only=True)
class Perch:
    """Where the canary sits in the monitor: it speaks into `intake`, and `view` is what is thought of it.

    `watch` has a station judged by thresholds of its own; `thin` deletes its events of before an instant.
    """

    intake: Intake
    view: HealthView
    watch: Callable[[StationId, Thresholds], None]
    thin: Callable[[StationId, datetime], Awaitable[None]]


@dataclass(slots=True, kw_only=True)
class Canary:
    """Flies every `every_s` seconds, and speaks in between.

    `returned_at` is when it came back last, `took_s` seconds after its breach was opened; `flights` are counted. One that has not
    come back `bound_s` after its last word is lost.
    """

    perch: Perch
    engine: Engine
    keeper: Keeper
    clock: Clock
    every_s: float
    bound_s: float = BOUND_S
    returned_at: datetime | None = None
    took_s: float | None = None
    flights: Counter[str] = field(default_factory=lambda: Counter({RETURNED: 0, LOST: 0}))
    _seen: float = field(init=False)
    _breaches: int = 0
    _back: asyncio.Event = field(default_factory=asyncio.Event)

    def __post_init__(self) -> None:
        """Count from now: until the first is back, none is missed."""
        self._seen = self.clock.monotonic()

    def wrong(self) -> str:
        """Say why the way does not work, nothing while canaries come back; one may be lost."""
        away_s = self.clock.monotonic() - self._seen
        return f"no canary has come back for {away_s:.0f} s" if away_s > 2.0 * self.every_s + self.bound_s else ""

    def arrived(self, delivery: Delivery) -> None:
        """Know that a message has arrived."""
        alert, breach = self.engine.desk.alerts.get(delivery.alert), self._breach()
        if alert is not None and breach is not None and alert.group.get("matter") == breach_key(CANARY, breach.number):
            self._back.set()

    async def run(self) -> None:
        """Speak and fly, until cancelled; what a flight that was cut off has left is over as soon as it speaks."""
        self.perch.watch(CANARY, THRESHOLDS)
        due = self.clock.monotonic()
        while True:
            await self.speak(due)
            due = self.clock.monotonic() + self.every_s
            await self.fly()
            await self._clean()

    async def speak(self, until: float) -> None:
        """Speak until then (steady clock), and on until it is taken for well, but not for ever."""
        while True:
            self._say()
            await asyncio.sleep(BEAT_S)
            late_s = self.clock.monotonic() - until
            if late_s >= self.bound_s or (late_s >= 0.0 and self._is_well()):
                return

    async def fly(self) -> bool:
        """Be silent until the message about that comes back; return whether it did."""
        began = self.clock.monotonic()
        self._breaches = self.perch.view.health(CANARY).breaches
        self._back.clear()
        while not self._back.is_set() and self.clock.monotonic() - began < self.bound_s:
            with suppress(TimeoutError):
                async with asyncio.timeout(LOOK_S):
                    await self._back.wait()
        back, breach = self._back.is_set(), self._breach()
        if back and breach is not None:
            self._seen, self.returned_at = self.clock.monotonic(), self.clock.now()
            self.took_s = (self.returned_at - breach.detected_at) / SECOND
        else:
            log.warning("the canary has not come back", after_s=self.bound_s, why=self._how_far(breach))
        self.flights[RETURNED if back else LOST] += 1
        self._say()
        return back

    def _say(self) -> None:
        """Give a sign of life, as a station's collector does."""
        slot, now = self.perch.intake.slot(CANARY), self.clock.now()
        slot.last_seen = now
        self.perch.intake.put(CANARY, (slot.alive(now),))

    def _is_well(self) -> bool:
        state = self.perch.view.health(CANARY)
        return state.state is State.ONLINE and not state.breached

    def _breach(self) -> Breach | None:
        """Return the breach of the flight under way, ``None`` before it."""
        state = self.perch.view.health(CANARY)
        return state.breach if state.breaches > self._breaches and state.cut_off else None

    def _how_far(self, breach: Breach | None) -> str:
        """Say where it was seen last."""
        if breach is None:
            return "its silence was no breach"
        known = breach_key(CANARY, breach.number) in self.engine.desk.matters
        return "its message was not delivered" if known else "its breach did not reach the alerts"

    async def _clean(self) -> None:
        """Delete what is stored of earlier ones."""
        before = self.clock.now() - KEPT
        try:
            await self.keeper.thin(before)
            await self.perch.thin(CANARY, before)
        except TransientStoreError as error:
            log.warning("what is stored of earlier canaries could not be deleted, it is tried after the next", error=str(error))
        except Exception:  # what cannot be deleted must not end what tells people
            log.exception("what is stored of earlier canaries cannot be deleted")
