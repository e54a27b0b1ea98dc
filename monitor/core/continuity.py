"""Breaches of continuity: opened once, cleared once, and judged again while late evidence may still come.

Which evidence means which cause stands in the decision table of `breaches`; when a breach is due stands in `timing`. A station
that comes back is believed after some good seconds; the breach then ended at the first of them (ITU-T G.826 annex A).
"""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Final

from msgspec.structs import replace

from monitor.core.breaches import NO_EVIDENCE, Breach, Cause, Evidence, Gap, cause_of, party_of, settle
from monitor.core.events import BreachCleared, BreachOpened, BreachUpdated
from monitor.core.ids import BreachNumber
from monitor.core.incidents import Scope
from monitor.core.observations import Probed, ProbeTarget, RadiusEvent, RadiusSeen
from monitor.core.onsets import hints_of, tell
from monitor.core.signals import Depth, Explanation
from monitor.core.timing import FLAP_COST, flap_merit
from monitor.core.transitions import TRANSITIONS, Trigger

if TYPE_CHECKING:
    from datetime import datetime

    from monitor.core.health_state import HealthState
    from monitor.core.turn import Turn

REJOIN: Final = timedelta(seconds=30)
"""How long a member of an incident that relapses may wait to be found part of it again."""


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
    incident = None if state.incident is None else state.incident.incident
    turn.events.append(
        BreachOpened(at=turn.now, breach=number, bearer=bearer, since=since, cause=cause, party=party, incident=incident)
    )
    breach = Breach(number=number, bearer=bearer, since=since, detected_at=turn.now, cause=cause, party=party, incident=incident)
    settled = state.settled if state.breach is None else settle(state.settled, state.breach)
    opened = replace(state, breach=breach, breaches=number, gap=None, settled=settled)
    return tell(opened, since, Depth.BREACH, turn)


def _owed_from(state: HealthState, turn: Turn) -> datetime | None:
    """Return from when continuity is owed again after planned work that the silence fell into, ``None`` without."""
    until = state.maintenance_until
    if until is None or (state.silent_since or turn.now) >= until:
        return None
    return until + timedelta(seconds=turn.policy.grace_s)


def come_back(state: HealthState, at: datetime, turn: Turn) -> HealthState:
    """Note in an open breach that the station gave a sign of life at `at`, and keep what explains the gap."""
    breach = state.breach
    if breach is None or not state.cut_off:
        return state
    back = replace(state, gap=Gap(quiet_from=state.last_seen or breach.since, evidence=state.evidence))
    return _judged(replace(back, breach=replace(breach, back_at=max(at, breach.since))), state.evidence, turn)


def relapse(state: HealthState, turn: Turn) -> HealthState:
    """Go on with a breach whose station had come back too shortly to be believed.

    It came back out of its incident, if it was in one: the fleet's judge has `REJOIN` to find it part of it again.
    """
    breach, gap = state.breach, state.gap
    if breach is None or gap is None:
        return state
    merit = flap_merit(state, turn.policy, turn.now) + FLAP_COST
    silent = replace(
        state,
        breach=replace(breach, back_at=None, relapses=breach.relapses + 1),
        gap=None,
        evidence=gap.evidence,
        silent_since=breach.since,
        deadline=None if gap.evidence.scope is None else turn.now + REJOIN,
        flap_merit=merit,
        flap_at=turn.now,
    )
    silent = turn.enter(silent, *TRANSITIONS[state.state][Trigger.RELAPSED], turn.now)
    return tell(silent, breach.since, Depth.BREACH, turn)


def strayed(state: HealthState, turn: Turn) -> HealthState:
    """Judge a breach by its own evidence whose station is part of no incident, though it was when it fell silent."""
    if not state.breached or state.incident is not None or state.evidence.scope is None:
        return state
    return recause(replace(state, evidence=replace(state.evidence, scope=None)), turn)


def release(state: HealthState, breach: Breach, turn: Turn) -> HealthState:
    """End the open `breach` of a station that nobody watches any more: continuity is owed no longer."""
    ended = replace(breach, back_at=breach.back_at or max(turn.now, breach.since))
    return clear_breach(replace(state, breach=ended, deadline=None), turn)


def clear_breach(state: HealthState, turn: Turn) -> HealthState:
    """Close the breach of a station that is back, as of its first sign of life."""
    breach = state.breach
    if breach is None or breach.back_at is None or breach.until is not None:
        return state
    until = breach.back_at
    turn.events.append(
        BreachCleared(at=turn.now, breach=breach.number, since=breach.since, until=until, cause=breach.cause, party=breach.party)
    )
    return replace(state, breach=replace(breach, until=until, back_at=None))


def revise(state: HealthState, evidence: Evidence, turn: Turn) -> HealthState:
    """Judge the last breach again with `evidence` of its gap, as long as it has not settled."""
    breach, gap = state.breach, state.gap
    if breach is None or gap is None or evidence == gap.evidence:
        return state
    ended = breach.until or breach.back_at
    if ended is None or (turn.now - ended).total_seconds() > turn.policy.settle_s:
        return state
    return _judged(replace(state, gap=replace(gap, evidence=evidence)), evidence, turn)


def learn(state: HealthState, seen: RadiusSeen | Probed, turn: Turn) -> HealthState:
    """Take evidence from beside OCPP.

    While the station speaks only bad news is kept: good news says nothing of a later silence.
    """
    silent = state.silent_since is not None or state.told
    return _learnt(state, _with_news(state.evidence, seen, silent=silent), turn)


def learn_refusal(state: HealthState, turn: Turn) -> HealthState:
    """Somebody dialled in as the silent station and was refused for its secret."""
    if state.silent_since is None:
        return state
    return _learnt(state, replace(state.evidence, refused=True), turn)


def _learnt(state: HealthState, known: Evidence, turn: Turn) -> HealthState:
    if known == state.evidence:
        return state
    after = replace(state, evidence=NO_EVIDENCE if known == NO_EVIDENCE else known)
    if state.told and state.silent_since is not None and hints_of(after) != hints_of(state):
        after = tell(after, state.silent_since, Depth.BREACH if state.breached else Depth.SUSPECT, turn)
    return _judged(after, known, turn) if after.cut_off else after


def _with_news(known: Evidence, seen: RadiusSeen | Probed, *, silent: bool) -> Evidence:
    if isinstance(seen, RadiusSeen):
        if seen.event is RadiusEvent.STOP:
            return replace(known, session_stopped=True, session_up=False)
        return replace(known, session_up=True if silent else None)
    answers = seen.ok if silent or not seen.ok else None
    if seen.target is ProbeTarget.GATEWAY:
        return replace(known, gateway_answers=answers)
    unanswered = not seen.ok if known.station_answers is None else known.unanswered and answers is not None
    return replace(known, station_answers=answers, unanswered=unanswered)


def recause(state: HealthState, turn: Turn) -> HealthState:
    """Judge the open breach again, because the incident that it is part of changed."""
    return _judged(state, state.evidence, turn)


def _judged(state: HealthState, evidence: Evidence, turn: Turn) -> HealthState:
    """Return `state` with its breach judged by `evidence`, and say so when that changes its cause or incident."""
    breach = state.breach
    if breach is None:
        return state
    cause = cause_of(evidence)
    incident = _incident(state, evidence, breach)
    if cause is breach.cause and incident == breach.incident:
        return state
    party = party_of(cause, breach.bearer)
    turn.events.append(BreachUpdated(at=turn.now, breach=breach.number, cause=cause, party=party, incident=incident))
    refuting = cause is Cause.BEARER and evidence.scope is Scope.FEEDER
    if refuting or (cause is Cause.POWER and evidence.scope in (Scope.SITE, Scope.CELL)):
        turn.signals.append(Explanation(cause=cause))
    return replace(state, breach=replace(breach, cause=cause, party=party, incident=incident))


def _incident(state: HealthState, evidence: Evidence, breach: Breach) -> str | None:
    """Return the incident that the breach belongs to: the one it is part of now, or the one in which it began and ended."""
    if state.incident is not None:
        return state.incident.incident
    return breach.incident if evidence.scope is not None else None
