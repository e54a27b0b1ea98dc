"""Who may do what in the console. Four roles, each covering those before it."""

from __future__ import annotations

from enum import StrEnum


class Role(StrEnum):
    """Roles from the least to the most trusted; the order of definition is the order of trust."""

    AGENT = "agent"
    SENIOR = "senior"
    OPERATOR = "operator"
    ADMIN = "admin"

    def covers(self, needed: Role) -> bool:
        """Return whether somebody with this role may do what `needed` is asked for."""
        order = list(Role)
        return order.index(self) >= order.index(needed)
