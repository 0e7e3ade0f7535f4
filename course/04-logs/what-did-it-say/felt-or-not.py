"""felt-or-not: which error records belong to requests that failed?"""

from collections import Counter

from watchkeeper.staff.author.writing import Count, MapOf, Record, question, whole, whole_on_paper

from .shared import errors_of, hits

FEW_REQUESTS = [
    ("t1", "UNSET", "a1", "", "frontend", "GET /", "SERVER", 0, 40),
    ("t1", "ERROR", "a2", "a1", "frontend", "GET /ads", "CLIENT", 5, 20),
    ("t1", "ERROR", "a3", "a2", "ads", "GET /ads", "SERVER", 6, 18),
    ("t2", "ERROR", "b1", "", "frontend", "POST /checkout", "SERVER", 50, 90),
    ("t2", "UNSET", "b2", "b1", "payment", "POST /charges", "SERVER", 60, 80),
    ("t3", "UNSET", "c1", "", "frontend", "POST /checkout", "SERVER", 100, 150),
    ("t3", "UNSET", "c2", "c1", "shipping", "POST /shipments", "SERVER", 110, 140),
]
FEW_RECORDS = [
    (7, "ads", "ERROR", 17, "t1", "a3", "quota used up"),
    (12, "ads", "ERROR", 17, "t1", "a3", "quota used up"),
    (17, "ads", "ERROR2", 18, "t1", "a3", "error: gave up"),
    (21, "frontend", "WARN", 13, "t1", "a1", "no banner"),
    (62, "payment", "ERROR", 17, "t2", "b2", "POST /charges:"),
    (85, "frontend", "FATAL", 21, "t2", "b1", "error after error"),
    (86, "frontend", "INFO", 9, "t2", "b1", "page sent"),
    (105, "frontend", "ERROR", 17, "t3", "c1", "tried once"),
    (115, "shipping", "ERROR", 17, "t3", "c2", "no bay at attempt 1"),
    (130, "shipping", "INFO", 9, "t3", "c2", "parcel leaves"),
]

q = question(
    kind="compute",
    points=3,
    answer=Record({"felt": MapOf("service", Count("records")), "unfelt": MapOf("service", Count("records"))}),
    yours=["watchkeeper.logs.join_traces"],
)
q.inputs(
    whole_on_paper("three requests", FEW_REQUESTS, FEW_RECORDS),
    whole("sunday-night"),
    whole("saturday-orders"),
)
q.hints(
    "First the trace ids of the requests that failed, then the records.",
    "errors.trace_id.isin(failed) says for each record whether its request failed.",
    "That splits the error records in two. Count each half by service; dicts of numbers.",
)
q.passed("An ERROR tells that somebody tried in vain. Only the request tells whether a customer did.")


@q.wrong(
    "You took every ERROR for harm; some requests of these ended well.",
    "By trace_id look up the request's status: failed means ERROR.",
    misconception="ERROR means that a customer felt it (5)",
)
def every_error_felt(recording):
    return {"felt": errors_of(recording).service.value_counts().to_dict(), "unfelt": {}}


@q.wrong("In your answer no request failed at all.", "Failed: the status in recording.traces() is ERROR.")
def all_coped_with(recording):
    return {"felt": {}, "unfelt": errors_of(recording).service.value_counts().to_dict()}


def by_harm(recording, chosen):
    requests = recording.traces()
    harmed = chosen.trace_id.isin(requests.trace_id[requests.status == "ERROR"])
    return {
        "felt": chosen[harmed].service.value_counts().to_dict(),
        "unfelt": chosen[~harmed].service.value_counts().to_dict(),
    }


@q.wrong('You searched for the word "error".', "Choose records by severity_number >= 17.")
def words_instead_of_numbers(recording):
    return by_harm(recording, recording.logs[hits(recording.logs)])


@q.wrong(
    "Only the word ERROR counts in your answer; FATAL lies above it.",
    "Choose records by severity_number >= 17.",
    misconception="levels are words, spelt alike everywhere",
)
def the_word_alone(recording):
    return by_harm(recording, recording.logs[recording.logs.severity == "ERROR"])


@q.wrong("Services with 0 are among yours.", "Leave them out: value_counts() of each half does.")
def zeros_kept(recording):
    made, named = by_harm(recording, errors_of(recording)), set(errors_of(recording).service)
    return {part: {service: counts.get(service, 0) for service in named} for part, counts in made.items()}


@q.wrong("Records of every severity are counted.", "Choose records by severity_number >= 17 first.")
def whatever_the_severity(recording):
    return by_harm(recording, recording.logs)


@q.wrong("WARN is among your records.", "ERROR and FATAL only: 17 and more.")
def warnings_felt_too(recording):
    return by_harm(recording, recording.logs[recording.logs.severity_number >= 13])


@q.wrong(
    "A span that failed is not yet a request that failed: it can be masked.",
    "Look at the request's own status, in recording.traces().",
    misconception="a span that failed means a request that failed",
)
def by_any_span(recording):
    """Masked errors taken for harm: a span of the request failed, and the request did not."""
    spans, chosen = recording.spans, errors_of(recording)
    harmed = chosen.trace_id.isin(spans.trace_id[spans.status == "ERROR"])
    return {
        "felt": chosen[harmed].service.value_counts().to_dict(),
        "unfelt": chosen[~harmed].service.value_counts().to_dict(),
    }


@q.wrong(
    "You asked the record's own span; its request may have ended otherwise.",
    "By trace_id look up the request's status, in recording.traces().",
    misconception="a span that failed means a request that failed",
)
def by_own_span(recording):
    spans, chosen = recording.spans, errors_of(recording)
    bad_spans = spans[spans.status == "ERROR"]
    harmed = (chosen.trace_id + chosen.span_id).isin(bad_spans.trace_id + bad_spans.span_id)
    return {
        "felt": chosen[harmed].service.value_counts().to_dict(),
        "unfelt": chosen[~harmed].service.value_counts().to_dict(),
    }


@q.wrong("You counted requests; one can hold several ERROR records.", "Count the records themselves.")
def requests_counted(recording):
    return by_harm(recording, errors_of(recording).drop_duplicates(["service", "trace_id"]))


@q.wrong("Felt and unfelt have changed places.", "Felt: the request's status is ERROR.")
def harm_turned_round(recording):
    made = by_harm(recording, errors_of(recording))
    return {"felt": made["unfelt"], "unfelt": made["felt"]}


@q.alternative
def felt_by_loop(recording):
    status = dict(zip(recording.traces().trace_id, recording.traces().status, strict=True))
    found = {"felt": Counter(), "unfelt": Counter()}
    for record in recording.logs.itertuples():
        if record.severity_number >= 17:
            found["felt" if status.get(record.trace_id) == "ERROR" else "unfelt"][record.service] += 1
    return {name: dict(counts) for name, counts in found.items()}


@q.alternative
def felt_by_merge(recording):
    joined = errors_of(recording).merge(recording.traces()[["trace_id", "status"]], on="trace_id", how="left")
    return {
        name: joined[(joined.status == "ERROR") == felt].groupby("service").size().to_dict()
        for name, felt in (("felt", True), ("unfelt", False))
    }
