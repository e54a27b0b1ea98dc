"""The load generator as a process: compiled when needed, pinned to the client's core, spoken to over pipes."""

from __future__ import annotations

import contextlib
import json
import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from shutil import which
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from collections.abc import Iterator

SERVER_CORE: Final = 0
CLIENT_CORE: Final = 1
OUT: Final = Path(__file__).parent / "out"
_SOURCE: Final = Path(__file__).with_name("load.c")


class BenchError(Exception):
    """A measurement that cannot be had; the message says why."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Ready:
    """All stations have dialled: so many are up, so many were not taken, and how long it took."""

    connected: int
    failed: int
    seconds: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Done:
    """What was measured; CPU and latency in seconds. `server_cpu_s` is 0 when no process was named."""

    messages: int
    seconds: float
    server_cpu_s: float
    client_cpu_s: float
    p50_s: float
    p99_s: float
    max_s: float
    errors: int
    connected: int


def compiled() -> Path:
    """Return the load generator, compiled with ``cc -O2`` when its source is newer.

    Raises:
        BenchError: when there is no C compiler or it fails.
    """
    OUT.mkdir(exist_ok=True)
    program = OUT / "load"
    if program.exists() and program.stat().st_mtime > _SOURCE.stat().st_mtime:
        return program
    compiler = which("cc")
    if compiler is None:
        message = "no C compiler: install gcc, the load generator is bench/load.c"
        raise BenchError(message)
    done = subprocess.run([compiler, "-O2", "-o", program, _SOURCE], capture_output=True, text=True, check=False)
    if done.returncode:
        message = f"bench/load.c does not compile: {done.stderr}"
        raise BenchError(message)
    return program


def pin(pid: int, core: int) -> None:
    """Keep a process (and the threads that it starts from now on) on one core, where the machine has that many."""
    if core < (os.cpu_count() or 1):
        os.sched_setaffinity(pid, {core})


class Load:
    """A running load generator. `ready` and `done` wait for its two reports, in this order."""

    def __init__(self, process: subprocess.Popen[str]) -> None:
        """Take a started process."""
        self._process = process

    def ready(self) -> Ready:
        """Wait until every station is up or was not taken."""
        said = self._line("ready")
        return Ready(connected=said["connected"], failed=said["failed"], seconds=said["seconds"])

    def done(self) -> Done:
        """Wait for the end and return what was measured."""
        said = self._line("done")
        return Done(**{key: value for key, value in said.items() if key != "event"})

    def end(self) -> Done:
        """End it before its time, or end what has none, and return what was measured."""
        if self._process.stdin is not None:
            self._process.stdin.close()
        return self.done()

    def _line(self, event: str) -> dict[str, Any]:
        line = self._process.stdout.readline() if self._process.stdout else ""
        said = json.loads(line) if line else {}
        if said.get("event") != event:
            message = f"the load generator ended before it said {event!r}"
            raise BenchError(message)
        return dict(said)


@contextlib.contextmanager
def load(port: int, **options: str | float) -> Iterator[Load]:
    """Run the load generator against `port` of this machine; options are those of bench/load.c without their dashes."""
    words = [word for key, value in options.items() for word in (f"--{key}", str(value))]
    process = subprocess.Popen([compiled(), "--port", str(port), *words], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    pin(process.pid, CLIENT_CORE)
    try:
        yield Load(process)
    finally:
        for pipe in (process.stdin, process.stdout):
            if pipe is not None:
                with contextlib.suppress(OSError):
                    pipe.close()
        process.kill()
        process.wait()


def said_by(module: str, *words: str, patience_s: float) -> dict[str, float]:
    """Run `module` with `words` on the client's core and return the figures that it prints as one line of JSON.

    Raises:
        BenchError: when it fails; the message is the end of what it said.
    """
    command = [sys.executable, "-m", module, *words]
    client = subprocess.Popen(command, cwd=Path(__file__).parent.parent, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    pin(client.pid, CLIENT_CORE)
    out, errors = client.communicate(timeout=patience_s)
    if client.returncode:
        message = f"{module}: {errors.decode(errors='replace')[-300:]}"
        raise BenchError(message)
    figures: dict[str, float] = json.loads(out)
    return figures
