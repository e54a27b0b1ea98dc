"""What pages show of alerts beside what the alerts know: where their chargers stand, and what was judged anew meanwhile."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from alerts.core.matters import Kind
from alerts.core.severity import Severity
from hotline.core.aftermath import Moment, Step
from hotline.core.geography import MARKED_CELL, Point, Spot, outline_of, sheet_of, spots_of
from hotline.readmodel.nearby import place_of
from monitor.core.events import BreachOpened, BreachUpdated, IncidentOpened, IncidentUpdated
from monitor.core.ids import NETWORK
from monitor.core.registry import LifeCycle

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Sequence
    from datetime import datetime

    from alerts.core.matters import Matter
    from alerts.core.model import Alert
    from monitor.core.ids import StationId
    from monitor.registry.directory import Directory
    from monitor.runtime.ports import History

COMMON: Final = frozenset({Kind.INCIDENT, Kind.OBSERVER})
_RANK: Final = {Severity.PAGE: 0, Severity.TICKET: 1, Severity.INFO: 2}
_MOST_EVENTS: Final = 5_000
_MOST_FOLLOWED: Final = 20
"""Chargers whose own judgements are read for one alert; of more, the incident's say enough."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """An open alert in a list: the alert, what goes on in it, and how many chargers that concerns."""

    alert: Alert
    matters: Sequence[Matter]
    stations: frozenset[StationId]

    @property
    def common(self) -> bool:
        """Whether one cause explains several chargers."""
        return any(one.kind in COMMON for one in self.matters)

    def explained(self, incidents: Collection[str]) -> bool:
        """Whether all of it is part of one of these incidents, which has an alert of its own."""
        return not self.common and all(one.labels.get("incident") in incidents for one in self.matters)


@dataclass(frozen=True, slots=True, kw_only=True)
class NetworkMap:
    """The network as spots; `struck` are the chargers asked about, `outlines` go around those that one cause explains."""

    ground: Sequence[Spot]
    struck: Sequence[Spot]
    outlines: Sequence[Sequence[Point]]
    nowhere: int


def rows_of(opened: Iterable[tuple[Alert, Sequence[Matter]]]) -> list[Row]:
    """Return open alerts: what presses most first, common causes before single chargers, the largest and oldest first."""
    rows = [
        Row(alert=alert, matters=matters, stations=frozenset(station for one in matters for station in one.stations))
        for alert, matters in opened
    ]
    return sorted(rows, key=lambda row: (_RANK[row.alert.severity], not row.common, -len(row.stations), row.alert.opened_at))


def told_apart(rows: Sequence[Row]) -> tuple[list[Row], list[Row]]:
    """Return the alerts to be looked at, and those that another one of them explains."""
    incidents = {one.labels["incident"] for row in rows for one in row.matters if one.kind in COMMON}
    explained = [row for row in rows if row.explained(incidents)]
    return [row for row in rows if not row.explained(incidents)], explained


def alerts_at_hand(opened: Iterable[tuple[Alert, Sequence[Matter]]]) -> int:
    """Return how many open alerts there are that no other one explains."""
    return len(told_apart(rows_of(opened))[0])


def map_of(directory: Directory, matters: Iterable[Matter]) -> NetworkMap | None:
    """Return the map of all chargers in use and of those in `matters`; ``None`` where nobody has said where any of them stands."""
    found = list(matters)
    struck = {station for one in found for station in one.stations}
    used = {one.id: place for one in directory if one.life_cycle is not LifeCycle.RETIRED and (place := place_of(one)) is not None}
    if not used:
        return None
    sheet = sheet_of(list(used.values()))
    outlines = [
        outline_of(sheet.point(used[station]) for station in one.stations if station in used) for one in found if one.kind in COMMON
    ]
    return NetworkMap(
        ground=spots_of(sheet, (place for station, place in used.items() if station not in struck)),
        struck=spots_of(sheet, (used[station] for station in struck if station in used), MARKED_CELL),
        outlines=[one for one in outlines if one],
        nowhere=len(struck - used.keys()),
    )


async def judgements(history: History, matters: Collection[Matter]) -> list[Moment]:
    """Return when the cause of what goes on, or went on, in an alert was judged otherwise than before."""
    if not matters:
        return []
    since = min(one.since for one in matters)
    found = await _incidents(history, {one.labels.get("incident", "") for one in matters if one.kind in COMMON}, since)
    breaches = [one for one in matters if one.kind is Kind.BREACH]
    for one in breaches[:_MOST_FOLLOWED]:
        found += await _breach(history, one)
    return found


async def _incidents(history: History, names: Collection[str], since: datetime) -> list[Moment]:
    if not names:
        return []
    said: dict[str, tuple[str, str]] = {}
    found = []
    for record in await history.events(NETWORK, since=since, limit=_MOST_EVENTS):
        event = record.event
        if not isinstance(event, IncidentOpened | IncidentUpdated) or event.incident not in names:
            continue
        told = (event.scope.value, event.key)
        if event.incident in said and said[event.incident] != told:
            found.append(Moment(at=event.at, step=Step.REJUDGED, scope=event.scope, detail=event.key))
        said[event.incident] = told
    return found


async def _breach(history: History, matter: Matter) -> list[Moment]:
    before = None
    found = []
    for record in await history.events(matter.stations[0], since=matter.since, limit=_MOST_EVENTS):
        event = record.event
        if not isinstance(event, BreachOpened | BreachUpdated) or not matter.key.endswith(f"/{event.breach}"):
            continue
        if before is not None and event.cause is not before:
            found.append(Moment(at=event.at, step=Step.REJUDGED, cause=event.cause))
        before = event.cause
    return found
