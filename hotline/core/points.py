"""A station's points (connectors) as an agent reads them: which word is right now, and whether it may be believed.

A status is *confirmed* while the station is here and said it over the present socket; otherwise it is the last known one.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Final, assert_never

from monitor.core.events import State
from monitor.core.health_state import Link
from monitor.core.observations import Status

if TYPE_CHECKING:
    from monitor.core.health_state import Connector, HealthState

WHOLE_STATION: Final = "0"
"""In OCPP 1.x connector 0 speaks for the whole station (1.6 §4.9)."""
HERE: Final = frozenset({State.ONLINE, State.DEGRADED})


class Use(StrEnum):
    """What a driver can do with a point."""

    FREE = "free"
    BUSY = "busy"
    FAULT = "fault"
    CLOSED = "closed"
    UNKNOWN = "unknown"


def use_of(status: Status) -> Use:
    """Return what `status` means to somebody with a cable in the hand."""
    match status:
        case Status.AVAILABLE:
            return Use.FREE
        case Status.PREPARING | Status.CHARGING | Status.SUSPENDED_EV | Status.SUSPENDED_EVSE | Status.FINISHING:
            return Use.BUSY
        case Status.OCCUPIED | Status.RESERVED:
            return Use.BUSY
        case Status.FAULTED:
            return Use.FAULT
        case Status.UNAVAILABLE:
            return Use.CLOSED
        case Status.UNKNOWN:
            return Use.UNKNOWN
    assert_never(status)


def confirmed(connector: Connector, health: HealthState) -> bool:
    """Return whether `connector`'s status may be believed: the station is here and said it over its present socket."""
    if health.state not in HERE:
        return False
    if health.link is Link.OPEN and health.link_since is not None:
        return connector.reported_at >= health.link_since
    return health.link is not Link.CLOSED


@dataclass(frozen=True, slots=True, kw_only=True)
class Points:
    """The names of a station's points by what can be done with them; only confirmed ones count."""

    free: tuple[str, ...] = ()
    busy: tuple[str, ...] = ()
    fault: tuple[str, ...] = ()
    closed: tuple[str, ...] = ()
    station: Use = Use.UNKNOWN
    """What the station says of itself as a whole."""


def points_of(health: HealthState) -> Points:
    """Sort the confirmed points of `health`."""
    sure = [connector for connector in health.connectors if confirmed(connector, health)]
    by_use: dict[Use, list[str]] = {use: [] for use in Use}
    whole = Use.UNKNOWN
    for connector in sure:
        if connector.connector == WHOLE_STATION:
            whole = use_of(connector.status)
        else:
            by_use[use_of(connector.status)].append(connector.connector)
    return Points(
        free=tuple(by_use[Use.FREE]),
        busy=tuple(by_use[Use.BUSY]),
        fault=tuple(by_use[Use.FAULT]),
        closed=tuple(by_use[Use.CLOSED]),
        station=whole,
    )
