"""Which faults a station reports now, read from what its points said and from what its components told.

A code is looked up in the maker's own table first, then in those for all. What is not found is a finding too, an honest one.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from hotline.core.diagnosis.codes import SILENT, common, folded, of_part, older
from hotline.core.diagnosis.faults import ADVICE, AGAIN_S, Advice, Fault
from hotline.core.diagnosis.vendors import own_name, table_of
from hotline.core.diagnosis.verdict import Safety
from hotline.core.points import HERE, WHOLE_STATION, confirmed
from monitor.core.events import ConnectorChanged, EquipmentNoted, Event, StationBooted
from monitor.core.observations import Status

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence
    from datetime import datetime

    from monitor.core.health_state import Connector, HealthState
    from monitor.core.registry import Station

FALSE: Final = "false"
_TRUE: Final = frozenset({"true", "1"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """A fault of a point: since when, when it was told last, whether that is confirmed, and the codes as received.

    `stands`: the point is out of order by its own word, not only warning.
    """

    connector: str
    fault: Fault
    since: datetime
    told: datetime
    sure: bool
    stands: bool
    codes: tuple[str, ...]

    @property
    def advice(self) -> Advice:
        """What is known about its fault."""
        return ADVICE[self.fault]

    @property
    def dangerous(self) -> bool:
        """Whether nobody may touch it."""
        return self.advice.safety is Safety.DANGER

    @property
    def everywhere(self) -> bool:
        """Whether it is about the whole charger."""
        return self.connector in ("", WHOLE_STATION) or self.advice.whole

    def concerns(self, connector: str) -> bool:
        """Return whether somebody at `connector` has to do with it; whoever has not said where he stands has with all."""
        return self.everywhere or same_point(self.connector, connector)


def same_point(one: str, other: str) -> bool:
    """Return whether two names are of one point: an EVSE with one connector goes by both; no name is any point."""
    return "" in (one, other) or other in (one, f"{one}.1") or f"{other}.1" == one


def findings_of(health: HealthState, station: Station, noted: Sequence[Event] = ()) -> tuple[Finding, ...]:
    """Return what `station` reports, the gravest first; `noted` are its last events, oldest first."""
    made = health.boot.vendor if health.boot is not None else ""
    table = table_of(station.vendor, made)
    found = [finding for connector in health.connectors for finding in _of_connector(connector, health, table)]
    found += _of_equipment(noted, health, table)
    return tuple(sorted(found, key=lambda one: (one.fault.gravity, not one.sure, one.connector)))


def _of_connector(connector: Connector, health: HealthState, table: Mapping[str, Fault] | None) -> Iterator[Finding]:
    received = tuple(text for text in (connector.error, connector.vendor_error, connector.info) if text)
    generic = folded(connector.error) in SILENT
    tokens = [folded(part) for field in (connector.error, connector.vendor_error) for part in field.split(",")]
    texts = [folded(text) for text in (connector.vendor_error, connector.info)] if table is not None else []
    named = {fault for token in (*tokens, *texts) if (fault := _meaning(token, table, generic=generic)) is not None}
    if not named and any(token not in SILENT for token in tokens):
        named = {Fault.UNNAMED}
    for fault in named:
        yield Finding(
            connector=connector.connector,
            fault=fault,
            since=connector.since,
            told=connector.reported_at,
            sure=confirmed(connector, health),
            stands=connector.status is Status.FAULTED,
            codes=received,
        )


def _meaning(token: str, table: Mapping[str, Fault] | None, *, generic: bool) -> Fault | None:
    """Return what a folded code means; a code of EVgo's is one only beside ``OtherError`` and where the maker has no table."""
    if table is not None and token in table:
        return table[token]
    known = common(token) or own_name(token)
    if known is None and generic and table is None:
        return older(token)
    return known


def _of_equipment(noted: Sequence[Event], health: HealthState, table: Mapping[str, Fault] | None) -> Iterator[Finding]:
    """Return what components told last (OCPP 2.x); a start clears what is no danger, an end of it clears anything."""
    open_notes: dict[tuple[str, str, str], EquipmentNoted] = {}
    for event in noted:
        match event:
            case EquipmentNoted():
                place = (event.connector, event.component, event.variable)
                if event.cleared or folded(event.value) == FALSE:
                    open_notes.pop(place, None)
                else:
                    open_notes[place] = event
            case StationBooted():
                open_notes = {place: note for place, note in open_notes.items() if _danger_of(note, table)}
    for note in open_notes.values():
        fault = _noted(note, table)
        if fault is not None:
            yield Finding(
                connector=note.connector or WHOLE_STATION,
                fault=fault,
                since=note.at,
                told=note.at,
                sure=health.state in HERE,
                stands=True,
                codes=tuple(text for text in (note.component, note.variable, note.code, note.info) if text),
            )


def _danger_of(note: EquipmentNoted, table: Mapping[str, Fault] | None) -> bool:
    fault = _noted(note, table)
    return fault is not None and ADVICE[fault].safety is Safety.DANGER


def _noted(note: EquipmentNoted, table: Mapping[str, Fault] | None) -> Fault | None:
    """Return what a component told, by its code or by what it is; a problem with a code that nobody knows is unnamed."""
    known = _meaning(folded(note.code), table, generic=True) if note.code else None
    if known is not None:
        return known
    if folded(note.value) not in _TRUE:
        return None
    by_part = of_part(note.component, note.variable)
    return by_part or (Fault.UNNAMED if folded(note.variable) == "problem" and folded(note.code) not in SILENT else None)


def trips_of(noted: Iterable[Event], connector: str, now: datetime) -> int:
    """Return how often `connector` fell out of order within the last ten minutes; of all the most, where none is named."""
    last: dict[str, Status] = {}
    trips: dict[str, int] = {}
    for event in noted:
        if not isinstance(event, ConnectorChanged) or not same_point(event.connector, connector):
            continue
        fell = event.status is Status.FAULTED and last.get(event.connector) is not Status.FAULTED
        if fell and 0 <= (now - event.at).total_seconds() <= AGAIN_S:
            trips[event.connector] = trips.get(event.connector, 0) + 1
        last[event.connector] = event.status
    return max(trips.values(), default=0)
