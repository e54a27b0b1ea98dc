"""What is said of a fault that a charger reports: the verdict and what to say to the caller. English; see `sentences`.

No codes, no names of protocols; `since` is when it was first told, `where` a point or the whole charger.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from hotline.core.marks import marked
from hotline.core.sentence_names import Saying, Sentence

if TYPE_CHECKING:
    from collections.abc import Mapping

FAULT_VERDICTS: Final[Mapping[Sentence, str]] = {
    Sentence.CONTACTOR: marked("%(where)s reports a contactor fault since %(since)s; its socket may be live."),
    Sentence.LIVE_CONNECTOR: marked("%(where)s reports voltage where none should be since %(since)s; its plug may be live."),
    Sentence.CUT_CABLE: marked("%(where)s reports since %(since)s that its cable is cut; nobody may touch it."),
    Sentence.GROUND: marked("%(where)s reports an earth fault since %(since)s; not to be used before a check."),
    Sentence.GROUND_TWICE: marked("%(where)s tripped twice on earth fault within 10 minutes; it stays off until checked."),
    Sentence.GROUND_OFTEN: marked(
        "%(where)s tripped %(tripped)s times on earth fault within 10 minutes; it stays off until checked."
    ),
    Sentence.INSULATION: marked("%(where)s reports an insulation fault since %(since)s; not to be used before a check."),
    Sentence.EMERGENCY_STOP: marked("%(where)s reports its emergency button pressed since %(since)s; it is released on site only."),
    Sentence.WATER: marked("%(where)s reports water inside since %(since)s; nobody may touch it before a check."),
    Sentence.TILTED: marked("%(where)s reports since %(since)s that it was knocked or tilted; nobody may touch it."),
    Sentence.OPENED: marked("%(where)s reports its housing open since %(since)s; parts inside may be live."),
    Sentence.BROKEN_LATCH: marked("%(where)s reports a broken plug latch since %(since)s; its plug must not be used."),
    Sentence.SAFETY: marked("%(where)s reports a safety fault since %(since)s; what it is, we cannot say."),
    Sentence.DANGER_LAST_KNOWN: marked("%(where)s told of a dangerous fault at %(told)s; nothing has cleared it since."),
    Sentence.FAULT_AGAIN: marked("%(where)s reported a fault %(tripped)s times within 10 minutes; it needs a check on site."),
    Sentence.CABLE_HOT: marked("%(where)s reports an overheated cable or plug since %(since)s; it needs a check."),
    Sentence.OVERCURRENT: marked("%(where)s reports tripped overcurrent protection since %(since)s; it must be re-armed on site."),
    Sentence.WIRING: marked("%(where)s reports a wiring fault since %(since)s; it is for an electrician."),
    Sentence.BROKEN: marked("%(where)s reports since %(since)s that it is broken and needs repair."),
    Sentence.OVERVOLTAGE: marked("%(where)s reports too high a voltage from its supply since %(since)s."),
    Sentence.UNDERVOLTAGE: marked("%(where)s reports too low a voltage from its supply since %(since)s."),
    Sentence.POWER_LOSS: marked("%(where)s reports no mains power since %(since)s; it cannot charge until that is back."),
    Sentence.HOT: marked("%(where)s reports too high a temperature since %(since)s; it may charge slowly or wait."),
    Sentence.DERATED: marked("%(where)s gives less power since %(since)s: it reports that it is too warm."),
    Sentence.CABLE_WARM: marked("%(where)s gives less power since %(since)s: it reports a cable or plug too warm."),
    Sentence.LOCK: marked("%(where)s reports a fault of its plug lock since %(since)s."),
    Sentence.METER: marked("%(where)s reports a meter fault since %(since)s; what it delivers may not be counted."),
    Sentence.READER: marked("%(where)s reports a card reader fault since %(since)s; a badge may not be read."),
    Sentence.INTERNAL: marked("%(where)s reports an internal fault since %(since)s; a restart may clear it."),
    Sentence.RESET_FAILED: marked("%(where)s reports since %(since)s that a restart failed; it needs a visit."),
    Sentence.UPDATING: marked("%(where)s reports an update of its software since %(since)s; it must not be restarted."),
    Sentence.CAR: marked("%(where)s reports since %(since)s that it cannot communicate with the car."),
    Sentence.CAR_MODE: marked("%(where)s reports since %(since)s that the car is not ready to charge."),
    Sentence.SIGNAL: marked("%(where)s reports a bad signal between plug and car since %(since)s."),
    Sentence.SEAT: marked("%(where)s reports since %(since)s that the plug is not fully in or not held."),
    Sentence.LATE: marked("%(where)s saw a plug but no card in time, at %(since)s."),
    Sentence.PRECHARGE: marked("%(where)s reports since %(since)s that charging could not begin: the voltages did not match."),
    Sentence.LIMITED: marked("%(where)s reports since %(since)s that there is not enough power to share."),
    Sentence.LIST: marked("%(where)s reports since %(since)s that its list of cards is out of step."),
    Sentence.DISPLAY: marked("%(where)s reports a display fault since %(since)s; it may charge all the same."),
    Sentence.NO_LINK: marked("%(where)s reports since %(since)s that its connection to us had failed."),
    Sentence.WEAK_SIGNAL: marked("%(where)s reports a weak radio signal since %(since)s; answers may come late."),
    Sentence.DRIVER: marked("%(where)s reports since %(since)s something that the driver can put right."),
    Sentence.UNNAMED: marked("%(where)s reports a fault since %(since)s that is not in our tables."),
}

FAULT_SAYINGS: Final[Mapping[Saying, str]] = {
    Saying.DO_NOT_TOUCH: marked("Please step back and do not touch the charger, its socket or its cable."),
    Saying.DO_NOT_TOUCH_COMING: marked(
        "Please step back and do not touch the charger, its socket or its cable. Someone is on the way."
    ),
    Saying.GROUND: marked(
        "Please unplug, if the plug comes out freely, and do not try again with this cable or car. Please use another charger."
    ),
    Saying.EMERGENCY: marked("Has someone pressed the red button, and is anyone hurt? Please leave it as it is and step back."),
    Saying.EMERGENCY_COMING: marked("Please leave the red button as it is and step back. Someone is on the way."),
    Saying.LEAVE_PLUG: marked("Please leave this plug alone and do not touch its contacts. Please use another charger."),
    Saying.LET_COOL: marked("Please do not take hold of the plug yet, it may be hot. Please use another charger."),
    Saying.NO_USE: marked("This point cannot be used before somebody has looked at it. Please use another charger."),
    Saying.SUPPLY: marked("The charger reports a problem with its supply. Please use another charger."),
    Saying.WARM: marked(
        "The charger is too warm at the moment, so it charges slowly or waits. You can wait, or use another charger."
    ),
    Saying.LOCK: marked("Please unlock the car first and push the plug in firmly. Then try once more."),
    Saying.NO_METER: marked("The charger reports that it cannot measure what it delivers. Please use another charger."),
    Saying.NO_READER: marked("The charger reports that it cannot read badges. Please start by app, or use another charger."),
    Saying.RESTART: marked(
        "The charger reports a fault that a restart may clear, in about three minutes. Otherwise please use another."
    ),
    Saying.UPDATING: marked("The charger is updating its software. Please use another charger for now."),
    Saying.REPLUG: marked(
        "Please unplug, wait ten seconds and plug in again firmly. If that does not help, try another point or cable."
    ),
    Saying.CAR_OFF: marked("Please put the car in park, switch it off and lock it. Then plug in once more."),
    Saying.RESEAT: marked("Please unplug, wait ten seconds and push the plug fully in."),
    Saying.CARD_FIRST: marked("Please unplug, present your badge first, and then plug in."),
    Saying.WAIT_OR_OTHER: marked(
        "There is not enough power for everybody here at the moment. Please wait a little, or use another charger."
    ),
    Saying.CARD_AGAIN: marked("Your badge may well be fine. Please present it once more."),
    Saying.NO_DISPLAY: marked("The display reports a fault, but charging may work all the same. Please present your badge."),
}
