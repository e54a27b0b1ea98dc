"""Calls, tickets and the trail keep what they are given, on every database, also when two write at once."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import TYPE_CHECKING

import pytest
from msgspec.structs import replace

from hotline.core import calls, tickets
from hotline.core.calls import CallError, Outcome, Stage
from hotline.core.tickets import Addressee, TicketError
from hotline.core.trail import Note, first_broken
from hotline.storage.calls import StoredCalls
from hotline.storage.tickets import StoredTickets
from hotline.storage.trail import StoredTrail
from monitor.core.ids import StationId

if TYPE_CHECKING:
    from monitor.storage.database import SqlDatabase

NOW = datetime(2026, 11, 28, 12, 0, tzinfo=UTC)
BRILL, GARE = StationId(7), StationId(8)
NOTE = Note(who="anna", what="ticket", about="CP2500")


def after(seconds: float) -> datetime:
    return NOW + timedelta(seconds=seconds)


async def test_the_key_is_made_once(database: SqlDatabase) -> None:
    store = StoredCalls(database)
    keys = await asyncio.gather(*(store.key(NOW) for _ in range(5)))
    assert len(set(keys)) == 1
    assert len(keys[0]) == 32


async def test_a_ring_that_is_told_twice_is_one_call(database: SqlDatabase) -> None:
    store = StoredCalls(database)
    first, again = await store.add(calls.rung("CA1", NOW)), await store.add(calls.rung("CA1", after(5)))
    assert first == again
    assert [one.id for one in await store.at_desk_of("")] == [first.id]
    taken = await store.change(first.id, partial(calls.answered, agent="anna", at=after(6)), NOTE, after(6))
    assert taken is not None
    assert await store.at_desk_of("") == []
    assert await store.at_desk_of("anna") == [taken]
    with pytest.raises(CallError):
        await store.change(first.id, partial(calls.answered, agent="ben", at=after(7)), NOTE, after(7))
    assert [entry.who for entry in await StoredTrail(database).entries()] == ["anna"], "what was refused leaves no trace"
    over = await store.change_by_reference("CA1", partial(calls.ended, at=after(60)))
    assert over is not None
    assert [one.stage for one in await store.at_desk_of("anna")] == [Stage.ENDED]
    await store.change(first.id, partial(calls.closed, outcome=Outcome.ADVISED, at=after(70)))
    assert await store.at_desk_of("anna") == []
    assert await store.change(first.id + 1, partial(calls.noted, notes="x")) is None
    assert await store.change_by_reference("CA2", partial(calls.ended, at=NOW)) is None


async def test_calls_are_found_by_station_caller_time_and_number(database: SqlDatabase) -> None:
    store = StoredCalls(database)
    made = [
        await store.add(replace(calls.clicked("anna", after(n * 60)), station=BRILL if n % 2 else GARE, caller="x" * (n < 2)))
        for n in range(5)
    ]
    assert await store.find(made[2].id) == made[2]
    assert await store.find(made[4].id + 1) is None
    assert await store.about(BRILL, after(100)) == [made[3]]
    assert await store.from_caller("x") == [made[1], made[0]]
    assert await store.between(after(60), after(180)) == made[1:3]
    assert await store.recent(2) == [made[4], made[3]]
    assert await store.recent(2, made[3].id) == [made[2], made[1]]


async def test_what_need_not_be_known_any_more_is_forgotten(database: SqlDatabase) -> None:
    store = StoredCalls(database)
    old = await store.add(replace(calls.rung("CA1", NOW), caller="x", caller_shown="+352 … 456", notes="words"))
    young = await store.add(replace(calls.rung("CA2", NOW + timedelta(days=90)), caller="x", notes="words"))
    at = NOW + timedelta(days=91)
    assert await store.tidy(at, at - timedelta(days=60), NOW) == 3, "two that nobody hung up, one caller"
    seen = await store.find(old.id)
    assert seen is not None
    assert (seen.stage, seen.caller, seen.caller_shown, seen.reference, seen.notes) == (Stage.MISSED, "", "", "", "words")
    assert await store.from_caller("x") == [await store.find(young.id)]
    assert await store.tidy(at, at - timedelta(days=60), at - timedelta(days=30)) == 1
    seen = await store.find(old.id)
    assert seen is not None
    assert seen.notes == ""
    assert await store.tidy(at, at - timedelta(days=60), at - timedelta(days=30)) == 0


async def test_a_ticket_keeps_its_history_and_its_call_knows_it(database: SqlDatabase) -> None:
    store, known = StoredTickets(database), StoredCalls(database)
    call = await known.add(calls.clicked("anna", NOW))
    ticket = await store.add(tickets.opened(BRILL, "Cable held", "anna", NOW), NOTE, call.id)
    again = await known.find(call.id)
    assert again is not None
    assert again.ticket == ticket.id
    other = await known.add(calls.clicked("ben", after(5)))
    joined = await store.change(ticket.id, partial(tickets.joined, who="ben", now=after(5)), NOTE, other.id)
    assert joined is not None
    assert joined.calls == 2
    hand = partial(
        tickets.handed_over, to=Addressee.OWNER, address="o@example.lu", text="words", letter="ticket/1/0", who="ben", now=after(9)
    )
    await store.change(ticket.id, hand, NOTE)
    found = await store.find(ticket.id)
    assert found is not None
    assert [line.step.value for line in found[1]] == ["opened", "joined", "handed_over"]
    assert [(line.text, line.letter) for line in found[1]][-1] == ("words", "ticket/1/0")
    assert await store.open(BRILL) == [found[0]]
    assert await store.open(GARE) == []
    await store.change(ticket.id, partial(tickets.done, who="ben", now=after(20), result="lock replaced"), NOTE)
    with pytest.raises(TicketError):
        await store.change(ticket.id, partial(tickets.done, who="ben", now=after(21), result="again"), NOTE)
    assert await store.open() == []
    assert [one.id for one in await store.recent(5, station=BRILL)] == [ticket.id]
    assert await store.recent(5, ticket.id) == []
    assert [one.id for one in await store.between(NOW, after(1))] == [ticket.id]
    assert await store.change(ticket.id + 1, hand, NOTE) is None
    assert await store.find(ticket.id + 1) is None
    entries = await StoredTrail(database).entries()
    assert [entry.number for entry in entries] == [1, 2, 3, 4]
    assert first_broken(entries) is None


async def test_many_who_enter_at_once_make_one_chain(database: SqlDatabase) -> None:
    trail = StoredTrail(database)
    assert await trail.head() is None
    await asyncio.gather(*(trail.enter(Note(who=f"p{n}", what="reset", about=f"CP{n % 3}"), after(n)) for n in range(30)))
    entries = await trail.entries()
    assert len(entries) == 30
    assert first_broken(entries) is None
    assert await trail.head() == entries[-1]
    assert [entry.about for entry in await trail.about("CP1", 4)] == ["CP1"] * 4
    assert await trail.entries(after=28) == entries[28:]
