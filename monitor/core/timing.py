"""When silence counts: expected signs of life, grace, and the figure of merit of a link that flaps.

Pure arithmetic on a state and a policy; what follows from it is decided in `silence` and `liveness`.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Final

from monitor.core.health_state import HealthState, Link
from monitor.core.rhythm import LONGEST_RETURN_S

if TYPE_CHECKING:
    from monitor.core.policy import Policy

FLAP_COST: Final = 1000.0
"""Figure of merit that one lost link costs (RFC 2439 §4.2)."""
_JITTERS: Final = 4.0
"""Mean deviations that a sign of life may be late before it counts as missed (RFC 6298 §2)."""
_LEAST_RETURN_S: Final = 30.0
_SPREAD: Final = 0.2
_RETURNS: Final = 1.5
"""So many times its longest return of late is a station's fair chance."""


def expected_interval(state: HealthState, policy: Policy) -> float:
    """Return within how many seconds a living station gives a sign: its heartbeat, or our ping where it answers them.

    Its own pace counts for more than the one that it was given.
    """
    told = policy.heartbeat_s if state.interval_s is None else float(state.interval_s)
    interval = state.rhythm.interval_s if state.rhythm.known else told
    if state.pongs and state.link is Link.OPEN and policy.ping_s > 0:
        return min(interval, policy.ping_s)
    return interval


def overdue_after(state: HealthState, policy: Policy) -> float:
    """Return after how many seconds of silence the station is suspect."""
    return expected_interval(state, policy) * (1.0 + policy.overdue_ratio) + policy.overdue_s


def late_after(state: HealthState, policy: Policy) -> float:
    """Return after how many seconds of silence a sign of life counts as missed: enough to be counted, not to be blamed."""
    interval = expected_interval(state, policy)
    allowance = max(policy.late_s, _JITTERS * state.rhythm.jitter_s)
    return interval + min(allowance, interval * policy.overdue_ratio + policy.overdue_s)


def listened_until(state: HealthState, policy: Policy, last: datetime | None) -> datetime | None:
    """Return when the silence of a station that spoke `last` must be judged next: missed, suspect, or back for good."""
    if last is None:
        return None
    silence = overdue_after(state, policy) if state.told else late_after(state, policy)
    due = last + timedelta(seconds=silence)
    believed = believed_at(state, policy)
    return due if believed is None else min(due, believed)


def believed_at(state: HealthState, policy: Policy) -> datetime | None:
    """Return when a station that came back out of a breach is believed: each relapse doubles the good seconds that it takes."""
    breach = state.breach
    if breach is None or breach.back_at is None or breach.until is not None:
        return None
    steady = min(policy.steady_s, policy.grace_s / 60.0) * 2.0 ** min(breach.relapses, 6)
    return breach.back_at + timedelta(seconds=steady)


def fair_chance(state: HealthState, policy: Policy) -> float:
    """Return how many seconds a station gets to speak after our own absence: to dial in again, or one interval if it need not.

    Up to a fifth more, by what chance left in the time at which it was heard last, so that not all are judged at once.
    """
    if state.link is not Link.CLOSED:
        chance = overdue_after(state, policy)
    elif state.rhythm.returning:
        chance = min(LONGEST_RETURN_S, max(_LEAST_RETURN_S, _RETURNS * state.rhythm.return_s))
    else:
        chance = policy.reconnect_s
    heard = state.last_seen or state.since
    return chance if heard is None else chance * (1.0 + _SPREAD * heard.microsecond / 1e6)


def breach_due(state: HealthState, policy: Policy) -> datetime:
    """Return when the silence under way becomes a breach; the state was heard or listened for, else there is no silence.

    The grace counts from the last sign of life, or from when we began to listen. A closed socket leaves time to come back from the
    closing on, and a station without one the promised number of intervals. A breach is never opened in the very moment in which
    the last of those signs is expected: it is given its allowance.
    """
    heard = max(filter(None, (state.last_seen, state.listening_since)))
    interval = expected_interval(state, policy)
    promised = policy.missed * interval
    grace = max(policy.grace_s, promised) if state.link is Link.NONE else policy.grace_s
    allowance = late_after(state, policy) - interval
    if abs(grace - promised) <= allowance:
        grace = promised + allowance
    due = heard + timedelta(seconds=grace)
    if state.silent_since is not None and state.link is Link.CLOSED and state.link_since == state.silent_since:
        due = max(due, state.silent_since + timedelta(seconds=min(policy.closed_s, policy.grace_s)))
    return due if state.chance_until is None else max(due, state.chance_until)


def flap_merit(state: HealthState, policy: Policy, now: datetime) -> float:
    """Return the flap figure of merit as of `now`: it halves in every half-life (RFC 2439 §4.8.6)."""
    if state.flap_at is None:
        return 0.0
    age = max(0.0, (now - state.flap_at).total_seconds())
    return float(state.flap_merit * 0.5 ** (age / policy.flap_half_life_s))
