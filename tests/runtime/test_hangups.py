"""Whose line is gone is let go, and nothing else is hidden with it. Over real sockets: `tests/acceptance/test_hang_ups.py`."""

from __future__ import annotations

from typing import TYPE_CHECKING
from unittest.mock import Mock

import pytest
from aiohttp.test_utils import make_mocked_request

from monitor.runtime.hangups import is_gone, let_go

if TYPE_CHECKING:
    from aiohttp import web


def asked(*, closing: bool) -> web.Request:
    transport = Mock()
    transport.is_closing.return_value = closing
    return make_mocked_request("GET", "/stations", transport=transport)


@pytest.mark.parametrize("error", [ConnectionResetError("gone"), TimeoutError("did not read"), OSError(113, "No route to host")])
async def test_what_fails_with_the_line_is_let_go_and_logged_for_those_who_look_closely(
    error: OSError, caplog: pytest.LogCaptureFixture
) -> None:
    async def handler(_request: web.Request) -> web.StreamResponse:
        raise error

    caplog.set_level("DEBUG")
    assert is_gone(asked(closing=True))
    assert (await let_go(asked(closing=True), handler)).status == 400
    (line,) = caplog.records
    assert (line.levelname, line.exc_info) == ("DEBUG", None)
    assert line.getMessage() == f"GET /stations: gone before the end: {error}"


async def test_what_fails_while_somebody_waits_fails() -> None:
    async def handler(_request: web.Request) -> web.StreamResponse:
        raise ConnectionResetError

    assert not is_gone(asked(closing=False))
    with pytest.raises(ConnectionResetError):
        await let_go(asked(closing=False), handler)


@pytest.mark.parametrize(
    "error", [KeyError("gap"), OSError(28, "No space left on device"), PermissionError(13, "Permission denied")]
)
async def test_a_trouble_of_ours_is_one_whoever_is_there(error: Exception) -> None:
    async def handler(_request: web.Request) -> web.StreamResponse:
        raise error

    with pytest.raises(type(error)):
        await let_go(asked(closing=True), handler)
