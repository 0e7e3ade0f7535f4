"""The science of latency: percentiles, histograms, and how certain they are.

Durations are milliseconds if a name ends in _ms, and otherwise have the unit of the input. Each function names its
method. A value that can't be known exactly (a percentile inside a bucket, or from few values) is returned as two
bounds.
"""

from ..errors import LatencyError
from .compare import Comparison, compare
from .exponential import ExponentialHistogram, to_explicit, to_exponential
from .fault import bounds_fault
from .heat import heat_map, log_bounds
from .histogram import DEFAULT_BOUNDS, HTTP_BOUNDS, Histogram, common_bounds, merged
from .omission import corrected, open_loop
from .percentiles import (
    Interval,
    beyond,
    density_gap,
    ecdf,
    least_n,
    percentile,
    percentile_interval,
    rank,
    tail_amplification,
)
from .points import histograms, increases, rate, recorded

__all__ = [
    "DEFAULT_BOUNDS",
    "HTTP_BOUNDS",
    "Comparison",
    "ExponentialHistogram",
    "Histogram",
    "Interval",
    "LatencyError",
    "beyond",
    "bounds_fault",
    "common_bounds",
    "compare",
    "corrected",
    "density_gap",
    "ecdf",
    "heat_map",
    "histograms",
    "increases",
    "least_n",
    "log_bounds",
    "merged",
    "open_loop",
    "percentile",
    "percentile_interval",
    "rank",
    "rate",
    "recorded",
    "tail_amplification",
    "to_explicit",
    "to_exponential",
]
