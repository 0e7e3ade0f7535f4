"""what-could-leave: questions, known wrong answers, honest alternatives. Never part of the kit."""

import pandas as pd

from watchkeeper.staff.author.marking import (
    Count,
    Fact,
    MapOf,
    Number,
    Question,
    Record,
    Reflection,
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
MECHANISMS = (
    "slow itself",
    "many small queries",
    "one slow query",
    "waits for another",
    "slow connection",
    "no answer",
    "nothing is wrong",
)


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
    times = pd.DataFrame(
        {
            "called": [one["server.address"] for one in calls.attributes],
            "from_ns": calls.start_ns - began_ns,
            "to_ns": calls.end_ns - began_ns,
        }
    )
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
    return {
        "service": parents.service.mode().item(),
        "mechanism": "many small queries",
        "evidence": parents.span_id.tolist()[:3],
    }


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


QUESTIONS = [
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
            Wrong(
                anywhere_in_the_request,
                (
                    "That counts requests in which the service appears at all.",
                    "Walk first: traces.critical_path(spans) has only what is on a path.",
                ),
            ),
            Wrong(
                share_of_the_time,
                (
                    "That is how much of the critical time each service has.",
                    "How often, not how long: count requests, leave durations aside.",
                ),
            ),
            Wrong(
                share_of_the_segments,
                (
                    "You divided by the number of segments; a service can have many in one path.",
                    "Count the different trace_id of each service, divide by all requests.",
                ),
            ),
            Wrong(
                segments_a_request,
                (
                    "You counted segments: a service that comes twice counts twice.",
                    "Count different trace_id for each service: nunique() does.",
                ),
            ),
            Wrong(
                keeps_zeros,
                (
                    "A service that is on no path has no place in the answer, not even with 0.",
                    "Leave it out: group the path's rows, not the spans.",
                ),
            ),
            Wrong(as_a_fraction, ("That is a fraction of 1.", "This asks for %: 0.26 is 26.0.")),
            Wrong(
                only_the_first_request,
                (
                    "That is the path of one request, and the next takes another.",
                    "Group by service over the paths of all requests.",
                ),
            ),
        ],
        right=[often_by_dropping_repeats, often_by_loop],
        hints=[
            "traces.critical_path(spans) walks every request; each row is a segment, with its trace_id and service.",
            "For one service: how many different trace_id does it have among those rows?",
            'path.groupby("service").trace_id.nunique(), then 100 * … / the number of requests.',
        ],
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
            Wrong(
                share_of_durations,
                (
                    "You added up durations of spans: time off the path and of parents is in it.",
                    "Add up the duration_ms of the path's segments instead.",
                ),
            ),
            Wrong(
                share_of_self_time,
                (
                    "That is self time: it counts work that nobody waited for.",
                    "Add up the segments of the critical path, by owner.",
                ),
            ),
            Wrong(
                edges_given_to_the_caller,
                (
                    "You gave the client spans' time to the caller.",
                    "Group by owner, not by service: with_owner(spans) names it.",
                ),
            ),
            Wrong(
                mean_of_shares,
                (
                    "That is the mean of each request's shares: short requests count too much.",
                    "Add up the ms of all requests first, then divide once.",
                ),
            ),
            Wrong(share_as_a_fraction, ("That is a fraction of 1.", "This asks for %: 0.26 is 26.0.")),
        ],
        right=[share_by_map, share_by_loop],
        hints=[
            "The four steps of the worked request; only the path now has the segments of many requests.",
            "Each segment's owner: look up its span_id in with_owner(spans), with map or merge.",
            "Sum duration_ms by owner, divide by the sum of all of them, times 100.",
        ],
        passed="This table is what you bring when somebody asks which team's work the customers would feel.",
        yours=["watchkeeper.traces.path_share"],
    ),
    Question(
        name="middle-and-tail",
        kind="read",
        answer=Record({"owner": Text("an owner"), "n": Count("requests")}),
        inputs=[whole("monday-morning")],
        wrong=[
            Wrong(
                shrinks_most,
                (
                    "Large or not: its share is smaller among the slowest than in the middle.",
                    "Slowest minus middle, owner by owner: take the largest difference.",
                ),
            ),
            Wrong(
                n_of_the_middle,
                (
                    "That is how many requests are in the middle fifth.",
                    "n is the number of requests that the slowest share rests on.",
                ),
            ),
            Wrong(
                n_of_the_route,
                (
                    "That is how many product pages there are in all.",
                    "n is how many are left when you keep the slowest 5 %.",
                ),
            ),
            Wrong(
                n_of_the_recording,
                ("That is 5 % of the requests of all routes.", "Keep one route first, then rank within it."),
            ),
        ],
        right=[tail_by_position, tail_by_path_share],
        hints=[
            "Take the cells of the home page and change the route.",
            "share_by_owner gives a share for each cut. An owner that one of them lacks has 0 there.",
            "slow.sub(mid, fill_value=0) subtracts owner by owner; idxmax() names the largest.",
        ],
        passed="The slowest requests are made of other things than the typical one: ask of what before you tune.",
    ),
    Question(
        name="average-first",
        kind="read",
        answer=Record({"service": Text("a service's name"), "percent": Number("%", within=0.1)}),
        inputs=[whole("monday-morning")],
        wrong=[
            Wrong(
                straggler_on_average,
                (
                    "That one ends last in the averaged table, so it is on that path.",
                    "Which of the two does the walk back never enter?",
                ),
            ),
            Wrong(
                percent_of_the_other,
                (
                    "That is how often the other one is critical.",
                    "Count the requests with the left-out service on their own path.",
                ),
            ),
            Wrong(
                percent_of_the_time,
                ("That is its share of the critical time.", "In how many of the requests is it on the path at all?"),
            ),
            Wrong(fraction_of_requests, ("That is a fraction of 1.", "This asks for %: 0.26 is 26.0.")),
            Wrong(
                requests_not_percent,
                ("That is a number of requests.", "Divide by all requests of that route, times 100."),
            ),
        ],
        right=[lost_by_path, lost_by_last_call],
        hints=[
            "In the averaged table: which call has the largest to_ms? Walk back from there.",
            "Two calls run at the same time. The one that ends first is never entered.",
            "The percent is a number that your how_often gives for the spans of GET /products.",
        ],
        passed='An average has no stragglers. Whoever averages first reports a service that "never matters".',
    ),
    Question(
        name="what-would-you-save",
        kind="predict",
        answer=Number("ms", within=0.5),
        inputs=[on_paper("the page on paper", RETIMED)],
        wrong=[
            Wrong(
                without_half_of_it,
                (
                    "You took the whole 20 ms off the page; somebody else was still running.",
                    "What else must have ended before price can begin?",
                ),
            ),
            Wrong(
                nothing_changes,
                (
                    "That is as long as before, but price can begin a little earlier.",
                    "When do similar and banner both have ended, after the change?",
                ),
            ),
            Wrong(
                without_the_gap,
                (
                    "You let price begin at once; it began 2 ms after the last answer before.",
                    "Keep that gap: price moves to the last end + 2 ms.",
                ),
            ),
            Wrong(
                without_the_tail,
                (
                    "You stopped at the end of price; the page went on for a while after it.",
                    "Step 3: keep the page's tail.",
                ),
            ),
            Wrong(the_saving, ("That is what is saved.", "This asks how long the page takes then.")),
        ],
        right=[by_the_next_branch, by_forward_counting],
        hints=[
            "Step 1: similar now lasts from 32 to 52.",
            "Step 2: price waits for all that had ended before it began: similar and banner. Which ends last now?",
            "Step 3: price keeps its gap of 2 ms and its 20 ms, the page keeps its last 6 ms.",
        ],
        passed='"Twice as fast" is about a call. What the customer gets of it, the next branch decides.',
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
            Wrong(
                longest_of_its_calls,
                (
                    "That is the longest call; while it ran, others ran as well.",
                    "Compare how much earlier the root ends, not how long the calls are.",
                ),
            ),
            Wrong(
                longest_and_its_saving,
                (
                    "That call is the longest, and that is what it would save; another saves more.",
                    "Try every call, then take the largest saving.",
                ),
            ),
            Wrong(
                longest_on_the_path,
                (
                    "That is the longest call on the path; the next branch is close behind it.",
                    "Retime each call to 0 and compare the roots.",
                ),
            ),
            Wrong(
                most_self_time,
                (
                    "That call has the most self time, which says nothing about who waits.",
                    "Retime each call to 0 and compare the roots.",
                ),
            ),
            Wrong(
                what_the_page_takes_then,
                (
                    "That is how long the page takes without it.",
                    "Saved: the root's duration now minus the root's after retiming.",
                ),
            ),
        ],
        right=[best_by_loop, best_by_series],
        hints=[
            "How long the customer waits: root_ms(spans). The candidates: page_calls(spans).span_id.",
            "For each candidate: root_ms(spans) - root_ms(traces.retime(spans, candidate, 0)).",
            "Keep them in a dict from span id to ms; max(saved, key=saved.get) names the best.",
        ],
        passed="Before anybody spends a week on a call, you can say what that week is worth at most.",
        yours=["watchkeeper.traces.drag"],
    ),
    Question(
        name="n-plus-one",
        kind="diagnose",
        answer=Record(
            {
                "service": Text("a service's name"),
                "mechanism": Text("a mechanism", MECHANISMS),
                "evidence": SomeOf(Text("a span id"), at_least=3),
            }
        ),
        inputs=[whole("tuesday-lunch")],
        wrong=[
            Wrong(
                the_currency_service,
                (
                    "Its calls repeat, but they do so on quick home pages as well.",
                    "Compare a quick home page with a slow one: what is new?",
                ),
            ),
            Wrong(
                whoever_has_the_longest_span,
                (
                    "Its span is the longest because it holds all the others.",
                    "Whose share of the critical time is larger on slow home pages?",
                ),
            ),
            Wrong(
                the_usual_straggler,
                (
                    "That is whom home pages usually wait for. Look at the slow ones.",
                    "Whose share of the critical time is larger on the slow ones?",
                ),
            ),
            Wrong(
                the_database_is_slow,
                (
                    "Look for the slow query: the longest of them is still short.",
                    "Count them: how many does one request need, quick and slow?",
                ),
            ),
            Wrong(
                it_just_works_longer,
                (
                    "Its own time has grown, but is that all that has changed?",
                    "Use alike(...) on the quick page and on the slow one.",
                ),
            ),
            Wrong(
                nothing_happened,
                (
                    "The figure shows two kinds of home page: quick ones, and far slower ones.",
                    "What do the slow ones have that the quick ones have not?",
                ),
            ),
            Wrong(
                the_small_queries_themselves,
                (
                    "Those are the small calls; each one alone is harmless.",
                    "Name the spans they hang under: their parent_span_id.",
                ),
            ),
            Wrong(
                the_clients_that_waited,
                ("Those spans waited for the answer.", "Name the spans that the repeated calls hang under."),
            ),
        ],
        right=[tuesday_by_counting_children, tuesday_by_the_slowest],
        hints=[
            "traces.path_share(slow) beside traces.path_share(quick): who has grown?",
            "alike(slow) and alike(quick): which call has become numerous, and whose is it?",
            'alike(spans_of(lunch, "GET /")) lists them for all home pages; see parent_span_id.',
        ],
        passed="Each query was quick: no alarm about slow queries would have rung. Most of the time went into asking.",
    ),
    Question(
        name="two-deploys",
        kind="diagnose",
        answer=Record(
            {
                "service": Text("a service's name"),
                "mechanism": Text("a mechanism", MECHANISMS),
                "evidence": SomeOf(Text("a span id"), at_least=3),
            }
        ),
        inputs=[whole("friday-deploy")],
        wrong=[
            Wrong(
                first_deploy,
                (
                    "It was deployed first, but were pages slow between the two deploys?",
                    "Compare the shares of the critical time in stretch 0 and in stretch 1.",
                ),
            ),
            Wrong(
                grew_most_of_the_calls,
                ("Its spans have grown, but what fills them?", "Look at shares of critical time, or at its self time."),
            ),
            Wrong(
                whoever_the_customer_sees,
                (
                    "It waits for all the others, so its span grows with theirs.",
                    "Look at shares of critical time, or at self time by service.",
                ),
            ),
            Wrong(
                too_many_queries,
                (
                    "Count its database calls a request, before and in the trouble: not one more.",
                    "Which time of its spans has grown: own, or of children?",
                ),
            ),
            Wrong(
                something_it_asks,
                (
                    "Its children take as long as before.",
                    "Compare the self time of its SERVER spans, before and in the trouble.",
                ),
            ),
            Wrong(
                the_way_there,
                (
                    "Its SERVER spans themselves have grown, not only what lies around them.",
                    "Compare the self time of its SERVER spans, before and after that deploy.",
                ),
            ),
            Wrong(
                before_it_was_deployed,
                ("Those spans are from before the trouble.", "Name spans of the same kind from the slow stretch."),
            ),
            Wrong(those_who_waited, ("Those spans waited for the culprit.", "Name the culprit's own SERVER spans.")),
        ],
        right=[friday_by_duration, friday_by_medians],
        hints=[
            "share_by_owner(friday, friday_pages[stretch == 0]) beside the slow stretch's: who has grown?",
            "traces.self_time(friday.spans) says whether a span worked itself or waited for children.",
            "Evidence: SERVER spans of that service from the slow stretch, with much self time.",
        ],
        passed="Two deploys, one culprit: being the first to change something is no evidence.",
    ),
]

REFLECTIONS = [
    Reflection(
        "what-to-move",
        rubric=[
            (
                1.0,
                "one call, a saving in ms with n, what the customer misses, and one thing retiming can't know",
                "The recommendations. On 209 product pages the median of their drag is about 6 ms; the page would first come "
                "without suggestions. Retiming can't know whether the other calls get slower or faster then.",
            ),
            (
                0.5,
                "a call and a saving, but the saving is its duration, or n or the limits are missing",
                "The recommendations, because they take longest. That would save as many ms as they last.",
            ),
            (0.0, "no call named, or a call that a customer can't do without", "We should make the frontend faster."),
        ],
    ),
    Reflection(
        "message-to-the-channel",
        rubric=[
            (
                1.0,
                "harm, proposal, evidence with a number and n, and why the other deploy stays",
                "Product pages take over ten times as long since catalog 1.4.0: its own time went from 2 ms to about 150, its "
                "share of 88 product pages to over 80 %. Roll back catalog. After the first deploy all was quick: it stays.",
            ),
            (
                0.5,
                "the right proposal, but without number, n, or a word about the other deploy",
                "Catalog is slow since its deploy. Please roll it back.",
            ),
            (
                0.0,
                "rolls back both or the wrong one, or blames a person",
                "Roll back everything; whoever deployed on a Friday should know better.",
            ),
        ],
    ),
]


FACTS = [
    Fact(
        "The slowest 5 % are made of other things than the middle.",
        lambda open: growth(open("monday-morning")).max() > 0.05,
    ),
]
