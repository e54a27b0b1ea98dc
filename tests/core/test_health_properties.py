"""What must hold in every life: a Hypothesis state machine over the whole alphabet, with deadlines at their own instants."""

from __future__ import annotations

from datetime import timedelta

import msgspec
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from monitor.core.events import BreachCleared, BreachOpened, Event, HealthChanged, State
from monitor.core.health import step
from monitor.core.health_state import UNHEARD, HealthState
from monitor.core.incidents import Scope
from monitor.core.observations import (
    Alive,
    Backlog,
    Booted,
    CollectorDown,
    CollectorUp,
    ConnectorReported,
    IncidentJoined,
    IncidentLeft,
    LinkClosed,
    LinkOpened,
    MaintenanceSet,
    Metered,
    Observation,
    Probed,
    ProbeTarget,
    RadiusEvent,
    RadiusSeen,
    Refused,
    SessionEnded,
    SessionStarted,
    Status,
    Tick,
)
from monitor.core.policy import Policy
from tests.support.clocks import START

NAMES = st.sampled_from(["0", "1", "2", "3.1"])


class Station(RuleBasedStateMachine):
    """A station to which anything may happen, in any order."""

    def __init__(self) -> None:
        super().__init__()
        self.now = START
        self.policy = Policy()
        self.state = UNHEARD
        self.events: list[Event] = []
        self.log: list[tuple[Observation, float]] = []
        self.deaf_s = 0.0
        self.listening = False

    @initialize(heartbeat_s=st.sampled_from([10.0, 60.0, 300.0, 3600.0]), grace_s=st.sampled_from([30.0, 900.0]))
    def given(self, heartbeat_s: float, grace_s: float) -> None:
        self.policy = Policy(heartbeat_s=heartbeat_s, grace_s=grace_s)

    def judge(self, seen: Observation) -> None:
        self.log.append((seen, (self.now - START).total_seconds()))
        judged = step(self.state, seen, self.policy, self.now)
        assert judged.durable or not judged.events
        assert all(event.at == self.now for event in judged.events)
        self.state = judged.state
        self.events += judged.events

    @rule(seconds=st.floats(0, 20_000, allow_nan=False))
    def time_passes(self, seconds: float) -> None:
        until = self.now + timedelta(seconds=seconds)
        rounds = 0
        while self.state.deadline is not None and self.state.deadline <= until:
            self.now = max(self.now, self.state.deadline)
            due = self.state.deadline
            self.judge(Tick(at=due))
            rounds += 1
            assert rounds < 20, "deadlines must not chase themselves"
        self.now = until

    @rule(
        pong=st.booleans(),
        late=st.floats(0, 100),
        action=st.sampled_from(["", "Heartbeat"]),
        rtt_s=st.one_of(st.none(), st.floats(0, 30)),
    )
    def speaks(self, pong: bool, late: float, action: str, rtt_s: float | None) -> None:
        self.judge(Alive(at=self.now - timedelta(seconds=late), pong=pong, action=action, rtt_s=rtt_s))

    @rule(ahead=st.integers(-1, 1))
    def opens(self, ahead: int) -> None:
        self.judge(LinkOpened(at=self.now, epoch=max(0, self.state.link_epoch + ahead)))

    @rule(ahead=st.integers(-1, 0), clean=st.booleans())
    def closes(self, ahead: int, clean: bool) -> None:
        self.judge(LinkClosed(at=self.now, epoch=max(0, self.state.link_epoch + ahead), clean=clean))

    @rule(reason=st.sampled_from([None, "PowerUp", "Watchdog"]), interval_s=st.sampled_from([None, 10, 300]))
    def boots(self, reason: str | None, interval_s: int | None) -> None:
        self.judge(Booted(at=self.now, reason=reason, interval_s=interval_s))

    @rule(connector=NAMES, status=st.sampled_from(list(Status)))
    def reports(self, connector: str, status: Status) -> None:
        self.judge(ConnectorReported(at=self.now, connector=connector, status=status))

    @rule(connector=NAMES, transaction=NAMES, ago=st.floats(-100, 100_000))
    def charges(self, connector: str, transaction: str, ago: float) -> None:
        stamped = self.now - timedelta(seconds=ago)
        self.judge(SessionStarted(at=self.now, connector=connector, transaction=transaction, stamped=stamped, meter_wh=5))

    @rule(transaction=NAMES, meter=st.one_of(st.none(), st.integers(0, 10)))
    def stops(self, transaction: str, meter: int | None) -> None:
        self.judge(SessionEnded(at=self.now, transaction=transaction, meter_wh=meter))

    @rule(connector=NAMES, transaction=NAMES, meter=st.integers(0, 10))
    def meters(self, connector: str, transaction: str, meter: int) -> None:
        self.judge(Metered(at=self.now, connector=connector, transaction=transaction, meter_wh=meter))

    @rule(ago=st.floats(-1000, 100_000))
    def sends_what_it_queued(self, ago: float) -> None:
        self.judge(Backlog(at=self.now, generated_at=self.now - timedelta(seconds=ago)))

    @rule(event=st.sampled_from(list(RadiusEvent)))
    def accounts(self, event: RadiusEvent) -> None:
        self.judge(RadiusSeen(at=self.now, event=event))

    @rule(probed=st.sampled_from(list(ProbeTarget)), ok=st.booleans())
    def is_probed(self, probed: ProbeTarget, ok: bool) -> None:
        self.judge(Probed(at=self.now, target=probed, ok=ok))

    @rule(kept=st.booleans())
    def nobody_listens(self, kept: bool) -> None:
        self.judge(CollectorDown(at=self.now, sockets_kept=kept))

    @rule()
    def somebody_listens(self) -> None:
        self.judge(CollectorUp(at=self.now))

    @rule(incident=st.sampled_from(["I1", "I2"]), scope=st.sampled_from(list(Scope)), ago=st.floats(0, 1000))
    def joins(self, incident: str, scope: Scope, ago: float) -> None:
        self.judge(IncidentJoined(at=self.now, incident=incident, scope=scope, since=self.now - timedelta(seconds=ago)))

    @rule(incident=st.sampled_from(["I1", "I2"]), revoked=st.booleans())
    def leaves(self, incident: str, revoked: bool) -> None:
        self.judge(IncidentLeft(at=self.now, incident=incident, revoked=revoked))

    @rule()
    def is_refused(self) -> None:
        self.judge(Refused(at=self.now))

    @rule(hours=st.one_of(st.none(), st.floats(-2, 10)))
    def work_is_planned(self, hours: float | None) -> None:
        self.judge(MaintenanceSet(at=self.now, until=None if hours is None else self.now + timedelta(hours=hours)))

    @invariant()
    def opened_and_cleared_alternate(self) -> None:
        marks = [type(event) for event in self.events if isinstance(event, BreachOpened | BreachCleared)]
        assert all(mark is (BreachOpened if place % 2 == 0 else BreachCleared) for place, mark in enumerate(marks))
        assert self.state.breached is (len(marks) % 2 == 1)

    @invariant()
    def a_breach_lasts_no_less_than_nothing(self) -> None:
        for event in self.events:
            if isinstance(event, BreachCleared):
                assert event.since <= event.until
            if isinstance(event, BreachOpened):
                assert event.since <= event.at

    @invariant()
    def the_changes_of_state_join_up(self) -> None:
        changes = [event for event in self.events if isinstance(event, HealthChanged)]
        before = State.NEVER_SEEN
        for change in changes:
            assert change.origin is before
            assert change.to is not before
            before = change.to
        assert self.state.state is before

    @invariant()
    def nobody_is_in_breach_while_it_speaks(self) -> None:
        speaks = self.state.state in (State.ONLINE, State.DEGRADED, State.SUSPECT, State.NEVER_SEEN)
        assert not (self.state.cut_off and speaks)
        if self.state.breached and speaks:
            assert self.state.breach is not None
            assert self.state.breach.back_at is not None
            assert self.state.breach.back_at >= self.state.breach.since

    @invariant()
    def silence_is_judged_again_while_it_can_matter(self) -> None:
        if self.state.state in (State.ONLINE, State.DEGRADED, State.SUSPECT):
            assert self.state.deadline is not None
        if self.state.state is State.UNKNOWN and self.state.listening_since is not None:
            assert self.state.deadline is not None

    @invariant()
    def silence_is_told_before_it_is_judged(self) -> None:
        if self.state.state is State.SUSPECT:
            assert self.state.told

    @invariant()
    def a_state_survives_its_storage(self) -> None:
        assert msgspec.json.decode(msgspec.json.encode(self.state), type=HealthState) == self.state

    def teardown(self) -> None:
        """The same log judged again gives the same bytes."""
        state = UNHEARD
        again: list[Event] = []
        for seen, seconds in self.log:
            judged = step(state, seen, self.policy, START + timedelta(seconds=seconds))
            state = judged.state
            again += judged.events
        assert msgspec.json.encode(again) == msgspec.json.encode(self.events)


Station.TestCase.settings = settings(max_examples=150, stateful_step_count=40, deadline=None)
TestStation = Station.TestCase
