"""Small traces and their log records, for cases that fit on paper. Times are milliseconds."""

import pandas as pd

MS = 1_000_000


def spans_of(*rows: tuple) -> pd.DataFrame:
    """A frame from (span_id, parent, service, kind, start, end, status[, trace_id])."""
    table = [
        {
            "trace_id": (*rest, "t")[0],
            "span_id": i,
            "parent_span_id": p,
            "service": s,
            "host": f"host-{s}",
            "name": f"work {i}",
            "kind": kind,
            "start_ns": a * MS,
            "end_ns": b * MS,
            "status": status,
            "attributes": {},
        }
        for i, p, s, kind, a, b, status, *rest in rows
    ]
    columns = [
        "trace_id",
        "span_id",
        "parent_span_id",
        "service",
        "host",
        "name",
        "kind",
        "start_ns",
        "end_ns",
        "status",
        "attributes",
    ]
    return pd.DataFrame(table, columns=columns).astype({"start_ns": "int64", "end_ns": "int64"})


def logs_of(*rows: tuple) -> pd.DataFrame:
    """A frame from (time, span_id, service, severity number, body[, trace_id])."""
    table = [
        {
            "time_ns": at * MS,
            "observed_ns": at * MS + 1,
            "span_id": i,
            "trace_id": (*rest, "t" if i else "")[0],
            "service": s,
            "host": f"host-{s}",
            "severity_number": n,
            "severity": str(n),
            "body": body,
        }
        for at, i, s, n, body, *rest in rows
    ]
    columns = [
        "time_ns",
        "observed_ns",
        "span_id",
        "trace_id",
        "service",
        "host",
        "severity_number",
        "severity",
        "body",
    ]
    return pd.DataFrame(table, columns=columns).astype({"time_ns": "int64", "observed_ns": "int64"})


# A request: the front calls the shop, which calls the bank, and later the post.
CALLS = [
    ("root", "", "front", "SERVER", 0, 100, "ERROR"),
    ("to-shop", "root", "front", "CLIENT", 5, 95, "ERROR"),
    ("shop", "to-shop", "shop", "SERVER", 10, 90, "ERROR"),
    ("to-bank", "shop", "shop", "CLIENT", 20, 40, "ERROR"),
    ("bank", "to-bank", "bank", "SERVER", 22, 38, "ERROR"),
    ("to-post", "shop", "shop", "CLIENT", 50, 60, "UNSET"),
    ("post", "to-post", "post", "SERVER", 52, 58, "UNSET"),
]
