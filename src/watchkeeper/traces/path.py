"""The critical path: the chain of work that makes up a request's duration.

`walk(span, lo, hi)`: Start with t = hi. Clip the children to [lo, hi] and keep those with a positive length, by end
descending, then start ascending, then id. For each child with end <= t: the span itself gets (child's end, t), the
child is walked in (its start, its end), and t becomes the child's start. At the end, the span gets (lo, t). The idea
comes from CRISP (Zhang et al., USENIX ATC 2022). With `<=`, siblings that touch count as sequential.

Timestamps do not say which span waited for which. A path shows which work left no gap, not why. A span's critical time
may be longer than its self time, because its own segment continues while a child that is not on the path runs.
"""

from __future__ import annotations

from typing import Literal

import numpy as np
import pandas as pd

from .children import Children
from .forest import Forest, ids

Roots = Literal["all", "longest"]
COLUMNS = ["trace_id", "span_id", "service", "name", "start_ns", "end_ns", "duration_ms", "root_span_id"]


def critical_path(spans: pd.DataFrame, roots: Roots = "all", forest: Forest | None = None) -> pd.DataFrame:
    """One row per segment of each root's critical path, in time order: trace by trace, root by root.

    The segments of a root are disjoint and contiguous, and add up to its duration. A trace with several roots has one
    path per root (a span whose parent is missing is a root). `roots="longest"` keeps only the longest root's path.
    Columns: trace_id span_id service name start_ns end_ns duration_ms root_span_id. The input is not changed. Pass
    `forest` if you have built the trees of `spans` already.

    >>> import pandas as pd
    >>> spans = pd.DataFrame({"span_id": ["a", "b"], "parent_span_id": ["", "a"],
    ...                       "start_ns": [0, 10], "end_ns": [40, 30]})
    >>> critical_path(spans)[["span_id", "start_ns", "end_ns"]].values.tolist()
    [['a', 0, 10], ['b', 10, 30], ['a', 30, 40]]
    """
    forest = forest or Forest.of(spans)
    row, start, end, root = segments(spans, forest, roots)
    path = pd.DataFrame(index=range(len(row)), columns=[])
    for name in ("trace_id", "span_id", "service", "name"):
        path[name] = spans[name].take(row).array if name in spans.columns else ""
    path["start_ns"], path["end_ns"], path["duration_ms"] = start, end, (end - start) / 1e6
    path["root_span_id"] = spans["span_id"].take(root).array
    return path[COLUMNS]


def segments(
    spans: pd.DataFrame, forest: Forest, roots: Roots = "all"
) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """The segments of `critical_path` as four arrays: row, start_ns, end_ns, row of the root."""
    children = Children(spans, forest)
    roots_in_order = root_order(spans, forest, roots)
    found: list[int] = []
    lengths = []
    for root in roots_in_order.tolist():
        path = _walk(children, root)
        lengths.append(len(path) // 3)
        path.reverse()
        found += path
    start, end, row = np.array(found, dtype=np.int64).reshape(-1, 3).T
    return row, start, end, np.repeat(roots_in_order, np.array(lengths, dtype=np.int64))


def _walk(children: Children, root: int) -> list[int]:
    """The segments of one root, the last first, as a flat list: row, end, start, row, end, start, …

    The list is flat because a hundred thousand small tuples would cost more garbage collection than the walk itself.
    """
    found: list[int] = []
    t = children.end[root]
    stack = [(root, children.start[root], iter(children.of(root, children.start[root], t)))]
    while stack:
        span, lo, todo = stack[-1]
        for child, child_lo, child_hi in todo:
            if child_hi > t:
                continue
            if child_hi < t:
                found += (span, t, child_hi)
            if children.is_leaf[child]:
                found += (child, child_hi, child_lo)
                t = child_lo
                continue
            t = child_hi
            stack.append((child, child_lo, iter(children.of(child, child_lo, child_hi))))
            break
        else:
            if lo < t:
                found += (span, t, lo)
                t = lo
            stack.pop()
    return found


def root_order(spans: pd.DataFrame, forest: Forest, roots: Roots = "all") -> np.ndarray:
    """Rows of the roots. Traces are sorted by their earliest root, then by id; roots of a trace by start, then by id.

    With `roots="longest"`, there is one root per trace: the longest; of equals the earliest, then the first by id. A
    root without a parent whose duration can't be known counts as the longest, because it may have been.
    """
    rows = np.flatnonzero(forest.is_root)
    names = ids(spans, rows)
    if roots == "longest":
        shorter = forest.start[rows] - forest.end[rows]
        known = ~(forest.untimed & ~forest.orphan)[rows]
        order = np.lexsort((names, forest.start[rows], shorter, known, forest.trace[rows]))
        _, first = np.unique(forest.trace[rows[order]], return_index=True)
        rows, names = rows[order[first]], names[order[first]]
    trace, start = forest.trace[rows], forest.start[rows]
    earliest = np.full(len(forest.trace), np.iinfo(np.int64).max)
    np.minimum.at(earliest, trace, start)
    trace_names = ids(spans, rows, "trace_id") if "trace_id" in spans.columns else names
    return rows[np.lexsort((names, start, trace_names, earliest[trace]))]


def path_signature(spans: pd.DataFrame, by: str = "service") -> pd.Series:
    """What is on each trace's critical path, in order of first appearance: one text per trace, indexed by trace_id.

    `by` is the column to use, "service" or "name". `value_counts()` of the result shows how common each path is.
    """
    path = critical_path(spans, roots="longest")
    once = path.drop_duplicates(["trace_id", by])
    return once.groupby("trace_id", sort=False)[by].agg(" > ".join).rename("path")
