"""Spans of time and what can be done with them: the arithmetic under every figure of availability.

A span is half-open: it holds its `since` and not its `until`, so neighbours touch and nothing is counted twice. Every function
returns *tidy* spans: sorted, apart from each other, none empty. Sums are `timedelta`, exact to the microsecond; no float is made
here. What the spans mean stands in `timeline` and `uptime`.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from operator import attrgetter
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Span:
    """From `since` to just before `until`, both aware UTC; it may be empty."""

    since: datetime
    until: datetime

    @property
    def length(self) -> timedelta:
        """How long it is; zero for an empty one."""
        return max(self.until - self.since, timedelta())


Spans = tuple[Span, ...]


_beginning = attrgetter("since")


def merged(spans: Iterable[Span]) -> Spans:
    """Return the time that lies in any of `spans`, in whatever order they come."""
    tidy: list[Span] = []
    for span in sorted(spans, key=_beginning):
        if span.until <= span.since:
            continue
        if tidy and span.since <= tidy[-1].until:
            tidy[-1] = Span(since=tidy[-1].since, until=max(tidy[-1].until, span.until))
        else:
            tidy.append(span)
    return tuple(tidy)


def shared(spans: Iterable[Span], others: Iterable[Span]) -> Spans:
    """Return the time that lies both in `spans` and in `others`."""
    left, right = merged(spans), merged(others)
    found: list[Span] = []
    here = there = 0
    while here < len(left) and there < len(right):
        one, other = left[here], right[there]
        since, until = max(one.since, other.since), min(one.until, other.until)
        if since < until:
            found.append(Span(since=since, until=until))
        if one.until <= other.until:
            here += 1
        else:
            there += 1
    return tuple(found)


def minus(spans: Iterable[Span], others: Iterable[Span]) -> Spans:
    """Return the time that lies in `spans` and not in `others`."""
    gone = merged(others)
    left: list[Span] = []
    first = 0
    for span in merged(spans):
        since = span.since
        while first < len(gone) and gone[first].until <= since:
            first += 1
        place = first
        while place < len(gone) and gone[place].since < span.until:
            if gone[place].since > since:
                left.append(Span(since=since, until=gone[place].since))
            since = max(since, gone[place].until)
            place += 1
        if since < span.until:
            left.append(Span(since=since, until=span.until))
    return tuple(left)


def clipped(spans: Iterable[Span], period: Span) -> Spans:
    """Return what of `spans` lies in `period`."""
    return shared(spans, (period,))


def total(spans: Iterable[Span]) -> timedelta:
    """Return how much time lies in `spans`; where they overlap it is counted once."""
    return sum((span.length for span in merged(spans)), timedelta())


def longest(spans: Iterable[Span]) -> timedelta:
    """Return the longest uninterrupted time in `spans`; zero for none."""
    return max((span.length for span in merged(spans)), default=timedelta())
