"""Debian's Chromium, for every test that drives a page."""

from __future__ import annotations

from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

import pytest
import pytest_asyncio
from playwright.async_api import async_playwright

from tests.browser import support

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from playwright.async_api import Browser


@asynccontextmanager
async def _running() -> AsyncIterator[Browser]:
    with pytest.MonkeyPatch.context() as surroundings:
        for name, value in support.surroundings().items():
            surroundings.setenv(name, value)
        async with async_playwright() as playwright:
            browser = await playwright.chromium.launch(executable_path=str(support.chromium()), args=["--no-sandbox"])
            yield browser
            await browser.close()


@pytest.fixture
async def chromium() -> AsyncIterator[Browser]:
    """Return Debian's Chromium, installed or unpacked."""
    async with _running() as browser:
        yield browser


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def lasting_chromium() -> AsyncIterator[Browser]:
    """Return one for all tests of a module."""
    async with _running() as browser:
        yield browser
