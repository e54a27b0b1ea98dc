"""TLS at the field listener over real sockets: security profiles 2 and 3, certificates that change, old stations."""

from __future__ import annotations

import asyncio
import contextlib
import ssl
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import aiohttp
import pytest
import trustme

from monitor.certificates import Certificates
from monitor.configuration import ConfigurationError
from monitor.core.events import LinkChanged, ProfileNoted
from monitor.core.ids import Identity
from monitor.desk.tls import ServerContext, TlsFiles
from monitor.registry.attempts import Outcome
from monitor.runtime.clock import SystemClock
from monitor.settings import FieldSettings, TlsSettings
from tests.support.certificates import Files, make_files
from tests.support.services import ask, basic, running_monitor, until

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Mapping
    from pathlib import Path

    from monitor.service import Monitor

STATIONS = (
    "sticker,bearer,security_profile,password,serial\n"
    "CP0,gprs,0,,\n"
    "CP1,lan,1,0123456789abcdef,\n"
    "CP2,lan,2,hex:003aff0123456789abcdef0123456789abcdef01,\n"
    "CP3,lan,3,,SN-77\n"
    "CP4,lan,3,,\n"
)
LONG_AGO = datetime(2020, 1, 1, tzinfo=UTC)
KEY = bytes.fromhex("003aff0123456789abcdef0123456789abcdef01")
"""NUL, a colon and 0xFF: a key is compared byte for byte."""


@pytest.fixture
def files(tmp_path: Path) -> Files:
    return make_files(tmp_path)


@asynccontextmanager
async def served(folder: Path, *sections: dict[str, Any]) -> AsyncIterator[Monitor]:
    async with running_monitor(folder, stations=STATIONS, tls=list(sections)) as monitor:
        yield monitor


@asynccontextmanager
async def dialled(
    monitor: Monitor, identity: str, context: ssl.SSLContext | None, headers: Mapping[str, str] | None = None, number: int = 0
) -> AsyncIterator[aiohttp.ClientWebSocketResponse]:
    """Open a socket: over TLS at that listener with a context, plain without."""
    base = f"ws://127.0.0.1:{monitor.field_port}" if context is None else f"wss://localhost:{monitor.tls_ports[number]}"
    async with (
        aiohttp.ClientSession() as http,
        http.ws_connect(f"{base}/ocpp/{identity}", protocols=("ocpp1.6",), ssl=context or True, headers=headers) as socket,
    ):
        yield socket


async def refusal(
    monitor: Monitor, identity: str, context: ssl.SSLContext | None, headers: Mapping[str, str] | None = None
) -> Outcome:
    """Return why a handshake is refused; from outside it is a 401 whatever the reason."""
    with pytest.raises(aiohttp.WSServerHandshakeError, match="401"):
        async with dialled(monitor, identity, context, headers):
            pass
    return monitor.attempts.of_identity(identity)[0].outcome


async def opened(monitor: Monitor, identity: str) -> LinkChanged:
    """Return the stored opening of that station's last socket."""
    station = monitor.directory.by_identity(Identity(identity))
    assert station is not None
    await monitor.journal.flushed()
    records = await monitor.history.events(station.id, since=LONG_AGO)
    return [one.event for one in records if isinstance(one.event, LinkChanged) and one.event.open][-1]


async def test_profile_2_is_tls_and_a_password_byte_for_byte(tmp_path: Path, files: Files) -> None:
    async with served(tmp_path, files.section()) as monitor:
        async with dialled(monitor, "CP2", files.client(), basic("CP2", KEY)) as socket:
            assert (await ask(socket, "Heartbeat", {}))[0] == 3
        event = await opened(monitor, "CP2")
        assert (event.tls, event.certificate_until) == ("TLSv1.3", None)
        assert await refusal(monitor, "CP2", files.client(), basic("CP2", KEY[:-1] + b"\x02")) is Outcome.WRONG_CREDENTIALS
        assert await refusal(monitor, "CP2", files.client()) is Outcome.NO_CREDENTIALS


async def test_a_profile_is_never_lowered_and_an_attempt_to_is_noted(tmp_path: Path, files: Files) -> None:
    async with served(tmp_path, files.section()) as monitor:
        for _ in range(3):
            assert await refusal(monitor, "CP2", None, basic("CP2", KEY)) is Outcome.WRONG_PROFILE
        assert await refusal(monitor, "CP3", None) is Outcome.WRONG_PROFILE
        station = monitor.directory.by_identity(Identity("CP2"))
        assert station is not None
        await until(lambda: len(monitor.intake) == 0)
        await monitor.journal.flushed()
        noted = [
            one.event for one in await monitor.history.events(station.id, since=LONG_AGO) if isinstance(one.event, ProfileNoted)
        ]
        assert [(one.address, one.times) for one in noted] == [("127.0.0.1", 1)], "at most once an hour"


async def test_profiles_without_tls_are_not_served_over_it(tmp_path: Path, files: Files) -> None:
    async with served(tmp_path, files.section()) as monitor:
        assert await refusal(monitor, "CP0", files.client()) is Outcome.UNEXPECTED_TLS
        key = basic("CP1", b"0123456789abcdef")
        assert await refusal(monitor, "CP1", files.client(), key) is Outcome.UNEXPECTED_TLS
        async with dialled(monitor, "CP1", None, key) as socket:
            assert (await ask(socket, "Heartbeat", {}))[0] == 3


@pytest.mark.parametrize(("identity", "common_name"), [("CP3", "SN-77"), ("CP3", "CP3"), ("CP4", "CP4")])
async def test_profile_3_is_a_certificate_in_the_serial_number_s_name(
    tmp_path: Path, files: Files, identity: str, common_name: str
) -> None:
    async with served(tmp_path, files.section(client_ca=str(files.client_ca))) as monitor:
        async with dialled(monitor, identity, files.client(common_name, days=20)) as socket:
            assert (await ask(socket, "Heartbeat", {}))[0] == 3
        event = await opened(monitor, identity)
        assert event.certificate_until is not None
        assert abs(event.certificate_until - datetime.now(UTC) - timedelta(days=20)) < timedelta(minutes=5)


async def test_profile_3_takes_no_other_certificate_and_no_password(tmp_path: Path, files: Files) -> None:
    async with served(tmp_path, files.section(client_ca=str(files.client_ca))) as monitor:
        assert await refusal(monitor, "CP3", files.client("SN-78")) is Outcome.WRONG_CERTIFICATE
        assert await refusal(monitor, "CP3", files.client(), basic("CP3", KEY)) is Outcome.NO_CERTIFICATE
        assert await refusal(monitor, "CP2", files.client("SN-77")) is Outcome.NO_CREDENTIALS


@pytest.mark.parametrize("days", [100, -1])
async def test_a_certificate_of_a_stranger_or_one_that_has_ended_fails_in_tls_and_is_counted(
    tmp_path: Path, files: Files, days: float
) -> None:
    authority = trustme.CA() if days > 0 else None
    async with served(tmp_path, files.section(client_ca=str(files.client_ca))) as monitor:
        context = files.client("SN-77", days=days, authority=authority)
        reader, writer = await asyncio.open_connection("localhost", monitor.tls_ports[0], ssl=context)
        with contextlib.suppress(OSError):
            assert await reader.read() == b""
        writer.close()
        assert monitor.certificates.failures() == {"CERTIFICATE_VERIFY_FAILED": 1}
        async with aiohttp.ClientSession() as http, http.get(f"http://127.0.0.1:{monitor.ops_port}/metrics") as answer:
            text = await answer.text()
        assert 'bornewatch_tls_handshake_failures_total{reason="CERTIFICATE_VERIFY_FAILED"} 1.0' in text
        ends = monitor.certificates.ends()["127.0.0.1:0"].timestamp()
        found = next(line for line in text.splitlines() if line.startswith("bornewatch_tls_certificate_expiry_timestamp_seconds{"))
        assert (found.split()[0].split("{")[1], float(found.split()[1])) == ('listen="127.0.0.1:0"}', ends)


# ---------------------------------------------------------------------------------------------------------- changes


def serial_of(socket: aiohttp.ClientWebSocketResponse) -> str:
    tls = socket.get_extra_info("ssl_object")
    return str(tls.getpeercert()["serialNumber"])


async def test_a_new_certificate_is_shown_to_whoever_comes_next_and_nobody_is_cut_off(tmp_path: Path, files: Files) -> None:
    async with served(tmp_path, files.section()) as monitor:
        async with dialled(monitor, "CP2", files.client(), basic("CP2", KEY)) as old:
            before = serial_of(old)
            monitor.certificates.refresh()
            files.renew(days=50)
            monitor.certificates.refresh()
            async with aiohttp.ClientSession() as http:
                url = f"wss://localhost:{monitor.tls_ports[0]}/ocpp/CP9"
                with pytest.raises(aiohttp.WSServerHandshakeError, match="401"):
                    await http.ws_connect(url, ssl=files.client())
            assert (await ask(old, "Heartbeat", {}))[0] == 3
        async with dialled(monitor, "CP2", files.client(), basic("CP2", KEY)) as new:
            assert serial_of(new) != before
        left = monitor.certificates.ends()["127.0.0.1:0"] - datetime.now(UTC)
        assert timedelta(days=49) < left < timedelta(days=51)


@pytest.mark.parametrize("fault", ["half", "gone", "nonsense"])
def test_what_cannot_be_used_changes_nothing(files: Files, fault: str) -> None:
    context = ServerContext(TlsFiles(certificate=files.certificate, key=files.key))
    until_before, key = context.until, files.key.read_bytes()
    if fault == "gone":
        files.key.unlink()
    elif fault == "nonsense":
        files.certificate.write_text("-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n")
    else:
        files.renew(days=7)
        files.key.write_bytes(key)
    assert not context.refresh()
    assert context.until == until_before
    files.renew(days=9)
    assert context.refresh()
    assert context.until < datetime.now(UTC) + timedelta(days=10)


def test_a_new_authority_of_stations_counts_from_the_next_look(files: Files) -> None:
    context = ServerContext(TlsFiles(certificate=files.certificate, key=files.key, client_ca=files.client_ca))
    trustme.CA().cert_pem.write_to_path(files.client_ca)
    assert context.refresh()


@pytest.mark.parametrize("days", [10, 31])
def test_a_certificate_that_ends_soon_is_warned_of(files: Files, days: float, capsys: pytest.CaptureFixture[str]) -> None:
    files.renew(days=days)
    Certificates([TlsSettings(**files.section())], SystemClock()).warn()
    assert ("ends soon" in capsys.readouterr().out) is (days < 30)


@pytest.mark.parametrize("fault", ["gone", "other key", "encrypted", "nonsense", "client_ca"])
def test_files_that_cannot_be_used_are_named(files: Files, fault: str) -> None:
    section = files.section()
    match fault:
        case "gone":
            files.certificate.unlink()
        case "other key":
            files.key.write_bytes(trustme.CA().issue_cert("x.invalid").private_key_pem.bytes())
        case "encrypted":
            files.key.write_text("-----BEGIN ENCRYPTED PRIVATE KEY-----\nMIIC\n-----END ENCRYPTED PRIVATE KEY-----\n")
        case "nonsense":
            files.certificate.write_text("nonsense")
        case _:
            section["client_ca"] = str(files.client_ca.with_name("nobody.pem"))
    with pytest.raises(ConfigurationError, match=r"^field\.tls\[0\]: .*(server|nobody)\.pem: .+; certificate, key") as caught:
        Certificates([TlsSettings(**section)], SystemClock())
    assert "\n" not in str(caught.value)


# ---------------------------------------------------------------------------------------------------------- old stations


def old_client(files: Files) -> ssl.SSLContext:
    """A station that knows TLS 1.2 and RSA key exchange only."""
    context = files.client()
    context.maximum_version = ssl.TLSVersion.TLSv1_2
    context.set_ciphers("AES128-SHA:AES128-GCM-SHA256:@SECLEVEL=0")
    return context


def rsa_files(folder: Path) -> Files:
    authority = trustme.CA(key_type=trustme.KeyType.RSA)
    made = authority.issue_cert("localhost", key_type=trustme.KeyType.RSA)
    files = Files(authority, folder / "old.pem", folder / "old.key", folder / "old-ca.pem")
    made.private_key_pem.write_to_path(files.key)
    made.cert_chain_pems[0].write_to_path(files.certificate)
    return files


async def test_old_suites_only_where_a_listener_is_for_old_stations_and_only_from_their_networks(tmp_path: Path) -> None:
    files = rsa_files(tmp_path)
    old = {"legacy": True, "allowed_networks": ["127.0.0.0/8"]}
    sections = [files.section(), files.section(**old), files.section(**old | {"allowed_networks": ["10.0.0.0/8"]})]
    key = basic("CP2", KEY)
    async with served(tmp_path, *sections) as monitor:
        with pytest.raises((aiohttp.ClientError, OSError)):
            async with dialled(monitor, "CP2", old_client(files), key, 0):
                pass
        assert monitor.certificates.failures().total() == 1
        async with dialled(monitor, "CP2", old_client(files), key, 1) as socket:
            assert (await ask(socket, "Heartbeat", {}))[0] == 3
        with pytest.raises(aiohttp.WSServerHandshakeError, match="401"):
            async with dialled(monitor, "CP2", old_client(files), key, 2):
                pass
        assert monitor.attempts.of_identity("CP2")[0].outcome is Outcome.WRONG_NETWORK


def test_a_listener_for_old_stations_says_from_where(files: Files) -> None:
    with pytest.raises(ValueError, match="legacy without allowed_networks"):
        FieldSettings(tls=[TlsSettings(**files.section(legacy=True))])


async def test_a_tls_handshake_that_is_not_completed_is_cut(tmp_path: Path, files: Files) -> None:
    async with served(tmp_path, files.section()) as monitor:
        monitor.listener._field.handshake_s = 0.3
        port = await monitor.listener.start("127.0.0.1", 0, monitor.certificates.contexts[0])
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        async with asyncio.timeout(5):
            assert await reader.read() == b""
        writer.close()
