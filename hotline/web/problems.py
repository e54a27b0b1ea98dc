"""Errors in the right form: problem+json (RFC 9457) for programs, a page with a way on for people."""

from __future__ import annotations

import logging
from http import HTTPStatus
from typing import TYPE_CHECKING, Final

import msgspec
from aiohttp import web
from aiohttp.http_exceptions import HttpProcessingError

from hotline.core.sentences import marked
from hotline.web.context import context_of, is_api
from monitor.runtime.journal import TransientStoreError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from aiohttp.typedefs import Handler

log = logging.getLogger(__name__)

_WRITTEN: Final = ("notes", "subject", "text", "said", "why", "cause")
"""Fields in which people write."""
_KEPT: Final = ("Allow", "WWW-Authenticate", "Retry-After")

EXPLAINED: Final[dict[int, tuple[str, str]]] = {
    401: (marked("Please sign in"), marked("Your session is over. Sign in again, then repeat what you did.")),
    403: (
        marked("Not done"),
        marked("This page was open for too long, or another site sent the request. Go back, reload the page and try again."),
    ),
    404: (marked("There is no such page"), marked("Check the address, or search for the charger above.")),
    405: (marked("Not possible here"), marked("This page cannot be used that way.")),
    413: (marked("Too much at once"), marked("What was sent is longer than anything this page takes.")),
    500: (
        marked("Something broke on our side"),
        marked("It has been written down. Try again; if it stays so, tell whoever runs this console."),
    ),
    503: (marked("Too busy just now"), marked("Try again in a few seconds.")),
}
_NOT_FOR_YOU: Final = (
    marked("Not for you"),
    marked("This page needs another role than yours; whoever runs this console can give it to you."),
)
"""Of a page that is only read: no form of it was too old."""
_OTHERWISE: Final = (marked("That did not work"), marked("The console could not make sense of the request."))


def problem(status: int, detail: str = "", headers: Mapping[str, str] | None = None) -> web.Response:
    """Return a problem document; `detail` says what was wrong with this request."""
    body: dict[str, object] = {"type": "about:blank", "title": HTTPStatus(status).phrase, "status": status}
    if detail:
        body["detail"] = detail
    return web.Response(body=msgspec.json.encode(body), status=status, content_type="application/problem+json", headers=headers)


def failure(
    request: web.Request, status: int, detail: str = "", headers: Mapping[str, str] | None = None, kept: str = ""
) -> web.Response:
    """Return an error in the form that whoever asked can use; `kept` is what somebody had written, given back to him."""
    if is_api(request):
        return problem(status, detail, headers)
    title, text = EXPLAINED.get(status, _OTHERWISE)
    if status == HTTPStatus.FORBIDDEN and request.method in {"GET", "HEAD"}:
        title, text = _NOT_FOR_YOU
    response = context_of(request).pages.render(request, "error.html", status=status, title=title, text=text, kept=kept)
    response.headers.update(headers or {})
    return response


async def _written(request: web.Request, status: int) -> str:
    """Return the words in a form that was refused only because its session is over, so that they are not lost."""
    if status != HTTPStatus.UNAUTHORIZED or request.method != "POST" or is_api(request):
        return ""
    try:
        form = await request.post()
    except (ValueError, LookupError, AssertionError, OSError, HttpProcessingError, web.HTTPException):
        return ""
    return "\n".join(str(form[name]) for name in _WRITTEN if isinstance(form.get(name), str) and form[name])


@web.middleware
async def explain(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Turn whatever went wrong inside into an answer."""
    try:
        return await handler(request)
    except web.HTTPException as error:
        if error.status < HTTPStatus.BAD_REQUEST:
            raise
        kept = {name: error.headers[name] for name in _KEPT if name in error.headers}
        detail = "" if error.reason == HTTPStatus(error.status).phrase else error.reason
        return failure(request, error.status, detail, kept, await _written(request, error.status))
    except TransientStoreError as error:
        log.warning("%s %s: %s", request.method, request.path, error)
        return failure(request, HTTPStatus.SERVICE_UNAVAILABLE, headers={"Retry-After": "2"})
    except Exception:
        log.exception("%s %s failed", request.method, request.path)
        return failure(request, HTTPStatus.INTERNAL_SERVER_ERROR)


@web.middleware
async def explain_publicly(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Turn whatever went wrong on the public listener into a short text; it tells nothing of what is inside."""
    try:
        return await handler(request)
    except web.HTTPException as error:
        if error.status < HTTPStatus.BAD_REQUEST:
            raise
        status = error.status
    except TransientStoreError as error:
        log.warning("%s %s: %s", request.method, request.path, error)
        status = HTTPStatus.SERVICE_UNAVAILABLE
    except Exception:
        log.exception("%s %s failed", request.method, request.path)
        status = HTTPStatus.INTERNAL_SERVER_ERROR
    return web.Response(status=status, text=f"{HTTPStatus(status).phrase}\n")
