"""Group commit: one who is alone is stored at once; where many come, those who come close together share a commit."""

from __future__ import annotations

import asyncio
from functools import partial
from typing import TYPE_CHECKING

from monitor.core.health_state import UNHEARD
from monitor.core.ids import StationId
from monitor.runtime.journal import CROWD, GATHER_S, GATHERINGS, LINGER_S, Journal
from tests.support.clocks import SetClock
from tests.support.stores import MemoryStore
from tests.support.virtual_time import run_virtually

if TYPE_CHECKING:
    from collections.abc import Sequence

    from monitor.core.events import EventRecord


async def _unheeded(_records: list[EventRecord]) -> None: ...


async def commits(arrivals: Sequence[float], unawaited: Sequence[float] = ()) -> tuple[list[float], int]:
    """Return how long each of those who come at `arrivals` (seconds) waits, and how many commits they take.

    At `unawaited` others come whom nobody waits for.
    """
    store, loop = MemoryStore(), asyncio.get_running_loop()
    journal = Journal(store, SetClock(), _unheeded)
    task = asyncio.create_task(journal.run())
    waited: list[float] = []

    def note(at: float, _is_stored: bool) -> None:
        waited.append(round(loop.time() - at, 6))

    for number, (at, awaited) in enumerate(sorted([*((at, True) for at in arrivals), *((at, False) for at in unawaited)])):
        if at > loop.time():
            await asyncio.sleep(at - loop.time())
        journal.add(StationId(number + 1), UNHEARD)
        journal.stir([partial(note, at)] if awaited else [], urgent=awaited)
    await journal.flushed()
    task.cancel()
    return waited, store.saves


def test_one_who_is_alone_waits_for_nobody() -> None:
    waited, saves = run_virtually(commits([0.0, 0.01, 0.02]))
    assert (waited, saves) == ([0.0] * 3, 3)


def test_a_few_at_once_share_a_commit_and_make_nobody_wait() -> None:
    waited, saves = run_virtually(commits([0.0] * (CROWD - 1) + [0.01]))
    assert (set(waited), saves) == ({0.0}, 2)


def test_after_a_crowd_more_are_gathered_as_long_as_more_come() -> None:
    crowd = [0.0] * CROWD
    late = [0.01 + GATHER_S * place / 4 for place in range(40)]
    waited, saves = run_virtually(commits([*crowd, *late]))
    assert len(waited) == len(crowd) + len(late)
    assert max(waited) <= GATHERINGS * GATHER_S, "nobody waits longer than for the last round"
    assert saves <= 1 + 3, "ten milliseconds of one every quarter of a millisecond"


def test_a_crowd_that_has_gone_holds_up_its_last_one_for_one_round() -> None:
    waited, saves = run_virtually(commits([*([0.0] * CROWD), 0.01, 0.02]))
    assert saves == 3
    assert waited[:CROWD] == [0.0] * CROWD
    assert waited[CROWD] <= GATHER_S
    assert waited[CROWD + 1] == 0.0


def test_what_nobody_waits_for_gathers_for_a_moment() -> None:
    waited, saves = run_virtually(commits([], [place / 1000.0 for place in range(100)]))
    assert waited == []
    assert saves <= 0.1 / LINGER_S + 1


def test_who_waits_is_not_held_up_by_what_nobody_waits_for() -> None:
    waited, saves = run_virtually(commits([0.005, 0.1], [0.0, 0.001, 0.002]))
    assert waited == [0.0, 0.0]
    assert saves == 2
