"""What the fleet's judge remembers over a restart: its incidents with their members, and what it measured."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec
import pytest

from monitor.core.breaches import Breach, Cause, Party
from monitor.core.chance import HOURS
from monitor.core.events import IncidentCleared, State
from monitor.core.groups import CANARY, GroupKey
from monitor.core.health_state import HealthState, Membership
from monitor.core.ids import BreachNumber, StationId
from monitor.core.incidents import Scope
from monitor.core.ledger import Ledger, Measured, believe, measured, remember, restore
from monitor.core.observations import IncidentLeft
from monitor.core.registry import Bearer
from monitor.core.signals import Depth
from tests.core.fleets import Fleet

if TYPE_CHECKING:
    from collections.abc import Iterable

APN = (Scope.APN, "apn.north")
OTHER = (Scope.APN, "apn.south")


def failed() -> tuple[Fleet, list[StationId]]:
    """A fleet of two APNs, one of which failed at 1000 s."""
    fleet = Fleet()
    members = fleet.many(1, 40, APN)
    fleet.many(1001, 200, OTHER)
    fleet.fail(1000, members)
    fleet.wait(2000)
    return fleet, members


def away(fleet: Fleet, stations: Iterable[StationId], incident: str = "I1") -> dict[StationId, HealthState]:
    """The stored states of `stations`, each in an open breach of `incident`."""
    since = fleet.instant(1000)
    breach = Breach(
        number=BreachNumber(1),
        bearer=Bearer.GPRS,
        since=since,
        detected_at=fleet.instant(1100),
        cause=Cause.APN,
        party=Party.NETWORK,
        incident=incident,
    )
    member = Membership(incident=incident, scope=Scope.APN, since=since)
    state = HealthState(state=State.OFFLINE, last_seen=fleet.instant(900), breach=breach, told=True, incident=member)
    return dict.fromkeys(stations, state)


def restarted(ledger: Ledger, states: dict[StationId, HealthState]) -> Fleet:
    """The same stations in a fresh process that took up `ledger` and `states`."""
    fleet = Fleet()
    fleet.many(1, 40, APN)
    fleet.many(1001, 200, OTHER)
    restore(fleet.groups, ledger, states)
    return fleet


def stored(ledger: Ledger) -> Ledger:
    return msgspec.json.decode(msgspec.json.encode(ledger), type=Ledger)


def test_a_ledger_is_read_as_it_was_written() -> None:
    fleet, members = failed()
    ledger = remember(fleet.groups)
    assert stored(ledger) == ledger
    (kept,) = ledger.incidents
    assert (kept.name, kept.scope, kept.key) == ("I1", *APN)
    assert set(kept.stations) == set(members)
    assert list(kept.stations) == sorted(kept.stations)


def test_a_fleet_to_which_nothing_happened_has_an_empty_ledger() -> None:
    assert remember(Fleet().groups) == Ledger()


def test_an_incident_goes_on_after_a_restart_and_ends_with_its_members() -> None:
    before, members = failed()
    fleet = restarted(stored(remember(before.groups)), away(before, members))
    assert set(fleet.groups.silent) == set(members)
    fleet.back(4000, members)
    fleet.wait(4100)
    assert fleet.kinds() == ["IncidentCleared"], "it was opened before, and is told once"
    (end,) = fleet.events
    assert isinstance(end, IncidentCleared)
    assert (end.incident, end.until, end.since) == ("I1", fleet.instant(4000), before.events[0].since)


def test_members_that_are_back_or_belong_elsewhere_are_not_waited_for() -> None:
    before, members = failed()
    states = away(before, members[:10]) | away(before, members[10:20], "I9")
    states |= dict.fromkeys(members[20:30], HealthState(state=State.ONLINE))
    fleet = restarted(remember(before.groups), states)
    assert set(fleet.groups.silent) == set(members[:10])
    assert fleet.groups.incidents["I1"].stations == set(members), "who was part of it is still known"


def test_a_member_whose_breach_only_waits_to_be_over_is_not_waited_for() -> None:
    before, members = failed()
    state = next(iter(away(before, members[:1]).values()))
    assert state.breach is not None
    back = msgspec.structs.replace(state, breach=msgspec.structs.replace(state.breach, back_at=before.instant(1900)))
    assert restarted(remember(before.groups), {members[0]: back}).groups.silent == {}


def test_the_next_incident_has_the_next_name() -> None:
    before, members = failed()
    fleet = restarted(remember(before.groups), away(before, members))
    south = [station for station in fleet.last if station > 1000]
    fleet.fail(9000, south)
    fleet.wait(9800)
    assert {event.incident for event in fleet.events} - {"I1"} == {"I2"}


def test_a_silence_that_was_restored_is_a_breach_of_its_incident() -> None:
    before, members = failed()
    fleet = restarted(remember(before.groups), away(before, members[:1]))
    silence = fleet.groups.silent[members[0]]
    assert (silence.depth, silence.incident) == (Depth.BREACH, fleet.groups.incidents["I1"])
    assert (silence.since, silence.heard) == (fleet.instant(1000).timestamp(), fleet.instant(900).timestamp())
    assert fleet.groups.groups[GroupKey(*APN)].silent == {members[0]: silence}


def test_a_canary_that_is_still_silent_finds_its_incident() -> None:
    before = Fleet()
    members = before.many(1, 40, APN)
    before.many(1001, 200, OTHER)
    before.doubt(1000, members)
    before.close(1000, members)
    before.wait(2400)
    (known,) = remember(before.groups).incidents
    assert (known.key, known.part) == ("gprs", CANARY)
    fleet = restarted(remember(before.groups), away(before, members))
    fleet.doubt(2500, members)
    assert fleet.groups.incidents["I1"].group is fleet.groups.groups[GroupKey(Scope.COLLECTOR, "gprs", CANARY)]
    fleet.trust(2600)
    assert fleet.kinds()[-1] == "IncidentCleared"


def test_an_incident_of_a_group_that_is_no_more_still_ends() -> None:
    before, members = failed()
    fleet = Fleet()
    moved = fleet.many(1, 40, OTHER)
    restore(fleet.groups, remember(before.groups), away(before, members))
    fleet.back(4000, moved)
    fleet.wait(4100)
    assert fleet.kinds() == ["IncidentCleared"]


def test_what_is_away_of_an_incident_of_a_restart_is_let_go_in_the_end() -> None:
    before, members = failed()
    fleet = restarted(remember(before.groups), away(before, members))
    fleet.back(4000, members[:38])
    fleet.wait(8000)
    left = [station for station, answer in fleet.answers if isinstance(answer, IncidentLeft)]
    assert left == members[38:]


def test_how_long_it_has_been_and_who_is_back_already_is_remembered() -> None:
    before, members = failed()
    before.back(2000, members[:5])
    before.wait(2100)
    kept = remember(before.groups).incidents[0]
    assert kept.returned == tuple((station, before.instant(2000).timestamp()) for station in sorted(members[:5]))
    fleet = restarted(remember(before.groups), away(before, members[5:]))
    assert remember(fleet.groups).incidents == (kept,)


def test_an_incident_that_was_judged_for_long_is_not_judged_anew_after_a_restart() -> None:
    before, members = failed()
    before.back(4000, members[:20])
    before.wait(4100)
    ledger = remember(before.groups)
    fleet = restarted(stored(ledger), away(before, members[20:]))
    assert fleet.groups.incidents["I1"].reviews == before.groups.incidents["I1"].reviews > 0
    fleet.wait(6000)
    (end,) = [event for event in fleet.events if isinstance(event, IncidentCleared)]
    assert (end.scope, end.until) == (Scope.APN, fleet.instant(4000))


def test_whoever_is_still_away_when_an_incident_is_over_is_let_go_after_a_restart_too() -> None:
    before, members = failed()
    before.back(4000, members[:38])
    before.wait(4010)
    assert before.groups.incidents == {}
    fleet = restarted(stored(remember(before.groups)), away(before, members[38:]))
    assert fleet.groups.incidents == {}
    fleet.wait(6000)
    assert [station for station, answer in fleet.answers if isinstance(answer, IncidentLeft)] == members[38:]
    assert remember(fleet.groups) == Ledger(opened=1)


def test_an_incident_of_which_everybody_came_back_while_we_were_away_ends_at_once() -> None:
    before, _ = failed()
    fleet = restarted(stored(remember(before.groups)), {})
    fleet.wait(4000)
    assert fleet.kinds() == ["IncidentCleared"]


def test_members_of_an_incident_that_is_no_more_are_named() -> None:
    before, members = failed()
    fleet = Fleet()
    fleet.many(1, 40, APN)
    assert restore(fleet.groups, Ledger(opened=1), away(before, members[:2])) == [(one, "I1") for one in members[:2]]


# ---------------------------------------------------------------------------------------------------------- what was measured


def test_what_was_measured_is_believed_again() -> None:
    before = Fleet()
    members = before.many(1, 40, APN)
    for turn in range(40):
        for station in members[::4]:
            before.onset(5000 + 3000 * turn, station, since=4990 + 3000 * turn, heard=4690 + 3000 * turn)
            before.back(5010 + 3000 * turn, [station])
    kept = msgspec.json.decode(msgspec.json.encode(measured(before.groups)), type=list[Measured])
    after = Fleet()
    after.many(1, 40, APN)
    believe(after.groups, kept)
    key = GroupKey(*APN)
    assert sum(after.groups.groups[key].chance.misses) > 0
    assert measured(after.groups) == measured(before.groups)


def test_of_a_group_that_is_no_more_what_was_measured_is_forgotten() -> None:
    before, after = Fleet(), Fleet()
    before.many(1, 4, APN)
    after.many(1, 4, OTHER)
    believe(after.groups, measured(before.groups))
    assert GroupKey(*APN) not in after.groups.groups


@pytest.mark.parametrize("rows", [(), ((0.0,) * HOURS,) * 3, ((1.0,) * 23,) * 4])
def test_what_was_measured_in_another_shape_is_forgotten(rows: tuple[tuple[float, ...], ...]) -> None:
    fleet = Fleet()
    fleet.many(1, 4, APN)
    before = measured(fleet.groups)
    believe(fleet.groups, [Measured(scope=Scope.APN, key="apn.north", part="", rows=rows)])
    assert measured(fleet.groups) == before
