"""What all histograms have in common: which bucket a rank is in, and how many values are below a limit."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np

from ..errors import LatencyError
from ..words import exact
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
        share = float(exact(share))
        before = int(upto[bucket]) - int(self.counts[bucket])
        return bucket, min(max((share * total - before) / int(self.counts[bucket]), 0.0), 1.0)

    def bounds_of(self, share: float, least: float | None, most: float | None) -> tuple[float, float]:
        """The bounds of that bucket, narrowed by the smallest and the largest value if they are known.

        If those contradict the bucket, the bucket's bounds stay as they are.
        """
        bucket, _ = self.at(share)
        low, high = float(self.lower[bucket]), float(self.upper[bucket])
        narrow = max(low, -math.inf if least is None else least), min(high, math.inf if most is None else most)
        return narrow if narrow[0] <= narrow[1] else (low, high)

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


def whole(counts: Sequence[float]) -> tuple[int, ...]:
    """Counts as whole numbers. LatencyError if one is negative or not whole, or if they are too many to add up."""
    try:
        found = tuple(map(int, counts))
        if any(a != b for a, b in zip(found, counts, strict=True)):
            raise ValueError
    except (TypeError, ValueError, OverflowError):
        raise LatencyError("a count is not a whole number; give one number of values for each bucket") from None
    if any(count < 0 for count in found):
        raise LatencyError("a count is negative; subtract an earlier state of the same process, not of another")
    if sum(found) >= 2**62:
        raise LatencyError(f"{sum(found):,} values are more than any process can count; look at how they were read")
    return found


def in_order(least: float | None, most: float | None) -> None:
    """LatencyError if the smallest value is above the largest."""
    if least is not None and most is not None and least > most:
        raise LatencyError(f"min {least:g} is above max {most:g}; leave both out if you don't know them")


def ends_of(point: Any) -> tuple[float | None, float | None]:
    """min and max of a metric point; both are unknown if they contradict each other."""
    least, most = known(point["min"]), known(point["max"])
    return (None, None) if least is not None and most is not None and least > most else (least, most)


def need_value(point: Any) -> None:
    """LatencyError for a point that says that there was no value at its time."""
    if "count" in point and known(point["count"]) is None:
        raise LatencyError("this point says that there was no value at its time; take another one")


def known(value: float | None) -> float | None:
    """The number as a float, or None if it is missing or NaN."""
    return None if value is None or math.isnan(value) else float(value)
