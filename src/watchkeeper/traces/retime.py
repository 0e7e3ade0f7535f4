"""What if this span had taken a different time?

`retime(s, d)`: s and its subtree become a leaf of duration d at the old start. Siblings that waited for it move
(`Siblings.moves`), together with their descendants. The parent keeps its own time before its children and after the
last of them. The same happens on each level up to the root. All of this works on the clipped tree: the part of a span
after its parent's end delayed nothing, so removing that part saves nothing.
"""

from __future__ import annotations

import math

import numpy as np
import pandas as pd

from ..errors import TraceError
from .children import Children
from .forest import Forest
from .siblings import Siblings


def retime(spans: pd.DataFrame, span_id: str, duration_ms: float) -> pd.DataFrame:
    """The spans as they would be if the span with that id were a leaf of `duration_ms` at its old start.

    Its descendants are removed, the others get new start_ns, end_ns and duration_ms, and other traces do not change. If
    the span shrinks, nothing moves later; with its old duration, nothing moves. A span that its parent does not wait
    for (late, pruned) keeps its place. Raises `TraceError` if the id is unknown or in several traces.

    >>> import pandas as pd
    >>> ms = 1_000_000
    >>> spans = pd.DataFrame({"span_id": ["root", "long", "s1", "s2"], "parent_span_id": ["", "root", "root", "root"],
    ...                       "start_ns": [0, 0, 0, 46 * ms], "end_ns": [100 * ms, 60 * ms, 45 * ms, 95 * ms]})
    >>> retime(spans, "s1", 20).set_index("span_id")["end_ns"].floordiv(ms).to_dict()
    {'root': 75, 'long': 60, 's1': 20, 's2': 70}
    """
    forest = Forest.of(spans)
    row = _row_of(spans, forest, span_id)
    length = _nanoseconds(duration_ms)
    below = _Below(forest)
    start, end = forest.start.copy(), forest.end.copy()
    for moved, by in _moves(Children(spans, forest, empty=True), forest, row, length, end):
        for member in [moved, *below.rows(moved)]:
            start[member] += by
            end[member] += by
    end[row] = start[row] + length
    keep = np.ones(len(spans), dtype=bool)
    keep[below.rows(row)] = False
    unknown = forest.untimed & (np.arange(len(spans)) != row)
    columns = {"start_ns": start, "end_ns": end, "duration_ms": np.where(unknown, np.nan, (end - start) / 1e6)}
    return spans.assign(**columns)[keep].reset_index(drop=True)


def _row_of(spans: pd.DataFrame, forest: Forest, span_id: str) -> int:
    # A server span that shares its client's id moves along with the client's.
    rows = np.flatnonzero((spans["span_id"].to_numpy(dtype=object) == span_id) & ~forest.duplicate & ~forest.shared)
    if not len(rows):
        raise TraceError(f'no span has the id "{span_id}"; take one from the column span_id')
    if len(rows) > 1:
        raise TraceError(f'span id "{span_id}" is in {len(rows)} traces; pass the spans of one of them')
    return int(rows[0])


def _nanoseconds(duration_ms: float) -> int:
    try:
        if math.isfinite(duration_ms) and 0 <= duration_ms < 1e12:
            return round(duration_ms * 1e6)
    except TypeError:
        pass
    raise TraceError(f"a span cannot take {duration_ms!r} ms; give a number of milliseconds, 0 or more")


def _moves(children: Children, forest: Forest, row: int, length: int, end: np.ndarray) -> list[tuple[int, int]]:
    """(row, nanoseconds) for each row that moves with its descendants. Writes the ancestors' new ends into `end`."""
    chain = _clipped_chain(forest, row)
    moves: list[tuple[int, int]] = []
    _, lo, hi = chain[-1]
    change = _effective_end(int(forest.start[row]), int(forest.end[row]), length, lo, hi) - hi
    for (parent, parent_lo, parent_hi), (span, lo, hi) in zip(chain[-2::-1], chain[:0:-1], strict=True):
        if hi < lo:
            # It ran entirely outside its parent, which did not wait for it.
            break
        # Of siblings at the same instant, this span comes first: the others started when it had ended.
        members = sorted((a, b, child != span, child) for child, a, b in children.of(parent, parent_lo, parent_hi))
        at = members.index((lo, hi, False, span))
        siblings = Siblings([(a, b) for a, b, _, _ in members])
        by = siblings.moves(at, hi + change)
        moves += [(child, move) for (*_, child), move in zip(members, by, strict=True) if move]
        change = siblings.latest_after(by, at, hi + change) - siblings.latest
        end[parent] += change
    return moves


def _clipped_chain(forest: Forest, row: int) -> list[tuple[int, int, int]]:
    """(row, lo, hi) from the root down to `row`, each clipped to the one above it."""
    rows = [row]
    while forest.parent[rows[-1]] >= 0:
        rows.append(int(forest.parent[rows[-1]]))
    chain: list[tuple[int, int, int]] = []
    for span in reversed(rows):
        lo, hi = int(forest.start[span]), int(forest.end[span])
        if chain:
            lo, hi = max(lo, chain[-1][1]), min(hi, chain[-1][2])
        chain.append((span, lo, hi))
    return chain


def _effective_end(start: int, end: int, length: int, lo: int, hi: int) -> int:
    """The end of the part of a span that its parent waits for, if the span takes `length` instead."""
    if length > end - start:
        return hi + length - (end - start)
    return max(lo, min(start + length, hi))


class _Below:
    """Finds descendants, including pruned ones, because a span moves along with the span that started it."""

    def __init__(self, forest: Forest) -> None:
        rows = np.argsort(forest.stated, kind="stable")
        self._rows, self._first, self._last = forest.grouped(rows, forest.stated)

    def rows(self, row: int) -> list[int]:
        found, seen, todo = [], {row}, [row]
        while todo:
            span = todo.pop()
            for child in self._rows[self._first[span] : self._last[span]]:
                if child not in seen:
                    seen.add(child)
                    found.append(child)
                    todo.append(child)
        return found
