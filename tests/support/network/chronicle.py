"""What the service wrote down, read from its database: events with their instants in seconds of the story, breaches, states."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final, TypeVar

import msgspec
from sqlalchemy import select

from monitor.core.events import BreachCleared, BreachOpened, BreachUpdated, Event, HealthChanged
from monitor.storage.tables import EventRow, StationRow
from tests.support.virtual_time import EPOCH

if TYPE_CHECKING:
    from datetime import datetime

    from sqlalchemy import Connection

    from monitor.runtime.ports import Database

_EVENT: Final[Any] = EventRow.__table__  # type: ignore[attr-defined]
_STATION: Final[Any] = StationRow.__table__  # type: ignore[attr-defined]
_decode = msgspec.json.Decoder(Event).decode

T = TypeVar("T")


def seconds(instant: datetime) -> float:
    """Return an instant in seconds of the story."""
    return (instant - EPOCH).total_seconds()


@dataclass(frozen=True, slots=True)
class Told:
    """An event of one station; `at_s` by the service's clock."""

    sticker: str
    at_s: float
    event: Event


@dataclass(frozen=True, slots=True)
class Changed:
    """A change of state: when, to what, why, and since when by the evidence."""

    at_s: float
    state: str
    reason: str
    since_s: float


@dataclass(slots=True)
class Breach:
    """A breach with everything that was said of it; `until_s` is ``None`` while it is open."""

    sticker: str
    since_s: float
    detected_s: float
    cause: str
    party: str
    until_s: float | None = None


class Chronicle:
    """The event log of one database."""

    def __init__(self, database: Database) -> None:
        """Read from `database`."""
        self._database = database

    async def text(self) -> bytes:
        """Return the whole log as it is stored, a line an event."""
        rows = await self._database.read(lambda one: one.execute(select(_EVENT).order_by(_EVENT.c.seq)).all())
        return b"\n".join(f"{row.seq} {row.station_id} {row.body}".encode() for row in rows)

    async def all(self, sticker: str | None = None) -> list[Told]:
        """Return every event in the order in which it was stored."""

        def work(connection: Connection) -> list[Told]:
            rows = connection.execute(
                select(_STATION.c.sticker, _EVENT.c.body)
                .join(_STATION, _STATION.c.id == _EVENT.c.station_id)
                .order_by(_EVENT.c.seq)
            )
            events = ((row.sticker, _decode(row.body)) for row in rows)
            return [Told(name, seconds(event.at), event) for name, event in events if sticker in (None, name)]

        return await self._database.read(work)

    async def of(self, kind: type[T], sticker: str | None = None) -> list[tuple[float, T]]:
        """Return every event of that `kind` with its instant."""
        return [(told.at_s, told.event) for told in await self.all(sticker) if isinstance(told.event, kind)]

    async def states(self, sticker: str, *, since_s: float = 0.0) -> list[Changed]:
        """Return how that station's state changed, from `since_s` on."""
        return [
            Changed(at_s, event.to.value, event.reason.value, seconds(event.since))
            for at_s, event in await self.of(HealthChanged, sticker)
            if at_s >= since_s
        ]

    async def breaches(self, sticker: str | None = None) -> list[Breach]:
        """Return the breaches in the order in which they were opened, as they stand now."""
        found: dict[tuple[str, int], Breach] = {}
        for told in await self.all(sticker):
            event = told.event
            if isinstance(event, BreachOpened):
                found[told.sticker, event.breach] = Breach(
                    told.sticker, seconds(event.since), told.at_s, event.cause.value, event.party.value
                )
            elif isinstance(event, BreachUpdated | BreachCleared):
                breach = found[told.sticker, event.breach]
                breach.cause, breach.party = event.cause.value, event.party.value
                if isinstance(event, BreachCleared):
                    breach.since_s, breach.until_s = seconds(event.since), seconds(event.until)
        return list(found.values())
