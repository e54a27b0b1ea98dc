"""Who asks over HTTP may be gone before he is answered. That is no defect, at whatever moment it comes."""

from __future__ import annotations

import errno
import logging
from http import HTTPStatus
from typing import TYPE_CHECKING, Final

from aiohttp import web

if TYPE_CHECKING:
    from aiohttp.typedefs import Handler

log = logging.getLogger(__name__)


_OF_THE_LINE: Final = frozenset({errno.EHOSTUNREACH, errno.ENETUNREACH, errno.ENETDOWN, errno.EHOSTDOWN})
"""What a socket fails with, beside `ConnectionError` and `TimeoutError`, when the network is gone."""


def is_gone(request: web.Request) -> bool:
    """Say whether nobody is at the other end of the line any more."""
    return request.transport is None or request.transport.is_closing()


@web.middleware
async def let_go(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Give up what cannot be read from, or said to, somebody who is gone; what fails while he is there goes on as it is."""
    try:
        return await handler(request)
    except OSError as error:
        of_the_line = isinstance(error, ConnectionError | TimeoutError) or error.errno in _OF_THE_LINE
        if not of_the_line or not is_gone(request):
            raise
        log.debug("%s %s: gone before the end: %s", request.method, request.path, error)
        return web.Response(status=HTTPStatus.BAD_REQUEST)  # that nobody receives
