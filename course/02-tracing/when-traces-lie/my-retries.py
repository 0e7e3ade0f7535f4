"""my-retries: which client spans are retries, and how long were the pauses before them?"""

from watchkeeper.staff.author.writing import Count, Number, Record, pick, question

from .shared import ANSWERED, SILENT, spans_table

THREE_TRIES = spans_table(
    "the page on paper",
    [
        ("page", "", "frontend", "GET /", "SERVER", 0, 100, "UNSET", "one", ANSWERED),
        ("try1", "page", "frontend", "GET /ads", "CLIENT", 5, 25, "ERROR", "one", SILENT),
        ("try2", "page", "frontend", "GET /ads", "CLIENT", 35, 55, "ERROR", "one", SILENT),
        ("try3", "page", "frontend", "GET /ads", "CLIENT", 75, 90, "UNSET", "one", ANSWERED),
    ],
)
MIXED_TRIES = spans_table(
    "two parents and their calls",
    [
        ("c2", "page", "frontend", "GET /carts", "CLIENT", 231, 331, "ERROR", "one", SILENT),
        ("c1", "page", "frontend", "GET /carts", "CLIENT", 130, 230, "ERROR", "one", SILENT),
        ("r0", "sub", "recommendation", "GET /carts", "CLIENT", 100, 125, "ERROR", "one", SILENT),
        ("x1", "page", "frontend", "GET /quotes", "CLIENT", 365, 370, "ERROR", "one", SILENT),
        ("t2", "page", "frontend", "render", "INTERNAL", 350, 360, "UNSET", "one", SILENT),
        ("t1", "page", "frontend", "render", "INTERNAL", 340, 345, "ERROR", "one", SILENT),
        ("a2", "page", "frontend", "GET /ads", "CLIENT", 80, 110, "ERROR", "one", SILENT),
        ("a1", "page", "frontend", "GET /ads", "CLIENT", 70, 120, "ERROR", "one", SILENT),
        ("p5", "page", "frontend", "GET /prices", "CLIENT", 62, 66, "UNSET", "one", ANSWERED),
        ("p4", "page", "frontend", "GET /prices", "CLIENT", 45, 60, "UNSET", "one", ANSWERED),
        ("r1", "sub", "recommendation", "GET /prices", "CLIENT", 41, 44, "UNSET", "one", ANSWERED),
        ("p3", "page", "frontend", "GET /prices", "CLIENT", 33, 40, "ERROR", "one", SILENT),
        ("p2", "page", "frontend", "GET /prices", "CLIENT", 22, 30, "UNSET", "one", ANSWERED),
        ("p1", "page", "frontend", "GET /prices", "CLIENT", 10, 20, "UNSET", "one", ANSWERED),
        ("sub", "page", "recommendation", "GET /recommendations", "SERVER", 5, 128, "UNSET", "one", ANSWERED),
        ("page", "", "frontend", "GET /", "SERVER", 0, 400, "ERROR", "one", ANSWERED),
    ],
)

q = question(
    kind="compute",
    points=3,
    answer=Record({"retries": Count("retries"), "pause_ms": Number("ms", within=0.01)}),
    yours=["watchkeeper.traces.retries"],
)
q.inputs(
    THREE_TRIES,
    MIXED_TRIES,
    pick("monday-morning", "GET /", [0.5]),
    pick("sunday-night", "GET /cart", [0.5, 0.9]),
    pick("sunday-night", "GET /product/{id}", [0.95]),
)
q.hints(
    "What makes two client spans siblings? Group by all of it, each group in order of time.",
    "In a list of siblings, zip(siblings, siblings[1:]) gives each with the one after it.",
    "Of each such pair, ask two things of the earlier one: did it fail, and had it ended?",
)
q.passed("One slow call and four quick failures look alike from outside, and need opposite cures.")


def pause(pairs):
    return sum(after.start_ns - before.end_ns for before, after in pairs) / 1e6


def again_after_failure(spans, by, sort=True):
    ordered = spans.sort_values("start_ns") if sort else spans
    for _, alike in ordered.groupby(by):
        siblings = list(alike.itertuples())
        for before, after in zip(siblings, siblings[1:], strict=False):
            if before.status == "ERROR" and before.end_ns <= after.start_ns:
                yield before, after


@q.wrong(
    "You grouped by name alone: another parent's call is no sibling.",
    "Siblings have the same parent_span_id and the same name.",
    misconception="whoever asks the same thing is a sibling",
)
def by_name_alone(spans):
    pairs = list(again_after_failure(spans[spans.kind == "CLIENT"], "name"))
    return {"retries": len(pairs), "pause_ms": pause(pairs)}


@q.wrong(
    "You grouped by parent alone: a call to something else is no retry.",
    "Siblings have the same parent_span_id and the same name.",
)
def by_parent_alone(spans):
    pairs = list(again_after_failure(spans[spans.kind == "CLIENT"], "parent_span_id"))
    return {"retries": len(pairs), "pause_ms": pause(pairs)}


@q.wrong(
    "You took the rows as they came; nobody promised that they are in order.",
    "Order them by start before you compare neighbours.",
)
def in_order_of_rows(spans):
    pairs = list(again_after_failure(spans[spans.kind == "CLIENT"], ["parent_span_id", "name"], sort=False))
    return {"retries": len(pairs), "pause_ms": pause(pairs)}


@q.wrong("You took spans of every kind; a retry is a question asked again.", "Keep the client spans only.")
def of_every_kind(spans):
    pairs = list(again_after_failure(spans, ["parent_span_id", "name"]))
    return {"retries": len(pairs), "pause_ms": pause(pairs)}


def sibling_calls(spans):
    for _, alike in spans[spans.kind == "CLIENT"].groupby(["parent_span_id", "name"]):
        yield list(alike.sort_values("start_ns").itertuples())


@q.wrong(
    "One of yours follows a success; an older failure doesn't count.",
    "Compare neighbours: only the call right before it decides.",
)
def after_any_failure(spans):
    pairs = [
        (before, after)
        for alike in sibling_calls(spans)
        for number, (before, after) in enumerate(zip(alike, alike[1:], strict=False), 1)
        if any(one.status == "ERROR" and one.end_ns <= after.start_ns for one in alike[:number])
    ]
    return {"retries": len(pairs), "pause_ms": pause(pairs)}


@q.wrong(
    "You counted alike calls, those after a success too.",
    "A retry comes after a failure: the one before it has the status ERROR.",
    misconception="alike calls are retries (14)",
)
def alike_calls(spans):
    pairs = [pair for alike in sibling_calls(spans) for pair in zip(alike, alike[1:], strict=False)]
    return {"retries": len(pairs), "pause_ms": pause(pairs)}


def retried(spans):
    return [
        (before, after)
        for alike in sibling_calls(spans)
        for before, after in zip(alike, alike[1:], strict=False)
        if before.status == "ERROR" and before.end_ns <= after.start_ns
    ]


@q.wrong(
    "You counted every repetition, those after a success too.",
    "Count only where the call right before it failed, as your pauses do.",
)
def repeated_names(spans):
    again = spans[spans.kind == "CLIENT"].duplicated(["parent_span_id", "name"])
    return {"retries": int(again.sum()), "pause_ms": pause(retried(spans))}


@q.wrong("You counted attempts: the first one is no retry.", "Count the later one of each pair.")
def attempts_not_retries(spans):
    pairs = retried(spans)
    firsts = {before.span_id for before, _ in pairs} - {after.span_id for _, after in pairs}
    return {"retries": len(pairs) + len(firsts), "pause_ms": pause(pairs)}


@q.wrong(
    "You counted failed calls; the last of them may have had no successor.",
    "Count the calls that come after a failed one.",
)
def every_failed_call(spans):
    failed = spans[(spans.kind == "CLIENT") & (spans.status == "ERROR")]
    return {"retries": len(failed), "pause_ms": pause(retried(spans))}


@q.wrong(
    "One of yours began while the one before it was still running.", "A retry begins after the failed one has ended."
)
def also_at_the_same_time(spans):
    pairs = [
        (before, after)
        for alike in sibling_calls(spans)
        for before, after in zip(alike, alike[1:], strict=False)
        if before.status == "ERROR"
    ]
    return {"retries": len(pairs), "pause_ms": pause(pairs)}


@q.wrong(
    "You measured from start to start; the failed call itself is in it.",
    "The pause is from the end of the failed one to the start of the next.",
)
def from_start_to_start(spans):
    pairs = retried(spans)
    return {"retries": len(pairs), "pause_ms": sum(after.start_ns - before.start_ns for before, after in pairs) / 1e6}


@q.wrong("That is how long the retries took.", "The pause is from the end of the failed one to the start of the next.")
def time_of_the_retries(spans):
    pairs = retried(spans)
    return {"retries": len(pairs), "pause_ms": sum(after.end_ns - after.start_ns for _, after in pairs) / 1e6}


@q.wrong(
    "That is how long the failed calls took.",
    "The pause is what lies between them and their successors.",
    misconception="retries lengthen the call, so their time is the pause (14)",
)
def time_of_the_failed(spans):
    pairs = retried(spans)
    return {"retries": len(pairs), "pause_ms": sum(before.end_ns - before.start_ns for before, _ in pairs) / 1e6}


@q.wrong("Those are nanoseconds.", "This asks for ms: divide by 1e6.")
def pause_in_ns(spans):
    pairs = retried(spans)
    return {"retries": len(pairs), "pause_ms": pause(pairs) * 1e6}


@q.alternative
def retries_by_shift(spans):
    calls = spans[spans.kind == "CLIENT"].sort_values("start_ns")
    earlier = calls.groupby(["parent_span_id", "name"])[["status", "end_ns"]].shift()
    again = (earlier.status == "ERROR") & (earlier.end_ns <= calls.start_ns)
    return {"retries": int(again.sum()), "pause_ms": float((calls.start_ns - earlier.end_ns)[again].sum()) / 1e6}


@q.alternative
def retries_by_last_seen(spans):
    last, count, pause_ns = {}, 0, 0
    for span in spans[spans.kind == "CLIENT"].sort_values("start_ns").itertuples():
        before = last.get((span.parent_span_id, span.name))
        if before is not None and before.status == "ERROR" and before.end_ns <= span.start_ns:
            count, pause_ns = count + 1, pause_ns + span.start_ns - before.end_ns
        last[span.parent_span_id, span.name] = span
    return {"retries": count, "pause_ms": pause_ns / 1e6}
