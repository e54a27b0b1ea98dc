"""What is to be looked at, and when: an order of instants that costs the same for a hundred stations as for a hundred thousand.

Almost everything that is entered comes due much later and in the order of time: it waits in the second that it falls in, unsorted,
and only the second under way is kept in order.
"""

from __future__ import annotations

import heapq
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from datetime import datetime


class Agenda:
    """Entries of an instant and a number; the earliest comes first, of equals the smallest number."""

    def __init__(self) -> None:
        """Hold nothing."""
        self._seconds: dict[int, list[tuple[datetime, int]]] = {}
        self._order: list[int] = []
        self._open = -1
        self._under_way: list[tuple[datetime, int]] = []

    def put(self, at: datetime, number: int) -> None:
        """Enter `number` at `at`, an instant with a zone; it may be in the past."""
        second = int(at.timestamp())
        if second <= self._open:
            heapq.heappush(self._under_way, (at, number))
            return
        waiting = self._seconds.get(second)
        if waiting is None:
            self._seconds[second] = [(at, number)]
            heapq.heappush(self._order, second)
        else:
            waiting.append((at, number))

    def first(self) -> datetime | None:
        """Return the instant of the earliest entry, ``None`` if there is none."""
        if not self._under_way:
            if not self._order:
                return None
            self._open = heapq.heappop(self._order)
            self._under_way = self._seconds.pop(self._open)
            heapq.heapify(self._under_way)
        return self._under_way[0][0]

    def take(self) -> tuple[datetime, int]:
        """Take the earliest entry out.

        Raises:
            IndexError: there is none.
        """
        self.first()
        return heapq.heappop(self._under_way)
