"""What readers beside the engine may ask: how a station is now, what happened to it, and what just happened.

In one process the engine answers from memory; scaled out, an adapter answers from the bus. Neither the console nor the
exporter can tell which.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple, Protocol, TypeVar

if TYPE_CHECKING:
    from datetime import datetime

    from monitor.core.events import EventRecord
    from monitor.core.health_state import HealthState
    from monitor.core.ids import StationId
    from monitor.core.ledger import OpenIncident

T = TypeVar("T")

EventHandler = Callable[[Sequence["EventRecord"]], Awaitable[None]]
"""Takes a run of events in their order; it may be called twice with one and tells by `seq`."""


class HealthView(Protocol):
    """How stations are, as of now."""

    def health(self, station: StationId) -> HealthState:
        """Return the state of `station` with the latest sign of life in it; `UNHEARD` when nothing is known of it."""
        ...


class IncidentView(Protocol):
    """What has a common cause, as of now."""

    def incidents(self) -> tuple[OpenIncident, ...]:
        """Return the incidents that are open, the oldest first."""
        ...


class History(Protocol):
    """What happened, from the event log."""

    async def events(self, station: StationId, *, since: datetime, limit: int = 500) -> list[EventRecord]:
        """Return the last `limit` events of `station` from `since` on, oldest first."""
        ...

    async def state_before(self, station: StationId, instant: datetime) -> str | None:
        """Return the state (a `State` value) that `station` was in at `instant`, ``None`` when the log does not reach back."""
        ...


class EventBus(Protocol):
    """Events on their way out; at least once, in order."""

    def subscribe(self, name: str, handler: EventHandler) -> Callable[[], None]:
        """Call `handler` with every run of events from now on; the returned function ends it."""
        ...


class Taken(NamedTuple):
    """What became of lines that somebody else posted: how many counted now, how many before, and each bad one with its reason."""

    taken: int = 0
    repeated: int = 0
    bad: Sequence[tuple[int, str]] = ()


class Ingest(Protocol):
    """Takes what somebody else has heard of stations (`monitor.collectors.ingest.mirror`)."""

    async def take(self, body: bytes) -> Taken:
        """Take the lines of `body`, each a JSON object; a store that is away is a `TransientStoreError`."""
        ...


class Database(Protocol):
    """The house's one database: a single writer and a few readers, each handed an open SQLAlchemy ``Connection``."""

    async def write(self, work: Callable[[Any], T]) -> T:
        """Run `work` in the writer's next transaction and return its result once it is committed."""
        ...

    async def read(self, work: Callable[[Any], T]) -> T:
        """Run `work` on a reading connection in a thread and return its result."""
        ...
