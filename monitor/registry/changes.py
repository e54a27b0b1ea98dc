"""What a change of the registry tells a running service. The registry's store writes them; `Follower` reads them.

Every command that changes something leaves a numbered line in the same transaction; the service asks every second for lines
behind the last it saw, so that a change made by another process arrives within two.
"""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING, Protocol

import msgspec

from monitor.core.ids import StationId

if TYPE_CHECKING:
    from datetime import datetime

    from monitor.core.registry import Station
    from monitor.decode.dialect import Authorization


class ChangeKind(StrEnum):
    """What changed."""

    STATION = "station"
    MAINTENANCE = "maintenance"
    CARDS = "cards"


class Change(msgspec.Struct, frozen=True, kw_only=True):
    """One line; `station` is the one concerned, ``None`` for cards."""

    seq: int
    kind: ChangeKind
    station: StationId | None


class RegistryReader(Protocol):
    """What following the registry needs of its store."""

    async def changes(self, after: int, limit: int) -> list[Change]:
        """Return the changes behind number `after`, oldest first."""
        ...

    async def stations(self, only: set[StationId] | None = None) -> list[Station]:
        """Return all stations, or those of `only`."""
        ...

    async def maintenance(self, only: set[StationId] | None = None) -> dict[StationId, datetime | None]:
        """Return until when each station (or each of `only`) is in maintenance."""
        ...

    async def cards(self) -> dict[str, tuple[Authorization, datetime | None]]:
        """Return every card: its status and its expiry."""
        ...
