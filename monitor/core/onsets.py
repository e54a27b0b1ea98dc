"""What the fleet's judge is told of one station's silence."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from msgspec.structs import replace

from monitor.core.health_state import HealthState, Link
from monitor.core.rhythm import LONGEST_RETURN_S
from monitor.core.signals import Depth, Excuse, Hint, Onset
from monitor.core.timing import fair_chance

if TYPE_CHECKING:
    from datetime import datetime

    from monitor.core.turn import Turn

_NONE: frozenset[Hint] = frozenset()


def hints_of(state: HealthState) -> frozenset[Hint]:
    """Return what else says that the silence is real, or not that of its line."""
    seen = state.evidence
    found = {
        Hint.SOCKET_CLOSED: state.link is Link.CLOSED and state.silent_since is not None and state.link_since is not None,
        Hint.SESSION_STOPPED: seen.session_stopped and seen.session_up is not True,
        Hint.GATEWAY_SILENT: seen.gateway_answers is False,
        Hint.STATION_SILENT: seen.station_answers is False,
        Hint.LINE_ANSWERS: seen.station_answers is True or seen.gateway_answers is True or seen.refused,
    }
    return frozenset(hint for hint, holds in found.items() if holds) or _NONE


def counted(state: HealthState, turn: Turn) -> bool:
    """Say whether the silence is the fleet's business: not of a station that nobody watches or on which work is planned.

    Nor is it as long as we may have made it ourselves: sockets that died while we were away are read when we are back.
    """
    if not turn.policy.watched or (state.maintenance_until is not None and turn.now < state.maintenance_until):
        return False
    since = state.listening_since
    return since is None or turn.now >= since + timedelta(seconds=min(LONGEST_RETURN_S, fair_chance(state, turn.policy)))


def tell(state: HealthState, since: datetime, depth: Depth, turn: Turn) -> HealthState:
    """Tell of a silence that began at `since`, or of how it went on; one that is nobody's business is only remembered as told."""
    if counted(state, turn):
        turn.signals.append(Onset(since=since, heard=state.last_seen, depth=depth, hints=hints_of(state)))
    return state if state.told else replace(state, told=True)


def excuse(state: HealthState, turn: Turn) -> HealthState:
    """Take back what was told."""
    if not state.told:
        return state
    turn.signals.append(Excuse())
    return replace(state, told=False, incident=None)
