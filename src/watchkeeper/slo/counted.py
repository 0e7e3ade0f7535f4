"""An indicator from metrics: what a server's histogram of durations counted, minute by minute."""

from __future__ import annotations

import numpy as np
import pandas as pd

from ..errors import LatencyError, SloError
from ..latency import increases, recorded
from ..otlp import in_nanoseconds
from .indicator import MINUTE_NS, MOST_STEPS

NEEDED = ("type", "temporality", "name", "start_ns", "time_ns", "count", "counts", "bounds", "attributes")
CODE = "http.response.status_code"


def by_minute(points: pd.DataFrame, limit_s: float | None = None) -> pd.DataFrame:
    """How many requests were valid, and how many of those were good, by the minute for which they were reported.

    `points` are rows of `Recording.metrics` of one histogram of request durations in seconds. Every request is valid,
    and good if its status code is below 500. With `limit_s`, only requests below 500 are valid, and they are good if
    they took at most `limit_s` seconds. That must be a bound of the histogram, because durations inside a bucket are
    unknown. One row per minute from the first point's start, including empty minutes: time_ns good valid. Raises
    SloError if the points have no histogram or more than one name, if a column is missing, if a start time is missing
    or far off, or if `limit_s` is not among the bounds.

    >>> point = {"type": "histogram", "temporality": "DELTA", "unit": "s", "bounds": [0.2], "name": "", "scope": ""}
    >>> rows = [point | {"start_ns": 0, "time_ns": MINUTE_NS, "count": 10, "counts": [8, 2], "attributes": {CODE: 200}},
    ...         point | {"start_ns": 0, "time_ns": MINUTE_NS, "count": 1, "counts": [1, 0], "attributes": {CODE: 500}}]
    >>> by_minute(pd.DataFrame(rows)).values.tolist(), by_minute(pd.DataFrame(rows), 0.2).values.tolist()
    ([[0, 10, 11]], [[0, 8, 10]])
    """
    counted = _deltas(points)
    if counted.empty:
        raise SloError("there is no histogram among these points; use those of http.server.request.duration")
    names = sorted(set(counted["name"]))
    if len(names) > 1:
        raise SloError(
            f"these points are from {len(names)} histograms ({', '.join(names[:3])}), and a request would "
            "count once in each; use the points of one name"
        )
    answered = counted["attributes"].map(lambda one: int(one.get(CODE, 0)) < 500).to_numpy(dtype=bool)
    count = counted["count"].to_numpy(dtype=np.int64)
    if limit_s is None:
        valid, good = count, np.where(answered, count, 0)
    else:
        valid, good = (np.where(answered, each, 0) for each in (count, _within(counted, limit_s)))
    first = int(counted["start_ns"].min())
    # A point belongs to the minute that ends when the point does. A point without length belongs to the minute it is
    # in.
    minute = np.maximum(counted["time_ns"].to_numpy(dtype=np.int64) - first - 1, 0) // MINUTE_NS
    if (n := int(minute.max()) + 1) > MOST_STEPS:
        raise SloError(f"that makes {n:,} minutes; a point's start_ns is missing or far off, so leave out such points")
    tallies = [np.bincount(minute, weights=each).astype(np.int64) for each in (good, valid)]
    time_ns = first + MINUTE_NS * np.arange(len(tallies[0]), dtype=np.int64)
    return pd.DataFrame({"time_ns": time_ns, "good": tallies[0], "valid": tallies[1]})


def _deltas(points: pd.DataFrame) -> pd.DataFrame:
    missing = [name for name in NEEDED if name not in points.columns]
    if missing:
        raise SloError(f"the points have no column {', '.join(missing)}; take rows of Recording.metrics")
    points = in_nanoseconds(points)
    histograms = points[points["type"] == "histogram"]
    if (histograms["temporality"] == "DELTA").all():
        return histograms[recorded(histograms.assign(value=np.nan))]
    try:
        return increases(histograms)
    except LatencyError as error:
        raise SloError(str(error)) from None


def _within(counted: pd.DataFrame, limit_s: float) -> np.ndarray:
    """How many of each point's requests took at most `limit_s`."""
    found = []
    for bounds, counts in zip(counted["bounds"], counted["counts"], strict=True):
        if limit_s not in bounds:
            raise SloError(
                f"{limit_s:g} s is not a bound of this histogram, so it can't say how many took longer; "
                f"use one of {', '.join(format(bound, 'g') for bound in bounds)}"
            )
        found.append(sum(counts[: bounds.index(limit_s) + 1]))
    return np.array(found, dtype=np.int64)
