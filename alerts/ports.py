"""What the alerts need of the house and of their own store: small ports, beside who uses them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence
    from datetime import datetime

    from alerts.core.changes import Change
    from alerts.core.desk import Decision
    from alerts.core.matters import Matter
    from alerts.core.model import Alert, Entry, Silence
    from alerts.core.orders import Answer, Order
    from alerts.core.outbox import Delivery, Stand
    from monitor.core.events import EventRecord


@dataclass(frozen=True, slots=True, kw_only=True)
class Kept:
    """What a desk knew when it last decided; `cursor` is ``None`` where none ever has, `placed` is in the order of its events."""

    cursor: int | None = None
    matters: Sequence[Matter] = ()
    alerts: Sequence[Alert] = ()
    placed: Sequence[tuple[str, int]] = ()
    silences: Sequence[Silence] = ()
    changes: Sequence[Change] = ()
    last_alert: int = 0
    last_silence: int = 0
    last_change: int = 0
    shifts_seen: datetime | None = None
    deliveries: Sequence[Delivery] = field(default_factory=list)


@dataclass(frozen=True, slots=True, kw_only=True)
class Answered:
    """What became of an order of the inbox."""

    number: int
    answer: Answer


@dataclass(frozen=True, slots=True, kw_only=True)
class Attempt:
    """A line of the delivery log."""

    delivery: str
    at: datetime
    what: str
    stand: Stand
    why: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """A delivery and its log."""

    delivery: Delivery
    log: Sequence[Attempt]


@dataclass(frozen=True, slots=True, kw_only=True)
class Waiting:
    """What is on its way: when something is due next, and when the oldest was decided; ``None`` where nothing is."""

    next_at: datetime | None = None
    oldest_at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class File:
    """Everything of one alert: its matters, why what was decided, who was told and what became of it."""

    alert: Alert
    matters: Sequence[Matter]
    entries: Sequence[Entry]
    told: Sequence[Told]


Turn = Callable[["Delivery"], "tuple[Delivery, Delivery | None]"]
"""What becomes of a delivery, and the one by the next way that this opens."""


class EventLog(Protocol):
    """The house's event log, read forward."""

    async def tail(self, after: int, kinds: Collection[type], limit: int) -> tuple[list[EventRecord], int]:
        """Return the next events of `kinds` behind number `after`, and up to which number the log has been looked through."""
        ...


class DeskStore(Protocol):
    """Where the desk is kept."""

    async def load(self, since: datetime) -> Kept:
        """Return what is open, with what is over in it, and what was sent to people from `since` on."""
        ...

    async def save(
        self, decision: Decision, deliveries: Sequence[Delivery], cursor: int | None, answered: Answered | None = None
    ) -> None:
        """Store a decision, the deliveries that it wants, up to which event it went, and what was answered; all or nothing."""
        ...

    async def prove(self, now: datetime) -> None:
        """Store `now`, which shows whether anything can be stored."""
        ...

    async def inbox(self, limit: int) -> list[tuple[int, Order]]:
        """Return the orders that were written down by another process and not answered, the oldest first, with their numbers."""
        ...


class Keeper(Protocol):
    """What is deleted again."""

    async def thin(self, before: datetime) -> None:
        """Delete what the canary left before then."""
        ...

    async def prune(self, before: datetime) -> int:
        """Delete what ended before then; return how many rows that were."""
        ...


class Inbox(Protocol):
    """Orders for the process that decides, from another one."""

    async def write(self, order: Order, now: datetime) -> int:
        """Write an order down; return its number."""
        ...

    async def answer(self, number: int) -> Answer | None:
        """Return the answer to an order, ``None`` while there is none."""
        ...

    async def give_up(self, number: int) -> Answer | None:
        """Have an order not be carried out any more; return its answer if it just was."""
        ...


class Archive(Protocol):
    """What was."""

    async def alerts(self, limit: int, *, only_open: bool = False) -> list[Alert]:
        """Return the alerts that were opened last, over or not, the newest first."""
        ...

    async def file(self, alert: int) -> File | None:
        """Return everything of one alert."""
        ...

    async def deliveries(self, limit: int, before: datetime | None = None) -> list[Told]:
        """Return the deliveries that were decided last (before `before`), the newest first."""
        ...

    async def letters(self, keys: Collection[str]) -> dict[str, Told]:
        """Return the letters that were written under `keys`, as far as any were."""
        ...

    async def silences(self, now: datetime) -> list[Silence]:
        """Return the silences that hold or are to come, by their end."""
        ...

    async def changes(self, since: datetime) -> list[Change]:
        """Return the changes of schedules that end after `since`, by their beginning."""
        ...


class Outbox(Protocol):
    """Deliveries on their way."""

    async def inherit(self, now: datetime) -> None:
        """Take over what another courier had in its hands: there is one at a time, so that one is dead."""
        ...

    async def lease(self, now: datetime, limit: int) -> list[Delivery]:
        """Take up to `limit` deliveries that are due, the oldest first."""
        ...

    async def change(self, number: str, turn: Turn, what: str, now: datetime) -> Delivery | None:
        """Change a delivery by `turn`, which is handed it as it is now, and write that down as `what`; ``None``: there is none."""
        ...

    async def find(self, number: str) -> Delivery | None:
        """Return a delivery by its id."""
        ...

    async def waiting(self) -> Waiting:
        """Return what is on its way."""
        ...
