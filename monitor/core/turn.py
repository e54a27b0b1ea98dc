"""One turn of the model: the instant and policy of a judgement, and what it gathers."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from msgspec.structs import replace

from monitor.core.events import Event, HealthChanged, Reason, State

if TYPE_CHECKING:
    from datetime import datetime

    from monitor.core.health_state import HealthState
    from monitor.core.policy import Policy
    from monitor.core.signals import Signal


@dataclass(slots=True)
class Turn:
    """What every part of one judgement needs; `events` and `signals` grow in order."""

    policy: Policy
    now: datetime
    events: list[Event] = field(default_factory=list)
    signals: list[Signal] = field(default_factory=list)

    def enter(self, state: HealthState, target: State, reason: Reason, since: datetime) -> HealthState:
        """Return `state` moved to `target`, and say so; the same state again says nothing."""
        if target is state.state:
            return state
        self.events.append(HealthChanged(at=self.now, origin=state.state, to=target, reason=reason, since=since))
        return replace(state, state=target, reason=reason, since=since)
