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
from hotline.core.diagnosis import spoken
from hotline.core.diagnosis.steps import Elsewhere
from hotline.core.sentence_names import Saying
from hotline.core.sentences import SAYINGS, marked
from hotline.web import cookies
from hotline.web.at_hand import call_at_hand
from hotline.web.context import context_of
from hotline.web.cookies import Cookie
from hotline.web.guards import UNTOUCHED
from hotline.web.languages import OWN_NAMES, Speech
from hotline.web.pages import speech_of, wording_of
from hotline.web.texts import distance
from hotline.web.wording import clipped

if TYPE_CHECKING:
    from collections.abc import Sequence

    from hotline.core.calls import Call
    from hotline.core.diagnosis import Verdict
    from hotline.readmodel.nearby import Free
    from hotline.web.wording import Wording
    from monitor.core.registry import Station

CHOICE: Final = "say"
FREE_AWAY: Final = marked("The nearest free charger is %(distance)s away: %(place)s.")
FREE_HERE: Final = marked("Another charger here is free: %(place)s.")
FREE_BESIDE: Final = marked("Point %(point)s of this charger is free.")
ALONE: Final = frozenset({Saying.DO_NOT_TOUCH, Saying.DO_NOT_TOUCH_COMING, Saying.EMERGENCY, Saying.EMERGENCY_COMING})
"""What is said of danger is said alone."""


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


def sayings(request: web.Request, station: Station, verdict: Verdict, free: Sequence[Free]) -> list[tuple[Speech, str, str, str]]:
    """Return what to say in every language, with the language's own name, and where else is a free point if that is advised."""
    advised = None if verdict.saying in ALONE else next((step for step in verdict.steps if isinstance(step, Elsewhere)), None)
    said = advised is not None and bool(advised.connector) and "%(point)s" in SAYINGS[verdict.saying]
    made = []
    for speech in Speech:
        wording = wording_of(request, speech)
        place = "" if advised is None or said else _elsewhere(wording, station, advised, next(iter(free), None))
        made.append((speech, OWN_NAMES[speech], wording.saying(verdict), place))
    return made


def _elsewhere(wording: Wording, station: Station, advised: Elsewhere, nearest: Free | None) -> str:
    """Return where else is a free point, as one says it; where the caller stands already, an address tells him nothing."""
    if advised.connector:
        return wording.say(FREE_BESIDE) % {"point": clipped(advised.connector)}
    if nearest is None:
        return ""
    if nearest.metres is None or (station.site and nearest.station.site == station.site):
        return wording.say(FREE_HERE) % {"place": spoken(nearest.station.sticker)}
    place = clipped(nearest.station.address or nearest.station.site or nearest.station.sticker)
    return wording.say(FREE_AWAY) % {"distance": distance(nearest.metres), "place": place}
