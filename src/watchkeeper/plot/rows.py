"""The rows of a waterfall: a trace's tree in reading order, alike siblings folded into one row, short rows left out.

What is folded or left out depends on names and durations only, never on the critical path: a figure without the path
must not tell by its rows where the path runs.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import groupby

import numpy as np
import pandas as pd

from ..traces import Forest

FOLD_FROM = 5  # up to four alike rows are counted at a glance


@dataclass
class Row:
    """One row: its spans (positions in the frame; several when folded), its depth in the tree and the row above it."""

    spans: list[int]
    depth: int
    parent: int = -1
    hidden: int = 0


def rows_of(spans: pd.DataFrame, trees: Forest, fold: bool = True) -> list[Row]:
    """All rows of one trace in tree order: a parent, then its children by start.

    With `fold`, five or more children of one parent that share service, name and kind become one row at the place of
    the first (and so do their children): forty alike queries read better as "×40" than as forty rows.
    """
    keys = list(zip(spans["service"], spans["name"], spans["kind"], strict=True))
    start = trees.start.tolist()
    children = _children(trees)
    rows: list[Row] = []
    tops = [[top] for top in _in_time(np.flatnonzero(trees.parent < 0), trees)]
    stack = [(group, 0, -1) for group in reversed(tops)]
    while stack:
        members, depth, parent = stack.pop()
        rows.append(Row(members, depth, parent))
        below = [child for member in members for child in children.get(member, [])]
        groups = _alike(below, keys, 1 if len(members) > 1 else FOLD_FROM) if fold else [[child] for child in below]
        groups.sort(key=lambda group: start[group[0]])
        stack += [(group, depth + 1, len(rows) - 1) for group in reversed(groups)]
    return rows


def _in_time(positions: np.ndarray, trees: Forest) -> list[int]:
    return positions[np.lexsort((-trees.end[positions], trees.start[positions]))].tolist()


def _children(trees: Forest) -> dict[int, list[int]]:
    """The children of each parent, by start."""
    ordered = _in_time(np.flatnonzero(trees.parent >= 0), trees)
    ordered.sort(key=trees.parent.tolist().__getitem__)
    return {parent: list(group) for parent, group in groupby(ordered, trees.parent.tolist().__getitem__)}


def _alike(positions: list[int], keys: list[tuple], fold_from: int) -> list[list[int]]:
    """Siblings grouped by key where there are at least `fold_from` of them, alone otherwise."""
    groups: dict[tuple, list[int]] = {}
    for position in positions:
        groups.setdefault(keys[position], []).append(position)
    whole = [group for group in groups.values() if len(group) >= fold_from]
    return whole + [[one] for group in groups.values() if len(group) < fold_from for one in group]


def longest(rows: list[Row], trees: Forest, limit: int) -> list[Row]:
    """At most `limit` rows: those with the most time in them, with the rows above them, in the same order.

    Each row that stays counts in `hidden` the rows that it lost below it.
    """
    if len(rows) <= limit:
        return rows
    duration = (trees.end - trees.start).tolist()
    time_in = [sum(duration[span] for span in row.spans) for row in rows]
    kept: set[int] = set()
    for at in sorted(range(len(rows)), key=lambda at: (-time_in[at], at)):
        above = _unkept_ancestry(rows, at, kept)
        if len(kept) + len(above) <= limit:
            kept.update(above)
    return _renumbered(rows, kept)


def _unkept_ancestry(rows: list[Row], at: int, kept: set[int]) -> list[int]:
    above = []
    while at >= 0 and at not in kept:
        above.append(at)
        at = rows[at].parent
    return above


def _renumbered(rows: list[Row], kept: set[int]) -> list[Row]:
    """The kept rows with parents as positions among themselves; a lost row counts for its nearest kept ancestor."""
    place = {-1: -1}
    left: list[Row] = []
    for at, row in enumerate(rows):
        nearest = place[row.parent]
        if at in kept:
            place[at] = len(left)
            left.append(Row(row.spans, row.depth, nearest))
        else:
            place[at] = nearest
            if nearest >= 0:
                left[nearest].hidden += 1
    return left


def row_of_span(rows: list[Row], trees: Forest) -> list[int]:
    """For each span the row that shows it, or the nearest row above it, or the first row."""
    shown = {span: at for at, row in enumerate(rows) for span in row.spans}
    parent = trees.parent.tolist()
    found = []
    for span in range(len(parent)):
        at = span
        trail = []
        while at >= 0 and at not in shown:
            trail.append(at)
            at = parent[at]
        row = shown.get(at, 0)
        # Remember the whole trail: in a chain 100,000 deep each step is then taken once.
        shown.update(dict.fromkeys(trail, row))
        found.append(row)
    return found
