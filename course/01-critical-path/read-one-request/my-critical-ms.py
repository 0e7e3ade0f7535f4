"""my-critical-ms: how many ms of the critical path belong to each span?"""

from watchkeeper import traces
from watchkeeper.staff.author.writing import MapOf, on_paper, pick, question

from ...vocabulary import MS

WALKED = [
    ("root", "", "frontend", "GET /", "SERVER", 0, 100),
    ("stock", "root", "catalog", "GET /products", "SERVER", 5, 30),
    ("cart", "root", "cart", "GET /carts", "SERVER", 35, 60),
    ("ads", "root", "ads", "GET /ads", "SERVER", 35, 85),
]
TOUCHING = [
    ("a", "", "frontend", "GET /", "SERVER", 0, 40),
    ("b", "a", "cart", "GET /carts", "SERVER", 5, 20),
    ("c", "a", "ads", "GET /ads", "SERVER", 20, 45),
    ("d", "c", "ads", "load", "INTERNAL", 22, 44),
    ("e", "a", "currency", "GET /convert", "SERVER", 10, 10),
]

q = question(kind="compute", points=4, answer=MapOf("span id", MS), yours=["watchkeeper.traces.critical_path"])
q.inputs(
    on_paper("the worked example", WALKED),
    on_paper("two that touch, one that outlasts", TOUCHING),
    pick("monday-morning", "GET /product/{id}", [0.2, 0.8]),
    pick("monday-morning", "GET /", [0.4]),
)
q.hints(
    "Walk the worked example with the program: where is t when it meets ads?",
    "own_ns is the stretch from the child's end to where you stand.",
    "Having gone through the child, you stand at its (clipped) start.",
)
q.passed('From now on "what was the customer waiting for?" has an answer you can prove: it adds up.')


@q.wrong(
    "All of the time went to the root: the walk never left it.",
    "The stretch after a child's end is the span's own; the rest is the child's.",
    misconception="the longest span is the critical path",
)
def all_to_the_root(spans):
    root = spans[spans.parent_span_id == ""].iloc[0]
    return {root.span_id: root.duration_ms}


@q.wrong(
    "You followed the longest child; the page waits for the last to end.",
    "Order children by their end, and go on from where one began.",
    misconception="the longest span is the critical path",
)
def longest_child_each_time(spans):
    found, span = {}, spans[spans.parent_span_id == ""].iloc[0]
    while span is not None:
        below = spans[spans.parent_span_id == span.span_id]
        longest = below.loc[below.duration_ms.idxmax()] if len(below) else None
        found[span.span_id] = span.duration_ms - (longest.duration_ms if longest is not None else 0)
        span = longest
    return {span_id: ms for span_id, ms in found.items() if ms > 0}


@q.wrong(
    "Those are self times: work that nobody waited for is in them too.",
    "Only who ended last before where you stand is on the path.",
)
def self_times(spans):
    return {span: ms for span, ms in traces.self_time(spans).items() if ms > 0}


@q.wrong(
    "You stayed at the child's end, so its time was counted twice.",
    "After going through a child you stand where it began.",
)
def stays_at_the_end(spans):
    below = {parent: list(group.itertuples()) for parent, group in spans.groupby("parent_span_id")}
    root = below[""][0]
    found, todo = {}, [(root, root.start_ns, root.end_ns)]
    while todo:
        span, lo, hi = todo.pop()
        found[span.span_id], t = 0, hi
        clipped = [(max(one.start_ns, lo), min(one.end_ns, hi), one) for one in below.get(span.span_id, [])]
        for start, end, child in sorted(clipped, key=lambda one: (-one[1], one[0], one[2].span_id)):
            if start < end <= t:
                todo.append((child, start, end))
                found[span.span_id] += t - end
                t = end
        found[span.span_id] += t - lo
    return {span_id: ns / 1e6 for span_id, ns in found.items() if ns > 0}


@q.wrong("You used the child's own times, which can reach outside its parent.", "Use start and end: they are clipped.")
def not_clipped_on_path(spans):
    below = {parent: list(group.itertuples()) for parent, group in spans.groupby("parent_span_id")}
    root = below[""][0]
    found, todo = {}, [(root, root.start_ns, root.end_ns)]
    while todo:
        span, lo, hi = todo.pop()
        found[span.span_id], t = 0, hi
        clipped = [(max(one.start_ns, lo), min(one.end_ns, hi), one) for one in below.get(span.span_id, [])]
        for start, end, child in sorted(clipped, key=lambda one: (-one[1], one[0], one[2].span_id)):
            if start < end <= t:
                todo.append((child, start, end))
                found[span.span_id] += t - child.end_ns
                t = child.start_ns
        found[span.span_id] += t - lo
    return {span_id: ns / 1e6 for span_id, ns in found.items() if ns > 0}


@q.wrong(
    "Children that outlast their parent are missing from your path.",
    "Clip them to the parent's end; never drop them.",
    misconception="a child that outlasts its parent is an error, and to be dropped",
)
def late_ones_dropped(spans):
    ends = dict(zip(spans.span_id, spans.end_ns, strict=True))
    late = [ends.get(parent, end) < end for parent, end in zip(spans.parent_span_id, spans.end_ns, strict=True)]
    kept = spans[[not one for one in late]]
    return critical_by_moments(kept)


@q.alternative
def critical_by_moments(spans):
    """Ask at every moment between two events who was the last that had to finish: slow, and obviously right."""
    below = {parent: list(group.itertuples()) for parent, group in spans.groupby("parent_span_id")}
    found = {}

    def walk(span, lo, hi):
        at = hi
        while at > lo:
            inside = [(min(one.end_ns, hi), max(one.start_ns, lo), one) for one in below.get(span.span_id, [])]
            ended = [(end, -start, one.span_id, one) for end, start, one in inside if start < end <= at]
            last = max(ended, key=lambda one: one[:2], default=None)
            begin = last[0] if last else lo
            found[span.span_id] = found.get(span.span_id, 0) + at - begin
            if last:
                walk(last[3], -last[1], last[0])
            at = -last[1] if last else lo

    root = below[""][0]
    walk(root, root.start_ns, root.end_ns)
    return {span: ns / 1e6 for span, ns in found.items() if ns}


@q.alternative
def critical_by_recursion(spans):
    found = {}

    def walk(span, lo, hi):
        at = hi
        below = [
            (min(one.end_ns, hi), max(one.start_ns, lo), one)
            for one in spans[spans.parent_span_id == span.span_id].itertuples()
        ]
        for end, start, one in sorted(below, key=lambda each: (-each[0], each[1], each[2].span_id)):
            if start < end <= at:
                found[span.span_id] = found.get(span.span_id, 0) + at - end
                walk(one, start, end)
                at = start
        found[span.span_id] = found.get(span.span_id, 0) + at - lo

    root = next(spans[spans.parent_span_id == ""].itertuples())
    walk(root, root.start_ns, root.end_ns)
    return {span: ns / 1e6 for span, ns in found.items() if ns}
