"""Reads spans from OTLP JSON Lines into a flat data frame."""

from __future__ import annotations

import hashlib
import operator
from collections.abc import Sequence
from pathlib import Path
from sys import intern
from typing import Any

import numpy as np
import pandas as pd

from ..words import clean
from . import values
from .contents import contents
from .durations import repeated, report_spans, timed
from .frames import frame, objects, times
from .lines import Problems, Reporter, gc_paused
from .repair import ATTRIBUTES, Part, without_bad_parts
from .resource import Origin, origins
from .signals import TRACES

KINDS = ("UNSPECIFIED", "INTERNAL", "SERVER", "CLIENT", "PRODUCER", "CONSUMER")
STATUSES = ("UNSET", "OK", "ERROR")


def read_spans(path: str | Path, problems: Problems = None) -> pd.DataFrame:
    """The spans of one file of OTLP JSON, plain or gzip, one row per span, in file order.

    Ids are lower-case hex, and a missing parent is "". Times are int64 nanoseconds since the epoch. `duration_ms` is a
    float, and NaN for a span whose duration can't be known: it never ended (end_ns is 0), ends before it starts, lasts
    more than a year, has times in another unit, or repeats the id of another span. `attributes` have stable names.
    `resource` is one dict, shared by all its rows: read it, don't change it.
    With `problems=None` the first error raises `OtlpError`, and impossible spans are a `TelemetryWarning`, with their
    number and the first line. With a list, both are appended, and the rest is kept.
    """
    report = Reporter(Path(path), problems)
    rows: list[tuple[Any, ...]] = []
    with gc_paused():
        for _, batch in contents(report, TRACES, TRACES.key):
            read_batch(batch, rows, report)
        return span_frame(rows, report)


def read_batch(batch: list[Any], rows: list[tuple[Any, ...]], report: Reporter) -> None:
    """Append the rows of all spans in a list of resources."""
    for origin, spans in origins(batch, TRACES, report):
        report.mark(len(rows))
        for span in spans:
            try:
                rows.append(_row(span, origin))
            except ValueError:
                _read_in_parts(span, origin, rows, report)


def _read_in_parts(span: dict[str, Any], origin: Origin, rows: list[tuple[Any, ...]], report: Reporter) -> None:
    name = clean(span.get("name") or "", 60)
    try:
        rows.append(_row(without_bad_parts(span, _PARTS, lambda text: report(f'span "{name}": {text}')), origin))
    except ValueError as error:
        report(f'span "{name}": {error}')


def _row(span: dict[str, Any], origin: Origin) -> tuple[Any, ...]:
    kind = values.enum(span.get("kind") or 0, KINDS, "SPAN_KIND_")
    status = values.member(span, "status")
    return (
        intern(values.hex_id(span.get("traceId"), 32, "traceId")),
        values.hex_id(span.get("spanId"), 16, "spanId"),
        values.optional_id(span.get("parentSpanId"), 16, "parentSpanId"),
        intern(str(span.get("name") or "")),
        kind,
        values.nanoseconds(span.get("startTimeUnixNano"), "startTimeUnixNano"),
        # Proto3 JSON omits a 0, so a missing end and an end of 0 both say that the span has not ended.
        values.nanoseconds(span.get("endTimeUnixNano") or 0, "endTimeUnixNano"),
        values.enum(status.get("code") or 0, STATUSES, "STATUS_CODE_"),
        str(status.get("message") or ""),
        values.attributes(span.get("attributes"), kind),
        [_event(event) for event in values.objects(span, "events")],
        [_link(link) for link in values.objects(span, "links")],
        values.integer(span.get("flags") or 0, "flags") & 0xFFFFFFFF,
        origin,
    )


def _event(event: dict[str, Any]) -> dict[str, Any]:
    time_ns = values.nanoseconds(event.get("timeUnixNano") or 0, "an event's timeUnixNano")
    return {
        "time_ns": time_ns,
        "name": str(event.get("name") or ""),
        "attributes": values.attributes(event.get("attributes")),
    }


def _link(link: dict[str, Any]) -> dict[str, Any]:
    return {
        # A link to nothing is legal, and its attributes may say something.
        "trace_id": values.optional_id(link.get("traceId"), 32, "a link's traceId"),
        "span_id": values.optional_id(link.get("spanId"), 16, "a link's spanId"),
        "attributes": values.attributes(link.get("attributes")),
    }


_PARTS = {
    "parentSpanId": Part(lambda value: values.optional_id(value, 16, "parentSpanId")),
    "status": Part(lambda value: values.member({"status": value}, "status")),
    "attributes": ATTRIBUTES,
    "events": Part(_event, many=True, parts={"attributes": ATTRIBUTES}),
    "links": Part(_link, many=True, parts={"attributes": ATTRIBUTES}),
    "flags": Part(lambda value: values.integer(value or 0, "flags")),
}


def span_frame(rows: list[tuple[Any, ...]], report: Reporter) -> pd.DataFrame:
    """The frame of `read_spans` from its rows; notes what can't be true in them. Empties the list `rows`."""
    fields = list(zip(*rows, strict=True)) or [()] * 14
    # Memory peaks while the columns are built, and the rows are no longer needed.
    rows.clear()
    trace, span, parent, name, kind, start, end, status, message, attributes, events, links, flags, origin = fields
    shared, unique = np.zeros(len(span), dtype=bool), len(set(span)) == len(span)
    if not unique:
        own, above = _with_own_ids(trace, span, parent, kind, [o.service for o in origin])
        shared = np.array([new != old for new, old in zip(own, span, strict=True)], dtype=bool)
        span, parent = tuple(own), tuple(above)
    itself = np.fromiter(map(operator.eq, span, parent), dtype=bool, count=len(span))
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
        "duration_ms": np.where(timed(start_ns, end_ns), (end_ns - start_ns) / 1e6, np.nan),
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
    spans = frame(columns)
    repeats = np.zeros(len(span), dtype=bool) if unique else repeated(spans)[0]
    if repeats.any():
        spans.loc[repeats, "duration_ms"] = np.nan
    report_spans(spans, repeats, shared, itself, report)
    return spans


def _with_own_ids(
    trace: Sequence[str], span: Sequence[str], parent: Sequence[str], kind: Sequence[str], service: Sequence[str]
) -> tuple[list[str], list[str]]:
    """(ids, parents) in which no server shares its client's id, as both ends of a call do in Zipkin's propagation (B3).

    As in Jaeger's "span ID uniquifier", the server gets a new id below the client's, and the children go to the server;
    but children of the client's own service stay.
    """
    clients = {(trace[row], span[row]): service[row] for row in range(len(span)) if kind[row] == "CLIENT"}
    ids, parents = list(span), list(parent)
    moved: dict[tuple[str, str], tuple[str, str]] = {}
    for row, key in enumerate(zip(trace, span, strict=True)):
        if kind[row] == "SERVER" and key in clients and key not in moved:
            ids[row] = hashlib.sha256(f"{key} server".encode()).hexdigest()[:16]
            parents[row] = span[row]
            moved[key] = ids[row], service[row]
    for row, key in enumerate(zip(trace, parent, strict=True)):
        if key in moved and span[row] != key[1]:
            new, server = moved[key]
            if service[row] == server or service[row] != clients[key]:
                parents[row] = new
    return ids, parents
