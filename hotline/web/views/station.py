"""A station's page: state, verdict, what to say, points, link, the last day, and on paper."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from aiohttp import web

from hotline.core.calls import Stage
from hotline.core.cards import other_sim
from hotline.core.diagnosis import diagnose
from hotline.core.legible import typed
from hotline.core.points import confirmed
from hotline.core.search import LONGEST_QUERY
from hotline.readmodel.days import day_of
from hotline.web import call_words, command_words
from hotline.web.call_language import remember, sayings, speech_of_call
from hotline.web.calling import call_at_hand
from hotline.web.context import AT_DESK, context_of
from hotline.web.drawing import bars, ticks
from hotline.web.links import station_path
from hotline.web.views.calls import panel_of
from hotline.web.views.search import results
from hotline.web.wording import technical
from monitor.core.ids import MalformedIdError, parse_sticker
from monitor.core.ladder import ladder_of

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from typing import Any

    from hotline.core.diagnosis import Verdict
    from monitor.core.health_state import HealthState
    from monitor.core.ids import Sticker
    from monitor.core.ledger import OpenIncident
    from monitor.core.registry import Station

RECENT: Final = 12
"""Events that are shown open; the earlier ones of the day are folded."""
MOST_FOLDED: Final = 200
SHOWN: Final = 5
"""Commands that are shown, the latest first."""


async def station(request: web.Request) -> web.Response:
    """``GET /stations/{sticker}``; with ``?part=live`` only what changes, with ``?say=lb`` the language of the call is chosen."""
    context = context_of(request)
    await remember(request)
    found = await asked(request)
    if found is None:
        return await unknown(request)
    health = context.book.health(found)
    now = context.clock.now()
    verdict = diagnose(health, found, now)
    panel = await _call_about(request, found, verdict)
    day = await day_of(context.history, found, health, now)
    return context.pages.render(
        request,
        "station_live.html" if request.query.get("part") == "live" else "station.html",
        alerts_on=context.alerts is not None,
        bars=bars(day),
        command_words=command_words,
        commands=await context.commands.of(found.id, SHOWN),
        confirmed=confirmed,
        contact=context.contacts.contact(found.id),
        day=day,
        earlier=day.records[-RECENT - MOST_FOLDED : -RECENT],
        health=health,
        incident=_incident_of(request, health),
        ladder=ladder_of(health),
        other_sim=other_sim(found.sim, health.boot),
        recent=day.records[-RECENT:],
        said=speech_of_call(request, panel["call"]),
        sayings=sayings(request, verdict),
        surroundings=context.neighbourhood.around(found),
        station=found,
        technical=technical,
        ticks=ticks(day),
        verdict=verdict,
        **panel,
    )


async def _call_about(request: web.Request, found: Station, verdict: Verdict) -> Mapping[str, Any]:
    """Note that the agent's call is about `found`, the first opened in it, and what is seen; return what its panel shows."""
    at_desk, desk = request.get(AT_DESK), context_of(request).desk
    call = await call_at_hand(request) if at_desk is None else at_desk.call
    if at_desk is not None and call is not None and call.station is None and call.stage is Stage.RUNNING:
        call = await desk.concern(call.id, found.id)
    if at_desk is not None and call is not None and call.station == found.id and call.judged_at is None:
        call = await desk.see(call.id, verdict.sentence.value)
    shown = {"others": len(await desk.others(found.id, call)), "tickets": await desk.tickets(found.id), "call_words": call_words}
    if call is None:
        return shown | {"call": None}
    return shown | {"back": f"station:{found.sticker}"} | dict(await panel_of(request, call))


def _incident_of(request: web.Request, health: HealthState) -> OpenIncident | None:
    """Return the open incident that the station's silence is part of."""
    member = health.incident
    if member is None:
        return None
    return next((one for one in context_of(request).incidents.incidents() if one.name == member.incident), None)


async def unknown(request: web.Request) -> web.Response:
    """Say that nobody wears the sticker of the path, and who comes nearest."""
    query = typed(request.match_info["sticker"], LONGEST_QUERY)
    return await results(request, query, await context_of(request).book.search(query), wrong=True)


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
