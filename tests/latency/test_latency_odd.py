"""Odd histograms, shares and series of points: the right value, or a sentence; never a wrong number without a word."""

import math
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest
from latency_points import DELTA, S, counter, exponential, histogram, read

from watchkeeper.errors import TelemetryWarning
from watchkeeper.latency import (
    ExponentialHistogram,
    Histogram,
    LatencyError,
    common_bounds,
    corrected,
    histograms,
    increases,
    least_n,
    merged,
    percentile,
    percentile_interval,
    rank,
    rate,
    to_explicit,
    to_exponential,
)
from watchkeeper.slo import SloError, minutes, tolerated

HUNDRED = np.arange(1.0, 101.0)


@pytest.mark.parametrize("kind", [float, np.float64, np.float32, np.float16, str])
@pytest.mark.parametrize(("share", "wanted"), [("0.99", 99), ("0.07", 7), ("0.95", 95), ("0.1", 10)])
def test_a_share_is_the_decimal_that_it_is_written_as(kind: type, share: str, wanted: int) -> None:
    assert rank(kind(share), 100) == wanted and percentile(HUNDRED, kind(share)) == wanted
    assert Histogram.from_values(HUNDRED, bounds=HUNDRED).quantile_bounds(kind(share))[1] == wanted
    if kind is not str:
        assert percentile_interval(HUNDRED, kind(share)) == percentile_interval(HUNDRED, float(share))
        assert least_n(kind(share)) == least_n(float(share))
    assert tolerated(kind(share)) == 1 - Fraction(share) and minutes(kind(share)) == minutes(float(share))


@pytest.mark.parametrize("share", [None, "p99", [0.5], math.nan, math.inf, 2, -0.1])
def test_what_is_no_share_gets_a_sentence(share: object) -> None:
    for function in (percentile, percentile_interval):
        with pytest.raises(LatencyError, match="is between 0 and 1, and"):
            function(HUNDRED, share)
    for tail in (Histogram((1,), (2, 3)), ExponentialHistogram.from_values([1, 2])):
        with pytest.raises(LatencyError, match="a share is between 0 and 1"):
            tail.quantile_bounds(share)
    with pytest.raises(SloError, match="an objective is between 0 and 1"):
        tolerated(share)


ODD = {
    "no histogram to share bounds": (lambda: common_bounds([]), "there is no histogram"),
    "no histogram to merge": (lambda: merged([]), "there is no histogram"),
    "a percentile without bounds": (lambda: Histogram((), (5,)).quantile(0.5), "has no bounds"),
    "sizes without bounds": (lambda: to_exponential(Histogram((), (5,))), "has no bounds"),
    "min above max": (lambda: Histogram((1,), (1, 1), min=5, max=1), "min 5 is above max 1"),
    "min above max, exponential": (lambda: ExponentialHistogram(0, 1, min=5, max=1), "min 5 is above max 1"),
    "counts of 2^62": (lambda: Histogram((1,), (2**62, 0)), "more than any process can count"),
    "counts beyond 64 bits": (lambda: Histogram((1,), (2**70, 2**70)), "more than any process can count"),
    "counts that add up": (lambda: ExponentialHistogram(0, 2**61, (0, (2**61,))), "more than any process can count"),
    "half a count": (lambda: Histogram((1,), (1.5, 0)), "not a whole number"),
    "a count that is missing": (lambda: Histogram((1,), (math.nan, 0)), "not a whole number"),
    "a threshold below 0": (lambda: ExponentialHistogram(0, 1, zero_threshold=-1), "must be a number of 0 or more"),
    "bounds that look alike": (
        lambda: Histogram((0.1,), (1, 1)) + Histogram((0.10000001,), (1, 1)),
        "bounds 0.1 and 0.10000001 cannot be merged",
    ),
}


@pytest.mark.parametrize("case", ODD)
def test_what_a_histogram_cannot_say_gets_a_sentence(case: str) -> None:
    call, sentence = ODD[case]
    with pytest.raises(LatencyError, match=sentence):
        call()


def test_large_counts_are_right() -> None:
    big = Histogram((1, 2), (2**60, 2**60, 0))
    assert big.n == 2**61 and big.quantile_bounds(0.5) == (0, 1) and big.share_below(1) == (0.5, 0.5)
    assert (big + Histogram((1, 2), (1, 0, 0))).counts == (2**60 + 1, 2**60, 0)


def test_without_bounds_min_and_max_are_all_that_is_known() -> None:
    assert Histogram((), (5,), min=1, max=9).quantile_bounds(0.5) == (1, 9)
    assert Histogram((), (5,)).quantile_bounds(0.5) == (-math.inf, math.inf)


def test_a_min_that_contradicts_the_buckets_does_not_turn_the_bounds_around() -> None:
    assert Histogram((1, 2), (10, 0, 0), min=5, max=9).quantile_bounds(0.5) == (0, 1)
    assert Histogram((1, 2), (0, 0, 10), min=5, max=9).quantile_bounds(0.5) == (5, 9)


def test_bounds_that_were_written_with_32_bits_are_the_same() -> None:
    short = tuple(float(np.float32(bound)) for bound in (0.1, 0.25, 0.7))
    assert (Histogram((0.1, 0.25, 0.7), (1, 2, 3, 4)) + Histogram(short, (1, 1, 1, 1))).counts == (2, 3, 4, 5)


@pytest.mark.parametrize("bounds", [(), (1, 2), (7, 8, 9)])
def test_an_empty_histogram_changes_nothing(bounds: tuple[float, ...]) -> None:
    full = Histogram((1, 2), (3, 2, 1), sum=8, min=0.5, max=3)
    empty = Histogram(bounds, (0,) * (len(bounds) + 1))
    assert full + empty == full and empty + full == full and merged([empty, full, empty]) == full
    assert full - empty == Histogram((1, 2), (3, 2, 1), sum=8)
    assert (empty + empty).n == 0


# --- exponential -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("scale", [-10, -3, 0, 20])
def test_an_empty_exponential_histogram_coarsens_nothing(scale: int) -> None:
    full = ExponentialHistogram.from_values([1, 2, 3])
    for empty in (ExponentialHistogram(scale), ExponentialHistogram(scale, zero_threshold=5)):
        assert full + empty == full and empty + full == full and (full - empty).scale == full.scale
        assert (full - empty).sum == full.sum


def test_zeros_reach_up_to_their_threshold() -> None:
    tail = ExponentialHistogram(0, 4, (2, (1,)), zero_threshold=0.5)
    assert tail.quantile_bounds(0.5) == (-0.5, 0.5) and tail.quantile_bounds(1) == (4, 8)
    assert tail.share_below(0.2) == (0, 0.8) and tail.share_below(0.5) == (0.8, 0.8)
    assert 0 <= tail.quantile(0.4) <= 0.5
    assert to_explicit(tail).bounds == (-0.5, 0.5, 4, 8) and to_explicit(tail).counts == (0, 4, 0, 1, 0)
    assert tail.downscaled(-1).zero_threshold == 0.5


def test_merging_takes_the_wider_bucket_of_zeros() -> None:
    narrow = ExponentialHistogram(0, 1, (-2, (5, 6, 7)))  # 1/4 to 2
    wide = ExponentialHistogram(0, 4, (3, (2,)), zero_threshold=0.5)
    for both in (narrow + wide, wide + narrow):
        assert (both.zero_threshold, both.zero_count, both.n) == (0.5, 10, 25)
        assert both.positive == (-1, (6, 7, 0, 0, 2))
    # A threshold inside a bucket with values takes in the whole bucket.
    cut = ExponentialHistogram(0, 4, (3, (2,)), zero_threshold=0.6)
    assert (narrow + cut).zero_threshold == 1 and (narrow + cut).zero_count == 16
    assert (narrow + cut).n == 25 and (narrow + cut).positive == (0, (7, 0, 0, 2))


def test_a_threshold_is_kept_from_file_to_increase(tmp_path: Path) -> None:
    metric = exponential((1, 5, 0, 2, 0, [1]), (1, 9, 0, 5, 0, [1]))
    for point in metric["exponentialHistogram"]["dataPoints"]:
        point["zeroThreshold"] = 0.25
    late = ExponentialHistogram.from_point(increases(read(tmp_path, metric)).iloc[1])
    assert (late.zero_count, late.zero_threshold, late.quantile_bounds(0.5)) == (3, 0.25, (-0.25, 0.25))


def test_a_threshold_that_grew_is_no_restart(tmp_path: Path) -> None:
    metric = exponential((1, 5, 0, 1, -3, [4, 2]), (1, 9, 0, 6, -2, [3]))
    metric["exponentialHistogram"]["dataPoints"][1]["zeroThreshold"] = 0.25
    found = increases(read(tmp_path, metric))
    assert found["restart"].tolist() == [False, False] and found["count"].tolist() == [7, 2]


# --- points ----------------------------------------------------------------------------------------------------------


def test_two_writers_under_one_identity_are_left_out_with_a_word(tmp_path: Path) -> None:
    first = [(0, 10 * n, 1000 + 20 * n) for n in range(1, 12)]
    second = [(0, 10 * n + 3, 7 + 13 * n) for n in range(1, 12)]
    mixed = read(tmp_path, counter(*first, *second), counter(*first, name="other"))
    with pytest.warns(TelemetryWarning, match=r'"requests" of cart returns to its old level after \d+ falls'):
        found = increases(mixed)
    assert set(found["name"]) == {"other"} and found["value"].sum() == 200
    with pytest.warns(TelemetryWarning, match="several processes"):
        assert rate(mixed)["per_second"].tolist() == [2.0] * 10


def test_so_are_two_histograms(tmp_path: Path) -> None:
    first = [(0, 10 * n, [100 * n, 5, 0]) for n in range(1, 9)]
    second = [(0, 10 * n + 3, [0, n, 1]) for n in range(1, 9)]
    with pytest.warns(TelemetryWarning, match='"duration" of cart'):
        assert increases(read(tmp_path, histogram(*first, *second))).empty


@pytest.mark.filterwarnings("error")
@pytest.mark.parametrize(
    "values",
    [
        [100, 110, 2, 15, 30, 45, 3, 9, 20, 35, 50],  # restarts
        [100, 5, 102, 4, 8, 12],  # one point out of its time, and a restart
        [5, 3, 8, 2, 9, 1, 7],  # a quiet process that restarts all the time
        [7, 7, 7, 7, 8, 8],
    ],
)
def test_a_restart_is_no_second_writer(tmp_path: Path, values: list[int]) -> None:
    points = [(0, 10 * (n + 1), value) for n, value in enumerate(values)]
    assert len(increases(read(tmp_path, counter(*points)))) == len(values) - 1


def test_missing_and_shuffled_points_are_no_restart(tmp_path: Path) -> None:
    points = [(1, 10 * n, 3 * n) for n in range(1, 9)]
    gaps = increases(read(tmp_path, counter(*points[6:], points[0], points[3])))
    assert not gaps["restart"].any() and gaps["value"].sum() == 24


def test_an_increase_that_was_sent_twice_counts_once_with_a_word(tmp_path: Path) -> None:
    twice = [(1, 5, 7), (5, 9, 2), (1, 5, 7), (5, 9, 3)]
    with pytest.warns(TelemetryWarning, match="1 DELTA point repeated exactly"):
        assert increases(read(tmp_path, counter(*twice, temporality=DELTA)))["value"].sum() == 12
    shape = [(1, 5, [1, 0, 0]), (1, 5, [1, 0, 0]), (1, 5, [0, 1, 0])]
    with pytest.warns(TelemetryWarning, match="1 DELTA point"):
        assert increases(read(tmp_path, histogram(*shape, temporality=DELTA)))["count"].sum() == 2


def test_bounds_of_32_bits_are_no_restart(tmp_path: Path) -> None:
    metric = histogram((1, 5, [3, 1, 0]), (1, 9, [4, 1, 2]), bounds=(0.1, 0.7))
    metric["histogram"]["dataPoints"][1]["explicitBounds"] = [float(np.float32(bound)) for bound in (0.1, 0.7)]
    points = read(tmp_path, metric)
    assert increases(points)["restart"].tolist() == [False, False]
    assert histograms(points)["histogram"].iloc[0].counts == (4, 1, 2)


def test_empty_histograms_in_between_are_no_restart_and_no_other_bounds(tmp_path: Path) -> None:
    metric = histogram((1, 5, [0, 0, 0]), (1, 9, [4, 1, 2]), (12, 15, [0, 0, 0]))
    empty = metric["histogram"]["dataPoints"][0]
    empty["explicitBounds"], empty["bucketCounts"], empty["sum"] = [], [], 0.0
    metric["histogram"]["dataPoints"][2]["explicitBounds"] = [5, 6]
    points = read(tmp_path, metric)
    assert increases(points)["restart"].tolist() == [False, False, True]
    whole = histograms(points)["histogram"].iloc[0]
    assert (whole.bounds, whole.counts, whole.sum) == ((1, 2), (4, 1, 2), 7)


def test_contradicting_ends_of_a_point_are_unknown(tmp_path: Path) -> None:
    metric = histogram((1, 5, [3, 1, 0]))
    metric["histogram"]["dataPoints"][0] |= {"min": 9.0, "max": 1.0}
    points = read(tmp_path, metric)
    for found in (Histogram.from_point(points.iloc[0]), histograms(points)["histogram"].iloc[0]):
        assert (found.min, found.max) == (None, None) and found.quantile_bounds(0.5) == (0, 1)


def test_a_point_without_a_value_is_no_histogram(tmp_path: Path) -> None:
    metric = histogram((1, 5, [3, 1, 0]))
    metric["histogram"]["dataPoints"] = [{"timeUnixNano": str(S), "flags": 1}]
    row = read(tmp_path, metric).iloc[0]
    for kind in (Histogram, ExponentialHistogram):
        with pytest.raises(LatencyError, match="no value at its time"):
            kind.from_point(row)


def test_corrected_follows_the_rule_of_java() -> None:
    assert corrected([35], 10).tolist() == [35, 25, 15], "the Python port would add 5"
    assert "in Java" in (corrected.__doc__ or "")
