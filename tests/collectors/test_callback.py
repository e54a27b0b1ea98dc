"""Commands to SOAP stations: a POST to where the station says that it listens, if that is a place where it may be called."""

from __future__ import annotations

import asyncio
import gzip
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

import aiohttp
import pytest
from aiohttp import web
from aiohttp.test_utils import unused_port

from monitor.core.commands import Action, CommandState
from monitor.core.events import CallbackChanged
from monitor.core.ids import StationId
from monitor.decode.soap import ADDRESSING, read_envelope, write_answer, write_fault
from monitor.decode.soap import Code as FaultCode
from monitor.decode.soap_versions import SOAP_VERSIONS
from tests.collectors.test_calls import becomes, request
from tests.support.services import running_monitor
from tests.support.soap import HEARTBEAT, boot, envelope, post, status

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable
    from pathlib import Path

    from monitor.decode.soap import Envelope
    from monitor.service import Monitor

CP: Final = {version.dialect.protocol: version.to_station for version in SOAP_VERSIONS}
STATIONS: Final = "sticker,identity,bearer,allowed_networks\nCP2500,CP2500,gprs,127.0.0.0/16 ::1/128\n"


def from_(address: str) -> str:
    return f"<a:From xmlns:a='{ADDRESSING}'><a:Address>{address}</a:Address></a:From>"


@dataclass
class SoapStation:
    """A station that listens: notes what it is asked and answers by `answer`."""

    version: str = "1.5"
    asked: list[tuple[dict[str, str], Envelope]] = field(default_factory=list)
    answer: Callable[[Envelope], web.StreamResponse] | None = None
    port: int = 0

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}/cp"

    async def take(self, request: web.Request) -> web.StreamResponse:
        read = read_envelope(await request.read())
        self.asked.append((dict(request.headers), read))
        if self.answer is not None:
            return self.answer(read)
        return self.said(read, "<status>Accepted</status>")

    def said(self, read: Envelope, inner: str, relates_to: str = "") -> web.Response:
        """Answer in good order."""
        name = read.name.removesuffix("Request") + "Response"
        body = write_answer(CP[self.version], name, inner, relates_to=relates_to or read.message_id)
        return web.Response(body=body, content_type="application/soap+xml")


@asynccontextmanager
async def listening(station: SoapStation) -> AsyncIterator[SoapStation]:
    app = web.Application()
    app.router.add_post("/cp", station.take)
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    station.port = int(runner.addresses[0][1])
    try:
        yield station
    finally:
        await runner.cleanup()


@pytest.fixture
async def monitor(tmp_path: Path) -> AsyncIterator[Monitor]:
    async with running_monitor(tmp_path, stations=STATIONS, uploads=str(tmp_path / "up")) as running:
        yield running


@pytest.fixture
async def http() -> AsyncIterator[aiohttp.ClientSession]:
    async with aiohttp.ClientSession() as session:
        yield session


async def speaks(monitor: Monitor, http: aiohttp.ClientSession, address: str, version: str = "1.5") -> None:
    beat = envelope(HEARTBEAT, version=version, headers=from_(address))
    assert (await post(http, monitor.field_port, beat))[0] == 200
    async with asyncio.timeout(5):
        while (told := monitor.engine.health(1).callback) is None or told.url != address:  # type: ignore[arg-type]
            await asyncio.sleep(0.01)


@pytest.mark.parametrize("version", ["1.2", "1.5", "1.6"])
async def test_a_reset_over_soap_and_the_boot_that_follows(monitor: Monitor, http: aiohttp.ClientSession, version: str) -> None:
    async with listening(SoapStation(version)) as station:
        await speaks(monitor, http, station.url, version)
        command = await request(monitor, Action.RESET, type="hard")
        assert await becomes(monitor, command, CommandState.ACCEPTED) == ("accepted", "", "Accepted")
        ((headers, asked),) = station.asked
        assert headers["Content-Type"] == 'application/soap+xml; charset=utf-8; action="/Reset"'
        assert headers["Host"] == f"127.0.0.1:{station.port}"
        assert (asked.namespace, asked.name) == (CP[version], "resetRequest")
        assert asked.identities == ("CP2500",)
        assert asked.sender == f"http://127.0.0.1:{monitor.field_port}/ocpp/soap", "where the station reaches us"
        assert asked.message_id == f"{command.id}-0"
        assert [child.text for child in asked.body] == ["Hard"]
        await post(http, monitor.field_port, boot(version))
        assert (await becomes(monitor, command, CommandState.CONFIRMED))[0] == "confirmed"
        frames = [frame.text for frame in monitor.contact(1).frames]  # type: ignore[arg-type]
        assert any('"Reset",{"type":"Hard"}' in text for text in frames)
        assert any('{"status":"Accepted"}' in text for text in frames)


async def test_an_unlock_is_confirmed_by_a_status_that_comes_by_itself(monitor: Monitor, http: aiohttp.ClientSession) -> None:
    async with listening(SoapStation("1.2")) as station:
        await speaks(monitor, http, station.url, "1.2")
        command = await request(monitor, Action.UNLOCK, connector="1")
        await becomes(monitor, command, CommandState.ACCEPTED)
        await post(http, monitor.field_port, status("Available", version="1.2"))
        assert await becomes(monitor, command, CommandState.CONFIRMED) == ("confirmed", "", "1: Available")


async def test_a_configuration_is_read_over_soap(monitor: Monitor, http: aiohttp.ClientSession) -> None:
    inner = "".join(
        f"<configurationKey><key>{key}</key><readonly>false</readonly><value>{value}</value></configurationKey>"
        for key, value in (("HeartBeatInterval", "300"), ("MeterValueSampleInterval", "60"))
    )
    async with listening(SoapStation()) as station:
        station.answer = lambda read: station.said(read, f"{inner}<unknownKey>Colour</unknownKey>")
        await speaks(monitor, http, station.url)
        command = await request(monitor, Action.READ_CONFIGURATION, keys=("HeartBeatInterval", "Colour"))
        await becomes(monitor, command, CommandState.CONFIRMED)
        found = await monitor.commanding.commands.find(command.id)
        assert found is not None
        assert found.result == {
            "configuration": {"HeartBeatInterval": "300", "MeterValueSampleInterval": "60"},
            "unknown": ["Colour"],
        }
        assert [child.text for child in station.asked[0][1].body] == ["HeartBeatInterval", "Colour"]


async def test_the_last_address_is_remembered_and_a_change_is_told(monitor: Monitor, http: aiohttp.ClientSession) -> None:
    await speaks(monitor, http, "http://127.0.0.1:9/cp")
    beat = envelope(HEARTBEAT, headers=from_("http://127.0.0.2:9/cp"))
    for _ in range(3):
        await post(http, monitor.field_port, beat)
    assert monitor.engine.health(1).callback.url == "http://127.0.0.1:9/cp", "told at most so often"  # type: ignore[arg-type, union-attr]
    line = monitor.soap._lines[1]  # type: ignore[index]
    line.told_at -= 60
    await post(http, monitor.field_port, beat)
    async with asyncio.timeout(5):
        while monitor.engine.health(1).callback.url != "http://127.0.0.2:9/cp":  # type: ignore[arg-type, union-attr]
            await asyncio.sleep(0.01)
    await monitor.journal.flushed()
    station = monitor.directory.by_id(1)  # type: ignore[arg-type]
    assert station is not None
    events = await monitor.history.events(station.id, since=monitor._clock.now().replace(year=2020))
    changes = [record.event for record in events if isinstance(record.event, CallbackChanged)]
    assert [(one.before, one.url) for one in changes] == [
        ("", "http://127.0.0.1:9/cp"),
        ("http://127.0.0.1:9/cp", "http://127.0.0.2:9/cp"),
    ]


@pytest.mark.parametrize(
    ("address", "said"),
    [
        ("http://169.254.169.254/latest/meta-data", "169.254.169.254"),
        ("http://10.0.0.1:8080/cp", "10.0.0.1"),
        ("http://[fe80::1]:8080/cp", "fe80::1"),
        ("http://anna:secret@127.0.0.1:8080/cp", "http://anna:secret@127.0.0.1:8080/cp"),
        ("http://no.such.name.invalid/cp", "no.such.name.invalid"),
        ("http://:80/cp", "http://:80/cp"),
        ("http://127.0.0.1:99999/cp", "http://127.0.0.1:99999/cp"),
        ("http://[/cp", "http://[/cp"),
    ],
)
async def test_a_place_outside_its_networks_is_never_called(
    monitor: Monitor, http: aiohttp.ClientSession, address: str, said: str
) -> None:
    await speaks(monitor, http, address)
    command = await request(monitor, Action.RESET, type="soft", force=True)
    assert await becomes(monitor, command, CommandState.CANNOT) == ("cannot", "outside", said)


@pytest.mark.parametrize("address", ["", f"{ADDRESSING}/anonymous", "ftp://127.0.0.1/x", "http://127.0.0.1/" + "x" * 600])
async def test_a_station_that_does_not_say_where_it_listens_cannot_be_called(
    monitor: Monitor, http: aiohttp.ClientSession, address: str
) -> None:
    beat = envelope(HEARTBEAT, headers=from_(address) if address else "")
    assert (await post(http, monitor.field_port, beat))[0] == 200
    command = await request(monitor, Action.RESET, type="soft")
    assert await becomes(monitor, command, CommandState.CANNOT) == ("cannot", "no_address", "")


async def test_a_name_is_looked_up_once_and_the_judged_address_is_called(
    monitor: Monitor, http: aiohttp.ClientSession, monkeypatch: pytest.MonkeyPatch
) -> None:
    loop = asyncio.get_running_loop()
    asked: list[str] = []
    real = loop.getaddrinfo

    async def rebinding(host: Any, port: Any, **options: Any) -> Any:
        if host != "borne.example":
            return await real(host, port, **options)
        asked.append(host)
        address = "127.0.0.1" if len(asked) == 1 else "169.254.169.254"
        return [(2, 1, 6, "", (address, port))]

    monkeypatch.setattr(loop, "getaddrinfo", rebinding)
    async with listening(SoapStation()) as station:
        await speaks(monitor, http, f"http://borne.example:{station.port}/cp")
        command = await request(monitor, Action.CLEAR_CACHE)
        await becomes(monitor, command, CommandState.ACCEPTED)
        assert asked == ["borne.example"]
        assert station.asked[0][0]["Host"] == f"borne.example:{station.port}"
        command = await request(monitor, Action.RESET, type="soft")
        assert (await becomes(monitor, command, CommandState.CANNOT))[1] == "outside"
        assert len(station.asked) == 1


def redirect(_read: Envelope) -> web.StreamResponse:
    return web.Response(status=302, headers={"Location": "http://127.0.0.1:1/"})


def zeros(_read: Envelope) -> web.StreamResponse:
    packed = gzip.compress(b"<" + b" " * 50_000_000)
    return web.Response(body=packed, headers={"Content-Encoding": "gzip"})


def fault(subcode: str) -> Callable[[Envelope], web.StreamResponse]:
    return lambda read: web.Response(
        status=500,
        body=write_fault(FaultCode.RECEIVER, subcode, "not here", namespace=CP["1.5"], relates_to=read.message_id),
    )


def answered(inner: str, *, namespace: str = CP["1.5"], name: str = "clearCacheResponse", relates_to: str = "") -> Any:
    return lambda read: web.Response(body=write_answer(namespace, name, inner, relates_to=relates_to or read.message_id))


@pytest.mark.parametrize(
    ("answer", "outcome"),
    [
        (redirect, ("unknown", "wrong_answer", "HTTP 302: not well-formed XML: no element found: line 1, column 0")),
        (
            lambda _read: web.Response(text="<html>login</html>"),
            ("unknown", "wrong_answer", "HTTP 200: this is not a SOAP envelope"),
        ),
        (zeros, ("unknown", "wrong_answer", "longer than 262144 bytes")),
        (fault("NotSupported"), ("refused", "error", "Receiver/NotSupported")),
        (fault("InternalError"), ("refused", "error", "Receiver/InternalError")),
        (answered("<status>Rejected</status>"), ("refused", "", "Rejected")),
        (answered("<status>Accepted</status>", name="resetResponse"), ("unknown", "wrong_answer", "resetResponse")),
        (answered("<status>Accepted</status>", namespace=CP["1.6"]), ("unknown", "wrong_answer", "clearCacheResponse")),
        (answered("<status>Accepted</status>", relates_to="another"), ("unknown", "wrong_answer", "clearCacheResponse")),
        (answered(""), ("unknown", "wrong_answer", "")),
    ],
)
async def test_what_a_station_may_answer(
    monitor: Monitor, http: aiohttp.ClientSession, answer: Any, outcome: tuple[str, str, str]
) -> None:
    async with listening(SoapStation(answer=answer)) as station:
        await speaks(monitor, http, station.url)
        command = await request(monitor, Action.CLEAR_CACHE)
        assert await becomes(monitor, command, CommandState(outcome[0])) == outcome
        assert len(station.asked) == 1


async def test_nobody_listens_there_any_more(monitor: Monitor, http: aiohttp.ClientSession) -> None:
    await speaks(monitor, http, f"http://127.0.0.1:{unused_port()}/cp")
    command = await request(monitor, Action.CLEAR_CACHE)
    assert (await becomes(monitor, command, CommandState.CANNOT))[:2] == ("cannot", "not_connected")


async def test_an_answer_proves_that_the_station_lives(monitor: Monitor, http: aiohttp.ClientSession) -> None:
    async with listening(SoapStation()) as station:
        await speaks(monitor, http, station.url)
        before = monitor.engine.health(1).last_seen  # type: ignore[arg-type]
        station.answer = fault("NotSupported")
        command = await request(monitor, Action.PROBE)
        assert await becomes(monitor, command, CommandState.CONFIRMED) == ("confirmed", "", "Receiver/NotSupported")
        after = monitor.engine.health(1).last_seen  # type: ignore[arg-type]
        assert before is not None
        assert after is not None
        assert after > before


async def test_the_address_outlives_a_restart(tmp_path: Path) -> None:
    async with listening(SoapStation()) as station:
        async with running_monitor(tmp_path, stations=STATIONS) as monitor, aiohttp.ClientSession() as http:
            await speaks(monitor, http, station.url)
            await monitor.journal.flushed()
        async with running_monitor(tmp_path, stations=STATIONS) as monitor:
            command = await request(monitor, Action.CLEAR_CACHE)
            assert command.protocol == "1.5"
            assert await becomes(monitor, command, CommandState.ACCEPTED) == ("accepted", "", "Accepted")


@asynccontextmanager
async def twilio(status: int = 201) -> AsyncIterator[tuple[dict[str, str], list[dict[str, str]]]]:
    """A Twilio that takes messages, or does not."""
    messages: list[dict[str, str]] = []

    async def take(request: web.Request) -> web.Response:
        form = {name: str(value) for name, value in (await request.post()).items()}
        messages.append(form | {"path": request.path, "auth": request.headers["Authorization"]})
        return web.json_response({"sid": "SM1"}, status=status)

    app = web.Application()
    app.router.add_post("/{path:.*}", take)
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    base = f"http://127.0.0.1:{runner.addresses[0][1]}"
    try:
        yield {"account_sid": "AC1", "auth_token": "secret", "from": "+352600", "api_base": base}, messages
    finally:
        await runner.cleanup()


SLEEPING: Final = "sticker,identity,bearer,sim_msisdn,allowed_networks\nCP2500,CP2500,gprs,+352621000001,127.0.0.0/16\n"


async def test_a_station_that_nobody_reaches_is_woken_and_asked_where_it_is_then(
    tmp_path: Path, http: aiohttp.ClientSession
) -> None:
    async with (
        listening(SoapStation()) as station,
        twilio() as (account, messages),
        running_monitor(tmp_path, stations=SLEEPING, twilio=account) as monitor,
    ):
        await speaks(monitor, http, f"http://127.0.0.1:{unused_port()}/cp")
        command = await request(monitor, Action.CLEAR_CACHE)
        async with asyncio.timeout(10):
            while not messages:
                await asyncio.sleep(0.01)
        (sent,) = messages
        assert (sent["To"], sent["From"], sent["path"]) == ("+352621000001", "+352600", "/2010-04-01/Accounts/AC1/Messages.json")
        assert sent["auth"].startswith("Basic ")
        monitor.soap._lines[1].told_at -= 60  # type: ignore[index]
        await post(http, monitor.field_port, envelope(HEARTBEAT, headers=from_(station.url)))
        assert await becomes(monitor, command, CommandState.ACCEPTED) == ("accepted", "", "Accepted")
        assert len(station.asked) == 1


async def test_a_message_that_is_not_taken_wakes_nobody_and_a_second_one_costs_money(
    tmp_path: Path, http: aiohttp.ClientSession
) -> None:
    async with (
        twilio(401) as (account, messages),
        running_monitor(tmp_path, stations=SLEEPING, twilio=account) as monitor,
    ):
        await speaks(monitor, http, f"http://127.0.0.1:{unused_port()}/cp")
        for action in (Action.CLEAR_CACHE, Action.LOCAL_LIST):
            command = await request(monitor, action)
            assert (await becomes(monitor, command, CommandState.CANNOT))[:2] == ("cannot", "not_connected")
        assert len(messages) == 1


async def test_a_question_of_ours_wakes_nobody(tmp_path: Path, http: aiohttp.ClientSession) -> None:
    """Stations that fall silent are asked by the hundred: only a command is worth a message."""
    async with (
        twilio() as (account, messages),
        running_monitor(tmp_path, stations=SLEEPING, twilio=account) as monitor,
    ):
        await speaks(monitor, http, f"http://127.0.0.1:{unused_port()}/cp")
        assert await monitor.commanding.commands.inquire(StationId(1)) is False
        assert messages == []
