"""The body of a request that is longer than a form: read piece by piece, unpacked, and never more of it than is allowed."""

from __future__ import annotations

from typing import Final

from aiohttp import web
from aiohttp.http_exceptions import HttpProcessingError

LARGEST: Final = 4 * 1024 * 1024
"""Bytes of one post, unpacked."""
_PIECE: Final = 64 * 1024


async def body_of(request: web.Request, most: int = LARGEST) -> bytes:
    """Return the body of `request`.

    Raises:
        HTTPRequestEntityTooLarge: when it has more than `most` bytes.
        HTTPBadRequest: when it cannot be unpacked.
    """
    body = bytearray()
    try:
        async for piece in request.content.iter_chunked(_PIECE):
            body += piece
            if len(body) > most:
                raise web.HTTPRequestEntityTooLarge(max_size=most, actual_size=len(body))
    except (web.RequestPayloadError, HttpProcessingError):
        raise web.HTTPBadRequest(reason="The body cannot be unpacked") from None
    return bytes(body)
