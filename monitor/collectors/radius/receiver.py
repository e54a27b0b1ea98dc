"""Accounting records in by UDP, acknowledged when what they say is safe.

A round takes everything that waits, books it, stores it in one transaction, and only then answers and tells the health model: a
record that could not be stored is not answered, and its gateway sends it again. A datagram that comes again is answered again and
booked once. Whoever is not a client, or does not know its secret, is not answered at all (RFC 2866 §3), and is counted.
"""

from __future__ import annotations

import asyncio
import ipaddress
import socket
from collections import Counter, OrderedDict
from typing import TYPE_CHECKING, Any, Final, NamedTuple, Protocol

import structlog
from msgspec.structs import replace

from monitor.collectors.radius.packets import BadPacketError, answer_to, read_packet, read_told
from monitor.core.accounting import UNKNOWN, Booking, book, gateway_down
from monitor.core.observations import RadiusEvent, RadiusSeen, VolumeSeen
from monitor.runtime.journal import TransientStoreError

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from pyrad.packet import AcctPacket

    from monitor.collectors.radius.packets import Told
    from monitor.collectors.radius.sims import Sims
    from monitor.core.accounting import Account
    from monitor.core.clock import Clock
    from monitor.core.ids import StationId
    from monitor.runtime.intake import Intake

log = structlog.get_logger("radius")

CAPACITY: Final = 20_000
"""Records that may wait; one more is dropped, and its gateway sends it again."""
REMEMBERED: Final = 20_000
"""Datagrams that are known again when they come again."""
BUFFER_BYTES: Final = 4 * 1024 * 1024
AGAIN_S: Final = 1.0
"""Pause after a round that could not be stored."""
Network = ipaddress.IPv4Network | ipaddress.IPv6Network
_Key = tuple[str, int, int, bytes]


class AccountStore(Protocol):
    """Where accounts are kept."""

    async def load(self) -> Mapping[StationId, Account]:
        """Return every account."""
        ...

    async def save(self, accounts: Mapping[StationId, Account]) -> None:
        """Store `accounts`, and their months, in one transaction."""
        ...


class _Waiting(NamedTuple):
    key: _Key
    packet: AcctPacket
    told: Told
    to: tuple[Any, ...]


class RadiusReceiver(asyncio.DatagramProtocol):
    """Takes accounting records for the stations of `sims`; `accounts` is what is known of each, `outcomes` counts records."""

    def __init__(  # noqa: PLR0913  (what it works with)
        self,
        *,
        clock: Clock,
        sims: Sims,
        store: AccountStore,
        intake: Intake,
        clients: Sequence[tuple[Network, bytes]],
        month_octets: int = 0,
    ) -> None:
        """Take records of `clients`, each a network with its secret; warn of a SIM that passes `month_octets` (0: never)."""
        self._clock = clock
        self._sims = sims
        self._store = store
        self._intake = intake
        self._clients = clients
        self._month_octets = month_octets
        self._transport: asyncio.DatagramTransport | None = None
        self._waiting: list[_Waiting] = []
        self._filled = asyncio.Event()
        self._answers: OrderedDict[_Key, bytes | None] = OrderedDict()
        self.accounts: dict[StationId, Account] = {}
        self.outcomes: Counter[str] = Counter()

    # ------------------------------------------------------------------------------------------------ the wire

    async def listen(self, host: str, port: int) -> int:
        """Listen on `host` and `port` (0: any free one) and return the port.

        Raises:
            OSError: the address cannot be used.
        """
        self.accounts.update(await self._store.load())
        loop = asyncio.get_running_loop()
        family = socket.AF_INET6 if ":" in host else socket.AF_INET
        self._transport, _ = await loop.create_datagram_endpoint(lambda: self, local_addr=(host, port), family=family)
        raw = self._transport.get_extra_info("socket")
        raw.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, BUFFER_BYTES)
        return int(raw.getsockname()[1])

    def close(self) -> None:
        """Take nothing any more."""
        if self._transport is not None:
            self._transport.close()

    def datagram_received(self, data: bytes, addr: tuple[Any, ...]) -> None:
        """Take one datagram."""
        secret = self._secret_of(str(addr[0]))
        if secret is None:
            self.outcomes["unknown_client"] += 1
            return
        key = (str(addr[0]), int(addr[1]), data[1] if len(data) > 1 else 0, data[4:20])
        if key in self._answers:
            self.outcomes[Booking.REPEATED] += 1
            answer = self._answers[key]
            if answer is not None:
                self._send(answer, addr)
            return
        try:
            packet = read_packet(data, secret)
            told = read_told(packet, str(addr[0]), self._clock.now())
        except BadPacketError as error:
            self.outcomes[error.reason] += 1
            log.info("a datagram is no record", reason=error.reason, address=addr[0])
            return
        if len(self._waiting) >= CAPACITY:
            self.outcomes["overflow"] += 1
            return
        self._remember(key, None)
        self._waiting.append(_Waiting(key, packet, told, addr))
        self._filled.set()

    def error_received(self, exc: Exception) -> None:
        """An answer could not be delivered: the gateway asks again."""
        log.info("an answer could not be delivered", error=str(exc))

    def _secret_of(self, address: str) -> bytes | None:
        try:
            where = ipaddress.ip_address(address.partition("%")[0])
        except ValueError:
            return None
        return next((secret for network, secret in self._clients if where in network), None)

    def _remember(self, key: _Key, answer: bytes | None) -> None:
        self._answers[key] = answer
        if len(self._answers) > REMEMBERED:
            self._answers.popitem(last=False)

    def _send(self, answer: bytes, addr: tuple[Any, ...]) -> None:
        if self._transport is not None and not self._transport.is_closing():
            self._transport.sendto(answer, addr)

    # ------------------------------------------------------------------------------------------------ rounds

    async def run(self) -> None:
        """Book round after round, until cancelled."""
        while True:
            await self._filled.wait()
            self._filled.clear()
            taken, self._waiting = self._waiting, []
            await self._intake.room()
            try:
                await self._round(taken)
            except TransientStoreError as error:
                log.warning("records could not be stored and are not answered", records=len(taken), error=str(error))
                for one in taken:
                    self._answers.pop(one.key, None)
                self.outcomes["unstored"] += len(taken)
                await asyncio.sleep(AGAIN_S)

    async def _round(self, taken: list[_Waiting]) -> None:
        """Book `taken`, store what changed, answer, and tell.

        Raises:
            TransientStoreError: nothing of it counts.
        """
        changed: dict[StationId, Account] = {}
        seen: list[tuple[StationId, RadiusSeen | VolumeSeen]] = []
        tally: Counter[str] = Counter()
        for one in taken:
            self._book(one.told, changed, seen, tally)
        if changed:
            await self._store.save(changed)
        self.accounts.update(changed)
        self.outcomes.update(tally)
        for one in taken:
            answer = answer_to(one.packet)
            self._remember(one.key, answer)
            self._send(answer, one.to)
        for station, observation in seen:
            self._intake.put(station, (observation,))

    def _book(
        self,
        told: Told,
        changed: dict[StationId, Account],
        seen: list[tuple[StationId, RadiusSeen | VolumeSeen]],
        tally: Counter[str],
    ) -> None:
        now, record = self._clock.now(), told.record
        if record is None:
            for station, account in {**self.accounts, **changed}.items():
                down = gateway_down(account, told.gateway, now)
                if down.seen is not None:
                    changed[station] = down.account
                    seen.append((station, RadiusSeen(at=now, event=down.seen, address=account.address, cause="NAS Reboot")))
            tally["gateway"] += 1
            return
        found = self._sims.of(imsi=told.imsi, msisdn=told.msisdn, address=told.address)
        if found is None:
            tally["unknown_sim"] += 1
            return
        booked = book(changed.get(found) or self.accounts.get(found, UNKNOWN), record, now)
        tally[booked.booking] += 1
        if booked.booking is Booking.REPEATED:
            return
        if booked.booking is Booking.FALLEN:
            log.info("counters of a SIM fell", station=found, session=record.session)
        account = booked.account
        if booked.seen is not None:
            cause = record.cause if booked.seen is RadiusEvent.STOP else ""
            seen.append((found, RadiusSeen(at=now, event=booked.seen, address=account.address, cause=cause)))
        if self._month_octets and account.month_octets > self._month_octets and not account.warned:
            account = replace(account, warned=True)
            log.warning("a SIM has used more than its share of the month", station=found, octets=account.month_octets)
            seen.append((found, VolumeSeen(at=now, month=account.month, octets=account.month_octets, limit=self._month_octets)))
        changed[found] = account
