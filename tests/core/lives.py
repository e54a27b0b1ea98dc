"""One station's life told as seconds and observations, judged by the real model with its deadlines at their own instants."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any, TypeVar

from monitor.core.health import step
from monitor.core.health_state import UNHEARD, HealthState
from monitor.core.observations import (
    Alive,
    Booted,
    CollectorDown,
    CollectorUp,
    LinkClosed,
    LinkOpened,
    Observation,
    Tick,
)
from monitor.core.policy import Policy
from tests.support.clocks import START

if TYPE_CHECKING:
    from monitor.core.events import Event
    from monitor.core.signals import Signal


E = TypeVar("E")


class Life:
    """A station under judgement; `at` seconds count from the start."""

    def __init__(self, policy: Policy | None = None, state: HealthState = UNHEARD) -> None:
        """Begin with `state`."""
        self.policy = policy or Policy()
        self.state = state
        self.events: list[Event] = []
        self.signals: list[Signal] = []
        self.epoch = 0

    def instant(self, seconds: float) -> datetime:
        """Return the instant `seconds` after the start."""
        return START + timedelta(seconds=seconds)

    def see(self, seconds: float, make: type[Observation] | Observation, **fields: Any) -> list[Event]:
        """Let time pass to `seconds`, then observe; return the events of both."""
        before = len(self.events)
        at = self.instant(seconds)
        self.wait(seconds, inclusive=False)
        seen = make(at=at, **fields) if isinstance(make, type) else make
        self._judge(seen, at)
        return self.events[before:]

    def wait(self, seconds: float, *, inclusive: bool = True) -> list[Event]:
        """Judge every deadline up to `seconds`."""
        before = len(self.events)
        until = self.instant(seconds)
        while self.state.deadline is not None and (self.state.deadline < until or (inclusive and self.state.deadline == until)):
            due = self.state.deadline
            self._judge(Tick(at=due), due)
            if self.state.deadline == due:
                raise AssertionError("a deadline that came due must move")
        return self.events[before:]

    def connect(self, seconds: float) -> list[Event]:
        """Open the station's next socket."""
        self.epoch += 1
        return self.see(seconds, LinkOpened, epoch=self.epoch)

    def disconnect(self, seconds: float, *, clean: bool = False) -> list[Event]:
        """Close its socket."""
        return self.see(seconds, LinkClosed, epoch=self.epoch, clean=clean)

    def online(self, heartbeat_s: int = 300) -> Life:
        """Be listened to, connect and boot at the start; forget what was said of that."""
        self.see(0, CollectorUp)
        self.connect(0)
        self.see(0, Booted, interval_s=heartbeat_s)
        self.events.clear()
        self.signals.clear()
        return self

    def beat(self, start: float, end: float, every: float) -> None:
        """Say something every so often, from `start` up to `end`."""
        seconds = start
        while seconds <= end:
            self.see(seconds, Alive)
            seconds += every

    def beats(self, start: float, *gaps: float) -> float:
        """Send a heartbeat at `start` and after each of `gaps`; return when the last one was."""
        at = start
        self.see(at, Alive, action="Heartbeat")
        for gap in gaps:
            at += gap
            self.see(at, Alive, action="Heartbeat")
        return at

    def last(self, kind: type[E]) -> E:
        """Return the last event of `kind`."""
        return next(event for event in reversed(self.events) if isinstance(event, kind))

    def outage(self, start: float, end: float, *, sockets_kept: bool = False) -> None:
        """Be deaf from `start` to `end`."""
        self.see(start, CollectorDown, sockets_kept=sockets_kept)
        self.see(end, CollectorUp)

    def _judge(self, seen: Observation, at: datetime) -> None:
        judged = step(self.state, seen, self.policy, at)
        self.state = judged.state
        self.events += judged.events
        self.signals += judged.signals


def kinds(events: list[Event]) -> list[str]:
    """Return the types of `events`, in order."""
    return [type(event).__name__ for event in events]


def only(events: list[Event], kind: type) -> Event:
    """Return the only event of that kind."""
    found = [event for event in events if isinstance(event, kind)]
    assert len(found) == 1, events
    return found[0]
