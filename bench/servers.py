"""The two servers that are measured: ours as its command line starts it, and the peer. Each is a process pinned to one core."""

from __future__ import annotations

import contextlib
import csv
import os
import resource
import socket
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final

from bench.load import CLIENT_CORE, SERVER_CORE, BenchError, pin

if TYPE_CHECKING:
    from collections.abc import Iterator

ROOT: Final = Path(__file__).resolve().parent.parent
IDENTITY: Final = "B%05d"
USER: Final = "bench"
PASSWORD: Final = "a pass phrase for one bench only"  # noqa: S105  it opens a server that lives for one measurement
_PATIENCE_S: Final = 60.0
_MANY_ROWS_S: Final = 120.0
_TICKS: Final = os.sysconf("SC_CLK_TCK")


@dataclass(frozen=True, slots=True, kw_only=True)
class Server:
    """A running server; `console` and `ops` are 0 for the peer."""

    name: str
    pid: int
    port: int
    console: int = 0
    ops: int = 0

    def rss_kb(self) -> int:
        """Return its resident memory (VmRSS)."""
        for line in Path(f"/proc/{self.pid}/status").read_text(encoding="ascii").splitlines():
            if line.startswith("VmRSS:"):
                return int(line.split()[1])
        message = f"{self.name} is gone"
        raise BenchError(message)

    def cpu_s(self) -> float:
        """Return user and system time of the whole process so far."""
        fields = Path(f"/proc/{self.pid}/stat").read_text(encoding="ascii").rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / _TICKS


def raise_limit() -> None:
    """Allow this process and its children as many open files as the machine lets them have."""
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))


def free_port() -> int:
    """Return a port that nobody listens on just now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@contextlib.contextmanager
def peer(level: str = "WARNING") -> Iterator[Server]:
    """Run the peer; its log goes to /dev/null as in the measurement that it repeats."""
    port = free_port()
    with _started([sys.executable, "-m", "bench.peer_ocpp", str(port), level], port, "peer") as pid:
        yield Server(name="peer", pid=pid, port=port)


@contextlib.contextmanager
def peer_tls(certificate: Path, key: Path) -> Iterator[Server]:
    """Run the least that a TLS listener of asyncio can be."""
    port = free_port()
    with _started([sys.executable, "-m", "bench.peer_tls", str(port), str(certificate), str(key)], port, "peer") as pid:
        yield Server(name="asyncio", pid=pid, port=port)


@contextlib.contextmanager
def peer_soap() -> Iterator[Server]:
    """Run the least SOAP service that aiohttp can be."""
    port = free_port()
    with _started([sys.executable, "-m", "bench.peer_soap", str(port)], port, "peer") as pid:
        yield Server(name="bare aiohttp", pid=pid, port=port)


@contextlib.contextmanager
def platform() -> Iterator[Server]:
    """Run the least platform, on the load generator's core: it is not what is measured."""
    port = free_port()
    with _started([sys.executable, "-m", "bench.peer_platform", str(port)], port, "peer", CLIENT_CORE) as pid:
        yield Server(name="platform", pid=pid, port=port)


@contextlib.contextmanager
def provider() -> Iterator[Server]:
    """Run the least provider of short messages, on the load generator's core: it is not what is measured."""
    port = free_port()
    with _started([sys.executable, "-m", "bench.peer_provider", str(port)], port, "peer", CLIENT_CORE) as pid:
        yield Server(name="provider", pid=pid, port=port)


@contextlib.contextmanager
def relay(upstream: str) -> Iterator[Server]:
    """Run the least relay of WebSockets that aiohttp can be, before `upstream`."""
    port = free_port()
    with _started([sys.executable, "-m", "bench.peer_relay", str(port), upstream], port, "peer") as pid:
        yield Server(name="bare aiohttp relay", pid=pid, port=port)


@contextlib.contextmanager
def ours(stations: int, more: str = "", *, tap: bool = False) -> Iterator[Server]:
    """Run ours with so many registered stations, empty otherwise: SQLite, one process, every role.

    `more` is configuration; `tap` marks the stations as answered by their platform.
    """
    with tempfile.TemporaryDirectory() as folder:
        home = Path(folder)
        field, console, public, ops = (free_port() for _ in range(4))
        config = home / "bornewatch.toml"
        config.write_text(_configuration(home, field, console, public, ops) + more, encoding="utf-8")
        _write_stations(home / "stations.csv", stations, tap=tap)
        _bornewatch(config, "station", "import", str(home / "stations.csv"))
        _bornewatch(config, "user", "add", USER, "--role", "agent", "--password-file", "-", given=PASSWORD)
        command = [str(_program()), "--config.file", str(config), "--log.level", "warning", "serve"]
        with _started(command, field, "ours") as pid:
            _await_health(ops)
            yield Server(name="ours", pid=pid, port=field, console=console, ops=ops)


def _configuration(home: Path, field: int, console: int, public: int, ops: int) -> str:
    return f"""[storage]
url = "sqlite:///{home}/bench.db"
[field]
listen = "127.0.0.1:{field}"
[console]
listen = "127.0.0.1:{console}"
base_url = "http://127.0.0.1:{console}"
[public]
listen = "127.0.0.1:{public}"
[ops]
listen = "127.0.0.1:{ops}"
"""


def _write_stations(path: Path, count: int, *, tap: bool) -> None:
    columns = (
        "sticker",
        "identity",
        "bearer",
        "site",
        "region",
        "address",
        "owner",
        "vendor",
        "model",
        "connectors",
        "tap",
        "sim_msisdn",
    )
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(columns)
        for number in range(count):
            place = number // 4
            writer.writerow(
                [
                    f"CP{10000 + number}",
                    IDENTITY % number,
                    ("gprs", "gprs", "lan", "wifi")[number % 4],
                    f"Site {place}",
                    "Luxembourg",
                    f"{place % 90 + 1}, rue de la Gare, Commune {place % 100}",
                    f"Commune {place % 100}",
                    "Bench",
                    "Load",
                    1,
                    str(tap).lower(),
                    f"+352621{number:06}",
                ]
            )


def sticker(number: int) -> str:
    """Return the sticker of the station that the load generator calls by that number."""
    return f"CP{10000 + number}"


def _program() -> Path:
    return Path(sys.executable).with_name("bornewatch")


def _bornewatch(config: Path, *words: str, given: str | None = None) -> None:
    done = subprocess.run(
        [_program(), "--config.file", config, *words],
        input=given,
        capture_output=True,
        text=True,
        check=False,
        timeout=_MANY_ROWS_S,
    )
    if done.returncode:
        message = f"bornewatch {' '.join(words[:2])} failed: {done.stderr.strip() or done.stdout.strip()}"
        raise BenchError(message)


@contextlib.contextmanager
def _started(command: list[str], port: int, name: str, core: int = SERVER_CORE) -> Iterator[int]:
    errors = tempfile.TemporaryFile()  # noqa: SIM115  it is read after the process has ended
    # The peer's log would fill the file: it is documented to go to standard error, and measured with /dev/null there.
    process = subprocess.Popen(
        command, cwd=ROOT, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL if name == "peer" else errors
    )
    pin(process.pid, core)
    try:
        _await_port(port, process, name)
        yield process.pid
    except BenchError as error:
        errors.seek(0)
        error.add_note(errors.read()[-2000:].decode(errors="replace"))
        raise
    finally:
        process.terminate()
        try:
            process.wait(10)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
        errors.close()


def _await_port(port: int, process: subprocess.Popen[bytes], name: str) -> None:
    until = time.monotonic() + _PATIENCE_S
    while time.monotonic() < until:
        if process.poll() is not None:
            break
        with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), 1):
            return
        time.sleep(0.05)
    message = f"{name} did not start to listen"
    raise BenchError(message)


def _await_health(port: int) -> None:
    until = time.monotonic() + _PATIENCE_S
    while time.monotonic() < until:
        with contextlib.suppress(OSError), urllib.request.urlopen(f"http://127.0.0.1:{port}/-/healthy", timeout=5):
            return
        time.sleep(0.05)
    message = "ours did not become healthy"
    raise BenchError(message)
