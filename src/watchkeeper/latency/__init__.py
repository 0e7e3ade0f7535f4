"""The science of latency: percentiles, histograms, and how sure one can be of them.

Durations are milliseconds where a name ends in _ms, and else in the unit of what was given. Each function says which
method it takes; what cannot be known (a percentile inside a bucket, or beyond few values) comes back as two bounds.
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
from .points import histograms, increases, rate

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
    "tail_amplification",
    "to_explicit",
    "to_exponential",
]
