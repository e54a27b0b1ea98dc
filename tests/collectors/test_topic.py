"""Lines from a topic of a real broker, npm's aedes: acknowledged when they are stored, kept for us while we are away.

tools/npm.sh brings it; where it could not be had, the tests are skipped.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
from typing import TYPE_CHECKING, Any

import pytest
import structlog
from prometheus_client import generate_latest

from monitor.collectors.ingest import topic
from monitor.configuration import ConfigurationError
from monitor.core.events import State
from monitor.core.ids import StationId
from monitor.exporter.service_collector import service_registry
from monitor.ops import figures_of
from monitor.runtime.journal import TransientStoreError
from monitor.settings import IngestSettings
from tests.collectors.test_mirror import Writer, body
from tests.support.certificates import make_files
from tests.support.npm import needs_npm, running_peer
from tests.support.programs import free_port
from tests.support.services import running_monitor, until

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

    from monitor.service import Monitor

USER, PASSWORD = "desk", "between us"

pytestmark = needs_npm


class Broker:
    """The broker in a process of its own; `said` is what it has told so far."""

    def __init__(self, process: asyncio.subprocess.Process, port: int) -> None:
        self._process = process
        self.port = port
        self.said: list[dict[str, Any]] = []

    def tell(self, **order: Any) -> None:
        assert self._process.stdin is not None
        self._process.stdin.write(json.dumps(order).encode() + b"\n")

    def publish(self, *lines: dict[str, Any]) -> str:
        """Publish `lines` as one message and return it."""
        message = body(*lines).decode()
        self.tell(topic="field/one", payload=message)
        return message

    def told(self, what: str) -> list[Any]:
        return [one[what] for one in self.said if what in one]

    async def listen(self) -> None:
        assert self._process.stdout is not None
        async for line in self._process.stdout:
            self.said.append(json.loads(line))


@contextlib.asynccontextmanager
async def broker_at(port: int = 0, *tls: Path) -> AsyncIterator[Broker]:
    async with asyncio.TaskGroup() as tasks, running_peer("mqtt_broker.mjs", port, USER, PASSWORD, *tls) as process:
        broker = Broker(process, port)
        tasks.create_task(broker.listen())
        await until(lambda: broker.told("listening"))
        (broker.port,) = broker.told("listening")
        yield broker


@pytest.fixture
async def broker() -> AsyncIterator[Broker]:
    async with broker_at() as one:
        yield one


def followed(port: int, **more: Any) -> dict[str, Any]:
    return {"broker": f"mqtt://127.0.0.1:{port}", "topic": "field/#", "user": USER, "password": PASSWORD, **more}


async def following(monitor: Monitor) -> None:
    await until(lambda: monitor.mirroring.topic is not None and monitor.mirroring.topic.connected)


async def test_lines_reach_the_model_once_and_are_acknowledged(tmp_path: Path, broker: Broker) -> None:
    async with running_monitor(tmp_path, ingest=followed(broker.port)) as monitor:
        await following(monitor)
        write = Writer(monitor)
        twice = write.frame([2, "1", "StatusNotification", {"connectorId": 1, "errorCode": "NoError", "status": "Charging"}])
        messages = [
            broker.publish(write.line("boot", ago_s=2, reason="PowerUp"), twice),
            broker.publish(twice, {"id": "odd", "at": "yesterday"}),
            broker.publish(),
        ]
        await until(lambda: broker.told("acknowledged") == messages)
        state = monitor.engine.health(StationId(1))
        assert (state.state, [one.status for one in state.connectors]) == (State.ONLINE, ["Charging"])
        counts = monitor.mirroring.mirror.counts
        assert (counts["taken"], counts["repeated"], counts["bad"]) == (2, 1, 1)
        shown = generate_latest(service_registry(figures_of(monitor, "test"))).decode()
        assert 'bornewatch_mirror_lines_total{outcome="repeated"} 1.0' in shown
        assert "bornewatch_mirror_topic_up 1.0" in shown


async def test_what_is_not_stored_is_not_acknowledged(tmp_path: Path, broker: Broker, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(topic, "AGAIN_S", 0.05)
    async with running_monitor(tmp_path, ingest=followed(broker.port)) as monitor:
        await following(monitor)
        assert monitor.mirroring.topic is not None
        tries = []

        async def away(body: bytes) -> Any:
            tries.append(body)
            message = "away"
            raise TransientStoreError(message)

        take = monitor.mirroring.topic._take
        monitor.mirroring.topic._take = away
        message = broker.publish(Writer(monitor).line("message", action="Heartbeat"))
        await until(lambda: len(tries) >= 3)
        assert broker.told("acknowledged") == []
        monitor.mirroring.topic._take = take
        await until(lambda: broker.told("acknowledged") == [message])
        assert monitor.engine.health(StationId(1)).state is State.ONLINE


async def test_what_is_published_while_we_are_away_is_kept_for_us(tmp_path: Path, broker: Broker) -> None:
    async with running_monitor(tmp_path, ingest=followed(broker.port)) as monitor:
        await following(monitor)
        write = Writer(monitor)
    await until(lambda: broker.told("left"))
    message = broker.publish(write.line("message", action="Heartbeat"))
    async with running_monitor(tmp_path, ingest=followed(broker.port)) as monitor:
        await until(lambda: broker.told("acknowledged") == [message])
        assert monitor.mirroring.mirror.counts["taken"] == 1


async def test_a_connection_that_is_cut_off_is_opened_again(
    tmp_path: Path, broker: Broker, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(topic, "DIAL_S", 0.05)
    async with running_monitor(tmp_path, ingest=followed(broker.port)) as monitor:
        await following(monitor)
        broker.tell(drop=True)
        await until(lambda: len(broker.told("joined")) == 2)
        message = broker.publish(Writer(monitor).line("message", action="Heartbeat"))
        await until(lambda: broker.told("acknowledged") == [message])


async def test_a_broker_that_is_not_there_or_refuses_us_is_dialled_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(topic, "DIAL_S", 0.05)
    port = free_port()
    async with running_monitor(tmp_path, ingest=followed(port)) as monitor:
        with structlog.testing.capture_logs() as told:
            await until(lambda: any(one["event"] == "the broker cannot be reached" for one in told))
        async with broker_at(port) as broker:
            await following(monitor)
            await until(lambda: broker.told("joined") == ["bornewatch"])
    async with broker_at() as broker, running_monitor(tmp_path, ingest=followed(broker.port, password="wrong")) as monitor:
        await until(lambda: len(broker.told("refused")) >= 2)
        assert monitor.mirroring.topic is not None
        assert not monitor.mirroring.topic.connected


async def test_a_topic_that_is_not_ours_is_said_and_asked_for_again(
    tmp_path: Path, broker: Broker, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(topic, "DIAL_S", 0.05)
    async with running_monitor(tmp_path, ingest=followed(broker.port, topic="forbidden")) as monitor:
        await until(lambda: len(broker.told("joined")) >= 2)
        assert monitor.mirroring.topic is not None
        assert not monitor.mirroring.topic.connected


async def test_a_broker_over_tls_is_known_by_its_certificate(tmp_path: Path) -> None:
    files = make_files(tmp_path)
    async with broker_at(0, files.certificate, files.key) as broker:
        over_tls = followed(broker.port, broker=f"mqtts://localhost:{broker.port}")
        async with running_monitor(tmp_path, ingest={**over_tls, "ca": str(files.client_ca)}) as monitor:
            await following(monitor)
        with structlog.testing.capture_logs() as told:
            async with running_monitor(tmp_path, ingest=over_tls):
                await until(lambda: any("CERTIFICATE_VERIFY_FAILED" in one.get("error", "") for one in told))
        assert broker.told("joined") == ["bornewatch"], "the second did not trust it"
        with pytest.raises(ConfigurationError, match=r"ingest\.ca: .*nowhere\.pem cannot be used \(No such file"):
            async with running_monitor(tmp_path, ingest={**over_tls, "ca": str(tmp_path / "nowhere.pem")}):
                pass


async def test_a_broker_that_sends_on_without_being_answered_is_left(
    tmp_path: Path, broker: Broker, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(topic, "MOST_WAITING", 3)
    monkeypatch.setattr(topic, "DIAL_S", 0.05)
    async with running_monitor(tmp_path, ingest=followed(broker.port)) as monitor:
        await following(monitor)
        assert monitor.mirroring.topic is not None
        storing = asyncio.Event()
        take = monitor.mirroring.topic._take

        async def slow(body: bytes) -> Any:
            await storing.wait()
            return await take(body)

        monitor.mirroring.topic._take = slow
        write = Writer(monitor)
        for _ in range(8):
            broker.publish(write.line("message", action="Heartbeat"))
        await until(lambda: broker.told("left"))
        storing.set()
        await until(lambda: monitor.mirroring.mirror.counts["taken"] == 8)


async def test_a_message_that_is_too_long_is_passed_over(tmp_path: Path, broker: Broker, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(topic, "LARGEST", 100)
    async with running_monitor(tmp_path, ingest=followed(broker.port)) as monitor:
        await following(monitor)
        broker.tell(topic="field/one", payload="x" * 101)
        await until(lambda: broker.told("acknowledged") == ["x" * 101])
        assert monitor.mirroring.mirror.counts["bad"] == 0


@pytest.mark.parametrize(
    "keys",
    [
        {"broker": "mqtt://broker.example"},
        {"topic": "field/#"},
        {"broker": "http://broker.example", "topic": "t"},
        {"broker": "mqtt://", "topic": "t"},
        {"broker": "mqtt://anna:secret@broker.example", "topic": "t"},
        {"broker": "mqtt://broker.example/field", "topic": "t"},
    ],
)
def test_a_broker_is_named_as_a_whole(keys: dict[str, str]) -> None:
    with pytest.raises(ValueError, match=r"belong together|write mqtt://"):
        IngestSettings.model_validate(keys)
