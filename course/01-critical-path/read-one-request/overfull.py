"""overfull: which spans are shorter than their direct children together?"""

from watchkeeper.staff.author.writing import SetOf, Text, on_paper, pick, question

from .shared import SHARED

FULL = [
    ("a", "", "frontend", "GET /", "SERVER", 0, 20),
    ("b", "a", "cart", "GET /carts", "SERVER", 1, 11),
    ("c", "a", "ads", "GET /ads", "SERVER", 4, 13),
    ("d", "b", "cart", "SELECT", "CLIENT", 2, 8),
    ("e", "b", "cart", "SELECT", "CLIENT", 3, 10),
    ("f", "c", "ads", "load", "INTERNAL", 5, 8),
    ("g", "c", "ads", "load", "INTERNAL", 6, 9),
]

q = question(kind="compute", points=2, answer=SetOf(Text("a span id")))
q.inputs(
    on_paper("a page of 20 ms", FULL),
    on_paper("two that share time", SHARED),
    pick("monday-morning", "GET /product/{id}", [0.4, 0.9]),
)
q.hints(
    "First one number a parent: what do its children add up to?",
    'spans.groupby("parent_span_id").duration_ms.sum() is that, labelled by the parent\'s id.',
    "Bring it to the rows with spans.span_id.map(...), fill gaps with 0, and compare.",
)
q.passed("A sum larger than the parent is proof of work at the same time: adding up durations won't do.")


@q.wrong(
    "You added grandchildren too; their time is already in their parents'.",
    "Direct children only: rows whose parent_span_id is this span's id.",
)
def with_descendants(spans):
    below = {}
    for span in spans.itertuples():
        below.setdefault(span.parent_span_id, []).append(span)
    found = set()
    for span in spans.itertuples():
        total, todo = 0, list(below.get(span.span_id, []))
        while todo:
            child = todo.pop()
            total += child.duration_ms
            todo += below.get(child.span_id, [])
        if total > span.duration_ms:
            found.add(span.span_id)
    return found


@q.wrong(
    "Those are the ones whose children do fit into them.",
    "Overfull: the sum is larger than the span's own duration.",
    misconception="the durations of the children add up to the parent's",
)
def underfull(spans):
    sums = spans.groupby("parent_span_id").duration_ms.sum()
    return {one.span_id for one in spans.itertuples() if 0 < sums.get(one.span_id, 0) <= one.duration_ms}


@q.wrong(
    "Those have children that overlap; their sum may still be smaller.",
    "Compare the sum of the durations with the parent's duration.",
)
def any_overlap(spans):
    found = set()
    for parent, group in spans.groupby("parent_span_id"):
        group = group.sort_values("start_ns")
        if parent and (group.start_ns.iloc[1:].to_numpy() < group.end_ns.iloc[:-1].to_numpy()).any():
            found.add(parent)
    return found


@q.wrong("You compared the longest child alone with its parent.", "Add up all children of a parent before you compare.")
def longest_child_only(spans):
    most = spans.groupby("parent_span_id").duration_ms.max()
    return {one.span_id for one in spans.itertuples() if most.get(one.span_id, 0) > one.duration_ms}


@q.alternative
def overfull_by_loop(spans):
    sums = {}
    for span in spans.itertuples():
        sums[span.parent_span_id] = sums.get(span.parent_span_id, 0) + span.end_ns - span.start_ns
    return [span.span_id for span in spans.itertuples() if sums.get(span.span_id, 0) > span.end_ns - span.start_ns]


@q.alternative
def overfull_by_merge(spans):
    sums = spans.groupby("parent_span_id", as_index=False).duration_ms.sum()
    both = spans.merge(sums, left_on="span_id", right_on="parent_span_id", suffixes=("", "_of_children"))
    return set(both.span_id[both.duration_ms_of_children > both.duration_ms])
