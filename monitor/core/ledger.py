"""What the correlator must not forget when the service restarts: incidents that have members, and what was measured of chance.

Silences are not in it: a restart makes every station unknown, and those that are in an open breach say themselves of which
incident they are part.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from monitor.core.chance import HOURS, Chance
from monitor.core.groups import Group, GroupKey, Groups, Incident, Silence
from monitor.core.ids import StationId
from monitor.core.incidents import Scope
from monitor.core.signals import Depth

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from monitor.core.health_state import HealthState


class OpenIncident(msgspec.Struct, frozen=True, kw_only=True):
    """An incident as it is stored; instants are Unix seconds.

    `returned` are those that are back, each with since when; an incident that is over and whose last members are still waited for
    has `over_at`, when they are let go.
    """

    name: str
    scope: Scope
    key: str
    part: str
    heard: float
    since: float
    opened_at: float
    probability: float
    stations: tuple[StationId, ...]
    returned: tuple[tuple[StationId, float], ...] = ()
    powered: int = 0
    lived: int = 0
    reviews: int = 0
    over_at: float | None = None


class Ledger(msgspec.Struct, frozen=True, kw_only=True):
    """The number of incidents ever opened, and those that are open or still have members."""

    opened: int = 0
    incidents: tuple[OpenIncident, ...] = ()


class Measured(msgspec.Struct, frozen=True, kw_only=True):
    """What was measured of one group: four rows of one number an hour of the day, as in `Chance`."""

    scope: Scope
    key: str
    part: str
    rows: tuple[tuple[float, ...], ...]


def remember(groups: Groups) -> Ledger:
    """Return what must survive of the incidents."""
    kept = [_kept(one) for one in groups.incidents.values()] + [_kept(one, over_at) for over_at, one in groups.stragglers]
    return Ledger(opened=groups.opened, incidents=tuple(kept))


def _kept(incident: Incident, over_at: float | None = None) -> OpenIncident:
    scope, key, part = incident.group.key
    return OpenIncident(
        name=incident.name,
        scope=scope,
        key=key,
        part=part,
        heard=incident.heard,
        since=incident.since,
        opened_at=incident.opened_at,
        probability=incident.probability,
        stations=tuple(sorted(incident.stations)),
        returned=tuple(sorted(incident.back.items())),
        powered=incident.powered,
        lived=incident.lived,
        reviews=incident.reviews,
        over_at=over_at,
    )


def restore(groups: Groups, ledger: Ledger, states: Mapping[StationId, HealthState]) -> list[tuple[StationId, str]]:
    """Open the incidents of `ledger` again in fresh `groups`; their members that are still away are found in `states`.

    Returns:
        Stations that take themselves for members of an incident that is no more, each with its name: they must be told.
    """
    groups.opened = ledger.opened
    for kept in ledger.incidents:
        key = GroupKey(kept.scope, kept.key, kept.part)
        group = groups.groups.get(key) or Group(key)
        incident = Incident(kept.name, group, kept.heard, kept.since, kept.opened_at, kept.probability)
        incident.stations, incident.back = set(kept.stations), dict(kept.returned)
        incident.powered, incident.lived, incident.reviews = kept.powered, kept.lived, kept.reviews
        if kept.over_at is None:
            groups.incidents[kept.name] = incident
        else:
            groups.stragglers.append((kept.over_at, incident))
        for station in kept.stations:
            state = states.get(station)
            if state is not None and state.incident is not None and state.incident.incident == kept.name and state.cut_off:
                _silent_again(groups, incident, station, state)
    if ledger.incidents:
        groups.look_at = 0.0
    known = {one.name for one in groups.recent()}
    members = ((station, state.incident) for station, state in states.items())
    return [(station, one.incident) for station, one in members if one is not None and one.incident not in known]


def _silent_again(groups: Groups, incident: Incident, station: StationId, state: HealthState) -> None:
    since = incident.since if state.breach is None else state.breach.since.timestamp()
    heard = since if state.last_seen is None else state.last_seen.timestamp()
    silence = Silence(station, since, heard, incident.opened_at, Depth.BREACH, incident=incident)
    groups.silent[station] = incident.silent[station] = silence
    for group in groups.of.get(station, ()):
        group.silent[station] = silence


def measured(groups: Groups) -> list[Measured]:
    """Return what was measured of every group."""
    return [
        Measured(scope=key.scope, key=key.key, part=key.part, rows=tuple(tuple(row) for row in _rows(group.chance)))
        for key, group in groups.groups.items()
    ]


def believe(groups: Groups, known: Iterable[Measured]) -> None:
    """Take up what was measured before; of groups that are no more it is forgotten."""
    for one in known:
        group = groups.groups.get(GroupKey(one.scope, one.key, one.part))
        if group is None or len(one.rows) != len(_rows(group.chance)) or any(len(row) != HOURS for row in one.rows):
            continue
        for row, kept in zip(_rows(group.chance), one.rows, strict=True):
            row[:] = kept


def _rows(chance: Chance) -> tuple[list[float], ...]:
    return chance.trials, chance.misses, chance.time_s, chance.drops
