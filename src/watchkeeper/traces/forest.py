"""Spans as trees: who is whose child, which rows are roots, and what does not fit into a tree.

Everything here works on row numbers and numpy arrays, for any number of traces in one frame, without recursion.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from ..errors import TraceError

NEEDED = ("span_id", "parent_span_id", "start_ns", "end_ns")


@dataclass(frozen=True)
class Forest:
    """The trees in a frame of n spans, as arrays of n row numbers (-1: none) and flags.

    `parent` holds only links that count: none for roots, orphans, members of a cycle and a consumer under a producer.
    `top` is the row that a span hangs from in the end; `role` says what a top is ("" for all other rows).
    """

    trace: np.ndarray  # int code of the trace
    parent: np.ndarray
    top: np.ndarray
    orphan: np.ndarray  # names a parent that is not in the frame
    cyclic: np.ndarray  # is its own ancestor
    pruned: np.ndarray  # a CONSUMER right under a PRODUCER
    duplicate: np.ndarray  # repeats the id of another span of its trace
    start: np.ndarray  # int64 nanoseconds
    end: np.ndarray

    @property
    def is_root(self) -> np.ndarray:
        """Rows that a path starts from: no parent, or one that is missing."""
        return (self.parent < 0) & ~self.cyclic & ~self.pruned & ~self.duplicate

    @property
    def rooted(self) -> np.ndarray:
        """Rows that hang from a root."""
        return self.is_root[self.top]


def build(spans: pd.DataFrame) -> Forest:
    """The trees in `spans`; needs span_id, parent_span_id, start_ns and end_ns, and uses trace_id and kind if there."""
    start, end = _times(spans)
    trace, own, above = _codes(spans)
    stated, duplicate = _parents(trace, own, above, start, end, spans)
    orphan = (above >= 0) & (stated < 0)
    pruned = _pruned(spans, stated)
    parent = np.where(pruned | duplicate, -1, stated)
    top, cyclic = _tops(parent)
    parent = np.where(cyclic, -1, parent)
    top = np.where(cyclic, np.arange(len(top)), top)
    return Forest(trace, parent, top, orphan, cyclic, pruned, duplicate, start, end)


def _times(spans: pd.DataFrame) -> tuple[np.ndarray, np.ndarray]:
    missing = [name for name in NEEDED if name not in spans.columns]
    if missing:
        raise TraceError(f"the spans have no column {', '.join(missing)}; they need {', '.join(NEEDED)}")
    try:
        return spans["start_ns"].to_numpy(dtype=np.int64), spans["end_ns"].to_numpy(dtype=np.int64)
    except (ValueError, TypeError):
        raise TraceError("start_ns and end_ns must be whole nanoseconds, with none missing") from None


def _codes(spans: pd.DataFrame) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Traces, spans and parents as integers; a parent that no span has, or none, is -1 resp. a code of its own."""
    n = len(spans)
    if "trace_id" in spans.columns:
        trace = pd.factorize(spans["trace_id"], use_na_sentinel=False)[0].astype(np.int64)
    else:
        trace = np.zeros(n, dtype=np.int64)
    parents = spans["parent_span_id"]
    none = parents.isna().to_numpy() | (parents == "").to_numpy(dtype=bool, na_value=False)
    ids = np.concatenate([spans["span_id"].to_numpy(dtype=object), parents.to_numpy(dtype=object)])
    codes = pd.factorize(ids, use_na_sentinel=False)[0].astype(np.int64)
    return trace, codes[:n], np.where(none, -1, codes[n:])


def _parents(
    trace: np.ndarray, own: np.ndarray, above: np.ndarray, start: np.ndarray, end: np.ndarray, spans: pd.DataFrame
) -> tuple[np.ndarray, np.ndarray]:
    """The row of each row's parent in the same trace, and which rows repeat an id (all but the first in time)."""
    n = len(own)
    width = max(int(own.max(initial=0)), int(above.max(initial=0))) + 1
    key = trace * width + own
    order = np.lexsort((end, start, key))
    ordered = key[order]
    again = np.zeros(n, dtype=bool)
    again[1:] = ordered[1:] == ordered[:-1]
    duplicate = np.zeros(n, dtype=bool)
    duplicate[order[again]] = True
    rows, keys = order[~again], ordered[~again]
    wanted = trace * width + above
    at = np.minimum(np.searchsorted(keys, wanted), max(len(keys) - 1, 0))
    if n == 0:
        return at.astype(np.int64), duplicate
    found = (above >= 0) & (keys[at] == wanted)
    return np.where(found, rows[at], -1), duplicate


def _pruned(spans: pd.DataFrame, parent: np.ndarray) -> np.ndarray:
    if "kind" not in spans.columns or not len(spans):
        return np.zeros(len(spans), dtype=bool)
    kind = spans["kind"]
    consumer = (kind == "CONSUMER").to_numpy(dtype=bool, na_value=False)
    producer = (kind == "PRODUCER").to_numpy(dtype=bool, na_value=False)
    return consumer & (parent >= 0) & producer[parent]


def _tops(parent: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Follow all parents at once, in steps of 1, 2, 4, … generations; what never arrives is in a cycle or below one."""
    n = len(parent)
    here = np.arange(n)
    up = np.where(parent < 0, here, parent)
    for _ in range(max(n, 1).bit_length() + 1):
        further = up[up]
        if np.array_equal(further, up):
            break
        up = further
    lost = parent[up] >= 0
    cyclic = np.zeros(n, dtype=bool)
    cyclic[up[lost]] = True
    return up, cyclic
