"""A notification in the words of the person who gets it: short enough for a telephone, complete enough for a mail.

Languages are catalogues (`locales`); a language that has none is English. Nothing is decided here.
"""

from __future__ import annotations

from datetime import timedelta
from importlib.resources import files
from io import BytesIO
from typing import TYPE_CHECKING, Final
from zoneinfo import ZoneInfo

from babel.dates import format_datetime, format_time
from babel.messages.pofile import read_po

from alerts.core import sentences as said
from alerts.core.delivery import Fact, Message
from alerts.core.model import Condition, Purpose

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from datetime import datetime

    from alerts.core.desk import Desk
    from alerts.core.matters import Matter
    from alerts.core.model import Alert, Duty, Notification
    from monitor.core.registry import Contact, Station

LANGUAGES: Final = ("en", "fr", "de", "lb", "pt")
_REGIONS: Final = {"en": "en_GB", "fr": "fr_LU", "de": "de_LU", "lb": "lb_LU", "pt": "pt_PT"}
"""Times are written as the region does."""
ZONE: Final = ZoneInfo("Europe/Luxembourg")
"""The clock on the walls of those who are told."""
SHORT: Final = 150
"""Characters of a short message: one part, with what the provider adds."""
_DAY: Final = timedelta(hours=20)
"""An instant further away than this is told with its date."""
_MOST_FACTS: Final = 50


def catalogue(language: str) -> dict[str, str]:
    """Return the sentences of `language` by the English ones; of English and of one that has no catalogue: none."""
    source = files("alerts.locales") / language / "LC_MESSAGES" / "alerts.po"
    if language not in LANGUAGES or not source.is_file():
        return {}
    read = read_po(BytesIO(source.read_bytes()), locale=language, domain="alerts", abort_invalid=True)
    return {str(one.id): str(one.string) for one in read if one.id and one.string}


class Phrasebook:
    """Puts notifications into words. `url_of` is the page of an alert, `zone` the clock on people's walls."""

    def __init__(self, zone: ZoneInfo, url_of: Callable[[int], str]) -> None:
        """Read every catalogue."""
        self._zone = zone
        self._url_of = url_of
        self._catalogues = {language: catalogue(language) for language in LANGUAGES}

    def words(self, notification: Notification, alert: Alert | None, desk: Desk) -> Message:
        """Return `notification` of `alert`, or of a shift, in the language of its person."""
        if alert is None:
            return self._of_shift(notification, desk)
        matters = notification.matters
        stations = [desk.paper.by_id(one.stations[0]) if one.stations else None for one in matters]
        station = next(iter(stations), None)
        person = desk.rules.people.get(notification.person)
        language = _owners_language(station) if person is None else person.language
        speech = _Speech(self._catalogues.get(language, {}), language, self._zone, notification.at)
        over = notification.purpose is Purpose.CLEAR
        told = speech.to_owner(alert, matters, over=over) if alert.audience else speech.of(matters, over=over)
        more = speech.say(said.MORE, count=str(len(notification.along))) if notification.along else ""
        number = speech.say(said.PAGES, alert=str(alert.id))
        keys = "" if over or alert.audience else speech.say(said.TAKE, alert=str(alert.id))
        url = "" if alert.audience else self._url_of(alert.id)
        rule = next((one for one in desk.rules.rules if one.name == alert.rule), None)
        lines = [told, more, *speech.whom(station), "" if rule is None else speech.todo(rule.runbook), keys, url]
        return Message(
            id="",
            to="",
            language=language,
            short=_short(told, more, keys),
            spoken=" ".join(part for part in (number, told, more) if part),
            title=f"[{alert.severity.value}] {told}"[:SHORT],
            text="\n".join(line for line in lines if line),
            thread=f"alert-{alert.id}",
            url=url,
            severity=alert.severity,
            over=over,
            facts=tuple(_fact(alert, one, told, self._url_of(alert.id)) for one in matters[:_MOST_FACTS]),
        )

    def _of_shift(self, notification: Notification, desk: Desk) -> Message:
        """Return what somebody is told of a shift."""
        person, duty = desk.rules.people.get(notification.person), notification.duty
        assert duty is not None  # noqa: S101  (nothing else is of no alert)
        language = "en" if person is None else person.language
        speech = _Speech(self._catalogues.get(language, {}), language, self._zone, notification.at)
        told = speech.of_shift(duty, notification.person)
        waiting = sum(one.condition is Condition.OPEN and not one.audience for one in desk.alerts.values())
        rest = speech.say(said.ALERTS_OPEN, count=str(waiting)) if duty.comes and waiting else ""
        return Message(
            id="",
            to="",
            language=language,
            short=_short(told, "", rest),
            title=told[:SHORT],
            text="\n".join(line for line in (told, rest) if line),
            thread=f"shifts-{duty.schedule}",
            severity=notification.severity,
        )

    def sentence(self, matters: Sequence[Matter], language: str) -> str:
        """Return what is so of an alert with these matters (one or more), without its time: for a page or a list."""
        saying = said.saying_of(matters)
        sentence = self._catalogues.get(language, {}).get(saying.sentence, saying.sentence)
        return _filled(sentence, saying.facts)

    def fact(self, alert: Alert, matter: Matter, now: datetime) -> Fact:
        """Return one matter of an alert as programs want it, in English."""
        return _fact(alert, matter, _Speech({}, "en", self._zone, now).of((matter,), over=False), self._url_of(alert.id))


class _Speech:
    """Sentences of one language, at one instant."""

    def __init__(self, sentences: Mapping[str, str], language: str, zone: ZoneInfo, now: datetime) -> None:
        self._sentences = sentences
        self._locale = _REGIONS.get(language, _REGIONS["en"])
        self._zone = zone
        self._now = now

    def say(self, sentence: str, **facts: str) -> str:
        """Return a sentence with its gaps filled."""
        return _filled(self._sentences.get(sentence, sentence), facts)

    def at(self, instant: datetime) -> str:
        """Return the time of day, with the date where that is not today's."""
        if abs(self._now - instant) < _DAY:
            return format_time(instant, "short", tzinfo=self._zone, locale=self._locale)
        return format_datetime(instant, "short", tzinfo=self._zone, locale=self._locale)

    def of(self, matters: Sequence[Matter], *, over: bool) -> str:
        """Return what is so, and since when or until when."""
        saying = said.saying_of(matters)
        what = self.say(saying.sentence, **saying.facts)
        if over:
            return self.say(said.OVER, until=self.at(_until(matters, self._now)), what=what)
        return f"{what} {self.say(said.SINCE, since=self.at(min(one.since for one in matters)))}"

    def to_owner(self, alert: Alert, matters: Sequence[Matter], *, over: bool) -> str:
        """Return what the owner of a line is told of it."""
        place = alert.group.get("site") or ", ".join(one.labels.get("station", "?") for one in matters[:3])
        if over:
            return self.say(said.OWNER_BACK, place=place, until=self.at(_until(matters, self._now)))
        count = str(len({station for one in matters for station in one.stations}))
        return self.say(said.OWNER_CUT, place=place, since=self.at(min(one.since for one in matters)), count=count)

    def of_shift(self, duty: Duty, person: str) -> str:
        """Return what is so of a shift: for whoever comes, or for whoever leaves."""
        facts = {"schedule": duty.schedule, "since": self.at(duty.since)}
        others = ", ".join(one for one in duty.people if one != person)
        if not duty.comes:
            return self.say(said.OFF_CALL, people=others, **facts)
        if duty.until is None:
            told = self.say(said.ON_CALL, **facts)
        else:
            told = self.say(said.ON_CALL_UNTIL, until=self.at(duty.until), **facts)
        return f"{told} {self.say(said.ON_CALL_WITH, people=others)}" if others else told

    def whom(self, station: Station | None) -> list[str]:
        """Return who answers for a station."""
        if station is None:
            return []
        named: tuple[tuple[str, Contact], ...] = ((said.OWNER, station.owner), (said.MAINTAINER, station.maintainer))
        return [self.say(sentence, name=who.name, phone=who.phone).rstrip() for sentence, who in named if who.name or who.phone]

    def todo(self, runbook: str) -> str:
        """Return what the operator wrote down for such a case."""
        return self.say(said.TODO, runbook=runbook) if runbook else ""


def _filled(sentence: str, facts: Mapping[str, str]) -> str:
    return sentence % {name: _plain(value) for name, value in facts.items()}


def _plain(text: str) -> str:
    """Return `text` without what could be taken for more than text, and not endlessly long: stations say what they like."""
    return "".join(char if char.isprintable() else " " for char in text)[:80]


def _short(told: str, more: str, keys: str) -> str:
    """Return a short message: how to take it is never cut off, what happened rather is."""
    rest = " ".join(part for part in (more, keys) if part)
    room = SHORT - len(rest) - 1
    return f"{told if len(told) <= room else told[: room - 1] + '…'} {rest}".strip()


def _until(matters: Sequence[Matter], now: datetime) -> datetime:
    return max((one.until for one in matters if one.until is not None), default=now)


def _owners_language(station: Station | None) -> str:
    return "fr" if station is None or station.owner.language is None else station.owner.language.value


def _fact(alert: Alert, matter: Matter, told: str, url: str) -> Fact:
    """Return one matter as programs want it."""
    labels = matter.labels | {"alertname": alert.rule, "severity": alert.severity.value}
    return Fact(labels=labels, annotations={"summary": told}, since=matter.since, until=matter.until, url=url)
