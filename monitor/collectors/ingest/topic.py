"""Mirrored lines from a topic of an MQTT broker (MQTT 3.1.1, QoS 1): a message is acknowledged when its lines are stored.

The session is the broker's: what is published while we are away waits there, and what we took and did not acknowledge comes again
(§4.3.2, §4.4) and counts once, by the ids of its lines. What a line means is `mirror`'s business.
"""

from __future__ import annotations

import asyncio
import ssl
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final, Protocol

import gmqtt
import structlog
from gmqtt.mqtt.constants import MQTTv311

from monitor.collectors.ingest.mirror import MOST_LINES
from monitor.runtime.journal import TransientStoreError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from monitor.runtime.ports import Taken

log = structlog.get_logger("ingest")

AGAIN_S: Final = 1.0
"""Pause after lines that could not be stored."""
REFUSED: Final = 0x80
"""Return code of a subscription that failed (§3.9.3)."""
PATIENCE_S: Final = 10.0
"""How long a broker may take to accept us."""
DIAL_S: Final = 5.0
"""Pause before a broker is dialled again."""
MOST_WAITING: Final = 1000
"""Messages that may wait to be stored; a broker that sends on without being answered is left, and dialled again."""
LARGEST: Final = 1024 * 1024
"""Bytes of one message that are looked at."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Broker:
    """Where the topic is (wildcards as in §4.7), and who we are there; `ca` vouches for it, empty: what the machine trusts."""

    host: str
    port: int
    topic: str
    tls: bool = False
    ca: str = ""
    client: str = "bornewatch"
    user: str = ""
    password: str = ""

    def trust(self) -> ssl.SSLContext | None:
        """Return what the broker's certificate is checked against, ``None`` without TLS; `OSError` when it cannot be used."""
        return ssl.create_default_context(cafile=self.ca or None) if self.tls else None


class Lines(Protocol):
    """Takes lines (`Mirror.take`)."""

    async def __call__(self, body: bytes) -> Taken:
        """Take the lines of `body`; raises `TransientStoreError` when they may be sent again."""
        ...


class TopicFollower:
    """Takes what is published under the topic of a broker."""

    def __init__(self, broker: Broker, take: Lines) -> None:
        """Hand the lines of each message to `take`, in the order in which they came."""
        self._broker = broker
        self._take = take
        self._waiting: list[tuple[bytes, asyncio.Future[None]]] = []
        self._filled = asyncio.Event()
        self._lost = asyncio.Event()
        self.connected = False

    async def run(self) -> None:
        """Follow the topic, until cancelled."""
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(self._connect())
            tasks.create_task(self._store())

    async def _connect(self) -> None:
        broker = self._broker
        while True:
            self._lost = lost = asyncio.Event()
            client = self._client(lost)
            try:
                context = broker.trust() or False
                async with asyncio.timeout(PATIENCE_S):
                    await client.connect(broker.host, broker.port, ssl=context, version=MQTTv311)
                await lost.wait()
                log.warning("the broker is gone, it is dialled again", host=broker.host, port=broker.port)
            except (OSError, gmqtt.MQTTConnectError) as error:
                why = str(error) or type(error).__name__
                log.warning("the broker cannot be reached", host=broker.host, port=broker.port, error=why)
            finally:
                self.connected = False
                await client.disconnect()
            await asyncio.sleep(DIAL_S)

    def _client(self, lost: asyncio.Event) -> Any:  # noqa: ANN401  (gmqtt is not typed)
        client = gmqtt.Client(self._broker.client, clean_session=False, optimistic_acknowledgement=False)
        client.set_config({"reconnect_retries": 0})
        client.on_connect, client.on_subscribe = self._opened, self._subscribed
        client.on_disconnect = lambda *_: lost.set()
        client.on_message = self._came
        if self._broker.user:
            client.set_auth_credentials(self._broker.user, self._broker.password)
        return client

    # ------------------------------------------------------------------------------------------------ called by gmqtt

    def _opened(self, client: Any, _flags: int, _code: int, _properties: Any) -> None:  # noqa: ANN401  (gmqtt is not typed)
        client.subscribe(self._broker.topic, qos=1)

    def _subscribed(self, _client: Any, _mid: int, granted: Sequence[int], _properties: Any) -> None:  # noqa: ANN401
        if REFUSED in granted:
            log.warning("the broker does not let us follow the topic", host=self._broker.host, topic=self._broker.topic)
            self._lost.set()
            return
        self.connected = True
        log.info("following a topic", host=self._broker.host, topic=self._broker.topic)

    async def _came(self, _client: Any, _topic: str, payload: bytes, _qos: int, _properties: Any) -> int:  # noqa: ANN401
        """Return, and with it acknowledge, when the lines of `payload` are stored."""
        if len(payload) > LARGEST or payload.count(b"\n") >= MOST_LINES:
            log.warning("a message of the topic is too long, it is passed over", bytes=len(payload))
            return 0
        told: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._waiting.append((payload, told))
        if len(self._waiting) > MOST_WAITING:
            self._lost.set()
        self._filled.set()
        await told
        return 0

    # ------------------------------------------------------------------------------------------------ storing

    async def _store(self) -> None:
        while True:
            await self._filled.wait()
            await self._keep()

    async def _keep(self) -> None:
        """Have what waits stored, as much as can be taken at once, and acknowledge it."""
        lines, count = 0, 0
        for payload, _ in self._waiting:
            lines += payload.count(b"\n") + 1
            if lines > MOST_LINES:
                break
            count += 1
        taken, self._waiting = self._waiting[:count], self._waiting[count:]
        if not self._waiting:
            self._filled.clear()
        await self._stored(b"\n".join(payload for payload, _ in taken))
        for _, told in taken:
            told.set_result(None)

    async def _stored(self, body: bytes) -> None:
        while True:
            try:
                taken = await self._take(body)
            except TransientStoreError as error:
                log.warning("lines of the topic could not be stored, trying again", error=str(error))
                await asyncio.sleep(AGAIN_S)
            else:
                for _, why in taken.bad:
                    log.info("a line of the topic does not count", why=why)
                return
