"""What steps, offers and bars are called in front of an agent. English; the catalogues say it in other languages."""

from __future__ import annotations

from typing import Final

from hotline.core.diagnosis.limits import Barred
from hotline.core.diagnosis.steps import Plea, Recipient, Urgency
from hotline.core.diagnosis.symptoms import Symptom
from hotline.core.diagnosis.verdict import Safety
from hotline.core.permissions import Need
from hotline.core.sentences import marked
from monitor.core.commands import Action

SAFETIES: Final[dict[Safety, str]] = {
    Safety.NONE: "",
    Safety.CARE: marked("With care"),
    Safety.DANGER: marked("Do not touch"),
}
SYMPTOMS: Final[dict[Symptom, str]] = {
    Symptom.DANGER: marked("Smoke, a shock, sparks or damage"),
    Symptom.EMERGENCY: marked("The emergency button is pressed"),
    Symptom.CABLE_STUCK: marked("The cable is stuck"),
    Symptom.WILL_NOT_STOP: marked("The session will not stop"),
    Symptom.WILL_NOT_START: marked("It will not start"),
    Symptom.CARD_REFUSED: marked("The card is refused"),
    Symptom.STOPPED: marked("It stopped by itself, or is slow"),
    Symptom.DARK: marked("No light, no display"),
    Symptom.SAYS_FREE: marked("Shown as free, does not work"),
    Symptom.BLOCKED: marked("The bay is blocked"),
    Symptom.OTHER: marked("Another number, or something else"),
}
DO_NOT_USE: Final = marked("Do not use")
"""Instead of *do not touch*, where the caller is asked to unplug."""
PLEAS: Final[dict[Plea, str]] = {
    Plea.STEP_BACK: marked("Have everybody step back and touch nothing."),
    Plea.CALL_112: marked("If there is smoke, fire or somebody hurt: have the caller ring 112."),
    Plea.HURT: marked("Ask whether anyone is hurt and why the button was pressed; it stays pressed."),
    Plea.KEEP_OFF: marked("Have the caller keep off point %(point)s."),
    Plea.NOT_THIS_CABLE: marked("Have the caller unplug, if it comes out freely, and not try again with this cable or car."),
    Plea.LEAVE_PLUG: marked("Have the caller leave the plug alone."),
    Plea.LET_COOL: marked("Have the caller let the plug cool before taking hold of it."),
    Plea.STICKER: marked("Confirm the number on the sticker."),
    Plea.WHICH_POINT: marked("Ask at which point the caller stands."),
    Plea.LIGHT: marked("Ask whether there is light on the charger, and around it."),
    Plea.TRY_BADGE: marked("Have the caller present the badge."),
    Plea.SAME_BADGE: marked("Have the caller present the same badge as at the start."),
    Plea.CARD_FIRST: marked("Have the caller unplug, present the badge first, then plug in firmly."),
    Plea.CARD_AGAIN: marked("Have the caller present the badge once more."),
    Plea.CARD_NUMBER: marked("Have the number on the card read out, and check it."),
    Plea.OTHER_CARD: marked("Have the caller try another card or an app."),
    Plea.USE_APP: marked("Have the caller start by app."),
    Plea.IDENTITY: marked("Make sure who is calling before anything is started for him."),
    Plea.REPLUG: marked("Have the caller unplug, wait ten seconds and plug in firmly."),
    Plea.OTHER_CABLE: marked("Have the caller try another cable or point."),
    Plea.UNLOCK_CAR: marked("The car first: have it unlocked."),
    Plea.PULL: marked("Have the caller push the plug in, then pull it."),
    Plea.HOLD_ON: marked("Wait until the session is shown as ended."),
    Plea.UNPLUG: marked("Have the caller unplug, at the car first."),
    Plea.CAR_OFF: marked("Have the car in park, switched off and locked."),
    Plea.CAR_SETTINGS: marked("Have the caller look at the car's charge limit and timer."),
    Plea.WAIT: marked("Have the caller wait a few minutes."),
    Plea.BAY: marked("Ask whether the car in the bay is charging or only parked."),
}
RECIPIENTS: Final[dict[Recipient, str]] = {
    Recipient.MAINTAINER: marked("the maintainer"),
    Recipient.OWNER: marked("the owner"),
    Recipient.GRID: marked("the grid operator"),
    Recipient.NETWORK: marked("the mobile network"),
    Recipient.OPERATORS: marked("our operators"),
    Recipient.SENIOR: marked("a senior"),
    Recipient.PROVIDER: marked("the card's provider"),
}
HAND_OVERS: Final[dict[Urgency, str]] = {
    Urgency.NOW: marked("Ring %(recipient)s now."),
    Urgency.TODAY: marked("Hand over to %(recipient)s, for today."),
    Urgency.ROUTINE: marked("Pass on to %(recipient)s."),
}
ORDERS: Final[dict[tuple[Action, str], str]] = {
    (Action.REFRESH, ""): marked("Ask the charger how it is"),
    (Action.REMOTE_STOP, ""): marked("End the session"),
    (Action.UNLOCK, ""): marked("Open the lock"),
    (Action.REMOTE_START, ""): marked("Start a session"),
    (Action.RESET, "soft"): marked("Restart the charger"),
    (Action.RESET, "hard"): marked("Restart the charger hard"),
    (Action.CHANGE_AVAILABILITY, "inoperative"): marked("Take out of service"),
    (Action.CHANGE_AVAILABILITY, "operative"): marked("Put back into service"),
}
DONE_BY: Final = marked("By %(recipient)s, now: %(order)s")
AT_POINT: Final = marked("%(order)s: point %(point)s")
AFTER_STOP: Final = marked("If it still holds: %(order)s")
ELSEWHERE_POINT: Final = marked("Offer point %(point)s of this charger.")
ELSEWHERE: Final = marked("Offer another charger nearby.")
CONTRADICTION: Final = marked("Pass on that the caller contradicts what we see.")
WHERE_POINT: Final = marked("Point %(point)s")
WHERE_WHOLE: Final = marked("The charger")
BARS: Final[dict[Barred, str]] = {
    Barred.RETIRED: marked("Not possible: it is retired."),
    Barred.OFFLINE: marked("Not possible: it is out of contact."),
    Barred.SAFETY: marked("Not now: somebody may be in danger."),
    Barred.FAULT: marked("Not with the fault that it reports."),
    Barred.POINT: marked("Choose the point first."),
    Barred.NO_SESSION: marked("No session is open there."),
    Barred.SESSION: marked("A session is open there; end it first."),
    Barred.NEIGHBOUR: marked("It would cut off somebody else's session (point %(points)s); it needs a senior and a reason."),
    Barred.TAPPED: marked("Another platform runs its sessions."),
    Barred.CANNOT: marked("This charger cannot do that."),
    Barred.UNDER_WAY: marked("Wait: another command is under way."),
    Barred.COOLING: marked("Not again before %(until)s."),
    Barred.SOFT_FIRST: marked("Only after an ordinary restart has failed."),
    Barred.ROLE: marked("It needs more than your role."),
}
NEEDS: Final[dict[Need, str]] = {
    Need.SENIOR: marked("It needs a senior."),
    Need.OPERATOR: marked("It needs an operator."),
    Need.SECOND_PERSON: marked("It needs a senior, or a second person who agrees."),
}
AFFECTS: Final = marked("This would end the session at point %(point)s, running for %(session)s.")
