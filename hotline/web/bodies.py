"""What a program posts, and the number in an address. A long body is read piece by piece, and never more of it than is allowed."""

from __future__ import annotations

from typing import Final, TypeVar

import msgspec
from aiohttp import web
from aiohttp.http_exceptions import HttpProcessingError

from hotline.core.legible import typed

T = TypeVar("T")

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


def read_body(body: bytes, decoder: msgspec.json.Decoder[T]) -> T:
    """Return what a request says; its instants must have their zone.

    Raises:
        HTTPBadRequest: when it cannot be read, with the reason.
    """
    try:
        asked = decoder.decode(body or b"{}")
    except (msgspec.MsgspecError, RecursionError, UnicodeError) as error:
        raise web.HTTPBadRequest(reason=" ".join(typed(str(error), 300).split())) from None
    for name in ("since", "until", "by"):
        at = getattr(asked, name, None)
        if at is not None and at.tzinfo is None:
            raise web.HTTPBadRequest(reason=f"{name}: write it with its zone, as 2026-05-04T08:00:00Z")
    return asked


def number_asked(request: web.Request, what: str = "alert") -> int:
    """Return the number in the address.

    Raises:
        HTTPNotFound: when it is none.
    """
    text = request.match_info["id"]
    if not text.isascii() or not text.isdigit() or len(text) > 18:  # noqa: PLR2004  (a 64-bit number)
        raise web.HTTPNotFound(reason=f"There is no such {what}")
    return int(text)
