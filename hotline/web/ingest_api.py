"""What somebody else has heard of stations, over the API: lines of JSON, perhaps compressed, each counting once."""

from __future__ import annotations

from typing import Final

from aiohttp import web
from aiohttp.http_exceptions import HttpProcessingError

from hotline.core.roles import Role
from hotline.web.api import answer
from hotline.web.context import context_of, visitor_of

LARGEST: Final = 4 * 1024 * 1024
"""Bytes of one post, unpacked."""
PIECE: Final = 64 * 1024


async def ingest(request: web.Request) -> web.Response:
    """``POST /api/v1/ingest``: 200 says that every line which is not named as bad is stored."""
    role = visitor_of(request).role
    if role is None or not role.covers(Role.OPERATOR):
        raise web.HTTPForbidden(reason=f"This needs the role {Role.OPERATOR}")
    body = b""
    try:
        async for piece in request.content.iter_chunked(PIECE):
            body += piece
            if len(body) > LARGEST:
                raise web.HTTPRequestEntityTooLarge(max_size=LARGEST, actual_size=len(body))
    except (web.RequestPayloadError, HttpProcessingError):
        raise web.HTTPBadRequest(reason="The body cannot be unpacked") from None
    taken = await context_of(request).ingest.take(body)
    return answer(
        {
            "taken": taken.taken,
            "repeated": taken.repeated,
            "bad": [{"line": number, "why": why} for number, why in taken.bad],
        }
    )
