"""unsaid: which errors did no record report?"""

from watchkeeper import traces
from watchkeeper.staff.author.writing import Count, MapOf, question, whole, whole_on_paper

from .shared import tally

LEVELS = [
    ("w", "ERROR", "a", "", "cart", "get", "SERVER", 0, 10),
    ("f", "ERROR", "b", "", "cart", "get", "SERVER", 20, 30),
]
OF_LEVELS = [(5, "cart", "WARN", 13, "w", "a", "odd"), (25, "cart", "FATAL", 21, "f", "b", "out of memory")]

q = question(kind="compute", points=3, answer=MapOf("service", Count("requests")))
q.inputs(
    whole("thursday-morning"),
    whole("saturday-orders"),
    whole("carts-complaint"),
    whole("sunday-night"),
    whole_on_paper("a warning and a FATAL", LEVELS, OF_LEVELS),
)
q.hints(
    "Two lists of pairs (trace_id, service): where errors began, and who wrote an ERROR.",
    "Two columns, zipped, are pairs; a set keeps each pair once and can be subtracted.",
    "The pairs of the first that are not in the second, counted by service.",
)
q.passed('"No errors in the log" is a statement about the log. Now you can check it.')


def begun(recording, roles=("origin",)):
    origins = traces.error_origins(recording.spans)
    return origins[origins.role.isin(roles)]


def loud(recording, least=17):
    return recording.logs[recording.logs.severity_number >= least]


@q.wrong(
    "Somebody else's ERROR in the same request counted as said.",
    "The record must be of the service in which the error began.",
    misconception="an ERROR of anybody in the request speaks for all",
)
def any_error_of_the_request(recording):
    found = begun(recording)[["trace_id", "service"]].drop_duplicates()
    return tally(found.service[~found.trace_id.isin(loud(recording).trace_id)])


@q.wrong(
    "You left out a service altogether because it logs errors elsewhere.",
    "Compare request by request: pairs of trace_id and service.",
)
def silent_by_service(recording):
    found = begun(recording)[["trace_id", "service"]].drop_duplicates()
    return tally(found.service[~found.service.isin(loud(recording).service)])


def unsaid_pairs(recording):
    found, errors = begun(recording), loud(recording)
    return set(zip(found.trace_id, found.service, strict=True)) - set(zip(errors.trace_id, errors.service, strict=True))


@q.wrong(
    "Too few are left: only failed requests, or any record counted as an ERROR.",
    "Take all origins, and only records from 17 on.",
    misconception="no errors logged means no failure",
)
def failed_requests_only(recording):
    requests = recording.traces()
    failed = set(requests.trace_id[requests.status == "ERROR"])
    found = unsaid_pairs(recording)
    return tally(service for trace, service in found if trace in failed)


@q.wrong("You counted spans: one request can hold many of them.", "Count each pair of trace_id and service once.")
def spans_not_requests(recording):
    found, silent = begun(recording), unsaid_pairs(recording)
    return tally(one.service for one in found.itertuples() if (one.trace_id, one.service) in silent)


@q.wrong("Those who only passed an error on are among yours.", "Keep the rows whose role is origin.")
def passed_on_counted(recording):
    found = begun(recording, ("origin", "propagated"))
    spoke = set(zip(loud(recording).trace_id, loud(recording).service, strict=True))
    return tally(service for _, service in set(zip(found.trace_id, found.service, strict=True)) - spoke)


@q.wrong(
    "Those are all requests with a failed span of the service, logged or not.",
    "Keep the origins, then take off those whose service wrote an ERROR.",
)
def all_that_failed(recording):
    failed = recording.spans[recording.spans.status == "ERROR"]
    return tally(failed[["trace_id", "service"]].drop_duplicates().service)


@q.wrong(
    "Those are all requests in which an error began, also where it was logged.",
    "Take off those with a record of 17 or more of the same service.",
)
def all_that_began(recording):
    return tally(begun(recording)[["trace_id", "service"]].drop_duplicates().service)


@q.alternative
def unsaid_by_sets(recording):
    return tally(service for _, service in unsaid_pairs(recording))


@q.alternative
def unsaid_by_merge(recording):
    found = begun(recording)[["trace_id", "service"]].drop_duplicates()
    both = found.merge(loud(recording)[["trace_id", "service"]].drop_duplicates(), how="left", indicator=True)
    return both[both._merge == "left_only"].groupby("service").size().to_dict()
