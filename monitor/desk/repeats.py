"""Records that a station sends again, because it never saw our answer: the same words under the same message id.

They get the same answer and have no second effect, on the same socket or on the next one. Only records that carry their own time
are remembered (transactions, security and equipment events); two boots in the same words are two boots.
"""

from __future__ import annotations

from collections import OrderedDict, deque
from typing import TYPE_CHECKING, Final

from monitor.core.observations import EquipmentReported, Observation, SecurityReported, SessionEnded, SessionStarted

if TYPE_CHECKING:
    from monitor.core.ids import StationId

ONCE: Final[frozenset[type[Observation]]] = frozenset({SessionStarted, SessionEnded, SecurityReported, EquipmentReported})
"""Observations whose messages must not count twice."""
A_STATION: Final = 8
"""Records remembered of a station; a station has one request under way at a time (OCPP-J 1.6 §4.1.1)."""
STATIONS: Final = 20_000


class Replies:
    """The answers to the last records of each station."""

    def __init__(self) -> None:
        """Start empty."""
        self._kept: OrderedDict[StationId, deque[tuple[str, int, bytes]]] = OrderedDict()

    def find(self, station: StationId, identifier: str, text: str) -> bytes | None:
        """Return what was answered to `text`, if it came before under that id."""
        kept = self._kept.get(station)
        if kept is None:
            return None
        words = hash(text)
        return next((payload for known, said, payload in kept if known == identifier and said == words), None)

    def keep(self, station: StationId, identifier: str, text: str, payload: bytes) -> None:
        """Remember that `text` is answered by `payload`."""
        kept = self._kept.get(station)
        if kept is None:
            kept = self._kept[station] = deque(maxlen=A_STATION)
            if len(self._kept) > STATIONS:
                self._kept.popitem(last=False)
        kept.append((identifier, hash(text), payload))

    def forget(self, station: StationId, identifier: str) -> None:
        """Forget the answers under that id: what they answered could not be stored."""
        kept = self._kept.get(station, deque())
        for entry in [entry for entry in kept if entry[0] == identifier]:
            kept.remove(entry)
