"""Alerts to a Prometheus Alertmanager: exactly what is posted."""

from __future__ import annotations

from datetime import timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from alerts.channels.alertmanager import Alertmanager, AlertmanagerServer, _named
from alerts.core.delivery import Channel, Rejected, Retry, Sent, Unknown
from tests.alerts.channels.messages import HOSTILE, SINCE, fact, later, message
from tests.support.broken_servers import broken, closing, free_port, silent
from tests.support.clocks import SetClock
from tests.support.receivers import receiving


def alertmanager(url: str = "", *, now: float = 10, patience_s: float = 5) -> Alertmanager:
    return Alertmanager(AlertmanagerServer(url=url), SetClock(later(now)), patience_s=patience_s)


async def test_an_alert_that_holds_ends_in_five_minutes_unless_it_is_pushed_again() -> None:
    async with receiving() as receiver:
        assert await alertmanager().send(message(to=receiver.url, facts=(fact(),))) == Sent()
        asked = receiver.last
        assert (asked.method, asked.path, asked.headers["Content-Type"]) == ("POST", "/api/v2/alerts", "application/json")
        assert asked.body == (
            b'[{"labels":{"alertname":"borne-offline","severity":"page","station":"CP2500"},'
            b'"annotations":{"summary":"CP2500 offline"},'
            b'"startsAt":"2026-05-04T06:02:00Z","endsAt":"2026-05-04T06:17:00Z",'
            b'"generatorURL":"https://watch.example/alerts/17"}]'
        )


async def test_each_alert_names_its_own_page() -> None:
    async with receiving() as receiver:
        facts = (fact(url="https://watch.example/alerts/3"), fact(url="https://watch.example/alerts/4"), fact())
        assert await alertmanager().send(message(to=receiver.url, url="", facts=facts)) == Sent()
        pages = [one.get("generatorURL") for one in receiver.last.json]
        assert pages == ["https://watch.example/alerts/3", "https://watch.example/alerts/4", None]


async def test_an_alert_that_is_over_ends_when_it_ended() -> None:
    async with receiving() as receiver:
        await alertmanager().send(message(to=receiver.url, over=True, facts=(fact(until=later(3)), fact())))
        assert [alert["endsAt"] for alert in receiver.last.json] == ["2026-05-04T06:05:00Z", "2026-05-04T06:17:00Z"]


async def test_an_alert_never_ends_before_it_starts() -> None:
    async with receiving() as receiver:
        await alertmanager(now=-60).send(message(to=receiver.url, facts=(fact(), fact(until=later(-1)))))
        for alert in receiver.last.json:
            assert alert["endsAt"] == alert["startsAt"] == "2026-05-04T06:02:00Z"


async def test_instants_of_other_zones_are_written_in_utc() -> None:
    async with receiving() as receiver:
        there = SINCE.astimezone(timezone(timedelta(hours=2)))
        await alertmanager().send(message(to=receiver.url, facts=(fact(since=there, until=there),)))
        assert receiver.last.json[0]["startsAt"] == receiver.last.json[0]["endsAt"] == "2026-05-04T06:02:00Z"


async def test_names_become_what_every_alertmanager_takes() -> None:
    async with receiving() as receiver:
        labels = {"a-b": "1", "a.b": "2", "a_b": "3", "9": "4", "": "5", "é": "6", "empty": " \r\n ", "alertname": "x"}
        annotations = {"run book": "one\r\ntwo\x00", "summary": HOSTILE}
        await alertmanager().send(message(to=receiver.url, facts=(fact(labels=labels, annotations=annotations),)))
        alert = receiver.last.json[0]
        assert alert["labels"] == {"a_b": "1", "a_b_": "2", "a_b__": "3", "_9": "4", "_": "5", "__": "6", "alertname": "x"}
        assert alert["annotations"]["run_book"] == "one\ntwo"


async def test_an_alert_always_has_a_name() -> None:
    async with receiving() as receiver:
        await alertmanager().send(message(to=receiver.url, facts=(fact(labels={}), fact(labels={"alertname": " "}))))
        assert [alert["labels"] for alert in receiver.last.json] == [{"alertname": "bornewatch"}] * 2


@pytest.mark.parametrize("url", ["", "javascript:alert(1)", "https://a b", "https://x\r\nY", "watch.example"])
async def test_what_is_no_page_is_no_generator(url: str) -> None:
    async with receiving() as receiver:
        await alertmanager().send(message(to=receiver.url, url=url, facts=(fact(),)))
        assert "generatorURL" not in receiver.last.json[0]


async def test_a_message_without_an_address_goes_to_the_configured_server() -> None:
    async with receiving() as receiver:
        assert await alertmanager(f"{receiver.url}/am/").send(message(to="", facts=(fact(),))) == Sent()
        assert receiver.last.path == "/am/api/v2/alerts"


async def test_a_message_without_alerts_is_refused() -> None:
    async with receiving() as receiver:
        assert await alertmanager().send(message(to=receiver.url)) == Rejected(why="the message holds no alerts")
        assert receiver.asked == []


@pytest.mark.parametrize(
    ("status", "kind"), [(200, Sent), (202, Sent), (400, Rejected), (401, Rejected), (404, Rejected), (413, Rejected)]
)
@pytest.mark.parametrize("text", ["", '"start time must be before end time"'])
async def test_what_it_answers_counts(status: int, kind: type, text: str) -> None:
    async with receiving() as receiver:
        receiver.answers(status, text=text)
        assert isinstance(await alertmanager().send(message(to=receiver.url, facts=(fact(),))), kind)


@pytest.mark.parametrize("status", [429, 500, 502, 503])
async def test_its_failures_are_tried_again(status: int) -> None:
    async with receiving() as receiver:
        receiver.answers(status)
        assert await alertmanager().send(message(to=receiver.url, facts=(fact(),))) == Retry(why=f"Alertmanager answered {status}")


async def test_a_lost_connection_is_tried_again_because_it_knows_its_alerts() -> None:
    for server in (silent(), closing()):
        async with broken(server):
            assert isinstance(await alertmanager(patience_s=0.2).send(message(to=server.url, facts=(fact(),))), Retry)
    assert isinstance(await alertmanager().send(message(to=f"http://127.0.0.1:{free_port()}", facts=(fact(),))), Retry)


async def test_it_is_not_asked() -> None:
    channel: Channel = alertmanager()
    assert isinstance(await channel.ask(message()), Unknown)


@given(st.dictionaries(st.text(max_size=5), st.text(max_size=5), max_size=8))
def test_no_label_is_lost_under_its_new_name(labels: dict[str, str]) -> None:
    named = list(_named(labels))
    assert len({name for name, _ in named}) == len(labels)
    assert sorted(value for _, value in named) == sorted(labels.values())
