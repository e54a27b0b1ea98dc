"""Debian's Chromium, for every test that drives a page."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from playwright.async_api import async_playwright

from tests.browser import support

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from playwright.async_api import Browser


@pytest.fixture
async def chromium(monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Browser]:
    """Return Debian's Chromium, installed or unpacked."""
    for name, value in support.surroundings().items():
        monkeypatch.setenv(name, value)
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=str(support.chromium()), args=["--no-sandbox"])
        yield browser
        await browser.close()
