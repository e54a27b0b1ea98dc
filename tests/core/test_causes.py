"""Why a breach happened: the decision table, a test a row, and its revision by late evidence."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from monitor.core.breaches import DECISIONS, NO_EVIDENCE, Breach, Cause, Evidence, Party, cause_of, party_of, settle
from monitor.core.events import BreachCleared, BreachOpened, BreachUpdated
from monitor.core.ids import BreachNumber
from monitor.core.incidents import Scope
from monitor.core.observations import (
    Alive,
    Backlog,
    Booted,
    ConnectorReported,
    Metered,
    Probed,
    ProbeTarget,
    RadiusEvent,
    RadiusSeen,
    Refused,
    SessionEnded,
    SessionStarted,
    Status,
)
from monitor.core.policy import Policy
from monitor.core.registry import Bearer
from tests.core.lives import Life, kinds
from tests.support.clocks import START

if TYPE_CHECKING:
    from monitor.core.events import Event

ROWS = [
    ("it booted and says that power came back", Evidence(boot="PowerUp", backlog=True), Cause.POWER),
    ("it booted and says that power came back", Evidence(boot="PowerUp", scope=Scope.SITE), Cause.POWER),
    (
        "its site went silent and booted, and its line had not failed",
        Evidence(boot="", scope=Scope.SITE, gateway_answers=True, station_answers=False),
        Cause.POWER,
    ),
    (
        "its feeder was said to have failed, but it kept records without a boot: it had power",
        Evidence(scope=Scope.FEEDER, backlog=True),
        Cause.BEARER,
    ),
    ("its feeder failed", Evidence(scope=Scope.FEEDER, backlog=True, boot=""), Cause.POWER),
    ("its feeder failed", Evidence(scope=Scope.FEEDER, boot="Watchdog"), Cause.POWER),
    ("its APN or its operator failed", Evidence(scope=Scope.APN, session_up=True, boot="PowerUp"), Cause.APN),
    ("its APN or its operator failed", Evidence(scope=Scope.OPERATOR, backlog=True), Cause.APN),
    ("its cell failed", Evidence(scope=Scope.CELL, session_stopped=True), Cause.BEARER),
    ("its site failed", Evidence(scope=Scope.SITE, boot="", station_answers=False, gateway_answers=False), Cause.SITE),
    ("its whole model failed", Evidence(scope=Scope.MODEL, boot="PowerUp"), Cause.STATION),
    ("we failed", Evidence(scope=Scope.COLLECTOR), Cause.OBSERVER),
    ("it booted for a reason of its own", Evidence(boot="Watchdog", session_stopped=True), Cause.STATION),
    ("it booted, and its bearer had failed with it", Evidence(boot="", session_stopped=True), Cause.POWER),
    ("it booted, and its bearer had failed with it", Evidence(boot="", station_answers=False), Cause.POWER),
    ("it booted, and its bearer had failed with it", Evidence(boot="", station_answers=True, unanswered=True), Cause.POWER),
    ("it booted, and nothing else had failed", Evidence(boot=""), Cause.STATION),
    ("it kept records while cut off, without a boot", Evidence(backlog=True, gateway_answers=True), Cause.BEARER),
    ("it was refused with wrong credentials", Evidence(refused=True), Cause.CREDENTIALS),
    ("the gateway in front of it is silent", Evidence(gateway_answers=False, station_answers=False), Cause.BEARER),
    ("its bearer's session ended", Evidence(session_stopped=True, session_up=True), Cause.BEARER),
    ("it answers a probe but says nothing", Evidence(station_answers=True), Cause.STATION),
    ("the gateway answers, it does not", Evidence(gateway_answers=True, station_answers=False), Cause.STATION),
    ("its bearer's session lives on", Evidence(session_up=True, weak=True), Cause.STATION),
    ("it had told of a weak signal", Evidence(weak=True), Cause.BEARER),
]


@pytest.mark.parametrize(("row", "evidence", "cause"), ROWS)
def test_each_row_decides(row: str, evidence: Evidence, cause: Cause) -> None:
    assert cause_of(evidence) is cause
    assert next(name for name, holds, _ in DECISIONS if holds(evidence)) == row


def test_every_row_of_the_table_has_a_test() -> None:
    assert {name for name, _, _ in DECISIONS} == {row for row, _, _ in ROWS}


def test_without_evidence_the_cause_is_unknown() -> None:
    assert cause_of(NO_EVIDENCE) is Cause.UNKNOWN


@pytest.mark.parametrize(
    ("cause", "party"),
    [
        (Cause.POWER, Party.GRID),
        (Cause.APN, Party.NETWORK),
        (Cause.SITE, Party.OWNER),
        (Cause.STATION, Party.STATION),
        (Cause.CREDENTIALS, Party.STATION),
        (Cause.OBSERVER, Party.US),
        (Cause.PLANNED, Party.US),
        (Cause.UNKNOWN, Party.UNKNOWN),
    ],
)
def test_each_cause_has_its_party(cause: Cause, party: Party) -> None:
    assert party_of(cause, Bearer.LAN) is party


def breached(bearer: Bearer = Bearer.GPRS) -> Life:
    """A station whose socket closed at 100 s and whose breach is open since 900 s."""
    life = Life(Policy(bearer=bearer)).online()
    life.disconnect(100)
    life.wait(1000)
    assert life.state.breached
    life.events.clear()
    return life


def last(life: Life, kind: type[Event]) -> Event:
    return next(event for event in reversed(life.events) if isinstance(event, kind))


def test_a_boot_that_is_the_first_sign_of_life_decides_at_the_clearing() -> None:
    life = breached()
    life.see(2000, Booted, reason="PowerUp")
    life.wait(2010)
    cleared = last(life, BreachCleared)
    assert isinstance(cleared, BreachCleared)
    assert (cleared.cause, cleared.party) == (Cause.POWER, Party.GRID)
    assert kinds(life.events).count("BreachUpdated") == 1


def test_a_boot_after_the_socket_came_back_revises_the_cleared_breach() -> None:
    life = breached()
    life.connect(2000)
    life.see(2005, Booted, reason="Watchdog")
    updated = last(life, BreachUpdated)
    assert isinstance(updated, BreachUpdated)
    assert (updated.cause, updated.party) == (Cause.STATION, Party.STATION)


def test_only_the_first_boot_after_the_gap_explains_it() -> None:
    life = breached()
    life.connect(2000)
    life.see(2005, Booted, reason="PowerUp")
    life.see(2050, Booted, reason="Watchdog")
    updated = last(life, BreachUpdated)
    assert isinstance(updated, BreachUpdated)
    assert updated.cause is Cause.POWER


def test_a_boot_long_after_the_return_explains_nothing() -> None:
    life = breached()
    life.connect(2000)
    life.see(2301, Booted, reason="PowerUp")
    assert "BreachUpdated" not in kinds(life.events)


def test_queued_records_from_inside_the_gap_prove_that_the_station_lived() -> None:
    life = breached()
    life.connect(2000)
    life.see(2001, Backlog, generated_at=life.instant(800))
    updated = last(life, BreachUpdated)
    assert isinstance(updated, BreachUpdated)
    assert (updated.cause, updated.party) == (Cause.BEARER, Party.NETWORK)


def test_a_second_record_from_inside_the_gap_says_nothing_new() -> None:
    life = breached()
    life.connect(2000)
    life.see(2001, Backlog, generated_at=life.instant(800))
    breach, gap = life.state.breach, life.state.gap
    assert life.see(2002, Backlog, generated_at=life.instant(1200)) == []
    assert life.state.breach is breach
    assert life.state.gap is gap


def test_queued_records_that_come_first_decide_at_the_clearing() -> None:
    life = breached(Bearer.WIFI)
    life.see(2001, SessionEnded, transaction="7", stamped=life.instant(800))
    life.wait(2011)
    cleared = last(life, BreachCleared)
    assert isinstance(cleared, BreachCleared)
    assert (cleared.cause, cleared.party) == (Cause.BEARER, Party.OWNER)


@pytest.mark.parametrize(
    ("meter_wh", "boot", "cause"),
    [(900, False, Cause.BEARER), (500, False, Cause.UNKNOWN), (900, True, Cause.STATION), (None, False, Cause.UNKNOWN)],
)
def test_a_session_whose_register_rose_through_the_gap_proves_that_the_station_lived(
    meter_wh: int | None, boot: bool, cause: Cause
) -> None:
    life = Life().online()
    life.see(50, SessionStarted, connector="1", transaction="7", meter_wh=500)
    life.disconnect(100)
    life.wait(1000)
    life.connect(2000)
    if boot:
        life.see(2001, Booted)
    life.see(2002, SessionEnded, transaction="7", meter_wh=meter_wh)
    assert life.state.breach is not None
    assert life.state.breach.cause is cause


@pytest.mark.parametrize(
    ("readings", "cause"),
    [
        ([(90, 700), (2001, 720)], Cause.BEARER),
        ([(90, 700), (2001, 700)], Cause.UNKNOWN),
        ([(90, 700), (2001, 700), (2060, 720)], Cause.UNKNOWN),
        ([(90, 700), (2001, 10)], Cause.UNKNOWN),
        ([(2001, 501)], Cause.BEARER),
        ([(2001, 500), (2060, 520)], Cause.UNKNOWN),
    ],
)
@pytest.mark.parametrize("named", [{"transaction": "7"}, {"connector": "1"}])
def test_the_first_reading_after_the_gap_proves_that_the_station_lived_if_it_is_higher_than_the_last_before(
    readings: list[tuple[float, int]], cause: Cause, named: dict[str, str]
) -> None:
    life = Life().online()
    life.see(50, SessionStarted, connector="1", transaction="7", meter_wh=500)
    for at, meter_wh in [one for one in readings if one[0] < 100]:
        life.see(at, Metered, meter_wh=meter_wh, **named)
    life.disconnect(100)
    life.wait(1000)
    life.connect(2000)
    for at, meter_wh in [one for one in readings if one[0] > 100]:
        life.see(at, Metered, meter_wh=meter_wh, **named)
    assert life.state.breach is not None
    assert life.state.breach.cause is cause


@pytest.mark.parametrize("named", [{"transaction": "8"}, {"connector": "2"}, {"connector": "0"}])
def test_the_register_of_a_session_that_we_know_nothing_of_proves_nothing(named: dict[str, str]) -> None:
    life = Life().online()
    life.see(50, SessionStarted, connector="1", transaction="7", meter_wh=500)
    life.see(51, ConnectorReported, connector="2", status=Status.AVAILABLE)
    life.disconnect(100)
    life.wait(1000)
    life.connect(2000)
    life.see(2001, Metered, meter_wh=900, **named)
    assert life.state.breach is not None
    assert life.state.breach.cause is Cause.UNKNOWN
    assert [one.session.latest_wh for one in life.state.connectors if one.session] == [None]


@pytest.mark.parametrize("made_at", [-5000.0, 2000.5, 10.0**6])
def test_a_stamp_outside_the_gap_says_nothing_of_it(made_at: float) -> None:
    life = breached()
    life.connect(2000)
    life.see(2001, Backlog, generated_at=life.instant(made_at))
    assert "BreachUpdated" not in kinds(life.events)


def test_a_record_without_a_gap_is_mere_life() -> None:
    life = Life().online()
    assert life.see(10, Backlog, generated_at=life.instant(5)) == []


def test_evidence_from_beside_revises_an_open_breach() -> None:
    life = breached()
    life.see(1100, RadiusSeen, event=RadiusEvent.STOP)
    updated = last(life, BreachUpdated)
    assert isinstance(updated, BreachUpdated)
    assert updated.cause is Cause.BEARER
    assert life.see(1200, RadiusSeen, event=RadiusEvent.STOP) == []


def test_a_session_that_lives_on_blames_the_station() -> None:
    life = breached()
    life.see(1100, RadiusSeen, event=RadiusEvent.INTERIM)
    assert life.state.breach is not None
    assert life.state.breach.cause is Cause.STATION


def test_a_silent_gateway_of_one_station_is_its_bearer() -> None:
    life = breached(Bearer.LAN)
    life.see(1100, Probed, target=ProbeTarget.STATION, ok=False)
    life.see(1101, Probed, target=ProbeTarget.GATEWAY, ok=False)
    assert life.state.breach is not None
    assert (life.state.breach.cause, life.state.breach.party) == (Cause.BEARER, Party.OWNER)


@pytest.mark.parametrize(
    ("probes", "cause"),
    [
        ([False, False, True], Cause.POWER),
        ([True, True, True], Cause.STATION),
        ([True, False, True], Cause.STATION),
        ([True, False], Cause.POWER),
    ],
)
def test_one_that_answers_its_last_probes_before_it_boots_had_no_power_if_it_did_not_answer_the_first(
    probes: list[bool], cause: Cause
) -> None:
    life = breached(Bearer.LAN)
    for number, ok in enumerate(probes):
        life.see(1100 + 300 * number, Probed, target=ProbeTarget.STATION, ok=ok)
    life.see(1100 + 300 * len(probes), Booted, reason=None)
    assert life.state.breach is not None
    assert life.state.breach.cause is cause


def test_good_news_from_before_the_silence_says_nothing_of_it() -> None:
    life = Life().online()
    life.see(50, Probed, target=ProbeTarget.STATION, ok=True)
    assert life.state.evidence is NO_EVIDENCE
    life.see(60, Probed, target=ProbeTarget.GATEWAY, ok=False)
    assert life.state.evidence.gateway_answers is False
    life.see(70, Probed, target=ProbeTarget.GATEWAY, ok=True)
    assert life.state.evidence is NO_EVIDENCE


def test_bad_news_just_before_the_silence_counts() -> None:
    life = Life().online()
    life.see(60, RadiusSeen, event=RadiusEvent.STOP)
    life.disconnect(100)
    life.wait(1000)
    opened = last(life, BreachOpened)
    assert isinstance(opened, BreachOpened)
    assert opened.cause is Cause.BEARER


def test_a_stranger_that_is_refused_while_the_station_speaks_says_nothing_of_it() -> None:
    life = Life().online()
    assert life.see(60, Refused) == []
    assert life.state.evidence is NO_EVIDENCE


def test_a_sign_of_life_forgets_the_bad_news() -> None:
    life = Life().online()
    life.see(60, RadiusSeen, event=RadiusEvent.STOP)
    life.see(70, Alive)
    assert life.state.evidence is NO_EVIDENCE


def weak(life: Life, seconds: float, error: str) -> None:
    life.see(seconds, ConnectorReported, connector="0", status=Status.AVAILABLE, error=error)


@pytest.mark.parametrize(("said", "cause"), [(("WeakSignal",), Cause.BEARER), (("WeakSignal", ""), Cause.UNKNOWN)])
def test_a_weak_signal_that_was_told_before_the_silence_points_to_the_bearer(said: tuple[str, ...], cause: Cause) -> None:
    life = Life().online()
    for number, error in enumerate(said):
        weak(life, 50 + number, error)
    life.disconnect(100)
    life.wait(1000)
    opened = last(life, BreachOpened)
    assert isinstance(opened, BreachOpened)
    assert opened.cause is cause
    life.see(2000, Alive)
    life.wait(2010)
    cleared = last(life, BreachCleared)
    assert isinstance(cleared, BreachCleared)
    assert cleared.cause is cause


def test_what_is_seen_afterwards_counts_more_than_a_weak_signal() -> None:
    life = Life().online()
    weak(life, 50, "WeakSignal")
    life.disconnect(100)
    life.wait(1000)
    life.see(2000, Booted, reason="PowerUp")
    assert life.state.breach is not None
    assert life.state.breach.cause is Cause.POWER


def test_a_weak_signal_counts_too_where_the_silence_lay_in_our_own_absence() -> None:
    life = Life().online()
    weak(life, 50, "WeakSignal")
    life.outage(100, 400)
    life.wait(4000)
    assert life.state.breach is not None
    assert life.state.breach.cause is Cause.BEARER


def test_nothing_is_revised_once_it_has_settled() -> None:
    life = Life(Policy(boot_settle_s=10**6)).online()
    life.disconnect(100)
    life.wait(1000)
    life.connect(2000)
    life.beat(2100, 5700, 300)
    life.events.clear()
    life.see(2000 + 3601, Backlog, generated_at=life.instant(500))
    assert "BreachUpdated" not in kinds(life.events)


def test_settled_breaches_are_counted_by_bearer_and_party() -> None:
    life = breached()
    life.see(2000, Booted, reason="PowerUp")
    life.wait(2010)
    assert life.state.settled_by(life.instant(2000 + 3599), 3600) == ()
    (one,) = life.state.settled_by(life.instant(2000 + 3600), 3600)
    assert (one.party, one.count, one.seconds) == (Party.GRID, 1, 1900.0)
    life.disconnect(2100)
    life.wait(4000)
    assert life.state.settled == (one,), "a new breach settles the one before it"
    assert life.state.settled_by(life.instant(99_999), 3600) == (one,), "an open breach is not counted"


def test_settling_adds_up() -> None:
    breach = Breach(
        number=BreachNumber(1), bearer=Bearer.LAN, since=START, detected_at=START, cause=Cause.POWER, party=Party.GRID, until=START
    )
    twice = settle(settle((), breach), breach)
    assert [(one.count, one.seconds) for one in twice] == [(2, 0.0)]
