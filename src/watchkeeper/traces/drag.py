"""Drag: by how much one span delays its request (Devaux 1999 named this for project networks)."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pandas as pd

from .children import Children, Clipped
from .forest import Forest
from .path import root_order
from .siblings import Siblings


def drag(spans: pd.DataFrame) -> pd.Series:
    """Milliseconds by which each span delays its root, in row order, indexed by span_id.

    That is the root's duration minus its duration after `retime(span, 0)`: what you would save before the next branch
    takes over. It is between 0 and the span's duration, and 0 off the critical path. A root's drag is its duration. The
    run time grows with the square of the number of siblings, but only if siblings overlap.

    >>> import pandas as pd
    >>> ms = 1_000_000
    >>> spans = pd.DataFrame({"span_id": ["root", "long", "s1", "s2"], "parent_span_id": ["", "root", "root", "root"],
    ...                       "start_ns": [0, 0, 0, 46 * ms], "end_ns": [100 * ms, 60 * ms, 45 * ms, 95 * ms]})
    >>> drag(spans).to_dict()
    {'root': 100.0, 'long': 0.0, 's1': 35.0, 's2': 35.0}
    """
    forest = Forest.of(spans)
    children = Children(spans, forest, empty=True)
    held = [0] * len(spans)
    stack = [(root, children.start[root], children.end[root]) for root in root_order(spans, forest).tolist()]
    for root, lo, hi in stack:
        held[root] = hi - lo
    while stack:
        span, lo, hi = stack.pop()
        for child, saved in _saved(children.of(span, lo, hi), hi):
            # A parent passes on what its child saves, up to what the parent itself could save further up.
            held[child[0]] = min(saved, held[span])
            stack.append(child)
    index = pd.Index(spans["span_id"], name="span_id")
    return pd.Series(np.array(held, dtype=np.int64) / 1e6, index=index, name="drag_ms")


def _saved(children: list[Clipped], hi: int) -> Iterator[tuple[Clipped, int]]:
    """Each child on the path, and how much earlier its parent would end without it."""
    walked = _walked(children, hi)
    for group in _overlapping(children):
        siblings = Siblings([(start, end) for _, start, end in group])
        for at, (row, start, _) in enumerate(group):
            if row in walked:
                without = siblings.latest_after(siblings.moves(at, start), at, start)
                yield group[at], siblings.latest - without


def _walked(children: list[Clipped], hi: int) -> set[int]:
    """Rows of the children on the path, found by the walk from the end."""
    walked, t = set(), hi
    for row, start, end in children:
        if start < end <= t:
            walked.add(row)
            t = start
    return walked


def _overlapping(children: list[Clipped]) -> Iterator[list[Clipped]]:
    """Groups of overlapping children. Each group waits for the whole group before it, so it moves as a whole."""
    group: list[Clipped] = []
    reach = 0
    for child in sorted(children, key=lambda child: child[1:]):
        if group and child[1] >= reach:
            yield group
            group = []
        reach = max(reach, child[2]) if group else child[2]
        group.append(child)
    if group:
        yield group
