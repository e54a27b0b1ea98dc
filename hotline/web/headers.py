"""The headers that every answer carries, pages, errors and streams alike."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from hotline.web.context import context_of

if TYPE_CHECKING:
    from aiohttp import web

POLICY: Final = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; "
    "form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)
"""Content-Security-Policy: nothing but our own files, no inline script or style anywhere."""

_ALWAYS: Final = {
    "Content-Security-Policy": POLICY,
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=()",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
}
_YEAR = "max-age=31536000"


async def secure(request: web.Request, response: web.StreamResponse) -> None:
    """Add the headers before the answer is sent; what a handler said about caching stays."""
    response.headers.update(_ALWAYS)
    response.headers.setdefault("Cache-Control", "no-store")
    response.headers.popall("Server", None)
    if context_of(request).console.secure:
        response.headers["Strict-Transport-Security"] = _YEAR
