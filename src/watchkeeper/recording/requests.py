"""From spans to requests: one row per trace."""

from __future__ import annotations

import pandas as pd

FRONTEND = "frontend"


def one_row_per_trace(spans: pd.DataFrame) -> pd.DataFrame:
    """One row per trace, sorted by start: see `Recording.traces`."""
    traces = spans.groupby("trace_id", sort=False)
    table = pd.DataFrame({"spans": traces.size(), "services": traces["service"].nunique()})
    # A trace without a root (all its spans are in a cycle) is not a request; it only has a start and an end.
    table["start_ns"], last = traces["start_ns"].min(), traces["end_ns"].max()
    table["duration_ms"] = (last - table["start_ns"]) / 1e6
    table["status"], table["root_span_id"] = "UNSET", ""
    for column, values in _roots(spans).items():
        table[column] = values.reindex(table.index).fillna(table[column]).astype(table[column].dtype)
    table["route"] = _routes(spans).reindex(table.index).fillna("").astype("str")
    names = ["trace_id", "route", "start_ns", "duration_ms", "status", "spans", "services", "root_span_id"]
    return table.reset_index()[names].sort_values(["start_ns", "trace_id"], ignore_index=True)


def _roots(spans: pd.DataFrame) -> pd.DataFrame:
    """The longest root of each trace (ties: the earliest, then the smallest id), indexed by trace_id."""
    # A parent only counts if it is in the same trace, because span ids may repeat in other traces.
    known = (spans["trace_id"] + spans["parent_span_id"]).isin(spans["trace_id"] + spans["span_id"])
    roots = spans.loc[~known, ["trace_id", "span_id", "start_ns", "duration_ms", "status"]]
    roots = roots.sort_values(["duration_ms", "start_ns", "span_id"], ascending=[False, True, True])
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
