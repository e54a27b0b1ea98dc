"""An event loop whose time is virtual: where everybody waits, it jumps to the next timer. Seconds cost nothing."""

from __future__ import annotations

import asyncio
import selectors
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from collections.abc import Coroutine

EPOCH: Final = datetime(2026, 1, 5, 8, 0, tzinfo=UTC)


class _Jumping(selectors.DefaultSelector):
    loop: VirtualLoop

    def select(self, timeout: float | None = None) -> Any:
        """Look at the files without waiting; what would have been waited for is jumped over."""
        ready = super().select(0)
        if not ready and timeout is None:
            raise RuntimeError("everybody waits for ever")
        if not ready and timeout:
            self.loop.jumped += timeout
        return ready


class VirtualLoop(asyncio.SelectorEventLoop):
    """asyncio on virtual time, starting at 0."""

    def __init__(self) -> None:
        """Start at 0."""
        self.jumped = 0.0
        selector = _Jumping()
        selector.loop = self
        super().__init__(selector)

    def time(self) -> float:
        """Return the virtual seconds."""
        return self.jumped


class VirtualClock:
    """`monitor.core.clock.Clock` of the running virtual loop."""

    def monotonic(self) -> float:
        """Return the virtual seconds."""
        return asyncio.get_running_loop().time()

    def now(self) -> datetime:
        """Return the virtual instant."""
        return EPOCH + timedelta(seconds=self.monotonic())


def run_virtually(main: Coroutine[Any, Any, Any]) -> Any:
    """Run `main` on a loop of its own with virtual time."""
    with asyncio.Runner(loop_factory=VirtualLoop) as runner:
        return runner.run(main)
