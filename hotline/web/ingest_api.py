"""What somebody else has heard of stations, over the API: lines of JSON, perhaps compressed, each counting once."""

from __future__ import annotations

from aiohttp import web

from hotline.core.roles import Role
from hotline.web.api import answer
from hotline.web.bodies import body_of
from hotline.web.context import context_of, visitor_of


async def ingest(request: web.Request) -> web.Response:
    """``POST /api/v1/ingest``: 200 says that every line which is not named as bad is stored."""
    role = visitor_of(request).role
    if role is None or not role.covers(Role.OPERATOR):
        raise web.HTTPForbidden(reason=f"This needs the role {Role.OPERATOR}")
    taken = await context_of(request).ingest.take(await body_of(request))
    return answer(
        {
            "taken": taken.taken,
            "repeated": taken.repeated,
            "bad": [{"line": number, "why": why} for number, why in taken.bad],
        }
    )
