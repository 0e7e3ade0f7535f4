"""The critical path: the chain of work that a request's duration is made of.

`walk(span, lo, hi)`: t = hi; among the children clipped to [lo, hi] that have a positive length, by end descending,
then start ascending, then id: if the child's end <= t, the span itself has (child's end, t), the child is walked in
(its start, its end), and t = the child's start; at last the span has (lo, t). The idea is that of CRISP (Zhang et al.,
USENIX ATC 2022); `<=` makes siblings that touch sequential.

What time stamps cannot tell is who waited for whom: a path says which work left no gap, not why. Critical time may
exceed self time: while a sibling off the path was running, the parent's own segment goes on.
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
    """One row per segment of the critical path of each root, in time order: trace by trace, root by root.

    The segments of a root are disjoint, contiguous, and sum to its duration. A trace with several roots (a parent that
    is missing makes one) has a path for each; `roots="longest"` keeps the longest root's, which is the trace's.
    Columns: trace_id span_id service name start_ns end_ns duration_ms root_span_id. The input is left as it is;
    `forest` saves building the trees of `spans` again.

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
    """The same as four arrays: row, start_ns, end_ns, row of the root."""
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
    """The segments of one root, the last first, as one flat list: row, end, start, row, end, start, …

    Flat, because a hundred thousand small tuples keep the garbage collector busier than the walk does.
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
    """Rows of the roots: traces by their earliest root, then by id; roots of a trace by start, then by id.

    With `roots="longest"` one root a trace: the longest, of equals the earliest, of those the first by id.
    """
    rows = np.flatnonzero(forest.is_root)
    names = ids(spans, rows)
    if roots == "longest":
        shorter = forest.start[rows] - forest.end[rows]
        order = np.lexsort((names, forest.start[rows], shorter, forest.trace[rows]))
        _, first = np.unique(forest.trace[rows[order]], return_index=True)
        rows, names = rows[order[first]], names[order[first]]
    trace, start = forest.trace[rows], forest.start[rows]
    earliest = np.full(len(forest.trace), np.iinfo(np.int64).max)
    np.minimum.at(earliest, trace, start)
    trace_names = ids(spans, rows, "trace_id") if "trace_id" in spans.columns else names
    return rows[np.lexsort((names, start, trace_names, earliest[trace]))]


def path_signature(spans: pd.DataFrame, by: str = "service") -> pd.Series:
    """Who is on each trace's critical path, in order of first appearance, as text: one value a trace, by trace_id.

    `by` is the column that names them, "service" or "name". `value_counts()` tells how many paths there are.
    """
    path = critical_path(spans, roots="longest")
    once = path.drop_duplicates(["trace_id", by])
    return once.groupby("trace_id", sort=False)[by].agg(" > ".join).rename("path")
