"""The service graph: which service calls which, how often, how long it takes, and how often it fails."""

from __future__ import annotations

from collections.abc import Hashable

import numpy as np
import pandas as pd

from .calls import at, column, handed_over, kinds
from .forest import Forest
from .gaps import server_times
from .origins import is_error
from .share import UNKNOWN, peers

_COLUMNS = [
    "caller",
    "called",
    "kind",
    "calls",
    "traces",
    "calls_per_trace",
    "rate_per_s",
    "errors",
    "error_share",
    "client_p50_ms",
    "client_p95_ms",
    "server_p50_ms",
    "gap_p50_ms",
    "unanswered",
    "untimed",
]


def service_graph(spans: pd.DataFrame) -> pd.DataFrame:
    """One row per edge caller → called, the most calls first.

    kind: "call" (a client span, with or without a server span below it), "database" (a client span with
    db.system.name; a database writes no spans, so all its calls are unanswered), "link" (a PRODUCER and the CONSUMER of
    its message; then client_… is the producer's time, server_… the consumer's, and gap_… the wait in the queue). For an
    unanswered span, the attributes name the called service, as in `peers`. Columns: caller called kind calls traces
    (with at least one) calls_per_trace (over those) rate_per_s (over the time that all spans cover) errors error_share
    (of the caller's spans) client_p50_ms client_p95_ms server_p50_ms gap_p50_ms unanswered (calls without a span of the
    other side) untimed (calls whose duration can't be known on one side: they count as calls, and in no percentile). A
    percentile is the value at rank ceil(share · n), numpy's "inverted_cdf".

    >>> import pandas as pd
    >>> ms = 1_000_000
    >>> spans = pd.DataFrame({"span_id": ["c", "s"], "parent_span_id": ["", "c"], "service": ["frontend", "cart"],
    ...                       "kind": ["CLIENT", "SERVER"], "start_ns": [0, 2 * ms], "end_ns": [10 * ms, 9 * ms]})
    >>> service_graph(spans)[["caller", "called", "calls", "client_p50_ms", "unanswered"]].values.tolist()
    [['frontend', 'cart', 1, 10.0, 0]]
    """
    kind, forest = kinds(spans), Forest.of(spans)
    tables = [_called(spans, kind, forest), _bare(spans, kind, forest), _linked(spans, kind, forest)]
    calls = pd.concat(tables, ignore_index=True)
    timed = ~forest.untimed
    seconds = (forest.end[timed].max() - forest.start[timed].min()) / 1e9 if timed.any() else 0.0
    rows = [_edge(key, edge, seconds) for key, edge in calls.groupby(["caller", "called", "kind"], sort=True)]
    graph = pd.DataFrame(rows, columns=_COLUMNS)
    for name in ("caller", "called", "kind"):
        graph[name] = graph[name].astype("str")
    return graph.sort_values("calls", ascending=False, kind="stable", ignore_index=True)


def _edge(key: tuple[Hashable, ...], calls: pd.DataFrame, seconds: float) -> list[object]:
    n, traces, errors = len(calls), calls["trace"].nunique(), int(calls["error"].sum())
    client, server, gap = (calls[name].to_numpy() for name in ("client_ms", "server_ms", "gap_ms"))
    rate = n / seconds if seconds else float("nan")
    return [
        *key,
        n,
        traces,
        n / traces,
        rate,
        errors,
        errors / n,
        at(client, 0.5),
        at(client, 0.95),
        at(server, 0.5),
        at(gap, 0.5),
        int(calls["unanswered"].sum()),
        int(calls["untimed"].sum()),
    ]


def _called(spans: pd.DataFrame, kind: np.ndarray, forest: Forest) -> pd.DataFrame:
    """One row per client span: see `_table`."""
    rows = np.flatnonzero((kind == "CLIENT") & ~forest.duplicate)
    attributes = column(spans, "attributes", {})
    database = [bool(attributes[row].get("db.system.name")) for row in rows.tolist()]  # type: ignore[attr-defined]
    server, servers = server_times(spans, kind, forest)
    client_ms = forest.duration_ms[rows]
    return _table(
        spans,
        forest,
        rows,
        peers(spans, forest)[rows],
        np.where(database, "database", "call"),
        client_ms,
        server[rows],
        np.maximum(client_ms - server[rows], 0.0),
        servers[rows] == 0,
    )


def _bare(spans: pd.DataFrame, kind: np.ndarray, forest: Forest) -> pd.DataFrame:
    """One row per server span directly below a span of another service that is not a client span.

    Such a call's client was not instrumented.
    """
    service = spans["service"].to_numpy(dtype=object)
    rows = np.flatnonzero((kind == "SERVER") & (forest.parent >= 0))
    above = forest.parent[rows]
    rows = rows[(kind[above] != "CLIENT") & (service[above] != service[rows])]
    none = np.full(len(rows), np.nan)
    server_ms, unanswered = forest.duration_ms[rows], np.zeros(len(rows), dtype=bool)
    table = _table(spans, forest, rows, service[rows], np.full(len(rows), "call"), none, server_ms, none, unanswered)
    table["caller"] = service[forest.parent[rows]]
    return table


def _linked(spans: pd.DataFrame, kind: np.ndarray, forest: Forest) -> pd.DataFrame:
    """One row per producer and consumer, and one per producer whose message has no consumer."""
    producers, consumers = handed_over(spans, kind, forest)
    alone = np.setdiff1d(np.flatnonzero((kind == "PRODUCER") & ~forest.duplicate), producers)
    rows = np.concatenate([producers, alone])
    duration = forest.duration_ms
    none = np.full(len(alone), np.nan)
    attributes = column(spans, "attributes", {})
    queue = [attributes[row].get("messaging.destination.name") or UNKNOWN for row in alone.tolist()]  # type: ignore[attr-defined]
    called = np.concatenate([spans["service"].to_numpy(dtype=object)[consumers], np.array(queue, dtype=object)])
    waited = np.where(forest.untimed[producers], np.nan, (forest.start[consumers] - forest.end[producers]) / 1e6)
    return _table(
        spans,
        forest,
        rows,
        called,
        np.full(len(rows), "link"),
        duration[rows],
        np.concatenate([duration[consumers], none]),
        np.concatenate([waited, none]),
        np.arange(len(rows)) >= len(producers),
    )


def _table(
    spans: pd.DataFrame,
    forest: Forest,
    rows: np.ndarray,
    called: np.ndarray,
    kind: np.ndarray,
    client_ms: np.ndarray,
    server_ms: np.ndarray,
    gap_ms: np.ndarray,
    unanswered: np.ndarray,
) -> pd.DataFrame:
    """One row per call."""
    untimed = forest.untimed[rows] | (np.isnan(server_ms) & ~unanswered)
    return pd.DataFrame(
        {
            "caller": spans["service"].to_numpy(dtype=object)[rows],
            "called": called,
            "kind": kind,
            "trace": forest.trace[rows],
            "error": is_error(spans).to_numpy()[rows],
            "client_ms": client_ms,
            "server_ms": server_ms,
            "gap_ms": gap_ms,
            "unanswered": unanswered,
            "untimed": untimed,
        }
    )
