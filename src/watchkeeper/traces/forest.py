"""Spans as trees: the parent of each span, the roots, and the spans that do not fit into a tree.

Everything here works on row numbers and numpy arrays, without recursion, for any number of traces in one frame.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
import pandas as pd

from ..errors import TraceError
from ..otlp import nanoseconds, timed

NEEDED = ("span_id", "parent_span_id", "start_ns", "end_ns")


@dataclass(frozen=True)
class Forest:
    """The trees in a frame of n spans, as n-long arrays of row numbers (-1: none), times and flags.

    Build it once with `Forest.of(spans)`, and pass it to every function that looks at the same spans.

    `parent` holds only the parents that count. `stated` holds every parent that the spans name, including cycles.
    """

    trace: np.ndarray  # a number for each trace
    start: np.ndarray  # int64 nanoseconds
    end: np.ndarray  # never before the start; the start itself if the duration is not known
    stated: np.ndarray
    parent: np.ndarray
    orphan: np.ndarray  # names a parent that is not in the frame; counts as a root
    cyclic: np.ndarray  # is its own ancestor; neither it nor its descendants are on a path
    pruned: np.ndarray  # a CONSUMER directly under a PRODUCER, which does not wait for it
    duplicate: np.ndarray  # repeats the id of another span of its trace
    shared: np.ndarray  # a server span with the id of the client span that called it (B3); counts as its child
    untimed: np.ndarray  # its duration can't be known (`watchkeeper.otlp.timed`); counts as 0, and in no statistics

    @classmethod
    def of(cls, spans: pd.DataFrame) -> Forest:
        """The trees in `spans`. Needs span_id, parent_span_id, start_ns, end_ns; uses trace_id and kind if present.

        Ids are opaque text. A parent is only looked up in the same trace. Raises `TraceError` if a column is missing.
        """
        start, end, untimed = _times(spans)
        trace, own, above = _codes(spans)
        rows, keys, duplicate, clients = _first_of_each_id(trace, own, start, end, spans)
        stated = _look_up(trace, above, rows, keys)
        shared = np.zeros(len(spans), dtype=bool)
        if clients:
            shared[list(clients)] = True
            _between(stated, clients, spans)
        pruned = _pruned(spans, stated)
        parent = np.where(pruned | duplicate, -1, stated)
        cyclic = _cyclic(parent)
        parent = np.where(cyclic, -1, parent)
        orphan = (above >= 0) & (stated < 0)
        return cls(trace, start, end, stated, parent, orphan, cyclic, pruned, duplicate, shared, untimed)

    @property
    def duration_ms(self) -> np.ndarray:
        """The duration of each span in milliseconds; NaN if it can't be known."""
        return np.where(self.untimed, np.nan, (self.end - self.start) / 1e6)

    @cached_property
    def is_root(self) -> np.ndarray:
        """Rows where a path starts: they have no parent, or their parent is missing."""
        return (self.parent < 0) & ~self.cyclic & ~self.pruned & ~self.duplicate

    def grouped(self, rows: np.ndarray, parent: np.ndarray) -> tuple[list[int], list[int], list[int]]:
        """`rows` sorted by `parent[rows]`, as lists (rows, first, last); children of p are rows[first[p]:last[p]]."""
        everybody = np.arange(len(parent))
        first = np.searchsorted(parent[rows], everybody, side="left")
        last = np.searchsorted(parent[rows], everybody, side="right")
        return rows.tolist(), first.tolist(), last.tolist()


def ids(spans: pd.DataFrame, rows: np.ndarray, column: str = "span_id") -> np.ndarray:
    """The ids of some rows as a numpy array of text, which can be sorted."""
    return spans[column].to_numpy(dtype=object)[rows].astype(str)


def _times(spans: pd.DataFrame) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """(start, end, untimed). Where the duration can't be known, the end is the start."""
    missing = [name for name in NEEDED if name not in spans.columns]
    if missing:
        raise TraceError(f"the spans have no column {', '.join(missing)}; they need {', '.join(NEEDED)}")
    start, end = _whole(spans["start_ns"]), _whole(spans["end_ns"])
    untimed = ~timed(start, end)
    return start, np.where(untimed, start, end), untimed


def _whole(times: pd.Series) -> np.ndarray:
    numbers = times.to_numpy()
    try:
        if times.dtype.kind == "M":
            numbers = nanoseconds(times)
        # 2^62 ns is the year 2116: sums of two such times still fit. What is later is not the time of a span.
        if numbers.dtype.kind in "iu":
            return np.clip(numbers, -(2**62), 2**62).astype(np.int64)
        if (abs(numbers) < 2**62).all() and (numbers == np.floor(numbers.astype(float))).all():
            return numbers.astype(np.int64)
    except (ValueError, TypeError):
        pass
    raise TraceError(f"{times.name} must be whole nanoseconds since 1970, with none missing")


def _codes(spans: pd.DataFrame) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Trace, span and parent ids as numbers. Spans and parents share one code; -1 means no parent, n an unknown one."""
    n = len(spans)
    trace = np.zeros(n, dtype=np.int64)
    if "trace_id" in spans.columns:
        trace = pd.factorize(spans["trace_id"], use_na_sentinel=False)[0].astype(np.int64)
    own_ids, parents = spans["span_id"].tolist(), spans["parent_span_id"]
    code = dict(zip(own_ids, range(n), strict=True))
    own = np.arange(n) if len(code) == n else np.array([code[own_id] for own_id in own_ids], dtype=np.int64)
    code[""] = -1
    above = np.array([code.get(parent, n) for parent in parents.tolist()], dtype=np.int64)
    return trace, own, np.where(parents.isna(), -1, above)


def _first_of_each_id(
    trace: np.ndarray, own: np.ndarray, start: np.ndarray, end: np.ndarray, spans: pd.DataFrame
) -> tuple[np.ndarray, np.ndarray, np.ndarray, dict[int, int]]:
    """(rows, keys, duplicate, clients): one row per (trace, span id), sorted by its key, and which rows repeat that.

    `clients` gives for each server span that shares its id with a client span the row of the latter.
    """
    key = trace * (len(own) + 1) + own
    order = np.lexsort((end, start, key))
    again = np.zeros(len(own), dtype=bool)
    again[1:] = key[order][1:] == key[order][:-1]
    if again.any():
        order = _by_content(order, again, spans)
    duplicate = np.zeros(len(own), dtype=bool)
    duplicate[order[again]] = True
    rows = order[~again]
    clients = _shared(order, again, spans) if again.any() else {}
    for server, client in clients.items():
        # The parent that others name is the server, because they ran in its process.
        duplicate[[server, client]] = False
        place = int(np.searchsorted(key[rows], key[server]))
        duplicate[rows[place]] = rows[place] not in (server, client)
        rows[place] = server
    return rows, key[rows], duplicate, clients


def _shared(order: np.ndarray, again: np.ndarray, spans: pd.DataFrame) -> dict[int, int]:
    """For the first server span of each repeated id, the first client span with that id; both by time."""
    if "kind" not in spans.columns:
        return {}
    kind = spans["kind"].to_numpy(dtype=object)
    group = np.cumsum(~again)
    found: dict[int, int] = {}
    at = np.flatnonzero(np.isin(group, group[again]))
    for rows in np.split(order[at], np.flatnonzero(np.diff(group[at])) + 1):
        first = {side: next((row for row in rows.tolist() if kind[row] == side), -1) for side in ("CLIENT", "SERVER")}
        if min(first.values()) >= 0:
            found[first["SERVER"]] = first["CLIENT"]
    return found


def _between(stated: np.ndarray, clients: dict[int, int], spans: pd.DataFrame) -> None:
    """Put each server span between the client span with its id and that id's children, in `stated`.

    Children from the client's own process stay the client's.
    """
    service = spans["service"].to_numpy(dtype=object) if "service" in spans.columns else None
    for child in np.flatnonzero(np.isin(stated, list(clients))).tolist():
        server = int(stated[child])
        client = clients[server]
        if service is not None and service[child] == service[client] != service[server]:
            stated[child] = client
    for server, client in clients.items():
        if stated[client] == server:
            stated[client] = -1
        stated[server] = client


def _by_content(order: np.ndarray, again: np.ndarray, spans: pd.DataFrame) -> np.ndarray:
    """Sort duplicates with the same times by content, so that the choice does not depend on the order of the rows."""
    group = np.cumsum(~again)
    at = np.flatnonzero(np.isin(group, group[again]))
    columns = [name for name in (*NEEDED, "name", "service", "kind") if name in spans.columns]
    content = spans[columns].iloc[order[at]].astype(str).itertuples(index=False)
    times = zip(group[at].tolist(), spans["start_ns"].iloc[order[at]], spans["end_ns"].iloc[order[at]], strict=True)
    ranked = sorted(zip(times, content, order[at].tolist(), strict=True))
    order = order.copy()
    order[at] = [row for _, _, row in ranked]
    return order


def _look_up(trace: np.ndarray, above: np.ndarray, rows: np.ndarray, keys: np.ndarray) -> np.ndarray:
    """The row of each row's parent, or -1 if it names no parent or an unknown one."""
    if not len(keys):
        return np.full(len(above), -1, dtype=np.int64)
    wanted = trace * (len(above) + 1) + above
    at = np.minimum(np.searchsorted(keys, wanted), len(keys) - 1)
    return np.where((above >= 0) & (keys[at] == wanted), rows[at], -1)


def _pruned(spans: pd.DataFrame, parent: np.ndarray) -> np.ndarray:
    if "kind" not in spans.columns or not len(spans):
        return np.zeros(len(spans), dtype=bool)
    kind = spans["kind"].to_numpy(dtype=object)
    return (kind == "CONSUMER") & (parent >= 0) & (kind == "PRODUCER")[parent]


def _cyclic(parent: np.ndarray) -> np.ndarray:
    """Which rows are on a cycle, found by following all parents at once by 1, 2, 4, … generations."""
    here = np.arange(len(parent))
    up = np.where(parent < 0, here, parent)
    for _ in range(len(parent).bit_length()):
        further = up[up]
        if np.array_equal(further, up):
            break
        up = further
    # After more generations than there are rows, a row that has not reached a root has arrived on a cycle, and every
    # row of each cycle has been reached.
    cyclic = np.zeros(len(parent), dtype=bool)
    cyclic[up[parent[up] >= 0]] = True
    return cyclic
