"""by-place-and-time: how often does a join by place and time find one request only?"""

from watchkeeper.staff.author.writing import MapOf, Number, question, whole, whole_on_paper

TIED_SPANS = [
    ("t1", "UNSET", "a1", "", "cart", "GET /carts", "SERVER", 0, 10),
    ("t2", "UNSET", "b1", "", "cart", "GET /carts", "SERVER", 10, 20),
    ("t3", "UNSET", "c1", "", "shipping", "GET /quotes", "SERVER", 30, 40),
]
TIED_RECORDS = [
    (at, service, "INFO", 9, trace, span, "written")
    for at, service, trace, span in (
        (0, "cart", "t1", "a1"),
        (0, "cart", "t1", "a1"),
        (5, "cart", "t1", "a1"),
        (6, "cart", "t1", "a1"),
        (10, "cart", "t1", "a1"),
        (20, "cart", "t2", "b1"),
        (35, "shipping", "t3", "c1"),
        (40, "shipping", "t3", "c1"),
    )
]

q = question(
    kind="compute",
    points=3,
    answer=MapOf("service", Number("(a share from 0 to 1)", within=0.0005)),
    yours=["watchkeeper.logs.join_window"],
)
q.inputs(
    whole_on_paper("three made-up requests and their ends", TIED_SPANS, TIED_RECORDS),
    whole("sunday-night"),
)
q.hints(
    "One record, one moment: which rows of `working` had begun and not yet ended?",
    "Two conditions joined by &: one on start_ns, one on end_ns, each against record.time_ns.",
    "Of these rows you need the trace ids, each of them once.",
)
q.passed("Without ids a quiet service can still be read; a busy one keeps its secrets when it matters.")


def open_at(recording, service, by="service", kinds_of_span=None, all_records=False):
    """For each record of a service: its own trace id, and the trace ids of the spans that were open at its time."""
    spans, written = recording.spans, recording.logs[recording.logs.service == service]
    if not all_records:
        written = written[written.trace_id != ""]
    if by == "service":
        spans = spans[spans.service == service]
    elif by == "host":
        spans = spans[spans.host == written.host.iloc[0]]
    if kinds_of_span:
        spans = spans[spans.kind.isin(kinds_of_span)]
    start, end, ids = spans.start_ns.to_numpy(), spans.end_ns.to_numpy(), spans.trace_id.to_numpy(dtype=object)
    return [
        (own, ids[(start <= at) & (at <= end)].tolist())
        for own, at in zip(written.trace_id, written.time_ns, strict=True)
    ]


def shares(recording, holds, **how):
    found = {}
    for service in ("cart", "shipping"):
        pairs = open_at(recording, service, **how)
        found[service] = sum(map(holds, pairs)) / len(pairs)
    return found


@q.wrong(
    "The true trace is among your candidates, but not alone.",
    "candidates must be a set of all traces open at that moment.",
)
def among_several(recording):
    return shares(recording, lambda pair: pair[0] in pair[1])


@q.wrong(
    "You counted open spans; a request can have several.",
    "A list keeps each of them: make a set of their trace ids.",
    misconception="one open span is one request (11)",
)
def spans_not_requests(recording):
    return shares(recording, lambda pair: len(pair[1]) == 1)


def alone(pair):
    return set(pair[1]) == {pair[0]}


@q.wrong(
    "All services' spans count in your answer: a time without a place.",
    "Search in `working`, the spans of this service.",
)
def anywhere_in_the_shop(recording):
    return shares(recording, alone, by="nowhere")


@q.wrong("A host runs several services; the record names one.", "Search in `working`, the spans of this service.")
def anywhere_on_the_host(recording):
    return shares(recording, alone, by="host")


@q.wrong(
    "You divided by all records; not every record has an id.",
    "Only records with an id can tell whether the join was right.",
    misconception="every record has a trace id (11)",
)
def every_record_has_an_id(recording):
    return shares(recording, alone, all_records=True)


@q.wrong("Those are per cent.", "Give shares from 0 to 1.")
def found_in_percent(recording):
    return {service: 100 * share for service, share in shares(recording, alone).items()}


@q.wrong("Those are numbers of records.", "Divide by the number of records with an id.")
def found_counted(recording):
    return {service: float(sum(map(alone, open_at(recording, service)))) for service in ("cart", "shipping")}


def between(recording, holds):
    """Shares with another rule for who is open: `holds(start, at, end)`."""
    found = {}
    for service in ("cart", "shipping"):
        spans = recording.spans[recording.spans.service == service]
        written = recording.logs[(recording.logs.service == service) & (recording.logs.trace_id != "")]
        right = [
            set(spans.trace_id[holds(spans.start_ns, at, spans.end_ns)]) == {own}
            for at, own in zip(written.time_ns, written.trace_id, strict=True)
        ]
        found[service] = sum(right) / len(right)
    return found


@q.wrong(
    "Your spans end almost as they begin: is something in milliseconds there?",
    "start_ns and end_ns are both nanoseconds: compare with end_ns.",
)
def milliseconds_added(recording):
    """The end as start_ns + duration_ms: a span of 20 ms lasts 20 ns."""
    return between(recording, lambda start, at, end: (start <= at) & (at <= start + (end - start) / 1e6))


@q.wrong(
    "One condition is enough in your answer: then every span was open.", "Begun *and* not yet ended: join the two by &."
)
def one_condition_is_enough(recording):
    return between(recording, lambda start, at, end: (start <= at) | (at <= end))


@q.wrong(
    "No record found its own trace, and it alone.", "Candidates are trace ids; both conditions must hold, joined by &."
)
def nothing_alone(recording):
    """What comes of span ids, and of conditions that never hold together."""
    return {"cart": 0.0, "shipping": 0.0}


@q.wrong(
    "Spans that ended long ago are still among your candidates.",
    "Ask for the end, too: end_ns at record.time_ns or after it.",
)
def only_begun(recording):
    found = {}
    for service in ("cart", "shipping"):
        spans = recording.spans[recording.spans.service == service]
        written = recording.logs[(recording.logs.service == service) & (recording.logs.trace_id != "")]
        begun = [set(spans.trace_id[spans.start_ns <= at]) for at in written.time_ns]
        found[service] = sum(traces == {own} for traces, own in zip(begun, written.trace_id, strict=True)) / len(begun)
    return found


@q.wrong(
    "Your candidates had ended: the sign at end_ns looks the other way.",
    "Not ended before the record: end_ns at record.time_ns or after it.",
)
def ended_already(recording):
    return between(recording, lambda start, at, end: (start <= at) & (end <= at))


@q.wrong("A record written just as its span begins or ends is lost.", "Both ends count: <= and >=.")
def neither_end(recording):
    return between(recording, lambda start, at, end: (start < at) & (at < end))


@q.wrong("A record written just as its span ends is lost.", "Both ends count, the end_ns as well.")
def end_left_out(recording):
    return between(recording, lambda start, at, end: (start <= at) & (at < end))


@q.wrong(
    "Those are the ones left open, with several candidates.",
    "Count records whose set of candidates is their own trace and no other.",
)
def left_open(recording):
    return shares(recording, lambda pair: len(set(pair[1])) > 1)


@q.alternative
def place_by_loop(recording):
    found = {}
    for service in ("cart", "shipping"):
        spans = recording.spans[recording.spans.service == service]
        times = list(zip(spans.start_ns, spans.end_ns, spans.trace_id, strict=True))
        written = recording.logs[(recording.logs.service == service) & (recording.logs.trace_id != "")]
        right = [
            {trace for start, end, trace in times if start <= at <= end} == {own}
            for at, own in zip(written.time_ns, written.trace_id, strict=True)
        ]
        found[service] = sum(right) / len(right)
    return found


@q.alternative
def place_by_arrays(recording):
    return shares(recording, alone)
