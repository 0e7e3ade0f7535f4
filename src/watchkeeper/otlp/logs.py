"""Reads log records from OTLP JSON Lines into a flat data frame."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pandas as pd

from . import values
from .frames import frame, objects, times
from .lines import Problems, Reporter, batches, gc_paused
from .resource import Origin, origins
from .severity import level_of, severity_of
from .signals import LOGS


def read_logs(path: str | Path, problems: Problems = None) -> pd.DataFrame:
    """The log records of one OTLP JSON Lines file, one row per record, in file order.

    Columns: time_ns (when it happened, or if that is not known, when it was observed), severity (as written, or the
    level's name), severity_number (as written, or else that of the text; 0 if neither says it), body (text; other
    bodies stay as they are), trace_id and span_id ("" for none), service, host, scope, event_name, attributes (dict),
    observed_ns, resource (one dict, shared by all its rows). `problems` works as in `read_spans`.
    """
    report = Reporter(Path(path), problems)
    rows: list[tuple[Any, ...]] = []
    with gc_paused():
        for batch in batches(report, LOGS):
            for origin, records in origins(batch, LOGS, report):
                _read_scope(records, origin, rows, report)
        return _frame(rows)


def _read_scope(records: list[dict[str, Any]], origin: Origin, rows: list[tuple[Any, ...]], report: Reporter) -> None:
    for record in records:
        try:
            rows.append(_row(record, origin))
        except ValueError as error:
            report(f"log record: {error}")


def _row(record: dict[str, Any], origin: Origin) -> tuple[Any, ...]:
    observed = values.nanoseconds(record.get("observedTimeUnixNano", 0), "observedTimeUnixNano")
    time_ns = values.nanoseconds(record.get("timeUnixNano", 0), "timeUnixNano") or observed
    if not time_ns:
        raise ValueError("timeUnixNano is missing")
    text = str(record.get("severityText") or "")
    number = _severity(record.get("severityNumber") or 0) or (severity_of(text) if text else 0)
    body = values.any_value(record.get("body"))
    return (
        time_ns,
        text or level_of(number),
        number,
        "" if body is None else body,
        _optional_id(record.get("traceId"), 32, "traceId"),
        _optional_id(record.get("spanId"), 16, "spanId"),
        str(record.get("eventName", "")),
        values.attributes(record.get("attributes")),
        observed,
        origin,
    )


def _optional_id(value: Any, digits: int, field: str) -> str:
    # A record outside of any span has "", no field, or zeros.
    return values.hex_id(value, digits, field) if value and str(value).strip("0") else ""


def _severity(value: Any) -> int:
    """A severity as a number. Some writers use the enum's name ("SEVERITY_NUMBER_WARN2")."""
    if isinstance(value, str) and not value.isdecimal():
        return severity_of(value)
    number = values.integer(value, "severityNumber")
    return number if 0 <= number <= 24 else 0


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
