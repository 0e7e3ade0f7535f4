"""`ExponentialHistogram`: buckets that grow by a fixed factor, so that the relative error is the same everywhere.

OpenTelemetry metrics data model, "ExponentialHistogram": base = 2 ** (2 ** -scale), and bucket i holds the values above
base ** i and up to base ** (i + 1). Each step down in scale joins pairs of neighboring buckets. That is why any two
histograms can be merged, and why you don't have to choose bounds in advance.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from ..errors import LatencyError
from .buckets import Buckets, added, ends, ends_of, in_order, known, need_value, whole
from .histogram import Histogram
from .percentiles import Numbers, numbers

FINEST, COARSEST, MAX_BUCKETS = 20, -10, 160
Side = tuple[int, tuple[int, ...]]  # the index of the first bucket, and the counts from that bucket on
NOTHING: Side = (0, ())


@dataclass(frozen=True)
class ExponentialHistogram:
    """Scale, count of zeros, buckets of positive and of negative values; sum, min, max are None if unknown.

    >>> tail = ExponentialHistogram.from_values([1, 2, 3, 100], scale=0)
    >>> tail.positive, tail.quantile_bounds(0.75)
    ((-1, (1, 1, 1, 0, 0, 0, 0, 1)), (2.0, 4.0))
    """

    scale: int
    zero_count: int = 0
    positive: Side = NOTHING
    negative: Side = NOTHING
    sum: float | None = None
    min: float | None = None
    max: float | None = None
    unit: str = ""
    zero_threshold: float = 0.0  # the bucket of zeros holds everything from -zero_threshold to zero_threshold

    def __post_init__(self) -> None:
        if not COARSEST <= self.scale <= FINEST:
            raise LatencyError(f"scale {self.scale} is outside the possible range, {COARSEST} to {FINEST}")
        for name in ("positive", "negative"):
            offset, counts = getattr(self, name)
            object.__setattr__(self, name, (int(offset), tuple(counts)))
        (up, at), (down, below) = self.positive, self.negative
        zeros, *counts = whole([self.zero_count, *at, *below])
        sides = {
            "zero_count": zeros,
            "positive": (up, tuple(counts[: len(at)])),
            "negative": (down, tuple(counts[len(at) :])),
        }
        for name, value in sides.items():
            object.__setattr__(self, name, value)
        for name in ("sum", "min", "max"):
            object.__setattr__(self, name, known(getattr(self, name)))
        in_order(self.min, self.max)
        if not 0 <= self.zero_threshold < np.inf:
            raise LatencyError(f"zero_threshold is {self.zero_threshold}, and it must be a number of 0 or more")

    @classmethod
    def from_values(
        cls, values: Numbers, scale: int | None = None, max_buckets: int = MAX_BUCKETS, unit: str = ""
    ) -> ExponentialHistogram:
        """The histogram of values. Without `scale`, the finest one where each sign needs at most `max_buckets`."""
        found = numbers(values)
        if not np.isfinite(found).all():
            raise LatencyError("a duration is infinite; drop it, and report it")
        ends = float(found.sum()), float(found.min()), float(found.max())
        return _filled(found, np.ones(len(found), dtype=np.int64), scale, max_buckets)._with(*ends, unit)

    @classmethod
    def from_point(cls, point: Any) -> ExponentialHistogram:
        """The histogram of one metric point: a row of `Recording.metrics` with the type "exponential_histogram"."""
        need_value(point)
        return cls.of_details(point["details"])._with(point["sum"], *ends_of(point), point["unit"])

    @classmethod
    def of_details(cls, details: Mapping[str, Any]) -> ExponentialHistogram:
        """The buckets in the column `details` of a metric point, without sum, min, max and unit."""
        up, down = ((details[side]["offset"], tuple(details[side]["counts"])) for side in ("positive", "negative"))
        threshold = details.get("zero_threshold", 0.0)
        return cls(details["scale"], details["zero_count"], up, down, zero_threshold=threshold)

    @property
    def n(self) -> int:
        """How many values it counted."""
        return self.zero_count + sum(self.positive[1]) + sum(self.negative[1])

    @property
    def mean(self) -> float | None:
        """The exact mean, sum divided by n; None if the sum is unknown or there are no values."""
        return self.sum / self.n if self.sum is not None and self.n else None

    @property
    def base(self) -> float:
        """The factor by which each bucket is wider than the one before."""
        return 2.0 ** (2.0**-self.scale)

    def buckets(self) -> Buckets:
        """The buckets in rising order: negative values, zeros, positive values."""
        (low, up), (near, far) = self._edges(self.positive), self._edges(self.negative)
        counts = [*reversed(self.negative[1]), self.zero_count, *self.positive[1]]
        # Without a threshold, the bucket of zeros goes from 0 (not from -0.0) to 0. Positive buckets begin above it.
        zero = self.zero_threshold
        lower, upper = np.concatenate([-far[::-1], [0.0 - zero], low]), np.concatenate([-near[::-1], [zero], up])
        return Buckets(lower, upper, np.array(counts, dtype=np.int64), closed=lower <= 0)

    def _edges(self, side: Side) -> tuple[np.ndarray, np.ndarray]:
        with np.errstate(over="ignore"):
            edges = np.exp2(np.ldexp(side[0] + np.arange(len(side[1]) + 1, dtype=np.float64), -self.scale))
        return edges[:-1], edges[1:]

    def quantile_bounds(self, share: float) -> tuple[float, float]:
        """The two numbers between which the percentile is, at rank ceil(share · n)."""
        return self.buckets().bounds_of(share, self.min, self.max)

    def quantile(self, share: float) -> float:
        """The percentile as Prometheus computes it for native histograms: interpolated exponentially in the bucket."""
        buckets = self.buckets()
        bucket, into = buckets.at(share)
        low, high = float(buckets.lower[bucket]), float(buckets.upper[bucket])
        if low <= 0 <= high:
            # Prometheus takes the zeros of durations as positive.
            return low + (high - low) * into if self.negative[1] else high * into
        if low == high or np.isinf(high):
            return low
        return low * (high / low) ** into

    def share_below(self, limit: float) -> tuple[float, float]:
        """The smallest and the largest possible share of the values that are at most `limit`."""
        return self.buckets().share_up_to(limit, self.min, self.max)

    def downscaled(self, scale: int) -> ExponentialHistogram:
        """The same values at a coarser scale. LatencyError for a finer one, because joined buckets can't be split."""
        if scale > self.scale:
            raise LatencyError(f"a histogram of scale {self.scale} cannot be made finer; use {self.scale} or less")
        by = self.scale - scale
        sides = _shifted(self.positive, by), _shifted(self.negative, by)
        ends = self.min, self.max
        return ExponentialHistogram(scale, self.zero_count, *sides, self.sum, *ends, self.unit, self.zero_threshold)

    def with_threshold(self, zero_threshold: float) -> ExponentialHistogram:
        """The same values with a wider bucket of zeros, which takes in all buckets that begin below the threshold.

        A bucket that the threshold cuts widens it to the end of that bucket, as OpenTelemetry's data model says.
        """
        threshold = max(self.zero_threshold, zero_threshold)
        if threshold == self.zero_threshold:
            return self
        for side in (self.positive, self.negative):
            low, up = self._edges(side)
            cut = (low < threshold) & (np.array(side[1]) > 0)
            threshold = max(threshold, float(up[cut].max())) if cut.any() else threshold
        zeros, rest = self.zero_count, []
        for offset, counts in (self.positive, self.negative):
            inside = int(np.searchsorted(self._edges((offset, counts))[0], threshold, side="left"))
            zeros += sum(counts[:inside])
            rest.append((offset + inside, counts[inside:]))
        ends = self.sum, self.min, self.max
        return ExponentialHistogram(self.scale, zeros, rest[0], rest[1], *ends, self.unit, threshold)

    def __add__(self, other: ExponentialHistogram) -> ExponentialHistogram:
        """Both together, at the coarser of the two scales, or at an even coarser one to keep to 160 buckets."""
        if not isinstance(other, ExponentialHistogram):
            return NotImplemented
        if self.unit != other.unit:
            raise LatencyError(
                f'a histogram in "{self.unit}" and one in "{other.unit}" cannot be merged; bring them to one unit first'
            )
        if not self.n or not other.n:
            # An empty histogram may be coarse, or know no sum, and says nothing about the other one.
            return self if self.n else other
        a, b = self._at_one_scale(other)
        sides = _joined(a.positive, b.positive), _joined(a.negative, b.negative)
        known_ends = ends([a.min, b.min], [a.max, b.max])
        zeros = a.zero_count + b.zero_count
        made = ExponentialHistogram(a.scale, zeros, *sides, zero_threshold=a.zero_threshold)
        return made._with(added(a.sum, b.sum), *known_ends, self.unit)

    def __sub__(self, earlier: ExponentialHistogram) -> ExponentialHistogram:
        """The values counted since an earlier state of the same series; their min and max are unknown."""
        if not isinstance(earlier, ExponentialHistogram):
            return NotImplemented
        if not earlier.n:
            return self._with(self.sum, None, None, self.unit)
        a, b = self._at_one_scale(earlier)
        sides = _joined(a.positive, b.positive, -1), _joined(a.negative, b.negative, -1)
        total = added(a.sum, None if b.sum is None else -b.sum)
        zeros, threshold = a.zero_count - b.zero_count, a.zero_threshold
        return ExponentialHistogram(a.scale, zeros, *sides, total, unit=self.unit, zero_threshold=threshold)

    def _at_one_scale(self, other: ExponentialHistogram) -> tuple[ExponentialHistogram, ExponentialHistogram]:
        """Both at the coarser scale and the wider bucket of zeros."""
        if self.zero_threshold != other.zero_threshold:
            # Each may widen the other's once more, up to the end of a bucket.
            wider = self.with_threshold(other.zero_threshold), other.with_threshold(self.zero_threshold)
            widest = max(part.zero_threshold for part in wider)
            if (wider[0].zero_threshold, wider[1].zero_threshold) != (widest, widest):
                return wider[0]._at_one_scale(wider[1])
            self, other = wider
        scale = min(self.scale, other.scale)
        room = max(MAX_BUCKETS, *(len(side[1]) for part in (self, other) for side in (part.positive, part.negative)))
        while scale > COARSEST and any(
            _width(_shifted_ends(a, self.scale - scale), _shifted_ends(b, other.scale - scale)) > room
            for a, b in ((self.positive, other.positive), (self.negative, other.negative))
        ):
            scale -= 1
        return self.downscaled(scale), other.downscaled(scale)

    def _with(self, total: Any, least: Any, most: Any, unit: str) -> ExponentialHistogram:
        sides = self.positive, self.negative
        return ExponentialHistogram(
            self.scale, self.zero_count, *sides, total, least, most, unit, zero_threshold=self.zero_threshold
        )


def to_explicit(histogram: ExponentialHistogram, bounds: Numbers | None = None) -> Histogram:
    """The same counts between explicit bounds. The default bounds are its own edges, which is exact for values from 0.

    With other `bounds`, the result is an estimate: a bucket cut by a bound goes entirely to the side of its geometric
    mean.

    >>> to_explicit(ExponentialHistogram.from_values([0, 1.5, 3, 3], scale=0))
    Histogram(bounds=(0.0, 1.0, 2.0, 4.0), counts=(1, 0, 1, 2, 0), sum=7.5, min=0.0, max=3.0, unit='')
    """
    buckets = histogram.buckets()
    if bounds is None:
        edges = np.unique(np.concatenate([buckets.lower, buckets.upper]))
        edges = edges[np.isfinite(edges)]
        places = np.searchsorted(edges, buckets.upper, side="left")
    else:
        edges = np.asarray(bounds, dtype=np.float64)
        places = np.searchsorted(edges, buckets.middles(), side="left")
    counts = np.zeros(len(edges) + 1, dtype=np.int64)
    np.add.at(counts, places, buckets.counts)
    return Histogram(
        tuple(edges.tolist()), tuple(counts.tolist()), histogram.sum, histogram.min, histogram.max, histogram.unit
    )


def to_exponential(histogram: Histogram, scale: int | None = None) -> ExponentialHistogram:
    """An estimate: each bucket's count goes to its geometric mean, or for an open bucket to the end that it has."""
    buckets = histogram.buckets()
    filled = buckets.counts > 0
    if not np.isfinite(buckets.middles()[filled]).all():
        raise LatencyError("the histogram has no bounds, so nothing is known about the size of its values")
    made = _filled(buckets.middles()[filled], buckets.counts[filled], scale, MAX_BUCKETS)
    return made._with(histogram.sum, histogram.min, histogram.max, histogram.unit)


def _filled(values: np.ndarray, weights: np.ndarray, scale: int | None, max_buckets: int) -> ExponentialHistogram:
    positive, negative = values > 0, values < 0
    finest = [_indices(np.abs(values[side])) for side in (positive, negative)]
    if scale is None:
        scale = FINEST
        while scale > COARSEST and any(
            len(index) and (index.max() >> FINEST - scale) - (index.min() >> FINEST - scale) >= max_buckets
            for index in finest
        ):
            scale -= 1
    elif not COARSEST <= scale <= FINEST:
        raise LatencyError(f"scale {scale} is outside {COARSEST} to {FINEST}; with 3, a bucket is about 9% wide")
    shift, zeros = FINEST - scale, int(weights[~positive & ~negative].sum())
    up, down = (_counted(index >> shift, weights[of]) for index, of in zip(finest, (positive, negative), strict=True))
    return ExponentialHistogram(scale, zeros, up, down)


def _indices(values: np.ndarray) -> np.ndarray:
    """The bucket of each positive value at the finest scale. It is exact for powers of two, which are bounds."""
    mantissa, exponent = np.frexp(values)
    return np.ceil(np.log2(mantissa) * 2**FINEST).astype(np.int64) + (exponent.astype(np.int64) << FINEST) - 1


def _counted(index: np.ndarray, weights: np.ndarray) -> Side:
    if not len(index):
        return NOTHING
    offset = int(index.min())
    if int(index.max()) - offset >= 10_000_000:
        raise LatencyError("these values make more than ten million buckets at that scale; use a smaller scale")
    counts = np.zeros(int(index.max()) - offset + 1, dtype=np.int64)
    np.add.at(counts, index - offset, weights)
    return offset, tuple(counts.tolist())


def _shifted(side: Side, by: int) -> Side:
    offset, counts = side
    if not counts or not by:
        return side if counts else NOTHING
    return _counted((offset + np.arange(len(counts))) >> by, np.array(counts, dtype=np.int64))


def _shifted_ends(side: Side, by: int) -> tuple[int, int] | None:
    """The first and the last bucket at a scale that is coarser by `by`."""
    return (side[0] >> by, (side[0] + len(side[1]) - 1) >> by) if side[1] else None


def _width(a: tuple[int, int] | None, b: tuple[int, int] | None) -> int:
    ends = [each for each in (a, b) if each]
    return max(end for _, end in ends) - min(begin for begin, _ in ends) + 1 if ends else 0


def _joined(a: Side, b: Side, sign: int = 1) -> Side:
    if not b[1]:
        return a
    index = np.concatenate([side[0] + np.arange(len(side[1])) for side in (a, b)]).astype(np.int64)
    return _counted(index, np.array([*a[1], *(sign * count for count in b[1])], dtype=np.int64))
