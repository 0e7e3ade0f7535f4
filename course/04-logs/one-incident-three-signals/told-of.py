"""told-of: which cause do the alarming records go back to?"""

from watchkeeper.staff.author.writing import Count, MapOf, question, whole, whole_on_paper

from .shared import tally

SIBLINGS = [
    ("o", "ERROR", "d", "a", "shipping", "ship", "SERVER", 20, 95),
    ("o", "ERROR", "c", "a", "payment", "charge", "SERVER", 10, 90),
    ("o", "ERROR", "a", "", "checkout", "place order", "SERVER", 0, 100),
    ("o", "ERROR", "b", "a", "cart", "empty", "SERVER", 30, 40),
]
OF_SIBLINGS = [(99, "checkout", "ERROR", 17, "o", "a", "no order"), (98, "checkout", "WARN", 13, "o", "a", "trouble")]

q = question(
    kind="compute",
    points=3,
    answer=MapOf("cause", Count("records")),
    yours=["watchkeeper.logs.echoes", "watchkeeper.logs.first_cause"],
)
q.inputs(
    whole("saturday-orders"),
    whole("sunday-night"),
    whole("wednesday-evening"),
    whole_on_paper("an order with three failed children", SIBLINGS, OF_SIBLINGS),
)
q.hints(
    "Walk the paper example with a finger: what does below hold for each span?",
    "The list of failed children is in below, under the span's id; the earliest has the smallest start_ns.",
    "For cause, tell CLIENT spans from all others; the helper above names an edge.",
)
q.passed("Half of the noise of an incident is people telling each other the same news. Go to its source.")


def alarmed(recording, least=13):
    found = recording.logs[recording.logs.severity_number >= least]
    return found[found.span_id.isin(recording.spans.span_id)]


@q.wrong(
    "You counted by who wrote the record: whoever is loud, not whoever failed.",
    "Walk down from the record's span as long as a child failed.",
    misconception="who writes most errors is to blame",
)
def who_wrote_it(recording):
    return tally(alarmed(recording).service)


def failed_below(recording):
    failed = recording.spans[recording.spans.status == "ERROR"].sort_values("start_ns")
    return {parent: list(group.itertuples()) for parent, group in failed.groupby("parent_span_id")}


def ends_of_walks(recording, steps=99, least=13):
    """Each alarmed record with the span where the walk down from it ends."""
    by_id, below = {span.span_id: span for span in recording.spans.itertuples()}, failed_below(recording)
    for record in alarmed(recording, least).itertuples():
        span, left = by_id[record.span_id], steps
        while left and span.span_id in below:
            span, left = below[span.span_id][0], left - 1
        yield record, span


@q.wrong(
    "A CLIENT span that failed alone became its caller's fault.",
    "Name the edge there: nobody knows which end it was.",
    misconception="an edge that failed is its caller's fault, or its callee's",
)
def edges_to_the_caller(recording):
    return tally(span.service for _, span in ends_of_walks(recording))


@q.wrong(
    "You took the first record of the request; the cause may have written none.",
    "Go by the tree of spans, not by the time.",
    misconception="the first ERROR line is the cause",
)
def first_in_time(recording):
    found = alarmed(recording).sort_values("time_ns")
    return tally(found.trace_id.map(found.groupby("trace_id").service.first()))


def named(span):
    return f"{span.service} → {span.attributes['server.address']}" if span.kind == "CLIENT" else span.service


@q.wrong(
    "You went down one step; the failure may have begun deeper.",
    "The loop goes on as long as the new span has failed children.",
)
def one_step_only(recording):
    return tally(named(span) for _, span in ends_of_walks(recording, steps=1))


@q.wrong(
    "A CLIENT span that failed alone became the fault of the callee.",
    "Name the edge: it may never have got the question.",
    misconception="an edge that failed is its caller's fault, or its callee's",
)
def edges_to_the_called(recording):
    return tally(
        span.attributes["server.address"] if span.kind == "CLIENT" else span.service
        for _, span in ends_of_walks(recording)
    )


@q.wrong(
    "You counted requests; one request may hold several alarmed records.",
    "Each alarmed record adds 1.",
    misconception="records are requests",
)
def requests_counted(recording):
    pairs = {(record.trace_id, named(span)) for record, span in ends_of_walks(recording)}
    return tally(cause for _, cause in pairs)


@q.wrong("Warnings are missing: you began with the records of ERROR.", "alarmed(recording) has those of 13 and more.")
def errors_only(recording):
    return tally(named(span) for _, span in ends_of_walks(recording, least=17))


def another_child(recording, chosen):
    by_id = {span.span_id: span for span in recording.spans.itertuples()}
    failed = recording.spans[recording.spans.status == "ERROR"]
    below, ends = {parent: list(group.itertuples()) for parent, group in failed.groupby("parent_span_id")}, []
    for record in alarmed(recording).itertuples():
        span = by_id[record.span_id]
        while span.span_id in below:
            span = chosen(below[span.span_id])
        ends.append(named(span))
    return tally(ends)


@q.wrong("You took the failed child that stands first in the table.", "Compare their start_ns, and take the smallest.")
def first_child_of_the_table(recording):
    return another_child(recording, lambda children: children[0])


@q.wrong(
    "You took a failed child, but the one that began last or ended first.",
    "Compare their start_ns, and take the smallest.",
)
def child_that_began_last(recording):
    return another_child(recording, lambda children: max(children, key=lambda child: child.start_ns))


@q.wrong("Those are names of operations.", "Name the service of the span, or the edge of a CLIENT span.")
def names_of_spans(recording):
    return tally(span.name for _, span in ends_of_walks(recording))


@q.alternative
def told_by_hops(recording):
    """All records take one step down at a time, until none can go further."""
    wrong = recording.spans[recording.spans.status == "ERROR"].sort_values(["start_ns", "span_id"])
    first = wrong.drop_duplicates("parent_span_id").set_index("parent_span_id").span_id.to_dict()
    by_id = {span.span_id: span for span in recording.spans.itertuples()}
    at = list(alarmed(recording).span_id)
    while any(span in first for span in at):
        at = [first.get(span, span) for span in at]
    return tally(named(by_id[span]) for span in at)


@q.alternative
def told_by_walk(recording):
    return tally(named(span) for _, span in ends_of_walks(recording))
