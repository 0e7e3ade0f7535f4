"""at-that-moment: what was known at a given moment?"""

from watchkeeper.staff.author.writing import Count, Number, Record, question, requests, table

NINE_SECONDS = table(
    "requests on paper",
    ("trace_id", "route", "start_ns", "duration_ms", "status"),
    [
        (f"t{start}", page, start * 1_000_000, took, "UNSET")
        for page, start, took in [
            ("GET /cart", 100, 50.0),
            ("GET /", 600, 2500.0),
            ("GET /", 700, 900.0),
            ("GET /", 1000, 10_000.0),
            ("GET /cart", 2000, 40.0),
            ("", 2500, 5.0),
            ("GET /cart", 3000, 60.5),
            ("GET /", 4000, 9500.0),
            ("GET /cart", 9940, 60.0),
            ("GET /cart", 9970, 80.0),
            ("GET /cart", 10_000, 30.0),
            ("GET /cart", 10_001, 20.0),
        ]
    ],
)

q = question(
    kind="compute",
    points=2,
    answer=Record({"begun": Count("requests"), "written": Count("requests"), "slowest_ms": Number("ms", within=0.1)}),
)
q.inputs(NINE_SECONDS, requests("thursday-afternoon"))
q.hints(
    "Two steps: who began in these nine seconds? Then, of them only: who had ended?",
    "Every comparison is one of start_ns or end_ns with the moment, never with a duration.",
    "A span is written when it ends; the slowest is judged by those that were written, too.",
)
q.passed("The worst minute of an outage is the one in which every trace you have looks fine.")


def thursday(requests):
    requests = requests.query("route != ''").copy()
    requests["end_ns"] = requests.start_ns + (requests.duration_ms * 1e6).round().astype("int64")
    first = requests.start_ns[requests.duration_ms > 9000].min()
    return requests, first, first + 9_000_000_000


def begun_and_written(requests):
    requests, first, now = thursday(requests)
    begun = requests[(requests.start_ns >= first) & (requests.start_ns <= now)]
    return begun, begun[begun.end_ns <= now]


@q.wrong(
    "You took the slowest of all that had begun; you know its end from later.",
    "At that moment only written ones have a duration: end_ns <= now_ns.",
    misconception="what was slow later was visible then",
)
def slowest_of_all_begun(requests):
    return moment_by_masks(requests) | {"slowest_ms": begun_and_written(requests)[0].duration_ms.max()}


@q.wrong("That request began before the nine seconds.", "Keep those that began from first_ns on.")
def slowest_so_far(requests):
    requests, _, now = thursday(requests)
    return moment_by_masks(requests) | {"slowest_ms": requests.duration_ms[requests.end_ns <= now].max()}


@q.wrong("That is the median of the written ones.", "This asks for the longest of them: max().")
def typical_of_the_written(requests):
    return moment_by_masks(requests) | {"slowest_ms": begun_and_written(requests)[1].duration_ms.median()}


@q.wrong("Those are seconds.", "duration_ms is in ms already: leave it as it is.")
def slowest_in_seconds(requests):
    return moment_by_masks(requests) | {"slowest_ms": begun_and_written(requests)[1].duration_ms.max() / 1000}


@q.wrong(
    "Nobody's duration was known to be nine seconds; those had not ended.",
    "Look it up among the written ones: their longest duration_ms.",
    misconception="what was slow later was visible then",
)
def as_long_as_they_hung(requests):
    return moment_by_masks(requests) | {"slowest_ms": 9000.0}


@q.wrong("One that began at the very edge is missing.", "Both ends are included: from first_ns to now_ns.")
def edge_left_out(requests):
    return moment_by_masks(requests) | {"begun": len(begun_and_written(requests)[0]) - 1}


@q.wrong("You counted all since the recording began.", "Keep those that began from first_ns to now_ns.")
def begun_since_morning(requests):
    requests, _, now = thursday(requests)
    return moment_by_masks(requests) | {"begun": int((requests.start_ns <= now).sum())}


@q.wrong("They were all written in the end, but not by now_ns.", "Written by then means end_ns <= now_ns.")
def written_in_the_end(requests):
    return moment_by_masks(requests) | {"written": len(begun_and_written(requests)[0])}


@q.wrong("Those were still under way.", "Written are the others: end_ns <= now_ns.")
def still_under_way(requests):
    begun, written = begun_and_written(requests)
    return moment_by_masks(requests) | {"written": len(begun) - len(written)}


@q.wrong(
    "Some of these ended in the nine seconds, but began before them.",
    "Take those that began in the nine seconds, and of them the ended ones.",
)
def ended_whenever_begun(requests):
    requests, first, now = thursday(requests)
    return moment_by_masks(requests) | {"written": int(requests.end_ns.between(first, now).sum())}


@q.wrong("One that ended at that very moment is missing.", "Written by then means end_ns <= now_ns.")
def written_before_now(requests):
    now = thursday(requests)[2]
    return moment_by_masks(requests) | {"written": int((begun_and_written(requests)[0].end_ns < now).sum())}


@q.wrong(
    "You counted the written ones since the recording began.",
    "Of those that began in the nine seconds: end_ns <= now_ns.",
)
def written_by_now(requests):
    requests, _, now = thursday(requests)
    return moment_by_masks(requests) | {"written": int((requests.end_ns <= now).sum())}


@q.alternative
def moment_by_masks(requests):
    begun, written = begun_and_written(requests)
    return {"begun": len(begun), "written": len(written), "slowest_ms": written.duration_ms.max()}


@q.alternative
def moment_by_loop(requests):
    requests, first, now = thursday(requests)
    begun = [one for one in requests.itertuples() if first <= one.start_ns <= now]
    took = [one.duration_ms for one in begun if one.end_ns <= now]
    return {"begun": len(begun), "written": len(took), "slowest_ms": max(took)}
