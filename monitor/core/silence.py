"""Silence: when it begins, when it is told, when it becomes a breach, and when it says nothing because we did not listen."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Final, assert_never

from msgspec.structs import replace

from monitor.core.breaches import NO_EVIDENCE
from monitor.core.continuity import clear_breach, open_breach, relapse, release, strayed
from monitor.core.events import LinkChanged, Reason, State
from monitor.core.health_state import HealthState, Link
from monitor.core.onsets import excuse, tell
from monitor.core.rhythm import interrupted
from monitor.core.signals import Depth
from monitor.core.timing import FLAP_COST, believed_at, breach_due, expected_interval, fair_chance, flap_merit, listened_until
from monitor.core.transitions import TRANSITIONS, Trigger

if TYPE_CHECKING:
    from datetime import datetime

    from monitor.core.observations import CollectorDown, LinkClosed
    from monitor.core.turn import Turn

WEAK_SIGNAL: Final = "WeakSignal"
"""ChargePointErrorCode of a station whose modem has hardly any signal."""


def link_closed(state: HealthState, seen: LinkClosed, turn: Turn) -> HealthState:
    """Take the closing of a socket: evidence at once, unless it is the late close of one that has a successor.

    One that closes without a word after a sign of life was missed was dead since then.
    """
    if seen.epoch < state.link_epoch or state.link is Link.CLOSED:
        return state
    turn.events.append(LinkChanged(at=turn.now, open=False, epoch=seen.epoch, clean=seen.clean, code=seen.code))
    closed = replace(
        state, link=Link.CLOSED, link_epoch=seen.epoch, link_since=seen.at, close_code=seen.code, rhythm=interrupted(state.rhythm)
    )
    if closed.state is State.SUSPECT and closed.silent_since is not None:
        return tell(replace(closed, deadline=breach_due(closed, turn.policy)), closed.silent_since, Depth.SUSPECT, turn)
    since = seen.at if seen.clean else min(seen.at, missed_at(state, turn))
    return fell_silent(closed, Trigger.LINK_CLOSED, since, turn)


def ticked(state: HealthState, turn: Turn) -> HealthState:
    """Judge a deadline that came due, and end the breach of a station that nobody watches any more."""
    if state.breach is None or not state.breached or turn.policy.watched:
        return due(state, turn)
    return release(state, state.breach, turn)


def due(state: HealthState, turn: Turn) -> HealthState:
    """Judge a deadline that came due; a Tick that comes early changes nothing."""
    if state.deadline is not None and turn.now < state.deadline:
        return state
    match state.state:
        case State.ONLINE | State.DEGRADED:
            return _missed(state, turn)
        case State.SUSPECT:
            target, reason = TRANSITIONS[State.SUSPECT][Trigger.GRACE_OVER]
            gone = turn.enter(replace(state, deadline=None), target, reason, state.silent_since or turn.now)
            return open_breach(gone, turn)
        case State.OFFLINE:
            return open_breach(strayed(replace(state, deadline=None), turn), turn)
        case State.UNKNOWN:
            return _chance_over(state, turn)
        case State.NEVER_SEEN:
            return state
    assert_never(state.state)


def _missed(state: HealthState, turn: Turn) -> HealthState:
    """A station that speaks is believed to be back, has missed a sign of life, or is suspect, whichever is due."""
    believed = believed_at(state, turn.policy)
    if believed is not None and believed <= turn.now:
        state = clear_breach(state, turn)
        due_at = listened_until(state, turn.policy, state.last_seen)
        if due_at is not None and turn.now < due_at:
            return replace(state, deadline=due_at)
    since = min(missed_at(state, turn), turn.now)
    if state.told:
        return fell_silent(state, Trigger.OVERDUE, since, turn)
    waiting = replace(state, told=True, rhythm=interrupted(state.rhythm, missed=True))
    waiting = replace(waiting, deadline=listened_until(waiting, turn.policy, waiting.last_seen))
    if waiting.deadline is not None and waiting.deadline <= turn.now:
        return fell_silent(waiting, Trigger.OVERDUE, since, turn)
    return tell(waiting, since, Depth.OVERDUE, turn)


def missed_at(state: HealthState, turn: Turn) -> datetime:
    """Return when the first sign of life was due that did not come."""
    spoken_at = state.last_seen or turn.now
    return spoken_at + timedelta(seconds=expected_interval(state, turn.policy))


def fell_silent(state: HealthState, trigger: Trigger, since: datetime, turn: Turn) -> HealthState:
    """Begin a silence, at `since` by the evidence; in a breach from which the station had only just come back it goes on."""
    if state.breached and state.state in (State.ONLINE, State.DEGRADED):
        return relapse(state, turn)
    move = TRANSITIONS[state.state].get(trigger)
    if move is None:
        return state
    merit = flap_merit(state, turn.policy, turn.now) + FLAP_COST
    silent = replace(_remembered(state), silent_since=since, flap_merit=merit, flap_at=turn.now)
    silent = replace(silent, deadline=breach_due(silent, turn.policy))
    return tell(turn.enter(silent, *move, since), since, Depth.SUSPECT, turn)


def _remembered(state: HealthState) -> HealthState:
    """Return `state`, which falls silent, with what its station had last told of its line."""
    if any(one.error == WEAK_SIGNAL for one in state.connectors):
        return replace(state, evidence=replace(state.evidence, weak=True))
    return state


def _chance_over(state: HealthState, turn: Turn) -> HealthState:
    """Our own absence no longer excuses the silence."""
    if state.listening_since is None:
        return replace(state, deadline=None)
    if state.breach is not None and state.breached:
        silent = replace(state, deadline=None, silent_since=state.breach.since)
        return strayed(turn.enter(silent, State.OFFLINE, Reason.STILL_SILENT, state.breach.since), turn)
    silent = replace(_remembered(state), silent_since=state.listening_since)
    silent = replace(silent, deadline=breach_due(silent, turn.policy))
    silent = turn.enter(silent, *TRANSITIONS[State.UNKNOWN][Trigger.CHANCE_OVER], state.listening_since)
    return tell(silent, state.listening_since, Depth.SUSPECT, turn)


# ---------------------------------------------------------------------------------------------------------- the observer


def deaf(state: HealthState, at: datetime, turn: Turn, *, sockets_kept: bool) -> HealthState:
    """Nobody listens: what we knew is no longer known. An open breach stays open; one that only waited to be over is."""
    if state.breach is not None and state.breach.back_at is not None:
        state = clear_breach(state, turn)
    lost = state.link is Link.OPEN and not sockets_kept
    after = replace(
        state if state.breached else excuse(state, turn),
        last_seen=None if state.last_seen is None else min(state.last_seen, turn.now),
        deadline=None,
        listening_since=None,
        chance_until=None,
        silent_since=None,
        link=Link.CLOSED if lost else state.link,
        link_since=at if lost else state.link_since,
        evidence=state.evidence if state.breached else NO_EVIDENCE,
        rhythm=interrupted(state.rhythm) if state.rhythm.beat_at is not None else state.rhythm,
    )
    move = TRANSITIONS[state.state].get(Trigger.DEAF)
    return after if move is None else turn.enter(after, *move, at)


def collector_down(state: HealthState, seen: CollectorDown, turn: Turn) -> HealthState:
    """Stop listening."""
    return deaf(state, seen.at, turn, sockets_kept=seen.sockets_kept)


def listening(state: HealthState, turn: Turn) -> HealthState:
    """Listen again: the station gets its fair chance to speak."""
    if state.listening_since is not None:
        return state
    if state.state is not State.UNKNOWN:
        return replace(state, listening_since=turn.now)
    until = turn.now + timedelta(seconds=fair_chance(state, turn.policy))
    return replace(state, listening_since=turn.now, chance_until=until, deadline=until)
