"""The evidence about one station, as people climb it: its bearer, its transport, its application, its service.

A view of what the health model remembers, made when somebody looks; it decides nothing. Each rung says how it is, since when,
when that was last seen, and from what.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

from monitor.core.breaches import POWER_UP, Evidence
from monitor.core.events import Reason, State
from monitor.core.health_state import HealthState, Link
from monitor.core.incidents import Scope
from monitor.core.observations import Status

if TYPE_CHECKING:
    from datetime import datetime


class Level(StrEnum):
    """The rungs, from the wire upwards."""

    BEARER = "bearer"
    TRANSPORT = "transport"
    APPLICATION = "application"
    SERVICE = "service"


class Grade(StrEnum):
    """How a rung is; ``unseen`` where nothing looks at it."""

    GOOD = "good"
    DOUBTFUL = "doubtful"
    BAD = "bad"
    UNSEEN = "unseen"


class Source(StrEnum):
    """Where the evidence of a rung comes from."""

    RADIUS = "radius"
    GATEWAY_PROBE = "gateway_probe"
    STATION_PROBE = "station_probe"
    SOCKET = "socket"
    PONG = "pong"
    MESSAGES = "messages"
    STATUS = "status"
    NOTHING = "nothing"


@dataclass(frozen=True, slots=True, kw_only=True)
class Rung:
    """One level: `since` it is so, `at` the last evidence, `rtt_s` a smoothed round trip in seconds where there is one."""

    level: Level
    grade: Grade
    source: Source = Source.NOTHING
    since: datetime | None = None
    at: datetime | None = None
    rtt_s: float | None = None


def ladder_of(state: HealthState) -> tuple[Rung, Rung, Rung, Rung]:
    """Return the four rungs of `state`, the bearer first."""
    return _bearer(state), _transport(state), _application(state), _service(state)


def _bearer(state: HealthState) -> Rung:
    """The bearer's own session, else what answers probes."""
    seen = (
        (Source.RADIUS, state.session),
        (Source.GATEWAY_PROBE, state.gateway),
        (Source.STATION_PROBE, state.probe),
    )
    known = [(source, sign) for source, sign in seen if sign is not None]
    if not known:
        return Rung(level=Level.BEARER, grade=Grade.UNSEEN)
    source, sign = known[0]
    grade = Grade.GOOD if sign.ok else Grade.BAD
    return Rung(level=Level.BEARER, grade=grade, source=source, since=sign.since, at=sign.at)


def _transport(state: HealthState) -> Rung:
    if state.link is Link.NONE:
        return Rung(level=Level.TRANSPORT, grade=Grade.UNSEEN)
    if state.link is Link.CLOSED:
        since = state.link_since
        return Rung(level=Level.TRANSPORT, grade=Grade.BAD, source=Source.SOCKET, since=since, at=since)
    unsteady = state.state is State.DEGRADED and state.reason in (Reason.SLOW, Reason.FLAPPING)
    doubtful = unsteady or state.state in (State.SUSPECT, State.OFFLINE, State.UNKNOWN)
    return Rung(
        level=Level.TRANSPORT,
        grade=Grade.DOUBTFUL if doubtful else Grade.GOOD,
        source=Source.PONG if state.pongs else Source.SOCKET,
        since=state.link_since,
        at=state.last_seen if state.pongs else state.link_since,
        rtt_s=state.rtt_s,
    )


_GRADES = {
    State.ONLINE: Grade.GOOD,
    State.DEGRADED: Grade.DOUBTFUL,
    State.SUSPECT: Grade.DOUBTFUL,
    State.OFFLINE: Grade.BAD,
    State.UNKNOWN: Grade.UNSEEN,
    State.NEVER_SEEN: Grade.UNSEEN,
}


def _application(state: HealthState) -> Rung:
    source = Source.NOTHING if state.last_seen is None else Source.MESSAGES
    return Rung(level=Level.APPLICATION, grade=_GRADES[state.state], source=source, since=state.since, at=state.last_seen)


def _service(state: HealthState) -> Rung:
    """The worst of its connectors; the whole station's own word, connector 0, counts as one of them."""
    if not state.connectors:
        return Rung(level=Level.SERVICE, grade=Grade.UNSEEN)
    bad = [one for one in state.connectors if one.status in (Status.FAULTED, Status.UNAVAILABLE)]
    told = bad or list(state.connectors)
    sure = state.state in (State.ONLINE, State.DEGRADED)
    grade = Grade.DOUBTFUL if not sure or 0 < len(bad) < len(state.connectors) else Grade.BAD if bad else Grade.GOOD
    return Rung(
        level=Level.SERVICE,
        grade=grade,
        source=Source.STATUS,
        since=min(one.since for one in told),
        at=max(one.reported_at for one in state.connectors),
    )


class Finding(StrEnum):
    """One piece of evidence about a silence; the words are shown to people."""

    WITH_SITE = "with_site"
    WITH_CELL = "with_cell"
    WITH_FEEDER = "with_feeder"
    WITH_APN = "with_apn"
    WITH_OPERATOR = "with_operator"
    WITH_MODEL = "with_model"
    OURS = "ours"
    SESSION_ENDED = "session_ended"
    SESSION_LIVED = "session_lived"
    GATEWAY_ANSWERED = "gateway_answered"
    GATEWAY_SILENT = "gateway_silent"
    STATION_ANSWERED = "station_answered"
    STATION_MUTE = "station_mute"
    REFUSED = "refused"
    RECORDS = "records"
    WEAK_SIGNAL = "weak_signal"
    POWER_CAME_BACK = "power_came_back"
    RESTARTED = "restarted"
    SILENCE_ONLY = "silence_only"


_OF_SCOPE = {
    Scope.SITE: Finding.WITH_SITE,
    Scope.CELL: Finding.WITH_CELL,
    Scope.FEEDER: Finding.WITH_FEEDER,
    Scope.APN: Finding.WITH_APN,
    Scope.OPERATOR: Finding.WITH_OPERATOR,
    Scope.MODEL: Finding.WITH_MODEL,
    Scope.COLLECTOR: Finding.OURS,
}


def findings_of(seen: Evidence) -> tuple[Finding, ...]:
    """Return what `seen` says, in the order in which one tells it: the others first, then the line, then the station itself."""
    dead = seen.station_answers is False or (seen.unanswered and seen.boot is not None)
    told = (
        (_OF_SCOPE[seen.scope] if seen.scope is not None else Finding.OURS, seen.scope is not None),
        (Finding.SESSION_ENDED, seen.session_stopped and seen.session_up is not True),
        (Finding.SESSION_LIVED, seen.session_up is True and not seen.session_stopped),
        (Finding.GATEWAY_ANSWERED, seen.gateway_answers is True),
        (Finding.GATEWAY_SILENT, seen.gateway_answers is False),
        (Finding.STATION_ANSWERED, seen.station_answers is True and not dead),
        (Finding.STATION_MUTE, dead),
        (Finding.REFUSED, seen.refused),
        (Finding.WEAK_SIGNAL, seen.weak),
        (Finding.RECORDS, seen.backlog),
        (Finding.POWER_CAME_BACK, seen.boot == POWER_UP),
        (Finding.RESTARTED, seen.boot is not None and seen.boot != POWER_UP),
    )
    return tuple(finding for finding, holds in told if holds) or (Finding.SILENCE_ONLY,)


def evidence_of(state: HealthState) -> Evidence:
    """Return what is known of the silence of the last breach, under way or over."""
    return state.evidence if state.gap is None else state.gap.evidence
