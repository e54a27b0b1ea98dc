"""Who is asking, whether a form is genuine, and whether they may: three middlewares, and every route is closed unless named here.

A forged request is refused on what the browser says of its origin (Fetch Metadata, else Origin, RFC 6454) *and* on a token
that only our own forms carry. A program with a bearer token needs neither: no browser sends one by itself.
"""

from __future__ import annotations

import asyncio
from contextlib import suppress
from typing import TYPE_CHECKING, Final
from urllib.parse import quote

from aiohttp import web
from aiohttp.http_exceptions import HttpProcessingError

from hotline.core.calls import Stage
from hotline.core.logins import safe_return
from hotline.core.roles import Role
from hotline.web import cookies
from hotline.web.accounts import hash_of
from hotline.web.at_hand import call_at_hand
from hotline.web.context import AT_DESK, NOBODY, VISITOR, AtDesk, Visitor, context_of, is_api, visitor_of
from hotline.web.cookies import Cookie
from monitor.runtime.journal import TransientStoreError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from aiohttp.typedefs import Handler

    from hotline.settings import ListenerSettings

OPEN_TO_ALL: Final = frozenset({"/login", "/preferences", "/static/{name}"})
"""Paths of routes that need no login."""
_SAFE_METHODS: Final = frozenset({"GET", "HEAD", "OPTIONS"})
_OWN_SITES: Final = frozenset({"same-origin", "none"})
_MOST_SECRET: Final = 200
_MOST_BACK: Final = 100
FORM_FIELD: Final = "form_token"
UNTOUCHED: Final = "part"
"""A page's own refreshing (``?part=live``) does not count as use, else an open page would never be logged out."""


def _matched(request: web.Request) -> bool:
    return request.match_info.http_exception is None


def _canonical(request: web.Request) -> str:
    resource = request.match_info.route.resource
    return resource.canonical if resource is not None else ""


@web.middleware
async def identify(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Find out who is asking."""
    request[VISITOR] = await visitor_from(request)
    return await handler(request)


async def visitor_from(request: web.Request) -> Visitor:
    """Return who is asking as of now: a program by its bearer token (API only), else a person by the session cookie."""
    scheme, _, token = request.headers.get("Authorization", "").partition(" ")
    if scheme.lower() == "bearer" and is_api(request):
        return await _program(request, token.strip())
    return await _person(request)


async def _program(request: web.Request, token: str) -> Visitor:
    if not token or len(token) > _MOST_SECRET:
        return NOBODY
    known = await context_of(request).accounts.token(hash_of(token))
    return NOBODY if known is None else Visitor(name=known[0], role=known[1], by_token=True)


async def _person(request: web.Request) -> Visitor:
    """Return whose session cookie came with `request`; nobody, when there is none or it is over."""
    context = context_of(request)
    secret = cookies.read(request, Cookie.SESSION, context.console)
    stranger = Visitor(name="", role=None, secret=cookies.read(request, Cookie.FORM, context.console)[:_MOST_SECRET])
    if not secret or len(secret) > _MOST_SECRET:
        return stranger
    now = context.clock.now()
    session = await context.accounts.session(hash_of(secret))
    if session is None or not session.valid(now):
        return stranger
    if session.wants_touch(now) and UNTOUCHED not in request.query and not _canonical(request).endswith("/events"):
        with suppress(TransientStoreError):  # the next request writes it down
            await context.accounts.touch_session(hash_of(secret), now)
    return Visitor(name=session.name, role=session.role, secret=secret)


def own_origin(request: web.Request, settings: ListenerSettings) -> bool | None:
    """Return whether the browser says that the request came from our own pages; ``None`` when it says nothing."""
    site = request.headers.get("Sec-Fetch-Site")
    if site is not None:
        return site in _OWN_SITES
    origin = request.headers.get("Origin")
    if origin is None:
        return None
    return origin == settings.base_url or (origin.partition("://")[2] == request.host and origin != "null")


async def read_form(request: web.Request) -> Mapping[str, object]:
    """Return the fields of a form as our own pages send it; anything else is a bad request, whatever its reader trips over.

    Raises:
        HTTPBadRequest: when it is no such form.
    """
    if request.content_type not in {"application/x-www-form-urlencoded", "application/octet-stream"}:
        raise web.HTTPBadRequest(reason="That is not a form of ours")
    try:
        return await request.post()
    except (ValueError, LookupError, AssertionError, HttpProcessingError):
        raise web.HTTPBadRequest(reason="That form cannot be read") from None


@web.middleware
async def guard_forms(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Refuse unsafe requests that another site made a browser send."""
    visitor = visitor_of(request)
    if request.method in _SAFE_METHODS or visitor.by_token or not _matched(request):
        return await handler(request)
    own = own_origin(request, context_of(request).console)
    if own is False or (is_api(request) and not own):
        raise web.HTTPForbidden(reason="Another site sent this request")
    if not is_api(request):
        form = await read_form(request)
        if not visitor.sent(str(form.get(FORM_FIELD, ""))):
            raise web.HTTPForbidden(reason="The form was too old")
    return await handler(request)


@web.middleware
async def look_at_desk(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Find out what the head of a page says of calls; what only refreshes a part of a page has no head.

    A form is looked at as well: what it is answered with may be a page.
    """
    visitor, part = visitor_of(request), request.query.get(UNTOUCHED, "bar")
    if visitor.known and not is_api(request) and part == "bar" and _matched(request):
        request[AT_DESK] = await _at_desk(request)
    return await handler(request)


async def _at_desk(request: web.Request) -> AtDesk:
    context = context_of(request)
    call, waiting = await asyncio.gather(call_at_hand(request), context.desk.waiting())
    station = None if call is None or call.station is None else context.directory.by_id(call.station)
    sticker = request.match_info.get("sticker", "")
    back = f"station:{sticker}" if sticker else request.query.get("back", "")[:_MOST_BACK]
    return AtDesk(waiting=sum(one.stage is Stage.WAITING for one in waiting), call=call, station=station, back=back)


@web.middleware
async def admit(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Let in who is known; a person is led to the login and back, a program is told."""
    if not _matched(request) or _canonical(request) in OPEN_TO_ALL:
        return await handler(request)
    role = visitor_of(request).role
    if role is not None and role.covers(Role.AGENT):
        return await handler(request)
    if is_api(request):
        told = 'Bearer realm="bornewatch"'
        given = request.headers.get("Authorization", "").lower().startswith("bearer ")
        raise web.HTTPUnauthorized(headers={"WWW-Authenticate": f'{told}, error="invalid_token"' if given else told})
    if request.method not in _SAFE_METHODS or UNTOUCHED in request.query:
        raise web.HTTPUnauthorized(headers={"WWW-Authenticate": 'Bearer realm="bornewatch"'})
    wanted = safe_return(request.rel_url.raw_path_qs)
    raise web.HTTPSeeOther("/login" if wanted == "/" else f"/login?next={quote(wanted, safe='')}")
