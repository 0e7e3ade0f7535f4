"""From spans to requests: one row per trace."""

from __future__ import annotations

import numpy as np
import pandas as pd

from ..otlp import in_nanoseconds, misplaced, repeated, timed

FRONTEND = "frontend"


def one_row_per_trace(spans: pd.DataFrame) -> pd.DataFrame:
    """One row per trace, sorted by start: see `Recording.traces`."""
    spans = _known(spans)
    traces = spans.groupby("trace_id", sort=False)
    table = pd.DataFrame({"spans": traces.size(), "services": traces["service"].nunique()})
    table["start_ns"] = traces["start_ns"].min()
    if not spans["placed"].all():
        # A start in another unit is decades before all others.
        begin = spans[spans["placed"]].groupby("trace_id")["start_ns"].min().reindex(table.index, fill_value=-1)
        table["start_ns"] = begin.where(begin >= 0, table["start_ns"])
    # A trace without a root (all its spans are in a cycle) is not a request; it only has a start and an end.
    timed_ends = spans.loc[spans["duration_ms"].notna(), ["trace_id", "end_ns"]]
    last = timed_ends.groupby("trace_id", sort=False)["end_ns"].max().reindex(table.index)
    table["duration_ms"] = (last - table["start_ns"]) / 1e6
    table["status"], table["root_span_id"] = "UNSET", ""
    roots = _roots(spans)
    rooted = table.index.isin(roots.index)
    placed = table.index.isin(roots.index[roots["placed"]])
    for column, use, blank in (
        ("start_ns", placed, 0),
        ("duration_ms", rooted, np.nan),
        ("status", rooted, ""),
        ("root_span_id", rooted, ""),
    ):
        values = roots[column].reindex(table.index, fill_value=blank)
        table[column] = values.where(use, table[column]).astype(table[column].dtype)
    table["route"] = _routes(spans).reindex(table.index).fillna("").astype("str")
    names = ["trace_id", "route", "start_ns", "duration_ms", "status", "spans", "services", "root_span_id"]
    return table.reset_index()[names].sort_values(["start_ns", "trace_id"], ignore_index=True)


def _known(spans: pd.DataFrame) -> pd.DataFrame:
    """The spans without repeated ones, with NaN for each impossible duration, and two new columns.

    They are `shared`, as in `repeated`, and `placed`: the times are nanoseconds since 1970, as far as that can be told.
    """
    spans = in_nanoseconds(spans)
    start, end = (spans[name].to_numpy() for name in ("start_ns", "end_ns"))
    repeats, shared = repeated(spans)
    duration = spans["duration_ms"].to_numpy(dtype=np.float64)
    known = timed(start, end) & np.isfinite(duration) & (duration >= 0)
    placed = ~misplaced(start, end)
    spans = spans.assign(duration_ms=np.where(known, duration, np.nan), shared=shared, placed=placed)
    return spans[~repeats] if repeats.any() else spans


def _roots(spans: pd.DataFrame) -> pd.DataFrame:
    """The longest root of each trace (ties: the earliest, then the smallest id), indexed by trace_id.

    A root without a parent whose duration can't be known counts as the longest, because it may have been.
    """
    # A parent only counts if it is in the same trace, because span ids may repeat in other traces.
    known = (spans["trace_id"] + spans["parent_span_id"]).isin(spans["trace_id"] + spans["span_id"])
    columns = ["trace_id", "span_id", "parent_span_id", "start_ns", "duration_ms", "status", "placed"]
    roots = spans.loc[~known & ~spans["shared"], columns]
    roots["known"] = roots["duration_ms"].notna() | (roots["parent_span_id"] != "")
    order = ["known", "duration_ms", "start_ns", "span_id"]
    roots = roots.sort_values(order, ascending=[True, False, True, True])
    roots = roots.drop_duplicates("trace_id").set_index("trace_id")
    return roots.rename(columns={"span_id": "root_span_id"})


def _routes(spans: pd.DataFrame) -> pd.Series:
    """The method and route of the frontend's first server span, or of any server span if there is no frontend."""
    servers = spans[spans["kind"] == "SERVER"]
    if (spans["service"] == FRONTEND).any():
        servers = servers[servers["service"] == FRONTEND]
    servers = servers.sort_values(["start_ns", "span_id"]).drop_duplicates("trace_id").set_index("trace_id")
    routes = [_route(attributes) for attributes in servers["attributes"]]
    return pd.Series(routes, index=servers.index, dtype="str")


def _route(attributes: dict[str, object]) -> str:
    route = attributes.get("http.route")
    return f"{attributes.get('http.request.method', '')} {route}".strip() if route else ""
