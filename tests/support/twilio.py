"""A Twilio of our own: a real HTTP server that takes messages and calls, signs what it asks of us, and misbehaves when it is told.

It reads Twilio's documentation in the way that is the least convenient for us: what is not yet sent has no `date_sent`, and a list
that is filtered by it leaves that out. Times are the machine's.

    async with running_twilio() as twilio:
        await twilio.expect_sms("+352621000001", "offline")
        call = await twilio.expect_call("+352691000002")
        await call.expect_said("CP2500")
        await call.press("4")
        await twilio.nothing_more()
"""

from __future__ import annotations

import asyncio
import base64
import hashlib
import hmac
from collections import deque
from contextlib import asynccontextmanager
from datetime import date
from enum import Enum, auto
from itertools import count
from typing import TYPE_CHECKING, Any, TypeVar

import aiohttp
from aiohttp import web

from tests.support.twilio_phones import Call, Sms
from tests.support.twiml_reader import read_messages

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Coroutine, Mapping, Sequence

    from multidict import MultiMapping

T = TypeVar("T", Sms, Call)
S = TypeVar("S")

ACCOUNT = "AC0123456789abcdef0123456789abcdef"
TOKEN = "fedcba9876543210fedcba9876543210"
NUMBER = "+352600000"
PATIENCE_S = 10


class Trouble(Enum):
    """What goes wrong with one request."""

    DOWN = auto()
    """503, nothing taken."""
    DROPPED = auto()
    """The connection is closed, nothing taken."""
    BUSY = auto()
    """429 with Retry-After, nothing taken."""
    SILENT = auto()
    """Taken, and never answered."""
    CUT = auto()
    """Taken, and the connection is closed."""
    DOWN_AFTER = auto()
    """Taken, and 500."""
    GARBLED = auto()
    """Taken, 201, and no JSON."""


TAKEN = frozenset({Trouble.SILENT, Trouble.CUT, Trouble.DOWN_AFTER, Trouble.GARBLED})


class Callbacks(Enum):
    """How what became of messages is told."""

    IN_ORDER = auto()
    REVERSED = auto()
    DOUBLED = auto()
    NONE = auto()
    """Not at all, and nothing becomes of them unless the test says so."""


def sign(token: str, url: str, form: Mapping[str, str]) -> str:
    """Return the signature of a request (twilio.com/docs/usage/webhooks/webhooks-security)."""
    text = url + "".join(name + form[name] for name in sorted(form))
    return base64.b64encode(hmac.new(token.encode(), text.encode(), hashlib.sha1).digest()).decode()


class Twilio:
    """What was sent, what goes wrong, and the telephones; `complaints` is what our service answered wrongly."""

    def __init__(self, callbacks: Callbacks = Callbacks.IN_ORDER) -> None:
        self.account, self.token, self.number = ACCOUNT, TOKEN, NUMBER
        self.api_base = ""
        self.callbacks = callbacks
        self.sms_url = ""
        """Where messages from telephones are posted."""
        self.behind: dict[str, str] = {}
        """Public bases of our service and where they really are, as a proxy would lead there."""
        self.troubles: deque[Trouble] = deque()
        """What goes wrong with the next requests to create something."""
        self.list_troubles: deque[Trouble] = deque()
        self.refused: dict[str, int] = {}
        """Numbers and the code with which they are refused."""
        self.unreachable: dict[str, int] = {}
        """Numbers where messages are not delivered, and the code that says so."""
        self.retry_after = "7"
        self.pace: Callable[[], tuple[float, float, float]] = lambda: (0.0, 0.0, 0.0)
        """Seconds in which what is to be created is lost if whoever asked goes away, until it takes effect, until the answer."""
        self.witness: Callable[[str], None] = lambda _what: None
        """Is told what happens here: ``Messages arrived``, ``Calls taken``, ``Messages answered``, ``listed``, ``told``."""
        self.patience_s: float = PATIENCE_S
        """How long something expected may take."""
        self.forgets_texts = False
        self.page_size = 0
        """Rows of a page whatever was asked for; 0: what was asked for."""
        self.complaints: list[str] = []
        self.messages: list[Sms] = []
        self.calls: list[Call] = []
        self.requests: list[tuple[str, str, MultiMapping[str]]] = []
        self._numbers = count(1)
        self._changed = asyncio.Condition()
        self._tasks: set[asyncio.Task[Any]] = set()

    # ------------------------------------------------------------------------------------------------ what a test says

    async def expect_sms(self, to: str, text: str) -> Sms:
        """Wait for a message to that number that says that."""
        return await self._expect(self.messages, to, lambda sms: text in sms.body, f"message saying {text!r}")

    async def expect_call(self, to: str, *, answered: bool = True) -> Call:
        """Wait for a call to that number; it is picked up, or rings."""
        call = await self._expect(self.calls, to, lambda call: call.status == "ringing", "call that rings")
        return await call.pick_up() if answered else call

    async def nothing_more(self) -> None:
        """See that nothing was sent but what was expected, and that our service answered every question well."""
        await self.settled()
        more = [(one.to, getattr(one, "body", "a call")) for one in (*self.messages, *self.calls) if not one.expected]
        assert more == [], f"unexpected: {more}"
        assert not self.complaints, self.complaints

    async def settled(self) -> None:
        """Wait until everything is told that is to be told."""
        while self._tasks:
            await asyncio.gather(*self._tasks)

    async def text(self, from_: str, body: str, signature: str | None = None) -> list[str]:
        """Send a message from a telephone to our number; return what is answered at once."""
        form = {"MessageSid": self._sid("SM"), "AccountSid": self.account, "From": from_, "To": self.number, "Body": body}
        status, answer = await self.post(self.sms_url, {**form, "NumMedia": "0", "NumSegments": "1"}, signature)
        said = read_messages(answer) if status == 200 and answer.strip() else []
        for line in said:
            sms = Sms(self, self._sid("SM"), from_, self.number, "", body=line, direction="outbound-reply")
            await self._keep(self.messages, sms)
        return said

    async def _expect(self, things: list[T], to: str, fits: Callable[[T], bool], what: str) -> T:
        def found() -> T | None:
            return next((one for one in things if one.to == to and not one.expected and fits(one)), None)

        async with self._changed:
            try:
                async with asyncio.timeout(self.patience_s):
                    one = await self._changed.wait_for(found)
            except TimeoutError:
                there = [(other.to, other.status, getattr(other, "body", "")) for other in things if not other.expected]
                message = f"no {what} to {to}; there is {there}"
                raise AssertionError(message) from None
        assert one is not None
        one.expected = True
        return one

    # ------------------------------------------------------------------------------------------------ what it asks of us

    async def post(self, url: str, form: Mapping[str, str], signature: str | None = None) -> tuple[int, str]:
        """Post to our service, signed unless another `signature` is given; return status and body, 0 when nobody answered."""
        where = next((url.replace(public, real, 1) for public, real in self.behind.items() if url.startswith(public)), url)
        headers = {"X-Twilio-Signature": sign(self.token, url, form) if signature is None else signature}
        try:
            async with (
                aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=PATIENCE_S)) as http,
                http.post(where, data=form, headers=headers, allow_redirects=False) as answer,
            ):
                body = await answer.text()
                self.witness("told")
                status, kind = answer.status, answer.content_type
        except (aiohttp.ClientError, OSError) as error:
            self.complaints.append(f"{url}: {error!r}")
            return 0, ""
        if signature is None and status >= 300:
            self.complaints.append(f"{url} answered {status}")
        if body.lstrip().startswith("<") and kind not in ("text/xml", "application/xml"):
            self.complaints.append(f"{url} answered TwiML as {kind}")
        return status, body

    # ------------------------------------------------------------------------------------------------ what becomes of things

    async def _keep(self, things: list[T], one: T) -> None:
        async with self._changed:
            things.append(one)
            self._changed.notify_all()

    def _start(self, work: Coroutine[Any, Any, S]) -> asyncio.Task[S]:
        task = asyncio.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        return task

    async def _deliver(self, sms: Sms) -> None:
        code = self.unreachable.get(sms.to)
        steps: list[tuple[str, int | None]] = [("sent", None), ("undelivered", code) if code else ("delivered", None)]
        match self.callbacks:
            case Callbacks.NONE:
                return
            case Callbacks.REVERSED:
                steps.reverse()
            case Callbacks.DOUBLED:
                steps = [step for step in steps for _ in range(2)]
            case Callbacks.IN_ORDER:
                pass
        for status, error in steps:
            await sms.become(status, error)
        sms.status = "undelivered" if code else "delivered"

    async def _ring(self, call: Call) -> None:
        if self.callbacks is Callbacks.NONE:
            call.status = "ringing"
        else:
            await call.become("initiated", "initiated")
            await call.become("ringing", "ringing")
        async with self._changed:
            self._changed.notify_all()

    def _sid(self, kind: str) -> str:
        return f"{kind}{next(self._numbers):032x}"

    # ------------------------------------------------------------------------------------------------ its API

    def routes(self) -> list[web.RouteDef]:
        root = "/2010-04-01/Accounts/{account}"
        return [
            web.post(f"{root}/{{kind:Messages|Calls}}.json", self._create),
            web.get(f"{root}/{{kind:Messages|Calls}}.json", self._list),
            web.get(f"{root}/{{kind:Messages|Calls}}/{{sid}}.json", self._fetch),
        ]

    @web.middleware
    async def authorise(self, request: web.Request, handler: Any) -> web.StreamResponse:
        """Refuse whoever is not the account."""
        form = await request.post() if request.method == "POST" else request.query
        self.requests.append((request.method, request.path, form))  # type: ignore[arg-type]
        if request.headers.get("Authorization") != aiohttp.encode_basic_auth(self.account, self.token):
            return refusal(401, 20003)
        if request.match_info.get("account") != self.account:
            return refusal(404, 20404)
        return await handler(request)  # type: ignore[no-any-return]

    async def _create(self, request: web.Request) -> web.StreamResponse:
        form: Any = await request.post()
        kind = request.match_info["kind"]
        self.witness(f"{kind} arrived")
        trouble = self.troubles.popleft() if self.troubles else None
        if trouble is not None and trouble not in TAKEN:
            return await self._misbehave(request, trouble)
        code = self._fault(kind, form)
        if code:
            return refusal(400, code)
        heard_s, before_s, after_s = self.pace()
        await asyncio.sleep(heard_s)
        row = await asyncio.shield(self._start(self._take(kind, form, before_s)))
        await asyncio.sleep(after_s)
        if trouble is not None:
            return await self._misbehave(request, trouble)
        self.witness(f"{kind} answered")
        return web.json_response(row, status=201)

    async def _take(self, kind: str, form: Any, after_s: float) -> dict[str, object]:
        await asyncio.sleep(after_s)
        one: Sms | Call = await self._take_sms(form) if kind == "Messages" else await self._take_call(form)
        row = one.row()
        self.witness(f"{kind} taken")
        return row

    def _fault(self, kind: str, form: Mapping[str, str]) -> int:
        if form.get("To", "") in self.refused:
            return self.refused[form["To"]]
        if form.get("From") != self.number:
            return 21606 if kind == "Messages" else 21210
        if kind == "Messages":
            return 0 if 0 < len(form.get("Body", "")) <= 1600 else 21602
        return 0 if form.get("Url", "").startswith("http") else 21205

    async def _take_sms(self, form: Mapping[str, str]) -> Sms:
        sms = Sms(self, self._sid("SM"), form["To"], form["From"], form.get("StatusCallback", ""), body=form["Body"])
        await self._keep(self.messages, sms)
        self._start(self._deliver(sms))
        return sms

    async def _take_call(self, form: Any) -> Call:
        events: Sequence[str] = form.getall("StatusCallbackEvent", [])
        sid, callback = self._sid("CA"), form.get("StatusCallback", "")
        call = Call(self, sid, form["To"], form["From"], callback, url=form["Url"], events=events)
        await self._keep(self.calls, call)
        self._start(self._ring(call))
        return call

    async def _misbehave(self, request: web.Request, trouble: Trouble) -> web.StreamResponse:
        match trouble:
            case Trouble.DOWN:
                return refusal(503, 20503)
            case Trouble.BUSY:
                return refusal(429, 20429, {"Retry-After": self.retry_after} if self.retry_after else {})
            case Trouble.DOWN_AFTER:
                return web.Response(status=500, text="oops")
            case Trouble.GARBLED:
                return web.Response(status=201, text="<html>")
            case Trouble.SILENT:
                await asyncio.Event().wait()
            case Trouble.DROPPED | Trouble.CUT:
                assert request.transport is not None
                request.transport.abort()
        return web.Response()

    async def _list(self, request: web.Request) -> web.StreamResponse:
        self.witness("listed")
        if self.list_troubles:
            return await self._misbehave(request, self.list_troubles.popleft())
        kind, query = request.match_info["kind"], request.query
        things: Sequence[Sms | Call] = self.messages if kind == "Messages" else self.calls
        rows = [one for one in reversed(things) if _matches(one, query)]
        size, page = self.page_size or int(query.get("PageSize", "50")), int(query.get("Page", "0"))
        more = rows[(page + 1) * size :]
        following = str(request.rel_url.update_query(Page=str(page + 1))) if more else None
        shown = [one.row() for one in rows[page * size : (page + 1) * size]]
        if self.forgets_texts:
            shown = [{**row, "body": ""} for row in shown]
        return web.json_response({kind.lower(): shown, "page": page, "page_size": size, "next_page_uri": following})

    async def _fetch(self, request: web.Request) -> web.StreamResponse:
        things: Sequence[Sms | Call] = self.messages if request.match_info["kind"] == "Messages" else self.calls
        one = next((one for one in things if one.sid == request.match_info["sid"]), None)
        return refusal(404, 20404) if one is None else web.json_response(one.row())


def _matches(one: Sms | Call, query: MultiMapping[str]) -> bool:
    if query.get("To", one.to) != one.to or query.get("From", one.from_) != one.from_:
        return False
    if isinstance(one, Call) and query.get("Status", one.status) != one.status:
        return False
    name = "DateSent" if isinstance(one, Sms) else "StartTime"
    day = None if one.dispatched is None else one.dispatched.date()
    for sign_, fits in (("", date.__eq__), (">", date.__ge__), ("<", date.__le__)):
        wanted = query.get(name + sign_)
        if wanted is not None and (day is None or not fits(day, date.fromisoformat(wanted))):
            return False
    return True


def refusal(status: int, code: int, headers: Mapping[str, str] | None = None) -> web.Response:
    """Return an error as Twilio writes it, with a number in its sentence."""
    message = f"The number +352621000001 is not something ({code})"
    return web.json_response({"code": code, "message": message, "status": status}, status=status, headers=headers)


@asynccontextmanager
async def running_twilio(callbacks: Callbacks = Callbacks.IN_ORDER) -> AsyncIterator[Twilio]:
    """Run a Twilio on any free port."""
    twilio = Twilio(callbacks)
    app = web.Application(middlewares=[twilio.authorise])
    app.add_routes(twilio.routes())
    runner = web.AppRunner(app, handler_cancellation=True, shutdown_timeout=0.1)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    twilio.api_base = f"http://127.0.0.1:{runner.addresses[0][1]}"
    try:
        yield twilio
    finally:
        for task in list(twilio._tasks):
            task.cancel()
        await asyncio.gather(*twilio._tasks, return_exceptions=True)
        await runner.cleanup()
