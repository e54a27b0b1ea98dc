"""Calls and the trail from the command line, against the real program, and what its metrics say of calls."""

from __future__ import annotations

from typing import TYPE_CHECKING

import aiohttp

from tests.acceptance.test_command_line import refused
from tests.support.programs import installation
from tests.support.sites import running_site

if TYPE_CHECKING:
    from pathlib import Path

SHEET = "sticker,bearer\nCP2500,gprs\n"


async def test_a_call_that_begins_on_the_command_line_is_at_the_agents_hand(tmp_path: Path) -> None:
    async with running_site(tmp_path, SHEET) as site:
        started = await site.house.must(
            "call", "start", "cp 2500-1", "--agent", "anna", "--number", "621 123 456", "--language", "lb"
        )
        assert started == "call 1 of anna has begun\n"
        assert (await site.house.must("call", "list")).split()[2:] == ["CP2500", "anna", "running"]
        session = await site.log_in()
        async with session, session.get("/") as page:
            assert "CP2500" in await page.text()
        async with aiohttp.ClientSession(headers={"Authorization": f"Bearer {site.token}"}) as http:
            base = f"http://127.0.0.1:{site.house.console}/api/v1"
            async with http.post(f"{base}/calls", json={"station": "CP2500"}) as answer:
                number = (await answer.json())["call"]
            async with http.post(f"{base}/calls/{number}/wrap-up", json={"outcome": "advised"}) as answer:
                assert answer.status == 200
            async with http.post(f"{base}/tickets", json={"station": "CP2500", "subject": "Cable held"}) as answer:
                assert answer.status == 201
        shown = await site.house.metrics()
        assert 'bornewatch_calls_total{outcome="advised"} 1.0' in shown
        assert 'bornewatch_calls_total{outcome="missed"} 0.0' in shown
        head = await site.house.must("trail", "head")
        number, seal = head.split()[:2]
        assert number == "1"
        assert "1 entries, unbroken" in await site.house.must("trail", "verify", "--head", seal)
        assert "another" not in await refused(site.house, 1, "trail", "verify", "--head", "f" * 64)


async def test_a_call_that_cannot_begin_says_why(tmp_path: Path) -> None:
    async with installation(tmp_path) as house:
        assert "no user 'anna'" in await refused(house, 1, "call", "start", "--agent", "anna")
        await house.must("user", "add", "anna", "--role", "agent", "--password-file", "-", given="a long password")
        assert "no station with the sticker 'CP1'" in await refused(house, 1, "call", "start", "CP1", "--agent", "anna")
        assert "language" in await refused(house, 2, "call", "start", "--agent", "anna", "--language", "xx")
        assert await house.must("call", "list") == ""
        assert (await house.must("trail", "head")).split() == ["0", "0" * 64]
        assert "0 entries" in await house.must("trail", "verify")
