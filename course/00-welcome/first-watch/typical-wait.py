"""typical-wait: how long does a customer typically wait for a product page?"""

from watchkeeper.staff.author.writing import Number, question, whole

q = question(kind="read", points=2, answer=Number("ms", within=0.05))
q.inputs(whole("monday-morning"))
q.hints(
    "Keep some rows, take one column, reduce it to one number: three moves.",
    'Rows: requests[requests.route == "GET /product/{id}"].',
    "Column and number: .duration_ms.median()",
)
q.passed("A median is one honest number. What it hides, the slowest few, is what module 3 is about.")


def product_pages(recording):
    requests = recording.traces()
    return requests[requests.route == "GET /product/{id}"]


@q.wrong(
    "That is the mean: a few slow requests have pulled it up.",
    "The median is the one in the middle: half waited less, half more.",
    misconception="the mean is what a typical customer waits",
)
def mean_wait(recording):
    return product_pages(recording).duration_ms.mean()


@q.wrong("That is the median over all pages of the shop.", "Keep only the rows of this one route first.")
def over_all_routes(recording):
    return recording.traces().duration_ms.median()


@q.wrong(
    "That is the longest wait of all: one customer's bad luck.",
    "The median is the one in the middle: half waited less, half more.",
)
def longest_wait(recording):
    return product_pages(recording).duration_ms.max()


@q.wrong("That is what 95 % wait less than; typical it is not.", "The median is the quantile 0.5.")
def slow_few(recording):
    return product_pages(recording).duration_ms.quantile(0.95)


@q.wrong("You took the median of spans: most are small parts of a page.", "One row a request: use requests, not spans.")
def over_all_spans(recording):
    ids = set(product_pages(recording).trace_id)
    return recording.spans[recording.spans.trace_id.isin(ids)].duration_ms.median()


@q.alternative
def median_by_group(recording):
    return recording.traces().groupby("route").duration_ms.median()["GET /product/{id}"]


@q.alternative
def median_by_statistics(recording):
    import statistics

    requests = recording.traces()
    return statistics.median(
        wait for route, wait in zip(requests.route, requests.duration_ms, strict=True) if route == "GET /product/{id}"
    )
