"""Reading a file of each signal, as different programs write them."""

import gc
import math
from pathlib import Path

import pandas as pd
import pytest
from otlp_lines import SPAN, TRACE, logs_line, metrics_line, span, spans_line, text, write

from watchkeeper import otlp
from watchkeeper.errors import OtlpError
from watchkeeper.otlp.conventions import stable_attributes


def one_span(tmp_path: Path, **fields) -> dict:
    return otlp.read_spans(write(tmp_path / "t.jsonl", spans_line(span(**fields)))).iloc[0].to_dict()


def test_a_span_becomes_a_row(tmp_path: Path) -> None:
    row = one_span(
        tmp_path,
        kind=2,
        parentSpanId="eee19b7ec3c1b173",
        status={"code": 2, "message": "boom"},
        flags=256,
        attributes=[text("http.route", "/"), {"key": "n", "value": {"intValue": "7"}}],
        events=[{"timeUnixNano": "2000", "name": "exception", "attributes": [text("exception.type", "E")]}],
        links=[{"traceId": TRACE.upper(), "spanId": SPAN}],
    )
    assert row == {
        "trace_id": TRACE,
        "span_id": SPAN,
        "parent_span_id": "eee19b7ec3c1b173",
        "service": "web",
        "name": "GET /",
        "kind": "SERVER",
        "start_ns": 1000,
        "end_ns": 3000,
        "duration_ms": 0.002,
        "status": "ERROR",
        "status_message": "boom",
        "host": "",
        "scope": "lib",
        "attributes": {"http.route": "/", "n": 7},
        "events": [{"time_ns": 2000, "name": "exception", "attributes": {"exception.type": "E"}}],
        "links": [{"trace_id": TRACE, "span_id": SPAN, "attributes": {}}],
        "flags": 256,
        "resource": {"service.name": "web"},
    }


@pytest.mark.parametrize("name", ["t.jsonl", "t.jsonl.gz", "t.json"])
def test_plain_or_gzip(tmp_path: Path, name: str) -> None:
    assert len(otlp.read_spans(write(tmp_path / name, spans_line(span()), b"\n", spans_line(span())))) == 2


def test_gzip_is_told_by_content_not_by_name(tmp_path: Path) -> None:
    packed = write(tmp_path / "t.jsonl.gz", spans_line(span()))
    assert len(otlp.read_spans(packed.rename(tmp_path / "t.jsonl"))) == 1


def test_ids_in_capitals_are_the_same_ids(tmp_path: Path) -> None:
    row = one_span(tmp_path, traceId=TRACE.upper(), spanId=SPAN.upper(), parentSpanId="ABCDEF0123456789")
    assert (row["trace_id"], row["span_id"], row["parent_span_id"]) == (TRACE, SPAN, "abcdef0123456789")


@pytest.mark.parametrize("parent", [None, "", "0000000000000000"])
def test_no_parent(tmp_path: Path, parent: str | None) -> None:
    assert one_span(tmp_path, parentSpanId=parent)["parent_span_id"] == ""


@pytest.mark.parametrize("start", ["1700000000123456789", 1700000000123456789])
def test_64_bit_integers_as_text_or_number(tmp_path: Path, start: object) -> None:
    assert one_span(tmp_path, startTimeUnixNano=start, endTimeUnixNano=start)["start_ns"] == 1700000000123456789


@pytest.mark.parametrize(
    ("kind", "word"),
    [(3, "CLIENT"), ("SPAN_KIND_CLIENT", "CLIENT"), ("3", "CLIENT"), (99, "UNSPECIFIED"), (None, "UNSPECIFIED")],
)
def test_kinds_by_number_or_name(tmp_path: Path, kind: object, word: str) -> None:
    assert one_span(tmp_path, kind=kind)["kind"] == word


@pytest.mark.parametrize(
    ("status", "word"),
    [({}, "UNSET"), (None, "UNSET"), ({"code": 1}, "OK"), ({"code": "STATUS_CODE_ERROR"}, "ERROR")],
)
def test_status(tmp_path: Path, status: object, word: str) -> None:
    assert one_span(tmp_path, status=status)["status"] == word


def test_values_of_attributes(tmp_path: Path) -> None:
    values = {
        "text": {"stringValue": "x"},
        "yes": {"boolValue": True},
        "int": {"intValue": 5},
        "real": {"doubleValue": 0.5},
        "nan": {"doubleValue": "NaN"},
        "bytes": {"bytesValue": "aGk="},
        "none": {},
        "empty": None,
        "list": {"arrayValue": {"values": [{"intValue": "1"}, {"stringValue": "b"}]}},
        "no list": {"arrayValue": {}},
        "map": {"kvlistValue": {"values": [{"key": "k", "value": {"boolValue": False}}]}},
    }
    row = one_span(tmp_path, attributes=[{"key": key, "value": value} for key, value in values.items()])
    assert math.isnan(row["attributes"].pop("nan"))
    assert row["attributes"] == {
        "text": "x",
        "yes": True,
        "int": 5,
        "real": 0.5,
        "bytes": b"hi",
        "none": None,
        "empty": None,
        "list": [1, "b"],
        "no list": [],
        "map": {"k": False},
    }


def test_unknown_fields_are_ignored_and_old_scopes_read(tmp_path: Path) -> None:
    line = spans_line(span(future={"a": 1}))
    line["resourceSpans"][0]["schemaUrl"] = "x"
    old = spans_line(span())["resourceSpans"][0]
    old["instrumentationLibrarySpans"] = [{"instrumentationLibrary": {"name": "old"}, "spans": [span()]}]
    del old["scopeSpans"]
    spans = otlp.read_spans(write(tmp_path / "t.jsonl", line, {"resourceSpans": [old]}))
    assert spans["scope"].tolist() == ["lib", "old"]


OLD_AND_STABLE = [
    ("SERVER", {"http.method": "GET"}, {"http.request.method": "GET"}),
    ("CLIENT", {"http.status_code": 200}, {"http.response.status_code": 200}),
    ("SERVER", {"http.target": "/a?b=1"}, {"url.path": "/a", "url.query": "b=1"}),
    ("CLIENT", {"net.peer.name": "ads", "net.peer.port": 80}, {"server.address": "ads", "server.port": 80}),
    ("SERVER", {"net.peer.name": "me"}, {"client.address": "me"}),
    ("SERVER", {"http.host": "shop:8080"}, {"server.address": "shop", "server.port": 8080}),
    ("CLIENT", {"db.statement": "SELECT 1"}, {"db.query.text": "SELECT 1"}),
    ("CLIENT", {"http.method": "GET", "http.request.method": "GET"}, {"http.request.method": "GET"}),
    # Two values can't share a name: the stable one stays, and what differs keeps its old name.
    (
        "CLIENT",
        {"http.method": "old", "http.request.method": "new"},
        {"http.method": "old", "http.request.method": "new"},
    ),
    # The caller's own address is not that of its peer.
    (
        "CLIENT",
        {"net.peer.name": "stock", "net.peer.port": 4000, "net.host.name": "pod-1", "net.host.port": 46950},
        {"server.address": "stock", "server.port": 4000, "client.address": "pod-1", "client.port": 46950},
    ),
    (
        "CLIENT",
        {"net.host.name": "pod-1", "server.address": "ads"},
        {"server.address": "ads", "client.address": "pod-1"},
    ),
    ("PRODUCER", {"net.host.port": 5}, {"client.port": 5}),
    (
        "CONSUMER",
        {"net.peer.name": "broker", "net.host.name": "me"},
        {"server.address": "broker", "client.address": "me"},
    ),
    ("SERVER", {"net.host.name": "me", "net.host.port": 80}, {"server.address": "me", "server.port": 80}),
    ("INTERNAL", {"net.host.name": "me"}, {"server.address": "me"}),
    ("", {"net.host.name": "me", "net.peer.name": "ads"}, {"server.address": "ads", "client.address": "me"}),
    # Of several old names for the same thing, the order of the attributes does not decide.
    (
        "SERVER",
        {"http.host": "shop:80", "net.host.name": "pod"},
        {"server.address": "pod", "server.port": 80, "http.host": "shop:80"},
    ),
    ("SERVER", {"http.host": "shop", "http.server_name": "shop"}, {"server.address": "shop"}),
    (
        "SERVER",
        {"http.client_ip": "9.9.9.9", "net.peer.name": "proxy"},
        {"client.address": "proxy", "http.client_ip": "9.9.9.9"},
    ),
    (
        "CLIENT",
        {"net.peer.ip": "1.1.1.1", "net.sock.peer.addr": "2.2.2.2"},
        {"network.peer.address": "2.2.2.2", "net.peer.ip": "1.1.1.1"},
    ),
    ("CLIENT", {"http.flavor": "2.0", "net.protocol.version": "2.0"}, {"network.protocol.version": "2.0"}),
    (
        "CLIENT",
        {"db.mongodb.collection": "a", "db.sql.table": "b"},
        {"db.collection.name": "b", "db.mongodb.collection": "a"},
    ),
    ("SERVER", {"http.target": "/a?b=1", "url.path": "/a"}, {"url.path": "/a", "url.query": "b=1"}),
    ("CLIENT", {"net.peer.port": "80", "server.port": 80}, {"server.port": 80}),
    ("SERVER", {"http.host": "[::1]:8080"}, {"server.address": "[::1]", "server.port": 8080}),
    ("SERVER", {"http.host": "fe80::1"}, {"server.address": "fe80::1"}),
    ("CLIENT", {"http.route": "/", "my.own": 1}, {"http.route": "/", "my.own": 1}),
]


@pytest.mark.parametrize(("kind", "old", "stable"), OLD_AND_STABLE)
def test_old_conventions_become_stable_names(kind: str, old: dict, stable: dict) -> None:
    assert stable_attributes(old, kind) == stable


def test_a_log_record_becomes_a_row(tmp_path: Path) -> None:
    record = {
        "timeUnixNano": "5",
        "observedTimeUnixNano": "6",
        "severityNumber": 9,
        "severityText": "INFO",
        "body": {"stringValue": "paid"},
        "traceId": TRACE,
        "spanId": SPAN,
        "attributes": [text("order", "1")],
    }
    severity = "SEVERITY_NUMBER_ERROR2"
    bare = {"observedTimeUnixNano": 7, "severityNumber": severity, "traceId": "", "body": {"intValue": 3}}
    logs = otlp.read_logs(write(tmp_path / "l.jsonl", logs_line(record, bare)))
    columns = ["time_ns", "severity", "severity_number", "body", "trace_id", "span_id", "service", "attributes"]
    assert logs[columns].to_numpy().tolist() == [
        [5, "INFO", 9, "paid", TRACE, SPAN, "web", {"order": "1"}],
        [7, "ERROR", 18, 3, "", "", "web", {}],
    ]


def test_metric_points_become_rows(tmp_path: Path) -> None:
    at = {"timeUnixNano": "9", "startTimeUnixNano": "1", "attributes": [text("route", "/")]}
    numbers = {"count": "3", "sum": 1.5, "min": 0.1, "max": 1}
    buckets = numbers | {"explicitBounds": [0.5, 1], "bucketCounts": ["1", "2", "0"]}
    total = {"aggregationTemporality": 2, "isMonotonic": True, "dataPoints": [at | {"asDouble": 2.5}]}
    path = write(
        tmp_path / "m.jsonl",
        metrics_line(
            {"name": "g", "unit": "By", "gauge": {"dataPoints": [at | {"asInt": "4"}]}},
            {"name": "s", "sum": total},
            {"name": "h", "histogram": {"aggregationTemporality": 1, "dataPoints": [at | buckets]}},
        ),
    )
    rows = otlp.read_metrics(path).set_index("name")
    assert rows["value"].tolist()[:2] == [4, 2.5]
    assert rows["type"].tolist() == ["gauge", "sum", "histogram"]
    assert rows["temporality"].tolist() == ["", "CUMULATIVE", "DELTA"]
    assert rows["monotonic"].tolist() == [False, True, False]
    columns = ["count", "sum", "min", "max", "bounds", "counts"]
    assert rows.loc["h", columns].tolist() == [3, 1.5, 0.1, 1, [0.5, 1], [1, 2, 0]]
    assert rows.loc["g", ["time_ns", "start_ns", "unit", "attributes"]].tolist() == [9, 1, "By", {"route": "/"}]


def test_exponential_histograms_and_summaries_keep_their_details(tmp_path: Path) -> None:
    sides = {"scale": 3, "zeroCount": "1", "positive": {"offset": -2, "bucketCounts": ["4", "5"]}}
    quantiles = [{"quantile": 0.5, "value": 7}]
    path = write(
        tmp_path / "m.jsonl",
        metrics_line(
            {"name": "e", "exponentialHistogram": {"dataPoints": [{"timeUnixNano": 1, "count": 10, **sides}]}},
            {"name": "q", "summary": {"dataPoints": [{"timeUnixNano": 1, "count": "2", "quantileValues": quantiles}]}},
        ),
    )
    details = otlp.read_metrics(path)["details"].tolist()
    assert details[0]["positive"] == {"offset": -2, "counts": [4, 5]}
    assert details[1] == {"quantiles": [[0.5, 7]]}


def test_old_http_durations_in_ms_become_stable_ones_in_s(tmp_path: Path) -> None:
    point = {"timeUnixNano": 1, "count": 1, "sum": 250, "explicitBounds": [5, 100], "bucketCounts": [0, 0, 1]}
    metric = {"name": "http.server.duration", "unit": "ms", "histogram": {"dataPoints": [point]}}
    row = otlp.read_metrics(write(tmp_path / "m.jsonl", metrics_line(metric))).iloc[0]
    assert (row["name"], row["unit"], row["sum"], row["bounds"]) == (
        "http.server.request.duration",
        "s",
        0.25,
        [0.005, 0.1],
    )


def test_an_empty_file_has_the_columns_and_no_rows(tmp_path: Path) -> None:
    empty, whole = write(tmp_path / "e.jsonl"), write(tmp_path / "t.jsonl", spans_line(span()))
    assert otlp.read_spans(empty).dtypes.to_dict() == otlp.read_spans(whole).dtypes.to_dict()
    assert otlp.read_logs(empty).empty and otlp.read_metrics(empty).empty


def test_the_signals_are_told_by_the_content(tmp_path: Path) -> None:
    lines = {"traces": spans_line(), "logs": logs_line(), "metrics": metrics_line()}
    for name, line in lines.items():
        assert otlp.signals_in(write(tmp_path / "x.jsonl", line, line)) == ({name}, [])
    assert otlp.signals_in(write(tmp_path / "x.jsonl", *lines.values())) == (set(lines), [])
    assert otlp.signals_in(write(tmp_path / "x.jsonl", {**lines["logs"], **lines["traces"]}))[0] == {"traces", "logs"}
    # A text that quotes a key is not that key.
    quoting = logs_line({"timeUnixNano": "1", "body": {"stringValue": '"resourceSpans": []'}})
    assert otlp.signals_in(write(tmp_path / "x.jsonl", quoting, quoting)) == ({"logs"}, [])


def test_every_signal_has_a_reader_that_reads_its_lines(tmp_path: Path) -> None:
    lines = {"traces": spans_line(span()), "logs": logs_line(), "metrics": metrics_line()}
    assert [signal.name for signal in otlp.SIGNALS] == list(lines)
    readers = {"traces": otlp.read_spans, "logs": otlp.read_logs, "metrics": otlp.read_metrics}
    for signal in otlp.SIGNALS:
        path = write(tmp_path / f"{signal.name}.jsonl", lines[signal.name])
        assert list(lines[signal.name]) == [signal.key] and [*lines[signal.name][signal.key][0]][-1] == signal.scopes
        assert signal.read(path).equals(readers[signal.name](path))
        problems: list[OtlpError] = []
        assert signal.read(write(tmp_path / "torn.jsonl", "{"), problems).empty and len(problems) == 1


@pytest.mark.parametrize("content", [spans_line(span()), spans_line(span(spanId="bad"))])
@pytest.mark.parametrize("enabled", [True, False])
def test_the_garbage_collector_is_left_as_it_was(tmp_path: Path, content: dict, enabled: bool) -> None:
    was = gc.isenabled()
    (gc.enable if enabled else gc.disable)()
    try:
        otlp.read_spans(write(tmp_path / "t.jsonl", content), problems=None if "bad" not in str(content) else [])
        assert gc.isenabled() is enabled
    finally:
        (gc.enable if was else gc.disable)()


NO_VALUE = {"timeUnixNano": "1", "flags": 1}
ABSENT = {
    "gauge": {"gauge": {"dataPoints": [NO_VALUE]}},
    "gauge with a value": {"gauge": {"dataPoints": [NO_VALUE | {"asDouble": 23}]}},
    "sum": {"sum": {"isMonotonic": True, "dataPoints": [NO_VALUE | {"flags": "1"}]}},
    "histogram": {"histogram": {"dataPoints": [NO_VALUE]}},
    "histogram with zeros": {
        "histogram": {"dataPoints": [NO_VALUE | {"count": "0", "explicitBounds": [1], "bucketCounts": ["0", "0"]}]}
    },
    "exponential histogram": {"exponentialHistogram": {"dataPoints": [NO_VALUE | {"flags": 3}]}},
    "summary": {"summary": {"dataPoints": [NO_VALUE]}},
}


@pytest.mark.parametrize("case", ABSENT)
def test_a_point_flagged_as_without_a_value_has_none(tmp_path: Path, case: str) -> None:
    points = otlp.read_metrics(write(tmp_path / "m.jsonl", metrics_line({"name": "up"} | ABSENT[case])))
    row = points.iloc[0]
    assert points[["value", "count", "sum", "min", "max"]].isna().all(axis=None)
    assert (row["bounds"], row["counts"], row["details"], row["flags"] & 1) == ([], [], {}, 1)
    otlp.write_metrics(points, tmp_path / "again.jsonl")
    pd.testing.assert_frame_equal(otlp.read_metrics(tmp_path / "again.jsonl"), points)


def test_a_metric_with_two_kinds_of_data_loses_neither(tmp_path: Path) -> None:
    both = {"gauge": {"dataPoints": [{"timeUnixNano": "1", "asInt": "3"}]}, "summary": {"dataPoints": [NO_VALUE]}}
    points = otlp.read_metrics(write(tmp_path / "m.jsonl", metrics_line({"name": "m"} | both)))
    assert points["type"].tolist() == ["gauge", "summary"]


def test_an_old_exponential_duration_stays_in_the_unit_of_its_buckets(tmp_path: Path) -> None:
    data = {"dataPoints": [{"timeUnixNano": "1", "count": "1", "sum": 5, "positive": {"bucketCounts": ["1"]}}]}
    old = {"name": "http.server.duration", "unit": "ms"}
    summary = {"dataPoints": [{"timeUnixNano": "1", "count": "1", "quantileValues": [{"quantile": 0.5, "value": 80}]}]}
    lines = metrics_line(old | {"exponentialHistogram": data}, old | {"summary": summary})
    points = otlp.read_metrics(write(tmp_path / "m.jsonl", lines))
    assert points["unit"].tolist() == ["ms", "s"] and points["sum"].iloc[0] == 5
    assert points["details"].iloc[1] == {"quantiles": [[0.5, 0.08]]}


# Appendix B of the log data model, and what loggers of several languages write.
TEXT_ONLY = {
    "ERROR": 17,
    "error": 17,
    "Warning": 13,
    "WARN3": 15,
    "err": 17,
    "CRITICAL": 21,
    "Notice": 10,
    "Informational": 9,
    "SEVERE": 17,
    "FINEST": 1,
    "CONFIG": 7,
    "Verbose": 5,
    "alert": 19,
    "emerg": 21,
    "LogLevel.Critical": 21,
    "LOG_ERR": 17,
    " [WRN] ": 13,
    "dpanic": 18,
    "loud": 0,
    "": 0,
}


@pytest.mark.parametrize("text", TEXT_ONLY)
@pytest.mark.parametrize("number", [None, 0, "SEVERITY_NUMBER_UNSPECIFIED", 99])
def test_the_text_of_a_severity_fills_in_a_missing_number(tmp_path: Path, text: str, number: object) -> None:
    record = {"timeUnixNano": "1", "severityText": text} | ({} if number is None else {"severityNumber": number})
    logs = otlp.read_logs(write(tmp_path / "l.jsonl", logs_line(record)))
    assert (logs["severity"].item(), logs["severity_number"].item()) == (text, TEXT_ONLY[text])


def test_a_number_wins_over_the_text_and_fills_it_in(tmp_path: Path) -> None:
    both, alone = {"severityText": "note", "severityNumber": 18}, {"severityNumber": "13"}
    records = [{"timeUnixNano": "1"} | each for each in (both, alone)]
    logs = otlp.read_logs(write(tmp_path / "l.jsonl", logs_line(*records)))
    assert logs["severity"].tolist() == ["note", "WARN"] and logs["severity_number"].tolist() == [18, 13]
