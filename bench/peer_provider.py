"""A provider of short messages: takes what it is sent and says when it had it. ``python -m bench.peer_provider PORT``.

Only what the bench asks of Twilio's API: ``POST …/Messages.json``. ``GET /taken`` lists what was taken, by the steady clock, which
is the same in every process of a machine.
"""

from __future__ import annotations

import sys
import time

from aiohttp import web


class Provider:
    """What was taken."""

    def __init__(self) -> None:
        """Start with nothing."""
        self._taken: list[tuple[float, str]] = []

    async def take(self, request: web.Request) -> web.Response:
        """Take a message."""
        at = time.monotonic()
        form = await request.post()
        self._taken.append((at, str(form["To"])))
        return web.json_response({"sid": f"SM{len(self._taken):032x}", "status": "queued"}, status=201)

    async def tell(self, _request: web.Request) -> web.Response:
        """Say what was taken."""
        return web.json_response(self._taken)


def main() -> None:
    """Serve until terminated."""
    provider = Provider()
    app = web.Application()
    app.add_routes([web.post("/2010-04-01/Accounts/{account}/Messages.json", provider.take), web.get("/taken", provider.tell)])
    web.run_app(app, host="127.0.0.1", port=int(sys.argv[1]), print=None, access_log=None)


if __name__ == "__main__":
    main()
