"""best-candidate: which call would save the customer most if it took no time?"""

import pandas as pd

from watchkeeper.staff.author.writing import Number, Record, Text, on_paper, pick, question
from watchkeeper.traces import critical_path, retime, self_time

from .shared import RETIMED, calls_of_page, wait_ms

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

q = question(
    kind="compute",
    points=3,
    answer=Record({"call": Text("a span id"), "saved_ms": Number("ms", within=0.01)}),
    yours=["watchkeeper.traces.drag"],
)
q.inputs(
    on_paper("a page with four calls", CANDIDATES),
    on_paper("the page on paper", RETIMED),
    pick("monday-morning", "GET /product/{id}", [0.5, 0.9]),
    pick("monday-morning", "GET /", [0.5]),
    pick("monday-morning", "GET /cart", [0.5]),
)
q.hints(
    "How long the customer waits: root_ms(spans). The candidates: page_calls(spans).span_id.",
    "For each candidate: root_ms(spans) - root_ms(traces.retime(spans, candidate, 0)).",
    "Keep them in a dict from span id to ms; max(saved, key=saved.get) names the best.",
)
q.passed("Before anybody spends a week on a call, you can say what that week is worth at most.")


@q.wrong(
    "That is the longest call; while it ran, others ran as well.",
    "Compare how much earlier the root ends, not how long the calls are.",
    misconception="the slowest span saves its whole duration when it goes",
)
def longest_of_its_calls(spans):
    call = calls_of_page(spans).sort_values("duration_ms").iloc[-1]
    return {"call": call.span_id, "saved_ms": call.duration_ms}


def saved_by(spans, call):
    return wait_ms(spans) - wait_ms(retime(spans, call, 0))


@q.wrong(
    "That call is the longest, and that is what it would save; another saves more.",
    "Try every call, then take the largest saving.",
)
def longest_and_its_saving(spans):
    call = calls_of_page(spans).sort_values("duration_ms").span_id.iloc[-1]
    return {"call": call, "saved_ms": saved_by(spans, call)}


@q.wrong(
    "That is the longest call on the path; the next branch is close behind it.",
    "Retime each call to 0 and compare the roots.",
)
def longest_on_the_path(spans):
    calls = calls_of_page(spans)
    on_path = calls[calls.span_id.isin(critical_path(spans).span_id)]
    call = on_path.sort_values("duration_ms").span_id.iloc[-1]
    return {"call": call, "saved_ms": saved_by(spans, call)}


@q.wrong(
    "That call has the most self time, which says nothing about who waits.",
    "Retime each call to 0 and compare the roots.",
)
def most_self_time(spans):
    own = self_time(spans)
    call = max(calls_of_page(spans).span_id, key=lambda span_id: own[span_id])
    return {"call": call, "saved_ms": saved_by(spans, call)}


@q.wrong(
    "That is how long the page takes without it.", "Saved: the root's duration now minus the root's after retiming."
)
def what_the_page_takes_then(spans):
    call = max(calls_of_page(spans).span_id, key=lambda span_id: saved_by(spans, span_id))
    return {"call": call, "saved_ms": wait_ms(retime(spans, call, 0))}


@q.alternative
def best_by_loop(spans):
    winner, most = "", -1.0
    for call in calls_of_page(spans).span_id:
        now = wait_ms(spans) - wait_ms(retime(spans, call, 0.0))
        if now > most:
            winner, most = call, now
    return {"call": winner, "saved_ms": most}


@q.alternative
def best_by_series(spans):
    calls = calls_of_page(spans).span_id
    saved = pd.Series([saved_by(spans, call) for call in calls], index=list(calls))
    return {"call": saved.idxmax(), "saved_ms": saved.max()}
