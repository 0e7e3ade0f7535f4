"""outlasting: by how much does a span end after its parent?"""

from watchkeeper.staff.author.writing import MapOf, on_paper, pick, question

from ...vocabulary import MS
from .shared import LATE

q = question(kind="compute", points=2, answer=MapOf("span id", MS))
q.inputs(
    on_paper("a child that outlasts its parent", LATE),
    pick("monday-morning", "GET /product/{id}", [0.3]),
    pick("monday-morning", "POST /checkout", [0.5]),
)
q.hints(
    "You need each span's parent's end beside its own end.",
    'spans.set_index("span_id").end_ns gives an end for each id; parent_span_id.map(...) looks it up.',
    "The difference in ns, those above 0, divided by 1e6.",
)
q.passed("Most of these are last bytes on their way. A large one is worth a look: work nobody waits for.")


@q.wrong("You compared durations; a short child can still end after its parent.", "Compare the two end_ns.")
def compares_durations(spans):
    lengths = dict(zip(spans.span_id, spans.duration_ms, strict=True))
    return {
        one.span_id: one.duration_ms - lengths[one.parent_span_id]
        for one in spans.itertuples()
        if lengths.get(one.parent_span_id, one.duration_ms) < one.duration_ms
    }


@q.wrong(
    "Spans that end in time don't belong in the answer, not even with 0.",
    "Keep only those whose end lies after their parent's.",
)
def everybody(spans):
    ends = dict(zip(spans.span_id, spans.end_ns, strict=True))
    return {
        one.span_id: max(one.end_ns - ends[one.parent_span_id], 0) / 1e6
        for one in spans.itertuples()
        if one.parent_span_id in ends
    }


@q.wrong("You compared with the end of the root.", "Each span has a parent of its own: compare with that one.")
def after_the_root(spans):
    end = spans[spans.parent_span_id == ""].end_ns.iloc[0]
    return {one.span_id: (one.end_ns - end) / 1e6 for one in spans.itertuples() if one.end_ns > end}


@q.wrong("Those are nanoseconds.", "Divide by 1e6 for ms.")
def late_in_ns(spans):
    return {span: ms * 1e6 for span, ms in outlasting_by_loop(spans).items()}


@q.wrong("Your keys are the parents' ids.", "Give the id of the span that ends too late.")
def keyed_by_parent(spans):
    parents = dict(zip(spans.span_id, spans.parent_span_id, strict=True))
    return {parents[span]: ms for span, ms in outlasting_by_loop(spans).items()}


@q.wrong(
    "A negative number means that the span ended in time.", "Keep only those whose end is later than their parent's."
)
def negatives_kept(spans):
    ends = dict(zip(spans.span_id, spans.end_ns, strict=True))
    return {
        one.span_id: (one.end_ns - ends[one.parent_span_id]) / 1e6
        for one in spans.itertuples()
        if one.parent_span_id in ends
    }


@q.wrong(
    "That is by how much they end before their parents: the other way round.",
    "Subtract the parent's end from the child's.",
)
def time_left(spans):
    ends = dict(zip(spans.span_id, spans.end_ns, strict=True))
    return {
        one.span_id: (ends[one.parent_span_id] - one.end_ns) / 1e6
        for one in spans.itertuples()
        if ends.get(one.parent_span_id, 0) > one.end_ns
    }


@q.alternative
def outlasting_by_loop(spans):
    ends = dict(zip(spans.span_id, spans.end_ns, strict=True))
    found = {}
    for one in spans.itertuples():
        late = one.end_ns - ends.get(one.parent_span_id, one.end_ns)
        if late > 0:
            found[one.span_id] = late / 1e6
    return found


@q.alternative
def outlasting_by_merge(spans):
    both = spans.merge(spans[["span_id", "end_ns"]], left_on="parent_span_id", right_on="span_id", suffixes=("", "_up"))
    both = both.assign(late=(both.end_ns - both.end_ns_up) / 1e6)
    return both[both.late > 0].set_index("span_id").late
