"""What is remembered of a station, or told of it, and moves no verdict: events of its own, habits, knocks, commands of ours."""

from __future__ import annotations

from typing import TYPE_CHECKING, assert_never

from msgspec.structs import replace

from monitor.core.events import (
    CallbackChanged,
    CommandMoved,
    ContestNoted,
    EquipmentNoted,
    ProfileNoted,
    ProgressNoted,
    QuirkNoted,
    SecurityNoted,
    VolumeExceeded,
)
from monitor.core.health_state import Callback
from monitor.core.observations import (
    CallbackTold,
    CommandTold,
    EquipmentReported,
    IdentityContested,
    ProfileMissed,
    ProgressReported,
    QuirkSeen,
    SecurityReported,
    VolumeSeen,
)
from monitor.core.quirks import DETAIL_LENGTH, with_habit

if TYPE_CHECKING:
    from monitor.core.health_state import HealthState
    from monitor.core.turn import Turn

Remark = (
    SecurityReported
    | EquipmentReported
    | ProgressReported
    | CallbackTold
    | CommandTold
    | VolumeSeen
    | QuirkSeen
    | IdentityContested
    | ProfileMissed
)


def remarked(state: HealthState, seen: Remark, turn: Turn) -> HealthState:
    """Take a remark; whether it was a sign of life has been counted before."""
    match seen:
        case SecurityReported():
            turn.events.append(SecurityNoted(at=turn.now, event=seen.event, info=seen.info))
        case EquipmentReported():
            _equipment(seen, turn)
        case ProgressReported():
            if seen.status != "Idle":  # that it does nothing is no news
                turn.events.append(ProgressNoted(at=turn.now, work=seen.work, status=seen.status))
        case CallbackTold():
            return _listens(state, seen, turn)
        case CommandTold():
            _commanded(seen, turn)
        case VolumeSeen():
            turn.events.append(VolumeExceeded(at=turn.now, month=seen.month, octets=seen.octets, limit=seen.limit))
        case QuirkSeen():
            return _habit(state, seen, turn)
        case IdentityContested():
            turn.events.append(ContestNoted(at=turn.now, address=seen.address, times=seen.times))
        case ProfileMissed():
            turn.events.append(ProfileNoted(at=turn.now, address=seen.address, times=seen.times))
        case _:
            assert_never(seen)
    return state


def _equipment(seen: EquipmentReported, turn: Turn) -> None:
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


def _habit(state: HealthState, seen: QuirkSeen, turn: Turn) -> HealthState:
    """A habit: told once, then only kept up to date."""
    if all(habit.quirk is not seen.quirk for habit in state.habits):
        turn.events.append(QuirkNoted(at=turn.now, quirk=seen.quirk, detail=seen.detail[:DETAIL_LENGTH]))
    return replace(state, habits=with_habit(state.habits, seen.quirk, seen.at, seen.detail))


def _listens(state: HealthState, seen: CallbackTold, turn: Turn) -> HealthState:
    """A SOAP station says where it listens; in an APN another address is a new session of its modem."""
    before = state.callback
    moved = before is None or before.url != seen.url
    since = seen.at if before is None or moved else before.since
    if moved:
        turn.events.append(CallbackChanged(at=turn.now, url=seen.url, before="" if before is None else before.url))
    return replace(state, callback=Callback(url=seen.url, protocol=seen.protocol, since=since, here=seen.here))


def _commanded(seen: CommandTold, turn: Turn) -> None:
    turn.events.append(
        CommandMoved(
            at=turn.now,
            command=seen.command,
            action=seen.action,
            state=seen.state,
            who=seen.who,
            why=seen.why,
            said=seen.said,
        )
    )
