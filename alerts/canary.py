"""The canary: every few minutes a station that does not exist reports a fault, and a message about it must come back.

It enters where stations do: intake, health model, journal, event log, engine, outbox, courier, a channel that calls back at the
public listener. That it stays away is logged and shown as a metric, and keeps the dead man's switch from being pinged; nobody is
alerted of it, because that would go the way that has just failed.
"""

from __future__ import annotations

import asyncio
from collections import Counter
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import timedelta
from typing import TYPE_CHECKING, Final

import structlog

from alerts.core.matters import fault_key
from monitor.core.ids import CANARY
from monitor.core.observations import ConnectorReported, Status
from monitor.runtime.journal import TransientStoreError

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Iterable
    from datetime import datetime

    from alerts.core.outbox import Delivery
    from alerts.engine import Engine
    from alerts.ports import Keeper
    from monitor.core.clock import Clock
    from monitor.core.ids import StationId
    from monitor.runtime.intake import Intake

log = structlog.get_logger("alerts")

BOUND_S: Final = 60.0
"""It has so long to come back, beside the time in which an alert waits for others of its group."""
LOOK_S: Final = 1.0
KEPT: Final = timedelta(hours=1)
"""What is stored of a canary is deleted after so long."""
ERROR: Final = "InternalError"
RETURNED, LOST = "returned", "lost"


@dataclass(frozen=True, slots=True, kw_only=True)
class Perch:
    """Where the canary sits in the monitor: it speaks into `intake`; `forget` its state, `thin` its events of before an instant."""

    intake: Intake
    forget: Callable[[StationId], None]
    thin: Callable[[StationId, datetime], Awaitable[int]]


@dataclass(slots=True, kw_only=True)
class Canary:
    """Flies every `every_s` seconds; `returned_at` is when it came back last, after `took_s` seconds; `flights` are counted."""

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
    _sought: str = ""
    _stored: bool = False
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
        alert = self.engine.desk.alerts.get(delivery.alert)
        if alert is not None and alert.group.get("matter") == self._sought:
            self._back.set()

    async def run(self) -> None:
        """Fly, until cancelled."""
        while True:
            began = self.clock.monotonic()
            await self.fly()
            await self._clean()
            await asyncio.sleep(max(0.0, began + self.every_s - self.clock.monotonic()))

    async def fly(self) -> bool:
        """Break down, wait for the message about it, and be well again; return whether it came back."""
        began, now = self.clock.monotonic(), self.clock.now()
        connector = str(int(now.timestamp() * 1_000))
        self._sought, self._stored = fault_key(CANARY, connector), False
        self._back.clear()
        left = [key.rpartition("/")[2] for key in self.engine.desk.about.get(CANARY, ())]  # of a flight that was cut off
        fault = ConnectorReported(at=now, connector=connector, status=Status.FAULTED, error=ERROR)
        self._say([*self._well(left), fault], self._noted)
        while not self._back.is_set() and self.clock.monotonic() - began < self.bound_s:
            with suppress(TimeoutError):
                async with asyncio.timeout(LOOK_S):
                    await self._back.wait()
        back = self._back.is_set()
        if back:
            self._seen, self.returned_at = self.clock.monotonic(), self.clock.now()
            self.took_s = self._seen - began
        else:
            log.warning("the canary has not come back", after_s=self.bound_s, why=self._how_far())
        self.flights[RETURNED if back else LOST] += 1
        self._say(self._well([connector]), lambda _stored: self.perch.forget(CANARY))
        return back

    def _well(self, connectors: Iterable[str]) -> list[ConnectorReported]:
        now = self.clock.now()
        return [ConnectorReported(at=now, connector=one, status=Status.AVAILABLE) for one in connectors]

    def _say(self, observations: list[ConnectorReported], told: Callable[[bool], None]) -> None:
        self.perch.intake.commit(CANARY, observations, told)

    def _noted(self, stored: bool) -> None:  # noqa: FBT001  (as the intake calls)
        self._stored = stored

    def _how_far(self) -> str:
        """Say where it was seen last."""
        if not self._stored:
            return "what it said was not stored"
        known = any(alert.group.get("matter") == self._sought for alert in self.engine.desk.alerts.values())
        return "its message was not delivered" if known else "no alert came of its fault"

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
