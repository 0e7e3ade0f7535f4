"""calls-for-one: how often is each edge called per request?"""

from functools import cache

from watchkeeper import Recording
from watchkeeper.staff.author.writing import MapOf, Number, question, route, table

from .shared import joined

CALL_COLUMNS = ("trace_id", "span_id", "parent_span_id", "service", "kind", "duration_ms", "start_ns")
# Five requests: four of them ask cart once, once, twice and five times; the last asks ads, which asks a database.
CALLS = [
    *(
        row
        for n, asks in enumerate([1, 1, 2, 5], start=1)
        for row in [
            (f"t{n}", f"p{n}", "", "frontend", "SERVER", 50.0, 100 * n),
            *((f"t{n}", f"c{n}{k}", f"p{n}", "frontend", "CLIENT", 5.0, 100 * n + k) for k in range(asks)),
            *((f"t{n}", f"s{n}{k}", f"c{n}{k}", "cart", "SERVER", 4.0, 100 * n + k) for k in range(asks)),
        ]
    ),
    ("t5", "p5", "", "frontend", "SERVER", 50.0, 500),
    ("t5", "c5", "p5", "frontend", "CLIENT", 5.0, 501),
    ("t5", "s5", "c5", "ads", "SERVER", 4.0, 502),
    ("t5", "d5", "s5", "ads", "CLIENT", 1.0, 503),
]


@cache  # an apprentice's notebook has it open
def the_morning():
    return Recording.open("monday-morning")


q = question(
    kind="compute",
    points=2,
    answer=MapOf("edge", Number("calls", within=0.005)),
    yours=["watchkeeper.traces.service_graph"],
)
q.inputs(
    table("five requests on paper", CALL_COLUMNS, CALLS),
    route("saturday-orders", "POST /checkout"),
    route("monday-morning", "GET /"),
)
q.hints(
    'paired(spans).groupby("edge") has a group for each edge.',
    ".size() counts its rows; .trace_id.nunique() counts the requests among them.",
    "Divide the first by the second.",
)
q.passed("When this number grows and traffic doesn't, somebody asks more often than before: a page, or a retry.")


@q.wrong(
    "That is the number of calls in all: an edge's count is not a request's.",
    "Divide by the number of requests in which the edge occurs.",
    misconception="the number of calls of an edge is that of a request (11)",
)
def all_calls(spans):
    return joined(spans).groupby("edge").size().astype(float)


@q.wrong(
    "You divided by all requests, also by those without this edge.",
    "Divide by the number of requests in which the edge occurs.",
)
def over_all_requests(spans):
    return joined(spans).groupby("edge").size() / spans.trace_id.nunique()


@q.wrong("That is in how many requests the edge occurs.", "Divide the number of calls by that.")
def requests_with_it(spans):
    return joined(spans).groupby("edge").trace_id.nunique().astype(float)


@q.wrong("That is the share of the requests in which the edge occurs.", "How many calls does such a request make?")
def share_of_requests(spans):
    return joined(spans).groupby("edge").trace_id.nunique() / spans.trace_id.nunique()


def calls_a_request(spans):
    return joined(spans).groupby(["edge", "trace_id"]).size().groupby("edge")


@q.wrong(
    "That is the median over the requests; this asks for the mean.",
    "Divide all calls of the edge by the requests in which it occurs.",
)
def the_median(spans):
    return calls_a_request(spans).median()


@q.wrong("That is the most that one request made.", "Divide all calls of the edge by the requests in which it occurs.")
def the_most(spans):
    return calls_a_request(spans).max().astype(float)


@q.wrong("You rounded to whole numbers, and a mean seldom is one.", "Don't round at all.")
def to_whole_numbers(spans):
    return calls_a_request(spans).mean().round()


@q.wrong("You rounded to one decimal.", "Give two, or don't round at all.")
def to_one_decimal(spans):
    return calls_a_request(spans).mean().round(1)


@q.wrong("Your keys are pairs of names.", "Use one text, the column edge of paired(spans).")
def keyed_by_pairs(spans):
    return {tuple(edge.split(" → ")): calls for edge, calls in calls_by_loop(spans).items()}


@q.wrong("Your keys have -> for the arrow.", "Use the column edge of paired(spans) as it is.")
def typed_arrows(spans):
    return {edge.replace("→", "->"): calls for edge, calls in calls_by_loop(spans).items()}


@q.wrong(
    "That is the answer for the whole morning, whatever the function is given.",
    "Use the argument, spans, not morning.spans.",
)
def the_morning_always(spans):
    return calls_by_loop(the_morning().spans)


@q.wrong("You counted both spans of each call.", "A row of paired(spans) is one call.")
def both_sides_counted(spans):
    return {edge: 2 * calls for edge, calls in calls_by_loop(spans).items()}


@q.wrong("Your arrows point from the called to the caller.", "Write them as paired(spans) does: who asks comes first.")
def arrows_turned_round(spans):
    return {" → ".join(reversed(edge.split(" → "))): calls for edge, calls in calls_by_loop(spans).items()}


@q.wrong("You grouped by who is called; an edge has two ends.", "Group by the column edge.")
def by_who_is_called(spans):
    by_service = joined(spans).groupby("service")
    return by_service.size() / by_service.trace_id.nunique()


@q.alternative
def calls_by_loop(spans):
    calls, seen = {}, {}
    for one in joined(spans).itertuples():
        calls[one.edge] = calls.get(one.edge, 0) + 1
        seen.setdefault(one.edge, set()).add(one.trace_id)
    return {edge: count / len(seen[edge]) for edge, count in calls.items()}


@q.alternative
def calls_by_table(spans):
    counts = joined(spans).groupby(["edge", "trace_id"]).size()
    return counts.groupby("edge").mean()
