"""Requests of ours over a station's socket: one at a time, each with its answer or with why there is none.

OCPP-J allows one request under way in each direction (OCPP-J 1.6 §4.1.1). A call ends with its answer, after `ANSWER_S`, or in the
very moment in which its socket ends. An answer that comes later, or twice, belongs to nothing.
"""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

from monitor.commands.ports import NoOutcomeError, NotSentError, RefusedError
from monitor.core.commands import ANSWER_S, Why
from monitor.decode.frames import Answer, write_call

if TYPE_CHECKING:
    from collections.abc import Mapping

    from monitor.collectors.ocppj.links import Link, Links
    from monitor.core.ids import StationId


class SocketCalls:
    """`monitor.commands.ports.Wire` over the open sockets."""

    def __init__(self, links: Links) -> None:
        """Ask over `links`."""
        self._links = links

    def protocol(self, station: StationId) -> str | None:
        """Return the version that is spoken on the station's socket, ``None`` without one."""
        link = self._links.link(station)
        return None if link is None else link.session.desk.dialect.protocol

    async def call(self, station: StationId, action: str, payload: Mapping[str, Any], identifier: str) -> Any:  # noqa: ANN401
        """Send a CALL and return the payload of its CALLRESULT (`monitor.commands.ports.Wire.call`)."""
        link = self._links.link(station)
        if link is None or link.socket.closed or link.transport.is_closing():
            raise NotSentError(Why.NOT_CONNECTED)
        if not await link.begin(identifier):
            raise NotSentError(Why.BUSY)
        try:
            answer = await self._exchange(link, write_call(identifier, action, payload), identifier)
        finally:
            link.end()
        if answer.error is not None:
            raise RefusedError(answer.error, answer.description)
        return answer.payload

    async def wake(self, station: StationId) -> bool:  # noqa: ARG002  (the port's)
        """Wake nobody: a station on a socket dials by itself."""
        return False

    @staticmethod
    async def _exchange(link: Link, frame: bytes, identifier: str) -> Answer:
        told: asyncio.Future[Answer] = asyncio.get_running_loop().create_future()

        def take(answer: Answer) -> bool:
            if answer.id != identifier or told.done():
                return False
            told.set_result(answer)
            return True

        def lose() -> None:
            if not told.done():
                told.set_exception(NoOutcomeError(Why.LINK_LOST))

        link.session.answered, link.lost = take, lose
        try:
            link.send(frame)
            async with asyncio.timeout(ANSWER_S):
                return await told
        except TimeoutError:
            raise NoOutcomeError(Why.NO_ANSWER) from None
        finally:
            link.session.answered, link.lost = None, None
