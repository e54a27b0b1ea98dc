"""Who has fallen silent is asked over what still reaches it, by its version's least request: soon, then less often."""

from __future__ import annotations

import asyncio
from itertools import pairwise
from random import Random
from typing import TYPE_CHECKING, Any

import pytest

from monitor.commands.inquirer import Inquirer
from monitor.commands.ports import NoOutcomeError, NotSentError, RefusedError
from monitor.core.commands import Action, Why
from monitor.core.events import EventRecord, HealthChanged, Reason, State
from monitor.core.health_state import HealthState
from monitor.core.ids import CANARY
from monitor.core.observations import Probed
from monitor.runtime.bus_memory import MemoryBus

if TYPE_CHECKING:
    from monitor.core.ids import StationId

    from .conftest import Desk


def inquirer(desk: Desk, knocks: list[bool | None] | None = None, bus: MemoryBus | None = None) -> Inquirer:
    async def knock(_station: StationId) -> bool | None:
        await asyncio.sleep(0)
        return None if not knocks else knocks.pop(0)

    return Inquirer(
        clock=desk.clock,
        view=desk,
        intake=desk.intake,
        bus=bus or MemoryBus(),
        commands=desk.commands,
        knock=knock,
        rng=Random(3),  # noqa: S311
    )


@pytest.mark.parametrize(
    ("answer", "outcome"),
    [
        ({"status": "Accepted"}, "answered"),
        ({"status": "Rejected"}, "answered"),
        (RefusedError("NotImplemented"), "answered"),
        (NoOutcomeError(Why.NO_ANSWER), "unanswered"),
        (NotSentError(Why.NOT_CONNECTED), "unanswered"),
    ],
)
async def test_an_answer_of_any_kind_is_one(desk: Desk, answer: Any, outcome: str) -> None:
    desk.wire.script["TriggerMessage"] = answer
    asking = inquirer(desk)
    await asking.ask(desk.station.id)
    assert desk.wire.asked == [("TriggerMessage", {"requestedMessage": "Heartbeat"})]
    assert asking.outcomes[outcome] == 1
    assert await desk.commands.of(desk.station.id) == [], "it is no command"


async def test_a_version_without_such_a_request_is_connected_to(desk: Desk) -> None:
    desk.wire.version = "1.2"
    asking = inquirer(desk, [False, True, False, None])
    for _ in range(4):
        await asking.ask(desk.station.id)
    assert desk.wire.asked == []
    taken, *_ = desk.intake.take()
    probed = [(seen.target, seen.ok) for _, seen in taken if isinstance(seen, Probed)]
    assert probed == [("station", True), ("station", False)], "from one that never let anybody in a closed door says nothing"
    assert asking.outcomes == {"answered": 1, "unanswered": 2}


async def test_it_waits_for_its_turn(desk: Desk) -> None:
    async def slowly() -> Any:
        await asyncio.sleep(5)
        return {"status": "Accepted"}

    desk.wire.script = {"ClearCache": lambda _payload: slowly()}
    await desk.ask(Action.CLEAR_CACHE)
    await asyncio.sleep(0.1)
    asking = asyncio.create_task(inquirer(desk).ask(desk.station.id))
    await asyncio.sleep(1)
    assert [action for action, _ in desk.wire.asked] == ["ClearCache"]
    await asking
    assert desk.wire.most_at_once == 1


async def test_a_silent_station_is_asked_soon_then_less_often_and_no_more_once_it_speaks(desk: Desk) -> None:
    bus = MemoryBus()
    desk.wire.script["TriggerMessage"] = NoOutcomeError(Why.NO_ANSWER)
    desk.health_state = HealthState(state=State.SUSPECT)
    asked: list[float] = []
    real = desk.wire.call

    async def call(*parts: Any) -> Any:
        asked.append(desk.clock.monotonic())
        return await real(*parts)

    desk.wire.call = call  # type: ignore[method-assign, assignment]
    asking = inquirer(desk, bus=bus)
    running = [asyncio.create_task(bus.run()), asyncio.create_task(asking.run())]
    await asyncio.sleep(1)
    began, now = desk.clock.monotonic(), desk.clock.now()
    changed = HealthChanged(at=now, origin=State.ONLINE, to=State.SUSPECT, reason=Reason.OVERDUE, since=now)
    other = HealthChanged(at=now, origin=State.SUSPECT, to=State.ONLINE, reason=Reason.SPOKE, since=now)
    await bus.publish([EventRecord(seq=1, station=desk.station.id, event=changed)] * 2)
    await bus.publish([EventRecord(seq=2, station=desk.station.id, event=other), EventRecord(seq=3, station=CANARY, event=changed)])
    await asyncio.sleep(1)
    assert set(asking._due) == {desk.station.id}, "nobody asks the canary"
    await asyncio.sleep(999)
    assert asked[0] - began <= 4
    for gap, about in zip([later - earlier for earlier, later in pairwise(asked)], (30, 60, 120, 240, 300), strict=False):
        assert 0.8 * about <= gap <= 1.2 * about + 2
    desk.health_state = HealthState(state=State.ONLINE)
    before = len(asked)
    await asyncio.sleep(2000)
    assert len(asked) == before
    for task in running:
        task.cancel()
    await asyncio.wait(running)


async def test_nothing_reaches_it(desk: Desk) -> None:
    desk.wire.version = None
    asking = inquirer(desk)
    await asking.ask(desk.station.id)
    assert asking.outcomes == {"answered": 0, "unanswered": 0}
