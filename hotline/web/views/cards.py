"""A card by its visible number: whether our list knows it, and until when it is good."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from hotline.core.legible import typed
from hotline.core.sentences import marked
from hotline.web.at_hand import call_at_hand
from hotline.web.context import context_of, visitor_of
from monitor.registry.cards import TAG_LENGTH

if TYPE_CHECKING:
    from datetime import datetime

    from aiohttp import web

NOT_LISTED: Final = marked("It is not on our list: its provider can say more.")
NO_LIST: Final = marked("We keep no list of cards: whoever answers for them can say more.")
STATUSES: Final[dict[str, str]] = {
    "Accepted": marked("It is good."),
    "Blocked": marked("It is blocked: its provider can say why."),
    "Expired": marked("It has expired: its provider can renew it."),
    "Invalid": marked("It is not valid here."),
}
"""By AuthorizationStatus (OCPP 1.6 §7.2)."""
_SHOWN: Final = 4


async def ask(request: web.Request) -> web.Response:
    """``GET /cards``: the field, empty."""
    return await _page(request)


async def check(request: web.Request) -> web.Response:
    """``POST /cards``: what we know of the card; its number goes into no address and no log."""
    context = context_of(request)
    number = typed(str((await request.post()).get("number", "")), TAG_LENGTH).replace(" ", "")
    if not number:
        return await _page(request)
    await context.desk.enter(visitor_of(request).name, "card checked", f"…{number[-_SHOWN:]}")
    if context.cards is None:
        return await _page(request, number, NO_LIST)
    known = context.cards(number)
    if known is None:
        return await _page(request, number, NOT_LISTED)
    status, until = known
    return await _page(request, number, STATUSES[status], until)


async def _page(request: web.Request, number: str = "", said: str = "", until: datetime | None = None) -> web.Response:
    """Show what was said, and the way back to the charger that the agent's call is about."""
    context, call = context_of(request), await call_at_hand(request)
    about = None if call is None or call.station is None else context.directory.by_id(call.station)
    return context.pages.render(request, "cards.html", about=about, number=number, said=said, until=until)
