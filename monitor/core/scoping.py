"""What an incident is called: a young one is judged again with what has come in, and two that have one cause become one.

The scope under which the silences are likeliest is the right one (`explain`); it has to be better by a margin to take over, and
what members say when they are back counts as well. That we ourselves are deaf is believed only as long as few others talk.
"""

from __future__ import annotations

from math import log
from typing import TYPE_CHECKING, Final

from monitor.core.breaches import Cause
from monitor.core.chance import log_binomial_tail
from monitor.core.explain import SMALL, Case, Doubt, asking, choose, least_share
from monitor.core.incidents import Scope

if TYPE_CHECKING:
    from collections.abc import Iterable

    from monitor.core.docket import Docket
    from monitor.core.groups import Group, Incident
    from monitor.core.ids import StationId
    from monitor.core.signals import Explanation

REVIEWS_S: Final = (10.0, 20.0, 40.0, 80.0, 160.0, 320.0, 640.0)
"""When the scope of an incident is judged again, seconds after it opened."""
_BETTER: Final = 3.0
"""Another scope must explain the silences better by so much (ln) to take an incident over."""
_CLEANER: Final = 1.5
"""And one whose members are all away, within the scope that it has, by so much."""
_RETURNING: Final = 0.1
"""Share of the members that may be back while the scope is still judged by who is away, and of four or more always one."""
_NEARLY_ALL: Final = 0.8
"""Share of the members of a feeder that had power which the group holds that takes over: the others were silent by chance."""
_SEVERAL: Final = 2
_EARLY: Final = 5
"""One in so many members may have been silent before, by chance: who talked since the others fell silent counts."""
_BY_CHANCE: Final = 0.01
"""How likely one of all narrower groups may have so many of the silences by chance, to be what is left of an incident."""
_REFUTED: Final = 0.8
"""An incident is split when the share of its group falls so far below what it takes to be called."""


def widen(docket: Docket, case: Case, doubt: Doubt) -> bool:
    """Rather than open a second incident beside a young one, find what explains both; return whether that took the case in."""
    around = _containing(docket, case.group)
    for incident in list(docket.groups.incidents.values()):
        if docket.at - incident.opened_at > REVIEWS_S[-1] or incident.name == docket.groups.blind:
            continue
        since = min(case.since, _since(incident))
        if not any(doubt.may_explain(group, since) for group in around):
            continue
        half = len(incident.silent) / 2.0
        wider = [group for group in _around(docket, incident, half) if group is not incident.group and group in around]
        if (
            wider
            and _rescope(docket, incident, wider, since, doubt, beside=case.group)
            and all(one.incident for one in case.silences)
        ):
            return True
    return False


def review(docket: Docket, incident: Incident, doubt: Doubt) -> None:
    """Judge the scope of a young incident again, and since when it has been."""
    due = _due(incident)
    if due is None or docket.at < due:
        if due is not None:
            docket.look_by(due)
        return
    incident.reviews += 1
    docket.groups.moved = True
    if incident.silent:
        began = doubt.began(incident.group, incident.silent.values())
        incident.dirty = incident.dirty or began != (incident.heard, incident.since)
        incident.heard, incident.since = began
        if not _rescope(docket, incident, _around(docket, incident, len(incident.silent) / 2.0), _since(incident), doubt):
            _split(docket, incident, doubt)
    due = _due(incident)
    if due is not None and incident.name in docket.groups.incidents:
        docket.look_by(due)


def _due(incident: Incident) -> float | None:
    """Return when the scope of `incident` is judged next: that it is we who are deaf is asked as long as it is believed."""
    if incident.reviews < len(REVIEWS_S):
        return incident.opened_at + REVIEWS_S[incident.reviews]
    if incident.scope is not Scope.COLLECTOR:
        return None
    return incident.opened_at + REVIEWS_S[-1] * (2 + incident.reviews - len(REVIEWS_S))


def _split(docket: Docket, incident: Incident, doubt: Doubt) -> None:
    """Take back what was said of an incident in whose group too many others have talked since.

    It keeps the narrower group that explains most, and whoever is not in that is judged anew; that we are deaf is taken back even
    where nothing else explains the silence.
    """
    if not _all_away(incident):
        return
    since = _when_most_were(incident)
    whole = doubt.gather(incident.group, since)
    if whole.share >= _REFUTED * least_share(incident.group):
        return
    narrower = [group for group in _around(docket, incident, _SEVERAL) if doubt.may_explain(group, since)]
    cases = [case for group in narrower if (case := doubt.gather(group, since)).share >= least_share(group)]
    best = choose(doubt, [case for case in cases if _stands_out(case, whole, len(narrower))], (incident.name,))
    if best is not None:
        _move(docket, incident, best)
    elif incident.scope is Scope.COLLECTOR:
        docket.revoke(incident, list(incident.silent))
        docket.clear(incident, docket.at)
        docket.groups.dirty.pop(incident.group.key, None)  # it is asked again when another falls silent


def _since(incident: Incident) -> float:
    """Return from when on silences speak for or against the scope of `incident`: those of its first members do, too."""
    return min(incident.since, _when_most_were(incident)) if incident.silent else incident.since


def _when_most_were(incident: Incident) -> float:
    """Return when the silences of most members had yet to begin: a few of them may have been silent before, by chance."""
    return sorted(one.since for one in incident.silent.values())[len(incident.silent) // _EARLY]


def _stands_out(case: Case, whole: Case, tried: int) -> bool:
    """Say whether `case` has more of the silences of `whole` than it would by chance, had they fallen on any of its members."""
    part = (len(whole.silences) + 1.0) / (len(whole.group.members) + 2.0)
    return log_binomial_tail(len(case.silences), len(case.group.members), part) < log(_BY_CHANCE / tried)


def explained(docket: Docket, station: StationId, told: Explanation) -> None:
    """Count a member that came back and shows whether its power had failed; what half of the members show names the incident."""
    known = [one for one in docket.groups.recent() if station in one.stations]
    incident = max(known, key=lambda one: one.opened_at, default=None)
    if incident is None:
        return
    docket.groups.moved = True
    if told.cause is Cause.POWER:
        incident.powered += 1
        better = _feeder_of(docket, incident, station) if incident.powered > incident.lived else None
        count = incident.powered
    else:
        incident.lived += 1
        better = _line_of(docket, incident) if incident.lived > incident.powered else None
        count = incident.lived
    if better is None or better is incident.group or count < _SEVERAL or 2 * count < len(incident.stations):
        return
    if incident.name in docket.groups.incidents:
        docket.revoke(incident, incident.stations - better.members.keys())
        docket.move(incident, better)


def _feeder_of(docket: Docket, incident: Incident, station: StationId) -> Group | None:
    """Return the feeder of all members of `incident`."""
    feeders = [group for group in docket.groups.of.get(station, ()) if group.key.scope is Scope.FEEDER]
    return next((group for group in feeders if incident.stations <= group.members.keys()), None)


def _line_of(docket: Docket, incident: Incident) -> Group | None:
    """Return the smallest group with a line of its own that holds nearly all members of a feeder that had power."""
    if incident.scope is not Scope.FEEDER:
        return None
    lines = [
        group
        for group in _holding(docket, incident.stations, _NEARLY_ALL * len(incident.stations))
        if group.key.scope in (Scope.SITE, Scope.CELL, Scope.APN, Scope.OPERATOR)
    ]
    return min(lines, key=lambda group: (len(group.members), group.key), default=None)


def _containing(docket: Docket, inner: Group) -> list[Group]:
    """Return `inner` and the groups that hold all of its members."""
    members = inner.members.keys()
    return [group for group in docket.groups.of.get(next(iter(members)), ()) if members <= group.members.keys()]


def _around(docket: Docket, incident: Incident, least: float) -> list[Group]:
    """Return the groups that hold at least so many of the members that are away."""
    return _holding(docket, incident.silent, least)


def _holding(docket: Docket, stations: Iterable[StationId], least: float) -> list[Group]:
    """Return the groups that hold at least so many of `stations`."""
    counts: dict[int, int] = {}
    known: dict[int, Group] = {}
    for station in stations:
        for group in docket.groups.of.get(station, ()):
            counts[id(group)] = counts.get(id(group), 0) + 1
            known[id(group)] = group
    return sorted((known[one] for one, count in counts.items() if count >= least), key=lambda group: group.key)


def _all_away(incident: Incident) -> bool:
    """Say whether nearly all members are away still: else who is away says little of what it was."""
    whole = len(incident.stations)
    return bool(incident.silent) and len(incident.back) <= max(_RETURNING * whole, whole >= SMALL)


def _rescope(  # noqa: PLR0913, PLR0917  (the incident, its candidates and what they are judged by)
    docket: Docket, incident: Incident, candidates: list[Group], since: float, doubt: Doubt, beside: Group | None = None
) -> bool:
    """Give `incident` the candidate that explains best what fell silent since `since`; return whether that is another one.

    A group `beside` it is no candidate: where that explains more, it is an incident of its own.
    """
    if not _all_away(incident):
        return False
    likely = [group for group in candidates if group is incident.group or doubt.may_explain(group, since)]
    cases = {group.key: doubt.gather(group, since) for group in (incident.group, *likely)}
    compared = [*cases.values(), *(doubt.gather(group, since) for group in (beside,) if group is not None)]
    judged = _in_question(docket, incident, likely)
    best, own = choose(doubt, compared, judged), cases[incident.group.key]
    if best is None or best is own or best.group.key not in cases or best.share < least_share(best.group):
        return False
    silences, talking = asking(compared, judged)
    inner = not best.talking and best.group.members.keys() <= own.group.members.keys()
    margin = _CLEANER if inner else _BETTER
    if doubt.likelihood(best, silences, talking) - doubt.likelihood(own, silences, talking) < margin:
        return False
    _move(docket, incident, best)
    return True


def _in_question(docket: Docket, incident: Incident, candidates: list[Group]) -> set[str]:
    """Return `incident` and those which one of `candidates` would take in whole: what else explains silences stays their cause."""
    taken = {
        other.name
        for other in docket.groups.incidents.values()
        for group in candidates
        if other.silent.keys() <= group.members.keys()
    }
    return {incident.name, *taken}


def _move(docket: Docket, incident: Incident, best: Case) -> None:
    """Give `incident` the group of `best`, or merge it into the one that has that group; who is not in it is judged anew."""
    docket.revoke(incident, incident.stations - best.group.members.keys())
    known = next((one for one in docket.groups.incidents.values() if one.group is best.group), None)
    if known is not None:
        docket.join(known, list(incident.silent.values()))
        _absorb(docket, known)
        return
    docket.move(incident, best.group)
    docket.join(incident, best.silences)
    _absorb(docket, incident)


def _absorb(docket: Docket, wider: Incident) -> None:
    """End the incidents whose members all belong to `wider` now."""
    for other in list(docket.groups.incidents.values()):
        if other is not wider and not other.silent and other.stations <= wider.stations | set(docket.groups.silent):
            docket.clear(other, docket.at, merged_into=wider.name)
