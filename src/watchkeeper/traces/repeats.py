"""Siblings that repeat a call: retries after a failure, and the same small call made again and again (N+1)."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

import numpy as np
import pandas as pd

from .calls import column, kinds
from .forest import Forest
from .origins import is_error
from .share import peers

_RETRIES = [
    "trace_id",
    "parent_span_id",
    "service",
    "name",
    "peer",
    "attempts",
    "failed",
    "backoff_ms",
    "total_ms",
    "ended_well",
    "first_span_id",
]
_REPEATS = ["trace_id", "parent_span_id", "service", "name", "child", "peer", "repeats", "total_ms"]


def retries(spans: pd.DataFrame) -> pd.DataFrame:
    """One row per group of attempts at the same call, in order of the first start.

    Attempts are client spans under one parent with the same name, peer and target (url.full or db.query.text, if there
    is one). Each starts after the one before it has ended with an error. Columns: trace_id parent_span_id service name
    peer attempts failed backoff_ms (pauses between them) total_ms (first start to last end; both are NaN if an attempt
    has no known duration) ended_well (the last attempt is not an error) first_span_id.

    >>> import pandas as pd
    >>> ms = 1_000_000
    >>> spans = pd.DataFrame({"span_id": ["r", "a", "b"], "parent_span_id": ["", "r", "r"], "service": "frontend",
    ...                       "name": ["GET /", "GET /ads", "GET /ads"], "kind": ["SERVER", "CLIENT", "CLIENT"],
    ...                       "status": ["OK", "ERROR", "OK"], "start_ns": [0, 0, 30 * ms], "end_ns": [60 * ms, 20 * ms,
    ...                       50 * ms]})
    >>> retries(spans)[["name", "attempts", "failed", "backoff_ms", "total_ms", "ended_well"]].values.tolist()
    [['GET /ads', 2, 1, 10.0, 50.0, True]]
    """
    forest, groups = _alike(spans, "CLIENT", by_target=True)
    error = is_error(spans).to_numpy()
    chains = [chain for rows in groups for chain in _chains(rows, forest, error) if len(chain) > 1]
    chains.sort(key=lambda chain: (int(forest.start[chain[0]]), str(spans["span_id"].iat[chain[0]])))
    table = _about(spans, forest, [chain[0] for chain in chains])
    table["attempts"] = np.array([len(chain) for chain in chains], dtype=np.int64)
    table["failed"] = np.array([error[chain].sum() for chain in chains], dtype=np.int64)
    spent = [int((forest.end[chain] - forest.start[chain]).sum()) for chain in chains]
    total = np.array([forest.end[chain[-1]] - forest.start[chain[0]] for chain in chains], dtype=np.int64)
    known = np.array([not forest.untimed[chain].any() for chain in chains], dtype=bool)
    backoff_ms = (total - np.array(spent, dtype=np.int64)) / 1e6
    table["backoff_ms"], table["total_ms"] = np.where(known, backoff_ms, np.nan), np.where(known, total / 1e6, np.nan)
    table["ended_well"] = np.array([not error[chain[-1]] for chain in chains], dtype=bool)
    return table[_RETRIES]


def repeated_children(spans: pd.DataFrame, at_least: int = 5) -> pd.DataFrame:
    """One row per parent with `at_least` children of the same name and peer (the N+1 pattern), the most repeats first.

    Columns: trace_id parent_span_id service name (the parent's) child (the children's name) peer repeats total_ms (the
    sum of their durations as far as they can be known, which is more than the parent's wait if the children overlap).

    >>> import pandas as pd
    >>> ms = 1_000_000
    >>> spans = pd.DataFrame({"span_id": ["r", "a", "b"], "parent_span_id": ["", "r", "r"], "service": "discounts",
    ...                       "name": ["GET /", "SELECT", "SELECT"], "kind": ["SERVER", "CLIENT", "CLIENT"],
    ...                       "start_ns": [0, 1 * ms, 3 * ms], "end_ns": [6 * ms, 2 * ms, 5 * ms]})
    >>> repeated_children(spans, at_least=2)[["service", "name", "child", "repeats", "total_ms"]].values.tolist()
    [['discounts', 'GET /', 'SELECT', 2, 3.0]]
    """
    forest, groups = _alike(spans, None, by_target=False)
    groups = [rows for rows in groups if len(rows) >= max(at_least, 1)]
    table = _about(spans, forest, [rows[0] for rows in groups])
    above = forest.parent[np.array([rows[0] for rows in groups], dtype=np.int64)]
    table["child"] = table["name"]
    for name in ("service", "name"):
        table[name] = spans[name].take(above).array if name in spans.columns else ""
    table["repeats"] = np.array([len(rows) for rows in groups], dtype=np.int64)
    table["total_ms"] = np.array([(forest.end[rows] - forest.start[rows]).sum() for rows in groups]) / 1e6
    keys = ["repeats", "total_ms", "trace_id", "parent_span_id", "child", "peer"]
    return table.sort_values(keys, ascending=[False, False, *[True] * 4], ignore_index=True)[_REPEATS]


def _alike(spans: pd.DataFrame, only: str | None, by_target: bool) -> tuple[Forest, list[list[int]]]:
    """Groups of rows: siblings with the same name and peer (and target), sorted by start, end and id."""
    kind, forest = kinds(spans), Forest.of(spans)
    named, names, ids = peers(spans, forest).tolist(), column(spans, "name"), spans["span_id"].tolist()
    targets = [_target(attributes) for attributes in column(spans, "attributes")] if by_target else [""] * len(spans)
    wanted = (forest.parent >= 0) & ((kind == only) if only else True)
    rows = np.flatnonzero(wanted)
    groups: dict[tuple[object, ...], list[int]] = {}
    for row, parent in zip(rows.tolist(), forest.parent[rows].tolist(), strict=True):
        groups.setdefault((parent, names[row], named[row], targets[row]), []).append(row)
    start, end = forest.start.tolist(), forest.end.tolist()
    return forest, [sorted(group, key=lambda row: (start[row], end[row], ids[row])) for group in groups.values()]


def _target(attributes: Any) -> str:
    if not isinstance(attributes, dict):
        return ""
    return str(attributes.get("url.full") or attributes.get("db.query.text") or "")


def _chains(rows: list[int], forest: Forest, error: np.ndarray) -> list[list[int]]:
    """Split siblings into chains of retries: a chain ends where the earlier one succeeded or was still running."""
    chains = [rows[:1]]
    for before, row in pairwise(rows):
        if error[before] and forest.end[before] <= forest.start[row]:
            chains[-1].append(row)
        else:
            chains.append([row])
    return chains


def _about(spans: pd.DataFrame, forest: Forest, rows: list[int]) -> pd.DataFrame:
    """The columns of a group that are taken from its first span."""
    table = pd.DataFrame(index=range(len(rows)))
    for name in ("trace_id", "service", "name"):
        table[name] = spans[name].take(rows).array if name in spans.columns else ""
    table["parent_span_id"] = spans["span_id"].take(forest.parent[np.array(rows, dtype=np.int64)]).array
    table["first_span_id"] = spans["span_id"].take(rows).array
    table["peer"] = pd.array(peers(spans, forest)[np.array(rows, dtype=np.int64)], dtype="str")
    return table
