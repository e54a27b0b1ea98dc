"""A station's page: state, verdict, what to say, points, link, the last day, and on paper."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from typing import TYPE_CHECKING, Final

from aiohttp import web

from hotline.core.calls import Stage
from hotline.core.cards import other_sim
from hotline.core.diagnosis import Safety, Symptom
from hotline.core.legible import typed
from hotline.core.points import WHOLE_STATION, confirmed
from hotline.core.search import LONGEST_QUERY
from hotline.readmodel.days import day_of
from hotline.web import call_words, command_words
from hotline.web.at_hand import call_at_hand
from hotline.web.call_language import remember, sayings, speech_of_call
from hotline.web.context import AT_DESK, context_of, visitor_of
from hotline.web.diagnosing import complaint_of, diagnosed, incident_of, offered_among, subject_of
from hotline.web.drawing import bars, ticks
from hotline.web.links import station_path
from hotline.web.pages import wording_of
from hotline.web.views.calls import panel_of
from hotline.web.views.search import begun, results
from hotline.web.wording import technical
from monitor.core.ids import MalformedIdError, parse_sticker
from monitor.core.ladder import ladder_of

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from datetime import datetime
    from typing import Any

    from hotline.core.calls import Call
    from hotline.core.diagnosis import Verdict
    from hotline.core.tickets import Ticket
    from hotline.readmodel.days import Day
    from hotline.web.context import Context
    from monitor.core.commands import Command
    from monitor.core.health_state import HealthState
    from monitor.core.ids import StationId, Sticker
    from monitor.core.registry import Station

RECENT: Final = 12
"""Events that are shown open; the earlier ones of the day are folded."""
MOST_FOLDED: Final = 200
SHOWN: Final = 5
"""Commands that are shown, the latest first."""
NEWS: Final = timedelta(minutes=10)
"""How long what became of the last one is shown beside what to say."""


async def station(request: web.Request) -> web.Response:
    """``GET /stations/{sticker}``; with ``?part=live`` only what changes, with ``?say=lb`` the language of the call is chosen."""
    context = context_of(request)
    await remember(request)
    found = await asked(request)
    if found is None:
        return await unknown(request)
    health = context.book.health(found)
    call, day, past, tickets, lately, dangers = await _read(request, found, health)
    complaint = complaint_of(request.query, found, call)
    made = await diagnosed(context, visitor_of(request), found, day.records, complaint, past=past, told=found.id in dangers)
    surroundings = context.neighbourhood.around(found, but=dangers, elsewhere=made.verdict.safety is Safety.DANGER)
    return context.pages.render(
        request,
        "station_live.html" if request.query.get("part") == "live" else "station.html",
        alerts_on=context.alerts is not None,
        cards_kept=context.cards is not None,
        complaint=complaint,
        confirmed=confirmed,
        contradicted=_contradicted(context, found),
        contact=context.contacts.contact(found.id, framed=False),
        health=health,
        incident=incident_of(context, health),
        ladder=ladder_of(health),
        offered=offered_among(made.offers),
        offers=made.offers,
        others=sum(call is None or one.id != call.id for one in lately),
        other_sim=other_sim(found.sim, health.boot),
        points=[one.connector for one in health.connectors if one.connector != WHOLE_STATION],
        said=speech_of_call(request, call),
        sayings=sayings(request, found, made.verdict, surroundings.free),
        surroundings=surroundings,
        station=found,
        subject=subject_of(wording_of(request), made.verdict, complaint),
        symptoms=list(Symptom),
        technical=technical,
        tickets=tickets,
        verdict=made.verdict,
        **_past(day),
        **_orders(made.commands, found, call, context.clock.now()),
        **await _call_about(request, found, call, made.verdict),
    )


async def _read(
    request: web.Request, found: Station, health: HealthState
) -> tuple[Call | None, Day, list[Command], list[Ticket], list[Call], frozenset[StationId]]:
    """Return what is stored, read side by side: the call at hand; of `found` its day, commands, tickets, calls; all dangers."""
    context = context_of(request)
    return await asyncio.gather(
        _at_hand(request, found),
        day_of(context.history, found, health, context.clock.now()),
        context.commands.of(found.id),
        context.desk.tickets(found.id),
        context.desk.lately(found.id),
        context.desk.dangers(),
    )


def _past(day: Day) -> Mapping[str, Any]:
    """Return the last day as it is drawn and told."""
    earlier, recent = day.records[-RECENT - MOST_FOLDED : -RECENT], day.records[-RECENT:]
    return {"bars": bars(day), "day": day, "earlier": earlier, "recent": recent, "ticks": ticks(day)}


def _orders(commands: Sequence[Command], found: Station, call: Call | None, now: datetime) -> Mapping[str, Any]:
    """Return the last commands, and the very last where it is still news: minutes old, or of the agent's own call about `found`."""
    began = call.answered_at if call is not None and call.station == found.id else None
    since = min(began or now, now - NEWS)
    latest = next((one for one in commands[:1] if one.requested_at >= since), None)
    return {"command_words": command_words, "commands": commands[:SHOWN], "latest": latest}


def _contradicted(context: Context, found: Station) -> datetime | None:
    """Return since when it is passed on that callers contradict what we see."""
    told = None if context.alerts is None else context.alerts.contradiction(found.id)
    return None if told is None else told.since


async def _at_hand(request: web.Request, found: Station) -> Call | None:
    """Return the agent's call; the first charger that is opened in one is what it is about."""
    at_desk = request.get(AT_DESK)
    call = await call_at_hand(request) if at_desk is None else at_desk.call
    if at_desk is not None and call is not None and call.station is None and call.stage is Stage.RUNNING:
        return await context_of(request).desk.concern(call.id, found.id)
    return call


async def _call_about(request: web.Request, found: Station, call: Call | None, verdict: Verdict) -> Mapping[str, Any]:
    """Note what the agent sees in his call about `found`, and return what its panel shows."""
    if call is not None and call.station == found.id and call.stage is Stage.RUNNING:
        new = call.judged_at is None or verdict.cause not in ("", call.cause)
        call = await context_of(request).desk.see(call.id, verdict.sentence.value, verdict.cause) if new else call
    if call is None:
        return {"call": None, "call_words": call_words}
    return {"back": f"station:{found.sticker}"} | dict(await panel_of(request, call))


async def unknown(request: web.Request) -> web.Response:
    """Say that nobody wears the sticker of the path, and whose begins so or comes nearest."""
    query = typed(request.match_info["sticker"], LONGEST_QUERY)
    found = await context_of(request).book.search(query)
    response = await results(request, query, found, wrong=not begun(found))
    response.set_status(web.HTTPNotFound.status_code)
    return response


async def asked(request: web.Request, path_of: Callable[[Sticker], str] = station_path) -> Station | None:
    """Return the station of the path; another spelling of its sticker is led to the right address, that of `path_of`.

    Raises:
        web.HTTPSeeOther: when the sticker is spelt otherwise.
    """
    context = context_of(request)
    spelt = request.match_info["sticker"]
    try:
        found = context.directory.by_sticker(parse_sticker(spelt))
    except MalformedIdError:
        found = None
    found = found or await context.book.find(spelt)
    if found is not None and found.sticker != spelt:
        raise web.HTTPSeeOther(path_of(found.sticker))
    return found
