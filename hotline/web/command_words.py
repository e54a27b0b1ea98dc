"""What is said of commands: what was asked, how far it is, and why. English; the catalogues say it in other languages."""

from __future__ import annotations

from typing import Final

from hotline.core.sentences import marked
from monitor.core.commands import Action, CommandState, Why
from monitor.core.observations import Work

ACTIONS: Final[dict[Action, str]] = {
    Action.REFRESH: marked("Ask for the status"),
    Action.PROBE: marked("Ask whether it is there"),
    Action.UNLOCK: marked("Unlock"),
    Action.REMOTE_START: marked("Start a session"),
    Action.REMOTE_STOP: marked("Stop a session"),
    Action.RESET: marked("Restart"),
    Action.CHANGE_AVAILABILITY: marked("Change the availability"),
    Action.CLEAR_CACHE: marked("Clear the card cache"),
    Action.READ_CONFIGURATION: marked("Read the configuration"),
    Action.CHANGE_CONFIGURATION: marked("Change the configuration"),
    Action.LOCAL_LIST: marked("Read the version of the card list"),
    Action.SEND_LOCAL_LIST: marked("Send the card list"),
    Action.DIAGNOSTICS: marked("Fetch the diagnostics"),
    Action.FIRMWARE: marked("Update the firmware"),
}
STATES: Final[dict[CommandState, str]] = {
    CommandState.REQUESTED: marked("asked for, not sent yet"),
    CommandState.SENT: marked("sent, waiting for the answer"),
    CommandState.ACCEPTED: marked("accepted by the charger"),
    CommandState.REFUSED: marked("refused by the charger"),
    CommandState.CONFIRMED: marked("done, as the charger shows"),
    CommandState.UNCONFIRMED: marked("accepted, but not seen to happen"),
    CommandState.UNKNOWN: marked("sent; we do not know whether it was done"),
    CommandState.CANNOT: marked("not sent"),
}
WHYS: Final[dict[Why, str]] = {
    Why.NONE: "",
    Why.VERSION: marked("the charger's version of OCPP cannot be asked for this"),
    Why.SHOWN: marked("this charger has shown that it cannot do this"),
    Why.NOT_CONNECTED: marked("the charger is not connected"),
    Why.NO_ADDRESS: marked("the charger has not told where it can be reached"),
    Why.OUTSIDE: marked("the charger says that it listens outside its networks"),
    Why.CHARGING: marked("a car is charging here"),
    Why.NO_SESSION: marked("no session is known that could be stopped"),
    Why.COOLING: marked("the same was sent a moment ago"),
    Why.BUSY: marked("too much is waiting for this charger"),
    Why.NO_UPLOADS: marked("we are not set up to receive files"),
    Why.STOPPED: marked("our service was stopped meanwhile"),
    Why.NO_ANSWER: marked("no answer in time"),
    Why.LINK_LOST: marked("the connection was lost"),
    Why.WRONG_ANSWER: marked("it answered something that is no answer"),
    Why.ERROR: marked("it answered with an error"),
    Why.NOT_STORED: marked("it could not be written down"),
    Why.NOT_SEEN: marked("what should follow was not seen in time"),
    Why.OTHERWISE: marked("what followed says otherwise"),
}
POINT: Final = marked("Point")
"""Before its number."""
AGAIN: Final = marked("again in %(time)s")
SAID: Final = marked("%(action)s: %(state)s")
AFTER: Final = marked("after %(time)s")
"""How long it took until it was seen to be done."""
SAID_WHY: Final = marked("%(action)s: %(state)s, %(why)s")
WORKS: Final[dict[Work, str]] = {
    Work.DIAGNOSTICS: marked("Diagnostics: the charger reports"),
    Work.FIRMWARE: marked("Firmware: the charger reports"),
}
