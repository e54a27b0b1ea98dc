"""Bad days, told as minutes: clocks that are set, nights on which they change, a database that is away, a long absence of ours."""

from __future__ import annotations

from datetime import UTC, datetime, time, timedelta
from typing import TYPE_CHECKING, Any, TypeVar

import pytest

from alerts.core.delivery import Medium
from alerts.core.hours import Hours
from alerts.core.model import Silence
from alerts.core.orders import Answer, Hush, Snooze
from alerts.core.outbox import Stand
from alerts.core.severity import Severity
from alerts.pipeline import keep_pace
from monitor.runtime.journal import TransientStoreError
from tests.alerts.desks import House, running_house
from tests.alerts.test_oncall import LUXEMBOURG
from tests.alerts.wards import PEOPLE, Ward
from tests.support.clocks import START, SetClock
from tests.support.services import until

if TYPE_CHECKING:
    from collections.abc import Callable

    from monitor.storage.database import SqlDatabase

T = TypeVar("T")
FIRST, SECOND, THIRD = "1/0/0/0/raise/anna", "1/0/0/1/raise/ben", "1/0/1/0/raise/anna"


def told(ward: Ward) -> list[tuple[float, str, str]]:
    return [(round(at, 2), person, medium) for at, _, person, medium in ward.messages()]


# ---------------------------------------------------------------------------------------------------------- the pace of steps


def test_after_a_silence_the_steps_that_are_late_come_in_their_distance_and_not_all_at_once() -> None:
    ward = Ward()
    ward.add(1, site="Brill")
    ward.faulted(0, 1, "GroundFailure")
    silence = Silence(id=0, matchers=(), since=ward.at(1), until=ward.at(60), who="anna", why="tests")
    assert ward.order(1, Hush(silence=silence, who="anna")) is Answer.DONE
    ward.wait(120)
    assert told(ward) == [(0.08, "anna", "sms"), (60.0, "ben", "voice"), (65.0, "anna", "sms"), (70.0, "ben", "voice")]


def test_after_an_absence_of_ours_the_steps_come_in_their_distance() -> None:
    ward = Ward()
    ward.add(1)
    ward.faulted(0, 1, "GroundFailure")
    ward.wait(1)
    ward.now = ward.at(40)
    ward.looked_over(40)
    ward.wait(120)
    assert told(ward) == [(0.08, "anna", "sms"), (40.0, "ben", "voice"), (45.0, "anna", "sms"), (50.0, "ben", "voice")]


def test_a_snooze_ends_when_the_clock_says_so_and_the_steps_go_on_from_there() -> None:
    ward = Ward()
    ward.add(1)
    ward.faulted(0, 1, "GroundFailure")
    assert ward.order(2, Snooze(alert=1, until=ward.at(30), who="anna")) is Answer.DONE
    ward.wait(36)
    assert told(ward) == [(0.08, "anna", "sms"), (30.0, "ben", "voice"), (35.0, "anna", "sms")]


def test_who_had_enough_is_told_once_of_what_waited() -> None:
    ben = ', { notify = "contact:ben", by = ["voice"], after = "5m" }'
    ward = Ward(PEOPLE.replace('by = ["sms", "email"]', 'by = ["sms"]').replace(ben, "").replace("repeat = 1", "repeat = 0"))
    ward.add(*range(1, 9))
    for number in range(1, 9):
        ward.faulted(0, number, "GroundFailure")
    ward.wait(24 * 60)
    at = [(round(minute, 2), one.alert, one.along) for (minute, *_), one in zip(ward.messages(), ward.told, strict=True)]
    assert at == [*((0.08, number, ()) for number in range(1, 6)), (1.08, 6, (7, 8))]


# ---------------------------------------------------------------------------------------------------------- clocks that are set


@pytest.mark.parametrize("hours", [-1, 1])
def test_a_clock_that_is_set_by_an_hour_neither_hastens_nor_delays_an_escalation(hours: int) -> None:
    ward = Ward()
    ward.add(1)
    ward.faulted(0, 1, "GroundFailure")
    ward.wait(2)
    step = timedelta(hours=hours)
    ward.now += step
    ward._note(keep_pace(ward.desk, step, ward.now))
    ward.wait(2 + 60 * hours + 20)
    hour = 60 * hours
    assert told(ward) == [
        (0.08, "anna", "sms"),
        (round(hour + 5.08, 2), "ben", "voice"),
        (round(hour + 10.08, 2), "anna", "sms"),
        (round(hour + 15.08, 2), "ben", "voice"),
    ]
    assert len({one.key for one in ward.told}) == 4


def test_a_clock_that_is_set_back_does_not_make_a_rule_wait_for_longer() -> None:
    ward = Ward()
    ward.add(1, 2, site="Brill")
    ward.cut(60, 1)
    ward.wait(70)
    ward.now -= timedelta(hours=1)
    ward._note(keep_pace(ward.desk, timedelta(hours=-1), ward.now))
    ward.wait(25)
    assert told(ward) == [(20.08, "anna", "sms")], "twenty minutes after it began, by the steady clock"


@pytest.mark.parametrize("hours", [-1, 1])
async def test_the_engine_notices_that_the_clock_was_set(database: SqlDatabase, hours: int) -> None:
    clock = SetClock()
    async with running_house(database, clock) as house:
        await house.faulted(1)
        await house.opened(1)
        await house.let_pass(5)
        await until(lambda: house.went_by(Medium.SMS) == [FIRST])
        began = house.engine.desk.alerts[1].began_at
        assert began is not None
        clock.step_wall(3600 * hours)
        await house.let_pass(0)
        await until(lambda: house.engine.desk.alerts[1].began_at == began + timedelta(hours=hours))
        assert house.went_by(Medium.VOICE) == []
        await house.let_pass(300)
        await until(lambda: house.went_by(Medium.VOICE) == [SECOND])
        assert house.went_by(Medium.SMS) == [FIRST]


async def test_a_message_that_is_due_in_an_hour_was_overtaken_by_the_clock_and_is_due_now(database: SqlDatabase) -> None:
    clock = SetClock()
    house = House(database, clock)
    await house.judgements.states()
    await house.engine.open()
    await house.faulted(1)
    await house.engine._look()
    clock.advance(5)
    await house.engine._look()
    (taken,) = await house.outbox.lease(clock.now() - timedelta(hours=1), 10)
    assert taken.stand is Stand.LEASED


# ---------------------------------------------------------------------------------------------------------- nights


SPRING, AUTUMN = datetime(2026, 3, 29, 1, 0, tzinfo=UTC), datetime(2026, 10, 25, 1, 0, tzinfo=UTC)


@pytest.mark.parametrize("night", [SPRING, AUTUMN])
def test_an_escalation_over_the_night_on_which_clocks_change_keeps_its_pace(night: datetime) -> None:
    ward = Ward()
    begins = (night - START) / timedelta(minutes=1) - 7
    ward.now = night - timedelta(minutes=7)
    ward.add(1)
    ward.faulted(begins, 1, "GroundFailure")
    ward.wait(begins + 30)
    assert [(round(at - begins, 2), person) for at, _, person, _ in ward.messages()] == [
        (0.08, "anna"),
        (5.08, "ben"),
        (10.08, "anna"),
        (15.08, "ben"),
    ]


@pytest.mark.parametrize(
    ("since", "opens"),
    [
        ("2026-03-28T18:00", "2026-03-29T06:00"),  # eight in the morning is six, summer time has begun
        ("2026-03-27T18:00", "2026-03-28T07:00"),
        ("2026-10-24T18:00", "2026-10-25T07:00"),  # and seven, now that it is over
        ("2026-10-23T18:00", "2026-10-24T06:00"),
    ],
)
def test_a_ticket_waits_for_eight_on_the_wall_whichever_night_it_is(since: str, opens: str) -> None:
    hours = 'hours = { days = "mon-sun", from = "08:00", to = "18:00" }\n'
    ward = Ward(PEOPLE + '[[route]]\nmatch = { severity = "ticket" }\npolicy = "network"\n' + hours)
    ward.add(1)
    ward.now = datetime.fromisoformat(since).replace(tzinfo=UTC)
    begins = (ward.now - START) / timedelta(minutes=1)
    ward.faulted(begins, 1, "ReaderFailure")
    ward.wait(begins + 24 * 60)
    first = next(one for one in ward.told)
    assert (first.severity, first.at) == (Severity.TICKET, datetime.fromisoformat(opens).replace(tzinfo=UTC))


@pytest.mark.parametrize(
    ("begin", "asked", "opens"),
    [
        (time(2, 30), "2026-03-29T00:10", "2026-03-29T01:00"),  # 02:30 is leapt over: three o'clock
        (time(2, 30), "2026-10-24T20:00", "2026-10-25T00:30"),  # 02:30 comes twice: the first time
        (time(3), "2026-10-25T00:30", "2026-10-25T02:00"),
        (time(3), "2026-03-29T00:30", "2026-03-29T01:00"),
    ],
)
def test_hours_that_begin_in_the_night_begin_when_the_wall_first_shows_them(begin: time, asked: str, opens: str) -> None:
    hours = Hours(days=frozenset(range(1, 8)), start=begin, end=time(4), zone=LUXEMBOURG)
    found = hours.next(datetime.fromisoformat(asked).replace(tzinfo=UTC))
    assert found == datetime.fromisoformat(opens).replace(tzinfo=UTC)
    assert hours.hold(found)
    assert not hours.hold(found - datetime.resolution)


# ---------------------------------------------------------------------------------------------------------- a database that is away


class Leaving:
    """A database that is away when it is told to be."""

    def __init__(self, database: SqlDatabase) -> None:
        self._database = database
        self.away = False
        self.refused = 0

    def _see(self) -> None:
        if self.away:
            self.refused += 1
            message = "the server closed the connection"
            raise TransientStoreError(message)

    async def write(self, work: Callable[[Any], T]) -> T:
        self._see()
        return await self._database.write(work)

    async def read(self, work: Callable[[Any], T]) -> T:
        self._see()
        return await self._database.read(work)


@pytest.fixture
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """Try again at once: the ten minutes pass on the clock that is set."""
    monkeypatch.setattr("alerts.engine.PAUSES_S", (0.01,))
    monkeypatch.setattr("alerts.courier.AGAIN_S", 0.01)


async def away_for_ten_minutes(house: House, database: Leaving) -> None:
    for _ in range(10):
        before = database.refused
        await house.let_pass(60)
        await until(lambda seen=before: database.refused > seen and house.engine.failing)


@pytest.mark.usefixtures("impatient")
async def test_a_decision_outlives_ten_minutes_without_a_database(database: SqlDatabase) -> None:
    leaving = Leaving(database)
    async with running_house(leaving, SetClock()) as house:
        await house.faulted(1)
        await house.opened(1)
        leaving.away = True
        await away_for_ten_minutes(house, leaving)
        assert house.went_by(Medium.SMS) == []
        leaving.away = False
        await until(lambda: house.went_by(Medium.SMS) == [FIRST])
        await house.let_pass(0)
        await until(lambda: house.went_by(Medium.VOICE) == [SECOND])
        assert house.went_by(Medium.SMS) == [FIRST], "once, and the round goes on five minutes later"
        await house.let_pass(301)
        await until(lambda: house.went_by(Medium.SMS) == [FIRST, THIRD])


@pytest.mark.usefixtures("impatient")
async def test_what_was_sent_and_could_not_be_written_down_for_ten_minutes_is_not_sent_again(database: SqlDatabase) -> None:
    leaving = Leaving(database)
    async with running_house(leaving, SetClock(), PEOPLE.replace('after = "5m"', 'after = "1h"')) as house:
        wire = house.wires[Medium.SMS]
        wire.gate.clear()
        await house.faulted(1)
        await house.opened(1)
        await house.let_pass(5)
        await until(lambda: bool(house.engine.desk.alerts[1].told))
        while not [one for one, _ in await house.outbox.of_alert(1) if one.stand is Stand.LEASED]:
            await house.let_pass(0)
        leaving.away = True
        wire.gate.set()
        await away_for_ten_minutes(house, leaving)
        assert house.went_by(Medium.SMS) == [FIRST]
        leaving.away = False
        await until(lambda: house.courier.outcomes["sms", "sent"] == 1)
        await house.let_pass(120)
        assert house.went_by(Medium.SMS) == [FIRST]
        assert house.went_by(Medium.EMAIL) == []


@pytest.mark.usefixtures("impatient")
async def test_what_happens_while_the_log_cannot_be_read_is_read_later(database: SqlDatabase) -> None:
    leaving = Leaving(database)
    async with running_house(leaving, SetClock()) as house:
        other = House(database, house.clock)
        await other.judgements.states()
        leaving.away = True
        await other.faulted(2)
        await away_for_ten_minutes(house, leaving)
        leaving.away = False
        await house.opened(1)
        await house.let_pass(5)
        await until(lambda: house.went_by(Medium.SMS) == [FIRST])
