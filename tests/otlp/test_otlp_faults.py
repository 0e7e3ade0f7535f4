"""What is wrong with a file gets a sentence with file and line, and the rest is kept on request."""

import gzip
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from otlp_lines import SPAN, TRACE, logs_line, metrics_line, span, spans_line, text, write

from watchkeeper import otlp
from watchkeeper.errors import OtlpError

pytestmark = pytest.mark.filterwarnings("ignore::watchkeeper.errors.TelemetryWarning")
READERS = {"resourceSpans": otlp.read_spans, "resourceLogs": otlp.read_logs, "resourceMetrics": otlp.read_metrics}
GOOD, LAST = spans_line(span()), spans_line(span(spanId="00f067aa0ba902b7"))


def resource(content: object) -> dict:
    line = spans_line(span())
    line["resourceSpans"][0]["resource"] = content
    return line


def with_scope(content: object) -> dict:
    line = spans_line(span())
    line["resourceSpans"][0]["scopeSpans"][0]["scope"] = content
    return line


DEEP = b'{"resourceSpans":' + b"[" * 200_000 + b"]" * 200_000 + b"}\n"


def nested(depth: int) -> dict:
    value: dict = {"intValue": 1}
    for _ in range(depth):
        value = {"arrayValue": {"values": [value]}}
    return span(attributes=[{"key": "k", "value": value}])


FAULTS = {
    "torn": (b'{"resourceSpans": [{"resou', "the last line ends in the middle"),
    "not JSON": (b"hello\n", "not JSON: the line is text"),
    "indented": (b"{\n", "the line ends in the middle"),
    "not an object": (b"[1]\n", "a JSON list"),
    "not UTF-8": (b'{"resourceSpans": "\xff\xfe"}\n', "not UTF-8"),
    "something else": ({"name": "shop", "total": 0}, "an object with name, total: neither OTLP"),
    "not a list": ({"resourceSpans": {}}, "resourceSpans is not a list"),
    "too deep": (DEEP, "nested too deeply"),
    "number too long": (b'{"resourceSpans": [' + b"9" * 5000 + b"]}\n", "number too long"),
    "resource of nothing": ({"resourceSpans": ["web"]}, "an entry of resourceSpans is not an object"),
    "spans of text": ({"resourceSpans": [{"scopeSpans": [{"spans": "x"}]}]}, "spans is not a list of objects"),
    "span of text": (spans_line("x"), "spans is not a list of objects"),
    "no trace id": (spans_line(span(traceId=None)), "traceId is missing"),
    "short id": (spans_line(span(spanId="abc")), '"abc" is not 16 hex digits'),
    "no hex": (spans_line(span(spanId="z" * 16)), "is not 16 hex digits"),
    "zero id": (spans_line(span(spanId="0" * 16)), "all of them are 0"),
    "id a number": (spans_line(span(spanId=12)), '"12" is not 16 hex digits'),
    "no start": (spans_line(span(startTimeUnixNano=None)), "startTimeUnixNano is missing"),
    "time of words": (spans_line(span(endTimeUnixNano="noon")), "'noon', not a whole number"),
    "time of truth": (spans_line(span(endTimeUnixNano=True)), "not a whole number"),
    "time before 1970": (spans_line(span(endTimeUnixNano="-5")), "not between 0 and 2^63"),
    "time beyond 64 bits": (spans_line(span(endTimeUnixNano=10**30)), "does not fit into 64 bits"),
    "time beyond 63 bits": (spans_line(span(endTimeUnixNano=2**63)), "not between 0 and 2^63"),
    "time without end": (spans_line(span(endTimeUnixNano=float("inf"))), "not a whole number"),
}

# What a span can do without.
BAD_PARTS = {
    "bad parent": (spans_line(span(parentSpanId="xyz")), "parentSpanId"),
    "flags beyond 64 bits": (spans_line(span(flags=2**70)), "does not fit into 64 bits"),
    "status of text": (spans_line(span(status="ERROR")), "status is not an object"),
    "attributes of text": (spans_line(span(attributes="x")), "attributes is not a list"),
    "attribute of a number": (spans_line(span(attributes=[1])), "an item of attributes is not an object"),
    "value of text": (
        spans_line(span(attributes=[{"key": "k", "value": "v"}])),
        'attribute "k": a value is not an object',
    ),
    "nested attribute": (spans_line(nested(100)), "nested more than 64 deep"),
    "bad int": (spans_line(span(attributes=[{"key": "k", "value": {"intValue": "x"}}])), "intValue is 'x'"),
    "bad bytes": (spans_line(span(attributes=[{"key": "k", "value": {"bytesValue": "?"}}])), "not base64"),
    "event of text": (spans_line(span(events=["x"])), "an item of events is not an object"),
    "bad link": (spans_line(span(links=[{"traceId": "1"}])), "a link's traceId"),
    "int with a fraction": (
        spans_line(span(attributes=[{"key": "k", "value": {"intValue": 1.7}}])),
        "intValue is '1.7'",
    ),
    "short span id in a link": (spans_line(span(links=[{"traceId": TRACE, "spanId": "1"}])), "a link's spanId"),
    "attribute of an event": (spans_line(span(events=[{"attributes": [{"key": "k", "value": 5}]}])), 'attribute "k"'),
    "time of an event": (spans_line(span(events=[{"timeUnixNano": "noon"}])), "an event's timeUnixNano"),
    "links of text": (spans_line(span(links="x")), "links is not a list"),
    "bad part of the resource": (resource({"attributes": [{"key": "k", "value": 5}]}), 'resource: attribute "k"'),
    "resource of text": (resource("web"), "resource is not an object; left out"),
    "scope of text": (with_scope("lib"), "scope is not an object; left out"),
    "a text among the spans": (spans_line("x", span()), "spans is not a list of objects"),
}


@pytest.mark.parametrize("fault", BAD_PARTS)
def test_a_bad_part_is_reported_and_left_out_and_the_span_is_kept(tmp_path: Path, fault: str) -> None:
    line, sentence = BAD_PARTS[fault]
    path = write(tmp_path / "traces.jsonl", LAST, line)
    with pytest.raises(OtlpError, match=r"traces\.jsonl, line 2: ") as caught:
        otlp.read_spans(path)
    assert sentence in str(caught.value)
    problems: list[OtlpError] = []
    good, kept = otlp.read_spans(path, problems=problems).to_dict("records")
    assert [(problem.line, sentence in problem.text) for problem in problems] == [(2, True)]
    where = {"event": "events", "scope": "scope", "resource": "resource", "service": "service"}
    changed = {name for name in good if good[name] != kept[name]} - {"span_id"}
    assert changed <= {where.get(word, "") for word in fault.split()} | {"service" if "resource" in fault else ""}


def test_the_good_items_next_to_a_bad_one_stay(tmp_path: Path) -> None:
    attributes = [text("a", "1"), {"key": "b", "value": {"intValue": "x"}}, text("c", "3")]
    links = [{"traceId": TRACE, "spanId": SPAN}, {"traceId": "1"}, {"attributes": [text("why", "none")]}]
    events = [{"name": "one", "attributes": [{"key": "b", "value": 5}, text("c", "3")]}, "x", {"name": "two"}]
    problems: list[OtlpError] = []
    line = spans_line(span(attributes=attributes, links=links, events=events))
    row = otlp.read_spans(write(tmp_path / "t.jsonl", line), problems).iloc[0]
    assert row["attributes"] == {"a": "1", "c": "3"}
    assert [(link["trace_id"], link["attributes"]) for link in row["links"]] == [(TRACE, {}), ("", {"why": "none"})]
    assert [(event["name"], event["attributes"]) for event in row["events"]] == [("one", {"c": "3"}), ("two", {})]
    assert len(problems) == 4


@pytest.mark.parametrize("ids", [{}, {"traceId": "", "spanId": ""}, {"traceId": "0" * 32, "spanId": "A" * 11 + "="}])
def test_a_link_to_nothing_is_kept_without_a_word(tmp_path: Path, ids: dict) -> None:
    spans = otlp.read_spans(write(tmp_path / "t.jsonl", spans_line(span(links=[ids]))))
    assert spans["links"][0] == [{"trace_id": "", "span_id": "", "attributes": {}}]


@pytest.mark.parametrize("fault", FAULTS)
def test_a_fault_gets_a_sentence_and_the_rest_is_kept(tmp_path: Path, fault: str) -> None:
    line, sentence = FAULTS[fault]
    lines = [GOOD, line] if fault == "torn" else [GOOD, line, LAST]
    path = write(tmp_path / "traces.jsonl", *lines)
    with pytest.raises(OtlpError, match=r"traces\.jsonl, line 2: ") as caught:
        otlp.read_spans(path)
    assert sentence in str(caught.value)
    problems: list[OtlpError] = []
    assert len(otlp.read_spans(path, problems=problems)) == len(lines) - 1
    assert [(problem.line, sentence in problem.text) for problem in problems] == [(2, True)]


def test_good_spans_beside_a_bad_one_are_kept(tmp_path: Path) -> None:
    problems: list[OtlpError] = []
    path = write(tmp_path / "t.jsonl", spans_line(span(), span(spanId="bad", name="GET /cart"), span()))
    assert len(otlp.read_spans(path, problems=problems)) == 2
    assert 'span "GET /cart"' in str(problems[0])


def histogram(**point: object) -> dict:
    return {"name": "m", "histogram": {"dataPoints": [{"timeUnixNano": 1} | point]}}


METRIC_FAULTS = {
    "no name": ({"gauge": {"dataPoints": []}}, "name is missing"),
    "no data": ({"name": "m"}, "has none of gauge, sum"),
    "no value": ({"name": "m", "gauge": {"dataPoints": [{"timeUnixNano": 1}]}}, "neither asInt nor asDouble"),
    "no time": ({"name": "m", "gauge": {"dataPoints": [{"asInt": 1}]}}, "timeUnixNano is missing"),
    "counts": (histogram(explicitBounds=[1], bucketCounts=[1]), "do not fit 1 explicitBounds"),
    "bounds": (histogram(explicitBounds=[2, 1]), "explicitBounds do not increase"),
    "long int": ({"name": "m", "sum": {"dataPoints": [{"timeUnixNano": 1, "asInt": 10**400}]}}, "asInt"),
}


@pytest.mark.parametrize("fault", METRIC_FAULTS)
def test_a_fault_in_a_metric_gets_a_sentence(tmp_path: Path, fault: str) -> None:
    metric, sentence = METRIC_FAULTS[fault]
    path = write(tmp_path / "m.jsonl", metrics_line(metric))
    with pytest.raises(OtlpError, match=r"m\.jsonl, line 1: ") as caught:
        otlp.read_metrics(path)
    assert sentence in str(caught.value)


BAD_PARTS_OF_LOGS = {
    "no time": ({}, "timeUnixNano and observedTimeUnixNano are missing; its time is 0", {"time_ns": 0}),
    "times of zero": ({"timeUnixNano": "0", "observedTimeUnixNano": None}, "its time is 0", {"time_ns": 0}),
    "time of words": ({"timeUnixNano": "noon", "observedTimeUnixNano": "7"}, "'noon', not a whole", {"time_ns": 7}),
    "short trace id": ({"timeUnixNano": "1", "traceId": "abc"}, 'traceId "abc" is not 32', {"trace_id": ""}),
    "long span id": ({"timeUnixNano": "1", "traceId": TRACE, "spanId": TRACE}, "is not 16", {"trace_id": TRACE}),
    "body of a number": ({"timeUnixNano": "1", "body": 5}, "a value is not an object", {"body": ""}),
    "severity": ({"timeUnixNano": "1", "severityNumber": [1]}, "severityNumber is '[1]'", {"severity_number": 0}),
    "attribute": ({"timeUnixNano": "1", "attributes": [{"key": "k", "value": 1}]}, 'attribute "k"', {"attributes": {}}),
}


@pytest.mark.parametrize("fault", BAD_PARTS_OF_LOGS)
def test_a_log_record_with_a_bad_part_is_kept(tmp_path: Path, fault: str) -> None:
    record, sentence, kept = BAD_PARTS_OF_LOGS[fault]
    path = write(tmp_path / "l.jsonl", logs_line({"body": {"stringValue": "x"}} | record))
    with pytest.raises(OtlpError, match="line 1: log record: ") as caught:
        otlp.read_logs(path)
    assert sentence in str(caught.value)
    problems: list[OtlpError] = []
    row = otlp.read_logs(path, problems).iloc[0]
    assert len(problems) == 1 and {"body": "x"} | kept == {name: row[name] for name in {"body": "x"} | kept}


def test_a_log_record_s_body_may_be_plain_text(tmp_path: Path) -> None:
    path = write(tmp_path / "l.jsonl", logs_line({"timeUnixNano": "1", "body": "paid"}))
    assert otlp.read_logs(path)["body"].tolist() == ["paid"]


def test_a_torn_gzip_keeps_what_stood_before(tmp_path: Path) -> None:
    # Hard to compress, so that what is cut off holds spans.
    lines = [spans_line(span(name=str(hash(k)) * 20, spanId=f"{k + 1:016x}")) for k in range(2000)]
    path = write(tmp_path / "t.jsonl.gz", *lines)
    path.write_bytes(path.read_bytes()[:-2000])
    problems: list[OtlpError] = []
    assert 0 < len(otlp.read_spans(path, problems=problems)) < 2000
    assert "gzip" in problems[0].text
    with pytest.raises(OtlpError, match="gzip"):
        otlp.read_spans(path)


def test_a_gzip_that_unpacks_without_end_is_stopped(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("watchkeeper.otlp.lines.MAX_LINE_BYTES", 2**20)
    path = tmp_path / "t.jsonl.gz"
    path.write_bytes(gzip.compress(b" " * 2**22))
    with pytest.raises(OtlpError, match="MiB in a line"):
        otlp.read_spans(path)


def test_a_file_that_is_not_there_gets_a_sentence(tmp_path: Path) -> None:
    for path in (tmp_path / "none.jsonl", tmp_path):
        with pytest.raises(OtlpError, match="cannot be read"):
            otlp.read_spans(path)


def test_what_a_hostile_file_says_of_itself_is_one_printable_line(tmp_path: Path) -> None:
    evil = "a\u202e\x1b[31m\nb"
    lines = [
        {evil: 1, "name": evil},
        {"error": {"message": evil, "code": evil}},
        spans_line(span(name=evil, spanId=evil)),
        spans_line(span(attributes=[{"key": evil, "value": {"intValue": evil}}])),
        spans_line(span(links=[{"traceId": evil}])),
        {"traceID": evil, "spans": [{"operationName": evil, "spanID": evil, "processID": evil}], "processes": {}},
    ]
    problems: list[OtlpError] = []
    otlp.read_traces(write(tmp_path / "t.jsonl", *lines), problems)
    assert len(problems) == 8, "the last one is about the same span id twice"
    assert [problem.text for problem in problems if not problem.text.isprintable()] == []


def test_half_a_surrogate_pair_can_be_printed(tmp_path: Path) -> None:
    line = write(tmp_path / "t.jsonl", spans_line(span(name="a\ud800b", spanId=SPAN)))
    assert otlp.read_spans(line)["name"].str.encode("utf-8").tolist() == [b"a?b"]


FIELDS = (
    "resource attributes key value scopeSpans spans scopeLogs logRecords scopeMetrics metrics traceId spanId name kind "
    "status code startTimeUnixNano timeUnixNano events links body severityNumber stringValue intValue arrayValue "
    "kvlistValue values gauge histogram dataPoints asInt count explicitBounds bucketCounts flags scope"
)
NAMES = st.sampled_from(FIELDS.split())
NUMBERS = st.one_of(st.integers(), st.integers(-(2**70), 2**70), st.floats())
TEXTS = st.one_of(st.text(max_size=4), st.just("a" * 32), st.just("b" * 16))
LEAVES = st.one_of(st.none(), st.booleans(), NUMBERS, TEXTS)
JSON = st.recursive(LEAVES, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(NAMES, inner, max_size=4))


@pytest.mark.parametrize("key", READERS)
@given(batch=JSON, in_scopes=st.booleans())
def test_whatever_stands_in_a_line_only_our_error_comes_out(tmp_path_factory, key: str, batch, in_scopes: bool) -> None:
    scopes, items = {
        "resourceSpans": ("scopeSpans", "spans"),
        "resourceLogs": ("scopeLogs", "logRecords"),
        "resourceMetrics": ("scopeMetrics", "metrics"),
    }[key]
    line = {key: [{scopes: [{items: batch}]}] if in_scopes else batch}
    path = write(tmp_path_factory.getbasetemp() / "any.jsonl", line)
    READERS[key](path, problems=[])
    try:
        READERS[key](path)
    except OtlpError as error:
        assert error.line == 1


@pytest.mark.parametrize("key", READERS)
@given(field=NAMES, value=JSON)
def test_any_field_may_hold_anything(tmp_path_factory, key: str, field: str, value) -> None:
    point = {"timeUnixNano": "1", "asInt": "1"}
    line = {
        "resourceSpans": spans_line(span() | {field: value}),
        "resourceLogs": logs_line({"timeUnixNano": "1", field: value}),
        "resourceMetrics": metrics_line({"name": "m", "gauge": {"dataPoints": [point | {field: value}]}, field: value}),
    }[key]
    path = write(tmp_path_factory.getbasetemp() / "field.jsonl", line)
    READERS[key](path, problems=[])
