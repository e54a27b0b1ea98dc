"""The answers of a central system of OCPP-J 1.5, 2.0.1 or 2.1 to one station; every message is checked against its schema."""

from __future__ import annotations

import asyncio
import itertools
import json
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from jsonschema_rs import ValidationError

from monitor.simulator.dialect import Version

from .schemas import check

if TYPE_CHECKING:
    from .central import Central, Tap


class RefusedError(Exception):
    """The station answered with an error; the text is its code."""


class PlainDesk:
    """One connection: it answers from a table, and asks."""

    def __init__(self, version: Version, tap: Tap, central: Central) -> None:
        """Serve a station of that version."""
        self._version = version
        self._tap = tap
        self._central = central
        self._ids = itertools.count(1)
        self._waiting: dict[str, asyncio.Future[dict[str, Any]]] = {}

    async def start(self) -> None:
        """Serve until the connection ends."""
        while True:
            match json.loads(await self._tap.recv()):
                case [2, str(unique), str(action), payload]:
                    await self._tap.send(json.dumps(self._taken(unique, action, payload)))
                case [3, str(unique), dict(payload)]:
                    self._waiting.pop(unique).set_result(payload)
                case [4, str(unique), str(code), *_]:
                    self._waiting.pop(unique).set_exception(RefusedError(code))
                case frame:
                    raise AssertionError(frame)

    async def ask(self, action: str, /, **payload: object) -> dict[str, Any]:
        """Send a valid request and return its answer, which is valid.

        Raises:
            RefusedError: when the station answers with an error.
        """
        unique = f"central-{next(self._ids)}"
        check(self._version, action, "Request", payload)
        self._waiting[unique] = asyncio.get_running_loop().create_future()
        await self._tap.send(json.dumps([2, unique, action, payload]))
        async with asyncio.timeout(15):
            answer = await self._waiting[unique]
        check(self._version, action, "Response", answer)
        return answer

    async def ask_nonsense(self, action: str) -> None:
        """Send a request that no version has."""
        unique = f"central-{next(self._ids)}"
        self._waiting[unique] = asyncio.get_running_loop().create_future()
        await self._tap.send(json.dumps([2, unique, action, {}]))
        async with asyncio.timeout(15):
            await self._waiting[unique]

    def _taken(self, unique: str, action: str, payload: dict[str, Any]) -> list[Any]:
        if self._central.broken and action in {"StartTransaction", "TransactionEvent"}:
            return [4, unique, "InternalError", "out of order", {}]
        try:
            check(self._version, action, "Request", payload)
        except (ValidationError, OSError, KeyError) as error:
            return [4, unique, "FormatViolation", str(error), {}]
        answer = self._answer(action, payload)
        check(self._version, action, "Response", answer)
        return [3, unique, answer]

    def _answer(self, action: str, payload: dict[str, Any]) -> dict[str, Any]:
        central = self._central
        now = datetime.now(UTC).isoformat()
        card = {"status": central.card}
        match action:
            case "BootNotification":
                interval = "heartbeatInterval" if self._version is Version.V15 else "interval"
                status = str(central.verdicts.pop(0).value) if central.verdicts else "Accepted"
                return {"currentTime": now, interval: central.interval_s, "status": status}
            case "Heartbeat":
                return {"currentTime": now}
            case "Authorize":
                admitted = {"status": central.admitted}
                return {"idTagInfo" if self._version is Version.V15 else "idTokenInfo": admitted}
            case "StartTransaction":
                central.transactions += 1
                return {"transactionId": central.transactions, "idTagInfo": card}
            case "TransactionEvent" if "idToken" in payload:
                return {"idTokenInfo": card}
            case _:
                return {}
