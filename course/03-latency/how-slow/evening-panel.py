"""evening-panel: which row of the panel raised the alarm, and why?"""

import math

from watchkeeper.latency import bounds_fault, histograms, percentile
from watchkeeper.staff.author.writing import Number, Record, Text, question, whole

PANEL = ("slow itself", "waits for another", "counters begin again", "bounds that don't fit", "too few requests")

q = question(
    kind="diagnose",
    points=4,
    answer=Record(
        {
            "service": Text("a service's name"),
            "mechanism": Text("a mechanism", PANEL),
            "mean_ms": Number("ms", within=0.05),
            "p95_ms": Number("ms", within=0.05),
        }
    ),
)
q.inputs(whole("monday-evening"))
q.hints(
    "For each row of the panel: compare p95_ms with 1000 times the histogram's mean.",
    "plot.histogram_bounds(panel.histogram[row]) shows the bounds and what lies between them.",
    "mean_ms is of one row; p95_ms is by rank, of the service's spans in all its versions.",
)
q.passed("The shop was well, the instrument was not. Look at the bounds before you wake a colleague.")


def panel_rows(recording):
    reports = recording.metrics[recording.metrics["name"] == "http.server.request.duration"]
    rows = histograms(reports, by=["service", "service.version"])
    return rows.assign(p95_ms=[1000 * one.quantile(0.95) for one in rows.histogram])


def the_one(recording):
    rows = panel_rows(recording)
    return rows.loc[rows.p95_ms.idxmax()]


@q.wrong(
    "It was started anew too, but its panel says what its spans say.",
    "Whose p95_ms is in seconds while its spans take milliseconds?",
)
def the_other_restart(recording):
    """Whose counters begin again in the same version."""
    reports = recording.metrics[recording.metrics["name"] == "http.server.request.duration"]
    starts = reports.groupby(["service", reports.attributes.map(str)]).start_ns.nunique()
    again = starts[starts > 1].index.get_level_values("service")
    return {"service": again[again != the_one(recording).service][0]}


@q.wrong(
    "It waits for all the others, and its panel and its spans agree.",
    "Whose p95_ms is far above what its SERVER spans take?",
)
def longest_waits(recording):
    return {"service": "frontend"}


@q.wrong(
    "Few ask it and it takes long, and its panel says about what its spans say.",
    "Whose p95_ms is far above what its SERVER spans take?",
)
def asked_rarely(recording):
    return {"service": "checkout"}


@q.wrong("Few ask it, so its p95 is unsure, but nobody was woken by milliseconds.", "Whose row went up to seconds?")
def asked_rarely_too(recording):
    return {"service": "payment"}


@q.wrong(
    "That is what the panel draws; the spans know what it was.",
    "Take the durations of the service's SERVER spans themselves.",
    misconception='"p95 is that, because the panel says so"',
)
def as_the_panel_says(recording):
    return {"p95_ms": the_one(recording).p95_ms}


@q.wrong(
    "Do its SERVER spans take that long? Look at some of them, and at the mean.",
    "Sum by count is exact in any histogram: panel.histogram has .mean.",
    misconception='"p95 is that, because the panel says so"',
)
def really_slow(recording):
    return {"mechanism": "slow itself"}


@q.wrong(
    "Who waits for another has long SERVER spans; look whether this one has.",
    "Compare the row's p95_ms with its histogram's .mean, which is exact.",
)
def waits_along(recording):
    return {"mechanism": "waits for another"}


@q.wrong(
    "Counters began again at two services, and one of the two rows is right.",
    "Draw both with plot.histogram_bounds: where are their bounds?",
)
def a_restart(recording):
    return {"mechanism": "counters begin again"}


@q.wrong(
    "Compare its count with part 2: that is enough for a p95.",
    "Draw its histogram with plot.histogram_bounds: how many buckets are in use?",
)
def a_handful(recording):
    return {"mechanism": "too few requests"}


def of_service(recording, service):
    spans = recording.spans
    return spans[(spans.kind == "SERVER") & (spans.service == service)].duration_ms


@q.wrong("That is the mean of its SERVER spans.", "This asks for p95, by rank.")
def its_mean(recording):
    return {"p95_ms": of_service(recording, the_one(recording).service).mean()}


@q.wrong("That is in seconds.", "Spans have duration_ms: give it in ms.")
def p95_in_seconds(recording):
    return {"p95_ms": percentile(of_service(recording, the_one(recording).service), 0.95) / 1000}


@q.wrong("Those are the SERVER spans of all services.", "Keep only the service of that row.")
def p95_of_everybody(recording):
    return {"p95_ms": percentile(recording.spans[recording.spans.kind == "SERVER"].duration_ms, 0.95)}


@q.wrong("You took spans of every kind.", 'Keep kind == "SERVER".')
def p95_with_client_spans(recording):
    spans = recording.spans
    return {"p95_ms": percentile(spans[spans.service == the_one(recording).service].duration_ms, 0.95)}


@q.wrong("Those are the spans of one version only.", "The whole evening is asked for: before the restart, and after.")
def one_version_only(recording):
    """Of the version that the panel shows; on some recordings that is the same number, then of the other."""
    spans = recording.spans
    spans = spans[(spans.kind == "SERVER") & (spans.service == the_one(recording).service)]
    versions = spans.resource.map(lambda resource: resource["service.version"])
    p95s = [percentile(spans.duration_ms[versions == one], 0.95) for one in versions.unique()[::-1]]
    return {"p95_ms": max(p95s, key=lambda ms: abs(ms - percentile(spans.duration_ms, 0.95)))}


@q.wrong("Histograms of these recordings count seconds.", "Times 1000: give it in ms.")
def mean_in_seconds(recording):
    return {"mean_ms": the_one(recording).histogram.mean}


@q.wrong(
    "That is a mean of spans; here what the panel's own histogram says is asked.",
    "It is .mean of the histogram in that row, times 1000.",
)
def mean_by_spans(recording):
    return {"mean_ms": of_service(recording, the_one(recording).service).mean()}


@q.wrong(
    "That is drawn as well: a quantile, not the mean.", "The histogram's .mean is its sum by its count, and exact."
)
def middle_by_the_panel(recording):
    return {"mean_ms": 1000 * the_one(recording).histogram.quantile(0.5)}


@q.alternative
def panel_by_bounds(recording):
    rows = panel_rows(recording)
    odd = rows[[max(one.bounds) > 100 for one in rows.histogram]].iloc[0]
    return {
        "service": odd.service,
        "mechanism": "bounds that don't fit",
        "mean_ms": 1000 * odd.histogram.mean,
        "p95_ms": percentile(of_service(recording, odd.service), 0.95),
    }


@q.alternative
def panel_by_fault(recording):
    reports = recording.metrics[recording.metrics["name"] == "http.server.request.duration"]
    found = [
        service
        for (service, _), rows in reports.groupby(["service", reports.bounds.map(str)])
        if len(bounds_fault(rows))
    ]
    in_order = sorted(of_service(recording, found[0]))
    odd = the_one(recording).histogram
    return {
        "service": found[0],
        "mechanism": "bounds that don't fit",
        "mean_ms": 1000 * odd.sum / odd.n,
        "p95_ms": in_order[math.ceil(0.95 * len(in_order)) - 1],
    }
