"""What telephone systems ask and tell at the public listener: a caller's way to an agent; calls that begin, are taken and end.

Twilio's requests are genuine by their signature; those of another telephone system by a token of the API, as the password of HTTP
Basic or as a bearer token. A call is known by its reference and each of its times is kept once, so that what is told twice, or in
another order, does no harm.
"""

from __future__ import annotations

import base64
import binascii
from dataclasses import dataclass
from datetime import timedelta
from functools import partial
from typing import TYPE_CHECKING, Final
from urllib.parse import urlencode

import msgspec
import structlog
from aiohttp import web
from msgspec.structs import replace

from hotline.core import calls as rules
from hotline.core.calls import CallError
from hotline.core.diagnosis import diagnose
from hotline.core.legible import typed
from hotline.telephony import ivr
from hotline.web.accounts import hash_of
from hotline.web.context import context_of
from hotline.web.languages import Speech
from hotline.web.wording import Wording
from monitor.runtime.signatures import is_genuine, signed_address

if TYPE_CHECKING:
    from collections.abc import Mapping

    from hotline.core.calls import Call
    from hotline.web.context import Context
    from monitor.core.registry import Station

log = structlog.get_logger("hotline")

_XML: Final = "text/xml"
LONGEST_REFERENCE: Final = 120
_OVER: Final = frozenset({"completed", "busy", "failed", "no-answer", "canceled"})
"""States of a call that Twilio says are final (twilio.com/docs/voice/api/call-resource)."""
_LONGEST_TALK_S: Final = 86_400


class Told(msgspec.Struct, kw_only=True):
    """What a telephone system tells: the names are those of Zammad's generic interface, so that what speaks to it speaks to us."""

    event: str = ""
    callId: str = ""  # noqa: N815  (the interface's own name)
    direction: str = "in"
    user: str = ""
    language: str = ""
    sticker: str = ""
    caller: str = msgspec.field(default="", name="from")


_told: Final = msgspec.json.Decoder(Told)


@dataclass(frozen=True, slots=True, kw_only=True)
class Telephony:
    """The routes. `tokens` are Twilio's, `base` is the public address, `telephone` the agents' number, empty for none."""

    tokens: tuple[str, ...]
    base: str
    telephone: str

    def routes(self) -> list[web.RouteDef]:
        """Return the routes; those of Twilio only where there is somebody to ring."""
        generic = [web.post("/telephony/calls", tell)]
        if not self.tokens or not self.telephone:
            return generic
        return [
            *generic,
            web.post("/telephony/hotline", self.ring),
            web.post("/telephony/hotline/language", self.language),
            web.post("/telephony/hotline/sticker", self.sticker),
            web.post("/telephony/hotline/agent", self.agent),
            web.post("/telephony/hotline/over", self.over),
            web.post("/telephony/hotline/status", self.status),
        ]

    # ------------------------------------------------------------------------------------------------ Twilio

    async def ring(self, request: web.Request) -> web.Response:
        """``POST /telephony/hotline``: somebody calls."""
        form = await self._form(request)
        await context_of(request).desk.ring(_reference(form), form.get("From", ""))
        return _document(ivr.welcome(self._at("language"), self._at("agent", "fr")))

    async def language(self, request: web.Request) -> web.Response:
        """``POST …/language``: a key was pressed."""
        form = await self._form(request)
        language = ivr.LANGUAGES.get(form.get("Digits", ""), "fr")
        await self._change(request, form, language=language)
        return _document(ivr.ask_sticker(language, self._at("sticker", language), self._at("agent", language)))

    async def sticker(self, request: web.Request) -> web.Response:
        """``POST …/sticker``: the digits on the sticker; what is known of the charger is said at once."""
        form, language = await self._form(request), _language(request)
        context, keyed = context_of(request), typed(form.get("Digits", ""), ivr.LONGEST_STICKER)
        station = await context.book.find(keyed) if keyed else None
        if station is None:
            await self._change(request, form, keyed=keyed)
            return _document(ivr.put_through(language, self.telephone, self._at("over", language), unknown=bool(keyed)))
        await _told_of(context, _reference(form), partial(rules.about, station=station.id))
        said = await _sentence(context, station, language)
        return _document(ivr.put_through(language, self.telephone, self._at("over", language), said))

    async def agent(self, request: web.Request) -> web.Response:
        """``POST …/agent``: the caller pressed nothing."""
        form, language = await self._form(request), _language(request)
        await self._change(request, form, language=language)
        return _document(ivr.put_through(language, self.telephone, self._at("over", language)))

    async def over(self, request: web.Request) -> web.Response:
        """``POST …/over``: the agents' telephone rang, and this is how it went."""
        form, language = await self._form(request), _language(request)
        if form.get("DialCallStatus") == "completed":
            talked = form.get("DialCallDuration", "")
            seconds = min(int(talked), _LONGEST_TALK_S) if talked.isascii() and talked.isdigit() and len(talked) < 9 else 0  # noqa: PLR2004
            since = context_of(request).clock.now() - timedelta(seconds=seconds)
            await _told_of(context_of(request), _reference(form), partial(rules.connected, at=since))
            return _document(ivr.farewell())
        return _document(ivr.nobody(language))

    async def status(self, request: web.Request) -> web.Response:
        """``POST …/status``: what became of the call."""
        form = await self._form(request)
        if form.get("CallStatus") in _OVER:
            now = context_of(request).clock.now()
            await _told_of(context_of(request), _reference(form), partial(rules.ended, at=now))
        return web.Response(status=web.HTTPNoContent.status_code)

    async def _form(self, request: web.Request) -> Mapping[str, str]:
        """Return what was posted, if Twilio posted it.

        Raises:
            HTTPForbidden: when the signature is missing or wrong, or it is about no call.
        """
        form = await request.post()
        texts = {name: value for name, value in form.items() if isinstance(value, str)}
        address = signed_address(self.base, request.path_qs)
        signature = request.headers.get("X-Twilio-Signature", "")
        genuine = len(texts) == len(form) and is_genuine(address, form, signature, self.tokens)  # type: ignore[arg-type]  # all are texts
        if not genuine or not _reference(texts):
            log.warning("a request that Twilio has not signed was refused", path=request.path[:100])
            raise web.HTTPForbidden
        return texts

    async def _change(self, request: web.Request, form: Mapping[str, str], **facts: str) -> None:
        await _told_of(context_of(request), _reference(form), partial(replace, **facts))

    def _at(self, step: str, language: str = "") -> str:
        return f"{self.base}/telephony/hotline/{step}{'?' if language else ''}{urlencode({'l': language} if language else {})}"


# ---------------------------------------------------------------------------------------------------------- any other system


async def tell(request: web.Request) -> web.Response:
    """``POST /telephony/calls``: a call begins (``newCall``), is taken (``answer``, by `user`), or ends (``hangup``).

    Form or JSON; 204 when it is written down, 401 without a token, 400 for what cannot be read.
    """
    context = context_of(request)
    if not await _known(request):
        raise web.HTTPUnauthorized(headers={"WWW-Authenticate": 'Basic realm="bornewatch"'})
    told = await _read(request)
    reference, now = typed(told.callId, LONGEST_REFERENCE), context.clock.now()
    if not reference or told.event not in {"newCall", "answer", "hangup"}:
        raise web.HTTPBadRequest
    if told.direction == "out":
        return web.Response(status=web.HTTPNoContent.status_code)
    call = await context.desk.ring(reference, told.caller)
    station = await context.book.find(typed(told.sticker, 80)) if told.sticker else None
    changes = [partial(rules.about, station=station.id)] if station is not None and call.station is None else []
    if told.language in set(Speech):
        changes.append(partial(replace, language=told.language))
    if told.event == "answer":
        changes.append(
            partial(rules.answered, agent=typed(told.user, 64), at=now) if told.user else partial(rules.connected, at=now)
        )
    if told.event == "hangup":
        changes.append(partial(rules.ended, at=now))
    for change in changes:
        await _told_of(context, reference, change)
    return web.Response(status=web.HTTPNoContent.status_code)


async def _known(request: web.Request) -> bool:
    """Say whether the request carries a token of the API."""
    scheme, _, given = request.headers.get("Authorization", "").partition(" ")
    token = given.strip()
    if scheme.lower() == "basic":
        try:
            token = base64.b64decode(token, validate=True).decode("utf-8", "replace").partition(":")[2]
        except (binascii.Error, ValueError):
            return False
    elif scheme.lower() != "bearer":
        return False
    return bool(token) and len(token) <= 200 and await context_of(request).accounts.token(hash_of(token)) is not None  # noqa: PLR2004


async def _read(request: web.Request) -> Told:
    if request.content_type == "application/json":
        try:
            return _told.decode(await request.read())
        except (msgspec.MsgspecError, RecursionError, UnicodeError):
            raise web.HTTPBadRequest from None
    form = await request.post()
    fields = {"event": "event", "callId": "callId", "direction": "direction", "user": "user", "language": "language"}
    named = {ours: str(form.get(theirs, "")) for ours, theirs in {**fields, "sticker": "sticker", "caller": "from"}.items()}
    return Told(**named)


async def _told_of(context: Context, reference: str, change: partial[Call]) -> None:
    """Change the call of that reference; what does not fit where it is was told late, and is no news."""
    try:
        await context.desk.told(reference, change)
    except CallError as error:
        log.info("what a telephone system told comes too late", why=str(error))


async def _sentence(context: Context, station: Station, language: str) -> str:
    speech, now = Speech(language), context.clock.now()
    verdict = diagnose(context.book.health(station), station, now, told=station.id in await context.desk.dangers())
    return Wording(speech, context.languages.of(speech), now).saying(verdict)


def _reference(form: Mapping[str, str]) -> str:
    return typed(form.get("CallSid", ""), LONGEST_REFERENCE)


def _language(request: web.Request) -> str:
    asked = request.query.get("l", "")
    return asked if asked in ivr.VOICES else "fr"


def _document(text: str) -> web.Response:
    return web.Response(text=text, content_type=_XML)
