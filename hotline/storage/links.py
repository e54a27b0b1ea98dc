"""Links that an operator hands to an installer: each shows one identity, for a while. Only hashes of them are stored."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from sqlalchemy import Table, delete, insert, select

from hotline.storage.tables import HotlineTable

if TYPE_CHECKING:
    from datetime import datetime

    from sqlalchemy import Connection

    from monitor.core.ids import Identity
    from monitor.runtime.ports import Database

_LINKS: Final[Table] = HotlineTable.metadata.tables["hotline_installer_link"]


class StoredLinks:
    """The links that are valid; those that are over go when the next one is made."""

    def __init__(self, database: Database) -> None:
        """Use `database`."""
        self._database = database

    async def add(self, ticket_hash: bytes, identity: Identity, *, made_by: str, now: datetime, until: datetime) -> None:
        """Make a link for `identity`, valid from `now` until `until`."""
        values = {"ticket_hash": ticket_hash, "identity": identity, "made_by": made_by, "made_at": now, "until": until}

        def work(connection: Connection) -> None:
            connection.execute(delete(_LINKS).where(_LINKS.c.until <= now))
            connection.execute(insert(_LINKS), [values])

        await self._database.write(work)

    async def identity(self, ticket_hash: bytes, now: datetime) -> str | None:
        """Return the identity that the link shows, ``None`` when there is none or it is over."""
        query = select(_LINKS.c.identity).where(_LINKS.c.ticket_hash == ticket_hash, _LINKS.c.until > now)
        found: str | None = await self._database.read(lambda connection: connection.execute(query).scalar())
        return found
