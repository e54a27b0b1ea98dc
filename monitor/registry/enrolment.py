"""How a running service is asked to take a station in; it is written and known everywhere when the call returns."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from monitor.registry.columns import Row
    from monitor.registry.imports import Imported


class Enrolment(Protocol):
    """Takes stations in."""

    async def enrol(self, row: Row) -> Imported:
        """Add or update the station of `row`; where it clashes with one that is there, nothing is written."""
        ...
