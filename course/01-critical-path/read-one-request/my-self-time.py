"""my-self-time: how long did each span work on its own?"""

import pandas as pd

from watchkeeper.staff.author.writing import MapOf, on_paper, pick, question

from ...vocabulary import MS
from .shared import LATE, SHARED

q = question(
    kind="compute",
    points=3,
    answer=MapOf("span id", MS),
    yours=["watchkeeper.traces.self_time", "watchkeeper.traces.critical_path"],
)
q.inputs(
    on_paper("two children that share time", SHARED),
    on_paper("a child that outlasts its parent", LATE),
    pick("monday-morning", "GET /", [0.3]),
    pick("monday-morning", "POST /checkout", [0.5]),
)
q.hints(
    "For one span: its children in order of start, and one number: how far is it painted already?",
    "Each child adds only what is later than that number, and within the span.",
    "begin = max(child's start, reached); end = min(child's end, span's end); add max(end - begin, 0).",
)
q.passed("Large self time is where somebody really worked, or waited for something that has no span.")


@q.wrong(
    "You subtracted the sum: time that two children share goes off twice.",
    "Join overlapping children first, then subtract what they cover.",
    misconception="self time is duration minus the sum of the children",
)
def sum_of_children(spans):
    sums = spans.groupby("parent_span_id").duration_ms.sum()
    return {span.span_id: span.duration_ms - sums.get(span.span_id, 0) for span in spans.itertuples()}


@q.wrong(
    "A child that outlasts its parent took more from it than there is.",
    "Cut each child's end to the span's own end before you count it.",
)
def not_clipped(spans):
    found = {}
    for span in spans.itertuples():
        covered, reached = 0, span.start_ns
        for child in spans[spans.parent_span_id == span.span_id].sort_values("start_ns").itertuples():
            begin = max(child.start_ns, reached)
            covered, reached = covered + max(child.end_ns - begin, 0), max(reached, child.end_ns)
        found[span.span_id] = (span.end_ns - span.start_ns - covered) / 1e6
    return found


@q.wrong(
    "You subtracted from the first child's start to the last one's end.",
    "The pauses between the children are the span's own work.",
)
def first_to_last_child(spans):
    found = {}
    for span in spans.itertuples():
        below = spans[spans.parent_span_id == span.span_id]
        covered = min(below.end_ns.max(), span.end_ns) - below.start_ns.min() if len(below) else 0
        found[span.span_id] = (span.end_ns - span.start_ns - covered) / 1e6
    return found


@q.wrong(
    "A child within another one's time made you forget how far you had come.",
    "What is painted stays painted: reached = max(reached, child's end).",
)
def forgets_the_longer(spans):
    found = {}
    for span in spans.itertuples():
        covered, reached = 0, span.start_ns
        for child in spans[spans.parent_span_id == span.span_id].sort_values("start_ns").itertuples():
            begin, end = max(child.start_ns, reached), min(child.end_ns, span.end_ns)
            covered, reached = covered + max(end - begin, 0), end
        found[span.span_id] = (span.end_ns - span.start_ns - covered) / 1e6
    return found


@q.wrong(
    "You left out children that outlast their parent.",
    "Clip them to the parent's end; never drop them.",
    misconception="a child that outlasts its parent is an error, and to be dropped",
)
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


@q.wrong("That is self time in nanoseconds.", "Divide by 1e6 for ms.")
def self_time_in_ns(spans):
    return {span: ms * 1e6 for span, ms in self_time_by_sweep(spans).items()}


@q.wrong("That is the whole duration: the children are still in it.", "Subtract what the children cover.")
def whole_duration(spans):
    return dict(zip(spans.span_id, spans.duration_ms, strict=True))


@q.alternative
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


@q.alternative
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
