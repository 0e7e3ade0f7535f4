"""The critical path: the chain of work that a request's duration is made of.

`walk(span, lo, hi)`: t = hi; among the children clipped to [lo, hi] that have a positive length, by end descending, then
start ascending, then id: if the child's end <= t, the span itself has (child's end, t), the child is walked in (its
start, its end), and t = the child's start; at last the span has (lo, t). After CRISP (Zhang et al., USENIX ATC 2022).

What time stamps cannot tell: who waited for whom. A path says which work left no gap behind the end, not why. And
critical time may exceed self time: while a sibling off the path was running, the parent's own segment goes on.
"""

from __future__ import annotations

from typing import Literal

import numpy as np
import pandas as pd

from .forest import Forest, build

COLUMNS = ["trace_id", "span_id", "service", "name", "start_ns", "end_ns", "duration_ms", "root_span_id"]


def critical_path(spans: pd.DataFrame, roots: Literal["all", "longest"] = "all") -> pd.DataFrame:
    """One row a segment of the critical path of each root, in time order: trace by trace, root by root.

    The segments of a root are disjoint, contiguous, and sum to its duration. A trace with several roots (a parent that
    is missing makes one) has a path for each; `roots="longest"` keeps the longest root's, which is the trace's.
    Columns: trace_id span_id service name start_ns end_ns duration_ms root_span_id. The input is left as it is.

    >>> import pandas as pd
    >>> spans = pd.DataFrame({"span_id": ["a", "b"], "parent_span_id": ["", "a"], "start_ns": [0, 10], "end_ns": [40, 30]})
    >>> critical_path(spans)[["span_id", "start_ns", "end_ns"]].values.tolist()
    [['a', 0, 10], ['b', 10, 30], ['a', 30, 40]]
    """
    forest = build(spans)
    rows, lo, hi, tops = walk(spans, forest, root_rows(spans, forest, roots))
    frame = {}
    for name in ("trace_id", "span_id", "service", "name"):
        frame[name] = spans[name].take(rows).reset_index(drop=True) if name in spans.columns else ""
    frame["start_ns"], frame["end_ns"], frame["duration_ms"] = lo, hi, (hi - lo) / 1e6
    frame["root_span_id"] = spans["span_id"].take(tops).reset_index(drop=True)
    return pd.DataFrame(frame, columns=COLUMNS)


def root_rows(spans: pd.DataFrame, forest: Forest, roots: str) -> np.ndarray:
    """Rows of the roots, in time order of their traces, then of themselves; ties by id."""
    rows = np.flatnonzero(forest.is_root)
    ids = spans["span_id"].to_numpy(dtype=object)[rows].astype(str)
    start, end, trace = forest.start[rows], forest.end[rows], forest.trace[rows]
    if roots == "longest":
        order = np.lexsort((ids, start, start - end, trace))
        first = np.ones(len(rows), dtype=bool)
        first[1:] = trace[order][1:] != trace[order][:-1]
        keep = order[first]
        rows, ids, start, trace = rows[keep], ids[keep], start[keep], trace[keep]
    begin = np.full(int(forest.trace.max(initial=0)) + 1, np.iinfo(np.int64).max)
    np.minimum.at(begin, trace, start)
    names = spans["trace_id"].to_numpy(dtype=object)[rows].astype(str) if "trace_id" in spans.columns else ids
    return rows[np.lexsort((ids, start, names, begin[trace]))]


def children_by_end(spans: pd.DataFrame, forest: Forest) -> tuple[list[int], list[int], list[int]]:
    """Rows grouped by parent, in the walk's order: (rows, first, last) with the children of p in rows[first[p]:last[p]].

    Only children of positive length: the others are on no path.
    """
    start, end, parent = forest.start, forest.end, forest.parent
    rows = np.flatnonzero((parent >= 0) & (end > start))
    rows = rows[np.lexsort((start[rows], -end[rows], parent[rows]))]
    p, s, e = parent[rows], start[rows], end[rows]
    tied = np.zeros(len(rows) + 1, dtype=bool)
    tied[1:-1] = (p[1:] == p[:-1]) & (s[1:] == s[:-1]) & (e[1:] == e[:-1])
    among = tied[:-1] | tied[1:]
    if among.any():
        # Sorting text is slow and ties are rare: order by id only where it decides.
        at = np.flatnonzero(among)
        ids = spans["span_id"].to_numpy(dtype=object)[rows[at]].astype(str)
        group = np.cumsum(~tied[:-1])[at]
        rows[at] = rows[at][np.lexsort((ids, group))]
    n = len(parent)
    first = np.searchsorted(p, np.arange(n), side="left")
    last = np.searchsorted(p, np.arange(n), side="right")
    return rows.tolist(), first.tolist(), last.tolist()


def overflowing(forest: Forest) -> np.ndarray:
    """Which rows have a child that reaches over their start or end."""
    child = np.flatnonzero(forest.parent >= 0)
    over = np.zeros(len(forest.parent), dtype=bool)
    parent = forest.parent[child]
    outside = (forest.start[child] < forest.start[parent]) | (forest.end[child] > forest.end[parent])
    over[parent[outside]] = True
    return over


def walk(spans: pd.DataFrame, forest: Forest, roots: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """Segments as arrays (row, start_ns, end_ns, root's row), in time order within each root."""
    rows, first, last = children_by_end(spans, forest)
    over = overflowing(forest).tolist()
    start, end = forest.start.tolist(), forest.end.tolist()
    ids = spans["span_id"].astype(str).tolist() if any(over) else []
    seg_row: list[int] = []
    seg_lo: list[int] = []
    seg_hi: list[int] = []
    counts = []
    for root in roots.tolist():
        before = len(seg_row)
        # A frame of the stack: the span, lo, the children still to look at (next first), t.
        stack = [(root, start[root], _children(root, start[root], end[root], rows, first, last, over, start, end, ids))]
        t = end[root]
        while stack:
            span, lo, todo = stack[-1]
            for child, child_lo, child_hi in todo:
                if child_hi <= t:
                    if child_hi < t:
                        seg_row.append(span), seg_lo.append(child_hi), seg_hi.append(t)
                    t = child_hi
                    stack.append(
                        (child, child_lo, _children(child, child_lo, child_hi, rows, first, last, over, start, end, ids))
                    )
                    break
            else:
                if lo < t:
                    seg_row.append(span), seg_lo.append(lo), seg_hi.append(t)
                t = lo
                stack.pop()
        counts.append(len(seg_row) - before)
        seg_row[before:], seg_lo[before:], seg_hi[before:] = (
            seg_row[before:][::-1], seg_lo[before:][::-1], seg_hi[before:][::-1],
        )  # fmt: skip
    tops = np.repeat(roots, np.array(counts, dtype=np.int64))
    as_int = [np.array(column, dtype=np.int64) for column in (seg_row, seg_lo, seg_hi)]
    return as_int[0], as_int[1], as_int[2], tops


def _children(span, lo, hi, rows, first, last, over, start, end, ids):
    mine = rows[first[span] : last[span]]
    if over[span] or start[span] != lo or end[span] != hi:
        clipped = [(max(start[c], lo), min(end[c], hi), c) for c in mine]
        kept = sorted((-e, s, ids[c] if ids else "", c) for s, e, c in clipped if s < e)
        return iter([(c, s, -e) for e, s, _, c in kept])
    return iter([(c, start[c], end[c]) for c in mine])
