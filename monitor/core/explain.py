"""Is it chance, and if not, what do the silent have in common: the test of one group, and the choice among groups.

A group fires when the silences that began in a window are more than its measured chance lets expect (binomial over signs that
were due, Poisson over sockets that closed) by a level that a fleet's budget of false incidents sets. Among groups that fire, the
likelihood decides: silent members speak for a group, members that still talk against it, silent strangers too.
"""

from __future__ import annotations

from bisect import bisect_left
from dataclasses import dataclass, replace
from itertools import pairwise
from math import inf, log, log1p
from typing import TYPE_CHECKING, Final

from monitor.core.chance import log_binomial_tail, log_both, log_poisson_tail, probability
from monitor.core.incidents import Scope
from monitor.core.signals import Depth, Hint

if TYPE_CHECKING:
    from collections.abc import Collection, Container, Iterable

    from monitor.core.groups import Group, GroupKey, Groups, Silence
    from monitor.core.ids import StationId

BUDGET: Final = 0.3
"""False incidents that chance may make in a month over the whole fleet."""
_MONTH_S: Final = 30 * 86_400.0
_WINDOWS: Final = 4.0
"""Windows that are looked at for each silence, less what they have in common."""
SMALL: Final = 4
"""A group of so few needs a second signal."""
MODEST: Final = 20
"""A group of fewer is not hasty: its silence has to last `HOLD_S`, so that a router that restarts is no incident."""
HOLD_S: Final = 90.0
DROPS_S: Final = 45.0
"""Sockets that close together prove nothing yet: whoever only dials in anew is back by then."""
_FEW_S: Final = 1800.0
_TRIED: Final = 64
_NOTABLE: Final = 2.5
"""So many times what chance makes is looked at closely."""
_TALKING: Final = 0.35
"""Least share of those who should have spoken that must have, if there is only chance: before they are counted."""
_SAMPLE: Final = 500
LEAST_SHARE: Final[dict[Scope | None, float]] = {Scope.COLLECTOR: 0.6, Scope.MODEL: 0.5, None: 0.35}
"""Share of those who had to speak that must be silent; ``None`` stands for every other scope."""
_ROUGHLY: Final = 0.8
"""So far below the least share a sample decides."""
_LITTLE_SHARE: Final = 0.02
_MOST_SHARE: Final = 0.985
_SOME: Final = 3
"""Silences that it takes in a group of more, and signs of others that must have been due since."""
_NOBODY: Final = 1e-9
_CANARY: Final = 5.0
"""How much (ln) a canary that is silent speaks for our own deafness: one in some hundred is silent by itself."""
_MOST_OF_ALL: Final = 0.8
"""A model that nearly everybody is of is nobody's common cause."""
PRIOR: Final = 1e-4
"""Chance that a given group fails in a given window, before anything is seen: once in some weeks."""
_CLOSE_S: Final = 15.0
"""Sockets that close no further apart than this close together."""
_JITTER_S: Final = 1.0
"""Beats that are due together come so far apart."""
_TOGETHER_S: Final = 60.0
"""Silences whose possible beginnings are no further apart than this may have begun together."""
_LATE: Final = 1.5
_LATE_S: Final = 15.0
"""One who was heard within so many intervals and seconds is not late."""
_AMONG_FEW: Final = {Depth.OVERDUE: 1.0, Depth.SUSPECT: 0.2, Depth.BREACH: 0.03}
"""How the chance of a lone silence shrinks with its length: most lost signs are followed by the next one."""

_RANK: Final = {scope: rank for rank, scope in enumerate(Scope)}


@dataclass(slots=True)
class Case:
    """A group that fires: the silences in question, who still talks, since when, and how surprising that is (ln p)."""

    group: Group
    silences: list[Silence]
    talking: set[StationId]
    since: float
    surprise: float
    wait_until: float | None = None

    @property
    def unexplained(self) -> int:
        """Return how many of the silences belong to no incident."""
        return sum(one.incident is None for one in self.silences)

    @property
    def share(self) -> float:
        """Return the share of those who had to speak that did not."""
        return _share(len(self.silences), len(self.talking))


@dataclass(frozen=True, slots=True)
class _Window:
    """A time in which silences began, ln of their chance, and whether only sockets that closed speak for it."""

    since: float
    surprise: float
    by_drops: bool


class Doubt:
    """The measured chances of a moment, and the test of a group by them."""

    def __init__(self, groups: Groups, now: float) -> None:
        """Test the groups of `groups` as of `now`."""
        self._groups = groups
        self._now = now
        self._fleet = groups.fleet()
        self._heard: dict[int, tuple[list[float], float]] = {}
        self._misses: dict[GroupKey, float] = {}
        self._began: dict[int, list[float]] = {}
        self._gathered: dict[tuple[GroupKey, float], tuple[list[Silence], set[StationId]]] = {}

    def miss(self, group: Group) -> float:
        """Return the chance that an expected sign of a member does not come."""
        known = self._misses.get(group.key)
        if known is None:
            known = self._misses[group.key] = group.chance.miss(self._now, self._fleet)
        return known

    def level(self, group: Group, miss: float, drop: float) -> float:
        """Return ln of the level at which `group` fires: its share of the budget over the tests that it will see in a month."""
        tests = _MONTH_S * (group.rate * miss + len(group.members) * drop)
        return log(BUDGET / (len(self._groups.groups) * max(tests, 10.0) * _WINDOWS))

    def case(self, group: Group) -> Case | None:
        """Return what speaks for a common cause in `group`, ``None`` where chance explains its silences."""
        if group.canary:
            return self._unheard(group)
        if group.key.scope is Scope.MODEL and len(group.members) > _MOST_OF_ALL * len(self._groups.of):
            return None
        few, least = len(group.members) <= SMALL, least_share(group)
        horizon = self._now - (_FEW_S if few else 300.0) - 2.0 * group.interval_s
        open_ones, explained = _latest(group, horizon)
        if len(open_ones) < (2 if few else 3):
            return None
        return self._few(group, open_ones) if few else self._several(group, open_ones, explained, least)

    def _several(self, group: Group, open_ones: list[Silence], explained: int, least: float) -> Case | None:
        """Judge a group of five or more by how surprising its silences are, and by who of it still talks."""
        found = self._window(group, open_ones, explained, _ROUGHLY * least)
        if found is None or not self.may_explain(group, found.since):
            return None
        case = self.gather(group, found.since, found.surprise)
        if case.share < least:
            return None
        by_drops = found.by_drops or 2 * sum(one.dropped for one in case.silences) >= len(case.silences)
        hold = HOLD_S if len(group.members) < MODEST else DROPS_S if by_drops else 0.0
        ripe = case.since + hold
        case.wait_until = ripe if self._now < ripe else None
        return case

    def _unheard(self, group: Group) -> Case | None:
        """Judge all that is heard over a bearer whose canary is silent: is it so little that it must be we who do not hear?

        The canary is the second signal, so that no test of surprise is needed, only most of those who had to speak.
        """
        open_ones, _ = _latest(group, group.since - 2.0 * group.interval_s)
        if len(open_ones) < min(_SOME, len(group.members)):
            return None
        since = self.began(group, open_ones)[1]
        case = self.gather(group, since)
        case.surprise = len(case.silences) * log(self.miss(group)) - _CANARY
        if case.share < least_share(group):
            return None
        talkers = group.rate - sum(group.members[one.station] for one in case.silences)
        ripe = min(case.since + HOLD_S, case.since + _SOME / talkers if talkers > _NOBODY else case.since)
        case.wait_until = ripe if self._now < ripe else None
        return case

    def _window(self, group: Group, open_ones: list[Silence], explained: int, least: float) -> _Window | None:
        """Return the most surprising window, ``None`` when none is surprising enough.

        One in which not even a share of `least` of the fewest that had to speak is silent, explained or not, is not looked at.
        """
        miss, drop = self.miss(group), group.chance.drop(self._now, self._fleet)
        level = self.level(group, miss, drop)
        floor = least * _TALKING * group.rate
        found: list[_Window] = []
        dropped = 0
        for count, silence in enumerate(open_ones, 1):
            dropped += silence.dropped
            if count < 3:  # noqa: PLR2004  (two silences of many prove nothing)
                continue
            width = self._now - silence.since
            if count + explained < floor * width:
                continue
            overdue, usual = count - dropped, drop * len(group.members) * max(width, 5.0)
            if overdue <= _NOTABLE * group.rate * width * miss and dropped <= _NOTABLE * usual:
                continue
            by_drops = log_poisson_tail(dropped, usual)
            hoped = int(_TALKING * max(0.0, group.rate * width - overdue))
            if log_both(log_binomial_tail(overdue, overdue + hoped, miss), by_drops) > level:
                continue
            by_misses = log_binomial_tail(overdue, overdue + self._talking(group, silence.since), miss)
            surprise = log_both(by_misses, by_drops)
            if surprise <= level:
                found.append(_Window(silence.since, surprise, by_misses > level))
        if not found:
            return None
        best = min(found, key=lambda window: window.surprise)
        return replace(best, by_drops=all(window.by_drops for window in found))

    def _talking(self, group: Group, since: float) -> int:
        """Return how many members gave a sign of life after `since`; in a large group by sample."""
        known = self._heard.get(id(group))
        if known is None:
            members = list(group.members)
            step = max(1, len(members) // _SAMPLE)
            heard = self._groups.heard
            silent = group.silent
            times = sorted(at for one in members[::step] if one not in silent and (at := heard(one)) is not None)
            known = self._heard[id(group)] = times, len(members) / max(1, len(members[::step]))
        times, weight = known
        return round((len(times) - bisect_left(times, since - _JITTER_S)) * weight)

    def may_explain(self, group: Group, since: float) -> bool:
        """Say whether about enough of those who had to speak since `since` are silent: to spare a large group the exact count."""
        began = self._began.get(id(group))
        if began is None:
            began = self._began[id(group)] = sorted(one.since for one in group.silent.values())
        silent = len(began) - bisect_left(began, since - _JITTER_S)
        return silent >= _ROUGHLY * least_share(group) * (silent + self._talking(group, since))

    def gather(self, group: Group, since: float, surprise: float = 0.0) -> Case:
        """Return the silences of `group` that began at `since` or later, explained or not, and who of it has talked since."""
        found = self._gathered.get((group.key, since))
        if found is None:
            silences = [one for one in group.silent.values() if one.since >= since - _JITTER_S]
            heard, silent = self._groups.heard, group.silent
            talking = {one for one in group.members if one not in silent and (heard(one) or 0.0) >= since - _JITTER_S}
            found = self._gathered[group.key, since] = silences, talking
        return Case(group, found[0], found[1], since, surprise)

    def _few(self, group: Group, open_ones: list[Silence]) -> Case | None:
        """Judge a group of two to four: all of them silent, from one moment on, a second signal says so, and no line answers."""
        if group.key.scope in (Scope.MODEL, Scope.COLLECTOR):
            return None
        heard = self._groups.heard
        # Who is neither silent nor late may still speak; who was never heard, or not for long, says nothing either way.
        others = [
            one
            for one, rate in group.members.items()
            if one not in group.silent and (heard(one) or 0.0) >= self._now - _LATE / rate - _LATE_S
        ]
        if others or len(open_ones) < 2 or any(one.depth is Depth.OVERDUE for one in open_ones):  # noqa: PLR2004
            return None
        began, ended = max(one.heard for one in open_ones), min(one.since for one in open_ones)
        if began > ended + _TOGETHER_S or not _second_signal(open_ones):
            return None
        miss = self.miss(group)
        surprise = sum(log(miss * _AMONG_FEW[one.depth]) for one in open_ones)
        if probability(-surprise + log(PRIOR)) < 0.9:  # noqa: PLR2004
            return None
        since = min(one.since for one in open_ones)
        ripe = max(one.since for one in open_ones) + HOLD_S
        return Case(group, open_ones, set(), since, surprise, ripe if self._now < ripe else None)

    def likelihood(self, case: Case, silences: set[StationId], talking: set[StationId]) -> float:
        """Return ln of how likely all these silences and talkers are, if `case` is their common cause."""
        miss = self.miss(case.group)
        inside, inside_talk = len(case.silences), len(case.talking)
        outside = len(silences.difference(one.station for one in case.silences))
        outside_talk = len(talking - case.talking)
        share = case.share
        deaf = _CANARY if self._groups.doubted and case.group.key.scope is Scope.COLLECTOR else 0.0
        return deaf + inside * log(share) + inside_talk * log1p(-share) + outside * log(miss) + outside_talk * log1p(-miss)

    def began(self, group: Group, silences: Iterable[Silence]) -> tuple[float, float]:
        """Return from when to when the common beginning of `silences` lies: after the last signs of life, before the first misses.

        Each began between its last sign of life and its first bad evidence. The likeliest moment is in many of these, and few of
        the group have talked since; of equals the latest. Who was silent before by chance does not drag the beginning back.
        """
        marks = sorted([(one.heard, -1) for one in silences] + [(one.since, 1) for one in silences])
        whole, covered = len(marks) // 2, 0
        lost, best, place = log(self.miss(group)), -inf, (0.0, 0.0)
        for (at, kind), (end, after) in pairwise(marks):
            covered -= kind
            if after < 0:
                continue
            talking = self._talking(group, end)
            share = _share(covered, talking)
            likely = covered * log(share) + talking * log1p(-share) + (whole - covered) * lost
            if likely >= best:
                best, place = likely, (at, end)
        return place

    def belief(self, case: Case) -> float:
        """Return the probability that the silences of `case` have a common cause."""
        return probability(-case.surprise + len(case.silences) * log(case.share) + log(PRIOR))


def _share(silent: int, talking: int) -> float:
    seen = silent + talking
    return min(_MOST_SHARE, max(_LITTLE_SHARE, silent / seen if seen else 0.0))


def least_share(group: Group) -> float:
    """Return the share of those who had to speak that must be silent for `group` to be the cause."""
    return LEAST_SHARE.get(group.key.scope, LEAST_SHARE[None])


def _latest(group: Group, horizon: float) -> tuple[list[Silence], int]:
    """Return the `_TRIED` silences of `group` that began last, the last one first, and how many explained ones may be as late.

    None began before `horizon`, and none has an incident. Silences stand in the order in which they were told, and none is told
    before it began: once so many are found, whoever was told before the earliest of them began cannot be among them.
    """
    found: list[Silence] = []
    explained, earliest = 0, horizon
    for silence in reversed(group.silent.values()):
        if silence.told_at < earliest:
            break
        if silence.incident is not None:
            explained += 1
        elif silence.since >= horizon:
            found.append(silence)
            if len(found) == _TRIED:
                earliest = min(one.since for one in found)
    found.sort(key=lambda one: (-one.since, one.station))
    return found[:_TRIED], explained


def choose(doubt: Doubt, cases: Collection[Case], judged: Container[str] = ()) -> Case | None:
    """Return the case that explains best what asks for a cause (`asking`), of equals the smallest group; ``None`` of none."""
    silences, talking = asking(cases, judged)
    return max(
        cases,
        key=lambda case: (
            round(doubt.likelihood(case, silences, talking), 6),
            -len(case.group.members),
            -_RANK[case.group.key.scope],
            case.group.key,
        ),
        default=None,
    )


def asking(cases: Iterable[Case], judged: Container[str] = ()) -> tuple[set[StationId], set[StationId]]:
    """Return whose silence in `cases` asks for a cause, and who of them talks.

    What an incident explains asks for none, so that it is no reproach to a case without it; unless that incident is one of
    `judged`, by its name: one that is in question itself.
    """
    silences = [one for case in cases for one in case.silences]
    asks = {one.station for one in silences if one.incident is None or one.incident.name in judged}
    return asks, {one for case in cases for one in case.talking}.difference(one.station for one in silences)


def _second_signal(silences: list[Silence]) -> bool:
    """Say whether something beside missed signs tells of the silence of so few, or it has become too long for chance.

    Where one of them is reached by a probe, or its gateway, nothing that they share is cut, whatever the others' say.
    """
    hints = [hint for one in silences for hint in one.hints]
    if Hint.LINE_ANSWERS in hints:
        return False
    if Hint.GATEWAY_SILENT in hints or all(one.depth is Depth.BREACH for one in silences):
        return True
    closed = sorted(one.since for one in silences if one.dropped)
    if any(after - before <= _CLOSE_S for before, after in pairwise(closed)):
        return True
    return any(hints.count(hint) > 1 for hint in (Hint.SESSION_STOPPED, Hint.STATION_SILENT))
