"""MTBF, MTTR and availability of many stations on one bearer, from what is remembered of each at two instants.

The window of a station begins when it is first looked at after its first sign of life, and every later look extends it: by the
time since the look before if somebody listened all the while, else by nothing, so that no time of our own deafness is taken for
time that was watched. Downtime is that of breaches, from their beginning by the evidence; of a silence that is a breach only later
the part before the window's beginning, at most one grace, is in it too. No clock is read here and nothing is known of who looks.

Sources: A = MTBF / (MTBF + MTTR), with MTBF as the mean time up between failures (ITU-T E.800 series; IEC 60050-192).
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import timedelta
from typing import TYPE_CHECKING

from monitor.core.events import State

if TYPE_CHECKING:
    from datetime import datetime

    from monitor.core.health_state import HealthState


@dataclass(frozen=True, slots=True, kw_only=True)
class Watch:
    """What is kept of one station between two looks.

    Attributes:
        looked_at: the last look.
        watched: how long its window is.
        breaches: how many breaches it had when the window began, without one that was under way: that is one of the window's.
        lost: how much downtime it had by then, from its first breach on.
    """

    looked_at: datetime
    watched: timedelta
    breaches: int
    lost: timedelta


@dataclass(frozen=True, slots=True, kw_only=True)
class Reliability:
    """Several windows as one: the time watched, the breaches that began in it, and the downtime in it."""

    watched: timedelta = timedelta()
    breaches: int = 0
    lost: timedelta = timedelta()

    @property
    def availability(self) -> float | None:
        """The share of the time watched that was not downtime, 0 to 1; ``None`` while nothing was watched."""
        return None if not self.watched else 1 - self.lost / self.watched

    @property
    def mtbf(self) -> timedelta | None:
        """Mean time up between two breaches; ``None`` before the first, and while nothing was watched."""
        return (self.watched - self.lost) / self.breaches if self.breaches and self.watched else None

    @property
    def mttr(self) -> timedelta | None:
        """Mean downtime of a breach, the open ones with what they have lasted; ``None`` before the first, as `mtbf`."""
        return self.lost / self.breaches if self.breaches and self.watched else None

    def plus(self, watch: Watch, state: HealthState, now: datetime) -> Reliability:
        """Return this with the window of one more station, whose state is `state` at `now`."""
        lost = min(max(downtime(state, now) - watch.lost, timedelta()), watch.watched)
        begun = max(state.breaches - watch.breaches, 0)
        return Reliability(watched=self.watched + watch.watched, breaches=self.breaches + begun, lost=self.lost + lost)


def downtime(state: HealthState, now: datetime) -> timedelta:
    """Return all the downtime that is remembered of a station, its last breach included, as of `now`."""
    settled = timedelta(seconds=sum(tally.seconds for tally in state.settled))
    last = state.breach
    return settled if last is None else settled + max((last.until or now) - last.since, timedelta())


def look(before: Watch | None, state: HealthState, now: datetime) -> Watch | None:
    """Return what to keep of a station after a look at it; ``None`` while it was never heard."""
    if state.state is State.NEVER_SEEN:
        return None
    if before is None:
        under_way = 1 if state.breached else 0
        return Watch(looked_at=now, watched=timedelta(), breaches=state.breaches - under_way, lost=downtime(state, now))
    since = state.listening_since
    if state.state is State.UNKNOWN or since is None or since > before.looked_at:
        return replace(before, looked_at=max(now, before.looked_at))
    passed = max(now - before.looked_at, timedelta())
    return replace(before, looked_at=before.looked_at + passed, watched=before.watched + passed)
