"""The faults that a charger can report, the gravest first: how dangerous each is, what to say of it, and what to do.

Which code means which fault is in `codes` and `vendors`. What is done follows the playbooks and guard rails of the trade:
a protective device that tripped is never reset from afar (dlm.energy, *OCPP status notification error messages*: a breaker is
re-armed on site, a welded contactor is a visit of high priority); a driver's own slip is put right by the driver (EVgo MREC,
codes A0xx); a restart is for faults of a controller (The Mobility House, *What do the different charging point errors mean*).
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Final

from hotline.core.diagnosis.steps import HERE, Ask, Elsewhere, HandOver, Plea, Recipient, Send, Step, Urgency
from hotline.core.diagnosis.verdict import Safety
from hotline.core.sentence_names import Saying, Sentence
from monitor.core.commands import Action

if TYPE_CHECKING:
    from collections.abc import Mapping


class Fault(StrEnum):
    """What may be wrong with a charger; the order of definition is that of gravity: of several the first speaks."""

    CONTACTOR = "contactor"
    LIVE_CONNECTOR = "live_connector"
    CUT_CABLE = "cut_cable"
    WATER = "water"
    TILTED = "tilted"
    OPENED = "opened"
    EMERGENCY_STOP = "emergency_stop"
    GROUND = "ground"
    INSULATION = "insulation"
    BROKEN_LATCH = "broken_latch"
    SAFETY = "safety"
    """A code of a family that is for safety faults, without a name of ours."""
    CABLE_HOT = "cable_hot"
    OVERCURRENT = "overcurrent"
    WIRING = "wiring"
    BROKEN = "broken"
    OVERVOLTAGE = "overvoltage"
    HOT = "hot"
    POWER_LOSS = "power_loss"
    UNDERVOLTAGE = "undervoltage"
    LOCK = "lock"
    METER = "meter"
    READER = "reader"
    RESET_FAILED = "reset_failed"
    UPDATING = "updating"
    INTERNAL = "internal"
    CAR = "car"
    CAR_MODE = "car_mode"
    SIGNAL = "signal"
    SEAT = "seat"
    PRECHARGE = "precharge"
    LATE = "late"
    LIMITED = "limited"
    DERATED = "derated"
    CABLE_WARM = "cable_warm"
    LIST = "list"
    DISPLAY = "display"
    NO_LINK = "no_link"
    WEAK_SIGNAL = "weak_signal"
    DRIVER = "driver"
    """A code of a family that is for what drivers can mend, without a name of ours."""
    UNNAMED = "unnamed"
    """A code that is in no table."""

    @property
    def gravity(self) -> int:
        """Its place among all, the gravest 0."""
        return _PLACES[self]


_PLACES: Final[Mapping[Fault, int]] = {fault: place for place, fault in enumerate(Fault)}


@dataclass(frozen=True, slots=True, kw_only=True)
class Advice:
    """What is known about a fault.

    Attributes:
        sentence: the verdict; `saying`: what to say to the caller.
        steps: what to do, in this order.
        safety: how dangerous it is.
        resettable: it may be restarted away, or a restart does no harm.
        whole: it is a fault of the cabinet, whichever point reports it.
        gives_up: the point cannot be used, so another one that is free is offered.
    """

    sentence: Sentence
    saying: Saying
    steps: tuple[Step, ...]
    safety: Safety = Safety.NONE
    resettable: bool = True
    whole: bool = False
    gives_up: bool = False


RESTART: Final = Send(Action.RESET, "soft")
OUT: Final = Send(Action.CHANGE_AVAILABILITY, "inoperative", HERE)
REFRESH: Final = Send(Action.REFRESH, "", HERE)
TODAY: Final = HandOver(Recipient.MAINTAINER, Urgency.TODAY)
NOW: Final = HandOver(Recipient.MAINTAINER, Urgency.NOW)
ROUTINE: Final = HandOver(Recipient.MAINTAINER, Urgency.ROUTINE)
OTHER: Final = Elsewhere()
ALARM: Final[tuple[Step, ...]] = (Ask(Plea.STEP_BACK), OUT, NOW, OTHER)


def _danger(sentence: Sentence, saying: Saying, steps: tuple[Step, ...] = ALARM, *, whole: bool = False) -> Advice:
    return Advice(sentence=sentence, saying=saying, steps=steps, safety=Safety.DANGER, resettable=False, whole=whole)


def _out(sentence: Sentence, saying: Saying = Saying.NO_USE, *steps: Step, safety: Safety = Safety.CARE) -> Advice:
    """Return advice about a point that is used by nobody until somebody has been there."""
    return Advice(sentence=sentence, saying=saying, steps=(*steps, OTHER, TODAY), safety=safety, resettable=False, gives_up=True)


ADVICE: Final[Mapping[Fault, Advice]] = {
    Fault.CONTACTOR: _danger(Sentence.CONTACTOR, Saying.DO_NOT_TOUCH),
    Fault.LIVE_CONNECTOR: _danger(Sentence.LIVE_CONNECTOR, Saying.DO_NOT_TOUCH),
    Fault.CUT_CABLE: _danger(Sentence.CUT_CABLE, Saying.DO_NOT_TOUCH),
    Fault.WATER: _danger(Sentence.WATER, Saying.DO_NOT_TOUCH, whole=True),
    Fault.TILTED: _danger(Sentence.TILTED, Saying.DO_NOT_TOUCH, whole=True),
    Fault.OPENED: _danger(Sentence.OPENED, Saying.DO_NOT_TOUCH, whole=True),
    Fault.EMERGENCY_STOP: _danger(Sentence.EMERGENCY_STOP, Saying.EMERGENCY, (Ask(Plea.HURT), NOW, OTHER), whole=True),
    Fault.GROUND: _danger(Sentence.GROUND, Saying.GROUND, (Ask(Plea.NOT_THIS_CABLE), TODAY, OTHER)),
    Fault.INSULATION: _danger(Sentence.INSULATION, Saying.GROUND, (Ask(Plea.NOT_THIS_CABLE), OUT, TODAY, OTHER)),
    Fault.BROKEN_LATCH: _danger(Sentence.BROKEN_LATCH, Saying.LEAVE_PLUG, (Ask(Plea.LEAVE_PLUG), OUT, TODAY, OTHER)),
    Fault.SAFETY: _danger(Sentence.SAFETY, Saying.DO_NOT_TOUCH),
    Fault.CABLE_HOT: _out(Sentence.CABLE_HOT, Saying.LET_COOL, Ask(Plea.LET_COOL), OUT),
    Fault.OVERCURRENT: _out(Sentence.OVERCURRENT),
    Fault.WIRING: _out(Sentence.WIRING),
    Fault.BROKEN: _out(Sentence.BROKEN),
    Fault.OVERVOLTAGE: Advice(
        sentence=Sentence.OVERVOLTAGE, saying=Saying.SUPPLY, steps=(OTHER, TODAY), safety=Safety.CARE, gives_up=True
    ),
    Fault.HOT: Advice(sentence=Sentence.HOT, saying=Saying.WARM, steps=(Ask(Plea.WAIT), OTHER, ROUTINE), safety=Safety.CARE),
    Fault.POWER_LOSS: Advice(
        sentence=Sentence.POWER_LOSS,
        saying=Saying.POWER,
        steps=(Ask(Plea.LIGHT), HandOver(Recipient.GRID, Urgency.TODAY), OTHER),
    ),
    Fault.UNDERVOLTAGE: Advice(sentence=Sentence.UNDERVOLTAGE, saying=Saying.SUPPLY, steps=(OTHER, TODAY), gives_up=True),
    Fault.LOCK: Advice(
        sentence=Sentence.LOCK,
        saying=Saying.LOCK,
        steps=(Ask(Plea.UNLOCK_CAR), Send(Action.UNLOCK, "", HERE), Ask(Plea.REPLUG), RESTART, TODAY),
    ),
    Fault.METER: Advice(sentence=Sentence.METER, saying=Saying.NO_METER, steps=(OTHER, RESTART, TODAY), gives_up=True),
    Fault.READER: Advice(
        sentence=Sentence.READER,
        saying=Saying.NO_READER,
        steps=(Ask(Plea.USE_APP), Ask(Plea.IDENTITY), Send(Action.REMOTE_START, "", HERE), RESTART, TODAY),
    ),
    Fault.RESET_FAILED: Advice(sentence=Sentence.RESET_FAILED, saying=Saying.NO_USE, steps=(OTHER, TODAY), gives_up=True),
    Fault.UPDATING: Advice(
        sentence=Sentence.UPDATING, saying=Saying.UPDATING, steps=(OTHER, Ask(Plea.WAIT)), resettable=False, whole=True
    ),
    Fault.INTERNAL: Advice(sentence=Sentence.INTERNAL, saying=Saying.RESTART, steps=(REFRESH, RESTART, TODAY, OTHER)),
    Fault.CAR: Advice(
        sentence=Sentence.CAR,
        saying=Saying.REPLUG,
        steps=(Ask(Plea.REPLUG), Ask(Plea.OTHER_CABLE), RESTART, ROUTINE),
    ),
    Fault.CAR_MODE: Advice(sentence=Sentence.CAR_MODE, saying=Saying.CAR_OFF, steps=(Ask(Plea.CAR_OFF), Ask(Plea.REPLUG))),
    Fault.SIGNAL: Advice(
        sentence=Sentence.SIGNAL, saying=Saying.REPLUG, steps=(Ask(Plea.REPLUG), Ask(Plea.OTHER_CABLE), OTHER, ROUTINE)
    ),
    Fault.SEAT: Advice(sentence=Sentence.SEAT, saying=Saying.RESEAT, steps=(Ask(Plea.REPLUG), Ask(Plea.OTHER_CABLE))),
    Fault.PRECHARGE: Advice(sentence=Sentence.PRECHARGE, saying=Saying.REPLUG, steps=(Ask(Plea.REPLUG), OTHER, ROUTINE)),
    Fault.LATE: Advice(
        sentence=Sentence.LATE,
        saying=Saying.CARD_FIRST,
        steps=(Ask(Plea.CARD_FIRST), Ask(Plea.IDENTITY), Send(Action.REMOTE_START, "", HERE)),
    ),
    Fault.LIMITED: Advice(sentence=Sentence.LIMITED, saying=Saying.WAIT_OR_OTHER, steps=(Ask(Plea.WAIT), OTHER)),
    Fault.DERATED: Advice(sentence=Sentence.DERATED, saying=Saying.WARM, steps=(Ask(Plea.WAIT), OTHER)),
    Fault.CABLE_WARM: Advice(sentence=Sentence.CABLE_WARM, saying=Saying.WARM, steps=(Ask(Plea.WAIT), OTHER, ROUTINE)),
    Fault.LIST: Advice(
        sentence=Sentence.LIST,
        saying=Saying.CARD_AGAIN,
        steps=(Ask(Plea.CARD_AGAIN), HandOver(Recipient.OPERATORS, Urgency.ROUTINE)),
    ),
    Fault.DISPLAY: Advice(sentence=Sentence.DISPLAY, saying=Saying.NO_DISPLAY, steps=(Ask(Plea.TRY_BADGE), ROUTINE)),
    Fault.NO_LINK: Advice(sentence=Sentence.NO_LINK, saying=Saying.UNSTEADY, steps=(Ask(Plea.TRY_BADGE), REFRESH)),
    Fault.WEAK_SIGNAL: Advice(sentence=Sentence.WEAK_SIGNAL, saying=Saying.UNSTEADY, steps=(Ask(Plea.TRY_BADGE),)),
    Fault.DRIVER: Advice(sentence=Sentence.DRIVER, saying=Saying.REPLUG, steps=(Ask(Plea.REPLUG), OTHER, ROUTINE)),
    Fault.UNNAMED: Advice(sentence=Sentence.UNNAMED, saying=Saying.FAULT, steps=(REFRESH, TODAY, OTHER)),
}

AGAIN: Final[tuple[Step, ...]] = (OUT, NOW, OTHER)
"""What is done about a fault that came twice within ten minutes: nothing is tried once more."""
OFTEN: Final = 2
"""How often a fault comes within `AGAIN_S` to be one that comes again."""
AGAIN_S: Final = 600.0
