"""What there is to do, step by step: asked of the caller, ordered of the station, handed over, or given up here.

A step is a value without words; the words are in `hotline.web.step_words`. In tables `HERE` stands for the caller's point.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import StrEnum
from typing import TYPE_CHECKING, Final

from monitor.core.breaches import Party

if TYPE_CHECKING:
    from collections.abc import Mapping

    from monitor.core.commands import Action

HERE: Final = "@"
"""Stands in a table for the point where the caller stands, which is known when it is used."""


class Plea(StrEnum):
    """What the caller is asked for."""

    STEP_BACK = "step_back"
    CALL_112 = "call_112"
    HURT = "hurt"
    KEEP_OFF = "keep_off"
    NOT_THIS_CABLE = "not_this_cable"
    LEAVE_PLUG = "leave_plug"
    LET_COOL = "let_cool"
    STICKER = "sticker"
    WHICH_POINT = "which_point"
    LIGHT = "light"
    TRY_BADGE = "try_badge"
    SAME_BADGE = "same_badge"
    CARD_FIRST = "card_first"
    CARD_AGAIN = "card_again"
    CARD_NUMBER = "card_number"
    OTHER_CARD = "other_card"
    USE_APP = "use_app"
    IDENTITY = "identity"
    REPLUG = "replug"
    OTHER_CABLE = "other_cable"
    UNLOCK_CAR = "unlock_car"
    PULL = "pull"
    HOLD_ON = "hold_on"
    UNPLUG = "unplug"
    CAR_OFF = "car_off"
    CAR_SETTINGS = "car_settings"
    WAIT = "wait"
    BAY = "bay"


class Recipient(StrEnum):
    """To whom something is handed over."""

    MAINTAINER = "maintainer"
    OWNER = "owner"
    GRID = "grid"
    NETWORK = "network"
    OPERATORS = "operators"
    """Our own."""
    SENIOR = "senior"
    """Somebody at the desk who may do more."""
    PROVIDER = "provider"
    """Who issued the caller's card."""


class Urgency(StrEnum):
    """How soon."""

    NOW = "now"
    """By telephone, while the caller waits."""
    TODAY = "today"
    ROUTINE = "routine"


class Kind(StrEnum):
    """What a step is."""

    ASK = "ask"
    ORDER = "order"
    HAND_OVER = "hand_over"
    ELSEWHERE = "elsewhere"
    CONTRADICTION = "contradiction"


@dataclass(frozen=True, slots=True)
class Ask:
    """Something is asked of the caller, about a point where `connector` names one."""

    plea: Plea
    connector: str = ""
    kind: Kind = Kind.ASK


@dataclass(frozen=True, slots=True)
class Send:
    """Something is ordered of the station; `after_stop`: only once the session has ended, which an earlier step sees to."""

    action: Action
    type: str = ""
    connector: str = ""
    after_stop: bool = False
    kind: Kind = Kind.ORDER


@dataclass(frozen=True, slots=True)
class HandOver:
    """Somebody else has to act; `what` is an order that takes more than the agent's role."""

    to: Recipient
    urgency: Urgency
    what: Send | None = None
    kind: Kind = Kind.HAND_OVER


@dataclass(frozen=True, slots=True)
class Elsewhere:
    """Use another point of this charger (`connector`), or another charger."""

    connector: str = ""
    kind: Kind = Kind.ELSEWHERE


@dataclass(frozen=True, slots=True)
class Contradict:
    """Pass on that the caller contradicts what we see."""

    kind: Kind = Kind.CONTRADICTION


Step = Ask | Send | HandOver | Elsewhere | Contradict

MENDERS: Final[Mapping[Party, Recipient]] = {
    Party.GRID: Recipient.GRID,
    Party.NETWORK: Recipient.NETWORK,
    Party.OWNER: Recipient.OWNER,
    Party.STATION: Recipient.MAINTAINER,
    Party.US: Recipient.OPERATORS,
    Party.UNKNOWN: Recipient.OPERATORS,
}
"""To whom a breach is handed over, by the party that answers for it."""


def placed(step: Step, connector: str) -> Step:
    """Return `step` with `connector` where a table says `HERE`."""
    if isinstance(step, Ask | Send | Elsewhere) and step.connector == HERE:
        return replace(step, connector=connector)
    return step
