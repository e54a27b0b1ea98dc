"""Codes that mean the same for every make: one row a code, with where that is written. Facts only; what follows is in `faults`.

OCPP 1.2 to 1.6 tell an error code with a status; 2.x tells components and their variables in NotifyEvent, with a code of its
own choice (`techCode`). ChargeX's codes come over both, several with commas between. EVgo's older ones are told apart by their
first letter: A is for the driver to mend, F is a matter of safety.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from hotline.core.diagnosis.faults import Fault

if TYPE_CHECKING:
    from collections.abc import Mapping

OCPP: Final = "OCPP 1.6 §7.6 ChargePointErrorCode"
OCPP_12: Final = "OCPP 1.2, 1.5 and 1.6 ChargePointErrorCode"
OCPP_OLD: Final = "OCPP 1.2 and 1.5 ChargePointErrorCode"
OCPP_15: Final = "OCPP 1.5 and 1.6 ChargePointErrorCode"
OCPP_2X: Final = "OCPP 2.0.1 part 2, appendices §3.2"
CHARGEX: Final = "ChargeX minimum required error codes, rev. 5, inl.gov/chargex/mrec"
EVGO: Final = "EVgo minimum required error codes 1.0.1, mrec.evgo.com"


@dataclass(frozen=True, slots=True)
class Row:
    """One code, or the text that stands for one, what it means, and its source."""

    code: str
    fault: Fault
    source: str


@dataclass(frozen=True, slots=True)
class Part:
    """A component of OCPP 2.x whose `variable` is true, what that means, and its source."""

    component: str
    variable: str
    fault: Fault
    source: str = OCPP_2X


STANDARD: Final = (
    Row("ConnectorLockFailure", Fault.LOCK, OCPP_12),
    Row("HighTemperature", Fault.HOT, OCPP_12),
    Row("Mode3Error", Fault.CAR, OCPP_OLD),
    Row("PowerMeterFailure", Fault.METER, OCPP_12),
    Row("PowerSwitchFailure", Fault.CONTACTOR, OCPP_12),
    Row("ReaderFailure", Fault.READER, OCPP_12),
    Row("ResetFailure", Fault.RESET_FAILED, OCPP_12),
    Row("GroundFailure", Fault.GROUND, OCPP_15),
    Row("OverCurrentFailure", Fault.OVERCURRENT, OCPP_15),
    Row("UnderVoltage", Fault.UNDERVOLTAGE, OCPP_15),
    Row("WeakSignal", Fault.WEAK_SIGNAL, OCPP_15),
    Row("EVCommunicationError", Fault.CAR, OCPP),
    Row("InternalError", Fault.INTERNAL, OCPP),
    Row("LocalListConflict", Fault.LIST, OCPP),
    Row("OverVoltage", Fault.OVERVOLTAGE, OCPP),
    Row("EmergencyStop", Fault.EMERGENCY_STOP, "OCPP 1.6 §7.36 Reason, which some stations send as an error"),
)
SILENT: Final = frozenset({"", "noerror", "othererror"})
"""Error codes, folded, that name nothing: ``OtherError`` says that another code does (OCPP 1.5 and 1.6)."""

MINIMUM: Final = (
    Row("CX001", Fault.LOCK, CHARGEX),
    Row("CX002", Fault.GROUND, CHARGEX),
    Row("CX003", Fault.DERATED, CHARGEX),
    Row("CX004", Fault.OVERCURRENT, CHARGEX),
    Row("CX005", Fault.OVERVOLTAGE, CHARGEX),
    Row("CX006", Fault.UNDERVOLTAGE, CHARGEX),
    Row("CX007", Fault.WEAK_SIGNAL, CHARGEX),
    Row("CX008", Fault.EMERGENCY_STOP, CHARGEX),
    Row("CX009", Fault.LATE, CHARGEX),
    Row("CX010", Fault.CAR_MODE, CHARGEX),
    Row("CX011", Fault.INSULATION, CHARGEX),  # the cable check of CCS is a test of insulation
    Row("CX012", Fault.CAR, CHARGEX),  # the car's own contactors
    Row("CX013", Fault.NO_LINK, CHARGEX),
    Row("CX014", Fault.SIGNAL, CHARGEX),
    Row("CX015", Fault.POWER_LOSS, CHARGEX),
    Row("CX016", Fault.PRECHARGE, CHARGEX),
    Row("CX017", Fault.CONTACTOR, CHARGEX),
    Row("CX018", Fault.CABLE_WARM, CHARGEX),
    Row("CX019", Fault.CABLE_HOT, CHARGEX),
    Row("CX020", Fault.SEAT, CHARGEX),
    Row("CX021", Fault.INSULATION, CHARGEX),
    Row("CX022", Fault.INSULATION, CHARGEX),
    Row("CX023", Fault.SIGNAL, CHARGEX),
    Row("CX024", Fault.LIVE_CONNECTOR, CHARGEX),
    Row("CX025", Fault.BROKEN_LATCH, CHARGEX),
    Row("CX026", Fault.CUT_CABLE, CHARGEX),
)
OLDER: Final = (
    Row("A000", Fault.LATE, EVGO),
    Row("A001", Fault.SEAT, EVGO),
    Row("A002", Fault.SEAT, EVGO),
    Row("A003", Fault.CAR_MODE, EVGO),
    Row("A004", Fault.EMERGENCY_STOP, EVGO),
    Row("F000", Fault.SIGNAL, EVGO),
    Row("F003", Fault.SIGNAL, EVGO),
    Row("F004", Fault.BROKEN_LATCH, EVGO),
    Row("F006", Fault.INSULATION, EVGO),
    Row("F007", Fault.INSULATION, EVGO),
    Row("F008", Fault.LIVE_CONNECTOR, EVGO),
    Row("F009", Fault.CABLE_HOT, EVGO),
)
PARTS: Final = (
    Part("CableBreakawaySensor", "Active", Fault.CUT_CABLE),
    Part("CableBreakawaySensor", "Tripped", Fault.CUT_CABLE),
    Part("CaseAccessSensor", "Active", Fault.OPENED),
    Part("CaseAccessSensor", "Tripped", Fault.OPENED),
    Part("Connector", "Tripped", Fault.BROKEN),
    Part("ConnectorPlugRetentionLock", "Problem", Fault.LOCK),
    Part("ConnectorPlugRetentionLock", "Tripped", Fault.LOCK),
    Part("Controller", "Problem", Fault.INTERNAL),
    Part("CPPWMController", "Problem", Fault.SIGNAL),
    Part("DataLink", "Problem", Fault.NO_LINK),
    Part("Display", "Problem", Fault.DISPLAY),
    Part("EmergencyStopSensor", "Active", Fault.EMERGENCY_STOP),
    Part("EmergencyStopSensor", "Tripped", Fault.EMERGENCY_STOP),
    Part("EVRetentionLock", "Problem", Fault.SEAT),
    Part("EVSE", "Tripped", Fault.BROKEN),
    Part("FiscalMetering", "Problem", Fault.METER),
    Part("FloodSensor", "Active", Fault.WATER),
    Part("FloodSensor", "Tripped", Fault.WATER),
    Part("GroundIsolationProtection", "Active", Fault.INSULATION),
    Part("GroundIsolationProtection", "Problem", Fault.INSULATION),
)
"""What a variable that is true says, where the appendices are plain about it."""

DRIVERS: Final = re.compile(r"a[0-9a-f]{3}", re.ASCII)
SAFETY: Final = re.compile(r"f[0-9a-f]{3}", re.ASCII)
"""EVgo's families, folded: prefixes A0 to AF, and F0 to FF."""


def folded(code: str) -> str:
    """Return `code` as it is compared: without case, blanks around it or a full stop."""
    return code.strip().rstrip(".").casefold()


_EVERYWHERE: Final[Mapping[str, Fault]] = {folded(row.code): row.fault for row in (*STANDARD, *MINIMUM)}
_OLDER: Final[Mapping[str, Fault]] = {folded(row.code): row.fault for row in OLDER}
_PARTS: Final[Mapping[tuple[str, str], Fault]] = {(folded(one.component), folded(one.variable)): one.fault for one in PARTS}


def common(code: str) -> Fault | None:
    """Return what `code`, folded, means whoever the maker is."""
    return _EVERYWHERE.get(code)


def older(code: str) -> Fault | None:
    """Return what `code`, folded, means if it is one of EVgo's; one without a row is told by its family."""
    if code in _OLDER:
        return _OLDER[code]
    if SAFETY.fullmatch(code):
        return Fault.SAFETY
    return Fault.DRIVER if DRIVERS.fullmatch(code) else None


def of_part(component: str, variable: str) -> Fault | None:
    """Return what it means that `variable` of `component` is true."""
    return _PARTS.get((folded(component), folded(variable)))
