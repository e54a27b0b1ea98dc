"""A station's part in an incident: joining opens its breach at once, unless the incident is our own blindness."""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec.structs import replace

from monitor.core.breaches import NO_EVIDENCE
from monitor.core.continuity import open_breach, recause, revise
from monitor.core.health_state import HealthState, Membership
from monitor.core.incidents import Scope
from monitor.core.onsets import excuse
from monitor.core.silence import deaf, listening, missed_at
from monitor.core.timing import FLAP_COST, flap_merit
from monitor.core.transitions import TRANSITIONS, Trigger

if TYPE_CHECKING:
    from monitor.core.observations import IncidentJoined, IncidentLeft
    from monitor.core.turn import Turn


def joined(state: HealthState, seen: IncidentJoined, turn: Turn) -> HealthState:
    """Take part in an incident; a station that has spoken meanwhile takes none, but its last breach may have been part of it."""
    if not state.told:
        return _was_part(state, seen, turn)
    member = Membership(incident=seen.incident, scope=seen.scope, since=seen.since)
    if seen.scope is Scope.COLLECTOR:
        return _doubted(state, member, turn)
    evidence = replace(state.evidence, scope=seen.scope)
    state = replace(state, incident=member, evidence=evidence)
    if state.breached:
        return recause(state, turn)
    since = state.silent_since or min(missed_at(state, turn), turn.now)
    if state.last_seen is not None:
        since = min(since, max(seen.since, state.last_seen))
    merit = state.flap_merit, state.flap_at
    if state.silent_since is None:
        merit = flap_merit(state, turn.policy, turn.now) + FLAP_COST, turn.now
    silent = replace(state, silent_since=since, deadline=None, flap_merit=merit[0], flap_at=merit[1])
    move = TRANSITIONS[state.state].get(Trigger.JOINED)
    if move is not None:
        silent = turn.enter(silent, *move, since)
    return open_breach(silent, turn)


def _was_part(state: HealthState, seen: IncidentJoined, turn: Turn) -> HealthState:
    """Judge a breach that is over again, because the scope of the incident that it was part of changed."""
    breach, gap = state.breach, state.gap
    if breach is None or gap is None or breach.incident != seen.incident:
        return state
    return revise(state, replace(gap.evidence, scope=seen.scope), turn)


def _was_no_part(state: HealthState, seen: IncidentLeft, turn: Turn) -> HealthState:
    """Judge a breach that is over again by its own evidence, because it was no part of the incident after all."""
    breach, gap = state.breach, state.gap
    if breach is None or gap is None or breach.incident != seen.incident:
        return state
    return revise(state, replace(gap.evidence, scope=None), turn)


def _doubted(state: HealthState, member: Membership, turn: Turn) -> HealthState:
    """It is we who do not hear: what has not been judged yet is not judged, and a breach goes on as our own doing."""
    if state.breached:
        return recause(replace(state, incident=member, evidence=replace(state.evidence, scope=member.scope)), turn)
    blind = deaf(replace(state, told=False), member.since, turn, sockets_kept=True)
    return replace(blind, told=True, incident=member)


def _heard_again(state: HealthState, turn: Turn, *, excused: bool) -> HealthState:
    """Listen again; what was not heard while we were deaf is excused, and what was not heard though we listened is not."""
    return listening(excuse(state, turn) if excused else state, turn)


def left(state: HealthState, seen: IncidentLeft, turn: Turn) -> HealthState:
    """Take no part any more: a breach that goes on is judged by its own evidence, and after our blindness silence counts anew."""
    member = state.incident
    if member is None or member.incident != seen.incident:
        return _was_no_part(state, seen, turn) if seen.revoked else state
    if member.scope is Scope.COLLECTOR and not state.breached:
        return _heard_again(replace(state, incident=None), turn, excused=not seen.revoked)
    evidence = replace(state.evidence, scope=None)
    after = replace(state, incident=None, evidence=NO_EVIDENCE if evidence == NO_EVIDENCE else evidence)
    return recause(after, turn) if after.cut_off else after
