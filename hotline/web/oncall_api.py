"""Who is on call, silences and the delivery log over the JSON API: read by all, changed by operators."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any, Final

import msgspec
from aiohttp import web

from alerts.core.changes import Change, Override, TemporaryShift
from alerts.core.matching import MatcherError, read_matchers
from alerts.core.orders import Answer
from alerts.errors import CalendarError, ScheduleError
from hotline.core.legible import typed
from hotline.web.alerts_api import commands_of, delivery, operators_only
from hotline.web.api import answer
from hotline.web.bodies import number_asked, read_body
from hotline.web.context import context_of, visitor_of
from hotline.web.refusals import refuse

if TYPE_CHECKING:
    from alerts.core.model import Silence
    from alerts.core.rota import Rota

LONGEST_WHY: Final = 500
MOST_DAYS: Final = 366
MOST_DELIVERIES: Final = 1_000
LARGEST_CALENDAR: Final = 1 << 20


class AskedChange(msgspec.Struct, forbid_unknown_fields=True, kw_only=True):
    """The body of a change: `takes_over` (for `leaves`, or for everybody), or `people`; from `since` (absent: now) to `until`."""

    until: datetime
    since: datetime | None = None
    takes_over: str = ""
    leaves: str | None = None
    people: list[str] = []
    why: str = ""


class AskedSilence(msgspec.Struct, forbid_unknown_fields=True, kw_only=True):
    """The body of a silence: labels and what they are to be, as in alerts.toml."""

    match: dict[str, Any]
    until: datetime
    why: str
    since: datetime | None = None


_change: Final = msgspec.json.Decoder(AskedChange)
_silence: Final = msgspec.json.Decoder(AskedSilence)


# ---------------------------------------------------------------------------------------------------------- on call


async def rotas(request: web.Request) -> web.Response:
    """``GET /api/v1/on-call?days=``: every schedule, who is on call now and next, and the shifts from now on."""
    now = context_of(request).clock.now()
    until = now + timedelta(days=_within(request, "days", 7, MOST_DAYS))
    return answer([_rota(one) for one in commands_of(request).rotas(now, now, until)])


async def change(request: web.Request) -> web.Response:
    """``POST /api/v1/on-call/{schedule}/changes``: an override or a temporary shift."""
    operators_only(request)
    asked = read_body(await request.read(), _change)
    since = context_of(request).clock.now() if asked.since is None else asked.since
    given: dict[str, Any] = {
        "schedule": request.match_info["schedule"],
        "since": since.astimezone(UTC),
        "until": asked.until.astimezone(UTC),
        "why": typed(asked.why, LONGEST_WHY),
    }
    if bool(asked.takes_over) is bool(asked.people):
        raise web.HTTPBadRequest(reason="takes_over, people: write one of the two")
    try:
        made: Change = (
            TemporaryShift(people=tuple(asked.people), **given)
            if asked.people
            else Override(takes_over=asked.takes_over, leaves=asked.leaves, **given)
        )
    except ScheduleError as error:
        raise web.HTTPBadRequest(reason=typed(str(error), 300)) from None
    return await _enter(request, [made])


async def withdraw(request: web.Request) -> web.Response:
    """``DELETE /api/v1/on-call/changes/{id}``: take back an override or a temporary shift."""
    operators_only(request)
    refuse(await commands_of(request).take_back(number_asked(request, "change"), visitor_of(request).name))
    return await rotas(request)


async def calendar(request: web.Request) -> web.Response:
    """``GET /api/v1/on-call/{schedule}/shifts.ics?days=``: the shifts as iCalendar."""
    now = context_of(request).clock.now()
    until = now + timedelta(days=_within(request, "days", 90, MOST_DAYS))
    found = commands_of(request).calendar(request.match_info["schedule"], now, until)
    if found is None:
        raise web.HTTPNotFound(reason="There is no such schedule in alerts.toml")
    return web.Response(body=found, content_type="text/calendar", charset="utf-8")


async def read(request: web.Request) -> web.Response:
    """``POST /api/v1/on-call/{schedule}/shifts.ics?days=``: an iCalendar file as temporary shifts, all or none."""
    operators_only(request)
    commands, schedule = commands_of(request), request.match_info["schedule"]
    data = await request.content.read(LARGEST_CALENDAR + 1)
    if len(data) > LARGEST_CALENDAR:
        raise web.HTTPRequestEntityTooLarge(LARGEST_CALENDAR, len(data))
    if schedule not in commands.rules.schedules:
        raise web.HTTPNotFound(reason="There is no such schedule in alerts.toml")
    now = context_of(request).clock.now()
    until = now + timedelta(days=_within(request, "days", 90, MOST_DAYS))
    try:
        found = await asyncio.to_thread(commands.shifts_in, schedule, data, now, until)
    except CalendarError as error:
        raise web.HTTPBadRequest(reason=" ".join(typed(str(error), 300).split())) from None
    if not found:
        raise web.HTTPBadRequest(reason="The calendar has no event in that time")
    return await _enter(request, list(found))


async def _enter(request: web.Request, changes: list[Change]) -> web.Response:
    commands = commands_of(request)
    clash = commands.clash(changes)
    done = await commands.change_shifts(changes, visitor_of(request).name)
    if done is Answer.CLASH and clash:
        raise web.HTTPConflict(reason=clash)
    refuse(done)
    return await rotas(request)


def _rota(one: Rota) -> dict[str, Any]:
    return {
        "schedule": one.schedule,
        "timezone": str(one.zone),
        "people": one.people,
        "until": one.until,
        "then": one.then,
        "shifts": [{"people": shift.people, "since": shift.since, "until": shift.until} for shift in one.shifts],
        "changes": [_told(change) for change in one.changes],
    }


def _told(one: Change) -> dict[str, Any]:
    told: dict[str, Any] = {"change": one.id, "since": one.since, "until": one.until, "by": one.by, "why": one.why}
    if isinstance(one, TemporaryShift):
        return told | {"people": one.people}
    return told | {"leaves": one.leaves, "takes_over": one.takes_over}


# ---------------------------------------------------------------------------------------------------------- silences


async def silences(request: web.Request) -> web.Response:
    """``GET /api/v1/silences``: those that hold or are to come, by their end."""
    return answer([_silenced(one) for one in commands_of(request).silences(context_of(request).clock.now())])


async def hush(request: web.Request) -> web.Response:
    """``POST /api/v1/silences``: nobody is told of what fits, for a time."""
    operators_only(request)
    asked = read_body(await request.read(), _silence)
    try:
        matchers = read_matchers(asked.match)
    except MatcherError as error:
        raise web.HTTPBadRequest(reason=typed(str(error), 300)) from None
    if not matchers:
        raise web.HTTPBadRequest(reason="match: name a label, so that not everything is silenced")
    if not asked.why.strip():
        raise web.HTTPBadRequest(reason="why: say why, for those who come after you")
    since = context_of(request).clock.now() if asked.since is None else asked.since
    who, why = visitor_of(request).name, typed(asked.why, LONGEST_WHY)
    refuse(await commands_of(request).hush(matchers, since.astimezone(UTC), asked.until.astimezone(UTC), who, why))
    return await silences(request)


async def speak(request: web.Request) -> web.Response:
    """``DELETE /api/v1/silences/{id}``: end a silence."""
    operators_only(request)
    refuse(await commands_of(request).speak(number_asked(request, "silence"), visitor_of(request).name))
    return await silences(request)


def _silenced(one: Silence) -> dict[str, Any]:
    match = [{"label": it.label, "values": it.values, "regex": it.regex, "negated": it.negated} for it in one.matchers]
    return {"silence": one.id, "match": match, "since": one.since, "until": one.until, "who": one.who, "why": one.why}


# ---------------------------------------------------------------------------------------------------------- deliveries


async def deliveries(request: web.Request) -> web.Response:
    """``GET /api/v1/deliveries?limit=``: what was sent and what became of it, the newest first."""
    found = await commands_of(request).deliveries(_within(request, "limit", 100, MOST_DELIVERIES))
    return answer([delivery(one) | {"alert": one.delivery.alert or None} for one in found])


def _within(request: web.Request, name: str, usual: int, most: int) -> int:
    """Return a number of the query."""
    text = request.query.get(name, str(usual))
    if not text.isascii() or not text.isdigit() or not 0 < int(text[:6]) <= most:
        raise web.HTTPBadRequest(reason=f"{name}: write a number from 1 to {most}")
    return int(text[:6])
