"""busiest-service: which service was called most often?"""

from watchkeeper.staff.author.writing import Text, on_paper, pick, question, route

from .shared import THREE

q = question(kind="compute", points=3, answer=Text("a service's name"))
q.inputs(
    on_paper(
        "ten spans on paper",
        [
            *THREE,
            ("d4", "b2", "catalog", "GET /ads", "CLIENT", 20, 95),
            ("e5", "d4", "ads", "GET /ads", "SERVER", 93, 94),
            ("f6", "b2", "catalog", "GET /ads", "CLIENT", 11, 19),
            *((f"g{n}", "a1", "cart", "count", "INTERNAL", n, n + 1) for n in range(4)),
        ],
    ),
    on_paper(
        "a page that asks much",
        [
            ("a", "", "frontend", "GET /", "SERVER", 0, 100),
            ("b", "a", "frontend", "GET /x", "CLIENT", 1, 20),
            ("c", "b", "cart", "GET /x", "SERVER", 2, 19),
            ("d", "a", "frontend", "GET /x", "CLIENT", 21, 30),
            ("e", "d", "cart", "GET /x", "SERVER", 22, 29),
            ("f", "a", "frontend", "GET /y", "CLIENT", 31, 90),
            ("g", "f", "ads", "GET /y", "SERVER", 32, 89),
        ],
    ),
    pick("monday-morning", "GET /", [0.5]),
    route("monday-morning", "GET /"),
)
q.hints(
    "Two moves: keep some rows, then count by service.",
    'Rows: spans[spans.kind == "SERVER"]. Counting: value_counts().',
    "The name with the largest count: .idxmax() of those counts.",
)
q.passed("Who is asked most is where a small slowness costs most: worth knowing before any incident.")


@q.wrong(
    "You counted spans of every kind: asking somebody is not being asked.",
    "Keep the rows whose kind is SERVER, then count.",
)
def any_kind(spans):
    return spans.service.value_counts().idxmax()


@q.wrong(
    "You counted CLIENT spans: that is who asks most often.",
    "Who is asked? Keep the rows whose kind is SERVER.",
    misconception="whoever asks most is asked most",
)
def asks_most(spans):
    return spans[spans.kind == "CLIENT"].service.value_counts().idxmax()


@q.wrong(
    "You added up durations: that is who worked longest, not who was asked most.",
    "Count the rows of each service, leave durations aside.",
)
def works_longest(spans):
    return spans[spans.kind == "SERVER"].groupby("service").duration_ms.sum().idxmax()


@q.alternative
def busiest_by_group(spans):
    return spans[spans["kind"] == "SERVER"].groupby("service").size().idxmax()


@q.alternative
def busiest_by_loop(spans):
    counts = {}
    for service, kind in zip(spans.service, spans.kind, strict=True):
        if kind == "SERVER":
            counts[service] = counts.get(service, 0) + 1
    return max(counts, key=counts.get)
