"""Histograms of both kinds against the values that they were made from."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from watchkeeper.latency import (
    ExponentialHistogram,
    Histogram,
    LatencyError,
    common_bounds,
    merged,
    percentile,
    to_explicit,
    to_exponential,
)

DURATIONS = st.lists(st.floats(0.001, 1e5) | st.sampled_from([0.0, 1.0, 2.0, 4.0, 5.0, 10.0]), min_size=1, max_size=50)
SIGNED_VALUES = st.floats(-1e4, -1e-3) | st.floats(1e-3, 1e4) | st.sampled_from([0.0, -2.0, 1.0])
SIGNED = st.lists(SIGNED_VALUES, min_size=1, max_size=40)
BOUNDS = st.lists(st.integers(0, 300), min_size=1, max_size=8, unique=True).map(sorted)
SHARES = st.integers(0, 100).map(lambda hundredths: hundredths / 100)
SCALES = st.integers(-3, 8)


def blind(histogram):
    """The same without the min and max that narrow what it says."""
    explicit = isinstance(histogram, Histogram)
    names = ("bounds", "counts") if explicit else ("scale", "zero_count", "positive", "negative")
    return type(histogram)(**{name: getattr(histogram, name) for name in names})


@given(DURATIONS, BOUNDS, SHARES)
def test_the_bounds_of_a_quantile_hold_the_percentile(values: list[float], bounds: list[int], share: float) -> None:
    truth = percentile(values, share)
    for histogram in (Histogram.from_values(values, bounds), blind(Histogram.from_values(values, bounds))):
        low, high = histogram.quantile_bounds(share)
        assert low <= truth <= high


@given(SIGNED, SCALES, SHARES)
def test_so_do_those_of_an_exponential_one(values: list[float], scale: int, share: float) -> None:
    truth = percentile(values, share)
    full = ExponentialHistogram.from_values(values, scale)
    for histogram in (full, blind(full)):
        low, high = histogram.quantile_bounds(share)
        slack = 1e-9 * abs(truth)
        assert low - slack <= truth <= high + slack
    low, high = blind(full).quantile_bounds(share)
    assert low - 1e-9 * abs(low) <= full.quantile(share) <= high + 1e-9 * abs(high)


@given(DURATIONS, BOUNDS, st.floats(-1, 400))
def test_the_share_below_a_limit_is_between_the_two(values: list[float], bounds: list[int], limit: float) -> None:
    truth = sum(value <= limit for value in values) / len(values)
    for histogram in (Histogram.from_values(values, bounds), blind(Histogram.from_values(values, bounds))):
        low, high = histogram.share_below(limit)
        assert low <= truth <= high
    at_a_bound = Histogram.from_values(values, bounds).share_below(bounds[0])
    assert at_a_bound[0] == at_a_bound[1] == sum(value <= bounds[0] for value in values) / len(values)


@given(SIGNED, SCALES, st.sampled_from([-2.0, 0.0, 0.3, 1.0, 50.0]))
def test_the_exponential_one_too(values: list[float], scale: int, limit: float) -> None:
    low, high = blind(ExponentialHistogram.from_values(values, scale)).share_below(limit)
    assert low <= sum(value <= limit for value in values) / len(values) <= high


@given(DURATIONS, DURATIONS, BOUNDS)
def test_merging_is_counting_together(a: list[float], b: list[float], bounds: list[int]) -> None:
    both = Histogram.from_values(a, bounds) + Histogram.from_values(b, bounds)
    together = Histogram.from_values(a + b, bounds)
    assert (both.bounds, both.counts, both.min, both.max) == (together.bounds, together.counts, min(a + b), max(a + b))
    assert both.sum == pytest.approx(together.sum) and both.n == len(a + b)
    assert (both - Histogram.from_values(b, bounds)).counts == Histogram.from_values(a, bounds).counts


@given(SIGNED, SIGNED, SCALES, SCALES)
def test_merging_exponential_ones_is_counting_together(a: list[float], b: list[float], s: int, t: int) -> None:
    both = ExponentialHistogram.from_values(a, s) + ExponentialHistogram.from_values(b, t)
    together = ExponentialHistogram.from_values(a + b, both.scale)
    assert both.scale <= min(s, t) and both.n == len(a + b)
    # The offset may be lower where a bucket at the end is empty.
    for side in ("positive", "negative"):
        assert nonzero(getattr(both, side)) == nonzero(getattr(together, side))
    rest = both - ExponentialHistogram.from_values(b, t)
    assert nonzero(rest.positive) == nonzero(ExponentialHistogram.from_values(a, both.scale).positive)


def nonzero(side: tuple[int, tuple[int, ...]]) -> dict[int, int]:
    return {side[0] + place: count for place, count in enumerate(side[1]) if count}


@given(SIGNED, st.integers(-2, 6), st.integers(0, 4))
def test_downscaling_is_counting_at_that_scale(values: list[float], scale: int, by: int) -> None:
    coarse = ExponentialHistogram.from_values(values, scale).downscaled(scale - by)
    assert coarse == ExponentialHistogram.from_values(values, scale - by)


@given(DURATIONS)
def test_without_a_scale_it_is_the_finest_that_fits(values: list[float]) -> None:
    found = ExponentialHistogram.from_values(values, max_buckets=20)
    assert len(found.positive[1]) <= 20
    if found.scale < 20:
        assert len(ExponentialHistogram.from_values(values, found.scale + 1).positive[1]) > 20


@pytest.mark.parametrize("scale", [-2, 0, 3, 20])
def test_powers_of_two_end_their_bucket(scale: int) -> None:
    for power in (-30, -1, 0, 1, 10):
        if power * 2.0**scale == int(power * 2.0**scale):
            (offset, counts) = ExponentialHistogram.from_values([2.0**power], scale).positive
            assert (offset, counts) == (int(power * 2.0**scale) - 1, (1,))


def test_merging_far_apart_stays_small() -> None:
    far = ExponentialHistogram.from_values([1e-3]) + ExponentialHistogram.from_values([1e6])
    assert far.n == 2 and len(far.positive[1]) <= 160


@given(SIGNED, SCALES, st.randoms(use_true_random=False))
def test_explicit_bounds_at_its_own_edges_keep_the_counts(values: list[float], scale: int, chance) -> None:
    fine = ExponentialHistogram.from_values(values, scale)
    plain = to_explicit(fine)
    assert plain.n == fine.n and (plain.sum, plain.min, plain.max) == (fine.sum, fine.min, fine.max)
    buckets, edges = (
        fine.buckets(),
        plain.buckets(),
    )  # only once: there are thousands, and share_below computes them again
    inner = buckets.upper[buckets.upper < max(values)]
    shares = [edges.share_up_to(upper, plain.min, plain.max)[0] for upper in inner]
    np.testing.assert_allclose(shares, np.cumsum(buckets.counts)[: len(inner)] / fine.n)
    for place in chance.sample(range(len(inner)), min(len(inner), 5)):
        assert plain.share_below(inner[place])[0] == shares[place]


@given(DURATIONS, BOUNDS)
def test_there_and_back_again_is_the_same_where_buckets_have_a_middle(values: list[float], bounds: list[int]) -> None:
    plain = Histogram.from_values(values, bounds)
    back = to_explicit(to_exponential(plain, scale=12), bounds)
    assert back.n == plain.n == to_exponential(plain).n and back.sum == plain.sum
    # The overflow bucket has no middle and counts at its bound, so it comes back in its own bucket or one lower.
    assert back.counts[:-2] == plain.counts[:-2] or bounds[0] == 0


def prometheus(share: float, bounds: list[float], counts: list[int]) -> float:
    """histogram_quantile of Prometheus (promql/quantile.go, bucketQuantile), line by line, of filled buckets."""
    upper, cumulative = [*bounds, math.inf], np.cumsum(counts).tolist()
    rank = share * cumulative[-1]
    b = next(i for i, count in enumerate(cumulative) if count >= rank)
    if b == len(upper) - 1:
        return upper[-2]
    if b == 0 and upper[0] <= 0:
        return upper[0]
    start, end, count = 0.0, upper[b], cumulative[b]
    if b > 0:
        start, count, rank = upper[b - 1], count - cumulative[b - 1], rank - cumulative[b - 1]
    return start + (end - start) * (rank / count)


@given(
    BOUNDS.flatmap(
        lambda b: st.tuples(st.just(b), st.lists(st.integers(1, 50), min_size=len(b) + 1, max_size=len(b) + 1))
    ),
    SHARES,
)
def test_the_quantile_is_the_one_of_prometheus(made: tuple[list[int], list[int]], share: float) -> None:
    bounds, counts = made
    # If share · n is an integer except for rounding, Prometheus may use the neighboring bucket, with the same bound.
    assert Histogram(bounds, counts).quantile(share) == pytest.approx(prometheus(share, bounds, counts), abs=1e-9)


def test_a_quantile_by_hand() -> None:
    cart = Histogram((0.1, 0.25, 0.5), (10, 60, 25, 5), unit="s")
    assert cart.quantile(0.5) == pytest.approx(0.1 + 0.15 * 40 / 60)
    assert cart.quantile(0.99) == 0.5 and cart.quantile_bounds(0.99) == (0.5, math.inf)
    assert cart.share_below(0.3) == (0.7, 0.95) and cart.share_below(0.25) == (0.7, 0.7)
    assert Histogram((0, 5), (3, 0, 0)).quantile(0.5) == 0


@given(DURATIONS, BOUNDS, st.data())
def test_rebucketing_is_counting_between_fewer_bounds(values: list[float], bounds: list[int], data) -> None:
    fewer = sorted(data.draw(st.sets(st.sampled_from(bounds), min_size=1)))
    assert Histogram.from_values(values, bounds).rebucket(fewer) == Histogram.from_values(values, fewer)


def test_merging_by_common_bounds() -> None:
    a, b = Histogram((1, 2, 5), (1, 1, 1, 1)), Histogram((2, 3, 5), (1, 1, 1, 1))
    shared = common_bounds([a, b])
    assert merged([a.rebucket(shared), b.rebucket(shared)]).counts == (3, 3, 2)


@pytest.mark.parametrize(
    ("call", "sentence"),
    [
        (lambda: Histogram((1, 2), (1, 0, 0)) + Histogram((1, 3), (1, 0, 0)), "common_bounds"),
        (lambda: Histogram((1,), (1, 0), unit="s") + Histogram((1,), (1, 0), unit="ms"), 'in "s" and one in "ms"'),
        (lambda: Histogram((1, 2), (1, 0)), "one count more"),
        (lambda: Histogram((2, 1), (1, 0, 0)), "rise"),
        (lambda: Histogram((1,), (1, -1)), "negative"),
        (lambda: Histogram((1,), (0, 0)).quantile(0.5), "empty"),
        (lambda: Histogram((1,), (0, 0)).share_below(1), "empty"),
        (lambda: Histogram((1,), (1, 0)).quantile(95), "0.99 for p99"),
        (lambda: Histogram((1, 2), (1, 0, 0)).rebucket([1.5]), "1.5 is not a bound"),
        (lambda: Histogram((1,), (1, 0)) - Histogram((1,), (2, 0)), "negative"),
        (lambda: Histogram.from_values([]), "no duration"),
        (lambda: merged([]), "no histogram"),
        (lambda: ExponentialHistogram(30), "scale 30"),
        (lambda: ExponentialHistogram.from_values([1.0, 9.0], 40), "scale 40"),
        (lambda: ExponentialHistogram.from_values([math.inf]), "infinite"),
        (lambda: ExponentialHistogram.from_values([1.0], 2).downscaled(3), "finer"),
        (lambda: ExponentialHistogram(0, unit="s") + ExponentialHistogram(0, unit="ms"), "one unit"),
        (lambda: ExponentialHistogram(0, 1) - ExponentialHistogram(0, 2), "negative"),
        (lambda: ExponentialHistogram.from_values([1e-9, 1e9], 20), "ten million"),
    ],
)
def test_what_a_histogram_cannot_say(call, sentence: str) -> None:
    with pytest.raises(LatencyError, match=sentence):
        call()


def test_an_empty_part_changes_nothing() -> None:
    empty, full = Histogram((1,), (0, 0), 0.0), Histogram((1,), (1, 0), 0.5, 0.5, 0.5)
    assert merged([empty, full]) == full and empty.mean is None and full.mean == 0.5
    nothing, one = ExponentialHistogram(3, sum=0.0), ExponentialHistogram.from_values([2.5], 3)
    assert nothing + one == one and nothing.mean is None


def test_a_first_bucket_reaches_below_zero_when_a_value_did() -> None:
    drift = Histogram.from_values([-3.0, -1.0, 4.0], bounds=[2, 5])
    assert drift.quantile_bounds(0.1) == (-3, 2) and drift.share_below(-2)[1] > 0
    assert drift.quantile(0.1) == 2 and Histogram((2, 5), (2, 1, 0)).quantile_bounds(0.1) == (0, 2)
