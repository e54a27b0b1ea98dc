"""What a station's events say about a stretch of time: when it was heard, when we were deaf, what was breached and why.

It reads the log as it stands, so a breach that was revised after a month changes what is said of that month. The order in which
events are handed over says nothing, their number does; an event of a kind that is not known here is passed over. The log must
hold every event of the period and may reach back further; where it begins later than the station's life, the first
change of state says how it was before. Which time counts as what is the business of `uptime`.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Final

from monitor.core.breaches import Cause, Party
from monitor.core.events import (
    BreachCleared,
    BreachOpened,
    BreachUpdated,
    ConnectorChanged,
    HealthChanged,
    MaintenanceChanged,
    State,
)
from monitor.core.spans import Span, Spans, merged, minus

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from monitor.core.events import EventRecord
    from monitor.core.health_state import HealthState
    from monitor.core.ids import BreachNumber
    from monitor.core.observations import Status
    from monitor.core.registry import Bearer

EARLIEST: Final = datetime(1, 1, 1, tzinfo=UTC)
"""Where the time before the first event begins."""
WHOLE_STATION: Final = "0"
"""The connector that stands for the station as a whole (OCPP 1.6 §7.7 and §9.5.1): what it reports holds for every port."""
KINDS: Final[frozenset[type]] = frozenset(
    {HealthChanged, BreachOpened, BreachUpdated, BreachCleared, MaintenanceChanged, ConnectorChanged}
)
"""Events that are read here."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Outage:
    """A breach of continuity as the whole log tells it: the cause is the last word on it, `until` is ``None`` while it is open.

    `bearer` is ``None`` where the log no longer has its beginning.
    """

    number: BreachNumber
    bearer: Bearer | None
    since: datetime
    until: datetime | None
    cause: Cause
    party: Party
    incident: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class StatusSpan:
    """How a connector was, by its own word."""

    status: Status
    span: Span


@dataclass(frozen=True, slots=True, kw_only=True)
class Timeline:
    """One station's past, up to `read_at`, where everything that is still so ends for now.

    Attributes:
        never_seen: before its first sign of life.
        blind: nobody listened, or listened again but had not given it its fair chance to speak; the silence of a collector of
            ours is in it too. What the station did meanwhile is not known.
        planned: planned work, from its announcement to its end, without what had broken before it was announced.
        outages: breaches of continuity by their beginning, without those that were our collector's.
        statuses: what each connector reported, by its name, `WHOLE_STATION` among them.
        read_at: when the log was read.
    """

    never_seen: Spans
    blind: Spans
    planned: Spans
    outages: tuple[Outage, ...]
    statuses: dict[str, tuple[StatusSpan, ...]]
    read_at: datetime

    def until(self, outage: Outage) -> datetime:
        """Return the end of `outage`, which is now for an open one."""
        return self.read_at if outage.until is None else outage.until

    def shares(self) -> Iterator[tuple[Outage, Spans]]:
        """Yield each outage with the time that is its own: no time belongs to two, and none of it is blind, unseen or planned."""
        frontier = EARLIEST
        excused = merged((*self.never_seen, *self.blind, *self.planned))
        for outage in self.outages:
            until = self.until(outage)
            yield outage, minus((Span(since=max(outage.since, frontier), until=until),), excused)
            frontier = max(frontier, until)

    def reported(self, connector: str, *statuses: Status) -> Spans:
        """Return the time in which `connector`, or the station as a whole, was in one of `statuses`."""
        return merged(
            one.span for name in {connector, WHOLE_STATION} for one in self.statuses.get(name, ()) if one.status in statuses
        )

    def unreported(self, connector: str) -> Spans:
        """Return the time before `connector` said for the first time how it is."""
        said = self.statuses.get(connector)
        return merged((Span(since=EARLIEST, until=said[0].span.since if said else self.read_at),))


@dataclass(slots=True, kw_only=True)
class _Draft:
    """A breach while the log is read."""

    number: BreachNumber
    bearer: Bearer | None
    since: datetime
    cause: Cause
    party: Party
    until: datetime | None = None
    incident: str | None = None

    def outage(self) -> Outage:
        return Outage(
            number=self.number,
            bearer=self.bearer,
            since=self.since,
            until=None if self.until is None else max(self.until, self.since),
            cause=self.cause,
            party=self.party,
            incident=self.incident,
        )


@dataclass(slots=True, kw_only=True)
class _Reading:
    """What has been read so far."""

    state: State | None = None
    entered: datetime = EARLIEST
    never_seen: list[Span] = field(default_factory=list)
    blind: list[Span] = field(default_factory=list)
    plans: list[Span] = field(default_factory=list)
    drafts: list[_Draft] = field(default_factory=list)
    latest: dict[BreachNumber, _Draft] = field(default_factory=dict)
    statuses: dict[str, list[tuple[datetime, Status]]] = field(default_factory=dict)

    def changed(self, event: HealthChanged) -> None:
        """A state begins when the evidence says; one that lasts from before we went deaf begins when that was judged."""
        if self.state is None:
            self.state = event.origin
        began = event.since
        if self.state is State.UNKNOWN and began < self.entered:
            began = event.at
        self.leave(max(began, self.entered))
        self.state = event.to
        self.entered = max(began, self.entered)
        if event.to in (State.ONLINE, State.DEGRADED):
            for draft in self.drafts:
                if draft.until is None:
                    draft.until = event.since

    def leave(self, until: datetime) -> None:
        """Keep the state that ends at `until`, where it is one of those that matter."""
        span = Span(since=self.entered, until=until)
        if self.state is State.UNKNOWN:
            self.blind.append(span)
        elif self.state is State.NEVER_SEEN:
            self.never_seen.append(span)

    def opened(self, event: BreachOpened) -> None:
        draft = _Draft(
            number=event.breach,
            bearer=event.bearer,
            since=event.since,
            cause=event.cause,
            party=event.party,
            incident=event.incident,
        )
        self.drafts.append(draft)
        self.latest[event.breach] = draft

    def updated(self, event: BreachUpdated) -> None:
        draft = self.latest.get(event.breach)
        if draft is not None:
            draft.cause, draft.party, draft.incident = event.cause, event.party, event.incident

    def cleared(self, event: BreachCleared) -> None:
        draft = self.latest.get(event.breach)
        if draft is None:
            draft = _Draft(number=event.breach, bearer=None, since=event.since, cause=event.cause, party=event.party)
            self.drafts.append(draft)
            self.latest[event.breach] = draft
        draft.since, draft.until, draft.cause, draft.party = event.since, event.until, event.cause, event.party

    def planned(self, event: MaintenanceChanged, read_at: datetime) -> None:
        """A new announcement replaces what is left of the one before."""
        if self.plans:
            self.plans[-1] = Span(since=self.plans[-1].since, until=min(self.plans[-1].until, event.at))
        if event.until is not None:
            self.plans.append(Span(since=event.at, until=min(event.until, read_at)))

    def read(self, record: EventRecord, read_at: datetime) -> None:
        match record.event:
            case HealthChanged():
                self.changed(record.event)
            case BreachOpened():
                self.opened(record.event)
            case BreachUpdated():
                self.updated(record.event)
            case BreachCleared():
                self.cleared(record.event)
            case MaintenanceChanged():
                self.planned(record.event, read_at)
            case ConnectorChanged():
                self.statuses.setdefault(record.event.connector, []).append((record.event.at, record.event.status))
            case _:
                pass


def read_timeline(records: Iterable[EventRecord], *, read_at: datetime, now: HealthState | None = None) -> Timeline:
    """Return what `records` of one station say.

    Args:
        records: its events, in any order, perhaps some of them twice.
        read_at: when the log was read, aware UTC; what is still open ends there for now.
        now: its state at that instant, which says how it has been all along where the log has no change; ``None``: it was
            never seen.
    """
    reading = _Reading()
    for record in sorted({record.seq: record for record in records}.values(), key=lambda record: record.seq):
        reading.read(record, read_at)
    if reading.state is None:
        reading.state = State.NEVER_SEEN if now is None else now.state
    reading.leave(read_at)
    for connector in () if now is None else now.connectors:
        reading.statuses.setdefault(connector.connector, [(connector.since, connector.status)])
    outages = sorted((draft.outage() for draft in reading.drafts), key=lambda outage: (outage.since, outage.number))
    ours = [_until(outage, read_at) for outage in outages if outage.cause is Cause.OBSERVER]
    theirs = tuple(outage for outage in outages if outage.cause is not Cause.OBSERVER)
    return Timeline(
        never_seen=merged(reading.never_seen),
        blind=merged((*reading.blind, *ours)),
        planned=_planned(reading.plans, theirs, read_at),
        outages=theirs,
        statuses={name: _status_spans(said, read_at) for name, said in reading.statuses.items()},
        read_at=read_at,
    )


def _until(outage: Outage, read_at: datetime) -> Span:
    return Span(since=outage.since, until=read_at if outage.until is None else outage.until)


def _planned(plans: Sequence[Span], outages: Sequence[Outage], read_at: datetime) -> Spans:
    """Return the planned time: an announcement excuses nothing that was broken already when it was made."""
    found: list[Span] = []
    for plan in plans:
        found += minus((plan,), (_until(one, read_at) for one in outages if one.since < plan.since))
    called = (_until(one, read_at) for one in outages if one.cause is Cause.PLANNED)
    return merged((*found, *called))


def _status_spans(said: Sequence[tuple[datetime, Status]], read_at: datetime) -> tuple[StatusSpan, ...]:
    """Return spans of what was said in this order; a clock that was set back makes none negative."""
    spans: list[StatusSpan] = []
    frontier = EARLIEST
    for place, (at, status) in enumerate(said):
        since = max(at, frontier)
        until = max(said[place + 1][0], since) if place + 1 < len(said) else max(read_at, since)
        spans.append(StatusSpan(status=status, span=Span(since=since, until=until)))
        frontier = until
    return tuple(spans)
