"""Bounds that do not fit what is measured: then a percentile says where the bucket is, and nothing of the values."""

from __future__ import annotations

import math

import numpy as np
import pandas as pd

from .histogram import DEFAULT_BOUNDS, Histogram
from .points import histograms

COLUMNS = ["service", "name", "unit", "n", "share", "lower", "upper", "mean", "says"]
# A bucket inside the bounds is no fault when it is as narrow as 1-2-5 steps are.
WIDE = 4.0


def bounds_fault(points: pd.DataFrame, share: float = 0.95, at_least: int = 20) -> pd.DataFrame:
    """Histograms with at least `share` of their values in one bucket that is too wide to tell them apart.

    Too wide is the first bucket, the last, and one whose upper bound is more than four times its lower. Points as in
    `Recording.metrics`, merged by service and name; of fewer than `at_least` values nothing is said. A row a fault:
    service, name, unit, n, share (in that bucket), lower, upper, mean (exact, from the sum), says (a sentence).
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
    text = f"{who}: {max(histogram.counts):,} of {histogram.n:,} values lie in the one bucket {where}"
    text += "" if math.isnan(mean) else f", and their mean is {mean:.3g}{unit}"
    hint = "; the bounds are an SDK's default, made for milliseconds" if _made_for_ms(histogram) else ""
    return f"{text}: a percentile read from it says where the bucket is{hint}."


def _made_for_ms(histogram: Histogram) -> bool:
    return histogram.unit == "s" and histogram.bounds == DEFAULT_BOUNDS
