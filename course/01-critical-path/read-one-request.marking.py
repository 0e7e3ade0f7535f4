"""read-one-request: questions, known wrong answers, honest alternatives. Never part of the kit."""

import pandas as pd

from watchkeeper import traces
from watchkeeper.staff.author.marking import (
    Count,
    MapOf,
    Number,
    Question,
    Record,
    Reflection,
    SetOf,
    SomeOf,
    Text,
    Wrong,
    on_paper,
    pick,
)

SERVICES = (
    "frontend",
    "catalog",
    "currency",
    "cart",
    "recommendation",
    "ads",
    "discounts",
    "checkout",
    "payment",
    "shipping",
    "email",
    "loadgenerator",
)
MS = Number("ms", within=0.01)


HANGING = [
    ("a", "", "frontend", "GET /", "SERVER", 0, 50),
    ("b", "a", "cart", "GET /carts", "SERVER", 5, 20),
    ("d", "c", "ads", "GET /ads", "SERVER", 10, 90),
    ("e", "d", "ads", "load", "INTERNAL", 12, 80),
]
SHARED = [
    ("a", "", "frontend", "GET /", "SERVER", 0, 100),
    ("b", "a", "cart", "GET /carts", "SERVER", 10, 60),
    ("c", "a", "ads", "GET /ads", "SERVER", 40, 80),
    ("d", "b", "cart", "SELECT", "CLIENT", 20, 30),
    ("e", "b", "cart", "SELECT", "CLIENT", 30, 45),
    ("f", "a", "currency", "GET /convert", "SERVER", 15, 25),
]
LATE = [
    ("a", "", "frontend", "GET /", "SERVER", 0, 50),
    ("b", "a", "cart", "GET /carts", "SERVER", 5, 20),
    ("c", "a", "ads", "GET /ads", "SERVER", 15, 30),
    ("d", "a", "email", "send", "INTERNAL", 40, 70),
    ("e", "b", "cart", "SELECT", "CLIENT", 6, 19),
]
FULL = [
    ("a", "", "frontend", "GET /", "SERVER", 0, 20),
    ("b", "a", "cart", "GET /carts", "SERVER", 1, 11),
    ("c", "a", "ads", "GET /ads", "SERVER", 4, 13),
    ("d", "b", "cart", "SELECT", "CLIENT", 2, 8),
    ("e", "b", "cart", "SELECT", "CLIENT", 3, 10),
    ("f", "c", "ads", "load", "INTERNAL", 5, 8),
    ("g", "c", "ads", "load", "INTERNAL", 6, 9),
]
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


# roots-and-orphans
def orphans_as_roots(spans):
    unknown = ~spans.parent_span_id.isin(spans.span_id)
    return {"roots": set(spans.span_id[unknown]), "orphans": set()}


def empty_parent_as_orphan(spans):
    unknown = ~spans.parent_span_id.isin(spans.span_id)
    return {"roots": set(spans.span_id[spans.parent_span_id == ""]), "orphans": set(spans.span_id[unknown])}


def missing_parents(spans):
    roots = spans.parent_span_id == ""
    unknown = ~roots & ~spans.parent_span_id.isin(spans.span_id)
    return {"roots": set(spans.span_id[roots]), "orphans": set(spans.parent_span_id[unknown])}


def longest_as_root(spans):
    roots = spans.parent_span_id == ""
    unknown = ~roots & ~spans.parent_span_id.isin(spans.span_id)
    return {"roots": {spans.loc[spans.duration_ms.idxmax(), "span_id"]}, "orphans": set(spans.span_id[unknown])}


def looks_for_nan(spans):
    absent = spans.parent_span_id.isna()
    unknown = ~absent & ~spans.parent_span_id.isin(spans.span_id)
    return {"roots": set(spans.span_id[absent]), "orphans": set(spans.span_id[unknown])}


def roots_by_loop(spans):
    known, roots, orphans = set(spans.span_id), [], []
    for span, parent in zip(spans.span_id, spans.parent_span_id, strict=True):
        if not parent:
            roots.append(span)
        elif parent not in known:
            orphans.append(span)
    return {"roots": roots, "orphans": orphans}


def roots_by_comprehension(spans):
    named = dict(zip(spans.span_id, spans.parent_span_id, strict=True))
    return {
        "roots": {span for span, parent in named.items() if parent == ""},
        "orphans": {span for span, parent in named.items() if parent and parent not in named},
    }


# overfull
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


def underfull(spans):
    sums = spans.groupby("parent_span_id").duration_ms.sum()
    return {one.span_id for one in spans.itertuples() if 0 < sums.get(one.span_id, 0) <= one.duration_ms}


def any_overlap(spans):
    found = set()
    for parent, group in spans.groupby("parent_span_id"):
        group = group.sort_values("start_ns")
        if parent and (group.start_ns.iloc[1:].to_numpy() < group.end_ns.iloc[:-1].to_numpy()).any():
            found.add(parent)
    return found


def longest_child_only(spans):
    most = spans.groupby("parent_span_id").duration_ms.max()
    return {one.span_id for one in spans.itertuples() if most.get(one.span_id, 0) > one.duration_ms}


def overfull_by_loop(spans):
    sums = {}
    for span in spans.itertuples():
        sums[span.parent_span_id] = sums.get(span.parent_span_id, 0) + span.end_ns - span.start_ns
    return [span.span_id for span in spans.itertuples() if sums.get(span.span_id, 0) > span.end_ns - span.start_ns]


def overfull_by_merge(spans):
    sums = spans.groupby("parent_span_id", as_index=False).duration_ms.sum()
    both = spans.merge(sums, left_on="span_id", right_on="parent_span_id", suffixes=("", "_of_children"))
    return set(both.span_id[both.duration_ms_of_children > both.duration_ms])


# my-self-time
def sum_of_children(spans):
    sums = spans.groupby("parent_span_id").duration_ms.sum()
    return {span.span_id: span.duration_ms - sums.get(span.span_id, 0) for span in spans.itertuples()}


def not_clipped(spans):
    found = {}
    for span in spans.itertuples():
        covered, reached = 0, span.start_ns
        for child in spans[spans.parent_span_id == span.span_id].sort_values("start_ns").itertuples():
            begin = max(child.start_ns, reached)
            covered, reached = covered + max(child.end_ns - begin, 0), max(reached, child.end_ns)
        found[span.span_id] = (span.end_ns - span.start_ns - covered) / 1e6
    return found


def forgets_the_longer(spans):
    found = {}
    for span in spans.itertuples():
        covered, reached = 0, span.start_ns
        for child in spans[spans.parent_span_id == span.span_id].sort_values("start_ns").itertuples():
            begin, end = max(child.start_ns, reached), min(child.end_ns, span.end_ns)
            covered, reached = covered + max(end - begin, 0), end
        found[span.span_id] = (span.end_ns - span.start_ns - covered) / 1e6
    return found


def late_children_left_out(spans):
    found = {}
    for span in spans.itertuples():
        covered, reached = 0, span.start_ns
        below = spans[(spans.parent_span_id == span.span_id) & (spans.end_ns <= span.end_ns)]
        for child in below.sort_values("start_ns").itertuples():
            covered += max(child.end_ns - max(child.start_ns, reached), 0)
            reached = max(reached, child.end_ns)
        found[span.span_id] = (span.end_ns - span.start_ns - covered) / 1e6
    return found


def first_to_last_child(spans):
    found = {}
    for span in spans.itertuples():
        below = spans[spans.parent_span_id == span.span_id]
        covered = min(below.end_ns.max(), span.end_ns) - below.start_ns.min() if len(below) else 0
        found[span.span_id] = (span.end_ns - span.start_ns - covered) / 1e6
    return found


def self_time_in_ns(spans):
    return {span: ms * 1e6 for span, ms in self_time_by_sweep(spans).items()}


def whole_duration(spans):
    return dict(zip(spans.span_id, spans.duration_ms, strict=True))


def self_time_by_sweep(spans):
    found = {}
    for span in spans.itertuples():
        below = spans[spans.parent_span_id == span.span_id]
        points = sorted({span.start_ns, span.end_ns, *below.start_ns, *below.end_ns})
        own = 0
        for begin, end in zip(points, points[1:], strict=False):
            inside = span.start_ns <= begin and end <= span.end_ns
            if inside and not ((below.start_ns <= begin) & (below.end_ns >= end)).any():
                own += end - begin
        found[span.span_id] = own / 1e6
    return found


def self_time_by_intervals(spans):

    children = {}
    for span in spans.itertuples():
        children.setdefault(span.parent_span_id, []).append((span.start_ns, span.end_ns))
    found = {}
    for span in spans.itertuples():
        at, own = span.start_ns, 0
        for begin, end in sorted(children.get(span.span_id, [])):
            own += max(min(begin, span.end_ns) - at, 0)
            at = max(at, end)
        found[span.span_id] = (own + max(span.end_ns - at, 0)) / 1e6
    return pd.Series(found)


# longest-off-path
def frontend_calls(spans):
    server = spans[(spans.service == "frontend") & (spans.kind == "SERVER")].iloc[0]
    calls = spans[(spans.parent_span_id == server.span_id) & (spans.kind == "CLIENT")].copy()
    calls["called"] = [attributes["server.address"] for attributes in calls.attributes]
    return calls


def longest_call(spans):
    return frontend_calls(spans).sort_values("duration_ms").called.iloc[-1]


def called_most(spans):
    return frontend_calls(spans).called.value_counts().idxmax()


def shortest_off_path(spans):
    calls = frontend_calls(spans)
    on_path = set(traces.critical_path(spans).span_id)
    return calls[~calls.span_id.isin(on_path)].sort_values("duration_ms").called.iloc[0]


def middle_off_path(spans):
    calls = frontend_calls(spans)
    on_path = set(traces.critical_path(spans).span_id)
    return calls[~calls.span_id.isin(on_path)].sort_values("duration_ms").called.iloc[-2]


def first_called(spans):
    return frontend_calls(spans).sort_values("start_ns").called.iloc[0]


def off_path_by_drag(spans):
    calls = frontend_calls(spans)
    idle = traces.drag(spans)
    return max((call.duration_ms, call.called) for call in calls.itertuples() if idle[call.span_id] == 0)[1]


def off_path_by_walk(spans):
    calls, on_path = frontend_calls(spans), set()
    at = calls.end_ns.max()
    for call in calls.sort_values("end_ns", ascending=False).itertuples():
        if call.end_ns <= at:
            on_path.add(call.span_id)
            at = call.start_ns
    return calls[~calls.span_id.isin(on_path)].nlargest(1, "duration_ms").called.item()


# my-critical-ms
def all_to_the_root(spans):
    root = spans[spans.parent_span_id == ""].iloc[0]
    return {root.span_id: root.duration_ms}


def longest_child_each_time(spans):
    found, span = {}, spans[spans.parent_span_id == ""].iloc[0]
    while span is not None:
        below = spans[spans.parent_span_id == span.span_id]
        longest = below.loc[below.duration_ms.idxmax()] if len(below) else None
        found[span.span_id] = span.duration_ms - (longest.duration_ms if longest is not None else 0)
        span = longest
    return {span_id: ms for span_id, ms in found.items() if ms > 0}


def self_times(spans):
    return {span: ms for span, ms in traces.self_time(spans).items() if ms > 0}


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


def late_ones_dropped(spans):
    ends = dict(zip(spans.span_id, spans.end_ns, strict=True))
    late = [ends.get(parent, end) < end for parent, end in zip(spans.parent_span_id, spans.end_ns, strict=True)]
    kept = spans[[not one for one in late]]
    return critical_by_moments(kept)


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


# outlasting
def compares_durations(spans):
    lengths = dict(zip(spans.span_id, spans.duration_ms, strict=True))
    return {
        one.span_id: one.duration_ms - lengths[one.parent_span_id]
        for one in spans.itertuples()
        if lengths.get(one.parent_span_id, one.duration_ms) < one.duration_ms
    }


def everybody(spans):
    ends = dict(zip(spans.span_id, spans.end_ns, strict=True))
    return {
        one.span_id: max(one.end_ns - ends[one.parent_span_id], 0) / 1e6
        for one in spans.itertuples()
        if one.parent_span_id in ends
    }


def after_the_root(spans):
    end = spans[spans.parent_span_id == ""].end_ns.iloc[0]
    return {one.span_id: (one.end_ns - end) / 1e6 for one in spans.itertuples() if one.end_ns > end}


def late_in_ns(spans):
    return {span: ms * 1e6 for span, ms in outlasting_by_loop(spans).items()}


def keyed_by_parent(spans):
    parents = dict(zip(spans.span_id, spans.parent_span_id, strict=True))
    return {parents[span]: ms for span, ms in outlasting_by_loop(spans).items()}


def negatives_kept(spans):
    ends = dict(zip(spans.span_id, spans.end_ns, strict=True))
    return {
        one.span_id: (one.end_ns - ends[one.parent_span_id]) / 1e6
        for one in spans.itertuples()
        if one.parent_span_id in ends
    }


def time_left(spans):
    ends = dict(zip(spans.span_id, spans.end_ns, strict=True))
    return {
        one.span_id: (ends[one.parent_span_id] - one.end_ns) / 1e6
        for one in spans.itertuples()
        if ends.get(one.parent_span_id, 0) > one.end_ns
    }


def outlasting_by_loop(spans):
    ends = dict(zip(spans.span_id, spans.end_ns, strict=True))
    found = {}
    for one in spans.itertuples():
        late = one.end_ns - ends.get(one.parent_span_id, one.end_ns)
        if late > 0:
            found[one.span_id] = late / 1e6
    return found


def outlasting_by_merge(spans):
    both = spans.merge(spans[["span_id", "end_ns"]], left_on="parent_span_id", right_on="span_id", suffixes=("", "_up"))
    both = both.assign(late=(both.end_ns - both.end_ns_up) / 1e6)
    return both[both.late > 0].set_index("span_id").late


# short-but-critical
def all_short_ones(spans):
    return int((spans.duration_ms < 2).sum())


def short_segments(spans):
    return int((traces.critical_path(spans).duration_ms < 2).sum())


def short_on_path(spans):
    return int((traces.critical_path(spans).groupby("span_id").duration_ms.sum() < 2).sum())


def all_on_path(spans):
    return int(traces.critical_path(spans).span_id.nunique())


def short_by_set(spans):
    on_path = set(traces.critical_path(spans).span_id)
    return sum(one.span_id in on_path and one.duration_ms < 2 for one in spans.itertuples())


def short_by_merge(spans):
    path = traces.critical_path(spans)[["span_id"]].drop_duplicates()
    return len(path.merge(spans).query("duration_ms < 2"))


# evening-page
def page_itself(spans):
    return {"service": "frontend", "mechanism": "slow itself"}


def longest_that_answered(spans):
    calls = frontend_calls(spans)
    return {"service": calls[calls.status != "ERROR"].sort_values("duration_ms").called.iloc[-1]}


def all_as_usual(spans):
    return {"service": "loadgenerator", "mechanism": "nothing is wrong"}


def slow_advertisement(spans):
    return {"service": silent(spans).called, "mechanism": "slow itself"}


def quick_error(spans):
    return {"service": silent(spans).called, "mechanism": "error at once"}


def asked_too_often(spans):
    return {"service": called_most(spans), "mechanism": "many calls"}


def waits_for_others(spans):
    return {"service": silent(spans).called, "mechanism": "waits for another"}


def whole_page_as_evidence(spans):
    found = silent(spans)
    return {"service": found.called, "mechanism": "no answer", "evidence": list(spans.span_id)}


def silent(spans):
    calls = frontend_calls(spans)
    return calls[calls.status == "ERROR"].iloc[0]


def silent_by_status(spans):
    found = silent(spans)
    return {"service": found.called, "mechanism": "no answer", "evidence": [found.span_id]}


def silent_by_path(spans):
    calls = frontend_calls(spans)
    mine = traces.critical_path(spans).groupby("span_id").duration_ms.sum()
    found = calls.assign(own=calls.span_id.map(mine)).nlargest(1, "own").iloc[0]
    return {"service": found.called, "mechanism": "no answer", "evidence": [found.span_id]}


QUESTIONS = [
    Question(
        name="roots-and-orphans",
        kind="compute",
        answer=Record({"roots": SetOf(Text("a span id")), "orphans": SetOf(Text("a span id"))}),
        inputs=[
            on_paper("a trace with a loose end", HANGING),
            pick("monday-morning", "GET /cart", [0.5]),
            pick("monday-morning", "GET /", [0.6], without="recommendation"),
        ],
        wrong=[
            Wrong(
                orphans_as_roots,
                (
                    "Not every span whose parent is absent is a root: it may have named one.",
                    "A root's parent_span_id is empty; an orphan's is not.",
                ),
            ),
            Wrong(
                empty_parent_as_orphan,
                (
                    "The root is among your orphans: its empty parent is in no table.",
                    "An orphan names somebody. Leave out empty parent_span_ids first.",
                ),
            ),
            Wrong(
                missing_parents,
                (
                    "Those are the ids of the parents that are absent.",
                    "An orphan is the span that names such a parent: give its own id.",
                ),
            ),
            Wrong(
                looks_for_nan,
                ("An absent parent is an empty text here, not a missing value.", 'Compare parent_span_id with "".'),
            ),
            Wrong(
                longest_as_root,
                (
                    "The longest span need not be the root: an orphan can outlast it.",
                    "Go by parent_span_id, not by duration.",
                ),
            ),
        ],
        right=[roots_by_loop, roots_by_comprehension],
        hints=[
            "Two conditions on parent_span_id: is it empty, and is it a span_id of this table?",
            'Roots: parent_span_id == "". Orphans: not empty, and not .isin(spans.span_id).',
            "~ turns a condition round and & joins two. (In a loop, ask: in set(spans.span_id).)",
        ],
        passed="Orphans are your first question of any trace: what is missing here, and who dropped it?",
    ),
    Question(
        name="overfull",
        kind="compute",
        answer=SetOf(Text("a span id")),
        inputs=[
            on_paper("a page of 20 ms", FULL),
            on_paper("two that share time", SHARED),
            pick("monday-morning", "GET /product/{id}", [0.4, 0.9]),
        ],
        wrong=[
            Wrong(
                with_descendants,
                (
                    "You added grandchildren too; their time is already in their parents'.",
                    "Direct children only: rows whose parent_span_id is this span's id.",
                ),
            ),
            Wrong(
                underfull,
                (
                    "Those are the ones whose children do fit into them.",
                    "Overfull: the sum is larger than the span's own duration.",
                ),
            ),
            Wrong(
                any_overlap,
                (
                    "Those have children that overlap; their sum may still be smaller.",
                    "Compare the sum of the durations with the parent's duration.",
                ),
            ),
            Wrong(
                longest_child_only,
                (
                    "You compared the longest child alone with its parent.",
                    "Add up all children of a parent before you compare.",
                ),
            ),
        ],
        right=[overfull_by_loop, overfull_by_merge],
        hints=[
            "First one number a parent: what do its children add up to?",
            'spans.groupby("parent_span_id").duration_ms.sum() is that, labelled by the parent\'s id.',
            "Bring it to the rows with spans.span_id.map(...), fill gaps with 0, and compare.",
        ],
        passed="A sum larger than the parent is proof of work at the same time: adding up durations won't do.",
    ),
    Question(
        name="my-self-time",
        kind="compute",
        answer=MapOf("span id", MS),
        inputs=[
            on_paper("two children that share time", SHARED),
            on_paper("a child that outlasts its parent", LATE),
            pick("monday-morning", "GET /", [0.3]),
            pick("monday-morning", "POST /checkout", [0.5]),
        ],
        wrong=[
            Wrong(
                sum_of_children,
                (
                    "You subtracted the sum: time that two children share goes off twice.",
                    "Join overlapping children first, then subtract what they cover.",
                ),
            ),
            Wrong(
                not_clipped,
                (
                    "A child that outlasts its parent took more from it than there is.",
                    "Cut each child's end to the span's own end before you count it.",
                ),
            ),
            Wrong(
                first_to_last_child,
                (
                    "You subtracted from the first child's start to the last one's end.",
                    "The pauses between the children are the span's own work.",
                ),
            ),
            Wrong(
                forgets_the_longer,
                (
                    "A child within another one's time made you forget how far you had come.",
                    "What is painted stays painted: reached = max(reached, child's end).",
                ),
            ),
            Wrong(
                late_children_left_out,
                ("You left out children that outlast their parent.", "Clip them to the parent's end; never drop them."),
            ),
            Wrong(self_time_in_ns, ("That is self time in nanoseconds.", "Divide by 1e6 for ms.")),
            Wrong(
                whole_duration,
                ("That is the whole duration: the children are still in it.", "Subtract what the children cover."),
            ),
        ],
        right=[self_time_by_sweep, self_time_by_intervals],
        hints=[
            "For one span: its children in order of start, and one number: how far is it painted already?",
            "Each child adds only what is later than that number, and within the span.",
            "begin = max(child's start, reached); end = min(child's end, span's end); add max(end - begin, 0).",
        ],
        passed="Large self time is where somebody really worked, or waited for something that has no span.",
        yours=("watchkeeper.traces.self_time", "watchkeeper.traces.critical_path"),
    ),
    Question(
        name="longest-off-path",
        kind="read",
        answer=Text("a service's name", options=SERVICES),
        inputs=[pick("monday-morning", "GET /", [0.5])],
        wrong=[
            Wrong(
                longest_call,
                (
                    "That is the longest call of all, and the page did wait for it.",
                    "Of the calls that run beside it, which is the longest?",
                ),
            ),
            Wrong(
                called_most,
                (
                    "Called most, but one after the other: the page waited for every one.",
                    "Off the path are calls that ended while a later one still ran.",
                ),
            ),
            Wrong(
                middle_off_path,
                (
                    "That one is off the path; of those that are, it is not the longest.",
                    "Which others end while a later one still runs? Compare durations.",
                ),
            ),
            Wrong(
                shortest_off_path,
                (
                    "That one is off the path, but something longer is as well.",
                    "Compare the durations of all calls that nobody waited for.",
                ),
            ),
            Wrong(
                first_called,
                (
                    "The page asks that one first and waits for it before it goes on.",
                    "Look at the calls that begin together, and which ends last.",
                ),
            ),
        ],
        right=[off_path_by_drag, off_path_by_walk],
        hints=[
            "Start at the end of the page and ask: which call ended last before here?",
            "Among calls that run at the same time, only the one that ends last is waited for.",
            "Cross out all calls you came through. Of the rest, take the longest.",
        ],
        passed="Making this one faster would change nothing for the customer: good to know before you try.",
    ),
    Question(
        name="my-critical-ms",
        kind="compute",
        answer=MapOf("span id", MS),
        inputs=[
            on_paper("the worked example", WALKED),
            on_paper("two that touch, one that outlasts", TOUCHING),
            pick("monday-morning", "GET /product/{id}", [0.2, 0.8]),
            pick("monday-morning", "GET /", [0.4]),
        ],
        wrong=[
            Wrong(
                all_to_the_root,
                (
                    "All of the time went to the root: the walk never left it.",
                    "The stretch after a child's end is the span's own; the rest is the child's.",
                ),
            ),
            Wrong(
                longest_child_each_time,
                (
                    "You followed the longest child; the page waits for the last to end.",
                    "Order children by their end, and go on from where one began.",
                ),
            ),
            Wrong(
                self_times,
                (
                    "Those are self times: work that nobody waited for is in them too.",
                    "Only who ended last before where you stand is on the path.",
                ),
            ),
            Wrong(
                stays_at_the_end,
                (
                    "You stayed at the child's end, so its time was counted twice.",
                    "After going through a child you stand where it began.",
                ),
            ),
            Wrong(
                not_clipped_on_path,
                (
                    "You used the child's own times, which can reach outside its parent.",
                    "Use start and end: they are clipped.",
                ),
            ),
            Wrong(
                late_ones_dropped,
                (
                    "Children that outlast their parent are missing from your path.",
                    "Clip them to the parent's end; never drop them.",
                ),
            ),
        ],
        right=[critical_by_moments, critical_by_recursion],
        hints=[
            "Walk the worked example with the program: where is t when it meets ads?",
            "own_ns is the stretch from the child's end to where you stand.",
            "Having gone through the child, you stand at its (clipped) start.",
        ],
        passed='From now on "what was the customer waiting for?" has an answer you can prove: it adds up.',
        yours=("watchkeeper.traces.critical_path",),
    ),
    Question(
        name="outlasting",
        kind="compute",
        answer=MapOf("span id", MS),
        inputs=[
            on_paper("a child that outlasts its parent", LATE),
            pick("monday-morning", "GET /product/{id}", [0.3]),
            pick("monday-morning", "POST /checkout", [0.5]),
        ],
        wrong=[
            Wrong(
                compares_durations,
                ("You compared durations; a short child can still end after its parent.", "Compare the two end_ns."),
            ),
            Wrong(
                everybody,
                (
                    "Spans that end in time don't belong in the answer, not even with 0.",
                    "Keep only those whose end lies after their parent's.",
                ),
            ),
            Wrong(
                after_the_root,
                ("You compared with the end of the root.", "Each span has a parent of its own: compare with that one."),
            ),
            Wrong(late_in_ns, ("Those are nanoseconds.", "Divide by 1e6 for ms.")),
            Wrong(keyed_by_parent, ("Your keys are the parents' ids.", "Give the id of the span that ends too late.")),
            Wrong(
                negatives_kept,
                (
                    "A negative number means that the span ended in time.",
                    "Keep only those whose end is later than their parent's.",
                ),
            ),
            Wrong(
                time_left,
                (
                    "That is by how much they end before their parents: the other way round.",
                    "Subtract the parent's end from the child's.",
                ),
            ),
        ],
        right=[outlasting_by_loop, outlasting_by_merge],
        hints=[
            "You need each span's parent's end beside its own end.",
            'spans.set_index("span_id").end_ns gives an end for each id; parent_span_id.map(...) looks it up.',
            "The difference in ns, those above 0, divided by 1e6.",
        ],
        passed="Most of these are last bytes on their way. A large one is worth a look: work nobody waits for.",
    ),
    Question(
        name="short-but-critical",
        kind="read",
        answer=Count("spans"),
        inputs=[pick("monday-morning", "GET /", [0.5])],
        wrong=[
            Wrong(
                all_short_ones,
                (
                    "That counts all short spans of the page, on the path or not.",
                    "Keep only spans that have a segment on the path.",
                ),
            ),
            Wrong(
                short_segments,
                (
                    "That counts short segments: long spans have short segments too.",
                    "Ask for the whole duration of each span, once a span.",
                ),
            ),
            Wrong(
                short_on_path,
                (
                    "That counts spans with little time on the path, long ones among them.",
                    "Ask for the whole duration of each span on the path.",
                ),
            ),
            Wrong(
                all_on_path,
                ("That is every span on the path, the long ones too.", "Keep those that last less than 2 ms in all."),
            ),
        ],
        right=[short_by_set, short_by_merge],
        hints=[
            "First the span ids on the path, then their durations from the table of spans.",
            "home_page[home_page.span_id.isin(...)] keeps the rows on the path.",
            "Of those rows count the ones with duration_ms < 2.",
        ],
        passed="Critical is a place, not a size. A hundred of these are how a quick page becomes a slow one.",
    ),
    Question(
        name="evening-page",
        kind="diagnose",
        answer=Record(
            {
                "service": Text("a service's name", options=SERVICES),
                "mechanism": Text(
                    "a mechanism",
                    options=(
                        "slow itself",
                        "no answer",
                        "many calls",
                        "waits for another",
                        "error at once",
                        "nothing is wrong",
                    ),
                ),
                "evidence": SomeOf(Text("a span id"), at_least=1),
            }
        ),
        inputs=[pick("wednesday-evening", "GET /", [0.75])],
        wrong=[
            Wrong(
                page_itself,
                (
                    "The frontend's span holds all that was waited for; it did little itself.",
                    "Walk back from its end: through which call do you come?",
                ),
            ),
            Wrong(
                longest_that_answered,
                (
                    "That is the longest call that was answered, but a longer one ran.",
                    "Which call ended last before the page could go on?",
                ),
            ),
            Wrong(
                all_as_usual,
                (
                    "Compare it with the home page of Monday morning.",
                    "One stretch of this page has no match there: whose is it?",
                ),
            ),
            Wrong(
                slow_advertisement,
                (
                    "Slow work would be a long SERVER span; what does that service show here?",
                    "Look at the status of the call, and at how long it lasted.",
                ),
            ),
            Wrong(
                quick_error,
                ("The call did end in an error, but not at once.", "Look at how long it lasted before it ended."),
            ),
            Wrong(
                asked_too_often,
                (
                    "The page asks that service over and over, but so it does on a quiet day.",
                    "What is there on this page that is not on Monday's home page?",
                ),
            ),
            Wrong(
                waits_for_others,
                (
                    "That service asks nobody in this request.",
                    "Look at the call's status, and at when its SERVER span began.",
                ),
            ),
            Wrong(
                whole_page_as_evidence,
                (
                    "Not all that you name shows it.",
                    "Give the span in which the page waited, or the one below it, and no other.",
                ),
            ),
        ],
        right=[silent_by_status, silent_by_path],
        hints=[
            "Walk back from the end of the page, as in part 4: which of the frontend's calls ended last?",
            "Look at that call's status, and whether there is a SERVER span below it that ended in time.",
            "Evidence is the id of the CLIENT span in which the frontend waited, or of the SERVER span below it.",
        ],
        passed="You named the service, how it failed, and what shows it. On call that is a good first message.",
    ),
]

THE_LONGEST_SPAN = Reflection(
    "the-longest-span",
    rubric=[
        (
            1.0,
            "tells holding from working, walks back, and gives a number of the notebook",
            "The frontend's span contains everything below it, so it is long whatever happens. On our cart page it was 16 ms long, "
            "and the path spent 7 of them in shipping. I would ask who ended last, and start there.",
        ),
        (
            0.5,
            "says that the frontend waits for others, without the path or without a number",
            "It is long because it waits for the other services.",
        ),
        (0.0, "agrees with the colleague, or answers something else", "Yes, and we should add servers."),
    ],
)

WHERE_I_WAS_WRONG = Reflection(
    "where-i-was-wrong",
    rubric=[
        (
            1.0,
            "names the prediction, the assumption behind it and what the recording said",
            "I predicted that dropping late children costs little, because they are late by less than a millisecond. But all that "
            "hangs below them goes with them, and the path became a single span.",
        ),
        (0.5, "names what happened but not what was assumed", "I was wrong about the dropped children."),
        (0.0, "nothing predicted", "Everything was clear."),
    ],
)

REFLECTIONS = [THE_LONGEST_SPAN, WHERE_I_WAS_WRONG]
