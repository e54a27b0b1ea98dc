"""Calls in the house's database, and the key under which callers' numbers are hashed."""

from __future__ import annotations

import secrets
from typing import TYPE_CHECKING, Any, Final

import msgspec
from msgspec.structs import replace
from sqlalchemy import Table, bindparam, insert, or_, select, update

from hotline.core.callers import KEY_BYTES
from hotline.core.calls import ABANDONED, Call, forgotten, given_up
from hotline.storage.tables import HotlineTable
from hotline.storage.trail import append

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from sqlalchemy import Connection, Select

    from hotline.core.trail import Note
    from monitor.core.ids import StationId
    from monitor.runtime.ports import Database

CALLS: Final[Table] = HotlineTable.metadata.tables["hotline_call"]
_KEYS: Final[Table] = HotlineTable.metadata.tables["hotline_key"]
CALLERS: Final = "callers"
PIECE: Final = 500
"""Rows that are changed in one transaction where nobody waits for it."""
_DESK: Final = select(CALLS).where(CALLS.c.at_desk_of == bindparam("agent")).limit(100)
_WAITING: Final = _DESK.order_by(CALLS.c.id)
_AT_DESK: Final = _DESK.order_by(CALLS.c.id.desc())
_ABOUT: Final = (
    select(CALLS)
    .where(CALLS.c.station == bindparam("station"), CALLS.c.began_at >= bindparam("since"))
    .order_by(CALLS.c.id.desc())
    .limit(100)
)
"""What every page asks, built once: building a statement costs more than running it."""
_encode: Final = msgspec.json.Encoder().encode
_decode: Final = msgspec.json.Decoder(Call).decode


def row_of(call: Call) -> dict[str, Any]:
    """Return the row of `call`, without its number."""
    return {
        "began_at": call.began_at,
        "at_desk_of": call.agent if call.at_desk else ("" if call.answered_at is None and call.ended_at is None else None),
        "reference": call.reference or None,
        "caller": call.caller or None,
        "station": call.station,
        "body": _encode(replace(call, id=0)).decode(),
    }


def change_in(connection: Connection, number: int, change: Callable[[Call], Call]) -> Call | None:
    """Return the call after `change`, written within the transaction under way; ``None`` when there is no such call."""
    body = connection.execute(select(CALLS.c.body).where(CALLS.c.id == number).with_for_update()).scalar()
    if body is None:
        return None
    before = replace(_decode(body), id=number)
    after = change(before)
    if after != before:
        connection.execute(update(CALLS).where(CALLS.c.id == number).values(**row_of(after)))
    return after


class StoredCalls:
    """`hotline.ports.Calls` over a `Database`."""

    def __init__(self, database: Database) -> None:
        """Use `database`; it was migrated before."""
        self._database = database

    async def key(self, now: datetime) -> bytes:
        """Return the key of callers' hashes; it is made when it is first asked for."""
        query = select(_KEYS.c.secret).where(_KEYS.c.name == CALLERS)

        def work(connection: Connection) -> bytes:
            there: bytes | None = connection.execute(query).scalar()
            if there is not None:
                return there
            made = secrets.token_bytes(KEY_BYTES)
            connection.execute(insert(_KEYS), [{"name": CALLERS, "secret": made, "made_at": now}])
            return made

        known: bytes | None = await self._database.read(lambda connection: connection.execute(query).scalar())
        return known if known is not None else await self._database.write(work)

    async def add(self, call: Call, note: Note | None = None) -> Call:
        """Store a new call; one that the telephone system told of before is the one that was stored then."""

        def work(connection: Connection) -> Call:
            if call.reference:
                same = connection.execute(select(CALLS).where(CALLS.c.reference == call.reference)).mappings().one_or_none()
                if same is not None:
                    return replace(_decode(same["body"]), id=same["id"])
            number = connection.execute(insert(CALLS).values(**row_of(call)).returning(CALLS.c.id)).scalar_one()
            if note is not None:
                append(connection, note, call.began_at)
            return replace(call, id=number)

        return await self._database.write(work)

    async def change(
        self, number: int, change: Callable[[Call], Call], note: Note | None = None, at: datetime | None = None
    ) -> Call | None:
        """Return the call after `change`, and enter `note` with it; ``None`` when there is no such call.

        Raises:
            CallError: what `change` raises; nothing is stored then.
        """

        def work(connection: Connection) -> Call | None:
            after = change_in(connection, number, change)
            if after is not None and note is not None and at is not None:
                append(connection, note, at)
            return after

        return await self._database.write(work)

    async def change_by_reference(self, reference: str, change: Callable[[Call], Call]) -> Call | None:
        """Return the call that the telephone system calls `reference` after `change`."""

        def work(connection: Connection) -> Call | None:
            number = connection.execute(select(CALLS.c.id).where(CALLS.c.reference == reference)).scalar()
            return None if number is None else change_in(connection, number, change)

        return await self._database.write(work)

    async def find(self, number: int) -> Call | None:
        """Return a call."""
        return next(iter(await self._read(select(CALLS).where(CALLS.c.id == number))), None)

    async def at_desk_of(self, agent: str) -> list[Call]:
        """Return the calls that `agent` has still to do with, the newest first; of ``""`` those that wait, the oldest first."""
        return await self._read(_AT_DESK if agent else _WAITING, agent=agent)

    async def about(self, station: StationId, since: datetime) -> list[Call]:
        """Return the calls about `station` from `since` on, the newest first."""
        return await self._read(_ABOUT, station=station, since=since)

    async def from_caller(self, caller: str, limit: int = 10) -> list[Call]:
        """Return the calls of who has this keyed hash, the newest first."""
        return await self._read(select(CALLS).where(CALLS.c.caller == caller).order_by(CALLS.c.id.desc()).limit(limit))

    async def between(self, since: datetime, until: datetime) -> list[Call]:
        """Return all calls that began from `since` on and before `until`, in their order."""
        query = select(CALLS).where(CALLS.c.began_at >= since, CALLS.c.began_at < until).order_by(CALLS.c.id)
        return await self._read(query)

    async def recent(self, limit: int, before: int | None = None) -> list[Call]:
        """Return the last calls, the newest first; only those of numbers below `before` where that is given."""
        query = select(CALLS) if before is None else select(CALLS).where(CALLS.c.id < before)
        return await self._read(query.order_by(CALLS.c.id.desc()).limit(limit))

    async def tidy(self, now: datetime, callers_before: datetime, notes_before: datetime) -> int:
        """End calls that were never hung up, and forget who called before then and what was noted before then.

        Returns how many calls were changed; a piece of them in each transaction.
        """
        named = or_(CALLS.c.caller.is_not(None), CALLS.c.reference.is_not(None))
        lost = CALLS.c.at_desk_of.is_not(None) & (CALLS.c.began_at <= now - ABANDONED)
        noted = (CALLS.c.began_at < notes_before) & (CALLS.c.body.contains('"notes":') | CALLS.c.body.contains('"keyed":'))
        changed = 0
        for which, change in (
            (lost, lambda call: given_up(call, now)),
            (named & (CALLS.c.began_at < callers_before), lambda call: forgotten(call, notes=False)),
            (noted, lambda call: forgotten(call, notes=True)),
        ):
            changed += await self._in_pieces(select(CALLS.c.id).where(which), change)
        return changed

    async def _in_pieces(self, query: Select[Any], change: Callable[[Call], Call]) -> int:
        last, changed = 0, 0
        while True:
            piece = query.where(CALLS.c.id > last).order_by(CALLS.c.id).limit(PIECE)

            def work(connection: Connection, piece: Select[Any] = piece) -> tuple[int, int]:
                numbers = list(connection.execute(piece).scalars())
                for number in numbers:
                    change_in(connection, number, change)
                return len(numbers), numbers[-1] if numbers else 0

            count, last = await self._database.write(work)
            changed += count
            if count < PIECE:
                return changed

    async def _read(self, query: Select[Any], **chosen: Any) -> list[Call]:  # noqa: ANN401  (the query's parameters)
        def work(connection: Connection) -> list[Call]:
            return [replace(_decode(row["body"]), id=row["id"]) for row in connection.execute(query, chosen).mappings()]

        return await self._database.read(work)
