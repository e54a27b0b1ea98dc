"""Who is to be looked at, and when: an order of instants that costs the same for a hundred stations as for a hundred thousand.

Almost everything that is entered comes due much later and in the order of time: it waits in the second that it falls in, unsorted,
and only the second under way is kept in order. A number stands once: an earlier instant takes the place of a later one, and a later
one is not entered, for whoever is looked at says himself when next.
"""

from __future__ import annotations

import heapq
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from datetime import datetime


class Agenda:
    """Numbers, each with an instant; the earliest comes first, of equals the smallest number."""

    def __init__(self) -> None:
        """Hold nothing."""
        self._due: dict[int, datetime] = {}
        self._seconds: dict[int, list[tuple[datetime, int]]] = {}
        self._order: list[int] = []
        self._open = -1
        self._under_way: list[tuple[datetime, int]] = []

    def put(self, at: datetime, number: int) -> None:
        """Have `number` looked at by `at`, an instant with a zone; it may be in the past."""
        known = self._due.get(number)
        if known is not None and known <= at:
            return
        self._due[number] = at
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

    def drop(self, number: int) -> None:
        """Have `number` not looked at."""
        self._due.pop(number, None)

    def first(self) -> datetime | None:
        """Return the earliest instant, ``None`` if nobody is to be looked at."""
        while True:
            while self._under_way:
                at, number = self._under_way[0]
                if self._due.get(number) == at:
                    return at
                heapq.heappop(self._under_way)
            if not self._order:
                return None
            self._open = heapq.heappop(self._order)
            self._under_way = self._seconds.pop(self._open)
            heapq.heapify(self._under_way)

    def take(self) -> int:
        """Take the earliest out.

        Raises:
            IndexError: there is none.
        """
        self.first()
        _, number = heapq.heappop(self._under_way)
        del self._due[number]
        return number
