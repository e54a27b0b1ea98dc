"""What is written to the log, and what is kept out of it."""

from __future__ import annotations

import json
import logging
from typing import TYPE_CHECKING

import pytest
import structlog
from aiohttp.http_exceptions import BadHttpMessage

from monitor.logs import set_up_logging

if TYPE_CHECKING:
    from collections.abc import Iterator


@pytest.fixture
def quiet_again() -> Iterator[None]:
    """Leave logging as it was found."""
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    yield
    root.handlers[:] = handlers
    root.setLevel(level)
    structlog.reset_defaults()
    logging.getLogger("aiohttp.server").filters.clear()


@pytest.mark.usefixtures("quiet_again")
def test_a_line_is_logfmt_or_json(capsys: pytest.CaptureFixture[str]) -> None:
    set_up_logging("info", "json")
    structlog.get_logger("field").info("refused", identity='a"b\nc')
    said = json.loads(capsys.readouterr().err)
    assert (said["event"], said["identity"], said["level"], said["logger"]) == ("refused", 'a"b\nc', "info", "field")
    set_up_logging("info", "logfmt")
    structlog.get_logger("field").info("refused", identity="CP1")
    logging.getLogger("somebody").warning("else")
    lines = capsys.readouterr().err.splitlines()
    assert "event=refused identity=CP1" in lines[0]
    assert "event=else" in lines[1]
    structlog.get_logger("field").debug("not told")
    assert capsys.readouterr().err == ""


@pytest.mark.usefixtures("quiet_again")
def test_what_is_no_http_is_not_told_for_it_may_hold_credentials(capsys: pytest.CaptureFixture[str]) -> None:
    set_up_logging("info", "logfmt")
    server = logging.getLogger("aiohttp.server")
    try:
        raise BadHttpMessage("Authorization: Basic c2VjcmV0")
    except BadHttpMessage:
        server.exception("Error handling request")
    try:
        raise RuntimeError("ours")
    except RuntimeError:
        server.exception("Error handling request")
    told = capsys.readouterr().err
    assert "c2VjcmV0" not in told
    assert "RuntimeError" in told
