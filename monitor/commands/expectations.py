"""What is waited for after a command, station by station: it listens to what stations say and wakes who waits for just that."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from monitor.core.confirmations import Evidence, Sent, Sight, sight_of

if TYPE_CHECKING:
    from collections.abc import Iterable

    from monitor.core.ids import StationId
    from monitor.runtime.intake import Intake


class Expectation:
    """One command that waits to be seen."""

    def __init__(self, sent: Sent) -> None:
        """Wait for what confirms `sent`, or contradicts it."""
        self.sent = sent
        self.told: asyncio.Future[Sight] = asyncio.get_running_loop().create_future()

    def saw(self, seen: Evidence) -> None:
        """Take what a station said."""
        sight = None if self.told.done() else sight_of(self.sent, seen)
        if sight is not None:
            self.told.set_result(sight)

    async def within(self, seconds: float) -> Sight | None:
        """Return what was seen, ``None`` if nothing is within `seconds`."""
        try:
            async with asyncio.timeout(max(0.0, seconds)):
                return await asyncio.shield(self.told)
        except TimeoutError:
            return None


class Expectations:
    """All that is waited for. Where nothing is, a message costs one look at its station's slot."""

    def __init__(self, intake: Intake) -> None:
        """Listen at the slots of `intake`."""
        self._intake = intake
        self._waiting: dict[StationId, list[Expectation]] = {}

    def add(self, station: StationId, sent: Sent) -> Expectation:
        """Wait for `sent` from now on."""
        expectation = Expectation(sent)
        waiting = self._waiting.setdefault(station, [])
        waiting.append(expectation)

        def watch(observations: Iterable[Evidence]) -> None:
            for seen in observations:
                self.saw(station, seen)

        self._intake.slot(station).watch = watch
        return expectation

    def drop(self, station: StationId, expectation: Expectation) -> None:
        """Wait no longer."""
        waiting = self._waiting.get(station, [])
        if expectation in waiting:
            waiting.remove(expectation)
        if not waiting:
            self._waiting.pop(station, None)
            self._intake.slot(station).watch = None

    def saw(self, station: StationId, seen: Evidence) -> None:
        """Take what `station` said or did."""
        for expectation in self._waiting.get(station, ()):
            expectation.saw(seen)
