"""The language of the call: the one that *say this* is in. It is chosen per call and is not the page's own.

``?say=lb`` on a page chooses it; the browser keeps it until it is closed or the agent signs out. A page that refreshes itself
sends its own choice along and keeps nothing, so that two calls side by side do not change each other's words.
"""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Final

from aiohttp import web
from msgspec.structs import replace

from hotline.core.calls import Stage
from hotline.web import cookies
from hotline.web.calling import call_at_hand
from hotline.web.context import context_of
from hotline.web.cookies import Cookie
from hotline.web.guards import UNTOUCHED
from hotline.web.languages import OWN_NAMES, Speech
from hotline.web.pages import speech_of, wording_of

if TYPE_CHECKING:
    from hotline.core.calls import Call
    from hotline.core.diagnosis import Verdict

CHOICE: Final = "say"


async def remember(request: web.Request) -> None:
    """Keep the language that the address of a page chooses, and lead on to the page without it.

    Raises:
        web.HTTPSeeOther: when one was chosen.
    """
    chosen = request.query.get(CHOICE, "")
    if chosen in set(Speech) and UNTOUCHED not in request.query:
        call = await call_at_hand(request)
        if call is not None and call.stage is Stage.RUNNING:
            await context_of(request).desk.change(call.id, partial(replace, language=chosen))
        led = web.HTTPSeeOther(request.rel_url.without_query_params(CHOICE))
        cookies.give(led, Cookie.CALL, chosen, context_of(request).console)
        raise led


def speech_of_call(request: web.Request, call: Call | None) -> Speech:
    """Return the language of the call: what the address says, else what `call` says, else what was kept, else the page's own."""
    kept = cookies.read(request, Cookie.CALL, context_of(request).console)
    for one in (request.query.get(CHOICE, ""), "" if call is None else call.language, kept):
        if one in set(Speech):
            return Speech(one)
    return speech_of(request)


def sayings(request: web.Request, verdict: Verdict) -> list[tuple[Speech, str, str]]:
    """Return what to say in every language, with the language's own name."""
    return [(speech, OWN_NAMES[speech], wording_of(request, speech).saying(verdict)) for speech in Speech]
