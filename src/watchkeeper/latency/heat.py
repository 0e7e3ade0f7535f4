"""Durations over time as counts in cells, which show what a line of percentiles hides."""

from __future__ import annotations

import math
from typing import Literal

import numpy as np
import pandas as pd

from ..errors import LatencyError
from ..otlp import nanoseconds
from .percentiles import Numbers, numbers


def heat_map(
    start_ns: Numbers, durations_ms: Numbers, seconds: float = 10.0, bounds: Numbers | Literal["log"] = "log"
) -> pd.DataFrame:
    """Counts of requests by when they began and how long they took: one row per `seconds`, one column per bucket.

    The index time_ns is when a row's interval begins. Intervals count from the first request and include empty ones. A
    column is named after the upper bound of its bucket in ms; the last one is inf. `bounds="log"` uses steps of 1, 2,
    5, 10, … around the durations. Raises LatencyError if starts and durations do not fit, or the bounds do not rise.

    >>> heat_map([0, 1, 10**10], [3, 40, 4], bounds=[5, 50]).to_dict("index")
    {0: {5.0: 1, 50.0: 1, inf: 0}, 10000000000: {5.0: 1, 50.0: 0, inf: 0}}
    """
    starts, values = nanoseconds(start_ns), numbers(durations_ms)
    if starts.shape != values.shape:
        raise LatencyError(f"{starts.size:,} starts do not fit {len(values):,} durations; give one for each")
    step = round(seconds * 1e9)
    if step <= 0:
        raise LatencyError(f"an interval of {seconds} s is too short; give a number of seconds above 0")
    edges = log_bounds(values) if isinstance(bounds, str) else rising(bounds)
    first = int(starts.min())
    row = (starts - first) // step
    rows, columns = int(row.max()) + 1, len(edges) + 1
    if rows * columns > 20_000_000:
        raise LatencyError(f"{rows:,} intervals of {columns} buckets are too many; make them longer than {seconds} s")
    cell = row * columns + np.searchsorted(edges, values, side="left")
    counts = np.bincount(cell, minlength=rows * columns).reshape(rows, columns)
    index = pd.Index(first + step * np.arange(rows), name="time_ns")
    return pd.DataFrame(counts, index=index, columns=pd.Index([*edges.tolist(), math.inf], name="up to ms"))


def log_bounds(durations_ms: Numbers) -> np.ndarray:
    """Bounds in steps of 1, 2, 5, 10, … from the one below the shortest duration to the one at or above the longest.

    >>> log_bounds([3, 40]).tolist()
    [2.0, 5.0, 10.0, 20.0, 50.0]
    """
    values = numbers(durations_ms)
    positive = values[(values > 0) & np.isfinite(values)]
    if not len(positive):
        return np.array([1.0])
    low, high = math.floor(math.log10(positive.min())) - 1, math.ceil(math.log10(positive.max())) + 1
    steps = np.array([float(f"{step}e{power}") for power in range(low, high + 1) for step in (1, 2, 5)])
    begin = int(np.searchsorted(steps, positive.min(), side="left")) - 1
    return steps[begin : int(np.searchsorted(steps, positive.max(), side="left")) + 1]


def rising(bounds: Numbers) -> np.ndarray:
    """The bounds as an array of floats. Raises LatencyError if they do not rise."""
    edges = np.asarray(bounds, dtype=np.float64)
    if edges.ndim != 1 or np.isnan(edges).any() or (np.diff(edges) <= 0).any():
        raise LatencyError("bounds must rise from one to the next; sort them and drop duplicates")
    return edges
