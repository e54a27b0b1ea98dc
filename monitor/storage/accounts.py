"""Where the accounts of SIMs are kept, and what each used in every month."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import msgspec
from sqlalchemy import Table, select

from monitor.core.accounting import Account
from monitor.core.ids import StationId
from monitor.storage.statements import DriverStatement, upsert
from monitor.storage.tables import SimAccountRow, SimVolumeRow

if TYPE_CHECKING:
    from collections.abc import Mapping

    from sqlalchemy import Connection

    from monitor.runtime.ports import Database

ACCOUNT: Final[Table] = SimAccountRow.__table__  # type: ignore[attr-defined]
VOLUME: Final[Table] = SimVolumeRow.__table__  # type: ignore[attr-defined]
_encode: Final = msgspec.json.Encoder().encode
_decode: Final = msgspec.json.Decoder(Account).decode


class SqlAccounts:
    """`monitor.collectors.radius.receiver.AccountStore` over the house's database."""

    def __init__(self, database: Database) -> None:
        """Use `database`."""
        self._database = database
        self._statements: tuple[DriverStatement, DriverStatement] | None = None

    async def load(self) -> dict[StationId, Account]:
        """Return every account; one that cannot be read is as if it were not there."""

        def work(connection: Connection) -> dict[StationId, Account]:
            found = {}
            for row in connection.execute(select(ACCOUNT)):
                try:
                    found[StationId(row.station_id)] = _decode(row.body)
                except msgspec.MsgspecError:
                    continue
            return found

        return await self._database.read(work)

    async def save(self, accounts: Mapping[StationId, Account]) -> None:
        """Store `accounts`, and their months, in one transaction."""
        rows = [(station, _encode(account).decode()) for station, account in accounts.items()]
        months = [(station, account.month, account.month_octets) for station, account in accounts.items() if account.month]

        def work(connection: Connection) -> None:
            if self._statements is None:
                self._statements = (
                    DriverStatement(upsert(ACCOUNT, connection), ("station_id", "body"), connection),
                    DriverStatement(upsert(VOLUME, connection), ("station_id", "month", "octets"), connection),
                )
            self._statements[0].run(connection, rows)
            self._statements[1].run(connection, months)

        await self._database.write(work)

    async def months(self, station: StationId) -> dict[str, int]:
        """Return the octets of `station` by month, the oldest first."""
        query = select(VOLUME.c.month, VOLUME.c.octets).where(VOLUME.c.station_id == station).order_by(VOLUME.c.month)
        rows = await self._database.read(lambda connection: list(connection.execute(query)))
        return {row.month: row.octets for row in rows}
