"""The tests that decide what is more than chance."""

import itertools
import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from watchkeeper.logs.counts import holm
from watchkeeper.suspects.statistics import growth, rank_p, share_p, window_ns


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


def test_growth_is_of_window_means_and_stands_a_wild_value() -> None:
    at = np.arange(100) * 10**9
    values = np.ones(100)
    wild = values.copy()
    wild[7] = 1e6
    assert growth(values, at, wild, at, 5 * 10**9).excess == 0
    some = values + 10 * (np.arange(100) % 5 == 0)
    found = growth(values, at, some, at, 5 * 10**9)
    assert (found.before, found.now, found.n) == (1, 3, 200)
    assert found.p_value < 1e-9
    assert growth(values[:0], at[:0], values, at, 1).p_value == 1
