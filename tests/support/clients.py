"""Charge points that we did not write: the `ocpp` package's own client classes, each over a WebSocket of `websockets`."""

from __future__ import annotations

import asyncio
import base64
import contextlib
import importlib
import importlib.resources
import json
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import websockets
from ocpp.messages import Call, MessageType, validate_payload
from ocpp.routing import after, on

from tests.support.examples import NOW, example

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from tests.support.programs import Installation


@dataclass(frozen=True, slots=True, kw_only=True)
class Package:
    """What the `ocpp` package has for one version: its modules, and how it names the file of a request's schema."""

    version: str
    name: str
    point: Any
    call: Any
    call_result: Any
    schema: str

    @property
    def actions(self) -> list[str]:
        """Every action for which there is a class of requests."""
        return [name for name, kind in vars(self.call).items() if isinstance(kind, type) and kind.__module__ == self.call.__name__]

    def request_schema(self, action: str) -> Any:
        """The JSON schema of that action's request."""
        return self._schema(self.schema.format(action))

    def response_schema(self, action: str) -> Any:
        """The JSON schema of the answer to it."""
        return self._schema(f"{action}Response.json")

    def _schema(self, file: str) -> Any:
        return json.loads((importlib.resources.files(self.name) / "schemas" / file).read_text("utf-8-sig"))


def _package(version: str, schema: str) -> Package:
    name = "ocpp.v" + version.replace(".", "")
    call, call_result = importlib.import_module(f"{name}.call"), importlib.import_module(f"{name}.call_result")
    point = importlib.import_module(name).ChargePoint
    return Package(
        version=version, name=name, point=_obliging(point, call, call_result), call=call, call_result=call_result, schema=schema
    )


def _obliging(kind: Any, call: Any, call_result: Any) -> Any:
    """Return a charge point that sends the heartbeat for which it is asked, and remembers what it was asked for."""

    async def oblige(self: Any, requested_message: str, **_others: Any) -> Any:
        self.asked.append(requested_message)
        return call_result.TriggerMessage(status="Accepted")

    async def follow(self: Any, **_request: Any) -> None:
        await self.call(call.Heartbeat())

    members = {
        "__module__": kind.__module__,
        "oblige": on("TriggerMessage")(oblige),
        "follow": after("TriggerMessage")(follow),
    }
    return type(kind.__name__, (kind,), members)


PACKAGES = {
    package.version: package
    for package in (_package("1.6", "{}.json"), _package("2.0.1", "{}Request.json"), _package("2.1", "{}Request.json"))
}

_BY_STATION_1X = {
    *("Authorize", "BootNotification", "DataTransfer", "DiagnosticsStatusNotification", "FirmwareStatusNotification", "Heartbeat"),
    *("LogStatusNotification", "MeterValues", "SecurityEventNotification", "SignCertificate", "SignedFirmwareStatusNotification"),
    *("StartTransaction", "StatusNotification", "StopTransaction"),
}
_BY_STATION_2X = {
    *(
        "Authorize",
        "BootNotification",
        "ClearedChargingLimit",
        "DataTransfer",
        "FirmwareStatusNotification",
        "Get15118EVCertificate",
    ),
    *(
        "GetCertificateStatus",
        "Heartbeat",
        "LogStatusNotification",
        "MeterValues",
        "NotifyChargingLimit",
        "NotifyCustomerInformation",
    ),
    *("NotifyDisplayMessages", "NotifyEVChargingNeeds", "NotifyEVChargingSchedule", "NotifyEvent", "NotifyMonitoringReport"),
    *("NotifyReport", "PublishFirmwareStatusNotification", "ReportChargingProfiles", "ReservationStatusUpdate"),
    *("SecurityEventNotification", "SignCertificate", "StatusNotification", "TransactionEvent"),
}
_BY_STATION_21 = {
    *("BatterySwap", "ClosePeriodicEventStream", "GetCertificateChainStatus", "NotifyDERAlarm", "NotifyDERStartStop"),
    *("NotifyPriorityCharging", "NotifySettlement", "OpenPeriodicEventStream", "PullDynamicScheduleUpdate", "ReportDERControl"),
    *("VatNumberValidation",),
}
BY_STATION = {"1.6": _BY_STATION_1X, "2.0.1": _BY_STATION_2X, "2.1": _BY_STATION_2X | _BY_STATION_21}
"""Actions that a station initiates (1.6 §4 and its security whitepaper; parts 2 of 2.0.1 and 2.1)."""


def credentials(identity: str, password: str | bytes) -> dict[str, str]:
    """Return a Basic Authorization header."""
    key = password.encode() if isinstance(password, str) else password
    return {"Authorization": "Basic " + base64.b64encode(identity.encode() + b":" + key).decode()}


@contextlib.asynccontextmanager
async def point_of(
    house: Installation, version: str, identity: str, password: str = "", *, obliging: bool = True
) -> AsyncIterator[Any]:
    """Connect a charge point and let it read; `obliging`: it does what it is asked for."""
    package = PACKAGES[version]
    kind = package.point if obliging else package.point.__mro__[1]
    async with websockets.connect(
        f"ws://127.0.0.1:{house.field}/ocpp/{identity}",
        subprotocols=[websockets.Subprotocol(f"ocpp{version}")],
        additional_headers=credentials(identity, password) if password else {},
    ) as socket:
        point = kind(identity, socket)
        point.asked = []
        reading = asyncio.create_task(point.start())
        try:
            yield point
        finally:
            reading.cancel()
            await asyncio.wait([reading])


async def exchange(point: Any, version: str, action: str, payload: Any, identifier: str) -> Any:
    """Send a request as it is and return the package's `CallResult` or `CallError`; it has validated both ways.

    Unlike `ChargePoint.call` this does not go through snake_case, which the package does not find back from in all of 2.1.
    """
    call = Call(identifier, action, payload)
    if action in PACKAGES[version].actions:
        await validate_payload(call, version)
    await point._send(call.to_json())
    answer = await point._get_specific_response(identifier, 10)
    if answer.message_type_id == MessageType.CallResult:
        answer.action = action
        await validate_payload(answer, version)
    return answer


def barest_and_richest(version: str, action: str) -> list[Any]:
    """Return the smallest and the largest request that the package's schema allows, made now."""
    now = datetime.now(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
    schema = PACKAGES[version].request_schema(action)
    return [json.loads(json.dumps(example(schema, rich=rich)).replace(NOW, now)) for rich in (False, True)]
