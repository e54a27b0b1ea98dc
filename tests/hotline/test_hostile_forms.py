"""What is no form of ours is a bad request, whatever its reader trips over; never a failure of the console."""

from __future__ import annotations

from typing import TYPE_CHECKING

import aiohttp
import pytest

if TYPE_CHECKING:
    from .support import Browser

FORM = "application/x-www-form-urlencoded"
PART = b'--x\r\nContent-Disposition: form-data; name="name"\r\n'


@pytest.mark.parametrize(
    ("kind", "body"),
    [
        (FORM, b"\xff\xfe=\xff"),
        (f"{FORM}; charset=nonsense", b"name=a"),
        ("multipart/form-data", b"x"),
        (f"multipart/form-data; boundary={'b' * 100}", b"x"),
        ("multipart/form-data; boundary=x", b"--x\r\nbroken\r\n\r\n--x--"),
        ("multipart/form-data; boundary=x", PART + b"Content-Transfer-Encoding: dance\r\n\r\na\r\n--x--"),
        ("multipart/form-data; boundary=x", PART + b"Content-Type: text/plain; charset=dance\r\n\r\na\r\n--x--"),
        ("application/json", b'{"name":"a"}'),
    ],
)
@pytest.mark.parametrize("path", ["/login", "/preferences"])
async def test_a_body_that_is_no_form_is_a_bad_request(browser: Browser, path: str, kind: str, body: bytes) -> None:
    async with (
        aiohttp.ClientSession() as http,
        http.post(f"{browser.base}{path}", data=body, headers={"Content-Type": kind, "Sec-Fetch-Site": "same-origin"}) as answer,
    ):
        assert answer.status in (400, 403)


@pytest.mark.parametrize("origin", ["http://[", "://", "http://[::1", "null", "\u00e9"])
async def test_an_origin_that_is_none_is_refused(browser: Browser, origin: str) -> None:
    assert (await browser.post("/logout", {}, {"Origin": origin})).status == 403
