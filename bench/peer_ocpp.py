"""The peer: a central system as the package `ocpp` documents it, on `websockets` (its examples/v16/central_system.py).

The handlers are those of that example plus the messages of a station's day. `python -m bench.peer_ocpp PORT INFO|WARNING`.
"""

from __future__ import annotations

import asyncio
import logging
import sys
from datetime import UTC, datetime
from typing import TYPE_CHECKING, TypeVar

from ocpp import routing
from ocpp.v16 import ChargePoint, call_result
from ocpp.v16.enums import RegistrationStatus
from websockets.asyncio.server import ServerConnection, serve
from websockets.exceptions import ConnectionClosed
from websockets.typing import Subprotocol

if TYPE_CHECKING:
    from collections.abc import Callable

T = TypeVar("T")
on: Callable[[str], Callable[[T], T]] = routing.on  # the package is untyped
_BACKLOG = 4096


class Peer(ChargePoint):  # type: ignore[misc]  # the package is untyped
    """One station's handlers."""

    @on("BootNotification")
    def on_boot(self, charge_point_vendor: str, charge_point_model: str, **_: object) -> call_result.BootNotification:  # noqa: ARG002
        """Accept every station."""
        return call_result.BootNotification(
            current_time=datetime.now(UTC).isoformat(), interval=300, status=RegistrationStatus.accepted
        )

    @on("Heartbeat")
    def on_heartbeat(self) -> call_result.Heartbeat:
        """Tell the time."""
        return call_result.Heartbeat(current_time=datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%S") + "Z")

    @on("StatusNotification")
    def on_status(self, connector_id: int, error_code: str, status: str, **_: object) -> call_result.StatusNotification:  # noqa: ARG002
        """Take a status and keep nothing."""
        return call_result.StatusNotification()


async def on_connect(websocket: ServerConnection) -> None:
    """Serve one station, as the example does."""
    if websocket.subprotocol is None or websocket.request is None:
        await websocket.close()
        return
    station = Peer(websocket.request.path.strip("/").rpartition("/")[2], websocket)
    try:
        await station.start()
    except ConnectionClosed:
        return


async def main(port: int, level: str) -> None:
    """Serve until killed."""
    logging.basicConfig(level=level)
    # The example leaves the backlog at its default; a storm would then measure lost SYNs and not the library.
    async with serve(on_connect, "127.0.0.1", port, subprotocols=[Subprotocol("ocpp1.6")], backlog=_BACKLOG) as server:
        await server.serve_forever()


if __name__ == "__main__":
    asyncio.run(main(int(sys.argv[1]), sys.argv[2]))
