"""An event loop whose time is virtual: where everybody waits, it jumps to the next timer. Seconds cost nothing.

Work that the loop gave to a thread holds time: it is taken in the order in which it was given, one piece after the other, and
only when nobody in the loop has anything left to do, so that the same story runs the same way each time. A part of the story can
be a process of its own (`PROCESS`), which can be suspended while the others live on. Threads that the loop does not know of are
not waited for. Connections in memory are `tests.support.network`.
"""

from __future__ import annotations

import asyncio
import heapq
import math
from collections import deque
from concurrent.futures import Executor, ThreadPoolExecutor
from contextvars import ContextVar
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any, Final, Protocol, TypeVar, TypeVarTuple

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine
    from contextvars import Context

T = TypeVar("T")
Ts = TypeVarTuple("Ts")

EPOCH: Final = datetime(2026, 1, 5, 8, 0, tzinfo=UTC)
THREAD_S: Final = 60.0
"""Real seconds that one piece of work may take in its thread."""
MOST_CANCELLED: Final = 100
"""Cancelled timers that may lie about, however few others there are."""
TURN: Final = 100
"""Callbacks that are run before timers that came due at the same instant get their turn."""
RESTLESS: Final = 300
"""Full turns at one instant that cost a microsecond: who waits for less than a number can tell apart would wait for ever."""
TICKS: Final = 2.0**28
"""Instants are whole multiples of so small a part of a second: sums of them are exact for a year."""
PROCESS: ContextVar[str] = ContextVar("PROCESS", default="")
"""The process to which a callback belongs; tasks and timers inherit it."""


class Wires(Protocol):
    """What stands in for the network of the machine."""

    async def listen(self, factory: Callable[[], asyncio.BaseProtocol], host: str, port: int) -> asyncio.AbstractServer:
        """Accept connections (`loop.create_server`)."""
        ...

    async def dial(self, factory: Callable[[], asyncio.BaseProtocol], host: str, port: int) -> tuple[Any, Any]:
        """Open a connection (`loop.create_connection`)."""
        ...


class VirtualLoop(asyncio.BaseEventLoop):
    """asyncio on virtual time, starting at 0. What is due at one instant runs in the order in which it was asked for.

    It has no files: a real socket cannot be opened on it.
    """

    _ready: deque[asyncio.Handle]
    _stopping: bool
    _default_executor: Executor | None

    def __init__(self) -> None:
        """Start at 0."""
        super().__init__()
        self.wires: Wires | None = None
        self._now = 0.0
        self._timers: list[tuple[float, int, asyncio.TimerHandle]] = []
        self._asked = 0
        self._cancelled = 0
        self._restless = 0
        self._work: deque[_Work] = deque()
        self._suspended: dict[str, list[asyncio.Handle]] = {}

    # ------------------------------------------------------------------------------------------------ time

    def time(self) -> float:
        """Return the virtual seconds."""
        return self._now

    def call_later(
        self, delay: float, callback: Callable[[*Ts], object], *args: *Ts, context: Context | None = None
    ) -> asyncio.TimerHandle:
        """Have `callback` called in `delay` seconds."""
        return self.call_at(self._now + delay, callback, *args, context=context)

    def call_at(
        self, when: float, callback: Callable[[*Ts], object], *args: *Ts, context: Context | None = None
    ) -> asyncio.TimerHandle:
        """Have `callback` called at the instant `when`."""
        when = math.ceil(when * TICKS) / TICKS
        timer: Any = asyncio.TimerHandle(when, callback, args, self, context)
        timer._scheduled = True
        self._asked += 1
        heapq.heappush(self._timers, (when, self._asked, timer))
        return timer  # type: ignore[no-any-return]

    def call_soon(self, callback: Callable[[*Ts], object], *args: *Ts, context: Context | None = None) -> asyncio.Handle:
        """Have `callback` called in the next turn."""
        handle = asyncio.Handle(callback, args, self, context)
        self._ready.append(handle)
        return handle

    def _timer_handle_cancelled(self, timer: Any) -> None:
        """Throw the cancelled away before they are the most."""
        self._cancelled += timer._scheduled
        if self._cancelled > MOST_CANCELLED and 2 * self._cancelled > len(self._timers):
            self._timers = [entry for entry in self._timers if not entry[2].cancelled() and entry[2] is not timer]
            heapq.heapify(self._timers)
            self._cancelled = 0

    def _run_once(self) -> None:
        """Run what is ready; where nothing is, finish the work of a thread, or jump."""
        ready, timers = self._ready, self._timers
        if timers and timers[0][0] <= self._now:
            self._take_due()
        elif not ready and not self._stopping and not self._finish_work():
            self._jump()
        for _ in range(TURN):
            if not ready or self._stopping:
                return
            handle = ready.popleft()
            if not handle.cancelled():
                handle._run()
        self._restless += 1
        if self._restless >= RESTLESS:
            self._restless = 0
            self._now += 1e-6

    def _take_due(self) -> None:
        timers = self._timers
        while timers and timers[0][0] <= self._now:
            self._pop()

    def _pop(self) -> None:
        """Make the next timer ready, unless it was cancelled."""
        timer: Any = heapq.heappop(self._timers)[2]
        timer._scheduled = False
        if timer.cancelled():
            self._cancelled -= 1
        else:
            self._ready.append(timer)

    def _jump(self) -> None:
        """Go to the instant of the next timer."""
        timers = self._timers
        while timers and timers[0][2].cancelled():
            self._pop()
        if not timers:
            raise RuntimeError("everybody waits for ever")
        self._now = timers[0][0]
        self._restless = 0
        self._take_due()

    def _write_to_self(self) -> None:
        """Nobody sleeps, so nobody must be woken."""

    def _process_events(self, event_list: Any) -> None:
        """There are no files."""

    # ------------------------------------------------------------------------------------------------ threads

    def run_in_executor(self, executor: Executor | None, func: Callable[[*Ts], T], *args: *Ts) -> asyncio.Future[T]:
        """Have `func` called in a thread, in its turn."""
        work = _Work(self.create_future(), executor or self._threads(), func, args)
        self._work.append(work)
        return work.told

    def _threads(self) -> Executor:
        """Return the threads for whoever brings none; the loop closes them."""
        if self._default_executor is None:
            self._default_executor = ThreadPoolExecutor(1, thread_name_prefix="virtual")
        return self._default_executor

    def _finish_work(self) -> bool:
        """Do the oldest work that waits and whose process is not suspended; return whether there was one."""
        for place, work in enumerate(self._work):
            if work.process not in self._suspended:
                del self._work[place]
                work.do()
                return True
        return False

    async def shutdown_default_executor(self, timeout: float | None = None) -> None:  # noqa: ASYNC109  (asyncio's own signature)
        """Close the threads at once: whatever they did is done."""
        del timeout
        if self._default_executor is not None:
            self._default_executor.shutdown()

    # ------------------------------------------------------------------------------------------------ processes

    def is_suspended(self, process: str) -> bool:
        """Say whether that process is suspended now."""
        return process in self._suspended

    def suspend(self, process: str, seconds: float) -> None:
        """Let nothing of `process` run for so long; what comes due meanwhile runs then, as after a stall of the machine."""
        assert process
        assert process not in self._suspended
        until = self.time() + seconds
        mine = [handle for handle in self._ready if _process_of(handle) == process]
        others = [handle for handle in self._ready if _process_of(handle) != process]
        self._ready.clear()
        self._ready.extend(others)
        timers: list[Any] = [entry for entry in sorted(self._timers) if entry[0] < until and _process_of(entry[2]) == process]
        for _, _, timer in timers:
            timer._scheduled = False
            self._cancelled -= timer.cancelled()
        held = {entry[1] for entry in timers}
        self._timers = [entry for entry in self._timers if entry[1] not in held]
        heapq.heapify(self._timers)
        self._suspended[process] = mine
        self.call_at(until, self._resume, process, [timer for _, _, timer in timers])

    def when_resumed(self, process: str, callback: Callable[[], object]) -> None:
        """Call `callback` as soon as the suspended `process` runs again, before its timers."""
        self._suspended[process].append(asyncio.Handle(callback, (), self))

    def _resume(self, process: str, timers: list[asyncio.TimerHandle]) -> None:
        self._ready.extend(self._suspended.pop(process))
        self._ready.extend(timers)

    # ------------------------------------------------------------------------------------------------ network

    async def create_server(self, protocol_factory: Any, host: Any = None, port: Any = None, **options: Any) -> Any:
        """Listen on the network that was put in place of the machine's, if one was."""
        if self.wires is None:
            return await super().create_server(protocol_factory, host, port, **options)
        return await self.wires.listen(protocol_factory, host, port)

    async def create_connection(self, protocol_factory: Any, host: Any = None, port: Any = None, **options: Any) -> Any:
        """Dial on the network that was put in place of the machine's, if one was."""
        if self.wires is None:
            return await super().create_connection(protocol_factory, host, port, **options)
        return await self.wires.dial(protocol_factory, host, port)


class _Work:
    """A call that a thread is to make, and the future that is told what came of it."""

    def __init__(self, told: asyncio.Future[Any], executor: Executor, func: Callable[..., Any], args: tuple[Any, ...]) -> None:
        self.told = told
        self.process = PROCESS.get()
        self._executor = executor
        self._func = func
        self._args = args

    def do(self) -> None:
        """Have it done now; virtual time stands still."""
        if self.told.cancelled():
            return
        done = self._executor.submit(self._func, *self._args)
        error = done.exception(THREAD_S)
        if error is None:
            self.told.set_result(done.result())
        else:
            self.told.set_exception(error)


def _process_of(handle: Any) -> str:
    # Public from Python 3.12 on.
    return handle._context.get(PROCESS, "")  # type: ignore[no-any-return]


class VirtualClock:
    """`monitor.core.clock.Clock` of the running virtual loop; its wall clock can be stepped."""

    def __init__(self) -> None:
        """Start with the right time."""
        self._wrong = timedelta()

    def monotonic(self) -> float:
        """Return the virtual seconds."""
        return asyncio.get_running_loop().time()

    def now(self) -> datetime:
        """Return the virtual instant."""
        return EPOCH + timedelta(seconds=self.monotonic()) + self._wrong

    def step_wall(self, seconds: float) -> None:
        """Set the wall clock forward or back, without time passing."""
        self._wrong += timedelta(seconds=seconds)


def run_virtually(main: Coroutine[Any, Any, Any]) -> Any:
    """Run `main` on a loop of its own with virtual time."""
    with asyncio.Runner(loop_factory=VirtualLoop) as runner:
        return runner.run(main)
