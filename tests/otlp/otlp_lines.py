"""OTLP as text: the smallest right objects, to be broken one field at a time."""

import gzip
import json
from pathlib import Path
from typing import Any

TRACE, SPAN = "5b8efff798038103d269b633813fc60c", "eee19b7ec3c1b174"


def text(key: str, value: str) -> dict[str, Any]:
    return {"key": key, "value": {"stringValue": value}}


def span(**fields: Any) -> dict[str, Any]:
    """A span with all it needs; a field of None is left out."""
    whole = {"traceId": TRACE, "spanId": SPAN, "name": "GET /", "startTimeUnixNano": "1000", "endTimeUnixNano": "3000"}
    return {key: value for key, value in (whole | fields).items() if value is not None}


def spans_line(*spans: Any) -> dict[str, Any]:
    scope = {"scope": {"name": "lib"}, "spans": list(spans)}
    return {"resourceSpans": [{"resource": {"attributes": [text("service.name", "web")]}, "scopeSpans": [scope]}]}


def logs_line(*records: Any) -> dict[str, Any]:
    scope = {"scope": {"name": "lib"}, "logRecords": list(records)}
    return {"resourceLogs": [{"resource": {"attributes": [text("service.name", "web")]}, "scopeLogs": [scope]}]}


def metrics_line(*metrics: Any) -> dict[str, Any]:
    scope = {"scope": {"name": "lib"}, "metrics": list(metrics)}
    return {"resourceMetrics": [{"resource": {"attributes": [text("service.name", "web")]}, "scopeMetrics": [scope]}]}


def write(path: Path, *lines: Any) -> Path:
    """Lines as a file, gzip by its name: objects become JSON, bytes stay as they are."""
    raw = b"".join(line if isinstance(line, bytes) else json.dumps(line).encode() + b"\n" for line in lines)
    path.write_bytes(gzip.compress(raw) if path.name.endswith(".gz") else raw)
    return path
