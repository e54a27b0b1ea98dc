"""Reads what a station of 2.x knows of its own line, and has it tell when that changes.

Component DataLink of 2.0.1 (part 2, appendix 3): whether its link is active, whether it has fallen back to another SIM or
interface, how strong the signal is; and which of its network profiles is in use. It is asked a while after a boot, at most once in
an hour, and told to report changes of what it answered; those come by NotifyEvent as everything does. A station that has none of it
is left alone.
"""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any, Final

import structlog

from monitor.core.events import StationBooted
from monitor.core.observations import EquipmentReported

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from monitor.commands.station_commands import StationCommands
    from monitor.core.clock import Clock
    from monitor.core.events import EventRecord
    from monitor.core.ids import StationId
    from monitor.runtime.intake import Intake
    from monitor.runtime.ports import EventBus

log = structlog.get_logger("commands")

SETTLE_S: Final = 20.0
"""A station that has just booted has other things to say."""
AGAIN_S: Final = 3600.0
AT_ONCE: Final = 20
BEAT_S: Final = 1.0
READ: Final = (
    ("DataLink", "Active"),
    ("DataLink", "Fallback"),
    ("DataLink", "Problem"),
    ("DataLink", "SignalStrength"),
    ("OCPPCommCtrlr", "ActiveNetworkProfile"),
    ("OCPPCommCtrlr", "NetworkConfigurationPriority"),
)
"""Component and variable, each asked for in one request."""
MONITORED: Final = {
    ("DataLink", "Active"): 1,
    ("DataLink", "Fallback"): 1,
    ("DataLink", "Problem"): 1,
    ("DataLink", "SignalStrength"): 10,
}
"""Variables whose change is to be told, with how large it must be."""
SEVERITY: Final = 6
"""Notice (2.0.1 part 2, SetMonitoringDataType)."""


def _place(component: str, variable: str) -> dict[str, Any]:
    return {"component": {"name": component}, "variable": {"name": variable}}


def asked() -> dict[str, Any]:
    """Return the payload of GetVariables."""
    return {"getVariableData": [_place(*one) for one in READ]}


def told(answer: Any) -> dict[tuple[str, str], str]:  # noqa: ANN401  (whatever was answered)
    """Return what a station answered, by component and variable; nothing where it makes no sense."""
    found: dict[tuple[str, str], str] = {}
    for entry in answer.get("getVariableResult", ()) if isinstance(answer, dict) else ():
        try:
            place = (entry["component"]["name"], entry["variable"]["name"])
            if entry["attributeStatus"] == "Accepted" and place in READ:
                found[place] = str(entry.get("attributeValue", ""))[:100]
        except (KeyError, TypeError):
            continue
    return found


def monitors(known: Sequence[tuple[str, str]]) -> dict[str, Any] | None:
    """Return the payload of SetVariableMonitoring for those of `known` that change; ``None`` for none."""
    wanted = [one for one in known if one in MONITORED]
    if not wanted:
        return None
    return {
        "setMonitoringData": [{"value": MONITORED[one], "type": "Delta", "severity": SEVERITY, **_place(*one)} for one in wanted]
    }


class LinkReader:
    """Reads; run it beside the engine."""

    def __init__(
        self, clock: Clock, intake: Intake, bus: EventBus, commands: StationCommands, tapped: Callable[[StationId], bool]
    ) -> None:
        """Ask by `commands` those of which `bus` tells that they have booted; `tapped` are the platform's, and are set nothing."""
        self._clock = clock
        self._intake = intake
        self._bus = bus
        self._commands = commands
        self._tapped = tapped
        self._known: dict[StationId, dict[tuple[str, str], str]] = {}
        self._due: dict[StationId, float] = {}
        self._read: dict[StationId, float] = {}
        self._places = asyncio.Semaphore(AT_ONCE)

    async def run(self) -> None:
        """Read for ever, until cancelled."""
        leave = self._bus.subscribe("link reader", self._heard)
        try:
            async with asyncio.TaskGroup() as tasks:
                while True:
                    await asyncio.sleep(BEAT_S)
                    now = self._clock.monotonic()
                    for station in [station for station, at in self._due.items() if at <= now]:
                        del self._due[station]
                        self._read[station] = now
                        tasks.create_task(self.read(station))
        finally:
            leave()

    async def _heard(self, records: Sequence[EventRecord]) -> None:
        now = self._clock.monotonic()
        for record in records:
            if isinstance(record.event, StationBooted) and now - self._read.get(record.station, -AGAIN_S) >= AGAIN_S:
                self._due[record.station] = now + SETTLE_S

    async def read(self, station: StationId) -> None:
        """Read the line of one station."""
        if not self._commands.spoken(station).startswith("2."):
            return
        async with self._places:
            found = told(await self._commands.asks(station, "GetVariables", asked()))
            now, before = self._clock.now(), self._known.get(station, {})
            news = [
                EquipmentReported(at=now, component=place[0], variable=place[1], value=value, trigger="Read")
                for place, value in found.items()
                if before.get(place) != value
            ]
            self._known[station] = found
            if news:
                self._intake.put(station, news)
            payload = None if self._tapped(station) else monitors(list(found))
            if payload is not None:
                await self._commands.asks(station, "SetVariableMonitoring", payload)
