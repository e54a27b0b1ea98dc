"""Debian's `radclient`: a RADIUS client that we did not write, with FreeRADIUS's own dictionaries."""

from __future__ import annotations

import asyncio
import os
import shutil
from pathlib import Path
from typing import Final

ROOM: Final = Path(__file__).parents[2] / ".setup" / "debian"
"""Where packages are unpacked for a user who cannot install any."""


def program() -> Path | None:
    """Return where it is, ``None`` where it is not."""
    unpacked = ROOM / "usr" / "bin" / "radclient"
    found = shutil.which("radclient")
    return Path(found) if found else unpacked if unpacked.exists() else None


async def account(port: int, secret: str, records: list[dict[str, str]], *options: str) -> tuple[int, str]:
    """Send `records` one after the other; return exit code and what it printed."""
    found = program()
    assert found is not None
    text = "\n\n".join("\n".join(f"{name} = {value}" for name, value in record.items()) for record in records)
    environment, extra = dict(os.environ), []
    if found.is_relative_to(ROOM):
        libraries = sorted({str(path.parent) for path in ROOM.glob("usr/lib/**/lib*.so*")})
        environment["LD_LIBRARY_PATH"] = ":".join(libraries)
        extra = ["-D", str(ROOM / "usr" / "share" / "freeradius")]
    process = await asyncio.create_subprocess_exec(
        *(str(found), *extra, *options, "-x", f"127.0.0.1:{port}", "acct", secret),
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
        env=environment,
    )
    out, _ = await process.communicate(text.encode() + b"\n")
    return process.returncode or 0, out.decode()
