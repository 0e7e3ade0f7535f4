"""The forms that a file of telemetry may have: all of them give the same tables, or a sentence that names the form."""

import base64
import gzip
import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from otlp_lines import SPAN, TRACE, logs_line, metrics_line, span, spans_line, text, write

from watchkeeper import otlp
from watchkeeper.errors import OtlpError

LINK = {"traceId": TRACE, "spanId": SPAN, "attributes": [text("why", "batch")]}
EVENT = {"timeUnixNano": "2000", "name": "retry", "attributes": [{"key": "n", "value": {"intValue": "2"}}]}
NESTED = {"kvlistValue": {"values": [{"key": "list", "value": {"arrayValue": {"values": [{"doubleValue": 1.5}]}}}]}}
TRACES = spans_line(
    span(parentSpanId="eee19b7ec3c1b173", kind=2, status={"code": 2}, events=[EVENT], links=[LINK]),
    span(spanId="00f067aa0ba902b7", attributes=[text("http.route", "/"), {"key": "a", "value": NESTED}]),
)
LOGS = logs_line(
    {
        "timeUnixNano": "5",
        "observedTimeUnixNano": "6",
        "severityNumber": 9,
        "traceId": TRACE,
        "body": {"stringValue": "paid"},
    }
)
BUCKETS = {"scale": 1, "zeroCount": "1", "positive": {"offset": 3, "bucketCounts": ["4"]}, "count": "5"}
METRICS = metrics_line(
    {"name": "up", "gauge": {"dataPoints": [{"timeUnixNano": "9", "asInt": "4", "attributes": [text("route", "/")]}]}},
    {
        "name": "e",
        "exponentialHistogram": {"aggregationTemporality": 2, "dataPoints": [{"timeUnixNano": "9", **BUCKETS}]},
    },
)
ALL = [TRACES, LOGS, METRICS]
READERS = (otlp.read_spans, otlp.read_logs, otlp.read_metrics)


def rows(table: pd.DataFrame) -> str:
    """The content of a table as text, in which NaN equals NaN."""
    return repr(table.to_dict("records"))


def dense(value: Any) -> bytes:
    return json.dumps(value).encode()


def indented(value: Any) -> bytes:
    return json.dumps(value, indent=2).encode()


def changed(value: Any, key: Callable[[str], str] = str, ids: Callable[[str], str] = str) -> Any:
    """The same JSON with other names for its fields and other forms of its ids."""
    if isinstance(value, list):
        return [changed(item, key, ids) for item in value]
    if not isinstance(value, dict):
        return value
    return {
        key(name): ids(item) if name in ("traceId", "spanId", "parentSpanId") else changed(item, key, ids)
        for name, item in value.items()
    }


def snake(name: str) -> str:
    return re.sub("[A-Z]", lambda letter: "_" + letter[0].lower(), name)


def in_base64(digits: str) -> str:
    return base64.b64encode(bytes.fromhex(digits)).decode()


def url_safe(digits: str) -> str:
    return base64.urlsafe_b64encode(bytes.fromhex(digits)).decode().rstrip("=")


MERGED = {key: content for line in ALL for key, content in line.items()}
FORMS = {
    "one object with all signals": dense(MERGED),
    "no line break at the end": b"\n".join(map(dense, ALL)),
    "Windows line ends and a byte order mark": b"\xef\xbb\xbf" + b"\r\n".join(map(dense, ALL)),
    "blank lines": b"\n\n  \n".join(map(dense, ALL)),
    "a byte order mark in the middle": b"\n\xef\xbb\xbf".join(map(dense, ALL)),
    "gzip": gzip.compress(b"\n".join(map(dense, ALL)), mtime=0),
    "gzip in two members": gzip.compress(dense(TRACES), mtime=0) + gzip.compress(dense(LOGS) + dense(METRICS), mtime=0),
    "two objects on a line": dense(TRACES) + dense(LOGS) + b" " + dense(METRICS) + b"\n",
    "one indented object": indented(MERGED),
    "several indented objects": b"\n".join(map(indented, ALL)),
    "indented objects without a break between": b"".join(map(indented, ALL)),
    "indented with a byte order mark": b"\xef\xbb\xbf"
    + b"\r\n".join(indented(line).replace(b"\n", b"\r\n") for line in ALL),
    "indented by nothing": b"\n".join(json.dumps(line, indent=0).encode() for line in ALL),
    "lines, then an indented object": dense(TRACES) + b"\n" + indented(LOGS) + b"\n\n" + dense(METRICS),
    "an array": dense(ALL),
    "an indented array": indented(ALL),
    "an array with one object per line": b"[\n" + b",\n".join(map(dense, ALL)) + b"\n]\n",
    "an array that begins on the first object's line": b"[" + b",\n".join(map(dense, ALL)) + b"]",
    "an array on each line": b"\n".join(dense([line]) for line in ALL),
    "an array of arrays": dense([[TRACES], [LOGS, METRICS]]),
    "batches": dense({"batches": TRACES["resourceSpans"]}) + dense({"batches": LOGS["resourceLogs"]}) + dense(METRICS),
    "one level deeper": b"\n".join(dense({"result": line}) for line in ALL),
    "two levels deeper, indented": b"\n".join(indented({"data": {"trace": line}, "status": "success"}) for line in ALL),
    "a list in an envelope": dense({"data": ALL, "total": 3}),
    "batches in an envelope": dense({"trace": {"batches": TRACES["resourceSpans"]}, "rest": [LOGS, METRICS]}),
    "a resource alone": b"\n".join(dense(line[key][0]) for line in ALL for key in line),
    "snake case": b"\n".join(dense(changed(line, snake)) for line in ALL),
    "snake case, indented, in an envelope": indented({"data": [changed(line, snake) for line in ALL]}),
    "ids in capitals": b"\n".join(dense(changed(line, ids=str.upper)) for line in ALL),
    "ids in base64": b"\n".join(dense(changed(line, ids=in_base64)) for line in ALL),
    "ids in base64 for URLs, without padding": b"\n".join(dense(changed(line, ids=url_safe)) for line in ALL),
    "snake case and base64 in an array": dense([changed(line, snake, in_base64) for line in ALL]),
    "the scopes' old name": dense(MERGED).replace(b'"scope', b'"instrumentationLibrary'),
    "enums by name": dense(MERGED)
    .replace(b'"kind": 2', b'"kind": "SPAN_KIND_SERVER"')
    .replace(b'"code": 2', b'"code": "STATUS_CODE_ERROR"')
    .replace(b'"severityNumber": 9', b'"severityNumber": "SEVERITY_NUMBER_INFO"')
    .replace(b'"aggregationTemporality": 2', b'"aggregationTemporality": "AGGREGATION_TEMPORALITY_CUMULATIVE"'),
}


@pytest.mark.parametrize("form", FORMS)
def test_each_form_gives_the_same_tables_of_all_signals(tmp_path: Path, form: str) -> None:
    plain, other = write(tmp_path / "plain.jsonl", *ALL), write(tmp_path / "other.json", FORMS[form])
    assert otlp.signals_in(other) == ({"traces", "logs", "metrics"}, [])
    for read in READERS:
        expected = read(plain)
        assert len(expected) and rows(read(other)) == rows(expected)


MIXED_CASE = {
    "a parent": (TRACES, "parentSpanId"),
    "the time of an event": (TRACES, "timeUnixNano"),
    "a text": (TRACES, "stringValue"),
    "a list in a map": (TRACES, "arrayValue"),
    "a number in a list": (TRACES, "doubleValue"),
    "the spans of a resource": (TRACES, "scopeSpans"),
    "an observed time": (LOGS, "observedTimeUnixNano"),
    "a severity": (LOGS, "severityNumber"),
    "the points of a metric": (METRICS, "dataPoints"),
    "buckets": (METRICS, "bucketCounts"),
    "a kind of metric": (METRICS, "exponentialHistogram"),
    "a temporality": (METRICS, "aggregationTemporality"),
}


@pytest.mark.parametrize("place", MIXED_CASE)
def test_a_single_field_in_snake_case_is_read_as_well(tmp_path: Path, place: str) -> None:
    line, field = MIXED_CASE[place]
    other = changed(line, lambda name: snake(name) if name == field else name)
    assert other != line
    read = READERS[ALL.index(line)]
    expected, got = (rows(read(write(tmp_path / "t.json", one))) for one in (line, other))
    assert got == expected


def test_a_writer_that_began_again_after_a_torn_line(tmp_path: Path) -> None:
    for torn in (
        dense(TRACES)[:90],
        b'{"resourceSpans": [',
        b'{"resourceSpans": [{"resource": {"attributes": [{"key": "a',
    ):
        path = write(tmp_path / "t.jsonl", TRACES, torn + b"\n", TRACES, indented(LOGS) + b"\n", TRACES)
        problems: list[OtlpError] = []
        assert len(otlp.read_spans(path, problems)) == 6, torn
        assert len(otlp.read_logs(path, [])) == 1
        # The same spans three times are the other problem.
        assert [problem.line for problem in problems] == [2, 3]
        assert "not JSON" in problems[0].text or "the line ends in the middle" in problems[0].text


def test_a_torn_array_keeps_the_objects_before_the_end(tmp_path: Path) -> None:
    whole = b"[\n" + b",\n".join(map(dense, [TRACES, LOGS, TRACES])) + b"\n]\n"
    problems: list[OtlpError] = []
    assert len(otlp.read_spans(write(tmp_path / "t.json", whole[:-60]), problems)) == 2
    assert len(problems) == 2 and "ends in the middle" in problems[0].text


def test_a_torn_line_that_could_go_on_costs_only_itself(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    # What follows is more than an object over several lines may have.
    monkeypatch.setattr("watchkeeper.otlp.lines.MAX_LINE_BYTES", 2 * len(dense(TRACES)))
    path = write(tmp_path / "t.jsonl", b'{"resourceSpans": [\n', *[TRACES] * 5)
    problems: list[OtlpError] = []
    assert len(otlp.read_spans(path, problems)) == 10
    # The same spans five times are the other problem.
    assert [problem.line for problem in problems] == [1, 3]


def test_a_long_text_is_given_up_but_telemetry_after_a_few_faults_is_found(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("watchkeeper.otlp.contents._PATIENCE", 4)
    for faults, found in ((4, {"traces"}), (5, set())):
        path = write(tmp_path / "t.log", b"started\n" * faults, TRACES, b"stopped\n" * 9)
        signals, problems = otlp.signals_in(path)
        assert signals == found
        assert problems[0].text == "not JSON: the line is text, not an object"


def test_lines_are_counted_through_every_form(tmp_path: Path) -> None:
    bad = spans_line(span(spanId="zz"))
    path = write(tmp_path / "t.json", TRACES, b"\n", indented(TRACES) + b"\n\n", indented(bad) + b"\n", bad)
    problems: list[OtlpError] = []
    otlp.read_spans(path, problems)
    lines = path.read_text().splitlines()
    first, second = (number for number, line in enumerate(lines, 1) if "zz" in line)
    begin = max(number for number in range(1, first) if lines[number - 1] == "{")
    assert [problem.line for problem in problems] == [begin, second, 3]
    assert "2 spans with the id of another span of the trace" in problems[2].text


def test_an_object_over_lines_has_a_limit(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("watchkeeper.otlp.lines.MAX_LINE_BYTES", 1000)
    path = write(tmp_path / "t.json", indented(TRACES))
    with pytest.raises(OtlpError, match=r"line 1: one object of more than .* jq -c"):
        otlp.read_spans(path)
    problems: list[OtlpError] = []
    assert otlp.read_spans(path, problems).empty and len(problems) == 1


NOTHING_INSIDE = [
    {"resourceSpans": []},
    {"resourceSpans": None},
    {"resourceSpans": [], "resourceLogs": None, "resourceMetrics": []},
    {"resourceSpans": [{}]},
    {"resourceSpans": [{"scopeSpans": None}]},
    {"data": [], "total": 0, "errors": None},
    {"data": None},
    {"batches": []},
    {"trace": {}},
    {"result": None},
    {},
    [],
    [{}, []],
]


@pytest.mark.parametrize("value", NOTHING_INSIDE, ids=json.dumps)
def test_an_empty_export_is_an_empty_table(tmp_path: Path, value: object) -> None:
    path = write(tmp_path / "t.json", value)
    assert otlp.read_spans(path).empty and otlp.read_traces(path).empty


def test_what_a_file_holds_instead_is_said_once_and_truly(tmp_path: Path) -> None:
    cases = [
        ([LOGS, LOGS], otlp.read_spans, "holds logs, not traces; read that with read_logs, or open the file with"),
        (
            [LOGS, METRICS],
            otlp.read_spans,
            "holds logs and metrics, not traces; read that with read_logs and read_metrics",
        ),
        ([TRACES], otlp.read_logs, "holds traces, not logs; read that with read_traces"),
        ([{"resourceSpans": {}}], otlp.read_spans, "resourceSpans is not a list"),
        ([{"resourceSpans": "none"}], otlp.read_spans, "resourceSpans is not a list"),
        ([{"resourceProfiles": []}, {"resourceProfiles": []}], otlp.read_spans, "profiles, a signal that Watchkeeper"),
    ]
    for lines, read, sentence in cases:
        path = write(tmp_path / "t.jsonl", *lines)
        with pytest.raises(OtlpError, match=re.escape(sentence)):
            read(path)
        problems: list[OtlpError] = []
        assert read(path, problems).empty
        assert sentence in problems[0].text
    assert [problem.text[:15] for problem in problems] == ["profiles, a sig", "1 more of these"]


def test_what_is_next_to_the_telemetry_in_one_object_is_not_lost(tmp_path: Path) -> None:
    path = write(tmp_path / "t.json", {"batches": TRACES["resourceSpans"], **TRACES, "rest": [LOGS], "partial": True})
    assert len(otlp.read_spans(path)) == 4 and len(otlp.read_logs(path)) == 1
    deep: dict = {}
    for _ in range(300):
        deep = {"resourceSpans": [], "a": deep}
    assert otlp.read_spans(write(tmp_path / "t.json", deep)).empty
    path = write(tmp_path / "t.json", {**TRACES, "resourceProfiles": [{}]})
    problems: list[OtlpError] = []
    assert len(otlp.read_spans(path, problems)) == 2
    assert [problem.text for problem in problems] == ["left out: profiles, a signal that Watchkeeper doesn't read"]


def test_other_objects_between_the_telemetry_are_counted(tmp_path: Path) -> None:
    path = write(
        tmp_path / "t.json", [TRACES, {"kind": "note"}, {"kind": "note"}], TRACES, *[{"kind": "x"}] * 5, b"bye\n" * 4
    )
    problems: list[OtlpError] = []
    assert len(otlp.read_spans(path, problems)) == 4
    assert "2 spans with the id of another span of the trace" in problems.pop().text
    assert [(problem.line, problem.text) for problem in problems] == [
        (1, f"2 of 3 items of an array are left out: an object with kind: {NEITHER}"),
        (3, f"an object with kind: {NEITHER}"),
        (8, "not JSON: the line is text, not an object"),
        (0, f"4 more of these: an object with kind: {NEITHER}"),
        (0, "3 more of these: not JSON: the line is text, not an object"),
    ]


NEITHER = "neither OTLP (resourceSpans, resourceLogs, resourceMetrics) nor Jaeger's traces"
ZIPKIN = {"traceId": TRACE, "id": SPAN, "name": "get", "timestamp": 5, "localEndpoint": {"serviceName": "web"}}
NAMED = {
    "zstd": (b"\x28\xb5\x2f\xfd" + b"\0" * 40, "packed with zstd", "zstd -d --rm {file}"),
    "zstd by message": (b"\0\0\x01\x10\x28\xb5\x2f\xfd" + b"\0" * 40, "packed each message", "without `compression`"),
    "xz": (b"\xfd7zXZ\0" + b"\0" * 40, "packed with xz", "xz -d {file}"),
    "bzip2": (b"BZh91AY&SY", "packed with bzip2", "bunzip2 {file}"),
    "lz4": (b"\x04\x22\x4d\x18d@", "packed with lz4", "lz4 -d --rm {file}"),
    "zip": (b"PK\x03\x04\x14\0", "packed with zip", "unzip {file}"),
    "gzip twice": (gzip.compress(gzip.compress(dense(TRACES), mtime=0), mtime=0), "gzip twice", "gzip -d {file}"),
    "tar in gzip": (
        gzip.compress(b"traces.jsonl".ljust(257, b"\0") + b"ustar" + b"\0" * 250, mtime=0),
        "a tar archive",
        "tar -xf {file}",
    ),
    "Parquet": (b"PAR1\x15\x04", "a Parquet file", "export the telemetry as OTLP JSON"),
    "protobuf": (b"\n\xb4\x02\n\x1e\n\x1c\n\x0cservice.name\x12\x0c\n\ncheckout", "binary data", "`format: json`"),
    "protobuf with lengths": (b"\0\0\x01\x37\n\xb4\x02\n\x1e\n\x1c\n\x0cservice.name", "protobuf", "`format: json`"),
    "UTF-16": (("﻿" + json.dumps(TRACES)).encode("utf-16-le"), "UTF-16", "iconv -f UTF-16 -t UTF-8 {file}"),
    "UTF-16 without a mark": (json.dumps(TRACES).encode("utf-16-be"), "UTF-16", "iconv"),
    "Latin-1": ('{"resourceSpans": [], "a": "é"}'.encode("latin-1"), "not UTF-8", ""),
    "a web page": (b"\n<!DOCTYPE html>\n<html>\n<p>Sign in", "a web page", "open the file to see which"),
    "XML": (b"<?xml version='1.0'?>\n<Error/>", "XML", "export the telemetry as OTLP JSON"),
    "Prometheus": (b"# HELP up Up.\n# TYPE up gauge\nup 1\n", "Prometheus' text format", "prometheus receiver"),
    "plain text": (b"trace not found\n", "not JSON: the line is text", ""),
    "Zipkin": (dense([ZIPKIN, ZIPKIN]), "Zipkin's spans", "http://localhost:9411/api/v2/spans"),
    "Zipkin's answer": (indented([[ZIPKIN], [ZIPKIN]]), "Zipkin's spans", "/api/v2/spans"),
    "Zipkin 1": (dense([{**ZIPKIN, "binaryAnnotations": []}]), "Zipkin's spans", "/api/v1/spans"),
    "Chrome": (dense({"traceEvents": [{"ph": "X", "ts": 1}]}), "Chrome's tracing", "export OTLP instead"),
    "Chrome's array": (dense([{"ph": "X", "ts": 1, "name": "a"}]), "Chrome's tracing", "export OTLP instead"),
    "Go": (indented({"Name": "GET", "SpanContext": {"TraceID": TRACE}}), "stdouttrace", "a Collector's file exporter"),
    "Python": (
        indented({"name": "GET", "context": {"trace_id": "0x5b"}, "start_time": "2026"}),
        "console exporter",
        "OTLP",
    ),
    "Tempo's search": (dense({"traces": [{"traceID": "2f", "rootTraceName": "GET"}]}), "Tempo found", "/api/traces/ID"),
    "Loki": (
        dense({"status": "success", "data": {"resultType": "streams", "result": []}}),
        "Prometheus or Loki",
        "record",
    ),
    "profiles": (dense({"resourceProfiles": [{}]}), "profiles", "doesn't read"),
    "spans alone": (dense([span(), span()]), "without the resource around them", "export whole resourceSpans"),
    "Jaeger's error": (
        dense({"data": None, "errors": [{"code": 404, "msg": "trace not found"}]}),
        'reports an error, "trace not found" (404)',
        "ask for the data again",
    ),
    "Jaeger 2's error": (
        dense({"error": {"grpcCode": 5, "httpCode": 404, "message": "No traces found"}}),
        'an error, "No traces found" (404)',
        "ask for the data again",
    ),
    "Loki's error": (
        dense({"status": "error", "errorType": "bad_data", "error": "parse error"}),
        '"parse error" (bad_data)',
        "",
    ),
    "package.json": (indented({"name": "shop", "version": "1.0.0"}), f"an object with name, version: {NEITHER}", ""),
    "a number": (b"7\n", "a JSON int", ""),
    "a cut object": (indented(TRACES)[:-300], "line 1: the last line ends in the middle (in line", "not whole"),
    "a cut line": (dense(TRACES)[:-300], "line 1: the last line ends in the middle (column", "not whole"),
    "a cut word": (b'{"resourceSpans": [], "a": tru', "the last line ends in the middle", "not whole"),
    "a wrong comma": (b'{"resourceSpans": [,]}\n', "not JSON (Expecting value at column 20)", ""),
    "a wrong comma inside": (
        b'{\n  "resourceSpans": [],\n  "a": [,]\n}\n',
        "not JSON (Expecting value at column 9 of line 3",
        "",
    ),
}


@pytest.mark.parametrize("form", NAMED)
def test_what_is_not_read_is_named_with_what_to_do(tmp_path: Path, form: str) -> None:
    content, name, advice = NAMED[form]
    path = write(tmp_path / "x.json", content)
    for read in (otlp.read_traces, otlp.read_logs):
        with pytest.raises(OtlpError) as caught:
            read(path)
        assert name in str(caught.value) and advice.replace("{file}", str(path)) in str(caught.value)
        assert re.search(r"x\.json(, line \d+)?: ", str(caught.value))
    signals, problems = otlp.signals_in(path)
    assert not signals or "resourceSpans" in content.decode()
    assert name in str(problems[0])


def test_both_names_of_the_scopes_in_one_resource(tmp_path: Path) -> None:
    line = spans_line(span(name="new"))
    old = [{"instrumentationLibrary": {"name": "old"}, "spans": [span(name="old", spanId="1" * 16)]}]
    line["resourceSpans"][0]["instrumentationLibrarySpans"] = old
    spans = otlp.read_spans(write(tmp_path / "t.jsonl", line))
    assert spans[["name", "scope"]].to_numpy().tolist() == [["new", "lib"], ["old", "old"]]


def test_bytes_in_every_alphabet_of_base64(tmp_path: Path) -> None:
    values = {"padded": "+/8=", "url": "-_8=", "bare": "-_8", "empty": ""}
    attributes = [{"key": key, "value": {"bytesValue": value}} for key, value in values.items()]
    row = otlp.read_spans(write(tmp_path / "t.jsonl", spans_line(span(attributes=attributes)))).iloc[0]
    assert row["attributes"] == {"padded": b"\xfb\xff", "url": b"\xfb\xff", "bare": b"\xfb\xff", "empty": b""}


def test_a_hex_id_is_never_taken_for_base64(tmp_path: Path) -> None:
    # Both alphabets share their digits, so only the length can tell: 16 and 32, or 11 and 22 without padding.
    for bad in ("abcdefabcdef1", "a" * 23, "a" * 10, "abcdefabcde==", "a" * 12):
        with pytest.raises(OtlpError, match="is not 16 hex digits"):
            otlp.read_spans(write(tmp_path / "t.jsonl", spans_line(span(spanId=bad))))
