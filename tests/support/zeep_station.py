"""A SOAP station that is zeep, client and server, driven by the official service descriptions; nothing of ours is in it."""

from __future__ import annotations

import asyncio
import importlib
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import aiohttp
from aiohttp import web

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Mapping

WSDL: Final = Path(__file__).parents[3] / "shared" / "ocpp" / "wsdl"
WSA: Final = "http://www.w3.org/2005/08/addressing"
BODY: Final = "{http://www.w3.org/2003/05/soap-envelope}Body"
MONTHS: Final = {"1.2": "2010/08", "1.5": "2012/06", "1.6": "2015/10"}
DIAGNOSTICS: Final = b"a log of the station\n" * 1000


def now() -> datetime:
    return datetime.now(UTC)


class ZeepStation:
    """One station of `version` at the field listener `field_url`; it does what it is asked and tells of it."""

    def __init__(self, version: str, identity: str, field_url: str) -> None:
        zeep = importlib.import_module("zeep")
        plugins = [importlib.import_module("zeep.wsa").WsAddressingPlugin()]
        stem = f"ocpp{version.replace('.', '')}"
        self.version = version
        self.identity = identity
        client = zeep.Client(str(WSDL / f"{stem}_centralsystemservice.wsdl"), plugins=plugins)
        (name,) = client.wsdl.bindings
        self._field = client.create_service(name, field_url)
        point = zeep.wsdl.Document(
            str(WSDL / f"{stem}_chargepointservice.wsdl"), importlib.import_module("zeep.transports").Transport()
        )
        (self._binding,) = point.bindings.values()
        self.url = ""
        self.asked: list[str] = []
        self.transaction = 0
        self.list_version = 0
        self.settings = {"HeartBeatInterval": "300"}
        self._tasks: set[asyncio.Task[None]] = set()

    # ------------------------------------------------------------------------------------------------ client

    async def tell(self, action: str, **fields: Any) -> Any:
        """Send a request and return what zeep makes of the answer."""
        return await asyncio.to_thread(getattr(self._field, action), **fields, _soapheaders=self._headers())

    def _headers(self) -> list[Any]:
        etree = importlib.import_module("lxml.etree")
        identity = etree.Element(f"{{urn://Ocpp/Cs/{MONTHS[self.version]}/}}chargeBoxIdentity")
        identity.text = self.identity
        sender = etree.Element(f"{{{WSA}}}From")
        etree.SubElement(sender, f"{{{WSA}}}Address").text = self.url
        return [identity, sender]

    async def boot(self, firmware: str = "1.4") -> Any:
        return await self.tell("BootNotification", chargePointVendor="Elektra", chargePointModel="Duo 22", firmwareVersion=firmware)

    async def status(self, word: str, connector: int = 1) -> None:
        await self.tell("StatusNotification", connectorId=connector, status=word, errorCode="NoError")

    async def start(self, connector: int, tag: str) -> None:
        told = await self.tell("StartTransaction", connectorId=connector, idTag=tag, timestamp=now(), meterStart=1000)
        self.transaction = told.transactionId

    async def stop(self, transaction: int, meter: int = 5000) -> None:
        reason = {"reason": "Remote"} if self.version == "1.6" else {}
        await self.tell("StopTransaction", transactionId=transaction, timestamp=now(), meterStop=meter, **reason)

    async def meter(self, value: int) -> None:
        if self.version == "1.2":
            values: Any = {"values": [{"timestamp": now(), "value": value}]}
        elif self.version == "1.5":
            values = {"transactionId": self.transaction, "values": [{"timestamp": now(), "value": [{"_value_1": str(value)}]}]}
        else:
            sample = {"timestamp": now(), "sampledValue": [{"value": str(value)}]}
            values = {"transactionId": self.transaction, "meterValue": [sample]}
        await self.tell("MeterValues", connectorId=1, **values)

    async def upload(self, location: str) -> None:
        async with aiohttp.ClientSession() as http, http.put(f"{location}diag.log", data=DIAGNOSTICS) as told:
            assert told.status == 201
        await self.tell("DiagnosticsStatusNotification", status="Uploaded")

    # ------------------------------------------------------------------------------------------------ server

    def _answers(self) -> Mapping[str, tuple[Callable[[Any], dict[str, Any]], Callable[[Any], Any] | None]]:
        accepted = {"status": "Accepted"}
        unlocked = {"status": "Unlocked"} if self.version == "1.6" else accepted
        word = {"Operative": "Available", "Inoperative": "Unavailable"}

        def read(asked: Any) -> dict[str, Any]:
            wanted = asked if isinstance(asked, list) else list(asked.key or self.settings)
            known = [{"key": one, "readonly": False, "value": self.settings[one]} for one in wanted if one in self.settings]
            return {"configurationKey": known, "unknownKey": [one for one in wanted if one not in self.settings]}

        def change(asked: Any) -> dict[str, Any]:
            self.settings[asked.key] = asked.value
            return accepted

        def send(asked: Any) -> dict[str, Any]:
            self.list_version = asked.listVersion
            return accepted

        def only(asked: Any, name: str) -> Any:
            return getattr(asked, name, asked)

        return {
            "TriggerMessage": (lambda _: accepted, lambda _: self.status("Available")),
            "UnlockConnector": (lambda _: unlocked, lambda _: self.status("Available")),
            "RemoteStartTransaction": (lambda _: accepted, lambda asked: self.start(asked.connectorId or 1, asked.idTag)),
            "RemoteStopTransaction": (lambda _: accepted, lambda asked: self.stop(only(asked, "transactionId"))),
            "Reset": (lambda _: accepted, lambda _: self.boot()),
            "ChangeAvailability": (lambda _: accepted, lambda asked: self.status(word[asked.type])),
            "ClearCache": (lambda _: accepted, None),
            "GetConfiguration": (read, None),
            "ChangeConfiguration": (change, None),
            "GetLocalListVersion": (lambda _: {"listVersion": self.list_version}, None),
            "SendLocalList": (send, None),
            "GetDiagnostics": (lambda _: {"fileName": "diag.log"}, lambda asked: self.upload(asked.location)),
            "UpdateFirmware": (lambda _: {}, lambda _: self.tell("FirmwareStatusNotification", status="Installed")),
        }

    async def _take(self, request: web.Request) -> web.Response:
        etree = importlib.import_module("lxml.etree")
        envelope = etree.fromstring(await request.read())
        name = etree.QName(envelope.find(BODY)[0]).localname.removesuffix("Request")
        action = f"{name[:1].upper()}{name[1:]}"
        operation = self._binding.get(action)
        asked = operation.input.deserialize(envelope)
        headers = getattr(asked, "header", None)
        if headers is not None:
            assert headers["ChargeBoxIdentity"] == self.identity
            asked = asked.body
        answer, done = self._answers()[action]
        self.asked.append(action)
        written = operation.output.serialize(**answer(asked))
        if done is not None:
            task = asyncio.create_task(self._later(done, asked))
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)
        return web.Response(body=etree.tostring(getattr(written, "content", written)), content_type="application/soap+xml")

    @staticmethod
    async def _later(done: Callable[[Any], Any], asked: Any) -> None:
        await asyncio.sleep(0.05)
        await done(asked)

    @asynccontextmanager
    async def listening(self) -> AsyncIterator[ZeepStation]:
        """Listen for requests."""
        app = web.Application()
        app.router.add_post("/cp", self._take)
        runner = web.AppRunner(app, access_log=None)
        await runner.setup()
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        self.url = f"http://127.0.0.1:{runner.addresses[0][1]}/cp"
        try:
            yield self
        finally:
            await runner.cleanup()
