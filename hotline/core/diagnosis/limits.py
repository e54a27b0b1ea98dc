"""What is not to be asked of a station as it is now, and why: the one place that says so, for steps and for offers alike.

Only what can be seen of the station itself; roles, waiting times and what its version can do are `hotline.core.offers`' business.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Final

from hotline.core.diagnosis.findings import same_point
from hotline.core.diagnosis.verdict import Safety
from hotline.core.points import HERE, WHOLE_STATION, Use, confirmed, use_of
from monitor.core.commands import Action
from monitor.core.registry import LifeCycle

if TYPE_CHECKING:
    from hotline.core.diagnosis.steps import Send
    from monitor.core.health_state import Connector, HealthState
    from monitor.core.registry import Station

OUT: Final = "inoperative"
"""The type of a change of the availability that takes out of service."""
_ASKING: Final = frozenset({Action.REFRESH, Action.PROBE, Action.READ_CONFIGURATION, Action.LOCAL_LIST, Action.DIAGNOSTICS})
"""What changes nothing at the station."""
_HEALING: Final = frozenset({Action.RESET, Action.CHANGE_AVAILABILITY})
"""What is no use, or worse, with a fault that a restart does not cure."""
_OVER: Final = frozenset({Use.FREE, Use.CLOSED})


class Barred(StrEnum):
    """Why something is not offered."""

    RETIRED = "retired"
    OFFLINE = "offline"
    """It is out of contact, or we do not know."""
    SAFETY = "safety"
    """Somebody may be in danger."""
    FAULT = "fault"
    """Not with the fault that it reports."""
    POINT = "point"
    """The point must be known first."""
    NO_SESSION = "no_session"
    SESSION = "session"
    """A session is open at the caller's own point."""
    NEIGHBOUR = "neighbour"
    """Somebody else's session would be cut off; a senior may do it, with a reason."""
    TAPPED = "tapped"
    """Another platform runs its sessions; we only listen."""
    CANNOT = "cannot"
    """Its version of the protocol has no such request, or it has shown that it does not know it."""
    UNDER_WAY = "under_way"
    """Another command is under way."""
    COOLING = "cooling"
    """The same was sent a moment ago."""
    SOFT_FIRST = "soft_first"
    """A hard restart only after a soft one that failed."""
    ROLE = "role"
    """It takes more than this role."""


def place_of(health: HealthState, connector: str, *, busy: bool = False) -> str:
    """Return the point where the caller stands: the one that he named, else the only one there is; empty: not known.

    `busy`: he has a cable in, so it is also known where all points but one are surely free.
    """
    points = [one for one in health.connectors if one.connector not in ("", WHOLE_STATION)]
    if connector not in ("", WHOLE_STATION):
        return next((one.connector for one in points if same_point(one.connector, connector)), connector)
    if busy and len(points) > 1:
        points = [one for one in points if one.session is not None or not (confirmed(one, health) and use_of(one.status) in _OVER)]
    return points[0].connector if len(points) == 1 else ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """What bears on what may be asked: how the station is, where the caller stands, how dangerous it is, what its faults allow."""

    health: HealthState
    station: Station
    place: str
    safety: Safety
    resettable: bool
    startable: bool

    @property
    def neighbours(self) -> tuple[Connector, ...]:
        """Points with a session that is not the caller's, as far as we know."""
        return tuple(one for one in self.health.connectors if one.session is not None and not self._own(one))

    @property
    def own(self) -> Connector | None:
        """The caller's own point where it has a session."""
        return next((one for one in self.health.connectors if one.session is not None and self._own(one)), None)

    def _own(self, one: Connector) -> bool:
        return bool(self.place and one.connector) and same_point(one.connector, self.place)

    def of(self, send: Send) -> Barred | None:
        """Return why `send` is not to be asked for, ``None`` for nothing."""
        if self.station.life_cycle is not LifeCycle.RETIRED and self.health.state not in HERE:
            return None if send.action is Action.REFRESH else Barred.OFFLINE
        return self.forbids(send.action, send.type) or self._calm(send)

    def forbids(self, action: Action, kind: str) -> Barred | None:
        """Return why `action` is not to be asked for whoever asks, at whatever point, and whether it can be reached or not."""
        if self.station.life_cycle is LifeCycle.RETIRED:
            return Barred.RETIRED
        if action in _ASKING or (action, kind) == (Action.CHANGE_AVAILABILITY, OUT):
            return None
        if self.safety is Safety.DANGER:
            return Barred.SAFETY
        if action is Action.REMOTE_START and self.station.tap:
            return Barred.TAPPED
        spared = self.startable if action is Action.REMOTE_START else self.resettable or action not in _HEALING
        return None if spared else Barred.FAULT

    def _calm(self, send: Send) -> Barred | None:
        match send.action:
            case Action.RESET:
                return self._reset(after_stop=send.after_stop)
            case Action.REMOTE_STOP:
                return self._stop(send)
            case Action.REMOTE_START:
                return self._start(send)
            case Action.UNLOCK:
                return None if self._pointed(send) else Barred.POINT
            case _:
                return None

    def _pointed(self, send: Send) -> bool:
        """Return whether `send` is about the point where the caller is known to stand."""
        return bool(self.place) and send.connector not in ("", WHOLE_STATION)

    def _reset(self, *, after_stop: bool) -> Barred | None:
        """It stops every session of the charger (OCPP 1.6 §5.14)."""
        if self.neighbours:
            return Barred.NEIGHBOUR
        return Barred.SESSION if self.own is not None and not after_stop else None

    def _stop(self, send: Send) -> Barred | None:
        if not any(one.session is not None for one in self.health.connectors):
            return Barred.NO_SESSION
        if not self._pointed(send):
            return Barred.POINT
        return None if self.own is not None else Barred.NO_SESSION

    def _start(self, send: Send) -> Barred | None:
        if not self._pointed(send):
            return Barred.POINT
        return Barred.SESSION if self.own is not None else None
