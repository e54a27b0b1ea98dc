"""What Twilio asks and tells: the words of a call, the keys that were pressed, what became of a message, a reply by short message.

Every request is genuine by its signature over the configured public address, or it is a 403. A repetition changes nothing: what is
final stays, and a key or a reply counts once by its SID. A number is not a proof of who sends: a reply counts only for the alert
whose number it names, and for orders that any contact may give.
"""

from __future__ import annotations

import re
from collections import OrderedDict
from typing import TYPE_CHECKING, Final, Literal, assert_never

import structlog
from aiohttp import web
from twilio.twiml.messaging_response import MessagingResponse

from alerts.core.delivery import Medium
from alerts.core.orders import Acknowledge, Answer, Escalate, Resolve
from alerts.core.outbox import Report
from alerts.twilio_rest import FATES, Fate
from alerts.twiml import Key, Phrase, announcement, farewell, read_key
from monitor.runtime.signatures import is_genuine, signed_address

if TYPE_CHECKING:
    from collections.abc import Mapping

    from alerts.core.orders import Order
    from alerts.core.outbox import Delivery
    from alerts.courier import Courier
    from alerts.engine import Engine
    from alerts.ports import Outbox

log = structlog.get_logger("alerts")

REMEMBERED: Final = 10_000
"""Keys and replies that are known again."""
_REPLY: Final = re.compile(r"\s*(\d{1,9})\s*([aer])\s*", re.IGNORECASE)
_REPORTS: Final = {Fate.PENDING: Report.TAKEN, Fate.REACHED: Report.DELIVERED, Fate.FAILED: Report.FAILED}
_XML: Final = "text/xml"


class Callbacks:
    """The routes of the public listener that Twilio uses."""

    def __init__(self, *, engine: Engine, courier: Courier, outbox: Outbox, public_base: str, tokens: tuple[str, ...]) -> None:
        """Take what is signed with one of `tokens` over addresses below `public_base`."""
        self._engine = engine
        self._courier = courier
        self._outbox = outbox
        self._base = public_base
        self._tokens = tokens
        self._seen: OrderedDict[str, str] = OrderedDict()

    def routes(self) -> list[web.RouteDef]:
        """Return the routes."""
        return [
            web.post("/telephony/alerts/{id}/status", self.status),
            web.post("/telephony/alerts/{id}/voice", self.voice),
            web.post("/telephony/alerts/{id}/key", self.key),
            web.post("/telephony/sms", self.reply),
        ]

    async def _form(self, request: web.Request) -> Mapping[str, str]:
        """Return what was posted, if Twilio posted it.

        Raises:
            HTTPForbidden: when the signature is missing or wrong.
        """
        form = await request.post()
        texts = {name: value for name, value in form.items() if isinstance(value, str)}
        address = signed_address(self._base, request.path_qs)
        signature = request.headers.get("X-Twilio-Signature", "")
        if len(texts) != len(form) or not is_genuine(address, form, signature, self._tokens):  # type: ignore[arg-type]  # all are texts
            log.warning("a request that Twilio has not signed was refused", path=request.path[:100])
            raise web.HTTPForbidden
        return texts

    # ------------------------------------------------------------------------------------------------ calls

    async def status(self, request: web.Request) -> web.Response:
        """``POST …/status``: what became of a message or a call."""
        form = await self._form(request)
        fate = FATES.get(form.get("MessageStatus") or form.get("CallStatus") or "")
        if fate is not None:
            report = _REPORTS[fate]
            why = " ".join(form.get(name, "") for name in ("MessageStatus", "CallStatus", "ErrorCode")).split()
            await self._courier.report(request.match_info["id"], report, " ".join(why)[:200])
        return web.Response(status=web.HTTPNoContent.status_code)

    async def voice(self, request: web.Request) -> web.Response:
        """``POST …/voice``: somebody has picked up, or a mailbox; read the alert out."""
        await self._form(request)
        delivery = await self._delivery(request)
        await self._courier.report(delivery.id, Report.TAKEN, "")
        return _document(self._read_out(delivery))

    async def key(self, request: web.Request) -> web.Response:
        """``POST …/key``: a key was pressed."""
        form = await self._form(request)
        delivery = await self._delivery(request)
        await self._courier.report(delivery.id, Report.TAKEN, "")
        language = delivery.message.language
        pressed = read_key(form.get("Digits", ""))
        if pressed is None:
            return _document(self._read_out(delivery, Phrase.NOT_UNDERSTOOD))
        if pressed is Key.REPEAT:
            return _document(self._read_out(delivery))
        order, done = _ordered(pressed, delivery)
        answer = await self._once(f"{form.get('CallSid', '')}/{pressed}", order)
        return _document(farewell(done if answer in (Answer.DONE, Answer.NO_SUCH_ALERT) else Phrase.FAILED, language))

    def _read_out(self, delivery: Delivery, before: Phrase | None = None) -> str:
        action = f"{self._base}/telephony/alerts/{delivery.id}/key"
        return announcement(delivery.message.spoken, language=delivery.message.language, action=action, before=before)

    async def _delivery(self, request: web.Request) -> Delivery:
        found = await self._outbox.find(request.match_info["id"])
        if found is None:
            raise web.HTTPNotFound
        return found

    # ------------------------------------------------------------------------------------------------ short messages

    async def reply(self, request: web.Request) -> web.Response:
        """``POST /telephony/sms``: a reply such as ``12a``: take it, ``12e``: the next on call, ``12r``: it is over."""
        form = await self._form(request)
        person = self._person(form.get("From", ""))
        asked = _REPLY.fullmatch(form.get("Body", "")[:200])
        if person is None or asked is None:
            return _message("" if person is None else "12a takes alert 12, 12e tells the next on call, 12r ends it.")
        number, what = int(asked[1]), asked[2].lower()
        orders: dict[str, Order] = {
            "a": Acknowledge(alert=number, who=person),
            "e": Escalate(alert=number, who=person),
            "r": Resolve(alert=number, who=person, cause="by short message"),
        }
        answer = await self._once(form.get("MessageSid", ""), orders[what])
        return _message(f"{number}{what}: {answer.value.replace('_', ' ')}")

    def _person(self, number: str) -> str | None:
        """Return who has that number."""
        people = self._engine.desk.rules.people.values()
        return next((one.name for one in people if one.addresses.get(Medium.SMS) == number), None)

    async def _once(self, name: str, order: Order) -> Answer:
        """Carry out an order that came under `name`; the same again is answered as before."""
        known = self._seen.get(name) if name else None
        if known is not None:
            return Answer(known)
        answer = await self._engine.obey(order)
        self._seen[name] = answer.value
        while len(self._seen) > REMEMBERED:
            self._seen.popitem(last=False)
        return answer


def _ordered(key: Literal[Key.ACKNOWLEDGE, Key.ESCALATE, Key.RESOLVE], told: Delivery) -> tuple[Order, Phrase]:
    """Return what a key asks for, and what is said when it is done."""
    match key:
        case Key.ACKNOWLEDGE:
            return Acknowledge(alert=told.alert, who=told.person), Phrase.ACKNOWLEDGED
        case Key.ESCALATE:
            return Escalate(alert=told.alert, who=told.person), Phrase.ESCALATED
        case Key.RESOLVE:
            return Resolve(alert=told.alert, who=told.person, cause="by telephone"), Phrase.RESOLVED
        case _:
            assert_never(key)


def _document(text: str) -> web.Response:
    return web.Response(text=text, content_type=_XML)


def _message(text: str) -> web.Response:
    response = MessagingResponse()
    if text:
        response.message(text)
    return _document(str(response))
