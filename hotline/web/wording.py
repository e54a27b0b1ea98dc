"""Facts put into words of one language: verdicts, ages, times and happenings, as text or as HTML that ticks.

Every value that came from outside is escaped here or by the templates, never trusted.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, assert_never

from markupsafe import Markup, escape

from hotline.core.ages import age_of
from hotline.core.diagnosis import Ago, At, Fact, Facts, Verdict, Where
from hotline.core.points import WHOLE_STATION
from hotline.core.sentences import SAYINGS, VERDICTS
from hotline.web import command_words, dates, words
from hotline.web.advice import Advice
from hotline.web.speaking import clipped, protocol_name, rfc3339, rfc3339_ms, span
from monitor.core.commands import Action, CommandState, Why
from monitor.core.events import (
    BearerSessionChanged,
    BreachCleared,
    BreachOpened,
    BreachUpdated,
    CallbackChanged,
    ChargingEnded,
    ChargingStarted,
    CommandMoved,
    ConnectorChanged,
    ContestNoted,
    EquipmentNoted,
    Event,
    HealthChanged,
    IncidentCleared,
    IncidentOpened,
    IncidentUpdated,
    LinkChanged,
    MaintenanceChanged,
    ProfileNoted,
    ProgressNoted,
    QuirkNoted,
    SecurityNoted,
    State,
    StationBooted,
    VolumeExceeded,
)
from monitor.core.incidents import confidence_of
from monitor.core.ladder import Level, evidence_of, findings_of
from monitor.core.observations import Status
from monitor.core.registry import LifeCycle

if TYPE_CHECKING:
    from monitor.core.breaches import Cause, Party
    from monitor.core.commands import Command
    from monitor.core.health_state import HealthState
    from monitor.core.ladder import Rung
    from monitor.core.ledger import OpenIncident
    from monitor.core.registry import Bearer

__all__ = ["Happening", "Wording", "clipped", "protocol_name", "rfc3339", "rfc3339_ms", "span", "technical"]

_WH_PER_KWH: Final = 1000.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Happening:
    """An event in words; `detail` is the technical part as received, escaped by whoever shows it."""

    text: str
    detail: str = ""


class Wording(Advice):
    """Words of one language as of one instant."""

    def status(self, connector: str, status: Status) -> str:
        """Return what `connector` says of itself; the whole station is not *free*, it is in service."""
        if connector == WHOLE_STATION and status is Status.AVAILABLE:
            return self.say(words.LIFE_CYCLES[LifeCycle.WATCHED])
        return self.say(words.STATUSES[status])

    def close_code(self, code: int) -> str:
        """Return what a close code means."""
        if code in words.PRIVATE_CODES:
            return self.say(words.CLOSE_CODE_PRIVATE)
        return self.say(words.CLOSE_CODES.get(code, words.CLOSE_CODE_UNKNOWN))

    # ------------------------------------------------------------------------------------------------------ sentences

    def verdict(self, verdict: Verdict) -> str:
        """Return the sentence as text."""
        return self.say(VERDICTS[verdict.sentence]) % self._as_text(verdict.facts)

    def verdict_html(self, verdict: Verdict) -> Markup:
        """Return the sentence with ages that tick."""
        return Markup(escape(self.say(VERDICTS[verdict.sentence]))) % self._as_html(verdict.facts)  # noqa: S704  (escaped)

    def saying(self, verdict: Verdict) -> str:
        """Return what to say to the caller."""
        return self.aloud(SAYINGS[verdict.saying], verdict.facts)

    def aloud(self, text: str, facts: Facts) -> str:
        """Return `text` with `facts` in it; times are as one reads them out."""
        told = {name: dates.aloud(self.speech, fact.at, self.now) for name, fact in facts.items() if isinstance(fact, At)}
        return self.say(text) % (self._as_text(facts) | told)

    def _as_text(self, facts: Facts) -> dict[str, str]:
        return {name: self._text_of(fact) for name, fact in facts.items()}

    def _text_of(self, fact: Fact) -> str:
        match fact:
            case Ago(at):
                return self.age(at)
            case At(at):
                return self.clock(at)
            case Where(connector):
                return self.where(connector)
            case str():
                return fact
        assert_never(fact)

    def _as_html(self, facts: Facts) -> dict[str, Markup]:
        return {name: self._html_of(fact) for name, fact in facts.items()}

    def _html_of(self, fact: Fact) -> Markup:
        match fact:
            case Ago(at):
                return self.ago(at)
            case At(at):
                return self.at(at)
            case Where(connector):
                return escape(self.where(connector))
            case str():
                return escape(fact)
        assert_never(fact)

    def silence(self, health: HealthState) -> str:
        """Return the last breach as a story: from when to when, what is known of it, what it was and who answers for it."""
        breach = health.breach
        if breach is None:
            return ""
        ended = breach.until or breach.back_at
        facts = {
            "since": self.clock(breach.since),
            "until": "" if ended is None else self.clock(ended),
            "findings": "; ".join(self.say(words.FINDINGS[one]) for one in findings_of(evidence_of(health))),
            "cause": self.say(words.CAUSES[breach.cause]),
            "party": self.say(words.PARTIES[breach.party]),
        }
        told = words.CUT_NOW if ended is None else words.CUT_THEN
        return f"{self.say(told) % facts} {self.say(words.ANSWERS_FOR) % facts}"

    def rung(self, rung: Rung, bearer: Bearer) -> str:
        """Return how one level of the evidence is."""
        level = self.say(words.LEVELS[rung.level])
        if rung.level is Level.BEARER:
            level = f"{level} ({self.say(words.BEARERS[bearer])})"
        return self.say(words.RUNG) % {"level": level, "grade": self.say(words.RUNGS[rung.level, rung.grade])}

    def incident(self, incident: OpenIncident) -> str:
        """Return what has failed."""
        return self.say(words.FAILED[incident.scope]) % {"key": clipped(incident.key)}

    def sure(self, incident: OpenIncident) -> str:
        """Return how sure it is that an incident is one."""
        return self.say(words.CONFIDENCES[confidence_of(incident.probability)])

    # ----------------------------------------------------------------------------------------------------- happenings

    def happening(self, event: Event) -> Happening:  # noqa: C901, PLR0911, PLR0912  (one arm an event)
        """Return `event` in words."""
        match event:
            case HealthChanged():
                return Happening(text=self.say(_became(event)))
            case BreachOpened():
                return Happening(text=self._breach(words.BREACH_OPENED, event.breach, event.cause, event.party))
            case BreachUpdated():
                return Happening(text=self._breach(words.BREACH_UPDATED, event.breach, event.cause, event.party))
            case BreachCleared():
                length = age_of(event.since, event.until, day=self.day_sign)
                return Happening(text=self._breach(words.BREACH_CLEARED, event.breach, event.cause, event.party, length))
            case IncidentOpened() | IncidentUpdated() | IncidentCleared():
                return Happening(text=self._incident(event))
            case LinkChanged():
                return self._link(event)
            case StationBooted():
                detail = (event.reason or "", event.vendor, event.model, event.firmware)
                return Happening(text=self.say(words.BOOTED), detail=_joined(*detail))
            case ConnectorChanged() | ChargingStarted() | ChargingEnded():
                return self._point(event)
            case SecurityNoted() | EquipmentNoted() | QuirkNoted() | ContestNoted() | ProfileNoted():
                return self._told(event)
            case ProgressNoted():
                return Happening(text=self.say(command_words.WORKS[event.work]), detail=clipped(event.status))
            case CallbackChanged():
                return Happening(text=self.say(words.CALLBACK), detail=clipped(event.url))
            case BearerSessionChanged():
                text = words.SIM_UP if event.up else words.SIM_DOWN
                return Happening(text=self.say(text), detail=_joined(event.cause, event.address))
            case VolumeExceeded():
                used = f"{event.month} · {event.octets / 1e6:.0f} MB > {event.limit / 1e6:.0f} MB"
                return Happening(text=self.say(words.VOLUME), detail=used)
            case CommandMoved():
                return self._command(event)
            case MaintenanceChanged():
                if event.until is None:
                    return Happening(text=self.say(words.WORK_OVER))
                return Happening(text=self.say(words.WORK_PLANNED) % {"until": self.clock(event.until)})
        assert_never(event)

    def _command(self, event: CommandMoved) -> Happening:
        told = self.command(Action(event.action), CommandState(event.state), Why(event.why))
        return Happening(text=told, detail=_joined(self.said(Why(event.why), event.said), event.who))

    def said(self, why: Why, said: str) -> str:
        """Return what a charger said of a command, or what stood in its way."""
        if why is Why.CHARGING and said:
            return f"{self.say(command_words.POINT)} {said}"
        return self.say(command_words.AGAIN) % {"time": said} if why is Why.COOLING else said

    def command(self, action: Action, state: CommandState, why: Why) -> str:
        """Return what was asked for, how far it is and why."""
        facts = {
            "action": self.say(command_words.ACTIONS[action]),
            "state": self.say(command_words.STATES[state]),
            "why": self.say(command_words.WHYS[why]) if why else "",
        }
        return self.say(command_words.SAID_WHY if why else command_words.SAID) % facts

    def took(self, command: Command) -> str:
        """Return how long it took until `command` was seen to be done, empty where it was not."""
        if command.state is not CommandState.CONFIRMED:
            return ""
        length = age_of(command.requested_at, command.steps[-1].at, day=self.day_sign)
        return self.say(command_words.AFTER) % {"time": length}

    def _breach(self, text: str, number: int, cause: Cause, party: Party, length: str = "") -> str:
        facts = {
            "number": number,
            "cause": self.say(words.CAUSES[cause]),
            "party": self.say(words.PARTIES[party]),
            "length": length,
        }
        return self.say(text) % facts

    def _incident(self, event: IncidentOpened | IncidentUpdated | IncidentCleared) -> str:
        facts = {"incident": event.incident, "scope": self.say(words.SCOPES[event.scope]), "key": clipped(event.key)}
        if isinstance(event, IncidentCleared):
            return self.say(words.INCIDENT_CLEARED) % facts
        return self.say(words.INCIDENT_OPENED) % (facts | {"count": len(event.stations)})

    def _link(self, event: LinkChanged) -> Happening:
        if event.open:
            return Happening(
                text=self.say(words.LINK_OPENED), detail=_joined(protocol_name(event.protocol), event.tls, event.address)
            )
        code = "" if event.code is None else str(event.code)
        return Happening(text=self.say(words.LINK_CLOSED if event.clean else words.LINK_LOST), detail=code)

    def _told(self, event: SecurityNoted | EquipmentNoted | QuirkNoted | ContestNoted | ProfileNoted) -> Happening:
        match event:
            case SecurityNoted():
                return Happening(text=self.say(words.SECURITY_EVENT), detail=_joined(event.event, event.info))
            case EquipmentNoted():
                return self._equipment(event)
            case QuirkNoted():
                habit = self.say(words.QUIRKS[event.quirk])
                return Happening(text=self.say(words.QUIRK_SEEN) % {"habit": habit}, detail=clipped(event.detail))
            case ContestNoted() | ProfileNoted():
                times = f"{event.times} ×" if event.times > 1 else ""
                text = words.CONTESTED if isinstance(event, ContestNoted) else words.PROFILE_MISSED
                return Happening(text=self.say(text) % {"address": clipped(event.address)}, detail=times)
        assert_never(event)

    def _equipment(self, event: EquipmentNoted) -> Happening:
        """Return what a component said, in its own words; a value that only says that it is so is left out."""
        facts = {
            "part": clipped(f"{event.component} {event.connector}".strip()),
            "what": clipped(event.variable),
            "code": clipped(event.code),
        }
        text = words.PART_CLEARED if event.cleared else words.PART_SAID_CODE if event.code else words.PART_SAID
        value = "" if event.value.casefold() == "true" or event.cleared else event.value
        return Happening(text=self.say(text) % facts, detail=_joined(value, event.info))

    def _point(self, event: ConnectorChanged | ChargingStarted | ChargingEnded) -> Happening:
        point = clipped(event.connector)
        match event:
            case ConnectorChanged():
                text = words.STATION_SAID if event.connector == WHOLE_STATION else words.POINT_SAID
                facts = {"point": point, "status": self.status(event.connector, event.status)}
                return Happening(text=self.say(text) % facts, detail=technical(event.error, event.info, event.vendor_error))
            case ChargingStarted():
                return Happening(text=self.say(words.SESSION_STARTED) % {"point": point})
            case ChargingEnded():
                energy = "" if event.energy_wh is None else f"{event.energy_wh / _WH_PER_KWH:.1f} kWh"
                text = words.SESSION_ENDED if point else words.SESSION_ENDED_SOMEWHERE
                return Happening(text=self.say(text) % {"point": point}, detail=_joined(energy, event.reason))
        assert_never(event)


def _became(event: HealthChanged) -> str:
    if event.origin is State.NEVER_SEEN and event.to is State.ONLINE:
        return words.FIRST_HEARD
    return words.BECAME_FOR.get((event.to, event.reason), words.BECAME[event.to])


def technical(error: str, info: str, vendor_error: str) -> str:
    """Return what a station said about a fault, in its own codes; ``NoError`` (OCPP 1.6 §7.6) says nothing."""
    return _joined("" if error == "NoError" else error, vendor_error, info)


def _joined(*parts: str) -> str:
    return " · ".join(clipped(part) for part in parts if part)
