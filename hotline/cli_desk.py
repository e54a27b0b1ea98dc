"""What the front door does with calls and the trail: ``call start``, ``call list``, ``trail head``, ``trail verify``."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from hotline.core.calls import Source
from hotline.core.search import SearchIndex
from hotline.core.trail import FIRST, first_broken
from hotline.errors import HotlineError
from hotline.service import desk_of
from hotline.storage.accounts import StoredAccounts
from monitor.registry.directory import Directory

if TYPE_CHECKING:
    from argparse import Namespace
    from collections.abc import Awaitable, Callable, Iterable

    from hotline.core.calls import Call
    from hotline.desk import CallDesk
    from monitor.core.clock import Clock
    from monitor.core.registry import Station
    from monitor.runtime.ports import Database

ROWS: Final = 20
PIECE: Final = 1000


async def run(database: Database, stations: Callable[[], Awaitable[Iterable[Station]]], clock: Clock, args: Namespace) -> list[str]:
    """Carry out a command and return the lines to print.

    Raises:
        HotlineError: when it is refused.
    """
    desk = desk_of(database, clock)
    if args.command == "trail":
        return await (_head(desk) if args.action == "head" else _verify(desk, args.head))
    known = list(await stations())
    if args.action == "list":
        directory = Directory(known)
        return [_line(one, directory) for one in await desk.recent(ROWS)]
    return await _start(desk, StoredAccounts(database), known, args)


async def _start(desk: CallDesk, accounts: StoredAccounts, stations: list[Station], args: Namespace) -> list[str]:
    if await accounts.account(args.agent) is None:
        message = f"there is no user {args.agent!r} of the console: see 'user add'"
        raise HotlineError(message)
    station = SearchIndex(stations).search(args.sticker).exact if args.sticker else None
    if args.sticker and station is None:
        message = f"there is no station with the sticker {args.sticker!r}: see 'station list'"
        raise HotlineError(message)
    call = await desk.start(args.agent, source=Source.COMMAND_LINE, number=args.number, language=args.language, station=station)
    return [f"call {call.id} of {args.agent} has begun"]


def _line(one: Call, directory: Directory) -> str:
    station = None if one.station is None else directory.by_id(one.station)
    about = station.sticker if station is not None else one.keyed or "-"
    came = one.outcome.value if one.outcome is not None else one.stage.value
    return f"{one.id}  {one.began_at:%Y-%m-%dT%H:%M:%SZ}  {about}  {one.agent or '-'}  {came}"


async def _head(desk: CallDesk) -> list[str]:
    head = await desk.trail_head()
    return [f"0  {FIRST}"] if head is None else [f"{head.number}  {head.seal}  {head.at:%Y-%m-%dT%H:%M:%SZ}"]


async def _verify(desk: CallDesk, kept: str) -> list[str]:
    """Look at every entry, a piece at a time; a seal that was kept must be met."""
    count, before, met = 0, FIRST, kept in {"", FIRST}
    while piece := await desk.trail_after(count, PIECE):
        broken = first_broken(piece, before) if piece[0].number == count + 1 else count + 1
        if broken is not None:
            message = f"the trail is broken at entry {broken}"
            raise HotlineError(message)
        met = met or any(one.seal == kept for one in piece)
        count, before = piece[-1].number, piece[-1].seal
    if not met:
        message = f"no entry has the seal {kept[:70]!r}: this is not the trail that it was taken from"
        raise HotlineError(message)
    return [f"{count} entries, unbroken", f"{count}  {before}"]
