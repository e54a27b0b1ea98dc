"""What the alerts say of themselves at /metrics: every family always, and figures that are what happened."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import pytest
from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.parser import text_string_to_metric_families as read_text

from alerts.core.delivery import Medium, Rejected, Retry, Sent, Unknown
from alerts.core.orders import Acknowledge
from alerts.core.outbox import Report
from alerts.exposition import AlertsCollector
from alerts.metrics import CATALOGUE
from alerts.pusher import Pusher
from alerts.service import Alerts, AlertsDependencies
from alerts.settings import AlertmanagerSettings, AlertsSettings, SmtpSettings
from monitor.registry.directory import Directory
from monitor.runtime.bus_memory import MemoryBus
from monitor.runtime.clock import SystemClock
from monitor.runtime.journal import TransientStoreError
from monitor.storage.judgements import SqlJudgementStore
from tests.alerts.desks import House, running_house
from tests.alerts.wards import PEOPLE
from tests.support.clocks import START, SetClock
from tests.support.databases import sqlite_database
from tests.support.services import until

if TYPE_CHECKING:
    from pathlib import Path

    from monitor.storage.database import SqlDatabase

Found = dict[tuple[str, tuple[str, ...]], float]


def shown(collector: AlertsCollector) -> str:
    registry = CollectorRegistry(auto_describe=False)
    registry.register(collector)
    return generate_latest(registry).decode()


def samples(collector: AlertsCollector) -> Found:
    families = read_text(shown(collector))
    return {
        (one.name.removeprefix("bornewatch_"), tuple(one.labels.values())): one.value
        for family in families
        for one in family.samples
    }


class Running:
    """The parts of a `House`, as the collector asks for them."""

    def __init__(self, house: House) -> None:
        self.engine, self.courier, self.pusher = house.engine, house.courier, None
        self.watchdog = self.canary = None
        self.reloaded, self.reloaded_at = True, START


def of(house: House) -> AlertsCollector:
    return AlertsCollector(Running(house))  # type: ignore[arg-type]  # the parts that are asked for


def test_every_family_is_told_of_without_alerts_and_has_no_series() -> None:
    text = shown(AlertsCollector(None))
    for metric in CATALOGUE:
        assert f"# HELP {metric.name} " in text
        assert f"# TYPE {metric.name} {metric.kind.value}" in text
    assert samples(AlertsCollector(None)) == {}


async def test_what_is_configured_starts_at_nought(database: SqlDatabase) -> None:
    async with running_house(database, SetClock()) as house:
        found = samples(of(house))
        for channel in ("sms", "voice", "email"):
            for outcome in ("sent", "delivered", "failed", "retried", "unknown"):
                assert found["notifications_total", (channel, outcome)] == 0
            assert found["notification_delay_seconds_count", (channel,)] == 0
        assert not [name for name, labels in found if "ntfy" in labels]
        assert {labels for name, labels in found if name == "alerts_open"} == {
            (condition, severity) for severity in ("page", "ticket", "info") for condition in ("open", "acknowledged")
        }
        assert sum(value for (name, _), value in found.items() if name == "alerts_open") == 0
        assert ("notification_oldest_waiting_timestamp_seconds", ()) not in found
        assert found["alerts_deciding", ()] == 1


async def test_a_message_is_counted_once_for_each_thing_that_comes_of_it(database: SqlDatabase) -> None:
    async with running_house(database, SetClock()) as house:
        house.wires[Medium.SMS].answers.extend([Retry(why="busy"), Unknown(why="no answer")])
        house.wires[Medium.SMS].told_of.append(Sent(reference="SM1"))
        await house.faulted(1)
        await house.opened(1)
        await house.let_pass(5)
        await until(lambda: house.courier.outcomes["sms", "retried"] == 1)
        await until(lambda: house.courier.waiting.oldest_at is not None)
        decided_at = START + timedelta(seconds=5)
        assert samples(of(house))["notification_oldest_waiting_timestamp_seconds", ()] == decided_at.timestamp()
        await house.let_pass(1.5)
        await until(lambda: house.courier.outcomes["sms", "unknown"] == 1)
        await house.let_pass(6)
        await until(lambda: house.courier.outcomes["sms", "sent"] == 1)
        ((delivery, _),) = await house.outbox.of_alert(1)
        for _ in range(3):
            assert await house.courier.report(delivery.id, Report.DELIVERED, "")
        found = samples(of(house))
        counted = {
            labels[1]: value for (name, labels), value in found.items() if name == "notifications_total" and labels[0] == "sms"
        }
        assert counted == {"sent": 1, "delivered": 1, "failed": 0, "retried": 1, "unknown": 1}
        assert (found["notification_delay_seconds_count", ("sms",)], found["notification_delay_seconds_sum", ("sms",)]) == (1, 7.5)
        await until(lambda: house.courier.waiting.oldest_at is None)


async def test_what_is_refused_is_counted_and_the_next_way_as_well(database: SqlDatabase) -> None:
    async with running_house(database, SetClock()) as house:
        house.wires[Medium.SMS].answers.append(Rejected(why="unsubscribed"))
        await house.faulted(1)
        await house.opened(1)
        await house.let_pass(5)
        await until(lambda: house.courier.outcomes["email", "sent"] == 1)
        found = samples(of(house))
        assert found["notifications_total", ("sms", "failed")] == 1
        assert found["notification_delay_seconds_count", ("sms",)] == 0
        assert found["alerts_open", ("open", "page")] == 1
        await house.engine.obey(Acknowledge(alert=1, who="anna"))
        found = samples(of(house))
        assert (found["alerts_open", ("open", "page")], found["alerts_open", ("acknowledged", "page")]) == (0, 1)


async def test_a_log_that_cannot_be_read_shows_until_it_can(database: SqlDatabase) -> None:
    async with running_house(database, SetClock()) as house:
        tail = house.engine._events.tail

        async def away(*_: object) -> None:
            message = "away"
            raise TransientStoreError(message)

        house.engine._events.tail = away  # type: ignore[method-assign,assignment]
        house.engine._stirred.set()
        await until(lambda: samples(of(house))["alerts_deciding", ()] == 0)
        house.engine._events.tail = tail  # type: ignore[method-assign]
        house.engine._stirred.set()
        await until(lambda: samples(of(house))["alerts_deciding", ()] == 1)


def made(rules: Path, database: SqlDatabase, url: str = "") -> Alerts:
    """Return alerts that go by the file `rules` and push to the Alertmanager at `url`."""
    return Alerts(
        AlertsDependencies(
            alerts=AlertsSettings(file=str(rules)),
            smtp=SmtpSettings(),
            alertmanager=AlertmanagerSettings(url=url),
            twilio=None,
            console_base="http://127.0.0.1:8080",
            public_base="http://127.0.0.1:8081",
            database=database,
            events=SqlJudgementStore(database),
            bus=MemoryBus(),
            directory=Directory(),
            view=None,  # type: ignore[arg-type]  # nobody is registered
            clock=SystemClock(),
        )
    )


@pytest.mark.parametrize("url", ["", "http://127.0.0.1:9"])
async def test_the_rules_and_the_alertmanager_show_how_they_are(tmp_path: Path, url: str) -> None:
    rules = tmp_path / "alerts.toml"
    rules.write_text(PEOPLE)
    async with sqlite_database(tmp_path) as database:
        alerts = made(rules, database, url)
        first = samples(AlertsCollector(alerts))
        assert first["alerts_config_last_reload_successful", ()] == 1
        rules.write_text("nonsense")
        await alerts._reload()
        second = samples(AlertsCollector(alerts))
        assert second["alerts_config_last_reload_successful", ()] == 0
        at = "alerts_config_last_reload_success_timestamp_seconds", ()
        assert second[at] == first[at]
        rules.write_text(PEOPLE)
        await alerts._reload()
        third = samples(AlertsCollector(alerts))
        assert third["alerts_config_last_reload_successful", ()] == 1
        assert third[at] > first[at]
        if not url:
            assert alerts.pusher is None
            assert ("alertmanager_up", ()) not in third
            return
        assert isinstance(alerts.pusher, Pusher)
        alerts.pusher.failing = True
        assert samples(AlertsCollector(alerts))["alertmanager_up", ()] == 0
