"""What goes wrong in a record, as truth: what failed, from when to when, for whom, and what a judge should say of it."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Final

from monitor.core.breaches import Cause, Party, party_of
from monitor.core.incidents import Scope

if TYPE_CHECKING:
    from datetime import datetime

    from monitor.core.registry import Bearer


class Kind(StrEnum):
    """What failed."""

    DROP = "short drop"
    POWER = "power cut"
    HANG = "station hang"
    MODEM = "modem hang"
    LINE = "line cut"
    FLAPPING = "flapping modem"
    SITE = "site LAN down"
    FEEDER = "feeder out"
    CELL = "cell down"
    APN = "APN down"
    OPERATOR = "operator down"
    MODEL = "firmware bug"
    PLANNED = "planned work"
    BLIND = "collector down"
    RESTART = "restart"
    CLOCK = "clock step"
    NIGHT = "mass reconnect"


CAUSES: Final[dict[Kind, Cause]] = {
    Kind.POWER: Cause.POWER,
    Kind.HANG: Cause.STATION,
    Kind.MODEM: Cause.BEARER,
    Kind.LINE: Cause.BEARER,
    Kind.SITE: Cause.SITE,
    Kind.FEEDER: Cause.POWER,
    Kind.CELL: Cause.BEARER,
    Kind.APN: Cause.APN,
    Kind.OPERATOR: Cause.APN,
    Kind.MODEL: Cause.STATION,
}
"""The right cause of a breach in each trouble (DESIGN §4); kinds that are absent should open no breach."""

SCOPES: Final[dict[Kind, Scope]] = {
    Kind.SITE: Scope.SITE,
    Kind.FEEDER: Scope.FEEDER,
    Kind.CELL: Scope.CELL,
    Kind.APN: Scope.APN,
    Kind.OPERATOR: Scope.OPERATOR,
    Kind.MODEL: Scope.MODEL,
}
"""The right scope of an incident in each trouble of a group."""

OURS: Final = frozenset({Kind.BLIND, Kind.RESTART, Kind.CLOCK})
"""Troubles of the observer."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Trouble:
    """One trouble: `stations` are those that it hit, `key` the group that failed, empty for a station alone."""

    kind: Kind
    start: datetime
    end: datetime
    stations: tuple[str, ...] = ()
    key: str = ""

    @property
    def seconds(self) -> float:
        """Return how long it lasted."""
        return (self.end - self.start).total_seconds()

    def party(self, bearer: Bearer) -> Party:
        """Return who answers for it."""
        return party_of(CAUSES[self.kind], bearer)
