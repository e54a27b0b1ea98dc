"""What states, causes and happenings are called in front of people, in English; the catalogues have the other languages.

Codes and protocol names stay out of these words; where they help a technician they stand beside, small and as received.
"""

from __future__ import annotations

from typing import Final

from hotline.core.sentences import marked
from monitor.core.breaches import Cause, Party
from monitor.core.events import Reason, State
from monitor.core.incidents import Confidence, Scope
from monitor.core.ladder import Finding, Grade, Level, Source
from monitor.core.observations import Status
from monitor.core.quirks import Quirk
from monitor.core.registry import Bearer, LifeCycle
from monitor.registry.attempts import Outcome
from monitor.runtime.trace import Direction

STATES: Final[dict[State, str]] = {
    State.ONLINE: marked("online"),
    State.DEGRADED: marked("unsteady"),
    State.SUSPECT: marked("suspect"),
    State.OFFLINE: marked("offline"),
    State.UNKNOWN: marked("unknown"),
    State.NEVER_SEEN: marked("never seen"),
}
NO_RECORD: Final = marked("no record")

STATUSES: Final[dict[Status, str]] = {
    Status.AVAILABLE: marked("free"),
    Status.PREPARING: marked("plugged in, not charging yet"),
    Status.CHARGING: marked("charging"),
    Status.SUSPENDED_EV: marked("paused by the car"),
    Status.SUSPENDED_EVSE: marked("paused by the charger"),
    Status.FINISHING: marked("finished, cable still in"),
    Status.OCCUPIED: marked("in use"),
    Status.RESERVED: marked("reserved"),
    Status.UNAVAILABLE: marked("out of service"),
    Status.FAULTED: marked("fault"),
    Status.UNKNOWN: marked("not known"),
}

CAUSES: Final[dict[Cause, str]] = {
    Cause.POWER: marked("power failed"),
    Cause.BEARER: marked("link failed"),
    Cause.STATION: marked("charger silent, link fine"),
    Cause.SITE: marked("whole site unreachable"),
    Cause.APN: marked("mobile network down"),
    Cause.CREDENTIALS: marked("wrong password"),
    Cause.OBSERVER: marked("fault on our side"),
    Cause.PLANNED: marked("planned work"),
    Cause.UNKNOWN: marked("cause not known yet"),
}

PARTIES: Final[dict[Party, str]] = {
    Party.GRID: marked("grid operator"),
    Party.NETWORK: marked("mobile network"),
    Party.OWNER: marked("owner"),
    Party.STATION: marked("maintainer"),
    Party.US: marked("us"),
    Party.UNKNOWN: marked("nobody named yet"),
}

BEARERS: Final[dict[Bearer, str]] = {
    Bearer.GPRS: marked("mobile (SIM)"),
    Bearer.LAN: marked("LAN of the owner"),
    Bearer.WIFI: marked("WiFi of the owner"),
}

SCOPES: Final[dict[Scope, str]] = {
    Scope.SITE: marked("site"),
    Scope.CELL: marked("radio cell"),
    Scope.FEEDER: marked("power feeder"),
    Scope.APN: marked("mobile access point"),
    Scope.OPERATOR: marked("mobile operator"),
    Scope.MODEL: marked("model"),
    Scope.COLLECTOR: marked("our own collector"),
}

FAILED: Final[dict[Scope, str]] = {
    Scope.SITE: marked("Site %(key)s is cut off"),
    Scope.CELL: marked("Radio cell %(key)s has failed"),
    Scope.FEEDER: marked("Power feeder %(key)s has failed"),
    Scope.APN: marked("Mobile access point %(key)s has failed"),
    Scope.OPERATOR: marked("Mobile operator %(key)s has failed"),
    Scope.MODEL: marked("Chargers of model %(key)s have failed"),
    Scope.COLLECTOR: marked("We ourselves do not hear the chargers (%(key)s)"),
}
CONFIDENCES: Final[dict[Confidence, str]] = {
    Confidence.CERTAIN: marked("almost certain"),
    Confidence.LIKELY: marked("very likely"),
    Confidence.PROBABLE: marked("probable"),
    Confidence.POSSIBLE: marked("possible"),
}
LEVELS: Final[dict[Level, str]] = {
    Level.BEARER: marked("Line"),
    Level.TRANSPORT: marked("Connection"),
    Level.APPLICATION: marked("Signs of life"),
    Level.SERVICE: marked("Charging points"),
}
RUNG: Final = marked("%(level)s: %(grade)s")
RUNGS: Final[dict[tuple[Level, Grade], str]] = {
    (Level.BEARER, Grade.GOOD): marked("works"),
    (Level.BEARER, Grade.BAD): marked("is down"),
    (Level.BEARER, Grade.UNSEEN): marked("not measured"),
    (Level.TRANSPORT, Grade.GOOD): marked("is open"),
    (Level.TRANSPORT, Grade.DOUBTFUL): marked("is open, but doubtful"),
    (Level.TRANSPORT, Grade.BAD): marked("is closed"),
    (Level.TRANSPORT, Grade.UNSEEN): marked("there is none to keep"),
    (Level.APPLICATION, Grade.GOOD): marked("come regularly"),
    (Level.APPLICATION, Grade.DOUBTFUL): marked("are overdue or irregular"),
    (Level.APPLICATION, Grade.BAD): marked("there are none"),
    (Level.APPLICATION, Grade.UNSEEN): marked("not judged"),
    (Level.SERVICE, Grade.GOOD): marked("are in order"),
    (Level.SERVICE, Grade.DOUBTFUL): marked("only in part, or not confirmed"),
    (Level.SERVICE, Grade.BAD): marked("are out of order"),
    (Level.SERVICE, Grade.UNSEEN): marked("nothing told yet"),
}
SOURCES: Final[dict[Source, str]] = {
    Source.RADIUS: marked("by the SIM's session"),
    Source.GATEWAY_PROBE: marked("by a probe of its gateway"),
    Source.STATION_PROBE: marked("by a probe of the charger"),
    Source.SOCKET: marked("by the connection itself"),
    Source.PONG: marked("by the answers to our pings"),
    Source.MESSAGES: marked("by its messages"),
    Source.STATUS: marked("by its own word"),
}
FINDINGS: Final[dict[Finding, str]] = {
    Finding.WITH_SITE: marked("the chargers beside it fell silent with it"),
    Finding.WITH_CELL: marked("others of its radio cell fell silent with it"),
    Finding.WITH_FEEDER: marked("others on its power feeder fell silent with it"),
    Finding.WITH_APN: marked("others of its mobile access point fell silent with it"),
    Finding.WITH_OPERATOR: marked("others of its mobile operator fell silent with it"),
    Finding.WITH_MODEL: marked("others of its model fell silent with it"),
    Finding.OURS: marked("we heard nobody"),
    Finding.SESSION_ENDED: marked("its SIM lost its session"),
    Finding.SESSION_LIVED: marked("its SIM kept its session, the charger stopped talking"),
    Finding.GATEWAY_ANSWERED: marked("its gateway answered"),
    Finding.GATEWAY_SILENT: marked("its gateway did not answer"),
    Finding.STATION_ANSWERED: marked("the charger answered our probes but said nothing"),
    Finding.STATION_MUTE: marked("the charger did not answer our probes"),
    Finding.REFUSED: marked("it dialled in with wrong credentials"),
    Finding.WEAK_SIGNAL: marked("it had told us of a weak signal"),
    Finding.RECORDS: marked("it went on working and kept its records"),
    Finding.POWER_CAME_BACK: marked("it restarted and said that its power came back"),
    Finding.RESTARTED: marked("it restarted when it came back"),
    Finding.SILENCE_ONLY: marked("nothing but its silence is known"),
}
CUT_NOW: Final = marked("Cut off since %(since)s: %(findings)s.")
CUT_THEN: Final = marked("Cut off from %(since)s to %(until)s: %(findings)s.")
ANSWERS_FOR: Final = marked("Cause: %(cause)s. For: %(party)s.")

LIFE_CYCLES: Final[dict[LifeCycle, str]] = {
    LifeCycle.PLANNED: marked("planned"),
    LifeCycle.COMMISSIONING: marked("being commissioned"),
    LifeCycle.WATCHED: marked("in service"),
    LifeCycle.RETIRED: marked("retired"),
}

BECAME: Final[dict[State, str]] = {
    State.ONLINE: marked("Heard again"),
    State.DEGRADED: marked("The connection keeps breaking"),
    State.SUSPECT: marked("Silent, not yet certain that it is cut off"),
    State.OFFLINE: marked("Cut off"),
    State.UNKNOWN: marked("We stopped listening"),
    State.NEVER_SEEN: marked("Never seen"),
}
BECAME_FOR: Final[dict[tuple[State, Reason], str]] = {
    (State.DEGRADED, Reason.SLOW): marked("The connection has become very slow"),
    (State.DEGRADED, Reason.IRREGULAR): marked("Signs of life are often missing"),
    (State.ONLINE, Reason.STEADY): marked("The connection is steady again"),
    (State.SUSPECT, Reason.LINK_CLOSED): marked("The connection dropped; not yet certain that it is cut off"),
    (State.SUSPECT, Reason.STILL_SILENT): marked("Still silent although we listen again"),
    (State.OFFLINE, Reason.INCIDENT): marked("Cut off together with others"),
    (State.OFFLINE, Reason.RELAPSED): marked("Cut off again before it was back for good"),
    (State.OFFLINE, Reason.STILL_SILENT): marked("Still cut off, now that we listen again"),
}
FIRST_HEARD: Final = marked("First contact")
"""More exact words for a change of state where its reason has some; else those of `BECAME`."""

BREACH_OPENED: Final = marked("Interruption %(number)s recorded: %(cause)s (%(party)s)")
BREACH_UPDATED: Final = marked("Interruption %(number)s explained: %(cause)s (%(party)s)")
BREACH_CLEARED: Final = marked("Interruption %(number)s ended after %(length)s: %(cause)s (%(party)s)")
INCIDENT_OPENED: Final = marked("Incident %(incident)s: %(scope)s %(key)s, %(count)s chargers")
INCIDENT_CLEARED: Final = marked("Incident %(incident)s is over: %(scope)s %(key)s")
LINK_OPENED: Final = marked("Connection opened")
LINK_CLOSED: Final = marked("Connection closed in good order")
LINK_LOST: Final = marked("Connection lost")
BOOTED: Final = marked("The charger restarted")
POINT_SAID: Final = marked("Point %(point)s: %(status)s")
STATION_SAID: Final = marked("The whole charger: %(status)s")
SESSION_STARTED: Final = marked("Point %(point)s: session started")
SESSION_ENDED: Final = marked("Point %(point)s: session ended")
SESSION_ENDED_SOMEWHERE: Final = marked("A session ended")
WORK_PLANNED: Final = marked("Work planned until %(until)s")
WORK_OVER: Final = marked("Planned work is over")
SECURITY_EVENT: Final = marked("Security event reported by the charger")
PART_SAID: Final = marked("%(part)s: %(what)s")
PART_SAID_CODE: Final = marked("%(part)s: %(what)s, code %(code)s")
PART_CLEARED: Final = marked("%(part)s: %(what)s, over")
QUIRK_SEEN: Final = marked("Noticed a habit of the charger: %(habit)s")
CONTESTED: Final = marked(
    "Another device tried to connect with this charger's name and credentials from %(address)s, and was refused while the"
    " charger was alive"
)
PROFILE_MISSED: Final = marked(
    "Something dialled in from %(address)s under this charger's name without TLS, which its security profile needs, and was refused"
)

QUIRKS: Final[dict[Quirk, str]] = {
    Quirk.NO_SUBPROTOCOL: marked("names no protocol version when it connects"),
    Quirk.WRONG_CLOCK: marked("has a wrong clock"),
    Quirk.UNKNOWN_VALUE: marked("uses words that its protocol does not have"),
    Quirk.VENDOR_FIELD: marked("sends fields of its maker's own"),
    Quirk.NULL_VALUE: marked("sends null where something or nothing belongs"),
    Quirk.LONG_TEXT: marked("sends texts that are too long"),
    Quirk.WRONG_ANSWER: marked("answers requests in a wrong form"),
    Quirk.REPEATED_ID: marked("sends a message again under the same number"),
    Quirk.NO_BOOT: marked("speaks without ever having announced itself"),
    Quirk.EARLY_FRAME: marked("speaks before its announcement was answered"),
    Quirk.SEQUENCE_GAP: marked("lost messages of a session"),
    Quirk.NO_CLOSE_FRAME: marked("ends connections without saying so"),
    Quirk.NO_TRIGGER: marked("refuses to be asked for a message"),
}

CLOSE_CODES: Final[dict[int, str]] = {
    1000: marked("in good order"),
    1001: marked("it went away"),
    1002: marked("protocol error"),
    1003: marked("data that cannot be taken"),
    1005: marked("in good order, no code given"),
    1006: marked("no close frame: the connection broke"),
    1007: marked("text that is no UTF-8"),
    1008: marked("refused by policy"),
    1009: marked("message too long"),
    1010: marked("an extension was missing"),
    1011: marked("internal error"),
    1012: marked("it restarts"),
    1013: marked("too busy, try again later"),
    1014: marked("a gateway got no answer"),
    1015: marked("TLS failed"),
}
"""What the close codes of RFC 6455 §7.4.1 and its registry mean."""
PRIVATE_CODES: Final = range(3000, 5000)
CLOSE_CODE_PRIVATE: Final = marked("a code of the maker's own")
CLOSE_CODE_UNKNOWN: Final = marked("unknown code")

OUTCOMES: Final[dict[Outcome, str]] = {
    Outcome.ADMITTED: marked("let in"),
    Outcome.UNKNOWN: marked("Refused: this identity is not registered"),
    Outcome.RETIRED: marked("Refused: it is registered as retired"),
    Outcome.WRONG_NETWORK: marked("Refused: it comes from outside the allowed networks"),
    Outcome.NO_CREDENTIALS: marked("Refused: it sent no password"),
    Outcome.WRONG_CREDENTIALS: marked("Refused: user name or password is wrong"),
    Outcome.WRONG_PROFILE: marked("Refused: it has to connect over TLS"),
    Outcome.UNEXPECTED_TLS: marked("Refused: it is registered with a security profile without TLS"),
    Outcome.NO_CERTIFICATE: marked("Refused: it showed no certificate of its own"),
    Outcome.WRONG_CERTIFICATE: marked("Refused: the certificate it showed is for another charger"),
    Outcome.TOO_MANY_GUESSES: marked("Refused: too many wrong passwords from this address"),
    Outcome.CONTESTED: marked("Refused: another connection under this identity is alive"),
    Outcome.MALFORMED: marked("Refused: this cannot be an identity"),
    Outcome.NO_SUBPROTOCOL: marked("Refused: no protocol version in common"),
    Outcome.UNREADABLE: marked("Refused: what it sent is no message of OCPP"),
    Outcome.SOAP_PROFILE: marked("Refused: with its security profile it may not speak SOAP"),
}
ADVICE: Final[dict[Outcome, str]] = {
    Outcome.ADMITTED: marked("The settings are right; if it does not come back, look at its power and its link."),
    Outcome.UNKNOWN: marked(
        "Compare the identity in the charger's settings with the one on paper, letter by letter, capitals too. If it is right,"
        " have it registered."
    ),
    Outcome.RETIRED: marked("If it is back in service, have its state in the register changed."),
    Outcome.WRONG_NETWORK: marked(
        "Check which network it hangs on: the APN of its SIM, or the address range of the LAN. Without a password it may only come"
        " from an allowed network."
    ),
    Outcome.NO_CREDENTIALS: marked("Set security profile 1 in the charger and enter its password there."),
    Outcome.WRONG_CREDENTIALS: marked(
        "The user name must be the identity itself. Enter the password once more, exactly; some makes want it as hex digits."
    ),
    Outcome.WRONG_PROFILE: marked("Set the charger to the wss address and the security profile that it is registered with."),
    Outcome.UNEXPECTED_TLS: marked("Have it registered with security profile 2 or 3, or set the charger to the ws address."),
    Outcome.NO_CERTIFICATE: marked("Install the charger's own certificate and set security profile 3 in the charger."),
    Outcome.WRONG_CERTIFICATE: marked(
        "The common name of its certificate must be its serial number as it is registered, or its identity: compare them."
    ),
    Outcome.TOO_MANY_GUESSES: marked("Correct the password, wait a minute, and let it dial again."),
    Outcome.CONTESTED: marked(
        "Either another device uses this identity, or the charger connects twice: look for an old central system or a second"
        " backend in its settings."
    ),
    Outcome.MALFORMED: marked(
        "The address in the charger must end in its identity, without spaces and without a second slash: …/ocpp/IDENTITY."
    ),
    Outcome.NO_SUBPROTOCOL: marked("Set the charger to OCPP 1.5, 1.6, 2.0.1 or 2.1 over JSON (WebSocket)."),
    Outcome.UNREADABLE: marked("Set the charger to OCPP 1.2, 1.5 or 1.6 over SOAP 1.2 (HTTP), or to JSON (WebSocket)."),
    Outcome.SOAP_PROFILE: marked("Set the charger to OCPP over JSON (WebSocket), or have it registered with security profile 0."),
}
"""What to do about an attempt that ended so, said to whoever stands before the charger."""
ADVICE_SILENT: Final = marked(
    "It does not reach us at all. Check its power, the signal or the cable, the APN, and the address it dials, port included."
)

SIM_UP: Final = marked("The SIM's session in the mobile network began")
SIM_DOWN: Final = marked("The SIM's session in the mobile network ended")
VOLUME: Final = marked("The SIM has used more data than is meant for a month")
CALLBACK: Final = marked("The charger tells a new address for our requests")

DIRECTIONS: Final[dict[Direction, str]] = {
    Direction.IN: marked("from the charger"),
    Direction.OUT: marked("to the charger"),
    Direction.REMARK: marked("connection"),
}
ARROWS: Final[dict[Direction, str]] = {Direction.IN: "→", Direction.OUT: "←", Direction.REMARK: "—"}
