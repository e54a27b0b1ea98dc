"""Is it seen? The page for whoever stands before a station: its last attempts to connect and the reason of each refusal.

Whoever is logged in asks for any identity, sticker or address. An operator can hand out a link that shows one identity to whoever
holds it, on the public listener and without a login, for a day.
"""

from __future__ import annotations

from datetime import timedelta
from secrets import token_urlsafe
from typing import TYPE_CHECKING, Final

from aiohttp import web

from hotline.core.legible import typed
from hotline.core.roles import Role
from hotline.core.sightings import LONGEST_ASKED, Sighting, read_address, sight_address, sight_identity
from hotline.web.accounts import hash_of
from hotline.web.context import context_of, visitor_of
from monitor.core.ids import Identity, MalformedIdError, parse_identity

if TYPE_CHECKING:
    from datetime import datetime

    from hotline.web.context import Context

LINK_LASTS: Final = timedelta(hours=24)
REFRESH_S: Final = 5
"""Seconds after which an installer's page looks again by itself."""
_TICKET_LENGTH: Final = 64


async def seen(request: web.Request) -> web.Response:
    """``GET /seen?q=``: an identity, a sticker or an address; with ``?part=live`` only what changes."""
    context = context_of(request)
    query = typed(request.query.get("q", ""), LONGEST_ASKED)
    sighting = await sighting_of(context, query) if query else None
    if sighting is not None and request.query.get("part") == "live":
        return context.pages.render(request, "seen_live.html", sighting=sighting, listening_since=context.started)
    return _page(request, query, sighting)


def _page(
    request: web.Request, asked: str, sighting: Sighting | None, link: str = "", until: datetime | None = None
) -> web.Response:
    context = context_of(request)
    return context.pages.render(
        request,
        "seen.html",
        asked=asked,
        link=link,
        listening_since=context.started,
        may_share=_may_share(request),
        sighting=sighting,
        until=until,
    )


async def share(request: web.Request) -> web.Response:
    """``POST /seen``: make a link for one identity."""
    if not _may_share(request):
        raise web.HTTPForbidden
    context = context_of(request)
    form = await request.post()
    try:
        identity = parse_identity(str(form.get("identity", "")).strip())
    except MalformedIdError:
        raise web.HTTPBadRequest from None
    ticket = token_urlsafe(16)
    now = context.clock.now()
    until = now + LINK_LASTS
    await context.links.add(hash_of(ticket), identity, made_by=visitor_of(request).name, now=now, until=until)
    return _page(request, identity, of_identity(context, identity), f"{context.public.base_url}/seen/{ticket}", until)


async def by_link(request: web.Request) -> web.Response:
    """``GET /seen/{ticket}``, public: the identity of that link, for as long as the link lasts."""
    context = context_of(request)
    ticket = request.match_info["ticket"]
    identity = None
    if len(ticket) <= _TICKET_LENGTH:
        identity = await context.links.identity(hash_of(ticket), context.clock.now())
    if identity is None:
        return context.pages.render(request, "seen_over.html", status=404)
    sighting = of_identity(context, Identity(identity))
    return context.pages.render(
        request, "seen_public.html", sighting=sighting, listening_since=context.started, refresh_s=REFRESH_S
    )


def _may_share(request: web.Request) -> bool:
    role = visitor_of(request).role
    return role is not None and role.covers(Role.OPERATOR)


async def sighting_of(context: Context, query: str) -> Sighting:
    """Return what is known of `query`: an address, an identity exactly as it is spelt, or a sticker."""
    address = read_address(query)
    if address is not None:
        return sight_address(address, context.attempts.of_address(address))
    if context.directory.by_identity(Identity(query)) is None and not context.attempts.of_identity(query):
        found = await context.book.find(query)
        if found is not None:
            return of_identity(context, found.identity)
    return of_identity(context, Identity(query))


def of_identity(context: Context, identity: Identity) -> Sighting:
    """Return what is known of an identity."""
    station = context.directory.by_identity(identity)
    return sight_identity(
        identity,
        context.attempts.of_identity(identity),
        station=station,
        connected_since=None if station is None else context.contacts.contact(station.id, framed=False).opened_at,
        strangers=context.attempts.strangers(),
    )
