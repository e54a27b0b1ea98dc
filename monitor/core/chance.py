"""How often members of a group fall silent by chance, measured by hour of the day, and how surprising a count of silences is.

Rates are seconds and shares; a group that has seen little leans on the fleet, and the fleet on a prior; what is older than some
months fades. A silence is counted when it ends, unless it belonged to an incident: what has a common cause says nothing of chance
(PAM 2019, "How to Find Correlated Internet Failures").
"""

from __future__ import annotations

from dataclasses import dataclass, field
from math import exp, lgamma, log, log1p
from typing import Final

HOURS: Final = 24
_HOUR_S: Final = 3600.0
PRIOR_MISS: Final = 0.01
"""Share of expected signs that do not come in time, before anything was measured: a lost beat (0.5 %) or a late one."""
PRIOR_DROP: Final = 5.0 / 86_400.0
"""Sockets that a station loses in a second, before anything was measured: five a day."""
_FLEET_TRIALS: Final = 2_000.0
_GROUP_TRIALS: Final = 500.0
_HOUR_TRIALS: Final = 300.0
_FLEET_TIME_S: Final = 20 * 86_400.0
_GROUP_TIME_S: Final = 5 * 86_400.0
_HOUR_TIME_S: Final = 3 * 86_400.0
_REMEMBERED: Final = 60.0
"""Days of a group that are remembered; of more, half is forgotten."""
_LEAST: Final = 0.002
_MOST: Final = 0.25


@dataclass(slots=True)
class Chance:
    """What was measured of one group: by hour of the day (UTC), expected signs and missed ones, member-seconds and lost sockets."""

    trials: list[float] = field(default_factory=lambda: [0.0] * HOURS)
    misses: list[float] = field(default_factory=lambda: [0.0] * HOURS)
    time_s: list[float] = field(default_factory=lambda: [0.0] * HOURS)
    drops: list[float] = field(default_factory=lambda: [0.0] * HOURS)
    since: float | None = None

    def pass_time(self, now: float, rate: float, members: int) -> None:
        """Count what was expected up to `now` (Unix seconds) of `members` that give `rate` signs a second together."""
        at, self.since = self.since, now
        if at is None or now <= at:
            return
        if now - at > HOURS * _HOUR_S:
            days = (now - at) / (HOURS * _HOUR_S)
            for hour in range(HOURS):
                self._add(hour, days * _HOUR_S, rate, members)
            return
        while at < now:
            end = min(now, (at // _HOUR_S + 1.0) * _HOUR_S)
            self._add(hour_of(at), end - at, rate, members)
            at = end

    def _add(self, hour: int, seconds: float, rate: float, members: int) -> None:
        self.trials[hour] += seconds * rate
        self.time_s[hour] += seconds * members
        if self.time_s[hour] > _REMEMBERED * _HOUR_S * members:
            for row in (self.trials, self.misses, self.time_s, self.drops):
                row[hour] /= 2.0

    def count(self, at: float, *, dropped: bool) -> None:
        """Count one silence that began at `at`."""
        kind = self.drops if dropped else self.misses
        kind[hour_of(at)] += 1.0

    def miss(self, at: float, fleet: Chance) -> float:
        """Return the chance that an expected sign does not come in time, at that hour."""
        whole = _shrunk(sum(fleet.misses), sum(fleet.trials), PRIOR_MISS, _FLEET_TRIALS)
        own = _shrunk(sum(self.misses), sum(self.trials), whole, _GROUP_TRIALS)
        hour = hour_of(at)
        return min(_MOST, max(_LEAST, _shrunk(self.misses[hour], self.trials[hour], own, _HOUR_TRIALS)))

    def drop(self, at: float, fleet: Chance) -> float:
        """Return how many sockets one member loses in a second, at that hour."""
        whole = _shrunk(sum(fleet.drops), sum(fleet.time_s), PRIOR_DROP, _FLEET_TIME_S)
        own = _shrunk(sum(self.drops), sum(self.time_s), whole, _GROUP_TIME_S)
        hour = hour_of(at)
        return max(PRIOR_DROP / 50.0, _shrunk(self.drops[hour], self.time_s[hour], own, _HOUR_TIME_S))


def hour_of(at: float) -> int:
    """Return the hour of the day of a Unix time."""
    return int(at // _HOUR_S) % HOURS


def _shrunk(count: float, trials: float, prior: float, weight: float) -> float:
    return (count + weight * prior) / (trials + weight)


def log_binomial_tail(hits: int, trials: int, chance: float) -> float:
    """Return ln P(at least `hits` of `trials`), each with `chance`."""
    if hits <= 0:
        return 0.0
    trials = max(trials, hits)
    first = (
        lgamma(trials + 1) - lgamma(hits + 1) - lgamma(trials - hits + 1) + hits * log(chance) + (trials - hits) * log1p(-chance)
    )
    odds = chance / (1.0 - chance)
    total = term = 1.0
    for hit in range(hits, trials):
        term *= (trials - hit) / (hit + 1) * odds
        total += term
        if term < 1e-12 * total:
            break
    return min(0.0, first + log(total))


def log_poisson_tail(hits: int, mean: float) -> float:
    """Return ln P(at least `hits`) where `mean` are expected."""
    if hits <= 0 or mean >= hits:
        return 0.0
    first = hits * log(mean) - mean - lgamma(hits + 1)
    total = term = 1.0
    for hit in range(hits + 1, hits + 200):
        term *= mean / hit
        total += term
        if term < 1e-12 * total:
            break
    return min(0.0, first + log(total))


def log_both(first: float, second: float) -> float:
    """Return ln of the chance of two independent surprises together (Fisher's method), from their logarithms."""
    if first == 0.0 or second == 0.0:
        return first + second
    both = first + second
    return min(0.0, both + log1p(-both))


def probability(log_odds: float) -> float:
    """Return the probability of `log_odds`."""
    return 1.0 / (1.0 + exp(-max(-500.0, min(500.0, log_odds))))
