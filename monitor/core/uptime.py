"""Availability by four rules, from one timeline: what each law counts as down, excuses, or cannot know.

A rule set splits a period into parts that add up to it to the microsecond (`Account`) and says which share of it was up. Where
we were deaf the share is not one figure but two: had the port been down all that time, and had it been up. What no event can
tell, such as the power that was dispensed or vandalism, is counted as no rule's excuse and no rule's fault. The table of all
rule sets is `LAWS`.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum
from fractions import Fraction
from typing import TYPE_CHECKING, Final, Protocol

from monitor.core.breaches import Cause, Party
from monitor.core.months import YEAR, add_months, midnight
from monitor.core.observations import Status
from monitor.core.spans import Span, Spans, clipped, longest, merged, minus, shared, total
from monitor.core.timeline import WHOLE_STATION

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import date, tzinfo

    from monitor.core.timeline import Timeline

_MICROSECOND: Final = timedelta(microseconds=1)
FAULTY: Final = (Status.FAULTED, Status.UNAVAILABLE)
"""Statuses in which a port takes no car: OCPI 2.2.1 §8.4.22 calls them OUTOFORDER and INOPERATIVE."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Account:
    """Where the time of a period went. The five parts add up to `whole`; none overlaps another.

    Attributes:
        whole: the length of the period.
        outside: before the port was heard for the first time.
        up: nothing says that it was not.
        down: what the rule set counts against it.
        excluded: what it takes out of the count, or forgives.
        unknown: what it could not be known in.
        longest_down: the longest uninterrupted time in `down`.
    """

    whole: timedelta
    outside: timedelta
    up: timedelta
    down: timedelta
    excluded: timedelta
    unknown: timedelta
    longest_down: timedelta


@dataclass(frozen=True, slots=True, kw_only=True)
class Shares:
    """The share of time that a port was up, 0 to 1.

    `least` had it been down in all that is not known, `most` had it been up; `known`, which lies between them, of the time that is
    known alone (``None`` when that is none).
    """

    least: Fraction
    most: Fraction
    known: Fraction | None


class Law(Protocol):
    """A rule set. Ports are named as the station names its connectors."""

    name: str
    clause: str

    def period(self, until: date, zone: tzinfo) -> Span:
        """Return the period that is judged at the midnight with which `until` begins in `zone`."""
        ...

    def account(self, timeline: Timeline, port: str, period: Span) -> Account:
        """Return where the time of `period` went for `port`; what lies after the reading of the log is no part of it."""
        ...

    def shares(self, account: Account) -> Shares | None:
        """Return the share of time that it was up; ``None`` when no time counts."""
        ...

    def kept(self, shares: Shares) -> bool | None:
        """Say whether the rule is kept; ``None`` when that depends on what is not known."""
        ...


class Part(StrEnum):
    """What a time can be claimed for; the names are those of the fields of `Account`."""

    OUTSIDE = "outside"
    DOWN = "down"
    EXCLUDED = "excluded"
    UNKNOWN = "unknown"


def split(period: Span, *claims: tuple[Part, Iterable[Span]]) -> Account:
    """Return the account of `period`: of several `claims` to a time the first has it, and what nobody claims was up."""
    left: Spans = merged((period,))
    found: dict[Part, list[Span]] = {part: [] for part in Part}
    for part, spans in claims:
        claimed = shared(left, spans)
        found[part] += claimed
        left = minus(left, claimed)
    return Account(
        whole=period.length,
        outside=total(found[Part.OUTSIDE]),
        up=total(left),
        down=total(found[Part.DOWN]),
        excluded=total(found[Part.EXCLUDED]),
        unknown=total(found[Part.UNKNOWN]),
        longest_down=longest(found[Part.DOWN]),
    )


def until_read(period: Span, timeline: Timeline) -> Span:
    """Return what of `period` had passed when the log was read."""
    return Span(since=period.since, until=max(period.since, min(period.until, timeline.read_at)))


def share(part: timedelta, whole: timedelta) -> Fraction:
    """Return `part` of `whole` (not zero) as a number without any rounding."""
    return Fraction(part // _MICROSECOND, whole // _MICROSECOND)


def _cut_off(timeline: Timeline) -> Spans:
    """Return the time in which continuity was breached, whoever answers for it."""
    return merged(Span(since=one.since, until=timeline.until(one)) for one in timeline.outages)


def _bounds(account: Account, counted: timedelta) -> Shares | None:
    """Return the shares of `counted` in which only `down` and `unknown` may not have been up."""
    if counted <= timedelta():
        return None
    most = max(counted - account.down, timedelta())
    least = max(most - account.unknown, timedelta())
    observed = least + min(account.down, counted)
    known = share(least, observed) if observed else None
    return Shares(least=share(least, counted), most=share(most, counted), known=known)


def _surely(at_least: bool, at_most: bool) -> bool | None:  # noqa: FBT001  (what the two bounds say)
    return None if at_least != at_most else at_least


class Nevi:
    """23 CFR 680.116(b), United States: each port is up for more than 97 % of the previous twelve months.

    (b)(1): up is online and available for use, or in use; so a lost connection is an outage whoever lost it. That the port
    "successfully dispenses electricity" at its minimum power is not told by any status and not judged. (b)(3): of the outages
    those are excluded that the utility or planned work caused, "provided that the operator can demonstrate that the charging port
    would otherwise be operational": not while it was faulty besides. The year has 525,600 minutes in every year; of a port
    that is younger the time before it was first heard is taken off, for the rule knows no port that did not exist.
    """

    name = "nevi"
    clause = "23 CFR 680.116(b)"
    goal: Final = Fraction(97, 100)
    year: Final = timedelta(minutes=525_600)

    def period(self, until: date, zone: tzinfo) -> Span:
        """(b)(2): the previous twelve months."""
        return Span(since=midnight(add_months(until, -YEAR), zone), until=midnight(until, zone))

    def account(self, timeline: Timeline, port: str, period: Span) -> Account:
        """Faulty or cut off is down; what the grid or planned work did to a sound port is excluded."""
        faulty = timeline.reported(port, *FAULTY)
        broken = merged((*faulty, *_cut_off(timeline)))
        return split(
            until_read(period, timeline),
            (Part.OUTSIDE, timeline.never_seen),
            (Part.UNKNOWN, timeline.blind),
            (Part.EXCLUDED, minus(_grid(timeline), faulty)),
            (Part.EXCLUDED, _begun_within(broken, timeline.planned)),
            (Part.DOWN, broken),
            (Part.UNKNOWN, timeline.unreported(port)),
        )

    def shares(self, account: Account) -> Shares | None:
        """(b)(3): µ = (525,600 - (T_outage - T_excluded)) / 525,600."""
        return None if account.whole <= account.outside else _bounds(account, self.year - account.outside)

    def kept(self, shares: Shares) -> bool | None:
        """(b): greater than 97 %."""
        return _surely(shares.least > self.goal, shares.most > self.goal)


def _grid(timeline: Timeline) -> Spans:
    """Return the time lost to the grid."""
    return merged(span for outage, spans in timeline.shares() if outage.cause is Cause.POWER for span in spans)


def _begun_within(broken: Spans, plans: Spans) -> Spans:
    """Return what of `broken` planned work excuses: not what was broken before the plan began."""
    return merged(span for plan in plans for span in clipped((one for one in broken if one.since >= plan.since), plan))


class PublicChargePoint:
    """The Public Charge Point Regulations 2023 (SI 2023/1168), regulation 7, United Kingdom: 99 % on average in a calendar year.

    (3)(a): available, charging and reserved are working. (3)(b): unknown and blocked are ineligible for measurement and
    counted as reliable; a station that is silent is unknown, so silence flatters this figure, and the other bound says how much.
    (4): inoperative and out of order are not reliable, also while a station that said so is silent. Nothing is excused. The
    rule is for points of 50 kW and more and for opening hours (5); neither is in the registry, so every port is judged, day and
    night.
    """

    name = "uk"
    clause = "SI 2023/1168 reg. 7"
    goal: Final = Fraction(99, 100)

    def period(self, until: date, zone: tzinfo) -> Span:
        """(2): a calendar year, as far as it has come; a first of January ends the year before."""
        last = (midnight(until, zone) - timedelta(days=1)).astimezone(zone)
        return Span(since=midnight(last.date().replace(month=1, day=1), zone), until=midnight(until, zone))

    def account(self, timeline: Timeline, port: str, period: Span) -> Account:
        """What a status says counts as long as nothing else was said; silence is unknown."""
        return split(
            until_read(period, timeline),
            (Part.OUTSIDE, timeline.never_seen),
            (Part.DOWN, timeline.reported(port, *FAULTY)),
            (Part.UNKNOWN, timeline.blind),
            (Part.UNKNOWN, _cut_off(timeline)),
            (Part.UNKNOWN, timeline.reported(port, Status.UNKNOWN)),
            (Part.UNKNOWN, timeline.unreported(port)),
        )

    def shares(self, account: Account) -> Shares | None:
        """`most` is the figure of the regulation."""
        return _bounds(account, account.whole - account.outside)

    def kept(self, shares: Shares) -> bool | None:
        """(2) with (3)(b): reliable for 99 % of the time, of which what is unknown is a part."""
        return shares.most >= self.goal


class Afirev:
    """The quality indicators of AFIREV, France: points that are available 99 % of the time, and points out for over 7 days running.

    Availability is what a driver finds, so a port that is faulty or cut off is not available, whatever the cause; nothing
    is excused. The observatory reports half-years; here the six months before a day are judged.
    """

    name = "afirev"
    clause = "AFIREV, observatoire de la qualité"
    goal: Final = Fraction(99, 100)
    months: Final = 6
    too_long: Final = timedelta(days=7)

    def period(self, until: date, zone: tzinfo) -> Span:
        """Six months."""
        return Span(since=midnight(add_months(until, -self.months), zone), until=midnight(until, zone))

    def account(self, timeline: Timeline, port: str, period: Span) -> Account:
        """Faulty or cut off is down."""
        return split(
            until_read(period, timeline),
            (Part.OUTSIDE, timeline.never_seen),
            (Part.UNKNOWN, timeline.blind),
            (Part.DOWN, merged((*timeline.reported(port, *FAULTY), *_cut_off(timeline)))),
            (Part.UNKNOWN, timeline.unreported(port)),
        )

    def shares(self, account: Account) -> Shares | None:
        """Of all the time since it was first heard."""
        return _bounds(account, account.whole - account.outside)

    def kept(self, shares: Shares) -> bool | None:
        """Available 99 % of the time."""
        return _surely(shares.least >= self.goal, shares.most >= self.goal)


class Continuity:
    """The network's own condition: where a station comes in by LAN or WiFi its owner guarantees the line's continuity.

    Down is what he answers for (party `owner`): the line, the site. A breach that another answers for, or whose cause is not
    known, is shown beside it and not held against him. Planned work is out of the count. The port does not matter: a line serves
    the whole station.
    """

    name = "continuity"
    clause = "LAN/WiFi continuity guarantee"

    def __init__(self, goal: Fraction | None = None) -> None:
        """Judge by `goal`, a share from 0 to 1; ``None``: none was agreed, and whatever is reached will do."""
        self.goal = goal or Fraction(0)

    def period(self, until: date, zone: tzinfo) -> Span:
        """A month."""
        return Span(since=midnight(add_months(until, -1), zone), until=midnight(until, zone))

    def account(self, timeline: Timeline, port: str, period: Span) -> Account:  # noqa: ARG002  (a line has no ports)
        """What the owner answers for is down."""
        his = merged(span for outage, spans in timeline.shares() if outage.party is Party.OWNER for span in spans)
        return split(
            until_read(period, timeline),
            (Part.OUTSIDE, timeline.never_seen),
            (Part.UNKNOWN, timeline.blind),
            (Part.EXCLUDED, timeline.planned),
            (Part.DOWN, his),
        )

    def shares(self, account: Account) -> Shares | None:
        """Of the time in which continuity was owed."""
        return _bounds(account, account.whole - account.outside - account.excluded)

    def kept(self, shares: Shares) -> bool | None:
        """At least the share that was agreed."""
        return _surely(shares.least >= self.goal, shares.most >= self.goal)


LAWS: Final[dict[str, Law]] = {law.name: law for law in (Nevi(), PublicChargePoint(), Afirev(), Continuity())}
"""Every rule set by its name."""


def ports_of(timeline: Timeline, registered: int | None) -> tuple[str, ...]:
    """Return the names of a station's ports: those that reported, and numbers for those that are only on paper; at least one."""
    known = [name for name in timeline.statuses if _evse(name) != WHOLE_STATION]
    count = registered or 1
    taken = {_evse(name) for name in known}
    missing = [str(number) for number in range(1, count + 1) if str(number) not in taken]
    named = [*known, *missing[: max(count - len(known), 0)]]
    return tuple(sorted(named, key=lambda name: (len(name), name)))


def _evse(name: str) -> str:
    """Return the EVSE's part of a connector's name (``1`` of ``1.2``)."""
    return name.partition(".")[0]
