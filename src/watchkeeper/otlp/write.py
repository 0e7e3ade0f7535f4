"""Writes flat data frames as OTLP JSON Lines, so that any other tool can open them.

Reading the file again gives the same frame, except that rows are grouped by resource and scope. What the readers drop
is missing here too: trace state, dropped counts, exemplars, the state and flags of links, the flags of records, schema
URLs, entity references, a metric's metadata, and the version and attributes of a scope.
"""

from __future__ import annotations

import base64
import gzip
import json
import math
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pandas as pd

from ..errors import OtlpError
from .metrics import NO_RECORDED_VALUE, TEMPORALITIES, TYPES
from .signals import LOGS, METRICS, TRACES, Signal
from .spans import KINDS, STATUSES

ROWS_A_LINE = 512
Row = dict[Any, Any]


def write_spans(spans: pd.DataFrame, path: str | Path) -> None:
    """Write a frame of spans with the columns of `read_spans`; `resource` is optional. Gzip if the path ends in .gz."""
    _write(spans, path, TRACES, _span)


def write_logs(logs: pd.DataFrame, path: str | Path) -> None:
    """Write a frame of log records, with the columns of `read_logs`."""
    _write(logs, path, LOGS, _record)


def write_metrics(metrics: pd.DataFrame, path: str | Path) -> None:
    """Write a frame of metric points, with the columns of `read_metrics`."""
    _write(metrics, path, METRICS, _metric)


def _write(rows: pd.DataFrame, path: str | Path, signal: Signal, shape: Callable[[Row], Row]) -> None:
    try:
        # Without a name and a time in the gzip header, the same rows give the same bytes and the same checksum.
        with Path(path).open("wb") as raw:
            if str(path).endswith(".gz"):
                with gzip.GzipFile("", "wb", fileobj=raw, mtime=0) as packed:
                    packed.writelines(_lines(rows, signal, shape))
            else:
                raw.writelines(_lines(rows, signal, shape))
    except OSError as error:
        raise OtlpError(f"cannot be written ({error.strerror})", path) from None
    except KeyError as error:
        raise OtlpError(f"cannot be written: the frame has no column {error}", path) from None


def _lines(rows: pd.DataFrame, signal: Signal, shape: Callable[[Row], Row]) -> Iterator[bytes]:
    for first in range(0, len(rows), ROWS_A_LINE):
        grouped: dict[tuple[str, str], list[Row]] = {}
        for row in rows.iloc[first : first + ROWS_A_LINE].to_dict("records"):
            resource = json.dumps(_resource(row), separators=(",", ":"))
            grouped.setdefault((resource, row.get("scope", "")), []).append(shape(row))
        line = {signal.key: [_group(key, items, signal) for key, items in grouped.items()]}
        yield json.dumps(line, separators=(",", ":")).encode() + b"\n"


def _group(key: tuple[str, str], items: list[Row], signal: Signal) -> Row:
    resource, scope = key
    return {"resource": json.loads(resource), signal.scopes: [{"scope": {"name": scope}, signal.records: items}]}


def _resource(row: Row) -> Row:
    known = dict(row.get("resource") or {})
    for key, column in (("service.name", "service"), ("host.name", "host")):
        if row.get(column):
            known[key] = row[column]
    return {"attributes": _attributes(known)}


def _span(row: Row) -> Row:
    status = {"code": STATUSES.index(row["status"]), "message": row["status_message"]}
    span = {
        "traceId": row["trace_id"],
        "spanId": row["span_id"],
        "parentSpanId": row["parent_span_id"],
        "name": row["name"],
        "kind": KINDS.index(row["kind"]),
        "startTimeUnixNano": str(row["start_ns"]),
        "endTimeUnixNano": str(row["end_ns"]),
        "attributes": _attributes(row["attributes"]),
        "events": [_event(event) for event in row["events"]],
        "links": [_link(link) for link in row["links"]],
        "flags": int(row.get("flags", 0)),
        "status": {key: value for key, value in status.items() if value},
    }
    return _filled(span) | {"status": span["status"]}


def _event(event: Row) -> Row:
    attributes = _attributes(event["attributes"])
    return _filled({"timeUnixNano": str(event["time_ns"]), "name": event["name"], "attributes": attributes})


def _link(link: Row) -> Row:
    attributes = _attributes(link["attributes"])
    return _filled({"traceId": link["trace_id"], "spanId": link["span_id"], "attributes": attributes})


def _record(row: Row) -> Row:
    record = {
        "timeUnixNano": str(row["time_ns"]),
        "severityText": row["severity"],
        "severityNumber": row["severity_number"],
        "body": _value(row["body"]),
        "traceId": row["trace_id"],
        "spanId": row["span_id"],
        "eventName": row.get("event_name", ""),
        "attributes": _attributes(row["attributes"]),
    }
    if row.get("observed_ns"):
        record["observedTimeUnixNano"] = str(row["observed_ns"])
    return _filled(record)


def _metric(row: Row) -> Row:
    key = {word: key for key, word in TYPES.items()}[row["type"]]
    data: Row = {"dataPoints": [_point(row)]}
    if row["temporality"]:
        data["aggregationTemporality"] = TEMPORALITIES.index(row["temporality"])
    if row["monotonic"]:
        data["isMonotonic"] = True
    return _filled({"name": row["name"], "unit": row["unit"], "description": row.get("description", "")}) | {key: data}


def _point(row: Row) -> Row:
    point: Row = {"timeUnixNano": str(row["time_ns"]), "attributes": _attributes(row["attributes"])}
    if row["start_ns"]:
        point["startTimeUnixNano"] = str(row["start_ns"])
    point["flags"] = int(row.get("flags", 0))
    if point["flags"] & NO_RECORDED_VALUE:
        return _filled(point)
    if row["type"] in ("gauge", "sum"):
        exact = row["details"].get("as_int") if isinstance(row.get("details"), dict) else None
        return _filled(point) | ({"asDouble": _double(row["value"])} if exact is None else {"asInt": str(exact)})
    point |= {field: _double(row[field]) for field in ("sum", "min", "max") if not math.isnan(row[field])}
    point["count"] = str(row["details"].get("count", int(row["count"])))
    if row["type"] == "histogram":
        point["explicitBounds"] = [_double(bound) for bound in row["bounds"]]
        point["bucketCounts"] = [str(count) for count in row["counts"]]
    return _filled(point | _details(row["details"]), keep=("sum", "min", "max"))


def _details(details: Row) -> Row:
    """The fields that only exponential histograms and summaries have."""
    if "quantiles" in details:
        return {"quantileValues": [{"quantile": _double(q), "value": _double(v)} for q, v in details["quantiles"]]}
    if "scale" not in details:
        return {}
    sides = {
        side: {"offset": details[side]["offset"], "bucketCounts": [str(count) for count in details[side]["counts"]]}
        for side in ("positive", "negative")
    }
    zeros = {"zeroCount": str(details["zero_count"]), "zeroThreshold": details.get("zero_threshold", 0.0)}
    return {"scale": details["scale"], **zeros, **sides}


def _filled(item: Row, keep: tuple[str, ...] = ()) -> Row:
    """The item without its empty fields, which proto3 JSON omits."""
    return {key: value for key, value in item.items() if key in keep or value not in ("", [], {}, 0, None)}


def _double(number: float) -> float | str:
    if math.isfinite(number):
        return float(number)
    return "NaN" if math.isnan(number) else "Infinity" if number > 0 else "-Infinity"


def _attributes(items: Row) -> list[Row]:
    return [{"key": key, "value": _value(value)} for key, value in items.items()]


def _value(value: Any) -> Row:
    if isinstance(value, bool):
        return {"boolValue": value}
    if isinstance(value, str):
        return {"stringValue": value}
    if isinstance(value, int):
        return {"intValue": str(value)}
    if isinstance(value, float):
        return {"doubleValue": _double(value)}
    if isinstance(value, bytes):
        return {"bytesValue": base64.b64encode(value).decode()}
    if isinstance(value, (list, tuple)):
        return {"arrayValue": {"values": [_value(item) for item in value]}}
    return {"kvlistValue": {"values": _attributes(value)}} if isinstance(value, dict) else {}
