"""Jaeger's JSON: the same frame as from OTLP, and faults with their place."""

import copy
import gzip
import json
from pathlib import Path

import pytest

from watchkeeper import Recording
from watchkeeper.errors import OtlpError
from watchkeeper.otlp import read_jaeger, read_spans, read_traces, signals_in, write_spans
from watchkeeper.traces import critical_path, service_graph

EXPORT = {
    "data": [
        {
            "traceID": "7ad7ad",
            "spans": [
                {
                    "traceID": "7ad7ad",
                    "spanID": "a1",
                    "operationName": "GET /cart",
                    "references": [],
                    "flags": 1,
                    "startTime": 1795435338717066,
                    "duration": 90000,
                    "processID": "p1",
                    "warnings": None,
                    "logs": [],
                    "tags": [
                        {"key": "span.kind", "type": "string", "value": "server"},
                        {"key": "http.method", "type": "string", "value": "GET"},
                        {"key": "http.status_code", "type": "int64", "value": "503"},
                        {"key": "otel.scope.name", "type": "string", "value": "asgi"},
                        {"key": "otel.status_code", "type": "string", "value": "ERROR"},
                        {"key": "otel.status_description", "type": "string", "value": "no cart"},
                        {"key": "error", "type": "bool", "value": True},
                    ],
                },
                {
                    "traceID": "7ad7ad",
                    "spanID": "b2",
                    "operationName": "GET",
                    "startTime": 1795435338727066,
                    "references": [
                        {"refType": "FOLLOWS_FROM", "traceID": "beef", "spanID": "c3"},
                        {"refType": "CHILD_OF", "traceID": "7ad7ad", "spanID": "a1"},
                    ],
                    "duration": 70001,
                    "processID": "p1",
                    "tags": [
                        {"key": "span.kind", "type": "string", "value": "client"},
                        {"key": "error", "type": "string", "value": "true"},
                        {"key": "peer.service", "type": "string", "value": "cart"},
                    ],
                    "logs": [
                        {
                            "timestamp": 1795435338797067,
                            "fields": [
                                {"key": "event", "type": "string", "value": "exception"},
                                {"key": "exception.type", "type": "string", "value": "ReadTimeout"},
                            ],
                        }
                    ],
                },
                {
                    "traceID": "7ad7ad",
                    "spanID": "d4",
                    "operationName": "work",
                    "startTime": 1795435338728066,
                    "references": [{"refType": "FOLLOWS_FROM", "traceID": "7ad7ad", "spanID": "a1"}],
                    "duration": 5,
                    "processID": "p2",
                    "tags": [],
                    "logs": [],
                },
            ],
            "processes": {
                "p1": {"serviceName": "frontend", "tags": [{"key": "hostname", "type": "string", "value": "shop-1"}]},
                "p2": {"serviceName": "worker", "tags": [{"key": "host.name", "type": "string", "value": "shop-2"}]},
            },
        }
    ],
    "total": 0,
    "limit": 0,
    "offset": 0,
    "errors": None,
}


@pytest.fixture
def export(tmp_path: Path) -> Path:
    path = tmp_path / "traces-1795.json"
    path.write_text(json.dumps(EXPORT, indent=2))
    return path


def test_an_export_becomes_spans(export: Path) -> None:
    spans = read_jaeger(export)
    server, client, work = (row for _, row in spans.iterrows())
    assert (server["trace_id"], server["span_id"], server["parent_span_id"]) == ("7ad7ad".zfill(32), "a1".zfill(16), "")
    assert (server["service"], server["host"], server["scope"], server["kind"]) == (
        "frontend",
        "shop-1",
        "asgi",
        "SERVER",
    )
    assert (server["start_ns"], server["duration_ms"]) == (1795435338717066000, 90)
    assert (server["status"], server["status_message"]) == ("ERROR", "no cart")
    assert server["attributes"] == {"http.request.method": "GET", "http.response.status_code": 503}
    assert (client["parent_span_id"], client["status"], client["duration_ms"]) == ("a1".zfill(16), "ERROR", 70.001)
    assert client["links"] == [{"trace_id": "beef".zfill(32), "span_id": "c3".zfill(16), "attributes": {}}]
    assert client["events"] == [
        {"time_ns": 1795435338797067000, "name": "exception", "attributes": {"exception.type": "ReadTimeout"}}
    ]
    assert (work["parent_span_id"], work["service"], work["status"], work["links"]) == (
        "a1".zfill(16),
        "worker",
        "UNSET",
        [],
    )


def test_the_science_works_on_it_and_it_can_be_written_as_otlp(export: Path, tmp_path: Path) -> None:
    spans = read_jaeger(export)
    assert service_graph(spans)[["caller", "called", "errors", "unanswered"]].values.tolist() == [
        ["frontend", "cart", 1, 1]
    ]
    assert critical_path(spans)["duration_ms"].sum() == 90
    write_spans(spans, tmp_path / "otlp.jsonl")
    again = read_spans(tmp_path / "otlp.jsonl")
    assert sorted(again["span_id"]) == sorted(spans["span_id"])
    assert list(again.columns) == list(spans.columns)


@pytest.mark.parametrize("name", ["traces-1795.json", "traces-1795.json.gz", "my-export.json"])
def test_a_recording_opens_it(tmp_path: Path, name: str) -> None:
    text = json.dumps(EXPORT).encode()
    (tmp_path / name).write_bytes(gzip.compress(text) if name.endswith(".gz") else text)
    for path in (tmp_path / name, tmp_path):
        recording = Recording.open(path)
        assert len(recording.spans) == 3
        assert len(recording.traces()) == 1


def test_each_reader_says_which_one_reads_the_other_format(tmp_path: Path, export: Path) -> None:
    write_spans(read_jaeger(export), tmp_path / "otlp.jsonl")
    with pytest.raises(OtlpError, match="holds traces in Jaeger JSON; read_traces"):
        read_spans(export)
    with pytest.raises(OtlpError, match="holds traces in OTLP JSON; read_traces"):
        read_jaeger(tmp_path / "otlp.jsonl")
    assert len(read_traces(export)) == len(read_traces(tmp_path / "otlp.jsonl")) == 3
    assert signals_in(export) == ({"traces"}, [])
    (tmp_path / "torn.json.gz").write_bytes(gzip.compress(b'{"data": [' * 9)[:12])
    assert "gzip" in signals_in(tmp_path / "torn.json.gz")[1][0].text


@pytest.mark.parametrize(
    ("path", "value", "message"),
    [
        (("spans", 0, "spanID"), "zz", 'spanID "zz" is not an id of 1 to 16 hex digits, as Jaeger writes them'),
        (("spans", 0, "spanID"), "1" * 17, "is not an id of 1 to 16 hex digits"),
        (("spans", 0, "traceID"), "trace-abc", 'traceID "trace-abc" is not an id of 1 to 32 hex digits'),
        (("spans", 1, "startTime"), "soon", "startTime is 'soon', not a whole number"),
        (("spans", 1, "startTime"), None, "startTime is missing"),
        (("spans", 1, "duration"), "long", "duration is 'long', not a whole number"),
        (("spans",), 7, "spans is not a list"),
        (("processes",), 7, "processes is not an object"),
    ],
)
def test_a_fault_is_named_and_the_rest_is_kept(tmp_path: Path, path: tuple, value: object, message: str) -> None:
    export = copy.deepcopy(EXPORT)
    place = export["data"][0]
    for key in path[:-1]:
        place = place[key]
    place[path[-1]] = value
    (tmp_path / "x.json").write_text(json.dumps(export))
    with pytest.raises(OtlpError, match=message.split(" ")[-1]) as error:
        read_jaeger(tmp_path / "x.json")
    assert message in str(error.value)
    problems: list[OtlpError] = []
    assert len(read_jaeger(tmp_path / "x.json", problems)) == (2 if len(path) == 3 else 0)
    assert len(problems) == 1


@pytest.mark.parametrize(
    ("field", "value", "message"),
    [
        ("references", 7, "references is not a list; left out"),
        ("references", [{"refType": "CHILD_OF", "spanID": "x y"}], 'a reference\'s spanID "x y"'),
        ("tags", [7], "an item of tags is not an object; left out"),
        ("tags", [{"key": "n", "type": "int64", "value": "many"}], "tag \"n\" is 'many', not a whole number"),
        ("logs", [{"timestamp": "soon"}], "a log's timestamp is 'soon'"),
        ("flags", "all", "flags is 'all'"),
    ],
)
def test_a_bad_part_is_left_out_and_the_span_is_kept(tmp_path: Path, field: str, value: object, message: str) -> None:
    export = copy.deepcopy(EXPORT)
    export["data"][0]["spans"][2][field] = value
    (tmp_path / "x.json").write_text(json.dumps(export))
    with pytest.raises(OtlpError) as error:
        read_jaeger(tmp_path / "x.json")
    assert f'span "work": {message}' in str(error.value)
    problems: list[OtlpError] = []
    assert len(read_jaeger(tmp_path / "x.json", problems)) == 3
    assert len(problems) == 1


@pytest.mark.parametrize(
    "text", [b'{"data": [{"spans": [', b'{"data": 7}', b'{"data": "\xff"}', b'{"data":' + b"[" * 99999]
)
def test_what_is_no_export_is_said(tmp_path: Path, text: bytes) -> None:
    (tmp_path / "x.json").write_bytes(text)
    with pytest.raises(OtlpError, match=r"x\.json"):
        read_jaeger(tmp_path / "x.json")
    assert read_jaeger(tmp_path / "x.json", []).empty


@pytest.mark.parametrize(
    ("process", "sentence"),
    [
        ("p", '2 spans with processID "p", which processes does not name: the service is unknown'),
        (None, "2 spans with no processID: the service is unknown"),
    ],
)
def test_spans_of_an_unknown_process_are_kept_and_counted(tmp_path: Path, process: object, sentence: str) -> None:
    export = copy.deepcopy(EXPORT)
    start = export["data"][0]["spans"][0]["startTime"]
    span = {"startTime": start, "duration": 5, "parentSpanID": "a", "processID": process}
    export["data"][0]["spans"][1:] = [span | {"spanID": "b"}, span | {"spanID": "c"}]
    (tmp_path / "x.json").write_text(json.dumps(export))
    problems: list[OtlpError] = []
    row = read_jaeger(tmp_path / "x.json", problems).iloc[1]
    assert (row["service"], row["parent_span_id"], row["kind"]) == ("", "a".zfill(16), "UNSPECIFIED")
    assert [problem.text for problem in problems] == [f"trace 7ad7ad: {sentence}"]
    with pytest.raises(OtlpError, match="the service is unknown"):
        read_jaeger(tmp_path / "x.json")


def test_a_byte_order_mark_and_names_that_are_null(tmp_path: Path) -> None:
    changed = copy.deepcopy(EXPORT)
    changed["data"][0]["spans"][2]["operationName"] = None
    changed["data"][0]["processes"]["p2"]["serviceName"] = None
    path = tmp_path / "traces.json"
    path.write_bytes(b"\xef\xbb\xbf" + json.dumps(changed).encode())
    spans = Recording.open(path).spans
    assert spans[["service", "name"]].values.tolist() == [["frontend", "GET /cart"], ["frontend", "GET"], ["", ""]]


def test_half_a_character_can_be_printed(tmp_path: Path) -> None:
    text = json.dumps(EXPORT).replace("GET /cart", "GET \\ud800")
    (tmp_path / "x.json").write_text(text)
    assert read_jaeger(tmp_path / "x.json")["name"][0].encode() == b"GET ?"


TRACE = EXPORT["data"][0]
OWN = [span | {"process": TRACE["processes"][span["processID"]]} for span in TRACE["spans"]]
FORMS = {
    "one trace": TRACE,
    "an array of traces": [TRACE],
    "data is one trace": {"data": TRACE},
    "the API's answer in an envelope": {"result": EXPORT},
    "spans that name their own process": {"spans": OWN, "traceID": "7ad7ad"},
    "documents of Elasticsearch": {"hits": {"total": 3, "hits": [{"_id": "x", "_source": span} for span in OWN]}},
}


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("indent", [None, 4])
def test_what_people_export_opens(tmp_path: Path, export: Path, form: str, indent: int | None) -> None:
    expected = read_jaeger(export)
    path = tmp_path / "other.json"
    path.write_text(json.dumps(FORMS[form], indent=indent))
    assert read_jaeger(path).equals(expected)
    assert Recording.open(path).spans.equals(expected)


def test_one_document_per_line_and_several_answers(tmp_path: Path, export: Path) -> None:
    path = tmp_path / "spans.json"
    path.write_text("\n".join(json.dumps({"_source": span}) for span in OWN))
    assert read_jaeger(path).equals(read_jaeger(export))
    path.write_text(json.dumps(EXPORT, indent=1) + json.dumps([TRACE, TRACE]))
    assert len(read_jaeger(path)) == 9


def test_tags_that_elasticsearch_has_as_fields(tmp_path: Path) -> None:
    span = OWN[0] | {"tags": [], "tag": {"span@kind": "server", "http@method": "GET", "error": True, "trace_id": "7"}}
    path = tmp_path / "x.json"
    path.write_text(json.dumps(span))
    row = read_jaeger(path).iloc[0]
    assert (row["kind"], row["status"], row["attributes"]) == (
        "SERVER",
        "ERROR",
        {"http.request.method": "GET", "trace_id": "7"},
    )


def test_values_that_elasticsearch_has_as_text(tmp_path: Path) -> None:
    texts = {"int64": "7", "float64": "1.5", "bool": "true", "string": "true"}
    tags = [{"key": kind, "type": kind, "value": value} for kind, value in texts.items()]
    process = {"serviceName": "x", "tag": {"host@name": "shop-1"}}
    path = tmp_path / "x.json"
    path.write_text(
        json.dumps(OWN[2] | {"tags": [*tags, {"key": "no", "type": "bool", "value": "false"}], "process": process})
    )
    row = read_jaeger(path).iloc[0]
    assert row["attributes"] == {"int64": 7, "float64": 1.5, "bool": True, "string": "true", "no": False}
    assert row["host"] == "shop-1"


def test_jaeger_and_otlp_in_one_file(tmp_path: Path, export: Path) -> None:
    write_spans(read_jaeger(export), tmp_path / "otlp.jsonl")
    both = tmp_path / "both.json"
    both.write_text(export.read_text() + "\n" + (tmp_path / "otlp.jsonl").read_text())
    assert len(read_traces(both)) == 6
    assert len(read_jaeger(both)) == len(read_spans(both)) == 3


ERRORS = [
    (True, "ERROR", ""),
    ("true", "ERROR", ""),
    ("TRUE", "ERROR", ""),
    (1, "ERROR", ""),
    ("boom", "ERROR", "boom"),
    ("connection refused: cart:8080", "ERROR", "connection refused: cart:8080"),
    (False, "UNSET", ""),
    ("false", "UNSET", ""),
    ("False", "UNSET", ""),
    (0, "UNSET", ""),
    ("", "UNSET", ""),
    (None, "UNSET", ""),
]


@pytest.mark.parametrize(("value", "status", "message"), ERRORS)
def test_a_tag_error_in_each_of_its_forms(tmp_path: Path, value: object, status: str, message: str) -> None:
    export = copy.deepcopy(EXPORT)
    export["data"][0]["spans"][2]["tags"] = [{"key": "error", "value": value}]
    (tmp_path / "x.json").write_text(json.dumps(export))
    row = read_jaeger(tmp_path / "x.json").iloc[2]
    assert (row["status"], row["status_message"], row["attributes"]) == (status, message, {})


def test_a_stated_status_counts_more_than_a_tag_error(tmp_path: Path) -> None:
    export = copy.deepcopy(EXPORT)
    tags = [{"key": "otel.status_code", "value": "OK"}, {"key": "error", "value": "boom"}]
    described = [{"key": "error", "value": "boom"}, {"key": "otel.status_description", "value": "no stock"}]
    export["data"][0]["spans"][1]["tags"], export["data"][0]["spans"][2]["tags"] = tags, described
    (tmp_path / "x.json").write_text(json.dumps(export))
    spans = read_jaeger(tmp_path / "x.json")
    assert spans[["status", "status_message"]].values.tolist()[1:] == [["OK", "boom"], ["ERROR", "no stock"]]


def test_an_answer_with_an_error_and_data_keeps_the_data(tmp_path: Path) -> None:
    path = tmp_path / "x.json"
    path.write_text(json.dumps(EXPORT | {"errors": [{"code": 500, "msg": "1 trace was not loaded", "traceID": "9"}]}))
    problems: list[OtlpError] = []
    assert len(read_jaeger(path, problems)) == 3
    assert '"1 trace was not loaded" (500)' in problems[0].text
    with pytest.raises(OtlpError, match="1 trace was not loaded"):
        read_jaeger(path)


def shared_id(*extra: dict) -> dict:
    """A client and its server under one span id, as B3 propagation has it, and the server's child."""
    client = {
        "spanID": "c",
        "operationName": "call",
        "startTime": 10,
        "duration": 50,
        "processID": "web",
        "tags": kind("client"),
    }
    server = {
        "spanID": "c",
        "operationName": "serve",
        "startTime": 20,
        "duration": 30,
        "processID": "ads",
        "tags": kind("server"),
    }
    child = {
        "spanID": "d",
        "operationName": "query",
        "startTime": 25,
        "duration": 5,
        "processID": "ads",
        "parentSpanID": "c",
    }
    processes = {name: {"serviceName": name} for name in ("web", "ads", "db")}
    return {"traceID": "7", "spans": [client, server, child, *extra], "processes": processes}


def kind(name: str) -> list[dict]:
    return [{"key": "span.kind", "value": name}]


@pytest.mark.parametrize("as_otlp", [False, True])
def test_a_server_that_shares_its_client_s_id_is_a_span_of_its_own(tmp_path: Path, as_otlp: bool) -> None:
    local = {
        "spanID": "e",
        "operationName": "parse",
        "startTime": 61,
        "duration": 1,
        "processID": "web",
        "parentSpanID": "c",
    }
    below = {
        "spanID": "f",
        "operationName": "store",
        "startTime": 26,
        "duration": 1,
        "processID": "db",
        "parentSpanID": "c",
    }
    path = tmp_path / "x.json"
    path.write_text(json.dumps(shared_id(local, below)))
    if as_otlp:
        path.write_text(json.dumps(otlp_of(shared_id(local, below))))
    spans = read_traces(path).set_index("name")
    own = spans.loc["serve", "span_id"]
    assert own != spans.loc["call", "span_id"] == "c".zfill(16)
    assert spans["parent_span_id"].to_dict() == {
        "call": "",
        "serve": "c".zfill(16),
        "query": own,
        "parse": "c".zfill(16),
        "store": own,
    }
    assert critical_path(read_traces(path)).groupby("service")["duration_ms"].sum().to_dict()["ads"] > 0
    # The same file gives the same ids, and what is written comes back as it is.
    assert read_traces(path)["span_id"].tolist() == spans["span_id"].tolist()
    write_spans(read_traces(path), tmp_path / "again.jsonl")
    assert set(read_spans(tmp_path / "again.jsonl")["span_id"]) == set(spans["span_id"])


def otlp_of(trace: dict) -> dict:
    """The same spans as OTLP, one resource per span."""
    kinds = {"client": 3, "server": 2}
    return {
        "resourceSpans": [
            {
                "resource": {"attributes": [{"key": "service.name", "value": {"stringValue": span["processID"]}}]},
                "scopeSpans": [
                    {
                        "spans": [
                            {
                                "traceId": "7".zfill(32),
                                "spanId": span["spanID"].zfill(16),
                                "parentSpanId": span["parentSpanID"].zfill(16) if "parentSpanID" in span else "",
                                "name": span["operationName"],
                                "kind": kinds[span["tags"][0]["value"]] if "tags" in span else 1,
                                "startTimeUnixNano": span["startTime"] * 1000,
                                "endTimeUnixNano": (span["startTime"] + span["duration"]) * 1000,
                            }
                        ]
                    }
                ],
            }
            for span in trace["spans"]
        ]
    }


def test_the_same_span_twice_stays_the_same_span(tmp_path: Path) -> None:
    client = shared_id()["spans"][0]
    path = tmp_path / "x.json"
    path.write_text(json.dumps(shared_id() | {"spans": [client, client]}))
    assert read_jaeger(path)["span_id"].tolist() == ["c".zfill(16)] * 2


@pytest.mark.parametrize(
    ("duration", "message"), [(-5, "with an end before the start"), (None, "without an end"), (10**14, "than a year")]
)
def test_a_duration_that_cannot_be_is_unknown(tmp_path: Path, duration: int | None, message: str) -> None:
    export = copy.deepcopy(EXPORT)
    export["data"][0]["spans"][1]["duration"] = duration
    (tmp_path / "x.json").write_text(json.dumps(export))
    problems: list[OtlpError] = []
    spans = read_jaeger(tmp_path / "x.json", problems)
    assert spans["duration_ms"].isna().tolist() == [False, True, *[False] * (len(spans) - 2)]
    assert [message in str(problem) for problem in problems] == [True]
