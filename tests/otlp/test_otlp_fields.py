"""The handbook's table of OTLP's fields: complete, and true of the readers."""

import copy
import dataclasses
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from opentelemetry.proto_json.common.v1 import common
from opentelemetry.proto_json.logs.v1 import logs
from opentelemetry.proto_json.metrics.v1 import metrics
from opentelemetry.proto_json.resource.v1 import resource
from opentelemetry.proto_json.trace.v1 import trace
from otlp_lines import SPAN, TRACE, write

from watchkeeper import otlp

PAGE = Path(__file__).parents[2] / "handbook" / "recordings.md"
POINT = "attributes startTimeUnixNano timeUnixNano exemplars flags"
# The messages of OTLP 1.10 with their fields, as JSON writes them. Profiles are not read at all.
FIELDS = {
    "TracesData": "resourceSpans",
    "LogsData": "resourceLogs",
    "MetricsData": "resourceMetrics",
    "ResourceSpans": "resource scopeSpans schemaUrl",
    "ResourceLogs": "resource scopeLogs schemaUrl",
    "ResourceMetrics": "resource scopeMetrics schemaUrl",
    "ScopeSpans": "scope spans schemaUrl",
    "ScopeLogs": "scope logRecords schemaUrl",
    "ScopeMetrics": "scope metrics schemaUrl",
    "Resource": "attributes droppedAttributesCount entityRefs",
    "EntityRef": "schemaUrl type idKeys descriptionKeys",
    "InstrumentationScope": "name version attributes droppedAttributesCount",
    "KeyValue": "key value keyStrindex",
    "AnyValue": "stringValue boolValue intValue doubleValue arrayValue kvlistValue bytesValue stringValueStrindex",
    "ArrayValue": "values",
    "KeyValueList": "values",
    "Span": "traceId spanId traceState parentSpanId flags name kind startTimeUnixNano endTimeUnixNano attributes "
    "droppedAttributesCount events droppedEventsCount links droppedLinksCount status",
    "Event": "timeUnixNano name attributes droppedAttributesCount",
    "Link": "traceId spanId traceState attributes droppedAttributesCount flags",
    "Status": "message code",
    "LogRecord": "timeUnixNano observedTimeUnixNano severityNumber severityText body attributes droppedAttributesCount "
    "flags traceId spanId eventName",
    "Metric": "name description unit gauge sum histogram exponentialHistogram summary metadata",
    "Gauge": "dataPoints",
    "Sum": "dataPoints aggregationTemporality isMonotonic",
    "Histogram": "dataPoints aggregationTemporality",
    "ExponentialHistogram": "dataPoints aggregationTemporality",
    "Summary": "dataPoints",
    "NumberDataPoint": f"{POINT} asDouble asInt",
    "HistogramDataPoint": f"{POINT} count sum bucketCounts explicitBounds min max",
    "ExponentialHistogramDataPoint": f"{POINT} count sum scale zeroCount positive negative min max zeroThreshold",
    "Buckets": "offset bucketCounts",
    "SummaryDataPoint": "attributes startTimeUnixNano timeUnixNano count sum quantileValues flags",
    "ValueAtQuantile": "quantile value",
    "Exemplar": "filteredAttributes timeUnixNano asDouble asInt spanId traceId",
}
ALL = {(message, field) for message, fields in FIELDS.items() for field in fields.split()}


def table() -> list[tuple[str, str, str]]:
    """(message, field, decision) for every field of every row of the handbook's table."""
    section = PAGE.read_text(encoding="utf-8").partition("## The fields of OTLP")[2]
    rows = [[cell.strip() for cell in line.strip("|").split("|")] for line in section.splitlines() if line[:1] == "|"]
    return [(row[0], field.strip(), row[2]) for row in rows[2:] for field in row[1].split(",")]


DECISION = {(message, field): decision for message, field, decision in table()}


def test_the_table_has_every_field_once() -> None:
    listed = [(message, field) for message, field, _ in table()]
    assert sorted(listed) == sorted(ALL)
    assert {decision for _, _, decision in table()} == {"used", "kept", "ignored"}


def messages(scope: Any) -> Iterator[type]:
    """The message classes of a module or class, and those within them."""
    for item in vars(scope).values():
        if isinstance(item, type) and dataclasses.is_dataclass(item):
            yield item
            yield from messages(item)


def camel(name: str) -> str:
    return re.sub("_([a-z])", lambda letter: letter[1].upper(), name)


def test_the_fields_are_those_of_the_installed_protocol() -> None:
    modules = (common, resource, trace, logs, metrics)
    known = {item.__name__: item for module in modules for item in messages(module)}
    fields = {(name, camel(field.name)) for name, item in known.items() for field in dataclasses.fields(item)}
    assert fields == ALL


class Message(dict):
    """An object of OTLP JSON that knows which message it is."""

    def __init__(self, message: str, /, **fields: Any) -> None:
        super().__init__(fields)
        self.name = message

    def __deepcopy__(self, memo: dict) -> "Message":
        return Message(self.name, **{key: copy.deepcopy(value, memo) for key, value in self.items()})


def attributes(*values: Message) -> list[Message]:
    return [Message("KeyValue", key=f"k{at}", value=value, keyStrindex=3) for at, value in enumerate(values or [TEXT])]


TEXT = Message("AnyValue", stringValue="x")
EVERY_VALUE = (
    TEXT,
    Message("AnyValue", boolValue=True),
    Message("AnyValue", intValue="7"),
    Message("AnyValue", doubleValue=1.5),
    Message("AnyValue", arrayValue=Message("ArrayValue", values=[TEXT])),
    Message("AnyValue", kvlistValue=Message("KeyValueList", values=attributes())),
    Message("AnyValue", bytesValue="aGk="),
    Message("AnyValue", stringValueStrindex=4),
)
IDS = {"traceId": TRACE, "spanId": SPAN}
DROPPED = {"droppedAttributesCount": 2}


def data(signal: str, **records: Any) -> Message:
    """A whole export of one signal, with one resource and one scope."""
    name = Message("KeyValue", key="service.name", value=Message("AnyValue", stringValue="web"))
    entity = Message("EntityRef", schemaUrl="s", type="host", idKeys=["k0"], descriptionKeys=["k0"])
    source = Message("Resource", attributes=[name, *attributes()], entityRefs=[entity], **DROPPED)
    library = Message("InstrumentationScope", name="lib", version="1", attributes=attributes(), **DROPPED)
    scope = Message(f"Scope{signal}", scope=library, schemaUrl="s", **records)
    part = Message(f"Resource{signal}", resource=source, schemaUrl="s", **{f"scope{signal}": [scope]})
    outer = {"Spans": "TracesData", "Logs": "LogsData", "Metrics": "MetricsData"}[signal]
    return Message(outer, **{f"resource{signal}": [part]})


A_SPAN = Message(
    "Span",
    **IDS,
    traceState="a=b",
    parentSpanId="1" * 16,
    flags=257,
    name="GET /",
    kind=2,
    startTimeUnixNano="1000",
    endTimeUnixNano="3000",
    attributes=attributes(*EVERY_VALUE),
    events=[Message("Event", timeUnixNano="2000", name="e", attributes=attributes(), **DROPPED)],
    links=[Message("Link", **IDS, traceState="a=b", attributes=attributes(), flags=257, **DROPPED)],
    status=Message("Status", message="boom", code=2),
    droppedEventsCount=3,
    droppedLinksCount=4,
    **DROPPED,
)
A_RECORD = Message(
    "LogRecord",
    **IDS,
    timeUnixNano="5",
    observedTimeUnixNano="6",
    severityNumber=10,
    severityText="NOTE",
    body=TEXT,
    attributes=attributes(),
    flags=1,
    eventName="paid",
    **DROPPED,
)
EXEMPLARS = [
    Message("Exemplar", filteredAttributes=attributes(), timeUnixNano="8", spanId=SPAN, traceId=TRACE, **value)
    for value in ({"asDouble": 0.5}, {"asInt": "1"})
]
SHARED = {"startTimeUnixNano": "1", "timeUnixNano": "9", "flags": 2}
SUMS = {"count": "5", "sum": 2.5}
ENDS = {"min": 0.25, "max": 1.25}


def point(name: str, **fields: Any) -> Message:
    return Message(name, attributes=attributes(), **SHARED, **fields)


def number(**value: Any) -> Message:
    return point("NumberDataPoint", exemplars=EXEMPLARS, **value)


TEMPORAL = {"aggregationTemporality": 2}
KINDS = {
    "gauge": Message("Gauge", dataPoints=[number(asDouble=1.5), number(asInt="4")]),
    "sum": Message("Sum", dataPoints=[number(asInt="4")], isMonotonic=True, **TEMPORAL),
    "histogram": Message(
        "Histogram",
        dataPoints=[
            point(
                "HistogramDataPoint", bucketCounts=["2", "3"], explicitBounds=[1], exemplars=EXEMPLARS, **SUMS, **ENDS
            )
        ],
        **TEMPORAL,
    ),
    "exponentialHistogram": Message(
        "ExponentialHistogram",
        dataPoints=[
            point(
                "ExponentialHistogramDataPoint",
                scale=1,
                zeroCount="1",
                zeroThreshold=0.125,
                positive=Message("Buckets", offset=3, bucketCounts=["3"]),
                negative=Message("Buckets", offset=-2, bucketCounts=["1"]),
                exemplars=EXEMPLARS,
                **SUMS,
                **ENDS,
            )
        ],
        **TEMPORAL,
    ),
    "summary": Message(
        "Summary",
        dataPoints=[
            point("SummaryDataPoint", quantileValues=[Message("ValueAtQuantile", quantile=0.5, value=7.5)], **SUMS)
        ],
    ),
}
SOME_METRICS = [
    Message("Metric", name=f"m.{kind}", description="about", unit="s", metadata=attributes(), **{kind: data})
    for kind, data in KINDS.items()
]
WHOLE = [data("Spans", spans=[A_SPAN]), data("Logs", logRecords=[A_RECORD]), data("Metrics", metrics=SOME_METRICS)]


def inside(tree: Any) -> Iterator[Message]:
    """All messages of a tree."""
    if isinstance(tree, Message):
        yield tree
    for item in tree.values() if isinstance(tree, dict) else tree if isinstance(tree, list) else ():
        yield from inside(item)


def test_the_file_has_every_field_set() -> None:
    assert {(message.name, field) for message in inside(WHOLE) for field in message} == ALL


def read(path: Path, *lines: Any) -> str:
    """What the readers make of a file, as text."""
    write(path, *lines)
    found = [signal.read(path, []) for signal in otlp.SIGNALS]
    return repr([frame.to_dict("records") for frame in found])


def with_null(message: str, field: str, leave_out: bool) -> list[Message]:
    """The whole file with null for a field everywhere, or without the field."""
    changed = copy.deepcopy(WHOLE)
    for item in list(inside(changed)):
        if item.name == message and field in item:
            item[field] = None
            if leave_out:
                del item[field]
    return changed


@pytest.mark.parametrize(("message", "field"), sorted(ALL))
def test_each_decision_is_what_the_readers_do(tmp_path: Path, message: str, field: str) -> None:
    whole = read(tmp_path / "a.jsonl", *WHOLE)
    lacking = read(tmp_path / "b.jsonl", *with_null(message, field, leave_out=True))
    assert (whole != lacking) is (DECISION[message, field] != "ignored")
    # In protobuf's JSON, null is the same as a field that is not there.
    assert read(tmp_path / "c.jsonl", *with_null(message, field, leave_out=False)) == lacking


def test_numbers_beyond_a_double_stay_exact_and_are_written_back(tmp_path: Path) -> None:
    large = 2**53 + 1
    points = {
        "gauge": {"dataPoints": [{"timeUnixNano": "9", "asInt": str(large)}, {"timeUnixNano": "9", "asInt": "7"}]},
        "histogram": {"dataPoints": [{"timeUnixNano": "9", "count": str(large), "bucketCounts": [str(large)]}]},
        "exponentialHistogram": {"dataPoints": [{"timeUnixNano": "9", "count": str(large), "zeroCount": str(large)}]},
        "summary": {"dataPoints": [{"timeUnixNano": "9", "count": str(large)}]},
    }
    lines = {"resourceMetrics": [{"scopeMetrics": [{"metrics": [{"name": key, key: points[key]} for key in points]}]}]}
    frame = otlp.read_metrics(write(tmp_path / "m.jsonl", lines))
    otlp.write_metrics(frame, tmp_path / "again.jsonl")
    for table in (frame, otlp.read_metrics(tmp_path / "again.jsonl")):
        exact = [details.get("as_int", details.get("count")) for details in table["details"]]
        assert exact == [large, None, large, large, large]
        assert table["counts"].tolist()[2] == [large]
