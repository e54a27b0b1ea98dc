"""The rules that other monitors use, over the same records: who would have raised an alarm, and when.

Each knows a station's signs of life and its interval and nothing else; none groups, none doubts itself.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Iterator
from datetime import timedelta
from math import ceil, sqrt
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from datetime import datetime

    from monitor.simulator.scenarios.record import Record

SPEAKS: Final = frozenset({"message", "boot", "link_opened", "backlog"})
_PHI_8: Final = 5.2
"""Standard deviations above the mean at which Akka's logistic approximation of the normal tail gives 10 to the -8."""
_SAMPLES: Final = 1000
_EVALUATED_S: Final = 60.0
_FOR_S: Final = 900.0

Rule = Callable[[list[float], float], Iterable[float]]
"""Signs of life (seconds) and interval to the instants of alarms."""


def signs_of(record: Record) -> dict[str, list[datetime]]:
    """Return every station's signs of life."""
    signs: dict[str, list[datetime]] = {one.name: [] for one in record.world.bornes}
    for line in record.lines:
        if line.type in SPEAKS:
            signs[line.station].append(line.at)
    return signs


def timeout(times: float) -> Rule:
    """Return the rule of a fixed timeout of so many intervals."""

    def alarms(signs: list[float], interval: float) -> Iterator[float]:
        for before, after in zip(signs, [*signs[1:], float("inf")], strict=True):
            if after - before > times * interval:
                yield before + times * interval

    return alarms


def accrual(signs: list[float], interval: float) -> Iterator[float]:
    """φ accrual as Akka has it: threshold 8, 1,000 samples, an acceptable pause of one interval, a tenth of it as least deviation.

    The interval after a failure is not added to the history.
    """
    gaps = deque([interval * 0.75, interval * 1.25])
    total, squares = sum(gaps), sum(gap * gap for gap in gaps)
    for before, after in zip(signs, [*signs[1:], float("inf")], strict=True):
        mean = total / len(gaps)
        deviation = max(0.1 * interval, sqrt(max(0.0, squares / len(gaps) - mean * mean)))
        limit = mean + interval + _PHI_8 * deviation
        gap = after - before
        if gap > limit:
            yield before + limit
            continue
        gaps.append(gap)
        total, squares = total + gap, squares + gap * gap
        if len(gaps) > _SAMPLES:
            oldest = gaps.popleft()
            total, squares = total - oldest, squares - oldest * oldest


def sustained(signs: list[float], interval: float) -> Iterator[float]:
    """A rule of Prometheus with ``for: 15m``: overdue by half an interval at every evaluation, a minute apart, for 15 minutes."""
    for before, after in zip(signs, [*signs[1:], float("inf")], strict=True):
        pending = ceil((before + 1.5 * interval) / _EVALUATED_S) * _EVALUATED_S
        if after > pending + _FOR_S:
            yield pending + _FOR_S


RULES: Final[dict[str, Rule]] = {
    "timeout 2H": timeout(2.0),
    "timeout 3H": timeout(3.0),
    "φ accrual (Akka)": accrual,
    "for: 15m": sustained,
}


def alarms_of(record: Record, signs: dict[str, list[datetime]], rule: Rule) -> dict[str, list[datetime]]:
    """Return the alarms of `rule` for every station of `record`, those that came within it."""
    start = record.lines[0].at
    found: dict[str, list[datetime]] = {}
    for one in record.world.bornes:
        seconds = [(at - start).total_seconds() for at in signs[one.name]]
        alarms = rule(seconds, one.heartbeat_s) if seconds else ()
        found[one.name] = [start + timedelta(seconds=at) for at in alarms if at < record.seconds]
    return found
