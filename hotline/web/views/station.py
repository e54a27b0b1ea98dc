"""A station's page: state, verdict, what to say, points, link, the last day, and on paper."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from aiohttp import web

from hotline.core.cards import other_sim
from hotline.core.legible import typed
from hotline.core.points import confirmed
from hotline.core.search import LONGEST_QUERY
from hotline.readmodel.days import day_of
from hotline.web import command_words
from hotline.web.context import context_of, visitor_of
from hotline.web.diagnosing import Call, diagnosed, incident_of, read_call
from hotline.web.drawing import bars, ticks
from hotline.web.languages import OWN_NAMES, Speech
from hotline.web.links import station_path
from hotline.web.pages import speech_of, wording_of
from hotline.web.views.search import results
from hotline.web.wording import technical
from monitor.core.ids import MalformedIdError, parse_sticker
from monitor.core.ladder import ladder_of

if TYPE_CHECKING:
    from collections.abc import Callable

    from hotline.core.diagnosis import Verdict
    from monitor.core.ids import Sticker
    from monitor.core.registry import Station

RECENT: Final = 12
"""Events that are shown open; the earlier ones of the day are folded."""
MOST_FOLDED: Final = 200
SHOWN: Final = 5
"""Commands that are shown, the latest first."""


async def station(request: web.Request) -> web.Response:
    """``GET /stations/{sticker}``; with ``?part=live`` only what changes."""
    context = context_of(request)
    found = await asked(request)
    if found is None:
        return await unknown(request)
    health = context.book.health(found)
    now = context.clock.now()
    day = await day_of(context.history, found, health, now)
    call = _call(request)
    made = await diagnosed(context, visitor_of(request), found, day.records, call)
    return context.pages.render(
        request,
        "station_live.html" if request.query.get("part") == "live" else "station.html",
        alerts_on=context.alerts is not None,
        bars=bars(day),
        call=call,
        command_words=command_words,
        commands=made.commands[:SHOWN],
        confirmed=confirmed,
        contact=context.contacts.contact(found.id),
        day=day,
        earlier=day.records[-RECENT - MOST_FOLDED : -RECENT],
        health=health,
        incident=incident_of(context, health),
        ladder=ladder_of(health),
        offers=made.offers,
        other_sim=other_sim(found.sim, health.boot),
        recent=day.records[-RECENT:],
        sayings=_sayings(request, made.verdict),
        station=found,
        technical=technical,
        ticks=ticks(day),
        verdict=made.verdict,
    )


def _call(request: web.Request) -> Call:
    """Return what the caller said, as the page's address has it; what is not understood is left out."""
    try:
        return read_call(request.query.get("symptom", ""), request.query.get("point", ""))
    except ValueError:
        return Call()


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


def _sayings(request: web.Request, verdict: Verdict) -> list[tuple[Speech, str, str]]:
    """Return what to say in every language, the page's own first: agents speak three of them before lunch."""
    own = speech_of(request)
    order = [own, *(speech for speech in Speech if speech is not own)]
    return [(speech, OWN_NAMES[speech], wording_of(request, speech).saying(verdict)) for speech in order]
