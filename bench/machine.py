"""What the figures were measured on: without it they say nothing."""

from __future__ import annotations

import os
import platform
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Final

_PACKAGES: Final = ("bornewatch", "aiohttp", "uvloop", "msgspec", "ocpp", "websockets", "prometheus-client", "sqlalchemy")


def describe() -> str:
    """Return CPU, cores, memory, system and versions as a Markdown list."""
    lines = [
        f"- CPU: {_cpu()}, {os.cpu_count()} cores, {_memory_gib():.0f} GiB, load {os.getloadavg()[0]:.2f} before the start",
        f"- System: {platform.system()} {platform.release()}, Python {platform.python_version()}",
        f"- Packages: {', '.join(f'{name} {_version(name)}' for name in _PACKAGES)}",
        "- Server on core 0, load generator on core 1. Loopback, TLS in case 8 only. Read differences under 30 % as ties.",
    ]
    return "\n".join(lines)


def _cpu() -> str:
    lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
    return next((line.partition(":")[2].strip() for line in lines if line.startswith("model name")), platform.machine())


def _memory_gib() -> float:
    return os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE") / 2**30


def _version(package: str) -> str:
    try:
        return version(package)
    except PackageNotFoundError:
        return "not installed"
