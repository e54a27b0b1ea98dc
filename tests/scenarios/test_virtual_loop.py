"""The loop under every scenario: it jumps, never ahead of a thread, and a part of the story can be held up."""

from __future__ import annotations

import asyncio
import contextlib
import threading
import time
from contextvars import copy_context
from typing import TYPE_CHECKING, Any

import pytest

from tests.support.virtual_time import EPOCH, PROCESS, TICKS, VirtualClock, VirtualLoop, run_virtually

if TYPE_CHECKING:
    from collections.abc import Coroutine


def now() -> float:
    return asyncio.get_running_loop().time()


def spawn(process: str, work: Coroutine[Any, Any, Any]) -> asyncio.Task[Any]:
    """Start `work` as a process of its own."""
    context = copy_context()
    context.run(PROCESS.set, process)
    return asyncio.get_running_loop().create_task(work, context=context)


async def test_a_year_passes_in_no_time() -> None:
    began = time.monotonic()
    await asyncio.sleep(365 * 86_400)
    assert now() == 365 * 86_400
    assert time.monotonic() - began < 5


async def test_what_is_due_at_one_instant_runs_in_the_order_in_which_it_was_asked_for() -> None:
    order: list[int] = []
    loop = asyncio.get_running_loop()
    for number in range(100):
        loop.call_at(5.0, order.append, number)
    await asyncio.sleep(5)
    assert order == list(range(100))


async def test_cancelled_timers_are_thrown_away_and_the_others_kept() -> None:
    loop = asyncio.get_running_loop()
    assert isinstance(loop, VirtualLoop)
    order: list[int] = []
    timers = [loop.call_at(10.0 + number, order.append, number) for number in range(1000)]
    for number, timer in enumerate(timers):
        if number % 100:
            timer.cancel()
            timer.cancel()
    assert len(loop._timers) < 250
    await asyncio.sleep(2000)
    assert order == list(range(0, 1000, 100))
    assert loop._cancelled == 0


async def test_time_stands_still_while_a_thread_works() -> None:
    def work() -> str:
        time.sleep(0.05)
        return threading.current_thread().name

    ticking = asyncio.create_task(asyncio.sleep(3600))
    thread = await asyncio.to_thread(work)
    assert thread != threading.current_thread().name
    assert now() == 0
    await ticking


async def test_work_of_threads_ends_in_the_order_in_which_it_was_given() -> None:
    ended: list[str] = []

    async def give(name: str, seconds: float) -> None:
        await asyncio.to_thread(time.sleep, seconds)
        ended.append(name)

    await asyncio.gather(give("slow", 0.05), give("quick", 0.0))
    assert ended == ["slow", "quick"]


async def test_what_a_thread_raises_is_raised_to_whoever_waits() -> None:
    with pytest.raises(ZeroDivisionError):
        await asyncio.to_thread(lambda: 1 // 0)


async def test_cancelled_work_is_not_done() -> None:
    done: list[int] = []
    task = asyncio.create_task(asyncio.to_thread(done.append, 1))
    await asyncio.sleep(0)
    task.cancel()
    await asyncio.sleep(1)
    assert done == []


async def test_a_loop_that_never_rests_does_not_hold_time_at_one_instant() -> None:
    passed = asyncio.Event()
    asyncio.get_running_loop().call_later(0, passed.set)
    while not passed.is_set():
        await asyncio.sleep(0)


async def test_who_waits_for_less_than_a_number_can_tell_apart_is_not_caught_at_one_instant() -> None:
    await asyncio.sleep(86_400)
    due = now() + 1e-6
    while now() < due:
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(1e-14):
                await asyncio.Event().wait()
    assert now() - 86_400 < 1e-5


async def test_tenths_of_a_second_add_up() -> None:
    for _ in range(10_000):
        await asyncio.sleep(0.1)
    assert round(now(), 3) == 1000.0
    assert (now() * TICKS).is_integer()


def test_nobody_is_waited_for_who_never_comes() -> None:
    with pytest.raises(RuntimeError, match="everybody waits for ever"):
        run_virtually(asyncio.Event().wait())


async def test_a_suspended_process_does_late_what_came_due_and_the_others_live_on() -> None:
    loop = asyncio.get_running_loop()
    assert isinstance(loop, VirtualLoop)
    beats: dict[str, list[float]] = {"stalled": [], "living": []}

    async def beat(name: str) -> None:
        for _ in range(8):
            await asyncio.sleep(1)
            beats[name].append(now())

    tasks = [spawn(name, beat(name)) for name in beats]
    await asyncio.sleep(2.5)
    loop.suspend("stalled", 4)
    assert loop.is_suspended("stalled")
    await asyncio.wait(tasks)
    assert beats["living"] == [1, 2, 3, 4, 5, 6, 7, 8]
    assert beats["stalled"] == [1, 2, 6.5, 7.5, 8.5, 9.5, 10.5, 11.5]
    assert not loop.is_suspended("stalled")


async def test_work_that_a_suspended_process_gave_to_a_thread_waits_too() -> None:
    loop = asyncio.get_running_loop()
    assert isinstance(loop, VirtualLoop)

    async def work() -> float:
        await asyncio.to_thread(int)
        return now()

    task = spawn("stalled", work())
    await asyncio.sleep(0)
    loop.suspend("stalled", 3)
    await asyncio.sleep(1)
    assert not task.done()
    assert await task == 3


async def test_the_wall_clock_can_be_wrong_and_the_steady_one_cannot() -> None:
    clock, right = VirtualClock(), VirtualClock()
    await asyncio.sleep(10)
    clock.step_wall(-3600)
    assert (clock.now() - EPOCH).total_seconds() == -3590
    assert (right.now() - EPOCH).total_seconds() == 10
    assert clock.monotonic() == right.monotonic() == 10
