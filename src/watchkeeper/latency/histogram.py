"""`Histogram`: counts between bounds, as OpenTelemetry and Prometheus export them, and what you can read from them.

Bucket i holds the values above bounds[i - 1] and up to bounds[i] (OpenTelemetry metrics data model, "Histogram"). A
histogram only knows two bounds for a percentile. Dashboards interpolate between them to show one number. You can merge
histograms, but not percentiles.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from ..errors import LatencyError
from .buckets import Buckets, added, ends, ends_of, in_order, known, need_value, whole
from .heat import rising
from .percentiles import Numbers, numbers

# The advice for durations in seconds in the semantic conventions for HTTP metrics.
HTTP_BOUNDS = (0.005, 0.01, 0.025, 0.05, 0.075, 0.1, 0.25, 0.5, 0.75, 1.0, 2.5, 5.0, 7.5, 10.0)
# An SDK's default bounds, which are made for milliseconds.
DEFAULT_BOUNDS = (0.0, 5.0, 10.0, 25.0, 50.0, 75.0, 100.0, 250.0, 500.0, 750.0, 1000.0, 2500.0, 5000.0, 7500.0, 10000.0)


@dataclass(frozen=True)
class Histogram:
    """k rising upper bounds and k + 1 counts; sum, min, max are None if unknown. All values are in `unit`.

    Raises LatencyError if they do not fit together.

    >>> requests = Histogram((0.1, 0.2, 0.5), (90, 8, 2, 0), unit="s")
    >>> requests.quantile_bounds(0.95), round(requests.quantile(0.95), 4)
    ((0.1, 0.2), 0.1625)
    >>> requests.share_below(0.3)
    (0.98, 1.0)
    """

    bounds: tuple[float, ...]
    counts: tuple[int, ...]
    sum: float | None = None
    min: float | None = None
    max: float | None = None
    unit: str = ""

    def __post_init__(self) -> None:
        bounds = tuple(rising(list(self.bounds)).tolist())
        if len(self.counts) != len(bounds) + 1:
            raise LatencyError(
                f"{len(self.counts)} counts do not fit {len(bounds)} bounds; there must be one count more"
            )
        object.__setattr__(self, "bounds", bounds)
        object.__setattr__(self, "counts", whole(self.counts))
        for name in ("sum", "min", "max"):
            object.__setattr__(self, name, known(getattr(self, name)))
        in_order(self.min, self.max)

    @classmethod
    def from_values(cls, values: Numbers, bounds: Sequence[float] = HTTP_BOUNDS, unit: str = "") -> Histogram:
        """The histogram of values, in the unit of the bounds. Raises LatencyError if there are no values.

        >>> Histogram.from_values([5, 7, 30], bounds=[5, 10]).counts
        (1, 1, 1)
        """
        found, edges = numbers(values), rising(bounds)
        counts = np.bincount(np.searchsorted(edges, found, side="left"), minlength=len(edges) + 1)
        total, least, most = float(found.sum()), float(found.min()), float(found.max())
        return cls(tuple(edges.tolist()), tuple(counts.tolist()), total, least, most, unit)

    @classmethod
    def from_point(cls, point: Any) -> Histogram:
        """The histogram of one metric point: a row of `Recording.metrics` with the type "histogram"."""
        need_value(point)
        counts = tuple(point["counts"])
        # Without buckets, all its values are in one.
        bounds, counts = (tuple(point["bounds"]), counts) if counts else ((), (int(point["count"]),))
        return cls(bounds, counts, point["sum"], *ends_of(point), point["unit"])

    @property
    def n(self) -> int:
        """How many values it counted."""
        return sum(self.counts)

    @property
    def mean(self) -> float | None:
        """The exact mean, sum divided by n; None if the sum is unknown or there are no values."""
        return self.sum / self.n if self.sum is not None and self.n else None

    def buckets(self) -> Buckets:
        """The buckets in rising order. The first one begins at 0 if its bound is positive, as for durations."""
        first = 0.0 if self.bounds and self.bounds[0] > 0 and not (self.min is not None and self.min < 0) else -math.inf
        edges = np.array([first, *self.bounds, math.inf])
        closed = np.arange(len(self.counts)) == 0
        return Buckets(edges[:-1], edges[1:], np.array(self.counts, dtype=np.int64), closed)

    def quantile_bounds(self, share: float) -> tuple[float, float]:
        """The two numbers between which the percentile is guaranteed to be, both included.

        This is the percentile as in `percentile`, at rank ceil(share · n). If min and max are known, they narrow it.
        """
        return self.buckets().bounds_of(share, self.min, self.max)

    def quantile(self, share: float) -> float:
        """The percentile as Prometheus' `histogram_quantile` computes it: interpolated linearly in the bucket.

        In the last bucket it is that bucket's lower bound. In a first bucket that ends at or below 0, it is its upper
        bound. It is an estimate, and `quantile_bounds` says how far off it may be. Raises LatencyError for a histogram
        without bounds, because all its values are in one bucket without ends.
        """
        if not self.bounds:
            raise LatencyError("the histogram has no bounds, so it can't estimate a percentile; try quantile_bounds")
        buckets = self.buckets()
        bucket, into = buckets.at(share)
        low, high = float(buckets.lower[bucket]), float(buckets.upper[bucket])
        if math.isinf(high):
            return low
        return high if math.isinf(low) else low + (high - low) * into

    def share_below(self, limit: float) -> tuple[float, float]:
        """The smallest and the largest possible share of values up to `limit`. They are equal if it is a bound."""
        return self.buckets().share_up_to(limit, self.min, self.max)

    def rebucket(self, bounds: Sequence[float]) -> Histogram:
        """The same counts in fewer buckets. `bounds` must be some of its own bounds, or LatencyError is raised.

        >>> Histogram((1, 2, 5), (4, 3, 2, 1)).rebucket([2]).counts
        (7, 3)
        """
        edges = rising(bounds)
        strange = sorted(set(edges.tolist()) - set(self.bounds))
        if strange:
            raise LatencyError(
                f"{strange[0]:g} is not a bound of this histogram, and a bucket can't be split; "
                f"use some of {_listed(self.bounds)}"
            )
        upto = np.cumsum(self.counts)
        kept = upto[[self.bounds.index(bound) for bound in edges.tolist()]]
        counts = np.diff(np.concatenate([[0], kept, upto[-1:]]).astype(np.int64))
        return Histogram(tuple(edges.tolist()), tuple(counts.tolist()), self.sum, self.min, self.max, self.unit)

    def __add__(self, other: Histogram) -> Histogram:
        return merged([self, other]) if isinstance(other, Histogram) else NotImplemented

    def __sub__(self, earlier: Histogram) -> Histogram:
        """The values counted since an earlier state of the same series; their min and max are unknown."""
        if not isinstance(earlier, Histogram):
            return NotImplemented
        if not earlier.n:
            _same_unit([self, earlier])
            return Histogram(self.bounds, self.counts, self.sum, unit=self.unit)
        _alike([self, earlier])
        counts = np.subtract(self.counts, earlier.counts)
        total = added(self.sum, None if earlier.sum is None else -earlier.sum)
        return Histogram(self.bounds, tuple(counts.tolist()), total, unit=self.unit)


def merged(histograms: Iterable[Histogram]) -> Histogram:
    """All values of several histograms in one, like adding them with `+`. LatencyError unless their bounds are equal.

    >>> merged([Histogram((1, 2), (1, 0, 0)), Histogram((1, 2), (0, 2, 3))]).counts
    (1, 2, 3)
    """
    parts = list(histograms)
    if not parts:
        raise LatencyError("there is no histogram to merge; check how the points were filtered")
    # Empty histograms have no sum, no smallest and no largest value, so they don't make those of the result unknown.
    # Nor do their bounds matter.
    full = [part for part in parts if part.n] or parts
    _alike(full)
    _same_unit(parts)
    counts = [sum(column) for column in zip(*(part.counts for part in full), strict=True)]
    sums = [part.sum for part in full]
    total = None if None in sums else math.fsum(each for each in sums if each is not None)
    least, most = ends([part.min for part in full if part.n], [part.max for part in full if part.n])
    return Histogram(full[0].bounds, tuple(counts), total, least, most, full[0].unit)


def common_bounds(histograms: Iterable[Histogram]) -> tuple[float, ...]:
    """The bounds that all of them share; `rebucket` them to these before you merge them.

    >>> common_bounds([Histogram((1, 2, 5), (0, 0, 0, 1)), Histogram((2, 3, 5), (0, 0, 0, 1))])
    (2.0, 5.0)
    """
    parts = list(histograms)
    if not parts:
        raise LatencyError("there is no histogram, so there are no common bounds; check how the points were filtered")
    shared = set.intersection(*[set(histogram.bounds) for histogram in parts])
    return tuple(sorted(shared))


def _alike(histograms: Sequence[Histogram]) -> None:
    first = histograms[0]
    for other in histograms[1:]:
        if not same_bounds(first.bounds, other.bounds):
            # Six digits may not tell them apart.
            digits = next((n for n in (6, 9, 17) if _listed(first.bounds, n) != _listed(other.bounds, n)), 17)
            raise LatencyError(
                f"histograms with bounds {_listed(first.bounds, digits)} and {_listed(other.bounds, digits)} cannot be "
                "merged; rebucket both to common_bounds first"
            )
    _same_unit(histograms)


def _same_unit(histograms: Sequence[Histogram]) -> None:
    first = histograms[0]
    for other in histograms[1:]:
        if other.unit != first.unit:
            raise LatencyError(
                f'a histogram in "{first.unit}" and one in "{other.unit}" cannot be merged; '
                "bring them to one unit first"
            )


def same_bounds(a: Sequence[float], b: Sequence[float]) -> bool:
    """Whether two writers have the same bounds: equal, or equal as floats of 32 bits, as which some write them."""
    return len(a) == len(b) and (
        tuple(a) == tuple(b) or np.array_equal(np.asarray(a, dtype=np.float32), np.asarray(b, dtype=np.float32))
    )


def _listed(bounds: Sequence[float], digits: int = 6) -> str:
    shown = [f"{bound:.{digits}g}" for bound in bounds]
    return ", ".join(shown if len(shown) <= 6 else [*shown[:3], "…", shown[-1]]) or "none"
