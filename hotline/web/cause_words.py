"""What was wrong, in a few words: causes and symptoms as a supervisor ranks them. English; the catalogues say it otherwise."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from hotline.core.diagnosis import Symptom
from hotline.core.diagnosis.faults import Fault
from hotline.core.diagnosis.rulings import SAID
from hotline.core.legible import legible
from hotline.core.sentences import marked
from hotline.web.step_words import SYMPTOMS
from hotline.web.words import CAUSES
from monitor.core.breaches import Cause

if TYPE_CHECKING:
    from collections.abc import Mapping

    from hotline.web.speaking import Speaking

FAULTS: Final[Mapping[Fault, str]] = {
    Fault.CONTACTOR: marked("contactor fault"),
    Fault.LIVE_CONNECTOR: marked("voltage where none should be"),
    Fault.CUT_CABLE: marked("cable cut"),
    Fault.WATER: marked("water inside"),
    Fault.TILTED: marked("knocked or tilted"),
    Fault.OPENED: marked("housing open"),
    Fault.EMERGENCY_STOP: marked("emergency button pressed"),
    Fault.GROUND: marked("earth fault"),
    Fault.INSULATION: marked("insulation fault"),
    Fault.BROKEN_LATCH: marked("broken plug latch"),
    Fault.SAFETY: marked("safety fault without a name"),
    Fault.CABLE_HOT: marked("cable or plug overheated"),
    Fault.OVERCURRENT: marked("overcurrent protection tripped"),
    Fault.WIRING: marked("wiring fault"),
    Fault.BROKEN: marked("broken, needs repair"),
    Fault.OVERVOLTAGE: marked("supply voltage too high"),
    Fault.HOT: marked("too hot"),
    Fault.POWER_LOSS: marked("no mains power"),
    Fault.UNDERVOLTAGE: marked("supply voltage too low"),
    Fault.LOCK: marked("plug lock fault"),
    Fault.METER: marked("meter fault"),
    Fault.READER: marked("card reader fault"),
    Fault.RESET_FAILED: marked("a restart failed"),
    Fault.UPDATING: marked("update of its software"),
    Fault.INTERNAL: marked("internal fault"),
    Fault.CAR: marked("no communication with the car"),
    Fault.CAR_MODE: marked("car not ready to charge"),
    Fault.SIGNAL: marked("bad signal between plug and car"),
    Fault.SEAT: marked("plug not fully in"),
    Fault.PRECHARGE: marked("voltages did not match"),
    Fault.LATE: marked("no card in time"),
    Fault.LIMITED: marked("not enough power to share"),
    Fault.DERATED: marked("less power, too warm"),
    Fault.CABLE_WARM: marked("less power, cable or plug too warm"),
    Fault.LIST: marked("list of cards out of step"),
    Fault.DISPLAY: marked("display fault"),
    Fault.NO_LINK: marked("its connection to us failed"),
    Fault.WEAK_SIGNAL: marked("weak radio signal"),
    Fault.DRIVER: marked("something that the driver can put right"),
    Fault.UNNAMED: marked("fault that is not in our tables"),
}
DANGER_SAID: Final = marked("caller told of danger")


def cause(wording: Speaking, key: str) -> str:
    """Return a cause of the diagnosis in words; one that no longer has any stays as it was written down."""
    if key in set(Fault):
        return wording.say(FAULTS[Fault(key)])
    if key in set(Cause):
        return wording.say(CAUSES[Cause(key)])
    return wording.say(DANGER_SAID) if key == SAID else legible(key)


def symptom(wording: Speaking, key: str) -> str:
    """Return what a caller complained of in words; what is no symptom stays as it was written down."""
    return wording.say(SYMPTOMS[Symptom(key)]) if key in set(Symptom) else legible(key)
