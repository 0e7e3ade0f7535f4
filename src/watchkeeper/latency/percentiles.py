"""Percentiles by a stated method, and how certain they are.

The method is `inverted_cdf`: of n sorted values, the one at rank ceil(share · n), so a percentile is always an observed
value. The intervals use order statistics, which need no assumption about the distribution (David and Nagaraja, Order
Statistics, ch. 7): the number of values below the true percentile is binomial, so two ranks bracket it.

No sketch (t-digest, DDSketch, HdrHistogram) is used here. A recording's durations fit into memory, so the exact value
only needs one partition of an array. Sketches are for streams that are not stored; `ExponentialHistogram` is one.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from fractions import Fraction
from typing import Any, Literal, NamedTuple

import numpy as np
import pandas as pd

from ..errors import LatencyError
from ..words import exact

Numbers = np.ndarray | pd.Series | Sequence[float]
Side = Literal["both", "upper"]


class Interval(NamedTuple):
    """Bounds for a true percentile: low and high in the unit of the values, and the number of values it is based on.

    With too few values, `low` is 0 and `high` is infinite. `least_n` is how many values you need for a `high`.
    """

    low: float
    high: float
    n: int
    least_n: int

    def __str__(self) -> str:
        if math.isinf(self.high):
            return f"at least {self.low:g}; {self.n:,} values are too few for an upper end, you need {self.least_n:,}"
        return f"{self.low:g} to {self.high:g}, from {self.n:,} values"


def percentile(durations_ms: Numbers, share: float, method: str = "inverted_cdf") -> float:
    """The value that `share` (0 to 1) of the durations do not exceed: rank ceil(share · n) of the sorted values.

    The rank is exact in decimals: 0.07 of 100 values is rank 7, although 0.07 * 100 is a little more than 7 in floating
    point. Any other `method` is passed to `numpy.quantile`. The result has the unit of the input. Raises LatencyError
    without values, if a value is not a number, or if share is outside 0 to 1.

    >>> percentile(range(1, 101), 0.99), percentile(range(1, 101), 0.99, method="linear")
    (99.0, 99.01)
    """
    values = numbers(durations_ms)
    if method == "inverted_cdf":
        at = rank(share, len(values)) - 1
        return float(np.partition(values, at)[at])
    rank(share, len(values))
    try:
        return float(np.quantile(values, share, method=method))  # type: ignore[call-overload]
    except ValueError:
        raise LatencyError(f'numpy.quantile knows no method "{method}"; its documentation lists them') from None


def rank(share: float, n: int) -> int:
    """ceil(share · n), at least 1, with the share taken as a decimal number. LatencyError outside 0 to 1.

    >>> rank(0.07, 100), rank(0.95, 20), rank(0, 5)
    (7, 19, 1)
    """
    return max(1, math.ceil(_decimal(share) * n))


def _decimal(share: float) -> Fraction:
    try:
        decimal = exact(share)
    except (TypeError, ValueError, OverflowError):
        decimal = Fraction(-1)
    if not 0 <= decimal <= 1:
        raise LatencyError(f"a share is between 0 and 1, and {share} is not; write 0.99 for p99")
    return decimal


def numbers(values: Any) -> np.ndarray:
    """The values as a flat array of floats. Raises LatencyError without values, or if one is not a number."""
    if getattr(getattr(values, "dtype", None), "kind", "") in ("m", "M"):
        raise LatencyError('durations must be numbers of milliseconds; divide timedeltas by pd.Timedelta("1ms")')
    try:
        found = np.asarray(values, dtype=np.float64)
    except (TypeError, ValueError):
        raise LatencyError("durations must be numbers; give one column of them, such as traces.duration_ms") from None
    if found.ndim != 1:
        raise LatencyError(f"durations must be one column, and this has {found.ndim} dimensions; give one column")
    if not len(found):
        raise LatencyError("there are no durations; check how the requests were filtered")
    if np.isnan(found).any():
        raise LatencyError(f"{int(np.isnan(found).sum()):,} durations are missing (NaN); drop them, and report it")
    return found


def percentile_interval(durations_ms: Numbers, share: float, confidence: float = 0.95, side: Side = "both") -> Interval:
    """Two of the values that bracket the true percentile with at least that confidence, for any distribution.

    `side="both"` puts half of the error probability beyond each end; `side="upper"` puts all of it above `high` (and
    low is 0). The values must be independent, and requests delayed by the same stall are not. Raises LatencyError in
    the same cases as `percentile`, and for a share of 0 or 1.

    >>> print(percentile_interval(range(1, 101), 0.99))
    at least 97; 100 values are too few for an upper end, you need 368
    >>> percentile_interval(range(1, 300), 0.99, side="upper").high
    299.0
    """
    values = np.sort(numbers(durations_ms))
    _inside(share=share, confidence=confidence)
    share, confidence = float(_decimal(share)), float(_decimal(confidence))
    doubt = (1 - confidence) / (2 if side == "both" else 1)
    low, high = _ranks(len(values), share, doubt)
    needed = least_n(share, 1 - doubt)
    if high > len(values) >= needed:
        # An error probability of exactly the limit counts (0.5 ** 5 is 1/32), and floating point sums may just miss it.
        high = len(values)
    return Interval(
        float(values[low - 1]) if low and side == "both" else 0.0,
        float(values[high - 1]) if high <= len(values) else math.inf,
        len(values),
        needed,
    )


def _ranks(n: int, share: float, doubt: float) -> tuple[int, int]:
    """(low, high): two ranks that bracket the percentile, each wrong with a probability of at most `doubt`.

    `low` is the highest such rank, or 0 if there is none. `high` is the lowest such rank, or n + 1 if there is none.
    """
    first, below = _binomial(n, share)
    low = first + int(np.searchsorted(below, doubt, side="right"))
    return low, first + int(np.searchsorted(below, 1 - doubt, side="left")) + 1


def _binomial(n: int, share: float) -> tuple[int, np.ndarray]:
    """(first, values): the distribution function of Binomial(n, share) at k = first, first + 1, …; elsewhere 0 or 1.

    It is computed from the logarithms of ratios of neighbors, which is precise enough without special functions.
    """
    reach = 40 * math.sqrt(n * share * (1 - share)) + 60
    first, last = max(0, math.floor(n * share - reach)), min(n, math.ceil(n * share + reach))
    k = np.arange(first, last)
    steps = np.log((n - k) / (k + 1)) + math.log(share / (1 - share))
    logs = np.concatenate([[0.0], np.cumsum(steps)])
    mass = np.exp(logs - logs.max())
    return first, np.cumsum(mass) / mass.sum()


def _inside(**shares: float) -> None:
    for name, value in shares.items():
        if not isinstance(value, (int, float, np.floating, Fraction)) or not 0 < value < 1:
            raise LatencyError(f"{name} is between 0 and 1, and {value} is not; write 0.99 for 99%")


def least_n(share: float, confidence: float = 0.95) -> int:
    """How many values you need for the largest to be an upper bound of the percentile: share ** n <= 1 - confidence.

    For a two-sided interval, only half of the error probability is left for the upper end: `least_n(0.99, 0.975)` is
    368.

    >>> least_n(0.99), least_n(0.95), least_n(0.5)
    (299, 59, 5)
    """
    _inside(share=share, confidence=confidence)
    share, confidence = float(_decimal(share)), float(_decimal(confidence))
    guess = math.ceil(math.log1p(-confidence) / math.log(share))
    # The logarithm may be slightly off, so decimals decide: 0.5 ** 5 against exactly 1/32.
    doubt, written = 1 - _decimal(confidence), _decimal(share)
    return guess - 1 if guess > 1 and guess < 1_000 and written ** (guess - 1) <= doubt else guess


def beyond(share: float, per_second: float, hours: float = 24.0) -> float:
    """How many requests are slower than the percentile at `per_second` requests a second: (1 - share) of all of them.

    >>> beyond(0.99, per_second=5)
    4320.0
    """
    return float((1 - _decimal(share)) * 3600) * per_second * hours


def ecdf(durations_ms: Numbers) -> pd.DataFrame:
    """The share of durations up to each duration: one row per distinct duration_ms, rising, with its share.

    >>> ecdf([3, 1, 1, 2]).values.tolist()
    [[1.0, 0.5], [2.0, 0.75], [3.0, 1.0]]
    """
    values, counts = np.unique(numbers(durations_ms), return_counts=True)
    return pd.DataFrame({"duration_ms": values, "share": np.cumsum(counts) / counts.sum()})


def density_gap(durations_ms: Numbers, within: float = 0.1) -> tuple[float, float]:
    """The mean, and the share of requests `within` 10% of it. If the share is near 0, the mean describes no request.

    >>> density_gap([10] * 90 + [500] * 10)
    (59.0, 0.0)
    """
    values = numbers(durations_ms)
    mean = float(values.mean())
    return mean, float(np.mean(np.abs(values - mean) <= within * abs(mean)))


def tail_amplification(share_slow: float, calls: int) -> float:
    """The share of pages with at least one slow call, if each of their calls is slow independently.

    Dean and Barroso, The Tail at Scale, CACM 56(2), 2013.

    >>> [round(tail_amplification(0.01, calls), 3) for calls in (10, 50, 100)]
    [0.096, 0.395, 0.634]
    """
    if not 0 <= share_slow <= 1 or calls < 0:
        raise LatencyError(f"{share_slow} of {calls} calls cannot be slow; give a share from 0 to 1 and a count")
    return 1 - (1 - share_slow) ** calls
