"""Pages from templates: one environment a language, everything escaped, a missing value an error rather than a gap."""

from __future__ import annotations

import json
from functools import lru_cache
from typing import TYPE_CHECKING, Any, Final

from aiohttp import web
from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from hotline.readmodel.alarms import alerts_at_hand
from hotline.web import cookies, words
from hotline.web.context import AT_DESK, Visitor, context_of, visitor_of
from hotline.web.cookies import Cookie
from hotline.web.languages import OWN_NAMES, Languages, Speech, wanted
from hotline.web.links import (
    alert_path,
    ask_path,
    breach_path,
    call_path,
    complaint_path,
    dialled,
    frames_path,
    seen_path,
    station_path,
    stations_path,
    ticket_path,
)
from hotline.web.texts import distance, legible_lines
from hotline.web.wording import Wording, clipped, protocol_name, rfc3339, span

if TYPE_CHECKING:
    from collections.abc import Callable

    from babel.support import NullTranslations

    from hotline.web.static import Assets

THEMES: Final = ("auto", "light", "dark")
_FILTERS: Final = {
    "alert_path": alert_path,
    "ask_path": ask_path,
    "call_path": call_path,
    "complaint_path": complaint_path,
    "clipped": clipped,
    "dialled": dialled,
    "distance": distance,
    "frames_path": frames_path,
    "legible_lines": legible_lines,
    "protocol_name": protocol_name,
    "rfc3339": rfc3339,
    "seen_path": seen_path,
    "span": span,
    "station_path": station_path,
    "stations_path": stations_path,
    "ticket_path": ticket_path,
}


def speech_of(request: web.Request) -> Speech:
    """Return the language in which to answer."""
    chosen = cookies.read(request, Cookie.LANGUAGE, context_of(request).console)
    return wanted(chosen, request.headers.get("Accept-Language", ""))


def wording_of(request: web.Request, speech: Speech | None = None) -> Wording:
    """Return the words for this request, as of now; in its own language unless `speech` says otherwise."""
    context = context_of(request)
    speech = speech or speech_of(request)
    return Wording(speech, context.languages.of(speech), context.clock.now())


class Pages:
    """Renders templates."""

    def __init__(self, languages: Languages, assets: Assets) -> None:
        """Prepare an environment for every language."""
        self._environments = {speech: _environment(languages, speech) for speech in Speech}
        self._assets = assets

    def render(
        self,
        request: web.Request,
        template: str,
        *,
        status: int = 200,
        as_visitor: Visitor | None = None,
        speech: Speech | None = None,
        **values: Any,  # noqa: ANN401  (whatever the template shows)
    ) -> web.Response:
        """Return the page made of `template` and `values`; `as_visitor` and `speech` where they are not those of the request."""
        context = context_of(request)
        wording = wording_of(request, speech)
        theme = cookies.read(request, Cookie.THEME, context.console)
        operates = context.alerts is not None and visitor_of(request).operates
        frame = {
            "alerts_open": alerts_at_hand(context.alerts.open()) if operates and context.alerts is not None else None,
            "asset": self._assets.path,
            "at_desk": request.get(AT_DESK),
            "day_sign": wording.day_sign,
            "demo": context.demo,
            "own_path": request.rel_url.raw_path_qs,
            "phone": context.hotline.phone,
            "query": "",
            "speech": wording.speech,
            "states_json": json.dumps({state: wording.say(word) for state, word in words.STATES.items()}),
            "theme": theme if theme in THEMES else THEMES[0],
            "visitor": as_visitor or visitor_of(request),
            "wording": wording,
        }
        text = self._environments[wording.speech].get_template(template).render(frame | values)
        headers = {"Content-Language": wording.speech.value, "Vary": "Accept-Language, Cookie"}
        return web.Response(text=text, status=status, content_type="text/html", headers=headers)


def _environment(languages: Languages, speech: Speech) -> Environment:
    environment = Environment(
        loader=PackageLoader("hotline.web"),
        autoescape=True,
        auto_reload=False,
        undefined=StrictUndefined,
        extensions=["jinja2.ext.i18n"],
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.install_gettext_translations(languages.of(speech), newstyle=True)  # type: ignore[attr-defined]  # set by the extension
    environment.globals["_"] = _speaker(languages.of(speech))
    environment.filters |= _FILTERS
    environment.globals |= {"words": words, "languages": OWN_NAMES, "themes": THEMES, "breach_path": breach_path}
    return environment


def _speaker(translations: NullTranslations) -> Callable[..., Markup]:
    """Return what ``_`` is in templates; most of a page's words hold nothing and are made once."""

    @lru_cache(maxsize=4096)
    def known(text: str) -> Markup:
        return Markup(translations.gettext(text)) % {}  # noqa: S704  (ours, and what is filled in is escaped)

    def say(text: str, **holds: object) -> Markup:
        return Markup(translations.gettext(text)) % holds if holds else known(text)  # noqa: S704

    return say
