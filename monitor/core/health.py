"""The health model of one station: a pure function over a transition table. It never sees another station.

`step` is total: every observation is legal in every state, and an observation that says nothing new changes nothing. Any
message is proof of life (OCPP 1.6 §4.6); silence is evidence only while somebody listened.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from enum import StrEnum
from typing import TYPE_CHECKING, Final, assert_never

from msgspec.structs import replace

from monitor.core.breaches import NO_EVIDENCE
from monitor.core.continuity import clear_breach, learn, open_breach, revise
from monitor.core.events import (
    ContestNoted,
    EquipmentNoted,
    LinkChanged,
    MaintenanceChanged,
    QuirkNoted,
    Reason,
    SecurityNoted,
    State,
    StationBooted,
)
from monitor.core.health_state import HealthState, Judgement, Link
from monitor.core.observations import (
    Alive,
    Backlog,
    Booted,
    CollectorDown,
    CollectorUp,
    ConnectorReported,
    EquipmentReported,
    IdentityContested,
    LinkClosed,
    LinkOpened,
    MaintenanceSet,
    Observation,
    Probed,
    QuirkSeen,
    RadiusSeen,
    SecurityReported,
    SessionEnded,
    SessionStarted,
    Tick,
)
from monitor.core.quirks import DETAIL_LENGTH, with_habit
from monitor.core.service_state import connector_reported, session_ended, session_started
from monitor.core.timing import FLAP_COST, breach_due, expected_interval, fair_chance, flap_merit, overdue_after
from monitor.core.turn import Turn

if TYPE_CHECKING:
    from monitor.core.policy import Policy


class Trigger(StrEnum):
    """What moves a state, derived from an observation and the time."""

    SPOKE = "spoke"
    LINK_CLOSED = "link_closed"
    OVERDUE = "overdue"
    GRACE_OVER = "grace_over"
    DEAF = "deaf"
    CHANCE_OVER = "chance_over"


TRANSITIONS: Final[dict[State, dict[Trigger, tuple[State, Reason]]]] = {
    State.NEVER_SEEN: {
        Trigger.SPOKE: (State.ONLINE, Reason.SPOKE),
    },
    State.ONLINE: {
        Trigger.LINK_CLOSED: (State.SUSPECT, Reason.LINK_CLOSED),
        Trigger.OVERDUE: (State.SUSPECT, Reason.OVERDUE),
        Trigger.DEAF: (State.UNKNOWN, Reason.NOT_LISTENING),
    },
    State.DEGRADED: {
        Trigger.SPOKE: (State.ONLINE, Reason.STEADY),
        Trigger.LINK_CLOSED: (State.SUSPECT, Reason.LINK_CLOSED),
        Trigger.OVERDUE: (State.SUSPECT, Reason.OVERDUE),
        Trigger.DEAF: (State.UNKNOWN, Reason.NOT_LISTENING),
    },
    State.SUSPECT: {
        Trigger.SPOKE: (State.ONLINE, Reason.SPOKE),
        Trigger.GRACE_OVER: (State.OFFLINE, Reason.GRACE_OVER),
        Trigger.DEAF: (State.UNKNOWN, Reason.NOT_LISTENING),
    },
    State.OFFLINE: {
        Trigger.SPOKE: (State.ONLINE, Reason.SPOKE),
        Trigger.DEAF: (State.UNKNOWN, Reason.NOT_LISTENING),
    },
    State.UNKNOWN: {
        Trigger.SPOKE: (State.ONLINE, Reason.SPOKE),
        Trigger.CHANCE_OVER: (State.SUSPECT, Reason.STILL_SILENT),
    },
}
"""State and trigger to the next state; a pair that is absent changes nothing. A station that spoke while its flap merit is
over the limit is `degraded` instead of `online`; one with an open breach goes from `unknown` back to `offline`."""


LONGEST_PLAN: Final = timedelta(days=3660)
"""Planned work reaches no further ahead than ten years; what claims to is cut off there."""


def step(state: HealthState, seen: Observation, policy: Policy, now: datetime) -> Judgement:
    """Judge one observation of one station.

    Args:
        state: what is remembered.
        seen: what was observed, at `seen.at` by our receiving clock.
        policy: the thresholds for this station.
        now: the instant of the judgement; equal to `seen.at` in a replay.

    Returns:
        The next state with its deadline, the events in order, and whether they must be durable.
    """
    turn = Turn(policy, now)
    after = _observe(state, seen, turn)
    durable = bool(turn.events) or after.evidence != state.evidence or after.breach is not state.breach or after.gap != state.gap
    return Judgement(after, tuple(turn.events), durable)


def _observe(  # noqa: C901, PLR0911, PLR0912  one arm an observation: the dispatch of the whole alphabet
    state: HealthState, seen: Observation, turn: Turn
) -> HealthState:
    match seen:
        case Alive():
            return _spoke(state, seen.at, turn, pong=seen.pong)
        case Tick():
            return _due(state, turn)
        case LinkOpened():
            return _link_opened(state, seen, turn)
        case LinkClosed():
            return _link_closed(state, seen, turn)
        case Booted():
            return _booted(state, seen, turn)
        case ConnectorReported():
            return connector_reported(_spoke(state, seen.at, turn), seen, turn)
        case SessionStarted():
            return session_started(_queued(state, seen.at, seen.stamped, turn), seen, turn)
        case SessionEnded():
            return session_ended(_queued(state, seen.at, seen.stamped, turn), seen, turn)
        case SecurityReported() | EquipmentReported():
            return _noted(_queued(state, seen.at, seen.stamped, turn), seen, turn)
        case QuirkSeen():
            return _quirk(state, seen, turn)
        case IdentityContested():
            turn.events.append(ContestNoted(at=turn.now, address=seen.address, times=seen.times))
            return state
        case Backlog():
            return _queued(state, seen.at, seen.generated_at, turn)
        case RadiusSeen() | Probed():
            return learn(state, seen, turn)
        case CollectorDown():
            return _deaf(state, seen, turn)
        case CollectorUp():
            return _listening(state, turn)
        case MaintenanceSet():
            return _maintenance(state, seen, turn)
    assert_never(seen)


# ---------------------------------------------------------------------------------------------------------- signs of life


def _heard(state: HealthState, at: datetime, policy: Policy, *, pong: bool = False) -> HealthState:
    """A sign of life that changes no verdict: the latest instant and the deadline move."""
    if state.last_seen is not None and at < state.last_seen:
        at = state.last_seen
    if pong and not state.pongs:
        state = replace(state, pongs=True)
    return replace(state, last_seen=at, deadline=at + timedelta(seconds=overdue_after(state, policy)))


def _spoke(state: HealthState, at: datetime, turn: Turn, *, pong: bool = False) -> HealthState:
    """A sign of life: whatever silence was under way is over, and what was learnt in it decides its cause."""
    policy = turn.policy
    if state.state is State.ONLINE and state.evidence is NO_EVIDENCE:
        return _heard(state, at, policy, pong=pong)
    after = _heard(clear_breach(state, at, turn), at, policy, pong=pong)
    after = replace(after, evidence=NO_EVIDENCE, silent_since=None, chance_until=None, listening_since=state.listening_since or at)
    target, reason = TRANSITIONS[state.state].get(Trigger.SPOKE, (state.state, state.reason))
    limit = policy.flap_reuse if state.state is State.DEGRADED else policy.flap_limit
    if flap_merit(state, policy, turn.now) >= limit:
        target, reason = State.DEGRADED, Reason.FLAPPING
    return turn.enter(after, target, reason, at)


def _queued(state: HealthState, at: datetime, made_at: datetime | None, turn: Turn) -> HealthState:
    """A record that may have been made while the station was cut off (OCPP 1.6 §3.7.1): life now, evidence of then."""
    quiet_from = state.last_seen
    if state.breached and made_at is not None and quiet_from is not None and quiet_from < made_at < at:
        state = replace(state, evidence=replace(state.evidence, backlog=True))
        return _spoke(state, at, turn)
    after = _spoke(state, at, turn)
    if made_at is None or after.breach is None or after.breach.until is None or after.gap is None:
        return after
    if after.gap.quiet_from < made_at <= after.breach.until:
        return revise(after, replace(after.gap.evidence, backlog=True), turn)
    return after


def _booted(state: HealthState, seen: Booted, turn: Turn) -> HealthState:
    """The station started: the first start after a gap explains it."""
    reason = seen.reason or ""
    if state.breached:
        state = replace(state, evidence=replace(state.evidence, boot=reason))
    after = _spoke(replace(state, interval_s=seen.interval_s or state.interval_s), seen.at, turn)
    after = replace(after, boot=seen)
    turn.events.append(
        StationBooted(
            at=turn.now,
            reason=seen.reason,
            vendor=seen.vendor,
            model=seen.model,
            serial=seen.serial,
            firmware=seen.firmware,
            iccid=seen.iccid,
            imsi=seen.imsi,
            interval_s=seen.interval_s,
        )
    )
    gap, breach = after.gap, after.breach
    if gap is None or gap.evidence.boot is not None or breach is None or breach.until is None:
        return after
    if (seen.at - breach.until).total_seconds() > turn.policy.boot_settle_s:
        return after
    return revise(after, replace(gap.evidence, boot=reason), turn)


# ---------------------------------------------------------------------------------------------------------- what it tells of itself


def _noted(state: HealthState, seen: SecurityReported | EquipmentReported, turn: Turn) -> HealthState:
    """Something to remember that moves no verdict."""
    if isinstance(seen, SecurityReported):
        turn.events.append(SecurityNoted(at=turn.now, event=seen.event, info=seen.info))
        return state
    turn.events.append(
        EquipmentNoted(
            at=turn.now,
            component=seen.component,
            variable=seen.variable,
            value=seen.value,
            connector=seen.connector,
            trigger=seen.trigger,
            cleared=seen.cleared,
            code=seen.code,
            info=seen.info,
            severity=seen.severity,
        )
    )
    return state


def _quirk(state: HealthState, seen: QuirkSeen, turn: Turn) -> HealthState:
    """A habit: told once, then only kept up to date."""
    if all(habit.quirk is not seen.quirk for habit in state.habits):
        turn.events.append(QuirkNoted(at=turn.now, quirk=seen.quirk, detail=seen.detail[:DETAIL_LENGTH]))
    return replace(state, habits=with_habit(state.habits, seen.quirk, seen.at, seen.detail))


# ---------------------------------------------------------------------------------------------------------- the socket


def _link_opened(state: HealthState, seen: LinkOpened, turn: Turn) -> HealthState:
    if seen.epoch < state.link_epoch:
        return _spoke(state, seen.at, turn)
    turn.events.append(LinkChanged(at=turn.now, open=True, epoch=seen.epoch, protocol=seen.protocol, address=seen.address))
    opened = replace(state, link=Link.OPEN, link_epoch=seen.epoch, link_since=seen.at)
    return _spoke(opened, seen.at, turn)


def _link_closed(state: HealthState, seen: LinkClosed, turn: Turn) -> HealthState:
    """Evidence at once, unless it is the late close of a socket that has a successor."""
    if seen.epoch < state.link_epoch or state.link is Link.CLOSED:
        return state
    turn.events.append(LinkChanged(at=turn.now, open=False, epoch=seen.epoch, clean=seen.clean, code=seen.code))
    closed = replace(state, link=Link.CLOSED, link_epoch=seen.epoch, link_since=seen.at)
    return _fell_silent(closed, Trigger.LINK_CLOSED, seen.at, turn)


# ---------------------------------------------------------------------------------------------------------- silence


def _due(state: HealthState, turn: Turn) -> HealthState:
    """A deadline came due; a Tick that comes early changes nothing."""
    if state.deadline is not None and turn.now < state.deadline:
        return state
    match state.state:
        case State.ONLINE | State.DEGRADED:
            heard = state.last_seen or turn.now
            missed_at = heard + timedelta(seconds=expected_interval(state, turn.policy))
            return _fell_silent(state, Trigger.OVERDUE, min(missed_at, turn.now), turn)
        case State.SUSPECT:
            target, reason = TRANSITIONS[State.SUSPECT][Trigger.GRACE_OVER]
            gone = turn.enter(replace(state, deadline=None), target, reason, state.silent_since or turn.now)
            return open_breach(gone, turn)
        case State.OFFLINE:
            return open_breach(replace(state, deadline=None), turn)
        case State.UNKNOWN:
            return _chance_over(state, turn)
        case State.NEVER_SEEN:
            return state
    assert_never(state.state)


def _fell_silent(state: HealthState, trigger: Trigger, since: datetime, turn: Turn) -> HealthState:
    """A silence begins, at `since` by the evidence."""
    move = TRANSITIONS[state.state].get(trigger)
    if move is None:
        return state
    merit = flap_merit(state, turn.policy, turn.now) + FLAP_COST
    silent = replace(state, silent_since=since, flap_merit=merit, flap_at=turn.now)
    silent = replace(silent, deadline=breach_due(silent, turn.policy))
    return turn.enter(silent, *move, since)


def _chance_over(state: HealthState, turn: Turn) -> HealthState:
    """Our own absence no longer excuses the silence."""
    if state.listening_since is None:
        return replace(state, deadline=None)
    if state.breach is not None and state.breached:
        silent = replace(state, deadline=None, silent_since=state.breach.since)
        return turn.enter(silent, State.OFFLINE, Reason.STILL_SILENT, state.breach.since)
    silent = replace(state, silent_since=state.listening_since)
    silent = replace(silent, deadline=breach_due(silent, turn.policy))
    return turn.enter(silent, *TRANSITIONS[State.UNKNOWN][Trigger.CHANCE_OVER], state.listening_since)


# ---------------------------------------------------------------------------------------------------------- the observer


def _deaf(state: HealthState, seen: CollectorDown, turn: Turn) -> HealthState:
    """Nobody listens: what we knew is no longer known. An open breach stays open."""
    lost = state.link is Link.OPEN and not seen.sockets_kept
    after = replace(
        state,
        last_seen=None if state.last_seen is None else min(state.last_seen, turn.now),
        deadline=None,
        listening_since=None,
        chance_until=None,
        silent_since=None,
        link=Link.CLOSED if lost else state.link,
        link_since=seen.at if lost else state.link_since,
        evidence=state.evidence if state.breached else NO_EVIDENCE,
    )
    move = TRANSITIONS[state.state].get(Trigger.DEAF)
    return after if move is None else turn.enter(after, *move, seen.at)


def _listening(state: HealthState, turn: Turn) -> HealthState:
    """Somebody listens again: the station gets its fair chance to speak."""
    if state.listening_since is not None:
        return state
    if state.state is not State.UNKNOWN:
        return replace(state, listening_since=turn.now)
    until = turn.now + timedelta(seconds=fair_chance(state, turn.policy))
    return replace(state, listening_since=turn.now, chance_until=until, deadline=until)


def _maintenance(state: HealthState, seen: MaintenanceSet, turn: Turn) -> HealthState:
    """Planned work suppresses breaches, not knowledge; when it ends, continuity is owed again after one grace."""
    until = None if seen.until is None else min(seen.until, turn.now + LONGEST_PLAN)
    if state.maintenance_until in (seen.until, until):
        return state
    turn.events.append(MaintenanceChanged(at=turn.now, until=until))
    after = replace(state, maintenance_until=until)
    if state.state is State.OFFLINE and not state.breached:
        return replace(after, deadline=(until or turn.now) + timedelta(seconds=turn.policy.grace_s))
    return after
