"""The fleet's judge: which silences have a common cause, which stations belong to it, and when it is over.

`correlate` keeps `Groups`, a ledger that only it writes, and is deterministic: the same signals at the same instants give the
same answers, in whatever order simultaneous ones come, for nothing is judged before `SETTLE_S` have passed. It never sees a
station's health, only onsets and recoveries (`signals`), and never a clock.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from monitor.core.docket import STRAGGLE_S, Correlation, Docket, ended_at, instant, together
from monitor.core.explain import Case, Doubt, choose
from monitor.core.groups import CANARY, Group, GroupKey, Groups, Incident, Silence
from monitor.core.ids import StationId
from monitor.core.incidents import Scope
from monitor.core.scoping import REVIEWS_S, explained, review, widen
from monitor.core.signals import Depth, Excuse, Onset, Recovery, Signal

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

SETTLE_S: Final = 2.0
"""How long silences are gathered before they are judged, so that the order of simultaneous ones does not matter."""
_STRAGGLERS: Final = 0.1
"""Share of the members that may still be away when an incident is over."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Blindness:
    """Nobody listens since `since`: what `collector` would have heard is not heard."""

    since: datetime
    collector: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Sight:
    """Somebody listens again, from `until` on."""

    until: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class CanarySilent:
    """The canary of `bearer` does not answer: of its stations, each with its interval in seconds, we may hear nothing either."""

    bearer: str
    stations: Mapping[StationId, float]


@dataclass(frozen=True, slots=True, kw_only=True)
class CanaryAnswers:
    """The canary of `bearer` answers again, or there is none any more."""

    bearer: str


Seen = tuple[StationId, Signal] | Blindness | Sight | CanarySilent | CanaryAnswers | None
"""One signal of a station, what became of our own hearing, or a tick (``None``)."""


def correlate(groups: Groups, seen: Seen, now: datetime) -> Correlation:
    """Take what was seen at `now`, after everything that was due before; what is due now waits for the tick.

    Returns:
        The incidents opened, updated and cleared, who joined or left them, and when a tick is due.
    """
    docket = Docket(groups, now, now.timestamp())
    if groups.look_at is not None and (groups.look_at < docket.at or (seen is None and groups.look_at == docket.at)):
        _look(docket)
    if isinstance(seen, Blindness):
        _blind(docket, seen)
    elif isinstance(seen, Sight):
        _sighted(docket, seen)
    elif isinstance(seen, CanarySilent):
        _doubt(docket, seen)
    elif isinstance(seen, CanaryAnswers):
        _trust(docket, seen)
    elif seen is not None:
        _take(docket, *seen)
    docket.said.look_at = None if groups.look_at is None else instant(groups.look_at)
    return docket.said


# ---------------------------------------------------------------------------------------------------------- signals


def _take(docket: Docket, station: StationId, signal: Signal) -> None:
    """Enter a signal in the ledger."""
    if isinstance(signal, Onset):
        _onset(docket, station, signal)
    elif isinstance(signal, Recovery):
        _ended(docket, station, back_at=signal.at.timestamp())
    elif isinstance(signal, Excuse):
        _ended(docket, station, back_at=None)
    else:
        explained(docket, station, signal)


def _onset(docket: Docket, station: StationId, onset: Onset) -> None:
    groups, at = docket.groups, docket.at
    silence = groups.silent.get(station)
    placed = groups.of.get(station, ())
    if silence is not None:
        silence.update(onset)
    else:
        heard = onset.since if onset.heard is None else onset.heard
        silence = Silence(station, onset.since.timestamp(), heard.timestamp(), at, onset.depth, onset.hints)
        groups.silent[station] = silence
        for group in placed:
            group.silent[station] = silence
            group.chance.pass_time(at, group.rate, len(group.members))
    if silence.incident is None:
        groups.dirty.update((group.key, group) for group in placed)
        docket.look_by(at + SETTLE_S)


def _ended(docket: Docket, station: StationId, back_at: float | None) -> None:
    groups = docket.groups
    silence = groups.silent.pop(station, None)
    if silence is None:
        return
    incident = silence.incident
    for group in groups.of.get(station, ()):
        group.silent.pop(station, None)
        if incident is None and back_at is not None:
            group.chance.pass_time(docket.at, group.rate, len(group.members))
            group.chance.count(silence.since, dropped=silence.dropped)
    if incident is not None:
        incident.silent.pop(station, None)
        if back_at is not None:
            incident.back[station] = back_at
        groups.moved = True
        docket.look_by(docket.at + SETTLE_S)


# ---------------------------------------------------------------------------------------------------------- the observer


def _blind(docket: Docket, seen: Blindness) -> None:
    """Open an incident of our own, of all stations; one that was found by their silence becomes it."""
    groups = docket.groups
    if groups.blind is not None:
        return
    known = next((one for one in groups.incidents.values() if one.scope is Scope.COLLECTOR and not one.group.canary), None)
    if known is None:
        key = GroupKey(Scope.COLLECTOR, seen.collector)
        since = seen.since.timestamp()
        known = docket.open(groups.groups.get(key) or Group(key), since, since, 1.0)
        known.stations = set(groups.of)
        docket.opened(known)
    groups.blind = known.name


def _sighted(docket: Docket, seen: Sight) -> None:
    """End the incident of our own."""
    incident = docket.groups.incidents.get(docket.groups.blind or "")
    docket.groups.blind = None
    if incident is not None:
        docket.clear(incident, seen.until.timestamp())


def _doubt(docket: Docket, seen: CanarySilent) -> None:
    """Take the silence of a bearer's stations for our own as long as its canary is silent, unless others of them talk."""
    groups, key = docket.groups, GroupKey(Scope.COLLECTOR, seen.bearer, CANARY)
    if key in groups.doubted:
        return
    group = groups.doubt(key, seen.stations, docket.at)
    for incident in groups.incidents.values():
        if incident.group.key == key:
            incident.group = group
    if group.silent:
        groups.dirty[key] = group
        docket.look_by(docket.at + SETTLE_S)


def _trust(docket: Docket, seen: CanaryAnswers) -> None:
    """Hear over the bearer again: who is silent still gets a fair chance, and then it is his own silence."""
    key = GroupKey(Scope.COLLECTOR, seen.bearer, CANARY)
    for incident in list(docket.groups.incidents.values()):
        if incident.group.key == key:
            docket.clear(incident, docket.at)
    docket.groups.trust(key)


# ---------------------------------------------------------------------------------------------------------- looking


def _look(docket: Docket) -> None:
    """Judge everything that is due."""
    groups = docket.groups
    groups.look_at = None
    for incident in list(groups.incidents.values()):
        _admit_late(docket, incident)
    doubt = Doubt(groups, docket.at)
    _open(docket, doubt)
    for name in list(groups.incidents):
        if name in groups.incidents and name != groups.blind:
            review(docket, groups.incidents[name], doubt)
    for incident in list(groups.incidents.values()):
        if incident.name != groups.blind and not _over(docket, incident):
            docket.tell(incident)
    docket.let_go()


def _open(docket: Docket, doubt: Doubt) -> None:
    """Open the incidents that explain the fresh silences, who explains most first; groups that must wait stay to be looked at."""
    fresh, docket.groups.dirty = docket.groups.dirty, {}
    cases = {key: case for key, group in sorted(fresh.items()) if (case := doubt.case(group)) is not None}
    while (best := choose(doubt, cases.values())) is not None:
        held = {one.station for one in best.silences}
        if best.wait_until is not None:
            # It explains more than what is ripe: what it explains waits with it.
            docket.look_by(best.wait_until)
            for key, case in list(cases.items()):
                if not held.isdisjoint(one.station for one in case.silences):
                    docket.groups.dirty[key] = cases.pop(key).group
            continue
        del cases[best.group.key]
        before = {key: case.unexplained for key, case in cases.items()}
        _explain(docket, best, doubt)
        for key in [key for key, case in cases.items() if case.unexplained != before[key]]:
            again = doubt.case(cases.pop(key).group)
            if again is not None:
                cases[key] = again


def _explain(docket: Docket, best: Case, doubt: Doubt) -> None:
    """Let `best` widen a young incident, join the one that its group has, or be a new one."""
    if widen(docket, best, doubt):
        return
    members = [one for one in best.silences if one.incident is None]
    known = next((one for one in docket.groups.incidents.values() if one.group is best.group), None)
    if known is not None:
        docket.join(known, members)
        return
    heard, since = doubt.began(best.group, members)
    incident = docket.open(best.group, heard, since, doubt.belief(best))
    docket.join(incident, members)
    docket.opened(incident)
    docket.look_by(docket.at + REVIEWS_S[0])


def _admit_late(docket: Docket, incident: Incident) -> None:
    """Let members join whose silence may have begun with the incident, or has become a breach in it.

    When it is we who do not hear, every silence is ours that has not been judged before.
    """
    group, blind = incident.group, incident.scope is Scope.COLLECTOR
    late = []
    for station in group.silent.keys() - incident.silent.keys():
        silence = group.silent[station]
        if silence.incident is not None:
            continue
        grown = silence.depth is Depth.BREACH and silence.heard >= incident.heard
        if grown or together(incident, silence) or (blind and silence.depth is not Depth.BREACH):
            late.append(silence)
    docket.join(incident, late)


def _over(docket: Docket, incident: Incident) -> bool:
    """End `incident` if its members are back; return whether it ended."""
    away, whole = len(incident.silent), len(incident.stations)
    if away == 0 or (incident.back and away <= _STRAGGLERS * whole):
        docket.clear(incident, ended_at(incident, docket.at))
        return True
    if incident.back and len(incident.back) * 2 >= whole:
        idle_until = max(incident.back.values()) + STRAGGLE_S
        if docket.at >= idle_until:
            docket.clear(incident, ended_at(incident, docket.at))
            return True
        docket.look_by(idle_until)
    return False
