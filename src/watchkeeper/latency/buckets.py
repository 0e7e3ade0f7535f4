"""What all histograms have in common: which bucket a rank is in, and how many values are below a limit."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from ..errors import LatencyError
from .percentiles import rank


class Buckets(NamedTuple):
    """Buckets in rising order: their lower and upper bounds (the upper one is inclusive), and their counts.

    `closed` says for each bucket whether it includes its lower bound too. The first one does, and so do those of
    negative values.
    """

    lower: np.ndarray
    upper: np.ndarray
    counts: np.ndarray
    closed: np.ndarray

    def at(self, share: float) -> tuple[int, float]:
        """The bucket with the value of that rank, and how far into its counts the rank is (0 to 1).

        The bucket is found by ceil(share · n), like `percentile`, and the distance by share · n, like Prometheus.
        Raises LatencyError if the histogram is empty, or share is outside 0 to 1.
        """
        total = int(self.counts.sum())
        if not total:
            raise LatencyError("the histogram is empty: no value was measured, so it has no percentile")
        upto = np.cumsum(self.counts)
        bucket = int(np.searchsorted(upto, rank(share, total), side="left"))
        before = int(upto[bucket]) - int(self.counts[bucket])
        return bucket, min(max((share * total - before) / int(self.counts[bucket]), 0.0), 1.0)

    def bounds_of(self, share: float, least: float | None, most: float | None) -> tuple[float, float]:
        """The bounds of that bucket, narrowed by the smallest and the largest value if they are known."""
        bucket, _ = self.at(share)
        low, high = float(self.lower[bucket]), float(self.upper[bucket])
        return max(low, -math.inf if least is None else least), min(high, math.inf if most is None else most)

    def share_up_to(self, limit: float, least: float | None, most: float | None) -> tuple[float, float]:
        """The smallest and the largest possible share of values that are at most `limit`."""
        total = int(self.counts.sum())
        if not total:
            raise LatencyError("the histogram is empty: no value was measured, so there is no share to compute")
        if least is not None and limit < least:
            return 0.0, 0.0
        if most is not None and limit >= most:
            return 1.0, 1.0
        begun = (self.lower < limit) | (self.closed & (self.lower == limit))
        return int(self.counts[self.upper <= limit].sum()) / total, int(self.counts[begun].sum()) / total

    def middles(self) -> np.ndarray:
        """A value for each bucket: the geometric mean of its ends if both are positive, else the arithmetic mean.

        For a bucket with only one end, it is that end.
        """
        lower = np.where(np.isfinite(self.lower), self.lower, self.upper)
        upper = np.where(np.isfinite(self.upper), self.upper, lower)
        same_sign = (lower > 0) | (upper < 0)
        with np.errstate(invalid="ignore"):
            geometric = np.sign(upper) * np.sqrt(np.abs(lower)) * np.sqrt(np.abs(upper))
        return np.where(same_sign, geometric, (lower + upper) / 2)


def added(a: float | None, b: float | None) -> float | None:
    """The sum of two sums; None if one is unknown."""
    return None if a is None or b is None else a + b


def ends(least: Sequence[float | None], most: Sequence[float | None]) -> tuple[float | None, float | None]:
    """The smallest and the largest of several values; None if one is unknown, or if there are none."""
    low, high = [each for each in least if each is not None], [each for each in most if each is not None]
    return (
        min(low) if low and len(low) == len(least) else None,
        max(high) if high and len(high) == len(most) else None,
    )


def known(value: float | None) -> float | None:
    """The number as a float, or None if it is missing or NaN."""
    return None if value is None or math.isnan(value) else float(value)
