"""Reads Jaeger's JSON, as its UI exports it and its HTTP API returns it, into the same flat frame as OTLP.

A file is one JSON object, `{"data": [{"traceID": …, "spans": […], "processes": {…}}]}`, plain or gzip. Source: Jaeger's
model/json and, for the meaning of tags, "OpenTelemetry to Jaeger transformation" in the OpenTelemetry specification.
"""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pandas as pd

from . import values
from .conventions import stable_attributes
from .lines import MAX_LINE_BYTES, Problems, Reporter, gc_paused, opened, without_surrogates
from .resource import Origin
from .spans import KINDS, STATUSES, read_spans, span_frame

# Some editors and shells write a byte order mark first.
_HEAD = re.compile(rb'(?:\xef\xbb\xbf)?\s*\{\s*"(?:data|total|limit|offset|errors)"\s*:')
# Tags that became fields of a span. The old names of the scope are those of Collectors before 2022.
_FIELDS = frozenset(
    {
        "span.kind",
        "otel.status_code",
        "otel.status_description",
        "error",
        "otel.scope.name",
        "otel.library.name",
        "otel.scope.version",
        "otel.library.version",
        "internal.span.format",
        "w3c.tracestate",
    }
)
Row = tuple[Any, ...]


def is_jaeger(path: str | Path) -> bool:
    """Whether a file starts like Jaeger's JSON. OTLP JSON Lines start with resourceSpans, resourceLogs and so on."""
    with opened(Path(path)) as file:
        try:
            return bool(_HEAD.match(file.read(4096)))
        except (OSError, EOFError):
            # The gzip data are damaged. The reader gives a better message for that.
            return False


def read_jaeger(path: str | Path, problems: Problems = None) -> pd.DataFrame:
    """The spans of a Jaeger JSON file, in the columns of `read_spans`, one row per span, in file order.

    Microseconds become nanoseconds, and ids are padded to 32 and 16 digits. A CHILD_OF reference (or else FOLLOWS_FROM)
    to a span of the same trace becomes the parent; all other references become links. `logs` become events, and tags
    become attributes under stable names. `problems` works as in `read_spans`.
    """
    report = Reporter(Path(path), problems)
    rows: list[Row] = []
    with gc_paused():
        for trace in _traces(report):
            _read_trace(trace, rows, report)
        return span_frame(rows)


def read_traces(path: str | Path, problems: Problems = None) -> pd.DataFrame:
    """The spans of one file in either format, Jaeger's JSON or OTLP JSON Lines: see `read_jaeger`, `read_spans`."""
    return (read_jaeger if is_jaeger(path) else read_spans)(path, problems)


def _traces(report: Reporter) -> list[dict[str, Any]]:
    try:
        with opened(report.path) as file:
            text = file.read(MAX_LINE_BYTES + 1)
        if len(text) > MAX_LINE_BYTES:
            report(f"more than {MAX_LINE_BYTES >> 20} MiB of JSON in one object; export fewer traces at a time")
            return []
        export = json.loads(text)
        if b"\\ud" in text.lower() and isinstance(export, dict):
            export = without_surrogates(export)
        return values.objects(export, "data")
    except (OSError, EOFError) as error:
        report(f"the gzip data end or break ({error}); the copy is not whole, fetch the file again")
    except json.JSONDecodeError as error:
        report(f"not JSON ({error.msg} at line {error.lineno}): the export was cut off, or it is another format")
    except (ValueError, RecursionError) as error:
        report(f"not a Jaeger export: {error}")
    return []


def _read_trace(trace: dict[str, Any], rows: list[Row], report: Reporter) -> None:
    try:
        processes = values.member(trace, "processes")
        origins = {key: _process(values.member(processes, key)) for key in processes}
        spans = values.objects(trace, "spans")
    except ValueError as error:
        report(f"trace {str(trace.get('traceID', ''))[:32]}: {error}")
        return
    for span in spans:
        try:
            rows.append(_row(span, str(trace.get("traceID", "")), origins))
        except ValueError as error:
            report(f'span "{str(span.get("operationName", ""))[:60]}": {error}')


def _process(process: dict[str, Any]) -> Origin:
    tags = stable_attributes(_tags(process, "tags"))
    service = str(process.get("serviceName") or "")
    host = str(tags.get("host.name") or tags.get("hostname") or "")
    return Origin(service, host, "", {"service.name": service, **tags})


def _row(span: dict[str, Any], trace: str, origins: dict[str, Origin]) -> Row:
    tags = _tags(span, "tags")
    kind = values.enum(str(tags.get("span.kind", "")), KINDS, "")
    start = _nanoseconds(span.get("startTime"), "startTime")
    trace_id = _id(span.get("traceID") or trace, 32, "traceID")
    parent, links = _references(span, trace_id)
    origin = origins.get(str(span.get("processID", ""))) or _process(values.member(span, "process"))
    scope = str(tags.get("otel.scope.name") or tags.get("otel.library.name") or "")
    return (
        trace_id,
        _id(span.get("spanID"), 16, "spanID"),
        parent,
        str(span.get("operationName") or ""),
        kind,
        start,
        start + _nanoseconds(span.get("duration", 0), "duration"),
        _status(tags),
        str(tags.get("otel.status_description") or ""),
        stable_attributes({key: value for key, value in tags.items() if key not in _FIELDS}, kind),
        [_event(log) for log in values.objects(span, "logs")],
        links,
        values.integer(span.get("flags") or 0, "flags") & 0xFFFFFFFF,
        Origin(origin.service, origin.host, scope, origin.resource),
    )


def _references(span: dict[str, Any], trace_id: str) -> tuple[str, list[dict[str, Any]]]:
    """(parent, links). As in Jaeger's UI, CHILD_OF comes before FOLLOWS_FROM, and a parent is in the same trace."""
    found = [
        (
            reference.get("refType") != "CHILD_OF",
            _id(reference.get("traceID") or trace_id, 32, "a reference's traceID"),
            _id(reference.get("spanID"), 16, "a reference's spanID"),
        )
        for reference in values.objects(span, "references")
    ]
    if span.get("parentSpanID") and not found:
        found = [(False, trace_id, _id(span["parentSpanID"], 16, "parentSpanID"))]
    parent = min((one for one in found if one[1] == trace_id), key=lambda one: one[0], default=None)
    links = [
        {"trace_id": trace, "span_id": other, "attributes": {}}
        for follows, trace, other in found
        if (follows, trace, other) != parent
    ]
    return parent[2] if parent else "", links


def _status(tags: dict[str, Any]) -> str:
    stated = str(tags.get("otel.status_code", "")).upper()
    if stated in STATUSES:
        return stated
    # Older exports have no status but a tag `error`, which is true as a bool or as text.
    return "ERROR" if str(tags.get("error", "")).lower() == "true" else "UNSET"


def _event(log: dict[str, Any]) -> dict[str, Any]:
    fields = _tags(log, "fields")
    name = str(fields.pop("event", "") or "")
    return {"time_ns": _nanoseconds(log.get("timestamp", 0), "a log's timestamp"), "name": name, "attributes": fields}


def _tags(owner: dict[str, Any], field: str) -> dict[str, Any]:
    """A list of {key, type, value} as a dict. Values keep their JSON type; an int64 may be written as text."""
    found = {}
    for tag in values.objects(owner, field):
        value = tag.get("value")
        if tag.get("type") == "int64" and isinstance(value, str):
            value = values.integer(value, "an int64 tag")
        found[str(tag.get("key", ""))] = value
    return found


def _id(value: Any, digits: int, field: str) -> str:
    """An id with `digits` digits. Jaeger omits leading zeros, and some of its trace ids have only 16 digits."""
    return values.hex_id(value.zfill(digits) if isinstance(value, str) and value else value, digits, field)


def _nanoseconds(value: Any, field: str) -> int:
    return values.nanoseconds(values.integer(value, field) * 1000 if value is not None else None, field)
