"""One-time addresses at the field listener to which a station can write one file, and from which nobody can read.

The address is its own secret. It takes one file by PUT or POST, as it is or as a form, under the address itself or a name below it,
until its time is over. A file that was cut off is thrown away and the address stays open: the station may try again.
"""

from __future__ import annotations

import asyncio
import re
import secrets
from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import structlog
from aiohttp import BodyPartReader, web

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable
    from datetime import datetime
    from pathlib import Path

    from monitor.core.clock import Clock
    from monitor.core.ids import StationId

log = structlog.get_logger("uploads")

LARGEST: Final = 64 * 1024 * 1024
"""Bytes of one file."""
PATIENCE_S: Final = 600.0
"""How long one file may take; GPRS brings some five megabytes in that time."""
PIECE: Final = 64 * 1024
_LONGEST_NAME: Final = 80
_NOT_IN_A_NAME: Final = re.compile(r"[^0-9A-Za-z._-]+")


@dataclass(slots=True)
class _Ticket:
    """An address that was given out."""

    station: StationId
    until: datetime
    taken: bool = False


class UploadReceiver:
    """`monitor.commands.ports.Uploads` at the field listener; files go into `folder`, named after station and time."""

    def __init__(
        self,
        clock: Clock,
        folder: Path | None,
        base_of: Callable[[StationId], str | None],
        name_of: Callable[[StationId], str],
        received: Callable[[StationId, str, int], None],
    ) -> None:
        """Take files into `folder` (``None``: none).

        `base_of` is the address, without a path, at which a station reaches us, `name_of` how its files begin; `received` is called
        with each that is complete.
        """
        self._clock = clock
        self._folder = folder
        self._base_of = base_of
        self._name_of = name_of
        self._received = received
        self._tickets: dict[str, _Ticket] = {}

    def routes(self) -> list[web.RouteDef]:
        """Return the routes, for the field listener's application."""
        path = "/uploads/{ticket}{name:(?:/.*)?}"
        return [web.put(path, self.take), web.post(path, self.take)]

    def open(self, station: StationId, until: datetime) -> str | None:
        """Return an address for one file of `station`, to be written before `until`."""
        base = self._base_of(station)
        if self._folder is None or base is None:
            return None
        now = self._clock.now()
        for ticket in [ticket for ticket, known in self._tickets.items() if known.until <= now]:
            del self._tickets[ticket]
        ticket = secrets.token_urlsafe(24)
        self._tickets[ticket] = _Ticket(station, until)
        return f"{base}/uploads/{ticket}/"

    async def take(self, request: web.Request) -> web.Response:
        """Take one file."""
        greet = getattr(request.protocol, "greet", None)
        if greet is not None:
            greet()
        ticket = request.match_info["ticket"]
        known = self._tickets.get(ticket)
        if known is None or known.until <= self._clock.now() or known.taken or self._folder is None:
            return _closing(web.HTTPNotFound.status_code)
        known.taken = True
        try:
            size = await self._write(request, known, self._folder)
        except _CutOffError as error:
            log.info("an upload was not complete", station=known.station, why=str(error))
            return _closing(error.status)
        except OSError as error:
            log.warning("an upload could not be written", station=known.station, error=str(error))
            return _closing(web.HTTPInsufficientStorage.status_code)
        finally:
            known.taken = False  # also where its sender left, and this was cancelled
        del self._tickets[ticket]
        log.info("a file was uploaded", station=known.station, bytes=size)
        return web.Response(status=web.HTTPCreated.status_code)

    async def _write(self, request: web.Request, known: _Ticket, folder: Path) -> int:
        """Write the file and return its size.

        Raises:
            _CutOffError: it is not complete, too large, or none.
            OSError: it cannot be written.
        """
        await asyncio.to_thread(folder.mkdir, parents=True, exist_ok=True)
        partial = folder / f".{secrets.token_hex(8)}.part"
        name, size = request.match_info["name"].rpartition("/")[2], 0
        try:
            async with asyncio.timeout(PATIENCE_S):
                with partial.open("wb") as file:
                    async for piece, told in _pieces(request):
                        name = told or name
                        size += len(piece)
                        if size > LARGEST:
                            message = f"longer than {LARGEST} bytes"
                            raise _CutOffError(message, web.HTTPRequestEntityTooLarge.status_code)
                        await asyncio.to_thread(file.write, piece)
            if not size:
                message = "nothing was sent"
                raise _CutOffError(message)
            shown = _NOT_IN_A_NAME.sub("_", name)[-_LONGEST_NAME:].lstrip(".") or "file"
            stamp = self._clock.now().strftime("%Y%m%dT%H%M%SZ")
            partial.rename(folder / f"{_NOT_IN_A_NAME.sub('_', self._name_of(known.station))}-{stamp}-{shown}")
        except (TimeoutError, web.RequestPayloadError, ValueError, ConnectionError) as error:
            message = f"cut off after {size} bytes: {error}"
            raise _CutOffError(message) from None
        finally:
            with suppress(OSError):
                partial.unlink(missing_ok=True)
        self._received(known.station, shown, size)
        return size

    def purge(self, before: datetime) -> int:
        """Delete the files that came before that instant; return how many."""
        gone = 0
        for file in self._folder.iterdir() if self._folder is not None and self._folder.is_dir() else ():
            if file.is_file() and file.stat().st_mtime < before.timestamp():
                file.unlink(missing_ok=True)
                gone += 1
        return gone


class _CutOffError(Exception):
    """A file that did not come whole; `status` is what its sender is told."""

    def __init__(self, message: str, status: int = web.HTTPBadRequest.status_code) -> None:
        super().__init__(message)
        self.status = status


async def _pieces(request: web.Request) -> AsyncIterator[tuple[bytes, str]]:
    """Yield the file piece by piece, each with the name that a form gives it (empty: none)."""
    if not request.content_type.startswith("multipart/"):
        async for piece in request.content.iter_chunked(PIECE):
            yield piece, ""
        return
    async for part in await request.multipart():
        if isinstance(part, BodyPartReader) and part.filename:
            while piece := await part.read_chunk(PIECE):
                yield piece, part.filename
            return


def _closing(status: int) -> web.Response:
    response = web.Response(status=status)
    response.force_close()
    return response
