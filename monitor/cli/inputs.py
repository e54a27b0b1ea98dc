"""What all commands share: how one is refused, and where its input comes from."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterable

    from monitor.registry.imports import Clash

SHOWN_BAD: Final = 20
"""Bad rows named before the rest is only counted."""


class CommandError(Exception):
    """A command was refused; the message is what the user reads: what is wrong, with what value, and how to mend it."""


class UsageError(CommandError):
    """The command was called wrongly, which only shows once its input is read."""


def read_input(path: str) -> bytes:
    """Return the bytes of the file `path`, or of standard input for ``-``.

    Raises:
        CommandError: when it cannot be read.
    """
    try:
        return sys.stdin.buffer.read() if path == "-" else Path(path).read_bytes()
    except OSError as error:
        message = f"{path}: {error.strerror}"
        raise CommandError(message) from None


def named(bad: Iterable[Clash], unit: str = "line") -> list[str]:
    """Return a line a bad row, `unit` being what their numbers count; after `SHOWN_BAD` the rest is counted."""
    listed = list(bad)
    lines = [f"  {unit} {clash.line}: {clash.why}" for clash in listed[:SHOWN_BAD]]
    return [*lines, f"  and {len(listed) - SHOWN_BAD} more"] if len(listed) > SHOWN_BAD else lines
