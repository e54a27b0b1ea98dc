"""What is open and what was must not make the next page late: work grows with what happens, not with what there is.

Small samples of case 12 of `bench`, which measures seconds; here calls are counted, and what the database is asked is explained.
"""

from __future__ import annotations

import sys
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest
from sqlalchemy import event, insert

from alerts.core.delivery import Medium, Message
from alerts.core.model import Way
from alerts.core.outbox import Delivery, Stand
from alerts.storage.rows import DELIVERY, delivery_row
from monitor.core.breaches import Cause
from monitor.core.events import IncidentOpened
from monitor.core.ids import NETWORK, StationId
from monitor.core.incidents import Scope
from tests.alerts.desks import running_house
from tests.alerts.wards import PEOPLE, Ward
from tests.support.clocks import START, SetClock
from tests.support.databases import sqlite_database
from tests.support.services import until

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from sqlalchemy import Connection

REGION = PEOPLE + '[[rule]]\nname = "region"\non = "breach"\ngroup_by = ["region"]\nseverity = "page"\n'


def calls_of(work: Callable[[], object]) -> int:
    """Return how many functions `work` calls."""
    counted = 0

    def count(_frame: object, what: str, _arg: object) -> None:
        nonlocal counted
        counted += what == "call"

    before = sys.getprofile()
    sys.setprofile(count)
    try:
        work()
    finally:
        sys.setprofile(before)
    return counted


@pytest.mark.parametrize("rules", [REGION, PEOPLE], ids=["one alert", "an alert each"])
def test_four_times_the_breaches_are_four_times_the_work(rules: str) -> None:
    def told(breaches: int) -> int:
        ward = Ward(rules)
        ward.add(*range(1, breaches + 1), region="Sud")

        def happen() -> None:
            for number in range(1, breaches + 1):
                ward.cut(number / 100, number)
            ward.wait(60)
            ward.back(60, *range(1, breaches // 2 + 1))

        return calls_of(happen)

    few, many = told(100), told(400)
    assert many < 6 * few, f"{few} calls for 100, {many} for 400"


def test_an_incident_of_a_thousand_is_one_page_to_one_person_whom_as_many_tickets_have_worn_out() -> None:
    ward = Ward()
    ward.add(*range(1, 2001))
    ward.cut(0, *range(1, 1001))
    ward.wait(30)
    before = len(ward.told)
    ward.incident(31, "I1", *range(1001, 2001))
    ward.cut(31, *range(1001, 2001), cause=Cause.APN, incident="I1")
    ward.wait(33)
    assert "throttled" in ward.reasons()
    assert [(one.person, one.severity, one.at) for one in ward.told[before:]] == [("anna", "page", ward.at(31 + 5 / 60))]


async def test_history_is_not_looked_through_on_the_way_to_a_page(tmp_path: Path) -> None:
    clock, asked = SetClock(), list[tuple[str, Any]]()

    def remember(connection: Connection) -> None:
        way, message = Way(medium=Medium.SMS, address="+352621000009"), Message(id="", to="")
        rows = []
        for number in range(2000):
            at = START - timedelta(minutes=20 * (number + 20))
            one = Delivery(
                id=f"old{number}", notification="", alert=-1, person="", way=way, message=message, created_at=at, next_at=at,
                stand=Stand.DELIVERED,
            )  # fmt: skip
            rows.append(delivery_row(one))
        connection.execute(insert(DELIVERY), rows)

    def note(_connection: object, _cursor: object, statement: str, values: Any, *_rest: object) -> None:
        if statement.lstrip().upper().startswith("SELECT") and "alerts_delivery" in statement:
            asked.append((statement, values))

    async with sqlite_database(tmp_path) as database:
        await database.write(remember)
        async with running_house(database, clock) as house:
            event.listen(database.engine, "before_cursor_execute", note)
            opened = IncidentOpened(
                at=START, incident="I1", scope=Scope.APN, key="apn", since=START, stations=(StationId(1),), probability=0.99
            )
            await house.tell(NETWORK, opened)
            await house.opened(1)
            await house.let_pass(5)
            await until(lambda: len(house.went_by(Medium.SMS)) == 1)
            await until(lambda: house.courier.outcomes["sms", "sent"] == 1)
        assert asked

        def plans(connection: Connection) -> list[str]:
            told = (connection.exec_driver_sql(f"explain query plan {statement}", values) for statement, values in asked)
            return [row.detail for rows in told for row in rows]

        assert [one for one in await database.read(plans) if one.startswith("SCAN")] == []
