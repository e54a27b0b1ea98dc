"""The search field's answer: the station itself when there is no choice, else what was found, else what is nearest."""

from __future__ import annotations

from typing import TYPE_CHECKING

from aiohttp import web

from hotline.core.legible import typed
from hotline.core.networks import Network, network_of
from hotline.core.search import LONGEST_QUERY, Match, looks_like_sticker
from hotline.web.context import context_of
from hotline.web.links import station_path

if TYPE_CHECKING:
    from hotline.core.search import Found


async def search(request: web.Request) -> web.Response:
    """``GET /search?q=``."""
    context = context_of(request)
    query = typed(request.query.get("q", ""), LONGEST_QUERY)
    if not query:
        raise web.HTTPSeeOther("/")
    found = await context.book.search(query)
    target = None if found.target is None else context.directory.by_id(found.target)
    if target is not None:
        raise web.HTTPSeeOther(station_path(target.sticker))
    return await results(request, query, found, wrong=looks_like_sticker(query) and not begun(found))


def begun(found: Found) -> bool:
    """Return whether what was typed is a sticker, or the beginning of one."""
    return any(hit.match in (Match.EXACT, Match.BEGINS) for hit in found.hits)


async def results(request: web.Request, query: str, found: Found, *, wrong: bool) -> web.Response:
    """Return the list of what was found; a `wrong` sticker, which nobody wears, is a 404 that offers the nearest."""
    context = context_of(request)
    others = (Network(name=one.name, phone=one.phone, prefixes=one.prefixes) for one in context.hotline.network)
    foreign = wrong or (not found.hits and any(sign.isdigit() for sign in query))
    other = network_of(query, others) if foreign else None
    wrong = wrong or other is not None
    if wrong and not found.hits:
        found = await context.book.nearest(query)
    status = 404 if wrong or not found.hits else 200
    rows = context.book.rows(found)
    return context.pages.render(request, "search.html", status=status, query=query, wrong=wrong, rows=rows, other=other)
