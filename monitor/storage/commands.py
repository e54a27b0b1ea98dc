"""Where commands are kept: `monitor.commands.ports.CommandStore` over the house's database."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import msgspec
from sqlalchemy import Table, bindparam, delete, select

from monitor.core.commands import Command
from monitor.storage.statements import upsert
from monitor.storage.tables import CommandRow

if TYPE_CHECKING:
    from datetime import datetime

    from sqlalchemy import Connection, Select

    from monitor.core.ids import StationId
    from monitor.runtime.ports import Database

COMMAND: Final[Table] = CommandRow.__table__  # type: ignore[attr-defined]
_LATEST: Final = (
    select(COMMAND.c.body)
    .where(COMMAND.c.station_id == bindparam("station"))
    .order_by(COMMAND.c.at.desc())
    .limit(bindparam("most"))
)
"""What every page of a station asks, built once: building a statement costs more than running it."""
_encode: Final = msgspec.json.Encoder().encode
_decode: Final = msgspec.json.Decoder(Command).decode


class SqlCommands:
    """Writes and reads commands."""

    def __init__(self, database: Database) -> None:
        """Use `database`."""
        self._database = database

    async def save(self, command: Command) -> None:
        """Store `command` as it is now."""
        row = {
            "id": command.id,
            "station_id": command.station,
            "at": command.requested_at,
            "state": command.state.value,
            "over": command.over,
            "body": _encode(command).decode(),
        }
        await self._database.write(lambda connection: connection.execute(upsert(COMMAND, connection), row))

    async def find(self, name: str) -> Command | None:
        """Return the command of that name."""
        found = await self._read(select(COMMAND.c.body).where(COMMAND.c.id == name))
        return found[0] if found else None

    async def of(self, station: StationId, limit: int) -> list[Command]:
        """Return the last `limit` commands for `station`, the latest first."""
        return await self._read(_LATEST, station=station, most=limit)

    async def unfinished(self) -> list[Command]:
        """Return the commands that are not over, in the order in which they were asked for."""
        return await self._read(select(COMMAND.c.body).where(COMMAND.c.over.is_(False)).order_by(COMMAND.c.at))

    async def purge(self, before: datetime) -> int:
        """Delete the commands that were asked for before that instant; return how many."""
        return await self._database.write(
            lambda connection: int(connection.execute(delete(COMMAND).where(COMMAND.c.at < before)).rowcount)
        )

    async def _read(self, query: Select[str], **chosen: Any) -> list[Command]:  # noqa: ANN401  (the query's parameters)
        def work(connection: Connection) -> list[Command]:
            return [_decode(body) for body in connection.execute(query, chosen).scalars()]

        return await self._database.read(work)
