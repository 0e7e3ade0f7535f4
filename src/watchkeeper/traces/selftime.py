"""Self time: the part of a span's duration that none of its children covers."""

from __future__ import annotations

import numpy as np
import pandas as pd

from .forest import Forest


def self_time(spans: pd.DataFrame, forest: Forest | None = None) -> pd.Series:
    """Self time in milliseconds: one value per span, in row order, indexed by span_id.

    It is the duration minus the length of the *union* of the children's intervals, clipped to the span: two children
    that run at the same time count once. As on the critical path, a consumer under a producer is not counted. It is NaN
    for a span whose duration can't be known. Pass `forest` if you have built the trees of `spans` already.

    >>> import pandas as pd
    >>> ms = 1_000_000
    >>> spans = pd.DataFrame({"span_id": ["a", "b", "c"], "parent_span_id": ["", "a", "a"],
    ...                       "start_ns": [0, 10 * ms, 20 * ms], "end_ns": [100 * ms, 40 * ms, 50 * ms]})
    >>> self_time(spans).to_dict()
    {'a': 60.0, 'b': 30.0, 'c': 30.0}
    """
    forest = forest or Forest.of(spans)
    duration = forest.end - forest.start
    covered = _covered(forest.parent, forest.start, forest.end)
    own = np.where(forest.untimed | forest.duplicate, np.nan, (duration - covered) / 1e6)
    return pd.Series(own, index=pd.Index(spans["span_id"], name="span_id"), name="self_ms")


def _covered(parent: np.ndarray, start: np.ndarray, end: np.ndarray) -> np.ndarray:
    """The nanoseconds of each row that its children cover."""
    child = np.flatnonzero(parent >= 0)
    lo = np.maximum(start[child], start[parent[child]])
    hi = np.minimum(end[child], end[parent[child]])
    inside = lo < hi
    child, lo, hi = child[inside], lo[inside], hi[inside]
    order = np.lexsort((lo, parent[child]))
    covered = [0] * len(parent)
    last, reach = -1, 0
    for p, a, b in zip(parent[child][order].tolist(), lo[order].tolist(), hi[order].tolist(), strict=True):
        if p != last:
            last, reach = p, a
        if b > reach:
            covered[p] += b - max(a, reach)
            reach = b
    return np.array(covered, dtype=np.int64)
