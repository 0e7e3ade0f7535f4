"""how-often-critical: in what share of the requests is each service on the critical path?"""

from watchkeeper.staff.author.writing import MapOf, Number, on_paper, question, route
from watchkeeper.traces import critical_path

from .shared import FANNED_OUT

q = question(kind="compute", points=3, answer=MapOf("a service", Number("%", within=0.1)))
q.inputs(
    on_paper("a page on paper", FANNED_OUT),
    route("monday-morning", "GET /product/{id}"),
    route("monday-morning", "GET /"),
)
q.hints(
    "traces.critical_path(spans) walks every request; each row is a segment, with its trace_id and service.",
    "For one service: how many different trace_id does it have among those rows?",
    'path.groupby("service").trace_id.nunique(), then 100 * … / the number of requests.',
)
q.passed("Rarely critical is not never: what is on 3 % of the paths today may be the one that hangs tonight.")


@q.wrong(
    "That counts requests in which the service appears at all.",
    "Walk first: traces.critical_path(spans) has only what is on a path.",
    misconception="a service is critical wherever it appears",
)
def anywhere_in_the_request(spans):
    return 100 * spans.groupby("service").trace_id.nunique() / spans.trace_id.nunique()


@q.wrong(
    "That is how much of the critical time each service has.",
    "How often, not how long: count requests, leave durations aside.",
)
def share_of_the_time(spans):
    path = critical_path(spans)
    return 100 * path.groupby("service").duration_ms.sum() / path.duration_ms.sum()


@q.wrong(
    "You divided by the number of segments; a service can have many in one path.",
    "Count the different trace_id of each service, divide by all requests.",
)
def share_of_the_segments(spans):
    return 100 * critical_path(spans).service.value_counts(normalize=True)


@q.wrong(
    "You counted segments: a service that comes twice counts twice.",
    "Count different trace_id for each service: nunique() does.",
)
def segments_a_request(spans):
    return 100 * critical_path(spans).service.value_counts() / spans.trace_id.nunique()


@q.wrong(
    "A service that is on no path has no place in the answer, not even with 0.",
    "Leave it out: group the path's rows, not the spans.",
)
def keeps_zeros(spans):
    return {**dict.fromkeys(spans.service, 0.0), **often_by_loop(spans)}


@q.wrong("That is a fraction of 1.", "This asks for %: 0.26 is 26.0.")
def as_a_fraction(spans):
    return critical_path(spans).groupby("service").trace_id.nunique() / spans.trace_id.nunique()


@q.wrong(
    "That is the path of one request, and the next takes another.",
    "Group by service over the paths of all requests.",
    misconception='one request shows "the" critical path',
)
def only_the_first_request(spans):
    path = critical_path(spans)
    return dict.fromkeys(path[path.trace_id == path.trace_id.iloc[0]].service, 100.0)


@q.alternative
def often_by_dropping_repeats(spans):
    once = critical_path(spans).drop_duplicates(["trace_id", "service"])
    return (100 * once.service.value_counts() / once.trace_id.nunique()).to_dict()


@q.alternative
def often_by_loop(spans):
    found = {}
    for _, path in critical_path(spans).groupby("trace_id"):
        for service in set(path.service):
            found[service] = found.get(service, 0) + 1
    requests = len(set(spans.trace_id))
    return {service: 100 * count / requests for service, count in found.items()}
