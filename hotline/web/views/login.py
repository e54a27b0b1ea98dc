"""Signing in and out, and choosing language and colours."""

from __future__ import annotations

import math
from secrets import token_urlsafe
from typing import TYPE_CHECKING, Final

from aiohttp import web

from hotline.core.logins import LONGEST_PASSWORD, safe_return, well_formed_name
from hotline.core.sentences import marked
from hotline.errors import OverloadedError
from hotline.web import cookies
from hotline.web.accounts import hash_of
from hotline.web.context import Visitor, context_of, visitor_of
from hotline.web.cookies import Cookie
from hotline.web.languages import Speech
from hotline.web.pages import THEMES, wording_of

if TYPE_CHECKING:
    from hotline.core.logins import Account

_LONGEST_NAME: Final = 64
WRONG: Final = marked("User name or password is wrong.")
SLOW_DOWN: Final = marked("Too many wrong passwords. Please wait %(seconds)s s, then try again.")
BUSY: Final = marked("Too many people are signing in just now. Please try again in a few seconds.")


async def show(request: web.Request) -> web.Response:
    """``GET /login``."""
    wanted = safe_return(request.query.get("next", ""))
    if visitor_of(request).known:
        raise web.HTTPSeeOther(wanted)
    return _page(request, wanted)


def _page(request: web.Request, wanted: str, *, status: int = 200, name: str = "", error: str = "") -> web.Response:
    """Return the form; whoever has no cookie to hang its token on is given one."""
    context = context_of(request)
    visitor = visitor_of(request)
    fresh = "" if visitor.secret else token_urlsafe(32)
    shown = Visitor(name="", role=None, secret=fresh) if fresh else visitor
    response = context.pages.render(
        request, "login.html", status=status, as_visitor=shown, wanted=wanted, name=name, error=error, own_path="/login"
    )
    if fresh:
        cookies.give(response, Cookie.FORM, fresh, context.console)
    return response


async def enter(request: web.Request) -> web.Response:
    """``POST /login``: an unknown user is told the same as one with a wrong password, after as long."""
    context = context_of(request)
    form = await request.post()
    typed = str(form.get("name", ""))[:_LONGEST_NAME]
    wanted = safe_return(str(form.get("next", "")))
    name = well_formed_name(typed) or typed
    address = request.remote or ""
    wait = context.throttle.wait_s(name, address, context.clock.monotonic())
    say = wording_of(request).say
    if wait > 0:
        seconds = str(math.ceil(wait))
        response = _page(request, wanted, status=429, name=typed, error=say(SLOW_DOWN) % {"seconds": seconds})
        response.headers["Retry-After"] = seconds
        return response
    # Counted before it is checked, so that guesses sent side by side slow each other down.
    context.throttle.failed(name, address, context.clock.monotonic())
    try:
        account = await _checked(request, name, str(form.get("password", "")))
    except OverloadedError:
        return _page(request, wanted, status=503, name=typed, error=say(BUSY))
    if account is None:
        response = _page(request, wanted, status=401, name=typed, error=say(WRONG))
        response.headers["WWW-Authenticate"] = 'Bearer realm="bornewatch"'
        return response
    context.throttle.succeeded(name, address)
    return await _welcome(request, account, wanted)


async def _checked(request: web.Request, name: str, password: str) -> Account | None:
    context = context_of(request)
    account = await context.accounts.account(name)
    encoded = None if account is None else account.password_hash
    if not await context.passwords.matches(encoded, password[:LONGEST_PASSWORD]) or account is None:
        return None
    if context.passwords.outdated(account.password_hash):
        await context.accounts.replace_password_hash(account.id, await context.passwords.hashed(password))
    return account


async def _welcome(request: web.Request, account: Account, wanted: str) -> web.Response:
    """Start a session under a new secret, and end the one that this browser had."""
    context = context_of(request)
    before = cookies.read(request, Cookie.SESSION, context.console)
    if before:
        await context.accounts.close_session(hash_of(before))
    secret = token_urlsafe(32)
    await context.accounts.open_session(account.id, hash_of(secret), context.clock.now())
    response = web.Response(status=303, headers={"Location": wanted})
    cookies.give(response, Cookie.SESSION, secret, context.console)
    cookies.take(response, Cookie.FORM, context.console)
    return response


async def leave(request: web.Request) -> web.Response:
    """``POST /logout``: the session and its streams end, and the next agent starts in the language of the page."""
    context = context_of(request)
    secret = visitor_of(request).secret
    await context.accounts.close_session(hash_of(secret))
    context.streams.end_of(secret)
    response = web.Response(status=303, headers={"Location": "/login"})
    for own in (Cookie.SESSION, Cookie.CALL):
        cookies.take(response, own, context.console)
    return response


async def prefer(request: web.Request) -> web.Response:
    """``POST /preferences``: language and colours, kept in the browser."""
    settings = context_of(request).console
    form = await request.post()
    back = str(form.get("back", ""))
    response = web.Response(status=303, headers={"Location": "/login" if back == "/login" else safe_return(back)})
    language, theme = str(form.get("language", "")), str(form.get("theme", ""))
    if language in set(Speech):
        cookies.give(response, Cookie.LANGUAGE, language, settings)
    if theme in THEMES:
        cookies.give(response, Cookie.THEME, theme, settings)
    return response
