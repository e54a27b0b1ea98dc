"""An owner's October with everything in it, and a report of it."""

from __future__ import annotations

import ipaddress
from datetime import timedelta
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from monitor.core.breaches import Cause, Party
from monitor.core.events import ContestNoted
from monitor.core.months import Month
from monitor.core.registry import Bearer, Contact, Language, LifeCycle
from monitor.core.uptime import Continuity
from monitor.reports.continuity import ContinuityReport, Question, ReportDraft
from tests.support.logs import DAY, GRACE, HOUR, Log, station, utc

if TYPE_CHECKING:
    from datetime import datetime
    from fractions import Fraction

ZONE = ZoneInfo("Europe/Luxembourg")
OCTOBER = Month(year=2026, month=10)
BEGIN = OCTOBER.span(ZONE).since
LATER = utc(2026, 11, 28)
EVIL = '=HYPERLINK("x")'
OWNER = Contact(name="Ville d'Esch", language=Language.FR)


def question(
    language: Language = Language.EN, read_at: datetime = LATER, goal: Fraction | None = None, month: Month = OCTOBER
) -> Question:
    """Return a question about October."""
    return Question(
        owner="Ville d'Esch",
        language=language,
        month=month,
        zone=ZONE,
        law=Continuity(goal),
        read_at=read_at,
        networks=[ipaddress.ip_network("10.0.0.0/8")],
        graces={Bearer.LAN: timedelta(minutes=15), Bearer.GPRS: timedelta(minutes=20)},
    )


def busy() -> Log:
    """Return the log of a line on which everything happened."""
    log = Log().heard(BEGIN - 9 * DAY).link(BEGIN - 9 * DAY, "10.0.0.7")
    log.breach(BEGIN - HOUR, BEGIN + 2 * HOUR).breach(BEGIN + 3 * DAY, BEGIN + 4 * DAY, Cause.POWER, Party.GRID)
    log.blind(BEGIN + 6 * DAY, BEGIN + 6 * DAY + 3 * HOUR).plan(BEGIN + 8 * DAY, BEGIN + 9 * DAY)
    log.link(BEGIN + 10 * DAY, "94.252.10.7").add(ContestNoted(at=BEGIN + 11 * DAY, address="10.0.0.9", times=2))
    return log.open(BEGIN + 30 * DAY)


def report(asked: Question | None = None) -> ContinuityReport:
    """Return a report of three stations and one that is left out."""
    draft = ReportDraft(asked or question())
    lan = station(1, owner=OWNER, site="Parking Brill", address=EVIL, security_profile=1)
    late = station(2, Bearer.WIFI, owner=OWNER, site='#strong[Lycée] *x* $y$ \\ "q" <a> @b [c]')
    gprs = station(3, Bearer.GPRS, owner=OWNER)
    draft.add(lan, busy().records, None)
    draft.add(late, Log(2).heard(BEGIN + 20 * DAY + GRACE).records, None)
    draft.add(gprs, Log(3, Bearer.GPRS).heard(BEGIN - DAY).breach(BEGIN + DAY, BEGIN + 2 * DAY, party=Party.NETWORK).records, None)
    return draft.report([station(4, owner=OWNER, life_cycle=LifeCycle.RETIRED)])
