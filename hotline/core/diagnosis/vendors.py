"""Codes of makers' own: one table a maker, one row a code or a text that stands for one, with where that is written.

A maker is known by what the register or the station itself says of it; its table is asked first and only for its own stations.
Some codes name their family themselves and are read whoever the maker is (`OWN_NAMES`). Facts only, none that was not read.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from hotline.core.diagnosis.codes import Row, folded
from hotline.core.diagnosis.faults import Fault

if TYPE_CHECKING:
    from collections.abc import Mapping

BENDER: Final = "Bender charge controllers, OCPP status notification error messages, dlm.energy 5.32"
MENNEKES: Final = "MENNEKES AMTRON and AMEDIO (Bender controller), error bits as in OpenEMS, io.openems.edge.evcs.mennekes"
ALFEN: Final = "Alfen knowledge base"
EVEREST: Final = "EVerest errors/{}.yaml; OCPP201 sends the type as techCode"

_BENDER: Final = (
    Row("Residual current detected via sensor", Fault.GROUND, BENDER),
    Row("Vehicle signals error", Fault.CAR, BENDER),
    Row("Vehicle diode check failed - tamper detection", Fault.CAR, BENDER),
    Row("MCB of type 2 socket triggered", Fault.OVERCURRENT, BENDER),
    Row("MCB of domestic socket triggered", Fault.OVERCURRENT, BENDER),
    Row("RCD triggered", Fault.GROUND, BENDER),
    Row("RCD may be triggered (OCPP meter power loss)", Fault.GROUND, BENDER),
    Row("Contactor welded", Fault.CONTACTOR, BENDER),
    Row("Backend disconnected", Fault.NO_LINK, MENNEKES),
    Row("Plug locking failed", Fault.LOCK, MENNEKES),
    Row("Locking without plug error", Fault.LOCK, MENNEKES),
    Row("Actuator stuck cannot unlock", Fault.LOCK, MENNEKES),
    Row("Actuator detection failed", Fault.LOCK, MENNEKES),
    Row("Actuator unlocked while charging", Fault.LOCK, MENNEKES),
    Row("FW Update in progress", Fault.UPDATING, MENNEKES),
    Row("USB stick handling in progress", Fault.UPDATING, MENNEKES),
    Row("The charge point is tilted", Fault.TILTED, MENNEKES),
    Row("CP/PR wiring issue", Fault.WIRING, MENNEKES),
    Row("Incorrect phase rotation direction detected", Fault.WIRING, MENNEKES),
    Row("Car current overload, charging stopped", Fault.OVERCURRENT, MENNEKES),
    Row("PIC24 error", Fault.INTERNAL, MENNEKES),
    Row("No power on mains detected", Fault.POWER_LOSS, MENNEKES),
)
_ALFEN: Final = (
    Row("101", Fault.GROUND, f"{ALFEN} KA-01397"),
    Row("102", Fault.CONTACTOR, f"{ALFEN} KA-01398"),
    Row("409", Fault.OPENED, f"{ALFEN} KA-01353"),
    Row("Enclosure opened, check charger installation", Fault.OPENED, f"{ALFEN} KA-01353"),
)
_BOARD: Final = EVEREST.format("evse_board_support")
_LOCK: Final = EVEREST.format("connector_lock")
_RCD: Final = EVEREST.format("ac_rcd")

TABLES: Final[Mapping[str, tuple[Row, ...]]] = {
    "bender": _BENDER,
    "ebee": _BENDER,
    "mennekes": _BENDER,
    "alfen": _ALFEN,
}
"""The tables, by a word of the maker's name, folded."""
OWN_NAMES: Final = (
    Row("evse_board_support/DiodeFault", Fault.CAR, _BOARD),
    Row("evse_board_support/VentilationNotAvailable", Fault.CAR, _BOARD),
    Row("evse_board_support/BrownOut", Fault.UNDERVOLTAGE, _BOARD),
    Row("evse_board_support/EnergyManagement", Fault.LIMITED, _BOARD),
    Row("evse_board_support/PermanentFault", Fault.BROKEN, _BOARD),
    Row("evse_board_support/Tilted", Fault.TILTED, _BOARD),
    Row("evse_board_support/Water", Fault.WATER, _BOARD),
    Row("evse_board_support/DoorOpen", Fault.OPENED, _BOARD),
    Row("evse_board_support/CommunicationFault", Fault.INTERNAL, _BOARD),
    Row("connector_lock/ConnectorLockCapNotCharged", Fault.LOCK, _LOCK),
    Row("connector_lock/ConnectorLockUnexpectedOpen", Fault.LOCK, _LOCK),
    Row("connector_lock/ConnectorLockUnexpectedClose", Fault.LOCK, _LOCK),
    Row("connector_lock/ConnectorLockFailedLock", Fault.LOCK, _LOCK),
    Row("connector_lock/ConnectorLockFailedUnlock", Fault.LOCK, _LOCK),
    Row("ac_rcd/Selftest", Fault.BROKEN, _RCD),
    Row("ac_rcd/DC", Fault.GROUND, _RCD),
    Row("ac_rcd/AC", Fault.GROUND, _RCD),
    Row("evse_manager/Internal", Fault.INTERNAL, EVEREST.format("evse_manager")),
)
"""Codes that name their family themselves."""

_BY_MAKER: Final[Mapping[str, Mapping[str, Fault]]] = {
    maker: {folded(row.code): row.fault for row in rows} for maker, rows in TABLES.items()
}
_OWN: Final[Mapping[str, Fault]] = {folded(row.code): row.fault for row in OWN_NAMES}


def table_of(*makes: str) -> Mapping[str, Fault] | None:
    """Return the table of the maker that one of `makes` names, ``None`` where there is none."""
    words = {word for make in makes for word in make.casefold().replace("/", " ").split()}
    return next((rows for maker, rows in _BY_MAKER.items() if maker in words), None)


def own_name(code: str) -> Fault | None:
    """Return what `code`, folded, means where it names its family itself."""
    return _OWN.get(code)
