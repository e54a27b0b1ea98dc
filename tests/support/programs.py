"""The program as processes of its own, with a folder, a configuration and a database."""

from __future__ import annotations

import asyncio
import contextlib
import os
import re
import signal
import socket
import sys
from itertools import count
from pathlib import Path
from typing import TYPE_CHECKING, Any

import aiohttp

from tests.support.zygote import Forked, Zygote

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

ZYGOTE = Zygote()
PROGRAM = str(Path(sys.executable).with_name("bornewatch"))


_WORKERS = 16
_PORTS = count(int(os.environ.get("PYTEST_XDIST_WORKER", "gw0").removeprefix("gw")) % _WORKERS, _WORKERS)
_FIRST, _SPAN = 12_000, 20_000
"""Below the ports that Linux gives to connections that go out (32,768), one of which could take a port before its server does."""


def free_port() -> int:
    """Return a loopback port that nobody listens on right now, and that no other worker of the tests is given."""
    for number in _PORTS:
        port = _FIRST + number % _SPAN
        with socket.socket() as probe, contextlib.suppress(OSError):
            probe.bind(("127.0.0.1", port))
            return port
    raise AssertionError


class Installation:
    """A folder with a configuration and a database; its commands and its service are real processes."""

    def __init__(self, folder: Path) -> None:
        """Write a configuration with quick thresholds into `folder`."""
        self.folder = folder
        self.field, self.console, self.public, self.ops = free_port(), free_port(), free_port(), free_port()
        self.config = folder / "bornewatch.toml"
        self.config.write_text(
            f"""
[storage]
url = "sqlite:///{folder}/house.db"
[field]
listen = "127.0.0.1:{self.field}"
heartbeat_s = 1
ping_s = 0
[console]
listen = "127.0.0.1:{self.console}"
base_url = "http://127.0.0.1:{self.console}"
[public]
listen = "127.0.0.1:{self.public}"
base_url = "http://127.0.0.1:{self.public}"
[ops]
listen = "127.0.0.1:{self.ops}"
"""
            + "".join(
                f"[health.{bearer}]\ngrace_s = 3\noverdue_s = 0.5\noverdue_ratio = 0.2\nreconnect_s = 2\nsettle_s = 5\n"
                for bearer in ("gprs", "lan", "wifi")
            )
        )
        self.process: Forked | None = None

    async def run(self, *arguments: str, given: str = "", **environment: str) -> tuple[int, str, str]:
        """Run one command; return its exit code, standard output and standard error."""
        code, out, err = await ZYGOTE.run(arguments, self.folder, {**os.environ, **environment}, given.encode())
        return code, out.decode(), err.decode()

    async def must(self, *arguments: str, given: str = "") -> str:
        """Run one command that has to succeed; return what it printed."""
        code, out, err = await self.run(*arguments, given=given)
        assert code == 0, f"{arguments}: {err or out}"
        return out

    async def start(self) -> None:
        """Start the service and wait until it is ready."""
        log = (self.folder / "service.log").open("ab")
        with log, open(os.devnull, "rb") as nothing:  # noqa: ASYNC230, PTH123  (nothing to wait for)
            streams = (nothing.fileno(), log.fileno(), log.fileno())
            self.process = await ZYGOTE.start(["serve"], self.folder, os.environ, streams)
        async with asyncio.timeout(30), aiohttp.ClientSession() as http:
            while True:
                assert self.process.returncode is None, (self.folder / "service.log").read_text()
                with contextlib.suppress(aiohttp.ClientError):
                    async with http.get(f"http://127.0.0.1:{self.ops}/-/ready") as answer:
                        if answer.status == 200:
                            return
                await asyncio.sleep(0.05)

    async def stop(self, how: signal.Signals = signal.SIGTERM) -> int:
        """End the service and return its exit code."""
        assert self.process is not None
        if self.process.returncode is None:
            self.process.send_signal(how)
        return await asyncio.wait_for(self.process.wait(), 20)

    async def metrics(self) -> str:
        """Return what Prometheus would read."""
        async with aiohttp.ClientSession() as http, http.get(f"http://127.0.0.1:{self.ops}/metrics") as answer:
            assert answer.status == 200
            return await answer.text()

    async def api(self, path: str, token: str) -> Any:
        """Ask the JSON API."""
        headers = {"Authorization": f"Bearer {token}"}
        url = f"http://127.0.0.1:{self.console}/api/v1{path}"
        async with aiohttp.ClientSession() as http, http.get(url, headers=headers) as answer:
            assert answer.status == 200, await answer.text()
            return await answer.json()

    async def log_in(self, name: str, password: str) -> aiohttp.ClientSession:
        """Return a browser-like session of somebody who has logged in."""
        http = aiohttp.ClientSession(base_url=f"http://127.0.0.1:{self.console}", cookie_jar=aiohttp.CookieJar(unsafe=True))
        async with http.get("/login") as page:
            fields = dict(re.findall(r'name="(\w+)"[^>]*value="([^"]*)"', await page.text()))
        origin = {"Origin": f"http://127.0.0.1:{self.console}"}
        async with http.post("/login", data={**fields, "name": name, "password": password}, headers=origin) as answer:
            assert answer.status == 200, await answer.text()
        return http


@contextlib.asynccontextmanager
async def installation(folder: Path) -> AsyncIterator[Installation]:
    """Make an installation in `folder`; whatever runs at the end is killed."""
    house = Installation(folder)
    try:
        yield house
    finally:
        if house.process is not None and house.process.returncode is None:
            house.process.kill()
            await house.process.wait()


async def until_true(condition: Any, seconds: float = 15.0) -> Any:
    """Ask the coroutine function `condition` until what it returns is true; return that."""
    async with asyncio.timeout(seconds):
        while not (found := await condition()):
            await asyncio.sleep(0.1)
        return found
