"""slow-somewhere: what share of the requests meets at least one slow call?"""

from watchkeeper.latency import percentile
from watchkeeper.staff.author.writing import Number, question, route, table


def calls_on_paper():
    """21 pages with five calls each; two slow ones on two pages, one on a third."""
    slow = {(3, "a"): 300, (3, "c"): 200, (8, "b"): 30, (8, "e"): 60, (12, "d"): 130}
    rows = []
    for page in range(1, 22):
        usual = {
            "a": 10 + page / 100,
            "b": 20 + page / 100,
            "c": 5 + page / 100,
            "d": 100 + (5 * page % 21) / 10,
            "e": 3 + page / 50,
        }
        calls = {name: float(slow.get((page, name), ms)) for name, ms in usual.items()}
        rows += [(f"page {page}", "frontend", "CLIENT", name, ms) for name, ms in calls.items()]
        rows.append((f"page {page}", "frontend", "SERVER", "GET /", sum(calls.values())))
    return rows


CALLS = ("trace_id", "service", "kind", "name", "duration_ms")

q = question(kind="compute", points=3, answer=Number("%", within=0.05))
q.inputs(
    table("pages on paper", CALLS, calls_on_paper()),
    route("monday-morning", "GET /"),
    route("monday-morning", "GET /product/{id}"),
)
q.hints(
    "slow_calls(spans) has a row for each call, with trace_id and slow.",
    "Ask of each trace_id's calls whether any is slow; take all from spans, not home_ids.",
    "On paper: hit, hit, spared, spared. True counts as 1: the mean is 0.5, so 50 %.",
)
q.passed('"Only one call in twenty" is many pages. Say to customers what pages do, not what calls do.')


def with_slow(spans):
    calls = spans[(spans.service == "frontend") & (spans.kind == "CLIENT")]
    limits = {name: percentile(group.duration_ms, 0.95) for name, group in calls.groupby("name")}
    return calls.assign(slow=calls.duration_ms > calls["name"].map(limits))


@q.wrong(
    "That is the share of the calls. Customers don't see calls, they see pages.",
    "For each trace_id: is any of its calls slow?",
    misconception="users see what a call shows",
)
def calls_not_pages(spans):
    return 100 * with_slow(spans).slow.mean()


@q.wrong(
    "You took one limit for calls of all names: some names are never that quick.",
    "slow_calls(spans) compares each call with the p95 of its own name.",
)
def one_limit_for_all(spans):
    calls = with_slow(spans)
    slow = calls.duration_ms > percentile(calls.duration_ms, 0.95)
    return 100 * slow.groupby(calls.trace_id).any().mean()


@q.wrong(
    "You added up the tails: a page with two slow calls counts twice.",
    "A page counts once: any(), not sum().",
    misconception="the tails of stages add up",
)
def tails_added_up(spans):
    calls = with_slow(spans)
    return 100 * calls.slow.sum() / calls.trace_id.nunique()


@q.wrong(
    "That is what dice would do. Are these calls independent of each other?",
    "Count the pages: slow_calls(spans), then group by trace_id.",
)
def like_dice(spans):
    calls = with_slow(spans)
    return 100 * (1 - 0.95 ** round(len(calls) / calls.trace_id.nunique()))


@q.wrong("Those are the pages whose calls are all slow.", "One slow call is enough: any() instead of all().")
def all_of_its_calls(spans):
    return 100 * with_slow(spans).groupby("trace_id").slow.all().mean()


@q.wrong("Those are the pages with two slow calls or more.", "At least one is one or more: > 0, or any().")
def more_than_one(spans):
    return 100 * (with_slow(spans).groupby("trace_id").slow.sum() > 1).mean()


@q.wrong("Those are the pages that were spared.", "This asks for the others: any slow call.")
def pages_spared(spans):
    return 100 - hit_by_loop(spans)


@q.wrong("That is a number of requests.", "Divide by all requests, times 100.")
def number_of_pages(spans):
    return with_slow(spans).groupby("trace_id").slow.any().sum()


@q.wrong("That is a fraction of 1.", "This asks for %: 0.26 is 26.0.")
def a_fraction(spans):
    return hit_by_loop(spans) / 100


@q.alternative
def hit_by_loop(spans):
    calls = with_slow(spans)
    return 100 * len(set(calls.trace_id[calls.slow])) / len(set(calls.trace_id))


@q.alternative
def hit_by_max(spans):
    return 100 * with_slow(spans).groupby("trace_id").slow.max().astype(float).mean()
