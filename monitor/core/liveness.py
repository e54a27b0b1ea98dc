"""Signs of life: what a station that speaks proves, and what it tells of the silence before.

Any message is proof of life (OCPP 1.6 §4.6). A boot and records made while the station was cut off explain the gap.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from msgspec.structs import replace

from monitor.core.breaches import NO_EVIDENCE
from monitor.core.continuity import come_back, revise
from monitor.core.events import LinkChanged, Reason, State, StationBooted
from monitor.core.health_state import HealthState, Link, Session
from monitor.core.rhythm import NO_RHYTHM, beaten, returned
from monitor.core.signals import Recovery
from monitor.core.timing import flap_merit, listened_until
from monitor.core.transitions import TRANSITIONS, Trigger

if TYPE_CHECKING:
    from datetime import datetime

    from monitor.core.observations import Alive, Booted, LinkOpened
    from monitor.core.turn import Turn

HEARTBEAT: Final = "Heartbeat"
_RTT_WEIGHT: Final = 0.125


def heard(state: HealthState, seen: Alive, turn: Turn) -> HealthState:
    """Take a message or a pong."""
    if seen.pong and not state.pongs:
        state = replace(state, pongs=True)
    if seen.rtt_s is not None:
        state = with_round_trip(state, seen.rtt_s)
    beat_at = seen.at if seen.action == HEARTBEAT else seen.beat_at
    rhythm = state.rhythm
    if beat_at is not None and beat_at != rhythm.beat_at:
        rhythm = beaten(rhythm, beat_at)
    return alive(replace(state, rhythm=rhythm), seen.at, turn)


def alive(state: HealthState, at: datetime, turn: Turn) -> HealthState:
    """Take a sign of life that says nothing else: of a station that is well it moves the next deadline, and that is all."""
    policy = turn.policy
    slow = state.rtt_s is not None and state.rtt_s > policy.rtt_s
    if state.state is not State.ONLINE or state.evidence is not NO_EVIDENCE or state.told or slow or state.breached:
        return spoke(state, at, turn)
    last = at if state.last_seen is None else max(at, state.last_seen)
    return replace(state, last_seen=last, deadline=listened_until(state, policy, last))


def with_round_trip(state: HealthState, rtt_s: float) -> HealthState:
    """Return `state` with one more round trip in the smoothed one (RFC 6298 §2)."""
    before = state.rtt_s
    return replace(state, rtt_s=rtt_s if before is None else before + _RTT_WEIGHT * (rtt_s - before))


def spoke(state: HealthState, at: datetime, turn: Turn) -> HealthState:
    """Take a sign of life: whatever silence was under way is over, and what was learnt in it decides its cause.

    A message received in the very instant in which its socket closed came before the closing.
    """
    last = at if state.last_seen is None else max(at, state.last_seen)
    if state.link is Link.CLOSED and state.link_since == at:
        return replace(state, last_seen=last)
    if state.told or state.incident is not None:
        turn.signals.append(Recovery(at=at))
    after = come_back(state, at, turn)
    after = replace(
        after,
        last_seen=last,
        evidence=NO_EVIDENCE,
        silent_since=None,
        chance_until=None,
        listening_since=state.listening_since or at,
        told=False,
        incident=None,
    )
    target, reason = TRANSITIONS[state.state].get(Trigger.SPOKE, (state.state, state.reason))
    trouble = _trouble(after, turn)
    if trouble is not None:
        target, reason = State.DEGRADED, trouble
    after = replace(after, deadline=listened_until(after, turn.policy, last))
    return turn.enter(after, target, reason, at)


def _trouble(state: HealthState, turn: Turn) -> Reason | None:
    """Return why a station that speaks is not well, ``None`` if it is; what has once been bad must become much better."""
    policy, degraded = turn.policy, state.state is State.DEGRADED
    if flap_merit(state, policy, turn.now) >= (policy.flap_reuse if degraded else policy.flap_limit):
        return Reason.FLAPPING
    if state.rtt_s is not None and state.rtt_s > (policy.rtt_s / 2.0 if degraded else policy.rtt_s):
        return Reason.SLOW
    if state.rhythm.missed > (policy.irregular / 3.0 if degraded else policy.irregular):
        return Reason.IRREGULAR
    return None


def link_opened(state: HealthState, seen: LinkOpened, turn: Turn) -> HealthState:
    """Take a socket that opened; the late news of one that has a successor is mere life."""
    if seen.epoch < state.link_epoch:
        return spoke(state, seen.at, turn)
    turn.events.append(
        LinkChanged(
            at=turn.now,
            open=True,
            epoch=seen.epoch,
            protocol=seen.protocol,
            address=seen.address,
            tls=seen.tls,
            certificate_until=seen.certificate_until,
        )
    )
    rhythm = state.rhythm
    if state.link is Link.CLOSED and state.link_since is not None and state.silent_since is not None:
        rhythm = returned(rhythm, (seen.at - state.link_since).total_seconds())
    opened = replace(state, link=Link.OPEN, link_epoch=seen.epoch, link_since=seen.at, rhythm=rhythm)
    return spoke(opened, seen.at, turn)


def queued(state: HealthState, at: datetime, made_at: datetime | None, turn: Turn) -> HealthState:
    """Take a record that may have been made while the station was cut off (OCPP 1.6 §3.7.1): life now, evidence of then."""
    quiet_from = state.last_seen
    if state.cut_off and made_at is not None and quiet_from is not None and quiet_from < made_at < at:
        state = replace(state, evidence=replace(state.evidence, backlog=True))
        return spoke(state, at, turn)
    after = spoke(state, at, turn)
    gap, breach = after.gap, after.breach
    if made_at is None or breach is None or gap is None:
        return after
    ended = breach.until or breach.back_at
    if ended is not None and gap.quiet_from < made_at <= ended:
        return revise(after, replace(gap.evidence, backlog=True), turn)
    return after


def went_on(state: HealthState, session: Session | None, meter_wh: int | None, turn: Turn) -> HealthState:
    """Take what the register of a `session` shows now, if it shows more than before the last gap: the station lived through that.

    Only the first that it shows after the gap counts, and only without a boot.
    """
    gap = state.gap
    if gap is None or gap.evidence.boot is not None or gap.evidence.backlog or session is None or meter_wh is None:
        return state
    before = session.meter_wh if session.latest_wh is None else session.latest_wh
    if before is None or meter_wh <= before or (session.metered_at or session.since) > gap.quiet_from:
        return state
    return revise(state, replace(gap.evidence, backlog=True), turn)


def booted(state: HealthState, seen: Booted, turn: Turn) -> HealthState:
    """Take a start: the first one after a gap explains it, and an interval that changed begins a new pace."""
    reason = seen.reason or ""
    if state.cut_off:
        state = replace(state, evidence=replace(state.evidence, boot=reason))
    if seen.interval_s is not None and seen.interval_s != state.interval_s:
        state = replace(state, interval_s=seen.interval_s, rhythm=replace(NO_RHYTHM, missed=state.rhythm.missed))
    after = replace(spoke(state, seen.at, turn), boot=seen)
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
    if gap is None or gap.evidence.boot is not None or breach is None:
        return after
    ended = breach.until or breach.back_at
    if ended is None or (seen.at - ended).total_seconds() > turn.policy.boot_settle_s:
        return after
    return revise(after, replace(gap.evidence, boot=reason), turn)
