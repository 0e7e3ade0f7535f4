"""partners-complaint: which service makes home pages slow, and for whom?"""

from watchkeeper.staff.author.writing import Number, Record, SomeOf, Text, question, whole
from watchkeeper.traces import self_time

MECHANISMS = (
    "slow for all",
    "slow for some",
    "many small queries",
    "waits for another",
    "slow connection",
    "nothing is wrong",
)

q = question(
    kind="diagnose",
    points=4,
    answer=Record(
        {
            "service": Text("a service's name"),
            "mechanism": Text("a mechanism", MECHANISMS),
            "slow_percent": Number("%", within=0.3),
            "evidence": SomeOf(Text("a span id"), at_least=3),
        }
    ),
)
q.inputs(whole("discounts-complaint"))
q.hints(
    'complaint.trace_at("GET /", 0.9) is a page of the slow hill. Walk its path.',
    "traces.self_time(complaint.spans) beside the SERVER spans of each service: who has two kinds?",
    "slow_percent: home pages with start_ns after that deploy, and how many are in the slow hill.",
)
q.passed("The median hardly moved, and the customers were right. When two reports disagree, draw the distribution.")


@q.wrong(
    "It was deployed just before, which is no evidence. Do its spans last longer?",
    "On a slow page, whose SERVER span has grown by about as much as the page?",
    misconception="the first deploy before the trouble is the cause",
)
def other_deploy(recording):
    return {"service": recording.deploys.service[recording.deploys.service != "discounts"].iloc[0]}


@q.wrong(
    "Its span holds all that it waits for, so it grows with whoever is slow.",
    "Compare self time by service: a quick home page and a slow one.",
)
def whoever_is_seen(recording):
    return {"service": "frontend"}


@q.wrong(
    "That is whom home pages usually wait for, and it takes as long as ever.",
    "traces.path_share of a slow page: who has nearly all of it?",
)
def usually_waited_for(recording):
    return {"service": "recommendation"}


@q.wrong(
    "The median hides it: more than half of the pages are as quick as before.",
    "latency.compare at 0.9, before both deploys and after both.",
    misconception="whoever is slow moves the number in the middle",
)
def the_median_hardly_moved(recording):
    return {"mechanism": "nothing is wrong"}


@q.wrong(
    "The quick hill stands where it stood: most pages take as long as before.",
    "How many of its SERVER spans since the deploy are long?",
)
def all_of_them_slower(recording):
    return {"mechanism": "slow for all"}


@q.wrong(
    "Its SERVER span is as long as the CLIENT span above it.",
    "So the time passes inside the service. In children, or in itself?",
)
def the_way_there(recording):
    return {"mechanism": "slow connection"}


@q.wrong(
    "Count its database calls on a slow page and on a quick one.",
    "Self time says how much of its span no child explains.",
)
def a_database(recording):
    return {"mechanism": "many small queries"}


@q.wrong(
    "Its children take a few ms in all, on slow pages too.", "Look at the self time of its SERVER span on a slow page."
)
def somebody_it_asks(recording):
    return {"mechanism": "waits for another"}


def long_ones(recording, service="discounts"):
    spans = recording.spans.assign(self_ms=self_time(recording.spans).to_numpy())
    return spans[(spans.service == service) & (spans.kind == "SERVER") & (spans.self_ms > 200)]


@q.wrong(
    "You counted the pages from before the deploy among the others.",
    "Only home pages that began after that service's deploy.",
)
def of_the_whole_recording(recording):
    homes = recording.traces()
    return {"slow_percent": 100 * len(long_ones(recording)) / (homes.route == "GET /").sum()}


@q.wrong(
    "You counted from the first deploy on, which is not that service's.",
    "Only home pages that began after that service's deploy.",
)
def since_the_first_deploy(recording):
    homes = recording.traces()
    homes = homes[(homes.route == "GET /") & (homes.start_ns > recording.deploys.time_ns.min())]
    return {"slow_percent": 100 * homes.trace_id.isin(long_ones(recording).trace_id).mean()}


@q.wrong("You divided by the requests of all routes.", "Of the home pages since that deploy: how many are slow?")
def beyond_the_mean_of_all_routes(recording):
    requests = recording.traces()
    since = requests[requests.start_ns > recording.deploys.time_ns.max()]
    return {"slow_percent": 100 * since.trace_id.isin(long_ones(recording).trace_id).mean()}


def complaint_pages(recording, service):
    homes = recording.traces()
    homes = homes[homes.route == "GET /"]
    return homes[homes.start_ns > recording.deploys.set_index("service").time_ns[service]]


@q.wrong("Those are the ones that stayed quick.", "This asks for the share of the slow ones.")
def quick_pages_percent(recording):
    since = complaint_pages(recording, "discounts")
    return {"slow_percent": 100 - 100 * since.trace_id.isin(long_ones(recording).trace_id).mean()}


@q.wrong(
    "Those are trace ids, and a trace holds everybody's spans.", "Give the span_id of the service's own SERVER spans."
)
def trace_ids_given(recording):
    return {"evidence": long_ones(recording).trace_id.tolist()}


@q.wrong("That is below 1 %: a fraction, or nearly no page.", "This asks for %: 0.26 of the pages are 26.0.")
def percent_as_fraction(recording):
    since = complaint_pages(recording, "discounts")
    return {"slow_percent": since.trace_id.isin(long_ones(recording).trace_id).mean()}


@q.wrong("Those spans waited, or hang below it.", "Name SERVER spans of the service itself.")
def those_who_waited(recording):
    slow = long_ones(recording).trace_id
    spans = recording.spans[recording.spans.trace_id.isin(slow)]
    return {"evidence": spans[(spans.service != "discounts") | (spans.kind != "SERVER")].span_id.tolist()}


@q.wrong("Those spans of that service are quick ones: they show nothing.", "Name those with much self time.")
def its_quick_ones(recording):
    spans = recording.spans
    mine = spans[(spans.service == "discounts") & (spans.kind == "SERVER")]
    return {"evidence": mine[~mine.span_id.isin(long_ones(recording).span_id)].span_id.tolist()}


@q.alternative
def partners_by_duration(recording):
    since = complaint_pages(recording, "discounts")
    shown = recording.spans[(recording.spans.service == "discounts") & (recording.spans.kind == "SERVER")]
    shown = shown[shown.duration_ms > 300]
    return {
        "service": "discounts",
        "mechanism": "slow for some",
        "slow_percent": 100 * (since.duration_ms > 250).mean(),
        "evidence": shown.span_id.tolist()[-3:],
    }


@q.alternative
def partners_by_the_valley(recording):
    """The two hills by the widest gap between neighbours, then whose own time makes the difference."""
    since = complaint_pages(recording, "discounts").sort_values("duration_ms")
    gap = since.duration_ms.diff().iloc[len(since) // 2 : -3].idxmax()
    slow = since[since.duration_ms >= since.duration_ms[gap]]
    spans = recording.spans.assign(self_ms=self_time(recording.spans).to_numpy())
    spans = spans[(spans.kind == "SERVER") & spans.trace_id.isin(slow.trace_id)]
    culprit = spans.groupby("service").self_ms.median().idxmax()
    return {
        "service": culprit,
        "mechanism": "slow for some",
        "slow_percent": 100 * len(slow) / len(since),
        "evidence": spans[spans.service == culprit].span_id.tolist()[:5],
    }
