"""What an agent hears of a station that we see healthy: it becomes an alert, for whoever stands before it may see more than we.

A station that we do not see healthy is contradicted by nobody: its silence or fault is known and has its own way.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import msgspec
from aiohttp import web

from hotline.core.legible import typed
from hotline.web.alerts_api import commands_of
from hotline.web.api import answer, station_asked
from hotline.web.bodies import read_body
from hotline.web.context import context_of, visitor_of
from hotline.web.links import station_path
from hotline.web.refusals import refuse
from monitor.core.events import State

if TYPE_CHECKING:
    from monitor.core.registry import Station

LONGEST_SAID: Final = 500
HEALTHY: Final = frozenset({State.ONLINE, State.DEGRADED})


class Asked(msgspec.Struct, forbid_unknown_fields=True, kw_only=True):
    """The body: what the caller says."""

    said: str = ""


_decoder: Final = msgspec.json.Decoder(Asked)


async def contradict(request: web.Request) -> web.Response:
    """``POST /api/v1/stations/{sticker}/contradictions``: a caller says that it does not work, though we see it healthy."""
    found = await station_asked(request)
    asked = read_body(await request.read(), _decoder)
    await _take_down(request, found, asked.said)
    return answer({"station": found.sticker, "said": typed(asked.said, LONGEST_SAID)})


async def contradict_by_form(request: web.Request) -> web.StreamResponse:
    """``POST /stations/{sticker}/contradictions``: the same from the station's page."""
    found = await station_asked(request)
    await _take_down(request, found, str((await request.post()).get("said", "")))
    raise web.HTTPSeeOther(station_path(found.sticker))


async def _take_down(request: web.Request, station: Station, said: str) -> None:
    commands = commands_of(request)
    if context_of(request).view.health(station.id).state not in HEALTHY:
        raise web.HTTPConflict(reason="We do not see it healthy either, so nothing is contradicted")
    refuse(await commands.contradict(station.id, visitor_of(request).name, typed(said, LONGEST_SAID)))
