"""The page behind the code on a sticker: what we see of the charger, whom to call, where the next free one is. Nobody is logged in.

It shows nothing of owners, codes or other people's sessions, needs no script, and is small enough for one bar of signal.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from hotline.core.diagnosis import Safety, spoken
from hotline.core.legible import typed
from hotline.core.points import WHOLE_STATION, confirmed
from hotline.core.roadside import written
from hotline.core.search import LONGEST_QUERY
from hotline.web.call_language import ALONE
from hotline.web.context import context_of
from hotline.web.diagnosing import Complaint, events_of, verdict_of
from hotline.web.languages import Speech
from hotline.web.links import driver_path
from hotline.web.pages import wording_of
from hotline.web.views.station import asked

if TYPE_CHECKING:
    from aiohttp import web

SPOKEN: Final = "lang"
"""``?lang=de`` chooses the language, for who shares a telephone that speaks another."""


async def driver(request: web.Request) -> web.Response:
    """``GET /b/{sticker}``, public; a sticker that nobody wears is a 404 that still says whom to call."""
    context = context_of(request)
    station = await asked(request, driver_path)
    if station is None:
        named = typed(request.match_info["sticker"], LONGEST_QUERY)
        return _page(request, "driver_unknown.html", status=404, asked=named)
    health = context.book.health(station)
    dangers = await context.desk.dangers()
    verdict = verdict_of(context, station, await events_of(context, station), Complaint(), told=station.id in dangers)
    danger, alone = verdict.safety is Safety.DANGER, verdict.saying in ALONE
    return _page(
        request,
        "driver.html",
        asked=station.sticker,
        alone=alone,
        danger=danger,
        free=[] if alone else context.neighbourhood.around(station, but=dangers).free,
        points=[(one, confirmed(one, health)) for one in health.connectors if one.connector != WHOLE_STATION],
        saying=wording_of(request, _speech(request)).aloud(written(verdict.saying), verdict.facts),
        spoken=spoken(station.sticker),
        station=station,
    )


def _speech(request: web.Request) -> Speech | None:
    """Return the language that was chosen on the page, ``None`` for that of the telephone."""
    chosen = request.query.get(SPOKEN, "")
    return Speech(chosen) if chosen in set(Speech) else None


def _page(request: web.Request, template: str, *, status: int = 200, **values: Any) -> web.Response:  # noqa: ANN401  (for the template)
    return context_of(request).pages.render(request, template, status=status, speech=_speech(request), **values)
