"""Peers of npm that tests talk to (tests/peers), each a script that node runs in a process of its own; tools/npm.sh brings them."""

from __future__ import annotations

import asyncio
import contextlib
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

ROOT = Path(__file__).parents[2]
PEERS = ROOT / ".setup" / "peers"
needs_npm = pytest.mark.skipif(not (PEERS / "stamp").exists(), reason="needs npm's peers: tools/npm.sh brings them")


@contextlib.asynccontextmanager
async def running_peer(script: str, *arguments: object) -> AsyncIterator[asyncio.subprocess.Process]:
    """Run `script` of tests/peers, which is told where the packages are and `arguments`; end it if it has not ended by then."""
    process = await asyncio.create_subprocess_exec(
        *(str(PEERS / "node"), str(ROOT / "tests" / "peers" / script), str(PEERS), *map(str, arguments)),
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
    )
    try:
        yield process
    finally:
        if process.returncode is None:
            process.kill()
        await process.wait()
