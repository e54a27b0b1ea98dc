"""The arithmetic of chance: tails against exact sums, and what is measured of a group hour by hour."""

from __future__ import annotations

from fractions import Fraction
from math import comb, exp, factorial, isclose, log

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.core.chance import (
    HOURS,
    PRIOR_DROP,
    PRIOR_MISS,
    Chance,
    hour_of,
    log_binomial_tail,
    log_both,
    log_poisson_tail,
    probability,
)

HOUR_S = 3600.0
DAY_S = HOURS * HOUR_S
CHANCES = st.floats(0.001, 0.25)
SURPRISES = st.floats(-200.0, 0.0)


def binomial_tail(hits: int, trials: int, chance: Fraction) -> Fraction:
    """Return P(at least `hits` of `trials`) exactly."""
    return sum((comb(trials, k) * chance**k * (1 - chance) ** (trials - k) for k in range(hits, trials + 1)), Fraction(0))


def poisson_tail(hits: int, mean: Fraction) -> float:
    """Return P(at least `hits`) term by term, far beyond where terms count."""
    return exp(-mean) * float(sum((mean**k / factorial(k) for k in range(hits, hits + 80)), Fraction(0)))


@pytest.mark.parametrize("chance", [Fraction(1, 500), Fraction(1, 100), Fraction(1, 4), Fraction(9, 10)])
@pytest.mark.parametrize(("hits", "trials"), [(1, 1), (1, 40), (3, 3), (3, 40), (12, 40), (40, 40), (7, 300)])
def test_the_binomial_tail_is_the_exact_sum(hits: int, trials: int, chance: Fraction) -> None:
    assert isclose(log_binomial_tail(hits, trials, float(chance)), log(binomial_tail(hits, trials, chance)), abs_tol=1e-9)


@pytest.mark.parametrize("mean", [Fraction(1, 1000), Fraction(1, 10), Fraction(1), Fraction(5, 2), Fraction(9)])
@pytest.mark.parametrize("hits", [1, 3, 10, 30])
def test_the_poisson_tail_is_the_exact_sum_above_its_mean(hits: int, mean: Fraction) -> None:
    if mean < hits:
        assert isclose(log_poisson_tail(hits, float(mean)), log(poisson_tail(hits, mean)), abs_tol=1e-9)
    else:
        assert log_poisson_tail(hits, float(mean)) == 0.0, "what is expected surprises nobody"


def test_the_poisson_tail_of_many_is_still_the_exact_sum() -> None:
    exact = float(sum((Fraction(900) ** k / factorial(k) for k in range(901, 1400)), Fraction(0)) / 10**300)
    assert isclose(log_poisson_tail(901, 900.0), log(exact) + 300 * log(10) - 900.0, abs_tol=1e-3)


def test_nothing_is_no_surprise() -> None:
    assert log_binomial_tail(0, 10, 0.01) == log_poisson_tail(0, 0.1) == log_both(0.0, 0.0) == 0.0


def test_more_hits_than_trials_count_as_that_many_trials() -> None:
    assert log_binomial_tail(5, 3, 0.1) == log_binomial_tail(5, 5, 0.1)


@given(hits=st.integers(0, 60), more=st.integers(0, 200), chance=CHANCES)
def test_one_more_hit_surprises_no_less(hits: int, more: int, chance: float) -> None:
    trials = hits + 1 + more
    assert log_binomial_tail(hits + 1, trials, chance) <= log_binomial_tail(hits, trials, chance) + 1e-9 <= 1e-9


@given(hits=st.integers(1, 60), more=st.integers(0, 200), chance=CHANCES)
def test_the_same_hits_among_more_trials_surprise_no_more(hits: int, more: int, chance: float) -> None:
    assert log_binomial_tail(hits, hits + more, chance) <= log_binomial_tail(hits, hits + more + 1, chance) + 1e-9


@given(hits=st.integers(1, 60), mean=st.floats(1e-6, 80.0), more=st.floats(0.0, 20.0))
def test_a_poisson_surprise_grows_with_the_hits_and_shrinks_with_the_mean(hits: int, mean: float, more: float) -> None:
    assert log_poisson_tail(hits + 1, mean) <= log_poisson_tail(hits, mean) + 1e-9 <= 1e-9
    assert log_poisson_tail(hits, mean) <= log_poisson_tail(hits, mean + more) + 1e-9


@given(first=SURPRISES, second=SURPRISES)
def test_two_surprises_together_are_less_than_their_product_and_do_not_depend_on_their_order(first: float, second: float) -> None:
    both = log_both(first, second)
    assert first + second <= both <= 0.0
    assert both == log_both(second, first)
    assert log_both(first, 0.0) == first, "what is no surprise adds nothing and takes nothing away"


def test_fisher_s_method_is_exact_for_two() -> None:
    # P(U1 U2 <= p) = p (1 - ln p) for two uniform chances.
    product = 0.03 * 0.2
    assert isclose(exp(log_both(log(0.03), log(0.2))), product * (1.0 - log(product)))


@given(log_odds=st.floats(-1e6, 1e6), more=st.floats(0.0, 1e3))
def test_a_probability_is_one_and_grows_with_its_odds(log_odds: float, more: float) -> None:
    assert 0.0 <= probability(log_odds) <= probability(log_odds + more) <= 1.0
    assert isclose(probability(0.0), 0.5)


# ---------------------------------------------------------------------------------------------------------- measuring


def test_before_anything_is_measured_the_prior_stands() -> None:
    nobody = Chance()
    assert isclose(nobody.miss(0.0, nobody), PRIOR_MISS)
    assert isclose(nobody.drop(0.0, nobody), PRIOR_DROP)


def test_time_is_counted_in_the_hour_in_which_it_passed() -> None:
    chance = Chance()
    chance.pass_time(2.5 * HOUR_S, 0.1, 10)
    assert sum(chance.trials) == 0.0, "nothing passed before the first look"
    chance.pass_time(4.25 * HOUR_S, 0.1, 10)
    assert {hour: round(one) for hour, one in enumerate(chance.time_s) if one} == {2: 18_000, 3: 36_000, 4: 9_000}
    assert {hour: round(one) for hour, one in enumerate(chance.trials) if one} == {2: 180, 3: 360, 4: 90}


def test_time_that_stands_still_or_runs_back_counts_nothing() -> None:
    chance = Chance()
    for now in (HOUR_S, HOUR_S, HOUR_S - 60.0):
        chance.pass_time(now, 1.0, 1)
    assert sum(chance.trials) == sum(chance.time_s) == 0.0


def test_midnight_is_passed() -> None:
    chance = Chance()
    chance.pass_time(23.5 * HOUR_S, 1.0, 1)
    chance.pass_time(24.5 * HOUR_S, 1.0, 1)
    assert (chance.time_s[23], chance.time_s[0]) == (HOUR_S / 2, HOUR_S / 2)


def test_days_in_which_nobody_looked_are_spread_over_all_hours() -> None:
    chance = Chance()
    chance.pass_time(0.0, 0.5, 4)
    chance.pass_time(3 * DAY_S, 0.5, 4)
    assert all(isclose(one, 3 * HOUR_S * 4) for one in chance.time_s)
    assert isclose(sum(chance.trials), 3 * DAY_S * 0.5)


def test_of_more_than_sixty_days_half_is_forgotten_and_the_share_stays() -> None:
    chance = Chance()
    chance.pass_time(0.0, 0.5, 4)
    chance.pass_time(60 * DAY_S, 0.5, 4)
    for dropped in (True, False):
        chance.count(7 * HOUR_S, dropped=dropped)
    assert isclose(chance.time_s[7], 60 * HOUR_S * 4)
    chance.pass_time(62 * DAY_S, 0.5, 4)
    assert isclose(chance.time_s[7], 31 * HOUR_S * 4)
    assert isclose(chance.trials[7], 31 * HOUR_S * 0.5)
    assert (chance.drops[7], chance.misses[7]) == (0.5, 0.5)


@given(steps=st.lists(st.floats(0.0, 5 * DAY_S), max_size=12))
def test_all_time_is_counted_once(steps: list[float]) -> None:
    chance, now = Chance(), 1_000.0
    chance.pass_time(now, 0.5, 3)
    for step in steps:
        now += step
        chance.pass_time(now, 0.5, 3)
    assert isclose(sum(chance.time_s), 3 * (now - 1_000.0), rel_tol=1e-6, abs_tol=1e-3)
    assert isclose(sum(chance.trials), 0.5 * (now - 1_000.0), rel_tol=1e-6, abs_tol=1e-3)


def test_a_bad_hour_is_learnt_and_the_others_are_spared() -> None:
    group, fleet = Chance(), Chance()
    for day in range(60):
        for hour in range(HOURS):
            at = day * DAY_S + hour * HOUR_S
            group.pass_time(at, 0.2, 60)
            for _ in range(200 if hour == 3 else 4):
                group.count(at, dropped=False)
    night, noon = 3 * HOUR_S, 12 * HOUR_S
    assert group.miss(night, fleet) > 10 * group.miss(noon, fleet)
    assert group.drop(night, fleet) == pytest.approx(group.drop(noon, fleet), rel=0.2), "a missed sign is no lost socket"


def test_a_lost_socket_is_no_missed_sign() -> None:
    chance = Chance()
    chance.count(5 * HOUR_S + 1.0, dropped=True)
    assert (chance.drops[5], sum(chance.misses)) == (1.0, 0.0)


def test_a_group_that_has_seen_little_leans_on_the_fleet() -> None:
    fleet, fresh = Chance(), Chance()
    fleet.pass_time(0.0, 10.0, 3000)
    fleet.pass_time(30 * DAY_S, 10.0, 3000)
    for _ in range(int(sum(fleet.trials) * 0.08)):
        fleet.misses[4] += 1.0
    assert fresh.miss(0.0, fleet) == pytest.approx(0.08, rel=0.05)
    assert fresh.drop(0.0, fleet) < PRIOR_DROP, "nobody has lost a socket in a month"
    fresh.pass_time(0.0, 10.0, 3000)
    fresh.pass_time(30 * DAY_S, 10.0, 3000)
    assert fresh.miss(0.0, fleet) < 0.01, "what it has seen itself counts for more"


@given(misses=st.floats(0.0, 1e6), trials=st.floats(0.0, 1e6), drops=st.floats(0.0, 1e6), at=st.floats(0.0, 4e9))
def test_no_measurement_makes_a_chance_that_is_none(misses: float, trials: float, drops: float, at: float) -> None:
    chance = Chance(misses=[misses] * HOURS, trials=[trials] * HOURS, drops=[drops] * HOURS)
    assert 0.0 < chance.miss(at, chance) < 1.0
    assert chance.drop(at, chance) > 0.0
    assert 0 <= hour_of(at) < HOURS
