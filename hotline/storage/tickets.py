"""Tickets in the house's database."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any, Final

import msgspec
from msgspec.structs import replace
from sqlalchemy import Table, bindparam, insert, select, update

from hotline.core.tickets import Line, Ticket
from hotline.storage.calls import change_in
from hotline.storage.tables import HotlineTable
from hotline.storage.trail import append

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from sqlalchemy import Connection, Select

    from hotline.core.calls import Call
    from hotline.core.tickets import Turned
    from hotline.core.trail import Note
    from monitor.core.ids import StationId
    from monitor.runtime.ports import Database

_TICKETS: Final[Table] = HotlineTable.metadata.tables["hotline_ticket"]
_LINES: Final[Table] = HotlineTable.metadata.tables["hotline_ticket_line"]
_OPEN: Final = select(_TICKETS).where(_TICKETS.c.open).order_by(_TICKETS.c.id).limit(bindparam("most"))
_OPEN_OF: Final = _OPEN.where(_TICKETS.c.station == bindparam("station"))
"""What every page of a station asks, built once: building a statement costs more than running it."""
_encode: Final = msgspec.json.Encoder().encode
_decode: Final = msgspec.json.Decoder(Ticket).decode
_decode_line: Final = msgspec.json.Decoder(Line).decode


def _row_of(ticket: Ticket) -> dict[str, Any]:
    body = _encode(replace(ticket, id=0)).decode()
    return {"opened_at": ticket.opened_at, "station": ticket.station, "open": ticket.open, "body": body}


def _with_ticket(call: Call, number: int) -> Call:
    return replace(call, ticket=number)


class StoredTickets:
    """`hotline.ports.Tickets` over a `Database`."""

    def __init__(self, database: Database) -> None:
        """Use `database`; it was migrated before."""
        self._database = database

    async def add(self, turned: Turned, note: Note, call: int | None = None) -> Ticket:
        """Store a new ticket with its first line; the call that it came of knows it from then on."""
        ticket, line = turned

        def work(connection: Connection) -> Ticket:
            number = connection.execute(insert(_TICKETS).values(**_row_of(ticket)).returning(_TICKETS.c.id)).scalar_one()
            _add_line(connection, number, line)
            if call is not None:
                change_in(connection, call, partial(_with_ticket, number=number))
            append(connection, note, line.at)
            return replace(ticket, id=number)

        return await self._database.write(work)

    async def change(self, number: int, turn: Callable[[Ticket], Turned], note: Note, call: int | None = None) -> Ticket | None:
        """Return the ticket after `turn`, with one more line; ``None`` when there is no such ticket.

        Raises:
            TicketError: what `turn` raises; nothing is stored then.
        """

        def work(connection: Connection) -> Ticket | None:
            body = connection.execute(select(_TICKETS.c.body).where(_TICKETS.c.id == number).with_for_update()).scalar()
            if body is None:
                return None
            after, line = turn(replace(_decode(body), id=number))
            connection.execute(update(_TICKETS).where(_TICKETS.c.id == number).values(**_row_of(after)))
            _add_line(connection, number, line)
            if call is not None:
                change_in(connection, call, partial(_with_ticket, number=number))
            append(connection, note, line.at)
            return after

        return await self._database.write(work)

    async def find(self, number: int) -> tuple[Ticket, list[Line]] | None:
        """Return a ticket with its history."""

        def work(connection: Connection) -> tuple[Ticket, list[Line]] | None:
            body = connection.execute(select(_TICKETS.c.body).where(_TICKETS.c.id == number)).scalar()
            if body is None:
                return None
            lines = connection.execute(select(_LINES.c.body).where(_LINES.c.ticket == number).order_by(_LINES.c.id)).scalars()
            return replace(_decode(body), id=number), [_decode_line(one) for one in lines]

        return await self._database.read(work)

    async def open(self, station: StationId | None = None, limit: int = 500) -> list[Ticket]:
        """Return the open tickets, or those of one station, the oldest first."""
        if station is None:
            return await self._read(_OPEN, most=limit)
        return await self._read(_OPEN_OF, station=station, most=limit)

    async def recent(self, limit: int, before: int | None = None, station: StationId | None = None) -> list[Ticket]:
        """Return the last tickets, open or done, the newest first."""
        query = select(_TICKETS) if before is None else select(_TICKETS).where(_TICKETS.c.id < before)
        if station is not None:
            query = query.where(_TICKETS.c.station == station)
        return await self._read(query.order_by(_TICKETS.c.id.desc()).limit(limit))

    async def between(self, since: datetime, until: datetime) -> list[Ticket]:
        """Return all tickets that were opened from `since` on and before `until`."""
        query = select(_TICKETS).where(_TICKETS.c.opened_at >= since, _TICKETS.c.opened_at < until).order_by(_TICKETS.c.id)
        return await self._read(query)

    async def _read(self, query: Select[Any], **chosen: Any) -> list[Ticket]:  # noqa: ANN401  (the query's parameters)
        def work(connection: Connection) -> list[Ticket]:
            return [replace(_decode(row["body"]), id=row["id"]) for row in connection.execute(query, chosen).mappings()]

        return await self._database.read(work)


def _add_line(connection: Connection, ticket: int, line: Line) -> None:
    connection.execute(insert(_LINES), [{"ticket": ticket, "body": _encode(line).decode()}])
