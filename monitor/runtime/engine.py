"""The shell around `health.step`: holds every station's state, feeds it observations and deadlines, passes judgements on.

All judging happens in one task's turn of the loop, so a station's observations are judged in the order in which they came.
Deadlines are entries of an agenda, not timers: a sign of life moves the state's deadline and leaves the agenda alone; an entry
that comes up early is put back. The engine stores nothing itself; the journal does.
"""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Final

import structlog
from msgspec.structs import replace

from monitor.core.events import BreachOpened, State, StationBooted
from monitor.core.health import step
from monitor.core.health_state import UNHEARD
from monitor.core.ids import CANARY, StationId
from monitor.core.ledger import Ledger, OpenIncident
from monitor.core.observations import CollectorDown, CollectorUp, IncidentLeft, LinkClosed, Tick
from monitor.runtime.agenda import Agenda
from monitor.runtime.fleet import Fleet
from monitor.runtime.tally import Tally

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence
    from datetime import datetime

    from monitor.core.clock import Clock
    from monitor.core.docket import Correlation
    from monitor.core.events import Event
    from monitor.core.health_state import HealthState
    from monitor.core.observations import Observation
    from monitor.core.policy import Policy
    from monitor.core.registry import Bearer
    from monitor.core.signals import Signal
    from monitor.runtime.fleet import Places
    from monitor.runtime.intake import Intake
    from monitor.runtime.journal import Journal

log = structlog.get_logger("engine")

NO_LEDGER: Final = Ledger()

DELAY_BUCKETS_S: Final = (1.0, 5.0, 15.0, 30.0, 60.0, 120.0, 300.0, 600.0, 900.0, 1800.0, 3600.0)
"""Upper bounds of the detection delay histogram: from the first bad evidence to the breach."""


COLLECTOR: Final = "field"
"""The one that hears stations, as incidents name it."""
AGAIN: Final = timedelta(minutes=1)
"""When a deadline whose judgement failed is looked at again."""


class Engine:
    """The states of all stations and the one place that changes them."""

    def __init__(
        self,
        clock: Clock,
        intake: Intake,
        journal: Journal,
        policy_of: Callable[[StationId], Policy],
        places: Callable[[StationId, HealthState], Places],
    ) -> None:
        """Judge what comes through `intake` by `policy_of` each station and hand it to `journal`; `places` are its groups."""
        self._clock = clock
        self._intake = intake
        self._journal = journal
        self._policy_of = policy_of
        self._states: dict[StationId, HealthState] = {}
        self._agenda = Agenda()
        self.fleet = Fleet(places, self._heard_at)
        self.delays = Tally(DELAY_BUCKETS_S)
        self.failed = 0

    # ------------------------------------------------------------------------------------------------ reading

    def health(self, station: StationId) -> HealthState:
        """Return the state of `station`, with the latest sign of life from its slot."""
        state = self._states.get(station, UNHEARD)
        slot = self._intake.slots.get(station)
        if slot is None or slot.last_seen is None or (state.last_seen is not None and slot.last_seen <= state.last_seen):
            return state
        return replace(state, last_seen=slot.last_seen)

    def _heard_at(self, station: StationId) -> float | None:
        state, slot = self._states.get(station), self._intake.slots.get(station)
        heard = None if state is None else state.last_seen
        if slot is not None and slot.last_seen is not None and (heard is None or slot.last_seen > heard):
            heard = slot.last_seen
        return None if heard is None else heard.timestamp()

    def count(self) -> Mapping[StationId, HealthState]:
        """Return the states as they were last judged, for counting."""
        return self._states

    def incidents(self) -> tuple[OpenIncident, ...]:
        """Return the incidents that are open now, the oldest first."""
        return tuple(one for one in self.fleet.remember().incidents if one.over_at is None)

    # ------------------------------------------------------------------------------------------------ starting

    def load(self, states: Mapping[StationId, HealthState], ledger: Ledger = NO_LEDGER) -> None:
        """Take over what was stored before the start."""
        self._states.update(states)
        for station, state in states.items():
            self.fleet.place(station, state)
        now = self._clock.now()
        for station, incident in self.fleet.restore(ledger, states):
            self._feed(station, IncidentLeft(at=now, incident=incident), now)

    def watch(self, stations: Iterable[StationId]) -> None:
        """Begin to listen for `stations` that were not known before."""
        now = self._clock.now()
        for station in stations:
            self.fleet.place(station, self._states.get(station, UNHEARD))
            if self._states.get(station, UNHEARD).listening_since is None:
                self._feed(station, CollectorUp(at=now), now)

    def forget(self, station: StationId) -> None:
        """Stop judging `station`; what is stored of it stays."""
        self._states.pop(station, None)
        self._agenda.drop(station)
        self.fleet.remove(station)

    def amnesty(self, since: datetime, now: datetime, *, sockets_kept: bool = False) -> None:
        """We did not listen from `since` to `now`: nobody is judged for it, and everybody gets a fair chance to speak.

        What stations said before counts as said before, and nothing as said later than `now` (the clock may have been set back).
        """
        self.fleet.wait(now)
        for station in list(self._states):
            self._catch_up(station, since)
            slot = self._intake.slots.get(station)
            if slot is not None and slot.last_seen is not None:
                slot.last_seen = min(slot.last_seen, now)
            self._feed(station, CollectorDown(at=since, sockets_kept=sockets_kept), now)
            self._feed(station, CollectorUp(at=now), now)
        if self._states.keys() - {CANARY}:
            self._answer(self.fleet.absent(since, now, COLLECTOR), now)
        self._journal.stir()

    def canary(self, bearer: Bearer, *, answers: bool) -> None:
        """Take what the canary of `bearer` says: while it is silent, we may be deaf to the bearer's stations."""
        now = self._clock.now()
        stations = [station for station in self._states if self._policy_of(station).bearer is bearer]
        self._answer(self.fleet.canary(bearer, stations, now, answers=answers), now)
        self._journal.stir()

    # ------------------------------------------------------------------------------------------------ judging

    async def run(self) -> None:
        """Judge round after round, until cancelled."""
        while True:
            await self._intake.filled()
            await self._journal.room()
            taken, told, urgent = self._intake.take()
            now = self._clock.now()
            for station, seen in taken:
                self._feed(station, seen, now)
            self._journal.stir(told, urgent=urgent)

    def feed(self, station: StationId, seen: Observation) -> None:
        """Judge one observation now, outside the queue."""
        self._feed(station, seen, self._clock.now())
        self._journal.stir()

    def sweep(self, now: datetime) -> None:
        """Judge every deadline that has come due by `now`."""
        agenda = self._agenda
        due = False
        while (first := agenda.first()) is not None and first <= now:
            station = StationId(agenda.take())
            self._catch_up(station, now)
            state = self._states[station]
            if state.deadline is None:
                continue
            if state.deadline > now:
                agenda.put(state.deadline, station)
                continue
            self._feed(station, Tick(at=state.deadline), now)
            due = True
        said = self.fleet.look(now)
        if said is not None:
            self._answer(said, now)
            due = True
        if due:
            self._journal.stir()

    def keep_liveness(self) -> None:
        """Hand every sign of life since the last call to the journal, and who is back; at most that much is lost in a crash."""
        for station, slot in self._intake.slots.items():
            state = self._states.get(station)
            seen = slot.last_seen
            if state is None or seen is None or (state.last_seen is not None and seen <= state.last_seen):
                continue
            self._catch_up(station, seen)
            self._journal.add(station, self._states[station])
        if self.fleet.groups.moved:
            self._store_incidents(())
        self._journal.stir()

    def _catch_up(self, station: StationId, now: datetime) -> None:
        """Judge the sign of life in the slot, if it is newer than what is known."""
        slot = self._intake.slots.get(station)
        if slot is None or slot.last_seen is None:
            return
        state = self._states.get(station, UNHEARD)
        if state.last_seen is None or slot.last_seen > state.last_seen:
            self._feed(station, slot.alive(slot.last_seen), now)

    def _feed(self, station: StationId, seen: Observation, now: datetime) -> None:
        """Judge `seen`; one station whose judgement fails is counted and told, and the others go on."""
        if type(seen) is LinkClosed:
            self._catch_up(station, now)
        state = self._states.get(station, UNHEARD)
        try:
            judged = step(state, seen, self._policy_of(station), now)
        except Exception:  # a loop that must live isolates one bad item
            self.failed += 1
            log.exception("an observation could not be judged", station=station, observation=type(seen).__name__)
            if type(seen) is Tick:
                self._agenda.put(now + AGAIN, station)
            return
        after = judged.state
        self._states[station] = after
        if after.state is not state.state:
            self._intake.slot(station).wanted = after.state is not State.ONLINE
        elif after.told and not state.told:
            self._intake.slot(station).wanted = True
        if judged.durable:
            self._journal.add(station, after, judged.events)
            for event in judged.events:
                if type(event) is BreachOpened and station != CANARY:
                    self.delays.add((event.at - event.since) / timedelta(seconds=1))
                elif type(event) is StationBooted:
                    self.fleet.place(station, after)
        if after.deadline is not None:
            self._agenda.put(after.deadline, station)
        for signal in judged.signals:
            self._correlate(station, signal, now)

    def _correlate(self, station: StationId, signal: Signal, now: datetime) -> None:
        """Tell the fleet's judge of a silence, but not of the canary's.

        One that it fails over is counted and told, and stations are judged alone.
        """
        if station == CANARY:
            return
        try:
            said = self.fleet.take(station, signal, now)
        except Exception:
            self.failed += 1
            log.exception("a silence could not be correlated", station=station, signal=type(signal).__name__)
            return
        self._answer(said, now)

    def _answer(self, said: Correlation, now: datetime) -> None:
        """Store what became of incidents, and tell the stations that joined or left them."""
        if said.events:
            self._store_incidents(said.events)
        for station, answer in said.answers:
            if station in self._states:
                self._feed(station, answer, now)

    def _store_incidents(self, events: Sequence[Event]) -> None:
        self.fleet.groups.moved = False
        self._journal.add_incidents(self.fleet.remember(), events)
