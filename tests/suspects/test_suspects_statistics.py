"""The tests that decide what is more than chance."""

import itertools
import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from watchkeeper.logs.counts import holm
from watchkeeper.suspects.statistics import Growth, calm, growth, rank_p, share_p, shares_p, window_ns


def rank_oracle(a: int, b: int, wins: int) -> float:
    """By listing every order of a and b values."""
    orders = list(itertools.combinations(range(a + b), b))
    count = sum(sum(place - k for k, place in enumerate(order)) >= wins for order in orders)
    return count / len(orders)


@given(st.lists(st.integers(0, 99), min_size=1, max_size=5), st.lists(st.integers(0, 99), min_size=1, max_size=5))
def test_the_rank_test_is_exact(before: list[int], now: list[int]) -> None:
    wins = sum(later > earlier for later in now for earlier in before)
    found = rank_p(np.array(before, dtype=float), np.array(now, dtype=float))
    assert found == pytest.approx(rank_oracle(len(before), len(now), wins))


@pytest.mark.parametrize("n", [40, 100])
def test_the_rank_test_is_exact_where_chance_is_smallest(n: int) -> None:
    values = np.arange(2.0 * n)
    assert rank_p(values[:n], values[n:]) == pytest.approx(1 / math.comb(2 * n, n), rel=1e-9)
    assert rank_p(values[n:], values[:n]) == pytest.approx(1)


def test_for_many_values_it_is_normal() -> None:
    chance = np.random.default_rng(1)
    exact = rank_p(chance.normal(size=95), chance.normal(0.3, size=105))
    approximate = rank_p(chance.normal(size=950), chance.normal(0.1, size=1050))
    assert 0.0001 < exact < 0.2
    assert 0.0001 < approximate < 0.2
    assert rank_p(np.zeros(500), np.zeros(500)) > 0.9


def test_false_alarms_are_as_seldom_as_they_should_be() -> None:
    chance = np.random.default_rng(2)
    alarms = [rank_p(chance.normal(size=12), chance.normal(size=15)) <= 0.05 for _ in range(2000)]
    assert 0.035 < np.mean(alarms) < 0.062


@given(st.integers(0, 8), st.integers(0, 8), st.integers(0, 8), st.integers(0, 8))
def test_a_share_is_tested_by_fisher(k_before: int, more_before: int, k_now: int, more_now: int) -> None:
    n_before, n_now, hits = k_before + more_before, k_now + more_now, k_before + k_now
    draws = list(itertools.combinations(range(n_before + n_now), hits)) if n_before + n_now <= 12 else []
    if draws and hits and n_before and n_now:
        expected = np.mean([sum(one >= n_before for one in draw) >= k_now for draw in draws])
        assert share_p(k_before, n_before, k_now, n_now) == pytest.approx(expected)
    elif not hits or not n_before or not n_now:
        assert share_p(k_before, n_before, k_now, n_now) == 1


@given(st.lists(st.floats(0, 1), max_size=8))
def test_holm_holds_what_bonferroni_holds_and_no_more_than_single_tests(p_values: list[float]) -> None:
    held = holm(p_values, 0.05)
    assert all(one for one, p in zip(held, p_values, strict=True) if p <= 0.05 / len(p_values))
    assert not any(one for one, p in zip(held, p_values, strict=True) if p > 0.05)


def test_windows_are_five_seconds_or_a_twelfth() -> None:
    assert window_ns(np.array([0, 600 * 10**9]), np.array([0, 60 * 10**9])) == 5 * 10**9
    assert window_ns(np.array([0, 600 * 10**9]), np.array([0, 12 * 10**9])) == 10**9


def compared(before: np.ndarray, now: np.ndarray, strata: tuple[np.ndarray, np.ndarray] | None = None) -> Growth:
    """Two periods of values, five per window."""
    windows = [np.arange(len(values)) // 5 for values in (before, now)]
    number = np.concatenate(strata) if strata else np.zeros(len(before) + len(now), dtype=int)
    late = np.arange(len(before) + len(now)) >= len(before)
    return growth(np.concatenate([before, now]), number, np.concatenate(windows), late, bursts=1)


def test_growth_stands_a_wild_value_and_sees_a_change_in_a_few() -> None:
    values = np.ones(100)
    wild = values.copy()
    wild[7] = 1e6
    assert compared(values, wild).p_value > 0.1
    assert compared(values, values + 10 * (np.arange(100) % 5 == 0)).p_value < 1e-9
    assert compared(values, values + 1e-6).p_value < 1e-9
    assert compared(values[:0], values).p_value == 1
    assert compared(values[:10], values[:10]).least_p == pytest.approx(1 / 3)
    assert calm(wild, np.arange(100) // 5, 1) == 1


def test_a_shifted_mix_is_no_growth() -> None:
    chance = np.random.default_rng(3)
    p_values = []
    for _ in range(300):
        kinds = chance.random(120) < 0.2, chance.random(120) < 0.8
        values = [chance.normal(np.where(kind, 100.0, 1.0)) for kind in kinds]
        assert compared(*values).p_value < 1e-2
        p_values.append(compared(*values, strata=kinds).p_value)
    assert np.mean(np.array(p_values) <= 0.05) < 0.08


@given(st.lists(st.tuples(*[st.integers(0, 4)] * 4), min_size=1, max_size=3))
def test_shares_are_only_compared_within_their_stratum(strata: list[tuple[int, int, int, int]]) -> None:
    columns = [np.array([each[k] for each in strata]) for k in range(4)]
    k_before, k_now = columns[0], columns[2]
    n_before, n_now = k_before + columns[1], k_now + columns[3]
    # By listing, for each stratum, every choice of the requests that belong to now.
    totals = [0]
    for before, now, hits in zip(n_before.tolist(), n_now.tolist(), (k_before + k_now).tolist(), strict=True):
        draws = [sum(one < hits for one in draw) for draw in itertools.combinations(range(before + now), now)]
        totals = [total + draw for total in totals for draw in draws] if before and now else totals
        totals = totals if len(totals) < 20_000 else []
    counted = (n_before > 0) & (n_now > 0)
    if totals:
        expected = np.mean([total >= k_now[counted].sum() for total in totals])
        assert shares_p(k_before, n_before, k_now, n_now) == pytest.approx(expected)
