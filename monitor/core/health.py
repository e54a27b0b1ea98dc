"""The health model of one station: a pure function over a transition table (`transitions`). It never sees another station.

`step` is total: every observation is legal in every state, and an observation that says nothing new changes nothing. Any
message is proof of life (OCPP 1.6 §4.6); silence is evidence only while somebody listened.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Final, assert_never

from msgspec.structs import replace

from monitor.core.continuity import learn, learn_refusal
from monitor.core.events import BearerSessionChanged, MaintenanceChanged, State
from monitor.core.health_state import HealthState, Judgement, Sign
from monitor.core.liveness import alive, booted, heard, link_opened, queued, with_round_trip
from monitor.core.membership import joined, left
from monitor.core.observations import (
    Alive,
    Backlog,
    Booted,
    CallbackTold,
    CollectorDown,
    CollectorUp,
    CommandTold,
    ConnectorReported,
    EquipmentReported,
    IdentityContested,
    IncidentJoined,
    IncidentLeft,
    LinkClosed,
    LinkOpened,
    MaintenanceSet,
    Metered,
    Observation,
    Probed,
    ProbeTarget,
    ProfileMissed,
    ProgressReported,
    QuirkSeen,
    RadiusEvent,
    RadiusSeen,
    Refused,
    SecurityReported,
    SessionEnded,
    SessionStarted,
    Tick,
    VolumeSeen,
)
from monitor.core.onsets import excuse
from monitor.core.remarks import remarked
from monitor.core.service_state import connector_reported, metered, session_ended, session_started
from monitor.core.silence import collector_down, link_closed, listening, ticked
from monitor.core.turn import Turn

if TYPE_CHECKING:
    from monitor.core.policy import Policy


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
    durable = bool(turn.events) or after.breach is not state.breach or after.gap != state.gap or after.evidence != state.evidence
    return Judgement(after, tuple(turn.events), durable, tuple(turn.signals))


def _observe(  # noqa: C901, PLR0911, PLR0912  one arm an observation: the dispatch of the whole alphabet
    state: HealthState, seen: Observation, turn: Turn
) -> HealthState:
    match seen:
        case Alive():
            return heard(state, seen, turn)
        case ConnectorReported():
            return connector_reported(alive(state, seen.at, turn), seen, turn)
        case Tick():
            return ticked(state, turn)
        case LinkOpened():
            return link_opened(state, seen, turn)
        case LinkClosed():
            return link_closed(state, seen, turn)
        case Booted():
            return booted(state, seen, turn)
        case SessionStarted():
            return session_started(queued(state, seen.at, seen.stamped, turn), seen, turn)
        case SessionEnded():
            return session_ended(queued(state, seen.at, seen.stamped, turn), seen, turn)
        case Metered():
            return metered(alive(state, seen.at, turn), seen, turn)
        case SecurityReported() | EquipmentReported():
            return remarked(queued(state, seen.at, seen.stamped, turn), seen, turn)
        case ProgressReported() | CallbackTold():
            return remarked(alive(state, seen.at, turn), seen, turn)
        case CommandTold() | VolumeSeen() | QuirkSeen() | IdentityContested() | ProfileMissed():
            return remarked(state, seen, turn)
        case Backlog():
            return queued(state, seen.at, seen.generated_at, turn)
        case RadiusSeen() | Probed():
            return _beside(state, seen, turn)
        case Refused():
            return learn_refusal(state, turn)
        case IncidentJoined():
            return joined(state, seen, turn)
        case IncidentLeft():
            return left(state, seen, turn)
        case CollectorDown():
            return collector_down(state, seen, turn)
        case CollectorUp():
            return listening(state, turn)
        case MaintenanceSet():
            return _maintenance(state, seen, turn)
    assert_never(seen)


# ---------------------------------------------------------------------------------------------------------- beside OCPP


def _beside(state: HealthState, seen: RadiusSeen | Probed, turn: Turn) -> HealthState:
    """Take evidence from beside OCPP, and remember when it was last looked at."""
    if isinstance(seen, RadiusSeen):
        up = seen.event is not RadiusEvent.STOP
        was_down = state.session is not None and not state.session.ok
        if seen.event is RadiusEvent.START or (not up and not was_down):
            turn.events.append(BearerSessionChanged(at=turn.now, up=up, address=seen.address, cause=seen.cause))
        state = replace(state, session=_sign(state.session, seen.at, ok=up))
    elif seen.target is ProbeTarget.GATEWAY:
        state = replace(state, gateway=_sign(state.gateway, seen.at, ok=seen.ok))
    else:
        state = replace(state, probe=_sign(state.probe, seen.at, ok=seen.ok))
        if seen.ok and seen.rtt_s is not None:
            state = with_round_trip(state, seen.rtt_s)
    return learn(state, seen, turn)


def _sign(known: Sign | None, at: datetime, *, ok: bool) -> Sign:
    if known is None or known.ok is not ok:
        return Sign(ok=ok, since=at, at=at)
    return replace(known, at=max(at, known.at))


# ---------------------------------------------------------------------------------------------------------- planned work


def _maintenance(state: HealthState, seen: MaintenanceSet, turn: Turn) -> HealthState:
    """Planned work suppresses breaches, not knowledge; when it ends, continuity is owed again after one grace."""
    until = None if seen.until is None else min(seen.until, turn.now + LONGEST_PLAN)
    known = state.maintenance_until
    if known in (seen.until, until) or (until is None and known is not None and known <= turn.now):
        return state
    turn.events.append(MaintenanceChanged(at=turn.now, until=until))
    # Work that is called off ends now; the silence within it stays excused.
    after = replace(state, maintenance_until=until or turn.now)
    if until is not None and until > turn.now:
        after = _off_the_books(after, turn)
    if state.state is State.OFFLINE and not state.breached:
        return replace(after, deadline=(until or turn.now) + timedelta(seconds=turn.policy.grace_s))
    return after


def _off_the_books(state: HealthState, turn: Turn) -> HealthState:
    """Work is planned: the silence under way is no common cause's business, but the station's own it stays."""
    if not state.told:
        return state
    return replace(excuse(state, turn), told=True)
