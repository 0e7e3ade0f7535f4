"""longest-off-path: which of the frontend's calls off the critical path lasts longest?"""

from watchkeeper import traces
from watchkeeper.staff.author.writing import Text, pick, question

from ...vocabulary import SERVICES
from .shared import frontend_calls

q = question(kind="read", points=2, answer=Text("a service's name", options=SERVICES))
q.inputs(pick("monday-morning", "GET /", [0.5]))
q.hints(
    "Start at the end of the page and ask: which call ended last before here?",
    "Among calls that run at the same time, only the one that ends last is waited for.",
    "Cross out all calls you came through. Of the rest, take the longest.",
)
q.passed("Making this one faster would change nothing for the customer: good to know before you try.")


@q.wrong(
    "That is the longest call of all, and the page did wait for it.",
    "Of the calls that run beside it, which is the longest?",
    misconception="the longest child is critical",
)
def longest_call(spans):
    return frontend_calls(spans).sort_values("duration_ms").called.iloc[-1]


@q.wrong(
    "Called most, but one after the other: the page waited for every one.",
    "Off the path are calls that ended while a later one still ran.",
)
def called_most(spans):
    return frontend_calls(spans).called.value_counts().idxmax()


@q.wrong(
    "That one is off the path; of those that are, it is not the longest.",
    "Which others end while a later one still runs? Compare durations.",
)
def middle_off_path(spans):
    calls = frontend_calls(spans)
    on_path = set(traces.critical_path(spans).span_id)
    return calls[~calls.span_id.isin(on_path)].sort_values("duration_ms").called.iloc[-2]


@q.wrong(
    "That one is off the path, but something longer is as well.",
    "Compare the durations of all calls that nobody waited for.",
)
def shortest_off_path(spans):
    calls = frontend_calls(spans)
    on_path = set(traces.critical_path(spans).span_id)
    return calls[~calls.span_id.isin(on_path)].sort_values("duration_ms").called.iloc[0]


@q.wrong(
    "The page asks that one first and waits for it before it goes on.",
    "Look at the calls that begin together, and which ends last.",
)
def first_called(spans):
    return frontend_calls(spans).sort_values("start_ns").called.iloc[0]


@q.alternative
def off_path_by_drag(spans):
    calls = frontend_calls(spans)
    idle = traces.drag(spans)
    return max((call.duration_ms, call.called) for call in calls.itertuples() if idle[call.span_id] == 0)[1]


@q.alternative
def off_path_by_walk(spans):
    calls, on_path = frontend_calls(spans), set()
    at = calls.end_ns.max()
    for call in calls.sort_values("end_ns", ascending=False).itertuples():
        if call.end_ns <= at:
            on_path.add(call.span_id)
            at = call.start_ns
    return calls[~calls.span_id.isin(on_path)].nlargest(1, "duration_ms").called.item()
