"""Who may ask a station for what. What an agent may do harms nobody who is not on the phone; the rest needs more trust."""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING, Final

from hotline.core.roles import Role
from monitor.core.commands import Action, Order

if TYPE_CHECKING:
    from collections.abc import Mapping

NEEDED: Final[Mapping[Action, Role]] = {
    Action.REFRESH: Role.AGENT,
    Action.PROBE: Role.AGENT,
    Action.UNLOCK: Role.AGENT,
    Action.REMOTE_STOP: Role.AGENT,
    Action.RESET: Role.AGENT,
    Action.READ_CONFIGURATION: Role.AGENT,
    Action.LOCAL_LIST: Role.AGENT,
    Action.REMOTE_START: Role.SENIOR,
    Action.CHANGE_AVAILABILITY: Role.SENIOR,
    Action.CLEAR_CACHE: Role.SENIOR,
    Action.CHANGE_CONFIGURATION: Role.OPERATOR,
    Action.SEND_LOCAL_LIST: Role.OPERATOR,
    Action.DIAGNOSTICS: Role.OPERATOR,
    Action.FIRMWARE: Role.OPERATOR,
}
FORCING: Final = Role.SENIOR
"""Who may have a command sent that is better not sent."""


def role_for(order: Order, *, force: bool) -> Role:
    """Return the least role that may ask for `order`; a hard reset takes more than a soft one."""
    needed = NEEDED[order.action]
    if (force or order.type == "hard") and not needed.covers(FORCING):
        return FORCING
    return needed


class Need(StrEnum):
    """What is missing for an order: a more trusted role, or a second pair of eyes."""

    SENIOR = "senior"
    OPERATOR = "operator"
    SECOND_PERSON = "second_person"
    """A senior, or a second person who agrees."""


def need_of(order: Order, role: Role, *, force: bool = False, stations: int = 1, seconded: bool = False) -> Need | None:
    """Return what somebody of `role` needs to ask `stations` stations for `order`; ``None``: nothing.

    A hard restart, and anything that is asked of many at once, take a senior or a second person; what takes a role for its own
    sake takes it whoever agrees.
    """
    needed = role_for(order, force=force)
    bare = NEEDED[order.action]
    if not role.covers(bare):
        return Need(bare)
    grave = stations > 1 or order.type == "hard"
    if grave and not force and not role.covers(FORCING):
        return None if seconded else Need.SECOND_PERSON
    return None if role.covers(needed) else Need(needed)
