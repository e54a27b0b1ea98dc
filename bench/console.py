"""A browser as far as the bench needs one: signs in on the console and asks for pages over one connection."""

from __future__ import annotations

import re
from http.client import HTTPConnection
from time import perf_counter
from typing import TYPE_CHECKING, Final
from urllib.parse import urlencode

from bench.load import BenchError

if TYPE_CHECKING:
    from collections.abc import Mapping

_TOKEN: Final = re.compile(rb'name="form_token" value="([^"]+)"')
_SEE_OTHER: Final = 303
_OK: Final = 200


class Browser:
    """One kept connection to a listener of ours, with cookies."""

    def __init__(self, port: int) -> None:
        """Point at `port` of this machine; nothing is sent yet."""
        self._port = port
        self._connection = HTTPConnection("127.0.0.1", port, timeout=60)
        self._cookies: dict[str, str] = {}

    def sign_in(self, name: str, password: str) -> None:
        """Sign in as a person does: the form first, for its token, then the form sent.

        Raises:
            BenchError: when the console does not let us in.
        """
        page = self._ask("GET", "/login")[1]
        found = _TOKEN.search(page)
        form = {"name": name, "password": password, "next": "/", "form_token": found[1].decode() if found else ""}
        headers = {"Content-Type": "application/x-www-form-urlencoded", "Origin": f"http://127.0.0.1:{self._port}"}
        status = self._ask("POST", "/login", urlencode(form), headers)[0]
        if status != _SEE_OTHER:
            message = f"the console did not let us in: HTTP {status}"
            raise BenchError(message)

    def get(self, path: str, headers: Mapping[str, str] | None = None) -> tuple[float, bytes]:
        """Return the seconds until the whole answer was read, and its body.

        Raises:
            BenchError: when the answer is not 200.
        """
        begin = perf_counter()
        status, body = self._ask("GET", path, headers=headers)
        taken = perf_counter() - begin
        if status != _OK:
            message = f"GET {path}: HTTP {status}"
            raise BenchError(message)
        return taken, body

    def _ask(self, method: str, path: str, body: str | None = None, headers: Mapping[str, str] | None = None) -> tuple[int, bytes]:
        cookies = {"Cookie": "; ".join(f"{name}={value}" for name, value in self._cookies.items())} if self._cookies else {}
        self._connection.request(method, path, body, {**(headers or {}), **cookies})
        answer = self._connection.getresponse()
        content = answer.read()
        for header in answer.headers.get_all("Set-Cookie", []):
            name, _, value = header.partition(";")[0].partition("=")
            self._cookies[name] = value
        return answer.status, content
