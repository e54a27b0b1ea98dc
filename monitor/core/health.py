"""The health model of one station: a pure function over a transition table. It never sees another station.

`step` is total: every observation is legal in every state, and an observation that says nothing new changes nothing. Any
message is proof of life (OCPP 1.6 §4.6); silence is evidence only while somebody listened.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from enum import StrEnum
from typing import TYPE_CHECKING, Final, assert_never

from msgspec.structs import replace

from monitor.core.breaches import NO_EVIDENCE, Breach, Evidence, Gap, cause_of, party_of, settle
from monitor.core.events import (
    BreachCleared,
    BreachOpened,
    BreachUpdated,
    HealthChanged,
    LinkChanged,
    MaintenanceChanged,
    Reason,
    State,
    StationBooted,
)
from monitor.core.health_state import HealthState, Judgement, Link
from monitor.core.ids import BreachNumber
from monitor.core.observations import (
    Alive,
    Backlog,
    Booted,
    CollectorDown,
    CollectorUp,
    ConnectorReported,
    LinkClosed,
    LinkOpened,
    MaintenanceSet,
    Observation,
    Probed,
    ProbeTarget,
    RadiusEvent,
    RadiusSeen,
    SessionEnded,
    SessionStarted,
    Tick,
)
from monitor.core.service_state import connector_reported, session_ended, session_started

if TYPE_CHECKING:
    from monitor.core.events import Event
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

FLAP_COST: Final = 1000.0
"""Figure of merit that one lost link costs (RFC 2439 §4.2)."""


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
    if type(seen) is Alive and state.state is State.ONLINE and state.evidence is NO_EVIDENCE:
        return Judgement(_heard(state, seen.at, policy, pong=seen.pong))
    events: list[Event] = []
    after = _observe(state, seen, policy, now, events)
    durable = bool(events) or after.evidence != state.evidence or after.breach is not state.breach
    return Judgement(after, tuple(events), durable)


def _observe(  # noqa: C901, PLR0911  one arm an observation: the dispatch of the whole alphabet
    state: HealthState, seen: Observation, policy: Policy, now: datetime, events: list[Event]
) -> HealthState:
    match seen:
        case Alive():
            return _spoke(state, seen.at, policy, now, events, pong=seen.pong)
        case Tick():
            return _due(state, policy, now, events)
        case LinkOpened():
            return _link_opened(state, seen, policy, now, events)
        case LinkClosed():
            return _link_closed(state, seen, policy, now, events)
        case Booted():
            return _booted(state, seen, policy, now, events)
        case ConnectorReported():
            return connector_reported(_spoke(state, seen.at, policy, now, events), seen, now, events)
        case SessionStarted():
            return session_started(_queued(state, seen.at, seen.stamped, policy, now, events), seen, now, events)
        case SessionEnded():
            return session_ended(_queued(state, seen.at, seen.stamped, policy, now, events), seen, now, events)
        case Backlog():
            return _queued(state, seen.at, seen.generated_at, policy, now, events)
        case RadiusSeen() | Probed():
            return _learnt(state, seen, policy, now, events)
        case CollectorDown():
            return _deaf(state, seen, now, events)
        case CollectorUp():
            return _listening(state, policy, now)
        case MaintenanceSet():
            return _maintenance(state, seen, policy, now, events)
    assert_never(seen)


# ---------------------------------------------------------------------------------------------------------- signs of life


def expected_interval(state: HealthState, policy: Policy) -> float:
    """Return within how many seconds a living station gives a sign: its heartbeat, or our ping where it answers them."""
    interval = policy.heartbeat_s if state.interval_s is None else float(state.interval_s)
    if state.pongs and state.link is Link.OPEN and policy.ping_s > 0:
        return min(interval, policy.ping_s)
    return interval


def overdue_after(state: HealthState, policy: Policy) -> float:
    """Return after how many seconds of silence the station is suspect."""
    return expected_interval(state, policy) * (1.0 + policy.overdue_ratio) + policy.overdue_s


def _heard(state: HealthState, at: datetime, policy: Policy, *, pong: bool = False) -> HealthState:
    """A sign of life that changes no verdict: the latest instant and the deadline move."""
    if state.last_seen is not None and at < state.last_seen:
        at = state.last_seen
    if pong and not state.pongs:
        state = replace(state, pongs=True)
    return replace(state, last_seen=at, deadline=at + timedelta(seconds=overdue_after(state, policy)))


def _spoke(state: HealthState, at: datetime, policy: Policy, now: datetime, events: list[Event], *, pong: bool = False) -> HealthState:
    """A sign of life: whatever silence was under way is over, and what was learnt in it decides its cause."""
    after = _heard(state, at, policy, pong=pong)
    if state.breached:
        after = _clear(after, at, now, policy, events)
        after = replace(after, gap=Gap(quiet_from=state.last_seen or at, evidence=state.evidence))
    after = replace(after, evidence=NO_EVIDENCE, silent_since=None, chance_until=None)
    if after.listening_since is None:
        after = replace(after, listening_since=at)
    target, reason = TRANSITIONS[state.state].get(Trigger.SPOKE, (state.state, state.reason))
    merit = _merit(state, policy, now)
    if merit >= (policy.flap_reuse if state.state is State.DEGRADED else policy.flap_limit):
        target, reason = State.DEGRADED, Reason.FLAPPING
    return _enter(after, target, reason, at, now, events)


def _queued(
    state: HealthState, at: datetime, made_at: datetime | None, policy: Policy, now: datetime, events: list[Event]
) -> HealthState:
    """A record that may have been made while the station was cut off (OCPP 1.6 §3.7.1): life now, evidence of then."""
    quiet_from = state.last_seen
    if state.breached and made_at is not None and quiet_from is not None and quiet_from < made_at < at:
        state = replace(state, evidence=replace(state.evidence, backlog=True))
        return _spoke(state, at, policy, now, events)
    after = _spoke(state, at, policy, now, events)
    if made_at is None or after.breach is None or after.breach.until is None or after.gap is None:
        return after
    if after.gap.quiet_from < made_at <= after.breach.until:
        return _revise(after, replace(after.gap.evidence, backlog=True), policy, now, events)
    return after


def _booted(state: HealthState, seen: Booted, policy: Policy, now: datetime, events: list[Event]) -> HealthState:
    reason = seen.reason or ""
    if state.breached:
        state = replace(state, evidence=replace(state.evidence, boot=reason))
    after = _spoke(replace(state, interval_s=seen.interval_s or state.interval_s), seen.at, policy, now, events)
    events.append(
        StationBooted(
            at=now,
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
    after = replace(after, boot=seen)
    gap, breach = after.gap, after.breach
    if gap is None or gap.evidence.boot is not None or breach is None or breach.until is None:
        return after
    if (seen.at - breach.until).total_seconds() > policy.boot_settle_s:
        return after
    return _revise(after, replace(gap.evidence, boot=reason), policy, now, events)


# ---------------------------------------------------------------------------------------------------------- the socket


def _link_opened(state: HealthState, seen: LinkOpened, policy: Policy, now: datetime, events: list[Event]) -> HealthState:
    if seen.epoch < state.link_epoch:
        return _spoke(state, seen.at, policy, now, events)
    events.append(LinkChanged(at=now, open=True, epoch=seen.epoch, protocol=seen.protocol, address=seen.address))
    opened = replace(state, link=Link.OPEN, link_epoch=seen.epoch, link_since=seen.at)
    return _spoke(opened, seen.at, policy, now, events)


def _link_closed(state: HealthState, seen: LinkClosed, policy: Policy, now: datetime, events: list[Event]) -> HealthState:
    """Evidence at once, unless it is the late close of a socket that has a successor."""
    if seen.epoch < state.link_epoch or state.link is Link.CLOSED:
        return state
    events.append(LinkChanged(at=now, open=False, epoch=seen.epoch, clean=seen.clean, code=seen.code))
    closed = replace(state, link=Link.CLOSED, link_epoch=seen.epoch, link_since=seen.at)
    return _fell_silent(closed, Trigger.LINK_CLOSED, seen.at, policy, now, events)


# ---------------------------------------------------------------------------------------------------------- silence


def _due(state: HealthState, policy: Policy, now: datetime, events: list[Event]) -> HealthState:
    """A deadline came due; a Tick that comes early changes nothing."""
    if state.deadline is not None and now < state.deadline:
        return state
    match state.state:
        case State.ONLINE | State.DEGRADED:
            heard = state.last_seen or now
            missed_at = heard + timedelta(seconds=expected_interval(state, policy))
            return _fell_silent(state, Trigger.OVERDUE, min(missed_at, now), policy, now, events)
        case State.SUSPECT:
            target, reason = TRANSITIONS[State.SUSPECT][Trigger.GRACE_OVER]
            gone = _enter(replace(state, deadline=None), target, reason, state.silent_since or now, now, events)
            return _open_breach(gone, policy, now, events)
        case State.OFFLINE:
            return _open_breach(replace(state, deadline=None), policy, now, events)
        case State.UNKNOWN:
            return _chance_over(state, policy, now, events)
        case State.NEVER_SEEN:
            return state
    assert_never(state.state)


def _fell_silent(
    state: HealthState, trigger: Trigger, since: datetime, policy: Policy, now: datetime, events: list[Event]
) -> HealthState:
    move = TRANSITIONS[state.state].get(trigger)
    if move is None:
        return state
    target, reason = move
    merit = _merit(state, policy, now) + FLAP_COST
    silent = replace(state, silent_since=since, flap_merit=merit, flap_at=now)
    silent = replace(silent, deadline=breach_due(silent, policy))
    return _enter(silent, target, reason, since, now, events)


def breach_due(state: HealthState, policy: Policy) -> datetime | None:
    """Return when the silence under way becomes a breach; ``None`` when nobody listens.

    The grace counts from the last sign of life, or from when we began to listen. A closed socket leaves a fair chance to
    come back, a station without one the promised number of intervals, and none is in breach before it was overdue.
    """
    if state.listening_since is None:
        return None
    heard = max(state.last_seen or state.listening_since, state.listening_since)
    grace = policy.grace_s
    if state.link is Link.NONE:
        grace = max(grace, policy.missed * expected_interval(state, policy))
    due = heard + timedelta(seconds=grace)
    if state.silent_since is not None and state.link is Link.CLOSED:
        due = max(due, state.silent_since + timedelta(seconds=min(policy.reconnect_s, policy.grace_s)))
    return due if state.chance_until is None else max(due, state.chance_until)


def _chance_over(state: HealthState, policy: Policy, now: datetime, events: list[Event]) -> HealthState:
    """Our own absence no longer excuses the silence."""
    if state.listening_since is None:
        return replace(state, deadline=None)
    if state.breached:
        since = state.breach.since if state.breach else now
        return _enter(replace(state, deadline=None), State.OFFLINE, Reason.STILL_SILENT, since, now, events)
    target, reason = TRANSITIONS[State.UNKNOWN][Trigger.CHANCE_OVER]
    silent = replace(state, silent_since=state.listening_since)
    silent = replace(silent, deadline=breach_due(silent, policy))
    return _enter(silent, target, reason, state.listening_since, now, events)


# ---------------------------------------------------------------------------------------------------------- the observer


def _deaf(state: HealthState, seen: CollectorDown, now: datetime, events: list[Event]) -> HealthState:
    """Nobody listens: what we knew is no longer known. An open breach stays open."""
    lost = state.link is Link.OPEN and not seen.sockets_kept
    after = replace(
        state,
        last_seen=None if state.last_seen is None else min(state.last_seen, now),
        deadline=None,
        listening_since=None,
        chance_until=None,
        silent_since=None,
        link=Link.CLOSED if lost else state.link,
        link_since=seen.at if lost else state.link_since,
        evidence=state.evidence if state.breached else NO_EVIDENCE,
    )
    move = TRANSITIONS[state.state].get(Trigger.DEAF)
    return after if move is None else _enter(after, *move, now, now, events)


def _listening(state: HealthState, policy: Policy, now: datetime) -> HealthState:
    """Somebody listens again: the station gets its fair chance to speak."""
    if state.listening_since is not None:
        return state
    fair = overdue_after(state, policy) if state.link is Link.NONE else policy.reconnect_s
    until = now + timedelta(seconds=fair)
    waits = state.state is State.UNKNOWN
    return replace(state, listening_since=now, chance_until=until if waits else None, deadline=until if waits else state.deadline)


def _maintenance(state: HealthState, seen: MaintenanceSet, policy: Policy, now: datetime, events: list[Event]) -> HealthState:
    """Planned work suppresses breaches, not knowledge; when it ends, continuity is owed again after one grace."""
    if seen.until == state.maintenance_until:
        return state
    events.append(MaintenanceChanged(at=now, until=seen.until))
    after = replace(state, maintenance_until=seen.until)
    if state.state is State.OFFLINE and not state.breached:
        return replace(after, deadline=(seen.until or now) + timedelta(seconds=policy.grace_s))
    return after


# ---------------------------------------------------------------------------------------------------------- breaches


def _open_breach(state: HealthState, policy: Policy, now: datetime, events: list[Event]) -> HealthState:
    if state.breached or not policy.watched:
        return state
    planned_until = state.maintenance_until
    if planned_until is not None and now < planned_until + timedelta(seconds=policy.grace_s):
        owed_from = planned_until + timedelta(seconds=policy.grace_s)
        if now < planned_until or (state.silent_since or now) < planned_until:
            return replace(state, deadline=owed_from)
    since = state.silent_since or now
    if planned_until is not None and since < planned_until <= now:
        since = planned_until
    cause = cause_of(state.evidence)
    party = party_of(cause, policy.bearer)
    number = BreachNumber(state.breaches + 1)
    events.append(BreachOpened(at=now, breach=number, bearer=policy.bearer, since=since, cause=cause, party=party))
    breach = Breach(number=number, bearer=policy.bearer, since=since, detected_at=now, cause=cause, party=party)
    settled = settle(state.settled, state.breach) if state.breach is not None else state.settled
    return replace(state, breach=breach, breaches=number, gap=None, settled=settled)


def _clear(state: HealthState, at: datetime, now: datetime, policy: Policy, events: list[Event]) -> HealthState:
    """Close the open breach at `at`, the first sign of life; called with the evidence of the gap still in place."""
    breach = state.breach
    if breach is None:
        return state
    cause = cause_of(state.evidence)
    party = party_of(cause, breach.bearer)
    events.append(BreachCleared(at=now, breach=breach.number, since=breach.since, until=at, cause=cause, party=party))
    return replace(state, breach=replace(breach, until=at, cause=cause, party=party))


def _revise(state: HealthState, evidence: Evidence, policy: Policy, now: datetime, events: list[Event]) -> HealthState:
    """Judge a cleared breach again with `evidence`, as long as it has not settled."""
    breach, gap = state.breach, state.gap
    if breach is None or breach.until is None or gap is None or evidence == gap.evidence:
        return state
    if (now - breach.until).total_seconds() > policy.settle_s:
        return state
    state = replace(state, gap=replace(gap, evidence=evidence))
    return _recause(state, breach, evidence, policy, now, events)


def _recause(
    state: HealthState, breach: Breach, evidence: Evidence, policy: Policy, now: datetime, events: list[Event]
) -> HealthState:
    cause = cause_of(evidence)
    if cause is breach.cause:
        return state
    party = party_of(cause, breach.bearer)
    events.append(BreachUpdated(at=now, breach=breach.number, cause=cause, party=party, incident=breach.incident))
    return replace(state, breach=replace(breach, cause=cause, party=party))


def _learnt(state: HealthState, seen: RadiusSeen | Probed, policy: Policy, now: datetime, events: list[Event]) -> HealthState:
    """Evidence from beside OCPP. While the station speaks, only bad news is kept: good news says nothing of a later silence."""
    known = state.evidence
    silent = state.silent_since is not None
    match seen:
        case RadiusSeen(event=RadiusEvent.STOP):
            known = replace(known, session_stopped=True, session_up=False)
        case RadiusSeen():
            known = replace(known, session_up=True if silent else None)
        case Probed(target=ProbeTarget.GATEWAY):
            known = replace(known, gateway_answers=_news(seen.ok, silent=silent))
        case Probed():
            known = replace(known, station_answers=_news(seen.ok, silent=silent))
    if known == state.evidence:
        return state
    after = replace(state, evidence=NO_EVIDENCE if known == NO_EVIDENCE else known)
    if after.breach is not None and after.breached:
        return _recause(after, after.breach, known, policy, now, events)
    return after


def _news(ok: bool, *, silent: bool) -> bool | None:  # noqa: FBT001  (the outcome is the argument)
    return ok if silent or not ok else None


# ---------------------------------------------------------------------------------------------------------- state changes


def _enter(state: HealthState, target: State, reason: Reason, since: datetime, now: datetime, events: list[Event]) -> HealthState:
    if target is state.state:
        return state
    events.append(HealthChanged(at=now, origin=state.state, to=target, reason=reason, since=since))
    return replace(state, state=target, reason=reason, since=since)


def _merit(state: HealthState, policy: Policy, now: datetime) -> float:
    """Return the flap figure of merit as of `now`: it halves in every half-life (RFC 2439 §4.8.6)."""
    if state.flap_at is None:
        return 0.0
    age = max(0.0, (now - state.flap_at).total_seconds())
    return float(state.flap_merit * 0.5 ** (age / policy.flap_half_life_s))
