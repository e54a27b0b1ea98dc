"""What people may ask of the alerts and do with them: the facade for pages, the API, the telephone and the command line.

Who may do what is decided where people are known. An order is stored when it is answered.
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from msgspec.structs import replace

from alerts.calendars import read_calendar, write_calendar
from alerts.core.delivery import Medium
from alerts.core.mail_addresses import is_mail_address
from alerts.core.matters import CONTRADICTIONS, incident_key
from alerts.core.model import Letter, Silence
from alerts.core.orders import (
    Acknowledge,
    Answer,
    Contradict,
    Escalate,
    HandOn,
    Hear,
    Hush,
    Release,
    Resolve,
    Snooze,
    Speak,
    StandDown,
    Substitute,
    Summon,
    Withdraw,
    Write,
)
from alerts.core.rota import rota_of
from alerts.core.rules import party_key
from alerts.core.shifts import clash_of
from alerts.external import read_post
from alerts.plain import lines, one_line

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence
    from datetime import datetime

    from alerts.core.changes import Change
    from alerts.core.matching import Matchers
    from alerts.core.matters import Matter
    from alerts.core.model import Alert
    from alerts.core.rota import Rota
    from alerts.core.rules import RuleBook
    from alerts.engine import Engine
    from alerts.ports import Archive, File, Told
    from alerts.wording import Phrasebook
    from monitor.core.ids import StationId


PIECE: Final = 500
"""Alerts of one post that are decided upon at a time."""
LONGEST_SAID: Final = 500
"""Characters of what an agent says with a request."""
LONGEST_NAME: Final = 100
LONGEST_TITLE: Final = 200
LONGEST_LETTER: Final = 4000
LONGEST_TAG: Final = 35
"""Characters of a letter: to whom, its subject, its text, its language. What is longer is cut, and ends in "…"."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Heard:
    """What became of an Alertmanager's post: how many alerts of others fire, are over, and were echoes of ours."""

    answer: Answer
    firing: int = 0
    resolved: int = 0
    echoes: int = 0


class AlertCommands:
    """The alerts, as people see and handle them."""

    def __init__(self, engine: Engine, archive: Archive, words: Phrasebook, own_base: str = "", *, mail: bool = False) -> None:
        """Ask `engine` what is open and `archive` what was; `words` are for people.

        Alerts whose source is below `own_base` are our own. `mail` says whether something sends mail, and so letters.
        """
        self._engine = engine
        self._archive = archive
        self._words = words
        self._own_base = own_base
        self._mail = mail

    @property
    def rules(self) -> RuleBook:
        """What is gone by now."""
        return self._engine.desk.rules

    @property
    def sends_mail(self) -> bool:
        """Whether letters can go out."""
        return self._mail

    # ------------------------------------------------------------------------------------------------ asking

    def open(self) -> list[tuple[Alert, list[Matter]]]:
        """Return the open alerts with what goes on in them, the newest first."""
        desk = self._engine.desk
        shown = sorted((one for one in desk.alerts.values() if one.id > 0), key=lambda one: -one.id)
        return [(alert, desk.shown_in(alert.id)) for alert in shown]

    def of_incident(self, incident: str) -> Alert | None:
        """Return the operators' alert of an incident."""
        desk = self._engine.desk
        number = desk.placed.get((incident_key(incident), ""))
        return None if number is None else desk.alerts.get(number)

    def contradiction(self, station: StationId) -> Matter | None:
        """Return what callers say against a station that we see healthy, while that is open."""
        desk = self._engine.desk
        about = (desk.matters[key] for key in desk.about.get(station, ()) if key.startswith(CONTRADICTIONS))
        return next((one for one in about if not one.dismissed), None)

    def silences(self, now: datetime) -> list[Silence]:
        """Return the silences that hold or are to come, by their end."""
        return sorted((one for one in self._engine.desk.silences.values() if one.until > now), key=lambda one: one.until)

    def ticket_desk(self, party: str) -> str:
        """Return the name of the webhook that takes the tickets of `party`, an owner or a maintainer; empty where none does."""
        return self.rules.ticket_desks.get(party_key(party), "")

    async def recent(self, limit: int = 100) -> list[Alert]:
        """Return the alerts that were opened last, over or not, the newest first."""
        return await self._archive.alerts(limit)

    async def file(self, alert: int) -> File | None:
        """Return everything of one alert."""
        return await self._archive.file(alert)

    async def deliveries(self, limit: int = 100, before: datetime | None = None) -> list[Told]:
        """Return what was sent, or is to be, the newest first."""
        return await self._archive.deliveries(limit, before)

    async def letter(self, key: str) -> Told | None:
        """Return the letter that was written under `key`, with what became of it; ``None`` where none was."""
        return (await self.letters((key,))).get(key)

    async def letters(self, keys: Collection[str]) -> dict[str, Told]:
        """Return the letters that were written under `keys`, each with what became of it."""
        return await self._archive.letters(keys)

    def sentence(self, matters: Sequence[Matter], language: str) -> str:
        """Return what is so of an alert with these matters (one or more), in a language, English where there is no such."""
        return self._words.sentence(matters, language)

    def rotas(self, now: datetime, since: datetime, until: datetime) -> list[Rota]:
        """Return every schedule as it stands now, with its shifts from `since` to `until`."""
        desk = self._engine.desk
        return [rota_of(schedule, now, since, until, desk.followed()) for schedule in desk.rules.schedules.values()]

    def calendar(self, schedule: str, since: datetime, until: datetime) -> bytes | None:
        """Return the shifts of a schedule as iCalendar, ``None`` where there is no such schedule."""
        desk = self._engine.desk
        known = desk.rules.schedules.get(schedule)
        return None if known is None else write_calendar(known, since=since, until=until, stamped=since, changes=desk.followed())

    def shifts_in(self, schedule: str, calendar: bytes, since: datetime, until: datetime) -> Sequence[Change]:
        """Return what an iCalendar file says of a schedule; reading takes its time, so that it belongs into a thread.

        Raises:
            CalendarError: when it cannot be followed.
        """
        rules = self._engine.desk.rules
        contacts = {person.name: person.addresses.get(Medium.EMAIL, "") for person in rules.people.values()}
        return read_calendar(calendar, schedule=rules.schedules[schedule], since=since, until=until, contacts=contacts)

    def clash(self, changes: Sequence[Change]) -> str:
        """Return the first contradiction between `changes` and what is known, in words; empty: there is none."""
        desk = self._engine.desk
        found = clash_of(desk, changes)
        return "" if found is None else found.message(desk.rules.schedules[found.one.schedule].zone)

    # ------------------------------------------------------------------------------------------------ doing

    async def acknowledge(self, alert: int, who: str, until: datetime | None = None) -> Answer:
        """Take an alert."""
        return await self._engine.obey(Acknowledge(alert=alert, who=who, until=until))

    async def release(self, alert: int, who: str) -> Answer:
        """Give an alert back: its escalation begins again."""
        return await self._engine.obey(Release(alert=alert, who=who))

    async def snooze(self, alert: int, who: str, until: datetime) -> Answer:
        """Have nobody told until then."""
        return await self._engine.obey(Snooze(alert=alert, who=who, until=until))

    async def escalate(self, alert: int, who: str) -> Answer:
        """Have the next people told now."""
        return await self._engine.obey(Escalate(alert=alert, who=who))

    async def hand_on(self, alert: int, who: str, policy: str) -> Answer:
        """Give an alert to another policy."""
        return await self._engine.obey(HandOn(alert=alert, who=who, policy=policy))

    async def resolve(self, alert: int, who: str, cause: str) -> Answer:
        """End an alert."""
        return await self._engine.obey(Resolve(alert=alert, who=who, cause=cause))

    async def hush(self, matchers: Matchers, since: datetime, until: datetime, who: str, why: str) -> Answer:
        """Enter a silence."""
        silence = Silence(id=0, matchers=matchers, since=since, until=until, who=who, why=why)
        return await self._engine.obey(Hush(silence=silence, who=who))

    async def contradict(self, station: StationId, who: str, said: str) -> Answer:
        """Know that a caller says that a station does not work which we see healthy."""
        return await self._engine.obey(Contradict(station=station, who=who, said=said))

    async def summon(self, station: StationId, ticket: int, who: str, said: str, *, urgent: bool = False) -> Answer:
        """Have the operator on call asked for help with a station, as the rules on `request` say: once a ticket, however often.

        `said` is one line for whoever is told. Where no rule asks for it, nothing is stored, and the answer says so.
        """
        order = Summon(station=station, ticket=ticket, who=who, said=one_line(said, LONGEST_SAID), urgent=urgent)
        return await self._engine.obey(order)

    async def end_request(self, ticket: int, who: str) -> Answer:
        """Know that a ticket is done, so that its alert is over; one that is over already, or was never asked for, is as well."""
        return await self._engine.obey(StandDown(ticket=ticket, who=who))

    async def write(  # noqa: PLR0913  (what a letter consists of)
        self, key: str, *, name: str, address: str, title: str, text: str, language: str, who: str
    ) -> Answer:
        """Send a letter by mail to somebody outside, such as an owner; it is stored when this returns, and tried for a day.

        Args:
            key: its name; under one that was written before nothing is sent, whatever else is said.
            name: who gets it, as the delivery log shows it; at most `LONGEST_NAME` characters.
            address: a bare mail address.
            title: the subject, one line of at most `LONGEST_TITLE` characters; nothing is put before it.
            text: several lines, at most `LONGEST_LETTER` characters; nothing is put under them.
            language: of both, a tag such as ``fr``.
            who: wrote it.
        """
        if await self.letter(key) is not None:
            return Answer.DONE
        if not self._mail:
            return Answer.NO_MAIL
        if not is_mail_address(address):
            return Answer.BAD_ADDRESS
        letter = _cut(Letter(title=title, text=text, language=language))
        return await self._engine.obey(Write(key=key, name=one_line(name, LONGEST_NAME), address=address, letter=letter, who=who))

    async def file_ticket(self, key: str, letter: Letter, party: str, who: str) -> Answer:
        """Post a letter, with its labels, to the webhook that takes the tickets of `party`; as `write` in all else."""
        if await self.letter(key) is not None:
            return Answer.DONE
        desk = self.ticket_desk(party)
        if not desk:
            return Answer.NO_DESK
        name = one_line(party, LONGEST_NAME)
        order = Write(key=key, name=name, address=desk, letter=_cut(letter), medium=Medium.WEBHOOK, who=who)
        return await self._engine.obey(order)

    async def speak(self, silence: int, who: str) -> Answer:
        """End a silence."""
        return await self._engine.obey(Speak(silence=silence, who=who))

    async def change_shifts(self, changes: Sequence[Change], who: str) -> Answer:
        """Enter overrides and temporary shifts, all or none."""
        return await self._engine.obey(Substitute(changes=tuple(changes), who=who))

    async def take_back(self, change: int, who: str) -> Answer:
        """End a change of a schedule, or strike one that has not begun."""
        return await self._engine.obey(Withdraw(change=change, who=who))

    async def hear(self, body: bytes, who: str) -> Heard:
        """Take what an Alertmanager posted; all of it is stored when this returns, and the same again changes nothing.

        Raises:
            ForeignBodyError: when it is no such post.
        """
        post = await asyncio.to_thread(read_post, body, self._own_base)  # of 4 MiB it takes half a second
        for start in range(0, len(post.claims), PIECE):
            answer = await self._engine.obey(Hear(claims=post.claims[start : start + PIECE], who=who))
            if answer is not Answer.DONE:
                return Heard(answer=answer)
        firing = sum(one.firing for one in post.claims)
        return Heard(answer=Answer.DONE, firing=firing, resolved=len(post.claims) - firing, echoes=post.echoes)


def _cut(letter: Letter) -> Letter:
    return replace(
        letter,
        title=one_line(letter.title, LONGEST_TITLE, spaced=True),
        text=lines(letter.text, LONGEST_LETTER),
        language=one_line(letter.language, LONGEST_TAG),
        labels={name: one_line(value, LONGEST_TITLE) for name, value in letter.labels.items()},
    )
