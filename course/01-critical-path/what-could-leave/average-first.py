"""average-first: what does a table averaged over many requests hide?"""

import pandas as pd

from watchkeeper.staff.author.writing import Number, Record, Text, question, whole
from watchkeeper.traces import critical_path

from .shared import calls_of_page, owned_path, spans_of_route

q = question(
    kind="read", points=2, answer=Record({"service": Text("a service's name"), "percent": Number("%", within=0.1)})
)
q.inputs(whole("monday-morning"))
q.hints(
    "In the averaged table: which call has the largest to_ms? Walk back from there.",
    "Two calls run at the same time. The one that ends first is never entered.",
    "The percent is a number that your how_often gives for the spans of GET /products.",
)
q.passed('An average has no stragglers. Whoever averages first reports a service that "never matters".')


def averaged_calls(recording):
    spans = spans_of_route(recording, "GET /products")
    calls = calls_of_page(spans)
    began_ns = calls.trace_id.map(spans.groupby("trace_id").start_ns.min())
    times = pd.DataFrame(
        {
            "called": [one["server.address"] for one in calls.attributes],
            "from_ns": calls.start_ns - began_ns,
            "to_ns": calls.end_ns - began_ns,
        }
    )
    return times.groupby("called").mean().sort_values("to_ns")


@q.wrong(
    "That one ends last in the averaged table, so it is on that path.",
    "Which of the two does the walk back never enter?",
    misconception="average the requests, then take the path",
)
def straggler_on_average(recording):
    return {"service": averaged_calls(recording).index[-1]}


def percent_of(recording, service):
    path = critical_path(spans_of_route(recording, "GET /products"))
    return 100 * path[path.service == service].trace_id.nunique() / path.trace_id.nunique()


@q.wrong(
    "That is how often the other one is critical.", "Count the requests with the left-out service on their own path."
)
def percent_of_the_other(recording):
    return {"percent": percent_of(recording, averaged_calls(recording).index[-1])}


def left_out(recording):
    """Of the two calls, the one that ends first on average."""
    return averaged_calls(recording).index[0]


@q.wrong("That is its share of the critical time.", "In how many of the requests is it on the path at all?")
def percent_of_the_time(recording):
    shares = owned_path(spans_of_route(recording, "GET /products"))
    mine = shares.owner.str.contains(left_out(recording))
    return {"percent": 100 * shares[mine].duration_ms.sum() / shares.duration_ms.sum()}


@q.wrong("That is a fraction of 1.", "This asks for %: 0.26 is 26.0.")
def fraction_of_requests(recording):
    return {"percent": percent_of(recording, left_out(recording)) / 100}


@q.wrong("That is a number of requests.", "Divide by all requests of that route, times 100.")
def requests_not_percent(recording):
    path = critical_path(spans_of_route(recording, "GET /products"))
    return {"percent": path[path.service == left_out(recording)].trace_id.nunique()}


@q.alternative
def lost_by_path(recording):
    return {"service": left_out(recording), "percent": percent_of(recording, left_out(recording))}


@q.alternative
def lost_by_last_call(recording):
    """The straggler of each request by its end, without any path."""
    calls = calls_of_page(spans_of_route(recording, "GET /products"))
    calls = calls.assign(called=[one["server.address"] for one in calls.attributes])
    last = calls.sort_values("end_ns").drop_duplicates("trace_id", keep="last").called
    return {"service": left_out(recording), "percent": 100 * (last == left_out(recording)).mean()}
