"""Order: how often timestamps contradict each other, or contradict causality."""

from __future__ import annotations

import numpy as np
import pandas as pd

from ..otlp import nanoseconds
from ..traces import Forest
from .columns import need
from .joins import span_rows


def inversions(logs: pd.DataFrame, spans: pd.DataFrame | None = None) -> pd.DataFrame:
    """How often one order contradicts another: one row per comparison: order, pairs, inverted, share (nan of 0 pairs).

    "event against observed time": how many of all pairs of records happened in one order and were observed in the
    other (batches, late agents). "event time against the file": the same for the order of the rows. With spans, there
    are also comparisons with causality, which no clock can overrule: "record before its span" (its span had not
    started), "record before its parent span" (the span that called it, perhaps on another host, had not started), and
    "span before its parent". Inversions there mean that two clocks disagree, or that one was changed.

    >>> import pandas as pd
    >>> logs = pd.DataFrame({"time_ns": [10, 20, 30], "observed_ns": [35, 25, 40]})
    >>> inversions(logs)["inverted"].tolist()
    [1, 0]
    """
    need(logs, ["time_ns", "observed_ns"])
    time, observed = nanoseconds(logs["time_ns"]), nanoseconds(logs["observed_ns"])
    all_pairs = len(time) * (len(time) - 1) // 2
    by_observed = time[np.lexsort((time, observed))]
    rows = [
        ("event against observed time", all_pairs, count_inversions(by_observed)),
        ("event time against the file", all_pairs, count_inversions(time)),
    ]
    if spans is not None:
        rows += _against_causality(logs, time, spans)
    table = pd.DataFrame(rows, columns=["order", "pairs", "inverted"])
    table["share"] = table["inverted"] / table["pairs"].where(table["pairs"] > 0)
    return table


def _against_causality(logs: pd.DataFrame, time: np.ndarray, spans: pd.DataFrame) -> list[tuple[str, int, int]]:
    need(logs, ["trace_id", "span_id"])
    forest = Forest.of(spans)
    span = span_rows(logs, spans, forest)
    time, span = time[span >= 0], span[span >= 0]
    above = forest.parent[span]
    below = np.flatnonzero(forest.parent >= 0)
    early = time[above >= 0] < forest.start[above[above >= 0]]
    return [
        ("record before its span", len(span), int((time < forest.start[span]).sum())),
        ("record before its parent span", int((above >= 0).sum()), int(early.sum())),
        ("span before its parent", len(below), int((forest.start[below] < forest.start[forest.parent[below]]).sum())),
    ]


def count_inversions(values: np.ndarray) -> int:
    """How many pairs of values are in descending order. Equal values don't count. Takes n log² n steps.

    >>> count_inversions(np.array([3, 1, 2, 2]))
    3
    """
    n = len(values)
    if n < 2:
        return 0
    size = 1 << (n - 1).bit_length()
    # Ranks, padded at the end with the largest value, which is in no inversion there.
    line = np.full(size, n, dtype=np.int64)
    line[:n] = np.unique(values, return_inverse=True)[1]
    found, width = 0, 1
    while width < size:
        pairs = line.reshape(-1, 2 * width)
        order = np.argsort(pairs, axis=1, kind="stable")
        # If an element of the right half ends up at place p, with r others of the right half before it, it has passed
        # width - (p - r) elements of the left half.
        right = order >= width
        place = np.arange(2 * width)
        passed = width - (place - (np.cumsum(right, axis=1) - 1))
        found += int(passed[right].sum())
        line = np.take_along_axis(pairs, order, axis=1).ravel()
        width *= 2
    return found
