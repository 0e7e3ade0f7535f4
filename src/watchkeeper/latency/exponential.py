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
from .buckets import Buckets, added, ends, known
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

    def __post_init__(self) -> None:
        if not COARSEST <= self.scale <= FINEST:
            raise LatencyError(f"scale {self.scale} is outside the possible range, {COARSEST} to {FINEST}")
        for name in ("positive", "negative"):
            offset, counts = getattr(self, name)
            object.__setattr__(self, name, (int(offset), tuple(map(int, counts))))
        if self.zero_count < 0 or any(count < 0 for count in (*self.positive[1], *self.negative[1])):
            raise LatencyError("a count is negative; subtract an earlier state of the same process, not of another")
        for name in ("sum", "min", "max"):
            object.__setattr__(self, name, known(getattr(self, name)))

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
        details: Mapping[str, Any] = point["details"]
        up, down = ((details[side]["offset"], tuple(details[side]["counts"])) for side in ("positive", "negative"))
        made = cls(details["scale"], details["zero_count"], up, down)
        return made._with(point["sum"], point["min"], point["max"], point["unit"])

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
        # The bucket of zeros goes from 0 to 0; positive buckets begin above 0.
        lower, upper = np.concatenate([-far[::-1], [0.0], low]), np.concatenate([-near[::-1], [0.0], up])
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
        return ExponentialHistogram(scale, self.zero_count, *sides, self.sum, self.min, self.max, self.unit)

    def __add__(self, other: ExponentialHistogram) -> ExponentialHistogram:
        """Both together, at the coarser of the two scales, or at an even coarser one to keep to 160 buckets."""
        if not isinstance(other, ExponentialHistogram):
            return NotImplemented
        if self.unit != other.unit:
            raise LatencyError(
                f'a histogram in "{self.unit}" and one in "{other.unit}" cannot be merged; bring them to one unit first'
            )
        a, b = self._at_one_scale(other)
        sides = _joined(a.positive, b.positive), _joined(a.negative, b.negative)
        full = [part for part in (a, b) if part.n]
        known_ends = ends([part.min for part in full], [part.max for part in full])
        made = ExponentialHistogram(a.scale, a.zero_count + b.zero_count, *sides)
        return made._with(added(a.sum, b.sum), *known_ends, self.unit)

    def __sub__(self, earlier: ExponentialHistogram) -> ExponentialHistogram:
        """The values counted since an earlier state of the same series; their min and max are unknown."""
        if not isinstance(earlier, ExponentialHistogram):
            return NotImplemented
        a, b = self._at_one_scale(earlier)
        sides = _joined(a.positive, b.positive, -1), _joined(a.negative, b.negative, -1)
        total = added(a.sum, None if b.sum is None else -b.sum)
        return ExponentialHistogram(a.scale, a.zero_count - b.zero_count, *sides, total, unit=self.unit)

    def _at_one_scale(self, other: ExponentialHistogram) -> tuple[ExponentialHistogram, ExponentialHistogram]:
        scale = min(self.scale, other.scale)
        room = max(MAX_BUCKETS, *(len(side[1]) for part in (self, other) for side in (part.positive, part.negative)))
        while scale > COARSEST and any(
            _width(_shifted_ends(a, self.scale - scale), _shifted_ends(b, other.scale - scale)) > room
            for a, b in ((self.positive, other.positive), (self.negative, other.negative))
        ):
            scale -= 1
        return self.downscaled(scale), other.downscaled(scale)

    def _with(self, total: Any, least: Any, most: Any, unit: str) -> ExponentialHistogram:
        return ExponentialHistogram(self.scale, self.zero_count, self.positive, self.negative, total, least, most, unit)


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
