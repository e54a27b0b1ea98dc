"""The command ``replay``: a record of observations through the model, on the record's own clock."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import IO, TYPE_CHECKING

from monitor.cli.inputs import CommandError
from monitor.runtime.replay import BadLineError, Line, PolicyOf, Replay, read_line

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from datetime import datetime


def replay(path: str, policy_of: PolicyOf, *, skip_bad: bool) -> None:
    """Replay the record `path` to standard output, and say on standard error what is wrong with it.

    Raises:
        CommandError: when the file cannot be read.
        SystemExit: with 1 when a line is bad, unless `skip_bad`.
    """
    wrong = replay_file(path, sys.stdout.buffer, policy_of, skip_bad=skip_bad)
    sys.stdout.flush()
    for line in wrong:
        print(f"bornewatch: {path}: {line}", file=sys.stderr)  # noqa: T201
    if wrong and not skip_bad:
        raise SystemExit(1)


def replay_file(path: str, out: IO[bytes], policy_of: PolicyOf, *, skip_bad: bool) -> list[str]:
    """Replay the record `path` (``-``: standard input) to `out`.

    Returns:
        What is wrong with it, a line each; without `skip_bad` the first bad line ends the replay.

    Raises:
        CommandError: when the file cannot be read.
    """
    try:
        with sys.stdin.buffer if path == "-" else Path(path).open("rb") as source:
            return _replay(source, out, policy_of, skip_bad=skip_bad)
    except BrokenPipeError:
        raise
    except OSError as error:
        message = f"{path}: {error.strerror}"
        raise CommandError(message) from None


def _replay(source: Iterable[bytes], out: IO[bytes], policy_of: PolicyOf, *, skip_bad: bool) -> list[str]:
    wrong: list[str] = []
    network = Replay(policy_of)
    for line in _lines(source, wrong):
        if wrong and not skip_bad:
            break
        for said in network.feed(line):
            out.write(said + b"\n")
    return wrong


def _lines(source: Iterable[bytes], wrong: list[str]) -> Iterator[Line]:
    last: datetime | None = None
    for number, text in enumerate(source, 1):
        if not text.strip():
            continue
        try:
            line = read_line(text)
        except BadLineError as error:
            wrong.append(f"line {number}: {error}")
            continue
        if last is not None and line.at < last:
            wrong.append(f"line {number}: at {line.at.isoformat()} is before the line above; sort the record by time")
            continue
        last = line.at
        yield line
