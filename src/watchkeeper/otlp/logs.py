"""Reads log records from OTLP JSON Lines into a flat data frame."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pandas as pd

from . import values
from .contents import contents
from .frames import frame, objects, times
from .lines import Problems, Reporter, gc_paused
from .repair import ATTRIBUTES, Part, without_bad_parts
from .resource import Origin, origins
from .severity import level_of, severity_of
from .signals import LOGS


def read_logs(path: str | Path, problems: Problems = None) -> pd.DataFrame:
    """The log records of one file of OTLP JSON, one row per record, in file order.

    Columns: time_ns (when it happened, or if that is not known, when it was observed; 0 if a record says neither, which
    is reported), severity (as written, or the level's name), severity_number (as written, or else the text's; 0 if
    neither says it), body (text; other bodies stay as they are), trace_id and span_id ("" for none), service, host,
    scope, event_name, attributes (dict), observed_ns, resource (one dict, shared by all its rows). `problems` works as
    in `read_spans`.
    """
    report = Reporter(Path(path), problems)
    rows: list[tuple[Any, ...]] = []
    with gc_paused():
        for _, batch in contents(report, LOGS, LOGS.key):
            for origin, records in origins(batch, LOGS, report):
                _read_scope(records, origin, rows, report)
        return _frame(rows)


def _read_scope(records: list[dict[str, Any]], origin: Origin, rows: list[tuple[Any, ...]], report: Reporter) -> None:
    for record in records:
        try:
            row = _row(record, origin)
        except ValueError:
            row = _row(without_bad_parts(record, _PARTS, lambda text: report(f"log record: {text}")), origin)
        if not row[0]:
            report("log record: timeUnixNano and observedTimeUnixNano are missing; its time is 0")
        rows.append(row)


def _row(record: dict[str, Any], origin: Origin) -> tuple[Any, ...]:
    observed = _time(record.get("observedTimeUnixNano"), "observedTimeUnixNano")
    time_ns = _time(record.get("timeUnixNano"), "timeUnixNano") or observed
    text = str(record.get("severityText") or "")
    number = _severity(record.get("severityNumber") or 0) or (severity_of(text) if text else 0)
    body = _body(record.get("body"))
    return (
        time_ns,
        text or level_of(number),
        number,
        "" if body is None else body,
        values.optional_id(record.get("traceId"), 32, "traceId"),
        values.optional_id(record.get("spanId"), 16, "spanId"),
        str(record.get("eventName") or ""),
        values.attributes(record.get("attributes")),
        observed,
        origin,
    )


def _time(value: Any, field: str) -> int:
    return values.nanoseconds(value or 0, field)


def _body(value: Any) -> Any:
    # Records written by hand have plain text here.
    return value if isinstance(value, str) else values.any_value(value)


def _severity(value: Any) -> int:
    """A severity as a number. Some writers use the enum's name ("SEVERITY_NUMBER_WARN2")."""
    if isinstance(value, str) and not value.isdecimal():
        return severity_of(value)
    number = values.integer(value, "severityNumber")
    return number if 0 <= number <= 24 else 0


_PARTS = {
    "timeUnixNano": Part(lambda value: _time(value, "timeUnixNano")),
    "observedTimeUnixNano": Part(lambda value: _time(value, "observedTimeUnixNano")),
    "severityNumber": Part(lambda value: _severity(value or 0)),
    "body": Part(_body),
    "traceId": Part(lambda value: values.optional_id(value, 32, "traceId")),
    "spanId": Part(lambda value: values.optional_id(value, 16, "spanId")),
    "attributes": ATTRIBUTES,
}


def _frame(rows: list[tuple[Any, ...]]) -> pd.DataFrame:
    fields = list(zip(*rows, strict=True)) or [()] * 10
    time_ns, severity, number, body, trace, span, event, attributes, observed, origin = fields
    columns = {
        "time_ns": times(time_ns),
        "severity": severity,
        "severity_number": times(number),
        "body": objects(body),
        "trace_id": trace,
        "span_id": span,
        "service": [o.service for o in origin],
        "host": [o.host for o in origin],
        "scope": [o.scope for o in origin],
        "event_name": event,
        "attributes": objects(attributes),
        "observed_ns": times(observed),
        "resource": objects([o.resource for o in origin]),
    }
    return frame(columns)
