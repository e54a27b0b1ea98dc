"""The program without starting Python for each command: a process that has imported it forks itself.

What comes of it is what comes of a start from a shell: a process of its own, with its arguments, folder, environment, streams and
number; only the imports are done before. The program as it is installed is started by `tests/architecture/test_wheel.py`.
"""

from __future__ import annotations

import asyncio
import json
import os
import signal
import socket
import sys
import tempfile
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

ROOT: Final = Path(__file__).parents[2]
PRELOADED: Final = (
    *("bornewatch", "alerts.cli", "hotline.cli", "monitor.cli.databases", "monitor.cli.plans", "monitor.cli.records"),
    *("monitor.cli.reports", "monitor.cli.stations", "monitor.storage.chronicle", "monitor.storage.database"),
    *("monitor.storage.judgements", "monitor.storage.knocks", "monitor.storage.registry", "monitor.storage.schema"),
    *("monitor.storage.servers", "monitor.service", "hotline.listeners", "alerts.service", "monitor.simulator.fleet"),
)
_LONGEST: Final = 1 << 20


class Forked:
    """A process of the program; `returncode` is ``None`` while it runs, negative after a signal."""

    def __init__(self, told: socket.socket) -> None:
        """Be told of it by `told`."""
        self._told = told
        told.setblocking(False)  # noqa: FBT003  (the socket's own signature)
        self._code: int | None = None
        self.pid = 0

    async def began(self) -> Forked:
        """Wait until it has a number."""
        self.pid = int(await asyncio.get_running_loop().sock_recv(self._told, 64))
        return self

    @property
    def returncode(self) -> int | None:
        """How it ended."""
        if self._code is None:
            with suppress(BlockingIOError):
                self._end(self._told.recv(64))
        return self._code

    async def wait(self) -> int:
        """Wait until it has ended; return how."""
        if self.returncode is None:
            self._end(await asyncio.get_running_loop().sock_recv(self._told, 64))
        assert self._code is not None
        return self._code

    def send_signal(self, number: signal.Signals) -> None:
        """Send it a signal; one that has ended gets none."""
        if self.returncode is None:
            os.kill(self.pid, number)

    def kill(self) -> None:
        """End it at once."""
        self.send_signal(signal.SIGKILL)

    def _end(self, told: bytes) -> None:
        self._code = int(told)
        self._told.close()


class Zygote:
    """Forks processes of the program; they do not end with it, it ends with us."""

    def __init__(self) -> None:
        """Start nothing yet."""
        self._ours: socket.socket | None = None

    async def start(self, arguments: Sequence[str], folder: Path, environment: Mapping[str, str], streams: Sequence[int]) -> Forked:
        """Start a process with the descriptors `streams` as its standard ones."""
        asked = json.dumps({"arguments": arguments, "folder": str(folder), "environment": dict(environment)}).encode()
        told, tell = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        with tell:
            socket.send_fds(self._socket(), [asked], [*streams, tell.fileno()])
        return await Forked(told).began()

    async def run(
        self, arguments: Sequence[str], folder: Path, environment: Mapping[str, str], given: bytes
    ) -> tuple[int, bytes, bytes]:
        """Run one command; return its exit code, standard output and standard error.

        Raises:
            TimeoutError: when it has not ended after a minute; it is killed then.
        """
        with tempfile.TemporaryFile() as stdin, tempfile.TemporaryFile() as stdout, tempfile.TemporaryFile() as stderr:
            stdin.write(given)
            stdin.seek(0)
            process = await self.start(arguments, folder, environment, [one.fileno() for one in (stdin, stdout, stderr)])
            try:
                code = await asyncio.wait_for(process.wait(), 60)
            finally:
                process.kill()
            stdout.seek(0)
            stderr.seek(0)
            return code, stdout.read(), stderr.read()

    def _socket(self) -> socket.socket:
        if self._ours is None:
            self._ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
            with theirs:
                if os.fork() == 0:  # execs at once, so that it takes none of our threads, loops or descriptors with it
                    os.dup2(theirs.fileno(), 3)
                    os.closerange(4, 4096)
                    os.chdir(ROOT)
                    os.execv(sys.executable, [sys.executable, "-m", "tests.support.zygote"])  # noqa: S606
        return self._ours


# ---------------------------------------------------------------------------------------------------------- the other process


def serve(asked: socket.socket) -> None:
    """Fork for everything that is asked for, until nobody asks any more."""
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)
    while True:
        told, descriptors, _, _ = socket.recv_fds(asked, _LONGEST, 4)
        if not told:
            return
        if os.fork() == 0:
            asked.close()
            _watch(json.loads(told), descriptors)
        for one in descriptors:
            os.close(one)


def _watch(told: dict[str, Any], descriptors: list[int]) -> None:
    """Fork the process itself, tell its number, wait for it, and tell how it ended."""
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    pid = os.fork()
    if pid == 0:
        _be(told, descriptors)
    os.write(descriptors[3], b"%d" % pid)
    for one in descriptors[:3]:
        os.close(one)
    _, status = os.waitpid(pid, 0)
    with suppress(OSError):
        os.write(descriptors[3], b"%d" % os.waitstatus_to_exitcode(status))
    os._exit(0)


def _be(told: dict[str, Any], descriptors: list[int]) -> None:
    """Be the program."""
    import bornewatch  # noqa: PLC0415  (imported long ago, and not by whoever asks)

    for number, one in enumerate(descriptors[:3]):
        os.dup2(one, number)
    for one in descriptors:
        os.close(one)
    os.chdir(told["folder"])
    os.environ.clear()
    os.environ.update(told["environment"])
    sys.argv = ["bornewatch", *told["arguments"]]
    code = 0
    try:
        bornewatch.main()
    except SystemExit as ended:
        code = ended.code if isinstance(ended.code, int) else int(ended.code is not None)
    except BaseException:  # noqa: BLE001  (as the interpreter does)
        sys.excepthook(*sys.exc_info())
        code = 1
    for stream in (sys.stdout, sys.stderr):
        with suppress(OSError, ValueError):
            stream.flush()
    os._exit(code)


if __name__ == "__main__":
    for module in PRELOADED:
        __import__(module)
    serve(socket.socket(fileno=3))
