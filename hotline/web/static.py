"""Style, script and icon, read from the package once and named by their content so that browsers may keep them for good."""

from __future__ import annotations

from dataclasses import dataclass
from hashlib import sha256
from importlib.resources import files
from typing import Final

from aiohttp import web

_TYPES: Final = {"css": "text/css", "js": "text/javascript", "svg": "image/svg+xml"}
_FOR_GOOD: Final = "public, max-age=31536000, immutable"
_FOR_NOW: Final = "no-cache"


@dataclass(frozen=True, slots=True, kw_only=True)
class Asset:
    """A file as it is served; `version` is the beginning of its SHA-256."""

    body: bytes
    content_type: str
    version: str


class Assets:
    """The files of ``hotline/web/static``, served under `prefix`."""

    def __init__(self, prefix: str = "/static") -> None:
        """Read all of them."""
        self._prefix = prefix
        self._assets: dict[str, Asset] = {}
        for source in files("hotline.web").joinpath("static").iterdir():
            body = source.read_bytes()
            content_type = _TYPES[source.name.rpartition(".")[2]]
            self._assets[source.name] = Asset(body=body, content_type=content_type, version=sha256(body).hexdigest()[:12])

    def path(self, name: str) -> str:
        """Return the address of `name`.

        Raises:
            KeyError: when there is no such file.
        """
        return f"{self._prefix}/{name}?v={self._assets[name].version}"

    async def serve(self, request: web.Request) -> web.Response:
        """Answer with a file."""
        asset = self._assets.get(request.match_info["name"])
        if asset is None:
            raise web.HTTPNotFound
        kept = _FOR_GOOD if request.query.get("v") == asset.version else _FOR_NOW
        return web.Response(body=asset.body, content_type=asset.content_type, charset="utf-8", headers={"Cache-Control": kept})
