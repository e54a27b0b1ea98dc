"""Breaches of continuity: opened once, cleared once, and judged again while late evidence may still come.

Which evidence means which cause stands in the decision table of `breaches`; when a breach is due stands in `timing`.
"""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from msgspec.structs import replace

from monitor.core.breaches import NO_EVIDENCE, Breach, Evidence, Gap, cause_of, party_of, settle
from monitor.core.events import BreachCleared, BreachOpened, BreachUpdated
from monitor.core.ids import BreachNumber
from monitor.core.observations import Probed, ProbeTarget, RadiusEvent, RadiusSeen

if TYPE_CHECKING:
    from datetime import datetime

    from monitor.core.health_state import HealthState
    from monitor.core.turn import Turn


def open_breach(state: HealthState, turn: Turn) -> HealthState:
    """Open a breach, unless one is open, nobody watches, or planned work excuses the silence for now."""
    if state.breached or not turn.policy.watched:
        return state
    owed_from = _owed_from(state, turn)
    if owed_from is not None and turn.now < owed_from:
        return replace(state, deadline=owed_from)
    since = state.silent_since or turn.now
    if state.maintenance_until is not None and since < state.maintenance_until <= turn.now:
        since = state.maintenance_until
    bearer = turn.policy.bearer
    cause = cause_of(state.evidence)
    party = party_of(cause, bearer)
    number = BreachNumber(state.breaches + 1)
    turn.events.append(BreachOpened(at=turn.now, breach=number, bearer=bearer, since=since, cause=cause, party=party))
    breach = Breach(number=number, bearer=bearer, since=since, detected_at=turn.now, cause=cause, party=party)
    settled = state.settled if state.breach is None else settle(state.settled, state.breach)
    return replace(state, breach=breach, breaches=number, gap=None, settled=settled)


def _owed_from(state: HealthState, turn: Turn) -> datetime | None:
    """Return from when continuity is owed again after planned work that the silence fell into, ``None`` without."""
    until = state.maintenance_until
    if until is None or (state.silent_since or turn.now) >= until:
        return None
    return until + timedelta(seconds=turn.policy.grace_s)


def clear_breach(state: HealthState, at: datetime, turn: Turn) -> HealthState:
    """Close the open breach at `at`, the first sign of life, and keep what explains it."""
    breach = state.breach
    if breach is None or breach.until is not None:
        return state
    cause = cause_of(state.evidence)
    party = party_of(cause, breach.bearer)
    until = max(at, breach.since)
    turn.events.append(BreachCleared(at=turn.now, breach=breach.number, since=breach.since, until=until, cause=cause, party=party))
    gap = Gap(quiet_from=state.last_seen or breach.since, evidence=state.evidence)
    return replace(state, breach=replace(breach, until=until, cause=cause, party=party), gap=gap)


def revise(state: HealthState, evidence: Evidence, turn: Turn) -> HealthState:
    """Judge the last, cleared breach again with `evidence`, as long as it has not settled."""
    breach, gap = state.breach, state.gap
    if breach is None or breach.until is None or gap is None or evidence == gap.evidence:
        return state
    if (turn.now - breach.until).total_seconds() > turn.policy.settle_s:
        return state
    return _recause(replace(state, gap=replace(gap, evidence=evidence)), breach, evidence, turn)


def learn(state: HealthState, seen: RadiusSeen | Probed, turn: Turn) -> HealthState:
    """Take evidence from beside OCPP.

    While the station speaks only bad news is kept: good news says nothing of a later silence.
    """
    silent = state.silent_since is not None
    known = _with_news(state.evidence, seen, silent=silent)
    if known == state.evidence:
        return state
    after = replace(state, evidence=NO_EVIDENCE if known == NO_EVIDENCE else known)
    if after.breach is not None and after.breached:
        return _recause(after, after.breach, known, turn)
    return after


def _with_news(known: Evidence, seen: RadiusSeen | Probed, *, silent: bool) -> Evidence:
    if isinstance(seen, RadiusSeen):
        if seen.event is RadiusEvent.STOP:
            return replace(known, session_stopped=True, session_up=False)
        return replace(known, session_up=True if silent else None)
    answers = seen.ok if silent or not seen.ok else None
    if seen.target is ProbeTarget.GATEWAY:
        return replace(known, gateway_answers=answers)
    return replace(known, station_answers=answers)


def _recause(state: HealthState, breach: Breach, evidence: Evidence, turn: Turn) -> HealthState:
    cause = cause_of(evidence)
    if cause is breach.cause:
        return state
    party = party_of(cause, breach.bearer)
    turn.events.append(BreachUpdated(at=turn.now, breach=breach.number, cause=cause, party=party, incident=breach.incident))
    return replace(state, breach=replace(breach, cause=cause, party=party))
