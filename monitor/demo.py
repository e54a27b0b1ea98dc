"""What makes a demo of a service: thresholds of seconds instead of minutes, a database of its own, ports that are free."""

from __future__ import annotations

import io
import socket
from dataclasses import replace
from typing import TYPE_CHECKING, Final

from monitor.registry.imports import read_csv
from monitor.settings import HealthSettings, OpsSettings, StorageSettings, Thresholds
from monitor.simulator.cli import write_registry
from monitor.simulator.fleet import FleetPlan
from monitor.storage.registry import SqlRegistry

if TYPE_CHECKING:
    from monitor.core.clock import Clock
    from monitor.runtime.ports import Database
    from monitor.settings import MonitorSettings

HEARTBEAT_S: Final = 10
_QUICK: Final = Thresholds(
    grace_s=12, overdue_s=2, reconnect_s=8, settle_s=60, boot_settle_s=30, flap_half_life_s=60, flap_limit=3000
)


def free_address(address: str) -> str:
    """Return a loopback address with the port of `address`, or with any free port where that one is taken."""
    port = int(address.rpartition(":")[2])
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            with socket.socket() as other:
                other.bind(("127.0.0.1", 0))
                port = other.getsockname()[1]
    return f"127.0.0.1:{port}"


def quick_settings(settings: MonitorSettings, folder: str) -> MonitorSettings:
    """Return `settings` for a demo whose database is in `folder`; breaches come within seconds."""
    return replace(
        settings,
        storage=StorageSettings(url=f"sqlite:///{folder}/demo.db"),
        field=settings.field.model_copy(
            update={
                "listen": free_address(settings.field.listen),
                "heartbeat_s": HEARTBEAT_S,
                "ping_s": 4.0,
                "uploads": f"{folder}/uploads",
            }
        ),
        ops=OpsSettings(listen=free_address(settings.ops.listen)),
        health=HealthSettings(gprs=_QUICK, lan=_QUICK, wifi=_QUICK),
    )


async def stock(database: Database, clock: Clock, *, stations: int, seed: int) -> FleetPlan:
    """Register a fleet of so many stations, and return it; where it dials is not said yet."""
    plan = FleetPlan(url="", stations=stations, seed=seed, heartbeat_s=HEARTBEAT_S, spread_s=3, idle_s=60)
    rows = io.StringIO(newline="")
    write_registry(plan, rows)
    await SqlRegistry(database).apply(read_csv(rows.getvalue().encode()).rows, clock.now())
    return plan


def greeting(stations: int, password: str, console: int, ops: int, field: int) -> str:
    """Return what a demo says of itself once it runs; the numbers are ports."""
    return (
        f"\nBornewatch demo: {stations} simulated stations, thresholds shortened to seconds\n"
        f"  console  http://127.0.0.1:{console}    login: demo    password: {password}\n"
        f"  metrics  http://127.0.0.1:{ops}/metrics\n"
        f"  field    ws://127.0.0.1:{field}/ocpp/IDENTITY\n"
        "Ctrl-C ends it.\n"
    )
