"""The ladder of evidence and the findings: tables, a row each."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest

from monitor.core.breaches import NO_EVIDENCE, Evidence, Gap
from monitor.core.events import Reason, State
from monitor.core.health_state import UNHEARD, Connector, HealthState, Link, Sign
from monitor.core.incidents import Scope
from monitor.core.ladder import Finding, Grade, Level, Rung, Source, evidence_of, findings_of, ladder_of
from monitor.core.observations import Status
from tests.support.clocks import START


def at(seconds: float) -> datetime:
    return START + timedelta(seconds=seconds)


def sign(*, ok: bool) -> Sign:
    return Sign(ok=ok, since=at(1), at=at(2))


def socket(name: str, status: Status, since: float = 5, reported: float = 6) -> Connector:
    return Connector(connector=name, status=status, since=at(since), reported_at=at(reported))


BEARER = [
    ({}, Grade.UNSEEN, Source.NOTHING),
    ({"session": sign(ok=True)}, Grade.GOOD, Source.RADIUS),
    ({"session": sign(ok=False), "gateway": sign(ok=True)}, Grade.BAD, Source.RADIUS),
    ({"gateway": sign(ok=False), "probe": sign(ok=True)}, Grade.BAD, Source.GATEWAY_PROBE),
    ({"gateway": sign(ok=True)}, Grade.GOOD, Source.GATEWAY_PROBE),
    ({"probe": sign(ok=True)}, Grade.GOOD, Source.STATION_PROBE),
    ({"probe": sign(ok=False)}, Grade.BAD, Source.STATION_PROBE),
]


@pytest.mark.parametrize(("fields", "grade", "source"), BEARER)
def test_the_bearer_is_known_by_its_own_session_before_any_probe(fields: dict[str, Any], grade: Grade, source: Source) -> None:
    rung = ladder_of(HealthState(state=State.ONLINE, **fields))[0]
    assert (rung.level, rung.grade, rung.source) == (Level.BEARER, grade, source)
    assert (rung.since, rung.at) == ((at(1), at(2)) if fields else (None, None))


TRANSPORT = [
    ({"link": Link.NONE, "state": State.ONLINE}, Grade.UNSEEN, Source.NOTHING),
    ({"link": Link.OPEN, "state": State.ONLINE}, Grade.GOOD, Source.SOCKET),
    ({"link": Link.OPEN, "state": State.ONLINE, "pongs": True}, Grade.GOOD, Source.PONG),
    ({"link": Link.CLOSED, "state": State.SUSPECT, "pongs": True}, Grade.BAD, Source.SOCKET),
    ({"link": Link.OPEN, "state": State.SUSPECT}, Grade.DOUBTFUL, Source.SOCKET),
    ({"link": Link.OPEN, "state": State.OFFLINE}, Grade.DOUBTFUL, Source.SOCKET),
    ({"link": Link.OPEN, "state": State.UNKNOWN}, Grade.DOUBTFUL, Source.SOCKET),
    ({"link": Link.OPEN, "state": State.DEGRADED, "reason": Reason.SLOW}, Grade.DOUBTFUL, Source.SOCKET),
    ({"link": Link.OPEN, "state": State.DEGRADED, "reason": Reason.FLAPPING, "pongs": True}, Grade.DOUBTFUL, Source.PONG),
    ({"link": Link.OPEN, "state": State.DEGRADED, "reason": Reason.IRREGULAR}, Grade.GOOD, Source.SOCKET),
]


@pytest.mark.parametrize(("fields", "grade", "source"), TRANSPORT)
def test_the_transport_is_the_socket_and_doubtful_while_it_says_nothing(
    fields: dict[str, Any], grade: Grade, source: Source
) -> None:
    rung = ladder_of(HealthState(link_since=at(3), last_seen=at(9), **fields))[1]
    assert (rung.level, rung.grade, rung.source) == (Level.TRANSPORT, grade, source)


def test_a_socket_is_as_old_as_its_opening_and_as_fresh_as_its_last_pong() -> None:
    state = HealthState(state=State.ONLINE, link=Link.OPEN, link_since=at(3), last_seen=at(9), rtt_s=0.2)
    assert ladder_of(state)[1] == Rung(
        level=Level.TRANSPORT, grade=Grade.GOOD, source=Source.SOCKET, since=at(3), at=at(3), rtt_s=0.2
    )
    ponged = HealthState(state=State.ONLINE, link=Link.OPEN, link_since=at(3), last_seen=at(9), pongs=True)
    assert ladder_of(ponged)[1].at == at(9)
    closed = HealthState(state=State.OFFLINE, link=Link.CLOSED, link_since=at(4), last_seen=at(3), rtt_s=0.2)
    assert ladder_of(closed)[1] == Rung(level=Level.TRANSPORT, grade=Grade.BAD, source=Source.SOCKET, since=at(4), at=at(4))


APPLICATION = {
    State.ONLINE: Grade.GOOD,
    State.DEGRADED: Grade.DOUBTFUL,
    State.SUSPECT: Grade.DOUBTFUL,
    State.OFFLINE: Grade.BAD,
    State.UNKNOWN: Grade.UNSEEN,
    State.NEVER_SEEN: Grade.UNSEEN,
}


@pytest.mark.parametrize("state", list(State))
def test_the_application_is_the_verdict(state: State) -> None:
    rung = ladder_of(HealthState(state=state, since=at(7), last_seen=at(8)))[2]
    assert (rung.level, rung.grade, rung.source) == (Level.APPLICATION, APPLICATION[state], Source.MESSAGES)
    assert (rung.since, rung.at) == (at(7), at(8))


FREE, BROKEN, SHUT = socket("1", Status.AVAILABLE), socket("2", Status.FAULTED, 8, 9), socket("3", Status.UNAVAILABLE, 7, 12)
SERVICE = [
    (State.ONLINE, (), Grade.UNSEEN),
    (State.ONLINE, (FREE,), Grade.GOOD),
    (State.DEGRADED, (FREE,), Grade.GOOD),
    (State.ONLINE, (FREE, BROKEN), Grade.DOUBTFUL),
    (State.ONLINE, (BROKEN, SHUT), Grade.BAD),
    (State.OFFLINE, (FREE,), Grade.DOUBTFUL),
    (State.UNKNOWN, (BROKEN,), Grade.DOUBTFUL),
]


@pytest.mark.parametrize(("state", "connectors", "grade"), SERVICE)
def test_the_service_is_its_worst_socket_and_doubtful_without_news(
    state: State, connectors: tuple[Connector, ...], grade: Grade
) -> None:
    rung = ladder_of(HealthState(state=state, connectors=connectors))[3]
    assert (rung.level, rung.grade) == (Level.SERVICE, grade)
    assert rung.source is (Source.STATUS if connectors else Source.NOTHING)


def test_the_service_is_as_old_as_the_first_trouble_and_as_fresh_as_the_last_report() -> None:
    rung = ladder_of(HealthState(state=State.ONLINE, connectors=(FREE, BROKEN, SHUT)))[3]
    assert (rung.since, rung.at) == (at(7), at(12))
    well = ladder_of(HealthState(state=State.ONLINE, connectors=(FREE,)))[3]
    assert (well.since, well.at) == (at(5), at(6))


def test_of_a_station_that_was_never_heard_nothing_is_seen() -> None:
    assert [(rung.level, rung.grade, rung.source) for rung in ladder_of(UNHEARD)] == [
        (level, Grade.UNSEEN, Source.NOTHING) for level in Level
    ]


FINDINGS = [
    (Evidence(scope=Scope.SITE), [Finding.WITH_SITE]),
    (Evidence(scope=Scope.CELL), [Finding.WITH_CELL]),
    (Evidence(scope=Scope.FEEDER), [Finding.WITH_FEEDER]),
    (Evidence(scope=Scope.APN), [Finding.WITH_APN]),
    (Evidence(scope=Scope.OPERATOR), [Finding.WITH_OPERATOR]),
    (Evidence(scope=Scope.MODEL), [Finding.WITH_MODEL]),
    (Evidence(scope=Scope.COLLECTOR), [Finding.OURS]),
    (Evidence(session_stopped=True, session_up=False), [Finding.SESSION_ENDED]),
    (Evidence(session_up=True), [Finding.SESSION_LIVED]),
    (Evidence(session_stopped=True, session_up=True), [Finding.SILENCE_ONLY]),
    (Evidence(gateway_answers=True), [Finding.GATEWAY_ANSWERED]),
    (Evidence(gateway_answers=False), [Finding.GATEWAY_SILENT]),
    (Evidence(weak=True, backlog=True), [Finding.WEAK_SIGNAL, Finding.RECORDS]),
    (Evidence(station_answers=True), [Finding.STATION_ANSWERED]),
    (Evidence(station_answers=False), [Finding.STATION_MUTE]),
    (Evidence(refused=True), [Finding.REFUSED]),
    (Evidence(backlog=True), [Finding.RECORDS]),
    (Evidence(boot="PowerUp"), [Finding.POWER_CAME_BACK]),
    (Evidence(boot=""), [Finding.RESTARTED]),
    (Evidence(boot="Watchdog"), [Finding.RESTARTED]),
    (NO_EVIDENCE, [Finding.SILENCE_ONLY]),
    (
        Evidence(
            scope=Scope.SITE, session_stopped=True, gateway_answers=False, station_answers=False, backlog=True, boot="PowerUp"
        ),
        [
            Finding.WITH_SITE,
            Finding.SESSION_ENDED,
            Finding.GATEWAY_SILENT,
            Finding.STATION_MUTE,
            Finding.RECORDS,
            Finding.POWER_CAME_BACK,
        ],
    ),
]


@pytest.mark.parametrize(("evidence", "findings"), FINDINGS)
def test_findings_are_told_from_the_others_to_the_station_itself(evidence: Evidence, findings: list[Finding]) -> None:
    assert list(findings_of(evidence)) == findings


def test_every_finding_and_every_source_has_a_row() -> None:
    assert {finding for _, findings in FINDINGS for finding in findings} == set(Finding)
    seen = {source for _, _, source in (*BEARER, *TRANSPORT)} | {Source.MESSAGES, Source.STATUS}
    assert seen == set(Source)


def test_what_is_known_of_a_silence_is_its_gap_once_the_station_is_back() -> None:
    under_way, over = Evidence(refused=True), Evidence(backlog=True)
    assert evidence_of(HealthState(evidence=under_way)) == under_way
    assert evidence_of(HealthState(evidence=under_way, gap=Gap(quiet_from=START, evidence=over))) == over
