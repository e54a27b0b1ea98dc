"""Lines that somebody else posts or writes: each counts once, bad ones are named, and what they say is what a replay would say."""

from __future__ import annotations

import asyncio
import json
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest

from monitor import mirroring
from monitor.core.events import State
from monitor.core.ids import StationId
from monitor.runtime.journal import TransientStoreError
from tests.support.services import running_monitor, until

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

    from monitor.core.health_state import HealthState
    from monitor.service import Monitor


@pytest.fixture
async def monitor(tmp_path: Path) -> AsyncIterator[Monitor]:
    async with running_monitor(tmp_path) as running:
        yield running


def health(monitor: Monitor, number: int = 1) -> HealthState:
    return monitor.engine.health(StationId(number))


class Writer:
    """Makes lines with ids of their own, a second apart, up to now."""

    def __init__(self, monitor: Monitor) -> None:
        self._now = monitor._clock.now()
        self._number = 0

    def line(self, kind: str, station: str = "CP2500", ago_s: float = 0.0, **fields: Any) -> dict[str, Any]:
        self._number += 1
        at = (self._now - timedelta(seconds=ago_s)).isoformat()
        return {"id": f"line-{self._number}", "at": at, "type": kind, "station": station, **fields}

    def frame(self, frame: Any, *, out: bool = False, protocol: str = "1.6", ago_s: float = 0.0) -> dict[str, Any]:
        direction = "out" if out else "in"
        return self.line("frame", ago_s=ago_s, protocol=protocol, direction=direction, frame=frame)


def body(*lines: dict[str, Any]) -> bytes:
    return b"\n".join(json.dumps(line).encode() for line in lines)


async def test_observations_reach_the_model(monitor: Monitor) -> None:
    write = Writer(monitor)
    taken = await monitor.mirroring.mirror.take(
        body(
            write.line("message", ago_s=3, action="Heartbeat"),
            write.line("boot", ago_s=2, reason="PowerUp"),
            write.line("connector_status", ago_s=1, connector=2, status="Faulted", error="GroundFailure"),
            write.line("radius", event="start"),
            write.line("probe", target="station", ok=True, rtt_s=0.4),
        )
    )
    assert (taken.taken, taken.repeated, taken.bad) == (5, 0, [])
    state = health(monitor)
    assert state.state is State.ONLINE
    assert state.boot is not None
    assert [(one.connector, one.status, one.error) for one in state.connectors] == [("2", "Faulted", "GroundFailure")]
    assert state.session is not None
    assert state.probe is not None


async def test_frames_are_taken_with_what_the_platform_answered(monitor: Monitor) -> None:
    write = Writer(monitor)
    boot = {"chargePointVendor": "Elektra", "chargePointModel": "Duo 22"}
    start = {"connectorId": 1, "idTag": "A1", "meterStart": 5, "timestamp": write.line("x")["at"]}
    lines = [
        write.frame([2, "1", "BootNotification", boot], ago_s=5),
        write.frame([3, "1", {"status": "Accepted", "currentTime": "2026-05-04T06:00:00Z", "interval": 77}], out=True, ago_s=5),
        write.frame([2, "2", "StatusNotification", {"connectorId": 1, "errorCode": "NoError", "status": "Charging"}], ago_s=4),
        write.frame([2, "3", "StartTransaction", start], ago_s=3),
        write.frame([3, "3", {"transactionId": 4242, "idTagInfo": {"status": "Accepted"}}], out=True, ago_s=3),
    ]
    assert (await monitor.mirroring.mirror.take(body(*lines))).taken == 5
    state = health(monitor)
    assert state.interval_s == 77
    assert [one.session.transaction for one in state.connectors if one.session] == ["4242"]
    assert len(monitor.contact(StationId(1)).frames) == 5


async def test_a_line_counts_once_however_often_it_comes(tmp_path: Path) -> None:
    async with running_monitor(tmp_path) as monitor:
        write = Writer(monitor)
        one, two = write.line("boot", ago_s=9), write.line("message", ago_s=8)
        assert (await monitor.mirroring.mirror.take(body(one, two, one))).taken == 2
        again = await monitor.mirroring.mirror.take(body(two, one))
        assert (again.taken, again.repeated) == (0, 2)
    async with running_monitor(tmp_path) as monitor:
        again = await monitor.mirroring.mirror.take(body(one, two, write.line("message")))
        assert (again.taken, again.repeated) == (1, 2)
        assert monitor.mirroring.mirror.counts == {"taken": 1, "repeated": 2, "bad": 0}


async def test_bad_lines_are_named_and_the_others_count(monitor: Monitor) -> None:
    write = Writer(monitor)
    old = write.line("message") | {"at": "2001-01-01T00:00:00Z"}
    naive = write.line("message") | {"at": "2026-05-04T06:00:00"}
    future = write.line("message") | {"at": (monitor._clock.now() + timedelta(hours=1)).isoformat()}
    raw = [
        b"{",
        b"[]",
        json.dumps(write.line("message", station="NOBODY")).encode(),
        json.dumps(write.line("collector_down")).encode(),
        json.dumps(write.line("message") | {"id": ""}).encode(),
        json.dumps(write.line("message") | {"id": "x" * 65}).encode(),
        *(json.dumps(line).encode() for line in (old, naive, future)),
        json.dumps(write.frame([2, "1", "Heartbeat", {}], protocol="3.0")).encode(),
        json.dumps(write.line("backlog")).encode(),
        b"",
        json.dumps(write.line("message")).encode() + b"\r",
    ]
    taken = await monitor.mirroring.mirror.take(b"\n".join(raw))
    assert taken.taken == 1
    assert [number for number, _ in taken.bad] == [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11]
    assert "'NOBODY' is not registered" in taken.bad[2][1]
    assert "generated_at" in taken.bad[10][1]
    assert (await monitor.mirroring.mirror.take(b"{}\n" * 10_001)).bad == [(10_001, "more than 10000 lines")]
    assert (await monitor.mirroring.mirror.take(b"")).taken == 0


async def test_nothing_counts_that_could_not_be_stored(monitor: Monitor, monkeypatch: pytest.MonkeyPatch) -> None:
    async def away(*_: Any) -> Any:
        raise TransientStoreError("away")

    write = Writer(monitor)
    line = write.line("boot")
    with monkeypatch.context() as patched:
        patched.setattr(monitor.mirroring.ids, "keep", away)
        with pytest.raises(TransientStoreError):
            await monitor.mirroring.mirror.take(body(line))
    assert (await monitor.mirroring.mirror.take(body(line))).taken == 1


async def test_a_file_is_followed_as_it_grows_and_when_it_is_replaced(tmp_path: Path) -> None:
    file = tmp_path / "mirror.ndjson"
    async with running_monitor(tmp_path, followed=str(file)) as monitor:
        write = Writer(monitor)
        counts = monitor.mirroring.mirror.counts
        await asyncio.sleep(0.1)
        whole, half = body(write.line("message")) + b"\n", body(write.line("boot")) + b"\n"
        file.write_bytes(whole + half[:20])
        await until(lambda: counts["taken"] == 1)
        with file.open("ab") as more:
            more.write(half[20:] + b"rubbish\n")
        await until(lambda: counts["taken"] == 2)
        assert counts["bad"] == 1
        file.unlink()
        file.write_bytes(whole + body(write.line("message")) + b"\n")
        await until(lambda: counts["taken"] == 3)
        assert counts["repeated"] == 1


async def test_a_line_that_is_too_long_and_odd_ends_stop_nothing(tmp_path: Path) -> None:
    file = tmp_path / "mirror.ndjson"
    async with running_monitor(tmp_path, followed=str(file)) as monitor:
        write = Writer(monitor)
        counts = monitor.mirroring.mirror.counts
        long = b"x" * (mirroring.PIECE + 10) + b"\n"
        file.write_bytes(long + body(write.line("message")) + b"\r \n" + body(write.line("message")) + b"\n")
        await until(lambda: counts["taken"] == 2)
        assert counts["bad"] == 1, "what is left of the long one"
