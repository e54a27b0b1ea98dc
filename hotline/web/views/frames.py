"""A station's frames for technicians, as a page and as text to hand on. What may not be seen is gone before they come here."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from aiohttp import web

from hotline.core.frames import LONGEST_NAME, Kind, actions_in, entries_of, of_action
from hotline.core.legible import legible
from hotline.web import words
from hotline.web.context import context_of
from hotline.web.links import frames_path
from hotline.web.views.station import asked, unknown
from hotline.web.wording import rfc3339_ms
from monitor.runtime.trace import FRAMES

if TYPE_CHECKING:
    from collections.abc import Sequence

    from hotline.core.frames import Entry
    from monitor.core.registry import Station


async def frames(request: web.Request) -> web.Response:
    """``GET /stations/{sticker}/frames``: newest first; ``?action=`` keeps one action, ``?as=text`` gives a file."""
    context = context_of(request)
    found = await asked(request, frames_path)
    if found is None:
        return await unknown(request)
    known = entries_of(context.contacts.contact(found.id).frames)
    action = request.query.get("action", "")[:LONGEST_NAME]
    shown = of_action(known, action)
    if request.query.get("as") == "text":
        return _as_text(found, shown)
    return context.pages.render(
        request,
        "frames.html",
        action=action,
        actions=actions_in(known),
        any_frame=any(entry.kind is not Kind.REMARK for entry in shown),
        most=FRAMES,
        shown=shown,
        station=found,
    )


def _as_text(found: Station, shown: Sequence[Entry]) -> web.Response:
    """Return one line a frame, oldest first, as a log is read; times are UTC."""
    lines = [f"{rfc3339_ms(one.frame.at)} {words.ARROWS[one.frame.direction]} {_line(one)}\n" for one in reversed(shown)]
    name = re.sub(r"[^0-9A-Za-z-]", "_", found.sticker)
    return web.Response(
        text="".join(lines),
        content_type="text/plain",
        charset="utf-8",
        headers={"Content-Disposition": f'attachment; filename="frames-{name}.txt"'},
    )


def _line(entry: Entry) -> str:
    frame = entry.frame
    if entry.kind is Kind.REMARK:
        return f"socket {'opened' if frame.code is None else 'closed'}, {legible(frame.text)}"
    return legible(frame.text) + (" (cut)" if frame.cut else "")
