"""What goes wrong at a connector and brings somebody to call: what is shown of it, whether a session runs, what ends it.

OCPP 1.6 §4.9, §5.18, §7.6; how each is told is the dialect's. A mishap acts on one connector, its station stays in contact.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Final

from monitor.core.observations import Status

if TYPE_CHECKING:
    from collections.abc import Mapping


class Mishap(StrEnum):
    """The values are the words of a mix.

    `earth`: its residual current device trips. `welded`: its contactor sticks. `crash`: its controller fails, until a restart.
    `jam`: the lock does not let the plug go, and an unlock fails. `stuck`: the driver is done, but the session stays open and holds
    the cable until it is ended from afar. `full`: the car takes no more power. `cardless`: a plug is in, and no card is shown.
    """

    EARTH = "earth"
    WELDED = "welded"
    CRASH = "crash"
    JAM = "jam"
    STUCK = "stuck"
    FULL = "full"
    CARDLESS = "cardless"


@dataclass(frozen=True, slots=True, kw_only=True)
class Trait:
    """How a mishap shows.

    Attributes:
        status: what the connector says of itself meanwhile.
        error: its ChargePointErrorCode (OCPP 1.6 §7.6), empty for none.
        charges: a session runs, and its end is the end of the mishap.
        lasts: a restart does not end it.
    """

    status: Status
    error: str = ""
    charges: bool = False
    lasts: bool = False


TRAITS: Final[Mapping[Mishap, Trait]] = {
    Mishap.EARTH: Trait(status=Status.FAULTED, error="GroundFailure", lasts=True),
    Mishap.WELDED: Trait(status=Status.FAULTED, error="PowerSwitchFailure", lasts=True),
    Mishap.CRASH: Trait(status=Status.FAULTED, error="InternalError"),
    Mishap.JAM: Trait(status=Status.FINISHING, error="ConnectorLockFailure"),
    Mishap.STUCK: Trait(status=Status.FINISHING, charges=True),
    Mishap.FULL: Trait(status=Status.SUSPENDED_EV, charges=True),
    Mishap.CARDLESS: Trait(status=Status.PREPARING, lasts=True),
}
