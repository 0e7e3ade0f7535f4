"""Links: which span of one trace was caused by which span of another."""

from __future__ import annotations

import numpy as np
import pandas as pd

from .calls import link_rows, need
from .forest import Forest


def linked(spans: pd.DataFrame) -> pd.DataFrame:
    """One row per link, from the span that it points at to the span that carries it, sorted by the latter's start.

    Columns: from_trace_id from_span_id from_service from_name to_trace_id to_span_id to_service to_name gap_ms (from
    the end of the first to the start of the second; for a message, the time it waited) found (whether the span it
    points at is among the spans; if not, its service and name are "" and the gap is NaN, as it is without an end).

    >>> import pandas as pd
    >>> ms = 1_000_000
    >>> spans = pd.DataFrame({"trace_id": ["t", "u"], "span_id": ["send", "receive"], "parent_span_id": "",
    ...                       "service": ["checkout", "email"], "name": ["send", "process"], "start_ns": [0, 50 * ms],
    ...                       "end_ns": [2 * ms, 60 * ms], "links": [[], [{"trace_id": "t", "span_id": "send"}]]})
    >>> linked(spans)[["from_service", "to_service", "gap_ms"]].values.tolist()
    [['checkout', 'email', 48.0]]
    """
    need(spans, "trace_id", "service", "name")
    forest = Forest.of(spans)
    to, source, named = link_rows(spans, forest)
    found = source >= 0
    there = np.where(found, source, 0)
    table = pd.DataFrame(named, columns=["from_trace_id", "from_span_id"], dtype="str")
    for name in ("service", "name"):
        table[f"from_{name}"] = pd.Series(spans[name].take(there).array, dtype="str").where(found, "")
    for name in ("trace_id", "span_id", "service", "name"):
        table[f"to_{name}"] = spans[name].take(to).array
    table["gap_ms"] = np.where(found & ~forest.untimed[there], (forest.start[to] - forest.end[there]) / 1e6, np.nan)
    table["found"] = found
    keys = [table[name].to_numpy(dtype=str) for name in ("from_span_id", "to_span_id", "to_trace_id")]
    return table.iloc[np.lexsort((*keys, forest.start[to]))].reset_index(drop=True)
