"""The least relay of WebSockets that aiohttp can be: `python -m bench.peer_relay PORT UPSTREAM`; it looks at nothing."""

from __future__ import annotations

import asyncio
import sys
from typing import TYPE_CHECKING

import aiohttp
from aiohttp import WSMsgType, web

if TYPE_CHECKING:
    from aiohttp import ClientWebSocketResponse

_HTTP = web.AppKey("http", aiohttp.ClientSession)


async def _serve(request: web.Request) -> web.WebSocketResponse:
    url = f"{sys.argv[2]}/{request.match_info['identity']}"
    async with request.app[_HTTP].ws_connect(url, protocols=("ocpp1.6",)) as platform:
        station = web.WebSocketResponse(protocols=("ocpp1.6",), compress=False)
        await station.prepare(request)
        down = asyncio.create_task(_pump(platform, station))
        await _pump(station, platform)
        down.cancel()
    return station


async def _pump(
    origin: web.WebSocketResponse | ClientWebSocketResponse, target: web.WebSocketResponse | ClientWebSocketResponse
) -> None:
    async for message in origin:
        if message.type is WSMsgType.TEXT:
            await target.send_str(message.data)


async def _application() -> web.Application:
    app = web.Application()
    app[_HTTP] = aiohttp.ClientSession()
    app.router.add_get("/ocpp/{identity}", _serve)
    return app


if __name__ == "__main__":
    web.run_app(_application(), host="127.0.0.1", port=int(sys.argv[1]), access_log=None, print=None)
