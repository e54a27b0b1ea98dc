"""The call that an agent is busy with."""

from __future__ import annotations

from typing import TYPE_CHECKING

from hotline.core.calls import Stage
from hotline.web.context import context_of, visitor_of

if TYPE_CHECKING:
    from aiohttp import web

    from hotline.core.calls import Call


async def call_at_hand(request: web.Request) -> Call | None:
    """Return the call that the visitor is busy with: the one that runs, else the last that is not wrapped up."""
    visitor = visitor_of(request)
    if not visitor.known or visitor.by_token:
        return None
    calls = await context_of(request).desk.at_hand(visitor.name)
    return next((one for one in calls if one.stage is Stage.RUNNING), calls[0] if calls else None)
