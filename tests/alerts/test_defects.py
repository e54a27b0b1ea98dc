"""A defect met over one thing keeps back none of the others: it is counted, logged, shown, and tried again a minute later."""

from __future__ import annotations

from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any

import pytest
from structlog.testing import capture_logs

from alerts.core import escalating, judging
from alerts.core.delivery import Medium
from alerts.core.orders import Acknowledge, Answer
from alerts.core.reading import read
from alerts.dryrun import dry_run
from alerts.engine import KINDS
from alerts.exposition import AlertsCollector
from alerts.pipeline import decide, obey
from alerts.storage.inbox import SqlInbox
from alerts.watchdog import DEFECT_S, Way
from monitor.core.events import ConnectorChanged, EventRecord
from monitor.core.ids import StationId
from monitor.core.observations import Status
from tests.alerts.desks import running_house
from tests.alerts.test_metrics import Running, samples
from tests.alerts.wards import PEOPLE, Ward
from tests.support.clocks import START, SetClock
from tests.support.services import until

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable

    from alerts.core.desk import Turn
    from alerts.core.model import Alert
    from monitor.storage.database import SqlDatabase
    from tests.alerts.desks import House


class DefectError(Exception):
    """What a test's defect raises."""


def broken_for(name: str, work: Callable[..., Any], is_it: Callable[..., bool]) -> Callable[..., Any]:
    """Return `work` with a defect over the one thing that `is_it`."""

    def with_defect(*given: Any, **named: Any) -> Any:
        if is_it(*given):
            raise DefectError(name)
        return work(*given, **named)

    return with_defect


def break_matter(monkeypatch: pytest.MonkeyPatch, key: str) -> None:
    stage = broken_for("stage", judging.STAGES[0], lambda _turn, matter, *_: matter.key == key)
    monkeypatch.setattr(judging, "STAGES", (stage, *judging.STAGES[1:]))


def break_alert(monkeypatch: pytest.MonkeyPatch, number: int) -> None:
    def is_it(_turn: Turn, alert: Alert, *_: object) -> bool:
        return alert.id == number

    monkeypatch.setattr(escalating, "_off_route", broken_for("route", escalating._off_route, is_it))


@asynccontextmanager
async def ailing_house(database: SqlDatabase, clock: SetClock, rules: str = PEOPLE) -> AsyncIterator[House]:
    """Run a desk that may meet defects."""
    async with running_house(database, clock, rules) as house:
        house.may_fail = True
        yield house


async def test_one_alert_that_a_stage_fails_over_keeps_back_none_of_the_others(
    database: SqlDatabase, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with ailing_house(database, SetClock()) as house:
        with monkeypatch.context() as broken:
            break_alert(broken, 2)
            for station in (1, 2, 3):
                await house.faulted(station)
                await house.opened(station)
            with capture_logs() as lines:
                await house.let_pass(5)
                await until(lambda: len(house.went_by(Medium.SMS)) == 2)
            assert house.went_by(Medium.SMS) == ["1/0/0/0/raise/anna", "3/0/0/0/raise/anna"]
            (said,) = [one for one in lines if one["event"] == "nothing could be decided, the others go on"]
            assert (said["about"], said["log_level"], repr(said["exc_info"])) == ("alert 2", "error", "DefectError('route')")
            assert samples(AlertsCollector(Running(house)))["alerts_undecided_total", ()] == 1  # type: ignore[arg-type]
            await house.let_pass(60)
            await until(lambda: house.engine.failed == 2)
        assert len(house.went_by(Medium.SMS)) == 2
        await house.let_pass(60)
        await until(lambda: "2/0/0/0/raise/anna" in house.went_by(Medium.SMS))
        assert house.engine.failed == 2


async def test_one_matter_that_a_stage_fails_over_keeps_back_none_of_the_others(
    database: SqlDatabase, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with ailing_house(database, SetClock()) as house:
        with monkeypatch.context() as broken:
            break_matter(broken, "fault/2/1")
            for station in (1, 2, 3):
                await house.faulted(station)
            await house.opened(2)
            await house.let_pass(5)
            await until(lambda: len(house.went_by(Medium.SMS)) == 2)
        await house.let_pass(55)
        await house.opened(3)
        await house.let_pass(5)
        await until(lambda: len(house.went_by(Medium.SMS)) == 3)
        assert house.engine.failed == 1


async def test_an_event_that_cannot_be_read_is_left_out_and_the_next_is_read(
    database: SqlDatabase, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with ailing_house(database, SetClock()) as house:
        with monkeypatch.context() as broken, capture_logs() as lines:
            broken.setattr("alerts.pipeline.read", broken_for("read", read, lambda record, *_: record.station == 1))
            await house.faulted(1)
            await house.faulted(2)
            await house.opened(1)
        (alert,) = house.engine.desk.alerts
        assert [one.stations for one in house.engine.desk.open_in(alert)] == [(2,)]
        assert [one["about"] for one in lines if "exc_info" in one] == ["event 1 of station 1"]


async def test_an_order_that_fails_is_answered_and_taken_from_the_inbox(
    database: SqlDatabase, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with ailing_house(database, SetClock()) as house:
        await house.faulted(1)
        await house.opened(1)
        inbox = SqlInbox(database)
        with monkeypatch.context() as broken:
            broken.setattr("alerts.pipeline.act", broken_for("act", lambda *_: None, lambda *_: True))
            assert await house.engine.obey(Acknowledge(alert=1, who="anna")) is Answer.FAILED
            number = await inbox.write(Acknowledge(alert=1, who="anna"), START)
            house.engine._stirred.set()
            await until(lambda: house.engine.failed == 2)
            while (answer := await inbox.answer(number)) is None:
                house.engine._stirred.set()
        assert answer is Answer.FAILED
        assert await house.engine.obey(Acknowledge(alert=1, who="anna")) is Answer.DONE


async def test_shifts_that_cannot_be_told_hold_up_nothing_and_do_not_turn_the_engine_round_and_round(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    ward = Ward()
    ward.add(1)
    monkeypatch.setattr("alerts.pipeline.hand_over", broken_for("shifts", lambda *_: None, lambda *_: True))
    now = ward.at(1)
    fault = ConnectorChanged(at=now, connector="1", status=Status.FAULTED, error="GroundFailure")
    decision = decide(ward.desk, [EventRecord(seq=1, station=StationId(1), event=fault)], now)
    assert [(one.about, str(one.error)) for one in decision.failures] == [("shifts", "shifts")]
    assert list(decision.alerts) == [1]
    assert ward.desk.handover_at == ward.at(2)


async def test_a_turn_that_fails_as_a_whole_is_tried_again(database: SqlDatabase, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("alerts.engine.AGAIN_S", 0.01)
    async with ailing_house(database, SetClock()) as house:
        tail, broken = house.judgements.tail, [DefectError("once"), DefectError("twice")]

        async def tailing(*given: Any) -> Any:
            if broken:
                raise broken.pop()
            return await tail(*given)

        house.judgements.tail = tailing  # type: ignore[method-assign,assignment]
        await house.faulted(1)
        await house.opened(1)
        await house.let_pass(5)
        await until(lambda: house.went_by(Medium.SMS) == ["1/0/0/0/raise/anna"])
        assert house.engine.failed == 2


async def test_the_dead_mans_switch_is_not_pinged_while_a_defect_goes_on(
    database: SqlDatabase, monkeypatch: pytest.MonkeyPatch
) -> None:
    clock = SetClock()
    async with ailing_house(database, clock) as house:
        way = Way(engine=house.engine, store=house.engine._store, outbox=house.outbox, clock=clock)
        assert await way.wrong() == ""
        with monkeypatch.context() as broken:
            break_matter(broken, "fault/1/1")
            await house.faulted(1)
            await until(lambda: house.engine.failed == 1)
        assert "could not be decided upon" in await way.wrong()
        for _ in range(int(DEFECT_S / 50) + 1):
            looked = house.engine.looked_at
            await house.let_pass(50)
            await until(lambda: house.engine.looked_at > looked)  # noqa: B023  (awaited at once)
        await until(lambda: house.engine.failed == 1)
        assert await way.wrong() == ""


async def test_what_was_decided_of_an_alert_before_the_defect_is_sent_once_however_often_it_is_tried(
    database: SqlDatabase, monkeypatch: pytest.MonkeyPatch
) -> None:
    two = PEOPLE.replace('notify = "contact:anna"', 'notify = ["contact:anna", "contact:ben"]')
    async with ailing_house(database, SetClock(), two) as house:
        with monkeypatch.context() as broken:
            broken.setattr(
                escalating, "_notify", broken_for("notify", escalating._notify, lambda _t, _a, _p, person, _w: person == "ben")
            )
            await house.faulted(1)
            await house.opened(1)
            for tried in range(1, 4):
                await house.let_pass(5 if tried == 1 else 60)
                await until(lambda: house.engine.failed == tried)  # noqa: B023  (awaited at once)
        await house.let_pass(60)
        await until(lambda: len(house.went_by(Medium.SMS)) == 2)
        assert sorted(house.went_by(Medium.SMS)) == ["1/0/0/0/raise/anna", "1/0/0/0/raise/ben"]


async def test_a_dry_run_ends_with_the_defect(monkeypatch: pytest.MonkeyPatch) -> None:
    ward = Ward()
    ward.add(1)
    break_matter(monkeypatch, "fault/1/1")
    fault = ConnectorChanged(at=START, connector="1", status=Status.FAULTED, error="GroundFailure")

    async def records() -> AsyncIterator[EventRecord]:
        yield EventRecord(seq=1, station=StationId(1), event=fault)

    assert ConnectorChanged in KINDS
    with pytest.raises(DefectError):
        [one async for one in dry_run(ward.desk, records(), START, ward.at(60))]


def test_an_order_that_fails_changes_nothing_of_the_rest(monkeypatch: pytest.MonkeyPatch) -> None:
    ward = Ward()
    ward.add(1, 2)
    ward.faulted(0, 1, "GroundFailure")
    monkeypatch.setattr("alerts.pipeline.act", broken_for("act", lambda *_: None, lambda *_: True))
    answer, decision = obey(ward.desk, Acknowledge(alert=1, who="anna"), ward.at(1))
    assert (answer, [one.about for one in decision.failures]) == (Answer.FAILED, ["Acknowledge"])
    assert [one.person for one in decision.notifications] == ["anna"], "what is due is done"
