"""How large the effects are that the course teaches, on made data with a seed."""

import math

import numpy as np
import pytest

from watchkeeper.latency import (
    DEFAULT_BOUNDS,
    ExponentialHistogram,
    Histogram,
    corrected,
    density_gap,
    open_loop,
    percentile,
)


@pytest.fixture(scope="module")
def forty_ms() -> np.ndarray:
    """A service with a median of 40 ms, in seconds."""
    return np.random.default_rng(1).lognormal(math.log(0.040), 0.5, 200_000)


def test_http_bounds_overstate_the_p99_by_three_fifths(forty_ms: np.ndarray) -> None:
    read, true = Histogram.from_values(forty_ms, unit="s").quantile(0.99), percentile(forty_ms, 0.99)
    assert true == pytest.approx(0.128, rel=0.01) and read == pytest.approx(0.206, rel=0.01)
    middle = Histogram.from_values(forty_ms).quantile(0.5)
    assert middle / percentile(forty_ms, 0.5) == pytest.approx(1.03, abs=0.01)


def test_and_the_p95_of_two_humps() -> None:
    draw = np.random.default_rng(2)
    fast, slow = draw.lognormal(math.log(0.008), 0.3, 98_000), draw.normal(0.310, 0.01, 2_000)
    values = np.concatenate([fast, slow])
    read, true = Histogram.from_values(values).quantile(0.95), percentile(values, 0.95)
    assert true == pytest.approx(0.0140, abs=0.0003) and read == pytest.approx(0.0229, abs=0.0006)
    mean, near = density_gap(values * 1000)
    assert 8 < mean < 16 and near < 0.1


def test_an_sdks_default_bounds_know_nothing_of_seconds(forty_ms: np.ndarray) -> None:
    panel = Histogram.from_values(forty_ms, DEFAULT_BOUNDS, unit="s")
    assert panel.quantile(0.5) == pytest.approx(2.5) and panel.quantile(0.99) == pytest.approx(4.95)


@pytest.mark.parametrize(("scale", "error"), [(3, 0.03), (5, 0.005)])
def test_an_exponential_histogram_is_near_everywhere(forty_ms: np.ndarray, scale: int, error: float) -> None:
    found = ExponentialHistogram.from_values(forty_ms, scale)
    for share in (0.5, 0.95, 0.99, 0.999):
        assert found.quantile(share) == pytest.approx(percentile(forty_ms, share), rel=error)
    wide = len(ExponentialHistogram.from_values(forty_ms, 5).positive[1])
    assert 180 < wide < 240  # more than the 160 of an SDK, which would go down in scale


def test_a_closed_loop_does_not_see_its_stall() -> None:
    """100 requests a second of 1 ms, for 200 s in which the shop stands still once, for 10 s."""
    planned = np.arange(20_000) * 10.0
    stall = (50_000.0, 60_000.0)
    during = (planned >= stall[0]) & (planned < stall[1])
    truth = np.where(during, stall[1] - planned + 1, 1.0)
    closed = np.concatenate([truth[~during], [truth[during][0]]])
    assert percentile(closed, 0.99) == 1 and closed.mean() == pytest.approx(1.5, abs=0.05)
    assert percentile(truth, 0.99) == pytest.approx(8_000, abs=15) and truth.mean() == pytest.approx(251, abs=1)
    assert percentile(corrected(closed, 10), 0.99) == pytest.approx(8_003, abs=20)
    # One client with one connection works its backlog off afterwards.
    took = np.where(np.arange(20_000) == 5_000, 10_001.0, 1.0)
    assert 8_000 < percentile(open_loop(planned, took), 0.99) < 8_300


def test_percentiles_neither_add_up_nor_average() -> None:
    draw = np.random.default_rng(4)
    a, b = draw.lognormal(math.log(25), 0.5, (2, 100_000))
    assert percentile(a, 0.99) + percentile(b, 0.99) == pytest.approx(161, abs=3)
    assert percentile(a + b, 0.99) == pytest.approx(122, abs=3)
    quiet, busy = draw.lognormal(3, 0.5, (9, 100)), draw.lognormal(6, 0.5, (1, 5_000))
    minutes = [*quiet, *busy]
    averaged = np.mean([percentile(minute, 0.99) for minute in minutes])
    assert averaged < 0.4 * percentile(np.concatenate(minutes), 0.99)


@pytest.mark.parametrize(("n", "low", "high"), [(100, 0.71, 1.28), (1_000, 0.89, 1.12), (10_000, 0.96, 1.03)])
def test_how_far_a_p99_is_off(n: int, low: float, high: float) -> None:
    truth = math.exp(0.5 * 2.3263478740408408)
    samples = np.random.default_rng(6).lognormal(0, 0.5, (1_500, n))
    found = np.array([percentile(sample, 0.99) for sample in samples]) / truth
    assert percentile(found, 0.025) == pytest.approx(low, abs=0.03)
    assert percentile(found, 0.975) == pytest.approx(high, abs=0.06)
    nothing_beyond = (samples.max(axis=1) <= truth).mean()
    assert nothing_beyond == pytest.approx(0.99**n, abs=0.04)  # 37% of samples of 100
