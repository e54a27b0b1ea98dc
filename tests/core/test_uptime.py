"""The rule sets: what each law counts as down, excuses or cannot know, and that the parts add up to the whole."""

from __future__ import annotations

from datetime import date, timedelta
from fractions import Fraction
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.core.breaches import Cause, Party
from monitor.core.events import State
from monitor.core.guarantee import add_up, read_line, sum_up
from monitor.core.months import Month
from monitor.core.observations import Status
from monitor.core.registry import Bearer
from monitor.core.timeline import Timeline, read_timeline
from monitor.core.uptime import LAWS, Account, Continuity, Shares, ports_of
from tests.support.logs import DAY, HOUR, Log, span, station, utc

if TYPE_CHECKING:
    from datetime import datetime

    from monitor.core.spans import Span
    from monitor.core.uptime import Law

ZONE = ZoneInfo("Europe/Luxembourg")
BEGIN = utc(2026, 1, 1)
NOW = utc(2027, 1, 1)
YEAR = span(BEGIN, NOW)
ZERO = timedelta()
NEVI, UK, AFIREV, CONTINUITY = (LAWS[name] for name in ("nevi", "uk", "afirev", "continuity"))


def read(log: Log, read_at: datetime = NOW) -> Timeline:
    return read_timeline(log.records, read_at=read_at)


def sound() -> Log:
    """Return the log of a station with one port that has been well since before the year."""
    return Log().heard(BEGIN - DAY).status(BEGIN - DAY, "1", Status.AVAILABLE)


def parts(account: Account) -> timedelta:
    return account.outside + account.up + account.down + account.excluded + account.unknown


FAULT = (10 * DAY, 12 * DAY)


def faulty(status: Status = Status.FAULTED, connector: str = "1") -> Log:
    log = sound().status(BEGIN + 10 * DAY, connector, status)
    return log.status(BEGIN + 12 * DAY, connector, Status.AVAILABLE)


def cut(cause: Cause, party: Party = Party.UNKNOWN) -> Log:
    return sound().breach(BEGIN + 10 * DAY, BEGIN + 12 * DAY, cause, party)


TWO = 2 * DAY
CASES = [
    # what happened for two days               NEVI (down, excluded, unknown)  UK                  AFIREV
    ("nothing", sound(), (ZERO, ZERO, ZERO), (ZERO, ZERO, ZERO), (ZERO, ZERO, ZERO)),
    ("faulted", faulty(), (TWO, ZERO, ZERO), (TWO, ZERO, ZERO), (TWO, ZERO, ZERO)),
    ("unavailable", faulty(Status.UNAVAILABLE), (TWO, ZERO, ZERO), (TWO, ZERO, ZERO), (TWO, ZERO, ZERO)),
    ("whole station", faulty(connector="0"), (TWO, ZERO, ZERO), (TWO, ZERO, ZERO), (TWO, ZERO, ZERO)),
    ("another port", faulty(connector="2"), (ZERO, ZERO, ZERO), (ZERO, ZERO, ZERO), (ZERO, ZERO, ZERO)),
    ("occupied", faulty(Status.OCCUPIED), (ZERO, ZERO, ZERO), (ZERO, ZERO, ZERO), (ZERO, ZERO, ZERO)),
    ("unheard-of word", faulty(Status.UNKNOWN), (ZERO, ZERO, ZERO), (ZERO, ZERO, TWO), (ZERO, ZERO, ZERO)),
    ("cut off", cut(Cause.BEARER), (TWO, ZERO, ZERO), (ZERO, ZERO, TWO), (TWO, ZERO, ZERO)),
    ("power cut", cut(Cause.POWER, Party.GRID), (ZERO, TWO, ZERO), (ZERO, ZERO, TWO), (TWO, ZERO, ZERO)),
    ("we were deaf", sound().blind(BEGIN + 10 * DAY, BEGIN + 12 * DAY), (ZERO, ZERO, TWO), (ZERO, ZERO, TWO), (ZERO, ZERO, TWO)),
    ("collector gone", cut(Cause.OBSERVER, Party.US), (ZERO, ZERO, TWO), (ZERO, ZERO, TWO), (ZERO, ZERO, TWO)),
    (
        "planned, unhurt",
        sound().plan(BEGIN + 10 * DAY, BEGIN + 12 * DAY),
        (ZERO, ZERO, ZERO),
        (ZERO, ZERO, ZERO),
        (ZERO, ZERO, ZERO),
    ),
    (
        "planned, faulted in it",
        sound()
        .plan(BEGIN + 9 * DAY, BEGIN + 20 * DAY)
        .status(BEGIN + 10 * DAY, "1", Status.FAULTED)
        .status(BEGIN + 12 * DAY, "1", Status.AVAILABLE),
        (ZERO, TWO, ZERO),
        (TWO, ZERO, ZERO),
        (TWO, ZERO, ZERO),
    ),
    (
        "faulted before it was planned",
        sound()
        .status(BEGIN + 10 * DAY, "1", Status.FAULTED)
        .plan(BEGIN + 11 * DAY, BEGIN + 20 * DAY)
        .status(BEGIN + 12 * DAY, "1", Status.AVAILABLE),
        (TWO, ZERO, ZERO),
        (TWO, ZERO, ZERO),
        (TWO, ZERO, ZERO),
    ),
    (
        "power cut of a faulty port",
        sound()
        .status(BEGIN + 10 * DAY, "1", Status.FAULTED)
        .breach(BEGIN + 10 * DAY, BEGIN + 12 * DAY, Cause.POWER, Party.GRID)
        .status(BEGIN + 12 * DAY, "1", Status.AVAILABLE),
        (TWO, ZERO, ZERO),
        (TWO, ZERO, ZERO),
        (TWO, ZERO, ZERO),
    ),
]


@pytest.mark.parametrize(("log", "nevi", "uk", "afirev"), [case[1:] for case in CASES], ids=[case[0] for case in CASES])
def test_what_each_law_makes_of_two_days(
    log: Log, nevi: tuple[timedelta, ...], uk: tuple[timedelta, ...], afirev: tuple[timedelta, ...]
) -> None:
    for law, expected in ((NEVI, nevi), (UK, uk), (AFIREV, afirev)):
        account = law.account(read(log), "1", YEAR)
        assert (account.down, account.excluded, account.unknown) == expected, law.name
        assert parts(account) == account.whole == 365 * DAY
        assert account.longest_down == account.down
        assert account.outside == ZERO


def test_nevi_is_the_formula_of_its_clause() -> None:
    """(525,600 - (T_outage - T_excluded)) / 525,600."""
    log = cut(Cause.BEARER).breach(BEGIN + 20 * DAY, BEGIN + 21 * DAY, Cause.POWER, Party.GRID)
    account = NEVI.account(read(log), "1", YEAR)
    outage, excluded = account.down + account.excluded, account.excluded
    shares = NEVI.shares(account)
    assert shares is not None
    expected = Fraction(525_600 - (outage - excluded) // timedelta(minutes=1), 525_600)
    assert shares == Shares(least=expected, most=expected, known=expected)
    assert expected == 1 - Fraction(2, 365)


def test_nevi_has_525600_minutes_in_a_leap_year_too() -> None:
    begin = utc(2024, 1, 1)
    leap = span(begin, utc(2025, 1, 1))
    log = Log().heard(begin - DAY).status(begin - DAY, "1", Status.FAULTED)
    account = NEVI.account(read(log), "1", leap)
    assert account.whole == account.down == 366 * DAY
    assert NEVI.shares(account) == Shares(least=Fraction(0), most=Fraction(0), known=Fraction(0))
    log.status(begin + 36 * DAY + 12 * HOUR, "1", Status.AVAILABLE)
    shares = NEVI.shares(NEVI.account(read(log), "1", leap))
    assert shares is not None
    assert shares.most == Fraction(9, 10)


def test_nevi_takes_off_the_time_before_a_port_existed() -> None:
    log = Log().heard(BEGIN + 265 * DAY).status(BEGIN + 265 * DAY, "1", Status.FAULTED)
    log.status(BEGIN + 275 * DAY, "1", Status.AVAILABLE)
    account = NEVI.account(read(log), "1", YEAR)
    assert account.outside == 265 * DAY
    shares = NEVI.shares(account)
    assert shares is not None
    assert shares.most == Fraction(9, 10)


@pytest.mark.parametrize("law", LAWS.values(), ids=list(LAWS))
def test_what_was_never_heard_has_no_share(law: Law) -> None:
    account = law.account(read(Log()), "1", YEAR)
    assert account.outside == account.whole
    assert law.shares(account) is None


@pytest.mark.parametrize("law", LAWS.values(), ids=list(LAWS))
def test_deafness_is_shown_as_two_bounds(law: Law) -> None:
    account = law.account(read(sound().blind(BEGIN, BEGIN + 73 * DAY)), "1", YEAR)
    assert law.shares(account) == Shares(least=Fraction(4, 5), most=Fraction(1), known=Fraction(1))
    deaf = law.account(read(sound().state(State.ONLINE, State.UNKNOWN, BEGIN - HOUR)), "1", YEAR)
    assert law.shares(deaf) == Shares(least=Fraction(0), most=Fraction(1), known=None)


HALF, MORE = Fraction(1, 2), Fraction(999, 1000)


@pytest.mark.parametrize(
    ("law", "least", "most", "kept"),
    [
        (NEVI, Fraction(97, 100), Fraction(97, 100), False),
        (NEVI, Fraction(971, 1000), Fraction(1), True),
        (NEVI, HALF, MORE, None),
        (UK, HALF, Fraction(99, 100), True),
        (UK, HALF, Fraction(98, 100), False),
        (AFIREV, Fraction(99, 100), Fraction(1), True),
        (AFIREV, HALF, HALF, False),
        (AFIREV, HALF, MORE, None),
        (Continuity(MORE), MORE, Fraction(1), True),
        (Continuity(MORE), HALF, HALF, False),
        (Continuity(MORE), HALF, Fraction(1), None),
        (Continuity(), Fraction(0), Fraction(0), True),
    ],
)
def test_a_law_is_kept_broken_or_cannot_be_judged(law: Law, least: Fraction, most: Fraction, kept: bool | None) -> None:
    assert law.kept(Shares(least=least, most=most, known=None)) is kept


def local(law: Law, until: date) -> list[str]:
    period = law.period(until, ZONE)
    return [at.astimezone(ZONE).isoformat() for at in (period.since, period.until)]


@pytest.mark.parametrize(
    ("law", "until", "since"),
    [
        (NEVI, date(2026, 7, 1), "2025-07-01T00:00:00+02:00"),
        (UK, date(2026, 7, 1), "2026-01-01T00:00:00+01:00"),
        (UK, date(2026, 1, 1), "2025-01-01T00:00:00+01:00"),
        (AFIREV, date(2026, 7, 1), "2026-01-01T00:00:00+01:00"),
        (CONTINUITY, date(2026, 7, 1), "2026-06-01T00:00:00+02:00"),
    ],
)
def test_the_period_of_a_law(law: Law, until: date, since: str) -> None:
    assert local(law, until)[0] == since
    assert local(law, until)[1].startswith(f"{until}T00:00:00")


def test_a_port_that_never_reported_is_not_known_to_be_up() -> None:
    account = NEVI.account(read(sound()), "2", YEAR)
    assert (account.unknown, account.up) == (365 * DAY, ZERO)


def test_out_for_seven_days_running_is_told_by_the_longest() -> None:
    log = faulty().status(BEGIN + 30 * DAY, "1", Status.FAULTED).status(BEGIN + 38 * DAY, "1", Status.AVAILABLE)
    account = AFIREV.account(read(log), "1", YEAR)
    assert (account.down, account.longest_down) == (10 * DAY, 8 * DAY)


@pytest.mark.parametrize(
    ("reported", "registered", "ports"),
    [
        ((), None, ("1",)),
        ((), 2, ("1", "2")),
        (("0", "1", "2"), None, ("1", "2")),
        (("0", "2"), 2, ("1", "2")),
        (("10", "9"), 2, ("9", "10")),
        (("1.1", "1.2"), 2, ("1.1", "1.2")),
        (("1.1",), 2, ("2", "1.1")),
    ],
)
def test_the_ports_of_a_station(reported: tuple[str, ...], registered: int | None, ports: tuple[str, ...]) -> None:
    log = sound()
    log.records.clear()
    for name in reported:
        log.status(BEGIN, name, Status.AVAILABLE)
    assert ports_of(read(log), registered) == ports


# ---------------------------------------------------------------------------------------------------------- the guarantee

OCTOBER = Month(year=2026, month=10).span(ZONE)
MARCH = Month(year=2026, month=3).span(ZONE)


def month_of(log: Log, month: Span = OCTOBER, bearer: Bearer = Bearer.LAN, read_at: datetime = NOW) -> Account:
    return read_line(Continuity(), station(bearer=bearer), read(log, read_at), month).account


def test_only_what_the_owner_answers_for_is_down() -> None:
    at = OCTOBER.since
    log = (
        sound()
        .breach(at + DAY, at + 2 * DAY, Cause.BEARER, Party.OWNER)
        .breach(at + 3 * DAY, at + 5 * DAY, Cause.POWER, Party.GRID)
    )
    line = read_line(Continuity(), station(), read(log), OCTOBER)
    assert line.account.down == DAY
    assert [breach.lost for breach in line.breaches] == [DAY, 2 * DAY]
    assert line.shares is not None
    assert line.shares.known == 1 - Fraction(24, 745)


@pytest.mark.parametrize(("month", "hours"), [(MARCH, 743), (OCTOBER, 745)])
def test_a_month_in_which_the_clocks_change_has_its_real_hours(month: Span, hours: int) -> None:
    account = month_of(sound().breach(month.since, month.until), month)
    assert account.whole == account.down == hours * HOUR


def test_planned_work_is_out_of_the_count() -> None:
    at = OCTOBER.since
    line = read_line(Continuity(), station(), read(sound().plan(at, at + 372 * HOUR + HOUR / 2)), OCTOBER)
    assert line.account.excluded == line.account.whole / 2
    assert line.shares is not None
    assert line.shares.least == 1
    assert line.planned == (span(at, at + 372 * HOUR + HOUR / 2),)


def test_a_month_under_way_ends_now() -> None:
    account = month_of(sound(), read_at=OCTOBER.since + 3 * DAY)
    assert account.whole == account.up == 3 * DAY
    assert month_of(sound(), read_at=OCTOBER.since - DAY).whole == ZERO


def test_a_breach_across_the_end_of_a_month_is_cut_for_sums_and_counted_once() -> None:
    november = Month(year=2026, month=11).span(ZONE)
    edge = OCTOBER.until
    past = read(sound().breach(edge - 5 * HOUR, edge + 7 * HOUR))
    lines = [read_line(Continuity(), station(), past, month) for month in (OCTOBER, november)]
    assert [line.account.down for line in lines] == [5 * HOUR, 7 * HOUR]
    assert [[breach.begun for breach in line.breaches] for line in lines] == [[True], [False]]
    sums = [sum_up(Continuity(), [line]) for line in lines]
    assert [one.count for one in sums] == [1, 0]
    assert [one.longest for one in sums] == [5 * HOUR, 7 * HOUR]


@pytest.mark.parametrize(("since", "until", "listed"), [(-2, -1, 0), (-1, 0, 0), (0, 0, 1), (744, 745, 1), (745, 746, 0)])
def test_a_breach_belongs_to_the_months_that_it_touches(since: int, until: int, listed: int) -> None:
    at = OCTOBER.since
    past = read(sound().breach(at + since * HOUR, at + until * HOUR))
    assert len(read_line(Continuity(), station(), past, OCTOBER).breaches) == listed


def test_a_breach_that_is_judged_again_changes_the_month_that_is_over() -> None:
    log = sound().breach(OCTOBER.until - 2 * HOUR, OCTOBER.until - HOUR)
    assert month_of(log).down == HOUR
    assert month_of(log.revise(OCTOBER.until + HOUR, Cause.POWER, Party.GRID)).down == ZERO


def test_lines_are_added_up_by_cause() -> None:
    at = OCTOBER.since
    one = sound().breach(at, at + DAY).breach(at + 2 * DAY, at + 2 * DAY + HOUR, Cause.POWER, Party.GRID)
    other = sound().breach(at + DAY, at + 3 * DAY, Cause.POWER, Party.GRID).breach(at + 4 * DAY, at + 5 * DAY)
    law = Continuity()
    lines = [read_line(law, station(n, Bearer.WIFI), read(log), OCTOBER) for n, log in ((1, one), (2, other))]
    summary = sum_up(law, lines)
    assert (summary.lines, summary.count, summary.his, summary.longest) == (2, 4, 2, 2 * DAY)
    assert [(tally.cause, tally.party, tally.count, tally.lost) for tally in summary.tallies] == [
        (Cause.POWER, Party.GRID, 2, 2 * DAY + HOUR),
        (Cause.BEARER, Party.OWNER, 2, 2 * DAY),
    ]
    assert summary.account == add_up(line.account for line in lines)
    assert summary.account.whole == 2 * 745 * HOUR
    assert summary.shares is not None
    assert summary.shares.known == 1 - Fraction(48, 2 * 745)


def test_no_lines_have_no_share() -> None:
    summary = sum_up(Continuity(), [])
    assert (summary.lines, summary.shares, summary.longest, summary.tallies) == (0, None, ZERO, ())


def test_a_line_by_gprs_is_not_the_owners() -> None:
    assert not read_line(Continuity(), station(bearer=Bearer.GPRS), read(sound()), OCTOBER).guaranteed


# ---------------------------------------------------------------------------------------------------------- whatever happens

STEPS = st.lists(
    st.tuples(st.integers(1, 900), st.integers(0, 900), st.sampled_from(list(Cause)), st.sampled_from(list(Party)), st.booleans()),
    max_size=8,
)


def life(steps: list[tuple[int, int, Cause, Party, bool]]) -> Log:
    """Return the log of a year in which all sorts of things happen, to the microsecond."""
    log, at = Log().heard(BEGIN + DAY), BEGIN + DAY
    for wait, long, cause, party, planned in steps:
        since = at + wait * HOUR + timedelta(microseconds=wait)
        at = since + long * HOUR + timedelta(microseconds=long)
        if planned:
            log.plan(since - HOUR, at + HOUR)
        if cause is Cause.SITE:
            log.blind(since, at)
        else:
            log.breach(since, at, cause, party)
        log.status(at, "1", Status.FAULTED if wait % 3 == 0 else Status.AVAILABLE)
    return log


MONTHS = [Month(year=2026, month=month).span(ZONE) for month in range(1, 13)]
LOCAL_YEAR = span(MONTHS[0].since, MONTHS[-1].until)


@given(STEPS, st.sampled_from(sorted(LAWS)), st.sampled_from(["", "1", "2"]))
def test_the_parts_add_up_and_months_add_up_to_the_year(
    steps: list[tuple[int, int, Cause, Party, bool]], name: str, port: str
) -> None:
    past, law = read(life(steps)), LAWS[name]
    whole = law.account(past, port, LOCAL_YEAR)
    months = [law.account(past, port, month) for month in MONTHS]
    for account in (whole, *months):
        assert parts(account) == account.whole
        assert ZERO <= account.longest_down <= account.down
        shares = law.shares(account)
        if shares is not None:
            assert 0 <= shares.least <= shares.most <= 1
            assert shares.known is None or shares.least <= shares.known <= shares.most
    added = add_up(months)
    assert (added.whole, added.outside, added.up) == (whole.whole, whole.outside, whole.up)
    assert (added.down, added.excluded, added.unknown) == (whole.down, whole.excluded, whole.unknown)


@given(STEPS)
def test_breaches_of_the_months_are_those_of_the_year(steps: list[tuple[int, int, Cause, Party, bool]]) -> None:
    past, law = read(life(steps)), Continuity()
    year = sum_up(law, [read_line(law, station(), past, LOCAL_YEAR)])
    months = [sum_up(law, [read_line(law, station(), past, month)]) for month in MONTHS]
    assert sum(month.count for month in months) == year.count
    assert sum(month.his for month in months) == year.his
    lost = sum((tally.lost for month in months for tally in month.tallies), ZERO)
    assert lost == sum((tally.lost for tally in year.tallies), ZERO)
    his = sum((tally.lost for tally in year.tallies if tally.party is Party.OWNER), ZERO)
    assert his == year.account.down, "by cause and in all is the same"
