"""Module 1: questions, known wrong answers, honest alternatives. Never part of the kit."""

import pandas as pd

from watchkeeper import traces
from watchkeeper.build.marking import (
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
    route,
    whole,
)
from watchkeeper.traces import critical_path, path_share, retime, self_time
from watchkeeper.traces.share import peers

SERVICES = ("frontend", "catalog", "currency", "cart", "recommendation", "ads", "discounts", "checkout", "payment",
            "shipping", "email", "loadgenerator")  # fmt: skip
MS = Number("ms", within=0.01)

# --- read-one-request ---

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
    return {"roots": {span for span, parent in named.items() if parent == ""},
            "orphans": {span for span, parent in named.items() if parent and parent not in named}}


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
    import pandas as pd

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
        below = [(min(one.end_ns, hi), max(one.start_ns, lo), one) for one in spans[spans.parent_span_id == span.span_id].itertuples()]
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
    return {one.span_id: one.duration_ms - lengths[one.parent_span_id] for one in spans.itertuples()
            if lengths.get(one.parent_span_id, one.duration_ms) < one.duration_ms}


def everybody(spans):
    ends = dict(zip(spans.span_id, spans.end_ns, strict=True))
    return {one.span_id: max(one.end_ns - ends[one.parent_span_id], 0) / 1e6 for one in spans.itertuples()
            if one.parent_span_id in ends}


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
    return {one.span_id: (one.end_ns - ends[one.parent_span_id]) / 1e6 for one in spans.itertuples()
            if one.parent_span_id in ends}


def time_left(spans):
    ends = dict(zip(spans.span_id, spans.end_ns, strict=True))
    return {one.span_id: (ends[one.parent_span_id] - one.end_ns) / 1e6 for one in spans.itertuples()
            if ends.get(one.parent_span_id, 0) > one.end_ns}


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


READ_ONE_REQUEST = [
    Question(
        name="roots-and-orphans",
        kind="compute",
        answer=Record({"roots": SetOf(Text("a span id")), "orphans": SetOf(Text("a span id"))}),
        inputs=[on_paper("a trace with a loose end", HANGING), pick("monday-morning", "GET /cart", [0.5]),
                pick("monday-morning", "GET /", [0.6], without="recommendation")],
        wrong=[
            Wrong(orphans_as_roots, ("Not every span whose parent is absent is a root: it may have named one.",
                                     "A root's parent_span_id is empty; an orphan's is not.")),
            Wrong(empty_parent_as_orphan, ("The root is among your orphans: its empty parent is in no table.",
                                           "An orphan names somebody. Leave out empty parent_span_ids first.")),
            Wrong(missing_parents, ("Those are the ids of the parents that are absent.",
                                    "An orphan is the span that names such a parent: give its own id.")),
            Wrong(looks_for_nan, ("An absent parent is an empty text here, not a missing value.",
                                  "Compare parent_span_id with \"\".")),
            Wrong(longest_as_root, ("The longest span need not be the root: an orphan can outlast it.",
                                    "Go by parent_span_id, not by duration.")),
        ],
        right=[roots_by_loop, roots_by_comprehension],
        hints=["Two conditions on parent_span_id: is it empty, and is it a span_id of this table?",
               "Roots: parent_span_id == \"\". Orphans: not empty, and not .isin(spans.span_id).",
               "~ turns a condition round and & joins two. (In a loop, ask: in set(spans.span_id).)"],
        passed="Orphans are your first question of any trace: what is missing here, and who dropped it?",
    ),
    Question(
        name="overfull",
        kind="compute",
        answer=SetOf(Text("a span id")),
        inputs=[on_paper("a page of 20 ms", FULL), on_paper("two that share time", SHARED),
                pick("monday-morning", "GET /product/{id}", [0.4, 0.9])],
        wrong=[
            Wrong(with_descendants, ("You added grandchildren too; their time is already in their parents'.",
                                     "Direct children only: rows whose parent_span_id is this span's id.")),
            Wrong(underfull, ("Those are the ones whose children do fit into them.",
                              "Overfull: the sum is larger than the span's own duration.")),
            Wrong(any_overlap, ("Those have children that overlap; their sum may still be smaller.",
                                "Compare the sum of the durations with the parent's duration.")),
            Wrong(longest_child_only, ("You compared the longest child alone with its parent.",
                                       "Add up all children of a parent before you compare.")),
        ],
        right=[overfull_by_loop, overfull_by_merge],
        hints=["First one number a parent: what do its children add up to?",
               "spans.groupby(\"parent_span_id\").duration_ms.sum() is that, labelled by the parent's id.",
               "Bring it to the rows with spans.span_id.map(...), fill gaps with 0, and compare."],
        passed="A sum larger than the parent is proof of work at the same time: adding up durations won't do.",
    ),
    Question(
        name="my-self-time",
        kind="compute",
        answer=MapOf("span id", MS),
        inputs=[on_paper("two children that share time", SHARED), on_paper("a child that outlasts its parent", LATE),
                pick("monday-morning", "GET /", [0.3]), pick("monday-morning", "POST /checkout", [0.5])],
        wrong=[
            Wrong(sum_of_children, ("You subtracted the sum: time that two children share goes off twice.",
                                    "Join overlapping children first, then subtract what they cover.")),
            Wrong(not_clipped, ("A child that outlasts its parent took more from it than there is.",
                                "Cut each child's end to the span's own end before you count it.")),
            Wrong(first_to_last_child, ("You subtracted from the first child's start to the last one's end.",
                                        "The pauses between the children are the span's own work.")),
            Wrong(forgets_the_longer, ("A child within another one's time made you forget how far you had come.",
                                       "What is painted stays painted: reached = max(reached, child's end).")),
            Wrong(late_children_left_out, ("You left out children that outlast their parent.",
                                           "Clip them to the parent's end; never drop them.")),
            Wrong(self_time_in_ns, ("That is self time in nanoseconds.", "Divide by 1e6 for ms.")),
            Wrong(whole_duration, ("That is the whole duration: the children are still in it.",
                                   "Subtract what the children cover.")),
        ],
        right=[self_time_by_sweep, self_time_by_intervals],
        hints=["For one span: its children in order of start, and one number: how far is it painted already?",
               "Each child adds only what is later than that number, and within the span.",
               "begin = max(child's start, reached); end = min(child's end, span's end); add max(end - begin, 0)."],
        passed="Large self time is where somebody really worked, or waited for something that has no span.",
        yours=("watchkeeper.traces.self_time", "watchkeeper.traces.critical_path"),
    ),
    Question(
        name="longest-off-path",
        kind="read",
        answer=Text("a service's name", options=SERVICES),
        inputs=[pick("monday-morning", "GET /", [0.5])],
        wrong=[
            Wrong(longest_call, ("That is the longest call of all, and the page did wait for it.",
                                 "Of the calls that run beside it, which is the longest?")),
            Wrong(called_most, ("Called most, but one after the other: the page waited for every one.",
                                "Off the path are calls that ended while a later one still ran.")),
            Wrong(middle_off_path, ("That one is off the path; of those that are, it is not the longest.",
                                    "Which others end while a later one still runs? Compare durations.")),
            Wrong(shortest_off_path, ("That one is off the path, but something longer is as well.",
                                      "Compare the durations of all calls that nobody waited for.")),
            Wrong(first_called, ("The page asks that one first and waits for it before it goes on.",
                                 "Look at the calls that begin together, and which ends last.")),
        ],
        right=[off_path_by_drag, off_path_by_walk],
        hints=["Start at the end of the page and ask: which call ended last before here?",
               "Among calls that run at the same time, only the one that ends last is waited for.",
               "Cross out all calls you came through. Of the rest, take the longest."],
        passed="Making this one faster would change nothing for the customer: good to know before you try.",
    ),
    Question(
        name="my-critical-ms",
        kind="compute",
        answer=MapOf("span id", MS),
        inputs=[on_paper("the worked example", WALKED), on_paper("two that touch, one that outlasts", TOUCHING),
                pick("monday-morning", "GET /product/{id}", [0.2, 0.8]), pick("monday-morning", "GET /", [0.4])],
        wrong=[
            Wrong(all_to_the_root, ("All of the time went to the root: the walk never left it.",
                                    "The stretch after a child's end is the span's own; the rest is the child's.")),
            Wrong(longest_child_each_time, ("You followed the longest child; the page waits for the last to end.",
                                            "Order children by their end, and go on from where one began.")),
            Wrong(self_times, ("Those are self times: work that nobody waited for is in them too.",
                               "Only who ended last before where you stand is on the path.")),
            Wrong(stays_at_the_end, ("You stayed at the child's end, so its time was counted twice.",
                                     "After going through a child you stand where it began.")),
            Wrong(not_clipped_on_path, ("You used the child's own times, which can reach outside its parent.",
                                        "Use start and end: they are clipped.")),
            Wrong(late_ones_dropped, ("Children that outlast their parent are missing from your path.",
                                      "Clip them to the parent's end; never drop them.")),
        ],
        right=[critical_by_moments, critical_by_recursion],
        hints=["Walk the worked example with the program: where is t when it meets ads?",
               "own_ns is the stretch from the child's end to where you stand.",
               "Having gone through the child, you stand at its (clipped) start."],
        passed="From now on \"what was the customer waiting for?\" has an answer you can prove: it adds up.",
        yours=("watchkeeper.traces.critical_path",),
    ),
    Question(
        name="outlasting",
        kind="compute",
        answer=MapOf("span id", MS),
        inputs=[on_paper("a child that outlasts its parent", LATE), pick("monday-morning", "GET /product/{id}", [0.3]),
                pick("monday-morning", "POST /checkout", [0.5])],
        wrong=[
            Wrong(compares_durations, ("You compared durations; a short child can still end after its parent.",
                                       "Compare the two end_ns.")),
            Wrong(everybody, ("Spans that end in time don't belong in the answer, not even with 0.",
                              "Keep only those whose end lies after their parent's.")),
            Wrong(after_the_root, ("You compared with the end of the root.",
                                   "Each span has a parent of its own: compare with that one.")),
            Wrong(late_in_ns, ("Those are nanoseconds.", "Divide by 1e6 for ms.")),
            Wrong(keyed_by_parent, ("Your keys are the parents' ids.", "Give the id of the span that ends too late.")),
            Wrong(negatives_kept, ("A negative number means that the span ended in time.",
                                   "Keep only those whose end is later than their parent's.")),
            Wrong(time_left, ("That is by how much they end before their parents: the other way round.",
                              "Subtract the parent's end from the child's.")),
        ],
        right=[outlasting_by_loop, outlasting_by_merge],
        hints=["You need each span's parent's end beside its own end.",
               "spans.set_index(\"span_id\").end_ns gives an end for each id; parent_span_id.map(...) looks it up.",
               "The difference in ns, those above 0, divided by 1e6."],
        passed="Most of these are last bytes on their way. A large one is worth a look: work nobody waits for.",
    ),
    Question(
        name="short-but-critical",
        kind="read",
        answer=Count("spans"),
        inputs=[pick("monday-morning", "GET /", [0.5])],
        wrong=[
            Wrong(all_short_ones, ("That counts all short spans of the page, on the path or not.",
                                   "Keep only spans that have a segment on the path.")),
            Wrong(short_segments, ("That counts short segments: long spans have short segments too.",
                                   "Ask for the whole duration of each span, once a span.")),
            Wrong(short_on_path, ("That counts spans with little time on the path, long ones among them.",
                                  "Ask for the whole duration of each span on the path.")),
            Wrong(all_on_path, ("That is every span on the path, the long ones too.",
                                "Keep those that last less than 2 ms in all.")),
        ],
        right=[short_by_set, short_by_merge],
        hints=["First the span ids on the path, then their durations from the table of spans.",
               "home_page[home_page.span_id.isin(...)] keeps the rows on the path.",
               "Of those rows count the ones with duration_ms < 2."],
        passed="Critical is a place, not a size. A hundred of these are how a quick page becomes a slow one.",
    ),
    Question(
        name="evening-page",
        kind="diagnose",
        answer=Record({
            "service": Text("a service's name", options=SERVICES),
            "mechanism": Text("a mechanism", options=("slow itself", "no answer", "many calls", "waits for another",
                                                      "error at once", "nothing is wrong")),
            "evidence": SomeOf(Text("a span id"), at_least=1),
        }),
        inputs=[pick("wednesday-evening", "GET /", [0.75])],
        wrong=[
            Wrong(page_itself, ("The frontend's span holds all that was waited for; it did little itself.",
                                "Walk back from its end: through which call do you come?")),
            Wrong(longest_that_answered, ("That is the longest call that was answered, but a longer one ran.",
                                          "Which call ended last before the page could go on?")),
            Wrong(all_as_usual, ("Compare it with the home page of Monday morning.",
                                 "One stretch of this page has no match there: whose is it?")),
            Wrong(slow_advertisement, ("Slow work would be a long SERVER span; what does that service show here?",
                                       "Look at the status of the call, and at how long it lasted.")),
            Wrong(quick_error, ("The call did end in an error, but not at once.",
                                "Look at how long it lasted before it ended.")),
            Wrong(asked_too_often, ("The page asks that service over and over, but so it does on a quiet day.",
                                    "What is there on this page that is not on Monday's home page?")),
            Wrong(waits_for_others, ("That service asks nobody in this request.",
                                     "Look at the call's status, and at when its SERVER span began.")),
            Wrong(whole_page_as_evidence, ("Not all that you name shows it.",
                                           "Give the span in which the page waited, or the one below it, and no other.")),
        ],
        right=[silent_by_status, silent_by_path],
        hints=["Walk back from the end of the page, as in part 4: which of the frontend's calls ended last?",
               "Look at that call's status, and whether there is a SERVER span below it that ended in time.",
               "Evidence is the id of the CLIENT span in which the frontend waited, or of the SERVER span below it."],
        passed="You named the service, how it failed, and what shows it. On call that is a good first message.",
    ),
]  # fmt: skip

THE_LONGEST_SPAN = Reflection("the-longest-span", rubric=[
    (1.0, "tells holding from working, walks back, and gives a number of the notebook",
     "The frontend's span contains everything below it, so it is long whatever happens. On our cart page it was 16 ms long, "
     "and the path spent 7 of them in shipping. I would ask who ended last, and start there."),
    (0.5, "says that the frontend waits for others, without the path or without a number",
     "It is long because it waits for the other services."),
    (0.0, "agrees with the colleague, or answers something else", "Yes, and we should add servers."),
])  # fmt: skip

WHERE_I_WAS_WRONG = Reflection("where-i-was-wrong", rubric=[
    (1.0, "names the prediction, the assumption behind it and what the recording said",
     "I predicted that dropping late children costs little, because they are late by less than a millisecond. But all that "
     "hangs below them goes with them, and the path became a single span."),
    (0.5, "names what happened but not what was assumed", "I was wrong about the dropped children."),
    (0.0, "nothing predicted", "Everything was clear."),
])  # fmt: skip

# --- what-could-leave ---

RETIMED = [
    ("page", "", "frontend", "page", "SERVER", 0, 100),
    ("goods", "page", "frontend", "goods", "CLIENT", 4, 30),
    ("similar", "page", "frontend", "similar", "CLIENT", 32, 72),
    ("banner", "page", "frontend", "banner", "CLIENT", 33, 62),
    ("price", "page", "frontend", "price", "CLIENT", 74, 94),
]
FANNED_OUT = [
    ("root", "", "loadgenerator", "GET /", "CLIENT", 0, 100),
    ("page", "root", "frontend", "GET /", "SERVER", 2, 98),
    ("c1", "page", "frontend", "GET /products", "CLIENT", 10, 40),
    ("s1", "c1", "catalog", "GET /products", "SERVER", 14, 38),
    ("c2", "page", "frontend", "GET /carts", "CLIENT", 42, 90),
    ("s2", "c2", "cart", "GET /carts", "SERVER", 50, 84),
    ("d2", "s2", "cart", "read cart", "INTERNAL", 55, 65),
    ("c3", "page", "frontend", "GET /ads", "CLIENT", 43, 75),
    ("s3", "c3", "ads", "GET /ads", "SERVER", 44, 74),
]
CANDIDATES = [
    ("root", "", "loadgenerator", "GET /", "CLIENT", 0, 200),
    ("page", "root", "frontend", "GET /", "SERVER", 2, 198),
    ("goods", "page", "frontend", "GET /products", "CLIENT", 10, 60),
    ("g", "goods", "catalog", "GET /products", "SERVER", 11, 59),
    ("banner", "page", "frontend", "GET /ads", "CLIENT", 62, 132),
    ("b", "banner", "ads", "GET /ads", "SERVER", 63, 131),
    ("similar", "page", "frontend", "GET /recommendations", "CLIENT", 64, 133),
    ("s", "similar", "recommendation", "GET /recommendations", "SERVER", 65, 132),
    ("price", "page", "frontend", "GET /convert", "CLIENT", 140, 170),
]
MECHANISMS = ("slow itself", "many small queries", "one slow query", "waits for another", "slow connection",
              "no answer", "nothing is wrong")  # fmt: skip


def owned(spans):
    peer = pd.Series(peers(spans), index=spans.index)
    return spans.assign(owner=(spans.service + " → " + peer).where(peer != "", spans.service))


def owned_path(spans):
    return critical_path(spans).merge(owned(spans)[["trace_id", "span_id", "owner"]], on=["trace_id", "span_id"])


def spans_of_route(recording, route):
    ids = recording.traces().query("route == @route", local_dict={"route": route}).trace_id
    return recording.spans[recording.spans.trace_id.isin(ids)].reset_index(drop=True)


def calls_of_page(spans):
    servers = spans[(spans.service == "frontend") & (spans.kind == "SERVER")]
    return spans[(spans.kind == "CLIENT") & spans.parent_span_id.isin(servers.span_id)]


def wait_ms(spans):
    return spans[spans.parent_span_id == ""].duration_ms.max()


def saved_by(spans, call):
    return wait_ms(spans) - wait_ms(retime(spans, call, 0))


# how-often-critical
def anywhere_in_the_request(spans):
    return 100 * spans.groupby("service").trace_id.nunique() / spans.trace_id.nunique()


def share_of_the_time(spans):
    path = critical_path(spans)
    return 100 * path.groupby("service").duration_ms.sum() / path.duration_ms.sum()


def share_of_the_segments(spans):
    return 100 * critical_path(spans).service.value_counts(normalize=True)


def segments_a_request(spans):
    return 100 * critical_path(spans).service.value_counts() / spans.trace_id.nunique()


def keeps_zeros(spans):
    return {**dict.fromkeys(spans.service, 0.0), **often_by_loop(spans)}


def as_a_fraction(spans):
    return critical_path(spans).groupby("service").trace_id.nunique() / spans.trace_id.nunique()


def only_the_first_request(spans):
    path = critical_path(spans)
    return dict.fromkeys(path[path.trace_id == path.trace_id.iloc[0]].service, 100.0)


def often_by_dropping_repeats(spans):
    once = critical_path(spans).drop_duplicates(["trace_id", "service"])
    return (100 * once.service.value_counts() / once.trace_id.nunique()).to_dict()


def often_by_loop(spans):
    found = {}
    for _, path in critical_path(spans).groupby("trace_id"):
        for service in set(path.service):
            found[service] = found.get(service, 0) + 1
    requests = len(set(spans.trace_id))
    return {service: 100 * count / requests for service, count in found.items()}


# critical-share
def share_of_durations(spans):
    sums = owned(spans).groupby("owner").duration_ms.sum()
    return 100 * sums / sums.sum()


def share_of_self_time(spans):
    sums = owned(spans).assign(self_ms=self_time(spans).to_numpy()).groupby("owner").self_ms.sum()
    return 100 * sums / sums.sum()


def edges_given_to_the_caller(spans):
    path = critical_path(spans)
    return 100 * path.groupby("service").duration_ms.sum() / path.duration_ms.sum()


def mean_of_shares(spans):
    path = owned_path(spans)
    sums = path.pivot_table(index="trace_id", columns="owner", values="duration_ms", aggfunc="sum", fill_value=0)
    return 100 * sums.div(sums.sum(axis=1), axis=0).mean()


def share_as_a_fraction(spans):
    sums = owned_path(spans).groupby("owner").duration_ms.sum()
    return sums / sums.sum()


def share_by_map(spans):
    path = critical_path(spans)
    names = dict(zip(spans.span_id, owned(spans).owner, strict=True))
    sums = path.duration_ms.groupby(path.span_id.map(names)).sum()
    return (sums / sums.sum() * 100).to_dict()


def share_by_loop(spans):
    found = {}
    for owner, ms in owned_path(spans)[["owner", "duration_ms"]].itertuples(index=False):
        found[owner] = found.get(owner, 0.0) + ms
    whole_ms = sum(found.values())
    return {owner: 100 * ms / whole_ms for owner, ms in found.items()}


# middle-and-tail
def cut(recording, route="GET /product/{id}"):
    requests = recording.traces()
    requests = requests[requests.route == route]
    rank = requests.duration_ms.rank(pct=True)
    return requests[(rank > 0.4) & (rank <= 0.6)], requests[rank > 0.95]


def shares_of(recording, requests):
    path = owned_path(recording.spans[recording.spans.trace_id.isin(requests.trace_id)])
    return path.groupby("owner").duration_ms.sum() / path.duration_ms.sum()


def growth(recording):
    middle, slowest = cut(recording)
    return shares_of(recording, slowest).sub(shares_of(recording, middle), fill_value=0)


def shrinks_most(recording):
    return {"owner": growth(recording).idxmin()}


def n_of_the_middle(recording):
    return {"n": len(cut(recording)[0])}


def n_of_the_route(recording):
    return {"n": int((recording.traces().route == "GET /product/{id}").sum())}


def n_of_the_recording(recording):
    return {"n": int((recording.traces().duration_ms.rank(pct=True) > 0.95).sum())}


def n_of_the_home_pages(recording):
    return {"n": len(cut(recording, "GET /")[1])}


def tail_by_position(recording):
    requests = recording.traces().query("route == 'GET /product/{id}'").sort_values("duration_ms")
    n = len(requests)
    slowest, middle = requests.iloc[int(0.95 * n) :], requests.iloc[int(0.4 * n) : int(0.6 * n)]
    change = shares_of(recording, slowest).sub(shares_of(recording, middle), fill_value=0)
    return {"owner": change.sort_values().index[-1], "n": n - int(0.95 * n)}


def tail_by_path_share(recording):
    found = []
    for requests in cut(recording):
        spans = recording.spans[recording.spans.trace_id.isin(requests.trace_id)].reset_index(drop=True)
        found.append(path_share(spans).set_index("owner").share.to_dict())
    middle, slowest = found
    owner = max(slowest, key=lambda name: slowest[name] - middle.get(name, 0))
    return {"owner": owner, "n": len(cut(recording)[1])}


# average-first
def averaged_calls(recording):
    spans = spans_of_route(recording, "GET /products")
    calls = calls_of_page(spans)
    began_ns = calls.trace_id.map(spans.groupby("trace_id").start_ns.min())
    times = pd.DataFrame({"called": [one["server.address"] for one in calls.attributes],
                          "from_ns": calls.start_ns - began_ns, "to_ns": calls.end_ns - began_ns})  # fmt: skip
    return times.groupby("called").mean().sort_values("to_ns")


def percent_of(recording, service):
    path = critical_path(spans_of_route(recording, "GET /products"))
    return 100 * path[path.service == service].trace_id.nunique() / path.trace_id.nunique()


def left_out(recording):
    """Of the two calls, the one that ends first on average."""
    return averaged_calls(recording).index[0]


def straggler_on_average(recording):
    return {"service": averaged_calls(recording).index[-1]}


def percent_of_the_other(recording):
    return {"percent": percent_of(recording, averaged_calls(recording).index[-1])}


def percent_of_the_time(recording):
    shares = owned_path(spans_of_route(recording, "GET /products"))
    mine = shares.owner.str.contains(left_out(recording))
    return {"percent": 100 * shares[mine].duration_ms.sum() / shares.duration_ms.sum()}


def fraction_of_requests(recording):
    return {"percent": percent_of(recording, left_out(recording)) / 100}


def requests_not_percent(recording):
    path = critical_path(spans_of_route(recording, "GET /products"))
    return {"percent": path[path.service == left_out(recording)].trace_id.nunique()}


def lost_by_path(recording):
    return {"service": left_out(recording), "percent": percent_of(recording, left_out(recording))}


def lost_by_last_call(recording):
    """The straggler of each request by its end, without any path."""
    calls = calls_of_page(spans_of_route(recording, "GET /products"))
    calls = calls.assign(called=[one["server.address"] for one in calls.attributes])
    last = calls.sort_values("end_ns").drop_duplicates("trace_id", keep="last").called
    return {"service": left_out(recording), "percent": 100 * (last == left_out(recording)).mean()}


# what-would-you-save
def without_half_of_it(spans):
    return wait_ms(spans) - 20


def nothing_changes(spans):
    return wait_ms(spans)


def without_the_gap(spans):
    return wait_ms(retime(spans, "similar", 20)) - 2


def without_the_tail(spans):
    return wait_ms(retime(spans, "similar", 20)) - 6


def the_saving(spans):
    return wait_ms(spans) - wait_ms(retime(spans, "similar", 20))


def waits_for_the_shortened_one(spans):
    return wait_ms(spans) - 18


def by_the_next_branch(spans):
    ends = spans.set_index("span_id").end_ns / 1e6
    starts = spans.set_index("span_id").start_ns / 1e6
    others = max(starts["similar"] + 20, ends["banner"])
    return ends["page"] - (ends["similar"] - others)


def by_forward_counting(spans):
    length = spans.set_index("span_id").duration_ms
    start = spans.set_index("span_id").start_ns / 1e6
    fetched = max(start["similar"] + 20, start["banner"] + length["banner"])
    return fetched + 2 + length["price"] + 6


# best-candidate
def longest_of_its_calls(spans):
    call = calls_of_page(spans).sort_values("duration_ms").iloc[-1]
    return {"call": call.span_id, "saved_ms": call.duration_ms}


def longest_and_its_saving(spans):
    call = calls_of_page(spans).sort_values("duration_ms").span_id.iloc[-1]
    return {"call": call, "saved_ms": saved_by(spans, call)}


def longest_on_the_path(spans):
    calls = calls_of_page(spans)
    on_path = calls[calls.span_id.isin(critical_path(spans).span_id)]
    call = on_path.sort_values("duration_ms").span_id.iloc[-1]
    return {"call": call, "saved_ms": saved_by(spans, call)}


def most_self_time(spans):
    own = self_time(spans)
    call = max(calls_of_page(spans).span_id, key=lambda span_id: own[span_id])
    return {"call": call, "saved_ms": saved_by(spans, call)}


def what_the_page_takes_then(spans):
    call = max(calls_of_page(spans).span_id, key=lambda span_id: saved_by(spans, span_id))
    return {"call": call, "saved_ms": wait_ms(retime(spans, call, 0))}


def best_by_loop(spans):
    winner, most = "", -1.0
    for call in calls_of_page(spans).span_id:
        now = wait_ms(spans) - wait_ms(retime(spans, call, 0.0))
        if now > most:
            winner, most = call, now
    return {"call": winner, "saved_ms": most}


def best_by_series(spans):
    calls = calls_of_page(spans).span_id
    saved = pd.Series([saved_by(spans, call) for call in calls], index=list(calls))
    return {"call": saved.idxmax(), "saved_ms": saved.max()}


# n-plus-one
def database_calls(recording):
    spans = spans_of_route(recording, "GET /")
    queries = spans[(spans.kind == "CLIENT") & spans.name.str.contains(".db", regex=False)]
    counts = queries.groupby(["trace_id", "parent_span_id"]).span_id.agg(["size", list]).reset_index()
    return spans, counts[counts["size"] > 100]


def the_currency_service(recording):
    return {"service": "currency"}


def whoever_has_the_longest_span(recording):
    return {"service": "frontend"}


def the_usual_straggler(recording):
    return {"service": "recommendation"}


def the_database_is_slow(recording):
    return {"mechanism": "one slow query"}


def it_just_works_longer(recording):
    return {"mechanism": "slow itself"}


def nothing_happened(recording):
    return {"mechanism": "nothing is wrong"}


def the_small_queries_themselves(recording):
    shown, counts = recording.trace_at("GET /", 0.9).trace_id.iloc[0], database_calls(recording)[1]
    chosen = pd.concat([counts[counts.trace_id == shown], counts.iloc[-2:]])
    return {"evidence": [one for many in chosen["list"] for one in many]}


def the_clients_that_waited(recording):
    spans, counts = database_calls(recording)
    return {"evidence": spans[spans.span_id.isin(counts.parent_span_id)].parent_span_id.tolist()}


def tuesday_by_counting_children(recording):
    spans, counts = database_calls(recording)
    parents = spans[spans.span_id.isin(counts.parent_span_id)]
    return {"service": parents.service.mode().item(), "mechanism": "many small queries",
            "evidence": parents.span_id.tolist()[:3]}  # fmt: skip


def tuesday_by_the_slowest(recording):
    spans, _ = database_calls(recording)
    many = spans[spans.kind == "CLIENT"].parent_span_id.value_counts().head(5)
    return {"service": "discounts", "mechanism": "many small queries", "evidence": many.index.tolist()}


# two-deploys
def server_spans(recording, service):
    spans = recording.spans.assign(self_ms=self_time(recording.spans).to_numpy())
    return spans[(spans.service == service) & (spans.kind == "SERVER")]


def first_deploy(recording):
    return {"service": recording.deploys.service.iloc[0]}


def grew_most_of_the_calls(recording):
    return {"service": "recommendation"}


def whoever_the_customer_sees(recording):
    return {"service": "frontend"}


def too_many_queries(recording):
    return {"mechanism": "many small queries"}


def something_it_asks(recording):
    return {"mechanism": "waits for another"}


def the_way_there(recording):
    return {"mechanism": "slow connection"}


def before_it_was_deployed(recording):
    spans = server_spans(recording, "catalog")
    return {"evidence": spans[spans.start_ns < recording.deploys.time_ns.iloc[0]].span_id.tolist()}


def those_who_waited(recording):
    pages = recording.traces().query("route == 'GET /product/{id}'").trace_id
    spans = recording.spans[recording.spans.trace_id.isin(pages) & (recording.spans.service != "catalog")]
    return {"evidence": spans[spans.start_ns.between(*recording.deploys.time_ns.iloc[-2:])].span_id.tolist()}


def friday_by_duration(recording):
    spans = server_spans(recording, "catalog").sort_values("self_ms")
    spans = spans[spans.start_ns.between(*recording.deploys.time_ns.iloc[-2:])]
    return {"service": "catalog", "mechanism": "slow itself", "evidence": spans.span_id.tolist()[-5:]}


def friday_by_medians(recording):
    moments = recording.deploys.time_ns.tolist()
    spans = recording.spans.assign(self_ms=self_time(recording.spans).to_numpy()).query("kind == 'SERVER'")
    good, bad = spans[spans.start_ns < moments[0]], spans[spans.start_ns.between(moments[-2], moments[-1])]
    ratio = bad.groupby("service").self_ms.median() / good.groupby("service").self_ms.median()
    mine = bad[bad.service == ratio.idxmax()].sort_values("self_ms").span_id.tolist()
    return {"service": ratio.idxmax(), "mechanism": "slow itself", "evidence": mine[-3:]}


WHAT_COULD_LEAVE = [
    Question(
        name="how-often-critical",
        kind="compute",
        answer=MapOf("a service", Number("%", within=0.1)),
        inputs=[
            on_paper("a page on paper", FANNED_OUT),
            route("monday-morning", "GET /product/{id}"),
            route("monday-morning", "GET /"),
        ],
        wrong=[
            Wrong(anywhere_in_the_request, ("That counts requests in which the service appears at all.",
                                            "Walk first: traces.critical_path(spans) has only what is on a path.")),
            Wrong(share_of_the_time, ("That is how much of the critical time each service has.",
                                      "How often, not how long: count requests, leave durations aside.")),
            Wrong(share_of_the_segments, ("You divided by the number of segments; a service can have many in one path.",
                                          "Count the different trace_id of each service, divide by all requests.")),
            Wrong(segments_a_request, ("You counted segments: a service that comes twice counts twice.",
                                       "Count different trace_id for each service: nunique() does.")),
            Wrong(keeps_zeros, ("A service that is on no path has no place in the answer, not even with 0.",
                                "Leave it out: group the path's rows, not the spans.")),
            Wrong(as_a_fraction, ("That is a fraction of 1.", "This asks for %: 0.26 is 26.0.")),
            Wrong(only_the_first_request, ("That is the path of one request, and the next takes another.",
                                           "Group by service over the paths of all requests.")),
        ],
        right=[often_by_dropping_repeats, often_by_loop],
        hints=["traces.critical_path(spans) walks every request; each row is a segment, with its trace_id and service.",
               "For one service: how many different trace_id does it have among those rows?",
               "path.groupby(\"service\").trace_id.nunique(), then 100 * … / the number of requests."],
        passed="Rarely critical is not never: what is on 3 % of the paths today may be the one that hangs tonight.",
    ),
    Question(
        name="critical-share",
        kind="compute",
        answer=MapOf("an owner", Number("%", within=0.05)),
        inputs=[
            on_paper("a page on paper", FANNED_OUT),
            route("monday-morning", "GET /products"),
            route("monday-morning", "GET /product/{id}"),
        ],
        wrong=[
            Wrong(share_of_durations, ("You added up durations of spans: time off the path and of parents is in it.",
                                       "Add up the duration_ms of the path's segments instead.")),
            Wrong(share_of_self_time, ("That is self time: it counts work that nobody waited for.",
                                       "Add up the segments of the critical path, by owner.")),
            Wrong(edges_given_to_the_caller, ("You gave the client spans' time to the caller.",
                                              "Group by owner, not by service: with_owner(spans) names it.")),
            Wrong(mean_of_shares, ("That is the mean of each request's shares: short requests count too much.",
                                   "Add up the ms of all requests first, then divide once.")),
            Wrong(share_as_a_fraction, ("That is a fraction of 1.", "This asks for %: 0.26 is 26.0.")),
        ],
        right=[share_by_map, share_by_loop],
        hints=["The four steps of the worked request; only the path now has the segments of many requests.",
               "Each segment's owner: look up its span_id in with_owner(spans), with map or merge.",
               "Sum duration_ms by owner, divide by the sum of all of them, times 100."],
        passed="This table is what you bring when somebody asks which team's work the customers would feel.",
        yours=["watchkeeper.traces.path_share"],
    ),
    Question(
        name="middle-and-tail",
        kind="read",
        answer=Record({"owner": Text("an owner"), "n": Count("requests")}),
        inputs=[whole("monday-morning")],
        wrong=[
            Wrong(shrinks_most, ("Large or not: its share is smaller among the slowest than in the middle.",
                                 "Slowest minus middle, owner by owner: take the largest difference.")),
            Wrong(n_of_the_middle, ("That is how many requests are in the middle fifth.",
                                    "n is the number of requests that the slowest share rests on.")),
            Wrong(n_of_the_route, ("That is how many product pages there are in all.",
                                   "n is how many are left when you keep the slowest 5 %.")),
            Wrong(n_of_the_recording, ("That is 5 % of the requests of all routes.",
                                       "Keep one route first, then rank within it.")),
        ],
        right=[tail_by_position, tail_by_path_share],
        hints=["Take the cells of the home page and change the route.",
               "share_by_owner gives a share for each cut. An owner that one of them lacks has 0 there.",
               "slow.sub(mid, fill_value=0) subtracts owner by owner; idxmax() names the largest."],
        passed="The slowest requests are made of other things than the typical one: ask of what before you tune.",
    ),
    Question(
        name="average-first",
        kind="read",
        answer=Record({"service": Text("a service's name"), "percent": Number("%", within=0.1)}),
        inputs=[whole("monday-morning")],
        wrong=[
            Wrong(straggler_on_average, ("That one ends last in the averaged table, so it is on that path.",
                                         "Which of the two does the walk back never enter?")),
            Wrong(percent_of_the_other, ("That is how often the other one is critical.",
                                         "Count the requests with the left-out service on their own path.")),
            Wrong(percent_of_the_time, ("That is its share of the critical time.",
                                        "In how many of the requests is it on the path at all?")),
            Wrong(fraction_of_requests, ("That is a fraction of 1.", "This asks for %: 0.26 is 26.0.")),
            Wrong(requests_not_percent, ("That is a number of requests.",
                                         "Divide by all requests of that route, times 100.")),
        ],
        right=[lost_by_path, lost_by_last_call],
        hints=["In the averaged table: which call has the largest to_ms? Walk back from there.",
               "Two calls run at the same time. The one that ends first is never entered.",
               "The percent is a number that your how_often gives for the spans of GET /products."],
        passed="An average has no stragglers. Whoever averages first reports a service that \"never matters\".",
    ),
    Question(
        name="what-would-you-save",
        kind="predict",
        answer=Number("ms", within=0.5),
        inputs=[on_paper("the page on paper", RETIMED)],
        wrong=[
            Wrong(without_half_of_it, ("You took the whole 20 ms off the page; somebody else was still running.",
                                       "What else must have ended before price can begin?")),
            Wrong(nothing_changes, ("That is as long as before, but price can begin a little earlier.",
                                    "When do similar and banner both have ended, after the change?")),
            Wrong(without_the_gap, ("You let price begin at once; it began 2 ms after the last answer before.",
                                    "Keep that gap: price moves to the last end + 2 ms.")),
            Wrong(without_the_tail, ("You stopped at the end of price; the page went on for a while after it.",
                                     "Step 3: keep the page's tail.")),
            Wrong(the_saving, ("That is what is saved.", "This asks how long the page takes then.")),
        ],
        right=[by_the_next_branch, by_forward_counting],
        hints=["Step 1: similar now lasts from 32 to 52.",
               "Step 2: price waits for all that had ended before it began: similar and banner. Which ends last now?",
               "Step 3: price keeps its gap of 2 ms and its 20 ms, the page keeps its last 6 ms."],
        passed="\"Twice as fast\" is about a call. What the customer gets of it, the next branch decides.",
    ),
    Question(
        name="best-candidate",
        kind="compute",
        answer=Record({"call": Text("a span id"), "saved_ms": Number("ms", within=0.01)}),
        inputs=[
            on_paper("a page with four calls", CANDIDATES),
            on_paper("the page on paper", RETIMED),
            pick("monday-morning", "GET /product/{id}", [0.5, 0.9]),
            pick("monday-morning", "GET /", [0.5]),
            pick("monday-morning", "GET /cart", [0.5]),
        ],
        wrong=[
            Wrong(longest_of_its_calls, ("That is the longest call; while it ran, others ran as well.",
                                 "Compare how much earlier the root ends, not how long the calls are.")),
            Wrong(longest_and_its_saving, ("That call is the longest, and that is what it would save; another saves more.",
                                           "Try every call, then take the largest saving.")),
            Wrong(longest_on_the_path, ("That is the longest call on the path; the next branch is close behind it.",
                                        "Retime each call to 0 and compare the roots.")),
            Wrong(most_self_time, ("That call has the most self time, which says nothing about who waits.",
                                   "Retime each call to 0 and compare the roots.")),
            Wrong(what_the_page_takes_then, ("That is how long the page takes without it.",
                                             "Saved: the root's duration now minus the root's after retiming.")),
        ],
        right=[best_by_loop, best_by_series],
        hints=["How long the customer waits: root_ms(spans). The candidates: page_calls(spans).span_id.",
               "For each candidate: root_ms(spans) - root_ms(traces.retime(spans, candidate, 0)).",
               "Keep them in a dict from span id to ms; max(saved, key=saved.get) names the best."],
        passed="Before anybody spends a week on a call, you can say what that week is worth at most.",
        yours=["watchkeeper.traces.drag"],
    ),
    Question(
        name="n-plus-one",
        kind="diagnose",
        answer=Record({"service": Text("a service's name"), "mechanism": Text("a mechanism", MECHANISMS),
                       "evidence": SomeOf(Text("a span id"), at_least=3)}),
        inputs=[whole("tuesday-lunch")],
        wrong=[
            Wrong(the_currency_service, ("Its calls repeat, but they do so on quick home pages as well.",
                                         "Compare a quick home page with a slow one: what is new?")),
            Wrong(whoever_has_the_longest_span, ("Its span is the longest because it holds all the others.",
                                                 "Whose share of the critical time is larger on slow home pages?")),
            Wrong(the_usual_straggler, ("That is whom home pages usually wait for. Look at the slow ones.",
                                        "Whose share of the critical time is larger on the slow ones?")),
            Wrong(the_database_is_slow, ("Look for the slow query: the longest of them is still short.",
                                         "Count them: how many does one request need, quick and slow?")),
            Wrong(it_just_works_longer, ("Its own time has grown, but is that all that has changed?",
                                         "Use alike(...) on the quick page and on the slow one.")),
            Wrong(nothing_happened, ("The figure shows two kinds of home page: quick ones, and far slower ones.",
                                     "What do the slow ones have that the quick ones have not?")),
            Wrong(the_small_queries_themselves, ("Those are the small calls; each one alone is harmless.",
                                                 "Name the spans they hang under: their parent_span_id.")),
            Wrong(the_clients_that_waited, ("Those spans waited for the answer.",
                                            "Name the spans that the repeated calls hang under.")),
        ],
        right=[tuesday_by_counting_children, tuesday_by_the_slowest],
        hints=["traces.path_share(slow) beside traces.path_share(quick): who has grown?",
               "alike(slow) and alike(quick): which call has become numerous, and whose is it?",
               "alike(spans_of(lunch, \"GET /\")) lists them for all home pages; see parent_span_id."],
        passed="Each query was quick: no alarm about slow queries would have rung. Most of the time went into asking.",
    ),
    Question(
        name="two-deploys",
        kind="diagnose",
        answer=Record({"service": Text("a service's name"), "mechanism": Text("a mechanism", MECHANISMS),
                       "evidence": SomeOf(Text("a span id"), at_least=3)}),
        inputs=[whole("friday-deploy")],
        wrong=[
            Wrong(first_deploy, ("It was deployed first, but were pages slow between the two deploys?",
                                 "Compare the shares of the critical time in stretch 0 and in stretch 1.")),
            Wrong(grew_most_of_the_calls, ("Its spans have grown, but what fills them?",
                                           "Look at shares of critical time, or at its self time.")),
            Wrong(whoever_the_customer_sees, ("It waits for all the others, so its span grows with theirs.",
                                              "Look at shares of critical time, or at self time by service.")),
            Wrong(too_many_queries, ("Count its database calls a request, before and in the trouble: not one more.",
                                     "Which time of its spans has grown: own, or of children?")),
            Wrong(something_it_asks, ("Its children take as long as before.",
                                      "Compare the self time of its SERVER spans, before and in the trouble.")),
            Wrong(the_way_there, ("Its SERVER spans themselves have grown, not only what lies around them.",
                                  "Compare the self time of its SERVER spans, before and after that deploy.")),
            Wrong(before_it_was_deployed, ("Those spans are from before the trouble.",
                                           "Name spans of the same kind from the slow stretch.")),
            Wrong(those_who_waited, ("Those spans waited for the culprit.",
                                     "Name the culprit's own SERVER spans.")),
        ],
        right=[friday_by_duration, friday_by_medians],
        hints=["share_by_owner(friday, friday_pages[stretch == 0]) beside the slow stretch's: who has grown?",
               "traces.self_time(friday.spans) says whether a span worked itself or waited for children.",
               "Evidence: SERVER spans of that service from the slow stretch, with much self time."],
        passed="Two deploys, one culprit: being the first to change something is no evidence.",
    ),
]  # fmt: skip

WHAT_COULD_LEAVE_REFLECTIONS = [
    Reflection("what-to-move", rubric=[
        (1.0, "one call, a saving in ms with n, what the customer misses, and one thing retiming can't know",
         "The recommendations. On 209 product pages the median of their drag is about 6 ms; the page would first come "
         "without suggestions. Retiming can't know whether the other calls get slower or faster then."),
        (0.5, "a call and a saving, but the saving is its duration, or n or the limits are missing",
         "The recommendations, because they take longest. That would save as many ms as they last."),
        (0.0, "no call named, or a call that a customer can't do without", "We should make the frontend faster."),
    ]),
    Reflection("message-to-the-channel", rubric=[
        (1.0, "harm, proposal, evidence with a number and n, and why the other deploy stays",
         "Product pages take over ten times as long since catalog 1.4.0: its own time went from 2 ms to about 150, its "
         "share of 88 product pages to over 80 %. Roll back catalog. After the first deploy all was quick: it stays."),
        (0.5, "the right proposal, but without number, n, or a word about the other deploy",
         "Catalog is slow since its deploy. Please roll it back."),
        (0.0, "rolls back both or the wrong one, or blames a person",
         "Roll back everything; whoever deployed on a Friday should know better."),
    ]),
]  # fmt: skip

QUESTIONS = READ_ONE_REQUEST + WHAT_COULD_LEAVE
REFLECTIONS = [THE_LONGEST_SPAN, WHERE_I_WAS_WRONG, *WHAT_COULD_LEAVE_REFLECTIONS]
