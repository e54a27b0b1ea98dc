"""Who may fail together: the candidate groups of the fleet, who in them is silent, and what incidents are open.

A ledger that `correlate` keeps; it decides nothing. Instants are Unix seconds here, for they are compared and counted by the
thousand.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final, NamedTuple

from monitor.core.chance import Chance
from monitor.core.incidents import Scope
from monitor.core.signals import Depth, Hint, Onset

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterator, Mapping

    from monitor.core.ids import StationId

CANARY: Final = "canary"
"""Part of the group of all stations of a bearer, which exists while the canary of that bearer is silent."""
NO_HINTS: Final[frozenset[Hint]] = frozenset()


class GroupKey(NamedTuple):
    """A candidate for a common cause; `part` tells apart groups that a user sees under one key (a site's stations by bearer)."""

    scope: Scope
    key: str
    part: str = ""


def keys_of(  # noqa: PLR0913  (one argument a thing that stations may have in common)
    *,
    bearer: str,
    site: str = "",
    cell: str = "",
    feeder: str = "",
    apn: str = "",
    operator: str = "",
    model: str = "",
    collector: str,
) -> tuple[GroupKey, ...]:
    """Return the groups of a station: one for each thing that it has in common with others; neighbours share site and bearer."""
    named = (
        (Scope.SITE, site, bearer),
        (Scope.CELL, cell, ""),
        (Scope.FEEDER, feeder, ""),
        (Scope.APN, apn, ""),
        (Scope.OPERATOR, operator, ""),
        (Scope.MODEL, model, ""),
        (Scope.COLLECTOR, collector, ""),
    )
    return tuple(GroupKey(scope, key, part) for scope, key, part in named if key)


@dataclass(slots=True)
class Silence:
    """A station that is silent now: first bad evidence, last sign of life, how far it has come, what else says so.

    A station that was back for a moment and fell silent again counts as not heard since the beginning of its silence.
    """

    station: StationId
    since: float
    heard: float
    told_at: float
    depth: Depth = Depth.OVERDUE
    hints: frozenset[Hint] = NO_HINTS
    incident: Incident | None = None

    def __post_init__(self) -> None:
        """Have no sign of life within the silence."""
        self.heard = min(self.heard, self.since)

    @property
    def dropped(self) -> bool:
        """Whether its socket closed, which is an event by itself and not a sign that did not come."""
        return Hint.SOCKET_CLOSED in self.hints

    def update(self, onset: Onset) -> None:
        """Take what is told of it now."""
        self.since = min(self.since, onset.since.timestamp())
        self.heard = min(self.heard, self.since)
        self.depth = max(self.depth, onset.depth)
        self.hints = onset.hints


@dataclass(slots=True)
class Group:
    """The stations of one key: their number of signs a second together, who is silent, what chance does to them.

    The silent stand in the order in which they were told. `since` is when the canary of such a group fell silent.
    """

    key: GroupKey
    members: dict[StationId, float] = field(default_factory=dict)
    rate: float = 0.0
    silent: dict[StationId, Silence] = field(default_factory=dict)
    chance: Chance = field(default_factory=Chance)
    since: float = 0.0

    @property
    def canary(self) -> bool:
        """Whether it is all that is heard over a bearer whose canary is silent."""
        return self.key.part == CANARY and self.key.scope is Scope.COLLECTOR

    @property
    def interval_s(self) -> float:
        """Return the mean interval of its members' signs of life."""
        return len(self.members) / self.rate if self.rate > 0.0 else 0.0

    def add(self, station: StationId, rate: float) -> None:
        """Take `station` in, which gives `rate` signs a second."""
        self.rate += rate - self.members.get(station, 0.0)
        self.members[station] = rate

    def remove(self, station: StationId) -> None:
        """Let `station` go."""
        self.rate = max(0.0, self.rate - self.members.pop(station, 0.0))
        self.silent.pop(station, None)


@dataclass(slots=True)
class Incident:
    """An open incident.

    `silent` are members that are away now, `back` since when others are back, `stations` all that ever joined; of those that are
    back, `powered` say that their power had failed, and `lived` show that it had not. It began after `heard`, the last sign of life
    of a member before it, and by `since`, the first bad evidence.
    """

    name: str
    group: Group
    heard: float
    since: float
    opened_at: float
    probability: float
    silent: dict[StationId, Silence] = field(default_factory=dict)
    stations: set[StationId] = field(default_factory=set)
    back: dict[StationId, float] = field(default_factory=dict)
    powered: int = 0
    lived: int = 0
    told_at: float = 0.0
    dirty: bool = False
    reviews: int = 0

    @property
    def scope(self) -> Scope:
        """Return what its members have in common."""
        return self.group.key.scope


class Groups:
    """The fleet as the correlator knows it."""

    def __init__(self, heard: Callable[[StationId], float | None]) -> None:
        """Know nobody; `heard` tells when a station gave its last sign of life (Unix seconds).

        `moved` says that a member of an incident came back or was let go, or that one was judged again, which no event tells, since
        it was last set to false; `doubted` are the groups of what is heard over one bearer, while its canary is silent.
        """
        self.heard = heard
        self.groups: dict[GroupKey, Group] = {}
        self.of: dict[StationId, tuple[Group, ...]] = {}
        self.silent: dict[StationId, Silence] = {}
        self.incidents: dict[str, Incident] = {}
        self.opened = 0
        self.blind: str | None = None
        self.stragglers: list[tuple[float, Incident]] = []
        self.dirty: dict[GroupKey, Group] = {}
        self.look_at: float | None = None
        self.moved = False
        self.doubted: set[GroupKey] = set()

    def place(self, station: StationId, keys: Collection[GroupKey], interval_s: float) -> None:
        """Have `station` be in the groups of `keys` and no others; it gives a sign of life every `interval_s`."""
        if not keys:
            self.remove(station)
            return
        rate = 1.0 / max(interval_s, 1.0)
        doubted = [group for group in self.of.get(station, ()) if group.canary]
        wanted = (*(self.groups.setdefault(key, Group(key)) for key in keys), *doubted)
        silence = self.silent.get(station)
        for group in self.of.get(station, ()):
            if group not in wanted:
                self._leave(station, group)
        for group in wanted:
            group.add(station, rate)
            if silence is not None and station not in group.silent:
                group.silent[station] = silence
                group.silent = dict(sorted(group.silent.items(), key=lambda item: item[1].told_at))
        self.of[station] = wanted

    def remove(self, station: StationId) -> None:
        """Know `station` no more; an incident no longer waits for it, and is looked at for that at the next beat."""
        for group in self.of.pop(station, ()):
            self._leave(station, group)
        silence = self.silent.pop(station, None)
        if silence is not None and silence.incident is not None:
            silence.incident.silent.pop(station, None)
            self.look_at, self.moved = 0.0, True

    def doubt(self, key: GroupKey, intervals_s: Mapping[StationId, float], since: float) -> Group:
        """Have the stations of `intervals_s` be in one more group, of what is heard over one bearer, until `trust`."""
        group = self.groups[key] = Group(key, since=since)
        self.doubted.add(key)
        for station, interval_s in intervals_s.items():
            if station in self.of:
                group.add(station, 1.0 / max(interval_s, 1.0))
                self.of[station] = (*self.of[station], group)
        group.silent = {station: one for station, one in self.silent.items() if station in group.members}
        return group

    def trust(self, key: GroupKey) -> None:
        """Know that group no more."""
        group = self.groups.pop(key, None)
        self.doubted.discard(key)
        if group is None:
            return
        for station in group.members:
            self.of[station] = tuple(one for one in self.of[station] if one is not group)
        self.dirty.pop(key, None)

    def _leave(self, station: StationId, group: Group) -> None:
        group.remove(station)
        if not group.members:
            self.groups.pop(group.key, None)
            self.dirty.pop(group.key, None)

    def recent(self) -> Iterator[Incident]:
        """Yield the incidents that are open, and those that ended and whose last members are still waited for."""
        yield from self.incidents.values()
        for _, incident in self.stragglers:
            yield incident

    def fleet(self) -> Chance:
        """Return what chance does to everybody."""
        everybody = (one for one in self.groups.values() if one.key.scope is Scope.COLLECTOR and not one.canary)
        return next((group.chance for group in everybody), _NOTHING)


_NOTHING: Final = Chance()
