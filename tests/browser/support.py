"""Where Chromium is: installed in the system, or unpacked beside `.venv` by `tools/debian.sh`."""

from __future__ import annotations

import os
import subprocess
import sys
from functools import cache
from pathlib import Path
from typing import Final

_UNPACKED: Final = Path(__file__).parents[2] / ".setup" / "debian"
_PLACES: Final = (Path("/usr/bin/chromium"), _UNPACKED / "usr/lib/chromium/chromium")


def chromium() -> Path:
    """Return the Chromium to start; there need not be one."""
    return next((place for place in _PLACES if place.exists()), _PLACES[0])


@cache
def surroundings() -> dict[str, str]:
    """Return the variables under which programs find the unpacked libraries and fonts; none where nothing is unpacked."""
    libraries = {str(one.parent) for part in ("lib", "usr/lib") for one in (_UNPACKED / part).rglob("lib*.so*")}
    if not libraries:
        return {}
    found = {"LD_LIBRARY_PATH": ":".join(sorted(libraries)), "XDG_DATA_HOME": str(_UNPACKED / "usr/share")}
    if (_UNPACKED / "etc/fonts/fonts.conf").exists():
        found["FONTCONFIG_PATH"] = str(_UNPACKED / "etc/fonts")
    return found


def chromium_starts() -> bool:
    """Say whether Chromium and Playwright's driver, which wants a library of Debian's too, can be started."""
    commands = ([str(chromium()), "--version"], [sys.executable, "-m", "playwright", "--version"])
    try:
        return all(
            subprocess.run(command, env=os.environ | surroundings(), capture_output=True, check=False).returncode == 0
            for command in commands
        )
    except OSError:
        return False
