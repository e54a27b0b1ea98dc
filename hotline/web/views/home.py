"""The start page: the search field, how many stations are how, and what is broken longest; and the lists behind its numbers."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from aiohttp import web

from hotline.web.context import context_of
from monitor.core.docket import instant
from monitor.core.events import State

if TYPE_CHECKING:
    from collections.abc import Sequence

MOST_BREACHES: Final = 50
ROWS_A_PAGE: Final = 100
_LONGEST_PAGE_NUMBER: Final = 4


async def home(request: web.Request) -> web.Response:
    """``GET /``; with ``?part=live`` only what changes."""
    context = context_of(request)
    overview = context.book.overview()
    template = "home_live.html" if request.query.get("part") == "live" else "home.html"
    shown = overview.breaches[:MOST_BREACHES]
    return context.pages.render(
        request,
        template,
        overview=overview,
        shown=shown,
        more=len(overview.breaches) - len(shown),
        states=list(State),
        strangers=len(context.attempts),
    )


async def in_state(request: web.Request) -> web.Response:
    """``GET /stations?state=``: the stations behind a number."""
    context = context_of(request)
    asked = request.query.get("state", "")
    if asked not in set(State):
        raise web.HTTPNotFound
    rows = context.book.in_state(State(asked))
    page, pages = page_of(request, rows)
    shown = rows[(page - 1) * ROWS_A_PAGE : page * ROWS_A_PAGE]
    return context.pages.render(request, "stations.html", state=State(asked), rows=shown, total=len(rows), page=page, pages=pages)


async def breaches(request: web.Request) -> web.Response:
    """``GET /breaches``: every open breach."""
    context = context_of(request)
    rows = context.book.overview().breaches
    page, pages = page_of(request, rows)
    shown = rows[(page - 1) * ROWS_A_PAGE : page * ROWS_A_PAGE]
    return context.pages.render(
        request,
        "breaches.html",
        incidents=context.incidents.incidents(),
        instant=instant,
        shown=shown,
        total=len(rows),
        page=page,
        pages=pages,
    )


def page_of(request: web.Request, rows: Sequence[object], each: int = ROWS_A_PAGE) -> tuple[int, int]:
    """Return the page that is asked for, brought into range, and how many there are."""
    pages = max(1, -(-len(rows) // each))
    asked = request.query.get("page", "1")
    number = int(asked) if asked.isascii() and asked.isdigit() and len(asked) <= _LONGEST_PAGE_NUMBER else 1
    return min(max(number, 1), pages), pages
