"""Which release of the program this is."""

from __future__ import annotations

from importlib.metadata import PackageNotFoundError, version


def program_version() -> str:
    """Return the version of the installed distribution."""
    try:
        return version("bornewatch")
    except PackageNotFoundError:
        return "unknown"
