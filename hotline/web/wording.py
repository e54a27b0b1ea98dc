"""Facts put into words of one language: verdicts, ages, times and happenings, as text or as HTML that ticks.

Times are shown in Luxembourg; what is stored and sent to programs is UTC. Every value that came from outside is escaped here
or by the templates, never trusted.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, assert_never
from zoneinfo import ZoneInfo

from babel.dates import format_datetime, format_time
from markupsafe import Markup, escape

from hotline.core.ages import age_of
from hotline.core.diagnosis import Ago, At, Fact, Facts, Verdict
from hotline.core.legible import legible
from hotline.core.points import WHOLE_STATION
from hotline.core.sentences import SAYINGS, VERDICTS
from hotline.web import command_words, words
from hotline.web.languages import DAY_SIGNS, LOCALES, Speech
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
    from datetime import datetime

    from babel.support import NullTranslations

    from monitor.core.breaches import Cause, Party
    from monitor.core.health_state import HealthState
    from monitor.core.ladder import Rung
    from monitor.core.ledger import OpenIncident
    from monitor.core.registry import Bearer

ZONE: Final = ZoneInfo("Europe/Luxembourg")
LONGEST_SHOWN: Final = 160
"""Characters shown of a text that a station sent."""
_FEW: Final = 9.95
_MANY: Final = 600
"""Seconds below which tenths are told, and from which minutes are enough."""
_WH_PER_KWH: Final = 1000.0


def rfc3339(instant: datetime) -> str:
    """Return `instant` as programs read it, to the second in UTC."""
    return instant.strftime("%Y-%m-%dT%H:%M:%SZ")


def rfc3339_ms(instant: datetime) -> str:
    """Return `instant` as programs read it, to the millisecond in UTC."""
    return f"{instant:%Y-%m-%dT%H:%M:%S}.{instant.microsecond // 1000:03}Z"


def span(seconds: float) -> str:
    """Return a duration in the fewest signs that still say it: ``48 ms``, ``4.2 s``, ``42 s``, ``5 min``."""
    if seconds < 1:
        return f"{seconds * 1000:.0f} ms"
    if seconds < _FEW:
        return f"{seconds:.1f} s"
    return f"{seconds:.0f} s" if seconds < _MANY else f"{seconds / 60:.0f} min"


def clipped(text: str) -> str:
    """Return `text` legible and short enough to show."""
    return legible(text if len(text) <= LONGEST_SHOWN else f"{text[: LONGEST_SHOWN - 1]}…")


def protocol_name(text: str) -> str:
    """Return a protocol as technicians write it: ``1.6`` and ``ocpp1.6`` become ``OCPP 1.6``, anything else stays."""
    number = (text[4:] if text[:4].lower() == "ocpp" else text).strip()
    return f"OCPP {number}" if number[:1].isdigit() else text


@dataclass(frozen=True, slots=True, kw_only=True)
class Happening:
    """An event in words; `detail` is the technical part as received, escaped by whoever shows it."""

    text: str
    detail: str = ""


class Wording:
    """Words of one language as of one instant."""

    def __init__(self, speech: Speech, translations: NullTranslations, now: datetime) -> None:
        """Speak `speech`; ages are as of `now`."""
        self.speech = speech
        self.now = now
        self._translations = translations

    def say(self, text: str) -> str:
        """Return the translation of `text`."""
        return self._translations.gettext(text)

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

    # --------------------------------------------------------------------------------------------------------- times

    def age(self, at: datetime) -> str:
        """Return the age of `at`."""
        return age_of(at, self.now, day=DAY_SIGNS[self.speech])

    def clock(self, at: datetime) -> str:
        """Return `at` as the time of day, with the date when it is another day."""
        local = at.astimezone(ZONE)
        if local.date() == self.now.astimezone(ZONE).date():
            return format_time(local, "HH:mm", locale=LOCALES[self.speech])
        return format_datetime(local, "d MMM HH:mm", tzinfo=ZONE, locale=LOCALES[self.speech])

    def exact(self, at: datetime) -> str:
        """Return `at` in full, to the second and with its zone, which is called the same in every language."""
        local = at.astimezone(ZONE)
        return f"{self.date(at)}, {local:%H:%M:%S} {local.tzname()}"

    def date(self, at: datetime) -> str:
        """Return the day of `at` in full."""
        return format_datetime(at.astimezone(ZONE), "EEEE d MMMM y", tzinfo=ZONE, locale=LOCALES[self.speech])

    def ago(self, at: datetime) -> Markup:
        """Return the age of `at` as an element that the page keeps ticking."""
        return Markup('<time class="age" datetime="{}" title="{}" data-age>{}</time>').format(
            rfc3339(at), self.exact(at), self.age(at)
        )

    def weekday(self, at: datetime) -> str:
        """Return the day of `at`, as a calendar writes it."""
        return format_datetime(at.astimezone(ZONE), "EEE d", tzinfo=ZONE, locale=LOCALES[self.speech])

    def moment(self, at: datetime) -> Markup:
        """Return `at` to the millisecond, for logs."""
        local = at.astimezone(ZONE)
        today = local.date() == self.now.astimezone(ZONE).date()
        day = "" if today else format_datetime(local, "d MMM ", tzinfo=ZONE, locale=LOCALES[self.speech])
        return Markup('<time datetime="{}" title="{}">{}</time>').format(
            rfc3339_ms(at), self.exact(at), f"{day}{local:%H:%M:%S}.{local.microsecond // 1000:03}"
        )

    def at(self, at: datetime) -> Markup:
        """Return `at` as an element with the exact time behind it."""
        return Markup('<time datetime="{}" title="{}">{}</time>').format(rfc3339(at), self.exact(at), self.clock(at))

    # ------------------------------------------------------------------------------------------------------ sentences

    def verdict(self, verdict: Verdict) -> str:
        """Return the sentence as text."""
        return self.say(VERDICTS[verdict.sentence]) % self._as_text(verdict.facts)

    def verdict_html(self, verdict: Verdict) -> Markup:
        """Return the sentence with ages that tick."""
        return Markup(escape(self.say(VERDICTS[verdict.sentence]))) % self._as_html(verdict.facts)  # noqa: S704  (escaped)

    def saying(self, verdict: Verdict) -> str:
        """Return what to say to the caller."""
        return self.say(SAYINGS[verdict.saying]) % self._as_text(verdict.facts)

    def _as_text(self, facts: Facts) -> dict[str, str]:
        return {name: self._text_of(fact) for name, fact in facts.items()}

    def _text_of(self, fact: Fact) -> str:
        match fact:
            case Ago(at):
                return self.age(at)
            case At(at):
                return self.clock(at)
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
                length = age_of(event.since, event.until, day=DAY_SIGNS[self.speech])
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
