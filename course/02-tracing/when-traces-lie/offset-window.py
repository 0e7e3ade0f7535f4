"""offset-window: by how much is one host's clock ahead of another's?"""

import pandas as pd

from watchkeeper.staff.author.writing import Number, Record, on_paper, question, route

TWO_CALLS = [
    ("c1", "", "frontend", "GET /products", "CLIENT", 100, 112),
    ("s1", "c1", "catalog", "GET /products", "SERVER", 153, 162),
    ("c2", "", "frontend", "GET /products", "CLIENT", 200, 215),
    ("s2", "c2", "catalog", "GET /products", "SERVER", 252, 263),
]
BEHIND = [
    ("c1", "", "frontend", "GET /products", "CLIENT", 1000, 1020),
    ("s1", "c1", "catalog", "GET /products", "SERVER", 904, 917),
    ("c2", "", "frontend", "GET /products", "CLIENT", 1100, 1130),
    ("s2", "c2", "catalog", "GET /products", "SERVER", 1002, 1028),
    ("c3", "", "frontend", "GET /products", "CLIENT", 1200, 1210),
    ("s3", "c3", "catalog", "GET /products", "SERVER", 1109, 1112),
    ("other", "", "checkout", "GET /products", "CLIENT", 1300, 1310),
    ("s4", "other", "catalog", "GET /products", "SERVER", 1301, 1309),
]
AHEAD = [
    (span, parent, service, name, kind, start + 200 * (kind == "SERVER"), end + 200 * (kind == "SERVER"))
    for span, parent, service, name, kind, start, end in BEHIND
]

q = question(
    kind="compute",
    points=3,
    answer=Record({"lower_ms": Number("ms", within=0.02), "upper_ms": Number("ms", within=0.02)}),
    yours=["watchkeeper.traces.clock_offsets"],
)
q.inputs(
    on_paper("a clock that is ahead", AHEAD),
    on_paper("a clock that is behind", BEHIND),
    on_paper("the two calls on paper", TWO_CALLS),
    route("tuesday-evening", "GET /products"),
    route("tuesday-evening", "GET /product/{id}"),
    route("monday-morning", "GET /cart"),
)
q.hints(
    "Who asks, who is asked? calls(...) takes them in this order, and gives one row a call.",
    'Of many sentences "ahead by at most …", which one makes all the others superfluous?',
    "The ends are spoilt by late last bytes: take what half of the calls lie below.",
)
q.passed("When a trace looks impossible at 3 a.m., this interval says in a minute whether to doubt the clock.")


def gaps(spans, caller="frontend", called="catalog"):
    asked = spans[(spans.service == caller) & (spans.kind == "CLIENT")].set_index("span_id")
    served = spans[(spans.service == called) & (spans.kind == "SERVER") & spans.parent_span_id.isin(asked.index)]
    above = asked.loc[served.parent_span_id]
    return (served.start_ns.to_numpy() - above.start_ns.to_numpy()) / 1e6, (
        served.end_ns.to_numpy() - above.end_ns.to_numpy()
    ) / 1e6


@q.wrong(
    "You took the largest end gap: one late last byte decides it.",
    "Ends may be late without any clock: take their median.",
)
def strictest_end(spans):
    return {"lower_ms": max(gaps(spans)[1]), "upper_ms": min(gaps(spans)[0])}


def half(numbers):
    return float(pd.Series(numbers).median())


@q.wrong(
    "You took the middle of the start gaps, though each call is a proof.",
    "What all calls allow is at most the smallest start gap.",
)
def typical_start(spans):
    return {"lower_ms": half(gaps(spans)[1]), "upper_ms": half(gaps(spans)[0])}


@q.wrong(
    "Those are means, and a mean is neither a proof nor safe from stragglers.",
    "Smallest start gap for the upper end, median end gap for the lower.",
    misconception="the spans tell a clock's offset exactly (11)",
)
def mean_of_both(spans):
    start, end = gaps(spans)
    return {"lower_ms": end.mean(), "upper_ms": start.mean()}


@q.wrong(
    "You took the signs off, but below 0 says that catalog's clock is behind.",
    "Leave the sign of each gap as calls(...) gives it.",
)
def without_signs(spans):
    start, end = gaps(spans)
    return {"lower_ms": abs(half(end)), "upper_ms": abs(min(start))}


@q.wrong(
    "Your signs are turned round: that is the client's stamp minus the server's.",
    "Leave the sign of each gap as calls(...) gives it.",
)
def client_minus_server(spans):
    start, end = gaps(spans)
    return {"lower_ms": -half(end), "upper_ms": -min(start)}


@q.wrong("You rounded to whole ms; what clocks disagree by can be less than that.", "Leave the numbers as they are.")
def rounded_to_ms(spans):
    start, end = gaps(spans)
    return {"lower_ms": round(half(end)), "upper_ms": round(min(start))}


@q.wrong(
    "That is what the first call allows, and the others allow less.",
    "Use all rows of calls(...): min() and median().",
    misconception="the spans tell a clock's offset exactly (11)",
)
def only_the_first_call(spans):
    start, end = gaps(spans)
    return {"lower_ms": end[0], "upper_ms": start[0]}


@q.wrong(
    "The largest start gap is the call that was longest on its way.",
    "The strictest call counts: the smallest start gap.",
)
def largest_start(spans):
    start, end = gaps(spans)
    return {"lower_ms": half(end), "upper_ms": max(start)}


@q.wrong(
    "The smallest end gap says least: its answer was long on the way.", "The lower end is the median of the end gaps."
)
def smallest_end(spans):
    start, end = gaps(spans)
    return {"lower_ms": min(end), "upper_ms": min(start)}


@q.wrong(
    "The two ends are exchanged: the lower one is the larger number.", 'Starts say "at most", ends say "at least".'
)
def ends_exchanged(spans):
    return {"lower_ms": min(gaps(spans)[0]), "upper_ms": half(gaps(spans)[1])}


@q.wrong("That is how far the frontend is ahead of catalog.", "Server's stamp minus client's stamp, in this order.")
def other_way_round(spans):
    return {"lower_ms": -min(gaps(spans)[0]), "upper_ms": -half(gaps(spans)[1])}


@q.wrong("Those are nanoseconds.", "The columns of calls(...) are in ms already.")
def window_in_ns(spans):
    start, end = gaps(spans)
    return {"lower_ms": half(end) * 1e6, "upper_ms": min(start) * 1e6}


@q.alternative
def window_by_loop(spans):
    clients = {one.span_id: one for one in spans.itertuples() if one.service == "frontend" and one.kind == "CLIENT"}
    starts, ends = [], []
    for one in spans.itertuples():
        if one.service == "catalog" and one.kind == "SERVER" and one.parent_span_id in clients:
            starts.append((one.start_ns - clients[one.parent_span_id].start_ns) / 1e6)
            ends.append((one.end_ns - clients[one.parent_span_id].end_ns) / 1e6)
    ends.sort()
    middle = len(ends) // 2
    median = ends[middle] if len(ends) % 2 else (ends[middle - 1] + ends[middle]) / 2
    return {"lower_ms": median, "upper_ms": min(starts)}


@q.alternative
def window_by_merge(spans):
    both = spans[(spans.service == "catalog") & (spans.kind == "SERVER")].merge(
        spans[(spans.service == "frontend") & (spans.kind == "CLIENT")],
        left_on=["trace_id", "parent_span_id"],
        right_on=["trace_id", "span_id"],
        suffixes=("", "_client"),
    )
    ends, starts = both.end_ns - both.end_ns_client, both.start_ns - both.start_ns_client
    return {"lower_ms": ends.quantile(0.5) / 1e6, "upper_ms": starts.sort_values().iloc[0] / 1e6}
