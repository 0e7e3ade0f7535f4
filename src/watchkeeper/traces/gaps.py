"""Hop gaps: the part of a call's time that neither side's code used. Network, queue, serialization, or a proxy."""

from __future__ import annotations

import numpy as np
import pandas as pd

from .calls import kinds, pairs
from .forest import Forest
from .share import peers


def hop_gaps(spans: pd.DataFrame) -> pd.DataFrame:
    """One row per client span, in row order, with the time that its server spans cover.

    Columns: trace_id span_id caller called name client_ms server_ms gap_ms servers. `servers` counts the server spans
    directly below. Without any, server_ms and gap_ms are NaN, because the server's share of the time is unknown.
    Several servers count with the union of their time on each host. gap_ms = client_ms − server_ms. Only durations are
    subtracted, so clock differences do not matter. It is 0 if the server's span is longer than the client's (a server
    span lasts until the last byte is sent). A duration that can't be known is NaN, and so is what follows from it.

    >>> import pandas as pd
    >>> ms = 1_000_000
    >>> spans = pd.DataFrame({"span_id": ["c", "s"], "parent_span_id": ["", "c"], "service": ["frontend", "cart"],
    ...                       "kind": ["CLIENT", "SERVER"], "start_ns": [0, 2 * ms], "end_ns": [10 * ms, 9 * ms]})
    >>> hop_gaps(spans)[["caller", "called", "client_ms", "server_ms", "gap_ms"]].values.tolist()
    [['frontend', 'cart', 10.0, 7.0, 3.0]]
    """
    kind, forest = kinds(spans), Forest.of(spans)
    rows = np.flatnonzero((kind == "CLIENT") & ~forest.duplicate)
    covered, servers = server_times(spans, kind, forest)
    client_ms = forest.duration_ms[rows]
    table = pd.DataFrame(index=range(len(rows)))
    for name, source in (("trace_id", "trace_id"), ("span_id", "span_id"), ("caller", "service")):
        table[name] = spans[source].take(rows).array if source in spans.columns else ""
    table["called"] = pd.array(peers(spans, forest)[rows], dtype="str")
    table["name"] = spans["name"].take(rows).array if "name" in spans.columns else ""
    table["client_ms"], table["server_ms"] = client_ms, covered[rows]
    table["gap_ms"], table["servers"] = np.maximum(client_ms - covered[rows], 0.0), servers[rows]
    return table


def server_times(spans: pd.DataFrame, kind: np.ndarray, forest: Forest) -> tuple[np.ndarray, np.ndarray]:
    """For each row: the milliseconds of its server spans, and their number. NaN without any, or if one is unknown."""
    clients, servers = pairs(kind, forest)
    count = np.bincount(clients, minlength=len(spans))
    covered = np.bincount(clients, _alone(spans, forest, clients, servers), minlength=len(spans)).astype(np.float64)
    covered[clients[forest.untimed[servers]]] = np.nan
    return np.where(count > 0, covered / 1e6, np.nan), count


def _alone(spans: pd.DataFrame, forest: Forest, clients: np.ndarray, servers: np.ndarray) -> np.ndarray:
    """Nanoseconds of each server span not covered by earlier ones for the same client on the same host."""
    # Spans on different hosts count in full: their clocks can't be compared, and a retry on another host comes later.
    host = pd.factorize(spans["host"])[0][servers] if "host" in spans.columns else np.zeros(len(servers), dtype=int)
    start, end = forest.start[servers], forest.end[servers]
    order = np.lexsort((end, start, host, clients))
    alone = (end - start).astype(np.int64)
    last, reach = (-1, -1), 0
    for k, key in zip(order.tolist(), zip(clients[order].tolist(), host[order].tolist(), strict=True), strict=True):
        if key == last:
            alone[k] = max(0, int(end[k]) - max(int(start[k]), reach))
            reach = max(reach, int(end[k]))
        else:
            last, reach = key, int(end[k])
    return alone
