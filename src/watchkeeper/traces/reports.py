"""Reports which spans do not fit into a tree, and makes the table that trees are drawn from."""

from __future__ import annotations

import numpy as np
import pandas as pd

from ..otlp import nanoseconds
from .forest import Forest, ids
from .path import root_order

_COLUMNS = ["trace_id", "span_id", "service", "name", "report", "by_ms", "detail"]
_DETAILS = {
    "orphan": "its parent is not among the spans; it counts as a root",
    "cycle": "it is its own ancestor; it and its descendants are on no path",
    "self-parent": "it names itself as parent; it and its descendants are on no path",
    "duplicate": "another span of the trace has the same id; the earliest counts",
    "pruned": "a consumer under a producer, which did not wait for it; it is on no path",
    "late": "it starts after its parent has ended; it is on no path",
    "early": "it ends before its parent starts; it is on no path",
    "clipped": "it starts before its parent or ends after it; only the part inside counts",
    "negative": "it ends before it starts; its duration is unknown, and it is on no path",
    "unended": "it has no end; its duration is unknown, and it is on no path",
    "impossible": "its times can't be true; its duration is unknown, and it is on no path",
    "shared": "a server span with the id of its client span; it counts as that span's child",
}


def reports(spans: pd.DataFrame) -> pd.DataFrame:
    """One row for each problem: trace_id span_id service name report by_ms detail.

    `report` is a word (orphan, cycle, self-parent, duplicate, pruned, late, early, clipped, negative, unended,
    impossible, shared). `detail` is a
    sentence about what it is and how it counts. `by_ms` is how far a late, early, clipped or negative span is off (0
    for the others).
    """
    forest = Forest.of(spans)
    out = _out_by(forest)
    start, end = nanoseconds(spans["start_ns"]), nanoseconds(spans["end_ns"])
    unended = forest.untimed & (end == 0) & (start > 0)
    negative = np.where(unended, 0, start - end)
    own = forest.cyclic & (forest.stated == np.arange(len(spans)))
    found = {
        "orphan": forest.orphan,
        "cycle": forest.cyclic & ~own,
        "self-parent": own,
        "duplicate": forest.duplicate,
        "pruned": forest.pruned,
        **{word: by > 0 for word, by in out.items()},
        "negative": negative > 0,
        "unended": unended,
        "impossible": forest.untimed & (negative <= 0) & ~unended,
        "shared": forest.shared,
    }
    by = out | {"negative": negative}
    tables = [_table(spans, np.flatnonzero(rows), word, by.get(word)) for word, rows in found.items()]
    return pd.concat(tables, ignore_index=True)[_COLUMNS]


def _out_by(forest: Forest) -> dict[str, np.ndarray]:
    """Nanoseconds by which children extend beyond their parents."""
    child = forest.parent >= 0
    parent = np.where(child, forest.parent, 0)
    # A child may or may not extend beyond a parent without an end.
    child &= ~(forest.untimed[parent] | forest.untimed)
    before, after = forest.start[parent] - forest.start, forest.end - forest.end[parent]
    late = child & (forest.start >= forest.end[parent]) & (after > 0)
    early = child & (forest.end <= forest.start[parent]) & (before > 0)
    over = np.maximum(np.maximum(before, 0), after)
    clipped = child & ~late & ~early & (over > 0)
    return {
        "late": np.where(late, after, 0),
        "early": np.where(early, before, 0),
        "clipped": np.where(clipped, over, 0),
    }


def _table(spans: pd.DataFrame, rows: np.ndarray, word: str, by_ns: np.ndarray | None) -> pd.DataFrame:
    table = pd.DataFrame({"report": [word] * len(rows), "detail": [_DETAILS[word]] * len(rows)}, dtype="str")
    for name in ("trace_id", "span_id", "service", "name"):
        table[name] = spans[name].take(rows).array if name in spans.columns else ""
    table["by_ms"] = np.zeros(len(rows)) if by_ns is None else by_ns[rows] / 1e6
    return table


def tree(spans: pd.DataFrame) -> pd.DataFrame:
    """The spans in drawing order: each root followed by its tree, with `depth`, `role` and `root_span_id`.

    Children are sorted by start, then the longer first, then by id. `role` is root, orphan, child, consumer (pruned),
    duplicate or cycle. Spans in a cycle and their descendants come last, at depth 0 and without a root.
    """
    forest = Forest.of(spans)
    order, depth, root = _draw(spans, forest)
    rest = np.setdiff1d(np.arange(len(spans)), order)
    rows = np.concatenate([order, rest]).astype(np.int64)
    drawn = spans.iloc[rows].reset_index(drop=True)
    drawn["depth"] = np.concatenate([depth, np.zeros(len(rest))]).astype(np.int64)
    drawn["role"] = _roles(forest)[rows]
    tops = spans["span_id"].take(root).tolist() + [""] * len(rest)
    drawn["root_span_id"] = pd.array(tops, dtype="str")
    return drawn


def _draw(spans: pd.DataFrame, forest: Forest) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Rows, depths and roots, parents before children."""
    stated = np.where(forest.cyclic, -1, forest.stated)
    everybody = np.arange(len(spans))
    rows = np.lexsort((ids(spans, everybody), -forest.end, forest.start, stated))
    children, first, last = forest.grouped(rows, stated)
    found = []
    for root in root_order(spans, forest).tolist():
        stack = [(root, 0)]
        while stack:
            row, depth = stack.pop()
            found.append((row, depth, root))
            stack += [(child, depth + 1) for child in reversed(children[first[row] : last[row]])]
    order, depths, roots = np.array(found, dtype=np.int64).reshape(-1, 3).T
    return order, depths, roots


def _roles(forest: Forest) -> np.ndarray:
    role = np.full(len(forest.parent), "child", dtype=object)
    role[forest.is_root] = "root"
    for word, rows in (("orphan", forest.orphan), ("consumer", forest.pruned), ("duplicate", forest.duplicate)):
        role[rows] = word
    role[forest.cyclic] = "cycle"
    return role
