"""A network told as stations and minutes, watched by the real pipeline: what is said of it, to whom, and why."""

from __future__ import annotations

from collections import defaultdict
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from alerts.core.desk import Desk
from alerts.pipeline import decide, obey, review
from alerts.rulebook import read_rulebook
from monitor.core.breaches import Cause, Party, party_of
from monitor.core.events import (
    BreachCleared,
    BreachOpened,
    BreachUpdated,
    ConnectorChanged,
    EventRecord,
    IncidentCleared,
    IncidentOpened,
    IncidentUpdated,
)
from monitor.core.ids import NETWORK, BreachNumber, Identity, StationId, Sticker
from monitor.core.incidents import Scope
from monitor.core.observations import Status
from monitor.core.registry import Bearer, Contact, Station
from tests.support.clocks import START

if TYPE_CHECKING:
    from collections.abc import Collection

    from alerts.core.desk import Decision
    from alerts.core.model import Alert, Entry, Notification
    from alerts.core.orders import Answer, Order
    from monitor.core.events import Event

PEOPLE = """
[[contact]]
name = "anna"
language = "fr"
sms = "+352621000001"
voice = "+352621000001"
email = "anna@example.lu"
[[contact]]
name = "ben"
language = "de"
sms = "+352691000002"
voice = "+352691000002"
[[policy]]
name = "network"
steps = [ { notify = "contact:anna", by = ["sms", "email"] }, { notify = "contact:ben", by = ["voice"], after = "5m" } ]
repeat = 1
"""


class Ward:
    """Stations at sites; `minutes` count from the start, a Monday at eight in the morning in Luxembourg."""

    def __init__(self, rules: str = PEOPLE) -> None:
        """Go by `rules`, the text of an alerts.toml."""
        self.stations: dict[StationId, Station] = {}
        self.sites: dict[str, list[StationId]] = defaultdict(list)
        self.desk = Desk(read_rulebook(rules, today=START.date()), self)
        self.now = START
        self.told: list[Notification] = []
        self.log: list[Entry] = []
        self.seq = 0
        self.breaches: dict[StationId, int] = defaultdict(int)
        self.alerts: dict[int, Alert] = {}

    # ------------------------------------------------------------------------------------------------ on paper

    def by_id(self, station: StationId) -> Station | None:
        return self.stations.get(station)

    def watched_at(self, site: str) -> Collection[StationId]:
        return self.sites.get(site, [])

    def add(self, *numbers: int, site: str = "", bearer: Bearer = Bearer.GPRS, **more: Any) -> list[StationId]:
        for number in numbers:
            station = StationId(number)
            self.sites[site].append(station)
            self.stations[station] = Station(
                id=station, sticker=Sticker(f"CP{number}"), identity=Identity(f"CP{number}"), bearer=bearer, site=site, **more
            )
        return [StationId(number) for number in numbers]

    def owned(self, *numbers: int, owner: Contact, **more: Any) -> list[StationId]:
        return self.add(*numbers, owner=owner, **more)

    # ------------------------------------------------------------------------------------------------ what happens

    def at(self, minutes: float) -> datetime:
        return START + timedelta(minutes=minutes)

    def wait(self, minutes: float) -> None:
        """Let time pass, every deadline at its own instant."""
        until = self.at(minutes)
        while (due := self.desk.due()) is not None and due <= until:
            self.now = max(self.now, due)
            self._note(decide(self.desk, (), self.now))
        self.now = until

    def happen(self, minutes: float, *events: tuple[int, Event]) -> None:
        self.wait(minutes)
        records = []
        for station, event in events:
            self.seq += 1
            records.append(EventRecord(seq=self.seq, station=StationId(station), event=event))
        self._note(decide(self.desk, records, self.now))

    def cut(self, minutes: float, *stations: int, cause: Cause = Cause.BEARER, incident: str | None = None) -> None:
        """Open a breach of each of `stations`, which began just then."""
        events: list[tuple[int, Event]] = []
        for number in stations:
            station = StationId(number)
            self.breaches[station] += 1
            bearer = self.stations[station].bearer
            events.append(
                (
                    number,
                    BreachOpened(
                        at=self.at(minutes), since=self.at(minutes), breach=BreachNumber(self.breaches[station]), bearer=bearer,
                        cause=cause, party=party_of(cause, bearer), incident=incident,
                    ),
                )
            )  # fmt: skip
        self.happen(minutes, *events)

    def back(self, minutes: float, *stations: int) -> None:
        events = []
        for number in stations:
            breach = BreachNumber(self.breaches[StationId(number)])
            event = BreachCleared(
                at=self.at(minutes), since=START, until=self.at(minutes), breach=breach, cause=Cause.BEARER, party=Party.NETWORK
            )
            events.append((number, event))
        self.happen(minutes, *events)

    def revised(self, minutes: float, station: int, cause: Cause, incident: str | None = None) -> None:
        breach = BreachNumber(self.breaches[StationId(station)])
        party = party_of(cause, self.stations[StationId(station)].bearer)
        self.happen(
            minutes, (station, BreachUpdated(at=self.at(minutes), breach=breach, cause=cause, party=party, incident=incident))
        )

    def incident(self, minutes: float, name: str, *stations: int, scope: Scope = Scope.APN, key: str = "apn.north") -> None:
        told = self._told(minutes, name, stations) | {"scope": scope, "key": key}
        self.happen(minutes, (NETWORK, IncidentOpened(**told)))

    def grown(self, minutes: float, name: str, *stations: int, scope: Scope = Scope.APN, key: str = "apn.north") -> None:
        told = self._told(minutes, name, stations) | {"scope": scope, "key": key}
        self.happen(minutes, (NETWORK, IncidentUpdated(**told)))

    def _told(self, minutes: float, name: str, stations: tuple[int, ...]) -> dict[str, Any]:
        members = tuple(StationId(one) for one in stations)
        return {"at": self.at(minutes), "incident": name, "since": self.at(minutes), "stations": members, "probability": 0.99}

    def over(self, minutes: float, name: str, merged_into: str | None = None) -> None:
        event = IncidentCleared(
            at=self.at(minutes),
            incident=name,
            scope=Scope.APN,
            key="",
            since=START,
            until=self.at(minutes),
            merged_into=merged_into,
        )
        self.happen(minutes, (NETWORK, event))

    def faulted(self, minutes: float, station: int, error: str, connector: str = "1", vendor_error: str = "") -> None:
        event = ConnectorChanged(
            at=self.at(minutes), connector=connector, status=Status.FAULTED, error=error, vendor_error=vendor_error
        )
        self.happen(minutes, (station, event))

    def mended(self, minutes: float, station: int, connector: str = "1") -> None:
        self.happen(minutes, (station, ConnectorChanged(at=self.at(minutes), connector=connector, status=Status.AVAILABLE)))

    def order(self, minutes: float, order: Order) -> Answer:
        self.wait(minutes)
        answer, decision = obey(self.desk, order, self.now)
        self._note(decision)
        return answer

    def looked_over(self, minutes: float) -> None:
        self.wait(minutes)
        self._note(review(self.desk, self.now))

    def _note(self, decision: Decision) -> None:
        assert decision.failures == []
        self.told += decision.notifications
        self.log += decision.entries
        self.alerts |= decision.alerts

    # ------------------------------------------------------------------------------------------------ what was said

    def messages(self) -> list[tuple[float, str, str, str]]:
        """Return minute, purpose, person and first way of every notification so far."""
        return [
            ((one.at - START).total_seconds() / 60.0, one.purpose.value, one.person, one.ways[0].medium.value) for one in self.told
        ]

    def reasons(self) -> list[str]:
        return [one.reason.value for one in self.log]
