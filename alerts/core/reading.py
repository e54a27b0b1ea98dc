"""From the events of the house to matters: what begins, changes and ends.

Reading an event twice does no harm: a matter that is over stays over, one that is known stays as it is. What nothing is told of any
more is not remembered here.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, Protocol

from msgspec.structs import replace

from alerts.core.faults import Safety, safety_of
from alerts.core.matters import (
    Kind,
    Matter,
    breach_key,
    contradiction_key,
    fault_key,
    incident_key,
    request_key,
    security_key,
    volume_key,
)
from monitor.core.events import (
    BreachCleared,
    BreachOpened,
    BreachUpdated,
    ConnectorChanged,
    ContestNoted,
    EquipmentNoted,
    IncidentCleared,
    IncidentOpened,
    IncidentUpdated,
    ProfileNoted,
    SecurityNoted,
    VolumeExceeded,
)
from monitor.core.findings import SECURITY_EVENTS
from monitor.core.incidents import Scope
from monitor.core.observations import Status

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Mapping
    from datetime import datetime

    from monitor.core.events import Event, EventRecord
    from monitor.core.ids import StationId
    from monitor.core.registry import Station

CONTESTED: Final = "ContestedIdentity"
BELOW_PROFILE: Final = "RefusedBelowProfile"
"""Security events of our own, in the style of those that stations report."""
URGENT: Final = "yes"
NOT_URGENT: Final = "no"
"""Whether a request is urgent; the words of the label `urgent`."""
_ALERTING: Final = "Alerting"
"""NotifyEvent's trigger of a value that went beyond a limit (OCPP 2.0.1 part 2 §3.32)."""


class Paper(Protocol):
    """What is registered of stations."""

    def by_id(self, station: StationId) -> Station | None:
        """Return the station of that id."""
        ...

    def watched_at(self, site: str) -> Collection[StationId]:
        """Return the watched stations of `site`."""
        ...


def labels_of(station: Station | None, kind: Kind) -> dict[str, str]:
    """Return what a matter of `kind` goes by because of its station; what is empty is left out."""
    if station is None:
        return {"kind": kind.value}
    named = {
        "kind": kind.value,
        "station": station.sticker,
        "identity": station.identity,
        "site": station.site,
        "region": station.region,
        "owner": station.owner.name,
        "maintainer": station.maintainer.name,
        "bearer": station.bearer.value,
        "protocol": station.protocol,
        "vendor": station.vendor,
        "model": station.model,
        "apn": station.sim.apn,
        "operator": station.sim.operator,
        "cell": station.sim.cell,
        "feeder": station.feeder,
        "grid_operator": station.grid_operator,
    }
    return {name: value for name, value in named.items() if value}


def read(record: EventRecord, known: Mapping[str, Matter], paper: Paper) -> Matter | None:
    """Return the matter that `record` begins, changes or ends, as it is then; ``None`` when it is about none.

    Args:
        record: the event, with its station.
        known: the matters that are open, by their keys.
        paper: what is registered of stations.
    """
    reader = _READERS.get(type(record.event))
    return None if reader is None else reader(record.event, record.station, known, paper)


# ---------------------------------------------------------------------------------------------------------- breaches


def _breach_opened(event: BreachOpened, station: StationId, known: Mapping[str, Matter], paper: Paper) -> Matter | None:
    key = breach_key(station, event.breach)
    if key in known:
        return None
    labels = labels_of(paper.by_id(station), Kind.BREACH)
    labels |= {"bearer": event.bearer.value, "cause": event.cause.value, "party": event.party.value}
    if event.incident is not None:
        labels["incident"] = event.incident
    return Matter(key=key, kind=Kind.BREACH, since=event.since, known_at=event.at, labels=labels, stations=(station,))


def _breach_updated(event: BreachUpdated, station: StationId, known: Mapping[str, Matter], _paper: Paper) -> Matter | None:
    before = known.get(breach_key(station, event.breach))
    if before is None:
        return None
    labels = before.labels | {"cause": event.cause.value, "party": event.party.value}
    labels.pop("incident", None)
    if event.incident is not None:
        labels["incident"] = event.incident
    return replace(before, labels=labels)


def _breach_cleared(event: BreachCleared, station: StationId, known: Mapping[str, Matter], _paper: Paper) -> Matter | None:
    before = known.get(breach_key(station, event.breach))
    if before is None:
        return None
    return replace(before, until=event.until, labels=before.labels | {"cause": event.cause.value, "party": event.party.value})


# ---------------------------------------------------------------------------------------------------------- incidents


def _incident_told(
    event: IncidentOpened | IncidentUpdated, _station: StationId, known: Mapping[str, Matter], paper: Paper
) -> Matter | None:
    """Read what an incident is now; one of our own is the observer's."""
    key = incident_key(event.incident)
    before = known.get(key)
    if before is None and isinstance(event, IncidentUpdated):
        return None
    kind = Kind.OBSERVER if event.scope is Scope.COLLECTOR else Kind.INCIDENT
    labels = {"kind": kind.value, "incident": event.incident, "scope": event.scope.value, "key": event.key}
    labels |= _shared(event.stations, paper)
    if before is not None:
        return replace(before, kind=kind, since=event.since, labels=labels, stations=event.stations)
    return Matter(key=key, kind=kind, since=event.since, known_at=event.at, labels=labels, stations=event.stations)


def _shared(stations: tuple[StationId, ...], paper: Paper) -> dict[str, str]:
    """Return the labels that all of `stations` have in common."""
    found: dict[str, str] | None = None
    for station in stations:
        known = paper.by_id(station)
        if known is None:
            continue
        own = labels_of(known, Kind.INCIDENT)
        found = own if found is None else {name: value for name, value in found.items() if own.get(name) == value}
    return {} if found is None else {name: value for name, value in found.items() if name not in ("kind", "station", "identity")}


def _incident_cleared(event: IncidentCleared, _station: StationId, known: Mapping[str, Matter], _paper: Paper) -> Matter | None:
    before = known.get(incident_key(event.incident))
    return None if before is None else replace(before, until=event.until)


# ---------------------------------------------------------------------------------------------------------- stations


def _connector_changed(event: ConnectorChanged, station: StationId, known: Mapping[str, Matter], paper: Paper) -> Matter | None:
    key = fault_key(station, event.connector)
    before = known.get(key)
    if event.status is not Status.FAULTED:
        return None if before is None else replace(before, until=event.at)
    told = {"connector": event.connector, "error": event.error, "vendor_error": event.vendor_error}
    told["safety"] = safety_of(event.error, event.vendor_error).value
    return _fault(key, before, event.at, station, labels_of(paper.by_id(station), Kind.FAULT) | told)


def _equipment_noted(event: EquipmentNoted, station: StationId, known: Mapping[str, Matter], paper: Paper) -> Matter | None:
    """Read what a component of a station of 2.x told: a problem with a code, or that one is over."""
    key = fault_key(station, f"{event.connector}:{event.component}")
    before = known.get(key)
    if event.cleared:
        return None if before is None else replace(before, until=event.at)
    if event.trigger != _ALERTING or safety_of(event.component, event.code) is not Safety.DANGER:
        return None
    told = {"connector": event.connector, "error": event.component, "vendor_error": event.code, "safety": Safety.DANGER.value}
    return _fault(key, before, event.at, station, labels_of(paper.by_id(station), Kind.FAULT) | told)


def _fault(key: str, before: Matter | None, at: datetime, station: StationId, labels: dict[str, str]) -> Matter:
    """Return a fault as it is now."""
    named = {name: value for name, value in labels.items() if value}
    if before is not None:
        return replace(before, labels=named)
    return Matter(key=key, kind=Kind.FAULT, since=at, known_at=at, labels=named, stations=(station,))


def _security(event: Event, station: StationId, known: Mapping[str, Matter], paper: Paper) -> Matter | None:
    """Read a security event; what is daily life, such as a restart, is none."""
    match event:
        case SecurityNoted(event=name) if name in SECURITY_EVENTS:
            times = 1
        case ContestNoted(times=times):
            name = CONTESTED
        case ProfileNoted(times=times):
            name = BELOW_PROFILE
        case _:
            return None
    key = security_key(station, name)
    before = known.get(key)
    if before is not None:
        return replace(before, times=before.times + times)
    labels = labels_of(paper.by_id(station), Kind.SECURITY) | {"event": name}
    at = event.at
    return Matter(key=key, kind=Kind.SECURITY, since=at, known_at=at, labels=labels, stations=(station,), times=times)


def contradicted(station: Station, said: str, at: datetime, before: Matter | None) -> Matter:
    """Return that somebody who stands before `station` says otherwise than we; `before` is that others said so already."""
    if before is not None:
        return replace(before, times=before.times + 1, note=said or before.note)
    labels = labels_of(station, Kind.CONTRADICTION)
    key = contradiction_key(station.id, at)
    return Matter(key=key, kind=Kind.CONTRADICTION, since=at, known_at=at, labels=labels, stations=(station.id,), note=said)


def requested(  # noqa: PLR0913  (what a request consists of)
    station: Station, ticket: int, said: str, at: datetime, before: Matter | None, *, urgent: bool
) -> Matter:
    """Return that an agent asks for help with `station` for a ticket; `before` is that one did so already.

    What was urgent once stays so. A request whose alert was resolved by hand is made anew.
    """
    if before is not None:
        urgent = urgent or before.labels.get("urgent") == URGENT
        labels = before.labels | {"urgent": URGENT if urgent else NOT_URGENT}
        return replace(before, labels=labels, times=before.times + 1, note=said or before.note, dismissed=False)
    labels = labels_of(station, Kind.REQUEST) | {"ticket": str(ticket), "urgent": URGENT if urgent else NOT_URGENT}
    key = request_key(ticket)
    return Matter(key=key, kind=Kind.REQUEST, since=at, known_at=at, labels=labels, stations=(station.id,), note=said)


def _volume(event: VolumeExceeded, station: StationId, known: Mapping[str, Matter], paper: Paper) -> Matter | None:
    key = volume_key(station, event.month)
    if key in known:
        return None
    labels = labels_of(paper.by_id(station), Kind.VOLUME) | {"month": event.month}
    return Matter(key=key, kind=Kind.VOLUME, since=event.at, known_at=event.at, labels=labels, stations=(station,))


_READERS: Final[dict[type, Callable[[Any, StationId, Mapping[str, Matter], Paper], Matter | None]]] = {
    BreachOpened: _breach_opened,
    BreachUpdated: _breach_updated,
    BreachCleared: _breach_cleared,
    IncidentOpened: _incident_told,
    IncidentUpdated: _incident_told,
    IncidentCleared: _incident_cleared,
    ConnectorChanged: _connector_changed,
    EquipmentNoted: _equipment_noted,
    SecurityNoted: _security,
    ContestNoted: _security,
    ProfileNoted: _security,
    VolumeExceeded: _volume,
}
READ: Final[frozenset[type]] = frozenset(_READERS)
"""The events that are read."""
