"""What is found of an owner's line: dated, counted, and nothing twice."""

from __future__ import annotations

import ipaddress
from typing import TYPE_CHECKING

import pytest

from monitor.core.events import ContestNoted, LinkChanged, ProfileNoted, SecurityNoted
from monitor.core.findings import Finding, FindingKind, read_findings
from tests.support.logs import DAY, HOUR, Log, span, station, utc

if TYPE_CHECKING:
    from datetime import datetime

    from monitor.core.registry import Station

BEGIN = utc(2026, 10, 1)
MONTH = span(BEGIN, BEGIN + 31 * DAY)
PRIVATE = [ipaddress.ip_network("10.0.0.0/8")]
INSIDE, PUBLIC, OTHER = "10.1.2.3", "94.252.10.7", "94.252.10.8"


def found(log: Log, of: Station | None = None) -> list[Finding]:
    return list(read_findings(log.records, of or station(security_profile=1), PRIVATE, MONTH))


def kinds(log: Log, of: Station | None = None) -> list[tuple[str, str, int]]:
    return [(one.kind.value, one.detail, one.times) for one in found(log, of)]


def test_a_line_that_stays_as_it_is_has_none() -> None:
    log = Log().link(BEGIN - DAY, INSIDE).link(BEGIN + HOUR, INSIDE).link(BEGIN + DAY, "10.9.9.9")
    log.add(LinkChanged(at=BEGIN + DAY, open=False, epoch=3, code=1006))
    assert found(log.heard(BEGIN)) == []


def test_a_connection_from_outside_its_networks_is_dated_and_counted() -> None:
    log = Log().link(BEGIN - DAY, PUBLIC).link(BEGIN + HOUR, PUBLIC).link(BEGIN + 2 * DAY, PUBLIC).link(BEGIN + 40 * DAY, PUBLIC)
    assert found(log) == [
        Finding(kind=FindingKind.OUTSIDE_NETWORKS, detail=PUBLIC, first=BEGIN + HOUR, last=BEGIN + 2 * DAY, times=2)
    ]


def test_its_own_networks_are_those_that_count() -> None:
    own = station(security_profile=1, allowed_networks=("94.252.10.0/24",))
    log = Log().link(BEGIN + HOUR, PUBLIC).link(BEGIN + DAY, INSIDE)
    assert kinds(log, own) == [("outside_networks", INSIDE, 1)]


def test_a_public_address_is_new_where_another_was_known() -> None:
    own = station(security_profile=1, allowed_networks=("0.0.0.0/0",))
    first = Log().link(BEGIN + HOUR, PUBLIC)
    assert kinds(first, own) == [], "the first of all is where the line begins"
    assert kinds(Log().link(BEGIN - DAY, PUBLIC).link(BEGIN + HOUR, OTHER).link(BEGIN + DAY, PUBLIC), own) == [
        ("new_public_address", OTHER, 1)
    ]
    assert kinds(Log().link(BEGIN - DAY, INSIDE).link(BEGIN + HOUR, PUBLIC).link(BEGIN + DAY, PUBLIC), own) == [
        ("new_public_address", PUBLIC, 1)
    ]
    assert kinds(Log().link(BEGIN - DAY, INSIDE).link(BEGIN + HOUR, "10.200.0.1"), own) == []


def test_an_address_is_the_same_in_the_dress_of_ipv6() -> None:
    assert kinds(Log().link(BEGIN - DAY, INSIDE).link(BEGIN + HOUR, f"::ffff:{INSIDE}")) == []
    six = "2a02:678::7"
    assert kinds(Log().link(BEGIN - DAY, INSIDE).link(BEGIN + HOUR, six)) == [
        ("new_public_address", six, 1),
        ("outside_networks", six, 1),
    ]


def test_what_is_no_address_says_nothing_of_networks() -> None:
    assert kinds(Log().link(BEGIN + HOUR, "")) == []


@pytest.mark.parametrize(("profile", "expected"), [(0, []), (1, []), (2, ["below_profile"]), (3, ["below_profile"])])
def test_a_plain_connection_is_below_a_profile_of_tls(profile: int, expected: list[str]) -> None:
    assert [kind for kind, *_ in kinds(Log().link(BEGIN + HOUR, INSIDE), station(security_profile=profile))] == expected


def test_an_attempt_without_its_tls_is_below_its_profile_too() -> None:
    log = Log().add(ProfileNoted(at=BEGIN + HOUR, address=OTHER, times=3), ProfileNoted(at=BEGIN + DAY, address=OTHER))
    assert kinds(log, station(security_profile=2)) == [("below_profile", OTHER, 4)]


def over_tls(at: datetime, until: datetime | None = None) -> LinkChanged:
    return LinkChanged(at=at, open=True, epoch=1, address=PUBLIC, tls="TLSv1.3", certificate_until=until)


def test_over_tls_a_public_address_is_no_finding_and_neither_is_a_good_certificate() -> None:
    log = Log().add(over_tls(BEGIN + HOUR), over_tls(BEGIN + DAY, BEGIN + 62 * DAY))
    assert kinds(log, station(security_profile=3)) == []


def test_a_certificate_that_ends_soon_is_dated_from_the_first_day_on() -> None:
    ends = BEGIN + 35 * DAY
    log = Log().add(*(over_tls(BEGIN + number * DAY, ends) for number in range(1, 10)))
    assert found(log, station(security_profile=3)) == [
        Finding(kind=FindingKind.CERTIFICATE_ENDS, detail="2026-11-05", first=BEGIN + 5 * DAY, last=BEGIN + 9 * DAY, times=5)
    ]


def test_a_certificate_that_ends_soon_is_found_though_the_station_never_dials_again() -> None:
    ends = BEGIN + 40 * DAY
    log = Log().add(over_tls(BEGIN - 90 * DAY, ends))
    assert found(log, station(security_profile=3)) == [
        Finding(kind=FindingKind.CERTIFICATE_ENDS, detail="2026-11-10", first=BEGIN + 10 * DAY, last=BEGIN + 10 * DAY)
    ]
    renewed = Log().add(over_tls(BEGIN - 90 * DAY, ends), over_tls(BEGIN + 9 * DAY, BEGIN + 400 * DAY))
    assert found(renewed, station(security_profile=3)) == []


def test_a_certificate_that_was_ending_last_month_still_is() -> None:
    log = Log().add(over_tls(BEGIN - 20 * DAY, BEGIN + 5 * DAY))
    assert [(one.first, one.detail) for one in found(log, station(security_profile=3))] == [(BEGIN, "2026-10-06")]


def test_who_tried_to_take_its_place_is_named() -> None:
    log = Log().add(ContestNoted(at=BEGIN + HOUR, address=OTHER, times=3), ContestNoted(at=BEGIN + DAY, address=OTHER))
    assert found(log) == [Finding(kind=FindingKind.CONTESTED, detail=OTHER, first=BEGIN + HOUR, last=BEGIN + DAY, times=4)]


def test_what_the_station_reports_of_its_defence_counts_and_its_daily_life_does_not() -> None:
    log = Log().add(
        SecurityNoted(at=BEGIN + HOUR, event="InvalidCentralSystemCertificate", info="expired"),
        SecurityNoted(at=BEGIN + HOUR, event="StartupOfTheDevice"),
        SecurityNoted(at=BEGIN + DAY, event="TamperDetectionActivated"),
    )
    assert kinds(log) == [("reported", "InvalidCentralSystemCertificate", 1), ("reported", "TamperDetectionActivated", 1)]


def test_order_and_repetition_do_not_matter() -> None:
    log = Log().link(BEGIN - DAY, INSIDE).link(BEGIN + HOUR, PUBLIC).link(BEGIN + DAY, PUBLIC)
    mixed = [*reversed(log.records), *log.records]
    assert list(read_findings(mixed, station(security_profile=1), PRIVATE, MONTH)) == found(log)
