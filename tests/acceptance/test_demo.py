"""The demo: what `make run` starts, from its greeting to the first breach."""

from __future__ import annotations

import asyncio
import os
import re
import signal
from typing import TYPE_CHECKING

import aiohttp

from tests.support.programs import PROGRAM

if TYPE_CHECKING:
    from pathlib import Path


async def test_stations_come_online_and_the_first_one_fails_within_30_seconds(tmp_path: Path) -> None:
    process = await asyncio.create_subprocess_exec(
        PROGRAM, "demo", "--stations", "60", cwd=tmp_path, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE
    )
    assert process.stdout is not None
    try:
        async with asyncio.timeout(30):
            greeting = ""
            while "Ctrl-C" not in greeting:
                line = await process.stdout.readline()
                assert line, "the demo ended before it greeted"
                greeting += line.decode()
        found = re.search(r"console +(\S+) +login: (\S+) +password: (\S+)", greeting)
        assert found is not None, greeting
        url, name, password = found.groups()
        async with asyncio.timeout(30):
            await sees_a_breach(url, name, password)
    finally:
        process.send_signal(signal.SIGINT)
        out, err = await asyncio.wait_for(process.communicate(), 20)
    assert process.returncode == 0
    assert "demo ended" in out.decode()
    assert err.decode() == "", "it is quiet on success"
    assert os.listdir(tmp_path) == [], "it leaves nothing behind"  # noqa: PTH208  (no blocking path method in a coroutine)


async def sees_a_breach(url: str, name: str, password: str) -> None:
    """Log in as the greeting says and wait until stations are online and a breach is listed."""
    async with aiohttp.ClientSession(base_url=url, cookie_jar=aiohttp.CookieJar(unsafe=True)) as http:
        async with http.get("/login") as page:
            fields = dict(re.findall(r'name="(\w+)"[^>]*value="([^"]*)"', await page.text()))
        async with http.post("/login", data={**fields, "name": name, "password": password}, headers={"Origin": url}) as answer:
            assert answer.status == 200
            assert "seconds" in await answer.text() or "demo" in (await answer.text()).lower(), "the page says that it is a demo"
        while True:
            async with http.get("/api/v1/breaches") as answer:
                breaches = await answer.json()
            async with http.get("/stations?state=online") as answer:
                online = len(set(re.findall(r"/stations/(CP\d+)", await answer.text())))
            if breaches and online > 30:
                return
            await asyncio.sleep(0.2)
