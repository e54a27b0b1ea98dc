"""The log of one station, written event by event as the health model would."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from monitor.core.breaches import Cause, Party
from monitor.core.events import (
    BreachCleared,
    BreachOpened,
    BreachUpdated,
    ConnectorChanged,
    Event,
    EventRecord,
    HealthChanged,
    LinkChanged,
    MaintenanceChanged,
    Reason,
    State,
)
from monitor.core.ids import BreachNumber, Identity, StationId, Sticker
from monitor.core.registry import Bearer, Station
from monitor.core.spans import Span

if TYPE_CHECKING:
    from monitor.core.observations import Status

GRACE = timedelta(minutes=15)
DAY = timedelta(days=1)
HOUR = timedelta(hours=1)


def utc(year: int, month: int, day: int, hour: int = 0, minute: int = 0) -> datetime:
    """Return an instant of UTC."""
    return datetime(year, month, day, hour, minute, tzinfo=UTC)


def span(since: datetime, until: datetime) -> Span:
    """Return the time between."""
    return Span(since=since, until=until)


def station(number: int = 1, bearer: Bearer = Bearer.LAN, **fields: object) -> Station:
    """Return a station."""
    name = f"CP{number}"
    return Station(id=StationId(number), sticker=Sticker(name), identity=Identity(name), bearer=bearer, **fields)  # type: ignore[arg-type]


class Log:
    """Events of one station with growing numbers."""

    def __init__(self, number: int = 1, bearer: Bearer = Bearer.LAN) -> None:
        """Start empty, for a station on `bearer`."""
        self.station = StationId(number)
        self.bearer = bearer
        self.records: list[EventRecord] = []
        self.breaches = 0

    def add(self, *events: Event) -> Log:
        """Append `events`."""
        for event in events:
            self.records.append(EventRecord(seq=len(self.records) + 1, station=self.station, event=event))
        return self

    def state(self, origin: State, to: State, since: datetime, at: datetime | None = None) -> Log:
        """Change the state."""
        return self.add(HealthChanged(at=at or since, origin=origin, to=to, reason=Reason.SPOKE, since=since))

    def heard(self, at: datetime) -> Log:
        """Be heard for the first time."""
        return self.state(State.NEVER_SEEN, State.ONLINE, at)

    def blind(self, since: datetime, until: datetime) -> Log:
        """Be deaf in between; then the station speaks."""
        return self.state(State.ONLINE, State.UNKNOWN, since, until).state(State.UNKNOWN, State.ONLINE, until)

    def open(self, since: datetime, cause: Cause = Cause.BEARER, party: Party = Party.OWNER) -> Log:
        """Open a breach after the grace."""
        self.breaches += 1
        at = since + GRACE
        self.state(State.ONLINE, State.SUSPECT, since).state(State.SUSPECT, State.OFFLINE, since, at)
        number = BreachNumber(self.breaches)
        return self.add(BreachOpened(at=at, breach=number, bearer=self.bearer, since=since, cause=cause, party=party))

    def clear(self, since: datetime, until: datetime, cause: Cause = Cause.BEARER, party: Party = Party.OWNER) -> Log:
        """Clear the last breach."""
        number = BreachNumber(self.breaches)
        self.add(BreachCleared(at=until, breach=number, since=since, until=until, cause=cause, party=party))
        return self.state(State.OFFLINE, State.ONLINE, until)

    def breach(self, since: datetime, until: datetime, cause: Cause = Cause.BEARER, party: Party = Party.OWNER) -> Log:
        """Go through a whole breach."""
        return self.open(since, cause, party).clear(since, until, cause, party)

    def revise(self, at: datetime, cause: Cause, party: Party, incident: str | None = None) -> Log:
        """Judge the last breach again."""
        return self.add(BreachUpdated(at=at, breach=BreachNumber(self.breaches), cause=cause, party=party, incident=incident))

    def plan(self, at: datetime, until: datetime | None) -> Log:
        """Announce planned work, or its end."""
        return self.add(MaintenanceChanged(at=at, until=until))

    def status(self, at: datetime, connector: str, status: Status) -> Log:
        """Report a connector."""
        return self.add(ConnectorChanged(at=at, connector=connector, status=status))

    def link(self, at: datetime, address: str) -> Log:
        """Open a socket."""
        return self.add(LinkChanged(at=at, open=True, epoch=len(self.records), protocol="ocpp1.6", address=address))
