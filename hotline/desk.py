"""The desk: what agents, telephone systems and programs do with calls and tickets, each deed stored with its entry in the trail.

Who may do what is decided where people are known. The rules are in `hotline.core`; what does not fit them is refused there.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from functools import partial
from typing import TYPE_CHECKING, Final, TypeVar

import structlog
from msgspec.structs import replace

from hotline.core import calls as rules
from hotline.core import tickets as ticket_rules
from hotline.core.callers import e164, hashed, masked
from hotline.core.calls import Call, Outcome, Source, Stage
from hotline.core.diagnosis import Symptom
from hotline.core.diagnosis.rulings import SAID
from hotline.core.trail import Note

if TYPE_CHECKING:
    from collections import Counter
    from collections.abc import Callable

    from hotline.core.tickets import Addressee, Line, Ticket, Turned
    from hotline.core.trail import Entry
    from hotline.storage.calls import StoredCalls
    from hotline.storage.tickets import StoredTickets
    from hotline.storage.trail import StoredTrail
    from monitor.core.clock import Clock
    from monitor.core.ids import StationId

log = structlog.get_logger("hotline")

LATELY: Final = timedelta(hours=24)
"""Others who called about a station within so long are told of."""
MOST_OPEN: Final = 10_000
"""Open tickets that are looked through for dangers."""
MISSED: Final = "missed"
C = TypeVar("C", Call, Call | None)


class _Counted:
    """A change of a call that remembers what was before, so that what came of the call is counted once."""

    def __init__(self, change: Callable[[Call], Call]) -> None:
        self._change = change
        self._before: Call | None = None

    def __call__(self, call: Call) -> Call:
        self._before = call
        return self._change(call)

    def tell(self, after: Call | None, outcomes: Counter[str]) -> Call | None:
        """Count what `after` is and was not before."""
        if after is None or self._before is None:
            return after
        if after.stage is Stage.MISSED and self._before.stage is not Stage.MISSED:
            outcomes[MISSED] += 1
        if after.outcome is not None and self._before.outcome is None:
            outcomes[after.outcome.value] += 1
        return after


class CallDesk:
    """Calls, tickets and the trail.

    `outcomes` counts calls by what came of them since the start; ``missed`` is one of them. `stirred` are called when a call came,
    was taken or is over.
    """

    def __init__(
        self, *, calls: StoredCalls, tickets: StoredTickets, trail: StoredTrail, clock: Clock, outcomes: Counter[str]
    ) -> None:
        """Keep what is done in these stores, and count into `outcomes`."""
        self.outcomes = outcomes
        self.stirred: list[Callable[[], None]] = []
        outcomes.update({**{one.value: 0 for one in Outcome}, MISSED: 0})
        self._calls = calls
        self._tickets = tickets
        self._trail = trail
        self._clock = clock

    # ------------------------------------------------------------------------------------------------ calls: asking

    async def call(self, number: int) -> Call | None:
        """Return a call."""
        return await self._calls.find(number)

    async def at_hand(self, agent: str) -> list[Call]:
        """Return what `agent` has on the telephone or still to wrap up, the newest first."""
        return await self._calls.at_desk_of(agent) if agent else []

    async def waiting(self) -> list[Call]:
        """Return the calls of which no agent has said yet that they are his, the oldest first; some may be taken, or over."""
        return await self._calls.at_desk_of("")

    async def recent(self, limit: int, before: int | None = None) -> list[Call]:
        """Return the last calls, the newest first."""
        return await self._calls.recent(limit, before)

    async def between(self, since: datetime, until: datetime) -> list[Call]:
        """Return the calls that began in that span."""
        return await self._calls.between(since, until)

    async def earlier(self, call: Call) -> list[Call]:
        """Return the calls of the same caller before this one, the newest first; none where the number is not known."""
        if not call.caller:
            return []
        return [one for one in await self._calls.from_caller(call.caller) if one.id != call.id]

    async def lately(self, station: StationId) -> list[Call]:
        """Return the calls about `station` of the last 24 hours, the newest first."""
        return await self._calls.about(station, self._clock.now() - LATELY)

    # ------------------------------------------------------------------------------------------------ calls: doing

    async def start(
        self, agent: str, *, source: Source = Source.CLICK, number: str = "", language: str = "", station: StationId | None = None
    ) -> Call:
        """Return a new call that `agent` has on the telephone; the number is hashed here and goes no further."""
        call = rules.clicked(agent, self._clock.now(), source=source, language=language)
        if station is not None:
            call = rules.about(call, station)
        return self._stir(await self._calls.add(await self._known_by(call, number)))

    async def ring(self, reference: str, number: str, at: datetime | None = None) -> Call:
        """Return the call that a telephone system tells of; told again it is the same."""
        return self._stir(await self._calls.add(await self._known_by(rules.rung(reference, at or self._clock.now()), number)))

    async def _known_by(self, call: Call, number: str) -> Call:
        written = e164(number)
        if not written:
            return call
        key = await self._calls.key(self._clock.now())
        return replace(call, caller=hashed(written, key), caller_shown=masked(written))

    async def take(self, number: int, agent: str) -> Call | None:
        """Have `agent` take a call that waits.

        Raises:
            CallError: when somebody else has it.
        """
        return self._stir(await self._calls.change(number, partial(rules.answered, agent=agent, at=self._clock.now())))

    async def hang_up(self, number: int, at: datetime | None = None) -> Call | None:
        """End a call."""
        counted = _Counted(partial(rules.ended, at=at or self._clock.now()))
        return self._stir(counted.tell(await self._calls.change(number, counted), self.outcomes))

    async def told(self, reference: str, change: Callable[[Call], Call]) -> Call | None:
        """Change the call of that reference by what a telephone system tells; ``None`` when there is none.

        Raises:
            CallError: when that does not fit.
        """
        counted = _Counted(change)
        return self._stir(counted.tell(await self._calls.change_by_reference(reference, counted), self.outcomes))

    def _stir(self, call: C) -> C:
        for stirred in self.stirred:
            stirred()
        return call

    async def concern(self, number: int, station: StationId, connector: str = "") -> Call | None:
        """Note what a call is about."""
        return await self._calls.change(number, partial(rules.about, station=station, connector=connector))

    async def see(self, number: int, verdict: str, cause: str = "") -> Call | None:
        """Note that the agent sees this verdict, which names that `cause`."""
        return await self._calls.change(number, partial(rules.judged, seen=verdict, at=self._clock.now(), cause=cause))

    async def change(self, number: int, change: Callable[[Call], Call]) -> Call | None:
        """Change what is written down of a call."""
        return await self._calls.change(number, change)

    async def wrap_up(self, number: int, outcome: Outcome, *, cause: str = "", symptom: str = "") -> Call | None:
        """Write down what came of a call.

        Raises:
            CallError: when nobody has taken it.
        """
        counted = _Counted(partial(rules.closed, outcome=outcome, at=self._clock.now(), cause=cause, symptom=symptom))
        return counted.tell(await self._calls.change(number, counted), self.outcomes)

    # ------------------------------------------------------------------------------------------------ tickets

    async def ticket(self, number: int) -> tuple[Ticket, list[Line]] | None:
        """Return a ticket with its history."""
        return await self._tickets.find(number)

    async def tickets(self, station: StationId | None = None) -> list[Ticket]:
        """Return the open tickets, or those of one station, the oldest first."""
        return await self._tickets.open(station)

    async def dangers(self) -> frozenset[StationId]:
        """Return the stations at which a caller told of danger, and the ticket is open: nobody has said that it is over."""
        return frozenset(one.station for one in await self._tickets.open(limit=MOST_OPEN) if one.cause == SAID)

    async def recent_tickets(self, limit: int, before: int | None = None, station: StationId | None = None) -> list[Ticket]:
        """Return the last tickets, open or done, the newest first."""
        return await self._tickets.recent(limit, before, station)

    async def open_ticket(  # noqa: PLR0913  (what a ticket consists of)
        self,
        station: StationId,
        sticker: str,
        subject: str,
        who: str,
        *,
        connector: str = "",
        cause: str = "",
        urgent: bool = False,
        call: int | None = None,
    ) -> Ticket:
        """Open a ticket, which `call` led to.

        Raises:
            TicketError: when it says nothing.
        """
        now = self._clock.now()
        turned = ticket_rules.opened(station, subject, who, now, connector=connector, cause=cause, urgent=urgent)
        return await self._tickets.add(turned, Note(who=who, what="ticket opened", about=sticker, detail=turned[0].subject), call)

    async def join(self, number: int, who: str, call: int | None, text: str = "") -> Ticket | None:
        """Put one more caller behind a ticket."""
        caller = None if call is None else await self.call(call)
        danger = SAID if caller is not None and caller.symptom == Symptom.DANGER else ""
        turn = partial(ticket_rules.joined, who=who, now=self._clock.now(), text=text, danger=danger)
        return await self._turn(number, turn, who, "joined", call)

    async def hand_over(  # noqa: PLR0913, PLR0917  (to whom, how, in which words)
        self, number: int, to: Addressee, address: str, text: str, who: str, letter: str = ""
    ) -> Ticket | None:
        """Give a ticket to somebody, in these words; `letter` is the key of what was sent.

        Raises:
            TicketError: when it is done.
        """
        now = self._clock.now()
        turn = partial(ticket_rules.handed_over, to=to, address=address, text=text, who=who, now=now, letter=letter)
        return await self._turn(number, turn, who, f"handed over to {to.value}")

    async def promise(self, number: int, by: datetime, who: str, text: str = "") -> Ticket | None:
        """Write down by when it is promised.

        Raises:
            TicketError: when it is done, or that time is past.
        """
        return await self._turn(
            number, partial(ticket_rules.promised, by=by, who=who, now=self._clock.now(), text=text), who, "promised"
        )

    async def note(self, number: int, who: str, text: str) -> Ticket | None:
        """Add words to its history."""
        return await self._turn(number, partial(ticket_rules.noted, who=who, now=self._clock.now(), text=text), who, "noted")

    async def finish(self, number: int, who: str, result: str) -> Ticket | None:
        """Write down that it is done.

        Raises:
            TicketError: when it is.
        """
        return await self._turn(number, partial(ticket_rules.done, who=who, now=self._clock.now(), result=result), who, "done")

    async def reopen(self, number: int, who: str, text: str = "") -> Ticket | None:
        """Open it again.

        Raises:
            TicketError: when it is open.
        """
        return await self._turn(number, partial(ticket_rules.reopened, who=who, now=self._clock.now(), text=text), who, "reopened")

    async def _turn(
        self, number: int, turn: Callable[[Ticket], Turned], who: str, what: str, call: int | None = None
    ) -> Ticket | None:
        return await self._tickets.change(number, turn, Note(who=who, what=f"ticket {what}", about=f"ticket {number}"), call)

    # ------------------------------------------------------------------------------------------------ trail, housekeeping

    async def enter(self, who: str, what: str, about: str, detail: str = "") -> Entry:
        """Enter a deed into the trail; its seal goes to the log too, so that a copy of the log vouches for the trail."""
        entry = await self._trail.enter(Note(who=who, what=what, about=about, detail=detail), self._clock.now())
        log.info("trail", number=entry.number, seal=entry.seal)
        return entry

    async def trail_after(self, number: int, limit: int) -> list[Entry]:
        """Return entries of the trail in their order, those after `number`."""
        return await self._trail.entries(number, limit)

    async def trail_head(self) -> Entry | None:
        """Return the last entry of the trail."""
        return await self._trail.head()

    async def tidy(self, *, callers_days: int, notes_days: int) -> int:
        """Forget who called and what was noted so many days ago; end calls that nobody hung up."""
        now = self._clock.now()
        return await self._calls.tidy(now, now - timedelta(days=callers_days), now - timedelta(days=notes_days))
