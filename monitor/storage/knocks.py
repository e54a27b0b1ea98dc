"""The strangers of `monitor.registry.attempts`, stored, so that they outlive a restart and the command line can list them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from sqlalchemy import Table, delete, insert, select

from monitor.registry.attempts import Knock, Outcome
from monitor.storage.tables import KnockRow, StationRow

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sqlalchemy import Connection

    from monitor.runtime.ports import Database

KNOCK: Final[Table] = KnockRow.__table__  # type: ignore[attr-defined]
_OUTCOMES: Final = frozenset(Outcome)
STATION: Final[Table] = StationRow.__table__  # type: ignore[attr-defined]


class SqlKnocks:
    """`monitor.registry.knocks.KnockStore` over the house's database."""

    def __init__(self, database: Database) -> None:
        """Use `database`."""
        self._database = database

    async def replace(self, knocks: Sequence[Knock]) -> None:
        """Store `knocks` instead of what was there; a thousand rows at most."""
        rows = [
            {
                "identity": knock.identity,
                "first_at": knock.first,
                "last_at": knock.last,
                "count": knock.count,
                "addresses": " ".join(knock.addresses),
                "offered": knock.offered,
                "reason": knock.reason.value,
            }
            for knock in knocks
        ]

        def work(connection: Connection) -> None:
            connection.execute(delete(KNOCK))
            if rows:
                connection.execute(insert(KNOCK), rows)

        await self._database.write(work)

    async def all(self) -> list[Knock]:
        """Return who knocked and is not registered meanwhile, the latest first."""
        query = select(KNOCK).where(KNOCK.c.identity.not_in(select(STATION.c.identity)))
        rows = await self._database.read(lambda connection: list(connection.execute(query)))
        found = [
            Knock(
                identity=row.identity,
                first=row.first_at,
                last=row.last_at,
                count=row.count,
                addresses=tuple(row.addresses.split()),
                offered=row.offered,
                reason=Outcome(row.reason) if row.reason in _OUTCOMES else Outcome.UNKNOWN,
            )
            for row in rows
        ]
        return sorted(found, key=lambda knock: knock.last, reverse=True)
