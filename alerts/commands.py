"""What people may ask of the alerts and do with them: the facade for pages, the API, the telephone and the command line.

Who may do what is decided where people are known. An order is stored when it is answered.
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from alerts.core.matters import incident_key
from alerts.core.model import Silence
from alerts.core.orders import Acknowledge, Answer, Escalate, HandOn, Hear, Hush, Release, Resolve, Snooze, Speak
from alerts.external import read_post

if TYPE_CHECKING:
    from datetime import datetime

    from alerts.core.matching import Matchers
    from alerts.core.matters import Matter
    from alerts.core.model import Alert
    from alerts.engine import Engine
    from alerts.ports import Archive, File


PIECE: Final = 500
"""Alerts of one post that are decided upon at a time."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Heard:
    """What became of an Alertmanager's post: how many alerts of others fire, are over, and were echoes of ours."""

    answer: Answer
    firing: int = 0
    resolved: int = 0
    echoes: int = 0


class AlertCommands:
    """The alerts, as people see and handle them."""

    def __init__(self, engine: Engine, archive: Archive, own_base: str = "") -> None:
        """Ask `engine` what is open and `archive` what was; alerts whose source is below `own_base` are our own."""
        self._engine = engine
        self._archive = archive
        self._own_base = own_base

    # ------------------------------------------------------------------------------------------------ asking

    def open(self) -> list[tuple[Alert, list[Matter]]]:
        """Return the open alerts with what goes on in them, the newest first."""
        desk = self._engine.desk
        return [(alert, desk.open_in(alert.id)) for alert in sorted(desk.alerts.values(), key=lambda one: -one.id)]

    def of_incident(self, incident: str) -> Alert | None:
        """Return the operators' alert of an incident."""
        desk = self._engine.desk
        number = desk.placed.get((incident_key(incident), ""))
        return None if number is None else desk.alerts.get(number)

    def silences(self) -> list[Silence]:
        """Return the silences that hold or are to come, by their end."""
        return sorted(self._engine.desk.silences.values(), key=lambda one: one.until)

    async def recent(self, limit: int = 100) -> list[Alert]:
        """Return the alerts that were opened last, over or not, the newest first."""
        return await self._archive.alerts(limit)

    async def file(self, alert: int) -> File | None:
        """Return everything of one alert."""
        return await self._archive.file(alert)

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

    async def speak(self, silence: int, who: str) -> Answer:
        """End a silence."""
        return await self._engine.obey(Speak(silence=silence, who=who))

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
