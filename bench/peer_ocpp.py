"""The peer: a central system as the package `ocpp` documents it, on `websockets` (its examples of central systems, 1.6 and 2.0.1).

The handlers are those of the examples plus the messages of a station's day. `python -m bench.peer_ocpp PORT INFO|WARNING`.
"""

from __future__ import annotations

import asyncio
import logging
import sys
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, TypeVar

from ocpp import routing, v16, v201
from ocpp.v16.enums import RegistrationStatus
from ocpp.v201.enums import RegistrationStatusEnumType
from websockets.asyncio.server import ServerConnection, serve
from websockets.exceptions import ConnectionClosed
from websockets.typing import Subprotocol

if TYPE_CHECKING:
    from collections.abc import Callable

T = TypeVar("T")
on: Callable[[str], Callable[[T], T]] = routing.on  # the package is untyped
_BACKLOG = 4096


class Peer16(v16.ChargePoint):  # type: ignore[misc]  # the package is untyped
    """One station's handlers in OCPP 1.6."""

    @on("BootNotification")
    def on_boot(self, charge_point_vendor: str, charge_point_model: str, **_: object) -> v16.call_result.BootNotification:  # noqa: ARG002
        """Accept every station."""
        return v16.call_result.BootNotification(
            current_time=datetime.now(UTC).isoformat(), interval=300, status=RegistrationStatus.accepted
        )

    @on("Heartbeat")
    def on_heartbeat(self) -> v16.call_result.Heartbeat:
        """Tell the time."""
        return v16.call_result.Heartbeat(current_time=datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%S") + "Z")

    @on("StatusNotification")
    def on_status(self, connector_id: int, error_code: str, status: str, **_: object) -> v16.call_result.StatusNotification:  # noqa: ARG002
        """Take a status and keep nothing."""
        return v16.call_result.StatusNotification()


class Peer201(v201.ChargePoint):  # type: ignore[misc]  # the package is untyped
    """One station's handlers in OCPP 2.0.1."""

    @on("BootNotification")
    def on_boot(self, charging_station: object, reason: str, **_: object) -> v201.call_result.BootNotification:  # noqa: ARG002
        """Accept every station."""
        return v201.call_result.BootNotification(
            current_time=datetime.now(UTC).isoformat(), interval=300, status=RegistrationStatusEnumType.accepted
        )

    @on("Heartbeat")
    def on_heartbeat(self) -> v201.call_result.Heartbeat:
        """Tell the time."""
        return v201.call_result.Heartbeat(current_time=datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%S") + "Z")

    @on("StatusNotification")
    def on_status(self, connector_status: str, evse_id: int, connector_id: int, **_: object) -> v201.call_result.StatusNotification:  # noqa: ARG002
        """Take a status and keep nothing."""
        return v201.call_result.StatusNotification()


PEERS: dict[str, Any] = {"ocpp1.6": Peer16, "ocpp2.0.1": Peer201}


async def on_connect(websocket: ServerConnection) -> None:
    """Serve one station, as the example does."""
    if websocket.subprotocol is None or websocket.request is None:
        await websocket.close()
        return
    station = PEERS[websocket.subprotocol](websocket.request.path.strip("/").rpartition("/")[2], websocket)
    try:
        await station.start()
    except ConnectionClosed:
        return


async def main(port: int, level: str) -> None:
    """Serve until killed."""
    logging.basicConfig(level=level)
    # The example leaves the backlog at its default; a storm would then measure lost SYNs and not the library.
    async with serve(on_connect, "127.0.0.1", port, subprotocols=[Subprotocol(name) for name in PEERS], backlog=_BACKLOG) as server:
        await server.serve_forever()


if __name__ == "__main__":
    asyncio.run(main(int(sys.argv[1]), sys.argv[2]))
