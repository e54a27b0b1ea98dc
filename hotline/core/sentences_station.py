"""What is said of a station as a whole: how it is connected and what can be done with its points. English; see `sentences`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from hotline.core.marks import marked
from hotline.core.sentence_names import Saying, Sentence

if TYPE_CHECKING:
    from collections.abc import Mapping

STATION_VERDICTS: Final[Mapping[Sentence, str]] = {
    Sentence.ONE_FREE: marked("We see it healthy: it answered %(heard)s ago and point %(point)s is free."),
    Sentence.SOME_FREE: marked("We see it healthy: it answered %(heard)s ago and %(free)s points are free."),
    Sentence.IN_USE: marked("It answered %(heard)s ago; all of its points are in use."),
    Sentence.FAULT_ONE_FREE: marked("It answered %(heard)s ago; point %(fault)s reports a fault, point %(point)s is free."),
    Sentence.FAULTS_ONE_FREE: marked("It answered %(heard)s ago; %(faults)s points report a fault, point %(point)s is free."),
    Sentence.FAULT: marked("It answered %(heard)s ago; point %(fault)s reports a fault and no other is free."),
    Sentence.FAULTS: marked("It answered %(heard)s ago; %(faults)s points report a fault and none is free."),
    Sentence.STATION_FAULT: marked("It answered %(heard)s ago and reports a fault of the whole charger."),
    Sentence.OUT_OF_SERVICE: marked("It answered %(heard)s ago and says that it is out of service."),
    Sentence.POINTS_UNKNOWN: marked("It answered %(heard)s ago; it has not yet told us about its points."),
    Sentence.UNSTEADY: marked("It is here, last heard %(heard)s ago, but its connection keeps breaking."),
    Sentence.WORK_HERE: marked("Planned work until %(until)s; the charger answers, last heard %(heard)s ago."),
    Sentence.WORK_SILENT: marked("Planned work until %(until)s; silent for %(heard)s, as may be expected."),
    Sentence.DROPPED: marked("Its connection dropped %(silent)s ago; not yet certain, we shall know by %(due)s."),
    Sentence.OVERDUE: marked("No contact for %(heard)s; not yet certain, we shall know by %(due)s."),
    Sentence.STILL_SILENT: marked("Silent since we listen again (%(silent)s); not certain before %(due)s."),
    Sentence.UNCERTAIN: marked("No contact for %(heard)s; not yet certain that it is cut off."),
    Sentence.CUT_POWER: marked("Cut off, last heard %(heard)s ago: its power failed; for the grid operator to mend."),
    Sentence.CUT_MOBILE: marked("Cut off, last heard %(heard)s ago: its mobile link failed; for the network to mend."),
    Sentence.CUT_LINE: marked("Cut off, last heard %(heard)s ago: the owner's line failed; for the owner to mend."),
    Sentence.CUT_STATION: marked("Cut off, last heard %(heard)s ago: link fine, charger silent; for its maintainer."),
    Sentence.CUT_SITE: marked("Cut off, last heard %(heard)s ago: the whole site is unreachable; for its owner."),
    Sentence.CUT_APN: marked("Cut off, last heard %(heard)s ago: a whole mobile network is down; for its operator."),
    Sentence.CUT_CREDENTIALS: marked("Cut off, last heard %(heard)s ago: it shows a wrong password; for its maintainer."),
    Sentence.CUT_OBSERVER: marked("Cut off, last heard %(heard)s ago: the fault is ours, not the charger's."),
    Sentence.CUT_PLANNED: marked("Cut off, last heard %(heard)s ago: planned work, nothing to mend."),
    Sentence.CUT_UNKNOWN: marked("Cut off, last heard %(heard)s ago; we cannot tell yet why, nor for whom."),
    Sentence.SILENT_UNWATCHED: marked("Silent for %(heard)s; it is not in service, so nobody is alerted."),
    Sentence.SILENT_UNJUDGED: marked("Silent for %(heard)s; not yet counted as an interruption."),
    Sentence.DEAF: marked("We are not listening at the moment, so we cannot say; last heard %(heard)s ago."),
    Sentence.DEAF_CUT: marked("It was cut off when we stopped listening; last heard %(heard)s ago."),
    Sentence.CHANCE: marked("We were not listening; it has until %(due)s to speak; heard %(heard)s ago."),
    Sentence.CHANCE_OPEN: marked("We were not listening and it has not spoken since; last heard %(heard)s ago."),
    Sentence.NEVER: marked("It has never contacted us; we know it on paper only."),
    Sentence.NOT_YET: marked("Not in service yet; it has never contacted us."),
    Sentence.RETIRED: marked("Retired: it is no longer part of the network."),
}

STATION_SAYINGS: Final[Mapping[Saying, str]] = {
    Saying.FREE: marked("On our side the charger answers. Please present your badge again, at point %(point)s."),
    Saying.FINE: marked("On our side the charger answers. Please read me the sticker: are you standing in front of %(sticker)s?"),
    Saying.IN_USE: marked("All points of this charger are in use. Please wait for one, or use another charger."),
    Saying.FAULT_ELSE_FREE: marked("Point %(fault)s reports a fault, please do not use it. Please try point %(point)s instead."),
    Saying.FAULT: marked("The charger reports a fault. Please do not use it, and take another charger."),
    Saying.OUT_OF_SERVICE: marked("This charger says that it is out of service. Please use another charger."),
    Saying.UNSTEADY: marked("The charger's connection is unsteady. Please present your badge and give it a minute."),
    Saying.SILENT: marked("The charger no longer answers us. Your badge may still work: please try it, else use another charger."),
    Saying.POWER: marked("The charger seems to be without power: is there any light on it? If not, please use another charger."),
    Saying.WIDE: marked("Several chargers around you are cut off from us. Present your badge: charging may work without us."),
    Saying.UNSEEN: marked("I cannot see this charger at the moment. Your badge may well work: please try it."),
    Saying.WORK: marked("Work is planned on this charger until %(until)s. Please use another charger until then."),
    Saying.NEVER: marked("I do not see this charger yet. Could you read me the number on the sticker once more?"),
    Saying.NOT_YET: marked("This charger is not in service yet. Please use another charger."),
    Saying.RETIRED: marked("This charger is no longer in service. Please use another charger."),
}
