"""three-reasons: why does a span stick out of its parent?"""

import pandas as pd

from watchkeeper.staff.author.writing import MapOf, Text, question, route
from watchkeeper.traces import clock_offsets

from .shared import ANSWERED, QUERY, SILENT, spans_table

STICKING_OUT = spans_table(
    "calls on three hosts, and a queue",
    [
        ("a", "", "frontend", "GET /carts", "CLIENT", 0, 20, "UNSET", "one", ANSWERED),
        ("a2", "a", "cart", "GET /carts", "SERVER", 302, 318, "UNSET", "two", ANSWERED),
        ("b", "", "frontend", "GET /carts", "CLIENT", 100, 120, "UNSET", "one", ANSWERED),
        ("b2", "b", "cart", "GET /carts", "SERVER", 402, 417, "UNSET", "two", ANSWERED),
        ("c", "", "frontend", "GET /ads", "CLIENT", 200, 220, "UNSET", "one", ANSWERED),
        ("c2", "c", "ads", "GET /ads", "SERVER", 201, 221, "UNSET", "one", ANSWERED),
        ("d", "", "frontend", "GET /ads", "CLIENT", 300, 400, "ERROR", "one", SILENT),
        ("d2", "d", "ads", "GET /ads", "SERVER", 301, 900, "UNSET", "one", ANSWERED),
        ("e", "", "checkout", "send mail", "PRODUCER", 500, 502, "UNSET", "one", ANSWERED),
        ("e2", "e", "email", "process mail", "CONSUMER", 504, 640, "UNSET", "one", SILENT),
        ("f", "", "frontend", "GET /prices", "CLIENT", 700, 720, "ERROR", "one", {"http.response.status_code": 500}),
        ("f2", "f", "currency", "GET /prices", "SERVER", 702, 740, "ERROR", "one", {"http.response.status_code": 500}),
        ("h", "", "frontend", "GET /quotes", "CLIENT", 800, 820, "UNSET", "one", ANSWERED),
        ("h2", "h", "shipping", "GET /quotes", "SERVER", 801, 821, "UNSET", "three", ANSWERED),
        ("i", "", "frontend", "GET /quotes", "CLIENT", 840, 860, "UNSET", "one", ANSWERED),
        ("i2", "i", "shipping", "GET /quotes", "SERVER", 842, 858, "UNSET", "three", ANSWERED),
        ("g", "f2", "currency", "SELECT", "CLIENT", 703, 704, "UNSET", "one", QUERY),
        ("j", "", "frontend", "GET /carts", "CLIENT", 900, 950, "ERROR", "one", SILENT),
        ("j2", "j", "cart", "GET /carts", "SERVER", 1205, 1300, "UNSET", "two", ANSWERED),
        ("k", "", "checkout", "send mail", "PRODUCER", 1000, 1030, "UNSET", "one", ANSWERED),
        ("k2", "k", "email", "process mail", "CONSUMER", 990, 1025, "UNSET", "one", SILENT),
        ("l", "b2", "cart", "GET /prices", "CLIENT", 404, 410, "UNSET", "two", ANSWERED),
        ("l2", "l", "currency", "GET /prices", "SERVER", 105, 109, "UNSET", "one", ANSWERED),
    ],
)

REASONS = ("clock", "nobody waited", "end of body")

q = question(kind="compute", points=3, answer=MapOf("a span id", Text("a reason", REASONS)))
q.inputs(
    STICKING_OUT,
    route("tuesday-evening", "GET /cart"),
    route("wednesday-evening", "GET /"),
    route("carts-complaint", "GET /cart"),
)
q.hints(
    "Each row of with_parent(spans) is a span with all that the rules ask: itertuples() walks along them.",
    "First keep those that stick out: compare start with parent's start, end with parent's end.",
    "Then one chain of if, elif, else in the order of the rules; write the word under the span's id.",
)
q.passed("Most spans that stick out mean nothing. Now you can point at those that do.")


def beside_parent(spans):
    offset_ms = dict(clock_offsets(spans)[["host", "offset_ms"]].itertuples(index=False))
    above = {one.span_id: one for one in spans.itertuples()}
    for span in spans.itertuples():
        parent = above.get(span.parent_span_id)
        if parent is not None:
            differs = offset_ms[span.host] != offset_ms[parent.host]
            yield span, parent, differs, "http.response.status_code" in parent.attributes


def sticks_out(span, parent):
    return span.start_ns < parent.start_ns or span.end_ns > parent.end_ns


@q.wrong(
    "You blamed the clock for every span that sticks out.",
    "Where clock_ms is 0 there is another reason: look at kind and answered.",
    misconception="whatever sticks out is a wrong clock (10)",
)
def all_of_it_is_the_clock(spans):
    return {span.span_id: "clock" for span, parent, _, _ in beside_parent(spans) if sticks_out(span, parent)}


def reason(span, differs, answered):
    if differs:
        return "clock"
    return "nobody waited" if span.kind == "CONSUMER" or not answered else "end of body"


@q.wrong(
    "You looked at the ends only; a span can also begin too early.",
    "Either end counts: start before the parent's start, or end after its end.",
    misconception="a child cannot start before its parent, so it need not be looked for (11)",
)
def only_at_the_end(spans):
    return {
        span.span_id: reason(span, differs, answered)
        for span, parent, differs, answered in beside_parent(spans)
        if span.end_ns > parent.end_ns
    }


@q.wrong(
    "You looked at the starts only; a span can also end too late.",
    "Either end counts: start before the parent's start, or end after its end.",
    misconception="a child cannot end after its parent (module 1, 10)",
)
def only_at_the_start(spans):
    return {
        span.span_id: reason(span, differs, answered)
        for span, parent, differs, answered in beside_parent(spans)
        if span.start_ns < parent.start_ns
    }


@q.wrong(
    "That is every child, those that fit into their parents too.", "Keep the spans that stick out at one end at least."
)
def every_child(spans):
    return {span.span_id: reason(span, differs, answered) for span, _, differs, answered in beside_parent(spans)}


@q.wrong(
    "Different hosts are not yet different clocks.",
    "Ask clock_ms, not whether host and parent_host differ.",
    misconception="what sticks out over two hosts is the network or the clock (12)",
)
def whenever_hosts_differ(spans):
    return {
        span.span_id: reason(span, span.host != parent.host, answered)
        for span, parent, _, answered in beside_parent(spans)
        if sticks_out(span, parent)
    }


@q.wrong(
    "You looked for clocks that are ahead; one that is behind misleads as much.",
    "The rule says other than 0: clock_ms may be below 0.",
)
def only_a_clock_ahead(spans):
    offset_ms = dict(clock_offsets(spans)[["host", "offset_ms"]].itertuples(index=False))
    return {
        span.span_id: reason(span, offset_ms[span.host] > offset_ms[parent.host], answered)
        for span, parent, _, answered in beside_parent(spans)
        if sticks_out(span, parent)
    }


@q.wrong(
    "You asked rule 2 first: with a wrong clock, a span may seem to be late.",
    "The rules in their order: clock_ms first, and only where it is 0 the others.",
)
def waiting_before_clocks(spans):
    def unwaited(span, answered):
        return span.kind == "CONSUMER" or not answered

    return {
        span.span_id: "nobody waited" if unwaited(span, answered) else "clock" if differs else "end of body"
        for span, parent, differs, answered in beside_parent(spans)
        if sticks_out(span, parent)
    }


@q.wrong(
    "You left the clocks aside: spans of a wrong clock got another reason.",
    "Ask clock_ms first, then the other two rules.",
)
def clocks_left_out(spans):
    return {
        span.span_id: reason(span, False, answered)
        for span, parent, _, answered in beside_parent(spans)
        if sticks_out(span, parent)
    }


@q.wrong(
    "You took every failed parent for one that gave up; some got an answer.",
    "Nobody waited where no answer came: ask the column answered.",
)
def any_error_above(spans):
    return {
        span.span_id: reason(span, differs, parent.status != "ERROR")
        for span, parent, differs, _ in beside_parent(spans)
        if sticks_out(span, parent)
    }


@q.wrong(
    "Work can begin in time and still be left: its caller gave up meanwhile.",
    "Ask the column answered, not when the span began.",
)
def only_after_the_parent(spans):
    return {
        span.span_id: reason(span, differs, span.start_ns < parent.end_ns)
        for span, parent, differs, _ in beside_parent(spans)
        if sticks_out(span, parent)
    }


@q.wrong(
    "A CONSUMER takes its work from a queue: nobody waits for it.",
    "Rule 2 has two halves: the kind CONSUMER, or not answered.",
)
def queues_left_out(spans):
    return {
        span.span_id: "clock" if differs else "end of body" if answered else "nobody waited"
        for span, parent, differs, answered in beside_parent(spans)
        if sticks_out(span, parent)
    }


@q.alternative
def reasons_by_comprehension(spans):
    return {
        span.span_id: reason(span, differs, answered)
        for span, parent, differs, answered in beside_parent(spans)
        if sticks_out(span, parent)
    }


@q.alternative
def reasons_by_columns(spans):
    offset_ms, above = clock_offsets(spans).set_index("host").offset_ms, spans.set_index("span_id")
    child = spans[spans.parent_span_id.isin(above.index)].reset_index(drop=True)
    parent = above.loc[child.parent_span_id].reset_index(drop=True)
    out = (child.start_ns < parent.start_ns) | (child.end_ns > parent.end_ns)
    clock = child.host.map(offset_ms) != parent.host.map(offset_ms)
    left = (child.kind == "CONSUMER") | parent.attributes.map(lambda one: "http.response.status_code" not in one)
    found = pd.Series("end of body", index=child.index).mask(left, "nobody waited").mask(clock, "clock")
    return dict(zip(child.span_id[out], found[out], strict=True))
