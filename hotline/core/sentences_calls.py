"""What is said when a caller has told what is wrong, and where many are cut off together. English; see `sentences`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from hotline.core.marks import marked
from hotline.core.sentence_names import Saying, Sentence

if TYPE_CHECKING:
    from collections.abc import Mapping

CALL_VERDICTS: Final[Mapping[Sentence, str]] = {
    Sentence.DANGER_SAID: marked("The caller reports danger: nobody may touch this charger before it is checked on site."),
    Sentence.DANGER_TOLD: marked("An earlier caller reported danger: nobody may touch this charger before it is checked on site."),
    Sentence.EMERGENCY_SAID: marked("The caller says that the emergency button is pressed; it is released on site only."),
    Sentence.CABLE_SESSION: marked("%(where)s still has a session of %(session)s; the lock follows the session."),
    Sentence.CABLE_HELD: marked("%(where)s has no session open; its lock can be opened from here."),
    Sentence.CABLE_FREE: marked("%(where)s says that it is free, heard %(heard)s ago: is it the right point?"),
    Sentence.CABLE_WHICH: marked("It answered %(heard)s ago; which point holds the cable must be known first."),
    Sentence.CABLE_OFFLINE: marked("Out of contact, last heard %(heard)s ago: nothing can be sent to release the cable."),
    Sentence.STOP_SESSION: marked("%(where)s has a session of %(session)s that can be ended from here."),
    Sentence.STOP_NONE: marked("%(where)s has no session open, as the charger counts; heard %(heard)s ago."),
    Sentence.STOP_WHICH: marked("It answered %(heard)s ago; several sessions are open, so the point must be known first."),
    Sentence.START_WAITING: marked("%(where)s sees a plug since %(since)s, but no session has begun."),
    Sentence.START_SESSION: marked("%(where)s has a session since %(since)s: is it the caller's own?"),
    Sentence.START_FINISHED: marked("%(where)s ended its session at %(since)s and waits for the plug to be pulled."),
    Sentence.CAR_PAUSED: marked("%(where)s offers power, but the car takes none since %(since)s."),
    Sentence.STATION_PAUSED: marked("%(where)s has paused the session itself since %(since)s."),
    Sentence.CHARGES: marked("%(where)s says that it is charging since %(since)s."),
    Sentence.ENDED_HERE: marked("It answered %(heard)s ago; no session is running at this point now."),
    Sentence.RESERVED: marked("%(where)s is reserved since %(since)s."),
    Sentence.POINT_CLOSED: marked("%(where)s says that it is out of service since %(since)s."),
    Sentence.POINT_UNKNOWN: marked("It answered %(heard)s ago, but this point has not told us how it is."),
    Sentence.CARD_HERE: marked("It answered %(heard)s ago; nothing that it reports explains why a card was refused."),
    Sentence.CARD_BLOCKED: marked("A card was refused here %(refused)s ago: it is blocked."),
    Sentence.CARD_EXPIRED: marked("A card was refused here %(refused)s ago: it has expired."),
    Sentence.CARD_INVALID: marked("A card was refused here %(refused)s ago: it is not valid here."),
    Sentence.CARD_CHARGING: marked("A card was refused here %(refused)s ago: it is charging elsewhere already."),
    Sentence.CARD_REFUSED: marked("A card was refused here %(refused)s ago; why, its provider can tell."),
    Sentence.DARK_HERE: marked("It answered %(heard)s ago, so it has power; its display may still be dark."),
    Sentence.AREA_NETWORK: marked("Since %(since)s, %(count)s chargers on this mobile network do not reach us; they may work."),
    Sentence.AREA_CELL: marked("Since %(since)s, %(count)s chargers in this radio cell do not reach us; they may work."),
    Sentence.AREA_SITE: marked("Since %(since)s, %(count)s chargers of this site do not reach us; they may work."),
    Sentence.AREA_FEEDER: marked(
        "Since %(since)s, %(count)s chargers on one power line are silent: their power seems to have failed."
    ),
    Sentence.AREA_MODEL: marked("Since %(since)s, %(count)s chargers of this model do not reach us; they may work."),
}

CALL_SAYINGS: Final[Mapping[Saying, str]] = {
    Saying.CABLE_SESSION: marked("I am ending your session now. Please unlock the car first, push the plug in, then pull."),
    Saying.CABLE_HELD: marked("Please unlock the car first and push the plug in. I am opening the lock now; then pull."),
    Saying.CABLE_OFFLINE: marked(
        "I cannot reach this charger. Please unlock the car first, present the same badge again, push the plug in and then pull."
    ),
    Saying.CABLE_BY_HAND: marked("Please unlock the car first and present the same badge again. Then push the plug in, and pull."),
    Saying.WHICH_POINT: marked("Which point are you standing at? Please read me the number beside the socket."),
    Saying.STOP_SESSION: marked("I am ending your session now. Please wait a moment, unlock the car and unplug there first."),
    Saying.STOP_NONE: marked("For the charger the session is over. Please unlock the car and unplug there first."),
    Saying.STOP_OFFLINE: marked("I cannot reach this charger. Please stop in the car, or present the same badge again."),
    Saying.STOP_BY_HAND: marked("Please stop in the car, or present the same badge again."),
    Saying.START_FREE: marked(
        "Please unplug, present your badge first, then plug in firmly. The car has to be in park and switched off."
    ),
    Saying.START_WAITING: marked(
        "The charger sees your plug. Please present your badge, and look whether the car has a timer set."
    ),
    Saying.CAR_SETTINGS: marked("The car takes no power at the moment. Please look at its charge limit and its timer."),
    Saying.STATION_PAUSED: marked("The charger has paused by itself. Please give it a few minutes, or use another charger."),
    Saying.CHARGES: marked(
        "The charger says that it is charging. Please look in the car how much arrives, and whether it has a limit set."
    ),
    Saying.ENDED: marked("On our side the session is over. To go on, please unplug, present your badge and plug in again."),
    Saying.CARD_HERE: marked(
        "The charger answers us, so please try your badge once more. If it is refused again, your card's provider can tell why."
    ),
    Saying.CARD_BLOCKED: marked(
        "A card was just refused here because it is blocked. If it is yours, its provider can tell why; please try another one."
    ),
    Saying.CARD_EXPIRED: marked(
        "A card was just refused here because it has expired. If it is yours, its provider can renew it; please try another one."
    ),
    Saying.CARD_INVALID: marked(
        "A card was just refused here because it is not valid here. If it is yours, please try another one, or an app."
    ),
    Saying.CARD_CHARGING: marked(
        "A card was just refused here because it is charging elsewhere. If it is yours, please end that session or try another one."
    ),
    Saying.CARD_OFFLINE: marked("The charger cannot ask us about your badge at the moment. Please use another charger."),
    Saying.DARK_HERE: marked(
        "The charger answers us, so present your badge even if the display is dark. Are you standing in front of %(sticker)s?"
    ),
    Saying.BLOCKED: marked("I am sorry, from here we cannot move a car. Please use another point or charger."),
    Saying.STICKER: marked("Could you read me the number on the sticker once more? I have %(sticker)s."),
}
