"""The listeners of the console and of what is public, on their addresses."""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING, Final

from aiohttp import web

from hotline.errors import AddressError
from hotline.service import create_applications

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from hotline.service import ConsoleDependencies
    from hotline.settings import ListenerSettings

BACKLOG: Final = 1024
"""Connections that may wait to be accepted."""


@contextlib.asynccontextmanager
async def listening(deps: ConsoleDependencies) -> AsyncIterator[tuple[int, int]]:
    """Serve the console and what is public; the ports of both.

    Raises:
        AddressError: when an address cannot be listened on.
    """
    console, public = create_applications(deps)
    async with contextlib.AsyncExitStack() as stack:
        port = await _serve(stack, console, "console", deps.console)
        yield port, await _serve(stack, public, "public", deps.public)


async def _serve(stack: contextlib.AsyncExitStack, app: web.Application, section: str, settings: ListenerSettings) -> int:
    runner = web.AppRunner(app, access_log=None, handle_signals=False, shutdown_timeout=2.0)
    await runner.setup()
    stack.push_async_callback(runner.cleanup)
    host, _, port = settings.listen.rpartition(":")
    try:
        await web.TCPSite(runner, host.strip("[]"), int(port), backlog=BACKLOG).start()
    except OSError as error:
        message = f"{section}.listen {settings.listen}: {error.strerror}; stop the program that uses it or set another address"
        raise AddressError(message) from error
    return int(runner.addresses[0][1])
