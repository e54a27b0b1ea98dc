"""Tables as CSV (RFC 4180: CRLF, quotes doubled), in English and in exact seconds, for a machine or a spreadsheet.

No cell that a person or a station wrote is a formula to a spreadsheet. Times are UTC, local beside it where a report
has a zone.
"""

from __future__ import annotations

import csv
import io
from typing import TYPE_CHECKING, Final

from monitor.registry.columns import spreadsheet_safe
from monitor.reports.figures import DECIMALS, rounded_down, seconds

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from datetime import datetime
    from fractions import Fraction

    from monitor.core.guarantee import Line
    from monitor.core.registry import Station
    from monitor.core.uptime import Account, Shares
    from monitor.reports.continuity import ContinuityReport

_WHERE: Final = ("station", "site", "address", "bearer")
_ACCOUNT: Final = ("period_s", "never_seen_s", "not_observed_s", "excluded_s", "down_s", "up_s", "longest_down_s")
_SHARES: Final = ("availability_pct", "least_pct", "most_pct")


def write_sheet(head: Sequence[str], rows: Iterable[Sequence[str]]) -> bytes:
    """Return a CSV with a header, as UTF-8 with a mark, by which spreadsheets know it."""
    text = io.StringIO(newline="")
    writer = csv.writer(text, lineterminator="\r\n")
    writer.writerow(head)
    writer.writerows([[spreadsheet_safe(cell) for cell in row] for row in rows])
    return text.getvalue().encode("utf-8-sig")


def utc(at: datetime | None) -> str:
    """Return an instant as RFC 3339 UTC; an empty text for none."""
    return "" if at is None else at.isoformat().replace("+00:00", "Z")


def percentage(share: Fraction | None) -> str:
    """Return a share as a percentage, rounded down; an empty text for none."""
    if share is None:
        return ""
    whole, rest = divmod(rounded_down(share), 10**DECIMALS)
    return f"{whole}.{rest:0{DECIMALS}}"


def account_cells(account: Account) -> list[str]:
    """Return the parts of an account in seconds."""
    parts = (account.whole, account.outside, account.unknown, account.excluded, account.down, account.up, account.longest_down)
    return [seconds(part) for part in parts]


def share_cells(shares: Shares | None) -> list[str]:
    """Return availability of the observed time, and its two bounds."""
    return ["", "", ""] if shares is None else [percentage(one) for one in (shares.known, shares.least, shares.most)]


def where_cells(station: Station) -> list[str]:
    """Return what a station is found by."""
    return [station.sticker, station.site, station.address, station.bearer.value]


def breach_sheet(report: ContinuityReport) -> bytes:
    """Return a row a breach, by its beginning; `lost_s` is its time in the month, without what was not observed or planned."""
    head = (
        *("breach", *_WHERE, "guaranteed", "since_utc", "until_utc", "since_local", "until_local"),
        *("length_s", "lost_s", "counted_here", "cause", "party", "incident"),
    )
    zone, read_at = report.question.zone, report.question.read_at
    pairs = [(line, breach) for line in report.lines for breach in line.breaches]
    rows = []
    for line, breach in sorted(pairs, key=lambda pair: (pair[1].outage.since, pair[0].station.sticker)):
        outage = breach.outage
        ended = outage.until
        rows.append(
            [
                *(f"{line.station.sticker}-{outage.number}", *where_cells(line.station), _yes(line.guaranteed)),
                *(utc(outage.since), utc(ended), outage.since.astimezone(zone).isoformat()),
                "" if ended is None else ended.astimezone(zone).isoformat(),
                *(seconds((ended or read_at) - outage.since), seconds(breach.lost), _yes(breach.begun)),
                *(outage.cause.value, outage.party.value, outage.incident or ""),
            ]
        )
    return write_sheet(head, rows)


def line_sheet(report: ContinuityReport) -> bytes:
    """Return a row a station, and the sum of the guaranteed ones as the last; `down_s` is what the owner answers for."""
    head = (*_WHERE, "guaranteed", "breaches", "owner_breaches", *_ACCOUNT, "others_down_s", *_SHARES)
    rows = [[*where_cells(line.station), _yes(line.guaranteed), *_line_cells(line)] for line in report.lines]
    summary = report.summary
    others = sum((tally.lost for tally in summary.tallies), -summary.account.down)
    total = ["TOTAL", "", "", "", "yes", str(summary.count), str(summary.his), *account_cells(summary.account), seconds(others)]
    return write_sheet(head, [*rows, [*total, *share_cells(summary.shares)]])


def _line_cells(line: Line) -> list[str]:
    lost = sum((breach.lost for breach in line.breaches), -line.account.down)
    begun = [breach for breach in line.breaches if breach.begun]
    his = [breach for breach in begun if breach.outage.party == "owner"]
    return [str(len(begun)), str(len(his)), *account_cells(line.account), seconds(lost), *share_cells(line.shares)]


def finding_sheet(report: ContinuityReport) -> bytes:
    """Return a row a finding, by when it was first seen."""
    rows = [
        [*where_cells(station), one.kind.value, one.detail, str(one.times), utc(one.first), utc(one.last)]
        for station, one in report.found
    ]
    return write_sheet((*_WHERE, "finding", "detail", "times", "first_utc", "last_utc"), rows)


def _yes(value: bool) -> str:  # noqa: FBT001  (it is what is written)
    return "yes" if value else "no"
