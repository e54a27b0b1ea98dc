"""What a simulated fleet sends is taken by bornewatch's own decode tables without one invalid message."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Final

import pytest

from monitor.collectors.ocppj.session import handle
from monitor.core.observations import QuirkSeen
from monitor.core.quirks import Quirk
from monitor.decode.dialects import DIALECTS as TABLES
from monitor.runtime.clock import SystemClock
from monitor.simulator.dialect import Version
from monitor.simulator.faults import FaultKind
from monitor.simulator.fleet import FleetPlan, run_fleet
from monitor.simulator.mix import Mix
from tests.support.desks import session

if TYPE_CHECKING:
    from .central import Central

BOTH_WAYS: Final = {"open", "close", "ignored"}


def _plan(url: str, version: Version, *kinds: FaultKind) -> FleetPlan:
    return FleetPlan(
        url=url,
        stations=2 * len(kinds),
        mix=Mix(faults=tuple((kind, 1 / len(kinds)) for kind in kinds), versions=((version, 1.0),)),
        spread_s=1,
        idle_s=15,
        time_scale=120,
        duration_s=3,
        heartbeat_s=30,
    )


def _taken(central: Central, version: Version) -> tuple[int, list[str], set[Quirk]]:
    """Return how many messages count as invalid, every error that was answered, and the habits that were noted."""
    served = session(next(table for table in TABLES if table.protocol == version))
    errors: list[str] = []
    quirks: set[Quirk] = set()
    for number, entry in enumerate(central.heard):
        if entry.what not in BOTH_WAYS:
            reply = handle(served, json.dumps([2, str(number), entry.what, entry.payload]), datetime.now(UTC))
            assert reply.payload is not None
            frame = json.loads(reply.payload)
            errors += [f"{entry.what}: {frame[2:4]}"] if frame[0] == 4 else []
            quirks |= {seen.quirk for seen in reply.observations if isinstance(seen, QuirkSeen)}
    return served.slot.invalid, errors, quirks


@pytest.mark.parametrize("version", list(Version))
async def test_nothing_that_a_fleet_sends_is_invalid(central: Central, version: Version) -> None:
    kinds = [kind for kind in FaultKind if kind is not FaultKind.BAD]
    report = await run_fleet(_plan(central.url, version, *kinds), SystemClock())
    assert report.connected == report.stations
    ended = "TransactionEvent" if version in (Version.V201, Version.V21) else "StopTransaction"
    assert report.messages[ended] >= 1, "a whole charge"
    invalid, errors, quirks = _taken(central, version)
    assert (invalid, errors) == (0, [])
    assert quirks <= {Quirk.WRONG_CLOCK}, "only a wrong clock is a habit"


@pytest.mark.parametrize("version", list(Version))
async def test_what_is_bad_is_counted_as_invalid(central: Central, version: Version) -> None:
    await run_fleet(_plan(central.url, version, FaultKind.BAD), SystemClock())
    invalid, errors, _ = _taken(central, version)
    assert invalid >= 3
    assert any("Sleeping" in error for error in errors)
