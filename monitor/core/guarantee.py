"""The continuity guarantee of an owner, month by month: his lines one by one, by cause, and all together.

Each figure is made of the timelines of his stations by `uptime.Continuity`; nothing is rounded here. A breach is counted in the
month in which it began, and its time in the months in which it lay, so that months add up to a year.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Final

from monitor.core.breaches import Party
from monitor.core.registry import Bearer
from monitor.core.spans import Span, Spans, clipped, total
from monitor.core.uptime import Account, Continuity, Shares

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from monitor.core.breaches import Cause
    from monitor.core.registry import Station
    from monitor.core.timeline import Outage, Timeline

GUARANTEED: Final = (Bearer.LAN, Bearer.WIFI)
"""Bearers whose continuity is the owner's; on GPRS it is the network's, by its SIM and APN."""
_PORT: Final = ""
"""A line has no ports."""


@dataclass(frozen=True, slots=True, kw_only=True)
class MonthBreach:
    """A breach that touches the month.

    Attributes:
        outage: the breach, whole.
        spans: its time in the month, without what was blind or planned.
        begun: it began in the month and is counted there.
    """

    outage: Outage
    spans: Spans
    begun: bool

    @property
    def lost(self) -> timedelta:
        """Its time in the month."""
        return total(self.spans)


@dataclass(frozen=True, slots=True, kw_only=True)
class Tally:
    """Breaches of one cause and party: how many began in the month, and the time lost in it."""

    cause: Cause
    party: Party
    count: int
    lost: timedelta


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """One station's month; the spans are what is not its up time for another reason than a breach."""

    station: Station
    account: Account
    shares: Shares | None
    breaches: tuple[MonthBreach, ...]
    never_seen: Spans
    blind: Spans
    planned: Spans

    @property
    def guaranteed(self) -> bool:
        """Whether the owner answers for the line."""
        return self.station.bearer in GUARANTEED


@dataclass(frozen=True, slots=True, kw_only=True)
class Summary:
    """Several lines as one: parts are added up, shares are of the sum.

    Attributes:
        lines: how many.
        account: the sum of theirs; `longest_down` is the longest of any.
        shares: the owner's availability, ``None`` when no time counts.
        count: breaches that began in the month, whoever answers for them; `his`: those of the owner.
        longest: the longest time in the month that one breach took, whoever answers for it.
        tallies: by cause and party, the most time lost first.
    """

    lines: int
    account: Account
    shares: Shares | None
    count: int
    his: int
    longest: timedelta
    tallies: tuple[Tally, ...]


def read_line(law: Continuity, station: Station, timeline: Timeline, month: Span) -> Line:
    """Return the month of `station` under `law`."""
    account = law.account(timeline, _PORT, month)
    breaches = tuple(
        MonthBreach(outage=outage, spans=clipped(spans, month), begun=month.since <= outage.since < month.until)
        for outage, spans in timeline.shares()
        if month.since <= outage.since < month.until or outage.since < month.since < timeline.until(outage)
    )
    return Line(
        station=station,
        account=account,
        shares=law.shares(account),
        breaches=breaches,
        never_seen=clipped(timeline.never_seen, month),
        blind=clipped(timeline.blind, month),
        planned=clipped(timeline.planned, month),
    )


def sum_up(law: Continuity, lines: Sequence[Line]) -> Summary:
    """Return `lines` as one."""
    account = add_up(line.account for line in lines)
    breaches = [breach for line in lines for breach in line.breaches]
    return Summary(
        lines=len(lines),
        account=account,
        shares=law.shares(account),
        count=sum(breach.begun for breach in breaches),
        his=sum(breach.begun for breach in breaches if breach.outage.party is Party.OWNER),
        longest=max((breach.lost for breach in breaches), default=timedelta()),
        tallies=_tallies(breaches),
    )


def add_up(accounts: Iterable[Account]) -> Account:
    """Return the sum of `accounts`."""
    listed = list(accounts)
    return Account(
        whole=sum((one.whole for one in listed), timedelta()),
        outside=sum((one.outside for one in listed), timedelta()),
        up=sum((one.up for one in listed), timedelta()),
        down=sum((one.down for one in listed), timedelta()),
        excluded=sum((one.excluded for one in listed), timedelta()),
        unknown=sum((one.unknown for one in listed), timedelta()),
        longest_down=max((one.longest_down for one in listed), default=timedelta()),
    )


def _tallies(breaches: Iterable[MonthBreach]) -> tuple[Tally, ...]:
    found: dict[tuple[Cause, Party], list[MonthBreach]] = {}
    for breach in breaches:
        found.setdefault((breach.outage.cause, breach.outage.party), []).append(breach)
    tallies = [
        Tally(cause=cause, party=party, count=sum(one.begun for one in some), lost=sum((one.lost for one in some), timedelta()))
        for (cause, party), some in found.items()
    ]
    return tuple(sorted(tallies, key=lambda tally: (-tally.lost, tally.cause, tally.party)))
