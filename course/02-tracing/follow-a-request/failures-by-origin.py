"""failures-by-origin: in which services do the errors of failed requests begin?"""

from watchkeeper.staff.author.writing import MapOf, Number, Record, question, whole
from watchkeeper.traces import error_origins

q = question(
    kind="compute",
    points=4,
    answer=Record(
        {
            "failed": MapOf("service", Number("requests", within=0.1)),
            "masked": MapOf("service", Number("requests", within=0.1)),
        }
    ),
)
q.inputs(whole("carts-complaint"), whole("saturday-orders"), whole("thursday-morning"))
q.hints(
    "Steps 1 and 2 as in the worked example, for all spans of the recording at once.",
    "origins.trace_id.isin(...) tells which of them belong to requests with the status ERROR.",
    '.groupby("service").trace_id.nunique().to_dict() counts requests, once for each of the two.',
)
q.passed("You have told harm from noise, and the origin from its echoes. That decides whom to wake.")


def error_spans(recording):
    spans = recording.spans
    return spans[spans.status == "ERROR"]


def in_failed(recording, rows):
    requests = recording.traces()
    return rows.trace_id.isin(requests.trace_id[requests.status == "ERROR"])


def began_there(recording):
    wrong = error_spans(recording)
    return wrong[~wrong.span_id.isin(wrong.parent_span_id)]


def split_by_request(recording, rows, counts):
    failed = in_failed(recording, rows)
    return {"failed": counts(rows[failed]), "masked": counts(rows[~failed])}


@q.wrong(
    "You counted origins; several may begin in one request.",
    "Count different trace ids in each service.",
    misconception="every origin is a failure of its own",
)
def origins_counted(recording):
    return split_by_request(recording, began_there(recording), lambda rows: rows.service.value_counts().to_dict())


@q.wrong(
    "You counted error spans: one failure marks many of them.",
    "Keep those that have no error among their children.",
    misconception="the number of error spans is the number of failures (5)",
)
def error_spans_counted(recording):
    wrong = error_spans(recording)
    failed = in_failed(recording, wrong)
    return {
        "failed": wrong[failed].service.value_counts().to_dict(),
        "masked": wrong[~failed].service.value_counts().to_dict(),
    }


def by_service(rows):
    return rows.groupby("service").trace_id.nunique().to_dict()


@q.wrong(
    "Those are all services that have an error; most only passed it on.",
    "Keep spans that have no error among their children.",
)
def whoever_has_one(recording):
    wrong = error_spans(recording)
    failed = in_failed(recording, wrong)
    return {"failed": by_service(wrong[failed]), "masked": by_service(wrong[~failed])}


def with_failed(recording, counts):
    return {**verdict_by_loop(recording), "failed": counts}


@q.wrong(
    "That is the service with the most error spans: it may only pass them on.",
    "Ask where the errors of each failed request began.",
    misconception="the service with the most error spans is guilty (7)",
)
def the_loudest_team(recording):
    failed = recording.traces().query("status == 'ERROR'")
    return with_failed(recording, {error_spans(recording).service.value_counts().idxmax(): len(failed)})


@q.wrong(
    "That is where an error ends its way up, not where it began.",
    "Go down to the error span that has no error below it.",
)
def where_the_shopper_sees_it(recording):
    wrong = error_spans(recording)
    topmost = wrong[~wrong.parent_span_id.isin(wrong.span_id)]
    failed = in_failed(recording, topmost)
    return {"failed": by_service(topmost[failed]), "masked": by_service(topmost[~failed])}


@q.wrong(
    "You called every request with an error in it failed.",
    "Ask the request's own status, then split.",
    misconception="every error is a failure (6)",
)
def every_error_a_failure(recording):
    return {"failed": by_service(began_there(recording)), "masked": {}}


@q.wrong('Under "failed" are also requests that ended well.', "Keep origins whose request has the status ERROR.")
def all_origins_as_failed(recording):
    return with_failed(recording, by_service(began_there(recording)))


def with_masked(recording, counts):
    return {**verdict_by_loop(recording), "masked": counts}


@q.wrong(
    "A root that is fine may have errors below it: they are masked.",
    "Look for origins in requests that ended well.",
    misconception="where the root is fine, all is fine (6)",
)
def fine_at_the_root(recording):
    return with_masked(recording, {})


@q.wrong(
    'Under "masked" you name who did without the answer.',
    "Name the service in which the error began, as for the others.",
)
def whoever_coped(recording):
    """The service that did without the answer, in place of the one in which the error began."""
    wrong = error_spans(recording)
    topmost = wrong[~wrong.parent_span_id.isin(wrong.span_id) & ~in_failed(recording, wrong)]
    return with_masked(recording, by_service(topmost))


@q.wrong(
    "An error can begin in any kind of span; you kept one kind only.",
    "Keep every error span that has no error among its children.",
    misconception="errors begin in SERVER spans",
)
def only_server_origins(recording):
    origins = began_there(recording)
    return split_by_request(recording, origins[origins.kind == "SERVER"], by_service)


@q.wrong(
    "No SERVER span has a SERVER span as child: a CLIENT span is between.",
    "Look for children among all error spans, of any kind.",
)
def servers_among_themselves(recording):
    """Looks for children among SERVER spans alone: between two of them there is always a CLIENT span."""
    wrong = error_spans(recording).query("kind == 'SERVER'")
    return split_by_request(recording, wrong[~wrong.span_id.isin(wrong.parent_span_id)], by_service)


@q.wrong("The two dicts have changed places.", '"failed" holds requests whose status is ERROR.')
def turned_over(recording):
    found = verdict_by_loop(recording)
    return {"failed": found["masked"], "masked": found["failed"]}


@q.wrong("Those are shares, in %.", "Give the number of requests.")
def in_percent(recording):
    found = verdict_by_loop(recording)
    return {
        name: {service: 100 * count / sum(counts.values()) for service, count in counts.items()}
        for name, counts in found.items()
    }


@q.alternative
def verdict_by_library(recording):
    found = {}
    origins = error_origins(recording.spans).query("role == 'origin'")
    failed = in_failed(recording, origins)
    for name, rows in (("failed", origins[failed]), ("masked", origins[~failed])):
        found[name] = by_service(rows)
    return found


@q.alternative
def verdict_by_loop(recording):
    status = dict(zip(recording.traces().trace_id, recording.traces().status, strict=True))
    wrong = error_spans(recording)
    passed_on, met = set(wrong.parent_span_id), {"failed": {}, "masked": {}}
    for span in wrong.itertuples():
        if span.span_id not in passed_on:
            group = met["failed" if status[span.trace_id] == "ERROR" else "masked"]
            group.setdefault(span.service, set()).add(span.trace_id)
    return {name: {service: len(ids) for service, ids in group.items()} for name, group in met.items()}
