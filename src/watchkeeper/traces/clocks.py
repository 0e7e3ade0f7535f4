"""Clocks: by how much the clocks of hosts differ, as far as their spans can tell.

Each call gives two bounds. The server span starts after its client span, so (server's start − client's start) is at
least the offset of the server's clock from the client's. The server span also ends before its client span, so (server's
end − client's end) is at most that offset. The first bound holds for every call, so the smallest value counts. The
second does not always hold: a server span lasts until the last byte is sent and often ends a little after its client's,
a slow exporter makes that worse, and a client that gave up does not wait at all. So failed calls are left out, and of
the rest, the share `late_share` may end more than `tolerance_ms` late. With both at 0, every end counts. Calls in the
other direction give the same bounds in reverse, and bounds add up along chains of hosts (shortest paths).
"""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pandas as pd

from ..errors import TraceError
from ..otlp import in_nanoseconds
from .calls import kinds, need, pairs
from .forest import Forest
from .origins import is_error

_NS = 1_000_000


def clock_offsets(
    spans: pd.DataFrame, reference: str | None = None, late_share: float = 0.5, tolerance_ms: float = 1.0
) -> pd.DataFrame:
    """One row per host: by how much its clock is ahead of the reference's, as the interval that the spans allow.

    Columns: host reference pairs (calls to and from other hosts) lower_ms upper_ms offset_ms violated slack_ms.
    `offset_ms` is 0 if the interval contains 0, else its middle (or its finite end). `violated` is the share of those
    calls whose server span still extends beyond its client span, at either end, after the offsets are subtracted.
    `slack_ms` is how much every bound had to be loosened because bounds contradicted each other, or 0. Without
    `reference`, the reference is the host that most others may agree with. A host that no call connects to the
    reference has the bounds -inf and inf, and offset 0. Raises `TraceError` for an unknown host, or without spans.

    >>> import pandas as pd
    >>> ms = 1_000_000
    >>> spans = pd.DataFrame({"span_id": ["c", "s"], "parent_span_id": ["", "c"], "kind": ["CLIENT", "SERVER"],
    ...                       "service": ["frontend", "cart"], "host": ["one", "two"],
    ...                       "start_ns": [0, 172 * ms], "end_ns": [10 * ms, 178 * ms]})
    >>> clock_offsets(spans, reference="one", tolerance_ms=0)[["host", "lower_ms", "upper_ms"]].values.tolist()
    [['one', 0.0, 0.0], ['two', 168.0, 172.0]]
    """
    need(spans, "host", "kind", "service")
    forest = Forest.of(spans)
    if not len(spans):
        raise TraceError("there are no spans, so there are no clocks to compare")
    hosts, host = np.unique(spans["host"].astype(str).to_numpy(dtype=object), return_inverse=True)
    clients, servers = _remote(spans, forest, host)
    waited = ~is_error(spans).to_numpy()[clients]
    bounds = _bounds(forest, host, clients, servers, waited, len(hosts), late_share, round(tolerance_ms * _NS))
    upper, slack = _chained(bounds)
    lower = -upper.T
    at = _reference(hosts, host, lower, upper, reference)
    offset = np.array([_chosen(lo, hi) for lo, hi in zip(lower[at], upper[at], strict=True)])
    violated, count = _violated(forest, host, clients, servers, waited, offset)
    # Adding 0.0 turns -0 into 0.
    numbers = {"lower_ms": lower[at] / _NS + 0.0, "upper_ms": upper[at] / _NS, "offset_ms": offset / _NS}
    names = {"host": pd.array(hosts, dtype="str"), "reference": pd.array([hosts[at]] * len(hosts), dtype="str")}
    return pd.DataFrame({**names, "pairs": count, **numbers, "violated": violated, "slack_ms": slack / _NS})


def align_clocks(spans: pd.DataFrame, offsets: pd.DataFrame | None = None) -> pd.DataFrame:
    """The spans with each host's offset subtracted from start_ns, end_ns and the times of events; durations stay.

    `offsets` is a table like that of `clock_offsets` (columns host, offset_ms), which is also the default. A new column
    `shifted_ms` says by how much a row was moved. The input is not changed. Raises `TraceError` for spans without a
    host, and whenever `clock_offsets` does.
    """
    need(spans, "host")
    spans = in_nanoseconds(spans)
    offsets = clock_offsets(spans) if offsets is None else offsets
    by_host = dict(zip(offsets["host"], (offsets["offset_ms"] * _NS).round().astype(np.int64), strict=True))
    by_ns = np.array([-by_host.get(str(host), 0) for host in spans["host"]], dtype=np.int64)
    moved = spans.assign(start_ns=spans["start_ns"] + by_ns, end_ns=spans["end_ns"] + by_ns, shifted_ms=by_ns / _NS)
    if "events" in spans.columns:
        events = moved["events"].to_numpy(dtype=object).copy()
        for row in np.flatnonzero(by_ns).tolist():
            events[row] = [event | {"time_ns": event["time_ns"] + int(by_ns[row])} for event in events[row]]
        moved["events"] = pd.Series(events, index=moved.index, dtype=object)
    return moved


def _remote(spans: pd.DataFrame, forest: Forest, host: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    clients, servers = pairs(kinds(spans), forest)
    apart = (host[clients] != host[servers]) & ~(forest.untimed[clients] | forest.untimed[servers])
    return clients[apart], servers[apart]


def _bounds(
    forest: Forest,
    host: np.ndarray,
    clients: np.ndarray,
    servers: np.ndarray,
    waited: np.ndarray,
    n: int,
    late_share: float,
    tolerance: int,
) -> np.ndarray:
    """bounds[a, b]: by how many nanoseconds b's clock is ahead of a's at most, from direct calls; inf without any."""
    bounds = np.full((n, n), np.inf)
    np.fill_diagonal(bounds, 0.0)
    np.minimum.at(bounds, (host[clients], host[servers]), (forest.start[servers] - forest.start[clients]).astype(float))
    clients, servers = clients[waited], servers[waited]
    early = (forest.end[clients] - forest.end[servers]).astype(float)
    order = np.lexsort((early, host[clients] * n + host[servers]))
    edge = (host[clients] * n + host[servers])[order]
    firsts = np.flatnonzero(np.concatenate([[True], edge[1:] != edge[:-1]])) if len(edge) else np.zeros(0, dtype=int)
    for first, last in pairwise([*firsts.tolist(), len(edge)]):
        # The calls that may be late have the smallest values.
        a, b = divmod(int(edge[first]), n)
        allowed = early[order[first + min(int(late_share * (last - first)), last - first - 1)]]
        bounds[b, a] = min(bounds[b, a], allowed + tolerance)
    return bounds


def _chained(bounds: np.ndarray) -> tuple[np.ndarray, float]:
    """The tightest bounds over chains of hosts (Floyd and Warshall), loosened until there is no contradiction."""
    slack = 0.0
    while True:
        tight = bounds + slack
        np.fill_diagonal(tight, 0.0)
        for k in range(len(tight)):
            np.minimum(tight, tight[:, k, None] + tight[None, k, :], out=tight)
            if (np.diagonal(tight) < 0).any():
                break
        else:
            return tight, slack
        slack = slack * 2 or 10_000.0


def _reference(hosts: np.ndarray, host: np.ndarray, lower: np.ndarray, upper: np.ndarray, wanted: str | None) -> int:
    if wanted is None:
        # The host that most others may agree with; of equals, the one with the most spans, then by name.
        agree = (np.isfinite(upper) & (lower <= 0) & (upper >= 0)).sum(axis=1)
        return int(np.lexsort((-np.bincount(host, minlength=len(hosts)), -agree))[0])
    if wanted not in hosts.tolist():
        raise TraceError(f'no span is from the host "{wanted}"; there are {", ".join(hosts) or "none"}')
    return hosts.tolist().index(wanted)


def _chosen(lower: float, upper: float) -> float:
    if lower <= 0 <= upper:
        return 0.0
    finite = [bound for bound in (lower, upper) if np.isfinite(bound)]
    return round(sum(finite) / len(finite))


def _violated(
    forest: Forest, host: np.ndarray, clients: np.ndarray, servers: np.ndarray, waited: np.ndarray, offset: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """For each host: the share of its calls that do not fit, and the number of its calls."""
    by = offset[host[servers]] - offset[host[clients]]
    late = waited & (forest.end[servers] - by > forest.end[clients])
    out = late | (forest.start[servers] - by < forest.start[clients])
    ends = np.concatenate([host[clients], host[servers]])
    count = np.bincount(ends, minlength=len(offset))
    misfits = np.bincount(ends, np.concatenate([out, out]).astype(float), minlength=len(offset))
    return misfits / np.maximum(count, 1), count
