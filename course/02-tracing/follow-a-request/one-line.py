"""one-line: what does one line of a trace file say?"""

import json

from watchkeeper.staff.author.writing import Number, Record, Text, Truth, given, question

KINDS = ("unspecified", "internal", "server", "client", "producer", "consumer")

LINE = """{"resourceSpans": [{"resource": {"attributes": [
  {"key": "service.name", "value": {"stringValue": "shipping"}},
  {"key": "host.name", "value": {"stringValue": "shop-3"}}]},
 "scopeSpans": [{"scope": {"name": "instrumentation.httpx"}, "spans": [{
  "traceId": "5b8efff798038103d269b633813fc60c", "spanId": "eee19b7ec3c1b174", "parentSpanId": "0a25b20e3df06b11",
  "name": "GET /depots/{town}", "kind": 3,
  "startTimeUnixNano": "1700000000900000000", "endTimeUnixNano": "1700000000946500000",
  "attributes": [{"key": "net.peer.name", "value": {"stringValue": "carrier"}},
   {"key": "http.status_code", "value": {"intValue": "404"}}], "status": {"code": 2}}]}]}]}"""

q = question(
    kind="read",
    points=2,
    answer=Record(
        {
            "service": Text("a service's name"),
            "kind": Text("a kind of span", options=KINDS),
            "ms": Number("ms", within=0.001),
            "parent": Text("a span id"),
            "error": Truth(),
        }
    ),
)
q.inputs(given("the line", LINE))
q.hints(
    "Three levels: the resource says who wrote, the span says what happened.",
    "Both times differ only in their last digits: subtract those, then divide by 1,000,000.",
    "kind and status.code are numbers; their words stand above the question.",
)
q.passed("With this you can read any exporter's file, also on a machine that has nothing but a pager.")


def its_span(line):
    return json.loads(line)["resourceSpans"][0]["scopeSpans"][0]["spans"][0]


@q.wrong("That is whom the span called; somebody else wrote it.", "The writer stands in the resource, as service.name.")
def whom_it_called(line):
    return {"service": next(one["value"]["stringValue"] for one in its_span(line)["attributes"])}


@q.wrong(
    "That is the host on which it ran; a host runs many services.",
    "The writer stands beside it in the resource, as service.name.",
    misconception="the host, or the library, is who wrote the span",
)
def where_it_runs(line):
    return {"service": json.loads(line)["resourceSpans"][0]["resource"]["attributes"][1]["value"]["stringValue"]}


@q.wrong(
    "That is the scope: the library that measured.",
    "The writer stands one level higher, in the resource.",
    misconception="the host, or the library, is who wrote the span",
)
def what_measured_it(line):
    return {"service": json.loads(line)["resourceSpans"][0]["scopeSpans"][0]["scope"]["name"]}


@q.wrong(
    "That is the next kind in the row: the count begins at 0.",
    "Find the number of `kind` in the head of the table of kinds.",
)
def counted_without_zero(line):
    return {"kind": KINDS[its_span(line)["kind"] + 1]}


@q.wrong("That is one kind too early.", "Find the number of `kind` in the head of the table of kinds.")
def counted_from_one(line):
    return {"kind": KINDS[its_span(line)["kind"] - 1]}


def nanoseconds(line):
    return int(its_span(line)["endTimeUnixNano"]) - int(its_span(line)["startTimeUnixNano"])


@q.wrong("That is the duration in nanoseconds.", "A ms has 1,000,000 of them.")
def left_in_ns(line):
    return {"ms": nanoseconds(line)}


@q.wrong("That is the duration in microseconds.", "A ms has 1,000 of them.")
def in_microseconds(line):
    return {"ms": nanoseconds(line) / 1e3}


@q.wrong("That is the duration in seconds.", "A second has 1,000 ms.")
def in_seconds(line):
    return {"ms": nanoseconds(line) / 1e9}


@q.wrong("That is the span's own id.", "Look for the id of the span above it.")
def its_own_id(line):
    return {"parent": its_span(line)["spanId"]}


@q.wrong("That is the id of the whole request.", "A span id has 16 digits; look for the parent's.")
def the_trace_id(line):
    return {"parent": its_span(line)["traceId"]}


@q.wrong(
    "A 404 is no error for who answers, but this span is on the asking side.",
    "Look at status.code, and at the words for its numbers.",
)
def not_found_is_fine(line):
    return {"error": False}


@q.alternative
def read_with_json(line):
    batch = json.loads(line)["resourceSpans"][0]
    names = {one["key"]: one["value"]["stringValue"] for one in batch["resource"]["attributes"]}
    span = its_span(line)
    return {
        "service": names["service.name"],
        "kind": KINDS[span["kind"]],
        "ms": nanoseconds(line) / 1e6,
        "parent": span["parentSpanId"],
        "error": span["status"].get("code") == 2,
    }


@q.alternative
def read_by_eye(line):
    return {"service": "shipping", "kind": "Client", "ms": 46.5, "parent": "0A25B20E3DF06B11", "error": True}
