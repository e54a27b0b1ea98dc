"""What people did, in the words of the trail: English, short, without anything that a caller or a station wrote."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from monitor.core.commands import Command


def deed_of(command: Command) -> str:
    """Return a command in the words of the trail: what, where, forced or not, why, and its id."""
    order = command.order
    parts = [order.action.value, order.type, f"point {order.connector}" if order.connector else "", order.key]
    said = " ".join(part for part in parts if part)
    forced = ", forced" if command.force else ""
    reason = f": {command.reason}" if command.reason else ""
    return f"{said}{forced} ({command.id}){reason}"
