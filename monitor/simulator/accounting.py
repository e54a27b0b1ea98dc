"""The gateway of a simulated APN: accounting records of the fleet's SIMs, sent until they are acknowledged (RFC 2866)."""

from __future__ import annotations

import asyncio
import io
from collections import Counter
from typing import TYPE_CHECKING, Any, Final

from pyrad.dictionary import Dictionary
from pyrad.packet import AcctPacket

if TYPE_CHECKING:
    from monitor.core.clock import Clock
    from monitor.simulator.dialect import Nameplate
    from monitor.simulator.pace import Pace

INTERIM_S: Final = 300.0
AGAIN_S: Final = 2.0
TRIES: Final = 5
OCTETS_A_S: Final = 12
"""About what heartbeats and pings of a station cost."""
_START: Final = 1
_STOP: Final = 2
_INTERIM: Final = 3
LOST_CARRIER: Final = 2
_ATTRIBUTES: Final = """\
ATTRIBUTE Framed-IP-Address 8 ipaddr
ATTRIBUTE Vendor-Specific 26 octets
ATTRIBUTE NAS-Identifier 32 string
ATTRIBUTE Acct-Status-Type 40 integer
ATTRIBUTE Acct-Input-Octets 42 integer
ATTRIBUTE Acct-Output-Octets 43 integer
ATTRIBUTE Acct-Session-Id 44 string
ATTRIBUTE Acct-Session-Time 46 integer
ATTRIBUTE Acct-Terminate-Cause 49 integer
VENDOR 3GPP 10415
BEGIN-VENDOR 3GPP
ATTRIBUTE 3GPP-IMSI 1 string
END-VENDOR 3GPP
"""


class Gateway(asyncio.DatagramProtocol):
    """Tells of sessions; `counts` are records by what became of them."""

    def __init__(self, address: tuple[str, int], secret: bytes, clock: Clock, pace: Pace) -> None:
        """Send to `address` as a client that shares `secret`; sessions are told of every `INTERIM_S` station seconds."""
        self._address = address
        self._secret = secret
        self._clock = clock
        self._pace = pace
        self._dictionary = Dictionary(io.StringIO(_ATTRIBUTES))
        self._transport: asyncio.DatagramTransport | None = None
        self._waiting: dict[int, asyncio.Future[None]] = {}
        self._free: asyncio.Queue[int] = asyncio.Queue()
        for identifier in range(256):
            self._free.put_nowait(identifier)
        self._sessions: dict[str, tuple[Nameplate, str, float]] = {}
        self._tasks: set[asyncio.Task[None]] = set()
        self._number = 0
        self.counts: Counter[str] = Counter()

    async def run(self) -> None:
        """Send, until cancelled."""
        loop = asyncio.get_running_loop()
        self._transport, _ = await loop.create_datagram_endpoint(lambda: self, remote_addr=self._address)
        try:
            while True:
                await self._pace.sleep(INTERIM_S)
                for plate, session, since in list(self._sessions.values()):
                    self._tell(plate, session, _INTERIM, since)
        finally:
            for task in self._tasks:
                task.cancel()
            self._transport.close()

    def begin(self, plate: Nameplate) -> None:
        """The SIM of `plate` has a session."""
        if plate.imsi and self._transport is not None:
            self._number += 1
            session, since = f"{plate.identity}-{self._number}", self._clock.monotonic()
            self._sessions[plate.identity] = (plate, session, since)
            self._tell(plate, session, _START, since)

    def end(self, plate: Nameplate) -> None:
        """The session of the SIM of `plate` is over."""
        known = self._sessions.pop(plate.identity, None)
        if known is not None:
            self._tell(plate, known[1], _STOP, known[2])

    def datagram_received(self, data: bytes, _addr: Any) -> None:  # noqa: ANN401  (asyncio's signature)
        """Take an answer."""
        told = self._waiting.get(data[1]) if len(data) > 1 else None
        if told is not None and not told.done():
            told.set_result(None)

    def _tell(self, plate: Nameplate, session: str, kind: int, since: float) -> None:
        task = asyncio.get_running_loop().create_task(self._send(plate, session, kind, since))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _send(self, plate: Nameplate, session: str, kind: int, since: float) -> None:
        identifier = await self._free.get()
        seconds = int(self._clock.monotonic() - since)
        packet = AcctPacket(id=identifier, secret=self._secret, dict=self._dictionary)
        packet["Acct-Status-Type"], packet["Acct-Session-Id"] = kind, session
        packet["NAS-Identifier"], packet["3GPP-IMSI"] = "simulated-gateway", plate.imsi
        packet["Acct-Session-Time"] = seconds
        packet["Acct-Input-Octets"], packet["Acct-Output-Octets"] = seconds * OCTETS_A_S, seconds * OCTETS_A_S // 2
        if kind == _STOP:
            packet["Acct-Terminate-Cause"] = LOST_CARRIER
        raw = packet.RequestPacket()
        told = self._waiting[identifier] = asyncio.get_running_loop().create_future()
        try:
            for _ in range(TRIES):
                if self._transport is not None:
                    self._transport.sendto(raw)
                await asyncio.wait([told], timeout=AGAIN_S)
                if told.done():
                    self.counts["acknowledged"] += 1
                    return
            self.counts["lost"] += 1
        finally:
            del self._waiting[identifier]
            self._free.put_nowait(identifier)
