"""Every address of the console. What needs no login is named in `guards.OPEN_TO_ALL`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from hotline.web import api
from hotline.web.stream import events
from hotline.web.views import frames, home, login, search, station

if TYPE_CHECKING:
    from aiohttp import web

    from hotline.web.static import Assets


def add_routes(router: web.UrlDispatcher, assets: Assets) -> None:
    """Add the console's routes to `router`."""
    router.add_get("/", home.home)
    router.add_get("/search", search.search)
    router.add_get("/stations", home.in_state)
    router.add_get("/stations/{sticker}", station.station)
    router.add_get("/stations/{sticker}/frames", frames.frames)
    router.add_get("/breaches", home.breaches)
    router.add_get("/login", login.show)
    router.add_post("/login", login.enter)
    router.add_post("/logout", login.leave)
    router.add_post("/preferences", login.prefer)
    router.add_get("/static/{name}", assets.serve)
    router.add_get("/api/v1/stations", api.stations)
    router.add_get("/api/v1/stations/{sticker}", api.station)
    router.add_get("/api/v1/stations/{sticker}/timeline", api.timeline)
    router.add_get("/api/v1/stations/{sticker}/frames", api.frames)
    router.add_get("/api/v1/breaches", api.breaches)
    router.add_get("/api/v1/events", events, allow_head=False)
    router.add_get("/api/v1/openapi.json", api.specification)
