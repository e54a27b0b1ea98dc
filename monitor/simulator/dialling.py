"""How a simulated station gets its connection: where the central system is, what it is told in the handshake, what is refused."""

from __future__ import annotations

import asyncio
import ssl
from base64 import b64encode
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import quote

from aiohttp import ClientError, ClientWSTimeout, WSServerHandshakeError

from monitor.simulator.link import Link, Socket
from monitor.simulator.soap_link import SoapLink

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from aiohttp import ClientSession

    from monitor.core.clock import Clock
    from monitor.simulator.accounting import Gateway
    from monitor.simulator.dialect import Answer, Nameplate
    from monitor.simulator.line import Line
    from monitor.simulator.pace import Pace
    from monitor.simulator.report import Tally
    from monitor.simulator.soap_link import CallbackServer

_DIAL_S: Final = 30.0
_GOODBYE_S: Final = 2.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Premises:
    """What the stations of a fleet share.

    Attributes:
        url: the central system's address, without the identity.
        http: carries every connection; made with `Socket` as its WebSocket class.
        heartbeat_s: the interval to keep instead of the one in the Boot reply; station seconds.
        idle_s: mean time without a car at a connector; station seconds.
        answer_s: patience with a CALL; our seconds.
        listener: where SOAP stations are found.
        gateway: tells of their SIMs' sessions.
        ca, certificates, cards: as in `monitor.simulator.plan.FleetPlan`.
    """

    url: str
    http: ClientSession
    clock: Clock
    pace: Pace
    tally: Tally
    heartbeat_s: float | None = None
    idle_s: float = 600.0
    answer_s: float = 30.0
    listener: CallbackServer | None = None
    gateway: Gateway | None = None
    ca: str = ""
    certificates: str = ""
    cards: tuple[str, ...] = ()

    def trust(self, plate: Nameplate) -> ssl.SSLContext | bool:
        """Return whom the station of `plate` trusts at ``wss://``, with its own certificate where it has one."""
        folder = Path(self.certificates) if self.certificates else None
        if not self.ca and folder is None:
            return True
        context = ssl.create_default_context(cafile=self.ca or None)
        if folder is not None and (folder / f"{plate.identity}.pem").exists():
            context.load_cert_chain(folder / f"{plate.identity}.pem", folder / f"{plate.identity}.key")
        return context


def _credentials(plate: Nameplate) -> dict[str, str]:
    """Return the header of security profile 1 (OCPP 1.6 security white paper, profile 1: identity and password)."""
    if not plate.password:
        return {}
    return {"Authorization": "Basic " + b64encode(f"{plate.identity}:{plate.password}".encode()).decode()}


async def dial(
    premises: Premises, plate: Nameplate, subprotocol: str, line: Line, answer: Callable[[str, Mapping[str, Any]], Answer]
) -> Link | SoapLink | None:
    """Connect the station of `plate` and return its link, ``None`` when that failed or was refused, which is counted."""
    if plate.soap and premises.listener is not None:
        return SoapLink(
            http=premises.http,
            url=f"{premises.url.rstrip('/').replace('ws', 'http', 1)}/soap",
            plate=plate,
            line=line,
            tally=premises.tally,
            answer=answer,
            answer_s=premises.answer_s,
            listener=premises.listener,
        )
    try:
        async with asyncio.timeout(_DIAL_S):
            socket = await premises.http.ws_connect(
                f"{premises.url.rstrip('/')}/{quote(plate.identity, safe='')}",
                protocols=(subprotocol,),
                headers=_credentials(plate),
                autoping=False,
                ssl=premises.trust(plate),
                timeout=ClientWSTimeout(ws_close=_GOODBYE_S),
            )
    except WSServerHandshakeError as error:
        premises.tally.refusals[str(error.status)] += 1
        return None
    except (ClientError, OSError) as error:
        premises.tally.failures[type(error).__name__] += 1
        return None
    if not isinstance(socket, Socket) or socket.protocol != subprotocol:
        await socket.close()
        premises.tally.refusals["sub-protocol"] += 1
        return None
    return Link(socket, line, premises.tally, answer, premises.answer_s)
