"""Finds bounds that do not fit the measured values: then a percentile shows where the bucket is, not the values."""

from __future__ import annotations

import math

import numpy as np
import pandas as pd

from .histogram import DEFAULT_BOUNDS, Histogram
from .points import histograms

COLUMNS = ["service", "name", "unit", "n", "share", "lower", "upper", "mean", "says"]
# A bucket between two bounds is not a fault if it is as narrow as steps of 1, 2, 5, 10 are.
WIDE = 4.0


def bounds_fault(points: pd.DataFrame, share: float = 0.95, at_least: int = 20) -> pd.DataFrame:
    """Histograms with at least `share` of their values in one bucket that is too wide to tell them apart.

    A bucket is too wide if it is the first or the last, or if its upper bound is more than four times its lower. The
    points are rows of `Recording.metrics`. They are merged by service and name, and skipped if they have fewer than
    `at_least` values. One row per fault: service, name, unit, n, share (in that bucket), lower, upper, mean (exact,
    from the sum), says (a sentence).
    """
    table = histograms(points, by=("service",))
    rows = []
    for service, name, histogram in zip(table["service"], table["name"], table["histogram"], strict=True):
        if not isinstance(histogram, Histogram) or histogram.n < at_least or not histogram.bounds:
            continue
        fullest = int(np.argmax(histogram.counts))
        inside = histogram.counts[fullest] / histogram.n
        low, high = ((-math.inf, *histogram.bounds)[fullest], (*histogram.bounds, math.inf)[fullest])
        if inside >= share and not 0 < high <= low * WIDE:
            mean = histogram.mean if histogram.mean is not None else math.nan
            says = _sentence(f"{service}, {name}", histogram, (low, high, mean))
            rows.append((service, name, histogram.unit, histogram.n, inside, low, high, mean, says))
    return pd.DataFrame(rows, columns=COLUMNS)


def _sentence(who: str, histogram: Histogram, found: tuple[float, float, float]) -> str:
    low, high, mean = found
    unit = f" {histogram.unit}" if histogram.unit else ""
    where = f"above {low:g}{unit}" if math.isinf(high) else f"at or below {high:g}{unit}"
    where = f"between {low:g} and {high:g}{unit}" if math.isfinite(low) and math.isfinite(high) else where
    text = f"{who}: {max(histogram.counts):,} of {histogram.n:,} values are in a single bucket, {where}"
    text += "" if math.isnan(mean) else f", and their mean is {mean:.3g}{unit}"
    hint = " The bounds are an SDK's default, made for milliseconds." if _made_for_ms(histogram) else ""
    return f"{text}. A percentile read from it only shows where the bucket is.{hint}"


def _made_for_ms(histogram: Histogram) -> bool:
    return histogram.unit == "s" and histogram.bounds == DEFAULT_BOUNDS
