"""Commands put together: the facade with its store, its two wires and the place for what stations upload."""

from __future__ import annotations

import asyncio
import ipaddress
from pathlib import Path
from random import Random
from typing import TYPE_CHECKING

from yarl import URL

from monitor.collectors.ocppj.calls import SocketCalls
from monitor.collectors.ocpps.caller import SoapCalls
from monitor.collectors.uploads.receiver import UploadReceiver
from monitor.commands.inquirer import Inquirer
from monitor.commands.link_reader import LinkReader
from monitor.commands.station_commands import StationCommands
from monitor.decode.soap_versions import SOAP_VERSIONS
from monitor.storage.commands import SqlCommands

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from monitor.collectors.ocppj.listener import FieldListener
    from monitor.commands.ports import Waker
    from monitor.core.clock import Clock
    from monitor.core.ids import StationId
    from monitor.registry.cards import Authorizer
    from monitor.registry.directory import Directory
    from monitor.runtime.engine import Engine
    from monitor.runtime.intake import Intake
    from monitor.runtime.ports import Database, EventBus
    from monitor.settings import FieldSettings


class Commanding:
    """The facade `commands`, and what is behind it."""

    def __init__(  # noqa: PLR0913  (what it ties together)
        self, *, settings: FieldSettings, clock: Clock, database: Database, directory: Directory, engine: Engine, intake: Intake,
        authorizer: Authorizer, waker: Waker | None, spoken: Callable[[StationId], str | None],
    ) -> None:  # fmt: skip
        """Prepare; `listen` must follow.

        `waker` wakes SOAP stations that nobody reaches; `spoken` is the version of one that has spoken since we started.
        """
        self._clock = clock
        self._database = database
        self._directory = directory
        self._engine = engine
        self._intake = intake
        self._authorizer = authorizer
        self._base = settings.upload_url.rstrip("/")
        self._listener: FieldListener | None = None
        self.store = SqlCommands(database)
        self.soap = SoapCalls(
            clock=clock,
            directory=directory,
            view=engine,
            intake=intake,
            versions=SOAP_VERSIONS,
            networks=[ipaddress.ip_network(network) for network in settings.allowed_networks],
            spoken=spoken,
            waker=waker,
        )
        folder = Path(settings.uploads) if settings.uploads else None
        self.uploads = UploadReceiver(clock, folder, self._base_of, self._name_of, self._received)
        self.commands: StationCommands
        self.inquirer: Inquirer
        self.link_reader: LinkReader

    def listen(self, listener: FieldListener, bus: EventBus) -> None:
        """Speak to stations on the sockets of `listener` too, and ask those of which `bus` tells that they are silent."""
        self._listener = listener
        self.commands = StationCommands(
            clock=self._clock,
            view=self._engine,
            intake=self._intake,
            store=self.store,
            wires=(SocketCalls(listener.links), self.soap),
            uploads=self.uploads,
            cards=self._authorizer.listed,
        )
        self.inquirer = Inquirer(
            clock=self._clock,
            view=self._engine,
            intake=self._intake,
            bus=bus,
            commands=self.commands,
            knock=self.soap.knock,
            rng=Random(),  # noqa: S311  (spreads questions over time)
        )
        self.link_reader = LinkReader(self._clock, self._intake, bus, self.commands, self._tapped)

    async def run(self) -> None:
        """Carry out commands and read lines, until cancelled."""
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(self.commands.run())
            tasks.create_task(self.link_reader.run())

    async def purge(self, before: datetime) -> int:
        """Delete commands and files that are older; return how many commands."""
        self.uploads.purge(before)
        return await self.store.purge(before)

    def _base_of(self, station: StationId) -> str | None:
        """Return the address, without a path, at which `station` reaches us."""
        if self._base:
            return self._base
        link = None if self._listener is None else self._listener.links.link(station)
        if link is not None:
            return link.here
        callback = self._engine.health(station).callback
        return str(URL(callback.here).origin()) if callback is not None and callback.here else None

    def _name_of(self, station: StationId) -> str:
        known = self._directory.by_id(station)
        return "" if known is None else known.sticker

    def _tapped(self, station: StationId) -> bool:
        known = self._directory.by_id(station)
        return known is not None and known.tap

    def _received(self, station: StationId, name: str, size: int) -> None:
        self.commands.carrier.uploaded(station, name, size)
