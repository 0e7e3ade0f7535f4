"""Reads spans from OTLP JSON Lines into a flat data frame."""

from __future__ import annotations

from pathlib import Path
from sys import intern
from typing import Any

import pandas as pd

from . import values
from .frames import frame, objects, times
from .lines import Problems, Reporter, batches, gc_paused
from .resource import Origin, origins
from .signals import TRACES

KINDS = ("UNSPECIFIED", "INTERNAL", "SERVER", "CLIENT", "PRODUCER", "CONSUMER")
STATUSES = ("UNSET", "OK", "ERROR")


def read_spans(path: str | Path, problems: Problems = None) -> pd.DataFrame:
    """The spans of one OTLP JSON Lines file, plain or gzip, one row per span, in file order.

    Ids are lower-case hex, and a missing parent is "". Times are int64 nanoseconds since the epoch, and `duration_ms`
    is float. `attributes` have stable names. `resource` is one dict, shared by all its rows: read it, don't change it.
    With `problems=None` the first error raises `OtlpError`. With a list, errors are appended, and the rest is kept.
    """
    report = Reporter(Path(path), problems)
    rows: list[tuple[Any, ...]] = []
    with gc_paused():
        for batch in batches(report, TRACES):
            for origin, spans in origins(batch, TRACES, report):
                _read_scope(spans, origin, rows, report)
        return span_frame(rows)


def _read_scope(spans: list[dict[str, Any]], origin: Origin, rows: list[tuple[Any, ...]], report: Reporter) -> None:
    for span in spans:
        try:
            rows.append(_row(span, origin))
        except ValueError as error:
            name = str(span.get("name", ""))[:60]
            report(f'span "{name}": {error}')


def _row(span: dict[str, Any], origin: Origin) -> tuple[Any, ...]:
    kind = values.enum(span.get("kind", 0), KINDS, "SPAN_KIND_")
    status = values.member(span, "status")
    parent = span.get("parentSpanId")
    # Some writers use zeros for "no parent".
    has_parent = parent and str(parent).strip("0")
    return (
        intern(values.hex_id(span.get("traceId"), 32, "traceId")),
        values.hex_id(span.get("spanId"), 16, "spanId"),
        values.hex_id(parent, 16, "parentSpanId") if has_parent else "",
        intern(str(span.get("name", ""))),
        kind,
        values.nanoseconds(span.get("startTimeUnixNano"), "startTimeUnixNano"),
        values.nanoseconds(span.get("endTimeUnixNano"), "endTimeUnixNano"),
        values.enum(status.get("code", 0), STATUSES, "STATUS_CODE_"),
        str(status.get("message", "")),
        values.attributes(span.get("attributes"), kind),
        [_event(event) for event in values.objects(span, "events")],
        [_link(link) for link in values.objects(span, "links")],
        values.integer(span.get("flags", 0), "flags") & 0xFFFFFFFF,
        origin,
    )


def _event(event: dict[str, Any]) -> dict[str, Any]:
    time_ns = values.nanoseconds(event.get("timeUnixNano", 0), "an event's timeUnixNano")
    return {
        "time_ns": time_ns,
        "name": str(event.get("name", "")),
        "attributes": values.attributes(event.get("attributes")),
    }


def _link(link: dict[str, Any]) -> dict[str, Any]:
    return {
        "trace_id": values.hex_id(link.get("traceId"), 32, "a link's traceId"),
        "span_id": values.hex_id(link.get("spanId"), 16, "a link's spanId"),
        "attributes": values.attributes(link.get("attributes")),
    }


def span_frame(rows: list[tuple[Any, ...]]) -> pd.DataFrame:
    """The frame of `read_spans` from its rows. Empties the list `rows`."""
    fields = list(zip(*rows, strict=True)) or [()] * 14
    # Memory peaks while the columns are built, and the rows are no longer needed.
    rows.clear()
    trace, span, parent, name, kind, start, end, status, message, attributes, events, links, flags, origin = fields
    start_ns, end_ns = times(start), times(end)
    columns = {
        "trace_id": trace,
        "span_id": span,
        "parent_span_id": parent,
        "service": [o.service for o in origin],
        "name": name,
        "kind": kind,
        "start_ns": start_ns,
        "end_ns": end_ns,
        "duration_ms": (end_ns - start_ns) / 1e6,
        "status": status,
        "status_message": message,
        "host": [o.host for o in origin],
        "scope": [o.scope for o in origin],
        "attributes": objects(attributes),
        "events": objects(events),
        "links": objects(links),
        "flags": times(flags),
        "resource": objects([o.resource for o in origin]),
    }
    return frame(columns)
