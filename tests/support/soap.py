"""Envelopes written by hand, as a station might."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final
from xml.etree import ElementTree as ET

from monitor.decode.soap import ADDRESSING, ENVELOPE

if TYPE_CHECKING:
    from xml.etree.ElementTree import Element

    import aiohttp

CS: Final = {"1.2": "urn://Ocpp/Cs/2010/08/", "1.5": "urn://Ocpp/Cs/2012/06/", "1.6": "urn://Ocpp/Cs/2015/10/"}
TYPE: Final = {"Content-Type": 'application/soap+xml; charset=utf-8; action="/Heartbeat"'}


def envelope(  # noqa: PLR0913  (one argument a part)
    body: str,
    *,
    version: str = "1.5",
    identity: str | None = "CP2500",
    message_id: str = "",
    headers: str = "",
    name: str = "chargeBoxIdentity",
) -> bytes:
    """Return an envelope around `body`, whose elements are in the namespace of `version`."""
    blocks = "" if identity is None else f"<{name} xmlns='{CS[version]}'>{identity}</{name}>"
    if message_id:
        blocks += f"<a:MessageID xmlns:a='{ADDRESSING}'>{message_id}</a:MessageID>"
    inner = body.replace("<", f"<cs:{''}").replace("<cs:/", "</cs:")
    return (
        f"<s:Envelope xmlns:s='{ENVELOPE}' xmlns:cs='{CS[version]}'><s:Header>{blocks}{headers}</s:Header><s:Body>{inner}</s:Body>"
        "</s:Envelope>"
    ).encode()


HEARTBEAT: Final = "<heartbeatRequest></heartbeatRequest>"


def boot(version: str = "1.5") -> bytes:
    """Return a BootNotification."""
    fields = "<chargePointVendor>Umbrella</chargePointVendor><chargePointModel>T2</chargePointModel>"
    return envelope(f"<bootNotificationRequest>{fields}</bootNotificationRequest>", version=version)


def status(word: str, connector: int = 1, version: str = "1.5") -> bytes:
    """Return a StatusNotification."""
    fields = f"<connectorId>{connector}</connectorId><status>{word}</status><errorCode>NoError</errorCode>"
    return envelope(f"<statusNotificationRequest>{fields}</statusNotificationRequest>", version=version)


async def post(
    http: aiohttp.ClientSession, port: int, data: bytes, headers: dict[str, str] | None = None, path: str = "/ocpp/soap"
) -> tuple[int, Element]:
    """Send a message; return the status and the child of the body that came back."""
    async with http.post(f"http://127.0.0.1:{port}{path}", data=data, headers={**TYPE, **(headers or {})}) as answer:
        root = ET.fromstring(await answer.read())  # noqa: S314  (our own answer)
        return answer.status, root.find(f"{{{ENVELOPE}}}Body")[0]  # type: ignore[index]


def fault_of(body: Element) -> tuple[str, ...]:
    """Return code and subcode of a fault."""
    return tuple((value.text or "").rpartition(":")[2] for value in body.iter(f"{{{ENVELOPE}}}Value"))
