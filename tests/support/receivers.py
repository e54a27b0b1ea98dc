"""A server that is posted to: it notes every request and answers as a test tells it."""

from __future__ import annotations

import json
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from aiohttp import web

if TYPE_CHECKING:
    import ssl
    from collections.abc import AsyncIterator, Callable


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """One request."""

    method: str
    path: str
    headers: dict[str, str]
    body: bytes

    @property
    def json(self) -> Any:
        """Its body."""
        return json.loads(self.body)


@dataclass
class Receiver:
    """Requests in their order; `answer` makes the answer of one, by default 200 without a body."""

    url: str = ""
    asked: list[Asked] = field(default_factory=list)
    answer: Callable[[Asked], web.Response] = field(default=lambda _: web.Response())

    @property
    def last(self) -> Asked:
        """The newest request."""
        return self.asked[-1]

    def answers(self, status: int, headers: dict[str, str] | None = None, text: str = "") -> None:
        """Answer so from now on."""
        self.answer = lambda _: web.Response(status=status, headers=headers, text=text)

    async def handle(self, request: web.Request) -> web.Response:
        headers = dict(request.headers)
        asked = Asked(method=request.method, path=request.path_qs, headers=headers, body=await request.read())
        self.asked.append(asked)
        return self.answer(asked)


@asynccontextmanager
async def receiving(host: str = "127.0.0.1", tls: ssl.SSLContext | None = None) -> AsyncIterator[Receiver]:
    """Run a receiver on any free port of `host`."""
    receiver = Receiver()
    app = web.Application()
    app.router.add_route("*", "/{tail:.*}", receiver.handle)
    runner = web.AppRunner(app, shutdown_timeout=0.1)
    await runner.setup()
    await web.TCPSite(runner, host, 0, ssl_context=tls).start()
    receiver.url = f"{'https' if tls else 'http'}://{host}:{runner.addresses[0][1]}"
    try:
        yield receiver
    finally:
        await runner.cleanup()
