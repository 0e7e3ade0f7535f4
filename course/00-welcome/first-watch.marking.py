"""Module 0: questions, known wrong answers, honest alternatives. Never part of the kit."""

from watchkeeper.staff.author.marking import Number, Question, Reflection, Text, Wrong, on_paper, pick, route, whole

THREE = [
    ("a1", "", "frontend", "GET /", "SERVER", 0, 100),
    ("b2", "a1", "catalog", "GET /products", "SERVER", 10, 60),
    ("c3", "a1", "ads", "GET /ads", "SERVER", 20, 90),
]


# the-root
def first_child(spans):
    return spans.sort_values("start_ns").span_id.iloc[1]


def last_to_start(spans):
    return spans.sort_values("start_ns").span_id.iloc[-1]


def service_instead_of_id(spans):
    return spans[spans.parent_span_id == ""].service.item()


def root_by_length(spans):
    return spans.loc[spans.duration_ms.idxmax(), "span_id"]


def root_by_nobody(spans):
    return next(span for span, parent in zip(spans.span_id, spans.parent_span_id, strict=True) if parent == "")


# what-waits
def sum_of_both(spans):
    return spans[spans.parent_span_id == "a1"].duration_ms.sum()


def union_of_both(spans):
    children = spans[spans.parent_span_id == "a1"]
    return (children.end_ns.max() - children.start_ns.min()) / 1e6


def difference_of_durations(spans):
    children = spans[spans.parent_span_id == "a1"]
    return children.duration_ms.max() - children.duration_ms.min()


def overlap_by_subtraction(spans):
    return sum_of_both(spans) - union_of_both(spans)


def overlap_by_counting(spans):
    children = spans[spans.parent_span_id == "a1"]
    ticks = [set(range(int(a // 1e6), int(b // 1e6))) for a, b in zip(children.start_ns, children.end_ns, strict=True)]
    return len(ticks[0] & ticks[1])


# busiest-service
def any_kind(spans):
    return spans.service.value_counts().idxmax()


def asks_most(spans):
    return spans[spans.kind == "CLIENT"].service.value_counts().idxmax()


def works_longest(spans):
    return spans[spans.kind == "SERVER"].groupby("service").duration_ms.sum().idxmax()


def busiest_by_group(spans):
    return spans[spans["kind"] == "SERVER"].groupby("service").size().idxmax()


def busiest_by_loop(spans):
    counts = {}
    for service, kind in zip(spans.service, spans.kind, strict=True):
        if kind == "SERVER":
            counts[service] = counts.get(service, 0) + 1
    return max(counts, key=counts.get)


# typical-wait
def product_pages(recording):
    requests = recording.traces()
    return requests[requests.route == "GET /product/{id}"]


def mean_wait(recording):
    return product_pages(recording).duration_ms.mean()


def over_all_routes(recording):
    return recording.traces().duration_ms.median()


def longest_wait(recording):
    return product_pages(recording).duration_ms.max()


def slow_few(recording):
    return product_pages(recording).duration_ms.quantile(0.95)


def over_all_spans(recording):
    ids = set(product_pages(recording).trace_id)
    return recording.spans[recording.spans.trace_id.isin(ids)].duration_ms.median()


def median_by_group(recording):
    return recording.traces().groupby("route").duration_ms.median()["GET /product/{id}"]


def median_by_statistics(recording):
    import statistics

    requests = recording.traces()
    return statistics.median(
        wait for route, wait in zip(requests.route, requests.duration_ms, strict=True) if route == "GET /product/{id}"
    )


QUESTIONS = [
    Question(
        name="the-root",
        kind="read",
        answer=Text("a span id"),
        inputs=[on_paper("three spans", THREE)],
        wrong=[
            Wrong(
                first_child,
                (
                    "That span works for another one: its parent_span_id is not empty.",
                    "Look for the row in which parent_span_id is empty.",
                ),
            ),
            Wrong(
                last_to_start,
                (
                    "That span was the last to begin; a root is the first, and has no parent.",
                    "Look for the row in which parent_span_id is empty.",
                ),
            ),
            Wrong(
                service_instead_of_id,
                (
                    "That is the service's name: it can have many spans in a trace.",
                    "Give what stands in the column span_id of that row.",
                ),
            ),
        ],
        right=[root_by_length, root_by_nobody],
        hints=[
            "Every child names its parent in the column parent_span_id.",
            "The root names nobody: its parent_span_id is an empty text.",
            "Read the span_id in that row and write it between quotation marks.",
        ],
        passed='When somebody says "this request took a second", they mean its root.',
    ),
    Question(
        name="what-waits",
        kind="read",
        answer=Number("ms", within=0.5),
        inputs=[on_paper("three spans", THREE)],
        wrong=[
            Wrong(
                sum_of_both,
                (
                    "You added the two durations: that counts the time they share twice.",
                    "From when to when were both of them at work?",
                ),
            ),
            Wrong(
                union_of_both,
                (
                    "That is how long at least one of them was at work.",
                    "Both: begin at the later start, stop at the earlier end.",
                ),
            ),
            Wrong(
                difference_of_durations,
                (
                    "That is by how much one took longer than the other.",
                    "Compare when they began and ended, not how long they took.",
                ),
            ),
        ],
        right=[overlap_by_subtraction, overlap_by_counting],
        hints=[
            "Draw both bars under each other on paper.",
            "Both are at work only from the later of the two starts.",
            "It ends with the earlier of the two ends. Subtract.",
        ],
        passed="Overlapping work is why adding up durations says nothing about how long a page took.",
    ),
    Question(
        name="busiest-service",
        kind="compute",
        answer=Text("a service's name"),
        inputs=[
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
        ],
        wrong=[
            Wrong(
                any_kind,
                (
                    "You counted spans of every kind: asking somebody is not being asked.",
                    "Keep the rows whose kind is SERVER, then count.",
                ),
            ),
            Wrong(
                asks_most,
                (
                    "You counted CLIENT spans: that is who asks most often.",
                    "Who is asked? Keep the rows whose kind is SERVER.",
                ),
            ),
            Wrong(
                works_longest,
                (
                    "You added up durations: that is who worked longest, not who was asked most.",
                    "Count the rows of each service, leave durations aside.",
                ),
            ),
        ],
        right=[busiest_by_group, busiest_by_loop],
        hints=[
            "Two moves: keep some rows, then count by service.",
            'Rows: spans[spans.kind == "SERVER"]. Counting: value_counts().',
            "The name with the largest count: .idxmax() of those counts.",
        ],
        passed="Who is asked most is where a small slowness costs most: worth knowing before any incident.",
    ),
    Question(
        name="typical-wait",
        kind="read",
        answer=Number("ms", within=0.05),
        inputs=[whole("monday-morning")],
        wrong=[
            Wrong(
                mean_wait,
                (
                    "That is the mean: a few slow requests have pulled it up.",
                    "The median is the one in the middle: half waited less, half more.",
                ),
            ),
            Wrong(
                over_all_routes,
                ("That is the median over all pages of the shop.", "Keep only the rows of this one route first."),
            ),
            Wrong(
                longest_wait,
                (
                    "That is the longest wait of all: one customer's bad luck.",
                    "The median is the one in the middle: half waited less, half more.",
                ),
            ),
            Wrong(
                slow_few, ("That is what 95 % wait less than; typical it is not.", "The median is the quantile 0.5.")
            ),
            Wrong(
                over_all_spans,
                (
                    "You took the median of spans: most are small parts of a page.",
                    "One row a request: use requests, not spans.",
                ),
            ),
        ],
        right=[median_by_group, median_by_statistics],
        hints=[
            "Keep some rows, take one column, reduce it to one number: three moves.",
            'Rows: requests[requests.route == "GET /product/{id}"].',
            "Column and number: .duration_ms.median()",
        ],
        passed="A median is one honest number. What it hides, the slowest few, is what module 3 is about.",
    ),
]

REFLECTIONS = [
    Reflection(
        "first-impression",
        rubric=[
            (
                1.0,
                "names something seen in the figure and asks a question of their own",
                "I thought all services would be asked at once. I see catalog first and then four bars that start together. "
                "Why does currency come so often at the end?",
            ),
            (
                0.5,
                "describes the figure without an expectation or a question",
                "There are many bars. The frontend is the longest.",
            ),
            (0.0, "nothing, or nothing about this request", "It looks good."),
        ],
    ),
]
