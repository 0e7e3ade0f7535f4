"""What is written comes back the same, and what OpenTelemetry's own exporter writes is read."""

from pathlib import Path

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from opentelemetry.exporter.otlp.json.file.trace_exporter import FileSpanExporter
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.trace import SpanKind, StatusCode
from otlp_lines import SPAN, TRACE, logs_line, metrics_line, span, spans_line, text, write

from watchkeeper import otlp
from watchkeeper.errors import OtlpError

pytestmark = pytest.mark.filterwarnings("ignore::watchkeeper.errors.TelemetryWarning")
TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=5)
INTS = st.integers(-(2**63), 2**63 - 1)
VALUES = st.recursive(
    st.one_of(TEXT, st.booleans(), INTS, st.floats(allow_nan=False), st.binary(max_size=4), st.none()),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(TEXT, inner, max_size=3),
    max_leaves=5,
)
TIMES = st.integers(1, 2**63 - 1)
EVENTS = st.fixed_dictionaries({"time_ns": TIMES, "name": TEXT, "attributes": st.just({"a": 1})})
SPANS = st.fixed_dictionaries(
    {
        "trace_id": st.sampled_from(["a" * 32, "b" * 32]),
        "span_id": st.integers(1, 2**64 - 1).map("{:016x}".format),
        "parent_span_id": st.sampled_from(["", SPAN]),
        "service": st.sampled_from(["web", "ads"]),
        "name": TEXT,
        "kind": st.sampled_from(["UNSPECIFIED", "INTERNAL", "SERVER", "CLIENT", "PRODUCER", "CONSUMER"]),
        "start_ns": TIMES,
        "end_ns": TIMES,
        "status": st.sampled_from(["UNSET", "OK", "ERROR"]),
        "status_message": TEXT,
        "host": st.sampled_from(["h1", ""]),
        "scope": st.sampled_from(["lib", ""]),
        "attributes": st.dictionaries(TEXT, VALUES, max_size=3),
        "events": st.lists(EVENTS, max_size=2),
        "links": st.lists(st.just({"trace_id": TRACE, "span_id": SPAN, "attributes": {}}), max_size=1),
        "flags": st.integers(0, 2**32 - 1),
    }
)


def by_id(spans: pd.DataFrame) -> list[dict]:
    return sorted(spans.drop(columns=["resource", "duration_ms"]).to_dict("records"), key=lambda row: row["span_id"])


@given(rows=st.lists(SPANS, min_size=1, max_size=5, unique_by=lambda row: row["span_id"]))
def test_spans_come_back_as_they_were(tmp_path_factory, rows: list[dict]) -> None:
    path = tmp_path_factory.getbasetemp() / "back.jsonl.gz"
    otlp.write_spans(pd.DataFrame(rows), path)
    assert by_id(otlp.read_spans(path).assign()) == sorted(rows, key=lambda row: row["span_id"])


def there_and_back(tmp_path: Path, read, write_back, *lines: dict) -> tuple[pd.DataFrame, pd.DataFrame]:
    before = read(write(tmp_path / "before.jsonl", *lines))
    write_back(before, tmp_path / "after.jsonl")
    return before, read(tmp_path / "after.jsonl")


def test_logs_come_back_as_they_were(tmp_path: Path) -> None:
    records = [
        {
            "timeUnixNano": "5",
            "observedTimeUnixNano": "6",
            "severityNumber": 9,
            "severityText": "info",
            "eventName": "e",
            "body": {"stringValue": "paid"},
            "traceId": TRACE,
            "spanId": SPAN,
            "attributes": [text("order", "1")],
        },
        {"timeUnixNano": "7", "body": {"kvlistValue": {"values": [{"key": "a", "value": {"intValue": 1}}]}}},
        {"timeUnixNano": "8"},
    ]
    pd.testing.assert_frame_equal(*there_and_back(tmp_path, otlp.read_logs, otlp.write_logs, logs_line(*records)))


def test_metrics_come_back_as_they_were(tmp_path: Path) -> None:
    at = {"timeUnixNano": "9", "startTimeUnixNano": "1", "attributes": [text("route", "/")]}
    buckets = {"count": "3", "sum": 0, "min": 0, "max": 1, "explicitBounds": [0, 1], "bucketCounts": ["1", "2", "0"]}
    sides = {"scale": -1, "zeroCount": "1", "positive": {"offset": -2, "bucketCounts": ["4", "0", "5"]}}
    quantiles = {"count": "2", "sum": 4, "quantileValues": [{"quantile": 0, "value": 0}, {"quantile": 1, "value": 2}]}
    numbers = [at | number for number in ({"asDouble": "NaN"}, {"asInt": 0}, {"asDouble": -2.5})]
    line = metrics_line(
        {"name": "g", "unit": "By", "description": "d", "gauge": {"dataPoints": numbers}},
        {"name": "s", "sum": {"aggregationTemporality": 2, "isMonotonic": True, "dataPoints": numbers[2:]}},
        {"name": "h", "histogram": {"aggregationTemporality": 1, "dataPoints": [at | buckets]}},
        {"name": "e", "exponentialHistogram": {"dataPoints": [at | {"count": 10} | sides]}},
        {"name": "q", "summary": {"dataPoints": [at | quantiles]}},
    )
    pd.testing.assert_frame_equal(*there_and_back(tmp_path, otlp.read_metrics, otlp.write_metrics, line))


def test_the_same_rows_give_the_same_bytes(tmp_path: Path) -> None:
    spans = otlp.read_spans(write(tmp_path / "t.jsonl", spans_line(span())))
    for name in ("a.jsonl.gz", "b.jsonl.gz"):
        otlp.write_spans(spans, tmp_path / name)
    assert (tmp_path / "a.jsonl.gz").read_bytes() == (tmp_path / "b.jsonl.gz").read_bytes()


def test_what_cannot_be_written_gets_a_sentence(tmp_path: Path) -> None:
    spans = otlp.read_spans(write(tmp_path / "t.jsonl", spans_line(span())))
    with pytest.raises(OtlpError, match="cannot be written"):
        otlp.write_spans(spans, tmp_path / "no" / "folder.jsonl")
    with pytest.raises(OtlpError, match="no column 'kind'"):
        otlp.write_spans(spans.drop(columns="kind"), tmp_path / "x.jsonl")


def test_what_opentelemetry_writes_is_read(tmp_path: Path) -> None:
    path = tmp_path / "sdk.jsonl"
    provider = TracerProvider(resource=Resource.create({"service.name": "web", "host.name": "shop-1"}))
    provider.add_span_processor(SimpleSpanProcessor(FileSpanExporter(str(path))))
    tracer = provider.get_tracer("test")
    attributes = {"n": 1, "list": ["a", "b"]}
    with (
        tracer.start_as_current_span("GET /", kind=SpanKind.SERVER, attributes=attributes) as parent,
        tracer.start_as_current_span("GET ads", kind=SpanKind.CLIENT) as child,
    ):
        child.set_status(StatusCode.ERROR, "timed out")
        child.add_event("retry", {"attempt": 2})
    provider.shutdown()
    spans = otlp.read_spans(path).set_index("name")
    context = parent.get_span_context()
    assert spans.loc["GET ads", "parent_span_id"] == f"{context.span_id:016x}"
    assert spans.loc["GET /", "trace_id"] == f"{context.trace_id:032x}"
    assert spans.loc["GET /", ["service", "host", "kind", "scope"]].tolist() == ["web", "shop-1", "SERVER", "test"]
    assert spans.loc["GET /", "attributes"] == {"n": 1, "list": ["a", "b"]}
    assert spans.loc["GET ads", ["status", "status_message"]].tolist() == ["ERROR", "timed out"]
    assert spans.loc["GET ads", "events"][0]["attributes"] == {"attempt": 2}
    assert spans.loc["GET /", "duration_ms"] >= spans.loc["GET ads", "duration_ms"]
