"""What a simulated station shows at its connectors, and what of that it has not yet said."""

from __future__ import annotations

from typing import TYPE_CHECKING

from monitor.core.observations import Status

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from monitor.simulator.charging import Charging
    from monitor.simulator.dialect import Call, Dialect

Shown = tuple[Status, str]
"""A status, and its error code of 1.6, empty for none."""


class Showing:
    """The statuses of one station; `operative` is the station's own, told as connector 0."""

    def __init__(self, charging: Charging, dialect: Dialect, time: Callable[[], datetime]) -> None:
        """Show the connectors of `charging`; `time` is the station's own clock."""
        self.operative = True
        self._charging = charging
        self._dialect = dialect
        self._time = time
        self._said: dict[int, Shown] = {}

    def forget(self) -> None:
        """Say everything anew, as after a start."""
        self._said.clear()

    def news(self) -> tuple[int, Shown] | None:
        """Return a connector that shows something else than was said last."""
        return next(((number, shown) for number, shown in self._shown().items() if self._said.get(number) != shown), None)

    def calls(self, number: int, shown: Shown) -> tuple[Call, ...]:
        """Return what says that news."""
        before = self._said.get(number, shown)[1]
        over = self._dialect.relief(number, before, self._time()) if before not in ("", shown[1]) else ()
        return (*self._dialect.status(number, *shown, self._time()), *over)

    def said(self, number: int, shown: Shown) -> None:
        """Remember that it was said."""
        self._said[number] = shown

    def all(self, connector: int | None) -> tuple[Call, ...]:
        """Return what says how that connector is, or every one (``None``)."""
        chosen = [(number, shown) for number, shown in self._shown().items() if connector in (None, number)]
        return tuple(call for number, shown in chosen for call in self._dialect.status(number, *shown, self._time()))

    def _shown(self) -> dict[int, Shown]:
        whole = Status.AVAILABLE if self.operative else Status.UNAVAILABLE
        points = {number: (one.status, one.error) for number, one in self._charging.connectors.items()}
        words = self._dialect.words
        return {number: (words.get(status, status), error) for number, (status, error) in ({0: (whole, "")} | points).items()}
