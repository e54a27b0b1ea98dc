"""A PostgreSQL server of the tests' own: Debian's program, a fresh cluster, an unprivileged user, a free port.

It is started at the first test that asks for it and stopped when the tests end, however they end. Every test gets a database of its
own, copied from one that the migrations made.
"""

from __future__ import annotations

import atexit
import itertools
import os
import pwd
import shutil
import subprocess
import tempfile
from functools import cache
from pathlib import Path
from typing import Final

import psycopg

from tests.support.programs import free_port

ROOM: Final = Path(__file__).parents[2] / ".setup" / "debian"
"""Where packages are unpacked for a user who cannot install any."""
_numbers = itertools.count(1)


class NoServerError(Exception):
    """There is no PostgreSQL here; the message says what is missing."""


def _programs() -> Path:
    for root in (Path("/"), ROOM):
        found = sorted((root / "usr/lib/postgresql").glob("*/bin/postgres"), key=lambda path: int(path.parts[-3]))
        if found:
            return found[-1].parent
    raise NoServerError("no PostgreSQL server is installed: tools/debian.sh postgresql would bring it")


def _user() -> str | None:
    """Return whom to become: a server refuses to run as root."""
    if os.getuid() != 0:
        return None
    for name in ("postgres", "nobody"):
        try:
            pwd.getpwnam(name)
        except KeyError:
            continue
        return name
    raise NoServerError("PostgreSQL refuses to run as root, and there is no user postgres or nobody")


class Cluster:
    """A running server; `url` names a database in it."""

    def __init__(self) -> None:
        """Make the cluster and start it."""
        self._bin = _programs()
        self._user = _user()
        self._folder = Path(tempfile.mkdtemp(prefix="bornewatch-pg-"))
        if self._user is not None:
            shutil.chown(self._folder, self._user)
        data = self._folder / "data"
        self._run("initdb", "--pgdata", data, "--username", "bornewatch", "--auth", "trust", "--encoding", "UTF8", "--locale", "C")
        self.port = self._start(data)
        atexit.register(self.stop)

    def _start(self, data: Path, tries: int = 3) -> int:
        """Start the server on a free port and return it; somebody else may be quicker to take that port."""
        port = free_port()
        settings = f"-p {port} -c listen_addresses=127.0.0.1 -c unix_socket_directories={self._folder} -c fsync=off"
        try:
            self._run("pg_ctl", "start", "--wait", "--pgdata", data, "--log", self._folder / "log", "--options", settings)
        except NoServerError:
            if tries == 1:
                raise
            return self._start(data, tries - 1)
        return port

    def url(self, name: str) -> str:
        """Return the URL of the database `name`."""
        return f"postgresql://bornewatch@127.0.0.1:{self.port}/{name}"

    def create(self, within: str, name: str, template: str = "template0") -> None:
        """Create the database `name` as a copy of `template`."""
        with psycopg.connect(self.url(within), autocommit=True) as connection:
            connection.execute(f"CREATE DATABASE {name} TEMPLATE {template}".encode())

    def drop(self, name: str) -> None:
        """Delete the database `name`, whoever uses it."""
        with psycopg.connect(self.url("postgres"), autocommit=True) as connection:
            connection.execute(f"DROP DATABASE {name} WITH (FORCE)".encode())

    def fresh(self, template: str = "template0") -> str:
        """Create a database as a copy of `template` and return its name."""
        name = f"test_{next(_numbers)}"
        self.create("postgres", name, template)
        return name

    def restart(self) -> None:
        """Stop the server under its clients and start it again."""
        data, log = self._folder / "data", self._folder / "log"
        self._run("pg_ctl", "restart", "--wait", "--mode", "immediate", "--pgdata", data, "--log", log)

    def stop(self) -> None:
        """Stop the server and delete its cluster."""
        atexit.unregister(self.stop)
        self._run("pg_ctl", "stop", "--wait", "--mode", "immediate", "--pgdata", self._folder / "data")
        shutil.rmtree(self._folder, ignore_errors=True)

    def _run(self, program: str, *arguments: object) -> None:
        command = [str(self._bin / program), *map(str, arguments)]
        if self._user is not None:
            command = [
                "setpriv",
                "--reuid",
                self._user,
                "--regid",
                str(pwd.getpwnam(self._user).pw_gid),
                "--clear-groups",
                *command,
            ]
        environment = {key: value for key, value in os.environ.items() if not key.startswith("PG")}
        if self._bin.is_relative_to(ROOM):
            libraries = sorted({str(path.parent) for path in (ROOM / "usr/lib").rglob("*.so.*")})
            environment["LD_LIBRARY_PATH"] = ":".join(libraries)
        done = subprocess.run(
            command, env=environment, cwd=self._folder, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT, text=True, check=False, timeout=120,
        )  # fmt: skip
        if done.returncode:
            message = f"{program} failed: {done.stdout.strip()[-500:]}"
            raise NoServerError(message)


@cache
def cluster() -> Cluster:
    """Return the tests' server, started when it is asked for first.

    Raises:
        NoServerError: when there is none to be had.
    """
    return Cluster()
