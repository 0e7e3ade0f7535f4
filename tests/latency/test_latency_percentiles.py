"""Percentiles against their definition, and intervals against exact binomial sums."""

import math
from fractions import Fraction
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from watchkeeper.latency import (
    LatencyError,
    beyond,
    compare,
    corrected,
    density_gap,
    ecdf,
    heat_map,
    least_n,
    log_bounds,
    open_loop,
    percentile,
    percentile_interval,
    rank,
    tail_amplification,
)

VALUES = st.lists(st.floats(0, 1e6), min_size=1, max_size=60)
HUNDREDTHS = st.integers(0, 100)


@given(VALUES, HUNDREDTHS)
def test_a_percentile_is_the_least_value_with_that_share_at_or_below_it(values: list[float], hundredths: int) -> None:
    wanted = min(v for v in values if 100 * sum(other <= v for other in values) >= hundredths * len(values))
    assert percentile(values, hundredths / 100) == wanted


@pytest.mark.parametrize(
    ("method", "value"), [("linear", 99.01), ("higher", 100), ("inverted_cdf", 99), ("median_unbiased", 99.66)]
)
def test_the_methods_differ_on_one_to_a_hundred(method: str, value: float) -> None:
    assert percentile(range(1, 101), 0.99, method=method) == pytest.approx(value, abs=0.005)


def test_the_rank_takes_the_share_as_it_is_written() -> None:
    assert math.ceil(0.07 * 100) == 8  # what floating point says
    assert [rank(0.07, 100), rank(0.29, 100), rank(0.999, 1000), rank(1.0, 7), rank(0.0, 7)] == [7, 29, 999, 7, 1]


@given(st.sampled_from([0.5, 0.9, 0.95, 0.99, 0.999]), st.integers(1, 100_000))
def test_for_the_usual_shares_plain_floating_point_gives_the_same_rank(share: float, n: int) -> None:
    assert rank(share, n) == math.ceil(share * n)


@pytest.mark.parametrize(
    ("values", "share", "sentence"),
    [
        ([], 0.5, "no duration"),
        ([1.0], 99, "0.99 for p99"),
        ([1.0, math.nan], 0.5, "1 durations are missing"),
        ([[1.0]], 0.5, "one column"),
        (["fast"], 0.5, "numbers"),
        ([1.0], math.nan, "between 0 and 1"),
    ],
)
def test_what_has_no_percentile(values: list, share: float, sentence: str) -> None:
    with pytest.raises(LatencyError, match=sentence):
        percentile(values, share)


def test_an_unknown_method_is_named() -> None:
    with pytest.raises(LatencyError, match='"nearest rank"'):
        percentile([1.0], 0.5, method="nearest rank")


def binomial_up_to(k: int, n: int, share: Fraction) -> Fraction:
    return sum((math.comb(n, i) * share**i * (1 - share) ** (n - i) for i in range(k + 1)), Fraction(0))


@given(st.integers(1, 70), st.integers(1, 99), st.sampled_from(["0.8", "0.9", "0.95", "0.99"]))
def test_the_ranks_of_an_interval_are_the_tightest_that_hold(n: int, hundredths: int, confidence: str) -> None:
    share, doubt = Fraction(hundredths, 100), (1 - Fraction(confidence)) / 2
    found = percentile_interval(range(1, n + 1), float(share), float(confidence))
    low = 0 if math.isclose(found.low, 0) else int(found.low)
    high = n + 1 if math.isinf(found.high) else int(found.high)
    near = Fraction(1, 10**12)
    assert low == 0 or binomial_up_to(low - 1, n, share) <= doubt + near
    assert low == n or binomial_up_to(low, n, share) > doubt - near
    assert high == n + 1 or binomial_up_to(high - 1, n, share) >= 1 - doubt - near
    assert binomial_up_to(high - 2, n, share) < 1 - doubt + near


def test_too_few_values_have_no_upper_end_and_say_so() -> None:
    few = percentile_interval(range(298), 0.99, side="upper")
    assert math.isinf(few.high) and "298 values are too few" in str(few) and "299" in str(few)
    assert percentile_interval(range(299), 0.99, side="upper").high == 298
    assert math.isinf(percentile_interval(range(367), 0.99).high) and percentile_interval(range(368), 0.99).high == 367


@pytest.mark.parametrize(("share", "confidence", "n"), [(0.5, 0.75, 3), (0.25, 0.96875, 3), (0.1, 0.8, 1)])
def test_a_doubt_met_to_the_last_digit_is_met(share: float, confidence: float, n: int) -> None:
    found = percentile_interval(range(n), share, confidence)
    assert (found.high, found.least_n) == (n - 1, n)
    assert math.isinf(percentile_interval(range(n - 1 or 1), share, confidence).high) == (n > 1)


@given(st.integers(1, 99), st.integers(1, 99))
@example(10, 90)  # where the logarithms come out a hair too large
@example(80, 36)
def test_least_n_is_the_least(share: int, confidence: int) -> None:
    n, doubt = least_n(share / 100, confidence / 100), 1 - Fraction(confidence, 100)
    assert Fraction(share, 100) ** n <= doubt < Fraction(share, 100) ** (n - 1)


def test_how_often_an_interval_holds_the_truth() -> None:
    draw = np.random.default_rng(7)
    truth = math.exp(0.5 * 1.2815515655446004)
    samples = draw.lognormal(0, 0.5, (1000, 200))
    found = [percentile_interval(sample, 0.9) for sample in samples]
    held = np.mean([each.low <= truth <= each.high for each in found])
    assert 0.95 - 0.02 < held < 0.99  # never below what it promises, but for luck; whole ranks make it a little wider


@pytest.mark.parametrize("confidence", [0, 1, 95])
def test_a_confidence_is_inside_0_to_1(confidence: float) -> None:
    with pytest.raises(LatencyError, match="confidence"):
        percentile_interval([1.0], 0.5, confidence)


def test_a_comparison_knows_chance_from_change() -> None:
    draw = np.random.default_rng(3)
    before, same, slower = (draw.lognormal(3, 0.5, 2000) * factor for factor in (1, 1, 1.5))
    assert not compare(before, same, 0.95).differs
    change = compare(before, slower, 0.95)
    assert change.differs and change.low < change.change < change.high
    assert compare(before, slower, 0.95) == change != compare(before, slower, 0.95, seed=1)


def test_a_comparison_of_few_says_that_they_are_few() -> None:
    few = compare(range(100), range(1000, 1100), 0.99)
    assert not few.enough and not few.differs and "too few" in str(few)


def test_the_quick_bootstrap_is_the_plain_one() -> None:
    draw = np.random.default_rng(5)
    before, after = draw.exponential(10, 150), draw.exponential(20, 150)
    quick = compare(before, after, 0.9, resamples=20_000)
    plain = [percentile(draw.choice(after, 150), 0.9) - percentile(draw.choice(before, 150), 0.9) for _ in range(4_000)]
    assert quick.low == pytest.approx(np.quantile(plain, 0.025), abs=1.5)
    assert quick.high == pytest.approx(np.quantile(plain, 0.975), abs=1.5)


@given(VALUES)
def test_the_ecdf_rises_to_one_and_holds_each_percentile(values: list[float]) -> None:
    table = ecdf(values)
    assert table["duration_ms"].is_monotonic_increasing and table["duration_ms"].is_unique
    assert table["share"].iloc[-1] == 1 and (table["share"].diff().dropna() > 0).all()
    first = table[table["share"] >= 0.5 - 1e-12]["duration_ms"].iloc[0]
    assert first == percentile(values, 0.5)


@given(st.lists(st.integers(0, 200), min_size=1, max_size=20), st.integers(1, 30))
def test_correction_is_the_loop_of_hdrhistogram(values: list[int], interval: int) -> None:
    wanted = []
    for value in values:
        wanted.append(value)
        missing = value - interval
        while missing >= interval:
            wanted.append(missing)
            missing -= interval
    assert corrected(values, interval).tolist() == wanted


@given(st.lists(st.tuples(st.integers(0, 50), st.integers(0, 80)), min_size=1, max_size=30))
def test_an_open_loop_is_a_queue(requests: list[tuple[int, int]]) -> None:
    plans = sorted(plan for plan, _ in requests)
    end, wanted = 0, []
    for plan, (_, took) in zip(plans, requests, strict=True):
        end = max(end, plan) + took
        wanted.append(end - plan)
    assert open_loop(plans, [took for _, took in requests]).tolist() == wanted


@pytest.mark.parametrize(
    "call",
    [
        lambda: corrected([1.0], 0),
        lambda: corrected([1e12], 1),
        lambda: corrected([math.inf], 1),
        lambda: open_loop([0, 1], [1]),
        lambda: open_loop([1, 0], [1, 1]),
        lambda: heat_map([0], [1, 2]),
        lambda: heat_map([0], [1], bounds=[2, 1]),
        lambda: heat_map([0], [1], seconds=0),
        lambda: heat_map([0, 10**18], [1, 1], seconds=0.001),
        lambda: tail_amplification(1.1, 3),
        lambda: least_n(1.0),
        lambda: compare([1], [2], 0.5, resamples=0),
        lambda: compare([], [2], 0.5),
    ],
)
def test_what_cannot_be_asked(call) -> None:
    with pytest.raises(LatencyError):
        call()


@given(st.lists(st.tuples(st.integers(0, 10**11), st.floats(0.01, 1e5)), min_size=1, max_size=40))
def test_a_heat_map_loses_nobody(requests: list[tuple[int, float]]) -> None:
    starts, took = [start for start, _ in requests], [ms for _, ms in requests]
    cells = heat_map(starts, took, seconds=10)
    assert cells.to_numpy().sum() == len(requests) and cells[math.inf].sum() == 0
    for start, ms in requests:
        upper = next(bound for bound in cells.columns if ms <= bound)
        row = cells.index[(start - min(starts)) // 10**10]
        assert row <= start < row + 10**10 and cells.loc[row, upper] >= 1


@given(st.floats(1e-3, 1e6), st.floats(1, 1e4))
def test_log_bounds_reach_around_the_durations(least: float, times: float) -> None:
    bounds = log_bounds([least, least * times]).tolist()
    assert bounds[0] < least <= bounds[1] and bounds[-2] < least * times <= bounds[-1]
    assert all(1.99 < b / a < 2.51 for a, b in pairwise(bounds))


def test_small_helpers() -> None:
    assert beyond(0.99, per_second=5) == 4320 and beyond(0.999, per_second=1, hours=1) == pytest.approx(3.6)
    assert [round(100 * tail_amplification(0.01, calls), 1) for calls in (10, 50, 100)] == [9.6, 39.5, 63.4]
    assert density_gap([10, 10, 10]) == (10, 1)
