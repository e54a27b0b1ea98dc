"""When silence counts: expected signs of life, grace, and the figure of merit of a link that flaps.

Pure arithmetic on a state and a policy; what follows from it is decided in `health`.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Final

from monitor.core.health_state import HealthState, Link

if TYPE_CHECKING:
    from monitor.core.policy import Policy

FLAP_COST: Final = 1000.0
"""Figure of merit that one lost link costs (RFC 2439 §4.2)."""


def expected_interval(state: HealthState, policy: Policy) -> float:
    """Return within how many seconds a living station gives a sign: its heartbeat, or our ping where it answers them."""
    interval = policy.heartbeat_s if state.interval_s is None else float(state.interval_s)
    if state.pongs and state.link is Link.OPEN and policy.ping_s > 0:
        return min(interval, policy.ping_s)
    return interval


def overdue_after(state: HealthState, policy: Policy) -> float:
    """Return after how many seconds of silence the station is suspect."""
    return expected_interval(state, policy) * (1.0 + policy.overdue_ratio) + policy.overdue_s


def fair_chance(state: HealthState, policy: Policy) -> float:
    """Return how many seconds a station gets to speak after our own absence: to dial in again, or one interval without a socket."""
    return overdue_after(state, policy) if state.link is Link.NONE else policy.reconnect_s


def breach_due(state: HealthState, policy: Policy) -> datetime:
    """Return when the silence under way becomes a breach; the state was heard or listened for, else there is no silence.

    The grace counts from the last sign of life, or from when we began to listen. A closed socket leaves a fair chance to
    come back, and a station without one the promised number of intervals.
    """
    heard = max(filter(None, (state.last_seen, state.listening_since)))
    grace = policy.grace_s
    if state.link is Link.NONE:
        grace = max(grace, policy.missed * expected_interval(state, policy))
    due = heard + timedelta(seconds=grace)
    if state.silent_since is not None and state.link is Link.CLOSED:
        due = max(due, state.silent_since + timedelta(seconds=min(policy.reconnect_s, policy.grace_s)))
    return due if state.chance_until is None else max(due, state.chance_until)


def flap_merit(state: HealthState, policy: Policy, now: datetime) -> float:
    """Return the flap figure of merit as of `now`: it halves in every half-life (RFC 2439 §4.8.6)."""
    if state.flap_at is None:
        return 0.0
    age = max(0.0, (now - state.flap_at).total_seconds())
    return float(state.flap_merit * 0.5 ** (age / policy.flap_half_life_s))
