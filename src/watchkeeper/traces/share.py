"""Which service used the time: the critical path of many requests, by service and by edge."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from ..errors import TraceError
from .forest import Forest
from .path import segments

UNKNOWN = "unknown"
# If a client span has no server span, the first of these attributes that it has names the service it called.
_PEER = ("service.peer.name", "peer.service", "server.address", "db.system.name", "rpc.service", "network.peer.address")


def path_share(spans: pd.DataFrame) -> pd.DataFrame:
    """Critical time by owner over all traces: how much of the paths belongs to each service, or edge between two.

    A client span's own time belongs to the edge service → peer (network, queue, a peer that does not respond).
    Otherwise a frozen peer would make its caller look guilty. All other time belongs to the span's service. Each trace
    counts with its longest root. One row per owner, the largest first: owner ("ads", "frontend → ads"), service, peer
    ("" for a service's own time), critical_ms, share (they add up to 1), traces (the number of traces with the owner on
    the path).
    """
    missing = [name for name in ("service", "kind") if name not in spans.columns]
    if missing:
        raise TraceError(f"the spans have no column {', '.join(missing)}, which path_share needs")
    forest = Forest.of(spans)
    row, start, end, _ = segments(spans, forest, "longest")
    path = pd.DataFrame({"service": spans["service"].to_numpy(dtype=object)[row], "peer": peers(spans, forest)[row]})
    path["critical_ms"], path["trace"] = (end - start) / 1e6, forest.trace[row]
    groups = path.groupby(["service", "peer"], sort=True)
    table = groups.agg(critical_ms=("critical_ms", "sum"), traces=("trace", "nunique")).reset_index()
    total = table["critical_ms"].sum()
    table["share"] = table["critical_ms"] / total if total else 0.0
    edge = table["service"] + " → " + table["peer"]
    table.insert(0, "owner", edge.where(table["peer"] != "", table["service"]))
    columns = ["owner", "service", "peer", "critical_ms", "share", "traces"]
    return table.sort_values("critical_ms", ascending=False, kind="stable", ignore_index=True)[columns]


def peers(spans: pd.DataFrame, forest: Forest | None = None) -> np.ndarray:
    """The service that each client span called: its server span's, else the one in its attributes; "" otherwise."""
    forest = forest or Forest.of(spans)
    kind, service = spans["kind"].to_numpy(dtype=object), spans["service"].to_numpy(dtype=object)
    found = np.full(len(spans), "", dtype=object)
    called = np.flatnonzero((kind == "SERVER") & (forest.parent >= 0))
    # The earliest server span names the peer (later ones are retries). It is written last, so it stays. Ties: by name.
    names = np.unique(service[called].astype(str), return_inverse=True)[1]
    called = called[np.lexsort((-names, -forest.start[called]))]
    found[forest.parent[called]] = service[called]
    found[kind != "CLIENT"] = ""
    attributes = spans["attributes"].tolist() if "attributes" in spans.columns else [{}] * len(spans)
    for row in np.flatnonzero((kind == "CLIENT") & (found == "")).tolist():
        found[row] = _named(attributes[row])
    return found


def _named(attributes: dict[str, Any]) -> str:
    name = next((str(attributes[key]) for key in _PEER if attributes.get(key)), UNKNOWN)
    host, colon, port = name.rpartition(":")
    # `server.address` may include the port.
    return host if colon and port.isdigit() and ":" not in host else name
