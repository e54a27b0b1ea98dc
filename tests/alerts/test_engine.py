"""The desk over a real database: what was decided is sent, whatever happens in between, and once."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from sqlalchemy import insert, select

from alerts.core.changes import Override, TemporaryShift
from alerts.core.delivery import Medium, Rejected, Retry, Unknown
from alerts.core.model import Condition
from alerts.core.orders import Acknowledge, Answer, Resolve, Snooze, Substitute, Withdraw
from alerts.core.outbox import Report, Stand
from alerts.storage.inbox import SqlInbox
from alerts.storage.rows import ORDER
from monitor.runtime.journal import TransientStoreError
from tests.alerts.desks import House, running_house
from tests.alerts.wards import PEOPLE
from tests.support.clocks import START, SetClock
from tests.support.services import until

if TYPE_CHECKING:
    from collections.abc import Sequence

    import pytest

    from alerts.core.delivery import Message
    from alerts.core.desk import Decision, Desk
    from alerts.core.model import Alert, Notification
    from alerts.core.outbox import Delivery
    from alerts.ports import Answered
    from monitor.storage.database import SqlDatabase

SCHEDULED = (
    PEOPLE
    + """
[[schedule]]
name = "network"
start = "2026-04-20"
handover = "monday 09:00"
people = ["anna"]
"""
)
FIRST = "1/0/0/0/raise/anna"
SECOND = "1/0/0/1/raise/ben"


async def raised(house: House) -> None:
    """Have a danger told of."""
    await house.faulted(1)
    await house.opened(1)
    await house.let_pass(5)
    await until(lambda: FIRST in house.went_by(Medium.SMS))


async def test_what_happens_reaches_the_person_and_the_log_says_how(database: SqlDatabase) -> None:
    async with running_house(database, SetClock()) as house:
        await raised(house)
        await until(lambda: house.courier.outcomes["sms", "sent"] == 1)
        ((delivery, log),) = await house.outbox.of_alert(1)
        assert (delivery.stand, [line.what for line in log]) == (Stand.SENT, ["sent"])
        assert await house.courier.report(delivery.id, Report.DELIVERED, "")
        assert await house.courier.report(delivery.id, Report.FAILED, "late")
        ((delivery, log),) = await house.outbox.of_alert(1)
        assert (delivery.stand, [line.what for line in log]) == (Stand.DELIVERED, ["sent", "reported"])
        assert not await house.courier.report("nobody's", Report.DELIVERED, "")


async def test_an_alert_goes_on_after_a_restart_and_says_nothing_twice(database: SqlDatabase) -> None:
    clock = SetClock()
    async with running_house(database, clock) as house:
        await raised(house)
        await until(lambda: house.courier.outcomes["sms", "sent"] == 1)
    clock.advance(200)
    async with running_house(database, clock) as house:
        await house.let_pass(100)
        await until(lambda: house.went_by(Medium.VOICE) == [SECOND])
        assert house.went_by(Medium.SMS) == []


async def test_what_happened_while_we_were_away_is_read_before_anything_is_decided(database: SqlDatabase) -> None:
    clock = SetClock()
    async with running_house(database, clock) as house:
        await raised(house)
    away = House(database, clock)
    await away.judgements.states()
    await away.faulted(2)
    await away.mended(2)
    await away.mended(1)
    clock.advance(3600)
    async with running_house(database, clock) as house:
        await until(lambda: house.went_by(Medium.SMS) == ["1/0/0/1/clear/anna"])
        assert house.engine.desk.alerts == {}
        assert house.engine.desk.last_alert == 1, "a fault that came and went while we were away is nobody's business now"


async def test_orders_are_stored_when_they_are_answered(database: SqlDatabase) -> None:
    clock = SetClock()
    async with running_house(database, clock) as house:
        await raised(house)
        assert await house.engine.obey(Acknowledge(alert=1, who="anna")) is Answer.DONE
    async with running_house(database, clock) as house:
        assert house.engine.desk.alerts[1].condition is Condition.ACKNOWLEDGED
        assert await house.engine.obey(Resolve(alert=1, cause="a loose lug", who="anna")) is Answer.DONE
        assert await house.engine.obey(Resolve(alert=1, cause="again", who="anna")) is Answer.NO_SUCH_ALERT
    async with running_house(database, clock) as house:
        assert house.engine.desk.alerts == {}
        (matter,) = house.engine.desk.matters.values()
        assert matter.dismissed


async def test_a_refusal_goes_the_next_way_and_a_failure_is_tried_again(database: SqlDatabase) -> None:
    async with running_house(database, SetClock()) as house:
        house.wires[Medium.SMS].answers.append(Rejected(why="unsubscribed"))
        house.wires[Medium.EMAIL].answers.append(Retry(why="try later"))
        await house.faulted(1)
        await house.opened(1)
        await house.let_pass(5)
        await until(lambda: not house.wires[Medium.EMAIL].answers)
        await house.let_pass(1.1)
        await until(lambda: house.went_by(Medium.EMAIL) == [FIRST])
        assert house.went_by(Medium.SMS) == []


async def test_a_doubt_is_asked_about_and_not_sent_again(database: SqlDatabase) -> None:
    async with running_house(database, SetClock()) as house:
        house.wires[Medium.SMS].answers.append(Unknown(why="no answer"))
        await house.faulted(1)
        await house.opened(1)
        await house.let_pass(5)
        await until(lambda: not house.wires[Medium.SMS].answers)
        await house.let_pass(6)
        await until(lambda: house.courier.outcomes["sms", "sent"] == 1)
        assert [one.short for one in house.wires[Medium.SMS].asked] == [FIRST]
        assert house.went_by(Medium.SMS) == []


async def standing(house: House, stand: Stand) -> list[Delivery]:
    return [one for one, _ in await house.outbox.of_alert(1) if one.stand is stand]


async def test_a_courier_that_died_while_it_sent_is_followed_by_one_that_asks(database: SqlDatabase) -> None:
    clock = SetClock()
    async with running_house(database, clock) as house:
        house.wires[Medium.SMS].gate.clear()
        await house.faulted(1)
        await house.opened(1)
        await house.let_pass(5)
        await until(lambda: house.engine.desk.alerts[1].told)
        while not await standing(house, Stand.LEASED):
            await house.let_pass(0)
    async with running_house(database, clock) as house:
        while not await standing(house, Stand.UNKNOWN):
            await house.let_pass(0)
        await house.let_pass(6)
        await until(lambda: house.courier.outcomes["sms", "sent"] == 1)
        assert [one.short for one in house.wires[Medium.SMS].asked] == [FIRST]


async def test_nothing_comes_of_a_decision_that_is_not_stored(database: SqlDatabase, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("alerts.engine.PAUSES_S", (0.01,))
    async with running_house(database, SetClock()) as house:
        save = house.engine._store.save
        tries = []

        async def away(
            decision: Decision, deliveries: Sequence[Delivery], cursor: int | None, answered: Answered | None = None
        ) -> None:
            tries.append(len(deliveries))
            if len(tries) < 4:
                message = "away"
                raise TransientStoreError(message)
            await save(decision, deliveries, cursor, answered)

        house.engine._store.save = away  # type: ignore[method-assign]
        await house.faulted(1)
        await until(lambda: len(tries) >= 2)
        assert house.engine.failing
        await until(lambda: len(tries) >= 4)
        await house.let_pass(5)
        await until(lambda: house.went_by(Medium.SMS) == [FIRST])
        assert not house.engine.failing


async def test_what_cannot_be_put_into_words_is_told_all_the_same(database: SqlDatabase) -> None:
    def speechless(_notification: Notification, _alert: Alert | None, _desk: Desk) -> Message:
        message = "no sentence for this"
        raise KeyError(message)

    async with running_house(database, SetClock()) as house:
        house.engine._words = speechless
        await house.faulted(1)
        await house.opened(1)
        await house.let_pass(5)
        await until(lambda: house.went_by(Medium.SMS) == ["[page] danger, alert 1"])
        await house.mended(1)
        await house.let_pass(301)
        await until(lambda: house.went_by(Medium.SMS)[1:] == ["[page] danger, alert 1: over"])


# ---------------------------------------------------------------------------------------------------------- other processes


async def test_an_order_from_another_process_is_carried_out_once_and_answered(database: SqlDatabase) -> None:
    clock = SetClock()
    inbox = SqlInbox(database)
    async with running_house(database, clock) as house:
        await raised(house)
        good = await inbox.write(Acknowledge(alert=1, who="ben"), clock.now())
        bad = await inbox.write(Acknowledge(alert=9, who="ben"), clock.now())
        while await inbox.answer(bad) is None:
            await house.let_pass(0)
        assert [await inbox.answer(number) for number in (good, bad)] == [Answer.DONE, Answer.NO_SUCH_ALERT]
        assert (house.engine.desk.alerts[1].condition, house.engine.desk.alerts[1].taken_by) == (Condition.ACKNOWLEDGED, "ben")
        assert await inbox.give_up(good) is Answer.DONE, "it was answered in time"


async def test_an_order_that_was_given_up_or_cannot_be_read_is_carried_out_by_nobody(database: SqlDatabase) -> None:
    clock = SetClock()
    inbox = SqlInbox(database)
    late = await inbox.write(Acknowledge(alert=1, who="ben"), clock.now())
    assert await inbox.give_up(late) is None
    row = {"at": clock.now(), "answer": "", "body": '{"order":"dance"}'}
    await database.write(lambda connection: connection.execute(insert(ORDER), row))
    async with running_house(database, clock) as house:
        await raised(house)
        last = await inbox.write(Snooze(alert=1, who="ben", until=START + timedelta(days=1)), clock.now())
        while await inbox.answer(last) is None:
            await house.let_pass(0)
        assert house.engine.desk.alerts[1].condition is Condition.OPEN
        assert await inbox.answer(late) is None
    answers = await database.read(
        lambda connection: connection.execute(select(ORDER.c.answer).order_by(ORDER.c.id)).scalars().all()
    )
    assert answers == ["given_up", "unreadable", "done"]


async def test_who_is_on_call_outlives_a_restart_and_nobody_hears_of_a_shift_twice(database: SqlDatabase) -> None:
    clock = SetClock()
    swap = Override(schedule="network", since=START, until=START + timedelta(hours=3), leaves="anna", takes_over="ben")
    gone = TemporaryShift(schedule="network", since=START + timedelta(hours=5), until=START + timedelta(hours=6), people=("ben",))
    async with running_house(database, clock, SCHEDULED) as house:
        assert await house.engine.obey(Substitute(changes=(swap, gone), who="ops")) is Answer.DONE
        assert await house.engine.obey(Withdraw(change=2, who="ops")) is Answer.DONE
        await until(lambda: len(house.went_by(Medium.SMS)) == 2)
        assert [one.partition("/")[0] for one in house.went_by(Medium.SMS)] == ["shift", "shift"]
    clock.advance(600)
    async with running_house(database, clock, SCHEDULED) as house:
        desk = house.engine.desk
        assert desk.on_call("network", clock.now()) == ("ben",)
        assert [(one.id, one.by) for one in desk.changes.values()] == [(1, "ops")]
        assert desk.handover_at == START + timedelta(hours=3)
        clock.advance(3 * 3600)
        await house.let_pass(0)
        await until(lambda: len(house.went_by(Medium.SMS)) == 2)
    async with running_house(database, clock, SCHEDULED) as house:
        await house.let_pass(0)
        await house.let_pass(60)
        assert house.went_by(Medium.SMS) == []
