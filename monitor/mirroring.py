"""What takes mirrored lines in a running service: the facade for the API, a file that is followed, a topic of a broker."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Final

import structlog

from monitor.collectors.ingest.mirror import MOST_LINES, Mirror
from monitor.collectors.ingest.topic import Broker, TopicFollower
from monitor.configuration import ConfigurationError
from monitor.runtime.journal import TransientStoreError
from monitor.settings import IngestSettings, read_broker
from monitor.storage.ingested import SqlIngested

if TYPE_CHECKING:
    from collections.abc import Iterable

    from monitor.core.clock import Clock
    from monitor.desk.session import Desk
    from monitor.registry.directory import Directory
    from monitor.runtime.engine import Engine
    from monitor.runtime.intake import Intake
    from monitor.runtime.ports import Database

log = structlog.get_logger("ingest")

LOOK_S: Final = 1.0
PIECE: Final = 1024 * 1024
KEPT: Final = timedelta(days=14)
"""How long ids are known: twice as long as a line may be old."""


class Mirroring:
    """The facade `mirror`, and the file and the topic that are followed, if they are configured."""

    def __init__(  # noqa: PLR0913  (what it ties together)
        self, *, settings: IngestSettings, clock: Clock, database: Database, directory: Directory, engine: Engine, intake: Intake,
        desks: Iterable[Desk],
    ) -> None:  # fmt: skip
        """Take lines about the stations of `directory`; frames are understood at `desks`.

        Raises:
            ConfigurationError: when what vouches for the broker cannot be used.
        """
        self._clock = clock
        self._file = Path(settings.file) if settings.file else None
        self._place = (0, 0)
        self.ids = SqlIngested(database)
        self.mirror = Mirror(clock=clock, directory=directory, view=engine, intake=intake, desks=desks, ids=self.ids)
        self.topic = TopicFollower(_broker(settings), self.mirror.take) if settings.broker else None

    @property
    def topic_up(self) -> bool | None:
        """Whether the topic is being followed; ``None`` where there is none."""
        return None if self.topic is None else self.topic.connected

    async def purge(self) -> None:
        """Forget old ids."""
        await self.ids.purge(self._clock.now() - KEPT)

    async def run(self) -> None:
        """Follow file and topic, until cancelled."""
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(self._follow())
            if self.topic is not None:
                tasks.create_task(self.topic.run())

    async def _follow(self) -> None:
        """Follow the file from its beginning on; ids tell what has counted before."""
        while self._file is not None:
            try:
                while await self._more(self._file):
                    pass
            except TransientStoreError as error:
                log.warning("lines of the file could not be stored, they are read again", error=str(error))
            except OSError as error:
                log.info("the file cannot be read", file=str(self._file), error=error.strerror)
            await asyncio.sleep(LOOK_S)

    async def _more(self, file: Path) -> bool:
        """Take some whole lines; return whether there may be more. A file that is new or shorter begins anew."""
        inode, offset = self._place
        status = await asyncio.to_thread(file.stat)
        if status.st_ino != inode or status.st_size < offset:
            offset = 0
        body = await asyncio.to_thread(_piece, file, offset)
        whole = b"".join(line + b"\n" for line in body.split(b"\n")[:-1][:MOST_LINES])
        if not whole and len(body) == PIECE:
            log.warning("a line of the file is too long, it is passed over", file=str(file), bytes=PIECE)
            whole = body
        elif whole:
            taken = await self.mirror.take(whole)
            for number, why in taken.bad:
                log.info("a line of the file does not count", line=number, why=why)
        self._place = (status.st_ino, offset + len(whole))
        return bool(whole)


def _broker(settings: IngestSettings) -> Broker:
    host, port, tls = read_broker(settings.broker)
    broker = Broker(
        host=host,
        port=port,
        tls=tls,
        topic=settings.topic,
        client=settings.client,
        user=settings.user,
        password=settings.password.get_secret_value(),
        ca=settings.ca,
    )
    try:
        broker.trust()
    except OSError as error:
        message = f"ingest.ca: {settings.ca} cannot be used ({error.strerror or error}); it is a readable file in PEM"
        raise ConfigurationError(message) from None
    return broker


def _piece(file: Path, offset: int) -> bytes:
    with file.open("rb") as opened:
        opened.seek(offset)
        return opened.read(PIECE)
