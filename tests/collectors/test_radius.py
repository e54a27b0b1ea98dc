"""Accounting records over real UDP: who is believed, what is answered when, and what the model and the metrics learn of them."""

from __future__ import annotations

import asyncio
import io
import socket
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any

from pyrad.dictionary import Dictionary
from pyrad.packet import AccountingResponse, AcctPacket

from monitor.collectors.radius.packets import _ATTRIBUTES
from monitor.core.events import BearerSessionChanged, VolumeExceeded
from monitor.core.ids import StationId
from monitor.core.observations import Booted
from monitor.runtime.journal import TransientStoreError
from monitor.settings import RadiusSettings
from tests.support.services import running_monitor, until

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

    from monitor.core.accounting import Account
    from monitor.service import Monitor

SECRET = b"between us"
DICTIONARY = Dictionary(io.StringIO(_ATTRIBUTES))
STATIONS = (
    "sticker,identity,bearer,sim_imsi,sim_msisdn,allowed_networks\n"
    "CP2500,CP2500,gprs,270010000000001,+352 621 000 001,\n"
    "CP2501,CP2501,gprs,270010000000002,,\n"
    "CP2502,CP2502,gprs,,,10.20.0.9/32\n"
    "CP2503,CP2503,gprs,270010000000003,,\n"
    "CP2504,CP2504,gprs,270010000000003,,\n"
)
ONE = StationId(1)


class Gateway:
    """A gateway of the APN: sends accounting requests and waits for their answers."""

    def __init__(self, port: int, secret: bytes = SECRET) -> None:
        self._socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self._socket.connect(("127.0.0.1", port))
        self._socket.settimeout(0)
        self._secret = secret
        self._id = 0

    def packet(self, **attributes: Any) -> AcctPacket:
        self._id = (self._id + 1) % 256
        told = {"Acct_Session_Id": "s1", "NAS_Identifier": "ggsn-1", **attributes}
        return AcctPacket(id=self._id, secret=self._secret, dict=DICTIONARY, **told)

    async def send(self, packet: AcctPacket, patience_s: float = 2.0) -> bool:
        """Send, and say whether it was answered rightly."""
        return await self.send_raw(packet.RequestPacket(), packet, patience_s)

    async def send_raw(self, raw: bytes, packet: AcctPacket | None = None, patience_s: float = 0.3) -> bool:
        loop = asyncio.get_running_loop()
        await loop.sock_sendall(self._socket, raw)
        try:
            async with asyncio.timeout(patience_s):
                answer = await loop.sock_recv(self._socket, 4096)
        except TimeoutError:
            return False
        assert packet is not None
        reply = AcctPacket(secret=self._secret, dict=DICTIONARY, packet=answer)
        return bool(packet.VerifyReply(reply, answer)) and reply.code == AccountingResponse

    def close(self) -> None:
        self._socket.close()


@asynccontextmanager
async def network(folder: Path, secret: bytes = SECRET, **radius: Any) -> AsyncIterator[tuple[Monitor, Gateway]]:
    client = {"address": "127.0.0.1", "secret": SECRET.decode()}
    settings = RadiusSettings.model_validate({"listen": "127.0.0.1:0", "client": [client], **radius})
    async with running_monitor(folder, stations=STATIONS, radius=settings) as monitor:
        gateway = Gateway(monitor.radius_port, secret)
        try:
            yield monitor, gateway
        finally:
            gateway.close()


def start(**attributes: Any) -> dict[str, Any]:
    return {"Acct_Status_Type": 1, "3GPP_IMSI": "270010000000001", "Framed_IP_Address": "10.20.0.7", **attributes}


def named(gateway: Gateway, **attributes: Any) -> AcctPacket:
    """A packet; the IMSI's attribute has a name that is no keyword."""
    imsi = attributes.pop("3GPP_IMSI", None)
    packet = gateway.packet(**attributes)
    if imsi is not None:
        packet["3GPP-IMSI"] = imsi
    return packet


def account(monitor: Monitor, number: int = 1) -> Account | None:
    return monitor.radius.accounts.get(StationId(number))


async def events_of(monitor: Monitor, kind: Any) -> list[Any]:
    await asyncio.sleep(0.05)
    await monitor.journal.flushed()
    records = await monitor.history.events(ONE, since=monitor._clock.now().replace(year=2020))
    return [record.event for record in records if isinstance(record.event, kind)]


async def test_a_session_is_booked_answered_and_told(tmp_path: Path) -> None:
    async with network(tmp_path) as (monitor, gateway):
        assert await gateway.send(named(gateway, **start()))
        interim = start(Acct_Status_Type=3, Acct_Input_Octets=1000, Acct_Output_Octets=500, Acct_Session_Time=60)
        assert await gateway.send(named(gateway, **interim))
        stop = start(Acct_Status_Type=2, Acct_Input_Octets=1500, Acct_Output_Octets=700, Acct_Terminate_Cause=2)
        assert await gateway.send(named(gateway, **stop))
        known = account(monitor)
        assert known is not None
        assert (known.up, known.received, known.sent, known.address) == (False, 1500, 700, "10.20.0.7")
        changes = await events_of(monitor, BearerSessionChanged)
        assert [(one.up, one.address, one.cause) for one in changes] == [
            (True, "10.20.0.7", ""),
            (False, "10.20.0.7", "Lost Carrier"),
        ]
        session = monitor.engine.health(ONE).session
        assert session is not None
        assert session.ok is False
        assert monitor.radius.outcomes == {"taken": 3}


async def test_what_comes_again_is_answered_again_and_counts_once(tmp_path: Path) -> None:
    async with network(tmp_path) as (monitor, gateway):
        assert await gateway.send(named(gateway, **start()))
        interim = named(gateway, **start(Acct_Status_Type=3, Acct_Input_Octets=1000))
        raw = interim.RequestPacket()
        for _ in range(3):
            assert await gateway.send_raw(raw, interim, 2.0)
        late = named(gateway, **start(Acct_Status_Type=3, Acct_Input_Octets=1000, Acct_Delay_Time=7))
        assert await gateway.send(late), "the same record, sent anew by its gateway"
        known = account(monitor)
        assert known is not None
        assert known.received == 1000
        assert monitor.radius.outcomes == {"taken": 2, "repeated": 3}


async def test_nobody_else_is_believed_or_answered(tmp_path: Path) -> None:
    async with network(tmp_path, secret=b"another") as (monitor, gateway):
        assert not await gateway.send(named(gateway, **start()), 0.3)
        assert not await gateway.send_raw(b"")
        assert not await gateway.send_raw(b"\x04\x01\x00\x14" + b"\0" * 16)
        assert not await gateway.send_raw(b"\x04\x01\xff\xff" + b"\0" * 100)
        assert not await gateway.send_raw(b"\x04\x01\x00\x16" + b"\0" * 16 + b"\x28\x01")
        assert not await gateway.send_raw(b"x" * 5000)
        assert monitor.radius.outcomes == {"wrong_secret": 2, "malformed": 4}
        assert account(monitor) is None
    async with network(tmp_path, client=[{"address": "192.0.2.0/24", "secret": "s"}]) as (monitor, gateway):
        assert not await gateway.send(named(gateway, **start()), 0.3)
        assert monitor.radius.outcomes == {"unknown_client": 1}


async def test_a_record_lacks_nothing_that_it_needs(tmp_path: Path) -> None:
    async with network(tmp_path) as (monitor, gateway):
        assert not await gateway.send(named(gateway, Acct_Status_Type=9), 0.3)
        assert not await gateway.send(named(gateway, Acct_Session_Id="", Acct_Status_Type=1), 0.3)
        assert monitor.radius.outcomes == {"malformed": 2}


async def test_whose_sim_it_is(tmp_path: Path) -> None:
    async with network(tmp_path) as (monitor, gateway):
        by_number = {"Acct_Status_Type": 1, "Calling_Station_Id": "00352621000001"}
        assert await gateway.send(named(gateway, **by_number))
        assert account(monitor, 1) is not None
        by_address = {"Acct_Status_Type": 1, "Framed_IP_Address": "10.20.0.9"}
        assert await gateway.send(named(gateway, Acct_Session_Id="s3", **by_address))
        assert account(monitor, 3) is not None
        stranger = start(**{"3GPP_IMSI": "270019999999999", "Acct_Session_Id": "s4"})
        assert await gateway.send(named(gateway, **stranger)), "else its gateway would send it for ever"
        twins = start(**{"3GPP_IMSI": "270010000000003", "Acct_Session_Id": "s5"})
        assert await gateway.send(named(gateway, **twins))
        assert monitor.radius.outcomes == {"taken": 2, "unknown_sim": 2}
        assert set(monitor.radius.accounts) == {1, 3}


async def test_an_imsi_that_only_its_station_told_is_known_too(tmp_path: Path) -> None:
    told = start(**{"3GPP_IMSI": "270010000000055"})
    async with network(tmp_path) as (monitor, gateway):
        assert await gateway.send(named(gateway, **told))
        assert monitor.radius.outcomes == {"unknown_sim": 1}
        for station in (4, 3):  # the register knows the IMSI of the fourth
            monitor.intake.put(StationId(station), (Booted(at=monitor._clock.now(), imsi="270010000000055"),))
            await events_of(monitor, BearerSessionChanged)
        assert await gateway.send(named(gateway, **start(**{"3GPP_IMSI": "270010000000055", "Acct_Status_Type": 3})))
        assert set(monitor.radius.accounts) == {3}
    async with network(tmp_path) as (monitor, gateway):
        assert await gateway.send(named(gateway, **start(**{"3GPP_IMSI": "270010000000055", "Acct_Session_Id": "s2"})))
        assert monitor.radius.outcomes == {"taken": 1}, "the last boot is remembered over a restart"
        monitor.intake.put(StationId(3), (Booted(at=monitor._clock.now(), imsi="270010000000056"),))
        await events_of(monitor, BearerSessionChanged)
        assert await gateway.send(named(gateway, **start(**{"3GPP_IMSI": "270010000000055", "Acct_Session_Id": "s3"})))
        assert monitor.radius.outcomes["unknown_sim"] == 1, "it has another card since"


async def test_a_gateway_that_starts_again_has_no_sessions(tmp_path: Path) -> None:
    async with network(tmp_path) as (monitor, gateway):
        assert await gateway.send(named(gateway, **start()))
        assert await gateway.send(gateway.packet(Acct_Status_Type=7))
        known = account(monitor)
        assert known is not None
        assert not known.up
        assert [(one.up, one.cause) for one in await events_of(monitor, BearerSessionChanged)] == [
            (True, ""),
            (False, "NAS Reboot"),
        ]


async def test_a_record_is_acknowledged_only_when_it_is_safe(tmp_path: Path) -> None:
    async with network(tmp_path) as (monitor, gateway):
        real = monitor.radius._store.save
        away = True

        async def save(accounts: Any) -> None:
            if away:
                raise TransientStoreError("database is locked")
            await real(accounts)

        monitor.radius._store.save = save  # type: ignore[method-assign]
        packet = named(gateway, **start())
        raw = packet.RequestPacket()
        assert not await gateway.send_raw(raw, packet, 0.5)
        assert account(monitor) is None
        away = False
        await asyncio.sleep(1.0)
        assert await gateway.send_raw(raw, packet, 3.0)
        assert account(monitor) is not None
        assert monitor.radius.outcomes == {"unstored": 1, "taken": 1}


async def test_accounts_outlive_a_restart(tmp_path: Path) -> None:
    async with network(tmp_path) as (monitor, gateway):
        assert await gateway.send(named(gateway, **start()))
        assert await gateway.send(named(gateway, **start(Acct_Status_Type=3, Acct_Input_Octets=1000)))
    async with network(tmp_path) as (monitor, gateway):
        assert await gateway.send(named(gateway, **start(Acct_Status_Type=3, Acct_Input_Octets=1200)))
        known = account(monitor)
        assert known is not None
        assert (known.up, known.received) == (True, 1200)
        assert await monitor.radius._store.months(ONE) == {known.month: 1200}  # type: ignore[attr-defined]


async def test_a_runaway_is_told_once_a_month(tmp_path: Path) -> None:
    async with network(tmp_path, month_mb=0.002) as (monitor, gateway):
        assert await gateway.send(named(gateway, **start()))
        for octets in (1500, 2500, 9000):
            assert await gateway.send(named(gateway, **start(Acct_Status_Type=3, Acct_Output_Octets=octets)))
        (told,) = await events_of(monitor, VolumeExceeded)
        assert (told.octets, told.limit) == (2500, 2000)


async def test_a_burst_loses_nothing(tmp_path: Path) -> None:
    async with network(tmp_path) as (monitor, _):
        packets = 1500
        gateways = [Gateway(monitor.radius_port) for _ in range(6)]
        loop = asyncio.get_running_loop()
        for number in range(packets // 6):
            for index, gateway in enumerate(gateways):
                told = start(Acct_Session_Id=f"s{index}-{number}", **{"3GPP_IMSI": "270010000000002"})
                await loop.sock_sendall(gateway._socket, named(gateway, **told).RequestPacket())
        await until(lambda: monitor.radius.outcomes["taken"] >= packets)
        for gateway in gateways:
            gateway.close()


def test_nothing_listens_without_a_client() -> None:
    assert RadiusSettings().client == []
