"""Calls on pages: what waits, what the agent has on the telephone, and what came of it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from aiohttp import web

from hotline.core.legible import typed
from hotline.web import call_words
from hotline.web.bodies import number_asked
from hotline.web.calling import CALL_ORDERS, asked_of, obey_call, start_call
from hotline.web.context import context_of, visitor_of
from hotline.web.languages import OWN_NAMES
from hotline.web.links import call_path, station_path

if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any

    from hotline.core.calls import Call
    from hotline.web.context import Context
    from monitor.core.registry import Station

ROWS: Final = 50
MOST_EARLIER: Final = 5


async def calls(request: web.Request) -> web.Response:
    """``GET /calls``: what waits, what is to be wrapped up, what was; with ``?part=bar`` only what every page's head shows."""
    context = context_of(request)
    if request.query.get("part") == "bar":
        return context.pages.render(request, "call_bar.html")
    recent = await context.desk.recent(ROWS)
    return context.pages.render(
        request,
        "calls_live.html" if request.query.get("part") == "live" else "calls.html",
        call_words=call_words,
        recent=[(one, named(context, one)) for one in recent],
        waiting=[(one, named(context, one)) for one in await context.desk.waiting()],
    )


async def call(request: web.Request) -> web.Response:
    """``GET /calls/{id}``: one call."""
    context = context_of(request)
    found = await context.desk.call(number_asked(request, "call"))
    if found is None:
        raise web.HTTPNotFound
    return context.pages.render(request, "call.html", **await panel_of(request, found))


async def start(request: web.Request) -> web.StreamResponse:
    """``POST /calls``: the agent has somebody on the telephone."""
    form = await request.post()
    made = await start_call(request, asked_of(form))
    raise web.HTTPSeeOther(_way_on(context_of(request), made, str(form.get("back", ""))))


async def order(request: web.Request) -> web.StreamResponse:
    """``POST /calls/{id}``: what a button of the call's panel asks; what was noted is kept whatever the button says."""
    form = await request.post()
    number, asked = number_asked(request, "call"), asked_of(form)
    what = str(form.get("order", ""))
    if what not in CALL_ORDERS:
        raise web.HTTPBadRequest
    if "notes" in form and what not in {"notes", "wrap-up"}:
        await obey_call(request, number, "notes", asked)
    done = await obey_call(request, number, what, asked)
    raise web.HTTPSeeOther(_way_on(context_of(request), done, str(form.get("back", ""))))


def _way_on(context: Context, call: Call, back: str) -> str:
    """Return where the agent is led: back to the station's page, else to what the call is about."""
    station = named(context, call)
    if back == "call":
        return call_path(call.id)
    if back.startswith("station:"):
        asked = context.directory.by_sticker(typed(back.removeprefix("station:"), 80))  # type: ignore[arg-type]  # any text is looked for
        if asked is not None:
            return station_path(asked.sticker)
    if not call.at_desk:
        return "/"
    return station_path(station.sticker) if station is not None else "/"


def named(context: Context, call: Call) -> Station | None:
    """Return the station that `call` is about."""
    return None if call.station is None else context.directory.by_id(call.station)


async def panel_of(request: web.Request, call: Call) -> Mapping[str, Any]:
    """Return what the panel of `call` shows."""
    context = context_of(request)
    earlier = await context.desk.earlier(call)
    return {
        "call": call,
        "call_station": named(context, call),
        "call_words": call_words,
        "callers_calls": [(one, named(context, one)) for one in earlier[:MOST_EARLIER]],
        "mine": call.agent in {"", visitor_of(request).name},
        "tongues": OWN_NAMES,
    }
