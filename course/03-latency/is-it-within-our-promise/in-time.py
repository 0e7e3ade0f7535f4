"""in-time: what share of the requests was answered in time and without an error?"""

from watchkeeper import slo
from watchkeeper.staff.author.writing import Number, question, requests, table

from .shared import COLUMNS

EIGHT = [
    [f"t{at}", route, at * 10**9, ms, status]
    for at, (route, ms, status) in enumerate(
        [
            ("GET /", 120.0, "UNSET"),
            ("GET /cart", 15.0, "ERROR"),
            ("GET /cart", 900.0, "UNSET"),
            ("", 3.0, "UNSET"),
            ("GET /products", 200.0, "UNSET"),
            ("POST /checkout", 2400.0, "ERROR"),
            ("GET /", 80.0, "UNSET"),
            ("GET /", 60.0, "UNSET"),
        ]
    )
]

NINE = [
    [f"s{at}", route, at * 10**9, ms, status]
    for at, (route, ms, status) in enumerate(
        [
            ("", 300.0, "UNSET"),
            ("GET /cart", 40.0, "UNSET"),
            ("GET /", 250.0, "UNSET"),
            ("GET /", 9.0, "ERROR"),
            ("GET /products", 90.0, "UNSET"),
            ("GET /", 30.0, "UNSET"),
            ("POST /checkout", 1100.0, "UNSET"),
            ("GET /", 200.0, "UNSET"),
            ("GET /cart", 60.0, "UNSET"),
        ]
    )
]

q = question(kind="compute", points=3, answer=Number("%", within=0.005))
q.inputs(
    table("the eight requests on paper", COLUMNS, EIGHT),
    table("nine other requests on paper", COLUMNS, NINE),
    requests("carts-complaint"),
    requests("thursday-afternoon"),
    requests("friday-deploy"),
)
q.hints(
    "Cross out on paper the rows that don't count. Which two columns tell you?",
    "Who of the rest took at most 200 ms? The row with exactly 200 ms did.",
    "Divide by what was left, not by all rows; in % that is a number up to 100.",
)
q.passed('Whoever says "99 % were fast" can be asked: of which? You have an answer.')


def timely(valid, good):
    return 100 * good.sum() / valid.sum()


@q.wrong(
    "Failed requests are among yours: a quick error makes nobody happy.",
    'Keep the rows whose status is not "ERROR" first, then divide.',
    misconception="failed requests are fast, and good for latency",
)
def quick_failures_are_good(requests):
    seen = requests.route != ""
    return timely(seen, seen & (requests.duration_ms <= 200))


@q.wrong(
    "You divide by the failed requests as well; they belong to availability.",
    "Valid are the answered ones: leave the failed out below the line, too.",
)
def failures_count_as_slow(requests):
    seen = requests.route != ""
    return timely(seen, seen & (requests.duration_ms <= 200) & (requests.status != "ERROR"))


@q.wrong(
    "The e-mail worker's rows are among yours, and nobody waited for them.",
    "Valid are rows whose route is not empty.",
    misconception="whatever leaves a span is a request that counts",
)
def mail_counts_too(requests):
    answered = requests.status != "ERROR"
    return timely(answered, answered & (requests.duration_ms <= 200))


@q.wrong("A request of exactly 200 ms counts as in time here.", "At most means <=.")
def less_than_the_limit(requests):
    valid = (requests.route != "") & (requests.status != "ERROR")
    return timely(valid, valid & (requests.duration_ms < 200))


@q.wrong("Those are the ones that were too slow.", "Good are those that took at most 200 ms.")
def too_slow_ones(requests):
    return 100 - in_time_by_library(requests)


@q.wrong("That is a fraction of 1.", "This asks for %: 0.8 is 80.")
def in_time_as_a_fraction(requests):
    return in_time_by_library(requests) / 100


@q.wrong(
    "You count every row: the failed ones, and those nobody waited for.",
    "First say who is valid, then divide among those only.",
)
def nobody_left_out(requests):
    return 100 * (requests.duration_ms <= 200).mean()


@q.wrong(
    "That is the number of the eight rows, and this is another table.",
    "Does your function look at its argument, or at `eight`?",
)
def the_eight_whatever_is_given(requests):
    return 80.0


@q.wrong("You have rounded: near 100 %, what is rounded off is the budget.", "Return the number as it is.")
def in_time_rounded(requests):
    return round(in_time_by_library(requests), 1)


@q.alternative
def in_time_by_library(requests):
    customers = requests[requests.route != ""]
    return 100 * slo.share(slo.indicator(customers, slo.faster_than(customers, 200), slo.available(customers)))


@q.alternative
def in_time_by_loop(requests):
    good = valid = 0
    for row in requests.itertuples():
        if row.route and row.status != "ERROR":
            valid += 1
            good += row.duration_ms <= 200
    return 100 * good / valid
