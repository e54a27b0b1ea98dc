"""What an incident is called: a young one is judged again with what has come in, and two that have one cause become one.

The scope under which the silences are likeliest is the right one (`explain`); it has to be better by a margin to take over, and
what members say when they are back counts as well.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from monitor.core.explain import LEAST_SHARE, Case, Doubt, began_within, choose
from monitor.core.incidents import Scope

if TYPE_CHECKING:
    from monitor.core.docket import Docket
    from monitor.core.groups import Group, Incident
    from monitor.core.ids import StationId

REVIEWS_S: Final = (10.0, 20.0, 40.0, 80.0, 160.0, 320.0, 640.0)
"""When the scope of an incident is judged again, seconds after it opened."""
_BETTER: Final = 3.0
"""Another scope must explain the silences better by so much (ln) to take an incident over."""
_RETURNING: Final = 0.1
"""Share of the members that may be back while the scope is still judged by who is away."""
_SEVERAL: Final = 2


def widen(docket: Docket, case: Case, doubt: Doubt) -> bool:
    """Rather than open a second incident beside a young one, find what explains both; return whether that took the case in."""
    for incident in list(docket.groups.incidents.values()):
        if docket.at - incident.opened_at > REVIEWS_S[-1] or incident.name == docket.groups.blind:
            continue
        members = case.group.members.keys()
        wider = [group for group in _around(docket, incident) if group is not incident.group and members <= group.members.keys()]
        if wider and _rescope(docket, incident, [case.group, *wider], doubt) and all(one.incident for one in case.silences):
            return True
    return False


def review(docket: Docket, incident: Incident, doubt: Doubt) -> None:
    """Judge the scope of a young incident again, and since when it has been."""
    if incident.reviews >= len(REVIEWS_S):
        return
    due = incident.opened_at + REVIEWS_S[incident.reviews]
    if docket.at < due:
        docket.look_by(due)
        return
    incident.reviews += 1
    if incident.reviews < len(REVIEWS_S):
        docket.look_by(incident.opened_at + REVIEWS_S[incident.reviews])
    if incident.silent:
        incident.heard, incident.since = began_within(incident.silent.values())
        _rescope(docket, incident, _around(docket, incident), doubt)


def explained(docket: Docket, station: StationId) -> None:
    """Count a member that came back and said that its power had failed; when half do, it was their feeder."""
    incident = next((one for one in docket.groups.recent() if station in one.stations), None)
    if incident is None:
        return
    incident.powered += 1
    if incident.powered < _SEVERAL or 2 * incident.powered < len(incident.stations):
        return
    feeders = [group for group in docket.groups.of.get(station, ()) if group.key.scope is Scope.FEEDER]
    feeder = next((group for group in feeders if incident.stations <= group.members.keys()), None)
    if feeder is not None and feeder is not incident.group and incident.name in docket.groups.incidents:
        docket.move(incident, feeder, incident.stations)


def _around(docket: Docket, incident: Incident) -> list[Group]:
    """Return the groups that hold at least half of the members that are away."""
    counts: dict[int, int] = {}
    known: dict[int, Group] = {}
    for station in incident.silent:
        for group in docket.groups.of.get(station, ()):
            counts[id(group)] = counts.get(id(group), 0) + 1
            known[id(group)] = group
    half = len(incident.silent) / 2.0
    return sorted((known[one] for one, count in counts.items() if count >= half), key=lambda group: group.key)


def _rescope(docket: Docket, incident: Incident, candidates: list[Group], doubt: Doubt) -> bool:
    """Give `incident` the group that explains it best; return whether that is another one."""
    if len(incident.back) > _RETURNING * len(incident.stations) or not incident.silent:
        return False
    since = min(one.since for one in incident.silent.values())
    cases = {group.key: doubt.gather(group, since) for group in (incident.group, *candidates)}
    best, own = choose(doubt, cases.values()), cases[incident.group.key]
    if best is None or best.group is incident.group or best.share < LEAST_SHARE.get(best.group.key.scope, LEAST_SHARE[None]):
        return False
    silences = {one.station: one for case in cases.values() for one in case.silences}
    talking = {one for case in cases.values() for one in case.talking} - silences.keys()
    if doubt.likelihood(best, silences, talking) - doubt.likelihood(own, silences, talking) < _BETTER:
        return False
    known = next((one for one in docket.groups.incidents.values() if one.group is best.group), None)
    if known is not None:
        docket.join(known, incident.silent.values())
        _absorb(docket, known)
        return True
    docket.move(incident, best.group, incident.silent)
    docket.join(incident, best.silences)
    _absorb(docket, incident)
    return True


def _absorb(docket: Docket, wider: Incident) -> None:
    """End the incidents whose members all belong to `wider` now."""
    for other in list(docket.groups.incidents.values()):
        if other is not wider and not other.silent and other.stations <= wider.stations | set(docket.groups.silent):
            docket.clear(other, docket.at, merged_into=wider.name)
