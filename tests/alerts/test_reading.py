"""From events to matters: what begins, changes and ends one, and what is nobody's business."""

from __future__ import annotations

import pytest

from alerts.core.faults import Safety, safety_of
from alerts.core.matters import Kind
from monitor.core.breaches import Cause
from monitor.core.events import (
    BreachUpdated,
    ContestNoted,
    EquipmentNoted,
    IncidentUpdated,
    ProfileNoted,
    SecurityNoted,
    StationBooted,
    VolumeExceeded,
)
from monitor.core.ids import NETWORK, BreachNumber, StationId
from monitor.core.incidents import Scope
from monitor.core.registry import Bearer, Contact, Sim
from tests.alerts.wards import Ward
from tests.support.clocks import START


def a_ward() -> Ward:
    ward = Ward("")
    ward.add(1, 2, site="Brill", region="Sud", owner=Contact(name="Ville"), sim=Sim(apn="m2m", operator="post"))
    ward.add(3, site="Gare", region="Sud", bearer=Bearer.LAN)
    return ward


def test_a_breach_goes_by_what_is_registered_and_judged_of_its_station() -> None:
    ward = a_ward()
    ward.cut(0, 1, cause=Cause.APN, incident="I1")
    (matter,) = ward.desk.matters.values()
    assert (matter.key, matter.since, matter.stations) == ("breach/1/1", START, (1,))
    assert matter.labels == {
        "kind": "breach", "station": "CP1", "identity": "CP1", "site": "Brill", "region": "Sud", "owner": "Ville", "bearer": "gprs",
        "apn": "m2m", "operator": "post", "cause": "apn", "party": "network", "incident": "I1",
    }  # fmt: skip
    ward.revised(1, 1, Cause.POWER)
    (matter,) = ward.desk.matters.values()
    assert (matter.labels["cause"], matter.labels["party"], matter.labels.get("incident")) == ("power", "grid", None)
    ward.back(2, 1)
    assert ward.desk.matters == {}


def test_an_incident_goes_by_what_all_its_stations_have_in_common() -> None:
    ward = a_ward()
    ward.incident(0, "I1", 1, 2, scope=Scope.SITE, key="Brill")
    assert ward.desk.matters["incident/I1"].labels["site"] == "Brill"
    ward.grown(1, "I1", 1, 2, 3, 99, scope=Scope.APN, key="m2m")
    labels = ward.desk.matters["incident/I1"].labels
    assert (labels.get("site"), labels["region"], labels["scope"], labels["key"]) == (None, "Sud", "apn", "m2m")
    assert ward.desk.matters["incident/I1"].known_at == START
    ward.grown(2, "I1", 1, scope=Scope.COLLECTOR, key="field")
    assert ward.desk.matters["incident/I1"].kind is Kind.OBSERVER
    ward.over(3, "I1")
    assert ward.desk.matters == {}


def test_what_is_told_of_something_unknown_or_over_changes_nothing() -> None:
    ward = a_ward()
    ward.happen(0, (1, BreachUpdated(at=START, breach=BreachNumber(7), cause=Cause.POWER, party="grid")))  # type: ignore[arg-type]
    ward.happen(
        0,
        (
            NETWORK,
            IncidentUpdated(
                at=START, incident="I9", scope=Scope.APN, key="", since=START, stations=(StationId(1),), probability=1.0
            ),
        ),
    )
    ward.over(0, "I9")
    ward.mended(0, 1)
    ward.breaches[StationId(1)] = 9
    ward.back(0, 1)
    ward.happen(0, (1, StationBooted(at=START)))
    assert ward.desk.matters == {}
    ward.cut(1, 1)
    ward.breaches[StationId(1)] -= 1
    ward.cut(1, 1)
    assert len(ward.desk.matters) == 1


def test_a_fault_is_one_for_each_connector_as_long_as_it_lasts() -> None:
    ward = a_ward()
    ward.faulted(0, 1, "OtherError", "1", "E17")
    ward.faulted(1, 1, "GroundFailure", "1")
    ward.faulted(1, 1, "ReaderFailure", "2")
    first = ward.desk.matters["fault/1/1"]
    assert (first.since, first.labels["error"], first.labels["safety"], "vendor_error" in first.labels) == (
        START,
        "GroundFailure",
        "danger",
        False,
    )
    ward.mended(2, 1, "1")
    assert list(ward.desk.matters) == ["fault/1/2"]


def test_a_component_of_2_x_that_alerts_to_a_danger_is_a_fault() -> None:
    ward = a_ward()

    def noted(minutes: float, *, code: str = "CX002", trigger: str = "Alerting", cleared: bool = False) -> None:
        event = EquipmentNoted(
            at=ward.at(minutes), component="RCD", variable="Tripped", connector="1", trigger=trigger, code=code, cleared=cleared
        )
        ward.happen(minutes, (1, event))

    noted(0, code="CX007")
    noted(0, trigger="Periodic")
    noted(0, cleared=True)
    assert ward.desk.matters == {}
    noted(1)
    (matter,) = ward.desk.matters.values()
    assert (matter.labels["error"], matter.labels["vendor_error"], matter.labels["safety"]) == ("RCD", "CX002", "danger")
    noted(2, cleared=True)
    assert ward.desk.matters == {}


def test_security_events_and_data_volume_are_one_matter_each_however_often_they_come() -> None:
    ward = a_ward()
    ward.happen(
        0,
        (1, SecurityNoted(at=START, event="TamperDetectionActivated")),
        (1, SecurityNoted(at=START, event="TamperDetectionActivated")),
        (1, SecurityNoted(at=START, event="SettingSystemTime")),
        (1, ContestNoted(at=START, address="10.0.0.9", times=3)),
        (2, ProfileNoted(at=START, address="10.0.0.9")),
        (2, VolumeExceeded(at=START, month="2026-05", octets=3, limit=2)),
        (2, VolumeExceeded(at=START, month="2026-05", octets=4, limit=2)),
    )
    assert {key: matter.times for key, matter in ward.desk.matters.items()} == {
        "security/1/TamperDetectionActivated": 2,
        "security/1/ContestedIdentity": 3,
        "security/2/RefusedBelowProfile": 1,
        "volume/2/2026-05": 1,
    }


def test_a_station_that_is_no_longer_registered_has_only_its_kind() -> None:
    ward = a_ward()
    ward.happen(0, (77, SecurityNoted(at=START, event="TamperDetectionActivated")))
    (matter,) = ward.desk.matters.values()
    assert matter.labels == {"kind": "security", "event": "TamperDetectionActivated"}


@pytest.mark.parametrize(
    ("error", "vendor_error", "safety"),
    [
        ("GroundFailure", "", Safety.DANGER),
        ("PowerSwitchFailure", "", Safety.DANGER),
        ("OtherError", "cx001, CX017", Safety.DANGER),
        ("OtherError", "CX008", Safety.DANGER),
        ("OtherError", "CX0021", Safety.NONE),
        ("ReaderFailure", "", Safety.NONE),
        ("", "", Safety.NONE),
    ],
)
def test_which_errors_are_a_danger(error: str, vendor_error: str, safety: Safety) -> None:
    assert safety_of(error, vendor_error) is safety
