"""The contact register of a span, with what is needed from around it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from hotline.core.register import AGAIN, figures_of

if TYPE_CHECKING:
    from hotline.core.register import Figures
    from hotline.web.context import Context
    from monitor.core.ids import StationId
    from monitor.core.spans import Span


async def figures_in(context: Context, span: Span) -> Figures:
    """Return the figures of the calls of `span`."""
    calls = await context.desk.between(span.since - AGAIN, span.until + AGAIN)
    inside = [one for one in calls if span.since <= one.began_at < span.until]
    return figures_of(inside, owners_of(context), around=calls)


def owners_of(context: Context) -> dict[StationId, str]:
    """Return the owner's name of every station."""
    return {station.id: station.owner.name for station in context.directory}
