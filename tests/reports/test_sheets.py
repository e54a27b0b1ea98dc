"""The CSV files: read back by another reader, exact, and no formula in them."""

from __future__ import annotations

import csv
import io
from datetime import date, timedelta
from fractions import Fraction

import pytest

from monitor.core.observations import Status
from monitor.core.timeline import read_timeline
from monitor.core.uptime import LAWS
from monitor.reports.laws import LawTable
from monitor.reports.sheets import breach_sheet, finding_sheet, line_sheet, percentage, write_sheet
from tests.reports.examples import BEGIN, EVIL, LATER, ZONE, report
from tests.support.logs import DAY, HOUR, Log, station


def rows(data: bytes) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(data.decode("utf-8-sig"), newline=""), strict=True))


@pytest.mark.parametrize("cell", ["=1+1", "+1", "-1", "@x", "'=1"])
def test_no_cell_is_a_formula(cell: str) -> None:
    (row,) = rows(write_sheet(["x"], [[cell]]))
    assert row["x"] == f"'{cell}"


def test_lines_end_and_quotes_are_as_rfc_4180_has_them() -> None:
    data = write_sheet(["a", "b"], [['say "x", y', "two\nlines"]])
    assert data == b'\xef\xbb\xbfa,b\r\n"say ""x"", y","two\nlines"\r\n'


def test_a_percentage_is_rounded_down() -> None:
    assert [percentage(share) for share in (Fraction(1), Fraction(2, 3), None)] == ["100.000", "66.666", ""]


def test_a_row_a_breach() -> None:
    first, gprs, power, still = rows(breach_sheet(report()))
    assert (first["breach"], first["since_utc"], first["until_utc"]) == ("CP1-1", "2026-09-30T21:00:00Z", "2026-10-01T00:00:00Z")
    assert (first["since_local"], first["length_s"], first["lost_s"]) == ("2026-09-30T23:00:00+02:00", "10800", "7200")
    assert (first["counted_here"], first["cause"], first["party"], first["guaranteed"]) == ("no", "bearer", "owner", "yes")
    assert first["address"] == f"'{EVIL}"
    assert (gprs["breach"], gprs["guaranteed"], gprs["party"]) == ("CP3-1", "no", "network")
    assert (power["cause"], power["lost_s"], power["counted_here"]) == ("power", "86400", "yes")
    assert (still["until_utc"], still["until_local"], still["lost_s"]) == ("", "", str(25 * 3600))


def test_a_row_a_line_and_their_sum() -> None:
    one, late, gprs, total = rows(line_sheet(report()))
    month = 745 * 3600
    assert (one["period_s"], one["down_s"], one["others_down_s"]) == (str(month), str((2 + 25) * 3600), str(24 * 3600))
    assert (one["not_observed_s"], one["excluded_s"], one["breaches"], one["owner_breaches"]) == ("10800", "86400", "2", "1")
    counted, down, blind = month - 86400, 27 * 3600, 10800
    assert one["availability_pct"] == percentage(Fraction(counted - down - blind, counted - blind))
    assert one["least_pct"] == percentage(Fraction(counted - down - blind, counted))
    assert one["most_pct"] == percentage(Fraction(counted - down, counted))
    assert (late["never_seen_s"], late["up_s"]) == (str(20 * 86400 + 900), str(month - 20 * 86400 - 900))
    assert (gprs["guaranteed"], gprs["down_s"], gprs["others_down_s"]) == ("no", "0", "86400")
    assert (total["station"], total["period_s"], total["down_s"], total["others_down_s"]) == (
        *("TOTAL", str(2 * month), one["down_s"], one["others_down_s"]),
    )


@pytest.mark.parametrize("place", range(4))
def test_the_parts_of_a_row_add_up(place: int) -> None:
    row = rows(line_sheet(report()))[place]
    parts = ("never_seen_s", "not_observed_s", "excluded_s", "down_s", "up_s")
    assert sum(int(row[part]) for part in parts) == int(row["period_s"])


def test_a_row_a_finding() -> None:
    found = [(row["station"], row["finding"], row["detail"], row["times"]) for row in rows(finding_sheet(report()))]
    assert found == [
        ("CP1", "new_public_address", "94.252.10.7", "1"),
        ("CP1", "outside_networks", "94.252.10.7", "1"),
        ("CP1", "contested", "10.0.0.9", "2"),
    ]


def table(law: str) -> LawTable:
    log = Log().heard(BEGIN - DAY).status(BEGIN - DAY, "1", Status.AVAILABLE).breach(BEGIN, BEGIN + 8 * DAY)
    made = LawTable(LAWS[law], date(2026, 11, 1), ZONE, LATER)
    made.add(station(1, connectors=2), read_timeline(log.records, read_at=LATER))
    made.add(station(2), read_timeline([], read_at=LATER))
    return made


def test_a_row_a_port_by_a_law() -> None:
    made = table("afirev")
    one, other, unseen = rows(made.sheet())
    assert (one["port"], one["down_s"], one["out_over_7_days"], one["kept"]) == ("1", str(8 * 86400), "yes", "no")
    assert (one["outage_min"], one["excluded_min"]) == ("11520.000", "0.000")
    assert (one["since_utc"], one["until_utc"]) == ("2026-04-30T22:00:00Z", "2026-10-31T23:00:00Z")
    assert (other["port"], other["not_observed_s"]) == ("2", str((24 + 745 - 8 * 24) * 3600))
    assert (unseen["uptime_pct"], unseen["kept"], unseen["never_seen_s"]) == ("", "", unseen["period_s"])
    (said,) = made.said()
    assert "2 ports, on average 37.516 to 75.032 % up" in said
    assert "0 keep it, 2 do not, of 0 it cannot be said; 2 were out for more than 7 days running" in said


def test_by_nevi_what_was_not_observed_may_decide() -> None:
    (row, *_) = rows(table("nevi").sheet())
    assert (row["kept"], row["clause"]) == ("no", "23 CFR 680.116(b)")
    log = Log().heard(BEGIN - DAY).status(BEGIN - DAY, "1", Status.AVAILABLE).blind(BEGIN, BEGIN + 2 * DAY)
    made = LawTable(LAWS["nevi"], date(2026, 11, 1), ZONE, LATER)
    made.add(station(), read_timeline(log.records, read_at=LATER))
    (row,) = rows(made.sheet())
    assert row["kept"] == "unknown"
    assert timedelta(seconds=int(row["not_observed_s"])) == 48 * HOUR


def test_where_no_port_was_seen_that_is_said() -> None:
    made = LawTable(LAWS["uk"], date(2026, 11, 1), ZONE, LATER)
    assert made.said() == ["SI 2023/1168 reg. 7: no port was seen in the period"]
