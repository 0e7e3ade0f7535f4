"""The children of a span in the form that the walk needs: clipped to the span, the latest first."""

from __future__ import annotations

import numpy as np
import pandas as pd

from .forest import Forest, ids

Clipped = tuple[int, int, int]  # row, start and end inside the parent


class Children:
    """Children by parent, sorted once for all traces.

    Children without length are on no path, so they are left out unless `empty` is true.
    """

    def __init__(self, spans: pd.DataFrame, forest: Forest, empty: bool = False) -> None:
        self._least = 0 if empty else 1
        rows = _by_end(spans, forest, self._least)
        self._rows, self._first, self._last = forest.grouped(rows, forest.parent)
        self.is_leaf = [first == last for first, last in zip(self._first, self._last, strict=True)]
        self.start, self.end = forest.start.tolist(), forest.end.tolist()
        over = _reached_over(forest)
        self._over = over.tolist()
        # Clipping can make siblings equal. Then their ids decide the order.
        self._ids = spans["span_id"].astype(str).tolist() if over.any() else []

    def of(self, span: int, lo: int, hi: int) -> list[Clipped]:
        """Children with a length inside [lo, hi], clipped to it: by end descending, start ascending, then id."""
        rows = self._rows[self._first[span] : self._last[span]]
        start, end = self.start, self.end
        if not self._over[span] and start[span] == lo and end[span] == hi:
            return [(row, start[row], end[row]) for row in rows]
        clipped = [(-min(end[row], hi), max(start[row], lo), self._ids[row], row) for row in rows]
        return [(row, a, -b) for b, a, _, row in sorted(clipped) if -b - a >= self._least]


def _by_end(spans: pd.DataFrame, forest: Forest, least: int) -> np.ndarray:
    """Rows that have a parent, sorted by parent, then by end descending, start ascending, id."""
    parent, start, end = forest.parent, forest.start, forest.end
    rows = np.flatnonzero((parent >= 0) & (end - start >= least))
    rows = rows[np.lexsort((start[rows], -end[rows], parent[rows]))]
    before, after = rows[:-1], rows[1:]
    same = (parent[after] == parent[before]) & (start[after] == start[before]) & (end[after] == end[before])
    tied = np.concatenate([[False], same]) | np.concatenate([same, [False]])
    if len(rows) and tied.any():
        # Sorting text is slow and ties are rare, so compare ids only for ties.
        at = np.flatnonzero(tied)
        group = np.cumsum(np.concatenate([[True], ~same]))[at]
        rows[at] = rows[at][np.lexsort((ids(spans, rows[at]), group))]
    return rows


def _reached_over(forest: Forest) -> np.ndarray:
    """Which rows have a child that starts before them or ends after them."""
    child = np.flatnonzero(forest.parent >= 0)
    parent = forest.parent[child]
    outside = (forest.start[child] < forest.start[parent]) | (forest.end[child] > forest.end[parent])
    over = np.zeros(len(forest.parent), dtype=bool)
    over[parent[outside]] = True
    return over
