"""The least SOAP service of aiohttp: `python -m bench.peer_soap PORT`; parses every envelope and answers the same to all."""

from __future__ import annotations

import sys
from xml.etree import ElementTree as ET

from aiohttp import web

_ANSWER = (
    b'<?xml version="1.0" encoding="UTF-8"?><s:Envelope xmlns:s="http://www.w3.org/2003/05/soap-envelope"'
    b' xmlns:c="urn://Ocpp/Cs/2012/06/"><s:Body><c:heartbeatResponse><c:currentTime>2026-05-04T06:00:00.000Z</c:currentTime>'
    b"</c:heartbeatResponse></s:Body></s:Envelope>"
)


async def _take(request: web.Request) -> web.Response:
    ET.fromstring(await request.read())  # noqa: S314  (what the load generator sends)
    return web.Response(body=_ANSWER, content_type="application/soap+xml")


if __name__ == "__main__":
    app = web.Application()
    app.router.add_post("/ocpp/soap", _take)
    web.run_app(app, host="127.0.0.1", port=int(sys.argv[1]), access_log=None, print=None)
