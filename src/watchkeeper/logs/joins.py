"""Joins log records to traces: by id, or by place and time if ids are missing; and how many records have ids."""

from __future__ import annotations

import heapq
from collections import defaultdict
from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np
import pandas as pd

from ..errors import LogError
from ..otlp import nanoseconds
from ..traces import Forest, root_order
from .columns import need


def coverage(logs: pd.DataFrame) -> pd.DataFrame:
    """How many records of each service have a trace id: service, records, with_trace, share (0 to 1), lowest first.

    Records from startup, from background work and from code that lost the context have none. A join by id misses them.
    """
    need(logs, ["service", "trace_id"])
    has_id = (logs["trace_id"].fillna("") != "").groupby(logs["service"], sort=True)
    table = pd.DataFrame({"records": has_id.size(), "with_trace": has_id.sum().astype("int64")})
    table["share"] = table["with_trace"] / table["records"]
    return table.reset_index().sort_values("share", kind="stable", ignore_index=True)


def span_rows(logs: pd.DataFrame, spans: pd.DataFrame, forest: Forest) -> np.ndarray:
    """The row of each record's span by trace and span id, or -1 without one; ids are compared in lower case.

    If a client and a server span share an id, a record belongs to the one of its own service, or else to the server's.
    """
    # The server spans come last, so they stay.
    rows = np.flatnonzero(~forest.duplicate)
    rows = rows[np.argsort(forest.shared[rows], kind="stable")]
    keys = zip(_lower(spans["trace_id"].take(rows)), _lower(spans["span_id"].take(rows)), strict=True)
    known = dict(zip(keys, rows.tolist(), strict=True))
    wanted = zip(_lower(logs["trace_id"]), _lower(logs["span_id"]), strict=True)
    found = np.array([known.get(key, -1) for key in wanted], dtype=np.int64)
    if forest.shared.any() and "service" in logs.columns and "service" in spans.columns:
        service, own = spans["service"].to_numpy(dtype=object), logs["service"].to_numpy(dtype=object)
        client = np.where((found >= 0) & forest.shared[found], forest.parent[found], -1)
        found = np.where((client >= 0) & (service[client] == own) & (service[found] != own), client, found)
    return found


def _lower(ids: pd.Series) -> list[str]:
    return [text.lower() if isinstance(text, str) else "" for text in ids.tolist()]


def join_traces(logs: pd.DataFrame, spans: pd.DataFrame) -> pd.DataFrame:
    """The records with the outcome of their span and their trace, joined by id.

    Columns: those of `logs`, and joined ("span"; "trace" if only the trace is known; "not recorded" for ids that no
    span has; "no id"), span_name, span_kind, span_status, span_ms, root_span_id, root_name, root_status and root_ms (of
    the trace's longest root, which is what the user got); "" or nan if not joined. Rows and index do not change.
    """
    need(logs, ["trace_id", "span_id"])
    need(spans, ["trace_id", "name", "status"], "spans")
    forest = Forest.of(spans)
    span = span_rows(logs, spans, forest)
    roots = root_order(spans, forest, "longest")
    root_of = dict(zip(_lower(spans["trace_id"].take(roots)), roots.tolist(), strict=True))
    traces = _lower(logs["trace_id"])
    root = np.array([root_of.get(trace, -1) for trace in traces], dtype=np.int64)
    has_id = np.array([bool(trace) for trace in traces], dtype=bool)
    how = np.select([span >= 0, root >= 0, has_id], ["span", "trace", "not recorded"], "no id")
    columns: dict[str, Any] = {"joined": pd.array(how.tolist(), dtype="str")}
    for name, column in (("span_name", "name"), ("span_kind", "kind"), ("span_status", "status")):
        columns[name] = _text_at(spans, column, span)
    columns["span_ms"] = _length_at(forest, span)
    for name, column in (("root_span_id", "span_id"), ("root_name", "name"), ("root_status", "status")):
        columns[name] = _text_at(spans, column, root)
    columns["root_ms"] = _length_at(forest, root)
    return logs.assign(**columns)


def _text_at(spans: pd.DataFrame, column: str, rows: np.ndarray) -> Any:
    if column not in spans.columns or not len(spans):
        return pd.array([""] * len(rows), dtype="str")
    values = spans[column].to_numpy(dtype=object)[rows]
    return pd.array(np.where(rows >= 0, values, "").tolist(), dtype="str")


def _length_at(forest: Forest, rows: np.ndarray) -> np.ndarray:
    if not len(forest.start):
        return np.full(len(rows), np.nan)
    return np.where(rows >= 0, forest.duration_ms[rows], np.nan)


def join_window(
    logs: pd.DataFrame, spans: pd.DataFrame, slack_ms: float = 1.0, by: Sequence[str] = ("service", "host")
) -> pd.DataFrame:
    """Which traces a record without an id may belong to: those with a span open at the record's place and time.

    The place is given by the columns `by`, as far as both frames have them. A span is open from start to end, widened
    by `slack_ms` on both sides, because a record may be written just after its span's end. Ids in `logs` are ignored:
    pass the records without ids, or some with ids to see how often the result is right. One row per record, with its
    index: verdict ("one", "several", "none"), candidates (number of traces), trace_id and span_id (the candidate's span
    that started last, which is the innermost) if there is one trace, else "", and trace_ids (a sorted list). The
    verdict "one" does not prove anything: the real span may not be recorded, and with a wrong clock you find a
    neighboring span.
    """
    columns = [name for name in by if name in logs.columns and name in spans.columns]
    need(logs, ["time_ns"])
    need(spans, ["trace_id", "span_id", "start_ns", "end_ns"], "spans")
    if not columns:
        raise LogError(f"records and spans share none of the columns {', '.join(by)}; every span would be a candidate")
    if not slack_ms >= 0:
        raise LogError(f"slack_ms must be 0 or more, not {slack_ms}")
    ids = spans["trace_id"].astype(str).tolist(), spans["span_id"].astype(str).tolist()
    found = [_verdict(rows, *ids) for rows in _open_spans(logs, spans, int(slack_ms * 1e6), columns)]
    names = ["verdict", "candidates", "trace_id", "span_id", "trace_ids"]
    return pd.DataFrame(found, columns=names, index=logs.index)


def _open_spans(logs: pd.DataFrame, spans: pd.DataFrame, slack: int, by: list[str]) -> Iterable[list[tuple[int, int]]]:
    """(start, row) of the spans open at each record's time and place, found in one sweep per place."""
    start, end = nanoseconds(spans["start_ns"]) - slack, nanoseconds(spans["end_ns"]) + slack
    places: dict[tuple, list[int]] = defaultdict(list)
    for row, place in enumerate(spans[by].itertuples(index=False, name=None)):
        places[place].append(row)
    asked: dict[tuple, list[int]] = defaultdict(list)
    for row, place in enumerate(logs[by].itertuples(index=False, name=None)):
        asked[place].append(row)
    time = nanoseconds(logs["time_ns"])
    found: list[list[tuple[int, int]]] = [[] for _ in range(len(logs))]
    for place, records in asked.items():
        coming = sorted(places.get(place, []), key=start.__getitem__, reverse=True)
        running: list[tuple[int, int, int]] = []
        for record in sorted(records, key=time.__getitem__):
            while coming and start[coming[-1]] <= time[record]:
                row = coming.pop()
                heapq.heappush(running, (int(end[row]), int(start[row]), row))
            while running and running[0][0] < time[record]:
                heapq.heappop(running)
            found[record] = [(begin, row) for _, begin, row in running]
    return found


def _verdict(rows: list[tuple[int, int]], traces: list[str], spans: list[str]) -> tuple[str, int, str, str, list[str]]:
    trace_ids = sorted({traces[row] for _, row in rows})
    if len(trace_ids) != 1:
        return ("several" if rows else "none"), len(trace_ids), "", "", trace_ids
    _, innermost = max(rows)
    return "one", 1, trace_ids[0], spans[innermost], trace_ids
