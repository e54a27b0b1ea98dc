"""The ops listener: `/metrics` in slices, `/-/healthy` and `/-/ready`. GET and HEAD, nothing else."""

from __future__ import annotations

import asyncio
import zlib
from typing import TYPE_CHECKING, Final

from aiohttp import web
from prometheus_client.exposition import generate_latest
from prometheus_client.openmetrics.exposition import generate_latest as generate_openmetrics

from monitor.runtime.hangups import let_go

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from prometheus_client import CollectorRegistry

    from monitor.core.clock import Clock
    from monitor.exporter.fleet import FleetExposition

TEXT: Final = "text/plain; version=0.0.4; charset=utf-8"
OPENMETRICS: Final = "application/openmetrics-text; version=1.0.0; charset=utf-8"
GZIP_LEVEL: Final = 1
"""Level 6 saves a tenth of the bytes and costs four times the CPU."""


def wants_openmetrics(accept: str) -> bool:
    """Say whether an Accept header prefers OpenMetrics, as Prometheus' own scraper writes it."""
    return any(part.split(";")[0].strip() == "application/openmetrics-text" for part in accept.split(","))


def wants_gzip(header: str) -> bool:
    """Say whether an Accept-Encoding header takes gzip."""
    for part in header.lower().split(","):
        coding, _, weight = part.strip().partition(";")
        if coding.strip() in ("gzip", "*"):
            return weight.replace(" ", "") not in ("q=0", "q=0.0", "q=0.00", "q=0.000")
    return False


class OpsPages:
    """What Prometheus and the orchestrator ask."""

    def __init__(
        self, fleet: FleetExposition, registry: CollectorRegistry, clock: Clock, unready: Callable[[], str | None]
    ) -> None:
        """Expose `fleet` and `registry`; `unready` says why we cannot serve, ``None`` when we can."""
        self._fleet = fleet
        self._registry = registry
        self._clock = clock
        self._unready = unready

    def application(self) -> web.Application:
        """Return the web application of the ops listener."""
        app = web.Application(middlewares=[let_go])
        app.router.add_get("/", self._index)
        app.router.add_get("/metrics", self._metrics)
        app.router.add_get("/-/healthy", self._healthy)
        app.router.add_get("/-/ready", self._ready)
        return app

    async def _index(self, _request: web.Request) -> web.Response:
        links = "".join(f'<li><a href="{path}">{path}</a></li>' for path in ("/metrics", "/-/healthy", "/-/ready"))
        page = f"<!doctype html><html lang=en><title>Bornewatch ops</title><h1>Bornewatch ops</h1><ul>{links}</ul></html>"
        headers = {"Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'", "X-Content-Type-Options": "nosniff"}
        return web.Response(text=page, content_type="text/html", headers=headers)

    async def _healthy(self, _request: web.Request) -> web.Response:
        return web.Response(text="healthy\n")

    async def _ready(self, _request: web.Request) -> web.Response:
        why = self._unready()
        return web.Response(text="ready\n") if why is None else web.Response(status=503, text=f"not ready: {why}\n")

    async def _metrics(self, request: web.Request) -> web.StreamResponse:
        openmetrics = wants_openmetrics(request.headers.get("Accept", ""))
        zipped = wants_gzip(request.headers.get("Accept-Encoding", ""))
        response = web.StreamResponse(
            headers={"Content-Type": OPENMETRICS if openmetrics else TEXT, "Vary": "Accept, Accept-Encoding"}
        )
        if zipped:
            response.headers["Content-Encoding"] = "gzip"
        await response.prepare(request)
        if request.method == "HEAD":
            return response
        squeeze = zlib.compressobj(GZIP_LEVEL, zlib.DEFLATED, 31) if zipped else None
        await self._write(response, squeeze, openmetrics=openmetrics)
        return response

    async def _write(self, response: web.StreamResponse, squeeze: zlib._Compress | None, *, openmetrics: bool) -> None:
        for piece in self._pieces(openmetrics=openmetrics):
            data = squeeze.compress(piece) if squeeze else piece
            if data:
                await response.write(data)
            await asyncio.sleep(0)
        if squeeze:
            await response.write(squeeze.flush())
        await response.write_eof()

    def _pieces(self, *, openmetrics: bool) -> Iterator[bytes]:
        for piece in self._fleet.slices(self._clock.now(), openmetrics=openmetrics):
            yield piece.encode()
        yield _openmetrics(self._registry) if openmetrics else generate_latest(self._registry)


def _openmetrics(registry: CollectorRegistry) -> bytes:
    return bytes(generate_openmetrics(registry))  # type: ignore[no-untyped-call]  # untyped in its library
