"""The states of a station and what moves it from one to another: a table, and nothing else."""

from __future__ import annotations

from enum import StrEnum
from typing import Final

from monitor.core.events import Reason, State


class Trigger(StrEnum):
    """What moves a state, derived from an observation and the time."""

    SPOKE = "spoke"
    LINK_CLOSED = "link_closed"
    OVERDUE = "overdue"
    GRACE_OVER = "grace_over"
    JOINED = "joined"
    RELAPSED = "relapsed"
    DEAF = "deaf"
    CHANCE_OVER = "chance_over"


_SILENT: Final = {
    Trigger.LINK_CLOSED: (State.SUSPECT, Reason.LINK_CLOSED),
    Trigger.OVERDUE: (State.SUSPECT, Reason.OVERDUE),
    Trigger.JOINED: (State.OFFLINE, Reason.INCIDENT),
    Trigger.RELAPSED: (State.OFFLINE, Reason.RELAPSED),
    Trigger.DEAF: (State.UNKNOWN, Reason.NOT_LISTENING),
}

TRANSITIONS: Final[dict[State, dict[Trigger, tuple[State, Reason]]]] = {
    State.NEVER_SEEN: {
        Trigger.SPOKE: (State.ONLINE, Reason.SPOKE),
    },
    State.ONLINE: {
        **_SILENT,
    },
    State.DEGRADED: {
        Trigger.SPOKE: (State.ONLINE, Reason.STEADY),
        **_SILENT,
    },
    State.SUSPECT: {
        Trigger.SPOKE: (State.ONLINE, Reason.SPOKE),
        Trigger.GRACE_OVER: (State.OFFLINE, Reason.GRACE_OVER),
        Trigger.JOINED: (State.OFFLINE, Reason.INCIDENT),
        Trigger.DEAF: (State.UNKNOWN, Reason.NOT_LISTENING),
    },
    State.OFFLINE: {
        Trigger.SPOKE: (State.ONLINE, Reason.SPOKE),
        Trigger.DEAF: (State.UNKNOWN, Reason.NOT_LISTENING),
    },
    State.UNKNOWN: {
        Trigger.SPOKE: (State.ONLINE, Reason.SPOKE),
        Trigger.CHANCE_OVER: (State.SUSPECT, Reason.STILL_SILENT),
        Trigger.JOINED: (State.OFFLINE, Reason.INCIDENT),
    },
}
"""State and trigger to the next state; a pair that is absent changes nothing.

A station that spoke while its flap merit, its round trip or its share of missed signs is over the limit is `degraded` instead of
`online`; one with an open breach goes from `unknown` back to `offline`.
"""
