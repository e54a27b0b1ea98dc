"""The contact register in figures: how many called, how soon they were answered, and what was solved at the first call.

Pure: calls of a span in, figures out. A share is told with what it is a share of, so that nobody reads "100 %" of one call.
"""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from dataclasses import dataclass, field
from datetime import timedelta
from itertools import pairwise
from typing import TYPE_CHECKING, Final, TypeVar

from hotline.core.calls import COUNTED, SOLVED, Stage
from monitor.core.months import Month
from monitor.core.spans import Span

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from datetime import tzinfo

    from hotline.core.calls import Call
    from monitor.core.ids import StationId

T = TypeVar("T")
AGAIN: Final = timedelta(days=7)
"""Whoever calls about the same station within so long was not helped the first time."""
_QUARTER: Final = re.compile(r"(2[0-9]{3})-?[Qq]([1-4])")
_MONTHS: Final = 3
UNSAID: Final = ""
"""The key under which calls are counted of which that was not said."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Share:
    """`part` of `whole`."""

    part: int
    whole: int

    @property
    def percent(self) -> float | None:
        """The share in per cent, ``None`` of nothing."""
        return 100.0 * self.part / self.whole if self.whole else None


@dataclass(frozen=True, slots=True, kw_only=True)
class Seconds:
    """Times in seconds: the middle one, the one that one in twenty exceeds, and of how many."""

    middle: float | None = None
    long: float | None = None
    count: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Figures:
    """What the calls of a span come to.

    Attributes:
        contacts: all of them.
        answered: those that somebody took, of those that rang.
        waited: from the first ring to an agent.
        to_verdict: from the agent's answer to the first verdict on the screen.
        talked: from the agent's answer to the hang-up.
        solved: of those whose outcome says whether.
        first: of the same, those solved by one call.
        outcomes, causes, symptoms, stations, owners, languages: how many of each, the most frequent first.
    """

    contacts: int
    answered: Share
    waited: Seconds
    to_verdict: Seconds
    talked: Seconds
    solved: Share
    first: Share
    outcomes: Mapping[str, int] = field(default_factory=dict)
    causes: Mapping[str, int] = field(default_factory=dict)
    symptoms: Mapping[str, int] = field(default_factory=dict)
    stations: Mapping[StationId | None, int] = field(default_factory=dict)
    owners: Mapping[str, int] = field(default_factory=dict)
    languages: Mapping[str, int] = field(default_factory=dict)


def figures_of(calls: Sequence[Call], owners: Mapping[StationId, str], around: Iterable[Call] = ()) -> Figures:
    """Return the figures of `calls`; `owners` by station, `around` are calls within `AGAIN` before and after the span."""
    counted = [one for one in calls if one.outcome in COUNTED]
    solved = [one for one in counted if one.outcome in SOLVED]
    again = _repeated([*calls, *around])
    rung = [one for one in calls if one.waited_s is not None or one.stage is Stage.MISSED]
    about = [one.station for one in calls if one.station is not None]
    return Figures(
        contacts=len(calls),
        answered=Share(part=sum(one.stage is not Stage.MISSED for one in rung), whole=len(rung)),
        waited=_seconds(one.waited_s for one in calls),
        to_verdict=_seconds(one.verdict_s for one in calls),
        talked=_seconds(_talked_s(one) for one in calls),
        solved=Share(part=len(solved), whole=len(counted)),
        first=Share(part=sum(one.id not in again for one in solved), whole=len(counted)),
        outcomes=_ranked(one.outcome.value for one in calls if one.outcome is not None),
        causes=_ranked(one.cause for one in calls),
        symptoms=_ranked(one.symptom for one in calls),
        stations=_ranked(about),
        owners=_ranked(owners.get(one, UNSAID) for one in about),
        languages=_ranked(one.language for one in calls),
    )


def _repeated(calls: Iterable[Call]) -> set[int]:
    """Return the numbers of calls before or after which the same caller called about the same station."""
    by_caller: dict[tuple[str, StationId], list[Call]] = defaultdict(list)
    for one in calls:
        if one.caller and one.station is not None:
            by_caller[one.caller, one.station].append(one)
    again: set[int] = set()
    for same in by_caller.values():
        ordered = sorted({one.id: one for one in same}.values(), key=lambda one: one.began_at)
        for earlier, later in pairwise(ordered):
            if later.began_at - earlier.began_at <= AGAIN:
                again |= {earlier.id, later.id}
    return again


def _talked_s(call: Call) -> float | None:
    if call.answered_at is None or call.ended_at is None:
        return None
    return (call.ended_at - call.answered_at).total_seconds()


def _seconds(times: Iterable[float | None]) -> Seconds:
    known = sorted(one for one in times if one is not None)
    if not known:
        return Seconds()
    return Seconds(middle=known[(len(known) - 1) // 2], long=known[-(-len(known) * 19 // 20) - 1], count=len(known))


def _ranked(found: Iterable[T]) -> dict[T, int]:
    return dict(Counter(found).most_common())


def quarter(text: str, zone: tzinfo) -> Span | None:
    """Return the span of a quarter written ``2026-Q4``, in the calendar of `zone`; ``None`` when it is no quarter."""
    found = _QUARTER.fullmatch(text.strip())
    if found is None:
        return None
    last = int(found[2]) * _MONTHS
    year = int(found[1])
    return Span(
        since=Month(year=year, month=last - _MONTHS + 1).span(zone).since, until=Month(year=year, month=last).span(zone).until
    )
