"""The least platform: `python -m bench.peer_platform PORT`; answers every request of OCPP 1.6 at once, keeps nothing."""

from __future__ import annotations

import sys

import msgspec
from aiohttp import WSMsgType, web

_NOW = "2026-05-04T06:00:00.000Z"
_ANSWERS = {"BootNotification": {"status": "Accepted", "currentTime": _NOW, "interval": 300}, "Heartbeat": {"currentTime": _NOW}}
_decode = msgspec.json.Decoder().decode
_encode = msgspec.json.Encoder().encode


async def _serve(request: web.Request) -> web.WebSocketResponse:
    socket = web.WebSocketResponse(protocols=("ocpp1.6",), compress=False)
    await socket.prepare(request)
    async for message in socket:
        if message.type is WSMsgType.TEXT:
            frame = _decode(message.data)
            await socket.send_str(_encode([3, frame[1], _ANSWERS.get(frame[2], {})]).decode())
    return socket


if __name__ == "__main__":
    app = web.Application()
    app.router.add_get("/ocpp/{identity}", _serve)
    web.run_app(app, host="127.0.0.1", port=int(sys.argv[1]), access_log=None, print=None)
