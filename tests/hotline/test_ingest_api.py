"""Mirrored lines over the API: by an operator or a program of his, plain or compressed, of bounded size."""

from __future__ import annotations

import gzip
from typing import TYPE_CHECKING

from hotline.cli import create_token
from hotline.core.roles import Role
from hotline.web.bodies import LARGEST

if TYPE_CHECKING:
    from .support import House


async def test_lines_are_posted_by_a_program(house: House) -> None:
    await house.open()
    token = await create_token(house.database, house.clock, "mirror", "operator")
    browser = house.browser()
    headers = {"Authorization": f"Bearer {token}", "Connection": "close"}
    url = f"{browser.base}/api/v1/ingest"
    async with browser.session.post(url, data=b"{}\n{}\n", headers=headers) as answer:
        assert answer.status == 200
        assert await answer.json() == {"taken": 2, "repeated": 0, "bad": [{"line": 7, "why": "because"}]}
    async with browser.session.post(url, data=gzip.compress(b"{}"), headers=headers | {"Content-Encoding": "gzip"}) as answer:
        assert answer.status == 200
    assert house.ingest.bodies == [b"{}\n{}\n", b"{}"]
    async with browser.session.post(url, data=b"not gzip", headers=headers | {"Content-Encoding": "gzip"}) as answer:
        assert answer.status == 400
    bomb = gzip.compress(b" " * (LARGEST + 1))
    async with browser.session.post(url, data=bomb, headers=headers | {"Content-Encoding": "gzip"}) as answer:
        assert answer.status == 413
    house.ingest.away = True
    async with browser.session.post(url, data=b"{}", headers=headers) as answer:
        assert (answer.status, answer.headers["Retry-After"]) == (503, "2")


async def test_an_agent_posts_nothing(house: House) -> None:
    browser = await house.visitor(Role.SENIOR)
    answer = await browser.session.post(f"{browser.base}/api/v1/ingest", data=b"{}", headers={"Sec-Fetch-Site": "same-origin"})
    assert answer.status == 403
    assert house.ingest.bodies == []
