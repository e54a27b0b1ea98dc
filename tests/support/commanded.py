"""Charge points of the `ocpp` package that do what they are asked: each answers a command, and then shows what it did."""

from __future__ import annotations

import asyncio
import contextlib
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import aiohttp
import websockets
from ocpp.routing import after, on

from tests.support.clients import PACKAGES

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable

    from tests.support.programs import Installation

DIAGNOSTICS = b"a log of the station\n" * 1000
ORDERS: tuple[dict[str, Any], ...] = (
    {"action": "probe"},
    {"action": "refresh", "connector": 1},
    {"action": "unlock", "connector": 1},
    {"action": "remote_start", "connector": 1, "id_tag": "04A2B3"},
    {"action": "remote_stop", "connector": 1},
    {"action": "reset", "type": "soft"},
    {"action": "change_availability", "type": "inoperative", "connector": 1},
    {"action": "change_availability", "type": "operative", "connector": 1},
    {"action": "clear_cache"},
    {"action": "read_configuration", "keys": ["HeartBeatInterval"]},
    {"action": "change_configuration", "key": "HeartBeatInterval", "value": "120"},
    {"action": "local_list"},
    {"action": "send_local_list"},
    {"action": "diagnostics"},
    {"action": "firmware", "location": "http://127.0.0.1/firmware.bin"},
)
"""Every command, in the words of the API, to a station of 1.x."""


def stamp() -> str:
    return datetime.now(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


class Obedient16:
    """What a 1.6 station does; mixed into the package's charge point."""

    settings: dict[str, str]
    list_version: int
    transaction: int
    call: Any

    async def boot(self, firmware: str = "1.4") -> None:
        say = PACKAGES["1.6"].call
        await self.call(
            say.BootNotification(charge_point_model="Duo 22", charge_point_vendor="Elektra", firmware_version=firmware),
            suppress=False,
        )

    async def tell(self, connector: int, status: str) -> None:
        say = PACKAGES["1.6"].call
        await self.call(say.StatusNotification(connector_id=connector, error_code="NoError", status=status), suppress=False)

    async def upload(self, location: str) -> None:
        say = PACKAGES["1.6"].call
        await self.call(say.DiagnosticsStatusNotification(status="Uploading"), suppress=False)
        async with aiohttp.ClientSession() as http, http.put(f"{location}diag.log", data=DIAGNOSTICS) as told:
            assert told.status == 201
        await self.call(say.DiagnosticsStatusNotification(status="Uploaded"), suppress=False)

    def answers(self) -> dict[str, tuple[Callable[..., Any], Callable[..., Any] | None]]:
        """Return for each action how it is answered, and what is done next."""
        said, say = PACKAGES["1.6"].call_result, PACKAGES["1.6"].call

        async def start(connector_id: int = 1, id_tag: str = "", **_: Any) -> None:
            begin = say.StartTransaction(connector_id=connector_id, id_tag=id_tag, meter_start=0, timestamp=stamp())
            self.transaction = (await self.call(begin, suppress=False)).transaction_id

        async def stop(transaction_id: int, **_: Any) -> None:
            end = say.StopTransaction(transaction_id=transaction_id, meter_stop=9, timestamp=stamp(), reason="Remote")
            await self.call(end, suppress=False)

        def read(key: list[str] | None = None, **_: Any) -> Any:
            wanted = list(self.settings) if key is None else key
            known = [{"key": one, "readonly": False, "value": self.settings[one]} for one in wanted if one in self.settings]
            return said.GetConfiguration(configuration_key=known, unknown_key=[one for one in wanted if one not in self.settings])

        def change(key: str, value: str, **_: Any) -> Any:
            self.settings[key] = value
            return said.ChangeConfiguration(status="Accepted")

        def send(list_version: int, **_: Any) -> Any:
            self.list_version = list_version
            return said.SendLocalList(status="Accepted")

        word = {"Operative": "Available", "Inoperative": "Unavailable"}
        return {
            "TriggerMessage": (lambda **_: said.TriggerMessage(status="Accepted"), lambda **_: self.tell(1, "Available")),
            "UnlockConnector": (lambda **_: said.UnlockConnector(status="Unlocked"), lambda **_: self.tell(1, "Available")),
            "RemoteStartTransaction": (lambda **_: said.RemoteStartTransaction(status="Accepted"), start),
            "RemoteStopTransaction": (lambda **_: said.RemoteStopTransaction(status="Accepted"), stop),
            "Reset": (lambda **_: said.Reset(status="Accepted"), lambda **_: self.boot()),
            "ChangeAvailability": (
                lambda **_: said.ChangeAvailability(status="Accepted"),
                lambda type, **_: self.tell(1, word[type]),  # noqa: A006  (the field's name)
            ),
            "ClearCache": (lambda **_: said.ClearCache(status="Accepted"), None),
            "GetConfiguration": (read, None),
            "ChangeConfiguration": (change, None),
            "GetLocalListVersion": (lambda **_: said.GetLocalListVersion(list_version=self.list_version), None),
            "SendLocalList": (send, None),
            "GetDiagnostics": (
                lambda **_: said.GetDiagnostics(file_name="diag.log"),
                lambda location, **_: self.upload(location),
            ),
            "UpdateFirmware": (
                lambda **_: said.UpdateFirmware(),
                lambda **_: self.call(say.FirmwareStatusNotification(status="Installed"), suppress=False),
            ),
        }


class Obedient2x:
    """What a station of 2.0.1 or 2.1 does."""

    version: str
    settings: dict[str, str]
    list_version: int
    call: Any

    async def boot(self, reason: str = "PowerUp") -> None:
        say = PACKAGES[self.version].call
        station = {"vendor_name": "Elektra", "model": "Trio 50", "firmware_version": "2.4"}
        await self.call(say.BootNotification(charging_station=station, reason=reason), suppress=False)

    async def tell(self, connector: int, status: str) -> None:
        say = PACKAGES[self.version].call
        told = say.StatusNotification(timestamp=stamp(), connector_status=status, evse_id=connector, connector_id=1)
        await self.call(told, suppress=False)

    async def event(self, name: str, kind: str, trigger: str, number: int, remote: int | None = None) -> None:
        say = PACKAGES[self.version].call
        info = {"transaction_id": name} | ({} if remote is None else {"remote_start_id": remote})
        info |= {"stopped_reason": "Remote"} if kind == "Ended" else {}
        event = say.TransactionEvent(
            event_type=kind,
            timestamp=stamp(),
            trigger_reason=trigger,
            seq_no=number,
            transaction_info=info,
            evse={"id": 1, "connector_id": 1},
        )
        await self.call(event, suppress=False)

    async def upload(self, location: str, request_id: int) -> None:
        say = PACKAGES[self.version].call
        await self.call(say.LogStatusNotification(status="Uploading", request_id=request_id), suppress=False)
        async with aiohttp.ClientSession() as http, http.post(f"{location}diag.log", data=DIAGNOSTICS) as told:
            assert told.status == 201
        await self.call(say.LogStatusNotification(status="Uploaded", request_id=request_id), suppress=False)

    def answers(self) -> dict[str, tuple[Callable[..., Any], Callable[..., Any] | None]]:
        """Return for each action how it is answered, and what is done next."""
        said, say = PACKAGES[self.version].call_result, PACKAGES[self.version].call

        def name(one: dict[str, Any]) -> str:
            return f"{one['component']['name']}.{one['variable']['name']}"

        def read(get_variable_data: list[dict[str, Any]], **_: Any) -> Any:
            found = [
                {
                    "component": one["component"],
                    "variable": one["variable"],
                    "attribute_status": "Accepted" if name(one) in self.settings else "UnknownVariable",
                }
                | ({"attribute_value": self.settings[name(one)]} if name(one) in self.settings else {})
                for one in get_variable_data
            ]
            return said.GetVariables(get_variable_result=found)

        def change(set_variable_data: list[dict[str, Any]], **_: Any) -> Any:
            (one,) = set_variable_data
            self.settings[name(one)] = one["attribute_value"]
            told = {"component": one["component"], "variable": one["variable"], "attribute_status": "Accepted"}
            return said.SetVariables(set_variable_result=[told])

        def send(version_number: int, **_: Any) -> Any:
            self.list_version = version_number
            return said.SendLocalList(status="Accepted")

        word = {"Operative": "Available", "Inoperative": "Unavailable"}
        return {
            "TriggerMessage": (lambda **_: said.TriggerMessage(status="Accepted"), lambda **_: self.tell(1, "Available")),
            "UnlockConnector": (lambda **_: said.UnlockConnector(status="Unlocked"), lambda **_: self.tell(1, "Available")),
            "RequestStartTransaction": (
                lambda **_: said.RequestStartTransaction(status="Accepted"),
                lambda remote_start_id, **_: self.event("tx-1", "Started", "RemoteStart", 0, remote_start_id),
            ),
            "RequestStopTransaction": (
                lambda **_: said.RequestStopTransaction(status="Accepted"),
                lambda transaction_id, **_: self.event(transaction_id, "Ended", "RemoteStop", 1),
            ),
            "Reset": (lambda **_: said.Reset(status="Accepted"), lambda **_: self.boot("RemoteReset")),
            "ChangeAvailability": (
                lambda **_: said.ChangeAvailability(status="Accepted"),
                lambda operational_status, **_: self.tell(1, word[operational_status]),
            ),
            "ClearCache": (lambda **_: said.ClearCache(status="Accepted"), None),
            "GetVariables": (read, None),
            "SetVariables": (change, None),
            "GetLocalListVersion": (lambda **_: said.GetLocalListVersion(version_number=self.list_version), None),
            "SendLocalList": (send, None),
            "GetLog": (
                lambda **_: said.GetLog(status="Accepted", filename="diag.log"),
                lambda log, request_id, **_: self.upload(log["remote_location"], request_id),
            ),
            "UpdateFirmware": (
                lambda **_: said.UpdateFirmware(status="Accepted"),
                lambda request_id, **_: self.call(
                    say.FirmwareStatusNotification(status="Installed", request_id=request_id), suppress=False
                ),
            ),
        }


def _routed(version: str, mixed: type) -> type:
    """Return the package's charge point of `version` with a handler for every action of `mixed`."""
    members: dict[str, Any] = {"__module__": PACKAGES[version].point.__module__, "version": version}
    probe: Any = type("Probe", (mixed,), {"version": version})()
    for action in probe.answers():

        def handle(self: Any, action: str = action, **fields: Any) -> Any:
            self.asked.append(action)
            return self.answers()[action][0](**fields)

        async def follow(self: Any, action: str = action, **fields: Any) -> None:
            done = self.answers()[action][1]
            if done is not None:
                await done(**fields)

        handle.__name__, follow.__name__ = f"on_{action}", f"after_{action}"  # the package finds them by their names
        members[handle.__name__] = on(action)(handle)
        members[follow.__name__] = after(action)(follow)
    return type("Obedient", (mixed, PACKAGES[version].point.__mro__[1]), members)


@contextlib.asynccontextmanager
async def obedient(house: Installation, version: str, identity: str) -> AsyncIterator[Any]:
    """Connect a charge point that does what it is asked."""
    kind: Any = _routed(version, Obedient16 if version == "1.6" else Obedient2x)
    async with websockets.connect(
        f"ws://127.0.0.1:{house.field}/ocpp/{identity}", subprotocols=[websockets.Subprotocol(f"ocpp{version}")]
    ) as socket:
        point = kind(identity, socket)
        point.asked, point.list_version, point.transaction = [], 0, 0
        point.settings = {"HeartbeatInterval": "300"} if version == "1.6" else {"OCPPCommCtrlr.HeartbeatInterval": "300"}
        reading = asyncio.create_task(point.start())
        try:
            yield point
        finally:
            reading.cancel()
            await asyncio.wait([reading])
