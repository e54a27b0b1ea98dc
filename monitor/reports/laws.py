"""The uptime of every port by one law, as a table."""

from __future__ import annotations

from datetime import timedelta
from fractions import Fraction
from typing import TYPE_CHECKING, Final

from monitor.core import timeline
from monitor.core.uptime import Afirev, ports_of, until_read
from monitor.reports.sheets import account_cells, percentage, share_cells, utc, where_cells, write_sheet

if TYPE_CHECKING:
    from datetime import date, datetime, tzinfo

    from monitor.core.registry import Station
    from monitor.core.timeline import Timeline
    from monitor.core.uptime import Account, Law, Shares

LAW_KINDS: Final = timeline.KINDS
"""Events that the table is made of."""
_KEPT: Final = {True: "yes", False: "no", None: "unknown"}
_MINUTE: Final = timedelta(minutes=1)
_HEAD: Final = (
    *("law", "clause", "station", "site", "address", "bearer", "port", "since_utc", "until_utc", "period_s", "never_seen_s"),
    *("not_observed_s", "excluded_s", "down_s", "up_s", "longest_down_s", "uptime_pct", "least_pct", "most_pct", "kept"),
    *("outage_min", "excluded_min", "out_over_7_days"),
)


class LawTable:
    """Rows a port, gathered station by station."""

    def __init__(self, law: Law, until: date, zone: tzinfo, read_at: datetime) -> None:
        """Judge by `law` the period that ends with the beginning of `until` in `zone`."""
        self._law = law
        self._read_at = read_at
        self.period = law.period(until, zone)
        self._rows: list[list[str]] = []
        self._judged: list[tuple[Account, Shares]] = []

    def add(self, station: Station, past: Timeline) -> None:
        """Add the ports of `station`."""
        law, passed = self._law, until_read(self.period, past)
        for port in ports_of(past, station.connectors):
            account = law.account(past, port, self.period)
            shares = law.shares(account)
            if shares is not None:
                self._judged.append((account, shares))
            self._rows.append(
                [
                    *(law.name, law.clause, *where_cells(station), port, utc(passed.since), utc(passed.until)),
                    *account_cells(account),
                    *share_cells(shares),
                    "" if shares is None else _KEPT[law.kept(shares)],
                    *(_minutes(account.down + account.excluded), _minutes(account.excluded)),
                    "yes" if account.longest_down > Afirev.too_long else "no",
                ]
            )

    def sheet(self) -> bytes:
        """Return the table as CSV."""
        return write_sheet(_HEAD, self._rows)

    def said(self) -> list[str]:
        """Return what it comes to, for whoever asked."""
        count = len(self._judged)
        if not count:
            return [f"{self._law.clause}: no port was seen in the period"]
        least = sum((shares.least for _, shares in self._judged), Fraction()) / count
        most = sum((shares.most for _, shares in self._judged), Fraction()) / count
        kept = [self._law.kept(shares) for _, shares in self._judged]
        long = sum(account.longest_down > Afirev.too_long for account, _ in self._judged)
        average = f"on average {percentage(least)} to {percentage(most)} % up"
        keeping = f"{kept.count(True)} keep it, {kept.count(False)} do not, of {kept.count(None)} it cannot be said"
        return [f"{self._law.clause}: {count} ports, {average}; {keeping}; {long} were out for more than 7 days running"]


def _minutes(span: timedelta) -> str:
    """Return minutes to the thousandth."""
    thousandths = round(span / _MINUTE * 1000)
    return f"{thousandths // 1000}.{thousandths % 1000:03}"
