"""What each code and component means, written down a second time: a slip in a table of `hotline.core.diagnosis` is seen by it."""

from __future__ import annotations

MEANS = {
    "ConnectorLockFailure": "lock",
    "HighTemperature": "hot",
    "Mode3Error": "car",
    "PowerMeterFailure": "meter",
    "PowerSwitchFailure": "contactor",
    "ReaderFailure": "reader",
    "ResetFailure": "reset_failed",
    "GroundFailure": "ground",
    "OverCurrentFailure": "overcurrent",
    "UnderVoltage": "undervoltage",
    "WeakSignal": "weak_signal",
    "EVCommunicationError": "car",
    "InternalError": "internal",
    "LocalListConflict": "list",
    "OverVoltage": "overvoltage",
    "EmergencyStop": "emergency_stop",
    "CX001": "lock",  # ConnectorLockFailure
    "CX002": "ground",  # GroundFailure
    "CX003": "derated",  # HighTemperature: it derates
    "CX004": "overcurrent",  # OverCurrentFailure
    "CX005": "overvoltage",  # OverVoltage
    "CX006": "undervoltage",  # UnderVoltage
    "CX007": "weak_signal",  # WeakSignal
    "CX008": "emergency_stop",  # EmergencyStop
    "CX009": "late",  # AuthorizationTimeout
    "CX010": "car_mode",  # InvalidVehicleMode
    "CX011": "insulation",  # CableCheckFault
    "CX012": "car",  # EVContactorFault
    "CX013": "no_link",  # NoInternet
    "CX014": "signal",  # PilotFault
    "CX015": "power_loss",  # PowerLoss
    "CX016": "precharge",  # PreChargeFault
    "CX017": "contactor",  # EVSEContactorFault
    "CX018": "cable_warm",  # CableOverTempDerate
    "CX019": "cable_hot",  # CableOverTempStop
    "CX020": "seat",  # PartialInsertion
    "CX021": "insulation",  # CapacitanceFault
    "CX022": "insulation",  # ResistanceFault
    "CX023": "signal",  # ProximityFault
    "CX024": "live_connector",  # ConnectorVoltageHigh
    "CX025": "broken_latch",  # BrokenLatch
    "CX026": "cut_cable",  # CutCable
    "A000": "late",
    "A001": "seat",
    "A002": "seat",
    "A003": "car_mode",
    "A004": "emergency_stop",
    "F000": "signal",
    "F003": "signal",
    "F004": "broken_latch",
    "F006": "insulation",
    "F007": "insulation",
    "F008": "live_connector",
    "F009": "cable_hot",
    "Residual current detected via sensor": "ground",
    "Vehicle signals error": "car",
    "Vehicle diode check failed - tamper detection": "car",
    "MCB of type 2 socket triggered": "overcurrent",
    "MCB of domestic socket triggered": "overcurrent",
    "RCD triggered": "ground",
    "RCD may be triggered (OCPP meter power loss)": "ground",
    "Contactor welded": "contactor",
    "Backend disconnected": "no_link",
    "Plug locking failed": "lock",
    "Locking without plug error": "lock",
    "Actuator stuck cannot unlock": "lock",
    "Actuator detection failed": "lock",
    "Actuator unlocked while charging": "lock",
    "FW Update in progress": "updating",
    "USB stick handling in progress": "updating",
    "The charge point is tilted": "tilted",
    "CP/PR wiring issue": "wiring",
    "Incorrect phase rotation direction detected": "wiring",
    "Car current overload, charging stopped": "overcurrent",
    "PIC24 error": "internal",
    "No power on mains detected": "power_loss",
    "101": "ground",
    "102": "contactor",
    "409": "opened",
    "Enclosure opened, check charger installation": "opened",
    "evse_board_support/DiodeFault": "car",
    "evse_board_support/VentilationNotAvailable": "car",
    "evse_board_support/BrownOut": "undervoltage",
    "evse_board_support/EnergyManagement": "limited",
    "evse_board_support/PermanentFault": "broken",
    "evse_board_support/Tilted": "tilted",
    "evse_board_support/Water": "water",
    "evse_board_support/DoorOpen": "opened",
    "evse_board_support/CommunicationFault": "internal",
    "connector_lock/ConnectorLockCapNotCharged": "lock",
    "connector_lock/ConnectorLockUnexpectedOpen": "lock",
    "connector_lock/ConnectorLockUnexpectedClose": "lock",
    "connector_lock/ConnectorLockFailedLock": "lock",
    "connector_lock/ConnectorLockFailedUnlock": "lock",
    "ac_rcd/Selftest": "broken",
    "ac_rcd/DC": "ground",
    "ac_rcd/AC": "ground",
    "evse_manager/Internal": "internal",
}
PARTS_MEAN = {
    "CableBreakawaySensor": "cut_cable",
    "CaseAccessSensor": "opened",
    "Connector": "broken",
    "ConnectorPlugRetentionLock": "lock",
    "Controller": "internal",
    "CPPWMController": "signal",
    "DataLink": "no_link",
    "Display": "display",
    "EmergencyStopSensor": "emergency_stop",
    "EVRetentionLock": "seat",
    "EVSE": "broken",
    "FiscalMetering": "meter",
    "FloodSensor": "water",
    "GroundIsolationProtection": "insulation",
}
