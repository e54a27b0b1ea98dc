"""What a station keeps while nobody hears it: transaction messages, delivered in order with their old times.

OCPP 1.6 §3.7. Nothing else is kept: a status is reported anew when it differs from the last one said.
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Callable

    from monitor.simulator.dialect import Call, Payload

OUTBOX_LENGTH: Final = 2000
"""Messages kept; beyond it meter values are lost, begins and ends of sessions never."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Saying:
    """A message and what its reply means.

    `make` is called when it is sent: a session's name is known only from the reply to its beginning. It returns ``None`` when
    there is nothing to send after all. `heard` gets the payload of the reply, ``None`` for an error.
    """

    make: Callable[[], Call | None]
    heard: Callable[[Payload | None], None] | None = None


class Outbox:
    """Transaction messages in their order; it survives a loss of power."""

    def __init__(self, news: Callable[[], None]) -> None:
        """Start empty; `news` is called with every message put in."""
        self._kept: deque[Saying] = deque()
        self._news = news

    def __len__(self) -> int:
        """Return how many messages wait."""
        return len(self._kept)

    def put(self, saying: Saying, *, expendable: bool = False) -> None:
        """Keep `saying` until it is answered; an `expendable` one is lost when the box is full."""
        if expendable and len(self._kept) >= OUTBOX_LENGTH:
            return
        self._kept.append(saying)
        self._news()

    def head(self) -> Saying | None:
        """Return the oldest message, which stays until `answered`."""
        return self._kept[0] if self._kept else None

    def answered(self) -> None:
        """Forget the oldest message."""
        self._kept.popleft()
