"""Reads Jaeger's JSON, as its UI exports it and its HTTP API returns it, into the same flat frame as OTLP.

A trace is `{"traceID": …, "spans": […], "processes": {…}}`, alone, in an array, or in `{"data": […]}`. Single spans are
from Elasticsearch. Source: Jaeger's model/json and, for the meaning of tags, "OpenTelemetry to Jaeger
transformation" in the OpenTelemetry specification.
"""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import Any

import pandas as pd

from .. import words
from . import values
from .contents import JAEGER, contents
from .conventions import stable_attributes
from .lines import Problems, Reporter, gc_paused
from .repair import Part, without_bad_parts
from .resource import Origin
from .signals import TRACES
from .spans import KINDS, STATUSES, read_batch, span_frame

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


def read_jaeger(path: str | Path, problems: Problems = None) -> pd.DataFrame:
    """The spans of a file of Jaeger's JSON, in the columns of `read_spans`, one row per span, in file order.

    Microseconds become nanoseconds, and ids are padded to 32 and 16 digits. A CHILD_OF reference (or else FOLLOWS_FROM)
    to a span of the same trace becomes the parent; all other references become links. `logs` become events, and tags
    become attributes under stable names. A tag `error` makes a span an error, and its text, if it is neither true nor
    false, becomes the status message. `problems` works as in `read_spans`.
    """
    return _read(path, problems, JAEGER)


def read_traces(path: str | Path, problems: Problems = None) -> pd.DataFrame:
    """The spans of one file, whether it holds OTLP, Jaeger's JSON or both: see `read_spans` and `read_jaeger`."""
    return _read(path, problems, TRACES.key, JAEGER)


def _read(path: str | Path, problems: Problems, *forms: str) -> pd.DataFrame:
    report = Reporter(Path(path), problems)
    rows: list[Row] = []
    with gc_paused():
        for form, content in contents(report, TRACES, *forms):
            if form == JAEGER:
                report.mark(len(rows))
                _read_trace(content, rows, report)
            else:
                read_batch(content, rows, report)
        return span_frame(rows, report)


def _read_trace(trace: dict[str, Any], rows: list[Row], report: Reporter) -> None:
    trace_id = str(trace.get("traceID") or "")
    try:
        processes = values.plain_member(trace, "processes")
        origins = {key: _process(values.plain_member(processes, key)) for key in processes}
        spans = values.plain_objects(trace, "spans")
    except ValueError as error:
        report(f"trace {words.clean(trace_id, 32)}: {error}")
        return
    strangers: Counter[str] = Counter()
    for span in spans:
        process = span.get("processID")
        if str(process) not in origins and not isinstance(span.get("process"), dict):
            strangers[
                f'processID "{words.clean(process, 60)}", which processes does not name' if process else "no processID"
            ] += 1
        try:
            rows.append(_row(span, trace_id, origins))
        except ValueError:
            _read_in_parts(span, trace_id, origins, rows, report)
    for what, count in strangers.items():
        report(f"trace {words.clean(trace_id, 32)}: {words.count(count, 'span')} with {what}: the service is unknown")


def _read_in_parts(
    span: dict[str, Any], trace: str, origins: dict[str, Origin], rows: list[Row], report: Reporter
) -> None:
    name = words.clean(span.get("operationName") or "", 60)
    try:
        good = without_bad_parts(span, _PARTS, lambda text: report(f'span "{name}": {text}'))
        rows.append(_row(good, trace, origins))
    except ValueError as error:
        report(f'span "{name}": {error}')


def _process(process: dict[str, Any]) -> Origin:
    tags = stable_attributes(_tags(process, "tags") | _tag_fields(process))
    service = str(process.get("serviceName") or "")
    host = str(tags.get("host.name") or tags.get("hostname") or "")
    return Origin(service, host, "", {"service.name": service, **tags})


def _row(span: dict[str, Any], trace: str, origins: dict[str, Origin]) -> Row:
    tags = _tags(span, "tags") | _tag_fields(span)
    kind = values.enum(str(tags.get("span.kind") or ""), KINDS, "")
    start = _nanoseconds(span.get("startTime"), "startTime")
    trace_id = _id(span.get("traceID") or trace, 32, "traceID")
    parent, links = _references(span, trace_id)
    origin = origins.get(str(span.get("processID") or "")) or _process(values.plain_member(span, "process"))
    scope = str(tags.get("otel.scope.name") or tags.get("otel.library.name") or "")
    status, message = _status(tags)
    return (
        trace_id,
        _id(span.get("spanID"), 16, "spanID"),
        parent,
        str(span.get("operationName") or ""),
        kind,
        start,
        _end(start, span.get("duration")),
        status,
        message,
        stable_attributes({key: value for key, value in tags.items() if key not in _FIELDS}, kind),
        [_event(log) for log in values.plain_objects(span, "logs")],
        links,
        values.integer(span.get("flags") or 0, "flags") & 0xFFFFFFFF,
        Origin(origin.service, origin.host, scope, origin.resource),
    )


def _references(span: dict[str, Any], trace_id: str) -> tuple[str, list[dict[str, Any]]]:
    """(parent, links). As in Jaeger's UI, CHILD_OF comes before FOLLOWS_FROM, and a parent is in the same trace."""
    found = [_reference(reference, trace_id) for reference in values.plain_objects(span, "references")]
    if span.get("parentSpanID") and not found:
        found = [(False, trace_id, _parent(span["parentSpanID"]))]
    parent = min((one for one in found if one[1] == trace_id), key=lambda one: one[0], default=None)
    links = [
        {"trace_id": trace, "span_id": other, "attributes": {}}
        for follows, trace, other in found
        if (follows, trace, other) != parent
    ]
    return parent[2] if parent else "", links


def _reference(reference: dict[str, Any], trace_id: str = "1") -> tuple[bool, str, str]:
    return (
        reference.get("refType") != "CHILD_OF",
        _id(reference.get("traceID") or trace_id, 32, "a reference's traceID"),
        _id(reference.get("spanID"), 16, "a reference's spanID"),
    )


def _parent(value: Any) -> str:
    return _id(value, 16, "parentSpanID")


def _status(tags: dict[str, Any]) -> tuple[str, str]:
    """(status, message). OpenTracing has no status but a tag `error`: true as a bool or text, or the error's text."""
    stated = str(tags.get("otel.status_code") or "").upper()
    error = str(tags.get("error") or "").strip()
    is_error = error.lower() not in ("", "false", "no", "0")
    text = error if is_error and error.lower() not in ("true", "yes", "1") else ""
    status = stated if stated in STATUSES[1:] else "ERROR" if is_error else "UNSET"
    return status, str(tags.get("otel.status_description") or text)


def _event(log: dict[str, Any]) -> dict[str, Any]:
    fields = _tags(log, "fields")
    name = str(fields.pop("event", "") or "")
    return {"time_ns": _nanoseconds(log.get("timestamp") or 0, "a log's timestamp"), "name": name, "attributes": fields}


def _tags(owner: dict[str, Any], field: str) -> dict[str, Any]:
    return dict(_tag(tag) for tag in values.plain_objects(owner, field))


def _tag(tag: dict[str, Any]) -> tuple[str, Any]:
    """The key and value of {key, type, value}. Values keep their JSON type, or have `type` if they are text."""
    key, value, kind = str(tag.get("key") or ""), tag.get("value"), tag.get("type")
    if isinstance(value, str) and kind in ("int64", "float64"):
        value = (values.integer if kind == "int64" else values.real)(value, f'tag "{words.clean(key, 60)}"')
    if isinstance(value, str) and kind == "bool":
        value = value.lower() == "true"
    return key, value


def _tag_fields(owner: dict[str, Any]) -> dict[str, Any]:
    """Tags that Jaeger keeps in Elasticsearch as fields: {"tag": {"http@method": "GET"}}."""
    return {key.replace("@", "."): value for key, value in values.plain_member(owner, "tag").items()}


def _id(value: Any, digits: int, field: str) -> str:
    """An id with `digits` digits. Jaeger omits leading zeros, and some of its trace ids have only 16 digits."""
    try:
        return values.hex_id(value.zfill(digits) if isinstance(value, str) and value else value, digits, field)
    except ValueError as error:
        if value in (None, ""):
            raise
        text = f'{field} "{words.clean(value, 40)}" is not an id of 1 to {digits} hex digits, as Jaeger writes them'
        raise ValueError(f"{text}; replace such ids by hex digits, the same in every place") from error


def _end(start: int, duration: Any) -> int:
    """The end of a span; 0 if it has not ended. An end before the start is noted later, like those of OTLP."""
    return max(0, start + values.integer(duration, "duration") * 1000) if duration is not None else 0


def _nanoseconds(value: Any, field: str) -> int:
    return values.nanoseconds(values.integer(value, field) * 1000 if value is not None else None, field)


_PARTS = {
    "references": Part(_reference, many=True),
    "parentSpanID": Part(lambda value: _parent(value) if value else ""),
    "tags": Part(_tag, many=True),
    "tag": Part(lambda value: values.plain_member({"tag": value}, "tag")),
    "logs": Part(_event, many=True, parts={"fields": Part(_tag, many=True)}),
    "flags": Part(lambda value: values.integer(value or 0, "flags")),
}
