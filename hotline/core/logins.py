"""The rules of logging in: how long a session lives, how wrong passwords are slowed down, where one may be sent back to.

Nothing here knows a password or a cookie; secrets are compared and stored elsewhere.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Final
from urllib.parse import urlsplit

if TYPE_CHECKING:
    from hotline.core.roles import Role

IDLE_LIMIT: Final = timedelta(hours=12)
"""A session that nobody used for so long is over."""
ABSOLUTE_LIMIT: Final = timedelta(hours=24)
"""A session is over so long after its login, used or not."""
TOUCH_EVERY: Final = timedelta(minutes=1)
"""How exactly the last use of a session is kept."""

SHORTEST_PASSWORD: Final = 8
LONGEST_PASSWORD: Final = 1024
_NAME: Final = re.compile(r"[a-z0-9](?:[a-z0-9._-]{0,62}[a-z0-9])?")

FREE_ATTEMPTS: Final = 5
"""Wrong passwords that cost no waiting."""
FIRST_WAIT_S: Final = 2.0
LONGEST_WAIT_S: Final = 30.0
FORGOTTEN_AFTER_S: Final = 900.0
MOST_PAIRS: Final = 10_000

PLEASANT_START: Final = "/"
_SAFE_PATH: Final = re.compile(r"/(?![/\\])[!-\[\]-~]*")
_NO_RETURN: Final = ("/login", "/logout", "/preferences", "/api/", "/static/")


@dataclass(frozen=True, slots=True, kw_only=True)
class Account:
    """Somebody who may log in; `password_hash` is Argon2's encoded form."""

    id: int
    name: str
    role: Role
    password_hash: str


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenSession:
    """A login that was not logged out: whose, since when, last used when (to a minute)."""

    name: str
    role: Role
    opened_at: datetime
    used_at: datetime

    def valid(self, now: datetime) -> bool:
        """Return whether it may still be used at `now`."""
        return now - self.used_at < IDLE_LIMIT and now - self.opened_at < ABSOLUTE_LIMIT

    def wants_touch(self, now: datetime) -> bool:
        """Return whether its last use is worth writing down again."""
        return now - self.used_at >= TOUCH_EVERY


def well_formed_name(text: str) -> str | None:
    """Return `text` in small letters if it is a user name (letters, digits, inner ``. _ -``, at most 64), else ``None``."""
    name = text.strip().lower()
    return name if _NAME.fullmatch(name) else None


def safe_return(path: str) -> str:
    """Return `path` if it may be followed after a login, else the start page.

    Only a path of this host qualifies: no scheme, no other host, no backslash or control character, nothing that is no page.
    """
    if not _SAFE_PATH.fullmatch(path) or path.startswith(_NO_RETURN):
        return PLEASANT_START
    parts = urlsplit(path)
    return PLEASANT_START if parts.scheme or parts.netloc else path


@dataclass(slots=True)
class _Failures:
    count: int
    last_at: float


class Throttle:
    """Slows down wrong passwords of one user from one address.

    Waiting is asked of that pair only and never for longer than half a minute, so nobody can lock the genuine user out; an
    attempt that is told to wait is not judged and counts for nothing. Times are monotonic seconds.
    """

    def __init__(self, most_pairs: int = MOST_PAIRS) -> None:
        """Start with a clean slate; of more pairs than `most_pairs` the oldest are forgotten."""
        self._most_pairs = most_pairs
        self._failures: dict[tuple[str, str], _Failures] = {}

    def wait_s(self, user: str, address: str, now: float) -> float:
        """Return how many seconds the pair must wait before its next attempt; 0 for none."""
        known = self._failures.get((user, address))
        if known is None or known.count < FREE_ATTEMPTS:
            return 0.0
        wait = min(FIRST_WAIT_S * 2.0 ** min(known.count - FREE_ATTEMPTS, 10), LONGEST_WAIT_S)
        return max(0.0, known.last_at + wait - now)

    def failed(self, user: str, address: str, now: float) -> None:
        """Count a wrong password."""
        self._forget_old(now)
        known = self._failures.pop((user, address), None)
        self._failures[(user, address)] = _Failures(count=1 if known is None else known.count + 1, last_at=now)

    def succeeded(self, user: str, address: str) -> None:
        """Forget the pair's wrong passwords."""
        self._failures.pop((user, address), None)

    def _forget_old(self, now: float) -> None:
        """Drop from the oldest end; pairs are kept in the order of their last failure, and never more than so many."""
        while self._failures:
            oldest = next(iter(self._failures))
            if len(self._failures) < self._most_pairs and now - self._failures[oldest].last_at < FORGOTTEN_AFTER_S:
                return
            del self._failures[oldest]
