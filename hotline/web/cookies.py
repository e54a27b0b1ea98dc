"""The console's cookies: one for the session, one for forms before a login, two for taste, one for the language of the call.

None can be read by a script.
"""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING, Final

from hotline.core.logins import ABSOLUTE_LIMIT

if TYPE_CHECKING:
    from aiohttp import web

    from hotline.settings import ListenerSettings

_YEAR_S: Final = 365 * 86400


class Cookie(StrEnum):
    """Cookies by their name without the ``__Host-`` that TLS adds."""

    SESSION = "bornewatch"
    FORM = "bornewatch-form"
    LANGUAGE = "bornewatch-language"
    THEME = "bornewatch-theme"
    CALL = "bornewatch-call"


_LIFE_S: Final[dict[Cookie, int | None]] = {
    Cookie.SESSION: int(ABSOLUTE_LIMIT.total_seconds()),
    Cookie.FORM: None,
    Cookie.LANGUAGE: _YEAR_S,
    Cookie.THEME: _YEAR_S,
    Cookie.CALL: None,
}


def _name(cookie: Cookie, settings: ListenerSettings) -> str:
    """Return the name on the wire: over TLS the prefix keeps other hosts and plain HTTP from setting it (RFC 6265bis §4.1.3)."""
    return f"__Host-{cookie}" if settings.secure else cookie.value


def read(request: web.Request, cookie: Cookie, settings: ListenerSettings) -> str:
    """Return the value that came with `request`, empty for none."""
    return request.cookies.get(_name(cookie, settings), "")


def give(response: web.StreamResponse, cookie: Cookie, value: str, settings: ListenerSettings) -> None:
    """Set `cookie` for this host only."""
    response.set_cookie(
        _name(cookie, settings), value, max_age=_LIFE_S[cookie], path="/", secure=settings.secure, httponly=True, samesite="Lax"
    )


def take(response: web.StreamResponse, cookie: Cookie, settings: ListenerSettings) -> None:
    """Delete `cookie`."""
    response.del_cookie(_name(cookie, settings), path="/", secure=settings.secure, httponly=True, samesite="Lax")
