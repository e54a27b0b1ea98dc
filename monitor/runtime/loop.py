"""The event loop and the garbage collector, as a service with many small, long-lived objects wants them."""

from __future__ import annotations

import asyncio
import gc

try:
    from uvloop import new_event_loop as _new_event_loop
except ImportError:  # absent outside CPython on Linux
    _new_event_loop = asyncio.new_event_loop  # type: ignore[assignment]  # a loop is a loop


def run_loop() -> asyncio.Runner:
    """Return a runner on the fastest event loop that this platform has."""
    return asyncio.Runner(loop_factory=_new_event_loop)


def spare_the_collector() -> None:
    """Keep the garbage collector off what lives as long as we do, and let it run less often: few of our objects form cycles.

    Called once, when the registry and the states are in memory.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(20_000, 20, 50)
