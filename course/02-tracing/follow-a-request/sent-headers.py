"""sent-headers: which trace header reached each service?"""

from functools import cache

import pandas as pd

from watchkeeper import Recording
from watchkeeper.staff.author.writing import MapOf, Text, on_paper, pick, question

ASKED = [
    ("root", "", "loadgenerator", "GET /cart", "CLIENT", 0, 100),
    ("page", "root", "frontend", "GET /cart", "SERVER", 2, 98),
    ("c1", "page", "frontend", "GET /carts", "CLIENT", 10, 40),
    ("s1", "c1", "cart", "GET /carts", "SERVER", 14, 38),
    ("d1", "s1", "cart", "SELECT cart.db", "CLIENT", 20, 21),
    ("r1", "page", "frontend", "render", "INTERNAL", 90, 95),
]
ALONE = [("s", "", "cart", "GET /health", "SERVER", 0, 3), ("d", "s", "cart", "SELECT cart.db", "CLIENT", 1, 2)]


@cache  # an apprentice's notebook has it open
def the_morning():
    return Recording.open("monday-morning")


q = question(kind="compute", points=2, answer=MapOf("span id", Text("a traceparent")))
q.inputs(
    on_paper("a page with one call", ASKED),
    on_paper("nobody asked for it", ALONE),
    pick("monday-morning", "POST /checkout", [0.5], without="frontend"),
    pick("monday-morning", "GET /cart", [0.5]),
    pick("monday-morning", "POST /checkout", [0.8]),
)
q.hints(
    "First the rows: SERVER spans whose parent_span_id is not empty.",
    "The header's span id is the sender's, and the sender is the parent.",
    'f"00-{span.trace_id}-{...}-01" in a loop over those rows, span.span_id as key.',
)
q.passed("When a trace breaks off in the middle, ask first who did not hand this line on.")


def called_spans(spans):
    return spans[(spans.kind == "SERVER") & (spans.parent_span_id != "")]


@q.wrong(
    "Each of these headers names the very span that received it.",
    "The sender can't know that id yet: it sends its own, the parent's.",
    misconception="the header carries the receiver's id",
)
def with_its_own_id(spans):
    return {one.span_id: f"00-{one.trace_id}-{one.span_id}-01" for one in called_spans(spans).itertuples()}


@q.wrong(
    "Trace id and span id have changed places.", "Behind the version comes the trace id, then the sender's span id."
)
def ids_swapped(spans):
    return {one.span_id: f"00-{one.parent_span_id}-{one.trace_id}-01" for one in called_spans(spans).itertuples()}


@q.wrong(
    "You passed on the id of the root; only the trace id stays the same.",
    "Each sender puts in the id of its own CLIENT span.",
)
def with_the_root_id(spans):
    root = spans[spans.parent_span_id == ""].span_id.iloc[0]
    return {one.span_id: f"00-{one.trace_id}-{root}-01" for one in called_spans(spans).itertuples()}


@q.wrong("Flags 00 would say that nobody records this request.", "These spans are on record: the flags are 01.")
def not_recorded(spans):
    return {span: header[:-2] + "00" for span, header in headers_by_loop(spans).items()}


@q.wrong(
    "You looked at one service; a trace is a tree over all of them.",
    "Every SERVER span with a parent got a header, whoever wrote it.",
    misconception="a trace is the request log of one service (module 2, 1)",
)
def one_service_only(spans):
    mine = spans[spans.service == "frontend"]
    return {one.span_id: f"00-{one.trace_id}-{one.parent_span_id}-01" for one in called_spans(mine).itertuples()}


@q.wrong(
    "Children inside one service got no header: nothing left the process.", "Keep SERVER spans that have a parent."
)
def every_child(spans):
    below = spans[spans.parent_span_id != ""]
    return {one.span_id: f"00-{one.trace_id}-{one.parent_span_id}-01" for one in below.itertuples()}


@q.wrong("Your keys are the senders' ids.", "Give the id of the span that received the header as the key.")
def keyed_by_sender(spans):
    return {
        one.parent_span_id: f"00-{one.trace_id}-{one.parent_span_id}-01" for one in called_spans(spans).itertuples()
    }


@q.wrong(
    "You went by CLIENT spans: you have what was sent, under the senders' ids.",
    "Go by SERVER spans: their ids are the keys, their parents the senders.",
)
def from_every_client(spans):
    return {one.span_id: f"00-{one.trace_id}-{one.span_id}-01" for one in spans[spans.kind == "CLIENT"].itertuples()}


@q.wrong(
    "A SERVER span without a parent got no header, or none with a sender in it.",
    "Leave out those whose parent_span_id is empty.",
)
def roots_too(spans):
    return {
        one.span_id: f"00-{one.trace_id}-{one.parent_span_id}-01" for one in spans[spans.kind == "SERVER"].itertuples()
    }


@q.wrong("The header's name stands in front; this asks for its value.", "Begin with 00, the version.")
def with_the_headers_name(spans):
    return {span: f"traceparent: {header}" for span, header in headers_by_loop(spans).items()}


@q.wrong(
    "You left out spans whose sender is not in the table; their header did come.",
    "It is enough that parent_span_id is not empty.",
    misconception="who has lost the sender's span has had no header",
)
def without_orphans(spans):
    reached = spans[(spans.kind == "SERVER") & spans.parent_span_id.isin(spans.span_id)]
    return {one.span_id: f"00-{one.trace_id}-{one.parent_span_id}-01" for one in reached.itertuples()}


@q.wrong(
    "That is the cart page's answer, whatever the function is given.",
    "Use the argument, spans, not the table cart_page from above.",
)
def the_cart_page_always(spans):
    return headers_by_loop(the_morning().trace_at("GET /cart", 0.5))


@q.alternative
def headers_by_loop(spans):
    found = {}
    for span in spans.itertuples():
        if span.kind == "SERVER" and span.parent_span_id:
            found[span.span_id] = "-".join(["00", span.trace_id, span.parent_span_id, "01"])
    return found


@q.alternative
def headers_by_columns(spans):
    reached = spans[(spans.kind == "SERVER") & spans.parent_span_id.ne("")]
    return pd.Series(
        ("00-" + reached.trace_id + "-" + reached.parent_span_id + "-01").tolist(), index=list(reached.span_id)
    )
