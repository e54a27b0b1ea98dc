"""From a log to a timeline: what each event says, and that neither order nor repetition of equal news matters."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from hypothesis import given
from hypothesis import strategies as st

from monitor.core.breaches import Cause, Party
from monitor.core.events import BreachOpened, EventRecord, LinkChanged, State
from monitor.core.health import step
from monitor.core.health_state import Connector, HealthState
from monitor.core.ids import BreachNumber
from monitor.core.observations import Alive, CollectorDown, CollectorUp, Status, Tick
from monitor.core.policy import Policy
from monitor.core.registry import Bearer
from monitor.core.spans import Span, merged
from monitor.core.timeline import EARLIEST, Outage, Timeline, read_timeline
from tests.support.logs import DAY, GRACE, HOUR, Log, span, utc

if TYPE_CHECKING:
    from datetime import datetime
    from random import Random

    from monitor.core.observations import Observation

BEGIN = utc(2026, 10, 1)
NOW = utc(2026, 11, 1)


def read(log: Log, now: HealthState | None = None) -> Timeline:
    return read_timeline(log.records, read_at=NOW, now=now)


def only(timeline: Timeline) -> Outage:
    (outage,) = timeline.outages
    return outage


def own(timeline: Timeline) -> list[tuple[Span, ...]]:
    return [spans for _, spans in timeline.shares()]


def test_before_its_first_sign_of_life_a_station_was_never_seen() -> None:
    assert read(Log().heard(BEGIN)).never_seen == (span(EARLIEST, BEGIN),)
    assert read(Log()).never_seen == (span(EARLIEST, NOW),)
    assert read(Log(), HealthState(state=State.ONLINE)).never_seen == ()
    assert read(Log(), HealthState(state=State.UNKNOWN)).blind == (span(EARLIEST, NOW),)


def test_where_the_log_was_cut_the_first_change_says_how_it_was_before() -> None:
    timeline = read(Log().state(State.UNKNOWN, State.ONLINE, BEGIN))
    assert timeline.never_seen == ()
    assert timeline.blind == (span(EARLIEST, BEGIN),)


def test_blind_is_from_the_last_time_we_lived_to_the_first_word() -> None:
    log = Log().heard(BEGIN).blind(BEGIN + DAY, BEGIN + DAY + HOUR)
    assert read(log).blind == (span(BEGIN + DAY, BEGIN + DAY + HOUR),)


def test_a_silence_after_we_listen_again_is_not_blind() -> None:
    deaf, back = BEGIN + DAY, BEGIN + DAY + HOUR
    log = Log().heard(BEGIN).state(State.ONLINE, State.UNKNOWN, deaf, back)
    log.state(State.UNKNOWN, State.SUSPECT, back, back + GRACE)
    assert read(log).blind == (span(deaf, back),)


def test_of_a_breach_that_goes_on_the_time_that_nobody_listened_is_nobodys() -> None:
    since, deaf, back = BEGIN + HOUR, BEGIN + DAY, BEGIN + DAY + HOUR
    log = Log().heard(BEGIN).open(since).state(State.OFFLINE, State.UNKNOWN, deaf, back)
    log.state(State.UNKNOWN, State.OFFLINE, since, back + GRACE).clear(since, BEGIN + 2 * DAY)
    timeline = read(log)
    assert timeline.blind == (span(deaf, back + GRACE),)
    assert only(timeline).since == since
    assert own(timeline) == [(span(since, deaf), span(back + GRACE, BEGIN + 2 * DAY))]


def test_a_breach_is_what_was_said_of_it_last() -> None:
    log = Log().heard(BEGIN).breach(BEGIN + DAY, BEGIN + DAY + HOUR)
    log.revise(BEGIN + DAY + 2 * HOUR, Cause.POWER, Party.GRID, "incident-1")
    assert only(read(log)) == Outage(
        number=BreachNumber(1),
        bearer=Bearer.LAN,
        since=BEGIN + DAY,
        until=BEGIN + DAY + HOUR,
        cause=Cause.POWER,
        party=Party.GRID,
        incident="incident-1",
    )


def test_an_open_breach_lasts_until_now() -> None:
    timeline = read(Log().heard(BEGIN).open(BEGIN + DAY))
    assert only(timeline).until is None
    assert own(timeline) == [(span(BEGIN + DAY, NOW),)]


def test_a_breach_whose_beginning_was_deleted_is_known_by_its_end() -> None:
    log = Log()
    log.breaches = 7
    log.clear(BEGIN, BEGIN + HOUR, Cause.STATION, Party.STATION)
    outage = only(read(log))
    assert (outage.number, outage.bearer, outage.since, outage.until) == (7, None, BEGIN, BEGIN + HOUR)


def test_news_of_a_breach_that_nobody_knows_is_passed_over() -> None:
    log = Log().heard(BEGIN)
    assert read(log.revise(BEGIN + HOUR, Cause.POWER, Party.GRID)).outages == ()


def test_a_number_that_was_used_again_is_another_breach() -> None:
    """A state that could not be read begins anew, and counts from one."""
    log = Log().heard(BEGIN).breach(BEGIN + DAY, BEGIN + DAY + HOUR)
    log.breaches = 0
    timeline = read(log.breach(BEGIN + 2 * DAY, BEGIN + 2 * DAY + HOUR, Cause.POWER, Party.GRID))
    assert [(one.since, one.cause) for one in timeline.outages] == [
        (BEGIN + DAY, Cause.BEARER),
        (BEGIN + 2 * DAY, Cause.POWER),
    ]


def test_a_breach_that_was_forgotten_ends_when_the_station_is_heard() -> None:
    log = Log().heard(BEGIN).open(BEGIN + DAY).state(State.NEVER_SEEN, State.ONLINE, BEGIN + 2 * DAY)
    assert only(read(log)).until == BEGIN + 2 * DAY


def test_the_silence_of_a_collector_of_ours_is_blind_and_no_breach() -> None:
    log = Log().heard(BEGIN).breach(BEGIN + DAY, BEGIN + DAY + HOUR, Cause.OBSERVER, Party.US)
    timeline = read(log.open(BEGIN + 3 * DAY, Cause.OBSERVER, Party.US))
    assert timeline.outages == ()
    assert timeline.blind == (span(BEGIN + DAY, BEGIN + DAY + HOUR), span(BEGIN + 3 * DAY, NOW))


def test_planned_work_ends_when_it_is_said_to_or_called_off_or_announced_anew() -> None:
    log = Log().heard(BEGIN).plan(BEGIN, BEGIN + DAY).plan(BEGIN + HOUR, BEGIN + 2 * HOUR)
    log.plan(BEGIN + 3 * DAY, BEGIN + 5 * DAY).plan(BEGIN + 4 * DAY, None).plan(NOW - HOUR, NOW + DAY)
    assert read(log).planned == (
        span(BEGIN, BEGIN + 2 * HOUR),
        span(BEGIN + 3 * DAY, BEGIN + 4 * DAY),
        span(NOW - HOUR, NOW),
    )


def test_the_end_of_no_plan_says_nothing() -> None:
    assert read(Log().heard(BEGIN).plan(BEGIN, None)).planned == ()


def test_planned_work_does_not_excuse_what_was_broken_before_it_was_announced() -> None:
    log = Log().heard(BEGIN).open(BEGIN + HOUR).plan(BEGIN + 2 * HOUR, BEGIN + 6 * HOUR).clear(BEGIN + HOUR, BEGIN + 4 * HOUR)
    timeline = read(log)
    assert timeline.planned == (span(BEGIN + 4 * HOUR, BEGIN + 6 * HOUR),)
    assert own(timeline) == [(span(BEGIN + HOUR, BEGIN + 4 * HOUR),)]


def test_a_breach_that_turned_out_to_be_planned_is_excused() -> None:
    timeline = read(Log().heard(BEGIN).breach(BEGIN + HOUR, BEGIN + 2 * HOUR, Cause.PLANNED, Party.US))
    assert timeline.planned == (span(BEGIN + HOUR, BEGIN + 2 * HOUR),)
    assert own(timeline) == [()]


def test_breaches_that_overlap_share_no_time() -> None:
    log = Log().heard(BEGIN).breach(BEGIN + HOUR, BEGIN + 5 * HOUR).breach(BEGIN + 2 * HOUR, BEGIN + 3 * HOUR)
    timeline = read(log.breach(BEGIN + 4 * HOUR, BEGIN + 6 * HOUR))
    assert own(timeline) == [
        (span(BEGIN + HOUR, BEGIN + 5 * HOUR),),
        (),
        (span(BEGIN + 5 * HOUR, BEGIN + 6 * HOUR),),
    ]


def test_a_connector_is_as_it_said_until_it_says_otherwise() -> None:
    log = Log().status(BEGIN, "1", Status.AVAILABLE).status(BEGIN + DAY, "1", Status.FAULTED)
    log.status(BEGIN + 2 * DAY, "1", Status.AVAILABLE).status(BEGIN + 3 * DAY, "0", Status.UNAVAILABLE)
    timeline = read(log)
    assert timeline.reported("1", Status.FAULTED) == (span(BEGIN + DAY, BEGIN + 2 * DAY),)
    assert timeline.reported("1", Status.UNAVAILABLE) == (span(BEGIN + 3 * DAY, NOW),), "said of the whole station"
    assert timeline.reported("2", Status.FAULTED) == ()
    assert timeline.unreported("1") == (span(EARLIEST, BEGIN),)
    assert timeline.unreported("2") == (span(EARLIEST, NOW),)


def test_a_connector_of_which_the_log_says_nothing_is_as_its_state_says() -> None:
    quiet = Connector(connector="1", status=Status.FAULTED, since=BEGIN, reported_at=BEGIN)
    busy = Connector(connector="2", status=Status.AVAILABLE, since=NOW, reported_at=NOW)
    log = Log().status(BEGIN + DAY, "2", Status.FAULTED)
    timeline = read(log, HealthState(state=State.ONLINE, connectors=(quiet, busy)))
    assert timeline.reported("1", Status.FAULTED) == (span(BEGIN, NOW),)
    assert timeline.reported("2", Status.FAULTED) == (span(BEGIN + DAY, NOW),)


def test_a_clock_that_was_set_back_makes_no_time_negative() -> None:
    log = Log().heard(BEGIN + DAY).status(BEGIN + DAY, "1", Status.FAULTED).status(BEGIN + HOUR, "1", Status.AVAILABLE)
    log.status(NOW + DAY, "1", Status.FAULTED).state(State.ONLINE, State.UNKNOWN, BEGIN + HOUR)
    log.state(State.UNKNOWN, State.ONLINE, BEGIN + 2 * HOUR)
    timeline = read(log)
    assert timeline.reported("1", Status.FAULTED) == ()
    assert timeline.blind == ()


def test_an_end_before_the_beginning_is_no_time() -> None:
    log = Log().heard(BEGIN).open(BEGIN + DAY).clear(BEGIN + DAY, BEGIN)
    assert own(read(log)) == [()]


def test_events_of_other_kinds_are_passed_over() -> None:
    log = Log().heard(BEGIN).add(LinkChanged(at=BEGIN, open=True, epoch=1))
    assert read(log) == read(Log().heard(BEGIN))


LIVES = st.lists(st.tuples(st.integers(1, 30), st.integers(1, 30), st.sampled_from(list(Cause))), max_size=6)


def life(steps: list[tuple[int, int, Cause]]) -> Log:
    """Return a log of breaches, deafness and plans one after another."""
    log, at = Log().heard(BEGIN), BEGIN
    for wait, long, cause in steps:
        since = at + wait * HOUR
        at = since + long * HOUR
        if cause is Cause.SITE:
            log.blind(since, at)
        elif cause is Cause.PLANNED:
            log.plan(since, at + HOUR)
        else:
            log.breach(since, at, cause, Party.OWNER).status(at, "1", Status.FAULTED if wait % 2 else Status.AVAILABLE)
    return log


def everything(timeline: Timeline) -> tuple[object, ...]:
    return (timeline.never_seen, timeline.blind, timeline.planned, timeline.outages, timeline.statuses)


@given(LIVES, st.randoms())
def test_the_order_of_handing_over_and_repetition_do_not_matter(steps: list[tuple[int, int, Cause]], random: Random) -> None:
    log = life(steps)
    mixed = [*log.records, *log.records[::2]]
    random.shuffle(mixed)
    again = read_timeline(mixed, read_at=NOW)
    assert everything(again) == everything(read(log))


@given(LIVES)
def test_the_order_of_different_news_of_one_instant_does_not_matter(steps: list[tuple[int, int, Cause]]) -> None:
    log = life(steps)
    other = Log()
    for record in sorted(log.records, key=lambda one: (one.event.at, type(one.event).__name__ != "HealthChanged", one.seq)):
        other.add(record.event)
    assert everything(read(other)) == everything(read(log))


@given(LIVES)
def test_no_time_is_told_twice(steps: list[tuple[int, int, Cause]]) -> None:
    timeline = read(life(steps))
    told = [*timeline.blind, *timeline.planned, *(one for spans in own(timeline) for one in spans)]
    alone = [*merged((*timeline.blind, *timeline.planned)), *(one for spans in own(timeline) for one in spans)]
    assert sum((one.length for one in merged(told)), 0 * DAY) == sum((one.length for one in alone), 0 * DAY)


def test_a_breach_of_a_number_is_opened_by_its_event() -> None:
    event = BreachOpened(
        at=BEGIN, breach=BreachNumber(1), bearer=Bearer.WIFI, since=BEGIN, cause=Cause.UNKNOWN, party=Party.UNKNOWN, incident="i"
    )
    (outage,) = read_timeline([EventRecord(seq=1, station=Log().station, event=event)], read_at=NOW).outages
    assert (outage.bearer, outage.incident) == (Bearer.WIFI, "i")


def test_the_log_of_the_model_itself_is_read_as_it_was_lived() -> None:
    """Not written by hand: heard, silent, breached, nobody listened, still silent, heard again."""
    second = timedelta(seconds=1)
    silent = BEGIN + 450 * second
    deaf, back, again = BEGIN + 2 * HOUR, BEGIN + 3 * HOUR, BEGIN + 5 * HOUR
    policy = Policy(bearer=Bearer.LAN, ping_s=0.0)
    log, state = Log(), HealthState()

    def lived(seen: Observation, at: datetime) -> None:
        nonlocal state
        judged = step(state, seen, policy, at)
        log.add(*judged.events)
        state = judged.state

    def tick(at: datetime) -> None:
        nonlocal state
        judged = step(state, Tick(at=at), policy, at)
        log.add(*judged.events)
        state = judged.state

    lived(CollectorUp(at=BEGIN - HOUR), BEGIN - HOUR)
    lived(Alive(at=BEGIN), BEGIN)
    for _ in range(3):
        assert state.deadline is not None
        tick(state.deadline)
    assert state.breached
    lived(CollectorDown(at=deaf), back)
    lived(CollectorUp(at=back), back)
    assert state.deadline is not None
    chance = state.deadline
    tick(chance)
    lived(Alive(at=again), again)
    assert state.deadline is not None
    tick(state.deadline)
    timeline = read(log, state)
    outage = only(timeline)
    assert BEGIN < outage.since <= silent
    assert outage.until == again
    assert timeline.never_seen == (span(EARLIEST, BEGIN),)
    assert timeline.blind == (span(deaf, chance),)
    assert own(timeline) == [(span(outage.since, deaf), span(chance, again))]
